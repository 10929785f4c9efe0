"""storage/records/sealing.py — seals, the lawful look at what is sealed, and what such a look may find."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage.records import Subject


class ConsultationState(StrEnum):
    """How far a request to consult sealed records has come. APPROVED still ends on its day."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    CLOSED = "closed"


class Look(StrEnum):
    """What was done with a sealed record within a consultation; each is an event of its own."""

    READ = "read"
    PAGE = "page"
    PRINT = "print"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class ConsultationRequest:
    """Who wants to look, on what basis, and for what. `basis` is a kind of the station's list; `sought` are the names,
    numbers, codes or title words that may be looked up, and nothing else may; `scope` says in words which records.
    """

    unit: str
    person: str
    basis: str
    document_no: str
    purpose: str
    sought: tuple[str, ...]
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Consultation:
    """封存记录查询. `open` only once approved by another person and until the end of `ends_on` (YYYY-MM-DD)."""

    id: int
    number: str
    request: ConsultationRequest
    state: ConsultationState
    requested_at: str
    requested_by: str
    decided_at: str = ""
    decided_by: str = ""
    opinion: str = ""
    notified_at: str = ""
    ends_on: str = ""
    closed_at: str = ""
    result: str = ""
    open: bool = False
    consulted: int = 0


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed record as a consultation finds it. `consulted` says that it was opened within this consultation."""

    subject: Subject
    reference_code: str
    title: str
    date: str
    page_count: int
    consulted: bool = False


@dataclass(frozen=True, slots=True)
class Sealing:
    """When and why a record was sealed."""

    at: str
    agent_name: str
    basis: str


@dataclass(frozen=True, slots=True)
class SealedOn:
    """How many were sealed on a day: all that may be said of them outside a consultation."""

    day: str
    volumes: int
    items: int


@dataclass(frozen=True, slots=True)
class Unsealing:
    """A request to lift a seal, decided by a second administrator."""

    id: int
    subject: Subject
    basis: str
    document_no: str
    requested_at: str
    requested_by: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A record that should be sealed and is not: it may still be seen by everyone."""

    subject: Subject
    reference_code: str
    title: str
    date: str
