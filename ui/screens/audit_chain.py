"""ui/screens/audit_chain.py — how the chain of the journal stands, in one line; the check of the whole, and a head from paper.

Green: checked and found whole, and every head kept elsewhere agrees. Red: not. Anything between is said and not coloured.
GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QProgressBar

from app import wording
from app.audit import ChainState, Comparison, words
from app.audit.chain import Checked, NoHeadCode
from app.jobs import Job
from ui import stylesheet
from ui.messages import sentence
from ui.phrases import name, plain
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.form import Field
from ui.widgets.layout import button, drawing, text
from ui.widgets.question import Question


class ChainStrip(QFrame):
    """The line above the journal."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        look(self, "notice")
        self._screen = screen
        self._job: Job[Any] | None = None
        self._state: ChainState | None = None
        self._marks = {id: drawing(screen.desk.theme, picture, colour, 20)
                       for id, picture, colour in (("good", "done", "good"), ("bad", "warning", "bad"), ("", "audit", "text"))}  # fmt: skip
        self._said = text("strong", wrap=True)
        self._bar = name(QProgressBar(), "audit.check")
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(160)
        self.check_button = button("audit.check")
        self.cancel_button = button("audit.cancel")
        self.compare_button = button("audit.compare")
        self.check_button.clicked.connect(self.check)
        self.cancel_button.clicked.connect(self._on_cancel)
        self.compare_button.clicked.connect(lambda: CompareDialog(screen).open())
        inside = QHBoxLayout(self)
        inside.setContentsMargins(16, 8, 10, 8)
        inside.setSpacing(10)
        for mark in self._marks.values():
            inside.addWidget(mark)
        inside.addWidget(self._said, 1)
        for part in (self._bar, self.cancel_button, self.compare_button, self.check_button):
            inside.addWidget(part)
        self._running(None)
        self.show_state(None)

    def show_state(self, state: ChainState | None) -> None:
        self._state = state
        if state is None:
            self._say("", wording.say("state.loading"))
            return
        wrong = [anchor for anchor in state.anchors if not anchor.agrees]
        checked = state.checked
        if checked is not None and checked.outcome != "success":
            self._say("bad", wording.say("audit.broken_line", fault=str(checked.detail.get("fault", ""))))
        elif wrong:
            where = wording.say("audit.comma").join(wording.say(f"audit.anchor.{one.source}") for one in wrong)
            self._say("bad", wording.say("audit.disagrees_line", where=where))
        elif checked is None:
            self._say("", wording.say("audit.unchecked_line", n=f"{state.head_seq:,}"))
        else:
            self._say("good", wording.say(
                "audit.sound_line", n=f"{state.head_seq:,}", at=words.when(checked.at)[:16], who=words.who(checked),
                upto=f"{checked.detail.get('upto', 0):,}",
            ))  # fmt: skip

    def reword(self) -> None:
        self.show_state(self._state)

    def check(self) -> None:
        """Follow the whole chain; shown as it goes, and can be stopped."""
        if self._job is None:
            self._bar.setRange(0, 0)
            audit = self._screen.station.audit
            self._running(self._screen.run(
                "view", lambda job: audit.check(job.step), done=self._on_checked, failed=self._on_failed, progress=self._on_progress,
            ))  # fmt: skip

    # -- inside

    def _say(self, state: str, sentence: str) -> None:
        stylesheet.state(self, state)
        for id, mark in self._marks.items():
            mark.setVisible(id == state)
        plain(self._said, sentence)
        self.setAccessibleName(sentence)

    def _on_checked(self, checked: Checked) -> None:
        self._running(None)
        if checked.sound:
            self._screen.desk.messages.tell("audit.checked_sound", n=f"{checked.lines:,}")
        self._screen.run("view", lambda _job: self._screen.station.audit.state(), done=self.show_state)

    def _on_progress(self, done: int, total: int, _note: str) -> None:
        if self._job is not None:
            self._bar.setRange(0, max(1, total))
            self._bar.setValue(done)
            self._say("", wording.say("audit.checking", done=f"{done:,}", total=f"{total:,}"))

    def _on_failed(self, error: BaseException) -> None:
        self._running(None)
        self.show_state(self._state)
        self._screen.desk.messages.trouble(error)

    def _on_cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._running(None)
            self.show_state(self._state)
            self._screen.desk.messages.tell("audit.cancelled")

    def _running(self, job: Job[Any] | None) -> None:
        self._job = job
        for part in (self._bar, self.cancel_button):
            part.setVisible(job is not None)
        for part in (self.check_button, self.compare_button):
            part.setVisible(job is None)


class CompareDialog(Question):
    """A head from a day sheet, scanned or typed; the answer stands below it."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen, "audit.compare_dialog")
        self._screen = screen
        self.line = QLineEdit()
        self.field = Field("audit.compare_dialog.field", self.line)
        self.answer = QFrame()
        look(self.answer, "notice")
        self.said = text("strong", wrap=True)
        inside = QHBoxLayout(self.answer)
        inside.setContentsMargins(12, 8, 12, 8)
        inside.addWidget(self.said)
        self.answer.hide()
        self.box.addWidget(self.field)
        self.box.addWidget(self.answer)
        self.close_with_buttons()
        self.line.setFocus()

    def agree(self) -> None:
        typed = self.line.text()
        self.yes.setEnabled(False)
        self._screen.run("view", lambda _job: self._screen.station.audit.compare(typed), done=_if_there(self, self._on_compared),
                         failed=_if_there(self, self._on_failed))  # fmt: skip

    def _on_compared(self, found: Comparison) -> None:
        self.yes.setEnabled(True)
        stylesheet.state(self.answer, {"agrees": "good", "former_epoch": "warn"}.get(found.why, "bad"))
        plain(self.said, wording.say(f"audit.compare_dialog.{found.why}", seq=f"{found.code.seq:,}"))
        self.answer.show()
        self.line.selectAll()

    def _on_failed(self, error: BaseException) -> None:
        self.yes.setEnabled(True)
        self.answer.hide()
        if isinstance(error, NoHeadCode):
            self.field.show_problem("error.NoHeadCode")
            self.field.take_focus()
        else:
            plain(self.said, sentence(error))
            stylesheet.state(self.answer, "bad")
            self.answer.show()


def _if_there(dialog: Question, call: Callable[[Any], None]) -> Callable[[Any], None]:
    """An answer that comes after the dialog was closed is dropped."""
    return lambda answer: call(answer) if dialog.isVisible() else None
