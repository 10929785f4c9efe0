"""ui/screens/record_dialog.py — the frame of the dialogs over a record: what is done, to which record, and what went wrong.

Trouble is told inside the dialog: what was typed stays, and the window behind is not reached for. GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QDialog, QFrame, QLayout, QPushButton, QVBoxLayout

from app.filing import Invalid, Problem
from app.jobs import Job
from ui.messages import sentence
from ui.phrases import say
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.layout import button, label, row, rule, text


class RecordDialog(QDialog):
    """`title` is a wording key; `which` names the record."""

    def __init__(self, screen: Screen, title: str, which: str, *, yes: str, width: int) -> None:
        super().__init__(screen)
        self.setModal(True)
        self.screen, self.station = screen, screen.station
        say(self, title, "setWindowTitle")
        self.setMinimumWidth(width)
        code = text("code", selectable=True)
        code.setText(which)
        self._notice = QFrame()
        look(self._notice, "notice", state="bad")
        self._wrong = text(wrap=True)
        inside = QVBoxLayout(self._notice)
        inside.setContentsMargins(12, 8, 12, 8)
        inside.addWidget(self._wrong)
        self._notice.hide()
        self.yes = button(yes, "primary")
        self.no = button("message.no")
        self.no.clicked.connect(self.reject)
        self.yes.clicked.connect(self.take)
        self.foot = row(None, self.no, self.yes)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(26, 22, 26, 20)
        self._box.setSpacing(10)
        self._box.addLayout(row(label(title, "heading"), code, None, spacing=12))
        self._box.addWidget(rule())

    def arrange(self, content: QLayout) -> None:
        """The content above the buttons."""
        self._box.addLayout(content, 1)
        self._box.addWidget(self._notice)
        self._box.addLayout(self.foot)

    def take(self) -> None:
        """The person pressed the button that does it."""
        self.accept()

    def show_trouble(self, error: BaseException) -> None:
        self._wrong.setText(sentence(error))
        self._notice.show()
        self._notice.setAccessibleName(self._wrong.text())

    def act(
        self, work: Callable[[], Any], done: Callable[[Any], object],
        problems: Callable[[Sequence[Problem]], list[Problem]] = list, *buttons: QPushButton,
    ) -> None:
        """Runs `work` on the write lane with the buttons off. `problems` puts each problem beside its field and gives back
        those that have none here; these and other trouble are told in the dialog.
        """
        pressed = buttons or (self.yes,)
        self._notice.hide()
        for one in pressed:
            one.setEnabled(False)

        def here(answer: Any) -> None:
            for one in pressed:
                one.setEnabled(True)
            done(answer)

        def failed(error: BaseException) -> None:
            for one in pressed:
                one.setEnabled(True)
            if not isinstance(error, Invalid) or problems(error.problems):
                self.show_trouble(error)

        def run(_job: Job[Any]) -> Any:
            return work()

        self.screen.run("write", run, done=here, failed=failed)
