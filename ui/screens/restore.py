"""ui/screens/restore.py — an archive out of a backup: which backup, the recovery key, into which folder, who, and what came of it.

Needs nothing but the program, the backup and the recovery sheet. Nothing is decided before the backup was opened and checked
(third step); the archive appears only when all of it is there. The last page says in plain words what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QProgressBar, QStackedWidget, QWidget

from app import wording
from app.backups import PLACES, Restored, Survey, WrongSheet, lines_of
from app.filing import Problem
from app.jobs import Job, Jobs
from storage.errors import AlreadyAnArchive, PassphraseTooPlain, WeakPassphrase
from ui import actions, stylesheet
from ui.messages import sentence
from ui.models.columns import moment, size
from ui.phrases import name, plain, say
from ui.screens.first_start_pages import Page
from ui.screens.gate import Gate
from ui.screens.recover import KeyPage
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets import picker
from ui.widgets.form import Choice, Field
from ui.widgets.keychain_choice import KeychainChoice
from ui.widgets.layout import button, card, drawing, row, text
from ui.widgets.new_passphrase import NewPassphrase

STEPS = ("backup", "key", "folder", "person", "result")

Step = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person has said."""

    chosen: Path
    recovery_key: str
    folder: Path
    user: str = ""
    passphrase: str = ""
    use_keychain: bool = False


@dataclass(frozen=True, slots=True)
class Ways:
    """What runs on a worker: look into the backup, restore it."""

    survey: Callable[[Wish, Step], Survey]
    restore: Callable[[Wish, Step], Restored]
    has_keychain: Callable[[], bool]


class _FolderPage(Page):
    """One folder."""

    def __init__(self, key: str, theme: Theme, given: str) -> None:
        super().__init__(key, "restore")
        self._theme = theme
        self.line = QLineEdit(given)
        both = QWidget()
        self.choose_button = button("settings.choose", theme=theme, drawing="folder")
        self.choose_button.clicked.connect(self._on_choose)
        both.setLayout(row(self.line, self.choose_button))
        self._put({"folder": Field(f"restore.{key}_field", both, hint=f"restore.{key}_hint", buddy=self.line)})
        self.column.addStretch(1)
        self.setFocusProxy(self.line if given else self.choose_button)

    @property
    def folder(self) -> Path:
        return Path(self.line.text().strip()).expanduser()

    def check(self, then: Callable[[], None]) -> None:
        absolute = bool(self.line.text().strip()) and self.folder.is_absolute()
        self.fields.show_problems([] if absolute else [Problem("folder", "first.folder_missing")], focus=True)
        if absolute:
            then()

    def _on_choose(self) -> None:
        def chosen(path: Path) -> None:
            self.line.setText(str(path))
            self.line.setFocus()

        picker.folder(self, self._theme, chosen, start=self.folder if self.line.text() else None)


class _PersonPage(Page):
    """What was found in the backup; who unlocks it, with which passphrase."""

    def __init__(self, theme: Theme, jobs: Jobs, has_keychain: Callable[[], bool]) -> None:
        super().__init__("person", "restore")
        self.found = text(wrap=True)
        frame, inside = card(kind="notice", margins=12, spacing=4)
        stylesheet.state(frame, "good")
        inside.addWidget(self.found)
        self.column.addWidget(frame)
        self.user = Choice()
        self.passphrase = NewPassphrase(theme, jobs, lambda: (self.user.value() or "",))
        self.keychain = KeychainChoice(jobs, has_keychain)
        self._put({"user": Field("unlock.user", self.user)})
        self.column.addWidget(self.passphrase)
        self.column.addWidget(self.keychain)
        self.column.addStretch(1)
        self.setFocusProxy(self.passphrase.first.line)

    def show_survey(self, found: Survey) -> None:
        say(self.found, "restore.found", station=found.station, at=moment(found.made_at), files=f"{found.files:,}",
            size=size(found.size_bytes))
        self.user.fill([(user, user) for user in found.users])
        self.user.setCurrentIndex(0)

    def check(self, then: Callable[[], None]) -> None:
        self.passphrase.check(lambda: self.keychain.check(then))


class _ResultPage(Page):
    """What came back, and what did not."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("result", "restore")
        self._theme = theme
        self._lines: list[QWidget] = []

    def show_result(self, restored: Restored) -> None:
        first, *others = lines_of(restored)
        for line in self._lines:
            line.deleteLater()
        self._lines = [self._line("done", "good", first), *(self._line("info", "muted", one) for one in others)]
        for line in self._lines:
            self.column.addWidget(line)
        self.column.addStretch(1)

    def _line(self, picture: str, colour: str, said: str) -> QWidget:
        line, words = QWidget(), text(wrap=True)
        plain(words, said)
        inside = row(drawing(self._theme, picture, colour, 20), words, spacing=12)
        inside.setStretch(1, 1)
        line.setLayout(inside)
        return line


class RestoreScreen(Gate):
    """`left` when the person goes back; `restored(folder)` when the archive is there and is to be unlocked."""

    left = Signal()
    restored = Signal(object)

    def __init__(self, jobs: Jobs, theme: Theme, ways: Ways, home: Path) -> None:
        super().__init__(theme)
        self._jobs, self._ways = jobs, ways
        self._job: Job[Any] | None = None
        self._error: BaseException | None = None
        self._done: Restored | None = None
        self._steps: list[QLabel] = []
        for number, step in enumerate(STEPS, 1):
            line = say(text(), f"restore.step_{step}", n=number)
            look(line, "step")
            self._steps.append(line)
            self.side.addWidget(line)
        self.side.addStretch(1)
        self.side.addWidget(say(text(wrap=True), "restore.promise"))
        self.backup = _FolderPage("backup", theme, "")
        self.key = KeyPage("restore")
        self.folder = _FolderPage("folder", theme, str(home / "Anjuan"))
        self.person = _PersonPage(theme, jobs, ways.has_keychain)
        self.result = _ResultPage(theme)
        self._pages = QStackedWidget()
        for page in (self.backup, self.key, self.folder, self.person, self.result):
            self._pages.addWidget(page)
            page.submitted.connect(self.next)
        self._wrong = text("problem", wrap=True)
        self._doing = text("small")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        name(self._bar, "restore.progress")
        self.back_button = button("first.back")
        self.cancel_button = button("backup.cancel")
        self.next_button = button("first.next", "primary")
        look(self.next_button, "primary", scale="big")
        self.back_button.clicked.connect(self.back)
        self.cancel_button.clicked.connect(self.cancel)
        self.next_button.clicked.connect(self.next)
        self.body.addSpacing(8)
        self.body.addWidget(self._pages, 1)
        for part in (self._wrong, self._doing, self._bar):
            self.body.addWidget(part)
        self.body.addLayout(row(self.back_button, self.cancel_button, None, self.next_button))
        actions.make("back", self, self.back)
        self._say_wrong(None)
        self._set_busy(None)
        self._show(0)

    @property
    def step(self) -> str:
        return STEPS[self._pages.currentIndex()]

    def next(self) -> None:
        """Take what this page says and go on."""
        if self._job is None:
            self._say_wrong(None)
            page = self._pages.currentWidget()
            assert isinstance(page, Page)
            page.check(self._on_checked)

    def back(self) -> None:
        if self._job is not None or self._done is not None:
            return
        self._say_wrong(None)
        if self._pages.currentIndex() == 0:
            self.left.emit()
        else:
            self._show(self._pages.currentIndex() - 1)

    def cancel(self) -> None:
        """Stops what runs; nothing of it stays."""
        if self._job is not None:
            self._job.cancel()
            self._set_busy(None)

    def reworded(self) -> None:
        self._say_wrong(self._error)

    # -- inside

    def _on_checked(self) -> None:
        here = self.step
        if here == "folder":
            wish = self._wish()
            self._work(lambda step: self._ways.survey(wish, step), self._on_survey)
        elif here == "person":
            wish = self._wish()
            self._work(lambda step: self._ways.restore(wish, step), self._on_restored)
        elif here == "result":
            self.restored.emit(self.folder.folder)
        else:
            self._show(self._pages.currentIndex() + 1)

    def _wish(self) -> Wish:
        person = self.person
        return Wish(
            self.backup.folder, self.key.key.value(), self.folder.folder, person.user.value() or "", person.passphrase.value(),
            person.keychain.wanted,
        )

    def _work(self, work: Callable[[Step], Any], done: Callable[[Any], None]) -> None:
        def here(answer: Any) -> None:
            self._set_busy(None)
            done(answer)

        self._set_busy(self._jobs.run(
            "write", lambda job: work(job.step), done=here, failed=self._on_failed, progress=self._on_progress))  # fmt: skip

    def _on_survey(self, found: Survey) -> None:
        self.person.show_survey(found)
        self._show(3)

    def _on_restored(self, restored: Restored) -> None:
        self._done = restored
        self.key.key.wipe()
        self.person.passphrase.wipe()
        self.result.show_result(restored)
        self._show(4)

    def _on_progress(self, done: int, total: int, note: str) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        step = wording.say(f"backup.step.{note}")
        if total > 1:
            say(self._doing, "backup.bar_said", step=step, done=f"{done:,}", total=f"{total:,}")
        else:
            plain(self._doing, step)

    def _on_failed(self, error: BaseException) -> None:
        self._set_busy(None)
        if isinstance(error, WrongSheet):
            self._show(1)
            self.key.key.groups[0].setFocus()
        elif isinstance(error, AlreadyAnArchive):
            self._show(2)
        elif isinstance(error, WeakPassphrase | PassphraseTooPlain):
            self.person.passphrase.first.line.setFocus()
        elif isinstance(error, PLACES):
            self._show(0)
        self._say_wrong(error)

    def _say_wrong(self, error: BaseException | None) -> None:
        self._error = error
        plain(self._wrong, sentence(error) if error is not None else "")
        self._wrong.setVisible(error is not None)

    def _show(self, number: int) -> None:
        self._pages.setCurrentIndex(number)
        for place, line in enumerate(self._steps):
            stylesheet.state(line, "here" if place == number else "done" if place < number else "")
        self.back_button.setVisible(number < 4)
        key = ("first.next", "first.next", "restore.look", "restore.start", "restore.open")[number]
        say(self.next_button, key)
        name(self.next_button, key)
        page = self._pages.currentWidget()
        assert page is not None
        self.setFocusProxy(page)
        page.setFocus()

    def _set_busy(self, job: Job[Any] | None) -> None:
        self._job = job
        self._bar.setRange(0, 0)
        plain(self._doing, "")
        for part in (self._bar, self._doing, self.cancel_button):
            part.setVisible(job is not None)
        for waiting in (self._pages, self.next_button, self.back_button):
            waiting.setEnabled(job is None)
