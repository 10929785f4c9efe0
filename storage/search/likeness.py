"""storage/search/likeness.py — more like this: records about the same subject as one.

What a record is about is told by a few of its words: those it uses often and others seldom (tf-idf), words of the title
counting as often as they do in the index. Words are dictionary words of at least two characters, and runs of letters.
Numbers say nothing about a subject. Names that the record mentions are left out: who else a person appears with is no
question for this, and the index of names has its own rules.

Alike is a record that has enough of these words, weighed by how telling each is; ranking, filters, facets and what must
not be seen are those of a search for any of them. The words come back as a note. Threads: any. Raises BadSegment.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from copy import copy

import numpy as np
import rjieba

from storage.records.search import Note, Results
from storage.search import analysis
from storage.search.asking import Abandoned
from storage.search.batches import TITLE_WEIGHT, Entry
from storage.search.query import Query, make_word
from storage.search.scoring import Generation, Wanted

#: Words that stand for a record, and how many of the commonest in it are looked at.
MOST_WORDS = 20
MOST_LOOKED_AT = 150
#: A word in more than this part of all records tells nothing, unless there are only a few.
COMMON, FEW_RECORDS = 0.25, 5
#: The part of the telling weight that a record must have to be alike, and the part of what the most alike one has.
ALIKE, OF_THE_BEST = 0.15, 0.5
#: One word is chance, unless the record has no more.
LEAST_SHARED = 2
#: Words that are named in the note.
MOST_NAMED = 6
#: So much of the text of a record is read.
MOST_CHARACTERS = 50_000

_TELLING = re.compile(rf"{analysis.UNIT}{{2,}}|[a-z]{{3,}}")


def like(generation: Generation, entry: Entry, wanted: Wanted) -> Results:
    """The records most like `entry`; the generation must be one without it. Raises Abandoned when cancelled."""
    words, told = telling(generation, entry)
    if not words:
        return Results((), 0, generation.facets.count(np.zeros(0, np.intp)))
    share = np.zeros(generation.documents, np.float32)
    shared = np.zeros(generation.documents, np.int16)
    for term, weight in words.items():
        if wanted.cancelled():
            raise Abandoned
        has = generation.weights(term) != 0
        share[has] += weight
        shared += has
    alike = copy(generation)
    least = max(ALIKE * sum(words.values()), OF_THE_BEST * float(share.max(where=generation.live, initial=0)))
    alike.live = generation.live & (share >= least) & (shared >= min(LEAST_SHARED, told))
    alike.count = int(np.count_nonzero(alike.live))
    any_of_them = tuple(word for word in (make_word(one, exact=True) for one in words) if word is not None)
    found = alike.search(Query((any_of_them,)), wanted, lambda accepts: set)
    notes = (Note("alike", {"words": "、".join(list(words)[:MOST_NAMED])}),) if found.total else ()
    return Results(found.hits, found.total, found.facets, notes)


def telling(generation: Generation, entry: Entry) -> tuple[dict[str, float], int]:
    """The words that tell what a record is about, and how much each does, the most telling first, as far as another record of
    this generation has them; and how many different words it has."""
    names = " ".join(map(analysis.fold, entry.names))
    counts: Counter[str] = Counter()
    length = 0
    for text, weight in ((entry.title, TITLE_WEIGHT), *((page, 1) for page in entry.pages)):
        folded = analysis.fold(text[: MOST_CHARACTERS - length])
        length += len(folded)
        for word in analysis.words(folded):
            if _TELLING.fullmatch(word) and rjieba.has_word(word) and word not in names:
                counts[word] += weight
    few = max(FEW_RECORDS, COMMON * generation.count)
    unseen = generation.documents - generation.count
    weights = {}
    for word, count in counts.most_common(MOST_LOOKED_AT):
        # Counted in what may be seen alone: not even the order of these words tells of anything else.
        if 1 < generation.frequency(word) <= few + unseen:
            records = int(np.count_nonzero((generation.weights(word) != 0) & generation.live))
            if 0 < records <= few:
                weights[word] = (1 + math.log(count)) * math.log((2 + generation.count) / (1 + records))
    best = sorted(weights, key=lambda word: (-weights[word], word))
    return {word: weights[word] for word in best[:MOST_WORDS]}, len(counts)
