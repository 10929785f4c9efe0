"""ui/screens/people_named.py — whom and what one record names: what is entered, and what its text seems to name.

Opened by `open_for(screen, subject, code)` over the screen that shows the record. Everything stands masked, unless the record
is shown in full; what the text offers is entered only when a person takes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QDialog, QVBoxLayout
from shiboken6 import isValid

from app import wording
from app.drafts import Unfinished, laid_over
from app.name_index import covered
from app.station import Station
from storage.records import Kind, Subject
from storage.records.people import Entity, EntityDraft, Mention, Part
from ui.models.columns import Column
from ui.models.listed import ListedModel
from ui.phrases import name, say
from ui.screens.people_entry import EntryDialog
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.layout import button, label, row, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table


def number_of(entity: EntityDraft) -> str:
    """What tells it from others of the name."""
    return entity.plate or entity.id_number or entity.phone


NAMED: tuple[Column[Mention], ...] = (
    Column("entity.kind", lambda one: wording.say(f"entity_kind.{one.entity.kind.value}"), 96),
    Column("people.who", lambda one: one.entity.name, 150),
    Column("entity.part", lambda one: wording.say(f"entity_part.{one.part.value}"), 130),
    Column("people.number", lambda one: number_of(one.entity)),
)
OFFERED: tuple[Column[Entity], ...] = (
    Column("entity.kind", lambda one: wording.say(f"entity_kind.{one.kind.value}"), 96),
    Column("people.who", lambda one: one.name or "—", 150),
    Column("people.number", number_of),
)


@dataclass(frozen=True, slots=True)
class _Known:
    named: tuple[Mention, ...]
    offered: tuple[EntityDraft, ...]
    on: str


def open_for(screen: Screen, subject: Subject, code: str) -> NamedDialog:
    dialog = NamedDialog(screen, subject, code)
    dialog.open()
    return dialog


class NamedDialog(QDialog):
    def __init__(self, screen: Screen, subject: Subject, code: str) -> None:
        super().__init__(screen)
        self.setModal(True)
        self._screen, self._station, self._subject = screen, screen.station, subject
        self._known = _Known((), (), "")
        theme = screen.desk.theme
        say(self, "people.named", "setWindowTitle")
        which = text("code")
        which.setText(code)
        self._named, self._offered = ListedModel(NAMED), ListedModel(OFFERED)
        self.named = name(Table(self._named, NAMED, theme), "people.named")
        self.offered = name(Table(self._offered, OFFERED, theme), "people.offered")
        self.named.chosen.connect(lambda _row: self.correct())
        self.offered.chosen.connect(lambda _row: self.take())
        self._shelf = Shelf(self.named, theme, empty="people.none", drawing="person")
        self._offers = Shelf(self.offered, theme, empty="people.nothing_offered", drawing="search")
        self.add_button = button("people.add")
        self.correct_button = button("people.correct")
        self.remove_button = button("people.remove")
        self.take_button = button("people.take")
        close = button("people.close")
        for made, work in ((self.add_button, self.add), (self.correct_button, self.correct),
                           (self.remove_button, self.remove), (self.take_button, self.take), (close, self.accept)):
            made.clicked.connect(work)
        box = QVBoxLayout(self)
        box.setContentsMargins(26, 20, 26, 18)
        box.setSpacing(10)
        box.addLayout(row(label("people.named", "heading"), None, which))
        box.addWidget(label("people.advice", "small", wrap=True))
        box.addWidget(self._shelf, 3)
        box.addLayout(row(self.add_button, self.correct_button, self.remove_button, None))
        box.addWidget(label("people.offered", "label"))
        box.addWidget(self._offers, 2)
        box.addLayout(row(self.take_button, None, close))
        window = screen.window().size()
        self.resize(min(720, window.width() - 60), min(620, window.height() - 60))
        self._may = self._station.may("mention")
        self.fetch()

    def fetch(self) -> None:
        self._screen.run("view", lambda _job: _look(self._station, self._subject), done=self._show)

    def add(self) -> None:
        self._enter(EntityDraft())

    def take(self) -> None:
        at = max(0, self.offered.currentIndex().row())
        if self._may and at < len(self._known.offered):
            self._enter(self._known.offered[at])

    def correct(self) -> None:
        mention = self._chosen()
        if mention is None or not self._station.may("correct_entity"):
            return
        self._correct(mention.entity.id)

    def take_up(self, one: Unfinished) -> None:
        """The form that was half written, over this list."""
        if one.content["entity"]:
            self._correct(one.content["entity"], one)
        else:
            self._enter(laid_over(EntityDraft(), one.content["raw"]), one)

    def remove(self) -> None:
        mention = self._chosen()
        if mention is None or not self._may:
            return

        def yes() -> None:
            self._screen.run("write", lambda _job: self._station.people.unmention(mention), done=lambda _none: self._again())

        self._screen.desk.messages.ask("people_remove", yes, name=mention.entity.name)

    # -- inside

    def _enter(self, draft: EntityDraft, half_written: Unfinished | None = None) -> None:
        people, subject = self._station.people, self._subject
        part = Part.CONCERNED
        dialog = EntryDialog(self._screen, draft, part, self._known.on, lambda wanted, chosen: people.name(subject, wanted, chosen),
                             self._again, subject)
        dialog.open()
        if half_written is not None:
            dialog.take_up(half_written)

    def _correct(self, entity_id: int, half_written: Unfinished | None = None) -> None:
        people, on = self._station.people, self._known.on

        def ask(raw: Entity) -> None:
            dialog = EntryDialog(self._screen, raw.draft, None, on, lambda draft, _part: people.correct(entity_id, draft),
                                 self._again, self._subject, entity_id)
            dialog.open()
            if half_written is not None:
                dialog.take_up(half_written)

        self._screen.run("view", lambda _job: people.entity(entity_id), done=ask)

    def _chosen(self) -> Mention | None:
        at = max(0, self.named.currentIndex().row())
        return self._known.named[at] if at < len(self._known.named) else None

    def _again(self) -> None:
        if isValid(self):
            self.fetch()

    def _show(self, known: _Known) -> None:
        if not isValid(self):
            return
        self._known = known
        self._named.show(known.named)
        self._offered.show([covered(Entity(**{one: getattr(draft, one) for one in EntityDraft.__dataclass_fields__}))
                            for draft in known.offered])
        for shelf, table, rows in ((self._shelf, self.named, known.named), (self._offers, self.offered, known.offered)):
            if rows:
                shelf.show_content()
                table.selectRow(0)
            else:
                shelf.show_empty()
        self.correct_button.setEnabled(bool(known.named) and self._station.may("correct_entity"))
        self.remove_button.setEnabled(bool(known.named) and self._may)
        self.take_button.setEnabled(bool(known.offered) and self._may)
        self.add_button.setEnabled(self._may)
        # What the text offers is the next step; without an offer the form is.
        look(self.take_button, "primary" if known.offered else "")
        look(self.add_button, "" if known.offered else "primary")
        (self.offered if known.offered and not known.named else self.add_button).setFocus()


def _look(station: Station, subject: Subject) -> _Known:
    people = station.people
    on = station.item(subject.id).doc_date if subject.kind is Kind.ITEM else ""
    offered = people.offered(subject) if station.may("mention") else []
    return _Known(tuple(people.named(subject)), tuple(offered), on)
