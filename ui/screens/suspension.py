"""ui/screens/suspension.py — the red band while the journal is not the one that was remembered, and the dialog to say so.

The band stands above every screen until two people have acknowledged it, and says what is switched off. The same place tells,
in yellow and until it is closed, that what remembers the journal was itself missing. GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from app import wording
from app.anchors import Standing
from storage.errors import Known
from storage.records import Event
from ui import stylesheet
from ui.desk import Desk
from ui.messages import sentence
from ui.phrases import name, plain, say
from ui.screens.sealing_rows import local_day
from ui.stylesheet import look
from ui.widgets.form import Field
from ui.widgets.layout import button, drawing, label, text, tool
from ui.widgets.question import Question

_CONCERNS = frozenset({"acknowledge", "accept_head"})


class SuspensionBand(QFrame):
    """Above the screens. Hidden while all is well."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._anchors = desk.station.anchors
        self._standing: Standing | None = None
        self._lost = self._anchors.lost
        self._sign = QLabel()
        self.title = text("strong", wrap=True)
        self.what = text("small", wrap=True)
        self.button = button("suspension.open", "danger")
        self.button.clicked.connect(self.ask)
        self.close_button = tool("message.close", desk.theme, "close")
        self.close_button.clicked.connect(self._forget)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(self.title)
        said.addWidget(self.what)
        inside = QHBoxLayout(self)
        inside.setContentsMargins(20, 10, 16, 10)
        inside.setSpacing(12)
        inside.addWidget(self._sign)
        inside.addLayout(said, 1)
        inside.addWidget(self.button)
        inside.addWidget(self.close_button)
        self.hide()
        self._draw()
        if self._anchors.suspended:
            self.refresh()

    def hear(self, events: tuple[Event, ...]) -> None:
        if any(event.type in _CONCERNS for event in events):
            self.refresh()

    def refresh(self) -> None:
        self._desk.station.jobs.run(
            "view", lambda _job: self._anchors.standing(), done=self._know, failed=self._desk.messages.trouble
        )

    def reword(self) -> None:
        self._draw()

    def ask(self) -> None:
        """What happened, what is switched off, and the button to acknowledge it."""
        if self._standing is not None:
            SuspensionDialog(self.window(), self._desk, self._standing).open()

    def _know(self, standing: Standing | None) -> None:
        if not isValid(self):
            return
        ended = self._standing is not None and standing is None
        self._standing = standing
        self._draw()
        if ended:
            # Not before the band has gone: the toast would be laid out for the window as it was.
            QTimer.singleShot(0, lambda: self._desk.messages.tell("suspension.ended"))

    def _forget(self) -> None:
        self._lost = {}
        self._draw()

    def _draw(self) -> None:
        standing = self._standing
        self.setVisible(standing is not None or bool(self._lost))
        self.button.setVisible(standing is not None)
        self.close_button.setVisible(standing is None)
        look(self, "banner" if standing else "notice")
        stylesheet.state(self, "" if standing else "warn")
        for part, kind in ((self.title, "strong"), (self.what, "small")):
            look(part, kind)  # their colour is that of the surface they lie on
        self._desk.theme.wear(self._sign, "warning", "bad" if standing else "warn", 22)
        if standing is not None:
            say(self.title, "suspension.band")
            plain(self.what, f"{wording.say('suspension.off')} {wording.say(_next(standing), names=_names(standing))}")
        elif self._lost:
            say(self.title, "suspension.lost")
            places = wording.say("suspension.and").join(wording.say(f"suspension.source.{place}") for place in self._lost)
            plain(self.what, wording.say("suspension.lost_what", places=places))
        self.setAccessibleName(f"{self.title.text()} {self.what.text()}")


class SuspensionDialog(Question):
    """What the archive has and what was remembered; stays open, and says why, when an acknowledgement is refused."""

    def __init__(self, parent: QWidget, desk: Desk, standing: Standing) -> None:
        anchor = standing.suspension.anchor
        super().__init__(parent, "suspension.dialog", width=620)
        self._desk, self._standing = desk, standing
        facts: dict[str, str | int] = {
            "source": wording.say(f"suspension.source.{anchor.source}"), "seq": anchor.seq,
            "head": standing.suspension.head_seq, "day": local_day(anchor.at) if anchor.at else "",
        }  # fmt: skip
        self.found = say(text("strong", wrap=True), f"suspension.why.{standing.suspension.why}", **facts)
        self.box.insertWidget(1, self.found)
        for sign, key in (("close", "suspension.off"), ("check", "suspension.on"), ("right", "suspension.after")):
            self.box.addLayout(_line(desk, sign, key))
        acts = standing.may and (standing.alone or not standing.done)
        if not (acts and standing.alone):
            self.box.addWidget(say(text("strong", wrap=True), _next(standing), names=_names(standing)))
        self.key = QLineEdit()
        self.key.setPlaceholderText("XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX")
        self.field = Field("suspension.key", self.key, hint="suspension.key_hint")
        self.field.setVisible(acts and standing.alone)
        self.box.addWidget(self.field)
        self.problem = text("problem", wrap=True)
        self.problem.hide()
        self.box.addWidget(self.problem)
        self.yes.setVisible(acts)
        say(self._no, "message.no" if acts else "suspension.close")
        name(self._no, "message.no" if acts else "suspension.close")
        self.close_with_buttons()
        (self.key if acts and standing.alone else self._no).setFocus()

    def agree(self) -> None:
        recovery_key = self.key.text().strip() if self._standing.alone else ""
        if self._standing.alone and not recovery_key:
            self.field.show_problem("suspension.key_needed")
            self.field.take_focus()
            return
        self.yes.setEnabled(False)
        self._desk.station.jobs.run(
            "write", lambda _job: self._desk.station.anchors.acknowledge(recovery_key), done=lambda _on: self._done(),
            failed=self._refused,
        )

    def _done(self) -> None:
        if isValid(self):
            self.key.clear()
            self.accept()

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Known):
            self._desk.messages.trouble(error)
        if isValid(self):
            self.yes.setEnabled(True)
            plain(self.problem, sentence(error))
            self.problem.show()
            self.field.take_focus()


def _next(standing: Standing) -> str:
    """What is still missing, as a key of the wording."""
    if standing.alone:
        return "suspension.next.sheet" if standing.may else "suspension.next.other"
    if not standing.acknowledged:
        return "suspension.next.two"
    return "suspension.next.done" if standing.done else "suspension.next.one"


def _names(standing: Standing) -> str:
    return wording.say("suspension.and").join(dict.fromkeys(one.agent_name for one in standing.acknowledged))


def _line(desk: Desk, sign: str, key: str) -> QHBoxLayout:
    made = QHBoxLayout()
    made.setSpacing(10)
    mark = drawing(desk.theme, sign, "bad" if sign == "close" else "muted", 18)
    made.addWidget(mark)
    made.addWidget(label(key, wrap=True), 1)
    return made
