"""ui/screens/disposal_rows.py — the lists of disposal as columns, and what a line says in one plain sentence."""

from __future__ import annotations

from app import wording
from app.reports.appraisal_list import opinion_of
from storage.records.disposal import AppraisalLine, DestroyedRecord, DueRecord, Hold, Obstacle, Opinion
from ui.models.columns import Column, moment, word
from ui.widgets.dates import show

#: Other opinions are not kept from anything; only destruction is.
_JUDGED_TO_STAY = (Opinion.KEEP, Opinion.EXTEND, Opinion.PERMANENT, Opinion.TRANSFER)


def period(value: str) -> str:
    return word("retention", value)


def obstacles(found: tuple[Obstacle, ...]) -> str:
    """Every reason in a sentence, the weightiest first."""
    return "　".join(word("obstacle", obstacle.value) for obstacle in found)


def said(line: AppraisalLine) -> str:
    """What there is to say of a line: what became of it, what stands against it, or why it was judged so."""
    if line.result == "done":
        return wording.say("disposal.line_destroyed" if line.opinion is Opinion.DESTROY else "disposal.line_done")
    if line.result:
        return wording.say("disposal.line_kept", why=word("obstacle", line.result))
    if line.record is None:
        return word("obstacle", Obstacle.SEALED.value)
    if line.record.obstacles and line.opinion not in _JUDGED_TO_STAY:
        return obstacles(line.record.obstacles)
    return line.reason


def opinion(line: AppraisalLine) -> str:
    return opinion_of(line, wording.language()) or word("opinion", "none")


def hint(line: AppraisalLine) -> str:
    """All there is to say of a line, each thing on a line of its own."""
    against = obstacles(line.record.obstacles) if line.record else ""
    return "\n".join(dict.fromkeys(part for part in (line.title, opinion(line), line.reason, said(line), against) if part))


DUE: tuple[Column[DueRecord], ...] = (
    Column("disposal.column_code", lambda record: record.reference_code, 222),
    Column("disposal.column_title", lambda record: record.title, hint=lambda record: record.title),
    Column("disposal.column_kind", lambda record: word("disposal.kind", record.subject.kind.value), 76),
    Column("disposal.column_retention", lambda record: period(record.retention.value), 96),
    Column("disposal.column_due", lambda record: show(record.due_on), 112,
           hint=lambda record: wording.say("disposal.counted_from", day=show(record.basis_date))),
    Column("disposal.column_pages", lambda record: f"{record.page_count:,}", 64),
)
LINES: tuple[Column[AppraisalLine], ...] = (
    Column("disposal.column_code", lambda line: line.reference_code, 222),
    Column("disposal.column_title", lambda line: line.title, hint=hint),
    Column("disposal.column_opinion", opinion, 156,
           state=lambda line: line.opinion.value if line.opinion else "unjudged"),
    Column("disposal.column_said", said, 236, hint=hint),
)
HOLDS: tuple[Column[Hold], ...] = (
    Column("disposal.column_code", lambda hold: hold.reference_code, 222),
    Column("disposal.column_title", lambda hold: hold.title or word("obstacle", "sealed"), hint=lambda hold: hold.title),
    Column("disposal.column_why", lambda hold: hold.reason, 190, hint=lambda hold: hold.reason),
    Column("disposal.column_by", lambda hold: hold.placed_by, 104),
    Column("disposal.column_since", lambda hold: moment(hold.placed_at), 132),
)
DESTROYED: tuple[Column[DestroyedRecord], ...] = (
    Column("disposal.column_code", lambda record: record.reference_code, 222),
    Column("disposal.column_title", lambda record: record.title, hint=lambda record: record.title),
    Column("disposal.column_retention", lambda record: period(record.retention.value), 96),
    Column("disposal.column_kept", lambda record: str(record.kept_years), 96),
    Column("disposal.column_pages", lambda record: f"{record.page_count:,}", 64),
    Column("disposal.column_gone", lambda record: moment(record.at), 136),
)
