"""app/reading/tables.py — parent side: a foreign catalogue (CSV, XLSX) as rows, read in a caged child of its own.

`table()` blocks (a few seconds for 10,000 rows), may be called from any thread, and raises Unreadable, ReadingUnavailable
or Cancelled. The child ends with the call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.reading import limits, wire
from app.reading.child import Child, Gone
from app.reading.errors import REASONS, Unreadable


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` are (number in the file, cells), without the empty ones; a row may be shorter than the longest."""

    format: str
    sheets: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def table(data: bytes, name: str, *, sheet: str = "", cancelled: Callable[[], bool] = lambda: False) -> Table:
    """The rows of a CSV file, or of one sheet of an XLSX file: of the first with anything in it when none is named."""
    if not data:
        raise Unreadable("empty")
    if len(data) > limits.FILE_BYTES:
        raise Unreadable("too_large")
    child = Child("parse")
    try:
        request = wire.Tabulate(name[-200:], sheet[:200])
        answer, _body = child.ask(request, data, seconds=limits.TABLE_SECONDS, cancelled=cancelled)
    except Gone as gone:
        raise Unreadable(gone.how if gone.how in REASONS else "crashed") from None
    finally:
        child.stop()
    if isinstance(answer, wire.Failed):
        raise Unreadable(answer.reason if answer.reason in REASONS else "crashed")
    if not isinstance(answer, wire.Tabulated) or len(answer.rows) > limits.TABLE_ROWS:
        raise Unreadable("crashed")
    if not answer.rows:
        raise Unreadable("empty")
    return Table(
        answer.format[:8],
        tuple(answer.sheets),
        tuple((number, tuple(cells[: limits.TABLE_COLUMNS])) for number, cells in answer.rows),
    )
