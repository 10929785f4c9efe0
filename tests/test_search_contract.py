"""tests/test_search_contract.py — promise 4 as a contract: what stands in the texts is found, what is excluded is not, marks are exact.

The texts are the project's own sample papers and, where the shared folder is present, law texts. The truth is a plain scan
(tests/truth.py), written without the engine. Figures are printed and recorded as properties of the tests. By default some
six thousand drawn words are asked of every twentieth law text and of sample papers; ANJUAN_ALL_WORDS=1 asks fifty thousand
of all law texts, and more of everything else.
"""

from __future__ import annotations

import itertools
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest

from app import samples
from storage.records.search import Filters, Results
from storage.search.index import Entry, Index
from tests import truth
from tests.test_search import ListFeed, law_texts, open_index

ALL = bool(os.environ.get("ANJUAN_ALL_WORDS"))
ANYTHING = Filters()
#: Answers are read whole, so that a total can be held against its rows.
WHOLE = 1000
#: How many words of which kind are drawn from the law texts and from the sample papers.
WORDS = {
    "laws": {"1": 700, "2": 1250, "3": 1250, "4": 1250, "dictionary": 600, "run": 150, "mixed": 300, "number": 150},
    "papers": {"1": 100, "2": 200, "3": 200, "4": 200, "dictionary": 100, "run": 150, "mixed": 150, "number": 120},
}
Record = Callable[[str, object], None]


@dataclass
class Collection:
    """Records, the index over them, and what has been asked so far."""

    name: str
    entries: dict[int, Entry]
    index: Index
    words: dict[str, list[str]]
    #: Of every record its texts, each apart: no word goes from one into another.
    texts: dict[int, tuple[str, ...]] = field(init=False)
    _asked: dict[str, frozenset[int]] = field(default_factory=dict)
    _holders: dict[str, frozenset[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.texts = {number: fields_of(entry) for number, entry in self.entries.items()}
        self._bare = {number: "\n".join(map(truth.bare, texts)) for number, texts in self.texts.items()}
        self._closed = {number: "\n".join(map(truth.closed, texts)) for number, texts in self.texts.items()}

    @property
    def drawn(self) -> list[str]:
        return [word for words in self.words.values() for word in words]

    def holders(self, word: str) -> frozenset[int]:
        """By the plain scan."""
        if word not in self._holders:
            if truth.is_run(word[0]) or truth.is_run(word[-1]):
                found = {n for n, text in self._closed.items() if word in text and any(True for _ in truth.standing(text, word))}
            else:
                found = {n for n, text in self._bare.items() if word in text}
            self._holders[word] = frozenset(found)
        return self._holders[word]

    def found(self, query: str) -> frozenset[int]:
        if query not in self._asked:
            self._asked[query] = frozenset(whole(self.index, query))
        return self._asked[query]


def whole(index: Index, query: str, filters: Filters = ANYTHING, **other: object) -> list[int]:
    """The records of an answer, which must add up."""
    results = index.search(query, filters=filters, limit=WHOLE, **other)  # type: ignore[arg-type]
    rows = [hit.item_id for hit in results.hits]
    assert results.total == len(rows) == len(set(rows)), query
    check_facets(results, query)
    return rows


def check_facets(results: Results, query: str) -> None:
    for facet, counts in results.facets.items():
        assert sum(counts.values()) == results.total, (query, facet)
        assert all(count > 0 for count in counts.values()), (query, facet)


def fields_of(entry: Entry) -> tuple[str, ...]:
    date = entry.doc_date
    day = f"{int(date[:4])}年{int(date[4:6])}月{int(date[6:])}日" if date else ""
    return (entry.title, entry.reference_code, entry.document_no, entry.creator, entry.remarks, date, day, *entry.pages)


CATEGORIES = ("WS", "ZY", "ZY·XZ", "ZY·XS", "ZYX")
CREATORS = ("样本市公安局", "样本派出所", "样本区人民政府")


def described(number: int, title: str, pages: Sequence[str], chance: Random, **other: object) -> Entry:
    category, year, retention = chance.choice(CATEGORIES), chance.randrange(2015, 2026), chance.choice(("Y", "D30", "D10"))
    values: dict[str, object] = {
        "reference_code": f"Z900-{category}·{year}-{retention}-{number:04d}",
        "title": title,
        "document_no": f"样公治〔{year}〕{number}号" if number % 3 else "",
        "creator": chance.choice(CREATORS),
        "doc_date": f"{year}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}" if number % 4 else "",
        "category": category,
        "year": year,
        "retention": retention,
        "remarks": "",
        "pages": tuple(pages),
        "security_class": chance.choice(("public", "internal", "secret")),
        "state": chance.choice(("filed", "lent")),
    }
    return Entry(item_id=number, **(values | other))  # type: ignore[arg-type]


#: Every so many law texts are looked at; ANJUAN_ALL_WORDS=1 looks at all of them, one part after the other.
PARTS = 20


def laws(count: int, first: int = 0) -> list[Entry]:
    chance = Random(f"laws {first}")
    entries = []
    for number, text in enumerate(law_texts(PARTS * WHOLE)[first::PARTS][:count], 1):
        lines = text.split("\n")
        middle = len(lines) // 2
        title = re.split(r"[，。、；：\s]", text.strip())[0][:30]
        entries.append(described(number, title, ("\n".join(lines[:middle]), "\n".join(lines[middle:])), chance))
    return entries


def papers(count: int) -> list[Entry]:
    chance = Random(7)
    return [
        described(number, draft.title, [sheet.text for sheet in sheets], chance, creator=draft.creator, doc_date=draft.doc_date)
        for number, (_carrier, draft, sheets, _rest) in enumerate(samples.drafts(5, count), 1)
    ]


def collection(name: str, folder: Path, entries: Iterable[Entry], words: dict[str, int]) -> Collection:
    of = {entry.item_id: entry for entry in entries}
    index = open_index(folder, ListFeed(of.values()))
    index.catch_up()
    texts = [text for entry in of.values() for text in (entry.title, *entry.pages) if text]
    return Collection(name, of, index, truth.draw_words(texts, Random(name), words))


@pytest.fixture(scope="module", params=("papers", "laws"))
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    entries = papers(150) if request.param == "papers" else laws(550)
    made = collection(request.param, tmp_path_factory.mktemp(request.param), entries, WORDS[request.param])
    yield made
    made.index.close()


# -- every word ------------------------------------------------------------------------------------------------------------


def test_every_word_finds_the_texts_that_hold_it(kept: Collection, record_property: Record) -> None:
    """Recall is whole. What the plain scan does not have is there by a rule with a name."""
    assert len(kept.drawn) > (5000 if kept.name == "laws" else 1000)
    report(kept, record_property, kept.name)


def report(kept: Collection, record_property: Record, name: str) -> None:
    held = found = 0
    extras: Counter[str] = Counter()
    missing: list[tuple[str, int]] = []
    unexplained: list[tuple[str, int]] = []
    for word in kept.drawn:
        holders, answer = kept.holders(word), kept.found(word)
        held += len(holders)
        found += len(answer)
        missing += [(word, number) for number in holders - answer]
        for number in answer - holders:
            rule = next(filter(None, (truth.why(text, word) for text in kept.texts[number])), "")
            extras[rule] += 1
            if not rule:
                unexplained.append((word, number))
    figures = {
        "texts": len(kept.texts),
        "words": len(kept.drawn),
        "recall": f"{held - len(missing)} of {held}",
        "precision": f"{found - extras.total()} of {found}",
        "extras": dict(extras),
    }
    record_property(name, figures)
    print(f"\n{name}: {figures}")
    assert held > len(kept.drawn), "a drawn word is in no text"
    assert not missing, missing[:20]
    assert not unexplained, unexplained[:20]


@pytest.mark.skipif(not ALL, reason="ANJUAN_ALL_WORDS=1 asks for words of all law texts")
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS if ALL else 1))
def test_every_word_of_all_law_texts(part: int, tmp_path: Path, record_property: Record) -> None:
    made = collection(f"laws {part}", tmp_path, laws(WHOLE, part), {kind: count // 2 for kind, count in WORDS["laws"].items()})
    report(made, record_property, made.name)
    made.index.close()


def test_the_total_is_the_same_however_few_rows_are_read(kept: Collection) -> None:
    for word in Random(3).sample(kept.drawn, 200):
        some = kept.index.search(word, limit=5)
        assert some.total == len(kept.found(word)), word
        assert {hit.item_id for hit in some.hits} <= kept.found(word) and len(some.hits) == min(5, some.total), word
        check_facets(some, word)


# -- words together --------------------------------------------------------------------------------------------------------


def pairs(kept: Collection, count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Words that meet in some text, and words drawn apart."""
    chance = Random(seed)
    texts = list(kept.texts)
    common = sorted(kept.drawn, key=lambda word: -len(kept.holders(word)))[: len(kept.drawn) // 4]
    for number in range(count):
        first = chance.choice(kept.drawn)
        if number % 2:
            yield first, chance.choice(common)
        else:
            text = chance.choice(sorted(kept.holders(first)) or texts)
            together = truth.draw_words(["\n".join(kept.texts[text][-2:])], chance, {chance.choice("1234"): 1})
            yield first, next((word for words in together.values() for word in words), chance.choice(kept.drawn))


def test_what_is_excluded_is_never_returned(kept: Collection, record_property: Record) -> None:
    met = 0
    for first, second in pairs(kept, 6000 if ALL else 650, 11):
        left = whole(kept.index, f"{first} -{second}")
        assert not kept.holders(second) & set(left), (first, second)
        assert set(left) == kept.found(first) - kept.found(second), (first, second)
        met += bool(kept.holders(first) & kept.holders(second))
    record_property("excluded", met)
    print(f"\n{kept.name}: NOT took something away {met} times")
    assert met > 300


def test_or_is_the_union_and_words_side_by_side_the_intersection(kept: Collection) -> None:
    for first, second in pairs(kept, 1000 if ALL else 150, 12):
        assert set(whole(kept.index, f"{first} OR {second}")) == kept.found(first) | kept.found(second), (first, second)
        assert set(whole(kept.index, f"{first} {second}")) == kept.found(first) & kept.found(second), (first, second)
    for (first, second), (third, fourth) in itertools.pairwise(pairs(kept, 500 if ALL else 60, 13)):
        asked = set(whole(kept.index, f"{first} {second} OR {third} -{fourth}"))
        assert asked == kept.found(first) & (kept.found(second) | kept.found(third)) - kept.found(fourth), (first, second, third, fourth)


def test_a_phrase_is_found_where_it_stands(kept: Collection) -> None:
    """Longer pieces of text in quotation marks, punctuation and line ends within."""
    chance = Random(14)
    for number in chance.sample(sorted(kept.texts), 80):
        text = kept.texts[number][-1]
        start = chance.randrange(max(1, len(text) - 40))
        phrase = text[start : start + chance.randint(5, 40)]
        # A run may not be cut, and a quotation mark ends a phrase.
        phrase = re.sub(r'["“”「」『』〝〞„‟«»＂]', "，", re.sub(r"^[^\u4e00-\u9fff]+|[^\u4e00-\u9fff]+$", "", phrase))
        if len(phrase) < 3:
            continue
        answer = set(whole(kept.index, f'"{phrase}"'))
        assert number in answer, phrase
        pieces = [piece for piece in re.split(r"[^\u4e00-\u9fff]+", truth.bare(phrase)) if piece]
        for other in answer:
            assert all(any(piece in truth.bare(text) or truth.why(text, piece) for text in kept.texts[other]) for piece in pieces), (phrase, other)


def test_filters_take_the_part_that_fits(kept: Collection) -> None:
    chance = Random(15)
    for _ in range(150):
        word = chance.choice(kept.drawn)
        filters = some_filters(chance)
        allowed = {number for number, entry in kept.entries.items() if fits(entry, filters)}
        assert set(whole(kept.index, word, filters)) == kept.found(word) & allowed, (word, filters)


def some_filters(chance: Random) -> Filters:
    values = {
        "category": CATEGORIES, "year": tuple(map(str, range(2015, 2026))), "retention": ("Y", "D30", "D10"),
        "creator": CREATORS, "secrecy": ("public", "internal", "secret"), "state": ("filed", "lent"),
    }  # fmt: skip
    chosen = {name: tuple(chance.sample(values[name], chance.randint(1, 2))) for name in chance.sample(sorted(values), chance.randint(1, 3))}
    if chance.random() < 0.3:
        chosen |= {"since": f"{chance.randrange(2015, 2021)}0701", "until": f"{chance.randrange(2021, 2026)}0215"}
    return Filters(**chosen)  # type: ignore[arg-type]


def fits(entry: Entry, filters: Filters) -> bool:
    return (
        (not filters.category or any(entry.category == code or entry.category.startswith(code + "·") for code in filters.category))
        and (not filters.year or str(entry.year) in filters.year)
        and (not filters.retention or entry.retention in filters.retention)
        and (not filters.creator or entry.creator in filters.creator)
        and (not filters.secrecy or entry.security_class in filters.secrecy)
        and (not filters.state or entry.state in filters.state)
        and (not (filters.since or filters.until) or bool(entry.doc_date))
        and (not filters.since or entry.doc_date >= filters.since)
        and (not filters.until or entry.doc_date <= filters.until)
    )


# -- marks -----------------------------------------------------------------------------------------------------------------


def test_marks_cover_exactly_the_words(kept: Collection, record_property: Record) -> None:
    chance, marked = Random(21), 0
    for word in chance.sample(kept.drawn, 1200 if ALL else 500):
        number = chance.choice(sorted(kept.holders(word)))
        marked += check_marks(kept.index, word, (word,), number)
    for first, second in pairs(kept, 120, 22):
        if both := sorted(kept.holders(first) & kept.holders(second)):
            marked += check_marks(kept.index, f"{first} {second}", (first, second), chance.choice(both))
    record_property("marks", marked)
    print(f"\n{kept.name}: {marked} marks")


def check_marks(index: Index, query: str, words: Sequence[str], number: int) -> int:
    snippet = index.snippet(query, number)
    assert snippet.spans, (query, number)
    wrong = truth.judge(words, snippet.text, snippet.spans)
    assert not wrong, (query, number, wrong)
    return len(snippet.spans)


#: Few signs make texts in which everything stands beside everything.
SIGNS = [*"样甲乙三十二〇年月日第条百两千号A京aB0123１Ｂ於于鋼钢", *(" \n\u3000，·-（）." * 2)]


def test_texts_of_few_signs_are_found_and_marked(tmp_path: Path) -> None:
    asked = 0
    for seed in range(100 if ALL else 3):
        chance = Random(seed)
        texts = {number: "".join(chance.choices(SIGNS, k=chance.randint(1, 30))) for number in range(1, 61)}
        folder = tmp_path / str(seed)
        folder.mkdir()
        entries = [replace(described(number, "", [text], chance), doc_date="", document_no="") for number, text in texts.items()]
        index = open_index(folder, ListFeed(entries))
        index.catch_up()
        words = sorted({word for text in texts.values() for _ in range(5) if (word := piece(truth.closed(text), chance))})
        asked += len(words)
        for word in words:
            found, other = set(whole(index, word)), chance.choice(words)
            for number, text in texts.items():
                fields = fields_of(entries[number - 1])
                if truth.holds(text, word):
                    assert number in found, (seed, word, text)
                    check_marks(index, word, (word,), number)
                assert number not in found or any(truth.holds(one, word) or truth.why(one, word) for one in fields), (seed, word, text)
            assert set(whole(index, f"{word} -{other}")) == found - set(whole(index, other)), (seed, word, other)
        index.close()
    assert asked > 240


def piece(text: str, chance: Random) -> str:
    """Up to five signs, runs whole; nothing with punctuation in it."""
    start = chance.randrange(len(text) or 1)
    end = min(len(text), start + chance.randint(1, 5))
    while start > 0 and truth.is_run(text[start]) and truth.is_run(text[start - 1]):
        start -= 1
    while end < len(text) and truth.is_run(text[end - 1]) and truth.is_run(text[end]):
        end += 1
    word = text[start:end]
    return word if all(truth.is_run(sign) or truth.is_chinese(sign) for sign in word) else ""


@pytest.mark.parametrize(
    ("text", "asked", "marked"),
    [
        ("京京京", "京京", ["京京京"]), ("人人人，人人", "人人", ["人人人", "人人"]), ("鋼钢鋼", "钢钢", ["鋼钢鋼"]), ("于三四月间", "四月", ["四月"]),
        ("三 两百条", "百条", ["百条"]), ("在楼3A座", "楼3", ["楼3"]), ("在楼3A座", "a座", ["A座"]), ("二〇二三年三月五日", "3月", ["三月"]),
    ],
)  # fmt: skip
def test_marks_of_places_that_touch(text: str, asked: str, marked: list[str], tmp_path: Path) -> None:
    index = open_index(tmp_path, ListFeed([described(1, "", [text], Random(1))]))
    index.catch_up()
    snippet = index.snippet(asked, 1)
    assert whole(index, asked) == [1]
    assert [snippet.text[start:end] for start, end in snippet.spans] == marked
    index.close()


def test_no_mark_is_cut_where_the_window_ends(tmp_path: Path) -> None:
    """Two places ever further apart, before and behind the window that begins at the better one."""
    texts = ["样甲样乙" + "空" * gap + "样甲样乙" + "空" * 90 for gap in range(60, 90)]
    texts += ["空" * 90 + "样甲样乙" + "空" * gap + "样甲样乙，样甲样乙" + "空" * 90 for gap in range(20, 50)]
    index = open_index(tmp_path, ListFeed([described(number, "", [text], Random(1)) for number, text in enumerate(texts, 1)]))
    index.catch_up()
    for number in whole(index, "样甲样乙"):
        check_marks(index, "样甲样乙", ("样甲样乙",), number)
    index.close()


# -- the same, written another way -----------------------------------------------------------------------------------------

Rewrite = Callable[[str, Random], str]
WRITTEN: dict[str, Rewrite] = {
    "spaces": truth.spaced,
    "wide": lambda text, chance: truth.wide(text),
    "traditional": lambda text, chance: truth.in_traditional(text),
    "any traditional": truth.in_traditional,
    "numerals": lambda text, chance: truth.in_numerals(text),
    "digits": lambda text, chance: truth.in_digits(text),
    "all": lambda text, chance: truth.wide(truth.spaced(truth.in_traditional(truth.in_numerals(text)), chance)),
}


@pytest.fixture(scope="module", params=("papers", "laws"))
def rewritten(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    """Every text in every way of writing, one record each: of text 7 the third way is record 3007. Record 7 is the text itself."""
    entries = (papers(75) if request.param == "papers" else laws(75, first=7)) * (1 + len(WRITTEN))
    chance = Random(31)
    ways = [lambda text, chance: text, *WRITTEN.values()]
    copies = [
        replace(
            entry,
            item_id=WHOLE * way + entry.item_id,
            title=ways[way](entry.title, chance),
            pages=tuple(ways[way](page, chance) for page in entry.pages),
            reference_code="", document_no="", creator="xq", doc_date="",
        )
        for way, entry in zip(sorted(list(range(len(ways))) * (len(entries) // len(ways))), entries, strict=True)
    ]  # fmt: skip
    texts = [entry for entry in copies if entry.item_id < WHOLE]
    index = open_index(tmp_path_factory.mktemp("rewritten"), ListFeed(copies))
    index.catch_up()
    words = truth.draw_words([text for entry in texts for text in (entry.title, *entry.pages)], Random(32), REWRITTEN_WORDS)
    made = Collection(request.param, {entry.item_id: entry for entry in copies}, index, words)
    yield made
    index.close()


REWRITTEN_WORDS = {"1": 80, "2": 150, "3": 150, "4": 150, "dictionary": 100, "run": 60, "mixed": 80, "number": 120}
_NUMERALS = re.compile(r"[〇○零一二两三四五六七八九十百千]")


def promised(way: str, word: str, numbers: Sequence[str]) -> bool:
    """Chinese numerals are found as digits where they are whole: 三条 out of 第二十三条 is nothing that 第23条 has. Of several
    traditional characters for one, those are found that are written for it and for nothing else.
    """
    return way != "any traditional" and (way != "digits" or word in numbers or not _NUMERALS.search(word))


def test_words_are_found_however_the_texts_are_written(rewritten: Collection, record_property: Record) -> None:
    told = {}
    lost: list[tuple[str, str, int]] = []
    for number, way in enumerate(WRITTEN, 1):
        due = found = sure = sure_found = 0
        for word in rewritten.drawn:
            holders = {n for n in rewritten.holders(word) if n < WHOLE}
            answer = {n - WHOLE * number for n in rewritten.found(word) if n // WHOLE == number}
            due += len(holders)
            found += len(holders & answer)
            if promised(way, word, rewritten.words["number"]):
                sure += len(holders)
                sure_found += len(holders & answer)
                lost += [(way, word, n) for n in holders - answer]
        told[way] = f"{found} of {due}; as promised {sure_found} of {sure}"
    record_property(rewritten.name, told)
    print(f"\n{rewritten.name} written another way: {told}")
    assert not lost, (len(lost), Counter((way, word) for way, word, _ in lost).most_common(60))


def test_words_are_found_however_they_are_asked(kept: Collection, record_property: Record) -> None:
    chance, told = Random(41), {}
    lost: list[tuple[str, str]] = []
    for way, write in (*WRITTEN.items(), ("blanks between words", truth.spaced)):
        due = found = 0
        for word in (*chance.sample(kept.drawn, 150), *kept.words["number"][:80]):
            asked = write(word, chance).strip()
            if asked == word:
                continue
            asked = asked if way == "blanks between words" or asked.split() == [asked] else f'"{asked}"'
            holders, answer = kept.holders(word), set(whole(kept.index, asked))
            due += len(holders)
            found += len(holders & answer)
            if promised(way, word, kept.words["number"]):
                lost += [(way, asked)] * len(holders - answer)
        told[way] = f"{found} of {due}"
    record_property(kept.name, told)
    print(f"\n{kept.name} asked another way: {told}")
    assert not lost, (len(lost), Counter(lost).most_common(60))


def test_marks_are_exact_however_the_texts_are_written(rewritten: Collection) -> None:
    chance, marked = Random(51), 0
    for number, way in enumerate(WRITTEN, 1):
        for word in chance.sample(rewritten.drawn, 75) + rewritten.words["number"][:25]:
            holders = [n for n in rewritten.holders(word) if n < WHOLE and WHOLE * number + n in rewritten.found(word)]
            if promised(way, word, rewritten.words["number"]) and holders:
                marked += check_marks(rewritten.index, word, (word,), WHOLE * number + chance.choice(holders))
    assert marked > 400
