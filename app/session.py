"""app/session.py — what every command knows: where the archive is, who asks, how to answer."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app import wording
from app.demo import Window
from app.settings import Settings
from app.station import Station
from app.threshold import keychain_of
from storage.errors import DiskFull, PassphraseExpired
from storage.key_file import read_key_file
from storage.keys import KeySlots, normalise_recovery_key

DONE, FINDINGS, REFUSED, FAULT = 0, 1, 3, 4
stderr = Console(stderr=True, highlight=False)


class Session:
    """What every command knows: where the archive is, who asks, how to answer."""

    def __init__(
        self,
        archive: Path | None,
        user: str,
        passphrase_file: Path | None,
        as_json: bool,
        window: Window,
        key_file: Path | None = None,
    ) -> None:
        self.window = window
        self._archive = archive
        self._user = user
        self._passphrase_file = passphrase_file
        self._key_file = key_file
        self._as_json = as_json
        self.code = DONE

    @property
    def folder(self) -> Path:
        if self._archive:
            return self._archive
        last = str(Settings().get("last_archive"))
        if not last:
            raise click.UsageError(wording.say("cli.no_archive"))
        return Path(last)

    @property
    def known_folder(self) -> Path | None:
        """The archive folder, or None where no archive is named nor was one used before."""
        return self.folder if self._archive or Settings().get("last_archive") else None

    @property
    def user(self) -> str:
        return self._user or KeySlots.load(self.folder).users()[0]

    def passphrase(self, *, confirm: bool = False) -> str:
        if self._passphrase_file:
            return self._passphrase_file.read_text("utf-8").rstrip("\r\n")
        given = os.environ.get("ANJUAN_PASSPHRASE")
        if given is not None:
            return given
        return str(click.prompt(wording.say("cli.passphrase"), hide_input=True, confirmation_prompt=confirm, err=True))

    def key_file(self) -> bytes:
        """The content of the key file named on the command line, or nothing. Raises KeyFileMissing, DamagedFile."""
        return read_key_file(self._key_file) if self._key_file else b""

    def new_passphrase(self, file: Path | None = None) -> str:
        """A passphrase that is not in use yet: out of a file, or typed twice."""
        if file:
            return file.read_text("utf-8").rstrip("\r\n")
        return str(click.prompt(wording.say("holders.new"), hide_input=True, confirmation_prompt=True, err=True))

    @contextmanager
    def station(self, passphrase: str | None = None, new_passphrase: str | None = None) -> Iterator[Station]:
        """The unlocked station, stopped at the end. Asks for the passphrase unless it is given, and for a new one when it
        must be changed; a script, which nobody can ask, is refused.
        """
        folder, user, key_file = self.folder, self.user, self.key_file()
        given = self.passphrase() if passphrase is None else passphrase
        keychain = keychain_of(folder, user)
        try:
            station = Station.open(
                folder, user, given, keychain=keychain, key_file=key_file, new_passphrase=new_passphrase
            )
        except PassphraseExpired as error:
            if self._as_json or not sys.stdin.isatty():
                raise
            stderr.print(wording.sentence(error), markup=False)
            new = self.new_passphrase()
            station = Station.open(folder, user, given, keychain=keychain, key_file=key_file, new_passphrase=new)
        if (days := station.keys.warning()) is not None:
            stderr.print(wording.say("holders.ends", n=days), markup=False)
        try:
            yield station
        except DiskFull as error:
            station.notice(error)
            raise
        finally:
            station.stop()

    def confirm_recovery(self, recovery_key: str) -> None:
        """Has a person type the end of the recovery key back; a script is not asked."""
        if self._as_json or not sys.stdin.isatty():
            return
        end = normalise_recovery_key(recovery_key)[-8:]
        while normalise_recovery_key(click.prompt(wording.say("cli.recovery_confirm"), err=True)) != end:
            stderr.print(wording.say("cli.recovery_wrong"), markup=False)

    def answer(self, values: dict[str, Any], text: str) -> None:
        """One answer: the JSON object, or the text for a person."""
        click.echo(msgspec.json.encode(values).decode() if self._as_json else text)

    def found(self) -> None:
        """The command did its work and has findings."""
        self.code = FINDINGS


pass_session = click.make_pass_decorator(Session)


@contextmanager
def progress(note: str) -> Iterator[Callable[[int, int, str], None]]:
    """A progress line on stderr, where somebody is looking."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        console=stderr,
        transient=True,
        disable=not stderr.is_terminal,
    ) as bar:
        task = bar.add_task(note, total=None)

        def step(done: int, total: int, text: str = "") -> None:
            bar.update(task, completed=done, total=total or None, description=text or note)

        yield step
