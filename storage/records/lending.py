"""storage/records/lending.py — the nouns of lending and use: who asked for what, on what ground, and what became of it.

Days are `2026-11-22` by the clock of the station, times are UTC. A loan names its borrower as a person outside: the agents
are the people of the station who registered, approved, handed out and took back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage.records import SecurityClass, Subject


class LoanMode(StrEnum):
    """利用方式. CERTIFICATE: 出具证明; VIEW: the electronic copy on a screen of the station."""

    READ = "read"
    LEND = "lend"
    COPY = "copy"
    EXCERPT = "excerpt"
    VIEW = "view"
    CERTIFICATE = "certificate"

    @property
    def hands_out(self) -> bool:
        """Whether the paper leaves the hands of the archive; the other modes are done by its people."""
        return self in (LoanMode.READ, LoanMode.LEND, LoanMode.EXCERPT)


class LoanState(StrEnum):
    """RETURNED: all is back, or the use that needed no hand-out is over. Cancelled, refused and returned loans are closed."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    OUT = "out"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Standing(StrEnum):
    """What a list may still say of a subject. SEALED and GONE (destroyed, or merged into another) ones show no description."""

    SHOWN = "shown"
    SEALED = "sealed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class LoanDraft:
    """What a request says. `purpose` is a code, `basis` the legal ground in words, `basis_no` the number of its paper."""

    person: str = ""
    unit: str = ""
    document: str = ""
    contact: str = ""
    purpose: str = ""
    basis: str = ""
    basis_no: str = ""
    mode: LoanMode = LoanMode.READ
    remarks: str = ""
    consultation_id: int | None = None


@dataclass(frozen=True, slots=True)
class LoanSubject:
    """One record of a loan. `reference_code`, `title` and `security_class` are empty unless it is SHOWN."""

    subject: Subject
    out: bool
    returned_at: str
    condition_out: str
    condition_in: str
    copied_pages: int
    standing: Standing
    reference_code: str = ""
    title: str = ""
    security_class: SecurityClass | None = None


@dataclass(frozen=True, slots=True)
class Loan:
    """借阅: one use of the archive by one person, of one record or several. One loan is one 人次, however long it lasts.

    `approvers_needed` is what its records ask for as they now stand, while it is not decided; the names are of agents.
    """

    id: int
    number: str
    draft: LoanDraft
    state: LoanState
    subjects: tuple[LoanSubject, ...]
    approvers_needed: int
    requested_at: str
    requested_by: int
    requester: str
    approved_at: str
    approved_by: int | None
    approver: str
    opinion: str
    seconded_at: str
    seconded_by: int | None
    seconder: str
    second_opinion: str
    refused_at: str
    refuser: str
    refusal: str
    used_at: str
    handler: str
    due_on: str
    renewals: int
    closed_at: str
    closer: str
    effect: str

    @property
    def copied_pages(self) -> int:
        return sum(subject.copied_pages for subject in self.subjects)

    @property
    def approvers(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.approver, self.seconder)))

    @property
    def half_approved(self) -> bool:
        """One of two approvals is there."""
        return bool(self.approved_by) and not self.seconded_by and self.approvers_needed > 1


@dataclass(frozen=True, slots=True)
class UseCount:
    """利用 of one purpose: loans (人次), volumes and items taken (卷次, 件次), pages copied."""

    purpose: str
    uses: int
    volumes: int
    items: int
    copied_pages: int
