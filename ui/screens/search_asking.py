"""ui/screens/search_asking.py — asks the station what the search screen wants to know, and drops every answer that comes late.

One question is under way at a time: the next one cancels it, on its worker too. What may have been meant is asked for only
once an answer has stood for a moment and found little. GUI thread only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.jobs import Job
from app.station import Station
from storage.records.search import FACETS, Results
from ui.models.asked import Asked
from ui.screens.screen import Screen

#: So many records are listed; all are counted.
MOST = 1000
#: An answer is long in coming after this.
SLOW_MS = 300
#: An answer with at most so many records may have been meant otherwise, and is asked about after this.
LITTLE, CALM_MS = 3, 250
#: So many records missing from the index are worth a word: a few are there in a moment.
BEHIND, BEHIND_MS = 10, 2000


@dataclass(frozen=True, slots=True)
class Answer:
    """`facets` has the values of a filtered facet that could be chosen besides, with the counts they would have; `behind` of
    `filed` records are not in the index yet, 0 while it is complete.
    """

    results: Results
    facets: dict[str, dict[str, int]]
    behind: int = 0
    filed: int = 0


class Asking(QObject):
    """`answered` carries (Asked, Answer), `meant` (Asked, questions), `failed` the error; `slow` whether somebody waits."""

    answered = Signal(object, object)
    meant = Signal(object, object)
    failed = Signal(object)
    slow = Signal(bool)

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        self._screen = screen
        self._jobs: list[Job[Any]] = []
        self._little: Asked | None = None
        self._patience = _timer(self, SLOW_MS, lambda: self.slow.emit(True))
        self._calm = _timer(self, CALM_MS, self._ask_meant)

    def ask(self, asked: Asked) -> Job[Answer]:
        """Ask this instead of whatever was asked before."""
        self.drop()
        self._patience.start()
        job = self._screen.run(
            "search", lambda job: answer(self._screen.station, asked, job),
            done=lambda found: self._on_answer(asked, found), failed=self._on_failed,
        )
        self._jobs.append(job)
        return job

    def drop(self) -> None:
        """Nobody wants to know any more."""
        for job in self._jobs:
            job.cancel()
        self._jobs.clear()
        self._calm.stop()
        self._rest()

    def _rest(self) -> None:
        self._patience.stop()
        self.slow.emit(False)

    def _on_answer(self, asked: Asked, found: Answer) -> None:
        self._jobs.clear()
        self._rest()
        self.answered.emit(asked, found)
        if asked.like is None and asked.question.query and found.results.total <= LITTLE:
            self._little = asked
            self._calm.start()

    def _ask_meant(self) -> None:
        asked, station = self._little, self._screen.station
        if asked is not None:
            question = asked.question
            self._jobs.append(self._screen.run(
                "view", lambda job: station.did_you_mean(question.query, question.filters, lambda: job.cancelled),
                done=lambda instead: self.meant.emit(asked, instead), failed=self._on_failed,
            ))

    def _on_failed(self, error: BaseException) -> None:
        self._rest()
        self.failed.emit(error)


def answer(station: Station, asked: Asked, job: Job[Any]) -> Answer:
    """Runs on a worker. Raises what `Station.search` and `Station.more_like` raise."""
    question, like = asked.question, asked.like
    filters, order = question.filters, question.order

    def ask(filters: Any, limit: int, typing: bool) -> Results:
        if like is not None:
            return station.more_like(like.item_id, filters=filters, order=order, limit=limit)
        return station.search(
            question.query, filters=filters, order=order, limit=limit, typing=typing, cancelled=lambda: job.cancelled
        )

    typing = not asked.settled
    results = ask(filters, MOST, typing)
    if asked.settled and not results.total:
        # Enter came before the end of a number: what begins so is better than nothing.
        typing = True
        begun = ask(filters, MOST, typing)
        results = replace(begun, notes=results.notes or begun.notes)
    facets = dict(results.facets)
    for facet in FACETS:
        if getattr(filters, facet):
            job.step()
            facets[facet] = ask(replace(filters, **{facet: ()}), 1, typing).facets.get(facet, {})
    behind = station.unsearchable()
    return Answer(results, facets, behind, station.counts().filed) if behind >= BEHIND else Answer(results, facets)


def _timer(owner: QObject, after_ms: int, work: Any) -> QTimer:
    made = QTimer(owner)
    made.setSingleShot(True)
    made.setInterval(after_ms)
    made.timeout.connect(work)
    return made
