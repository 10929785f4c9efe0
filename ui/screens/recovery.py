"""ui/screens/recovery.py — the recovery sheet: look at it, print or save it, and prove that the paper is there.

The key is shown once and kept only while this page lives. It goes to the printer or to a file the person points at, and
nowhere else. Two groups of it, picked at random, must be typed back.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QLineEdit

from app import wording
from app.jobs import Job, Jobs
from app.reports import preview, recovery_sheet
from app.station import Station
from ui import printing
from ui.messages import sentence
from ui.phrases import plain, say
from ui.screens.first_start_pages import Page
from ui.theme import Theme
from ui.widgets import picker
from ui.widgets.form import Field, Fields
from ui.widgets.layout import button, row, text
from ui.widgets.page_view import PageView

SCREEN_DPI = 110


class RecoveryPage(Page):
    def __init__(self, theme: Theme, jobs: Jobs) -> None:
        super().__init__("recovery")
        self._theme, self._jobs = theme, jobs
        self._station: Station | None = None
        self._names = ("", "")
        self._groups: list[str] = []
        self._pdf = b""
        self.asked: tuple[int, int] = (0, 0)
        self.view = PageView(theme, fit="width")
        self.view.setMinimumHeight(220)
        self.print_button = button("first.print_sheet", theme=theme, drawing="print")
        self.save_button = button("first.save_sheet", theme=theme, drawing="export")
        self.print_button.clicked.connect(self._on_print)
        self.save_button.clicked.connect(self._on_save)
        self._said = text("small", wrap=True)
        self.first, self.second = QLineEdit(), QLineEdit()
        for line in (self.first, self.second):
            line.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
        self._fields = (Field("first.group", self.first, n=1), Field("first.group", self.second, n=2))
        self.fields = Fields({"first": self._fields[0], "second": self._fields[1]})
        self.column.addWidget(self.view, 1)
        self.column.addLayout(row(self.print_button, self.save_button, self._said, None))
        self.column.addLayout(row(*self._fields, spacing=12))
        self.setFocusProxy(self.print_button)

    def show_key(self, station: Station, station_name: str, fonds: str, key: str) -> None:
        """Make the sheet of the key just created."""
        self._station, self._names = station, (station_name, fonds)
        self._groups = [group for group in key.split("-") if group]
        first = secrets.randbelow(len(self._groups))
        second = (first + 1 + secrets.randbelow(len(self._groups) - 1)) % len(self._groups)
        self.asked = (min(first, second), max(first, second))
        for field, place in zip(self._fields, self.asked, strict=True):
            field.retitle("first.group", n=place + 1)
        self._build()

    def forget(self) -> None:
        """The key leaves the memory of this page."""
        self._groups, self._pdf = [], b""
        self.first.clear()
        self.second.clear()
        self.view.show_nothing()

    def reworded(self) -> None:
        if self._groups:
            self._build()

    def check(self, then: Callable[[], None]) -> None:
        typed = (self.first.text(), self.second.text())
        for field, place, text_typed in zip(self._fields, self.asked, typed, strict=True):
            if _plain(text_typed) != _plain(self._groups[place]):
                field.show_problem("first.group_wrong")
                field.take_focus()
                return
        then()

    def _build(self) -> None:
        station, names, key = self._station, self._names, "-".join(self._groups)
        assert station is not None
        language = wording.language()
        self.view.show_loading(0, 0)

        def make(_job: Job[tuple[bytes, QImage]]) -> tuple[bytes, QImage]:
            pdf = recovery_sheet.build(names[0], names[1], station.archive.station_id, key, date.today().isoformat(),
                                       language)
            return pdf, QImage.fromData(preview.page(pdf, 0, SCREEN_DPI))

        def here(made: tuple[bytes, QImage]) -> None:
            self._pdf = made[0]
            self.view.show_page(made[1], 1, 1)

        self._jobs.run("view", make, done=here, failed=self.view.show_trouble)

    def _on_print(self) -> None:
        pdf = self._pdf
        if not pdf:
            return

        def chosen(printer: QPrinter) -> None:
            self._jobs.run("view", lambda _job: [QImage.fromData(preview.page(pdf, 0, printing.DPI))],
                           done=lambda pages: self._paint(printer, pages))

        printing.ask(self, wording.say("first.recovery"), chosen)

    def _paint(self, printer: QPrinter, pages: list[QImage]) -> None:
        try:
            printing.paint(printer, pages)
        except printing.PrinterFailed as error:
            plain(self._said, sentence(error))
        else:
            say(self._said, "first.sheet_printed")
            self._fields[0].take_focus()

    def _on_save(self) -> None:
        pdf, station = self._pdf, self._station
        if not pdf or station is None:
            return

        def chosen(path: Path) -> None:
            self._jobs.run("write", lambda _job: station.export(pdf, path, "report:recovery_sheet"), done=saved,
                           failed=lambda error: plain(self._said, sentence(error)))

        def saved(_none: None) -> None:
            say(self._said, "first.sheet_saved")
            self._fields[0].take_focus()

        picker.save_file(self, self._theme, chosen, suggested=f"{wording.say('first.recovery')}.pdf")


def _plain(typed: str) -> str:
    """As `storage.keys` reads a typed key: case, blanks and look-alikes do not matter."""
    return "".join(typed.upper().split()).replace("-", "").translate(str.maketrans("OIL", "011"))
