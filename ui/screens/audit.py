"""ui/screens/audit.py — 审计: the journal as somebody may read it who answers for it; its chain, a report, the page for the paper log.

A question is asked when the screen is first shown and whenever the person wants other lines: each is an event in the journal,
so the screen never asks by itself because something was committed; it says that there are new lines and waits. Lines are fetched
where somebody looks. Carrying out and checking go on a worker, show how far they are, and can be stopped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, QTimer
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout

from app import wording
from app.audit import Answer, ChainState, words
from app.jobs import Job
from app.reports.audit_report import AuditWishes
from app.reports.day_sheet import DayWishes
from storage.errors import NoSuchRecord
from storage.records import Agent, Event
from storage.records.journal import DaySheet, JournalLine
from ui import actions
from ui.desk import Desk
from ui.models.columns import Column
from ui.models.paged import PagedModel
from ui.phrases import name, say
from ui.screens.audit_chain import ChainStrip
from ui.screens.audit_filters import FilterBar, Wanted
from ui.screens.audit_line import LineCard
from ui.screens.screen import Screen
from ui.screens.volumes_print import Form, open_forms
from ui.widgets import picker
from ui.widgets.layout import button, card, row, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table

_STATES = {"refused": "refused", "failure": "failed"}
COLUMNS: tuple[Column[JournalLine], ...] = (
    Column("audit.column.at", lambda line: _short(line.event.at), 140, hint=lambda line: words.when(line.event.at)),
    Column("audit.column.who", lambda line: words.who(line.event), 110),
    Column("audit.column.what", words.what),
    Column("audit.column.about", words.about, 206),
    Column("audit.column.outcome", lambda line: words.outcome(line.event), 86,
           state=lambda line: _STATES.get(line.event.outcome)),  # type: ignore[arg-type, return-value]
)  # fmt: skip
FORMATS = {"csv": ".csv", "xlsx": ".xlsx", "chain": ".jsonl"}


@dataclass(frozen=True, slots=True)
class _Known:
    """What an answer comes with."""

    answer: Answer
    people: list[Agent]
    state: ChainState
    everything: bool
    auditors: list[str]


class AuditScreen(Screen):
    title = "action.audit"
    needs = frozenset({"audit"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._known: _Known | None = None
        self._asked: Job[_Known] | None = None
        self._newest = 0
        self._first = QTimer(self)
        self._first.setSingleShot(True)
        self._first.setInterval(0)
        self._first.timeout.connect(lambda: self._asked is None and self._known is None and self.ask())
        self._out: Job[Any] | None = None
        self.chain = ChainStrip(self)
        self.filters = FilterBar()
        self.filters.changed.connect(self.ask)
        self.model: PagedModel[JournalLine] = PagedModel(
            self.station.jobs, "view", lambda numbers: self._lines(numbers), COLUMNS, desk.messages.trouble
        )
        self.lines = name(Table(self.model, COLUMNS, desk.theme), "audit.list")
        self.lines.selectionModel().currentRowChanged.connect(lambda now, _before: self._on_row(now))
        self.model.dataChanged.connect(lambda *_changed: self._on_row(self.lines.currentIndex()))
        self.shelf = Shelf(self.lines, desk.theme, empty="audit.none", drawing="audit")
        self.card = LineCard(desk.theme, self._follow)
        self.card.setFixedWidth(300)
        self._count = text("strong")
        self._scope = text("small", wrap=True)
        self._new = button("audit.new_lines", "link")
        self._new.clicked.connect(self.ask)
        self.export_button = button("audit.export", theme=desk.theme, drawing="export")
        self.report_button = button("audit.report", theme=desk.theme, drawing="reports")
        self.sheet_button = button("audit.day_sheet", theme=desk.theme, drawing="print")
        self.stop_button = button("audit.cancel")
        self._menu = QMenu(self)
        for format in FORMATS:
            made = self._menu.addAction(wording.say(f"audit.format.{format}"))
            made.triggered.connect(lambda _on=False, format=format: self.export(format))
        self.export_button.setMenu(self._menu)
        self.report_button.clicked.connect(self.report)
        self.sheet_button.clicked.connect(self.day_sheet)
        self.stop_button.clicked.connect(self._on_stop)
        frame, inside = card(margins=1, spacing=0)
        head = row(self._count, 6, self._new, None, self.stop_button, self.export_button, self.report_button, self.sheet_button, spacing=6)
        head.setContentsMargins(16, 8, 10, 8)
        inside.addLayout(head)
        inside.addWidget(self.shelf, 1)
        body = QHBoxLayout()
        body.setSpacing(12)
        body.addWidget(frame, 1)
        body.addWidget(self.card)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 12, 20, 12)
        whole.setSpacing(10)
        whole.addWidget(self.chain)
        whole.addWidget(self.filters)
        whole.addWidget(self._scope)
        whole.addLayout(body, 1)
        for id, work in (("export", lambda: self.export("csv")), ("print", self.report), ("refresh", self.ask)):
            actions.make(id, self, work)
        self.setFocusProxy(self.lines)
        self._new.hide()
        self._scope.hide()
        self.stop_button.hide()
        self._offer()

    # -- what the window asks

    def open(self, subject: object) -> None:
        """`refusals` and `failed_unlocks`: what the cards on the first screen count."""
        if subject == "refusals":
            self.filters.only_outcome("refused")
        elif subject == "failed_unlocks":
            self.filters.only_outcome("failure", "session")

    def refresh(self) -> None:
        if self._known is not None:
            self.model.refresh()
        else:
            # Whoever opened the screen may be about to say what is wanted: one question is enough.
            self._first.start()

    def hear(self, events: tuple[Event, ...]) -> None:
        super().hear(events)
        # Looks are no news; to ask again because of one's own would never end.
        self._newest = max([self._newest, *(event.seq for event in events if event.type != "audit")])
        self._say_new()

    def reword(self) -> None:
        self.filters.reword()
        self.chain.reword()
        self.model.reword()
        self.card.reword()
        self.shelf.reword()
        for action, format in zip(self._menu.actions(), FORMATS, strict=True):
            action.setText(wording.say(f"audit.format.{format}"))
        if self._known is not None:
            self._say_count(self._known)

    # -- asking

    def ask(self) -> None:
        """What is wanted now; an event of its own."""
        if self._asked is not None:
            self._asked.cancel()
        wanted = self.filters.wanted()
        self.filters.code_field.clear_problem()
        self.card.show_line(None)
        self.shelf.show_busy("audit.looking")
        self._asked = self.run("view", lambda _job: self._look(wanted), done=self._show, failed=self._on_failed)

    def _look(self, wanted: Wanted) -> _Known:
        audit = self.station.audit
        asked = replace(wanted.filter, subject=audit.record(wanted.code).subject) if wanted.code else wanted.filter
        answer = audit.ask(asked)
        return _Known(answer, audit.people(), audit.state(), audit.everything, audit.auditors())

    def _lines(self, numbers: Any) -> list[JournalLine]:
        return self._known.answer.lines(numbers) if self._known is not None else []

    def _show(self, known: _Known) -> None:
        self._asked, self._known = None, known
        self.filters.fill(known.people)
        self.chain.show_state(known.state)
        self._say_count(known)
        self._say_new()
        self.model.show(known.answer.numbers)
        if known.answer.numbers:
            self.shelf.show_content()
            self.lines.selectRow(0)
        else:
            self.shelf.show_empty()
        self._offer()

    def _on_failed(self, error: BaseException) -> None:
        self._asked = None
        if isinstance(error, NoSuchRecord):
            self.model.show(())
            self.shelf.show_empty()
            self.filters.code_field.show_problem("audit.none")
            self.filters.code_field.take_focus()
        else:
            self.shelf.show_trouble(error, self.ask)

    def _say_count(self, known: _Known) -> None:
        key = "audit.count_cut" if known.answer.more else "audit.count"
        say(self._count, key, n=f"{len(known.answer.numbers):,}")
        told = "" if known.everything and known.auditors else "audit.no_auditor" if known.everything else "audit.scope_users"
        self._scope.setVisible(bool(told))
        if told:
            say(self._scope, told)

    def _say_new(self) -> None:
        self._new.setVisible(self._known is not None and self._newest > self._known.answer.asked)

    def _on_row(self, index: QModelIndex) -> None:
        line = self.model.record(index.row()) if index.isValid() else None
        if line is not None and line is not self.card.line:
            self.card.show_line(line)

    def _follow(self, which: str, line: JournalLine) -> None:
        if which == "record" and line.subject is not None:
            self.filters.follow_record(line.subject, line.code)
        elif which == "person":
            self.filters.follow_person(line.event.agent)
        elif which == "day":
            self.filters.follow_day(datetime.fromisoformat(line.event.at).astimezone().date())
        elif which == "session":
            self.filters.follow_session(line.event.session)

    # -- carrying out

    def export(self, format: str) -> None:
        """The lines listed as a table, or the chain itself."""
        known = self._known
        if known is None or not self.station.may("export_journal") or (format == "chain" and not known.everything):
            return
        suggested = f"{wording.say('audit.title')}-{date.today().isoformat()}{FORMATS[format]}"
        picker.save_file(self, self.desk.theme, lambda path: self._export(known.answer, format, path), suggested=suggested)

    def report(self) -> None:
        first, last = self.filters.days()
        wishes = AuditWishes(first, last, prepared_by=self.station.agent.name, prepared_on=date.today().isoformat(),
                             language=wording.language())  # fmt: skip
        self._open_form(Form("audit_report", wishes), f"{first}-{last}".strip("-"))

    def day_sheet(self) -> None:
        """The head as it is now, for the paper log of today."""
        self.run("write", lambda _job: self.station.audit.seal_day(date.today()), done=self._on_sealed)

    def _on_sealed(self, sheet: DaySheet) -> None:
        self.desk.messages.tell("audit.day_sheet_made", day=sheet.day)
        wishes = DayWishes(sheet.day, self.station.agent.name, date.today().isoformat(), wording.language())
        self._open_form(Form("day_sheet", wishes), sheet.day)

    def _open_form(self, form: Form, suggested: str) -> None:
        dialog = open_forms(self, self.desk, [form], suggested)
        # What tells the journal leaves by the auditor's right, not by that of the clerks.
        dialog.print_button.setVisible(self.station.may("print_journal"))
        dialog.export_button.setVisible(self.station.may("export_journal"))

    def _export(self, answer: Answer, format: str, path: Path) -> None:
        audit = self.station.audit

        def work(job: Job[Any]) -> int:
            content = audit.chain(job.step) if format == "chain" else audit.table(answer, format, job.step)
            lines = content.count(b"\n") if format == "chain" else len(answer.numbers)
            audit.export(content, path, f"journal_{format}", lines)
            return lines

        self.stop_button.show()
        told = "audit.exported_chain" if format == "chain" else "audit.exported"
        self._out = self.run("view", work, done=lambda lines: self._on_exported(told, lines, path), failed=self._on_not_exported)

    def _on_exported(self, told: str, lines: int, path: Path) -> None:
        self._out = None
        self.stop_button.hide()
        facts: dict[str, str | int] = {"path": str(path)} if told.endswith("chain") else {"path": str(path), "n": f"{lines:,}"}
        self.desk.messages.tell(told, **facts)

    def _on_not_exported(self, error: BaseException) -> None:
        self._out = None
        self.stop_button.hide()
        self.desk.messages.trouble(error)

    def _on_stop(self) -> None:
        if self._out is not None:
            self._out.cancel()
            self._out = None
            self.stop_button.hide()

    def _offer(self) -> None:
        known = self._known
        some = known is not None and bool(known.answer.numbers)
        self.export_button.setEnabled(some)
        self.export_button.setVisible(self.station.may("export_journal"))
        self.sheet_button.setVisible(self.station.may("seal_day"))
        for action, format in zip(self._menu.actions(), FORMATS, strict=True):
            action.setVisible(format != "chain" or (known is not None and known.everything))


def _short(utc: str) -> str:
    """Of today the time to the second, else the day and the minute."""
    local = datetime.fromisoformat(utc).astimezone()
    return local.strftime("%H:%M:%S" if local.date() == datetime.now().astimezone().date() else "%Y-%m-%d %H:%M")
