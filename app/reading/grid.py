"""app/reading/grid.py — a foreign catalogue as rows of cells: CSV in any usual encoding, or one sheet of an XLSX file.

Child side only. Rows keep the number they have in the file, so that a person finds the place again: the row of a
spreadsheet, or the line on which a record begins. Formulas are never evaluated; a cell is the text that people read in it.
"""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterator

import openpyxl

from app.reading import limits, text
from app.reading.errors import Refused
from app.reading.package import Package, kind
from app.reading.spreadsheet import DAMAGE, shown

#: (number in the file, cells), as it crosses the border.
Row = tuple[int, list[str]]
SEPARATORS = ",;\t|，；"
_TRIED = 40      # records that decide which separator it is


def grid(data: bytes, name: str, sheet: str) -> tuple[str, list[str], list[Row]]:
    """(format, names of the sheets, rows of the wanted or the first sheet). Raises Refused."""
    if not data:
        raise Refused("empty")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if kind(data) != "xlsx":
            raise Refused("unknown_format")
        sheets, rows = _spreadsheet(data, sheet)
        return "xlsx", sheets, rows
    if data.startswith(b"\xd0\xcf\x11\xe0") and "EncryptedPackage".encode("utf-16-le") in data:
        raise Refused("encrypted")
    if not text.looks_like_text(data, name):
        raise Refused("unknown_format")
    if len(data) > limits.PART_BYTES:
        raise Refused("too_large")
    return "csv", [], _kept(_separated(text.decode(data)))


def _spreadsheet(data: bytes, wanted: str) -> tuple[list[str], list[Row]]:
    Package(data).check()
    warnings.simplefilter("ignore")
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        names = [sheet.title for sheet in sheets]
        rows: list[Row] = []
        for sheet in sheets:
            if wanted in ("", sheet.title):
                sheet.reset_dimensions()
                cells = sheet.iter_rows(max_col=limits.TABLE_COLUMNS + 1, values_only=True)
                rows = _kept((number, [shown(cell) for cell in row]) for number, row in enumerate(cells, 1))
            if rows:
                break
    except DAMAGE:
        raise Refused("damaged") from None
    return names, rows


def _separated(content: str) -> Iterator[Row]:
    """The records of a CSV file, with the separator that makes the most of its first records alike."""
    lines = content.splitlines(keepends=True)[:_TRIED]
    separator = max(SEPARATORS, key=lambda one: _width("".join(lines), one))
    csv.field_size_limit(limits.LINE_CHARACTERS)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator, skipinitialspace=True)
    number = 1
    try:
        for record in reader:
            yield number, record
            number = reader.line_num + 1
    except csv.Error:
        raise Refused("damaged") from None


def _width(sample: str, separator: str) -> int:
    try:
        widths = [len(record) for record in csv.reader(io.StringIO(sample, newline=""), delimiter=separator)]
    except csv.Error:
        return 0
    return sum(width - 1 for width in widths)


def _kept(rows: Iterator[Row]) -> list[Row]:
    """The rows with something in them, within the limits."""
    kept: list[Row] = []
    room = limits.TABLE_CHARACTERS
    for number, cells in rows:
        cells = [cell[: limits.TABLE_CELL].strip() for cell in cells]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > limits.TABLE_COLUMNS:
            raise Refused("too_many_columns")
        if not cells:
            continue
        kept.append((number, cells))
        room -= sum(map(len, cells))
        if room < 0:
            raise Refused("too_large")
        if len(kept) > limits.TABLE_ROWS or number > limits.TABLE_ROWS * 11:
            raise Refused("too_many_rows")
    return kept
