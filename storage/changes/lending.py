"""storage/changes/lending.py — requests, loans, returns, what the use was good for: the events that change them.

Held here, in the transaction that would break it: a request is never approved by the person who registered it or who
borrows; parts kept apart (副卷, 密卷), classified and consulted records need two approvers; one paper is out once, a volume
being one paper with all its items; nothing sealed is used without an approved consultation that covers it.

Events name loans by id and records by kind and id; who borrowed and why stands in the table alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage.changes.base import Writing, now
from storage.errors import Known, NoSuchRecord, SamePerson
from storage.queries.lending import approvers_needed, out_with
from storage.queries.sealing import covered
from storage.records import Kind, State, Subject
from storage.records.lending import LoanDraft, LoanMode, LoanState


class LoanNotReady(Known):
    """The act does not fit the state of the loan. Facts: loan, reason (its state)."""

    number = 150


class StillOut(Known):
    """The paper, or the volume it is in, or an item of it, is lent. Facts: record, loan."""

    number = 151


class NotLendable(Known):
    """The record may not be used by this request. Facts: record, reason."""

    number = 152


class RenewalsUsedUp(Known):
    """The loan was renewed as often as the station allows. Facts: loan, limit."""

    number = 153


@dataclass(frozen=True, slots=True)
class _Loan:
    """What the acts must know of a loan."""

    id: int
    number: str
    person: str
    mode: LoanMode
    state: LoanState
    consultation_id: int | None
    requested_by: int
    approved_by: int | None
    seconded_by: int | None
    renewals: int
    used_at: str


class LendingChanges(Writing):
    """Requests, loans, returns, what the use was good for."""

    def request_loan(self, draft: LoanDraft, subjects: Sequence[Subject], year: int) -> int:
        """A request, with a number of its year. Returns its id. Raises NoSuchRecord, NotLendable."""
        wanted = sorted(set(subjects))
        if not wanted:
            raise NoSuchRecord(record="")
        for subject in wanted:
            self._permit_use(subject, draft.consultation_id)
            volume = self._volume_around(subject)
            if volume is not None and Subject(Kind.VOLUME, volume) in wanted:
                raise NotLendable(record=str(subject), reason="loan_in_volume_asked_for")
        number = f"JY-{year:04d}-{self._next_number(('loan', f'{year:04d}')):04d}"
        loan_id = self._insert(
            "loan",
            number=number,
            person=draft.person,
            unit=draft.unit,
            document=draft.document,
            contact=draft.contact,
            purpose=draft.purpose,
            basis=draft.basis,
            basis_no=draft.basis_no,
            mode=draft.mode.value,
            remarks=draft.remarks,
            consultation_id=draft.consultation_id,
            state=LoanState.REQUESTED.value,
            requested_at=now(),
            requested_by=self._agent.id,
        )
        for subject in wanted:
            self._insert("loan_subject", loan_id=loan_id, kind=subject.kind.value, subject_id=subject.id)
        self._note("request_loan", f"loan:{loan_id}", number=number, mode=draft.mode.value, subjects=_names(wanted))
        return loan_id

    def approve_loan(self, loan_id: int, opinion: str) -> None:
        """The first approval, and the last where one is enough. Raises LoanNotReady, SamePerson, NotLendable."""
        loan = self._loan(loan_id, LoanState.REQUESTED)
        if loan.approved_by is not None:
            raise LoanNotReady(loan=loan.number, reason="loan_half_approved")
        self._another_than_asked(loan)
        self._permit_loan(loan)
        needed = self._loan_approvers(loan)
        state = LoanState.APPROVED if needed == 1 else LoanState.REQUESTED
        self._touch(
            "UPDATE loan SET state = ?, approved_at = ?, approved_by = ?, opinion = ? WHERE id = ?",
            (state.value, now(), self._agent.id, opinion, loan_id),
        )
        self._note("approve_loan", f"loan:{loan_id}", approvers_needed=needed)

    def second_loan(self, loan_id: int, opinion: str) -> None:
        """The second approval, by a third person. Raises LoanNotReady, SamePerson, NotLendable."""
        loan = self._loan(loan_id, LoanState.REQUESTED, LoanState.APPROVED)
        if loan.approved_by is None or loan.seconded_by is not None:
            raise LoanNotReady(loan=loan.number, reason=f"loan_{loan.state.value}")
        self._another_than_asked(loan)
        self._permit_loan(loan)
        self._touch(
            "UPDATE loan SET state = ?, seconded_at = ?, seconded_by = ?, second_opinion = ? WHERE id = ?",
            (LoanState.APPROVED.value, now(), self._agent.id, opinion, loan_id),
        )
        self._note("second_loan", f"loan:{loan_id}")

    def refuse_loan(self, loan_id: int, refusal: str) -> None:
        """Raises LoanNotReady, SamePerson (who asked may cancel, not refuse)."""
        loan = self._loan(loan_id, LoanState.REQUESTED)
        self._another_than_asked(loan)
        self._touch(
            "UPDATE loan SET state = ?, refused_at = ?, refused_by = ?, refusal = ? WHERE id = ?",
            (LoanState.REFUSED.value, now(), self._agent.id, refusal, loan_id),
        )
        self._note("refuse_loan", f"loan:{loan_id}")

    def lend(self, loan_id: int, due_on: str, conditions: Mapping[Subject, str]) -> None:
        """The papers are handed out, all of them, in this condition. Raises LoanNotReady, StillOut, NotLendable."""
        loan = self._loan(loan_id, LoanState.APPROVED)
        if not loan.mode.hands_out:
            raise LoanNotReady(loan=loan.number, reason="loan_needs_no_hand_out")
        self._permit_loan(loan)
        self._enough_approvers(loan)
        subjects = self._loan_subjects(loan_id)
        for subject in subjects:
            holder = out_with(self._connection, subject)
            if holder is not None:
                raise StillOut(record=str(subject), loan=holder[1])
            self._connection.execute(
                "UPDATE loan_subject SET out = 1, condition_out = ? WHERE loan_id = ? AND kind = ? AND subject_id = ?",
                (conditions.get(subject, ""), loan_id, subject.kind.value, subject.id),
            )
        self._touch(
            "UPDATE loan SET state = ?, used_at = ?, used_by = ?, due_on = ? WHERE id = ?",
            (LoanState.OUT.value, now(), self._agent.id, due_on, loan_id),
        )
        self._note("lend", f"loan:{loan_id}", due_on=due_on, subjects=_names(subjects))

    def renew_loan(self, loan_id: int, due_on: str, limit: int) -> None:
        """A later due day, at most `limit` times. Raises LoanNotReady, RenewalsUsedUp."""
        loan = self._loan(loan_id, LoanState.OUT)
        if loan.renewals >= limit:
            raise RenewalsUsedUp(loan=loan.number, limit=limit)
        self._touch("UPDATE loan SET due_on = ?, renewals = renewals + 1 WHERE id = ?", (due_on, loan_id))
        self._note("renew_loan", f"loan:{loan_id}", due_on=due_on, renewals=loan.renewals + 1)

    def return_loan(self, loan_id: int, conditions: Mapping[Subject, str]) -> None:
        """These papers are back, in this condition; with the last of them the loan is closed. Raises LoanNotReady,
        NoSuchRecord (a paper that is not out on this loan).
        """
        self._loan(loan_id, LoanState.OUT)
        at = now()
        for subject, condition in conditions.items():
            back = self._connection.execute(
                "UPDATE loan_subject SET out = 0, returned_at = ?, condition_in = ?"
                " WHERE loan_id = ? AND kind = ? AND subject_id = ? AND out = 1",
                (at, condition, loan_id, subject.kind.value, subject.id),
            )
            if back.rowcount != 1:
                raise NoSuchRecord(record=str(subject))
        left = self._connection.rows("SELECT 1 FROM loan_subject WHERE loan_id = ? AND out = 1", (loan_id,))
        if not left:
            self._close_loan(loan_id, LoanState.RETURNED)
        self._note("return_loan", f"loan:{loan_id}", subjects=_names(sorted(conditions)), left=len(left))

    def copy_out(self, loan_id: int, subject: Subject, pages: int) -> None:
        """So many pages of a record were copied for this loan. Raises LoanNotReady, NotLendable, NoSuchRecord."""
        loan = self._loan(loan_id, LoanState.APPROVED, LoanState.OUT)
        if loan.state is LoanState.APPROVED and loan.mode.hands_out:
            raise LoanNotReady(loan=loan.number, reason="loan_approved")
        if pages < 1:
            raise ValueError(pages)
        self._permit_use(subject, loan.consultation_id)
        self._enough_approvers(loan)
        copied = self._connection.execute(
            "UPDATE loan_subject SET copied_pages = copied_pages + ? WHERE loan_id = ? AND kind = ? AND subject_id = ?",
            (pages, loan_id, subject.kind.value, subject.id),
        )
        if copied.rowcount != 1:
            raise NoSuchRecord(record=str(subject))
        self._loan_used(loan)
        self._note("copy_out", f"loan:{loan_id}", subject=str(subject), pages=pages)

    def finish_loan(self, loan_id: int) -> None:
        """The end of a use whose paper stayed in the hands of the archive. Raises LoanNotReady."""
        loan = self._loan(loan_id, LoanState.APPROVED)
        if loan.mode.hands_out:
            raise LoanNotReady(loan=loan.number, reason="loan_approved")
        self._enough_approvers(loan)
        self._loan_used(loan)
        self._close_loan(loan_id, LoanState.RETURNED)
        self._note("finish_loan", f"loan:{loan_id}")

    def note_use(self, loan_id: int, effect: str) -> None:
        """What the use was good for (利用效果); may be written again. Raises LoanNotReady before the first use."""
        loan = self._loan(loan_id)
        if not loan.used_at:
            raise LoanNotReady(loan=loan.number, reason=f"loan_{loan.state.value}")
        self._touch("UPDATE loan SET effect = ? WHERE id = ?", (effect, loan_id))
        self._note("note_use", f"loan:{loan_id}")

    def cancel_loan(self, loan_id: int) -> None:
        """The request is withdrawn before anything was used. Raises LoanNotReady."""
        loan = self._loan(loan_id, LoanState.REQUESTED, LoanState.APPROVED)
        if loan.used_at:
            raise LoanNotReady(loan=loan.number, reason="loan_used")
        self._close_loan(loan_id, LoanState.CANCELLED)
        self._note("cancel_loan", f"loan:{loan_id}")

    # -- inside

    def _loan(self, loan_id: int, *states: LoanState) -> _Loan:
        """The loan, which must be in one of the states (in any when none is named)."""
        row = self._connection.row(
            "SELECT id, number, person, mode, state, consultation_id, requested_by, approved_by, seconded_by, renewals,"
            " used_at FROM loan WHERE id = ?",
            (loan_id,),
        )
        if row is None:
            raise NoSuchRecord(loan=loan_id)
        id, number, person, mode, state, consultation, asked_by, approved_by, seconded_by, renewals, used_at = row
        loan = _Loan(
            id, number, person, LoanMode(mode), LoanState(state), consultation, asked_by, approved_by, seconded_by,
            renewals, used_at,
        )  # fmt: skip
        if states and loan.state not in states:
            raise LoanNotReady(loan=loan.number, reason=f"loan_{loan.state.value}")
        return loan

    def _loan_subjects(self, loan_id: int) -> list[Subject]:
        rows = self._connection.rows(
            "SELECT kind, subject_id FROM loan_subject WHERE loan_id = ? ORDER BY kind, subject_id", (loan_id,)
        )
        return [Subject(Kind(kind), id) for kind, id in rows]

    def _another_than_asked(self, loan: _Loan) -> None:
        # A person who borrows in his own name may have had somebody else register the request.
        if self._agent.id in (loan.requested_by, loan.approved_by) or self._agent.name == loan.person:
            raise SamePerson(loan=loan.number)

    def _loan_approvers(self, loan: _Loan) -> int:
        return 2 if loan.consultation_id is not None else approvers_needed(self._connection, self._loan_subjects(loan.id))

    def _enough_approvers(self, loan: _Loan) -> None:
        # A volume may have become a part kept apart after one person approved.
        if loan.seconded_by is None and self._loan_approvers(loan) > 1:
            raise LoanNotReady(loan=loan.number, reason="loan_half_approved")

    def _permit_loan(self, loan: _Loan) -> None:
        for subject in self._loan_subjects(loan.id):
            self._permit_use(subject, loan.consultation_id)

    def _permit_use(self, subject: Subject, consultation_id: int | None) -> None:
        """Whether the record is there to be used, and whether what of it is sealed was opened to this request."""
        row = self._connection.row(
            f"SELECT state, sealed FROM {subject.kind.value} WHERE id = ?", (subject.id,)
        )
        if row is None:
            raise NoSuchRecord(record=str(subject))
        state, sealed = row
        if state != State.FILED.value:
            raise NotLendable(
                record=str(subject), reason="loan_not_filed_yet" if state == State.OPEN.value else "loan_no_longer_kept"
            )
        volume = self._volume_around(subject)
        closed = [subject] if sealed else []
        if volume is not None:
            outer = self._connection.row("SELECT sealed FROM volume WHERE id = ?", (volume,))
            if outer is not None and outer[0]:
                closed.append(Subject(Kind.VOLUME, volume))
        if subject.kind is Kind.VOLUME:
            # Who holds the volume holds the sealed paper in it.
            closed += [
                Subject(Kind.ITEM, id)
                for (id,) in self._connection.rows("SELECT id FROM item WHERE volume_id = ? AND sealed = 1", (subject.id,))
            ]
        if closed and not (consultation_id and all(covered(self._connection, consultation_id, one) for one in closed)):
            raise NotLendable(record=str(subject), reason="loan_sealed_record")

    def _volume_around(self, subject: Subject) -> int | None:
        if subject.kind is Kind.VOLUME:
            return None
        row = self._connection.row("SELECT volume_id FROM item WHERE id = ?", (subject.id,))
        return row[0] if row else None

    def _loan_used(self, loan: _Loan) -> None:
        if not loan.used_at:
            self._touch("UPDATE loan SET used_at = ?, used_by = ? WHERE id = ?", (now(), self._agent.id, loan.id))

    def _close_loan(self, loan_id: int, state: LoanState) -> None:
        self._touch(
            "UPDATE loan SET state = ?, closed_at = ?, closed_by = ? WHERE id = ?",
            (state.value, now(), self._agent.id, loan_id),
        )


def _names(subjects: Sequence[Subject]) -> list[str]:
    return [str(subject) for subject in subjects]
