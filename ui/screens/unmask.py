"""ui/screens/unmask.py — seeing in full what is masked: a quiet offer, the question what for, and a band while it lasts.

A screen that shows one record puts an `Unmasking` above it and tells it which record that is; `again` is called when the
record is to be read anew, because it was unmasked, covered again, or the time ran out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QDialog, QFrame, QHBoxLayout, QLineEdit, QRadioButton, QVBoxLayout
from shiboken6 import isValid

from app import wording
from app.people import BasisMissing
from storage.errors import Known
from storage.records import Subject
from storage.records.people import Purpose
from ui import actions, stylesheet
from ui.messages import sentence
from ui.phrases import name, plain, say
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.form import Field
from ui.widgets.layout import button, drawing, label, row, text

TICK_MS = 1000


class Unmasking(QFrame):
    """The strip above a record."""

    def __init__(self, screen: Screen, again: Callable[[], None]) -> None:
        super().__init__()
        self._screen, self._again = screen, again
        self._people = screen.station.people
        self._subject: Subject | None = None
        self._full = False
        self._eye = drawing(screen.desk.theme, "eye", "warn", 18)
        self._said = text("small")
        self.show_button = button("unmask.button", "quiet", theme=screen.desk.theme, drawing="eye")
        self.show_button.setToolTip(actions.keys("unmask"))
        self.show_button.clicked.connect(self.ask)
        self.cover_button = button("unmask.again", "quiet")
        self.cover_button.clicked.connect(self.cover)
        inside = QHBoxLayout(self)
        inside.setContentsMargins(10, 0, 4, 0)
        inside.setSpacing(8)
        for part in (self._eye, self._said, self.show_button, self.cover_button):
            inside.addWidget(part)
        self._clock = QTimer(self)
        self._clock.setInterval(TICK_MS)
        self._clock.timeout.connect(self._tick)
        actions.make("unmask", screen, self.ask)
        self._draw()

    def show_subject(self, subject: Subject | None) -> None:
        """The record that is now on screen."""
        self._subject = subject
        self._full = subject is not None and self._people.grant(subject) is not None
        if self._full:
            self._clock.start()
        else:
            self._clock.stop()
        self._draw()

    def reword(self) -> None:
        self._draw()

    def ask(self) -> None:
        """What is it for? Then show it."""
        subject = self._subject
        if subject is None or self._full or not self._screen.station.may("disclose"):
            return
        people = self._people
        PurposeDialog(
            self._screen, lambda purpose, basis: people.disclose(subject, purpose, basis), lambda _grant: self._again()
        ).open()

    def cover(self) -> None:
        """Mask it again at once."""
        if self._subject is not None:
            self._people.cover_again(self._subject)
            self._again()

    # -- inside

    def _tick(self) -> None:
        if self._subject is not None and self._people.grant(self._subject) is None:
            self._clock.stop()
            self._again()
        else:
            self._draw()

    def _draw(self) -> None:
        grant = self._people.grant(self._subject) if self._subject is not None and self._full else None
        self._eye.setVisible(grant is not None)
        self.cover_button.setVisible(grant is not None)
        self.show_button.setVisible(grant is None and self._subject is not None and self._screen.station.may("disclose"))
        look(self, "notice" if grant else "")
        stylesheet.state(self, "warn" if grant else "")
        look(self._said, "strong" if grant else "small")
        if grant is None or self._subject is None:
            say(self._said, "unmask.covered")
            self._said.setVisible(self._subject is not None)
            return
        minutes = int(self._people.seconds_left(self._subject) // 60) + 1
        plain(self._said, wording.say(
            "unmask.band", purpose=wording.say(f"purpose.{grant.purpose.value}"), minutes=minutes
        ))  # fmt: skip
        self._said.setVisible(True)


class PurposeDialog(QDialog):
    """What a look is for: a number key chooses and looks, Enter takes what was chosen the last time. Stays open, and says why,
    when it is refused. `look(purpose, basis)` runs on a worker, `done` hears its answer; the words are `<key>.title`, `.advice`
    and `.yes`.
    """

    def __init__(
        self, screen: Screen, look: Callable[[Purpose, str], Any], done: Callable[[Any], None], *, key: str = "unmask"
    ) -> None:
        super().__init__(screen)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._screen, self._look, self._done = screen, look, done
        say(self, f"{key}.title", "setWindowTitle")
        self._group = QButtonGroup(self)
        self.basis = QLineEdit()
        self._field = Field("unmask.basis", self.basis, hint="unmask.basis_hint")
        box = QVBoxLayout(self)
        box.setContentsMargins(26, 22, 26, 20)
        box.setSpacing(8)
        box.addWidget(label(f"{key}.title", "heading"))
        box.addWidget(label(f"{key}.advice", "muted", wrap=True))
        usual = screen.station.people.usual
        for number, purpose in enumerate(Purpose, 1):
            choice = QRadioButton()
            words = wording.say(f"purpose.{purpose.value}")
            say(choice, "unmask.number", n=number, purpose=words)
            name(choice, "unmask.number", n=number, purpose=words)
            choice.setChecked(purpose is usual)
            self._group.addButton(choice, number)
            box.addWidget(choice)
        box.addWidget(self._field)
        self._problem = text("problem", wrap=True)
        self._problem.hide()
        box.addWidget(self._problem)
        self.yes = button(f"{key}.yes", "primary")
        self.yes.setDefault(True)
        no = button("message.no")
        self.yes.clicked.connect(self._on_yes)
        no.clicked.connect(self.reject)
        box.addSpacing(6)
        box.addLayout(row(None, no, self.yes))
        self.setMinimumWidth(460)
        self._group.checkedButton().setFocus()

    @property
    def purpose(self) -> Purpose:
        return list(Purpose)[self._group.checkedId() - 1]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        choice = self._group.button(int(event.text())) if event.text() in tuple("123456789") else None
        if choice is None or self.basis.hasFocus():
            super().keyPressEvent(event)
            return
        choice.setChecked(True)
        if self.purpose is Purpose.OTHER and not self.basis.text().strip():
            self.basis.setFocus()
        else:
            choice.setFocus()
            self._on_yes()

    def _on_yes(self) -> None:
        if not self.yes.isEnabled():
            return
        purpose, basis = self.purpose, self.basis.text()
        self.yes.setEnabled(False)
        self._screen.run(
            "write", lambda _job: self._look(purpose, basis), done=self._on_shown, failed=self._on_refused,
        )  # fmt: skip

    def _on_shown(self, answer: Any) -> None:
        if isValid(self):
            self.accept()
        self._done(answer)

    def _on_refused(self, error: BaseException) -> None:
        if not isValid(self) or not isinstance(error, Known):
            self._screen.desk.messages.trouble(error)
            return
        self.yes.setEnabled(True)
        if isinstance(error, BasisMissing):
            self._field.show_problem("error.BasisMissing")
        else:
            plain(self._problem, sentence(error))
            self._problem.show()
        self.basis.setFocus()
