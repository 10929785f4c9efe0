"""app/cli_interchange.py — the commands that take catalogues in and give them out.

`import` without `--dry-run` does what the dry run found, or nothing; problems are printed row by row either way, and make
the exit code 1. `export` writes clear text where the person says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from app import numbering, wording
from app.interchange import FORMATS, Catalogue, ColumnMapping, Selection, Trial, columns
from app.session import Session, pass_session, progress
from storage.records import Kind, Retention


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--map", "maps", multiple=True, metavar="COLUMN=FIELD", help="A column by its heading; FIELD empty leaves it out.")
@click.option("--set", "given", multiple=True, metavar="FIELD=VALUE", help="What counts where a row says nothing.")
@click.option("--word", "words", multiple=True, metavar="FIELD:WORD=VALUE", help="What a word means: retention:长期=D30.")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="A catalogue of items or of volumes.")
@click.option("--sheet", default="", help="The sheet of a spreadsheet; the first with anything in it when left out.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--good-rows", is_flag=True, help="Import the rows without a problem, leave the others out.")
@click.option("--again", is_flag=True, help="Although this very file was imported before.")
@pass_session
def import_command(
    session: Session,
    file: Path,
    maps: tuple[str, ...],
    given: tuple[str, ...],
    words: tuple[str, ...],
    kind: str | None,
    sheet: str,
    dry_run: bool,
    good_rows: bool,
    again: bool,
) -> None:
    """Take in a catalogue of records on paper (CSV, XLSX)."""
    with session.station() as station, progress(wording.say("cli.importing")) as bar:
        step = _told(bar)
        door = station.interchange
        catalogue = door.read(file, sheet=sheet)
        suggested = door.suggest(catalogue, Kind(kind) if kind else None)
        mapping = _mapping(catalogue, suggested, maps, given, words)
        trial = door.try_out(catalogue, mapping, step)
        _answer(session, trial)
        if dry_run:
            return
        taken = door.take_in(trial, good_rows=good_rows, again=again, step=step)
        station.archive.index.catch_up(step)
        session.answer(
            {"run": taken.run.id, "records": taken.run.rows, "first": taken.first_code, "last": taken.last_code},
            wording.say("cli.imported", n=taken.run.rows, first=taken.first_code, last=taken.last_code),
        )


@click.command("export")
@click.option("--format", "name", required=True, type=click.Choice(list(FORMATS)))
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--category")
@click.option("--year", type=int)
@click.option("--retention", type=click.Choice([retention.value for retention in Retention]))
@click.option("--code", "codes", multiple=True, help="A 档号, of a record or of a volume; may be repeated.")
@pass_session
def export_command(
    session: Session, name: str, out: Path, category: str | None, year: int | None, retention: str | None,
    codes: tuple[str, ...],
) -> None:
    """Write the catalogue of filed records into a file, in clear."""
    wished = tuple(map(numbering.normalise, codes))
    wanted = Selection(category, year, Retention(retention) if retention else None, codes=wished)
    with session.station() as station, progress(wording.say("cli.exporting")) as bar:
        count = station.interchange.count(wanted, name)
        data = station.interchange.build(wanted, name, int(station.settings.get("export_limit")), _told(bar))
        station.export(data, out, f"catalogue:{name}")
        session.answer(
            {"format": name, "file": str(out), "records": count, "bytes": len(data)}, wording.say("cli.written", file=out)
        )


def _told(bar: Callable[[int, int, str], None]) -> Callable[[int, int], None]:
    return lambda done, total: bar(done, total, "")


def _mapping(
    catalogue: Catalogue, suggested: ColumnMapping, maps: tuple[str, ...], given: tuple[str, ...], words: tuple[str, ...]
) -> ColumnMapping:
    chosen = list(suggested.columns)
    for heading, field in map(_pair, maps):
        if heading not in catalogue.header or field not in ("", *columns.FIELDS[suggested.kind]):
            raise click.UsageError(wording.say("cli.import_map", heading=heading, field=field))
        chosen[catalogue.header.index(heading)] = field
    decided = {field: dict(known) for field, known in suggested.words.items()}
    for word, value in map(_pair, words):
        field, _, text = word.partition(":")
        decided.setdefault(field, {})[text] = value
    fixed = suggested.given | dict(map(_pair, given))
    wrong = [field for field in (*fixed, *decided) if field not in columns.GIVEN]
    if wrong:
        raise click.UsageError(wording.say("cli.import_map", heading="", field=wrong[0]))
    return replace(suggested, columns=tuple(chosen), given=fixed, words=decided)


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        raise click.UsageError(wording.say("cli.import_pair", text=text))
    return name.strip(), value.strip()


def _answer(session: Session, trial: Trial) -> None:
    for found in trial.problems:
        said = wording.say(found.problem.key, **found.problem.facts)
        if found.blocking:
            session.found()
        session.answer(
            {"row": found.row, "column": found.column, "problem": said, "blocking": found.blocking},
            f"{found.row or ''}\t{found.column}\t{said}",
        )
    session.answer(
        {"rows": trial.rows, "good": len(trial.entries), "kind": trial.mapping.kind.value, "columns": trial.mapping.columns},
        wording.say("cli.import_tried", rows=trial.rows, good=len(trial.entries)),
    )
