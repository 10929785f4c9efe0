"""storage/search/suggesting.py — did you mean: whole questions to ask instead of one that finds little.

The pieces of a question (each run of Chinese characters, each run of letters or digits) that find nothing on their own are
exchanged for near words (nearby.py); when every piece finds something and all together nothing, each is tried. Words run
together that are never written so are taken apart. A question is offered only after it has been asked, with the same
filters and of the same records: what nobody may see is in no suggestion, and neither is what does not lead anywhere.

Excluded words, names of fields, patterns and operators stay as they are. Long numbers are copied, not guessed, and the
number beside is somebody else's: nothing is offered for them. Work is bounded by counts, never by the clock, so that the same
question gets the same answer. Threads: any. Raises BadSegment as a search does.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from weakref import WeakKeyDictionary

import numpy as np

from storage.search import analysis, nearby
from storage.search.postings import Numbers
from storage.search.query import LONGEST, MOST_WORDS, Query, parse
from storage.search.scoring import Generation, Settler, Wanted

#: Questions offered at most.
MOST = 3
#: A question that finds more is as it should be; one that finds a few is questioned only for one that finds so many times more.
FEW, TIMES = 3, 10
#: Near words of one piece whose documents are weighed, words of one piece that go into questions, and questions asked.
MOST_WEIGHED, MOST_OF_A_PIECE, MOST_ASKED = 120, 16, 20
#: Pieces that are looked at.
MOST_PIECES = 4
#: Runs of letters and digits this long may be mistyped; of digits alone only such, and none with more digits than these.
RUN_LENGTHS, NUMBER_LENGTHS = range(3, 25), range(5, 10)
#: What is so much further than the nearest is not offered beside it.
BESIDE = 0.45
#: How far a question is whose words are only taken apart.
APART = 0.6

#: Widened questions that are kept of a generation.
MOST_KEPT = 16
_WIDENED: WeakKeyDictionary[Generation, dict[Query, Query]] = WeakKeyDictionary()

_UNITS = re.compile(analysis.UNIT + "+")
# Full width letters and punctuation stand among the Chinese characters.
_LATIN = "[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]"
_PIECE = re.compile(rf"{_LATIN}+|(?:(?!{_LATIN}|\W){analysis.UNIT})+")
_RUN = re.compile("[0-9a-z]+")
_TOKEN = re.compile(r"\S+")
_LEFT_ALONE = re.compile(r"[-－﹣−–—].+|.*[*?~＊？～].*|OR|AND|NOT")
_FIELD = re.compile(r"[^:：\s\"“]{1,12}[:：]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run within the question, from `start` to `end`, and as it is looked up."""

    start: int
    end: int
    folded: str


def suggest(
    generation: Generation, query: str, wanted: Wanted, settler: Settler, read: Callable[[str], Query] = parse
) -> tuple[str, ...]:
    """At most MOST questions, the closest first, of equally close ones the one that finds more. Empty when the question finds
    enough, or nothing near finds anything. `read` is how a question is read. Raises Abandoned when it is cancelled."""

    def total(question: str) -> int:
        return generation.search(read(question), replace(wanted, limit=FEW + 1), settler).total

    pieces = _pieces(query) if len(query) <= LONGEST else []
    if not 0 < len(pieces) <= MOST_WORDS or (found := total(query)) > FEW:
        return ()
    allowed = generation.live & generation.facets.allowed(wanted.filters)
    missing = [piece for piece in pieces if not total(piece.folded)][:MOST_PIECES]
    offers = _offers(generation, allowed, query, missing) if missing else []
    for piece in pieces[:MOST_PIECES] if not missing else ():
        offers += _offers(generation, allowed, query, [piece])
    enough = max(1, found * TIMES)
    good: list[tuple[float, int, str]] = []
    asked_for = {query}
    for far, question in sorted(offers)[:MOST_ASKED]:
        if good and ((len(good) >= MOST and far > good[-1][0]) or far > good[0][0] + BESIDE):
            break
        if question not in asked_for and (count := total(question)) >= enough:
            good.append((far, -count, question))
        asked_for.add(question)
    return tuple(question for _, _, question in sorted(good)[:MOST])


def variants(generation: Generation, word: str, most: int = 16) -> list[str]:
    """The folded word and the near words that a living document of this generation has (its terms, where these are no
    proof), the nearest first: what `word~` asks for."""
    folded = analysis.fold(word)
    close = _close(generation, generation.live, folded) if _PIECE.fullmatch(folded) else []
    return [folded, *(other for _, _, other in close[: most - 1])]


def widened(asked: Query, generation: Generation) -> Query:
    """A question with the near words of those that are meant roughly. Every row of an answer asks for the same ones."""
    if not asked.rough:
        return asked
    known = _WIDENED.setdefault(generation, {})
    if asked not in known:
        if len(known) >= MOST_KEPT:
            known.clear()
        known[asked] = asked.widened(partial(variants, generation))
    return known[asked]


def _pieces(query: str) -> list[Piece]:
    """What may be mistyped in a question."""
    found: list[Piece] = []
    negated = quoted = False
    for token in _TOKEN.finditer(query):
        text = token[0]
        if not quoted and _LEFT_ALONE.fullmatch(text):
            negated = text == "NOT"
            continue
        field = None if quoted else _FIELD.match(text)
        start = token.start() + (field.end() if field else 0)
        if not negated:
            for piece in _PIECE.finditer(query, start, token.end()):
                folded = analysis.fold(piece[0])
                units = _UNITS.fullmatch(folded)
                if units or (not field and _may_be_mistyped(folded)):
                    found.append(Piece(*piece.span(), folded))
        negated = False
        quoted ^= sum(map(text.count, '"“”')) % 2 == 1
    return found


def _may_be_mistyped(run: str) -> bool:
    if run.isdigit():
        return len(run) in NUMBER_LENGTHS
    return bool(_RUN.fullmatch(run)) and len(run) in RUN_LENGTHS and sum(map(str.isdigit, run)) < NUMBER_LENGTHS.stop


def _offers(generation: Generation, allowed: Numbers, query: str, pieces: Sequence[Piece]) -> list[tuple[float, str]]:
    """Questions with another word in the place of each of these pieces, and how far they are."""
    choices: list[list[tuple[float, str]]] = []
    for piece in pieces:
        close = [(far, other) for far, _, other in _close(generation, allowed, piece.folded)]
        words = analysis.words(piece.folded) if '"' not in query and _UNITS.fullmatch(piece.folded) else []
        if len(words) > 1 and nearby.known(piece.folded):
            close.append((APART, " ".join(words)))
        choices.append(sorted(close)[: MOST_OF_A_PIECE if len(pieces) == 1 else MOST_PIECES])
    offers = []
    for some in itertools.product(*choices):
        question = query
        for piece, (_, other) in reversed(list(zip(pieces, some, strict=True))):
            question = question[: piece.start] + other + question[piece.end :]
        offers.append((sum(far for far, _ in some), question))
    return offers


def _close(generation: Generation, allowed: Numbers, folded: str) -> list[tuple[float, int, str]]:
    """The near words that some allowed document seems to have: how far, how many documents (below 0), and the word."""
    far: dict[str, float] = {}
    pairs = nearby.Pairs(part.segment for part in generation.parts)
    if _UNITS.fullmatch(folded):
        far = nearby.near(folded, pairs)
    elif _may_be_mistyped(folded):
        far = nearby.spelled(folded, pairs)
        for other in nearby.slipped(folded):
            if other not in far and len(other) > 1 and generation.frequency(other):
                far[other] = nearby.SOUND
    weighed = _Weighed(generation, allowed)
    close: list[tuple[float, int, str]] = []
    nearest = sorted((round(cost, 2), other) for other, cost in far.items())[:MOST_WEIGHED]
    for cost, others in itertools.groupby(nearest, key=lambda one: one[0]):
        close += sorted((cost, -count, other) for _, other in others if (count := weighed.documents(other)))
        if len(close) >= MOST_OF_A_PIECE:
            break
    return close


class _Weighed:
    """How many documents of some have all terms of a word: each term is read once."""

    def __init__(self, generation: Generation, allowed: Numbers) -> None:
        self._generation = generation
        self._allowed = allowed
        self._have: dict[str, Numbers] = {}

    def documents(self, word: str) -> int:
        has = self._allowed
        for term in sorted(analysis.section_terms(word)[0], key=self._generation.frequency):
            if term not in self._have:
                self._have[term] = self._generation.weights(term) != 0
            has = has & self._have[term]
            if not has.any():
                return 0
        return int(np.count_nonzero(has))
