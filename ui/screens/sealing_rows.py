"""ui/screens/sealing_rows.py — how proposals, consultations and sealed records are shown: columns, words and colours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app import wording
from storage.records import Kind
from storage.records.sealing import Consultation, ConsultationState, Proposal, Sealed, SealedOn, Unsealing
from ui.models.columns import Column, word
from ui.widgets.dates import show

#: Every state as one that the badges of the house have a colour for.
_TONES = {"requested": "waiting", "approved": "accepted", "refused": "refused", "closed": "ignored", "ended": "reading"}


def state_of(consultation: Consultation) -> str:
    """The state a person cares for, a word of `consultation_state`."""
    if consultation.state is ConsultationState.APPROVED and not consultation.open:
        return "ended"
    return consultation.state.value


def local_day(utc: str) -> str:
    return datetime.fromisoformat(utc).astimezone().date().isoformat() if utc else ""


def kind_word(kind: Kind) -> str:
    return word("sealing.kind", kind.value)


def day_word(stored: str) -> str:
    return wording.say("sealing.no_date") if not stored.strip("0") else show(stored)


@dataclass(frozen=True, slots=True)
class Found:
    """A sealed record in the list of a consultation; those inside an opened volume stand a little to the right."""

    record: Sealed
    inside: bool = False


PROPOSALS: tuple[Column[Proposal], ...] = (
    Column("sealing.column_kind", lambda row: kind_word(row.subject.kind), 84),
    Column("sealing.column_code", lambda row: row.reference_code, 230),
    Column("sealing.column_title", lambda row: row.title),
    Column("sealing.column_decided", lambda row: day_word(row.date), 124),
)
CONSULTATIONS: tuple[Column[Consultation], ...] = (
    Column("sealing.column_number", lambda row: row.number, 100),
    Column("sealing.column_unit", lambda row: row.request.unit, hint=lambda row: row.request.person),
    Column("sealing.column_asked", lambda row: local_day(row.requested_at), 108),
    Column("sealing.column_until", lambda row: row.ends_on or "—", 108),
    Column("sealing.column_state", lambda row: word("consultation_state", state_of(row)), 116,
           state=lambda row: _TONES[state_of(row)]),
)
SEALED_ON: tuple[Column[SealedOn], ...] = (
    Column("sealing.column_day", lambda row: row.day),
    Column("sealing.column_volumes", lambda row: f"{row.volumes:,}", 120),
    Column("sealing.column_items", lambda row: f"{row.items:,}", 120),
)
UNSEALINGS: tuple[Column[Unsealing], ...] = (
    Column("sealing.column_kind", lambda row: kind_word(row.subject.kind), 84),
    Column("sealing.column_document", lambda row: row.document_no, 220),
    Column("sealing.column_basis", lambda row: row.basis),
    Column("sealing.column_by", lambda row: row.requested_by, 120),
)
FOUND: tuple[Column[Found], ...] = (
    # Inside a volume its code stands above already.
    Column("sealing.column_code", lambda row: f"    – {row.record.reference_code.rsplit('-', 1)[-1]}" if row.inside
           else row.record.reference_code, 232, hint=lambda row: row.record.reference_code),
    Column("sealing.column_title", lambda row: row.record.title, hint=lambda row: row.record.title),
)
