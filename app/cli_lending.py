"""app/cli_lending.py — the commands of lending: `loans` lists them, `loan` asks for one, decides, hands out and takes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

import click

from app import wording
from app.filing import Invalid
from app.lending import Lending, NoSuchLoan, purposes
from app.session import Session, pass_session
from storage.records import Subject
from storage.records.lending import Loan, LoanDraft, LoanMode, LoanState


@click.command()
@click.option("--state", "states", multiple=True, type=click.Choice([state.value for state in LoanState]))
@click.option("--overdue", is_flag=True, help="Only what is past its due day.")
@pass_session
def loans(session: Session, states: tuple[str, ...], overdue: bool) -> None:
    """Loans, newest first; with --overdue those past their day, the longest first."""
    with session.station() as station:
        lending, today = station.lending, date.today()
        found = lending.overdue(today) if overdue else lending.loans(*map(LoanState, states), limit=-1)
        for each in found:
            _answer(session, each)


@click.group()
def loan() -> None:
    """One loan: request, approve, refuse, lend, renew, copy, return, finish, effect, cancel."""


@loan.command("request")
@click.argument("codes", nargs=-1, required=True, metavar="CODE...")
@click.option("--person", required=True)
@click.option("--unit", required=True)
@click.option("--purpose", required=True, type=click.Choice([purpose.code for purpose in purposes()]))
@click.option("--basis", required=True, help="The legal ground, in words.")
@click.option("--basis-no", default="", help="The number of its paper.")
@click.option("--mode", default=LoanMode.READ.value, show_default=True, type=click.Choice([mode.value for mode in LoanMode]))
@click.option("--document", default="", help="The borrower's identity paper.")
@click.option("--contact", default="")
@click.option("--remarks", default="")
@click.option("--consultation", default="", metavar="NUMBER", help="The approved consultation within which sealed ones were opened.")
@pass_session
def request(
    session: Session,
    /,
    codes: tuple[str, ...],
    person: str,
    unit: str,
    purpose: str,
    basis: str,
    basis_no: str,
    mode: str,
    document: str,
    contact: str,
    remarks: str,
    consultation: str,
) -> None:
    """Register a request for the volumes and records with these codes."""
    with session.station() as station:
        within = station.sealing.consultation_by_number(consultation).id if consultation else None
        draft = LoanDraft(person, unit, document, contact, purpose, basis, basis_no, LoanMode(mode), remarks, within)
        subjects = [_subject(station.lending, code, within) for code in codes]
        _answer(session, _checked(lambda: station.lending.request(draft, subjects, date.today())))


@loan.command("approve")
@click.argument("number")
@click.option("--opinion", default="")
@pass_session
def approve(session: Session, number: str, opinion: str) -> None:
    """Give the approval that is missing, as the user of this command."""
    with session.station() as station:
        _answer(session, station.lending.approve(station.lending.find(number, date.today()).id, opinion))


@loan.command("refuse")
@click.argument("number")
@click.option("--reason", required=True)
@pass_session
def refuse(session: Session, number: str, reason: str) -> None:
    """Refuse a request."""
    with session.station() as station:
        found = station.lending.find(number, date.today())
        _answer(session, _checked(lambda: station.lending.refuse(found.id, reason)))


@loan.command("lend")
@click.argument("number")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="The usual time when left out.")
@click.option("--condition", default="", help="Of every paper handed out.")
@pass_session
def lend(session: Session, number: str, due: datetime | None, condition: str) -> None:
    """Hand the papers out."""
    with session.station() as station:
        lending, today = station.lending, date.today()
        found = lending.find(number, today)
        day = due.date() if due else lending.due(found.draft.mode, today)
        conditions = {record.subject: condition for record in found.subjects}
        _answer(session, _checked(lambda: lending.lend(found.id, day, conditions, today)))


@loan.command("renew")
@click.argument("number")
@pass_session
def renew(session: Session, number: str) -> None:
    """The usual time once more."""
    with session.station() as station:
        _answer(session, station.lending.renew(station.lending.find(number, date.today()).id, date.today()))


@loan.command("copy")
@click.argument("number")
@click.argument("code")
@click.argument("pages", type=click.IntRange(min=1))
@pass_session
def copy(session: Session, number: str, code: str, pages: int) -> None:
    """Note how many pages of a record were copied."""
    with session.station() as station:
        found = station.lending.find(number, date.today())
        _answer(session, station.lending.copied(found.id, _subject(station.lending, code), pages))


@loan.command("return")
@click.argument("number")
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@click.option("--condition", default="", help="Of every paper that is back.")
@pass_session
def take_back(session: Session, number: str, codes: tuple[str, ...], condition: str) -> None:
    """Take papers back: all that are out, or those with these codes."""
    with session.station() as station:
        found = station.lending.find(number, date.today())
        back = [record.subject for record in found.subjects if record.out]
        if codes:
            back = [_subject(station.lending, code) for code in codes]
        _answer(session, _checked(lambda: station.lending.take_back(found.id, dict.fromkeys(back, condition))))


@loan.command("finish")
@click.argument("number")
@pass_session
def finish(session: Session, number: str) -> None:
    """End a use that handed nothing out."""
    with session.station() as station:
        _answer(session, station.lending.finish(station.lending.find(number, date.today()).id))


@loan.command("effect")
@click.argument("number")
@click.argument("text")
@pass_session
def effect(session: Session, number: str, text: str) -> None:
    """Note what a use was good for."""
    with session.station() as station:
        _answer(session, station.lending.effect(station.lending.find(number, date.today()).id, text))


@loan.command("cancel")
@click.argument("number")
@pass_session
def cancel(session: Session, number: str) -> None:
    """Withdraw a request before anything was used."""
    with session.station() as station:
        _answer(session, station.lending.cancel(station.lending.find(number, date.today()).id))


def _subject(lending: Lending, code: str, within: int | None = None) -> Subject:
    """The volume or record with exactly this code, sealed only if opened within this consultation. Raises NoSuchLoan."""
    found = lending.by_code(code, within)
    if found is None:
        raise NoSuchLoan(asked=code)
    return found.subject


def _checked(work: Callable[[], Loan]) -> Loan:
    """What is wrong with a wish is told field by field, as usage."""
    try:
        return work()
    except Invalid as error:
        raise click.UsageError(" ".join(wording.say(problem.key, **problem.facts) for problem in error.problems)) from None


def _answer(session: Session, loan: Loan) -> None:
    records: Sequence[dict[str, object]] = [
        {
            "code": record.reference_code,
            "kind": record.subject.kind.value,
            "standing": record.standing.value,
            "out": record.out,
            "returned_at": record.returned_at,
            "copied_pages": record.copied_pages,
        }
        for record in loan.subjects
    ]
    session.answer(
        {
            "loan": loan.number,
            "state": loan.state.value,
            "mode": loan.draft.mode.value,
            "person": loan.draft.person,
            "unit": loan.draft.unit,
            "purpose": loan.draft.purpose,
            "due_on": loan.due_on,
            "approvers": list(loan.approvers),
            "approvers_needed": loan.approvers_needed,
            "effect": loan.effect,
            "records": records,
        },
        "\t".join(
            (
                loan.number,
                wording.say(f"loan_state.{loan.state.value}"),
                loan.draft.person,
                loan.due_on,
                " ".join(record.reference_code or wording.say(f"loan_standing.{record.standing.value}")
                         for record in loan.subjects),
            )
        ),
    )  # fmt: skip
