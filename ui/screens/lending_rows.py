"""ui/screens/lending_rows.py — how loans and their records are shown: the lists of the screen, their columns, words and colours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from PySide6.QtWidgets import QLabel

from app import wording
from app.lending import purposes
from storage.records.lending import Loan, LoanMode, LoanState, LoanSubject, Standing
from ui import stylesheet
from ui.models.columns import Column, word
from ui.stylesheet import look
from ui.widgets.layout import text

#: The lists of the screen, in the order of the work: what to decide, to hand out, to have back, and what is over.
LISTS: dict[str, tuple[LoanState, ...]] = {
    "requested": (LoanState.REQUESTED,),
    "approved": (LoanState.APPROVED,),
    "out": (LoanState.OUT,),
    "overdue": (LoanState.OUT,),
    "closed": (LoanState.RETURNED, LoanState.REFUSED, LoanState.CANCELLED),
}
#: Every state as one that the badges of the house have a colour for.
_TONES = {
    "requested": "waiting", "half_approved": "waiting", "approved": "accepted", "out": "", "overdue": "failed",
    "returned": "filed", "finished": "filed", "refused": "refused", "cancelled": "ignored",
}
_COLOURS = {"requested": "accent", "half_approved": "accent", "approved": "good", "overdue": "bad", "returned": "good",
            "finished": "good", "refused": "bad"}


@dataclass(frozen=True, slots=True)
class Row:
    """A loan as it stands today, and whether it may be renewed once more."""

    loan: Loan
    state: str
    renewable: bool


def row_of(loan: Loan, today: date, renewals_allowed: int) -> Row:
    return Row(loan, state_of(loan, today), loan.renewals < renewals_allowed)


def state_of(loan: Loan, today: date) -> str:
    """The state a clerk cares for, a word of `loan_state`."""
    if loan.state is LoanState.OUT and loan.due_on < today.isoformat():
        return "overdue"
    if loan.half_approved:
        return "half_approved"
    if loan.state is LoanState.RETURNED and not loan.draft.mode.hands_out:
        return "finished"
    return loan.state.value


def list_of(loan: Loan, today: date) -> str:
    """The list in which a loan stands."""
    if state_of(loan, today) == "overdue":
        return "overdue"
    return next(id for id, states in LISTS.items() if loan.state in states)


def local_day(utc: str) -> str:
    return datetime.fromisoformat(utc).astimezone().date().isoformat() if utc else ""


def called(record: LoanSubject) -> str:
    """The code of a record, or why it has none here."""
    return record.reference_code if record.standing is Standing.SHOWN else word("loan_standing", record.standing.value)


def content(loan: Loan) -> str:
    """What is lent, on one line."""
    first = called(loan.subjects[0])
    return first if len(loan.subjects) == 1 else wording.say("lending.and_more", first=first, n=len(loan.subjects))


def badge(state: str) -> QLabel:
    """The state of a loan in one word."""
    made = text("badge")
    show_badge(made, state)
    return made


def show_badge(label: QLabel, state: str) -> None:
    look(label, "badge")
    label.setText(word("loan_state", state))
    stylesheet.state(label, _COLOURS.get(state, ""))


def purpose_choices() -> list[tuple[object, str]]:
    return [(purpose.code, word("loan_purpose", purpose.code)) for purpose in purposes()]


def mode_choices() -> list[tuple[object, str]]:
    return [(mode, word("loan_mode", mode.value)) for mode in LoanMode]


def _day(row: Row) -> str:
    """The day that matters in this state: when it must be back, or when it was asked for or closed."""
    loan = row.loan
    if loan.state is LoanState.OUT:
        return wording.say("lending.day_due", day=_short(loan.due_on))
    return _short(local_day(loan.closed_at or loan.refused_at or loan.requested_at))


def _short(day: str) -> str:
    """A day of this year without the year."""
    return day.removeprefix(f"{date.today().year}-")


LOANS: tuple[Column[Row], ...] = (
    Column("lending.column_number", lambda row: row.loan.number, 118),
    Column("lending.column_person", lambda row: row.loan.draft.person, 104, hint=lambda row: row.loan.draft.unit),
    Column("lending.column_content", lambda row: content(row.loan)),
    Column("lending.column_day", _day, 100),
    Column("lending.column_state", lambda row: word("loan_state", row.state), 112, state=lambda row: _TONES[row.state]),
)

RECORDS: tuple[Column[LoanSubject], ...] = (
    Column("lending.column_code", called, 222),
    Column("lending.column_title", lambda record: record.title),
    Column("lending.column_free", lambda record: word("lending.free", "no" if record.out else "yes"), 84,
           state=lambda record: "failed" if record.out else "filed"),
)
