"""ui/screens/home.py — what waits, what came in, what happened today; the next step is the biggest thing on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import wording
from app.jobs import Job
from app.station import Station
from app.volumes.workdays import Due
from storage.records import Arrival, Counts, Event, Kind, Outcome, ReadingState, Subject
from ui import stylesheet
from ui.desk import Desk
from ui.models.columns import Column, moment, word
from ui.models.listed import ListedModel
from ui.models.pages import Place
from ui.phrases import name, plain, say
from ui.screens.backup_notice import BackupNotice
from ui.screens.count_card import CountCard
from ui.screens.screen import Screen
from ui.screens.volumes_due import DueCard
from ui.stylesheet import look
from ui.widgets.layout import button, card, column, drawing, label, row, text
from ui.widgets.states import Shelf
from ui.widgets.table import Table

SHOWN = 200
CHUNK = 500
DEEDS = frozenset({
    "create_archive", "unlock", "lock", "receive", "recognise_duplicate", "quarantine", "file", "export", "print",
    "enrol", "pack", "send", "fail_sending", "accept_receipt", "refuse_package", "change_setting",
    "open_volume", "file_into", "file_volume", "request_loan", "approve_loan", "second_loan", "lend", "return_loan",
})


def state_of(arrival: Arrival) -> str:
    """The state a person cares for: a paper that waits is either being read, unreadable or ready."""
    if arrival.outcome is not Outcome.WAITING:
        return arrival.outcome.value
    return {ReadingState.DUE: "reading", ReadingState.FAILED: "failed"}.get(arrival.reading, "waiting")


ARRIVALS: tuple[Column[Arrival], ...] = (
    Column("home.arrival_name", lambda arrival: arrival.name),
    Column("home.arrival_time", lambda arrival: moment(arrival.seen_at), 150),
    Column("home.arrival_state", lambda arrival: word("paper", state_of(arrival)), 104, state=state_of,
           hint=lambda arrival: _why(arrival)),
)
TODAY: tuple[Column[Event], ...] = (
    Column("home.event_time", lambda event: moment(event.at), 76),
    Column("home.event_what", lambda event: _what(event)),
    Column("home.event_who", lambda event: _who(event), 112),
)


@dataclass(frozen=True, slots=True)
class _Day:
    counts: Counts
    arrivals: list[Arrival]
    events: list[Event]


class HomeScreen(Screen):
    title = "action.home"
    concerns = frozenset({
        "receive", "recognise_duplicate", "ignore", "read", "quarantine", "file", "pack", "send", "accept_receipt",
        "refuse_package", "change_setting", "enrol", "open_volume", "describe_volume", "file_volume",
        "lend", "renew_loan", "return_loan", "refuse", "fail_unlock", "audit", "back_up",
    })

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._asked: Job[_Day] | None = None
        self._next, inside = card(kind="next", margins=22, spacing=4)
        self._headline = text("display")
        self._advice = text("muted", wrap=True)
        self._go = button("home.start", "primary", theme=desk.theme, drawing="inbox")
        look(self._go, "primary", scale="big")
        self._go.clicked.connect(lambda: desk.go("inbox", None))
        said = column(self._headline, self._advice, spacing=6)
        line = row(said, self._go, spacing=24)
        line.setStretch(0, 1)
        inside.addLayout(line)
        self._tiles: dict[str, QLabel] = {}
        tiles = QHBoxLayout()
        tiles.setSpacing(12)
        for id, picture, place in (
            ("items", "archive", "search"), ("reading_due", "clock", ""), ("quarantined", "return", "inbox"),
            ("undelivered", "send", "sync"),
        ):
            tiles.addWidget(self._tile(id, picture, place), 1)
        self._overdue = CountCard(
            self, "lending", "overdue", lambda station: station.lending.counts(date.today())["overdue"],
            picture="loan", colour="bad",
        )
        self._to_seal = CountCard(
            self, "sealing", "due", lambda station: station.sealing.to_be_sealed_count() if station.may("seal") else 0,
            picture="sealing", colour="warn",
        )
        self._refusals = CountCard(
            self, "audit", "refusals", lambda station: station.audit.news().refusals, picture="audit", colour="warn",
        )
        self._failed_unlocks = CountCard(
            self, "audit", "failed_unlocks", lambda station: station.audit.news().failed_unlocks, picture="lock", colour="bad",
        )
        self._ending = CountCard(
            self, "my_keys", "ending", lambda station: 0 if (days := station.keys.warning()) is None else max(1, days),
            picture="key", colour="warn",
        )
        self._due = DueCard(desk.theme, lambda volume: desk.go("volume", volume.id))
        self._unguarded = BackupNotice(self.station, desk.theme, lambda: None, desk.messages.trouble, acting=False)
        tiles.addWidget(self._overdue, 1)
        tiles.addWidget(self._to_seal, 1)
        self._arrivals = ListedModel(ARRIVALS)
        self._today = ListedModel(TODAY)
        arrivals = name(Table(self._arrivals, ARRIVALS, desk.theme), "home.arrivals")
        today = name(Table(self._today, TODAY, desk.theme), "home.today")
        arrivals.chosen.connect(self._on_arrival)
        self._arrived = Shelf(arrivals, desk.theme, empty="home.no_arrivals", drawing="folder")
        self._happened = Shelf(today, desk.theme, empty="home.nothing_today", drawing="clock")
        lists = QHBoxLayout()
        lists.setSpacing(16)
        self._where = text("small")
        lists.addWidget(self._list("home.arrivals", self._arrived, self._where), 3)
        lists.addWidget(self._list("home.today", self._happened), 2)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 20, 24, 18)
        whole.setSpacing(14)
        whole.addWidget(self._next)
        whole.addWidget(self._due)
        whole.addWidget(self._unguarded)
        whole.addLayout(tiles)
        whole.addLayout(row(self._refusals, self._failed_unlocks, self._ending, spacing=12))
        whole.addLayout(lists, 1)
        self.setFocusProxy(self._go)
        say(self._headline, "state.loading")
        self._arrived.show_busy()
        self._happened.show_busy()

    def refresh(self) -> None:
        if self._asked is not None:
            self._asked.cancel()
        self._asked = self.run("view", lambda _job: self._look(), done=self._show, failed=self._on_failed)
        self._overdue.refresh()
        self._unguarded.refresh()
        self._to_seal.refresh()
        self._refusals.refresh()
        self._failed_unlocks.refresh()
        self._ending.refresh()
        self.run("view", lambda _job: self._due_volumes(), done=self._due.show_due)

    def reword(self) -> None:
        self._arrivals.reword()
        self._today.reword()
        self._arrived.reword()
        self._happened.reword()

    def _due_volumes(self) -> list[Due]:
        return self.station.volumes.due(date.today(), str(self.station.settings.get("public_holidays")))

    def _look(self) -> _Day:
        return _Day(self.station.counts(), self.station.arrivals(limit=SHOWN), _today(self.station))

    def _show(self, day: _Day) -> None:
        self._asked = None
        ready = day.counts.waiting - day.counts.reading_due
        folder = self.station.settings.get("scan_folder")
        if ready:
            say(self._headline, "home.waiting", n=ready)
            say(self._advice, "home.waiting_advice")
        elif day.counts.reading_due:
            say(self._headline, "home.reading", n=day.counts.reading_due)
            say(self._advice, "home.reading_advice")
        else:
            say(self._headline, "home.nothing")
            say(self._advice, "home.nothing_advice" if folder else "home.no_folder")
        stylesheet.state(self._next, "" if ready or day.counts.reading_due else "good")
        if not ready and not folder:
            self._offer("home.to_settings", "settings")
        elif not ready:
            self._offer("home.to_search", "search")
        else:
            self._offer("home.start", "inbox")
        for id, shown in self._tiles.items():
            shown.setText(f"{getattr(day.counts, id):,}")
        plain(self._where, str(folder))
        self._arrivals.show(day.arrivals)
        self._today.show(day.events)
        self._arrived.show_content() if day.arrivals else self._arrived.show_empty()
        self._happened.show_content() if day.events else self._happened.show_empty()

    def _on_arrival(self, row: int) -> None:
        arrival = self._arrivals.record(row)
        if arrival.item_id is not None:
            self.desk.go("record", Place(arrival.item_id, "", 1))
        elif arrival.outcome is Outcome.WAITING:
            self.desk.go("inbox", arrival.id)

    def _on_failed(self, error: BaseException) -> None:
        self._arrived.show_trouble(error, self.refresh)
        self._happened.show_trouble(error, self.refresh)
        self.desk.messages.trouble(error)

    def _offer(self, key: str, place: str) -> None:
        say(self._go, key)
        name(self._go, key)
        look(self._go, "primary" if place != "search" else "", scale="big")
        self.desk.theme.wear(self._go, place, "on_accent" if place != "search" else "text", 20)
        self._go.clicked.disconnect()
        self._go.clicked.connect(lambda: self.desk.go(place, None))

    def _tile(self, id: str, picture: str, place: str) -> QFrame:
        frame, inside = card(margins=14, spacing=0)
        number = text("number")
        number.setText("–")
        self._tiles[id] = number
        words = label(f"home.tile_{id}", "label")
        inside.addLayout(row(drawing(self.desk.theme, picture, "muted", 26), 6, column(number, words, spacing=0), None))
        return frame

    def _list(self, key: str, shelf: QWidget, beside: QWidget | None = None) -> QFrame:
        frame, inside = card(margins=0, spacing=0)
        head = row(label(key, "heading"), None, *([beside] if beside else []))
        head.setContentsMargins(16, 12, 16, 8)
        inside.addLayout(head)
        inside.addWidget(shelf, 1)
        return frame


def _today(station: Station) -> list[Event]:
    """What people would call done today, newest first. The program's own steps with each file are left out."""
    midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    queries = station.archive.queries
    last, _hash = queries.head()
    found: list[Event] = []
    while last > 0 and len(found) < SHOWN:
        first = max(0, last - CHUNK)
        events = queries.events(first, last - first)
        seen = queries.names_of(subject for event in events if (subject := _subject(event)))
        for event in reversed(events):
            if datetime.fromisoformat(event.at.replace("Z", "+00:00")) < midnight:
                return found
            # Of what is sealed not even the deed stays here; the journal has it.
            if event.type in DEEDS and _subject(event) in (None, *seen):
                found.append(event)
        last = first
    return found


def _subject(event: Event) -> Subject | None:
    """The record an event is about, when it is about one."""
    kind, _, number = event.object.partition(":")
    return Subject(Kind(kind), int(number)) if kind in tuple(Kind) else None


def _why(arrival: Arrival) -> str:
    """The state, and the reason when there is one."""
    state = word("paper", state_of(arrival))
    reason = wording.catalogue(wording.language()).get(f"reason.{arrival.reason}", "")
    return wording.say("home.arrival_why", state=state, reason=reason) if reason else state


def _what(event: Event) -> str:
    code = event.detail.get("reference_code")
    return f"{wording.event(event.type)}  {code}" if code else wording.event(event.type)


def _who(event: Event) -> str:
    return event.agent_name if event.agent else wording.say("home.program")
