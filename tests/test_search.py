"""tests/test_search.py — promise 4: Chinese search is right.

Law texts are used where the shared folder is present; everything else runs on sentences written for the purpose. People
and numbers in them are samples and belong to nobody.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.connection import Database
from storage.records.search import Filters
from storage.search import analysis
from storage.search.asking import Abandoned
from storage.search.index import Entry, Index
from storage.search.query import parse

SHARED = Path(os.environ.get("ANJUAN_SHARED", Path(__file__).resolve().parents[2] / "shared"))
CORPUS = SHARED / "corpus" / "laws.jsonl.zst"
KEY = bytes(range(32))


class ListFeed:
    """An archive as the index sees it: a list of what changed, and what is there now."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._log: list[int] = []
        self._now: dict[int, Entry] = {}
        for entry in entries:
            self.put(entry)

    def put(self, entry: Entry) -> None:
        self._now[entry.item_id] = entry
        self._log.append(entry.item_id)

    def remove(self, item_id: int) -> None:
        del self._now[item_id]
        self._log.append(item_id)

    def changed(self, after: int, limit: int) -> tuple[int, list[tuple[int, Entry | None]]]:
        items = self._log[after : after + limit]
        return after + len(items), [(item, self._now.get(item)) for item in items]

    def entries(self, item_ids: Sequence[int]) -> dict[int, Entry]:
        return {item: self._now[item] for item in item_ids if item in self._now}

    def category_names(self) -> list[tuple[str, str]]:
        return []

    def count(self) -> int:
        return len(self._now)

    def gone(self, after: int) -> list[int]:
        return [item for item in self._log[after:] if item not in self._now]


def entry(item_id: int, text: str, **other: object) -> Entry:
    values: dict[str, object] = {
        "reference_code": f"W001-WS·2024·D30-{item_id:04d}",
        "title": "样本材料",
        "document_no": "",
        "creator": "",
        "doc_date": "",
        "category": "WS",
        "year": 2024,
        "retention": "D30",
        "remarks": "",
        "pages": (text,),
    }
    return Entry(item_id=item_id, **(values | other))  # type: ignore[arg-type]


def open_index(folder: Path, feed: ListFeed, words: Sequence[str] = ()) -> Index:
    return Index(
        folder / "index.db", lambda path: Database(path, KEY, synchronous="NORMAL", shrinks=True), feed, lambda: words
    )


def law_texts(count: int) -> list[str]:
    if not CORPUS.exists():
        pytest.skip(f"no law texts: {CORPUS.name} is not there")
    zstandard = pytest.importorskip("zstandard")
    with CORPUS.open("rb") as file:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), encoding="utf-8")
        return [json.loads(line)["text"] for _, line in zip(range(count), lines, strict=False)]


MakeIndex = Callable[..., Index]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeIndex]:
    """An index over these entries, taken in."""
    made: list[Index] = []

    def build(*entries: Entry, feed: ListFeed | None = None) -> Index:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        index = open_index(folder, feed if feed is not None else ListFeed(entries))
        made.append(index)
        index.catch_up()
        return index

    yield build
    for index in made:
        index.close()


def found(index: Index, query: str, **filters: object) -> set[int]:
    wanted = {name: (str(value),) for name, value in filters.items()}
    results = index.search(query, limit=1000, filters=Filters(**wanted))
    assert results.total == len(results.hits)
    return {hit.item_id for hit in results.hits}


def test_every_short_word_of_the_texts_finds_the_texts_that_hold_it(make: MakeIndex) -> None:
    texts = law_texts(80)
    index = make(*(entry(number, text, title="") for number, text in enumerate(texts, 1)))
    bare = [re.sub(r"\s", "", text) for text in texts]
    draw = random.Random(4)
    words = set()
    for text in texts:
        for run in draw.choices(re.findall(r"[\u4e00-\u9fff〇]+", text), k=3):
            for length in (1, 2, 3, 4):
                if len(run) >= length:
                    start = draw.randrange(len(run) - length + 1)
                    words.add(run[start : start + length])
        words.update(
            word for word in draw.choices(analysis.words(text), k=10) if re.fullmatch(r"[\u4e00-\u9fff]{1,4}", word)
        )
    assert len(words) > 600
    for word in words:
        holders = {number for number, text in enumerate(bare, 1) if word in text}
        results = index.search(word, limit=1000)
        answer = {hit.item_id for hit in results.hits}
        assert holders <= answer, word
        assert results.total == len(answer), word
        for extra in answer - holders:
            # Only the other way of writing a number may add a text.
            digits = analysis.numeric(analysis.fold(word))
            assert digits != word and digits in analysis.numeric(analysis.fold(texts[extra - 1])), word


def test_every_dictionary_word_of_a_text_is_an_index_term() -> None:
    """A dictionary word is looked up as one term, so every place of it must have given that term."""
    for text in law_texts(60):
        folded = analysis.fold(text)
        terms = set(analysis.terms(folded))
        for run in re.findall(r"[\u4e00-\u9fff]{3,}", folded):
            for start in range(len(run) - 2):
                for length in range(3, min(9, len(run) - start) + 1):
                    word = run[start : start + length]
                    if analysis.is_dictionary_word(word):
                        assert word in terms, (word, run)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("于２０２３年３月５日立案", "2023年3月5日"),
        ("于二〇二三年三月五日立案", "2023年3月5日"),
        ("于2023年3月5日立案", "二〇二三年三月五日"),
        ("于二○二三年十二月立案", "2023年12月"),
        ("于二零二三年立案", "2023"),
        ("于二〇二三年立案", "二〇二三"),
        ("2023年立案", "二〇二三"),
        ("于 2023 年 3 月 立案", "2023年3月"),
        ("于2023年3月立案", "2023 年 3 月"),
        ("依照第一百二十三条处理", "第123条"),
        ("依照第123条处理", "第一百二十三条"),
        ("盗 窃 电 动 车", "盗窃电动车"),
        ("盗窃\n电动\r\n车一辆", "盗窃电动车"),
        ("盗窃　电动车", "盗窃电动车"),
        ("盗\u200b窃电动车", "盗窃"),
        ("當事人張偉明", "当事人张伟明"),
        ("当事人张伟明", "張偉明"),
        ("ＡＢＣ公司", "abc公司"),
        ("abc公司", "ＡＢＣ"),
        ("Café Müller", "cafe muller"),
        ("车牌京Ａ·１２３４５号", "京A12345"),
        ("车牌京A12345", "京Ａ·12345"),
        ("车牌京A 12345号", "京a12345"),
        ("新能源车牌粤BD12345停于门前", "粤BD12345"),
        ("车牌京A·12345", "A12345"),
        ("证号000000199001011237", "000000199001011237"),
        ("证号00000019900101123x在案", "00000019900101123X"),
        ("见京公治（2023）15号", "京公治〔2023〕15号"),
        ("见京公治【２０２３】１５号", "京公治〔2023〕15号"),
        ("姓名𠅤𬭊", "𠅤𬭊"),
        ("姓名㛃㵘", "㛃"),
        ("民警\ue123某", "\ue123某"),
        ("买买提·样本", "买买提·样本"),
        ("买买提•样本", "买买提・样本"),
        ("㈠立案㈡结案", "一 立案"),
        ("⽂书⼀份", "文书一份"),
        ("D30", "d30"),
        ("D30", "30"),
        ("3月案", "3月"),
    ],
)
def test_spellings_of_the_same_find_each_other(make: MakeIndex, written: str, asked: str) -> None:
    index = make(entry(1, written, reference_code=""), entry(2, "无关的样本材料", reference_code=""))
    assert found(index, asked) == {1}
    snippet = index.snippet(asked, 1)
    assert snippet.spans, "nothing marked"
    assert_marks(asked, snippet.text, snippet.spans)


def assert_marks(asked: str, text: str, spans: Sequence[tuple[int, int]]) -> None:
    """Every mark, taken alone, is one of the words asked for, and no more."""
    for start, end in spans:
        piece = text[start:end]
        assert piece and piece == piece.strip()
        folded = analysis.fold(piece).strip("|")  # ㈠ is one character and cannot be marked in part
        following = analysis.fold(text[end : end + 1])  # 三 is 3 only before 月
        in_place = analysis.numeric(folded + following)
        readings = {folded, analysis.numeric(folded), in_place[: len(in_place) - len(following)]}
        # A plate without its province is one only behind it.
        placed = [(before + reading, len(before)) for reading in readings for before in ("|", "京")]
        assert any(word.pattern.fullmatch(*one) for word in parse(asked).wanted for one in placed), piece


def test_words_stand_for_and_or_not_and_phrases(make: MakeIndex) -> None:
    index = make(
        entry(1, "张三盗窃电动车"),
        entry(2, "李四盗窃手机"),
        entry(3, "王五殴打他人"),
        entry(4, "电动车失窃，张三报案"),
    )
    assert found(index, "盗窃") == {1, 2}
    assert found(index, "盗窃 张三") == {1}
    assert found(index, "盗窃 -张三") == {2}
    assert found(index, "盗窃 －张三") == {2}
    assert found(index, "NOT 张三") == {2, 3}
    assert found(index, "盗窃 OR 殴打") == {1, 2, 3}
    assert found(index, "张三 盗窃 OR 失窃") == {1, 4}
    assert found(index, "张三 | 王五") == {1, 3, 4}
    assert found(index, "“盗窃 电动车”") == {1}
    assert found(index, "“盗窃电动车") == {1}
    assert found(index, "盗窃电动车 -“李四 盗窃”") == {1}
    assert found(index, "-盗窃") == {3, 4}
    assert found(index, "") == set()
    assert found(index, " - “” OR ，。") == set()


def test_not_excludes_the_word_and_not_its_letters(make: MakeIndex) -> None:
    """Both pairs of 样甲乙 stand in the second text, the name does not: it must stay."""
    index = make(entry(1, "盗窃，样甲乙到案"), entry(2, "盗窃，样甲、甲乙到案"), entry(3, "盗窃"))
    assert not analysis.is_dictionary_word("样甲乙")
    assert found(index, "样甲乙") == {1}
    assert found(index, "盗窃 -样甲乙") == {2, 3}


def test_rows_shown_are_true_also_when_too_many_are_in_doubt(make: MakeIndex) -> None:
    """More records than are settled at once have both pairs of 样甲乙, few have the name."""
    doubtful = [entry(n, "样甲、甲乙") for n in range(1, 800)]
    true = [entry(n, "样甲乙") for n in range(800, 850)]
    index = make(*doubtful, *true)
    results = index.search("样甲乙", limit=60)
    assert {hit.item_id for hit in results.hits} == set(range(800, 850))
    assert results.total == sum(results.facets["category"].values()) == 50
    shown = index.search("样甲乙", limit=5)
    assert len(shown.hits) == 5 and {hit.item_id for hit in shown.hits} <= set(range(800, 850))
    assert shown.total >= 50
    assert {hit.item_id for hit in index.search("甲乙 -样甲乙", limit=1000).hits} == set(range(1, 800))


def test_fields_of_the_description_are_found(make: MakeIndex) -> None:
    index = make(
        entry(
            1,
            "正文",
            title="关于样本事项的报告",
            document_no="样公治〔2024〕15号",
            creator="样本镇派出所",
            doc_date="20240305",
            remarks="附光盘一张",
            category="ZY·XZ",
        ),
        entry(2, "另一份"),
    )
    for query in (
        "样本事项",
        "样公治〔2024〕15号",
        "W001-WS·2024·D30-0001",
        "0001",
        "样本镇派出所",
        "20240305",
        "2024年3月5日",
        "二〇二四年三月五日",
        "光盘",
    ):
        assert found(index, query) == {1}, query
        snippet = index.snippet(query, 1)
        assert_marks(query, snippet.text, snippet.spans)
        assert snippet.spans and snippet.page == 1
    assert index.snippet("没有的词", 1).text == "正文"
    assert index.snippet("正文", 99).text == ""


def test_filters_and_facets_count_everything_found(make: MakeIndex) -> None:
    kinds = [("WS", 2023, "D10"), ("ZY·XZ", 2023, "Y"), ("ZY·XS", 2024, "Y"), ("ZY", 2024, "D30"), ("ZYX", 2024, "D30")]
    index = make(
        *(
            entry(n, "盗窃", category=category, year=year, retention=retention)
            for n, (category, year, retention) in enumerate(kinds, 1)
        )
    )
    assert found(index, "盗窃", category="ZY") == {2, 3, 4}
    assert found(index, "盗窃", category="ZY·XZ") == {2}
    assert found(index, "盗窃", year=2024) == {3, 4, 5}
    assert found(index, "盗窃", retention="Y", year=2023) == {2}
    assert found(index, "盗窃", category="none") == set()
    results = index.search("盗窃", limit=1)
    assert results.total == 5 and len(results.hits) == 1
    assert results.facets == {
        "category": {"WS": 1, "ZY·XZ": 1, "ZY·XS": 1, "ZY": 1, "ZYX": 1},
        "year": {"2023": 2, "2024": 3},
        "retention": {"D10": 1, "Y": 2, "D30": 2},
        "creator": {},
        "secrecy": {"internal": 5},
        "state": {"filed": 5},
    }
    assert index.search("盗窃", limit=0).total == 5


def test_titles_weigh_more_and_the_newest_of_equals_comes_first(make: MakeIndex) -> None:
    index = make(
        entry(1, "盗窃一案的材料"),
        entry(2, "盗窃一案的材料"),
        entry(3, "案子的材料若干", title="盗窃"),
    )
    assert [hit.item_id for hit in index.search("盗窃").hits] == [3, 2, 1]


def test_the_best_page_is_shown_with_its_marks(make: MakeIndex) -> None:
    far = "无关内容。" * 60
    pages = ("首页没有", far + "\n当事人样甲乙\n盗 窃电动车，又盗窃手机。\n" + far, "样甲乙")
    index = make(entry(1, "", pages=pages))
    snippet = index.snippet("样甲乙 盗窃", 1)
    assert snippet.page == 2
    assert [snippet.text[a:b] for a, b in snippet.spans] == ["样甲乙", "盗 窃", "盗窃"]
    assert len(snippet.text) <= 90 and "\n" not in snippet.text
    assert index.snippet("首页", 1).page == 1


def test_changes_and_removals_follow(make: MakeIndex) -> None:
    feed = ListFeed(entry(n, f"样本第{n}号盗窃") for n in range(1, 6))
    index = make(feed=feed)
    feed.put(entry(2, "改为殴打"))
    feed.remove(3)
    feed.put(entry(6, "新件盗窃"))
    feed.put(entry(6, "新件盗窃改"))
    assert found(index, "盗窃") == {1, 2, 4, 5}  # what is gone is not found, though the index has not heard of it yet
    assert index.search("盗窃").total == 4
    assert index.behind() == 1
    feed.put(entry(7, "盗窃"))
    assert index.behind() == 2
    assert index.catch_up() >= 3
    assert index.catch_up() == 0
    assert found(index, "盗窃") == {1, 4, 5, 6, 7}
    assert found(index, "殴打") == {2}
    assert all(finding.ok for finding in index.agreement())
    assert index.rebuild() >= 6
    assert found(index, "盗窃") == {1, 4, 5, 6, 7}


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            ["盗窃", '"', "“", "”", "-", "－", "OR", "NOT", "|", " ", "京A", "2023年", "〔", "*", "(", "\\"]
        )
    ).map("".join)
)
@settings(max_examples=150, deadline=None)
def test_half_typed_queries_never_fail(typed: str) -> None:
    index, _ = _shared_index()
    results = index.search(typed)
    for hit in results.hits:
        snippet = index.snippet(typed, hit.item_id)
        assert_marks(typed, snippet.text, snippet.spans)
    for length in range(len(typed)):
        parse(typed[:length])


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(
            ["二〇二三年", "十二月", "盗 窃", "\n", "（", "京Ａ·", "12345", " ", "㈠", "張", "\u200b", "第百零三条"]
        )
    ).map("".join)
)
@settings(max_examples=150, deadline=None)
def test_places_of_folded_text_lead_back_to_the_original(text: str) -> None:
    placed = analysis.fold_with_places(text)
    assert placed.text == analysis.fold(text)
    digits = analysis.numeric_with_places(placed)
    assert digits.text == analysis.numeric(placed.text)
    for reading in (placed, digits):
        assert len(reading.start) == len(reading.end) == len(reading.text)
        assert all(0 <= start < end <= len(text) for start, end in zip(reading.start, reading.end, strict=True))
        assert list(reading.start) == sorted(reading.start) and list(reading.end) == sorted(reading.end)


_shared: list[tuple[Index, ListFeed]] = []


def _shared_index() -> tuple[Index, ListFeed]:
    return _shared[0]


@pytest.fixture(autouse=True, scope="module")
def _one_index_for_many_examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    feed = ListFeed(
        [
            entry(1, "于二〇二三年三月盗窃电动车，车牌京Ａ·12345"),
            entry(2, "京公治〔2023〕15号，2023年"),
            entry(3, "- “引号” OR | NOT * ( \\"),
        ]
    )
    index = open_index(tmp_path_factory.mktemp("shared"), feed)
    index.catch_up()
    _shared.append((index, feed))
    yield
    _shared.clear()
    index.close()


def test_a_total_that_is_not_exact_says_so_and_can_be_made_exact(make: MakeIndex) -> None:
    """More records than are settled at once have both pairs of 样甲乙; only every tenth has the name."""
    index = make(*(entry(n, "样甲乙" if n % 10 == 0 else "样甲、甲乙") for n in range(1, 801)))
    quick = index.search("样甲乙", limit=5)
    assert not quick.exact and quick.total >= 80 and all(hit.item_id % 10 == 0 for hit in quick.hits)
    whole = index.search("样甲乙", limit=5, exact=True)
    assert whole.exact and whole.total == sum(whole.facets["year"].values()) == 80
    assert [hit.item_id for hit in whole.hits] == [hit.item_id for hit in quick.hits]
    assert index.search("样甲").exact
    asked = iter([False] * 3)
    with pytest.raises(Abandoned):
        index.search("样甲乙", exact=True, cancelled=lambda: next(asked, True))
