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
from storage.errors import DiskFull
from storage.keys import KeySlots, normalise_recovery_key

DONE, FINDINGS, REFUSED, FAULT = 0, 1, 3, 4
stderr = Console(stderr=True, highlight=False)


class Session:
    """What every command knows: where the archive is, who asks, how to answer."""

    def __init__(
        self, archive: Path | None, user: str, passphrase_file: Path | None, as_json: bool, window: Window
    ) -> None:
        self.window = window
        self._archive = archive
        self._user = user
        self._passphrase_file = passphrase_file
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
    def user(self) -> str:
        return self._user or KeySlots.load(self.folder).users()[0]

    def passphrase(self, *, confirm: bool = False) -> str:
        if self._passphrase_file:
            return self._passphrase_file.read_text("utf-8").rstrip("\r\n")
        given = os.environ.get("ANJUAN_PASSPHRASE")
        if given is not None:
            return given
        return str(click.prompt(wording.say("cli.passphrase"), hide_input=True, confirmation_prompt=confirm, err=True))

    @contextmanager
    def station(self, passphrase: str | None = None) -> Iterator[Station]:
        """The unlocked station, stopped at the end. Asks for the passphrase unless it is given."""
        folder, user = self.folder, self.user
        given = self.passphrase() if passphrase is None else passphrase
        station = Station.open(folder, user, given, keychain=keychain_of(folder, user))
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
