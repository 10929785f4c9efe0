"""app/cli_disposal.py — the commands of disposal: `due`, `hold`, and `appraisal` from the batch to its register.

The person who unlocks the archive is the one who acts, so a batch takes two of them: `--user` says who. `appraisal carry-out`
asks for the number of records to be destroyed, as the screen does; scripts give it with `--confirm`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import click

from app import wording
from app.disposal import Disposal, day
from app.filing import Invalid
from app.reports.appraisal_list import opinion_of, spoken_day
from app.session import Session, pass_session, progress
from storage.records import Subject
from storage.records.disposal import Appraisal, AppraisalLine, DueRecord, Hold, Opinion

T = TypeVar("T")
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--cutoff", type=_DAY, help="What falls due up to this day; today when left out.")
@click.option("--category", help="Only this category and what is below it.")
@click.option("--count", is_flag=True, help="Only how many.")
@pass_session
def due(session: Session, cutoff: datetime | None, category: str | None, count: bool) -> None:
    """Records whose retention period has ended, the longest due first."""
    with session.station() as station:
        until = cutoff.date() if cutoff else date.today()
        if count:
            found = station.disposal.due_count(until, category=category)
            session.answer({"due": found, "cutoff": until.isoformat()}, str(found))
            return
        for record in station.disposal.due(until, category=category):
            session.answer(_record(record), f"{record.reference_code}  {spoken_day(record.due_on)}  {record.title}")


@click.group()
def hold() -> None:
    """Holds: what is held is never destroyed."""


@hold.command("list")
@click.option("--all", "lifted", is_flag=True, help="Those lifted since too.")
@pass_session
def hold_list(session: Session, lifted: bool) -> None:
    """Holds, the newest first."""
    with session.station() as station:
        for each in station.disposal.holds(lifted=lifted):
            session.answer(_hold(each), f"{each.id}  {each.reference_code}  {each.title}  {each.reason}")


@hold.command("place")
@click.argument("code")
@click.option("--reason", required=True)
@pass_session
def hold_place(session: Session, code: str, reason: str) -> None:
    """Hold the record or volume with this code."""
    with session.station() as station:
        placed = _checked(lambda: station.disposal.place_hold(station.disposal.find(code), reason))
        session.answer({"hold": placed, "code": code}, str(placed))


@hold.command("lift")
@click.argument("number", type=int)
@click.option("--reason", required=True)
@pass_session
def hold_lift(session: Session, number: int, reason: str) -> None:
    """Lift the hold with this number."""
    with session.station() as station:
        _checked(lambda: station.disposal.lift_hold(number, reason))
        session.answer({"hold": number}, str(number))


@click.group()
def appraisal() -> None:
    """Batches: open, judge, submit, approve or refuse, carry out."""


@appraisal.command("list")
@pass_session
def list_(session: Session) -> None:
    """All batches, the newest first."""
    with session.station() as station:
        for batch in station.disposal.appraisals():
            _answer(session, batch)


@appraisal.command("show")
@click.argument("number")
@pass_session
def show(session: Session, number: str) -> None:
    """The lines of a batch, each with what stands against destroying it today."""
    with session.station() as station:
        batch = station.disposal.batch(number)
        for line in station.disposal.lines(batch.id, date.today()):
            session.answer(_line(line), f"{line.reference_code}  {opinion_of(line, wording.language())}  {line.title}")


@appraisal.command("open")
@click.option("--cutoff", type=_DAY, help="What falls due up to this day; today when left out.")
@click.option("--appraiser", "appraisers", multiple=True, required=True, help="One of the group; give it again for each.")
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@pass_session
def open_(session: Session, cutoff: datetime | None, appraisers: tuple[str, ...], codes: tuple[str, ...]) -> None:
    """A batch of these records; of all that are due when none is named."""
    with session.station() as station:
        disposal, today = station.disposal, date.today()
        subjects = [disposal.find(code) for code in codes] or None
        until = cutoff.date() if cutoff else today
        batch = _checked(lambda: disposal.open_appraisal(until, appraisers, today, subjects))
        if len(batch.appraisers) < disposal.appraisers_wanted:
            click.echo(wording.say("disposal.few_appraisers", wanted=disposal.appraisers_wanted), err=True)
        _answer(session, batch)


@appraisal.command("judge")
@click.argument("number")
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@click.option("--opinion", required=True, type=click.Choice([opinion.value for opinion in Opinion]))
@click.option("--reason", default="")
@click.option("--until", type=_DAY, help="For extend: the day it falls due again.")
@pass_session
def judge(
    session: Session, number: str, codes: tuple[str, ...], opinion: str, reason: str, until: datetime | None
) -> None:
    """Give lines an opinion; every line when no code is named."""
    with session.station() as station:
        disposal, today = station.disposal, date.today()
        batch = disposal.batch(number)
        subjects = [disposal.find(code) for code in codes] or _all(disposal, batch, today)
        kept_until = day(until.date()) if until else ""
        _checked(lambda: disposal.appraise(batch.id, subjects, Opinion(opinion), today, reason, kept_until))
        _answer(session, disposal.appraisal(batch.id))


@appraisal.command("submit")
@click.argument("number")
@click.option("--report", default="", help="The appraisal report.")
@pass_session
def submit(session: Session, number: str, report: str) -> None:
    """Submit a batch for approval by somebody else."""
    _act(session, number, lambda disposal, batch: disposal.submit(batch.id, report))


@appraisal.command("approve")
@click.argument("number")
@click.option("--opinion", default="")
@pass_session
def approve(session: Session, number: str, opinion: str) -> None:
    """Approve a batch that another person submitted."""
    _act(session, number, lambda disposal, batch: disposal.approve(batch.id, opinion))


@appraisal.command("refuse")
@click.argument("number")
@click.option("--opinion", required=True)
@pass_session
def refuse(session: Session, number: str, opinion: str) -> None:
    """Send a batch back to the appraisers."""
    _act(session, number, lambda disposal, batch: disposal.refuse(batch.id, opinion))


@appraisal.command("carry-out")
@click.argument("number")
@click.option("--place", default="")
@click.option("--method", default="")
@click.option("--supervisor", "supervisors", multiple=True, help="One of the two who watch; give it twice.")
@click.option("--confirm", type=int, help="The number of records to be destroyed.")
@pass_session
def carry_out(
    session: Session, number: str, place: str, method: str, supervisors: tuple[str, ...], confirm: int | None
) -> None:
    """Do what an approved batch says. What is destroyed cannot be brought back."""
    with session.station() as station, progress(wording.say("disposal.carrying_out")) as step:
        disposal, today = station.disposal, date.today()
        batch = disposal.batch(number)
        typed = click.prompt(wording.say("disposal.confirm_ask"), type=int, err=True) if confirm is None else confirm
        outcome = _checked(lambda: disposal.carry_out(batch.id, place, method, supervisors, typed, today, step))
        kept = {str(subject): why.value for subject, why in outcome.kept.items()}
        if kept:
            session.found()
        session.answer(
            {
                "batch": batch.number,
                "destroyed": outcome.destroyed,
                "extended": outcome.extended,
                "kept": kept,
                "files_removed": outcome.erased.files,
                "clean": outcome.erased.clean,
            },
            wording.say("disposal.carried_out", n=outcome.destroyed, kept=len(kept)),
        )


def _act(session: Session, number: str, act: Callable[[Disposal, Appraisal], None]) -> None:
    with session.station() as station:
        batch = station.disposal.batch(number)
        _checked(lambda: act(station.disposal, batch))
        _answer(session, station.disposal.appraisal(batch.id))


def _all(disposal: Disposal, batch: Appraisal, today: date) -> list[Subject]:
    return [line.subject for line in disposal.lines(batch.id, today)]


def _checked(act: Callable[[], T]) -> T:
    """What is wrong with a wish is told field by field, as usage."""
    try:
        return act()
    except Invalid as error:
        said = " ".join(wording.say(problem.key, **problem.facts) for problem in error.problems)
        raise click.UsageError(said) from None


def _answer(session: Session, batch: Appraisal) -> None:
    session.answer(
        {
            "number": batch.number,
            "state": batch.state.value,
            "cutoff": batch.cutoff,
            "lines": batch.lines,
            "judged": batch.judged,
            "to_destroy": batch.to_destroy,
            "destroyed": batch.destroyed,
            "appraisers": list(batch.appraisers),
        },
        f"{batch.number}  {wording.say(f'appraisal.{batch.state.value}')}  {batch.judged}/{batch.lines}",
    )


def _record(record: DueRecord) -> dict[str, Any]:
    return {
        "code": record.reference_code,
        "title": record.title,
        "kind": record.subject.kind.value,
        "retention": record.retention.value,
        "due_on": record.due_on,
        "items": record.items,
        "pages": record.page_count,
    }


def _line(line: AppraisalLine) -> dict[str, Any]:
    return {
        "code": line.reference_code,
        "title": line.title,
        "kind": line.subject.kind.value,
        "due_on": line.due_on,
        "opinion": line.opinion.value if line.opinion else None,
        "reason": line.reason,
        "kept_until": line.kept_until,
        "result": line.result,
        "obstacles": [obstacle.value for obstacle in line.record.obstacles] if line.record else [],
    }


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "hold": hold.id,
        "code": hold.reference_code,
        "kind": hold.subject.kind.value,
        "reason": hold.reason,
        "placed_at": hold.placed_at,
        "placed_by": hold.placed_by,
        "lifted_at": hold.lifted_at,
    }
