"""app/cli_people.py — the commands about whom and what the papers name: whom a record names, looking up papers, the report."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from app import numbering, wording
from app.reports.access_report import AccessWishes
from app.session import Session, pass_session, stderr
from storage.records import Kind, Subject
from storage.records.people import EntityDraft, EntityKind, Part, Purpose

_purpose = click.option(
    "--purpose", type=click.Choice([purpose.value for purpose in Purpose]), required=True, help="What it is for."
)
_basis = click.option("--basis", default="", help="The reason or legal basis; required for `other`.")


@click.group()
def people() -> None:
    """Whom and what the papers name: a finding aid for papers. Numbers and addresses are masked."""


@people.command("of")
@click.argument("code")
@pass_session
def named(session: Session, code: str) -> None:
    """Whom and what a record names."""
    with session.station() as station:
        item = station.item_by_code(numbering.normalise(code))
        for mention in station.people.named(Subject(Kind.ITEM, item.id)):
            entity = mention.entity
            part = wording.say(f"entity_part.{mention.part.value}")
            session.answer(
                {"entity": entity.id, "kind": entity.kind.value, "name": entity.name, "number": entity.id_number,
                 "plate": entity.plate, "part": mention.part.value},
                f"{entity.id}\t{entity.name}\t{entity.id_number or entity.plate}\t{part}",
            )  # fmt: skip


@people.command()
@click.argument("code")
@click.argument("name")
@click.option("--kind", type=click.Choice([kind.value for kind in EntityKind]), default="person", show_default=True)
@click.option("--number", default="", help="Identity or licence number.")
@click.option("--plate", default="")
@click.option("--phone", default="")
@click.option("--minor", is_flag=True, help="Under 18 when the paper was made.")
@click.option("--part", type=click.Choice([part.value for part in Part]), default="concerned", show_default=True)
@pass_session
def add(
    session: Session, code: str, name: str, kind: str, number: str, plate: str, phone: str, minor: bool, part: str
) -> None:
    """Note that a record names somebody or something."""
    draft = EntityDraft(EntityKind(kind), name, id_number=number, plate=plate, phone=phone, minor=minor)
    with session.station() as station:
        item = station.item_by_code(numbering.normalise(code))
        entity = station.people.name(Subject(Kind.ITEM, item.id), draft, Part(part))
        session.answer({"entity": entity, "record": item.reference_code}, wording.say("people.saved"))


@people.command("find")
@click.argument("term")
@click.option("--kind", type=click.Choice([kind.value for kind in EntityKind]), help="Only such.")
@_purpose
@_basis
@pass_session
def find(session: Session, term: str, kind: str | None, purpose: str, basis: str) -> None:
    """The papers that mention a person, number, phone, plate, place, organisation or case: whole, its beginning, part of a
    number, or pinyin. What only stands in a text comes last. The search itself is journaled.
    """
    with session.station() as station:
        answer = station.people.look_up(term, Purpose(purpose), basis, EntityKind(kind) if kind else None)
        for group in answer.groups:
            for line in group.lines:
                entity, paper = line.entity, line.paper
                part = wording.say(f"entity_part.{paper.part.value}" if paper.part else "people.unconfirmed")
                session.answer(
                    {"entity": entity.id if entity else 0, "name": entity.name if entity else "", "record": paper.reference_code,
                     "title": paper.title, "part": paper.part.value if paper.part else "",
                     "volume": group.volume.reference_code if group.volume else ""},
                    wording.say("cli.people.papers", code=paper.reference_code, title=paper.title, part=part),
                )  # fmt: skip
        if not answer:
            stderr.print(wording.say("cli.people.none", term=term), markup=False)
            session.found()


@people.command("sharing")
@click.argument("code")
@_purpose
@_basis
@pass_session
def sharing(session: Session, code: str, purpose: str, basis: str) -> None:
    """The volumes that mention a person, plate, place, organisation or case that this one mentions. Journaled."""
    with session.station() as station:
        volume = station.volumes.by_code(numbering.normalise(code))
        found = station.people.sharing(volume.id, Purpose(purpose), basis)
        for one in found:
            what = wording.say("people.list").join(wording.say(f"entity_kind.{kind.value}") for kind in one.what)
            session.answer(
                {"volume": one.volume.reference_code, "title": one.volume.title, "what": [kind.value for kind in one.what], "tied": one.tied},
                wording.say("cli.people.papers", code=one.volume.reference_code, title=one.volume.title, part=what),
            )  # fmt: skip
        if not found:
            stderr.print(wording.say("people.shares_nothing"), markup=False)
            session.found()


@people.command("report")
@click.argument("entity", type=int, default=0)
@click.option("--since", default="", help="First day, such as 2026-01-01.")
@click.option("--until", default="", help="Last day.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@pass_session
def report(session: Session, entity: int, since: str, until: str, out: Path) -> None:
    """Who looked at the papers that name this entity (by the number `find` shows), or anybody, as PDF."""
    with session.station() as station:
        wishes = AccessWishes(
            entity, since, until, prepared_by=str(station.settings.get("prepared_by")) or station.agent.name,
            prepared_on=date.today().isoformat(), language=wording.language(),
        )  # fmt: skip
        pdf = station.report("access_report", wishes)
        station.export(pdf, out, "report:access_report")
        session.answer(
            {"report": "access_report", "file": str(out), "bytes": len(pdf)}, wording.say("cli.written", file=out)
        )
