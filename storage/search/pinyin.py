"""storage/search/pinyin.py — how Chinese characters sound, so that zhangsan, zhangs and zs find 张三 in a title or a name.

A character has up to three readings, without tones (among them what it is as a surname: 单 shan, 仇 qiu); ü is written v.
`title_terms` are index terms of two kinds, one of each for every place in a title: the syllable of a character and of the
next one (`zhang'san`, at the end `san'`), and the first letters of three characters in a row (`zsf`, at the end two). They
stand behind a mark of their own, which is analysis.py's business.

`needed` says which of these terms a typed run of letters asks for. A term that ends in `*` stands for every term that
begins like it: `zs*` for two first letters, `zhang's*` while the second syllable is not yet finished. A run can often be
cut in more than one way (xian is 县 and 西安); every way is given. Where terms are not proof, `sounds_like` is asked: it
is the truth, and says where in the title to set the marks.

A run is read as whole syllables, as first letters alone (unless it is long and made of whole syllables), or, when it is no
row of whole syllables, as a mixture of both in as few parts as can be (zhangs, zsan). zh, ch and sh count as first letters
too. While a run is still being typed its last syllable may go on.

Readings come from pypinyin's table of single characters; it is read on first use (40 ms, 7 MB) without loading the
package, whose phrases would take ten times that. Threads: any.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

#: Changes whenever the same title would give other terms.
MADE_WITH = f"2 pypinyin {version('pypinyin')}"

#: Readings of one character that are kept.
MOST_READINGS = 3
#: Characters in a row whose first letters are one term.
WINDOW = 3
#: A longer run of letters is not read as pinyin, and no run is cut in more ways than this.
LONGEST = 48
#: So many letters may be first letters although they are whole syllables as well (sha: 伤害案).
FEW_LETTERS = 4
MOST_CUTS = 24
#: Whole readings `readings` and `initials` give at most.
MOST_SPELLINGS = 16

#: What ends a term that stands for every term beginning like it.
ANY_END = "*"

_UNITS = re.compile(r"[^\x00-\u2e7f]+")
_SYLLABLE = re.compile(r"[a-z]*[aeiouv][a-z]*")
_LETTERS = re.compile("[a-z]+")

# Rare sounds (Korean, dialect, interjections) that would only make more cuts possible.
_NOT_SYLLABLES = frozenset("bong cei din eng fiao len wong zhei shei biang rua tei yo lo".split())


@dataclass(frozen=True, slots=True)
class Sound:
    """One way to look a run up: terms that must all be there (those ending in `*`: one of their kind), and whether a title
    that has them all surely sounds like the run."""

    terms: tuple[str, ...]
    proof: bool


class _Readings(dict[str, tuple[str, ...]]):
    """The readings of every character, the usual one first; worked out the first time it is met. Empty when it has none."""

    def __missing__(self, character: str) -> tuple[str, ...]:
        sounds = dict.fromkeys(filter(_is_syllable, map(_plain, _table().get(str(ord(character)), "").split(","))))
        self[character] = found = tuple(sounds)[:MOST_READINGS]
        return found


_READINGS = _Readings()


@cache
def _table() -> dict[str, str]:
    spec = importlib.util.find_spec("pypinyin")
    assert spec is not None and spec.origin is not None
    table: dict[str, str] = json.loads(Path(spec.origin).with_name("pinyin_dict.json").read_text("utf-8"))
    return table


@cache
def _plain(reading: str) -> str:
    """Without tone."""
    apart = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(c for c in apart if unicodedata.category(c) != "Mn")


def _is_syllable(sound: str) -> bool:
    return sound not in _NOT_SYLLABLES and bool(_SYLLABLE.fullmatch(sound))


@cache
def _spellings() -> dict[str, tuple[str, ...]]:
    """What people type for a syllable, and the syllables it may mean: ü is typed v, u and (in passports) yu."""
    meant: dict[str, dict[str, None]] = {}
    for reading in {_plain(one) for line in _table().values() for one in line.split(",")}:
        if _is_syllable(reading):
            typed = [reading]
            if "v" in reading:
                typed += [reading.replace("v", "u"), reading.replace("v", "yu")]
            elif reading[0] in "jqxy" and reading[1:2] == "u":
                typed.append(reading.replace("u", "v"))
            for one in typed:
                meant.setdefault(one, {})[reading] = None
    return {typed: tuple(sorted(readings)) for typed, readings in meant.items()}


@cache
def _beginnings() -> dict[str, tuple[str, ...]]:
    """What may be typed of a syllable so far, and how the syllables it may become begin."""
    meant: dict[str, dict[str, None]] = {}
    for typed, sounds in _spellings().items():
        for sound in sounds:
            for end in range(1, len(typed) + 1):
                begun = sound[:end] if len(typed) == len(sound) or end == 1 else sound[: max(2, end - 1)]
                meant.setdefault(typed[:end], {})[begun] = None
    return {typed: tuple(sorted(begun)) for typed, begun in meant.items()}


def syllables(text: str) -> list[tuple[str, ...]]:
    """The readings of each character of `text`, the usual one first; none for what is no Chinese character."""
    return [_READINGS[character] for character in text]


def readings(text: str) -> tuple[str, ...]:
    """How a run of Chinese characters is spelled as a whole (张三 -> zhangsan), the usual spelling first, at most
    MOST_SPELLINGS. Characters without a reading are left out."""
    return _spelled([sounds for sounds in syllables(text) if sounds])


def initials(text: str) -> tuple[str, ...]:
    """The same in first letters: 张三 -> zs."""
    return _spelled([tuple(dict.fromkeys(sound[0] for sound in sounds)) for sounds in syllables(text) if sounds])


def _spelled(sounds: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    if not sounds:
        return ()
    return tuple(dict.fromkeys("".join(one) for one in itertools.islice(itertools.product(*sounds), MOST_SPELLINGS)))


def title_terms(folded_title: str) -> list[str]:
    """The terms by which a folded title or name is found by its sound. No term crosses what is no Chinese character."""
    found: list[str] = []
    for units in _UNITS.findall(folded_title):
        for place in range(len(units)):
            found += _terms_at(units[place : place + WINDOW])
    return found


@lru_cache(maxsize=1 << 14)
def _terms_at(units: str) -> tuple[str, ...]:
    """The terms of the first of a few characters. Titles are much alike, so most are known."""
    sounds = list(itertools.takewhile(bool, syllables(units)))
    if not sounds:
        return ()
    found = [f"{one}'{two}" for one in sounds[0] for two in (sounds[1] if len(sounds) > 1 else ("",))]
    if len(sounds) > 1:
        found += map("".join, itertools.product(*(dict.fromkeys(sound[0] for sound in one) for one in sounds)))
    return tuple(found)


# -- what is typed ---------------------------------------------------------------------------------------------------------

# A cut of a run: its parts. A part is what a syllable must be one of (a tuple), or begin with (a string).
_Part = tuple[str, ...] | str
_Cut = tuple[_Part, ...]


def needed(typed: str, typing: bool = False) -> tuple[Sound, ...]:
    """The ways to find what a run of small letters may sound like, any of which will do; empty when it is no pinyin.

    `typing`: its last syllable may go on. A single letter is no pinyin.
    """
    ways: dict[Sound, None] = {}
    for cut in _cuts(typed, typing):
        ways.update(dict.fromkeys(_sounds(cut)))
    return tuple(ways)


def sounds_like(typed: str, folded_title: str, typing: bool = False) -> list[tuple[int, int]]:
    """Where the characters in a row stand that sound as typed: (start, end) in `folded_title`, in order; places that
    overlap become one. Empty: nowhere."""
    spans: list[tuple[int, int]] = []
    begun = _by_first_letter(typed, typing)
    for units in _UNITS.finditer(folded_title) if begun else ():
        sounds = syllables(units[0])
        for place, here in enumerate(sounds, units.start()):
            longest = 0
            for letter in {sound[0] for sound in here}:
                for cut in begun.get(letter, ()):
                    if len(cut) > longest and _fits(cut, sounds[place - units.start() :]):
                        longest = len(cut)
            if longest and spans and place < spans[-1][1]:
                spans[-1] = spans[-1][0], max(spans[-1][1], place + longest)
            elif longest:
                spans.append((place, place + longest))
    return spans


@lru_cache(maxsize=512)
def _by_first_letter(typed: str, typing: bool) -> dict[str, list[_Cut]]:
    found: dict[str, list[_Cut]] = {}
    for cut in _cuts(typed, typing):
        first = cut[0]
        for letter in {sound[0] for sound in (first if isinstance(first, tuple) else (first,))}:
            found.setdefault(letter, []).append(cut)
    return found


def spelled_out(typed: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """The ways to cut a run into whole syllables: of each what it may be. Empty when there is none."""
    if not 2 <= len(typed) <= LONGEST or not _LETTERS.fullmatch(typed):
        return ()
    return tuple(tuple(part for part in cut if isinstance(part, tuple)) for cut in _whole(typed, typing=False))


def _fits(cut: _Cut, sounds: Sequence[tuple[str, ...]]) -> bool:
    return len(sounds) >= len(cut) and all(
        any(sound in part if isinstance(part, tuple) else sound.startswith(part) for sound in one)
        for part, one in zip(cut, sounds, strict=False)
    )


@lru_cache(maxsize=512)
def _cuts(typed: str, typing: bool) -> tuple[_Cut, ...]:
    if not 2 <= len(typed) <= LONGEST or not _LETTERS.fullmatch(typed):
        return ()
    whole = _whole(typed, typing)
    letters = _first_letters(typed) if not whole or len(typed) <= FEW_LETTERS else ()
    mixed = () if whole else _mixed(typed, typing)
    return tuple(dict.fromkeys(itertools.islice(itertools.chain(whole, letters, mixed), MOST_CUTS)))


def _whole(typed: str, typing: bool) -> tuple[_Cut, ...]:
    """In whole syllables, the last perhaps not finished: the cuts with fewest syllables first."""

    @cache
    def cuts(start: int) -> tuple[_Cut, ...]:
        if start == len(typed):
            return ((),)
        found: list[_Cut] = []
        for end in range(len(typed), start, -1):
            piece = typed[start:end]
            if end == len(typed) and typing and piece in _beginnings():
                found += [(begun,) for begun in _beginnings()[piece]]
            elif piece in _spellings():
                found += [(_spellings()[piece], *rest) for rest in cuts(end)]
        return tuple(sorted(found, key=len)[:MOST_CUTS])

    return cuts(0)


def _first_letters(typed: str) -> tuple[_Cut, ...]:
    """As first letters alone. i, u and v begin no syllable. zh is 这 or 在 and then 会."""
    if set(typed) & set("iuv"):
        return ()
    cuts: list[tuple[str, ...]] = [()]
    place = 0
    while place < len(typed):
        letter = typed[place]
        if letter in "zcs" and typed[place + 1 : place + 2] == "h" and len(cuts) <= MOST_CUTS // 4:
            cuts = [cut + more for cut in cuts for more in ((letter, "h"), (letter + "h",))]
            place += 2
        else:
            cuts = [(*cut, letter) for cut in cuts]
            place += 1
    return tuple(cut for cut in cuts if len(cut) > 1)


def _mixed(typed: str, typing: bool) -> tuple[_Cut, ...]:
    """In syllables and first letters, in as few parts as can be."""

    @cache
    def cuts(start: int) -> tuple[_Cut, ...]:
        if start == len(typed):
            return ((),)
        found: list[_Cut] = []
        for end in range(start + 1, len(typed) + 1):
            piece = typed[start:end]
            if piece in _spellings():
                found += [(_spellings()[piece], *rest) for rest in cuts(end)]
            begun = len(piece) == 1 or piece in ("zh", "ch", "sh") or (typing and end == len(typed))
            if begun and piece in _beginnings():
                found += [(piece, *rest) for rest in cuts(end)]
        fewest = min(map(len, found), default=0)
        return tuple(cut for cut in found if len(cut) == fewest)[:MOST_CUTS]

    return tuple(cut for cut in cuts(0) if len(cut) > 1)


def _sounds(cut: _Cut) -> Iterator[Sound]:
    """A cut as terms: pairs of syllables where they are typed whole, first letters where they are not."""
    choices = [part if isinstance(part, tuple) else (part,) for part in cut]
    begun = [isinstance(part, str) for part in cut]
    for parts in itertools.islice(itertools.product(*choices), MOST_CUTS):
        if len(parts) == 1:
            yield Sound((parts[0] + (ANY_END if begun[0] else "'" + ANY_END),), True)
            continue
        terms: dict[str, None] = {}
        proof = len(parts) == 2
        paired = True
        for place in range(len(parts) - 1):
            if begun[place]:
                paired = False
            else:
                terms[f"{parts[place]}'{parts[place + 1]}" + ANY_END * begun[place + 1]] = None
        if paired:
            yield Sound(tuple(terms), proof)
            continue
        letters = [part[0] for part in parts]
        for place in range(max(1, len(parts) - WINDOW + 1)):
            window = "".join(letters[place : place + WINDOW])
            terms[window + ANY_END * (len(window) < WINDOW)] = None
        yield Sound(tuple(terms), len(parts) <= WINDOW and all(len(part) == 1 for part in parts))
