"""ui/screens/unlock.py — who, passphrase, open; and whatever else the door asks for, in its place.

A wait counts down with the button shut; a lock-out says its two ways out. A key file is looked for on the sticks that are
plugged in and asked for only when it is not found. A passphrase that must be changed is changed here. What this screen
cannot open, the recovery sheet can: one quiet link, louder where nothing else helps. Scanned papers are counted meanwhile.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStorageInfo, QTimer, Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QVBoxLayout, QWidget

from app.jobs import Jobs
from app.threshold import Threshold
from storage.errors import (
    DeviceSecretMissing,
    KeyFileMissing,
    KeyFileRequired,
    LockedOut,
    NoKeychain,
    PassphraseExpired,
    PassphraseTooPlain,
    PassphraseUsedBefore,
    WaitBefore,
    WeakPassphrase,
    WrongPassphrase,
)
from ui import stylesheet
from ui.messages import sentence
from ui.phrases import name, plain, say
from ui.screens.gate import Gate
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets import picker
from ui.widgets.form import Choice, Field
from ui.widgets.layout import button, column, drawing, label, row, text
from ui.widgets.passphrase import Passphrase

if TYPE_CHECKING:
    from app.station import Station
    from ui.widgets.new_passphrase import NewPassphrase

ENDING = ".anjuan-key"
#: What only the recovery sheet (or another machine) helps against.
_SHEET = (LockedOut, DeviceSecretMissing, NoKeychain)
_NEW = (PassphraseExpired, PassphraseTooPlain, PassphraseUsedBefore, WeakPassphrase)


@dataclass(frozen=True, slots=True)
class Try:
    """What the person has given: `new` is the passphrase that takes the place of this one."""

    user: str
    passphrase: str
    key_file: Path | None = None
    new: str | None = None


class UnlockScreen(Gate):
    """`entered(station)` when it is open; `recover` when somebody has the recovery sheet. `enter(wish)` runs on a worker."""

    entered = Signal(object)
    elsewhere = Signal()
    recover = Signal()
    restore = Signal()

    def __init__(self, jobs: Jobs, theme: Theme, enter: Callable[[Try], Station], key_file: Path | None = None) -> None:
        super().__init__(theme)
        self._jobs, self._enter = jobs, enter
        self._threshold: Threshold | None = None
        self._error: BaseException | None = None
        self._ends = 0.0
        self._busy = False
        #: The next passphrase changes the master key before it opens the station.
        self.rekeying = False
        #: The key file used, to be remembered for this machine: where it lies is no secret.
        self.key_file = key_file
        self._where = text("title", wrap=True)
        self.side.addWidget(label("unlock.station"))
        self.side.addWidget(self._where)
        self.side.addStretch(1)
        self._counted = text(wrap=True)
        self._counted.hide()
        self.side.addWidget(self._counted)
        self.user = Choice()
        self.passphrase = Passphrase(theme)
        name(self.passphrase.line, "unlock.passphrase")
        self._old = Field("unlock.passphrase", self.passphrase, buddy=self.passphrase.line)
        self.new: NewPassphrase | None = None
        self.open_button = button("unlock.open", "primary", theme=theme, drawing="key")
        look(self.open_button, "primary", scale="big")
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        name(self._bar, "unlock.opening")
        self._advice = label("unlock.advice", "muted", wrap=True)
        self.sheet_button = button("unlock.sheet", "link")
        self.other_button = button("unlock.other", "link")
        self.restore_button = button("unlock.restore", "link")
        self.body.addStretch(1)
        self.body.addWidget(label("unlock.title", "display"))
        self.body.addWidget(self._advice)
        self._rekey = self._rekey_notice()
        self.body.addWidget(self._rekey)
        self.body.addSpacing(8)
        self.body.addWidget(Field("unlock.user", self.user))
        self.body.addWidget(self._old)
        self.body.addWidget(self._key_file_row())
        self.body.addWidget(self._notice())
        self._place = self.body.count()
        self.body.addWidget(self._bar)
        self.body.addSpacing(4)
        self.body.addLayout(row(self.open_button, None, self.sheet_button))
        self.body.addStretch(2)
        self.body.addLayout(row(self.other_button, 12, self.restore_button, None))
        self._clock = QTimer(self)
        self._clock.setInterval(250)
        self._clock.timeout.connect(self._count_down)
        self.other_button.clicked.connect(self.elsewhere)
        self.restore_button.clicked.connect(self.restore)
        self.sheet_button.clicked.connect(self.recover)
        self.open_button.clicked.connect(self.open)
        self.passphrase.line.returnPressed.connect(self.open)
        self.passphrase.line.textEdited.connect(lambda _text: self._on_typed())
        self.user.currentIndexChanged.connect(lambda _row: self._on_user())
        self.setFocusProxy(self.passphrase.line)
        self._wrong.hide()
        self._key.hide()
        self._rekey.hide()
        self._set_busy(False)

    def offer_rekey(self) -> None:
        """Say that the next passphrase changes the master key; the person may still think better of it."""
        self.rekeying = True
        self._rekey.show()

    def know(self, threshold: Threshold) -> None:
        """The station's name and its users, as soon as they have been read."""
        self._threshold = threshold
        self._where.setText(threshold.station)
        self.user.fill([(user, user) for user in threshold.users])
        self.user.setCurrentIndex(max(0, self.user.currentIndex()))
        self._on_user()

    def open(self) -> None:
        """Try what has been typed; ask for what is missing."""
        if self._busy or self._clock.isActive():
            return
        typed, user = self.passphrase.text(), self.user.value()
        if not typed or user is None:
            self.passphrase.line.setFocus()
        elif (new := self.new) is not None:
            new.check(lambda: self._try(Try(user, typed, self.key_file, new.value())))
        else:
            self._try(Try(user, typed, self.key_file))

    def refuse(self, error: BaseException) -> None:
        """Say what went wrong before anything was typed."""
        self._on_refused(error)

    def count_scans(self, sealed: int) -> None:
        """Papers that came in while the station was locked."""
        self._counted.setVisible(sealed > 0)
        say(self._counted, "unlock.counted", n=sealed)

    def reworded(self) -> None:
        self._say_key_file()
        if self._error is not None and not self._wrong.isHidden():
            self._say_wrong()

    # -- parts

    def _rekey_notice(self) -> QFrame:
        frame = QFrame()
        look(frame, "notice", state="warn")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(14, 10, 14, 10)
        inside.setSpacing(4)
        leave = button("rotation.leave", "link")
        leave.clicked.connect(self._on_leave_key)
        inside.addLayout(row(drawing(self.theme, "key", "warn"), label("rotation.at_unlock", wrap=True), spacing=10))
        inside.addLayout(row(leave, None))
        return frame

    def _on_leave_key(self) -> None:
        self.rekeying = False
        self._rekey.hide()
        self.passphrase.line.setFocus()

    def _notice(self) -> QFrame:
        self._wrong = QFrame()
        look(self._wrong, "notice", state="bad")
        self._sentence = text(wrap=True)
        self._left = text("strong")
        self.way_out = button("unlock.use_sheet")
        self.way_out.clicked.connect(self.recover)
        self._mark = drawing(self.theme, "warning", "bad")
        inside = row(self._mark, 2, spacing=8)
        words = column(self._sentence, self._left, row(self.way_out, None), spacing=6)
        inside.addLayout(words, 1)
        inside.setContentsMargins(14, 10, 14, 10)
        self._wrong.setLayout(inside)
        return self._wrong

    def _key_file_row(self) -> QWidget:
        self._key = QWidget()
        self._key_said = text("small", wrap=True)
        self.choose_button = button("unlock.key_file_choose", theme=self.theme, drawing="stick")
        self.make_button = button("unlock.key_file_make", theme=self.theme, drawing="stick")
        self.choose_button.clicked.connect(self._on_choose)
        self.make_button.clicked.connect(self._on_make)
        box = QVBoxLayout(self._key)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addWidget(label("unlock.key_file", "label"))
        line = row(self._key_said, self.choose_button, self.make_button)
        line.setStretch(0, 1)
        box.addLayout(line)
        self.make_button.hide()
        return self._key

    # -- inside

    def _try(self, wish: Try) -> None:
        self._set_busy(True)
        self._wrong.hide()
        self._jobs.run("write", lambda _job: self._enter(wish), done=self._on_entered, failed=self._on_refused)

    def _on_entered(self, station: Station) -> None:
        self.passphrase.wipe()
        if self.new is not None:
            self.new.wipe()
        if self.key_file is not None:
            self.kept("key_file", str(self.key_file))
        self.entered.emit(station)

    def _on_typed(self) -> None:
        if not self._clock.isActive():
            self._wrong.hide()

    def _on_user(self) -> None:
        """Another person: what was asked of the last one is not asked of this one; whether a key file is needed is looked up."""
        self._ask_new(False)
        self._wrong.hide()
        self._clock.stop()
        self._set_busy(self._busy)
        threshold, user = self._threshold, self.user.value()
        if threshold is None or user is None:
            return

        def look_up(_job: object) -> tuple[bool, list[Path]]:
            wanted = threshold.needs_key_file(user)
            return wanted, threshold.key_files(_sticks()) if wanted else []

        def here(found: tuple[bool, list[Path]]) -> None:
            if self.user.value() == user:
                self._key.setVisible(found[0])
                self._take_key_file(found[1])

        self._jobs.run("view", look_up, done=here, failed=self._on_refused)

    def _take_key_file(self, found: list[Path]) -> None:
        """One that was used here before is taken first; of several strange ones a person must say which."""
        if self.key_file not in found and found:
            self.key_file = found[0] if len(found) == 1 else None
        self._say_key_file()

    def _say_key_file(self) -> None:
        if self.key_file is not None:
            say(self._key_said, "unlock.key_file_found", file=self.key_file.name)
        else:
            say(self._key_said, "unlock.key_file_new" if isinstance(self._error, KeyFileRequired) else "unlock.key_file_none")

    def _on_choose(self) -> None:
        picker.open_file(self, self.theme, self._on_key_file, endings=(ENDING,))

    def _on_key_file(self, path: Path) -> None:
        self.key_file = path
        self._say_key_file()
        self._wrong.hide()
        self.passphrase.line.setFocus()

    def _on_make(self) -> None:
        threshold = self._threshold
        if threshold is not None:
            picker.folder(self, self.theme, lambda folder: self._jobs.run(
                "write", lambda _job: threshold.make_key_file(folder), done=self._on_made, failed=self._on_refused))  # fmt: skip

    def _on_made(self, path: Path) -> None:
        self.make_button.hide()
        self._on_key_file(path)

    def _on_refused(self, error: BaseException) -> None:
        self._error = error
        self._set_busy(False)
        if isinstance(error, WaitBefore | LockedOut):
            self._ends = time.monotonic() + float(error.facts["seconds"])  # type: ignore[arg-type]
            self._clock.start()
        self._key.setVisible(self._key.isVisible() or isinstance(error, KeyFileMissing | KeyFileRequired))
        self.make_button.setVisible(isinstance(error, KeyFileRequired))
        self.choose_button.setVisible(not isinstance(error, KeyFileRequired))
        if isinstance(error, KeyFileMissing):
            self.key_file = None
        self._say_key_file()
        self._say_wrong()
        self._wrong.show()
        self._count_down()
        if isinstance(error, _NEW):
            self._ask_new(True)
            return
        if isinstance(error, WrongPassphrase):
            self.passphrase.line.selectAll()
        self.passphrase.line.setFocus()

    def _say_wrong(self) -> None:
        error = self._error
        assert error is not None
        if isinstance(error, PassphraseExpired):
            say(self._sentence, f"unlock.change_{error.facts['reason']}")
        elif isinstance(error, WaitBefore | LockedOut):
            say(self._sentence, "unlock.locked_out" if isinstance(error, LockedOut) else "unlock.wait")
        else:
            plain(self._sentence, sentence(error))
        # What the door asks for is no mistake of the person's.
        asked = isinstance(error, PassphraseExpired | KeyFileRequired)
        for part in (self._wrong, self._sentence):
            stylesheet.state(part, "" if asked else "bad")
        self.theme.wear(self._mark, "info" if asked else "warning", "accent" if asked else "bad")
        self.way_out.setVisible(isinstance(error, _SHEET))
        self._left.setVisible(self._clock.isActive())
        self._wrong.setAccessibleName(self._sentence.text())

    def _ask_new(self, wanted: bool) -> None:
        """The two fields of a new passphrase. Made only when they are asked for: what judges it takes a while to load."""
        if wanted and self.new is None:
            from ui.widgets.new_passphrase import NewPassphrase

            self.new = NewPassphrase(self.theme, self._jobs, lambda: (self.user.value() or "", self._where.text()))
            self.new.retitle("unlock.new")
            self.body.insertWidget(self._place, self.new)
            for line in (self.new.first.line, self.new.second.line):
                line.returnPressed.connect(self.open)
        elif not wanted and self.new is not None:
            self.new.deleteLater()
            self.new = None
        for put in (say, name):
            put(self.open_button, "unlock.change" if wanted else "unlock.open")
        self._old.retitle("unlock.old" if wanted else "unlock.passphrase")
        self._advice.setVisible(not wanted)
        if self.new is not None:
            self.new.first.line.setFocus()

    def _count_down(self) -> None:
        """How long still. When it is over the button opens again and the person may try."""
        left = math.ceil(self._ends - time.monotonic())
        if self._clock.isActive() and left > 0:
            say(self._left, "unlock.left", left=f"{left // 60}:{left % 60:02}")
        elif self._clock.isActive():
            self._clock.stop()
            self._wrong.hide()
        self.open_button.setEnabled(not self._busy and not self._clock.isActive())

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self._bar.setVisible(busy)
        for part in (self.user, self.passphrase, self.new, self.choose_button, self.sheet_button):
            if part is not None:
                part.setEnabled(not busy)
        self.open_button.setEnabled(not busy and not self._clock.isActive())


def _sticks() -> list[Path]:
    """Where sticks and other disks are mounted, the system's own left out."""
    return [Path(volume.rootPath()) for volume in QStorageInfo.mountedVolumes()
            if volume.isValid() and volume.isReady() and not volume.isRoot()]  # fmt: skip
