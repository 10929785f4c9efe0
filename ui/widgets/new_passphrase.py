"""ui/widgets/new_passphrase.py — a new passphrase, typed twice, with a line that says how easily it would be guessed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from app.access import ENOUGH, passphrase_strength
from app.jobs import Job, Jobs
from app.passphrases import GRADES, USUAL, Policy
from ui import stylesheet
from ui.phrases import name, say
from ui.theme import Theme
from ui.widgets.form import Field
from ui.widgets.layout import text
from ui.widgets.passphrase import Passphrase

PAUSE_MS = 120
LOOKS = ("bad", "bad", "warn", "good", "good")


class NewPassphrase(QWidget):
    """`known` are words a guesser would try first; `rules` is what the station asks of passphrases, as far as that can be
    known here. Guessing takes up to a tenth of a second on an old machine, so it runs as a job after a short pause in
    typing. `judged` comes with every new answer.
    """

    judged = Signal()

    def __init__(
        self,
        theme: Theme,
        jobs: Jobs,
        known: Callable[[], tuple[str, ...]] = tuple,
        rules: Callable[[], Policy] = lambda: GRADES[USUAL],
    ) -> None:
        super().__init__()
        self._jobs, self._known, self._rules = jobs, known, rules
        self._asked: Job[tuple[int, Policy]] | None = None
        self._policy = GRADES[USUAL]
        self.strength: int | None = None
        self.first, self.second = Passphrase(theme), Passphrase(theme)
        self._fields = (
            Field("passphrase.new", self.first, buddy=self.first.line),
            Field("passphrase.again", self.second, buddy=self.second.line),
        )
        self.bar = QProgressBar()
        self.bar.setRange(0, 4)
        self.bar.setTextVisible(False)
        name(self.bar, "passphrase.meter")
        self.sentence = say(text("small", wrap=True), "passphrase.advice")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(self._fields[0])
        box.addWidget(self.bar)
        box.addWidget(self.sentence)
        box.addSpacing(6)
        box.addWidget(self._fields[1])
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._judge)
        self.first.line.textChanged.connect(self._on_changed)

    def value(self) -> str:
        return self.first.text()

    def check(self, then: Callable[[], None]) -> None:
        """Runs `then` when the passphrase is strong enough and twice the same; else its problem stands under it."""
        if self.strength is None:
            self._judge(lambda: self.check(then))
        elif self.strength < ENOUGH:
            self.refuse("passphrase.too_weak")
        elif not self._policy.fits(self.first.text()):
            self.refuse("error.PassphraseTooPlain", length=self._policy.length, classes=self._policy.classes)
        elif self.first.text() != self.second.text():
            self._fields[1].show_problem("passphrase.different")
            self._fields[1].take_focus()
        else:
            then()

    def retitle(self, key: str) -> None:
        """Another name for the first field, where it does not stand alone."""
        self._fields[0].retitle(key)

    def refuse(self, key: str, **facts: str | int) -> None:
        """Says under the new passphrase why it will not do."""
        self._fields[0].show_problem(key, **facts)
        self._fields[0].take_focus()

    def wipe(self) -> None:
        self.first.wipe()
        self.second.wipe()

    def _on_changed(self, typed: str) -> None:
        self.strength = None
        if self._asked is not None:
            self._asked.cancel()
        self._pause.start()
        if not typed:
            self.bar.setValue(0)
            say(self.sentence, "passphrase.advice")

    def _judge(self, then: Callable[[], None] | None = None) -> None:
        self._pause.stop()
        typed, known = self.first.text(), self._known()

        def here(judged: tuple[int, Policy]) -> None:
            strength, self._policy = judged
            self.strength = strength
            self.bar.setValue(max(1, strength) if typed else 0)
            stylesheet.state(self.bar, LOOKS[strength])
            if typed:
                say(self.sentence, f"passphrase.strength_{strength}")
            self.judged.emit()
            if then is not None:
                then()

        self._asked = self._jobs.run("view", lambda _job: (passphrase_strength(typed, *known), self._rules()), done=here)
