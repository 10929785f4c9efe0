"""app/interchange/source.py — a foreign catalogue as it was read: its headings, its rows, its digest.

Reading happens in the caged child (`app.reading.tables`). A cell that was quoted against formulas ('=1) loses the quote.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.interchange import columns
from app.reading.errors import Unreadable
from app.reading.tables import Table, table
from storage.errors import FileUnreadable, Known

#: What a spreadsheet program would take for a formula, and a quote in front of it.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
_QUOTED = re.compile(r"'+[=+\-@\t\r]")


class CatalogueUnreadable(Known):
    """The file is no catalogue that can be read. Facts: reason (a code of `app.reading.errors`)."""

    number = 580


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`rows` are those below the headings, with their numbers in the file."""

    name: str
    sha256: str
    format: str
    sheets: tuple[str, ...]
    sheet: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def fingerprint(self) -> str:
        return columns.fingerprint(self.header)


def read(path: Path, *, sheet: str = "", cancelled: Callable[[], bool] = lambda: False) -> Catalogue:
    """Raises FileUnreadable, CatalogueUnreadable, ReadingUnavailable, `app.reading.Cancelled`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileUnreadable(path=str(path)) from error
    try:
        found = table(data, path.name, sheet=sheet, cancelled=cancelled)
    except Unreadable as error:
        raise CatalogueUnreadable(reason=error.reason) from error
    return catalogue(found, path.name, hashlib.sha256(data).hexdigest(), sheet)


def catalogue(found: Table, name: str, sha256: str, sheet: str = "") -> Catalogue:
    """The rows below their headings. Raises CatalogueUnreadable when there are none."""
    at = columns.header_at(found.rows)
    header = found.rows[at][1]
    rows = found.rows[at + 1 :]
    if not rows:
        raise CatalogueUnreadable(reason="no_rows")
    if found.format == "csv":
        rows = tuple((number, tuple(cell[1:] if _QUOTED.match(cell) else cell for cell in cells)) for number, cells in rows)
    header = tuple(heading[:60] for heading in header)
    return Catalogue(name, sha256, found.format, found.sheets, sheet or next(iter(found.sheets), ""), header, rows)
