"""ui/screens/people_entry.py — the form for one person, vehicle, place or organisation a record names.

Numbers that are known already stand in it masked and stay as they are unless they are typed anew: entering what a text
seems to name needs no look at what is masked. What is doubtful (check digit, birth, sex, age) is said beside the field and
keeps nobody from saving.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QCheckBox, QDialog, QGridLayout, QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from app import wording
from app.drafts import Unfinished, spread
from app.filing import Invalid
from app.name_index import covered
from app.people import check, tidied
from storage.records import Subject
from storage.records.people import Entity, EntityDraft, EntityKind, Part
from ui.phrases import name, say
from ui.screens.screen import Screen
from ui.widgets.dates import read, show
from ui.widgets.form import Choice, Field, Fields
from ui.widgets.layout import button, label, row

PAUSE_MS = 250
#: Which fields each kind has, row by row.
SHOWN = {
    EntityKind.PERSON: ("name", "alias", "id_number", "sex", "birth_date", "phone", "address", "note", "minor"),
    EntityKind.VEHICLE: ("plate", "name", "note"),
    EntityKind.PLACE: ("name", "id_number", "address", "phone", "note"),
    EntityKind.ORGANISATION: ("name", "id_number", "address", "phone", "note"),
    EntityKind.CASE: ("name", "note"),
}
#: Never shown in full here.
_MASKED = ("id_number", "phone", "address", "birth_date", "name", "alias", "note")
_DATES = ("birth_date",)


class EntryDialog(QDialog):
    """`save(draft, part)` runs on a worker; without `part` the entry itself is corrected. `on` is the day of the paper."""

    def __init__(
        self, screen: Screen, draft: EntityDraft, part: Part | None, on: str, save: Callable[[EntityDraft, Part], object],
        done: Callable[[], None], about: Subject, entity_id: int = 0,
    ) -> None:
        super().__init__(screen)
        self.setModal(True)
        self._screen, self._save, self._done, self._on = screen, save, done, on
        self._raw, self._part = draft, part
        self._about, self._entity_id = about, entity_id
        say(self, "people.named", "setWindowTitle")
        self.kind, self.part, self.sex = Choice(), Choice(), Choice()
        self.kind.fill([(kind, wording.say(f"entity_kind.{kind.value}")) for kind in EntityKind])
        self.part.fill([(one, wording.say(f"entity_part.{one.value}")) for one in Part])
        self.sex.fill([("", wording.say("sex.unknown")), ("male", wording.say("sex.male")), ("female", wording.say("sex.female"))])
        self.lines = {one: QLineEdit() for one in ("name", "alias", "id_number", "birth_date", "phone", "address", "plate", "note")}
        self.minor = say(QCheckBox(), "entity.minor")
        name(self.minor, "entity.minor")
        made = {one: Field(f"entity.{one}", line) for one, line in self.lines.items()}
        made |= {"kind": Field("entity.kind", self.kind), "part": Field("entity.part", self.part),
                 "sex": Field("entity.sex", self.sex), "minor": Field("entity.minor", self.minor)}
        made["minor"]._title.hide()
        self._made = made
        self.fields = Fields(made)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(9)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        self.yes = button("people.save", "primary")
        self.yes.setDefault(True)
        no = button("message.no")
        self.yes.clicked.connect(self._on_yes)
        no.clicked.connect(self.reject)
        box = QVBoxLayout(self)
        box.setContentsMargins(26, 20, 26, 18)
        box.setSpacing(10)
        box.addWidget(label("people.named", "heading"))
        box.addWidget(label("people.advice", "small", wrap=True))
        box.addLayout(self._grid)
        box.addStretch(1)
        box.addLayout(row(None, no, self.yes))
        self.setMinimumWidth(600)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._check)
        self._fill()
        self.kind.currentIndexChanged.connect(lambda _at: self._lay())
        self.minor.toggled.connect(lambda _on: self._pause.start())
        for field in made.values():
            field.edited.connect(self._pause.start)
        self._lay()
        (self.lines["plate"] if self.kind.value() is EntityKind.VEHICLE else self.lines["name"]).setFocus()

    def draft(self) -> EntityDraft:
        """What the form says; a masked number that was left alone is the number itself."""
        shown = SHOWN[self.kind.value()]
        values = {}
        for one, line in self.lines.items():
            typed = line.text().strip()
            if one not in shown:
                values[one] = ""
            elif typed == self._masked[one]:
                values[one] = getattr(self._raw, one)
            else:
                values[one] = (read(typed) or typed) if one in _DATES else typed
        person = self.kind.value() is EntityKind.PERSON
        return EntityDraft(
            kind=self.kind.value(), **values, id_type="identity" if person and values["id_number"] else "",
            sex=self.sex.value() if person else "", minor=person and self.minor.isChecked(),
        )  # fmt: skip

    def unfinished(self) -> Unfinished | None:
        said = self._said()
        if said == self._begun:
            return None
        # What was offered out of a text comes with it; what is entered already is fetched anew.
        raw = {} if self._entity_id else spread(self._raw)
        return Unfinished("people", str(self._about), {"said": said, "entity": self._entity_id, "raw": raw})

    def take_up(self, one: Unfinished) -> None:
        """What was half written, in its fields again."""
        said = one.content["said"]
        self.kind.choose(EntityKind(said["kind"]))
        if said["part"]:
            self.part.choose(Part(said["part"]))
        self.sex.choose(said["sex"])
        self.minor.setChecked(said["minor"])
        for which, line in self.lines.items():
            line.setText(said["lines"][which])

    # -- inside

    def _said(self) -> dict[str, Any]:
        return {"kind": self.kind.value().value, "part": self.part.value().value if self._part is not None else "",
                "sex": self.sex.value(), "minor": self.minor.isChecked(),
                "lines": {which: line.text() for which, line in self.lines.items()}}  # fmt: skip

    def _fill(self) -> None:
        raw = self._raw
        safe = covered(Entity(**{one: getattr(raw, one) for one in EntityDraft.__dataclass_fields__}))
        self._masked = {one: show(text) if one in _DATES else text
                        for one in self.lines for text in [getattr(safe if one in _MASKED else raw, one)]}
        self.kind.choose(raw.kind)
        self.sex.choose(raw.sex)
        self.minor.setChecked(raw.minor)
        for one, line in self.lines.items():
            line.setText(self._masked[one])
        if self._part is not None:
            self.part.choose(self._part)
        self._begun = self._said()

    def _lay(self) -> None:
        """The fields of the kind chosen, two to a row."""
        kind = self.kind.value()
        wanted = ["kind", *(["part"] if self._part is not None else []), *SHOWN[kind]]
        self._made["name"].retitle("entity.name" if kind is EntityKind.PERSON else "entity.name_other")
        self._made["id_number"].retitle("entity.id_number" if kind is EntityKind.PERSON else "entity.licence_number")
        for field in self._made.values():
            self._grid.removeWidget(field)
            field.setVisible(False)
        for place, one in enumerate(wanted):
            self._grid.addWidget(self._made[one], place // 2, place % 2)
            self._made[one].setVisible(True)
        last: QWidget = self.kind
        for one in wanted[1:]:
            self.setTabOrder(last, self._made[one].editor)
            last = self._made[one].editor
        self.setTabOrder(last, self.yes)
        self.adjustSize()
        self._pause.start()

    def _check(self) -> None:
        self._pause.stop()
        problems = [one for one in check(tidied(self.draft()), self._on) if one.key != "problem.name_missing"]
        self.fields.show_problems(problems)

    def _on_yes(self) -> None:
        draft, part = self.draft(), self.part.value()
        self._pause.stop()
        self.yes.setEnabled(False)
        self._screen.run("write", lambda _job: self._save(draft, part), done=lambda _none: self._on_saved(),
                         failed=self._on_refused)

    def _on_saved(self) -> None:
        if isValid(self):
            self.accept()
        self._screen.desk.messages.tell("people.saved")
        self._done()

    def _on_refused(self, error: BaseException) -> None:
        if not isValid(self):
            return
        self.yes.setEnabled(True)
        if isinstance(error, Invalid):
            self.fields.show_problems(error.problems, focus=True)
        elif type(error).__name__ == "EntityExists":
            field = "plate" if self.kind.value() is EntityKind.VEHICLE else "id_number"
            self._made[field].show_problem("error.EntityExists")
            self._made[field].take_focus()
        else:
            self._screen.desk.messages.trouble(error)
