"""app/diagnostics.py — log and crash record: ids and numbers, never content.

One small rotating file, mode 0600, in the machine's log folder. A Known error leaves its class, number and nothing of
its facts but numbers; a bug leaves the traceback without values. Nothing is ever sent.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
import threading
import traceback
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType

from platformdirs import user_log_path

from storage.errors import Known

_LOG = logging.getLogger("anjuan")
_BYTES, _FILES = 512 * 1024, 3


class _OwnFile(logging.handlers.RotatingFileHandler):
    """The rotating file, for its owner's eyes only."""

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, self.mode, encoding=self.encoding, opener=_opener)  # type: ignore[return-value]


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def log_folder() -> Path:
    """ANJUAN_CONFIG names another folder (tests, portable installs)."""
    folder = os.environ.get("ANJUAN_CONFIG")
    return Path(folder) if folder else user_log_path("anjuan", appauthor=False)


def begin() -> None:
    """Opens the log and catches what nobody else does, on every thread. Once per process."""
    folder = log_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = _OwnFile(
        folder / "anjuan.log", maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _LOG.addHandler(handler)
    _LOG.setLevel(logging.INFO)
    _LOG.propagate = False
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )


def report(error: BaseException) -> None:
    """Writes an error down: for a Known one its number, for a bug where it happened."""
    if isinstance(error, Known):
        numbers = {name: value for name, value in error.facts.items() if isinstance(value, int)}
        _LOG.warning("known %d %s %s", error.number, type(error).__name__, numbers)
    else:
        _LOG.error("bug %s\n%s", type(error).__name__, places(error))


def places(error: BaseException) -> str:
    """The frames an error passed through, without any value and without its message, which may quote content."""
    lines = []
    cause: BaseException | None = error
    while cause is not None:
        for frame in traceback.extract_tb(cause.__traceback__):
            lines.append(f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}")
        lines.append(f"  {type(cause).__name__}")
        cause = cause.__cause__
    return "\n".join(lines)


def _uncaught(_type: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        raise SystemExit(130)
    report(error)
    print(f"anjuan: {type(error).__name__}\n{places(error)}", file=sys.stderr)
