"""app/lending.py — 借阅利用: requests, approval, hand-out, return, and what the use was good for.

A request is registered by one person and approved by another (two others for 副卷, 密卷 and classified papers); the core checks
it by the ids of the agents. What goes to a screen has its titles covered. Raises NotAllowed, filing.Invalid, and what
`storage.changes.lending` raises. The rules of §5 of the archive standards that no text fixes are settings of the station.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import resources
from app import numbering
from app.access import may, require
from app.filing import Invalid, Problem
from app.privacy import cover
from app.settings import Settings
from storage.archive import Archive
from storage.errors import Known, NoSuchRecord
from storage.records import Agent, Item, Kind, Subject
from storage.records.lending import Loan, LoanDraft, LoanMode, LoanState, LoanSubject, Standing, UseCount
from storage.records.sealing import Sealed

_LIMITS = {"person": 60, "unit": 100, "document": 60, "contact": 60, "basis": 200, "basis_no": 80, "remarks": 300}
_NOTE_LIMIT = 500
_NUMBER = re.compile(r"JY-?(\d{4})-?(\d{1,6})")


class NoSuchLoan(Known):
    """No loan has this number, and no record with this code is out. Facts: asked."""

    number = 530


@dataclass(frozen=True, slots=True)
class Purpose:
    """What an archive is used for; `counted_as` is its line in the yearly statistics (未核实)."""

    code: str
    counted_as: str


@cache
def purposes() -> tuple[Purpose, ...]:
    rows = tomllib.loads(resources.path("schemes", "purposes.toml").read_text("utf-8"))["purpose"]
    return tuple(Purpose(**row) for row in rows)


def check(draft: LoanDraft, subjects: Sequence[Subject]) -> list[Problem]:
    """Everything that keeps a request from being registered, in the order of the form."""
    problems = [
        Problem(name, f"problem.loan_{name}")
        for name in ("person", "unit", "basis")
        if not getattr(draft, name).strip()
    ]
    if draft.purpose not in {purpose.code for purpose in purposes()}:
        problems.append(Problem("purpose", "problem.loan_purpose"))
    if not subjects:
        problems.append(Problem("subjects", "problem.loan_subjects"))
    for name, limit in _LIMITS.items():
        if len(getattr(draft, name)) > limit:
            problems.append(Problem(name, "problem.too_long", {"limit": limit}))
    return problems


class Lending:
    """Requests, loans, returns. Any thread; every act asks `app.access` first."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
        self._queries = archive.queries
        self._settings = Settings(archive.folder, archive.queries.settings)

    # -- looking

    def loan(self, loan_id: int) -> Loan:
        return self._covered([self._queries.loan(loan_id)])[0]

    def loans(self, *states: LoanState, limit: int = 200, offset: int = 0) -> list[Loan]:
        """The newest first."""
        return self._covered(self._queries.loans(*states, limit=limit, offset=offset))

    def overdue(self, today: date) -> list[Loan]:
        """Out past their due day, the longest first."""
        return self._covered(self._queries.overdue(today.isoformat()))

    def loans_of(self, subject: Subject) -> list[Loan]:
        return self._covered(self._queries.loans_of(subject))

    def open_loan(self, subject: Subject) -> Loan | None:
        """The loan that has the paper out of the house."""
        found = self._queries.open_loan(subject)
        return self._covered([found])[0] if found else None

    def lent(self, subject: Subject) -> str | None:
        """The number of that loan."""
        found = self._queries.open_loan(subject)
        return found.number if found else None

    def counts(self, today: date) -> dict[str, int]:
        """How many loans are in each state, and `overdue`."""
        return self._queries.loan_counts(today.isoformat())

    def use_counts(self, first: date, last: date) -> list[UseCount]:
        return self._queries.use_counts(first.isoformat(), last.isoformat())

    def find(self, asked: str, today: date) -> Loan:
        """The loan somebody means: its number from the slip (scanned, or typed in any width; this year's by its last digits
        alone), or the code of a record that is out. Raises NoSuchLoan.
        """
        typed = numbering.normalise(asked)
        if typed.isdecimal() and len(typed) <= 6:
            typed = f"JY-{today.year}-{typed}"
        number = _NUMBER.fullmatch(typed)
        try:
            if number:
                return self._covered([self._queries.loan_by_number(f"JY-{number[1]}-{int(number[2]):04d}")])[0]
            found = self.by_code(typed)
            loan = self._queries.open_loan(found.subject) if found else None
            if loan is not None:
                return self._covered([loan])[0]
        except NoSuchRecord:
            raise NoSuchLoan(asked=typed) from None
        raise NoSuchLoan(asked=typed)

    def lendable(self, asked: str, limit: int = 20) -> list[LoanSubject]:
        """Volumes and records with this code, or whose code or title has it in it; `out` says which are lent."""
        text = asked.strip()
        if not text:
            return []
        found = self._queries.lendable(numbering.normalise(text), limit=limit)
        if not found:
            found = self._queries.lendable(text, limit=limit)
        return self._titles_covered(found)

    def by_code(self, code: str, consultation_id: int | None = None) -> LoanSubject | None:
        """The filed volume or record with exactly this code, in whatever dots, dashes and widths it was typed; also what is
        sealed and was opened within this consultation. Raises ConsultationNotOpen.
        """
        kept = numbering.normalise(code)
        found = next((one for one in self.lendable(kept, limit=1) if one.reference_code == kept), None)
        if found is not None or consultation_id is None:
            return found
        for opened in self._queries.consulted(consultation_id):
            volume = opened.subject.kind is Kind.VOLUME
            inside = self._queries.sealed_volume(consultation_id, opened.subject.id)[1] if volume else ()
            for one in (opened, *inside):
                if one.reference_code == kept:
                    return self._consulted(consultation_id, one.subject)
        return None

    def subjects(self, subjects: Sequence[Subject], consultation_id: int | None = None) -> list[LoanSubject]:
        """What these records are called; those not kept in the open are left out. With a consultation, what was opened within
        it: raises ConsultationNotOpen, NoSuchRecord.
        """
        if consultation_id is not None:
            return [self._consulted(consultation_id, subject) for subject in subjects]
        return self._titles_covered(self._queries.lendable_subjects(subjects))

    def due(self, mode: LoanMode, today: date) -> date:
        """When a paper handed out today should be back: what is read in the room, the same day."""
        days = int(self._settings.get("loan_days")) if mode is LoanMode.LEND else 0
        return today + timedelta(days=days)

    @property
    def renewals_allowed(self) -> int:
        return int(self._settings.get("loan_renewals"))

    def obstacle(self, loan: Loan) -> str:
        """Why this person cannot approve the request, as a wording key below `lending.obstacle`; empty when nothing is in
        the way. The core asks again.
        """
        if not may(self._agent, "second_loan" if loan.approved_by else "approve_loan"):
            return "not_allowed"
        if self._agent.id == loan.requested_by or self._agent.name == loan.draft.person:
            return "own_request"
        return "approved_already" if self._agent.id == loan.approved_by else ""

    def _consulted(self, consultation_id: int, subject: Subject) -> LoanSubject:
        """A sealed record as the request form shows it to who opened it. Raises ConsultationNotOpen, NoSuchRecord."""
        require(self._archive, self._agent, "consult")
        found: Sealed | Item
        if subject.kind is Kind.VOLUME:
            found = self._queries.sealed_volume(consultation_id, subject.id)[0]
        else:
            found = self._queries.sealed_item(consultation_id, subject.id)
        out = self._queries.lent(subject) is not None
        return LoanSubject(subject, out, "", "", "", 0, Standing.SHOWN, found.reference_code, cover(found.title))

    def _covered(self, loans: Sequence[Loan]) -> list[Loan]:
        shown = iter(self._titles_covered([one for loan in loans for one in loan.subjects]))
        return [replace(loan, subjects=tuple(next(shown) for _one in loan.subjects)) for loan in loans]

    def _titles_covered(self, records: Sequence[LoanSubject]) -> list[LoanSubject]:
        """Titles masked, the names of minors too."""
        minors = self._queries.minors_of([one.subject for one in records])
        return [replace(one, title=cover(one.title, minors.get(one.subject, ()))) for one in records]

    # -- acting

    def request(self, draft: LoanDraft, subjects: Sequence[Subject], today: date) -> Loan:
        """Registers a request. What is sealed needs the consultation it was opened within. Raises Invalid, NotLendable,
        NoSuchRecord.
        """
        require(self._archive, self._agent, "request_loan")
        draft = _tidy(draft)
        problems = check(draft, subjects)
        if problems:
            raise Invalid(problems)
        with self._archive.write(self._agent) as change:
            loan_id = change.request_loan(draft, subjects, today.year)
        return self.loan(loan_id)

    def approve(self, loan_id: int, opinion: str = "") -> Loan:
        """The approval that is missing, the first or the second. Raises SamePerson, LoanNotReady, NotLendable."""
        second = self._queries.loan(loan_id).approved_by is not None
        require(self._archive, self._agent, "second_loan" if second else "approve_loan")
        with self._archive.write(self._agent) as change:
            (change.second_loan if second else change.approve_loan)(loan_id, _note("opinion", opinion))
        return self.loan(loan_id)

    def refuse(self, loan_id: int, reason: str) -> Loan:
        require(self._archive, self._agent, "refuse_loan")
        if not reason.strip():
            raise Invalid([Problem("refusal", "problem.loan_refusal")])
        with self._archive.write(self._agent) as change:
            change.refuse_loan(loan_id, _note("refusal", reason))
        return self.loan(loan_id)

    def cancel(self, loan_id: int) -> Loan:
        """Who registered a request may withdraw it; so may who hands out."""
        require(self._archive, self._agent, "cancel_loan" if self._queries.loan(loan_id).requested_by == self._agent.id else "lend")
        with self._archive.write(self._agent) as change:
            change.cancel_loan(loan_id)
        return self.loan(loan_id)

    def lend(self, loan_id: int, due_on: date, conditions: Mapping[Subject, str], today: date) -> Loan:
        """Hands out. Raises Invalid (a due day that is past), StillOut, LoanNotReady, NotLendable."""
        require(self._archive, self._agent, "lend")
        if due_on < today:
            raise Invalid([Problem("due_on", "problem.loan_due_on")])
        with self._archive.write(self._agent) as change:
            change.lend(loan_id, due_on.isoformat(), _notes(conditions))
        return self.loan(loan_id)

    def renew(self, loan_id: int, today: date) -> Loan:
        """The usual time once more, from today or from the due day if that is later. Raises RenewalsUsedUp."""
        require(self._archive, self._agent, "renew_loan")
        due = date.fromisoformat(self._queries.loan(loan_id).due_on or today.isoformat())
        later = max(due, today) + timedelta(days=int(self._settings.get("loan_days")))
        with self._archive.write(self._agent) as change:
            change.renew_loan(loan_id, later.isoformat(), self.renewals_allowed)
        return self.loan(loan_id)

    def take_back(self, loan_id: int, conditions: Mapping[Subject, str]) -> Loan:
        """These papers are back. Raises LoanNotReady, NoSuchRecord, Invalid (none is named)."""
        require(self._archive, self._agent, "return_loan")
        if not conditions:
            raise Invalid([Problem("subjects", "problem.loan_nothing_back")])
        with self._archive.write(self._agent) as change:
            change.return_loan(loan_id, _notes(conditions))
        return self.loan(loan_id)

    def copied(self, loan_id: int, subject: Subject, pages: int) -> Loan:
        require(self._archive, self._agent, "copy_out")
        if pages < 1:
            raise Invalid([Problem("pages", "problem.page_count")])
        with self._archive.write(self._agent) as change:
            change.copy_out(loan_id, subject, pages)
        return self.loan(loan_id)

    def finish(self, loan_id: int) -> Loan:
        """Ends a use that needed no hand-out."""
        require(self._archive, self._agent, "finish_loan")
        with self._archive.write(self._agent) as change:
            change.finish_loan(loan_id)
        return self.loan(loan_id)

    def effect(self, loan_id: int, effect: str) -> Loan:
        require(self._archive, self._agent, "note_use")
        with self._archive.write(self._agent) as change:
            change.note_use(loan_id, _note("effect", effect))
        return self.loan(loan_id)


def _tidy(draft: LoanDraft) -> LoanDraft:
    kept: dict[str, Any] = {name: " ".join(getattr(draft, name).split()) for name in _LIMITS}
    return replace(draft, **kept)


def _note(field: str, text: str) -> str:
    kept = " ".join(text.split())
    if len(kept) > _NOTE_LIMIT:
        raise Invalid([Problem(field, "problem.too_long", {"limit": _NOTE_LIMIT})])
    return kept


def _notes(conditions: Mapping[Subject, str]) -> dict[Subject, str]:
    return {subject: _note("condition", text) for subject, text in conditions.items()}
