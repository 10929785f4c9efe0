"""app/cli_headquarters.py — the commands of the other end."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
import msgspec

from app import wording
from app.session import Session, pass_session
from sync import headquarters as hq


@click.group()
def headquarters() -> None:
    """The other end: receives packages, verifies them, signs receipts."""


@headquarters.command("create")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", required=True)
@click.option("--url", required=True, help="Where stations reach it, such as https://hq.example:8443.")
@pass_session
def headquarters_create(session: Session, folder: Path, name: str, url: str) -> None:
    """Make a headquarters in FOLDER."""
    hq.create(folder, name, url)
    session.answer({"headquarters": str(folder), "name": name, "url": url}, wording.say("cli.created", folder=folder))


@headquarters.command("enrol")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("station_file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@pass_session
def headquarters_enrol(session: Session, folder: Path, station_file: Path, out: Path) -> None:
    """Register a station by its station.json; OUT is the file it joins with."""
    out.write_bytes(hq.enrol(folder, station_file))
    session.answer({"file": str(out)}, wording.say("cli.written", file=out))


@headquarters.command("serve")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8443, show_default=True)
@pass_session
def headquarters_serve(session: Session, folder: Path, host: str, port: int) -> None:
    """Answer stations over HTTPS until stopped."""
    hq.serve(folder, host, port, ready=lambda url: session.answer({"url": url}, url))


@headquarters.command("receive")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("carrier", type=click.Path(path_type=Path, exists=True, file_okay=False))
@pass_session
def headquarters_receive(session: Session, folder: Path, carrier: Path) -> None:
    """Take packages from a stick or folder and leave their receipts there."""
    for result in hq.receive(folder, carrier):
        session.answer(asdict(result), "\t".join(str(value) for value in asdict(result).values()))


@headquarters.command("status")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@pass_session
def headquarters_status(session: Session, folder: Path) -> None:
    """Stations, packages and receipts so far."""
    status = hq.status(folder)
    session.answer(status, msgspec.json.format(msgspec.json.encode(status)).decode())
