"""storage/search/words.py — one word of a question: which index terms may prove it, and the test on text that is the truth.

`ways` are sets of terms any of which may prove a word, each with whether it is proof enough. The index answers first; where
terms are not proof, `Word.found` is asked of the whole folded text (see asking.py and scoring.py).

A word finds itself, and besides, ranked below that (`Way.loose`), what people mean by a part of it:
a run of six or more letters and digits (with a digit) stands anywhere in a longer run, one of four or five (that is no year)
also at the end of a run of at least eight; letters alone are also how a title or a name sounds; the end of a licence plate stands for it;
while somebody types, the last run may go on. Words in quotation marks are taken as they stand.

`*` is any characters of a run, or between Chinese characters at most REACH of the same field; `?` is one character.
Patterns have bounded parts only, so that no question is slow on any text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from storage.search import analysis, pinyin

Span = tuple[int, int]

#: Characters that `*` stands for at most.
REACH = 20
#: Wildcards within one word, its ends apart; further ones are taken as punctuation.
MOST_WILDS = 2
#: A run with a digit is found within a longer run from this length on, and at the end of a run of LONG from the other.
WITHIN, AT_END, LONG = 6, 4, 8

_BEGIN = re.compile(analysis.RUN + "+")
_END = re.compile(analysis.RUN + "+$")
_LETTERS = re.compile("[a-z]+")
# Whoever types this means the year, not the end of somebody's number.
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_FIRST_LETTERS = re.compile(r"\A[^']*\Z")
# The wide question mark ends questions too: it is a wildcard only within Chinese, where a sign or none may stand for it.
_WILD = re.compile(r"([*＊?]+|(?<=[^\x00-\u2e7f？])？+(?=[^\x00-\u2e7f？]))")
_STARS = frozenset("*＊")
_FUZZY = "~～∼˜"
_APART = r"[| ]"
_ANY = f"[^{analysis.APART}]"


@dataclass(frozen=True, slots=True)
class Like:
    """Every term of a kind. Behind `prefix` it holds `holds`, at its end when `last`; it is at least `least` characters long
    (both without a field's mark); `pattern` is found in it. Without a field's mark: of runs of letters and digits alone."""

    prefix: str
    holds: str = ""
    last: bool = False
    least: int = 0
    pattern: re.Pattern[str] | None = None


Term = str | Like


@dataclass(frozen=True, slots=True)
class Way:
    """Terms that must all be there. `proof`: a document that has them all surely has the word. `loose`: less than the word."""

    terms: tuple[Term, ...]
    proof: bool
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    ways: tuple[Way, ...]
    pattern: re.Pattern[str]
    #: Has a digit in it: only then can it stand in the numeric reading of a text and not in the text itself.
    numeric: bool
    #: The only field it may stand in; empty: anywhere.
    field: str = ""
    #: Letters that may be how a title or a name sounds, and whether they may go on.
    sound: str = ""
    typing: bool = False
    #: So near words will do as well (suggesting.variants).
    fuzzy: bool = False

    def found(self, whole: str) -> bool:
        """Is the word in the whole folded text of a record?"""
        text = analysis.field(whole, self.field) if self.field else whole
        if self.pattern.search(text) or (self.numeric and self.pattern.search(analysis.numeric(text))):
            return True
        return any(self._sounds(analysis.field(whole, name), name) for name in analysis.SOUNDING if self.sound)

    def places(self, text: str, digits: str, field: str) -> Iterator[tuple[bool, int, int]]:
        """Where it stands in a folded text of this field (False, start, end) or in its numeric reading (True, start, end)."""
        if self.field not in ("", field):
            return
        for numeric, reading in ((False, text), (True, digits)) if self.numeric and digits != text else ((False, text),):
            # Overlapping ones too: 人人 stands twice in 人人人.
            match = self.pattern.search(reading)
            while match:
                yield numeric, match.start(), match.end()
                match = self.pattern.search(reading, match.start() + 1)
        yield from ((False, start, end) for start, end in self._sounds(text, field))

    def _sounds(self, text: str, field: str) -> list[Span]:
        if not self.sound or field not in analysis.SOUNDING or self.field not in ("", field):
            return []
        return pinyin.sounds_like(self.sound, text, self.typing)


def make_word(
    text: str,
    field: str = "",
    *,
    exact: bool = False,
    typing: bool = False,
    dictionary: analysis.Dictionary = analysis.EVERYDAY,
) -> Word | None:
    """None when nothing searchable is in it. `exact`: as it stands, nothing beside; `typing`: its last run may go on."""
    fuzzy = not exact and text[-1:] != "" and text[-1] in _FUZZY
    if fuzzy:
        text = text.rstrip(_FUZZY)
        typing = False
    word = None if exact else _wild(text, field, dictionary)
    if word is None:
        word = _literal(text, field, dictionary)
        if word is not None and not exact:
            word = _loosened(word, analysis.fold(text), typing)
    return word if word is None or not fuzzy else replace(word, fuzzy=True)


def _literal(text: str, field: str, dictionary: analysis.Dictionary) -> Word | None:
    folded = analysis.fold(text)
    mark = analysis.mark(field)
    readings = list(dict.fromkeys((folded, analysis.numeric(folded))))
    ways: list[Way] = []
    patterns: list[str] = []
    for reading in readings:
        sections = analysis.sections(reading)
        if not sections:
            continue
        needed: dict[str, None] = {}
        proof = len(sections) == 1
        for section in sections:
            terms, enough = analysis.section_terms(section, dictionary)
            needed.update(dict.fromkeys(mark + term for term in terms))
            proof = proof and enough
        ways.append(Way(tuple(needed), proof))
        patterns.append(_pattern(sections))
    if not ways:
        return None
    plate = analysis.plate(folded)
    whole = plate or (analysis.squeezed(folded) if len(analysis.sections(folded)) > 1 else None)
    if whole:
        ways.append(Way((mark + whole,), plate is not None))
    if analysis.is_part_of_plate(folded):
        ways.append(Way((f"{mark}={folded}",), True))
    patterns += analysis.plate_patterns(folded)
    has_digit = any("0" <= c <= "9" for c in readings[-1])
    return Word(text.strip(), tuple(ways), re.compile("|".join(patterns)), has_digit, field)


def _loosened(word: Word, folded: str, typing: bool) -> Word:
    """The same word with what else people mean by it."""
    mark = analysis.mark(word.field)
    sections = analysis.sections(folded)
    last = _END.search(sections[-1])
    if last is None:
        return word
    ways: list[Way] = []
    patterns: list[str] = []
    run, alone = last[0], len(sections) == 1 and last.start() == 0
    sound = ""
    if alone and any(c.isdigit() for c in run):
        if len(run) >= WITHIN:
            ways.append(Way((Like(mark, run),), True, loose=True))
            patterns.append(re.escape(run))
        elif len(run) >= AT_END and not _YEAR.fullmatch(run):
            ways.append(Way((Like(mark, run, last=True, least=LONG),), True, loose=True))
            patterns.append(f"(?<={analysis.RUN}{{{LONG - len(run)}}}){re.escape(run)}(?!{analysis.RUN})")
    elif alone and word.field in ("", *analysis.SOUNDING) and _LETTERS.fullmatch(run):
        for one in pinyin.needed(run, typing):
            terms = tuple(_sound_term(term, typing) for term in one.terms)
            ways.append(Way(terms, one.proof and not word.field, loose=True))
        sound = run if ways else ""
    if typing and folded.endswith(run) and (len(run) > 1 or not alone):
        begun = sections[-1][: last.start()]
        needed: dict[Term, None] = {mark + term: None for one in sections[:-1] for term in analysis.section_terms(one)[0]}
        if begun:
            needed.update((mark + term, None) for term in analysis.section_terms(begun)[0])
        if len(run) > 1:
            needed[Like(mark + run)] = None
        if needed:
            ways.append(Way(tuple(needed), alone, loose=True))
            patterns.append(_pattern(sections, closed=False))
    if not ways:
        return word
    pattern = re.compile("|".join((*patterns, word.pattern.pattern)))
    return replace(word, ways=(*word.ways, *ways), pattern=pattern, sound=sound, typing=typing)


def _sound_term(term: str, typing: bool) -> Term:
    if not term.endswith(pinyin.ANY_END):
        return analysis.SOUND_MARK + term
    begun = term.removesuffix(pinyin.ANY_END)
    # First letters (re: 热恶) are not the beginning of a syllable (ren), unless that may go on.
    return Like(analysis.SOUND_MARK + begun, pattern=None if typing or "'" in begun else _FIRST_LETTERS)


# -- patterns --------------------------------------------------------------------------------------------------------------


def _pattern(sections: Sequence[str], *, opened: bool = True, closed: bool = True) -> str:
    """The sections exactly, with punctuation between them. Not `opened` or `closed`: a run there may be part of a longer one."""
    pattern = _bordered(sections[0], opened, closed or len(sections) > 1)
    for place, (before, section) in enumerate(itertools.pairwise(sections), 2):
        # OCR loses brackets; only between two runs something must keep them apart.
        least = 0 if before[-1] > "\u2e7f" or section[0] > "\u2e7f" else 1
        pattern += f"{_APART}{{{least},4}}" + _bordered(section, True, closed or place < len(sections))
    return pattern


def _bordered(section: str, opened: bool, closed: bool) -> str:
    """The section exactly; a run of letters and digits at its ends may not be the middle of a longer one."""
    first, last = _BEGIN.match(section), _END.search(section)
    before = f"(?<!{_border(first[0])})" if first and opened else ""
    after = f"(?!{_border(last[0])})" if last and closed else ""
    return before + re.escape(section) + after


def _border(run: str) -> str:
    """What would make the run longer. Digits inside D30 are a run of their own, and so are its letters."""
    if run.isdigit():
        return "[0-9]"
    return analysis.RUN if any(c.isdigit() for c in run) else r"[a-z\u0080-\u2e7f]"


# -- wildcards -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands between two wildcards: its sections, and whether a wildcard is beside its ends."""

    sections: tuple[str, ...]
    wild_before: bool
    wild_after: bool

    @property
    def pattern(self) -> str:
        return _pattern(self.sections, opened=not self.wild_before, closed=not self.wild_after)


def _wild(text: str, field: str, dictionary: analysis.Dictionary) -> Word | None:
    """A word with wildcards; None when it has none that mean something."""
    before = _WILD.match(text)
    after = _WILD.search(text, before.end() if before else 0)
    while after and after.end() < len(text):
        after = _WILD.search(text, after.end())
    body = text[before.end() if before else 0 : after.start() if after else len(text)]
    parts = ["", before[0] if before else "", *_WILD.split(body, MOST_WILDS), after[0] if after else "", ""]
    pieces: list[tuple[str, ...]] = []
    wilds: list[str] = [""]
    for place, part in enumerate(parts):
        if place % 2:
            wilds[-1] += "*" if _STARS & set(part) else part[:REACH]
        elif sections := analysis.sections(analysis.fold(part)):
            pieces.append(tuple(sections))
            wilds.append("")
    if not pieces:
        return None
    # At the ends a wildcard means something only beside a run.
    if pieces[0][0][0] > "\u2e7f":
        wilds[0] = ""
    if pieces[-1][-1][-1] > "\u2e7f":
        wilds[-1] = ""
    if not any(wilds):
        return None
    # A single sign within longer runs would be half of all runs.
    if len(pieces) == 1 and wilds[0] and len("".join(pieces[0])) < 2:
        return None
    some = [_Piece(one, bool(wilds[n]), bool(wilds[n + 1])) for n, one in enumerate(pieces)]
    runs = all(len(one.sections) == 1 and _BEGIN.fullmatch(one.sections[0]) for one in some)
    ways, patterns = _wild_runs(some, wilds, field) if runs and "？" not in "".join(wilds) else _wild_text(some, wilds, field, dictionary)
    numeric = any("0" <= c <= "9" for one in some for section in one.sections for c in section)
    return Word(text.strip(), ways, re.compile("|".join(patterns)), numeric, field)


def _wild_runs(pieces: Sequence[_Piece], wilds: Sequence[str], field: str) -> tuple[tuple[Way, ...], list[str]]:
    """Wildcards within one run. Numbers made unreadable with stars have the sign itself in their middle."""
    mark = analysis.mark(field)
    gaps = [_gap(wild, analysis.RUN, n == len(pieces)) for n, wild in enumerate(wilds)]
    pattern = gaps[0] + "".join(piece.pattern + gap for piece, gap in zip(pieces, gaps[1:], strict=True))
    # A single sign at an end is the whole rest of the run.
    pattern = (f"(?<!{analysis.RUN})" if wilds[0].endswith("?") else "") + pattern
    pattern += f"(?!{analysis.RUN})" if wilds[-1].endswith("?") else ""
    texts = [piece.sections[0] for piece in pieces]
    prefix = "" if wilds[0] else texts[0]
    # Beside a prefix there is nothing more to look for when all the rest is one star.
    simple = prefix and len(texts) == 1 and wilds[-1] == "*"
    like = Like(mark + prefix, "" if simple else max(texts, key=len), pattern=None if simple else re.compile(pattern))
    ways = [Way((like,), "?" not in "".join(wilds))]
    patterns = [pattern]
    if len(pieces) > 1 and not wilds[0] and not wilds[-1]:
        ways.append(Way(tuple(dict.fromkeys(mark + text for text in texts)), False))
        patterns.append(rf"[|]{{1,{REACH}}}".join(_bordered(text, True, True) for text in texts))
    return tuple(ways), patterns


def _wild_text(
    pieces: Sequence[_Piece], wilds: Sequence[str], field: str, dictionary: analysis.Dictionary
) -> tuple[tuple[Way, ...], list[str]]:
    """Wildcards among Chinese characters: every piece must be there, near the next."""
    mark = analysis.mark(field)
    terms: dict[Term, None] = {}
    pattern = _gap(wilds[0], analysis.RUN)
    for place, piece in enumerate(pieces):
        ends = place == len(pieces) - 1
        pattern += piece.pattern + _gap(wilds[place + 1], analysis.RUN if ends else _ANY, ends)
        terms.update(dict.fromkeys(_piece_terms(piece, mark, dictionary)))
    return (Way(tuple(terms), False),), [pattern]


def _piece_terms(piece: _Piece, mark: str, dictionary: analysis.Dictionary) -> Iterator[Term]:
    """What must be there for a piece; of a run beside a wildcard only its beginning or its inside is known."""
    for place, section in enumerate(piece.sections):
        before = _BEGIN.match(section) if place == 0 and piece.wild_before else None
        after = _END.search(section) if place == len(piece.sections) - 1 and piece.wild_after else None
        inside = section[before.end() if before else 0 : after.start() if after else len(section)]
        if inside:
            yield from (mark + term for term in analysis.section_terms(inside, dictionary)[0])
        if before and len(before[0]) > 1:
            yield Like(mark, before[0])
        elif after and not (before and before[0] == section):
            yield Like(mark + after[0])


def _gap(wild: str, one: str, greedy: bool = False) -> str:
    """As little as will do, but at the end all there is."""
    if not wild:
        return ""
    if "*" in wild:
        return f"{one}{{0,{REACH}}}" + "?" * (not greedy)
    return f"(?:{one}{{{len(wild)}}}|{_APART}{{0,4}})" if "？" in wild else f"{one}{{{len(wild)}}}"
