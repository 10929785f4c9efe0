"""ui/screens/ties.py — where a record's paper stands, and what it belongs together with: one small dialog for both.

Opened for an item or a volume by `open_for(screen, subject, code)`; the record screen and the volume desk have a button for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from app import numbering, wording
from app.station import Station
from storage.errors import NoSuchRecord
from storage.records import Kind, Subject
from storage.records.scheme import Relation, RelationType
from ui.phrases import plain, say
from ui.screens.screen import Screen
from ui.widgets.form import Choice, Field, Picker
from ui.widgets.layout import button, column, label, row, rule, text


@dataclass(frozen=True, slots=True)
class _Tie:
    relation: Relation
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class _Known:
    places: tuple[tuple[object, str], ...]
    place: int | None
    box_no: str
    ties: tuple[_Tie, ...]


def open_for(screen: Screen, subject: Subject, code: str) -> TiesDialog:
    """Show the dialog; the screen hears of what changes through its own events."""
    dialog = TiesDialog(screen, subject, code)
    dialog.open()
    return dialog


class TiesDialog(QDialog):
    def __init__(self, screen: Screen, subject: Subject, code: str) -> None:
        super().__init__(screen)
        self.setModal(True)
        self._screen, self._station, self._subject = screen, screen.station, subject
        say(self, "ties.title", "setWindowTitle")
        which = text("code")
        which.setText(code or wording.say("ties.unnumbered"))
        self.place, self.box = Picker(), QLineEdit()
        self.put_button = button("ties.put_away")
        self.put_button.clicked.connect(self._put_away)
        self.type, self.code = Choice(), QLineEdit()
        self.type.fill([(kind, wording.say(f"relation.{kind.value}")) for kind in RelationType])
        self.tie_button = button("ties.tie")
        self.tie_button.clicked.connect(self._tie)
        self._code_field = Field("ties.code", self.code, hint="ties.code_hint")
        self._ties = QVBoxLayout()
        self._ties.setSpacing(6)
        close = button("ties.close", "primary")
        close.clicked.connect(self.accept)
        box = QVBoxLayout(self)
        box.setContentsMargins(26, 22, 26, 20)
        box.setSpacing(10)
        box.addWidget(label("ties.title", "heading"))
        box.addWidget(which)
        box.addWidget(rule())
        place = row(Field("ties.place", self.place), Field("ties.box", self.box), spacing=12)
        place.setStretch(0, 2)
        place.setStretch(1, 1)
        box.addLayout(place)
        box.addLayout(row(label("ties.place_hint", "small", wrap=True), None, self.put_button))
        box.addWidget(rule())
        box.addWidget(label("ties.relations", "label"))
        box.addLayout(self._ties)
        new = row(Field("ties.type", self.type), self._code_field, spacing=12)
        new.setStretch(0, 1)
        new.setStretch(1, 2)
        box.addLayout(new)
        box.addLayout(row(None, self.tie_button))
        box.addSpacing(6)
        box.addLayout(row(None, close))
        self.setMinimumWidth(560)
        for made, act in ((self.put_button, "put_away"), (self.tie_button, "relate")):
            made.setEnabled(self._station.may(act))
        self.place.setFocus()
        self._fetch()

    def _fetch(self) -> None:
        self._screen.run("view", lambda _job: _look(self._station, self._subject), done=self._show)

    def _show(self, known: _Known) -> None:
        self.place.fill(known.places)
        self.place.choose(known.place)
        self.put_button.setEnabled(self._station.may("put_away") and len(known.places) > 1)
        self.box.setText(known.box_no)
        while (item := self._ties.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        if not known.ties:
            self._ties.addWidget(label("ties.none", "muted"))
        for tie in known.ties:
            self._ties.addWidget(self._line(tie))

    def _line(self, tie: _Tie) -> QWidget:
        line = QWidget()
        kind = label(f"relation.{tie.relation.type.value}", "badge")
        code, title = text("code"), text(wrap=True)
        plain(code, tie.code)
        plain(title, tie.title)
        off = button("ties.untie", "link")
        off.setEnabled(self._station.may("unrelate"))
        off.clicked.connect(lambda: self._act(lambda: self._station.scheme.unrelate(tie.relation.id)))
        inside = row(kind, column(code, title, spacing=1), off, spacing=10)
        inside.setStretch(1, 1)
        inside.setContentsMargins(0, 0, 0, 0)
        line.setLayout(inside)
        return line

    def _put_away(self) -> None:
        place, box = self.place.value(), self.box.text()
        if place is not None:
            self._act(lambda: self._station.scheme.put_away([self._subject], place, box))

    def _tie(self) -> None:
        type, code = self.type.value(), numbering.normalise(self.code.text())

        def work() -> None:
            self._station.scheme.relate(self._subject, type, find(self._station, code))

        self._act(work)

    def _act(self, work: Callable[[], object]) -> None:
        def failed(error: BaseException) -> None:
            if isinstance(error, NoSuchRecord):
                self._code_field.show_problem("ties.unknown")
            else:
                self._screen.desk.messages.trouble(error)

        self._screen.run("write", lambda _job: work(), done=lambda _none: self._done(), failed=failed)

    def _done(self) -> None:
        self.code.clear()
        self._screen.desk.messages.tell("ties.kept")
        self._fetch()


def find(station: Station, code: str) -> Subject:
    """The item or volume of this code. Raises NoSuchRecord."""
    try:
        return Subject(Kind.ITEM, station.item_by_code(code).id)
    except NoSuchRecord:
        return Subject(Kind.VOLUME, station.volumes.by_code(code).id)


def _look(station: Station, subject: Subject) -> _Known:
    scheme = station.scheme
    place, box_no = scheme.place_of(subject)
    nowhere: tuple[object, str] = (None, wording.say("ties.nowhere"))
    places = sorted((scheme.place_path(known.id), known.id) for known in scheme.places())
    ties = []
    for relation in scheme.relations(subject):
        other = relation.other if relation.one == subject else relation.one
        shown = station.item(other.id) if other.kind is Kind.ITEM else station.volumes.volume(other.id)
        ties.append(_Tie(relation, shown.reference_code or wording.say("ties.unnumbered"), shown.title))
    return _Known((nowhere, *((id, path) for path, id in places)), place, box_no, tuple(ties))
