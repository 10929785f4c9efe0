"""ui/screens/recover.py — the way back in with the recovery sheet: what happened, the key, a new passphrase, perhaps a new sheet.

Every step says what is still there and what is not: the content always is. A wrong key is counted like a wrong passphrase.
The station is opened in the third step; the fourth offers a new sheet, for whoever saw the old one can open the archive too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QRadioButton, QStackedWidget, QVBoxLayout

from app.jobs import Jobs
from app.threshold import Threshold
from storage.errors import (
    LockedOut,
    PassphraseTooPlain,
    PassphraseUsedBefore,
    WaitBefore,
    WeakPassphrase,
    WrongPassphrase,
)
from ui import actions, stylesheet
from ui.messages import sentence
from ui.phrases import name, plain, say
from ui.screens.first_start_pages import Page
from ui.screens.gate import Gate
from ui.screens.recovery import RecoveryPage
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.form import Choice, Field
from ui.widgets.keychain_choice import KeychainChoice
from ui.widgets.layout import button, card, label, row, text
from ui.widgets.new_passphrase import NewPassphrase
from ui.widgets.recovery_key import RecoveryKey

if TYPE_CHECKING:
    from app.station import Station

STEPS = ("what", "key", "person", "sheet")
FORGOTTEN, MOVED, REINSTALLED = CASES = ("forgotten", "moved", "reinstalled")
_WEAK = (WeakPassphrase, PassphraseTooPlain, PassphraseUsedBefore)


@dataclass(frozen=True, slots=True)
class Found:
    """What the person brings: the key of the sheet, who they are, and what guards them from now on."""

    recovery_key: str
    user: str
    passphrase: str
    use_keychain: bool


class WhatPage(Page):
    """What happened; and, in plain words, what is lost by it and what is not."""

    def __init__(self) -> None:
        super().__init__("what", "recover")
        self.choices = {case: say(QRadioButton(), f"recover.{case}") for case in CASES}
        for case, choice in self.choices.items():
            name(choice, f"recover.{case}")
            choice.toggled.connect(lambda _on: self._explain())
            self.column.addWidget(choice)
        frame, inside = card(margins=16, spacing=8)
        self._lines = {which: text(wrap=True) for which in ("kept", "lost", "next")}
        for which, line in self._lines.items():
            inside.addWidget(label(f"recover.{which}", "label"))
            inside.addWidget(line)
        self.column.addSpacing(6)
        self.column.addWidget(frame)
        self.column.addStretch(1)
        self.choices[FORGOTTEN].setChecked(True)
        self.setFocusProxy(self.choices[FORGOTTEN])

    @property
    def case(self) -> str:
        return next(case for case, choice in self.choices.items() if choice.isChecked())

    def _explain(self) -> None:
        if any(choice.isChecked() for choice in self.choices.values()):
            for which, line in self._lines.items():
                say(line, f"recover.{which}_{self.case}")


class KeyPage(Page):
    """The key on the sheet, for every `way` that needs it."""

    def __init__(self, way: str) -> None:
        super().__init__("key", way)
        self.key = RecoveryKey()
        self.key.submitted.connect(self.submitted)
        self.column.addWidget(self.key)
        self.column.addWidget(label("recover.key_hint", "small", wrap=True))
        self.column.addStretch(1)
        self.setFocusProxy(self.key)

    def check(self, then: Callable[[], None]) -> None:
        self.key.check(then)


class PersonPage(Page):
    """Who, a new passphrase, the keychain."""

    def __init__(self, theme: Theme, jobs: Jobs, station: str, has_keychain: Callable[[], bool]) -> None:
        super().__init__("person", "recover")
        self.user = Choice()
        self.passphrase = NewPassphrase(theme, jobs, lambda: (self.user.value() or "", station))
        self.passphrase.retitle("unlock.new")
        self.keychain = KeychainChoice(jobs, has_keychain)
        self._put({"user": Field("unlock.user", self.user)})
        self.column.addWidget(self.passphrase)
        self.column.addWidget(self.keychain)
        self.column.addStretch(1)
        self.setFocusProxy(self.passphrase.first.line)

    def check(self, then: Callable[[], None]) -> None:
        self.passphrase.check(lambda: self.keychain.check(then))


class SheetPage(Page):
    """Open again. Whether somebody else may have seen the sheet decides what becomes of it."""

    def __init__(self) -> None:
        super().__init__("sheet", "recover")
        self.keep, self.renew = (say(QRadioButton(), f"recover.{which}") for which in ("sheet_keep", "sheet_renew"))
        for choice, key in ((self.keep, "recover.sheet_keep"), (self.renew, "recover.sheet_renew")):
            name(choice, key)
            self.column.addWidget(choice)
        self.others = label("recover.sheet_others", "small", wrap=True)
        self.old = label("recover.sheet_old", "small", wrap=True)
        self.column.addWidget(self.old)
        self.column.addSpacing(8)
        self.column.addWidget(self.others)
        self.column.addStretch(1)
        self.keep.setChecked(True)
        self.setFocusProxy(self.keep)


class RecoverScreen(Gate):
    """`entered(station)` at the very end, `left` when the person goes back to the unlock screen, `restore` for a backup.

    `recover(found)` and `renew(station, passphrase)` run on a worker.
    """

    entered = Signal(object)
    left = Signal()
    restore = Signal()

    def __init__(
        self, jobs: Jobs, theme: Theme, threshold: Threshold, recover: Callable[[Found], Station],
        has_keychain: Callable[[], bool],
    ) -> None:
        super().__init__(theme)
        self._jobs, self._recover = jobs, recover
        self._error: BaseException | None = None
        self._station: Station | None = None
        where = text("title", wrap=True)
        where.setText(threshold.station)
        self.side.addWidget(where)
        self.side.addSpacing(10)
        self._steps: list[QLabel] = []
        for number, step in enumerate(STEPS, 1):
            line = say(text(), f"recover.step_{step}", n=number)
            look(line, "step")
            self._steps.append(line)
            self.side.addWidget(line)
        self.side.addStretch(1)
        self.side.addWidget(say(text(wrap=True), "recover.promise"))
        self.what, self.key, self.sheet = WhatPage(), KeyPage("recover"), SheetPage()
        self.person = PersonPage(theme, jobs, threshold.station, has_keychain)
        self.person.user.fill([(user, user) for user in threshold.users])
        self.person.user.setCurrentIndex(0)
        self.paper_page = RecoveryPage(theme, jobs)
        self._pages = QStackedWidget()
        for page in (self.what, self.key, self.person, self.sheet, self.paper_page):
            self._pages.addWidget(page)
            page.submitted.connect(self.next)
        self._wrong = text("problem", wrap=True)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._doing = text("small")
        name(self._bar, "recover.opening")
        self.back_button = button("first.back")
        self.next_button = button("first.next", "primary")
        look(self.next_button, "primary", scale="big")
        self.restore_button = button("unlock.restore", "link")
        self.restore_button.clicked.connect(self.restore)
        self.back_button.clicked.connect(self.back)
        self.next_button.clicked.connect(self.next)
        self._foot = QVBoxLayout()
        self._foot.setSpacing(8)
        for part in (self._wrong, self._doing, self._bar):
            self._foot.addWidget(part)
        self.body.addSpacing(8)
        self.body.addWidget(self._pages, 1)
        self.body.addLayout(self._foot)
        self.body.addLayout(row(self.back_button, self.restore_button, None, self.next_button))
        actions.make("back", self, self.back)
        self._say_wrong(None)
        self._set_busy("")
        self._show(0)

    @property
    def step(self) -> str:
        return STEPS[min(self._pages.currentIndex(), len(STEPS) - 1)]

    def next(self) -> None:
        """Take what this page says and go on."""
        if self._bar.isHidden():
            self._say_wrong(None)
            page = self._pages.currentWidget()
            assert isinstance(page, Page)
            page.check(self._on_checked)

    def back(self) -> None:
        # Once the station is open there is nothing to go back to.
        if self._station is not None or not self._bar.isHidden():
            return
        if self._pages.currentIndex() == 0:
            self.left.emit()
        else:
            self._say_wrong(None)
            self._show(self._pages.currentIndex() - 1)

    def reworded(self) -> None:
        self.paper_page.reworded()
        self._say_wrong(self._error)

    # -- inside

    def _on_checked(self) -> None:
        here = self._pages.currentWidget()
        if here is self.person:
            self._open()
        elif here is self.sheet and self.sheet.renew.isChecked():
            self._renew()
        elif here in (self.sheet, self.paper_page):
            self._enter()
        else:
            self._show(self._pages.currentIndex() + 1)

    def _open(self) -> None:
        found = Found(
            self.key.key.value(), self.person.user.value(), self.person.passphrase.value(), self.person.keychain.wanted
        )
        self._set_busy("recover.opening")
        self._jobs.run("write", lambda _job: self._recover(found), done=self._on_open, failed=self._on_failed)

    def _on_open(self, station: Station) -> None:
        self._station = station
        self._set_busy("")
        self.key.key.wipe()
        # Only an administrator makes a new sheet; everybody may say that one is wanted.
        may = station.may("renew_recovery")
        self.sheet.renew.setVisible(may)
        self.sheet.old.setVisible(may)
        say(self.sheet.keep, "recover.sheet_keep" if may else "recover.sheet_ask")
        self._show(3)

    def _renew(self) -> None:
        station, own = self._station, self.person.passphrase.value()
        assert station is not None
        self._set_busy("recover.renewing")
        self._jobs.run("write", lambda _job: station.keys.renew_recovery(own), done=self._on_renewed, failed=self._on_failed)

    def _on_renewed(self, key: str) -> None:
        station = self._station
        assert station is not None
        self._set_busy("")
        self.paper_page.show_key(station, station.archive.fonds.station, station.archive.fonds.name, key)
        self._show(4)

    def _enter(self) -> None:
        self.person.passphrase.wipe()
        self.paper_page.forget()
        self.entered.emit(self._station)

    def _on_failed(self, error: BaseException) -> None:
        self._set_busy("")
        if isinstance(error, WrongPassphrase | WaitBefore | LockedOut) and self._station is None:
            # What did not open is the key: the passphrase is a new one.
            self._show(1)
            if isinstance(error, WrongPassphrase):
                self.key.key.refuse("recover.key_wrong")
                return
        elif isinstance(error, _WEAK):
            self.person.passphrase.first.line.setFocus()
        self._say_wrong(error)

    def _say_wrong(self, error: BaseException | None) -> None:
        self._error = error
        plain(self._wrong, sentence(error) if error is not None else "")
        self._wrong.setVisible(error is not None)

    def _show(self, number: int) -> None:
        self._pages.setCurrentIndex(number)
        step = min(number, len(STEPS) - 1)
        for place, line in enumerate(self._steps):
            stylesheet.state(line, "here" if place == step else "done" if place < step else "")
        self.back_button.setVisible(number < 3)
        self.restore_button.setVisible(number == 0)
        key = ("first.next", "first.next", "recover.open", "recover.enter", "first.finish")[number]
        say(self.next_button, key)
        name(self.next_button, key)
        page = self._pages.currentWidget()
        assert page is not None
        self.setFocusProxy(page)
        page.setFocus()

    def _set_busy(self, doing: str) -> None:
        self._bar.setVisible(bool(doing))
        self._doing.setVisible(bool(doing))
        if doing:
            say(self._doing, doing)
        for part in (self._pages, self.next_button, self.back_button):
            part.setEnabled(not doing)
