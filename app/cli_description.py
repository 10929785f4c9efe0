"""app/cli_description.py — correcting one record, changing many, taking it back: the commands.

`bulk` shows what would change unless `--apply` is given; it then applies exactly what it has just read, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import click
import msgspec

from app import numbering, wording
from app.description.bulk import BULK_FIELDS, Do, Edit, Preview
from app.description.compare import FIELDS
from app.privacy import cover
from app.session import Session, pass_session, progress
from app.station import Station
from storage.records import ItemDraft, Retention


def _pairs(values: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals:
            raise click.UsageError(wording.say("cli.field_value", given=value))
        pairs[name.strip()] = text
    return pairs


@click.command()
@click.argument("code")
@click.option("--set", "values", multiple=True, required=True, metavar="FIELD=VALUE", help=f"Fields: {', '.join(FIELDS)}.")
@click.option("--reason", default="", help="Why; needed for a filed record.")
@pass_session
def correct(session: Session, code: str, values: tuple[str, ...], reason: str) -> None:
    """Correct the description of one record; what it was before is kept."""
    pairs = _pairs(values)
    unknown = pairs.keys() - set(FIELDS)
    if unknown:
        raise click.UsageError(wording.say("cli.no_field", field=", ".join(sorted(unknown))))
    try:
        typed = msgspec.convert(pairs, ItemDraft, strict=False)
    except msgspec.ValidationError as error:
        raise click.UsageError(wording.say("cli.field_value", given=" ".join(values))) from error
    with session.station() as station:
        item = station.description.raw(station.item_by_code(numbering.normalise(code)).id)
        wanted = replace(item.draft, **{name: getattr(typed, name) for name in pairs})
        _problems, changes = station.description.check(item, wanted)
        station.description.correct(item.id, wanted, reason, item.changed_seq)
        for change in changes:
            before, after = cover(str(change.before)), cover(str(change.after))
            session.answer(
                {"code": item.reference_code, "field": change.field, "before": before, "after": after},
                f"{wording.say('field.' + change.field)}: {before} → {after}",
            )


@click.command()
@click.option("--code", "codes", multiple=True, help="These records; or all of a class:")
@click.option("--category")
@click.option("--year", type=int)
@click.option("--retention", type=click.Choice([retention.value for retention in Retention]))
@click.option("--set", "values", multiple=True, metavar="FIELD=VALUE", help=f"Fields: {', '.join(BULK_FIELDS)}.")
@click.option("--clear", "cleared", multiple=True, metavar="FIELD")
@click.option("--add", metavar="KEYWORD", help="One keyword more, beside the others.")
@click.option("--remove", metavar="KEYWORD", help="One keyword less.")
@click.option("--preview/--apply", "only_preview", default=True, show_default=True)
@click.option("--reason", default="", help="Why; needed to apply.")
@click.option("--list", "listed", is_flag=True, help="The bulk edits that were made.")
@pass_session
def bulk(
    session: Session, codes: tuple[str, ...], category: str | None, year: int | None, retention: str | None,
    values: tuple[str, ...], cleared: tuple[str, ...], add: str | None, remove: str | None, only_preview: bool,
    reason: str, listed: bool,
) -> None:
    """Change many records at once. A field that is not named is kept."""
    edits = {name: Edit(Do.SET, text) for name, text in _pairs(values).items()}
    edits |= {name: Edit(Do.CLEAR) for name in cleared}
    for do, word in ((Do.ADD, add), (Do.REMOVE, remove)):
        if word is not None:
            edits["subjects"] = Edit(do, word)
    if len(edits) < len(values) + len(cleared) + (add is not None) + (remove is not None):
        raise click.UsageError(wording.say("cli.field_twice"))
    with session.station() as station, progress(wording.say("bulk.previewing")) as line:
        edit = station.description.bulk
        if listed:
            for one in edit.history():
                session.answer(
                    {"bulk": one.id, "at": one.at, "by": one.agent_name, "records": one.items, "changes": dict(one.changes),
                     "reason": one.reason, "undone_at": one.undone_at},
                    f"{one.id}\t{one.at}\t{one.agent_name}\t{one.items}\t{one.reason}\t{one.undone_at}",
                )  # fmt: skip
            return
        if not codes and not (category or year or retention):
            raise click.UsageError(wording.say("cli.which_records"))
        if codes:
            ids = [station.item_by_code(numbering.normalise(code)).id for code in codes]
        else:
            ids = edit.of_class(category=category, year=year, retention=Retention(retention) if retention else None)
        preview = edit.preview(ids, edits, _step(line))
        _tell(session, preview)
        if not only_preview:
            number = edit.apply(preview, reason, _step(line))
            session.answer({"bulk": number, "records": len(preview.lines)}, wording.say("bulk.done", n=len(preview.lines)))


@click.command()
@click.argument("number", type=int)
@click.option("--reason", required=True)
@click.option("--leave-out", "kept", multiple=True, metavar="CODE", help="Records corrected since that stay as they are.")
@pass_session
def undo(session: Session, number: int, reason: str, kept: tuple[str, ...]) -> None:
    """Take a bulk edit back: every record gets the description it had."""
    with session.station() as station, progress(wording.say("bulk.previewing")) as line:
        for item in station.description.bulk.undoing(number).since:
            code = item.reference_code or str(item.id)
            session.answer({"corrected_since": code, "title": cover(item.title)}, f"{code}\t{cover(item.title)}")
        left = [_item_id(station, code) for code in kept]
        count = station.description.bulk.undo(number, reason, left, _step(line))
        session.answer({"bulk": number, "records": count}, wording.say("undo.done", n=count))


def _step(line: Callable[[int, int, str], None]) -> Callable[[int, int], None]:
    return lambda done, total: line(done, total, "")


def _item_id(station: Station, code: str) -> int:
    return station.item_by_code(numbering.normalise(code)).id


def _tell(session: Session, preview: Preview) -> None:
    for line in preview.lines:
        problems = [wording.say(problem.key, **problem.facts) for problem in line.problems]
        if problems:
            session.found()
        for field, old, new in line.values:
            before, after = cover(str(old)), cover(str(new))
            session.answer(
                {"code": line.reference_code, "title": cover(line.title), "field": field, "before": before, "after": after,
                 "problems": problems},
                f"{line.reference_code}\t{wording.say('field.' + field)}: {before} → {after}\t{' '.join(problems)}",
            )  # fmt: skip
