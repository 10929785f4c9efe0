"""app/__main__.py — front door: no arguments opens the window; sub-commands do everything without one."""

from __future__ import annotations

import os
import sys

from app import diagnostics


def main() -> int:
    """Exit codes: 0 done, 1 done with findings, 2 usage, 3 refused, 4 fault."""
    os.umask(0o077)
    diagnostics.begin()
    arguments = sys.argv[1:]
    if not arguments:
        # The window is the one room above this one; only this door opens it, and only when it is wanted.
        from ui.application import run

        return run()
    from app.cli import run_command

    return run_command(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
