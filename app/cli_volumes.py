"""app/cli_volumes.py — the commands for volumes: list, open, add papers, put in order, check, divide, file, show, print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from app import filing, reports, wording
from app.filing import Problem
from app.privacy import cover
from app.reports.volume_contents import ClassWishes, VolumeWishes
from app.reports.volume_cover import CoverWishes
from app.reports.volume_register import DeadlineWishes
from app.session import Session, pass_session
from app.station import Station
from storage.errors import NoSuchRecord
from storage.records import Item, Retention, State
from storage.records.volumes import Volume, VolumeDraft, VolumeFilter, VolumePart

T = TypeVar("T")
_FORMS = [report.name for report in reports.REPORTS if report.wishes in (VolumeWishes, CoverWishes)]
_LISTS = [report.name for report in reports.REPORTS if report.wishes in (ClassWishes, DeadlineWishes)]


@click.command("volumes")
@click.option("--state", type=click.Choice([State.OPEN.value, State.FILED.value]))
@click.option("--category")
@click.option("--year", type=int)
@click.option("--text", default="", help="In title, case name, case number or reference code.")
@click.option("--due", is_flag=True, help="Only closed cases that wait to be filed, with the days left.")
@click.option("--print", "form", type=click.Choice(_LISTS), help="A register of them as PDF, into --out.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False))
@pass_session
def volumes_command(
    session: Session, state: str | None, category: str | None, year: int | None, text: str, due: bool, form: str | None,
    out: Path | None,
) -> None:
    """List volumes, those last worked on first."""
    with session.station() as station:
        if form:
            if out is None:
                raise click.UsageError(wording.say("volumes.cli.out"))
            _export(session, station, form, _list_wishes(station, form, category, year), out)
            return
        holidays = str(station.settings.get("public_holidays"))
        left = {one.volume.id: one for one in station.volumes.due(date.today(), holidays)}
        wanted = VolumeFilter(State(state) if state else None, category, year, text=text)
        for volume in station.volumes.covered(station.volumes.volumes(wanted)):
            if due and volume.id not in left:
                continue
            pressing = left.get(volume.id)
            values = _values(volume) | {
                "due_on": pressing.due_on.isoformat() if pressing else None,
                "days_left": pressing.days_left if pressing else None,
            }
            session.answer(values, _line(volume))


@click.group("volume")
def volume_commands() -> None:
    """One volume: open it, add papers, put them in order, file it."""


@volume_commands.command("open")
@click.option("--title", required=True)
@click.option("--category", required=True)
@click.option("--year", type=int, default=lambda: date.today().year)
@click.option("--retention", type=click.Choice([retention.value for retention in Retention]))
@click.option("--part", type=click.Choice([part.value for part in VolumePart]), default=VolumePart.WHOLE.value)
@click.option("--set", "fields", multiple=True, metavar="FIELD=VALUE", help="Any other field, such as case_no=A123.")
@pass_session
def open_command(
    session: Session, title: str, category: str, year: int, retention: str | None, part: str, fields: tuple[str, ...]
) -> None:
    """A new volume to collect papers in."""
    with session.station() as station:
        known = {one.code: one.default_retention for one in station.categories()}
        kept = Retention(retention) if retention else known.get(category, Retention.D10)
        draft = VolumeDraft(title=title, category=category, year=year, retention=kept, part=VolumePart(part), **_fields(fields))
        volume = _checked(session, lambda: station.volumes.open(draft))
        if volume is not None:
            session.answer(_values(volume), _line(volume))


@volume_commands.command("describe")
@click.argument("volume")
@click.option("--set", "fields", multiple=True, required=True, metavar="FIELD=VALUE")
@click.option("--reason", default="", help="Needed once the volume is filed.")
@pass_session
def describe_command(session: Session, volume: str, fields: tuple[str, ...], reason: str) -> None:
    """Change fields of the description."""
    with session.station() as station:
        found = _find(station, volume)
        values = {name: getattr(found.draft, name) for name in VolumeDraft.__dataclass_fields__} | _fields(fields)
        changed = _checked(session, lambda: station.volumes.describe(found.id, VolumeDraft(**values), reason))
        if changed is not None:
            session.answer(_values(changed), _line(changed))


@volume_commands.command("add")
@click.argument("volume")
@click.argument("arrivals", nargs=-1, required=True, type=int)
@pass_session
def add_command(session: Session, volume: str, arrivals: tuple[int, ...]) -> None:
    """File waiting papers (by the number `inbox` shows) into an open volume, as suggested."""
    with session.station() as station:
        found = _find(station, volume)
        waiting = {arrival.id: arrival for arrival in station.archive.queries.inbox(limit=-1)}
        for arrival_id in arrivals:
            if arrival_id not in waiting:
                raise NoSuchRecord(arrival=arrival_id)
            arrival = waiting[arrival_id]
            assert arrival.suggestion is not None
            draft = filing.complete(arrival.suggestion, arrival.name, date.today())
            item = _checked(session, lambda id=arrival_id, draft=draft: station.volumes.file_into(id, draft, found.id))  # type: ignore[misc]
            if item is not None:
                session.answer(_item(item), f"{item.position}\t{cover(item.title)}")


@volume_commands.command("order")
@click.argument("volume")
@click.argument("items", nargs=-1, type=int)
@click.option("--guide", is_flag=True, help="As the guide of its category has it.")
@pass_session
def order_command(session: Session, volume: str, items: tuple[int, ...], guide: bool) -> None:
    """Put the papers in order: all their ids, or --guide."""
    if guide == bool(items):
        raise click.UsageError(wording.say("volumes.cli.order"))
    with session.station() as station:
        found = _find(station, volume)
        if guide:
            station.volumes.arrange(found.id)
        else:
            station.volumes.order(found.id, items)
        for item in station.volumes.items(found.id):
            session.answer(_item(item), f"{item.position}\t{item.id}\t{cover(item.title)}")


@volume_commands.command("check")
@click.argument("volume")
@pass_session
def check_command(session: Session, volume: str) -> None:
    """What keeps the volume from being filed, and what is worth a second look."""
    with session.station() as station:
        found = station.volumes.check(_find(station, volume).id)
        for blocks, problems in ((True, found.problems), (False, found.warnings)):
            for problem in problems:
                session.found()
                _answer_problem(session, problem, blocks)


@volume_commands.command("divide")
@click.argument("volume")
@pass_session
def divide_command(session: Session, volume: str) -> None:
    """Make books of the size the guide allows."""
    with session.station() as station:
        for book in station.volumes.divide(_find(station, volume).id):
            session.answer(_values(book), _line(book))


@volume_commands.command("join")
@click.argument("volume")
@click.argument("into")
@pass_session
def join_command(session: Session, volume: str, into: str) -> None:
    """Put all papers of an open volume at the end of another open one; the first is no more."""
    with session.station() as station:
        target = _find(station, into).id
        station.volumes.join(_find(station, volume).id, target)
        (joined,) = station.volumes.covered([station.volumes.volume(target)])
        session.answer(_values(joined), _line(joined))


@volume_commands.command("withdraw")
@click.argument("volume")
@pass_session
def withdraw_command(session: Session, volume: str) -> None:
    """Withdraw an open volume without a paper that was opened by mistake."""
    with session.station() as station:
        found = _find(station, volume)
        station.volumes.withdraw(found.id)
        session.answer({"volume": found.id, "withdrawn": True}, wording.say("volumes.withdrawn"))


@volume_commands.command("file")
@click.argument("volume")
@click.option("--forms", type=click.Path(path_type=Path, file_okay=False), help="Write the volume's forms here, as PDF.")
@pass_session
def file_command(session: Session, volume: str, forms: Path | None) -> None:
    """Give the volume and its papers their codes. What the law seals is sealed with it: --forms is the only way to them then."""
    with session.station() as station:
        found = _find(station, volume)
        wanted = {name: _wishes(station, name, found.id) for name in _FORMS} if forms else {}
        filed = _checked(
            session,
            lambda: station.volumes.file(
                found.id, lambda source: [(name, reports.render(name, source, wishes)) for name, wishes in wanted.items()]
            ),
        )
        if filed is None:
            return
        made = dict(filed.forms) or {name: station.report(name, wishes) for name, wishes in wanted.items()}
        for name, pdf in made.items():
            assert forms is not None
            station.export(pdf, forms / f"{name}.pdf", f"report:{name}")
        session.answer(_values(filed.volume) | {"sealed": filed.sealed}, _line(filed.volume))


@volume_commands.command("show")
@click.argument("volume")
@pass_session
def show_command(session: Session, volume: str) -> None:
    """A volume and its papers."""
    with session.station() as station:
        (found,) = station.volumes.covered([station.view_volume(_find(station, volume).id)])
        order = [item.id for item in station.volumes.items(found.id)]
        shown = station.items_by_id(order)
        items = [shown[item_id] for item_id in order]
        session.answer(
            _values(found) | {"items": [_item(item) for item in items]},
            "\n".join([_line(found), *(f"  {item.position}\t{item.page_from}-{item.page_to}\t{cover(item.title)}" for item in items)]),
        )


@volume_commands.command("print")
@click.argument("volume")
@click.argument("form", type=click.Choice(_FORMS))
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@pass_session
def print_command(session: Session, volume: str, form: str, out: Path) -> None:
    """A form of the volume as PDF."""
    with session.station() as station:
        _export(session, station, form, _wishes(station, form, _find(station, volume).id), out)


# -- inside


def _find(station: Station, named: str) -> Volume:
    """By its id (an open volume has no code yet) or its reference code."""
    return station.volumes.volume(int(named)) if named.isdigit() else station.volumes.by_code(named)


def _fields(given: tuple[str, ...]) -> dict[str, Any]:
    """FIELD=VALUE as columns of a description; the closed ones have options of their own."""
    texts = {name for name, field in VolumeDraft.__dataclass_fields__.items() if field.type == "str"}
    found = {}
    for part in given:
        name, _equals, value = part.partition("=")
        if name not in texts:
            raise click.UsageError(wording.say("volumes.cli.field", name=name, names=", ".join(sorted(texts))))
        found[name] = value
    return found


def _checked(session: Session, act: Callable[[], T]) -> T | None:
    """What `act` answers; None when the station names problems, which are told."""
    try:
        return act()
    except filing.Invalid as error:
        session.found()
        for problem in error.problems:
            _answer_problem(session, problem, True)
        return None


def _answer_problem(session: Session, problem: Problem, blocks: bool) -> None:
    said = wording.say(problem.key, **problem.facts)
    session.answer({"field": problem.field, "problem": said, "blocks": blocks}, f"{'✗' if blocks else '!'} {said}")


def _wishes(station: Station, form: str, volume_id: int) -> object:
    if reports.find(form).wishes is CoverWishes:
        return CoverWishes(volume_id, language=wording.language())
    prepared = str(station.settings.get("prepared_by")) or station.agent.name
    return VolumeWishes(volume_id, prepared, date.today().isoformat(), wording.language())


def _list_wishes(station: Station, form: str, category: str | None, year: int | None) -> object:
    secret = VolumePart.SECRET in station.volumes.parts
    prepared: dict[str, Any] = {
        "prepared_by": str(station.settings.get("prepared_by")) or station.agent.name,
        "prepared_on": date.today().isoformat(),
        "language": wording.language(),
    }
    if reports.find(form).wishes is DeadlineWishes:
        return DeadlineWishes(date.today().isoformat(), str(station.settings.get("public_holidays")), secret, **prepared)
    return ClassWishes(category, "", year, secret=secret, **prepared)


def _export(session: Session, station: Station, form: str, wishes: object, out: Path) -> None:
    pdf = station.report(form, wishes)
    station.export(pdf, out, f"report:{form}")
    session.answer({"report": form, "file": str(out), "bytes": len(pdf)}, wording.say("cli.written", file=out))


def _values(volume: Volume) -> dict[str, Any]:
    values = asdict(volume)
    values["code"] = values.pop("reference_code")
    for name in ("title", "case_name", "remarks", "notes"):
        values[name] = cover(values[name])
    return values


def _item(item: Item) -> dict[str, Any]:
    return {
        "item": item.id, "code": item.reference_code, "position": item.position, "title": cover(item.title),
        "page_from": item.page_from, "page_to": item.page_to, "page_count": item.page_count,
    }  # fmt: skip


def _line(volume: Volume) -> str:
    state = wording.say(f"volume_state.{volume.state.value}")
    counts = wording.say("volumes.counts", items=volume.item_count, pages=volume.page_count)
    return f"{volume.id}\t{volume.reference_code or volume.case_no}\t{state}\t{counts}\t{cover(volume.title)}"
