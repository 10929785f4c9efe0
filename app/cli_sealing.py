"""app/cli_sealing.py — the commands of sealing: `seal` a record, `consultation` to ask for a lawful look, decide, look and close.

A code that is sealed and one that never was get the same answer. What a consultation finds goes to stdout in the clear, as
`show` does with other records; every look is journaled first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from app import wording
from app.filing import Invalid
from app.numbering import normalise
from app.sealing import bases, terms
from app.session import Session, pass_session
from app.station import Station
from storage.errors import NoSuchRecord
from storage.records import Kind, Subject
from storage.records.sealing import Consultation, ConsultationRequest, ConsultationState, Sealed


@click.command()
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@click.option("--basis", default="", help="The legal ground; the law's own when left out.")
@click.option("--due", is_flag=True, help="Everything that the rule of the station wants sealed.")
@pass_session
def seal(session: Session, codes: tuple[str, ...], basis: str, due: bool) -> None:
    """Seal the volumes and records with these codes: they leave every ordinary answer."""
    if bool(codes) == due:
        raise click.UsageError(wording.say("cli.seal_what"))
    with session.station() as station:
        if due:
            count = station.sealing.seal_all()
            session.answer({"sealed": count}, wording.say("cli.sealed_count", n=count))
            return
        for code, subject in [(code, _subject(station, code)) for code in codes]:
            station.sealing.seal(subject, basis)
            session.answer({"code": code, "kind": subject.kind.value}, wording.say("cli.sealed", code=code))


@click.group()
def consultation() -> None:
    """A lawful look at sealed records: request, list, approve, refuse, find, show, close."""


@consultation.command("request")
@click.option("--unit", required=True, help="The unit that asks.")
@click.option("--person", required=True, help="Who comes.")
@click.option("--basis", required=True, type=click.Choice([basis.code for basis in bases()]))
@click.option("--document-no", required=True, help="The number of the letter of introduction or request.")
@click.option("--purpose", required=True)
@click.option("--sought", required=True, help="Names, numbers, codes or title words that may be looked for, with commas between.")
@click.option("--scope", default="", help="Which records, in words.")
@pass_session
def request(session: Session, /, sought: str, **said: str) -> None:
    """Register the request of a unit."""
    with session.station() as station:
        _answer(session, _checked(lambda: station.sealing.request(ConsultationRequest(sought=terms(sought), **said))))


@consultation.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice([state.value for state in ConsultationState]))
@pass_session
def list_them(session: Session, states: tuple[str, ...]) -> None:
    """Consultations, the newest first."""
    with session.station() as station:
        for found in station.sealing.consultations(*map(ConsultationState, states), limit=-1):
            _answer(session, found)


@consultation.command("approve")
@click.argument("number")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day; the usual number of days when left out.")
@click.option("--opinion", default="")
@click.option("--notified", is_flag=True, help="The unit was told to keep confidential what it learns.")
@pass_session
def approve(session: Session, number: str, until: Any, opinion: str, notified: bool) -> None:
    """Approve, as the user of this command: never the one who asked."""
    with session.station() as station:
        day = until.date() if until else date.today() + timedelta(days=station.sealing.days())
        found = station.sealing.consultation_by_number(number)
        _answer(session, _checked(lambda: station.sealing.approve(found.id, day, opinion, notified=notified)))


@consultation.command("refuse")
@click.argument("number")
@click.option("--reason", required=True)
@pass_session
def refuse(session: Session, number: str, reason: str) -> None:
    """Refuse a request."""
    with session.station() as station:
        found = station.sealing.consultation_by_number(number)
        _answer(session, _checked(lambda: station.sealing.refuse(found.id, reason)))


@consultation.command("find")
@click.argument("number")
@click.argument("term")
@pass_session
def find(session: Session, number: str, term: str) -> None:
    """Look up one of the terms that were approved."""
    with session.station() as station:
        mine = station.sealing.consultation_by_number(number)
        for found in station.sealing.find(mine.id, term):
            _tell(session, found)


@consultation.command("show")
@click.argument("number")
@click.argument("code")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the pages of a record here, as PDF.")
@pass_session
def show(session: Session, number: str, code: str, out: Path | None) -> None:
    """Open a sealed volume or record that one of the approved terms leads to."""
    with session.station() as station:
        sealing, mine = station.sealing, station.sealing.consultation_by_number(number)
        subject = _sought(station, mine, code)
        if subject.kind is Kind.VOLUME:
            whole, inside = sealing.open_volume(mine.id, subject.id)
            for found in (whole, *inside):
                _tell(session, found)
            return
        opened = sealing.open_item(mine.id, subject.id)
        pages = [page.text for _object, page in opened.pages]
        session.answer(
            {"code": opened.item.reference_code, "title": opened.item.title, "date": opened.item.doc_date,
             "sealed_at": opened.seal.at, "basis": opened.seal.basis, "pages": pages},
            "\n".join((opened.item.reference_code, opened.item.title, opened.seal.basis, *pages)),
        )  # fmt: skip
        if out is not None:
            sealing.export(mine.id, subject.id, out)


@consultation.command("close")
@click.argument("number")
@click.option("--result", required=True, help="What came of it, also when nothing was found.")
@pass_session
def close(session: Session, number: str, result: str) -> None:
    """End a consultation."""
    with session.station() as station:
        found = station.sealing.consultation_by_number(number)
        _answer(session, _checked(lambda: station.sealing.close(found.id, result)))


def _subject(station: Station, code: str) -> Subject:
    """The volume or record with this code that may be seen. Raises NoSuchRecord."""
    try:
        return Subject(Kind.VOLUME, station.volumes.by_code(code).id)
    except NoSuchRecord:
        return Subject(Kind.ITEM, station.item_by_code(normalise(code)).id)


def _sought(station: Station, mine: Consultation, code: str) -> Subject:
    """The sealed record with this code among what the approved terms lead to, in their volumes too. Raises NoSuchRecord."""
    wanted, sealing = normalise(code), station.sealing
    for term in mine.request.sought:
        for found in sealing.find(mine.id, term):
            if found.reference_code == wanted:
                return found.subject
            if found.subject.kind is Kind.VOLUME and wanted.startswith(found.reference_code):
                for inside in sealing.open_volume(mine.id, found.subject.id)[1]:
                    if inside.reference_code == wanted:
                        return inside.subject
    raise NoSuchRecord(code=code)


def _checked(work: Callable[[], Consultation]) -> Consultation:
    """What is wrong with a wish is told field by field, as usage."""
    try:
        return work()
    except Invalid as error:
        raise click.UsageError(" ".join(wording.say(problem.key, **problem.facts) for problem in error.problems)) from None


def _tell(session: Session, found: Sealed) -> None:
    session.answer(
        {"code": found.reference_code, "kind": found.subject.kind.value, "title": found.title, "date": found.date,
         "pages": found.page_count, "opened": found.consulted},
        "\t".join((found.reference_code, found.title, found.date)),
    )  # fmt: skip


def _answer(session: Session, told: Consultation) -> None:
    asked = told.request
    session.answer(
        {
            "consultation": told.number, "state": told.state.value, "open": told.open, "unit": asked.unit,
            "person": asked.person, "basis": asked.basis, "document_no": asked.document_no, "purpose": asked.purpose,
            "sought": list(asked.sought), "scope": asked.scope, "decided_by": told.decided_by, "ends_on": told.ends_on,
            "opened": told.consulted, "result": told.result,
        },
        "\t".join((told.number, wording.say(f"consultation_state.{told.state.value}"), asked.unit, told.ends_on)),
    )  # fmt: skip
