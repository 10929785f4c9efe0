"""ui/screens/people.py — the name index: the papers that mention a person, plate, place, organisation or case.

A way into the papers, never a list of people: asked for with a purpose, answered volume by volume, and each question is
journaled. Below what is confirmed stands what a text only holds; a person confirms it from here. Reached from search; not
in the list of places.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLineEdit, QVBoxLayout

from app import wording
from app.name_index import Answer, Group, Line, with_confirmed, with_merged
from app.reports.access_report import AccessWishes
from storage.records import Kind
from storage.records.people import Entity, EntityKind, Part
from ui import actions
from ui.desk import Desk
from ui.models.columns import Column
from ui.models.listed import Index, ListedModel
from ui.models.pages import Place
from ui.phrases import name, say
from ui.screens import people_confirm, people_sharing
from ui.screens.people_named import number_of
from ui.screens.screen import Screen
from ui.screens.unmask import PurposeDialog
from ui.screens.volumes_print import Form, open_forms
from ui.stylesheet import look
from ui.widgets.form import Choice
from ui.widgets.layout import button, card, label, row, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table


@dataclass(frozen=True, slots=True)
class _Row:
    """A volume, or with `line` one of its papers."""

    group: Group
    line: Line | None = None


def _who(one: _Row) -> str:
    if one.line is None:
        return _heading(one.group)
    entity = one.line.entity
    return " ".join(filter(None, (entity.name, number_of(entity)))) if entity else "—"


def _heading(group: Group) -> str:
    volume = group.volume
    if volume is None:
        return wording.say("people.loose")
    code, title = volume.reference_code, volume.title
    return wording.say("people.volume", code=code or title, title=title if code else wording.say("people.no_code"))


def _part(one: _Row) -> str:
    if one.line is None:
        return ""
    return wording.say(f"entity_part.{one.line.paper.part.value}" if one.line.paper.part else "people.unconfirmed")


COLUMNS: tuple[Column[_Row], ...] = (
    Column("people.who", _who, 240),
    Column("entity.part", _part, 190, state=lambda one: "waiting" if one.line and not one.line.entity else ""),
    Column("people.code", lambda one: (one.line.paper.reference_code or wording.say("people.no_code")) if one.line else "", 270),
    Column("people.paper_title", lambda one: one.line.paper.title if one.line else ""),
)


class _Model(ListedModel[_Row]):
    """The rows of an answer; those of volumes stand out, and no badge is drawn but for what waits to be confirmed."""

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        one = self.record(index.row())
        if role == Qt.ItemDataRole.FontRole and one.line is None:
            font = QFont()
            font.setBold(True)
            return font
        found = super().data(index, role)
        return found if found != "" or role == Qt.ItemDataRole.DisplayRole else None


class PeopleScreen(Screen):
    title = "people.title"
    needs = frozenset({"look_up_entity"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.kind = name(Choice(), "people.kind")
        self.box = QLineEdit()
        look(self.box, "search")
        say(self.box, "people.hint", "setPlaceholderText")
        name(self.box, "people.box")
        self.look_button = button("people.look", "primary", theme=desk.theme, drawing="search")
        self.look_button.clicked.connect(self.look_up)
        self.box.returnPressed.connect(self.look_up)
        self._problem = text("problem", wrap=True)
        self._problem.hide()
        self._more = label("people.more", "small")
        self._model = _Model(COLUMNS)
        self.papers = name(Table(self._model, COLUMNS, desk.theme), "people.papers")
        self.papers.chosen.connect(self._open_row)
        self.papers.selectionModel().currentRowChanged.connect(lambda _new, _old: self._offer())
        self.shelf = Shelf(self.papers, desk.theme, empty="people.begin", drawing="person")
        self.confirm_button = button("people.confirm")
        self.share_button = button("people.share")
        self.report_button = button("people.report", theme=desk.theme, drawing="reports")
        self.merge_button = button("people.merge")
        self.back_button = button("record.back", "link", theme=desk.theme, drawing="left")
        for made, act in (
            (self.confirm_button, self.confirm), (self.share_button, self.share), (self.report_button, self.report),
            (self.merge_button, self.merge), (self.back_button, self._back),
        ):  # fmt: skip
            made.clicked.connect(act)
        frame, inside = card(margins=1, spacing=0)
        head = row(
            label("people.papers", "heading"), self._more, None, self.confirm_button, self.share_button, self.merge_button,
            self.report_button,
        )  # fmt: skip
        head.setContentsMargins(18, 8, 12, 8)
        inside.addLayout(head)
        inside.addWidget(self.shelf, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 12, 24, 16)
        whole.setSpacing(10)
        whole.addLayout(row(self.back_button, None))
        ask = row(self.kind, self.box, self.look_button, spacing=12)
        ask.setStretch(1, 1)
        whole.addLayout(ask)
        whole.addLayout(row(label("people.looked", "small"), None, self._problem))
        whole.addWidget(frame, 1)
        #: What was looked up, as it was typed.
        self._term = ""
        self._answer = Answer("")
        self._fill_kinds()
        actions.make("back", self, self._back)
        self.setFocusProxy(self.box)
        self._begin()

    def open(self, subject: object) -> None:
        if isinstance(subject, str):
            self.box.setText(subject)
            self._begin()
        self.box.setFocus()
        self.box.selectAll()

    def reword(self) -> None:
        self._fill_kinds()
        self._model.reword()
        self.shelf.reword()

    def look_up(self) -> None:
        """Ask what for, then for the papers; the question itself is journaled."""
        term, kind, people = self.box.text(), self.kind.value(), self.station.people
        self._problem.hide()
        if len(term.strip()) < 2:
            say(self._problem, "error.NothingToLookUp")
            self._problem.show()
            self.box.setFocus()
            return
        PurposeDialog(
            self, lambda purpose, basis: people.look_up(term, purpose, basis, kind), lambda answer: self._on_found(term, answer),
            key="people.ask",
        ).open()

    def confirm(self) -> None:
        """The paper that is chosen does mention somebody: say whom, and in what part."""
        row = self._chosen()
        if row is None or row.line is None or row.line.entity is not None or not self.station.may("mention"):
            return
        line, answer = row.line, self._answer

        def done(entity: Entity, part: Part) -> None:
            self.desk.messages.tell("people.confirmed")
            if self._answer is answer:
                self._show(with_confirmed(answer, line, entity, part))

        people_confirm.open_for(self, answer, self._term, line.paper, self.kind.value(), done)

    def share(self) -> None:
        """What other volumes share with the one that is chosen."""
        row = self._chosen()
        if row is not None and row.group.volume is not None:
            people_sharing.open_for(self, row.group.volume.id, row.group.volume.reference_code)

    def report(self) -> None:
        """Who looked at the papers of the one that is chosen."""
        entity = self._entity()
        if entity is not None:
            wishes = AccessWishes(entity.id, prepared_by=self.station.agent.name, prepared_on=date.today().isoformat(),
                                  language=wording.language())
            open_forms(self, self.desk, [Form("access_report", wishes)], entity.name)

    def merge(self) -> None:
        """The other entries of the same name become the one that is chosen."""
        kept = self._entity()
        others = self._answer.twins.get(kept.id, ()) if kept else ()
        if kept is None or not others:
            return
        entity, answer = kept, self._answer

        def work() -> None:
            for other in others:
                self.station.people.merge(entity.id, other)

        def yes() -> None:
            self.run("write", lambda _job: work(), done=lambda _none: self._show(with_merged(answer, entity)))

        self.desk.messages.ask("people_merge", yes)

    # -- inside

    def _fill_kinds(self) -> None:
        every: list[tuple[EntityKind | None, str]] = [(None, wording.say("people.every_kind"))]
        self.kind.fill([*every, *((kind, wording.say(f"entity_kind.{kind.value}")) for kind in EntityKind)])

    def _begin(self) -> None:
        self._show(Answer(""))
        self.shelf.show_empty("people.begin")

    def _on_found(self, term: str, answer: Answer) -> None:
        self._term = term
        self._show(answer)
        if not answer:
            self.shelf.show_empty("people.nothing", term=answer.term)

    def _show(self, answer: Answer) -> None:
        at = self.papers.currentIndex().row() if answer.term and answer.term == self._answer.term else -1
        self._answer = answer
        rows = [one for group in answer.groups for one in (_Row(group), *(_Row(group, line) for line in group.lines))]
        self.papers.clearSpans()
        self._model.show(rows)
        for place, one in enumerate(rows):
            if one.line is None:
                self.papers.setSpan(place, 0, 1, len(COLUMNS))
        self._more.setVisible(answer.more)
        if rows:
            self.shelf.show_content()
            self.papers.selectRow(at if 0 <= at < len(rows) else 1)
            self.papers.setFocus()
        self._offer()

    def _offer(self) -> None:
        """The acts that fit the row that is chosen."""
        row, entity = self._chosen(), self._entity()
        waits = row is not None and row.line is not None and row.line.entity is None
        self.confirm_button.setVisible(waits and self.station.may("mention"))
        self.share_button.setVisible(row is not None and row.group.volume is not None)
        self.report_button.setVisible(entity is not None)
        twins = self._answer.twins.get(entity.id, ()) if entity else ()
        self.merge_button.setVisible(bool(twins) and self.station.may("merge_entities"))

    def _chosen(self) -> _Row | None:
        at = max(0, self.papers.currentIndex().row())
        return self._model.record(at) if at < len(self._model) else None

    def _entity(self) -> Entity | None:
        """The entry of the row that is chosen; a case known by its volume alone has none."""
        row = self._chosen()
        entity = row.line.entity if row and row.line else None
        return entity if entity and entity.id else None

    def _open_row(self, at: int) -> None:
        one = self._model.record(at)
        if one.line is not None and one.line.paper.subject.kind is Kind.ITEM:
            self.desk.go("record", Place(one.line.paper.subject.id, "", 1))
        elif one.group.volume is not None:
            self.desk.go("volume", one.group.volume.id)

    def _back(self) -> None:
        self.desk.go("search", None)
