"""ui/widgets/marks.py — where the found words stand on a page picture.

OCR gives a box per line, not per character. A word's box is its share of the line: full-width characters count two,
others one. Words are looked for across line ends and regardless of spaces, width and case, as the search does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QRectF

from storage.records import Line
from storage.records.search import Snippet


def words(snippet: Snippet) -> tuple[str, ...]:
    """The distinct words a snippet marks."""
    return tuple(dict.fromkeys(snippet.text[start:end] for start, end in snippet.spans if end > start))


def boxes(lines: Sequence[Line], wanted: Iterable[str]) -> list[QRectF]:
    """The boxes (fractions of the page) of every place where one of `wanted` stands."""
    letters: list[str] = []
    places: list[tuple[int, int]] = []
    for row, line in enumerate(lines):
        for column, character in enumerate(line.text):
            for letter in _fold(character):
                letters.append(letter)
                places.append((row, column))
    running = "".join(letters)
    found: dict[tuple[int, int], int] = {}
    for word in wanted:
        needle = "".join(_fold(word))
        start = running.find(needle) if needle else -1
        while start >= 0:
            for row in range(places[start][0], places[start + len(needle) - 1][0] + 1):
                columns = [c for r, c in places[start : start + len(needle)] if r == row]
                if columns:
                    key = (row, columns[0])
                    found[key] = max(found.get(key, 0), columns[-1] + 1)
            start = running.find(needle, start + 1)
    return [_box(lines[row], first, last) for (row, first), last in sorted(found.items())]


def _box(line: Line, first: int, last: int) -> QRectF:
    widths = [2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line.text]
    total = sum(widths) or 1
    left = sum(widths[:first]) / total
    width = sum(widths[first:last]) / total
    return QRectF(line.x + left * line.width, line.y, width * line.width, line.height)


def _fold(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if not c.isspace())
