"""ui/screens/my_keys_dialogs.py — the questions about keys: each asks for one's own passphrase, and most for one thing more.

The act runs while the dialog stands, because what goes wrong (a wrong passphrase, one used before) is put right in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog, QProgressBar, QVBoxLayout

from app.settings import Settings
from storage.errors import (
    Known,
    LockedOut,
    PassphraseTooPlain,
    PassphraseUsedBefore,
    WaitBefore,
    WeakPassphrase,
    WrongPassphrase,
)
from ui.phrases import name, say
from ui.screens.recovery import RecoveryPage
from ui.screens.screen import Screen
from ui.widgets.form import Field
from ui.widgets.layout import button, row, rule
from ui.widgets.new_passphrase import NewPassphrase
from ui.widgets.passphrase import Passphrase
from ui.widgets.question import Question

_AT_THE_DOOR = (WrongPassphrase, WaitBefore, LockedOut)
_OF_THE_NEW = (PassphraseUsedBefore, PassphraseTooPlain, WeakPassphrase)


class Confirmed(Question):
    """Asks for one's own passphrase and does the work with it. `told` is the wording for when it is done."""

    told = ""

    def __init__(self, screen: Screen, key: str, about: str = "", *, danger: bool = False, new: bool = False) -> None:
        super().__init__(screen, key, about, danger=danger)
        self._screen, self._facts = screen, {"user": about}
        self.own = Passphrase(screen.desk.theme)
        self.field = Field("my_keys.own", self.own, buddy=self.own.line)
        self.new: NewPassphrase | None = None
        self.box.addWidget(self.field)
        if new:
            station = screen.station
            known = (about or station.agent.name, station.archive.fonds.station)
            self.new = NewPassphrase(screen.desk.theme, station.jobs, lambda: known, lambda: station.keys.policy)
            self.new.retitle("my_keys.new")
            self.box.addWidget(rule())
            self.box.addWidget(self.new)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        name(self._bar, "my_keys.working")
        self._bar.hide()
        self.box.addWidget(self._bar)
        self.close_with_buttons()
        self.own.line.setFocus()

    def work(self, own: str, new: str) -> Any:
        """The act itself, on a worker."""
        raise NotImplementedError(type(self).__name__)

    def agree(self) -> None:
        if not self.own.text():
            self.field.show_problem("my_keys.own_missing")
            self.field.take_focus()
        elif self.new is not None:
            self.new.check(self._go)
        else:
            self._go()

    def finish(self, answer: Any) -> None:
        """What the act gave back."""

    def _go(self) -> None:
        own, new = self.own.text(), self.new.value() if self.new else ""
        self._set_busy(True)
        self._screen.run("write", lambda _job: self.work(own, new), done=self._on_done, failed=self._on_failed)

    def _on_done(self, answer: Any) -> None:
        self.own.wipe()
        if self.new is not None:
            self.new.wipe()
        self.finish(answer)
        if self.told:
            self._screen.desk.messages.tell(self.told, **self._facts)
        self._screen.mark()  # the event came before the slots were written
        self.accept()

    def _on_failed(self, error: BaseException) -> None:
        self._set_busy(False)
        QTimer.singleShot(0, self.adjustSize)  # the sentence may take two lines
        if isinstance(error, _AT_THE_DOOR):
            key, facts = _said(error)
            self.field.show_problem(key, **facts)
            self.field.take_focus()
        elif isinstance(error, _OF_THE_NEW) and self.new is not None:
            key, facts = _said(error)
            self.new.refuse(key, **facts)
        else:
            self._screen.desk.messages.trouble(error)
            self.reject()

    def _set_busy(self, busy: bool) -> None:
        self._bar.setVisible(busy)
        self.yes.setEnabled(not busy)

    def reject(self) -> None:
        """Not while the keys are being written."""
        if self._bar.isHidden():
            super().reject()


class ChangePassphrase(Confirmed):
    """One's own passphrase."""

    told = "my_keys.change.done"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen, "my_keys.change", new=True)

    def work(self, own: str, new: str) -> None:
        self._screen.station.keys.change_passphrase(own, new)


class MakeKeyFile(Confirmed):
    """A key file in `folder`; this computer remembers where it was, so that unlocking looks there first."""

    def __init__(self, screen: Screen, folder: Path) -> None:
        super().__init__(screen, "my_keys.bind", str(folder))
        self._folder = folder

    def work(self, own: str, new: str) -> Path:
        path = self._screen.station.keys.add_key_file(own, self._folder)
        Settings().set("key_file", str(path))
        return path

    def finish(self, answer: Path) -> None:
        self._screen.desk.messages.tell("my_keys.bind.done", file=answer.name)


class RemoveKeyFile(Confirmed):
    """The passphrase is enough again."""

    told = "my_keys.release.done"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen, "my_keys.release")

    def work(self, own: str, new: str) -> None:
        self._screen.station.keys.remove_key_file(own)


class ResetKey(Confirmed):
    """A first passphrase for somebody else."""

    told = "my_keys.reset.done"

    def __init__(self, screen: Screen, user: str) -> None:
        super().__init__(screen, "my_keys.reset", user, new=True)
        self._user = user

    def work(self, own: str, new: str) -> None:
        self._screen.station.keys.reset(own, self._user, new)


class RevokeKey(Confirmed):
    """Somebody's key opens the archive no more."""

    told = "my_keys.revoke.done"

    def __init__(self, screen: Screen, user: str) -> None:
        super().__init__(screen, "my_keys.revoke", user, danger=True)
        self._user = user

    def work(self, own: str, new: str) -> None:
        self._screen.station.keys.revoke(own, self._user)


class NewSheet(Confirmed):
    """Another recovery key; `key` has it once the dialog is accepted."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen, "my_keys.sheet")
        self.key = ""

    def work(self, own: str, new: str) -> str:
        return self._screen.station.keys.renew_recovery(own)

    def finish(self, answer: str) -> None:
        self.key = answer


class SheetDialog(QDialog):
    """The sheet itself: printed or saved, and proved by two groups of it. Closing it earlier says what that means."""

    def __init__(self, screen: Screen, key: str) -> None:
        super().__init__(screen)
        self.setModal(True)
        say(self, "first.recovery", "setWindowTitle")
        self._screen, self._asked = screen, False
        self.page = RecoveryPage(screen.desk.theme, screen.station.jobs)
        self.yes = button("my_keys.sheet.proved", "primary")
        self.later = button("my_keys.sheet.later")
        self.yes.clicked.connect(lambda: self.page.check(self._on_proved))
        self.page.submitted.connect(self.yes.click)
        self.later.clicked.connect(self.reject)
        box = QVBoxLayout(self)
        box.setContentsMargins(26, 22, 26, 20)
        box.setSpacing(10)
        box.addWidget(self.page, 1)
        box.addLayout(row(None, self.later, self.yes))
        self.resize(760, 720)
        fonds = screen.station.archive.fonds
        self.page.show_key(screen.station, fonds.station, fonds.name, key)

    def reject(self) -> None:
        self._screen.desk.messages.ask("my_keys.sheet.leave", self._on_left)

    def _on_proved(self) -> None:
        self.page.forget()
        self._screen.desk.messages.tell("my_keys.sheet.done")
        self.accept()

    def _on_left(self) -> None:
        self.page.forget()
        super().reject()


def _said(error: Known) -> tuple[str, dict[str, Any]]:
    """The wording of an error and the facts in it."""
    return f"error.{type(error).__name__}", error.facts
