"""app/cli_selftest.py — the command that tells what the self-test found."""

from __future__ import annotations

import click

from app import selftest, wording
from app.session import Session, pass_session
from storage.health import State


@click.command("selftest")
@pass_session
def selftest_command(session: Session) -> None:
    """Does this machine keep the promises? Every check, the slow ones too; nothing is unlocked."""
    for answer in selftest.run(session.known_folder):
        if answer.state is State.BAD:
            session.found()
        said = wording.say(f"reason.{answer.reason}") if answer.reason else answer.fact
        session.answer(
            {"check": answer.check, "ok": answer.state is not State.BAD, "object": answer.fact, "detail": answer.reason},
            f"{wording.say(f'selftest.{answer.check}')}\t{wording.say(f'selftest.{answer.state.value}')}\t{said}",
        )
