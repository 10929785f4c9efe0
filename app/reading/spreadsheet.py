"""app/reading/spreadsheet.py — XLSX: every visible sheet as a table with rules, wide ones on landscape paper.

openpyxl reads values as they were last calculated; formulas are never evaluated. Empty margins are cut off.
"""

from __future__ import annotations

import datetime
import io
import warnings
import zipfile
from collections.abc import Iterator

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from app.reading.errors import Refused
from app.reading.package import Package
from app.reading.typeset import Block, Break, Paragraph, Table, Typeset

ROWS = 100_000
COLUMNS = 400
TOGETHER = 16                    # columns side by side on one sheet of paper
DAMAGE = (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError,
          EOFError, OverflowError, OSError)


def read(data: bytes) -> Typeset:
    Package(data).check()
    warnings.simplefilter("ignore")
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        blocks = list(_blocks(book))
    except DAMAGE:
        raise Refused("damaged") from None
    return Typeset(blocks)


def _blocks(book: openpyxl.Workbook) -> Iterator[Block]:
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    for sheet in sheets:
        sheet.reset_dimensions()
        rows = _rows(sheet)
        if not rows:
            continue
        columns = max(len(row) for row in rows)
        for first in range(0, columns, TOGETHER):
            part = [row[first: first + TOGETHER] for row in rows]
            if first and not any(any(row) for row in part):
                continue
            yield Break(landscape=min(columns, TOGETHER) > 7)
            yield Paragraph(sheet.title, bold=True, scale=1.25)
            yield Table(part)


def _rows(sheet: openpyxl.worksheet._read_only.ReadOnlyWorksheet) -> list[list[str]]:
    rows: list[list[str]] = []
    gap = 0
    for number, row in enumerate(sheet.iter_rows(max_col=COLUMNS, values_only=True)):
        cells = [shown(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            gap += 1
            continue
        rows += [[] for _ in range(min(gap, 1) if rows else 0)]
        gap = 0
        rows.append(cells)
        if number > ROWS * 11 or len(rows) > ROWS:
            raise Refused("too_many_pages")
    return rows


def shown(value: object) -> str:
    """A cell as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d") if value.time() == datetime.time() else value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)
