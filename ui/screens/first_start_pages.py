"""ui/screens/first_start_pages.py — the questions of the first start, one page each.

A page's `check(then)` runs `then` when its answers will do, or shows what will not beside the field. `submitted` comes
when Enter is pressed in a field.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.filing import Problem, check_founding
from app.jobs import Jobs
from ui.phrases import say
from ui.theme import Theme
from ui.widgets import picker
from ui.widgets.form import Field, Fields
from ui.widgets.keychain_choice import KeychainChoice
from ui.widgets.layout import button, label, row
from ui.widgets.new_passphrase import NewPassphrase

if TYPE_CHECKING:
    from ui.screens.first_start import Wishes


class Page(QWidget):
    """A heading, a line of advice, fields."""

    submitted = Signal()

    def __init__(self, key: str, room: str = "first") -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(12)
        self.column.addWidget(label(f"{room}.{key}", "display"))
        self.column.addWidget(label(f"{room}.{key}_advice", "muted", wrap=True))
        self.column.addSpacing(4)
        self.names: frozenset[str] = frozenset()
        self.fields = Fields({})

    def check(self, then: Callable[[], None]) -> None:
        then()

    def _put(self, fields: dict[str, Field]) -> None:
        self.fields = Fields(fields)
        self.names = frozenset(fields)
        for field in fields.values():
            self.column.addWidget(field)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.submitted.emit()
        else:
            super().keyPressEvent(event)


class NamesPage(Page):
    """What the station and its fonds are called."""

    def __init__(self) -> None:
        super().__init__("names")
        self.station, self.fonds_number, self.fonds_name = QLineEdit(), QLineEdit(), QLineEdit()
        say(self.station, "first.station_example", "setPlaceholderText")
        say(self.fonds_number, "first.fonds_number_example", "setPlaceholderText")
        self.fonds_number.setMaxLength(4)
        self._put({
            "station": Field("field.station", self.station),
            "fonds_number": Field("field.fonds_number", self.fonds_number, hint="first.fonds_number_hint"),
            "fonds_name": Field("field.fonds_name", self.fonds_name, hint="first.fonds_name_hint"),
        })
        self.column.addStretch(1)
        self.setFocusProxy(self.station)
        self.station.editingFinished.connect(self._on_station)

    def check(self, then: Callable[[], None]) -> None:
        self._on_station()
        problems = check_founding(self.station.text(), self.fonds_number.text().strip().upper(),
                                  self.fonds_name.text(), "–")
        self.fields.show_problems(problems, focus=True)
        if not problems:
            then()

    def _on_station(self) -> None:
        # The fonds is nearly always called as the station is.
        if not self.fonds_name.text().strip():
            self.fonds_name.setText(self.station.text().strip())


class PlacesPage(Page):
    """Where the archive lives and where the scanner puts its files."""

    def __init__(self, theme: Theme, home: Path) -> None:
        super().__init__("places")
        self._theme = theme
        self._folder, self._scan = QLineEdit(str(home / "Anjuan")), QLineEdit(str(home / "AnjuanScan"))
        self._put({
            "folder": self._field("first.archive_folder", self._folder, "first.archive_folder_hint"),
            "scan_folder": self._field("first.scan_folder", self._scan, "first.scan_folder_hint"),
        })
        self.column.addStretch(1)
        self.setFocusProxy(self._folder)

    def folder(self) -> Path:
        return Path(self._folder.text().strip()).expanduser()

    def scan_folder(self) -> Path | None:
        typed = self._scan.text().strip()
        return Path(typed).expanduser() if typed else None

    def check(self, then: Callable[[], None]) -> None:
        problems = []
        folder, scan = self.folder(), self.scan_folder()
        if not self._folder.text().strip() or not folder.is_absolute():
            problems.append(Problem("folder", "first.folder_missing"))
        if scan is not None and not scan.is_absolute():
            problems.append(Problem("scan_folder", "first.folder_missing"))
        elif scan is not None and (scan == folder or scan in folder.parents or folder in scan.parents):
            problems.append(Problem("scan_folder", "first.folder_inside"))
        self.fields.show_problems(problems, focus=True)
        if not problems:
            then()

    def _field(self, key: str, line: QLineEdit, hint: str) -> Field:
        both = QWidget()
        choose = button("settings.choose", theme=self._theme, drawing="folder")
        choose.clicked.connect(
            lambda: picker.folder(self, self._theme, lambda path: line.setText(str(path)), start=Path(line.text()))
        )
        both.setLayout(row(line, choose))
        return Field(key, both, hint=hint, buddy=line)


class AdministratorPage(Page):
    """The first administrator, the passphrase, and the keychain: found, or the plain question when there is none."""

    def __init__(
        self, theme: Theme, jobs: Jobs, wishes: Callable[[], Wishes], has_keychain: Callable[[], bool]
    ) -> None:
        super().__init__("administrator")
        self.name_line = QLineEdit()
        self.passphrase = NewPassphrase(
            theme, jobs, lambda: (wishes().station, wishes().fonds_name, self.name_line.text())
        )
        self._put({"administrator": Field("first.administrator_name", self.name_line)})
        self.column.addWidget(self.passphrase)
        self.keychain = KeychainChoice(jobs, has_keychain)
        self.column.addWidget(self.keychain)
        self.column.addStretch(1)
        self.setFocusProxy(self.name_line)

    @property
    def use_keychain(self) -> bool:
        return self.keychain.wanted

    def check(self, then: Callable[[], None]) -> None:
        if not self.name_line.text().strip():
            self.fields.show_problems([Problem("administrator", "problem.name_missing")], focus=True)
        else:
            self.passphrase.check(lambda: self.keychain.check(then))
