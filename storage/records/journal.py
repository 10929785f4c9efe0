"""storage/records/journal.py — the journal as people ask for it: what is wanted, one line, counts, the day sheet, the anchors.

Times are event times (UTC, ISO 8601); `since` is the first moment wanted, `until` the first one no longer wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage.records import Event, Kind, Role, Subject
from storage.records.lending import Standing


class Look(StrEnum):
    """What somebody wanted of the journal: the list, one record's story, one person, one session, the report, the chain."""

    LIST = "list"
    RECORD = "record"
    PERSON = "person"
    SESSION = "session"
    REPORT = "report"
    CHAIN = "chain"
    COMPARE = "compare"


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """Which lines are wanted; what is empty limits nothing. `outcome` is success, refused or failure.

    `digest` is that of something somebody typed (`Queries.question_digest`).

    `users_only` leaves out what administrators and security administrators did (the journal as the security administrator
    may see it).
    """

    since: str = ""
    until: str = ""
    agent: int | None = None
    types: tuple[str, ...] = ()
    outcome: str = ""
    session: str = ""
    subject: Subject | None = None
    digest: str = ""
    users_only: bool = False


@dataclass(frozen=True, slots=True)
class JournalLine:
    """An event with what it is about as that is called now.

    `standing` is None where the event is about no record; SEALED and GONE records have neither code nor title. `about` is the
    number of a loan, a batch or a consultation, or the name of a user. `words` is what somebody wrote as a reason, purpose or
    opinion, as long as the table that holds it does.
    """

    event: Event
    standing: Standing | None = None
    code: str = ""
    title: str = ""
    about: str = ""
    words: str = ""

    @property
    def subject(self) -> Subject | None:
        """The record the event is about, when it is about one."""
        return subject_of(self.event)


@dataclass(frozen=True, slots=True)
class JournalCount:
    """How often one person did one thing with one outcome, for one reason (a code; empty for what needs none)."""

    type: str
    agent: int
    agent_name: str
    outcome: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Held:
    """A role somebody holds. `reason` (a code, or words) says why it is held beside another of the three duties."""

    agent: int
    agent_name: str
    role: Role
    at: str
    granted_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class DaySheet:
    """The head of the journal as it was printed for the paper log of a day (`2026-11-22`, the station's clock)."""

    day: str
    head_seq: int
    head_hash: str
    epoch: str
    at: str
    agent_name: str


def subject_of(event: Event) -> Subject | None:
    """The record an event is about, when it is about one."""
    kind, _, number = event.object.partition(":")
    return Subject(Kind(kind), int(number)) if kind in tuple(Kind) and number.isdigit() else None
