"""app/cli_index.py — the command of the search index: how it stands, and building it anew.

Ended by Ctrl-C, a rebuild leaves the old index as it is; what is built already is used the next time.
"""

from __future__ import annotations

from dataclasses import asdict

import click

from app import wording
from app.session import Session, pass_session, progress, stderr


@click.command("index")
@click.option("--rebuild", is_flag=True, help="Build it anew; searching goes on with the old one meanwhile.")
@pass_session
def index_command(session: Session, rebuild: bool) -> None:
    """How the search index stands: records, what is not searchable yet or at all, size."""
    with session.station() as station:
        if rebuild:
            with progress(wording.say("cli.index.building")) as step:
                written = station.rebuild_index(lambda done, total: step(done, total, ""))
            stderr.print(wording.say("cli.index.built", n=written), markup=False)
        state = station.index_state()
        items = station.items_by_id([item for item, _ in state.unindexed])
        unindexed = [
            {"record": items[item].reference_code if item in items else str(item), "reason": reason} for item, reason in state.unindexed
        ]
        if unindexed:
            session.found()
        lines = [
            wording.say("cli.index.records", n=state.records),
            wording.say("cli.index.behind", n=state.behind),
            wording.say("cli.index.unindexed", n=len(unindexed)),
            *(f"  {one['record']}  {wording.say('cli.index.reason.' + one['reason'])}" for one in unindexed),
            wording.say("cli.index.words", n=state.words),
            wording.say("cli.index.size", n=round(state.size_bytes / 1e6, 1)),
        ]
        if state.rebuilding:
            lines.append(wording.say("cli.index.rebuilding"))
        session.answer(asdict(state) | {"unindexed": unindexed}, "\n".join(lines))
