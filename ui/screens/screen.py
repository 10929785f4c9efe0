"""ui/screens/screen.py — what every screen of the window has in common.

A screen refreshes when it is shown and after events that concern it; while hidden it only remembers that it is stale.
Work goes through `run`, whose answers are dropped when the screen no longer exists. GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QWidget
from shiboken6 import isValid

from app.drafts import Unfinished
from app.jobs import Job
from storage.records import Event
from ui.desk import Desk

T = TypeVar("T")
SEALING = frozenset({"seal", "unseal"})


@runtime_checkable
class Form(Protocol):
    """A dialog whose content is worth keeping when the archive is locked."""

    def unfinished(self) -> Unfinished | None:
        """What is half written, or None when nothing is."""


class Screen(QWidget):
    """`title` is a wording key; `concerns` the event types that make it stale (empty: none); who may cause none of `needs`
    does not find its place in the window (empty: everybody does).
    """

    title: ClassVar[str]
    needs: ClassVar[frozenset[str]] = frozenset()
    concerns: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.station = desk.station
        self._stale = True

    def hear(self, events: tuple[Event, ...]) -> None:
        """Something was committed. What is sealed concerns every screen: nothing of it may stay in sight."""
        if any(event.type in self.concerns or event.type in SEALING for event in events):
            self.mark()

    def mark(self) -> None:
        """What is shown is out of date."""
        self._stale = True
        if self.isVisible():
            self._freshen()

    def open(self, subject: object) -> None:
        """Show this subject (a record, a query); None keeps what is there."""

    def refresh(self) -> None:
        """Fetch and show what is true now."""

    def reword(self) -> None:
        """The language has changed: write again what is not bound by `ui.phrases`."""

    def unfinished(self) -> list[Unfinished]:
        """What is half written here, and in the dialogs over it; the one in front last."""
        open_ = [one for one in self.findChildren(QDialog) if one.isVisible() and isinstance(one, Form)]
        return [written for form in open_ if (written := form.unfinished()) is not None]

    def whereabouts(self) -> Unfinished:
        """Where the person stands here: the record shown, and how."""
        return Unfinished("", "", {})

    def leave(self) -> None:
        """The station is about to stop: let go of what must not go on."""

    def run(
        self, lane: str, work: Callable[[Job[Any]], T], done: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        progress: Callable[[int, int, str], None] | None = None,
    ) -> Job[Any]:
        """Off the GUI thread; what fails without `failed` is told in the window."""
        return self.station.jobs.run(
            lane, work, done=self._alive(done), failed=self._alive(failed or self.desk.messages.trouble),
            progress=self._alive(progress),
        )

    def _alive(self, call: Callable[..., None] | None) -> Callable[..., None] | None:
        if call is None:
            return None

        def guarded(*answer: object) -> None:
            if isValid(self):
                call(*answer)

        return guarded

    def _freshen(self) -> None:
        if self._stale:
            self._stale = False
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._freshen()
