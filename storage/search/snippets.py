"""storage/search/snippets.py — the piece of a record that shows why it was found.

Matching is done on folded text, marks are set in the text as it was read: every folded character remembers where it
came from, so a mark on 盗 窃 spans the blank that OCR put between.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from storage.records.search import Snippet
from storage.search import analysis
from storage.search.query import Query, Word

WINDOW = 80
NUDGE = 24

Span = tuple[int, int]

_BREAK = re.compile(r"[\s，。、；：！？,;:!?]+")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")


def cut(query: Query, pages: Sequence[str], description: Sequence[tuple[str, str]], begun: Query | None = None) -> Snippet:
    """From the best page; from the description when no page has a word; the beginning of the first page otherwise.

    The best page has most of the words, then most places; the earliest of equals. `description`: fields and their texts.
    `begun` is the same question as it may go on: of a word that stands nowhere, what it may become is marked.
    """
    words = list(query.wanted)
    texts = [*(("", page) for page in pages), *description]
    folded = [(field, text, analysis.numeric(text)) for field, text in ((field, analysis.fold(text)) for field, text in texts)]
    counts = [_counts(word, folded) for word in words]
    for n, other in enumerate(begun.wanted if begun and len(begun.wanted) == len(words) else ()):
        if other != words[n] and not any(counts[n]):
            words[n], counts[n] = other, _counts(other, folded)
    for first, beyond in ((0, len(pages)), (len(pages), len(texts))):
        ranked = [(sum(n > 0 for n in of), sum(of), -place) for place, of in enumerate(_columns(counts, first, beyond), first)]
        different, _, place = max(ranked, default=(0, 0, 0))
        if different:
            field, text = texts[-place]
            return Snippet(1 - place if -place < len(pages) else 1, *_window(text, marks(words, text, field)))
    text, spans = _window(next((page for page in pages if page.strip()), ""), [])
    return Snippet(1, text, spans)


def marks(words: Sequence[Word], text: str, field: str = "") -> list[Span]:
    """Where the words stand in a text of this field, in order; places that overlap become one."""
    placed = analysis.fold_with_places(text)
    digits = analysis.numeric_with_places(placed) if any(word.numeric for word in words) else placed
    found: list[Span] = []
    for word in words:
        for numeric, start, end in word.places(placed.text, digits.text, field):
            reading = digits if numeric else placed
            found.append((reading.start[start], reading.end[end - 1]))
    joined: list[Span] = []
    for start, end in sorted(found):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _counts(word: Word, folded: Sequence[tuple[str, str, str]]) -> list[int]:
    """In how many places the word stands in each text."""
    counts = []
    for field, text, digits in folded:
        numeric = [reading for reading, _, _ in word.places(text, digits, field)]
        counts.append(max(sum(numeric), len(numeric) - sum(numeric)))
    return counts


def _columns(counts: Sequence[Sequence[int]], first: int, beyond: int) -> list[list[int]]:
    return [[of_word[place] for of_word in counts] for place in range(first, beyond)]


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
    # Rather without a place than with a part of one.
    start = next((b for a, b in spans if a < start < b), start)
    end = next((a for a, b in spans if a < end < b), end)
    return _tidy(text, start, end, [(a, b) for a, b in spans if start <= a and b <= end])


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
