"""ui/screens/search_export.py — the answer carried out as a list: PDF, CSV, XLSX. Journaled, and masked as on the screen."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from app import results, wording
from app.jobs import Job
from storage.records.searches import Question
from ui.phrases import say
from ui.screens.screen import Screen
from ui.widgets import picker
from ui.widgets.layout import button


class Export(QWidget):
    """A button with the forms; while a list is made, its progress and a way to stop it. `carried` when one is asked for."""

    carried = Signal()

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen
        self._question: Question | None = None
        self._job: Job[Any] | None = None
        self.button = button("search.export", theme=screen.desk.theme, drawing="export")
        self._menu = QMenu(self)
        for form in results.FORMS:
            self._menu.addAction("", lambda form=form: self.ask_where(form))  # type: ignore[misc]
        self.button.setMenu(self._menu)
        self.stop_button: QPushButton = button("search.export_stop", "link")
        self.stop_button.clicked.connect(self._on_stop)
        inside = QHBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(4)
        inside.addWidget(self.stop_button)
        inside.addWidget(self.button)
        self.reword()
        self._running(None)
        self.hide()

    def offer(self, question: Question | None) -> None:
        """This answer could be carried out; None: nothing."""
        self._question = question
        self.setVisible(self._job is not None or (question is not None and self._screen.station.may("export")))

    def reword(self) -> None:
        for action, form in zip(self._menu.actions(), results.FORMS, strict=True):
            action.setText(wording.say(f"search.form.{form}"))

    def choose(self) -> None:
        """In which form? Nothing while there is no answer to carry out."""
        if not self.isHidden() and self.button.isEnabled():
            self._menu.popup(self.button.mapToGlobal(QPoint(0, self.button.height() + 2)))

    def ask_where(self, form: str) -> None:
        question = self._question
        if question is not None and self._job is None:
            suggested = f"{wording.say('report.name.result_list')}-{date.today().isoformat()}.{form}"
            picker.save_file(self._screen, self._screen.desk.theme, lambda path: self.write(question, form, path), suggested=suggested)

    def write(self, question: Question, form: str, path: Path) -> None:
        """Make the list and write it there."""
        station = self._screen.station
        self.carried.emit()

        def make(job: Job[Any]) -> bytes:
            return station.result_list(question.query, question.filters, question.order, form, step=job.step)

        def made(content: bytes) -> None:
            self._running(self._screen.run(
                "write", lambda _job: station.export(content, path, results.EXPORT),
                done=lambda _none: self._on_written(path), failed=self._on_failed,
            ))

        self._running(self._screen.run("view", make, done=made, failed=self._on_failed, progress=self._on_progress))

    # -- inside

    def _running(self, job: Job[Any] | None) -> None:
        self._job = job
        self.stop_button.setVisible(job is not None)
        self.button.setEnabled(job is None)
        say(self.button, "search.export")

    def _on_progress(self, done: int, total: int, _note: str) -> None:
        say(self.button, "search.exporting", n=100 * done // max(1, total))

    def _on_written(self, path: Path) -> None:
        self._running(None)
        self._screen.desk.messages.tell("record.exported", path=str(path))

    def _on_failed(self, error: BaseException) -> None:
        self._running(None)
        self._screen.desk.messages.trouble(error)

    def _on_stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._running(None)
