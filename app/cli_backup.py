"""app/cli_backup.py — the commands for backups: make one, list them, try a restore, restore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click

from app import backups as service
from app import wording
from app.backups import lines_of, lines_of_drill
from app.session import Session, pass_session, progress
from app.threshold import keychain
from storage.errors import NoKeychain
from storage.records.backup import Backup, BackupState

#: In the place of a folder: no backup is made, a restore of the last one is tried.
_DRILL = "drill"


@click.command("backup")
@click.argument("where", required=False, metavar="[DIR|drill]")
@click.option("--from", "source", type=click.Path(path_type=Path, file_okay=False), help="Where the backups are, for a drill.")
@click.option("--recovery-key-file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@pass_session
def backup_command(session: Session, where: str | None, source: Path | None, recovery_key_file: Path | None) -> None:
    """Back up into a folder (or where backups go), and prove it. `backup drill` tries a restore with the recovery sheet."""
    if where == _DRILL:
        _drill(session, source, _recovery_key(recovery_key_file))
        return
    with session.station() as station, progress(wording.say("backup.step.copy")) as step:
        done = station.backups.back_up(Path(where) if where else None, _told(step))
    made, pruned = done.made, done.pruned
    if made.damaged:
        session.found()
    values = asdict(made) | {"pruned": list(pruned.generations), "removed": pruned.files}
    said = [wording.say("backup.cli.made", generation=made.generation, files=made.files, copied=made.copied)]
    said += [wording.say("backup.damaged", n=made.damaged)] if made.damaged else []
    session.answer(values, "\n".join(said))


@click.command("backups")
@pass_session
def backups_command(session: Session) -> None:
    """List the backups, newest first, and say how old the last proved one is."""
    with session.station() as station:
        for one in station.backups.all():
            session.answer(_values(one), f"{one.at}\t{one.generation}\t{_state(one)}\t{one.files}\t{one.folder}")
        if station.backups.state().pressing:
            session.found()


@click.command("restore")
@click.argument("backup", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--generation", help="Which one; the newest sound one when left out.")
@click.option("--user", default="", help="Who unlocks it; the first user of the archive when left out.")
@click.option("--recovery-key-file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--no-keychain", is_flag=True, help="The passphrase alone guards the archive.")
@pass_session
def restore_command(
    session: Session, backup: Path, target: Path, generation: str | None, user: str, recovery_key_file: Path | None,
    no_keychain: bool,
) -> None:
    """Make an archive out of a backup and the recovery sheet, in an absent or empty folder. Needs nothing else."""
    recovery_key = _recovery_key(recovery_key_file)
    found = None if no_keychain else keychain()
    if found is None and not no_keychain:
        raise NoKeychain(reason="none")
    with progress(wording.say("backup.step.look")) as step:
        if not user:
            user = service.survey(backup, recovery_key, target, generation, _told(step)).users[0]
    passphrase = session.passphrase(confirm=True)
    with progress(wording.say("backup.step.restore")) as step:
        restored = service.restore(
            backup, recovery_key, target, user, passphrase, found, generation=generation, step=_told(step)
        )
    if restored.damaged or restored.passed_over or restored.missing:
        session.found()
    values = asdict(restored) | {"folder": str(restored.folder), "missing": restored.missing}
    session.answer(values, "\n".join(lines_of(restored)))


def _drill(session: Session, source: Path | None, recovery_key: str) -> None:
    with session.station() as station, progress(wording.say("backup.step.drill")) as step:
        tried = station.backups.drill(recovery_key, source, _told(step))
    if tried.faults or tried.passed_over:
        session.found()
    session.answer(asdict(tried), "\n".join(lines_of_drill(tried)))


def _recovery_key(file: Path | None) -> str:
    if file:
        return file.read_text("utf-8")
    return str(click.prompt(wording.say("cli.recovery_ask"), hide_input=True, err=True))


def _told(step: Callable[[int, int, str], None]) -> Callable[[int, int, str], None]:
    """The progress line, in words."""
    return lambda done, total, note: step(done, total, wording.say(f"backup.step.{note}"))


def _state(one: Backup) -> str:
    failed = one.state is BackupState.FAILED
    return wording.say(f"backup.reason.{one.reason}" if failed else f"backup.state.{one.state.value}")


def _values(one: Backup) -> dict[str, object]:
    return asdict(one) | {"state": one.state.value}
