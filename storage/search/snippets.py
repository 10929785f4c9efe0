"""storage/search/snippets.py — the piece of a record that shows why it was found.

Matching is done on folded text, marks are set in the text as it was read: every folded character remembers where it
came from, so a mark on 盗 窃 spans the blank that OCR put between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from storage.records.search import Snippet
from storage.search import analysis
from storage.search.query import Query, Word

WINDOW = 80
NUDGE = 24

Span = tuple[int, int]

_BREAK = re.compile(r"[\s，。、；：！？,;:!?]+")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")


def cut(query: Query, pages: Sequence[str], description: Sequence[tuple[str, str]]) -> Snippet:
    """From the best page; from the description when no page has a word; the beginning of the first page otherwise.

    The best page has most of the words, then most places; the earliest of equals. `description`: fields and their texts.
    """
    words = query.wanted
    for texts, is_page in (([("", page) for page in pages], True), (description, False)):
        ranked = [(_matches(words, text), -place) for place, (_field, text) in enumerate(texts)]
        best = max(ranked, default=((0, 0), 0))
        if best[0][0]:
            place = -best[1]
            text, spans = _window(texts[place][1], marks(words, texts[place][1]))
            return Snippet(place + 1 if is_page else 1, text, spans)
    text, spans = _window(next((page for page in pages if page.strip()), ""), [])
    return Snippet(1, text, spans)


def marks(words: Sequence[Word], text: str) -> list[Span]:
    """Where the words stand in `text`, in order; places that overlap become one."""
    placed = analysis.fold_with_places(text)
    digits = analysis.numeric_with_places(placed) if any(word.numeric for word in words) else placed
    found: list[Span] = []
    for word in words:
        for reading in (placed, digits) if word.numeric and digits.text != placed.text else (placed,):
            for match in _places(word.pattern, reading.text):
                found.append((reading.start[match.start()], reading.end[match.end() - 1]))
    joined: list[Span] = []
    for start, end in sorted(found):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _places(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Every place, overlapping ones too: 人人 stands twice in 人人人."""
    match = pattern.search(text)
    while match:
        yield match
        match = pattern.search(text, match.start() + 1)


def _matches(words: Sequence[Word], text: str) -> tuple[int, int]:
    folded = analysis.fold(text)
    digits = analysis.numeric(folded) if any(word.numeric for word in words) else folded
    different = total = 0
    for word in words:
        places = sum(1 for _ in word.pattern.finditer(folded))
        if word.numeric and digits != folded:
            places = max(places, sum(1 for _ in word.pattern.finditer(digits)))
        different += bool(places)
        total += places
    return different, total


def _window(text: str, spans: Sequence[Span]) -> tuple[str, tuple[Span, ...]]:
    """About WINDOW characters around the densest marks, blanks and line ends as one blank."""
    if spans:
        first, end = max((_reach(spans, n) for n in range(len(spans))), key=lambda reach: (reach[2], -reach[0]))[:2]
        spare = max(0, WINDOW - (end - first))
        start = max(0, min(first - spare // 2, len(text) - WINDOW))
        # Better a few words less than to begin in the middle of one.
        opening = _BREAK.search(text, start - 1, min(first, start + NUDGE)) if start else None
        start = opening.end() if opening else start
        end = max(end, min(len(text), start + WINDOW))
    else:
        start = len(text) - len(text.lstrip())
        end = min(len(text), start + WINDOW)
    kept = [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]
    return _tidy(text, start, end, [(a, b) for a, b in kept if a < b])


def _reach(spans: Sequence[Span], first: int) -> tuple[int, int, int]:
    """Start and end of the marks that fit a window beginning at this one, and how many they are."""
    start, end = spans[first]
    count = 1
    for span in spans[first + 1 :]:
        if span[1] > start + WINDOW:
            break
        end = span[1]
        count += 1
    return start, end, count


def _tidy(text: str, start: int, end: int, spans: Sequence[Span]) -> tuple[str, tuple[Span, ...]]:
    """Blanks become one space each; the marks move with their characters."""
    out: list[str] = []
    moved: dict[int, int] = {}
    length, place = 0, start
    while place < end:
        moved[place] = length
        blank = _BLANKS.match(text, place, end)
        if blank is None:
            out.append(text[place])
            place += 1
            length += 1
            continue
        if length and blank.end() < end:
            out.append(" ")
            length += 1
        for inside in range(place + 1, blank.end()):
            moved[inside] = length
        place = blank.end()
    moved[end] = length
    return "".join(out), tuple((moved[a], moved[b]) for a, b in spans)
