"""storage/search/query.py — what a person typed, as a tree of words, and the same words as a test on text.

`parse` never refuses: unfinished quotes, lone signs and empty words are simply left out. Words stand side by side for
AND, `OR` (or `|`) between two words joins those two first, `-word` excludes, "…" keeps blanks inside one exact phrase.
A word without quotes is exact as well: Chinese has no blanks, so 盗窃电动车 means these characters in this order.

A word carries two things: `ways`, the sets of index terms that may prove it (each set with whether it is proof enough),
and `pattern`, a regular expression on folded text that is the truth. The index answers first; where terms are not
proof, the pattern is asked (see scoring.py).
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import lru_cache

from storage.search import analysis

#: A query longer than this is cut: nobody types it, and its pattern would be slow.
LONGEST = 400
MOST_WORDS = 24

_QUOTES = str.maketrans(dict.fromkeys("“”„‟＂「」『』«»〝〞", '"'))
_TOKEN = re.compile(r'(?P<minus>[-－﹣−–—]?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_OR = frozenset({"OR", "|", "｜", "||"})
_AND = frozenset({"AND", "&", "&&", "＆"})
_NOT = "NOT"

_BEGIN = re.compile(analysis.RUN + "+")
_END = re.compile(analysis.RUN + "+$")


@dataclass(frozen=True, slots=True)
class Way:
    """Terms that must all be there. `proof`: a document that has them all surely has the word."""

    terms: tuple[str, ...]
    proof: bool


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    ways: tuple[Way, ...]
    pattern: re.Pattern[str]
    #: Has a digit in it: only then can it stand in the numeric reading of a text and not in the text itself.
    numeric: bool

    def found(self, folded: str) -> bool:
        if self.pattern.search(folded):
            return True
        return self.numeric and bool(self.pattern.search(analysis.numeric(folded)))


@dataclass(frozen=True, slots=True)
class Query:
    """Every group must be met by one of its words; no word of `excluded` may be met."""

    groups: tuple[tuple[Word, ...], ...] = ()
    excluded: tuple[Word, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.groups or self.excluded)

    @property
    def wanted(self) -> tuple[Word, ...]:
        return tuple(word for group in self.groups for word in group)

    def accepts(self, folded: str) -> bool:
        return all(any(word.found(folded) for word in group) for group in self.groups) and not any(
            word.found(folded) for word in self.excluded
        )


@lru_cache(maxsize=1024)
def parse(typed: str, typing: bool = False) -> Query:
    """While `typing` the last run of letters or digits may go on."""
    groups: list[list[Word]] = []
    excluded: list[Word] = []
    join = exclude_next = False
    for match in _TOKEN.finditer(typed[:LONGEST].translate(_QUOTES)):
        text, phrase = match["word"], match["phrase"]
        if phrase is None and not match["minus"]:
            if text in _OR:
                join = bool(groups)
                continue
            if text in _AND:
                continue
            if text == _NOT:
                exclude_next = True
                continue
        word = make_word(phrase if phrase is not None else text)
        minus = bool(match["minus"]) or exclude_next
        if word is not None and len(excluded) + sum(map(len, groups)) < MOST_WORDS:
            if minus:
                excluded.append(word)
            elif join:
                groups[-1].append(word)
            else:
                groups.append([word])
        join = exclude_next = False
    return Query(tuple(map(tuple, groups)), tuple(excluded))


def make_word(text: str) -> Word | None:
    """None when nothing searchable is in it."""
    folded = analysis.fold(text)
    readings = [folded]
    digits = analysis.numeric(folded)
    if digits != folded:
        readings.append(digits)
    ways: list[Way] = []
    patterns: list[str] = []
    for reading in readings:
        sections = analysis.sections(reading)
        if not sections:
            continue
        needed: dict[str, None] = {}
        proof = len(sections) == 1
        for section in sections:
            terms, enough = analysis.section_terms(section)
            needed.update(dict.fromkeys(terms))
            proof = proof and enough
        ways.append(Way(tuple(needed), proof))
        patterns.append(_pattern(sections))
    if not ways:
        return None
    plate = analysis.plate(folded)
    whole = plate or (analysis.squeezed(folded) if len(analysis.sections(folded)) > 1 else None)
    if whole:
        ways.append(Way((whole,), plate is not None))
    patterns += analysis.plate_patterns(folded)
    has_digit = any("0" <= c <= "9" for c in readings[-1])
    return Word(text.strip(), tuple(ways), re.compile("|".join(patterns)), has_digit)


def _pattern(sections: list[str]) -> str:
    """The sections exactly, with punctuation between them."""
    pattern = _bordered(sections[0])
    for before, section in itertools.pairwise(sections):
        # OCR loses brackets; only between two runs something must keep them apart.
        least = 0 if before[-1] > "\u2e7f" or section[0] > "\u2e7f" else 1
        pattern += f"[| ]{{{least},4}}" + _bordered(section)
    return pattern


def _bordered(section: str) -> str:
    """The section exactly; a run of letters and digits at its ends may not be the middle of a longer one."""
    first, last = _BEGIN.match(section), _END.search(section)
    before = f"(?<!{_border(first[0])})" if first else ""
    after = f"(?!{_border(last[0])})" if last else ""
    return before + re.escape(section) + after


def _border(run: str) -> str:
    """What would make the run longer. Digits inside D30 are a run of their own, and so are its letters."""
    if run.isdigit():
        return "[0-9]"
    return analysis.RUN if any(c.isdigit() for c in run) else r"[a-z\u0080-\u2e7f]"
