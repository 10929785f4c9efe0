"""ui/screens/unlock.py — who, passphrase, open. Says plainly what was wrong; scanned papers are counted meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar

from app.jobs import Jobs
from app.threshold import Threshold
from storage.errors import WrongPassphrase
from ui.messages import sentence
from ui.phrases import name, plain, say
from ui.screens.gate import Gate
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.form import Choice, Field
from ui.widgets.layout import button, drawing, label, row, text
from ui.widgets.passphrase import Passphrase

if TYPE_CHECKING:
    from app.station import Station



class UnlockScreen(Gate):
    """`entered(station)` when it is open. `enter(user, passphrase)` runs on a worker and takes about a second."""

    entered = Signal(object)
    elsewhere = Signal()

    def __init__(self, jobs: Jobs, theme: Theme, enter: Callable[[str, str], Station]) -> None:
        super().__init__(theme)
        self._jobs, self._enter = jobs, enter
        self._error: BaseException | None = None
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
        self.open_button = button("unlock.open", "primary", theme=theme, drawing="key")
        look(self.open_button, "primary", scale="big")
        self._wrong = QFrame()
        look(self._wrong, "notice", state="bad")
        self._sentence = text(wrap=True)
        inside = QHBoxLayout(self._wrong)
        inside.setContentsMargins(14, 10, 14, 10)
        inside.setSpacing(10)
        inside.addWidget(drawing(theme, "warning", "bad"))
        inside.addWidget(self._sentence, 1)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        name(self._bar, "unlock.opening")
        other = button("unlock.other", "link")
        other.clicked.connect(self.elsewhere)
        self.body.addStretch(1)
        self.body.addWidget(label("unlock.title", "display"))
        self.body.addWidget(label("unlock.advice", "muted", wrap=True))
        self.body.addSpacing(8)
        self.body.addWidget(Field("unlock.user", self.user))
        self.body.addWidget(Field("unlock.passphrase", self.passphrase, buddy=self.passphrase.line))
        self.body.addWidget(self._wrong)
        self.body.addWidget(self._bar)
        self.body.addSpacing(4)
        self.body.addLayout(row(self.open_button, None, other))
        self.body.addStretch(2)
        self.open_button.clicked.connect(self.open)
        self.passphrase.line.returnPressed.connect(self.open)
        self.passphrase.line.textEdited.connect(lambda _text: self._wrong.hide())
        self.setFocusProxy(self.passphrase.line)
        self._wrong.hide()
        self._set_busy(False)

    def know(self, threshold: Threshold) -> None:
        """The station's name and its users, as soon as they have been read."""
        self._where.setText(threshold.station)
        self.user.fill([(user, user) for user in threshold.users])
        self.user.setCurrentIndex(max(0, self.user.currentIndex()))

    def open(self) -> None:
        """Try the passphrase."""
        typed, user = self.passphrase.text(), self.user.value()
        if not typed or user is None:
            self.passphrase.line.setFocus()
            return
        self._set_busy(True)
        self._wrong.hide()
        self._jobs.run("write", lambda _job: self._enter(user, typed), done=self._on_entered, failed=self._on_refused)

    def refuse(self, error: BaseException) -> None:
        """Say what went wrong before anything was typed."""
        self._on_refused(error)

    def count_scans(self, sealed: int) -> None:
        """Papers that came in while the station was locked."""
        self._counted.setVisible(sealed > 0)
        say(self._counted, "unlock.counted", n=sealed)

    def reworded(self) -> None:
        if self._error is not None and not self._wrong.isHidden():
            self._sentence.setText(sentence(self._error))

    def _on_entered(self, station: Station) -> None:
        self.passphrase.wipe()
        self.entered.emit(station)

    def _on_refused(self, error: BaseException) -> None:
        self._error = error
        self._set_busy(False)
        plain(self._sentence, sentence(error))
        self._wrong.setAccessibleName(self._sentence.text())
        self._wrong.show()
        if isinstance(error, WrongPassphrase):
            self.passphrase.line.selectAll()
        self.passphrase.line.setFocus()

    def _set_busy(self, busy: bool) -> None:
        self._bar.setVisible(busy)
        for part in (self.user, self.passphrase, self.open_button):
            part.setEnabled(not busy)
