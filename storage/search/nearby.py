"""storage/search/nearby.py — the words near a word: what somebody who typed or read it wrongly may have meant.

Of Chinese: the same sound (and the sounds that many speakers do not tell apart), the same shape (resources/lookalikes.txt),
two characters exchanged, one too many, one missing, one wrong. Of letters and digits: one sign off; and letters that spell
Chinese. Every near word is made of pairs of characters that stand side by side in some paper of these segments, so there
are few; whether it stands in a paper that may be seen is not known here, and only weighing its documents can say it.

What is near is a number, smaller is nearer; one wrong character that sounds the same is 1. Threads: any.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from weakref import WeakKeyDictionary

import numpy as np
import rjieba

import resources
from storage.search import pinyin
from storage.search.postings import Numbers, SegmentArrays

#: How far a word with one such difference is. To cut an end off is not to mean another word, only less of it.
SPELLED, SOUND, SHAPE, LOOSE_SOUND = 0.8, 1.0, 1.1, 1.5
TWICE, SWAPPED, EXTRA, MISSING, OTHER, CUT = 0.9, 1.2, 1.6, 1.6, 2.0, 2.6
#: A character that both sounds and looks alike is nearer than either; so is a word that a dictionary has.
BOTH, KNOWN = 0.4, 0.5
#: Further away than this is another word.
FURTHEST = 3.1
#: Longer runs are not looked at.
LONGEST = 12
#: Paths through the pairs that are followed at a time.
MOST_PATHS = 400
#: So many characters are tried between two others whether or not they make a word.
FEW_BETWEEN = 40

# Chinese characters of the first plane; rarer ones are left as they are typed.
_FIRST, _BEYOND = 0x2E80, 0x10000
_HAN, _HAN_BEYOND = 0x4E00, 0xA000
_MOST_SOUNDS = pinyin.MOST_READINGS


class Pairs:
    """Which characters stand side by side in these segments."""

    def __init__(self, segments: Iterable[SegmentArrays]) -> None:
        self._tables = [_table_of(segment) for segment in segments]

    def have(self, first: Numbers, second: Numbers) -> Numbers:
        """Of each pair of characters (as numbers), whether it is there."""
        pairs = (first.astype(np.uint32) << 16) | second.astype(np.uint32)
        found = np.zeros(pairs.shape, bool)
        for forward, _backward in self._tables:
            if len(forward):
                found |= forward[np.minimum(np.searchsorted(forward, pairs), len(forward) - 1)] == pairs
        return found

    def between(self, before: str | None, after: str | None) -> list[str]:
        """The characters that stand after `before` and before `after`, not always in the same paper."""
        found: Numbers | None = None
        for neighbour, side in ((before, 0), (after, 1)):
            if neighbour is not None and ord(neighbour) < _BEYOND:
                here = [_beside(table[side], ord(neighbour)) for table in self._tables]
                some = np.unique(np.concatenate(here)) if here else np.zeros(0, np.uint32)
                found = some if found is None else np.intersect1d(found, some)
        return [] if found is None else [chr(one) for one in found.tolist()]

    def whole(self, word: str) -> bool:
        """Are all pairs of the word there?"""
        codes = np.array([ord(c) for c in word], np.uint32)
        return bool((codes < _BEYOND).all()) and bool(self.have(codes[:-1], codes[1:]).all())


def _beside(table: Numbers, character: int) -> Numbers:
    here = int(np.searchsorted(table, np.uint32(character << 16)))
    end = int(np.searchsorted(table, np.uint32((character << 16) | 0xFFFF), side="right"))
    return table[here:end] & 0xFFFF


_TABLES: WeakKeyDictionary[SegmentArrays, tuple[Numbers, Numbers]] = WeakKeyDictionary()


def _table_of(segment: SegmentArrays) -> tuple[Numbers, Numbers]:
    """The pairs of a segment, each as one number: by the first character, and by the second. Gone with the segment."""
    if (known := _TABLES.get(segment)) is None:
        utf8 = segment.terms.of_size(6).astype(np.uint32)
        # Two characters of three bytes each.
        utf8 = utf8[(utf8[:, 0] & 0xF0 == 0xE0) & (utf8[:, 3] & 0xF0 == 0xE0)]
        first, second = (
            ((utf8[:, n] & 0x0F) << 12) | ((utf8[:, n + 1] & 0x3F) << 6) | (utf8[:, n + 2] & 0x3F) for n in (0, 3)
        )
        known = _TABLES[segment] = np.sort((first << 16) | second), np.sort((second << 16) | first)
    return known


# -- what sounds and looks alike -----------------------------------------------------------------------------------------


@cache
def lookalikes() -> dict[str, str]:
    """Of a character those that look like it, nearest first."""
    lines = resources.path("lookalikes.txt").read_text("utf-8").splitlines()
    return {line[0]: line[1:] for line in lines if not line.startswith("#")}


@cache
def _sounds() -> tuple[Numbers, Numbers, dict[str, int], dict[str, int]]:
    """Of every Chinese character its sounds as numbers, exactly and loosely (-1: no more), and the numbers of the sounds."""
    exact: dict[str, int] = {}
    loose: dict[str, int] = {}
    exactly = np.full((_HAN_BEYOND - _HAN, _MOST_SOUNDS), -1, np.int16)
    loosely = exactly.copy()
    for place, sounds in enumerate(pinyin.syllables("".join(map(chr, range(_HAN, _HAN_BEYOND))))):
        for n, sound in enumerate(sounds):
            exactly[place, n] = exact.setdefault(sound, len(exact))
            loosely[place, n] = loose.setdefault(_loosely(sound), len(loose))
    return exactly, loosely, exact, loose


@cache
def _loosely(sound: str) -> str:
    """What many speakers of Chinese do not tell apart becomes the same: zh z, ch c, sh s, n l, -ng -n."""
    for clear, slack in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l")):
        if sound.startswith(clear):
            sound = slack + sound[len(clear) :]
            break
    return sound[:-1] if sound.endswith(("ang", "eng", "ing")) else sound


def _sounding(sounds: Sequence[str], loosely: bool = False) -> list[str]:
    exactly, loose, exact, slack = _sounds()
    numbers = [slack.get(_loosely(sound), -2) if loosely else exact.get(sound, -2) for sound in sounds]
    hits = np.isin(loose if loosely else exactly, numbers).any(axis=1)
    return [chr(_HAN + place) for place in np.flatnonzero(hits).tolist()]


@lru_cache(maxsize=512)
def _alike(character: str) -> dict[str, float]:
    """The characters that may stand for this one, and how far each is; itself at 0."""
    sounds = pinyin.syllables(character)[0]
    far = dict.fromkeys(_sounding(sounds, loosely=True), LOOSE_SOUND) if sounds else {}
    far.update(dict.fromkeys(_sounding(sounds), SOUND) if sounds else {})
    for rank, other in enumerate(lookalikes().get(character, "")):
        shape = SHAPE + rank / 20
        far[other] = min(far[other], shape) - BOTH if other in far else shape
    far[character] = 0.0
    return far


# -- near words ----------------------------------------------------------------------------------------------------------


def near(word: str, pairs: Pairs) -> dict[str, float]:
    """The words near a word of Chinese characters, and how far each is; without the word itself."""
    if not 0 < len(word) <= LONGEST:
        return {}
    found: dict[str, float] = {}
    changes = [_paths([_alike(c) for c in word], pairs), _slips(word, pairs)]
    for other, far in (one for change in changes for one in change):
        if other != word:
            far -= KNOWN * known(other)
            found[other] = min(far, found.get(other, FURTHEST))
    return {other: far for other, far in found.items() if far < FURTHEST}


def spelled(run: str, pairs: Pairs) -> dict[str, float]:
    """The words that a run of letters spells in pinyin."""
    found: dict[str, float] = {}
    for cut in pinyin.spelled_out(run):
        if 1 < len(cut) <= LONGEST:
            options = [dict.fromkeys(_sounding(sounds), 0.0) for sounds in cut]
            for word, _ in _paths(options, pairs):
                found[word] = SPELLED - KNOWN * known(word)
    return found


def slipped(run: str) -> Iterator[str]:
    """A run of letters and digits with one sign exchanged with the next, too many, missing or wrong."""
    kinds = (string.digits, str.isdigit), (string.ascii_lowercase, str.isalpha)
    signs = "".join(kind for kind, belongs in kinds if any(map(belongs, run)))
    for place in range(len(run) + 1):
        before, after = run[:place], run[place:]
        if len(after) > 1 and after[0] != after[1]:
            yield before + after[1] + after[0] + after[2:]
        if after:
            yield before + after[1:]
            yield from (before + sign + after[1:] for sign in signs if sign != after[0])
        yield from (before + sign + after for sign in signs)


def known(word: str) -> bool:
    """Is it made of dictionary words of more than one character?"""
    parts = [word] if rjieba.has_word(word) else rjieba.cut(word)
    return all(len(part) > 1 and rjieba.has_word(part) for part in parts)


def _paths(options: Sequence[dict[str, float]], pairs: Pairs) -> Iterator[tuple[str, float]]:
    """Words with one of the options at each place, all of whose pairs are there; the nearest MOST_PATHS at every step."""
    words = np.array([[ord(c)] for c in options[0] if ord(c) < _BEYOND], np.uint32)
    far = np.array([options[0][c] for c in options[0] if ord(c) < _BEYOND])
    for option in options[1:]:
        usable = {ord(c): cost for c, cost in option.items() if ord(c) < _BEYOND}
        if not len(words) or not usable:
            return
        more, costs = np.array(list(usable), np.uint32), np.array(list(usable.values()))
        total = far[:, None] + costs[None, :]
        left, right = np.nonzero(pairs.have(words[:, -1][:, None], more[None, :]) & (total < FURTHEST + KNOWN))
        kept = np.argsort(total[left, right], kind="stable")[:MOST_PATHS]
        words = np.column_stack((words[left[kept]], more[right[kept]]))
        far = total[left[kept], right[kept]]
    for codes, cost in zip(words.tolist(), far.tolist(), strict=True):
        yield "".join(map(chr, codes)), cost


def _slips(word: str, pairs: Pairs) -> Iterator[tuple[str, float]]:
    """One exchanged, too many, missing or wrong."""
    for place in range(len(word)):
        before, after = word[:place], word[place + 1 :]
        if after:
            swapped = before + after[0] + word[place] + after[1:]
            if pairs.whole(swapped):
                yield swapped, SWAPPED
        if len(word) > 2 and pairs.whole(before + after):
            twice = word[place] in (word[place - 1 : place], after[:1])
            yield before + after, TWICE if twice else EXTRA if before and after else CUT
        if before and after and pairs.whole(before) and pairs.whole(after):
            for other in _likely(before[-1], pairs.between(before[-1], after[0]), after[0]):
                yield before + other + after, OTHER
        if before and pairs.whole(before) and pairs.whole(word[place:]):
            for other in _likely(before[-1], pairs.between(before[-1], word[place]), word[place]):
                yield before + other + word[place:], MISSING
    if len(word) > 2:
        for other in pairs.between(None, word[1]) if pairs.whole(word[1:]) else ():
            if rjieba.has_word(other + word[1:]):
                yield other + word[1:], OTHER
        for other in pairs.between(word[-2], None) if pairs.whole(word[:-1]) else ():
            if rjieba.has_word(word[:-1] + other):
                yield word[:-1] + other, OTHER


def _likely(before: str, some: list[str], after: str) -> list[str]:
    """Where there are many characters to choose from: those that make a word with one beside them."""
    if len(some) <= FEW_BETWEEN:
        return some
    return [other for other in some if rjieba.has_word(before + other) or rjieba.has_word(other + after)]
