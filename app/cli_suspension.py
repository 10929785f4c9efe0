"""app/cli_suspension.py — the command that acknowledges that the journal is not the one that was remembered."""

from __future__ import annotations

from pathlib import Path

import click

from app import wording
from app.session import Session, pass_session


@click.command()
@click.option("--recovery-key-file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@pass_session
def acknowledge(session: Session, recovery_key_file: Path | None) -> None:
    """Take note that the archive is older than what was remembered. It takes two people, or one and the recovery sheet."""
    with session.station() as station:
        standing = station.anchors.standing()
        if standing is None:
            session.answer({"suspended": False}, wording.say("cli.not_suspended"))
            return
        recovery_key = recovery_key_file.read_text("utf-8").strip() if recovery_key_file else ""
        ended = station.anchors.acknowledge(recovery_key)
        text = wording.say("suspension.ended" if ended else "suspension.next.done")
        session.answer({"suspended": not ended, "why": standing.suspension.why, "anchor": standing.suspension.anchor.seq}, text)
        if not ended:
            session.found()
