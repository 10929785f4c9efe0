"""app/cli.py — the commands.

Everything the screens do, without one; the same code. `--json` (anywhere) prints one JSON object a line on stdout;
progress and messages go to stderr. Exit codes: 0 done, 1 done with findings, 2 usage, 3 refused, 4 fault.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any

import click
import msgspec

from app import bench as benches
from app import diagnostics, filing, numbering, reports, samples, wording
from app.cli_audit import day_sheet, journal
from app.cli_backup import backup_command, backups_command, restore_command
from app.cli_description import bulk, correct, undo
from app.cli_disposal import appraisal, due, hold
from app.cli_headquarters import headquarters
from app.cli_index import index_command
from app.cli_inspection import attest_command, inspect_command, inspections_command
from app.cli_interchange import export_command, import_command
from app.cli_keys import keys
from app.cli_lending import loan, loans
from app.cli_people import people
from app.cli_sealing import consultation, seal
from app.cli_search import search, searches, words
from app.cli_selftest import selftest_command
from app.cli_suspension import acknowledge
from app.cli_users import users
from app.cli_volumes import volume_commands, volumes_command
from app.demo import Demo, Window
from app.keys import recover as recover_key
from app.privacy import cover
from app.reports import recovery_sheet as recovery
from app.session import DONE, FAULT, REFUSED, Session, pass_session, progress, stderr
from app.settings import Settings
from app.station import Station
from storage.archive import Archive
from storage.errors import Known, NoKeychain, NoSuchRecord
from storage.keychain import Keychain
from storage.records import Arrival, Item, Kind, Outcome, Retention, Subject
from storage.records.people import Purpose


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--archive", type=click.Path(path_type=Path), help="The archive folder.")
@click.option("--user", default="", help="Who asks; the first user of the archive when left out.")
@click.option("--passphrase-file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--key-file", type=click.Path(path_type=Path, dir_okay=False), help="The key file on your stick.")
@click.option("--language", type=click.Choice(wording.LANGUAGES))
@click.pass_context
def commands(
    context: click.Context,
    archive: Path | None,
    user: str,
    passphrase_file: Path | None,
    key_file: Path | None,
    language: str | None,
) -> None:
    """Anjuan 案卷: the encrypted archive of a police station. Without a command it opens the window."""
    wording.use(language or str(Settings().get("language")))
    as_json, window = context.obj
    context.obj = Session(archive, user, passphrase_file, as_json, window, key_file)


@commands.command()
@click.option("--station", required=True, help="The station's full name.")
@click.option("--admin", required=True, help="The first administrator.")
@click.option("--fonds", "fonds_number", default="Z001", show_default=True, help="全宗号: four letters or digits.")
@click.option("--fonds-name", default="", help="全宗名称; the station's name when left out.")
@click.option("--scan-folder", type=click.Path(path_type=Path), help="Where papers arrive. They are removed once sealed.")
@click.option("--no-keychain", is_flag=True, help="The passphrase alone guards the archive.")
@click.option("--recovery-sheet", type=click.Path(path_type=Path), help="Write the recovery sheet (PDF) here.")
@pass_session
def create(
    session: Session,
    station: str,
    admin: str,
    fonds_number: str,
    fonds_name: str,
    scan_folder: Path | None,
    no_keychain: bool,
    recovery_sheet: Path | None,
) -> None:
    """Found a station: a new archive, its first administrator, its recovery key."""
    keychain = _keychain(no_keychain)
    folder = session.folder
    founded, recovery_key = Station.create(
        folder,
        station=station,
        fonds_number=fonds_number,
        fonds_name=fonds_name or station,
        administrator=admin,
        passphrase=session.passphrase(confirm=True),
        keychain=keychain,
        scan_folder=scan_folder.absolute() if scan_folder else None,
    )
    try:
        Settings().set("last_archive", str(folder.absolute()))
        if recovery_sheet:
            sheet = recovery.build(
                founded.archive.fonds.station,
                founded.archive.fonds.number,
                founded.archive.station_id,
                recovery_key,
                date.today().isoformat(),
                wording.language(),
            )
            founded.export(sheet, recovery_sheet, "report:recovery_sheet")
        if recovery_sheet:
            kept = wording.say("cli.recovery_sheet", file=recovery_sheet)
        else:
            kept = wording.say("cli.recovery_key", key=recovery_key)
        session.answer(
            {
                "archive": str(folder),
                "station": founded.archive.station_id,
                "keychain": keychain is not None,
                "recovery_key": None if recovery_sheet else recovery_key,
                "recovery_sheet": str(recovery_sheet) if recovery_sheet else None,
            },
            f"{wording.say('cli.created', folder=folder)}\n{kept}",
        )
        session.confirm_recovery(recovery_key)
    finally:
        founded.stop()


@commands.command()
@click.option("--recovery-key-file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--no-keychain", is_flag=True, help="The passphrase alone guards the archive.")
@pass_session
def recover(session: Session, recovery_key_file: Path | None, no_keychain: bool) -> None:
    """Give a user a new passphrase with the recovery sheet: a forgotten one, a new PC, a lost keychain."""
    if recovery_key_file:
        recovery_key = recovery_key_file.read_text("utf-8")
    else:
        recovery_key = click.prompt(wording.say("cli.recovery_ask"), hide_input=True, err=True)
    keychain = _keychain(no_keychain)
    passphrase = session.passphrase(confirm=True)
    recover_key(session.folder, recovery_key, session.user, passphrase, keychain).close()
    session.answer({"user": session.user}, wording.say("cli.recovered", user=session.user))


@commands.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@pass_session
def intake(session: Session, paths: tuple[Path, ...]) -> None:
    """Take in and read files; folders with all that is in them. The files stay where they are."""
    files = [file for path in paths for file in _files(path)]
    with session.station() as station, progress(wording.say("cli.taking_in")) as step:
        for done, path in enumerate(files):
            step(done, len(files))
            try:
                arrival = station.intake.take(path)
            except Known as error:
                session.found()
                values = {"path": str(path), "sha256": _digest(path), "outcome": "ignored", "record": None}
                session.answer(values | {"reason": type(error).__name__}, f"{path}\t{wording.sentence(error)}")
                continue
            if arrival.outcome is Outcome.WAITING:
                arrival = station.intake.read(arrival)
            _answer_arrival(session, station, arrival, str(path))


@commands.command()
@pass_session
def inbox(session: Session) -> None:
    """The papers that wait for a person, with what was suggested for each."""
    with session.station() as station:
        for arrival in reversed(station.arrivals(Outcome.WAITING, limit=-1)):
            draft = arrival.suggestion
            if draft is None:
                continue
            said = {name: cover(value) if type(value) is str else value for name, value in asdict(draft).items()}
            session.answer(
                {"arrival": arrival.id, "name": arrival.name, "pages": arrival.page_count, "suggestion": said},
                f"{arrival.id}\t{arrival.name}\t{said['category']}\t{said['doc_date']}\t{said['title']}",
            )


@commands.command("file")
@click.option("--accept-all", is_flag=True, help="File every waiting paper as suggested.")
@click.argument("records", nargs=-1, type=int, metavar="[RECORD]...")
@pass_session
def file_command(session: Session, accept_all: bool, records: tuple[int, ...]) -> None:
    """File waiting papers (by the number `inbox` shows) as suggested; what could not be read stands in brackets."""
    if not accept_all and not records:
        raise click.UsageError(wording.say("cli.file_what"))
    with session.station() as station, progress(wording.say("cli.filing")) as step:
        waiting = station.archive.queries.inbox(limit=-1)
        chosen = [arrival for arrival in waiting if accept_all or arrival.id in records]
        missing = set(records) - {arrival.id for arrival in waiting}
        if missing:
            raise NoSuchRecord(arrival=min(missing))
        for done, arrival in enumerate(chosen):
            step(done, len(chosen))
            assert arrival.suggestion is not None
            draft = filing.complete(arrival.suggestion, arrival.name, date.today())
            try:
                item = station.file(arrival.id, draft)
            except filing.Invalid as error:
                session.found()
                problems = [{"field": p.field, "problem": wording.say(p.key, **p.facts)} for p in error.problems]
                session.answer(
                    {"arrival": arrival.id, "outcome": "waiting", "problems": problems},
                    f"{arrival.id}\t{cover(arrival.name)}\t" + " ".join(str(p["problem"]) for p in problems),
                )
                continue
            session.answer(
                {"arrival": arrival.id, "outcome": "filed", "record": item.reference_code, "title": item.title},
                f"{item.reference_code}\t{item.title}",
            )
        station.archive.index.catch_up(step)


@commands.command()
@click.argument("code")
@click.option("--unmask", type=click.Choice([purpose.value for purpose in Purpose]), help="Show it in full, for this purpose.")
@click.option("--basis", default="", help="The reason or legal basis of showing it in full.")
@pass_session
def show(session: Session, code: str, unmask: str | None, basis: str) -> None:
    """One record by its reference code (档号); numbers, phones and addresses masked unless a purpose is given."""
    with session.station() as station:
        item = station.item_by_code(numbering.normalise(code))
        if unmask:
            station.people.disclose(Subject(Kind.ITEM, item.id), Purpose(unmask), basis)
        item = station.view(item.id)
        pages = []
        for paper in station.description.documents.of(item.id):
            texts = {page.number: page.text for page in station.page_text(paper.document.object_id)}
            pages += [texts[number] for number in paper.pages if number in texts]
        session.answer(_item(item) | {"pages": pages}, _describe(item) + "\n\n" + "\n\n".join(pages))


@commands.command()
@click.argument("name", type=click.Choice([report.name for report in reports.REPORTS]))
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--category")
@click.option("--year", type=int)
@click.option("--retention", type=click.Choice([retention.value for retention in Retention]))
@click.option("--wish", "others", multiple=True, metavar="FIELD=VALUE", help="Any other wish, such as volume_id=3.")
@pass_session
def report(
    session: Session, name: str, out: Path, category: str | None, year: int | None, retention: str | None,
    others: tuple[str, ...],
) -> None:
    """Print a standard report into a PDF file."""
    with session.station() as station:
        wishes = report_wishes(station, name, {"category": category, "year": year, "retention": retention})
        pdf = station.report(name, wishes | dict(other.partition("=")[::2] for other in others))
        station.export(pdf, out, f"report:{name}")
        session.answer({"report": name, "file": str(out), "bytes": len(pdf)}, wording.say("cli.written", file=out))


@commands.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@pass_session
def enrol(session: Session, file: Path) -> None:
    """Join the headquarters that made this enrolment file."""
    with session.station() as station:
        station.enrol(file)
        enrolment = station.exchange.enrolment()
        assert enrolment is not None
        session.answer(
            {"headquarters": enrolment.headquarters, "name": enrolment.name, "url": enrolment.url},
            wording.say("cli.enrolled", name=enrolment.name),
        )


@commands.command("sync")
@click.option("--carrier", type=click.Path(path_type=Path, exists=True, file_okay=False), help="USB stick or folder.")
@pass_session
def sync_command(session: Session, carrier: Path | None) -> None:
    """One round with headquarters: pack, send, fetch receipts."""
    with session.station() as station, progress(wording.say("cli.syncing")) as step:
        outcome = station.sync(carrier, step)
        for package in outcome.packages:
            session.answer(
                {
                    "package": package.package,
                    "range": [package.first_seq, package.last_seq],
                    "state": str(package.state),
                    "reason": package.reason,
                },
                f"{package.package}\t{package.state}\t{package.reason}",
            )
            if package.reason:
                session.found()


@commands.command()
@pass_session
def receipts(session: Session) -> None:
    """The signed receipts of headquarters."""
    with session.station() as station:
        for receipt in station.receipts():
            session.answer(
                {
                    "package": receipt.package_id,
                    "received_at": receipt.received_at,
                    "receipt": msgspec.json.decode(receipt.document),
                },
                f"{receipt.package_id}\t{receipt.received_at}",
            )


@commands.command()
@pass_session
def verify(session: Session) -> None:
    """Check the database, the journal's chain, every sealed file and the index."""
    with session.station() as station, progress(wording.say("cli.verifying")) as step:
        station.archive.index.catch_up()
        for finding in station.verify(step):
            if not finding.ok:
                session.found()
            mark = "✓" if finding.ok else "✗"
            session.answer(asdict(finding), f"{mark} {finding.check} {finding.object} {finding.detail}")


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--papers", default=0, help="How many sample papers; all of them when left out.")
@click.option("--seed", default=1, show_default=True)
@click.option("--headless", is_flag=True, help="No window, even where there is a screen.")
@pass_session
def demo(session: Session, folder: Path, papers: int, seed: int, headless: bool) -> None:
    """The whole way of sample papers, with a headquarters on loopback; everything it leaves is in FOLDER."""
    story = Demo(folder.absolute(), session.window, papers=papers or None, seed=seed, headless=headless)
    summary = story.run(lambda text: stderr.print(text, markup=False))
    session.answer(summary, wording.say("cli.demo_done", folder=folder))


@commands.command("samples")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--papers", default=0, help="How many; the whole set when left out.")
@click.option("--seed", default=1, show_default=True)
@pass_session
def samples_command(session: Session, folder: Path, papers: int, seed: int) -> None:
    """Put fictitious sample papers into FOLDER, and what is true about them beside it, as FOLDER.truth.json."""
    truth = folder.with_name(f"{folder.name}.truth.json")
    written = samples.write(folder, seed, papers or None, truth=truth)
    session.answer({"files": len(written), "truth": str(truth)}, wording.say("cli.written", file=folder))


@commands.command()
@click.argument("name", type=click.Choice(["search", "intake", "sync", "report", "open"]))
@click.option("--records", type=int)
@click.option("--corpus", type=click.Path(path_type=Path, exists=True))
@pass_session
def bench(session: Session, name: str, records: int | None, corpus: Path | None) -> None:
    """Measure, beside a peer in the same run."""
    benches.run(
        name,
        records,
        corpus,
        lambda row: session.answer(
            row, f"{row['bench']:8} {row['engine']:24} {row['records']:>8} {row['metric']:32} {row['value']} {row['unit']}"
        ),
    )


for asked in (search, searches, words):
    commands.add_command(asked)
commands.add_command(headquarters)
for described in (correct, bulk, undo):
    commands.add_command(described)
for kept in (backup_command, backups_command, restore_command):
    commands.add_command(kept)
commands.add_command(volumes_command)
commands.add_command(volume_commands)
commands.add_command(import_command)
commands.add_command(export_command)
commands.add_command(index_command)
commands.add_command(inspect_command)
commands.add_command(inspections_command)
commands.add_command(attest_command)
commands.add_command(loans)
commands.add_command(loan)
commands.add_command(people)
commands.add_command(seal)
commands.add_command(consultation)
commands.add_command(due)
commands.add_command(appraisal)
commands.add_command(hold)
commands.add_command(journal)
commands.add_command(day_sheet)
commands.add_command(acknowledge)
commands.add_command(selftest_command)
commands.add_command(users)
commands.add_command(keys)


def report_wishes(station: Station, name: str, asked: dict[str, object]) -> dict[str, object]:
    """The wishes of a form, as far as it has them: what was asked for, in the current language, as of today."""
    today = date.today().isoformat()
    given = asked | {
        "prepared_by": str(station.settings.get("prepared_by")) or station.agent.name,
        "prepared_on": today,
        "today": today,
        "day": today,
        "holidays": str(station.settings.get("public_holidays")),
        "language": wording.language(),
    }
    known = {field.name for field in fields(reports.find(name).wishes)}
    return {wish: value for wish, value in given.items() if wish in known}


def run_command(arguments: list[str], window: Window) -> int:
    """Runs one command; returns the exit code. A Known error is one sentence on stderr."""
    as_json = "--json" in arguments
    arguments = [argument for argument in arguments if argument != "--json"]
    try:
        with commands.make_context("anjuan", arguments, obj=(as_json, window)) as context:
            commands.invoke(context)
            session = context.obj
            return session.code if isinstance(session, Session) else DONE
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        # Whoever read our lines has enough of them (`| head`); the interpreter must not try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Known as error:
        diagnostics.report(error)
        stderr.print(f"[{error.number}] {wording.sentence(error)}", markup=False)
        return REFUSED
    except Exception as error:
        diagnostics.report(error)
        stderr.print(f"{type(error).__name__}\n{diagnostics.places(error)}", markup=False)
        return FAULT


def _keychain(none_wanted: bool) -> Keychain | None:
    """The system's keychain, or None where the person said so. Raises NoKeychain: never without a word."""
    found = None if none_wanted else Keychain.find()
    if found is None and not none_wanted:
        raise NoKeychain(reason="none")
    return found


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        for entry in sorted(path.iterdir()):
            yield from _files(entry)
    elif path.is_file():
        yield path


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _answer_arrival(session: Session, station: Station, arrival: Arrival, path: str) -> None:
    record = _record_of(station.archive, arrival)
    session.answer(
        {
            "path": path,
            "sha256": arrival.sha256,
            "outcome": arrival.outcome.value,
            "reason": arrival.reason,
            "record": record,
        },
        f"{wording.say('outcome.' + arrival.outcome.value)}\t{path}\t"
        + (wording.say("reason." + arrival.reason) if arrival.reason else ""),
    )


def _record_of(archive: Archive, arrival: Arrival) -> str | None:
    """The 档号 this content is filed under, if it is."""
    item_id = arrival.item_id or archive.queries.item_of_object(arrival.object_id)
    return archive.queries.item(item_id).reference_code if item_id else None


def _item(item: Item) -> dict[str, Any]:
    values = asdict(item)
    values["code"] = values.pop("reference_code")
    values.pop("object_ids")
    return values


def _describe(item: Item) -> str:
    fields = ("title", "document_no", "creator", "doc_date", "page_count", "filed_at", "filed_by")
    lines = [item.reference_code] + [f"{wording.say('field.' + name)}: {getattr(item, name)}" for name in fields]
    return "\n".join(lines)
