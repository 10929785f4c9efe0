"""ui/screens/people_confirm.py — a paper whose text holds what was looked up does mention somebody: whom, and in what part.

Opened by `open_for(screen, answer, term, paper, kind, done)`. With no entry to choose from it is the empty form of an entry.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QVBoxLayout
from shiboken6 import isValid

from app import name_index, wording
from app.name_index import Answer, covered
from storage.records.people import Entity, EntityDraft, EntityKind, Paper, Part
from ui.phrases import plain, say
from ui.screens.people_entry import EntryDialog
from ui.screens.people_named import number_of
from ui.screens.screen import Screen
from ui.widgets.form import Choice, Field
from ui.widgets.layout import button, label, row, text

Done = Callable[[Entity, Part], None]


def open_for(screen: Screen, answer: Answer, term: str, paper: Paper, kind: EntityKind | None, done: Done) -> QDialog:
    """`term` as it was typed; `done` hears the entry, covered, and the part."""
    known = [entity for entity in answer.entities if entity.id]
    dialog = ConfirmDialog(screen, known, term, paper, kind, done) if known else entry(screen, term, paper, kind, done)
    dialog.open()
    return dialog


def entry(screen: Screen, term: str, paper: Paper, kind: EntityKind | None, done: Done) -> EntryDialog:
    """The form of a new entry, with what was looked up in it."""
    people, made = screen.station.people, []

    def save(draft: EntityDraft, part: Part) -> None:
        made.append((people.name(paper.subject, draft, part), draft, part))

    def saved() -> None:
        entity_id, draft, part = made[-1]
        values = {one: getattr(draft, one) for one in EntityDraft.__dataclass_fields__}
        done(covered(Entity(**values, id=entity_id)), part)

    return EntryDialog(screen, name_index.draft_of(term, kind), Part.CONCERNED, "", save, saved, paper.subject)


class ConfirmDialog(QDialog):
    def __init__(
        self, screen: Screen, known: list[Entity], term: str, paper: Paper, kind: EntityKind | None, done: Done
    ) -> None:
        super().__init__(screen)
        self.setModal(True)
        self._screen, self._paper, self._done = screen, paper, done
        self._another: Callable[[], QDialog] = lambda: entry(screen, term, paper, kind, done)
        say(self, "people.confirm_title", "setWindowTitle")
        which, title = text("code"), text(wrap=True)
        plain(which, paper.reference_code or wording.say("people.no_code"))
        plain(title, paper.title)
        self.who, self.part = Choice(), Choice()
        self.who.fill([(entity, _called(entity)) for entity in known])
        self.part.fill([(part, wording.say(f"entity_part.{part.value}")) for part in Part])
        self.yes = button("people.save", "primary")
        self.yes.setDefault(True)
        self.new_button, no = button("people.confirm_new", "link"), button("message.no")
        for made, act in ((self.yes, self._on_yes), (self.new_button, self._on_new), (no, self.reject)):
            made.clicked.connect(act)
        box = QVBoxLayout(self)
        box.setContentsMargins(26, 22, 26, 20)
        box.setSpacing(10)
        box.addWidget(label("people.confirm_title", "heading"))
        box.addWidget(which)
        box.addWidget(title)
        box.addWidget(label("people.confirm_advice", "muted", wrap=True))
        box.addWidget(Field("people.confirm_who", self.who))
        box.addWidget(Field("entity.part", self.part))
        box.addSpacing(6)
        box.addLayout(row(self.new_button, None, no, self.yes))
        self.setMinimumWidth(480)
        self.who.setFocus()

    def _on_yes(self) -> None:
        entity, part, people = self.who.value(), self.part.value(), self._screen.station.people
        subject = self._paper.subject
        self.yes.setEnabled(False)

        def failed(error: BaseException) -> None:
            if isValid(self):
                self.yes.setEnabled(True)
            self._screen.desk.messages.trouble(error)

        self._screen.run(
            "write", lambda _job: people.confirm(entity.id, subject, part), done=lambda _none: self._on_done(entity, part),
            failed=failed,
        )  # fmt: skip

    def _on_done(self, entity: Entity, part: Part) -> None:
        if isValid(self):
            self.accept()
        self._done(entity, part)

    def _on_new(self) -> None:
        self.reject()
        self._another().open()


def _called(entity: Entity) -> str:
    kind = wording.say(f"entity_kind.{entity.kind.value}")
    return "  ".join(filter(None, (entity.name, number_of(entity) if number_of(entity) != entity.name else "", kind)))
