"""storage/changes/sealing.py — sealed records and who may consult them: the events that change them.

Held here, in the transaction that changes anything: only what is filed is sealed, and a volume with all its items; nobody
decides on their own request; a sealed record is opened only within a consultation that is approved, not ended, and was
approved to look for what leads to this record; and every opening is an event.
"""

from __future__ import annotations

from typing import Any

import msgspec

from storage.changes.base import Writing, now
from storage.changes.drafts import forget_drafts
from storage.changes.searches import forget_found
from storage.errors import Known, NoSuchRecord, SamePerson
from storage.queries.sealing import covered, look_for, reaches, require_open, volume_of
from storage.records import Kind, State, Subject
from storage.records.sealing import ConsultationRequest, ConsultationState, Look


class NotFiledYet(Known):
    """What is still being arranged is not sealed: it has no number yet. Facts: subject."""

    number = 160


class SealedWithVolume(Known):
    """The item stands in a sealed volume, whose seal is lifted as a whole. Facts: subject."""

    number = 163


class NotNotified(Known):
    """Whoever is let see sealed records must have been told that they keep them confidential. Facts: consultation."""

    number = 164


class SealingChanges(Writing):
    """Sealed records and who may consult them."""

    def seal(self, subject: Subject, basis: str) -> None:
        """Takes a filed record out of every ordinary read: a volume with all its items, each with an event of its own.

        Raises NoSuchRecord (also for what is sealed already), NotFiledYet.
        """
        row = self._connection.row(f"SELECT state FROM visible_{subject.kind.value} WHERE id = ?", (subject.id,))
        if row is None:
            raise NoSuchRecord(record=str(subject))
        if row[0] != State.FILED.value:
            raise NotFiledYet(subject=str(subject))
        seal_id = self._put_seal(subject, basis, None)
        if subject.kind is Kind.ITEM:
            self._note_item("seal", subject.id, seal=seal_id)
            return
        rows = self._connection.rows("SELECT id FROM visible_item WHERE volume_id = ? ORDER BY position, id", (subject.id,))
        for (item_id,) in rows:
            self._put_seal(Subject(Kind.ITEM, item_id), basis, seal_id)
            self._note_item("seal", item_id, seal=seal_id)
        self._note_volume("seal", subject.id, seal=seal_id, items=len(rows))

    # -- lifting a seal: one administrator asks, another decides

    def request_unsealing(self, consultation_id: int, subject: Subject, basis: str, document_no: str) -> int:
        """Asks to lift the seal of a record opened within a consultation, on a written basis. Returns the request's id.

        Raises ConsultationNotOpen, NoSuchRecord, SealedWithVolume.
        """
        require_open(self._connection, consultation_id)
        if not covered(self._connection, consultation_id, subject):
            raise NoSuchRecord(record=str(subject))
        if self._seal_in_force(subject)[1] is not None or volume_of(self._connection, subject):
            raise SealedWithVolume(subject=str(subject))
        unsealing_id = self._insert(
            "unsealing", consultation_id=consultation_id, kind=subject.kind.value, subject_id=subject.id, basis=basis,
            document_no=document_no, state="requested", requested_at=now(), requested_by=self._agent.id,
            requested_name=self._agent.name,
        )  # fmt: skip
        self._note("request_unsealing", subject, request=unsealing_id, consultation=consultation_id)
        return unsealing_id

    def unseal(self, unsealing_id: int, opinion: str) -> Subject:
        """Grants such a request: the record is an ordinary one again, a volume with the items sealed with it.

        Raises NoSuchRecord (not waiting), SamePerson.
        """
        subject = self._decide_unsealing(unsealing_id, "granted", opinion)
        seal_id, _through = self._seal_in_force(subject)
        rows = self._connection.rows(
            "SELECT subject_id FROM seal WHERE through = ? AND lifted_at = '' ORDER BY id", (seal_id,)
        )
        self._connection.execute(
            "UPDATE seal SET lifted_at = ?, lifted_by = ?, lift_basis = (SELECT basis || ' ' || document_no FROM unsealing"
            " WHERE id = ?) WHERE (id = ? OR through = ?) AND lifted_at = ''",
            (now(), self._agent.name, unsealing_id, seal_id, seal_id),
        )
        items = [row[0] for row in rows] if subject.kind is Kind.VOLUME else [subject.id]
        for item_id in items:
            self._touch("UPDATE item SET sealed = 0 WHERE id = ?", (item_id,))
            self._note_item("unseal", item_id, request=unsealing_id)
        if subject.kind is Kind.VOLUME:
            self._touch("UPDATE volume SET sealed = 0 WHERE id = ?", (subject.id,))
            self._note_volume("unseal", subject.id, request=unsealing_id, items=len(items))
        return subject

    def refuse_unsealing(self, unsealing_id: int, opinion: str) -> None:
        """Raises NoSuchRecord (not waiting), SamePerson."""
        subject = self._decide_unsealing(unsealing_id, "refused", opinion)
        self._note("refuse_unsealing", subject, request=unsealing_id)

    # -- consultations: one asks, another decides, every look is an event

    def request_consultation(self, request: ConsultationRequest) -> int:
        """A unit asks to consult sealed records. Returns the consultation's id."""
        at = now()
        year = at[:4]
        number = f"{year}-{self._next_number(('consultation', year)):04d}"
        consultation_id = self._insert(
            "consultation", number=number, unit=request.unit, person=request.person, basis=request.basis,
            document_no=request.document_no, purpose=request.purpose, scope=request.scope,
            sought=msgspec.json.encode(request.sought).decode(), state=ConsultationState.REQUESTED.value,
            requested_at=at, requested_by=self._agent.id, requested_name=self._agent.name,
        )  # fmt: skip
        self._note("request_consultation", f"consultation:{consultation_id}", number=number, sought=len(request.sought))
        return consultation_id

    def approve_consultation(self, consultation_id: int, ends_on: str, opinion: str, *, notified: bool) -> None:
        """From now until the end of `ends_on` (YYYY-MM-DD). `notified`: the duty of confidentiality was acknowledged.

        Raises NotNotified, NoSuchRecord (not waiting), SamePerson.
        """
        if not notified:
            raise NotNotified(consultation=consultation_id)
        self._decide(consultation_id, ConsultationState.APPROVED, opinion, ends_on=ends_on, notified_at=now())
        self._note("approve_consultation", f"consultation:{consultation_id}", ends_on=ends_on)

    def refuse_consultation(self, consultation_id: int, opinion: str) -> None:
        """Raises NoSuchRecord (not waiting), SamePerson."""
        self._decide(consultation_id, ConsultationState.REFUSED, opinion)
        self._note("refuse_consultation", f"consultation:{consultation_id}")

    def look_up(self, consultation_id: int, term: str) -> None:
        """A sought term is looked up. Raises ConsultationNotOpen, NotSought."""
        found = look_for(self._connection, consultation_id, term)
        self._note("look_up", f"consultation:{consultation_id}", found=len(found))

    def consult(self, consultation_id: int, subject: Subject, look: Look, **detail: Any) -> None:
        """A sealed record is opened, one of its pages seen, it is printed or exported: to be written before it happens.

        Raises ConsultationNotOpen, NoSuchRecord (not sealed, or nothing sought leads to it).
        """
        require_open(self._connection, consultation_id)
        if not covered(self._connection, consultation_id, subject):
            if not reaches(self._connection, consultation_id, subject):
                raise NoSuchRecord(record=str(subject))
            self._insert(
                "consultation_subject", consultation_id=consultation_id, kind=subject.kind.value, subject_id=subject.id
            )
        self._note("consult", subject, consultation=consultation_id, look=look.value, **detail)

    def close_consultation(self, consultation_id: int, result: str) -> None:
        """Ends an approved consultation, before its day or after, with what it came to. Raises NoSuchRecord."""
        self._touch(
            "UPDATE consultation SET state = 'closed', closed_at = ?, result = ? WHERE state = 'approved' AND id = ?",
            (now(), result, consultation_id),
        )
        self._note("close_consultation", f"consultation:{consultation_id}")

    # -- inside

    def _put_seal(self, subject: Subject, basis: str, through: int | None) -> int:
        row = self._connection.row("SELECT coalesce(max(id), 0) FROM arrival")
        assert row is not None
        self._touch(f"UPDATE {subject.kind.value} SET sealed = 1 WHERE id = ?", (subject.id,))
        forget_drafts(self._connection, subject)
        forget_found(self._connection)
        return self._insert(
            "seal", kind=subject.kind.value, subject_id=subject.id, basis=basis, through=through, last_arrival=row[0],
            at=now(), agent_name=self._agent.name,
        )  # fmt: skip

    def _seal_in_force(self, subject: Subject) -> tuple[int, int | None]:
        """(seal, the volume's seal it came with). Raises NoSuchRecord."""
        row = self._connection.row(
            "SELECT id, through FROM seal WHERE kind = ? AND subject_id = ? AND lifted_at = ''",
            (subject.kind.value, subject.id),
        )
        if row is None:
            raise NoSuchRecord(record=str(subject))
        return row[0], row[1]

    def _decide(self, consultation_id: int, state: ConsultationState, opinion: str, **given: str) -> None:
        row = self._connection.row(
            "SELECT requested_by FROM consultation WHERE id = ? AND state = 'requested'", (consultation_id,)
        )
        if row is None:
            raise NoSuchRecord(consultation=consultation_id)
        if row[0] == self._agent.id:
            raise SamePerson()
        values = {
            "state": state.value, "opinion": opinion, "decided_at": now(), "decided_by": self._agent.id,
            "decided_name": self._agent.name, **given,
        }  # fmt: skip
        settings = ", ".join(f"{name} = ?" for name in values)
        self._touch(f"UPDATE consultation SET {settings} WHERE id = ?", (*values.values(), consultation_id))

    def _decide_unsealing(self, unsealing_id: int, state: str, opinion: str) -> Subject:
        row = self._connection.row(
            "SELECT requested_by, kind, subject_id FROM unsealing WHERE id = ? AND state = 'requested'", (unsealing_id,)
        )
        if row is None:
            raise NoSuchRecord(unsealing=unsealing_id)
        if row[0] == self._agent.id:
            raise SamePerson()
        self._touch(
            "UPDATE unsealing SET state = ?, opinion = ?, decided_at = ?, decided_by = ?, decided_name = ? WHERE id = ?",
            (state, opinion, now(), self._agent.id, self._agent.name, unsealing_id),
        )
        return Subject(Kind(row[1]), row[2])
