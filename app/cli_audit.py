"""app/cli_audit.py — the commands about the journal: its lines, its chain, the page for the paper log.

The audit report is a form like others: `anjuan report audit_report --wish since=2026-11-01 --out FILE`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import click

from app import wording
from app.audit import words
from app.audit.chain import check, groups
from app.audit.groups import kinds, types_of
from app.audit.span import span
from app.session import Session, pass_session, progress, stderr
from storage.changes import EVENT_TYPES
from storage.errors import FileUnreadable, NoSuchRecord
from storage.records.journal import JournalFilter, JournalLine

_DAY = click.DateTime(["%Y-%m-%d"])
_from = click.option("--from", "first", type=_DAY, help="First day, such as 2026-01-01.")
_to = click.option("--to", "last", type=_DAY, help="Last day.")
_person = click.option("--person", default="", help="Only what this user did.")
_type = click.option(
    "--type", "types", multiple=True, type=click.Choice([*kinds(), *EVENT_TYPES]), metavar="KIND|EVENT", help="A kind of events, or one event type."
)
_record = click.option("--record", default="", help="The whole story of the record with this code, present or former.")
_outcome = click.option("--outcome", type=click.Choice(["success", "refused", "failure"]), default=None)
_searched = click.option("--searched", default="", metavar="WORDS", help="Only searches for exactly these words.")
_session_option = click.option("--session", "session_id", default="", help="Only what happened in this session.")


@click.group(invoke_without_command=True)
@_from
@_to
@_person
@_type
@_record
@_outcome
@_session_option
@_searched
@click.option("--limit", type=int, default=100, show_default=True, help="So many lines at most, the newest.")
@click.pass_context
def journal(
    context: click.Context, first: datetime | None, last: datetime | None, person: str, types: tuple[str, ...], record: str,
    outcome: str | None, session_id: str, searched: str, limit: int,
) -> None:
    """What happened in this archive, the newest first. The look itself is journaled."""
    session: Session = context.obj
    if context.invoked_subcommand:
        return
    with session.station() as station:
        wanted = _wanted(first, last, types, outcome, session_id)
        if record:
            wanted = replace(wanted, subject=station.audit.record(record).subject)
        if searched:
            asked = station.audit.searched(searched)
            wanted = replace(wanted, types=asked.types, digest=asked.digest)
        if person:
            wanted = replace(wanted, agent=_agent(station.audit.people(), person))
        answer = station.audit.ask(wanted, limit)
        for line in answer.all():
            session.answer(_values(line), _text(line))
        if not answer.numbers:
            stderr.print(wording.say("cli.journal.empty"), markup=False)
            session.found()


@journal.command("export")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--format", "form", type=click.Choice(["csv", "xlsx", "chain"]), default="chain", show_default=True,
              help="A table in words, or the chain as lines of JSON that anybody can check.")  # fmt: skip
@_from
@_to
@_type
@_outcome
@pass_session
def export(
    session: Session, out: Path, form: str, first: datetime | None, last: datetime | None, types: tuple[str, ...], outcome: str | None
) -> None:
    """Write lines of the journal, or its whole chain, into a file."""
    with session.station() as station, progress(wording.say("audit.list")) as step:
        if form == "chain":
            content = station.audit.chain(step)
            lines = content.count(b"\n")
        else:
            answer = station.audit.ask(_wanted(first, last, types, outcome, ""))
            content, lines = station.audit.table(answer, form, step), len(answer.numbers)
        station.audit.export(content, out, f"journal_{form}", lines)
        session.answer({"file": str(out), "lines": lines, "bytes": len(content)}, wording.say("cli.written", file=out))


@journal.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@pass_session
def check_command(session: Session, file: Path | None) -> None:
    """Follow the chain of this archive, or of a FILE that `journal export` wrote somewhere else; needs no archive then."""
    if file is not None:
        try:
            checked = check(file.read_bytes().splitlines())
        except OSError as error:
            raise FileUnreadable(path=str(file)) from error
    else:
        with session.station() as station, progress(wording.say("audit.check")) as step:
            checked = station.audit.check(step)
    if checked.sound:
        told = wording.say("cli.journal.sound", lines=f"{checked.lines:,}", seq=checked.seq, hash=groups(checked.head))
    else:
        told = wording.say("cli.journal.broken", fault=checked.fault, lines=f"{checked.lines:,}")
        session.found()
    if checked.withheld:
        told += "\n" + wording.say("cli.journal.withheld", n=f"{checked.withheld:,}")
    session.answer(
        {"sound": checked.sound, "fault": checked.fault, "lines": checked.lines, "seq": checked.seq, "hash": checked.head,
         "withheld": checked.withheld},
        told,
    )  # fmt: skip


@journal.command("compare")
@click.argument("code", nargs=-1, required=True)
@pass_session
def compare(session: Session, code: tuple[str, ...]) -> None:
    """Compare a head from a day sheet, scanned or typed (number and at least four groups), with the journal."""
    with session.station() as station:
        found = station.audit.compare(" ".join(code))
        if not found.agrees:
            session.found()
        session.answer(
            {"seq": found.code.seq, "result": found.why},
            wording.say(f"audit.compare_dialog.{found.why}", seq=found.code.seq),
        )


@click.command("day-sheet")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--day", type=_DAY, help="A day that has its sheet already; today gets one when left out.")
@pass_session
def day_sheet(session: Session, out: Path, day: datetime | None) -> None:
    """The page of the paper log: the journal's head at the end of the day."""
    with session.station() as station:
        if day is None:
            wanted = station.audit.seal_day(date.today()).day
        else:
            wanted = day.date().isoformat()
        pdf = station.report("day_sheet", {
            "sheet_day": wanted, "prepared_by": station.agent.name, "prepared_on": date.today().isoformat(),
            "language": wording.language(),
        })  # fmt: skip
        station.export(pdf, out, "report:day_sheet")
        sheet = next(one for one in station.audit.day_sheets() if one.day == wanted)
        session.answer(
            {"day": sheet.day, "seq": sheet.head_seq, "hash": sheet.head_hash, "file": str(out)},
            f"{wording.say('cli.written', file=out)}\n{sheet.head_seq}  {groups(sheet.head_hash)}",
        )


def _wanted(
    first: datetime | None, last: datetime | None, types: tuple[str, ...], outcome: str | None, session_id: str
) -> JournalFilter:
    chosen = {type for one in types for type in (types_of(one) if one in kinds() else (one,))}
    days = span(first.date() if first else None, last.date() if last else None)
    return JournalFilter(*days, types=tuple(sorted(chosen)), outcome=outcome or "", session=session_id)


def _agent(people: list, person: str) -> int:  # type: ignore[type-arg]
    """Raises NoSuchRecord."""
    found = next((agent.id for agent in people if agent.name == person), None)
    if found is None:
        raise NoSuchRecord(record=person)
    return int(found)


def _values(line: JournalLine) -> dict[str, object]:
    event = line.event
    return {
        "seq": event.seq, "at": event.at, "person": event.agent_name, "roles": event.standing.split("+"), "type": event.type,
        "what": words.what(line), "about": words.about(line), "code": line.code, "title": line.title, "outcome": event.outcome,
        "reason": event.reason, "words": line.words, "session": event.session, "detail": event.detail, "before": event.before,
        "after": event.after, "hash": event.hash,
    }  # fmt: skip


def _text(line: JournalLine) -> str:
    event = line.event
    told = (str(event.seq), words.when(event.at), words.who(event), words.what(line), words.about(line), words.outcome(event), words.why(line))
    return "\t".join(told)
