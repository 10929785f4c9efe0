"""ui/screens/interchange_import.py — importing a catalogue in four steps: file, columns, problems, result.

Each step is one page with one question and one primary button; Esc goes a step back. Reading and the dry run go off the
GUI thread and can be given up; the import itself can be given up until its last record.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from app import wording
from app.interchange import Catalogue, ColumnMapping, Taken, Trial
from app.interchange.source import FORMULA
from app.jobs import Job
from storage.records import Kind
from ui import actions, stylesheet
from ui.phrases import name, say
from ui.screens.interchange_choose import ChoosePage, DonePage
from ui.screens.interchange_columns import ColumnsPage
from ui.screens.interchange_problems import ProblemsPage
from ui.screens.screen import Screen
from ui.widgets import picker
from ui.widgets.layout import button, row, text

STEPS = ("choose", "columns", "problems", "done")
ENDINGS = (".xlsx", ".csv", ".txt")


class ImportPage(QWidget):
    """The first half of the screen."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen, self.station, theme = screen, screen.station, screen.desk.theme
        self._job: Job[Any] | None = None
        self._path = Path()
        self._catalogue: Catalogue | None = None
        self._trial: Trial | None = None
        self.choose = ChoosePage(theme)
        self.columns = ColumnsPage(theme)
        self.problems = ProblemsPage(theme)
        self.done = DonePage(theme)
        self._names = []
        for number, step in enumerate(STEPS, 1):
            line = say(text(), f"interchange.step_{step}", n=number)
            stylesheet.look(line, "badge")
            self._names.append(line)
        self._pages = QStackedWidget()
        for page in (self.choose, self.columns, self.problems, self.done):
            self._pages.addWidget(page)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        name(self._bar, "interchange.working")
        self._working = text("small")
        self.cancel_button = button("interchange.cancel")
        self.cancel_button.clicked.connect(self.cancel)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(10)
        whole.addLayout(row(*self._names, None))
        whole.addWidget(self._pages, 1)
        whole.addLayout(row(self._bar, self._working, self.cancel_button))
        self.choose.browse.clicked.connect(self._on_browse)
        self.choose.go_on.connect(self._on_chosen)
        self.columns.back.clicked.connect(self.back)
        self.columns.check.clicked.connect(self._on_check)
        self.columns.kind_changed.connect(self._on_kind)
        self.columns.sheet_changed.connect(lambda sheet: self.read(self._path, sheet))
        self.problems.back.clicked.connect(self.back)
        self.problems.check.clicked.connect(self._on_decided)
        self.problems.save.clicked.connect(self._on_save)
        self.problems.take.clicked.connect(self._on_take)
        self.done.again.clicked.connect(self._on_again)
        self.done.show_records.clicked.connect(self._on_show)
        self._first = ""
        actions.make("back", self, self.back)
        self.setFocusProxy(self.choose)
        self._turn("choose")
        self._running(None)

    @property
    def here(self) -> str:
        return STEPS[self._pages.currentIndex()]

    def refresh(self) -> None:
        self._screen.run("view", lambda _job: self.station.interchange.runs(), done=self.choose.show_runs)
        self._screen.run("view", lambda _job: self.station.categories(), done=self.columns.know)

    def reword(self) -> None:
        self.choose.reword()
        self.columns.reword()
        self.problems.reword()
        self.done.reword()

    def back(self) -> None:
        """One step back; out of a job first."""
        if self._job is not None:
            self.cancel()
        elif self.here in ("columns", "problems"):
            self._turn(STEPS[STEPS.index(self.here) - 1])

    def cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._running(None)

    def read(self, path: Path, sheet: str = "") -> None:
        """Read this catalogue and go on to its columns."""
        self._path = path

        def work(job: Job[Any]) -> tuple[Catalogue, ColumnMapping, bool]:
            door = self.station.interchange
            catalogue = door.read(path, sheet=sheet, cancelled=lambda: job.cancelled)
            return catalogue, door.suggest(catalogue), door.remembers(catalogue)

        self._start("view", work, self._on_read, "interchange.reading")

    # -- from step to step

    def _on_browse(self) -> None:
        picker.open_file(self, self._screen.desk.theme, self._on_picked, endings=ENDINGS)

    def _on_picked(self, path: Path) -> None:
        self.choose.path.setText(str(path))
        self.read(path)

    def _on_chosen(self) -> None:
        typed = self.choose.path.text().strip()
        if not typed:
            self._on_browse()
            return
        self.read(Path(typed).expanduser())

    def _on_read(self, answer: tuple[Catalogue, ColumnMapping, bool]) -> None:
        self._catalogue, mapping, remembered = answer
        self.columns.show_catalogue(self._catalogue, mapping, remembered)
        self._turn("columns")

    def _on_kind(self, kind: Kind) -> None:
        catalogue = self._catalogue
        if catalogue is not None:
            self._screen.run(
                "view", lambda _job: self.station.interchange.suggest(catalogue, kind),
                done=lambda mapping: self.columns.show_catalogue(catalogue, mapping, False),
            )

    def _on_check(self) -> None:
        self._try(self.columns.mapping())

    def _on_decided(self) -> None:
        """Words were decided on the page of problems."""
        assert self._trial is not None
        self.columns.decide(self.problems.decided())
        self._try(self.columns.mapping())

    def _try(self, mapping: ColumnMapping) -> None:
        catalogue = self._catalogue
        assert catalogue is not None
        self._start(
            "view", lambda job: self.station.interchange.try_out(catalogue, mapping, job.step), self._on_tried,
            "interchange.checking",
        )

    def _on_tried(self, trial: Trial) -> None:
        self._trial = trial
        self.problems.show_trial(trial, self.columns.known)
        self._turn("problems")

    def _on_take(self) -> None:
        trial = self._trial
        if trial is None or not trial.entries:
            return
        if trial.before is not None:
            self._screen.desk.messages.ask(
                "interchange.again", lambda: self._take(trial), at=trial.before.at[:10], n=trial.before.rows
            )
        elif trial.clean:
            self._take(trial)
        else:
            self._screen.desk.messages.ask(
                "interchange.good_rows", lambda: self._take(trial), n=len(trial.entries),
                bad=trial.rows - len(trial.entries),
            )

    def _take(self, trial: Trial) -> None:
        self._start(
            "write", lambda job: self.station.interchange.take_in(trial, good_rows=True, again=True, step=job.step),
            self._on_taken, "interchange.importing",
        )

    def _on_taken(self, taken: Taken) -> None:
        self._first = taken.first_code
        self.done.show_taken(taken)
        self._turn("done")
        self.refresh()

    def _on_save(self) -> None:
        """The problems as a table, for whoever corrects the file."""
        trial = self._trial
        if trial is None:
            return
        lines = self.problems.lines()
        picker.save_file(
            self, self._screen.desk.theme,
            lambda path: self._screen.run(
                "write", lambda _job: self.station.export(_table(lines), path, "catalogue:problems"),
                done=lambda _none: self._screen.desk.messages.tell("record.exported", path=str(path)),
            ),
            suggested=wording.say("interchange.problems_file"),
        )

    def _on_again(self) -> None:
        self._catalogue = self._trial = None
        self.choose.path.clear()
        self._turn("choose")

    def _on_show(self) -> None:
        """What stands in the class of the first imported code."""
        self._screen.desk.go("search", self._first.rsplit("-", 1)[0])

    # -- inside

    def _start(
        self, lane: str, work: Callable[[Job[Any]], Any], done: Callable[[Any], None], sentence: str
    ) -> None:
        if self._job is not None:
            return

        def answered(answer: Any) -> None:
            self._running(None)
            done(answer)

        def failed(error: BaseException) -> None:
            self._running(None)
            self._screen.desk.messages.trouble(error)

        self._bar.setRange(0, 0)
        say(self._working, sentence)
        self._running(self._screen.run(lane, work, done=answered, failed=failed, progress=self._on_progress))

    def _on_progress(self, done: int, total: int, _note: str) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)

    def _running(self, job: Job[Any] | None) -> None:
        self._job = job
        for part in (self._bar, self._working, self.cancel_button):
            part.setVisible(job is not None)
        self._pages.setEnabled(job is None)

    def _turn(self, step: str) -> None:
        number = STEPS.index(step)
        self._pages.setCurrentIndex(number)
        for place, line in enumerate(self._names):
            stylesheet.state(line, "accent" if place == number else "good" if place < number else "")
        page = self._pages.currentWidget()
        assert page is not None
        if self.isVisible():
            page.setFocus()


def _table(lines: list[tuple[str, str, str, str]]) -> bytes:
    held = io.StringIO(newline="")
    writer = csv.writer(held)
    for line in lines:
        writer.writerow([f"'{cell}" if FORMULA.match(cell) else cell for cell in line])
    return held.getvalue().encode("utf-8-sig")
