"""ui/screens/bulk_past.py — the changes of many records that were made, and giving back what was, also after a restart."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QListWidget, QProgressBar

from app import wording
from app.description.bulk import Undoing
from app.jobs import Job
from app.privacy import cover
from storage.records.descriptions import Bulk
from ui.models.columns import Column, moment
from ui.phrases import name, say
from ui.screens.record_dialog import RecordDialog
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.form import Field, Fields
from ui.widgets.layout import column, text


def _fields(bulk: Bulk) -> str:
    return "、".join(
        wording.say("bulk.change", field=wording.say(f"field.{field}"), do=wording.say(f"bulk.do_{do}"))
        for field, do in bulk.changes.items()
    )


PAST: tuple[Column[Bulk], ...] = (
    Column("history.when", lambda bulk: moment(bulk.at), 140),
    Column("history.who", lambda bulk: bulk.agent_name, 110),
    Column("bulk.records", lambda bulk: f"{bulk.items:,}", 80),
    Column("bulk.changes", _fields, 250),
    Column("field.reason", lambda bulk: bulk.reason),
    Column(
        "bulk.state", lambda bulk: wording.say("bulk.undone" if bulk.undone_at else "bulk.in_force"), 110,
        state=lambda bulk: "ignored" if bulk.undone_at else "done",
    ),
)


class UndoDialog(RecordDialog):
    """What is given back, what was corrected since, and why it is taken back."""

    def __init__(self, screen: Screen, undoing: Undoing) -> None:
        super().__init__(screen, "undo.title", "", yes="undo.yes", width=560)
        self._undoing = undoing
        self._job: Job[int] | None = None
        told = text(wrap=True)
        say(told, "undo.told", n=undoing.ready, at=moment(undoing.bulk.at), by=undoing.bulk.agent_name)
        parts: list[object] = [told]
        self.leave = QCheckBox()
        self.list = QListWidget()
        look(self.list, "card")
        name(self.list, "undo.since", n=len(undoing.since))
        if undoing.since:
            for item in undoing.since:
                self.list.addItem(f"{item.reference_code or wording.say('ties.unnumbered')}  {cover(item.title)}")
            self.list.setFixedHeight(120)
            say(self.leave, "undo.leave")
            name(self.leave, "undo.leave")
            heading = QLabel()
            heading.setWordWrap(True)
            say(heading, "undo.since", n=len(undoing.since))
            parts += [heading, self.list, self.leave]
        if undoing.gone:
            gone = text("muted", wrap=True)
            say(gone, "undo.gone", n=undoing.gone)
            parts.append(gone)
        self.reason = QLineEdit()
        field = Field("field.reason", self.reason, hint="undo.hint")
        self.fields = Fields({"reason": field})
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.arrange(column(*parts, field, self.bar, None, spacing=12))  # type: ignore[arg-type]
        self.leave.toggled.connect(lambda _on: self._offer())
        self._offer()
        self.reason.setFocus()

    def take(self) -> None:
        undoing, reason = self._undoing, self.reason.text()
        leave_out = [item.id for item in undoing.since] if self.leave.isChecked() else []
        self.yes.setEnabled(False)
        self.bar.setRange(0, 0)
        self.bar.show()

        def failed(error: BaseException) -> None:
            self.bar.hide()
            self._offer()
            problems = getattr(error, "problems", ())
            if not problems or self.fields.show_problems(problems, focus=True):
                self.show_trouble(error)

        def progress(done: int, total: int, _note: str) -> None:
            self.bar.setRange(0, total)
            self.bar.setValue(done)

        self._job = self.screen.run(
            "write", lambda job: self.station.description.bulk.undo(undoing.bulk.id, reason, leave_out, job.step),
            done=self._on_done, failed=failed, progress=progress,
        )

    def reject(self) -> None:
        if self._job is not None:
            self._job.cancel()
        super().reject()

    def _offer(self) -> None:
        self.yes.setEnabled(self._undoing.ready > 0 and (not self._undoing.since or self.leave.isChecked()))

    def _on_done(self, count: int) -> None:
        self._job = None
        self.accept()
        self.screen.desk.messages.tell("undo.done", n=count)


