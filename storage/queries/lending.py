"""storage/queries/lending.py — requests, loans, returns, what the use was good for: the reads.

Of a record that was sealed, destroyed or merged meanwhile a loan says only that it is: its code and title come through the
views. Days are days of the station's clock; a use counts on the day the paper was handed out, or the first work was done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from storage.connection import Connection
from storage.errors import NoSuchRecord
from storage.queries.base import Reading, chunks, marks
from storage.records import Kind, SecurityClass, Subject
from storage.records.lending import Loan, LoanDraft, LoanMode, LoanState, LoanSubject, Standing, UseCount

#: Parts of a case (卷别) whose use one approver may allow; any other part is kept apart.
ORDINARY_PARTS = frozenset({"", "whole", "main"})
_ORDINARY_CLASSES = frozenset({SecurityClass.PUBLIC.value, SecurityClass.INTERNAL.value})

_DRAFT = "person, unit, document, contact, purpose, basis, basis_no, mode, remarks, consultation_id"
_LOANS = (
    f"SELECT loan.id, number, state, requested_at, requested_by, requester.name, approved_at, approved_by, approver.name,"
    " opinion, seconded_at, seconded_by, seconder.name, second_opinion, refused_at, refuser.name, refusal, used_at,"
    f" handler.name, due_on, renewals, closed_at, closer.name, effect, {_DRAFT} FROM loan"
    " LEFT JOIN agent requester ON requester.id = requested_by LEFT JOIN agent approver ON approver.id = approved_by"
    " LEFT JOIN agent seconder ON seconder.id = seconded_by LEFT JOIN agent refuser ON refuser.id = refused_by"
    " LEFT JOIN agent handler ON handler.id = used_by LEFT JOIN agent closer ON closer.id = closed_by"
)
_FACTS = 24
_SUBJECTS = (
    "SELECT loan_id, loan_subject.kind, loan_subject.subject_id, out, returned_at, condition_out, condition_in, copied_pages,"
    " coalesce(visible_item.reference_code, visible_volume.reference_code),"
    " coalesce(visible_item.title, visible_volume.title),"
    " coalesce(visible_item.security_class, visible_volume.security_class),"
    # Nothing but whether it is still kept: what it says is only in the views.
    " coalesce((SELECT state FROM item WHERE loan_subject.kind = 'item' AND item.id = loan_subject.subject_id),"
    " (SELECT state FROM volume WHERE loan_subject.kind = 'volume' AND volume.id = loan_subject.subject_id))"
    " IN ('destroyed', 'merged') FROM loan_subject"
    " LEFT JOIN visible_item ON loan_subject.kind = 'item' AND visible_item.id = loan_subject.subject_id"
    " LEFT JOIN visible_volume ON loan_subject.kind = 'volume' AND visible_volume.id = loan_subject.subject_id"
)
_KEPT = (
    "SELECT kind, id, reference_code, title, security_class FROM ("
    "SELECT 'volume' AS kind, id, reference_code, title, security_class FROM visible_volume WHERE state = 'filed' UNION ALL"
    " SELECT 'item', id, reference_code, title, security_class FROM visible_item WHERE state = 'filed')"
)
_USED_BETWEEN = "used_at <> '' AND date(used_at, 'localtime') BETWEEN ? AND ?"


class LendingReads(Reading):
    """Requests, loans, returns, what the use was good for."""

    def loan(self, loan_id: int) -> Loan:
        return self._one_loan("loan.id = ?", loan_id)

    def loan_by_number(self, number: str) -> Loan:
        """The loan on a slip. Raises NoSuchRecord."""
        return self._one_loan("number = ?", number)

    def loans(self, *states: LoanState, limit: int = 200, offset: int = 0) -> list[Loan]:
        """The newest first; in every state when none is named."""
        chosen = states or tuple(LoanState)
        return self._loans(
            f"state IN ({marks(chosen)}) ORDER BY loan.id DESC LIMIT ? OFFSET ?",
            (*(state.value for state in chosen), limit, offset),
        )

    def overdue(self, today: str) -> list[Loan]:
        """Out past their due day, the longest first."""
        return self._loans("state = 'out' AND due_on < ? ORDER BY due_on, loan.id", (today,))

    def loans_of(self, subject: Subject) -> list[Loan]:
        """Every loan that names this record, the newest first."""
        return self._loans(
            "loan.id IN (SELECT loan_id FROM loan_subject WHERE kind = ? AND subject_id IN"
            f" (SELECT id FROM visible_{subject.kind.value} WHERE id = ?)) ORDER BY loan.id DESC",
            (subject.kind.value, subject.id),
        )

    def open_loan(self, subject: Subject) -> Loan | None:
        """The loan that has the paper out: itself, the volume it is in, or an item of it. None for what may not be seen."""
        if not self._row(f"SELECT 1 FROM visible_{subject.kind.value} WHERE id = ?", (subject.id,)):
            return None
        found = out_with(self._database.reader(), subject)
        return self.loan(found[0]) if found else None

    def items_lent(self) -> list[int]:
        """The items that are out, each by itself or with its volume."""
        out = "SELECT subject_id FROM loan_subject WHERE out = 1 AND returned_at = '' AND kind ="
        return [
            row[0]
            for row in self._rows(
                f"SELECT id FROM visible_item WHERE id IN ({out} 'item') UNION"
                f" SELECT id FROM visible_item WHERE volume_id IN ({out} 'volume')"
            )
        ]

    def lent(self, subject: Subject) -> str | None:
        """The number of that loan, None when the paper is in the house. Disposal asks this first."""
        found = out_with(self._database.reader(), subject)
        return found[1] if found else None

    def loan_counts(self, today: str) -> dict[str, int]:
        """How many loans are in each state, and `overdue`."""
        found = {state.value: 0 for state in LoanState}
        found |= dict(self._rows("SELECT state, count(*) FROM loan GROUP BY state"))
        late = self._row("SELECT count(*) FROM loan WHERE state = 'out' AND due_on < ?", (today,))
        return found | {"overdue": late[0]}

    def loans_used(self, first_day: str, last_day: str) -> Iterator[Loan]:
        """Every use that began on these days, in its order, a few hundred at a time: the rows of the registers."""
        ids = [
            row[0]
            for row in self._rows(
                f"SELECT id FROM loan WHERE {_USED_BETWEEN} ORDER BY used_at, id", (first_day, last_day)
            )
        ]
        for chunk in chunks(ids):
            yield from self._loans(f"loan.id IN ({marks(chunk)}) ORDER BY used_at, loan.id", chunk)

    def use_counts(self, first_day: str, last_day: str) -> list[UseCount]:
        """The use of these days by purpose."""
        rows = self._rows(
            "SELECT purpose, count(*), sum(volumes), sum(items), sum(pages) FROM (SELECT purpose,"
            " (SELECT count(*) FROM loan_subject WHERE loan_id = loan.id AND kind = 'volume') AS volumes,"
            " (SELECT count(*) FROM loan_subject WHERE loan_id = loan.id AND kind = 'item') AS items,"
            " (SELECT sum(copied_pages) FROM loan_subject WHERE loan_id = loan.id) AS pages"
            f" FROM loan WHERE {_USED_BETWEEN}) GROUP BY purpose ORDER BY purpose",
            (first_day, last_day),
        )
        return [UseCount(*row) for row in rows]

    def lendable(self, asked: str, limit: int = 20) -> list[LoanSubject]:
        """Filed volumes and items whose code is this, then those whose code begins with it or whose title has it."""
        like = asked.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = self._rows(
            f"{_KEPT} WHERE reference_code LIKE ? ESCAPE '\\' OR title LIKE ? ESCAPE '\\'"
            " ORDER BY reference_code <> ?, kind DESC, reference_code LIMIT ?",
            (f"{like}%", f"%{like}%", asked, limit),
        )
        return [self._lendable(row) for row in rows]

    def lendable_subjects(self, subjects: Sequence[Subject]) -> list[LoanSubject]:
        """The same of records named one by one."""
        found = []
        for subject in subjects:
            row = self._row(f"{_KEPT} WHERE kind = ? AND id = ?", (subject.kind.value, subject.id))
            if row is not None:
                found.append(self._lendable(row))
        return found

    # -- inside

    def _lendable(self, row: Sequence[Any]) -> LoanSubject:
        subject = Subject(Kind(row[0]), row[1])
        out = self.lent(subject) is not None
        return LoanSubject(subject, out, "", "", "", 0, Standing.SHOWN, row[2], row[3], SecurityClass(row[4]))

    def _one_loan(self, where: str, value: object) -> Loan:
        found = self._loans(where, (value,))
        if not found:
            raise NoSuchRecord(loan=value)
        return found[0]

    def _loans(self, where: str, parameters: Iterable[Any]) -> list[Loan]:
        rows = self._rows(f"{_LOANS} WHERE {where}", parameters)
        subjects = self._loan_subjects([row[0] for row in rows])
        return [self._loan_of_row(row, tuple(subjects[row[0]])) for row in rows]

    def _loan_of_row(self, row: Sequence[Any], subjects: tuple[LoanSubject, ...]) -> Loan:
        id, number, state, *facts = row[:_FACTS]
        person, unit, document, contact, purpose, basis, basis_no, mode, remarks, consultation = row[_FACTS:]
        draft = LoanDraft(
            person, unit, document, contact, purpose, basis, basis_no, LoanMode(mode), remarks, consultation
        )
        seconded = facts[8] is not None
        undecided = state in (LoanState.REQUESTED.value, LoanState.APPROVED.value) and not seconded
        needed = 2 if seconded else 1
        if undecided:
            named = [subject.subject for subject in subjects]
            needed = 2 if consultation else approvers_needed(self._database.reader(), named)
        # Joined names are null where nobody has acted yet; ids stay so.
        at: list[Any] = [fact if place in (1, 4, 8) else "" if fact is None else fact for place, fact in enumerate(facts)]
        return Loan(id, number, draft, LoanState(state), subjects, needed, *at)

    def _loan_subjects(self, loan_ids: Sequence[int]) -> dict[int, list[LoanSubject]]:
        found: dict[int, list[LoanSubject]] = {loan_id: [] for loan_id in loan_ids}
        for chunk in chunks(loan_ids):
            for row in self._rows(f"{_SUBJECTS} WHERE loan_id IN ({marks(chunk)}) ORDER BY 1, 2, 3", chunk):
                subject = Subject(Kind(row[1]), row[2])
                returned_at, condition_out, condition_in, copied = row[4:8]
                standing = Standing.GONE if row[11] else Standing.SEALED
                told = LoanSubject(subject, bool(row[3]), returned_at, condition_out, condition_in, copied, standing)
                if row[8] is not None:
                    level = SecurityClass(row[10])
                    told = replace(
                        told, standing=Standing.SHOWN, reference_code=row[8], title=row[9], security_class=level
                    )
                found[row[0]].append(told)
        return found


def out_with(connection: Connection, subject: Subject) -> tuple[int, str] | None:
    """(id, number) of the loan that has this paper out of the house: itself, the volume it is in, or an item of it.

    Asks for what is sealed, too: a sealed paper may still be out.
    """
    row = connection.row(
        "SELECT loan.id, loan.number FROM loan_subject JOIN loan ON loan.id = loan_id WHERE out = 1 AND ("
        " (kind = ? AND subject_id = ?)"
        " OR (? = 'item' AND kind = 'volume' AND subject_id = (SELECT volume_id FROM item WHERE id = ?))"
        " OR (? = 'volume' AND kind = 'item' AND subject_id IN (SELECT id FROM item WHERE volume_id = ?)))",
        (*(subject.kind.value, subject.id) * 3,),
    )
    return (int(row[0]), str(row[1])) if row else None


def approvers_needed(connection: Connection, subjects: Sequence[Subject]) -> int:
    """2 when any record is classified or sealed, or (or its volume) is a part kept apart; else 1."""
    for subject in subjects:
        row = connection.row(
            "SELECT security_class, sealed, part FROM volume WHERE id = ?"
            if subject.kind is Kind.VOLUME
            else "SELECT item.security_class, item.sealed, coalesce(volume.part, '') FROM item"
            " LEFT JOIN volume ON volume.id = item.volume_id WHERE item.id = ?",
            (subject.id,),
        )
        if row is not None and (row[0] not in _ORDINARY_CLASSES or row[1] or row[2] not in ORDINARY_PARTS):
            return 2
    return 1
