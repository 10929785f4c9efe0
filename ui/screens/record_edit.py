"""ui/screens/record_edit.py — 更正: the description as it is, what would change, and why.

What is edited is shown in full, without masks; what stands in the 档号 is not here. Nothing is saved before the person has
seen field by field what would change.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QVBoxLayout

from app import wording
from app.description import Difference
from app.drafts import Unfinished
from app.filing import Problem
from app.jobs import Job
from storage.records import Item, State
from ui.phrases import name
from ui.screens.inbox_form import InboxForm
from ui.screens.record_dialog import RecordDialog
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.differences import DifferenceView
from ui.widgets.form import Field, Fields
from ui.widgets.layout import column, label, row, rule
from ui.widgets.offered import Offered

PAUSE_MS = 200
REASONS = ("typing", "compared", "completed", "returned")
Answer = tuple[list[Problem], tuple[Difference, ...]]


def open_for(screen: Screen, item: Item) -> None:
    """Fetches the record in full and shows the dialog; the screen hears of the change through its event."""
    screen.run(
        "view", lambda _job: screen.station.description.raw(item.id), done=lambda raw: CorrectDialog(screen, raw).open()
    )


def open_again(screen: Screen, one: Unfinished) -> None:
    """The same with what was half written, over the record as it is now."""

    def here(raw: Item) -> None:
        dialog = CorrectDialog(screen, raw)
        dialog.open()
        dialog.take_up(one)

    screen.run("view", lambda _job: screen.station.description.raw(one.about), done=here)


class CorrectDialog(RecordDialog):
    def __init__(self, screen: Screen, item: Item) -> None:
        super().__init__(screen, "correct.title", item.reference_code, yes="correct.yes", width=860)
        self._item = item
        self._asked: Job[Answer] | None = None
        self.form = InboxForm(numbered=False, unfolded=True)
        self.form.show_draft(item.draft)
        self.form.edited.connect(lambda: self._pause.start())
        self.form.submitted.connect(self.take)
        self.view = DifferenceView("correct.nothing")
        self.reason = Offered([wording.say(f"correct.reason_{which}") for which in REASONS])
        hint = "correct.reason_filed" if item.state is State.FILED else "correct.reason_open"
        self._reason = Field("field.reason", self.reason, hint=hint)
        name(self.form, "correct.title")
        frame = QFrame()
        look(frame, "card")
        frame.setFixedWidth(420)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.setSpacing(0)
        inside.addWidget(self.form, 1)
        inside.addWidget(rule())
        foot = row(self.form.help)
        foot.setContentsMargins(16, 6, 12, 4)
        inside.addLayout(foot)
        right = column(label("correct.changes", "strong"), self.view, self._reason, spacing=8)
        right.setStretch(1, 1)
        self.arrange(row(frame, right, spacing=18))
        self.resize(900, 620)
        self.fields = Fields({"reason": self._reason})
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self.yes.setEnabled(False)
        self.form.setFocus()

    def take(self) -> None:
        item, draft, reason = self._item, self.form.draft(), self.reason.text()
        if not self.yes.isEnabled() and draft == item.draft:
            return
        self.act(lambda: self.station.description.correct(item.id, draft, reason, item.changed_seq), self._on_saved,
                 self._show_problems)

    def unfinished(self) -> Unfinished | None:
        written, reason = self.form.written(), self.reason.text()
        if not written and not reason:
            return None
        return Unfinished("correct", f"item:{self._item.id}", {"fields": written, "reason": reason}, self._item.changed_seq)

    def take_up(self, one: Unfinished) -> None:
        """What was half written, over the record as it stands now: the list beside the form shows what it would change."""
        self.form.write(one.content["fields"])
        self.reason.setText(one.content["reason"])

    def reject(self) -> None:
        if self.form.draft() == self._item.draft:
            super().reject()
        else:
            self.screen.desk.messages.ask("correct.discard", super().reject)

    def _ask(self) -> None:
        if self._asked is not None:
            self._asked.cancel()
        item, draft = self._item, self.form.draft()
        self._asked = self.screen.run(
            "view", lambda _job: self.station.description.check(item, draft), done=self._on_checked
        )

    def _on_checked(self, answer: Answer) -> None:
        problems, changes = answer
        self.view.show_differences(changes)
        self.form.show_problems(problems)
        self.yes.setEnabled(bool(changes) and not problems)

    def _on_saved(self, _item: Item) -> None:
        self.accept()
        self.screen.desk.messages.tell("correct.done")

    def _show_problems(self, problems: Sequence[Problem]) -> list[Problem]:
        self.form.show_problems(problems, focus=True)
        return self.fields.show_problems([one for one in problems if one.field == "reason"], focus=True)

