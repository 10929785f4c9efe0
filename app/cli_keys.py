"""app/cli_keys.py — the commands of keys: whose keys open the archive, passphrases, key files, the recovery sheet.

No secret is printed but the recovery key, and that only where no sheet was asked for. Taking a key away does not undo what
somebody copied before: see `app.keys`.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from app import wording
from app.keys import Holder
from app.reports import recovery_sheet as recovery
from app.rotation import change_master_key
from app.session import Session, pass_session, progress
from storage.key_file import make_key_file
from storage.keys import KeySlots
from storage.resealing import reseal

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.group(invoke_without_command=True)
@click.pass_context
def keys(context: click.Context) -> None:
    """Whose keys open this archive; change, bind, reset and revoke them."""
    session = context.obj
    if context.invoked_subcommand:
        return
    with session.station() as station:
        for holder in station.keys.holders():
            session.answer(_values(holder), _line(holder))


@keys.command()
@click.option("--new-passphrase-file", type=_FILE, help="The new passphrase; asked for when left out.")
@pass_session
def passphrase(session: Session, new_passphrase_file: Path | None) -> None:
    """Change your own passphrase, also one that must be changed before anything else."""
    own = session.passphrase()
    with session.station(own, session.new_passphrase(new_passphrase_file)) as station:
        holder = station.keys.mine()
        session.answer(_values(holder), wording.say("holders.changed"))


@keys.group("key-file")
def key_file() -> None:
    """The key file on a stick, without which a key does not open."""


@key_file.command("add")
@click.argument("folder", type=_FOLDER)
@pass_session
def add(session: Session, folder: Path) -> None:
    """Make a key file in FOLDER (a stick); your key opens only together with it from now on."""
    own = session.passphrase()
    with session.station(own) as station:
        path = station.keys.add_key_file(own, folder)
        session.answer({"file": str(path)}, wording.say("holders.bound", file=path))


@key_file.command("make")
@click.argument("folder", type=_FOLDER)
@pass_session
def make(session: Session, folder: Path) -> None:
    """Only make a key file in FOLDER: given with --key-file it becomes yours at the next unlock, where the policy asks for one."""
    path, _content = make_key_file(folder, KeySlots.load(session.folder).archive_id)
    session.answer({"file": str(path)}, wording.say("cli.written", file=path))


@key_file.command("remove")
@pass_session
def remove(session: Session) -> None:
    """Your passphrase is enough again."""
    own = session.passphrase()
    with session.station(own) as station:
        station.keys.remove_key_file(own)
        session.answer({"removed": True}, wording.say("holders.released"))


@keys.command("recovery-sheet")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the sheet (PDF) here.")
@pass_session
def recovery_sheet(session: Session, out: Path | None) -> None:
    """Make a new recovery sheet; the one before it opens this archive no more, and only the backups made until now."""
    own = session.passphrase()
    with session.station(own) as station:
        key = station.keys.renew_recovery(own)
        if out is None:
            session.answer({"recovery_key": key}, wording.say("cli.recovery_key", key=key))
        else:
            archive, today = station.archive, date.today().isoformat()
            sheet = recovery.build(
                archive.fonds.station, archive.fonds.number, archive.station_id, key, today, wording.language()
            )
            station.export(sheet, out, "report:recovery_sheet")
            session.answer({"recovery_sheet": str(out)}, wording.say("cli.recovery_sheet", file=out))
        session.confirm_recovery(key)


@keys.command()
@click.argument("user")
@click.option("--new-passphrase-file", type=_FILE, help="The first passphrase; asked for when left out.")
@pass_session
def reset(session: Session, user: str, new_passphrase_file: Path | None) -> None:
    """Give somebody else a new key; its first passphrase must be changed at the next unlock."""
    own = session.passphrase()
    first = session.new_passphrase(new_passphrase_file)
    with session.station(own) as station:
        station.keys.reset(own, user, first)
        session.answer({"user": user}, wording.say("holders.reset", user=user))


@keys.command()
@click.argument("user")
@pass_session
def revoke(session: Session, user: str) -> None:
    """Take somebody's key away. Whoever kept copies of the key slots is shut out only by another master key."""
    own = session.passphrase()
    with session.station(own) as station:
        station.keys.revoke(own, user)
        session.answer({"user": user}, wording.say("holders.revoked", user=user))


def _values(holder: Holder) -> dict[str, object]:
    return {
        "user": holder.agent.name, "key": holder.has_key, "keychain": holder.device, "key_file": holder.key_file,
        "passphrase_set": holder.set_at, "must_change": holder.must_change, "days_left": holder.days_left,
    }  # fmt: skip


def _line(holder: Holder) -> str:
    return f"{holder.agent.name}\t{wording.say('holders.state.' + holder.state)}\t{holder.set_at[:10]}"


@keys.command("rotate")
@pass_session
def rotate(session: Session) -> None:
    """Change the master key: no key copied before opens the archive afterwards. Nobody may be working in it."""
    own = session.passphrase()
    with progress(wording.say("rotation.title")) as step:
        change_master_key(session.folder, session.user, own, session.key_file(), step)
    with session.station(own) as station, progress(wording.say("event.reseal")) as step:
        done = reseal(station.archive, step)
        left = station.archive.queries.reseal_count()
    session.answer({"changed": True, "resealed": done, "left": left}, wording.say("event.finish_rotation" if done else "event.change_master_key"))
