"""ui/screens/first_start.py — a new station in four steps: names, places, administrator, recovery sheet.

Each step is one page with one question; Enter goes on, Esc goes back. The station is made in the third step (about a
second of hard work, on purpose); the fourth gives the recovery sheet and does not let go before part of the key was
typed back from the paper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QStackedWidget

from app.filing import Invalid
from app.jobs import Jobs
from app.station import Station
from ui import actions, stylesheet
from ui.messages import sentence
from ui.phrases import name, plain, say
from ui.screens.first_start_pages import AdministratorPage, NamesPage, Page, PlacesPage
from ui.screens.gate import Gate
from ui.screens.recovery import RecoveryPage
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets import picker
from ui.widgets.layout import button, row, text

STEPS = ("names", "places", "administrator", "recovery")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person has said so far."""

    station: str = ""
    fonds_number: str = ""
    fonds_name: str = ""
    folder: Path = Path()
    scan_folder: Path | None = None
    administrator: str = ""
    use_keychain: bool = True


Create = Callable[[Wishes, str], tuple[Station, str]]


class FirstStartScreen(Gate):
    """`created(station)` at the very end. `create(wishes, passphrase)` runs on a worker."""

    created = Signal(object)
    open_existing = Signal(object)
    restore = Signal()

    def __init__(
        self, jobs: Jobs, theme: Theme, create: Create, has_keychain: Callable[[], bool], home: Path
    ) -> None:
        super().__init__(theme)
        self._jobs, self._create, self._home = jobs, create, home
        self._wishes = Wishes()
        self._station: Station | None = None
        self._error: BaseException | None = None
        self._steps: list[QLabel] = []
        for number, step in enumerate(STEPS, 1):
            line = say(text(), f"first.step_{step}", n=number)
            look(line, "step")
            self._steps.append(line)
            self.side.addWidget(line)
        self.side.addStretch(1)
        self.side.addWidget(say(text(wrap=True), "first.promise"))
        self.names = NamesPage()
        self.places = PlacesPage(theme, home)
        self.administrator = AdministratorPage(theme, jobs, lambda: self._wishes, has_keychain)
        self.recovery = RecoveryPage(theme, jobs)
        self._pages = QStackedWidget()
        for page in (self.names, self.places, self.administrator, self.recovery):
            self._pages.addWidget(page)
        self._wrong = text("problem", wrap=True)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        name(self._bar, "first.creating")
        self._doing = text("small")
        self.back_button = button("first.back")
        self.next_button = button("first.next", "primary")
        look(self.next_button, "primary", scale="big")
        self.existing_button = button("first.existing", "link")
        self.existing_button.clicked.connect(self._on_existing)
        self.restore_button = button("unlock.restore", "link")
        self.restore_button.clicked.connect(self.restore)
        self.back_button.clicked.connect(self.back)
        self.next_button.clicked.connect(self.next)
        self.body.addSpacing(8)
        self.body.addWidget(self._pages, 1)
        self.body.addWidget(self._wrong)
        self.body.addWidget(self._doing)
        self.body.addWidget(self._bar)
        self.body.addLayout(row(self.existing_button, self.restore_button, self.back_button, None, self.next_button))
        actions.make("back", self, self.back)
        for page in (self.names, self.places, self.administrator, self.recovery):
            page.submitted.connect(self.next)
        self.setFocusProxy(self.names)
        self._set_busy(False)
        self._show(0)

    @property
    def step(self) -> str:
        return STEPS[self._pages.currentIndex()]

    def next(self) -> None:
        """Take what this page says and go on."""
        self._say_wrong(None)
        page = self._pages.currentWidget()
        assert isinstance(page, Page)
        page.check(self._on_checked)

    def back(self) -> None:
        # After the station exists there is no way back: the sheet must be kept.
        if self._station is None and self._pages.currentIndex() > 0 and self._bar.isHidden():
            self._say_wrong(None)
            self._show(self._pages.currentIndex() - 1)

    def say_no_archive(self, folder: Path) -> None:
        """The folder chosen as an existing archive is none."""
        say(self._wrong, "first.no_archive", folder=str(folder))
        self._wrong.show()

    def reworded(self) -> None:
        self.recovery.reworded()
        if self._error is not None:
            plain(self._wrong, sentence(self._error))

    # -- inside

    def _on_checked(self) -> None:
        step = self.step
        if step == "names":
            self._wishes = replace(self._wishes, station=self.names.station.text().strip(),
                                   fonds_number=self.names.fonds_number.text().strip().upper(),
                                   fonds_name=self.names.fonds_name.text().strip())
            self._show(1)
        elif step == "places":
            self._wishes = replace(self._wishes, folder=self.places.folder(), scan_folder=self.places.scan_folder())
            self._show(2)
        elif step == "administrator":
            self._wishes = replace(self._wishes, administrator=self.administrator.name_line.text().strip(),
                                   use_keychain=self.administrator.use_keychain)
            self._make()
        else:
            assert self._station is not None
            self.recovery.forget()
            self.created.emit(self._station)

    def _make(self) -> None:
        wishes, passphrase = self._wishes, self.administrator.passphrase.value()
        self._set_busy(True)
        self._jobs.run("write", lambda _job: self._create(wishes, passphrase), done=self._on_created,
                       failed=self._on_failed)

    def _on_created(self, made: tuple[Station, str]) -> None:
        self._station, key = made
        self._set_busy(False)
        self.administrator.passphrase.wipe()
        self.recovery.show_key(self._station, self._wishes.station, self._wishes.fonds_name, key)
        self._show(3)

    def _on_failed(self, error: BaseException) -> None:
        self._set_busy(False)
        if isinstance(error, Invalid):
            for number, page in enumerate((self.names, self.places, self.administrator)):
                if any(problem.field in page.names for problem in error.problems):
                    self._show(number)
                    page.fields.show_problems(error.problems, focus=True)
                    return
        self._say_wrong(error)

    def _on_existing(self) -> None:
        picker.folder(self, self.theme, self.open_existing.emit, start=self._home)

    def _say_wrong(self, error: BaseException | None) -> None:
        self._error = error
        plain(self._wrong, sentence(error) if error is not None else "")
        self._wrong.setVisible(error is not None)

    def _show(self, number: int) -> None:
        self._pages.setCurrentIndex(number)
        for place, line in enumerate(self._steps):
            stylesheet.state(line, "here" if place == number else "done" if place < number else "")
        self.back_button.setVisible(number in (1, 2))
        self.existing_button.setVisible(number == 0)
        self.restore_button.setVisible(number == 0)
        say(self.next_button, ("first.next", "first.next", "first.create", "first.finish")[number])
        name(self.next_button, ("first.next", "first.next", "first.create", "first.finish")[number])
        page = self._pages.currentWidget()
        assert page is not None
        self.setFocusProxy(page)
        page.setFocus()

    def _set_busy(self, busy: bool) -> None:
        self._bar.setVisible(busy)
        self._doing.setVisible(busy)
        say(self._doing, "first.creating")
        self._pages.setEnabled(not busy)
        self.next_button.setEnabled(not busy)
        self.back_button.setEnabled(not busy)
