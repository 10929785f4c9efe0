"""ui/screens/people.py — the papers that name a person, vehicle, place or organisation: asked for with a purpose.

A way into the papers, never a list of people: nobody is shown who was not asked for whole, by name or number, and each
question is journaled. Reached from search; not in the list of places.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from PySide6.QtWidgets import QLineEdit, QVBoxLayout

from app import wording
from app.people import Answer
from app.reports.access_report import AccessWishes
from storage.records import Kind
from storage.records.people import Entity, Paper
from ui import actions
from ui.desk import Desk
from ui.models.columns import Column
from ui.models.listed import ListedModel
from ui.models.pages import Place
from ui.phrases import name, say
from ui.screens.people_named import number_of
from ui.screens.screen import Screen
from ui.screens.unmask import PurposeDialog
from ui.screens.volumes_print import Form, open_forms
from ui.stylesheet import look
from ui.widgets.layout import button, card, label, row, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table


@dataclass(frozen=True, slots=True)
class _Row:
    entity: Entity
    paper: Paper


COLUMNS: tuple[Column[_Row], ...] = (
    Column("people.who", lambda one: " ".join(part for part in (one.entity.name, number_of(one.entity)) if part), 250),
    Column("entity.part", lambda one: wording.say(f"entity_part.{one.paper.part.value}"), 130),
    Column("people.code", lambda one: one.paper.reference_code or wording.say("people.no_code"), 250),
    Column("people.paper_title", lambda one: one.paper.title),
)


class PeopleScreen(Screen):
    title = "people.title"
    needs = frozenset({"look_up_entity"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.box = QLineEdit()
        look(self.box, "search")
        say(self.box, "people.hint", "setPlaceholderText")
        name(self.box, "people.box")
        self.look_button = button("people.look", "primary", theme=desk.theme, drawing="search")
        self.look_button.clicked.connect(self.look_up)
        self.box.returnPressed.connect(self.look_up)
        self._problem = text("problem", wrap=True)
        self._problem.hide()
        self._model = ListedModel(COLUMNS)
        self.papers = name(Table(self._model, COLUMNS, desk.theme), "people.papers")
        self.papers.chosen.connect(self._open_row)
        self.shelf = Shelf(self.papers, desk.theme, empty="people.begin", drawing="person")
        self.report_button = button("people.report", theme=desk.theme, drawing="reports")
        self.merge_button = button("people.merge")
        self.back_button = button("record.back", "link", theme=desk.theme, drawing="left")
        self.report_button.clicked.connect(self.report)
        self.merge_button.clicked.connect(self.merge)
        self.back_button.clicked.connect(self._back)
        frame, inside = card(margins=1, spacing=0)
        head = row(label("people.papers", "heading"), None, self.merge_button, self.report_button)
        head.setContentsMargins(18, 8, 12, 8)
        inside.addLayout(head)
        inside.addWidget(self.shelf, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 12, 24, 16)
        whole.setSpacing(10)
        whole.addLayout(row(self.back_button, None))
        ask = row(self.box, self.look_button, spacing=12)
        ask.setStretch(0, 1)
        whole.addLayout(ask)
        whole.addLayout(row(label("people.looked", "small"), None, self._problem))
        whole.addWidget(frame, 1)
        self._answers: list[Answer] = []
        actions.make("back", self, self._back)
        self.setFocusProxy(self.box)
        self._show([])
        self.shelf.show_empty("people.begin")

    def open(self, subject: object) -> None:
        if isinstance(subject, str):
            self.box.setText(subject)
            self._show([])
            self.shelf.show_empty("people.begin")
        self.box.setFocus()
        self.box.selectAll()

    def reword(self) -> None:
        self._model.reword()
        self.shelf.reword()

    def look_up(self) -> None:
        """Ask what for, then for the papers; the question itself is journaled."""
        term, people = self.box.text(), self.station.people
        self._problem.hide()
        if len(term.strip()) < 2:
            say(self._problem, "error.NothingToLookUp")
            self._problem.show()
            self.box.setFocus()
            return
        PurposeDialog(
            self, lambda purpose, basis: people.look_up(term, purpose, basis), lambda answers: self._on_found(term, answers),
            key="people.ask",
        ).open()

    def report(self) -> None:
        """Who looked at the papers of the one that is chosen."""
        row = self._chosen()
        if row is not None:
            wishes = AccessWishes(row.entity.id, prepared_by=self.station.agent.name, prepared_on=date.today().isoformat(),
                                  language=wording.language())
            open_forms(self, self.desk, [Form("access_report", wishes)], row.entity.name)

    def merge(self) -> None:
        """The other entries found become the one that is chosen."""
        row = self._chosen()
        if row is None or len(self._answers) < 2:
            return
        kept = row.entity.id
        others = [answer.entity.id for answer in self._answers if answer.entity.id != kept]

        def work() -> None:
            for other in others:
                self.station.people.merge(kept, other)

        def yes() -> None:
            self.run("write", lambda _job: work(), done=lambda _none: self._merged(row))

        self.desk.messages.ask("people_merge", yes)

    # -- inside

    def _on_found(self, term: str, answers: list[Answer]) -> None:
        self._show(answers)
        if not answers:
            self.shelf.show_empty("people.nothing", term=term)

    def _merged(self, kept: _Row) -> None:
        """What was found is one entry now."""
        papers = tuple(dict.fromkeys(paper for answer in self._answers for paper in answer.papers))
        self._show([Answer(kept.entity, papers)])

    def _show(self, answers: list[Answer]) -> None:
        self._answers = answers
        rows = [_Row(answer.entity, paper) for answer in answers for paper in answer.papers]
        self._model.show(rows)
        self.report_button.setVisible(bool(rows))
        self.merge_button.setVisible(len(answers) > 1 and self.station.may("merge_entities"))
        if rows:
            self.shelf.show_content()
            self.papers.selectRow(0)
            self.papers.setFocus()

    def _chosen(self) -> _Row | None:
        at = max(0, self.papers.currentIndex().row())
        return self._model.record(at) if at < len(self._model) else None

    def _open_row(self, at: int) -> None:
        paper = self._model.record(at).paper
        if paper.subject.kind is Kind.ITEM:
            self.desk.go("record", Place(paper.subject.id, "", 1))
        else:
            self.desk.go("volume", paper.subject.id)

    def _back(self) -> None:
        self.desk.go("search", None)
