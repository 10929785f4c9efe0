"""ui/keeper.py — what is half written in the window: kept now and then and at the last moment, and brought back.

Every half a minute, and when the window is left, the screens are asked what is half written (`Screen.unfinished`); what is
new goes into the archive, what was finished leaves it. Leaving waits `LEAVE_S` for that and not longer. After unlocking the
person stands where they stood; what was in front of them is open again, unless its record was changed meanwhile: that, and
whatever else is half written, is offered on a bar above the screens. GUI thread only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout
from shiboken6 import isValid

from app.diagnostics import report
from app.drafts import Key, Unfinished
from ui import resume
from ui.phrases import plain, say
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.layout import button, drawing, text

if TYPE_CHECKING:
    from ui.window import Window

EVERY_MS = 30_000
LEAVE_S = 2.0
#: Where the person stood: kept like a draft, offered to nobody.
HERE = "here"


class Keeper(QObject):
    def __init__(self, window: Window, theme: Theme) -> None:
        super().__init__(window)
        self._window, self._station = window, window.desk.station
        self._known: set[Key] = set()
        self._offered: list[Unfinished] = []
        self.bar = OfferBar(theme, self._go_on, self._throw_away)
        self._clock = QTimer(self)
        self._clock.setInterval(EVERY_MS)
        self._clock.timeout.connect(self.keep)
        self._clock.start()
        if self._station.may("keep_draft"):
            self._station.jobs.run("write", lambda _job: self._station.drafts.mine(), done=self._take_up, failed=self._on_failed)

    def keep(self) -> None:
        """What is half written now."""
        self._settle(self._written(), lambda work: self._station.jobs.run("write", lambda _job: work(), failed=self._on_failed))

    def leave(self) -> None:
        """The station is about to stop. Past the lane: a long job there must not cost what is half written."""
        self._clock.stop()
        written = self._written()
        here = self._window.place(self._window.here)
        front = next((one.key for one in reversed(here.unfinished())), None)
        place = here.whereabouts()
        written.append(Unfinished(HERE, place.subject, {"screen": self._window.here, "front": front, **place.content}))
        self._settle(written, _within)

    def reword(self) -> None:
        self._show_offer()

    # -- inside

    def _written(self) -> list[Unfinished]:
        found = {one.key: one for screen in self._window.screens for one in screen.unfinished()}
        return list(found.values())

    def _settle(self, written: list[Unfinished], run: Callable[[Callable[[], None]], object]) -> None:
        done = self._known - {one.key for one in written}
        self._known = {one.key for one in written}
        if (written or done) and self._station.may("keep_draft"):
            drafts = self._station.drafts
            run(lambda: drafts.settle(written, done))

    def _take_up(self, mine: list[Unfinished]) -> None:
        if not isValid(self):
            return
        here = next((one for one in mine if one.place == HERE), None)
        front = tuple((here.content.get("front") if here else None) or ())
        self._known |= {one.key for one in mine if one.place == HERE}
        again = [one for one in mine if one.place in resume.FORMS and not one.changed and
                 (one.place == resume.INBOX or one.key == front)]  # fmt: skip
        self._offered = [one for one in mine if one.place in resume.FORMS and one not in again]
        if here is not None:
            resume.stand(self._window, here)
        for one in again:
            self._open(one)
        if again:
            self._window.desk.messages.tell("draft.back", what=resume.name(again[-1]))
        self._show_offer()

    def _open(self, one: Unfinished) -> None:
        self._known.add(one.key)
        resume.FORMS[one.place](self._window, one)

    def _go_on(self) -> None:
        if self._offered:
            one = self._offered.pop()
            self._show_offer()
            self._open(one)

    def _throw_away(self) -> None:
        if self._offered:
            self._known.add(self._offered.pop().key)
            self._show_offer()
            self.keep()

    def _show_offer(self) -> None:
        self.bar.show_offer(self._offered)

    def _on_failed(self, error: BaseException) -> None:
        # While something is amiss (a full disk, a journal that waits to be acknowledged) the next half minute tries again.
        report(error)


class OfferBar(QFrame):
    """One line: what is half written, and what to do with it. Hidden when there is nothing."""

    def __init__(self, theme: Theme, go_on: Callable[[], None], throw_away: Callable[[], None]) -> None:
        super().__init__()
        look(self, "offer")
        self.text, self.more = text(), text("small")
        self.yes, self.no = button("draft.go_on"), button("draft.throw_away", "quiet")
        self.yes.clicked.connect(go_on)
        self.no.clicked.connect(throw_away)
        line = QHBoxLayout(self)
        line.setContentsMargins(24, 6, 16, 6)
        line.setSpacing(10)
        for part in (drawing(theme, "edit", "accent"), self.text, self.more):
            line.addWidget(part)
        line.addStretch(1)
        line.addWidget(self.yes)
        line.addWidget(self.no)
        self.hide()

    def show_offer(self, offered: list[Unfinished]) -> None:
        self.setVisible(bool(offered))
        if offered:
            one = offered[-1]
            say(self.text, "draft.offer_changed" if one.changed else "draft.offer", what=resume.name(one))
            if len(offered) > 1:
                say(self.more, "draft.more", n=len(offered) - 1)
            else:
                plain(self.more, "")
            self.setAccessibleName(self.text.text())


def _within(work: Callable[[], None]) -> None:
    """Runs `work` beside everything else and waits for it `LEAVE_S` at most."""

    def run() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  # the last moment of this process: written down, and nothing more to be done
            report(error)

    thread = threading.Thread(target=run, name="anjuan-drafts", daemon=True)
    thread.start()
    thread.join(LEAVE_S)
