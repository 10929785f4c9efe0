"""storage/records/disposal.py — due dates, holds, appraisal batches and the register of what was destroyed.

Days are `YYYYMMDD`, so that they compare as text. `due_on` is the one rule of expiry (机关档案管理规定: the period is
counted from the year after the paper came to be, of a case volume from the year after it was closed).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from storage.records import Retention, Subject

#: What `kept_until` says of a record that an appraisal made permanent: its 档号, which has the period in it, stays.
FOR_EVER = "99999999"


class Opinion(StrEnum):
    """鉴定意见. KEEP: not now, it falls due again. TRANSFER records the opinion; handing over is an act of its own."""

    KEEP = "keep"
    EXTEND = "extend"
    PERMANENT = "permanent"
    DESTROY = "destroy"
    TRANSFER = "transfer"


class AppraisalState(StrEnum):
    """OPEN: opinions are being given (also after a refusal). EXECUTING: begun, and perhaps interrupted between records."""

    OPEN = "open"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    EXECUTING = "executing"
    DONE = "done"


class Obstacle(StrEnum):
    """What stands against destroying a record, each with a sentence in the wording (`obstacle.<value>`)."""

    GONE = "gone"
    OPEN = "open"
    IN_VOLUME = "in_volume"
    NOT_DUE = "not_due"
    HELD = "held"
    LENT = "lent"
    SEALED = "sealed"
    UNDELIVERED = "undelivered"
    SOURCE = "source"
    SHARED = "shared"
    NOT_APPROVED = "not_approved"


@dataclass(frozen=True, slots=True)
class Hold:
    """冻结: until it is lifted nothing of the record may be destroyed. Title and code are empty for what may not be seen."""

    id: int
    subject: Subject
    reason: str
    placed_at: str
    placed_by: str
    lifted_at: str
    lifted_by: str
    lift_reason: str
    reference_code: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class DueRecord:
    """A record whose period has ended, as an appraiser must see it. `items` counts the items of a volume, 1 for an item."""

    subject: Subject
    reference_code: str
    title: str
    document_no: str
    creator: str
    category: str
    year: int
    retention: Retention
    basis_date: str
    due_on: str
    kept_until: str
    page_count: int
    items: int
    obstacles: tuple[Obstacle, ...] = ()


@dataclass(frozen=True, slots=True)
class Appraisal:
    """鉴定批次. Agents who submitted, decided and executed are ids; 0 when nobody has yet."""

    id: int
    number: str
    cutoff: str
    state: AppraisalState
    appraisers: tuple[str, ...]
    report: str
    opened_at: str
    opened_by: int
    submitted_at: str
    submitted_by: int
    decided_at: str
    decided_by: int
    opinion: str
    executed_at: str
    executed_by: int
    place: str
    method: str
    supervisors: tuple[str, ...]
    lines: int
    judged: int
    to_destroy: int
    destroyed: int


@dataclass(frozen=True, slots=True)
class AppraisalLine:
    """One record of a batch. `record` is None while it may not be seen (sealed), and once it is gone: then `title` and
    `reference_code` are those of the destruction register. `result` is empty, `done`, or the obstacle that kept it.
    """

    appraisal_id: int
    subject: Subject
    due_on: str
    opinion: Opinion | None
    reason: str
    kept_until: str
    appraiser: str
    result: str
    reference_code: str
    title: str
    record: DueRecord | None


@dataclass(frozen=True, slots=True)
class DestroyedRecord:
    """A line of the destruction register, kept for ever: the only place where the title stays, as the rules ask."""

    subject: Subject
    appraisal_id: int
    reference_code: str
    title: str
    document_no: str
    creator: str
    doc_date: str
    year: int
    retention: Retention
    kept_years: int
    page_count: int
    remarks: str
    at: str


@dataclass(frozen=True, slots=True)
class Residue:
    """What is still on the disk of a destroyed record. `folder` is `objects` or `pictures`, and `name` its file; or `index`
    and the number of an item.
    """

    folder: str
    name: str


def due_on(retention: Retention, basis_date: str, kept_until: str = "") -> str:
    """The first day on which the record may be appraised; empty when that day never comes. `basis_date` begins with a year.

    1 January of the year after the year of the basis, and as many years on as the period has; an appraisal may have put
    it off to `kept_until`.
    """
    if retention is Retention.PERMANENT or kept_until == FOR_EVER:
        return ""
    years = int(retention.value[1:])
    return max(f"{int(basis_date[:4]) + 1 + years:04d}0101", kept_until)


def kept_years(basis_date: str, today: str) -> int:
    """已保管期限: whole years since the period began."""
    return max(0, int(today[:4]) - int(basis_date[:4]) - 1)


def appraisal_number(year: int, number: int) -> str:
    """批次号, such as JD-2026-01."""
    return f"JD-{year:04d}-{number:02d}"


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Names as people typed them, without stray blanks and repetitions, in their order."""
    return tuple(dict.fromkeys(name for name in (" ".join(name.split()) for name in names) if name))
