"""ui/screens/inspection.py — 四性检测: choose what to look at, start, see what is wrong and what to do; former runs beside it.

One button starts; the run goes on a worker with its progress shown and can be stopped. Opened with a Subject it looks at
that record or volume alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QHBoxLayout, QProgressBar

from app import wording
from app.inspection import PHASES
from app.inspection.words import scope_words
from app.jobs import Job
from app.reports import preview
from app.reports.four_nature_report import InspectionWishes
from storage.records import Category, Kind, Subject
from storage.records.inspection import InspectionRun, Scope, Verdict
from ui import actions, printing
from ui.desk import Desk
from ui.models import choices
from ui.models.columns import Column, moment, word
from ui.models.listed import ListedModel
from ui.models.pages import Place
from ui.phrases import name, plain, say
from ui.screens.inspection_result import ResultPage
from ui.screens.inspection_rows import Seen, fetch
from ui.screens.screen import Screen
from ui.widgets import picker
from ui.widgets.form import Choice, Field
from ui.widgets.layout import button, card, column, label, rule, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table

REPORT = "four_nature_report"
RUNS: tuple[Column[InspectionRun], ...] = (
    Column("inspection.column.at", lambda run: moment(run.finished_at), 0, hint=lambda run: _about(run)),
    Column("inspection.column.result", lambda run: word("inspection_verdict", run.result.value), 112,
           state=lambda run: run.result.value, hint=lambda run: _about(run)),
)


@dataclass(frozen=True, slots=True)
class _Known:
    categories: list[Category]
    years: list[int]
    runs: list[InspectionRun]
    seen: Seen | None


class InspectionScreen(Screen):
    title = "action.inspection"
    concerns = frozenset({"inspect", "attest"})
    needs = frozenset({"inspect"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._known = _Known([], [], [], None)
        self._shown = 0
        self._job: Job[Any] | None = None
        self.phase, self.category, self.year = Choice(), Choice(), Choice()
        self._hint = text("small", wrap=True)
        self.start_button = button("inspection.start", "primary", theme=desk.theme, drawing="inspection")
        self.cancel_button = button("inspection.cancel")
        self.start_button.clicked.connect(lambda: self.start(Scope(self.category.value(), self.year.value())))
        self.cancel_button.clicked.connect(self._on_cancel)
        self._bar = name(QProgressBar(), "inspection.progress")
        self._bar.setTextVisible(False)
        self._stage = text("small", wrap=True)
        self._runs = ListedModel(RUNS)
        self.runs = name(Table(self._runs, RUNS, desk.theme), "inspection.history")
        self.runs.chosen.connect(self._on_run)
        self.runs.clicked.connect(lambda index: self._on_run(index.row()))
        self.result = ResultPage(desk.theme, may_answer=self.station.may("attest"))
        self.result.findings.opened.connect(self._on_open)
        self.result.manual.answered.connect(self._on_answer)
        self.result.print_button.clicked.connect(self.print)
        self.result.export_button.clicked.connect(self.export)
        self.result.print_button.setVisible(self.station.may("print"))
        self.result.export_button.setVisible(self.station.may("export"))
        self.shelf = Shelf(self.result, desk.theme, empty="inspection.none_yet", drawing="inspection")
        left, box = card(margins=16, spacing=8)
        left.setFixedWidth(248)
        box.addWidget(label("inspection.advice", "small", wrap=True))
        for key, editor in (("inspection.phase", self.phase), ("inspection.category", self.category),
                            ("inspection.year", self.year)):
            box.addWidget(Field(key, editor))
            if editor is self.phase:
                box.addWidget(self._hint)
        self.phase.currentIndexChanged.connect(lambda _row: self._say_hint())
        box.addLayout(column(self.start_button, self.cancel_button))
        box.addWidget(self._bar)
        box.addWidget(self._stage)
        box.addWidget(rule())
        box.addWidget(label("inspection.history", "heading"))
        box.addWidget(self.runs, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(20, 14, 20, 12)
        whole.setSpacing(12)
        whole.addWidget(left)
        whole.addWidget(self.shelf, 1)
        for id, work in (("print", self.print), ("export", self.export)):
            actions.make(id, self, work)
        self.setFocusProxy(self.start_button)
        self._fill()
        self._running(None)

    # -- what the window asks

    def open(self, subject: object) -> None:
        if isinstance(subject, Subject):
            self.start(Scope(subject=subject))

    def refresh(self) -> None:
        if not self._known.runs:
            self.shelf.show_busy()
        shown = self._shown
        self.run("view", lambda _job: self._read(shown), done=self._on_known)

    def reword(self) -> None:
        self._fill()
        self._runs.reword()
        self.result.reword()
        self.shelf.reword()

    # -- running

    def start(self, scope: Scope) -> None:
        """Looks at what was chosen."""
        if self._job is not None:
            return
        phase = self.phase.value() or PHASES[0]
        self._shown = 0
        self._bar.setRange(0, 0)
        self._running(
            self.run(
                "view", lambda job: self.station.inspection.run(phase, scope, job.step), done=self._on_done,
                failed=self._on_failed, progress=self._on_progress,
            )
        )  # fmt: skip

    def print(self) -> None:
        seen = self._known.seen
        if seen is not None and self.station.may("print"):
            printing.ask(self, wording.say(f"report.name.{REPORT}"), lambda printer: self._draw_for(printer, seen))

    def export(self) -> None:
        seen = self._known.seen
        if seen is None or not self.station.may("export"):
            return
        suggested = f"{wording.say(f'report.name.{REPORT}')}-{seen.run.finished_at[:10]}.pdf"

        def write(path: Any) -> None:
            self.run(
                "write", lambda _job: self.station.export(self._pdf(seen), path, f"report:{REPORT}"),
                done=lambda _none: self.desk.messages.tell("record.exported", path=str(path)),
            )  # fmt: skip

        picker.save_file(self, self.desk.theme, write, suggested=suggested)

    # -- inside

    def _read(self, shown: int) -> _Known:
        runs = self.station.inspection.history()
        run = next((run for run in runs if run.id == shown), runs[0] if runs else None)
        seen = fetch(self.station, run) if run is not None else None
        return _Known(self.station.categories(), self.station.years(), runs, seen)

    def _on_known(self, known: _Known) -> None:
        self._known = known
        self._fill()
        self._runs.show(known.runs)
        if known.seen is None:
            self.shelf.show_empty()
            return
        self._shown = known.seen.run.id
        self.runs.selectRow(next(row for row, run in enumerate(known.runs) if run.id == self._shown))
        self.result.show_run(known.seen)
        self.shelf.show_content()

    def _on_run(self, row: int) -> None:
        self._shown = self._runs.record(row).id
        self.refresh()

    def _on_done(self, run: InspectionRun) -> None:
        self._running(None)
        self._shown = run.id
        if run.found:
            self.desk.messages.tell("inspection.done_found", n=f"{run.found:,}")
        else:
            self.desk.messages.tell("inspection.done_clean")

    def _on_failed(self, error: BaseException) -> None:
        self._running(None)
        self.desk.messages.trouble(error)

    def _on_cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._running(None)
            self.desk.messages.tell("inspection.cancelled")

    def _on_progress(self, done: int, total: int, stage: str) -> None:
        if self._job is None:
            return
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        said = wording.say(f"inspection_stage.{stage}")
        plain(self._stage, wording.say("inspection.running", stage=said, done=f"{done:,}", total=f"{total:,}"))

    def _on_open(self, subject: Subject) -> None:
        if subject.kind is Kind.VOLUME:
            self.desk.go("volume", subject.id)
        else:
            self.desk.go("record", Place(subject.id, "", 0))

    def _on_answer(self, code: str, verdict: Verdict, note: str) -> None:
        run = self._shown
        self.run(
            "write", lambda _job: self.station.inspection.attest(run, code, verdict, note),
            done=lambda _none: self.desk.messages.tell("inspection.attest_saved"),
        )  # fmt: skip

    def _pdf(self, seen: Seen) -> bytes:
        wishes = InspectionWishes(seen.run.id, self.station.agent.name, date.today().isoformat(), wording.language())
        made: bytes = self.station.report(REPORT, wishes)
        return made

    def _draw_for(self, printer: QPrinter, seen: Seen) -> None:
        def draw(job: Job[list[QImage]]) -> list[QImage]:
            pdf = self._pdf(seen)
            count = preview.count(pdf)
            pages = []
            for number in range(count):
                job.step(number, count)
                pages.append(QImage.fromData(preview.page(pdf, number, printing.DPI)))
            self.station.printed(f"report:{REPORT}", count)
            return pages

        self.run("write", draw, done=lambda pages: printing.hand_over(printer, pages, self.desk.messages))

    def _fill(self) -> None:
        everything: list[tuple[object, str]] = [(None, wording.say("inspection.all"))]
        self.phase.fill([(phase, wording.say(f"inspection_phase.{phase}")) for phase in PHASES])
        self.category.fill(everything + choices.categories(self._known.categories))
        self.year.fill(everything + choices.years_kept(self._known.years))
        self._say_hint()

    def _say_hint(self) -> None:
        say(self._hint, f"inspection_phase_hint.{self.phase.value() or PHASES[0]}")

    def _running(self, job: Job[Any] | None) -> None:
        self._job = job
        for part in (self._bar, self._stage, self.cancel_button):
            part.setVisible(job is not None)
        if job is None:
            plain(self._stage, "")
        self.start_button.setVisible(job is None)
        for editor in (self.phase, self.category, self.year):
            editor.setEnabled(job is None)


def _about(run: InspectionRun) -> str:
    return wording.say(
        "inspection.run_line", at=moment(run.finished_at), phase=wording.say(f"inspection_phase.{run.phase}"),
        scope=scope_words(run.scope), name=run.agent_name,
    )  # fmt: skip
