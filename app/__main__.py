"""app/__main__.py — front door: no arguments opens the window; sub-commands do everything without one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app import diagnostics, process

if TYPE_CHECKING:
    from app.demo import Scene
    from app.station import Station


class Window:
    """The window as the demo needs it. The room above is imported only when something is to be shown."""

    def pictures(self, station: Station, folder: Path) -> list[Path]:
        from ui.application import pictures

        return pictures(station, folder)

    def play(self, station: Station, story: Callable[[Scene], None]) -> int:
        from ui.application import play

        return play(station, story)


def main() -> int:
    """Exit codes: 0 done, 1 done with findings, 2 usage, 3 refused, 4 fault."""
    os.umask(0o077)
    process.seclude()
    arguments = sys.argv[1:]
    if arguments[:1] == ["--reading-worker"]:
        # The installed program is one file: it starts its own children by these words.
        from app.reading.worker import main as read

        return read(arguments[1:])
    if arguments[:1] == ["--index-builder"]:
        from storage.search.building import main as build

        return build()
    diagnostics.begin()
    if not arguments:
        from ui.application import run

        return run()
    from app.cli import run_command

    return run_command(arguments, Window())


if __name__ == "__main__":
    raise SystemExit(main())
