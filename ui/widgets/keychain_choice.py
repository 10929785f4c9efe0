"""ui/widgets/keychain_choice.py — the system's keychain: found, or the plain question whether to go on without.

Never silently: without a keychain the passphrase alone guards the archive, and a person has to say that this is enough.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QRadioButton, QVBoxLayout

from app.jobs import Jobs
from ui.phrases import name, say
from ui.stylesheet import look, state
from ui.widgets.layout import text


class KeychainChoice(QFrame):
    """`has_keychain` runs on a worker and may take its time limit. `found` is None until it has answered."""

    def __init__(self, jobs: Jobs, has_keychain: Callable[[], bool]) -> None:
        super().__init__()
        self._jobs, self._has_keychain = jobs, has_keychain
        self.found: bool | None = None
        look(self, "notice")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(14, 10, 14, 10)
        inside.setSpacing(4)
        self._sentence = text(wrap=True)
        self.without = say(QRadioButton(), "first.without_keychain")
        self.wait = say(QRadioButton(), "first.wait_keychain")
        for choice, key in ((self.without, "first.without_keychain"), (self.wait, "first.wait_keychain")):
            name(choice, key)
        self.problem = text("problem", wrap=True)
        for part in (self._sentence, self.wait, self.without, self.problem):
            inside.addWidget(part)
        self.without.toggled.connect(lambda _on: self.problem.hide())
        self._say()

    @property
    def wanted(self) -> bool:
        return bool(self.found)

    def check(self, then: Callable[[], None]) -> None:
        """Runs `then` when there is a keychain, or a person has chosen to go on without; "look again" looks again."""
        if self.found or (self.found is False and self.without.isChecked()):
            then()
        else:
            self._look(lambda: then() if self.found else self._ask())

    def _ask(self) -> None:
        say(self.problem, "first.keychain_choose")
        self.problem.show()
        self.without.setFocus()

    def _look(self, after: Callable[[], None] | None = None) -> None:
        def here(found: bool) -> None:
            self.found = found
            self._say()
            if after is not None:
                after()

        self._jobs.run("view", lambda _job: self._has_keychain(), done=here)

    def _say(self) -> None:
        key = {None: "first.keychain_looking", True: "first.keychain_found", False: "first.keychain_none"}[self.found]
        say(self._sentence, key)
        state(self, {None: "", True: "good", False: "warn"}[self.found])
        self.without.setVisible(self.found is False)
        self.wait.setVisible(self.found is False)
        self.problem.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.found is None:
            self._look()
