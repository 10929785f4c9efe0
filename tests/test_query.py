"""tests/test_query.py — the language people type: fields, days, wildcards, parts of numbers, sounds; half typed or wrong.

What the index answers is held against the texts themselves, one by one. People and numbers are samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.records.search import Filters, Results
from storage.search import analysis, dates, naming, words
from storage.search.batches import Entry, FoldedEntry, description
from storage.search.dates import NoSuchDate, Period
from storage.search.index import Index
from storage.search.query import Choice, Query, Setting, parse
from storage.search.snippets import marks
from storage.search.words import Word, make_word
from tests.test_search import ListFeed, MakeIndex, entry, found, make, open_index

__all__ = ["make"]

TODAY = date(2026, 11, 22)
CATEGORIES = (("WS", "文书"), ("ZY·XZ", "行政案件（治安）"), ("ZY·XS", "刑事案件"), ("ZY·XS", "Criminal cases"))


# -- days ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "since", "until"),
    [
        ("2019", 20190101, 20191231),
        ("2019年", 20190101, 20191231),
        ("2019年度", 20190101, 20191231),
        ("２０１９年", 20190101, 20191231),
        ("二〇一九年", 20190101, 20191231),
        ("19年", 20190101, 20191231),
        ("98年", 19980101, 19981231),
        ("2019-03", 20190301, 20190331),
        ("2019年3月", 20190301, 20190331),
        ("二零一九年十二月", 20191201, 20191231),
        ("201903", 20190301, 20190331),
        ("2020-02", 20200201, 20200229),
        ("2019.3.5", 20190305, 20190305),
        ("2019/03/05", 20190305, 20190305),
        ("2019年3月5日", 20190305, 20190305),
        ("20190305", 20190305, 20190305),
        ("3月", 20260301, 20260331),
        ("12月", 20251201, 20251231),
        ("12月25日", 20251225, 20251225),
        ("2月29日", 20240229, 20240229),
        ("2019-03..2020", 20190301, 20201231),
        ("2019~2021", 20190101, 20211231),
        ("2019～2021", 20190101, 20211231),
        ("2019-2021", 20190101, 20211231),
        ("2019至2021", 20190101, 20211231),
        ("2019-03-01到2019-06", 20190301, 20190630),
        ("2019年3月至5月", 20190301, 20190531),
        ("2021..2019", 20190101, 20211231),
        (">2020", 20210101, dates.LAST),
        ("＞２０２０", 20210101, dates.LAST),
        (">=2020-05", 20200501, dates.LAST),
        ("≥2020-05", 20200501, dates.LAST),
        ("<2019", dates.FIRST, 20181231),
        ("<=2019-06-30", dates.FIRST, 20190630),
        ("..2018", dates.FIRST, 20181231),
        ("2019..", 20190101, dates.LAST),
        ("2019年以前", dates.FIRST, 20181231),
        ("2019年以来", 20190101, dates.LAST),
        ("去年", 20250101, 20251231),
        ("前年", 20240101, 20241231),
        ("今年", 20260101, 20261231),
        ("去年3月", 20250301, 20250331),
        ("去年下半年", 20250701, 20251231),
        ("上半年", 20260101, 20260630),
        ("第一季度", 20260101, 20260331),
        ("去年第四季度", 20251001, 20251231),
        ("2019年第二季度", 20190401, 20190630),
        ("上季度", 20260701, 20260930),
        ("本月", 20261101, 20261130),
        ("上月", 20261001, 20261031),
        ("上个月", 20261001, 20261031),
        ("上個月", 20261001, 20261031),
        ("本周", 20261116, 20261122),
        ("上周", 20261109, 20261115),
        ("今天", 20261122, 20261122),
        ("昨天", 20261121, 20261121),
        ("前天", 20261120, 20261120),
        ("最近三个月", 20260822, 20261122),
        ("近30天", 20261024, 20261122),
        ("最近半年", 20260522, 20261122),
        ("最近一周", 20261116, 20261122),
        ("last year", 20250101, 20251231),
        ("Last Month", 20261001, 20261031),
        ("this year", 20260101, 20261231),
        ("yesterday", 20261121, 20261121),
        ("last 30 days", 20261024, 20261122),
    ],
)
def test_days_are_read_as_people_write_them(written: str, since: int, until: int) -> None:
    assert dates.period(written, TODAY) == Period(since, until)


@pytest.mark.parametrize("written", ["2019-13", "2019-02-30", "2019年13月", "13月1日", "20190230", "0000", "2019-00", "2023-2-29..2024", "<2019-13"])
def test_days_no_calendar_has_are_told(written: str) -> None:
    with pytest.raises(NoSuchDate):
        dates.period(written, TODAY)
    query = parse(f"盗窃 date:{written}", False, Setting(TODAY))
    assert [(note.key, note.facts["date"]) for note in query.notes] == [("bad_date", written)]
    assert query.groups == parse("盗窃").groups  # searched without it


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2026, 1, 1), date(2026, 12, 31), date(2026, 3, 31)])
def test_what_is_said_from_today_holds_at_the_edges(today: date) -> None:
    last = dates.period("上个月", today)
    assert last is not None and last.until // 100 == last.since // 100
    assert dates.period("本月", today) != last
    for said in ("最近三个月", "最近一年", "近2个月"):
        period = dates.period(said, today)
        assert period is not None and period.until == today.year * 10000 + today.month * 100 + today.day > period.since
    assert dates.period("去年", today) == Period((today.year - 1) * 10000 + 101, (today.year - 1) * 10000 + 1231)


def test_only_what_can_be_nothing_else_is_days_without_a_field() -> None:
    at = Setting(TODAY)
    for typed in ("2019..2020", ">2020", "..2018", "2019~2021", "<=2019-06"):
        assert all(isinstance(term, Period) for group in parse(typed, False, at).groups for term in group), typed
    for typed in ("去年", "上个月", "2019至2021", "last year"):
        (group,) = parse(typed, False, at).groups
        assert {type(term) for term in group} == {Period, Word}, typed
    for typed in ("2019", "2019年3月", "20190305", "2019-03", "3月", "19年", "D30..", "..", ">", "<>", "A..B", "第二大队", "12万", "年初"):
        assert all(isinstance(term, Word) for group in parse(typed, False, at).groups for term in group), typed


@given(st.text(max_size=20) | st.lists(st.sampled_from("0 1 2 9 19 2019 年 月 日 - . .. ~ 至 到 > < = 上 下 半年 季度 第 最近 个 去年 今年 last year ９ 二 〇".split()), max_size=7).map("".join))
@settings(max_examples=250, deadline=None)
def test_any_text_is_days_or_is_not(text: str) -> None:
    try:
        period = dates.period(text, TODAY)
    except NoSuchDate:
        return
    if period is not None:
        assert dates.FIRST <= period.since <= period.until <= dates.LAST
    dates.unmistakable(text, TODAY)


# -- fields ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    index = open_index(tmp_path_factory.mktemp("language"), ListFeed(ENTRIES))
    index.catch_up()
    yield index
    index.close()


ENTRIES = (
    entry(
        1, "样甲盗窃电动车，证号000000199001011237，电话00012345678，车牌京A·1B2C3。时间：地点：样本镇", title="样甲盗窃案",
        creator="样本派出所", document_no="样公治〔2024〕15号", doc_date="20240305", names=("样甲", "张三"),
    ),
    entry(2, "张三殴打他人，用abcdef软件，批号W2K9，ab12，乘粤B2C3D4", title="殴打他人案卷", creator="样本镇政府", doc_date="20250610", retention="Y", year=2025, category="ZY·XZ"),
    entry(3, "去年诈骗，版本abc123def，000000********1237", title="张三诈骗", doc_date="20190000", security_class="secret", category="ZY·XS", state="lent"),
    entry(4, "盗窃、样本派出所、二〇二四年三月，编号ab|cd，楼3A座", title="关于abc的通知", document_no="样公〔2023〕2号", remarks="张小三", doc_date="20231100"),
    entry(5, "样甲、甲盗、盗窃；20240305", title="盗抢", names=("李四",), creator="样甲"),
)  # fmt: skip
TEXTS = {one.item_id: FoldedEntry(one).whole for one in ENTRIES}


@pytest.mark.parametrize(
    ("typed", "items"),
    [
        ("title:盗窃", {1}),
        ("题名：盗窃", {1}),
        ("标题:盗窃", {1}),
        ("TITLE:盗窃", {1}),
        ('title:"盗窃案"', {1}),
        ("title:盗窃,诈骗", {1, 3}),
        ("题名：盗窃，诈骗、abc", {1, 3, 4}),
        ("盗窃 -title:盗窃", {4, 5}),
        ("NOT title:盗窃", {2, 3, 4, 5}),
        ("title:盗窃 OR title:诈骗", {1, 3}),
        ("creator:派出所", {1}),
        ("责任者：样本", {1, 2}),
        ("作者:样甲", {5}),
        ("code:0002", {2}),
        ("档号:W001-WS·2024·D30-0002", {2}),
        ("文号:样公治〔2024〕15号", {1}),
        ("number:15", {1}),
        ("person:样甲", {1}),
        ("姓名：李四", {5}),
        ("人名:zhangsan", {1}),
        ("日期:2024", {1}),
        ("date:2024-03", {1}),
        ("date:2019", {3}),
        ("date:2019-07", {3}),
        ("date:2023-11-05", {4}),
        ("date:2023..2024", {1, 4}),
        ("日期：2019，2025", {2, 3}),
        ("-date:2023..2025", {3, 5}),
        ("date:<2020", {3}),
        ("date:去年", {2}),
        ("date:last year", {2}),
        ("去年", {2, 3}),
        (">=2025", {2}),
        ("盗窃 ..2023", {4}),
        ("category:ZY", {2, 3}),
        ("类别：zy-xs", {3}),
        ("门类:WS,ZY·XZ", {1, 2, 4, 5}),
        ("year:2025", {2}),
        ("年度:2024-2025", {1, 2, 3, 4, 5}),
        ("年度：２０２５年", {2}),
        ("期限:永久", {2}),
        ("保管期限：三十年", {1, 3, 4, 5}),
        ("retention:Y", {2}),
        ("密级:秘密", {3}),
        ("secrecy:internal,secret", {1, 2, 3, 4, 5}),
        ("状态：已借出", {3}),
        ("诈骗 OR date:2025", {2, 3}),
        ("殴打他人案卷一览 OR date:2019", {3}),
        ("样甲甲盗 OR 期限:永久", {2}),
        ("样甲盗窃电动车 年度:2024", {1}),
        ("样甲盗窃电动车 date:2024-03 -期限:永久", {1}),
        ("样甲甲盗 年度:2024", set()),
        ("时间：地点", {1}),
        ("title:", set()),
        ("title: 盗窃", {1}),
        ("date:", set()),
    ],
)
def test_fields_are_asked_alone(kept: Index, typed: str, items: set[int]) -> None:
    query = parse(typed, False, Setting(TODAY))
    assert answer(kept, typed).total == len(items)
    assert {hit.item_id for hit in answer(kept, typed).hits} == items == by_reading(query)
    assert not query.notes


def answer(index: Index, typed: str, **other: object) -> Results:
    return index.search(typed, limit=100, **other)  # type: ignore[arg-type]


def by_reading(query: Query) -> set[int]:
    """The records a question means, read one by one."""
    if not query:
        return set()
    columns = {term for group in (*query.groups, query.excluded) for term in group if not isinstance(term, Word)}
    return {
        one.item_id
        for one in ENTRIES
        if query.accepts(TEXTS[one.item_id], {term for term in columns if _has(one, term)})
    }


def _has(one: Entry, term: Period | Choice) -> bool:
    if isinstance(term, Period):
        if not one.doc_date:
            return False
        first = int(one.doc_date.replace("00", "01", 0)) if "00" not in (one.doc_date[4:6], one.doc_date[6:]) else 0
        first = first or int(one.doc_date[:4] + (one.doc_date[4:6] if one.doc_date[4:6] != "00" else "01") + "01")
        last = first if one.doc_date[6:] != "00" else int(one.doc_date[:4] + (one.doc_date[4:6] if one.doc_date[4:6] != "00" else "12") + "31")
        return first <= term.until and last >= term.since
    value = {
        "category": one.category, "year": str(one.year), "retention": one.retention, "secrecy": one.security_class, "state": one.state,
    }[term.facet]  # fmt: skip
    return any(value == wanted or (term.facet == "category" and value.startswith(wanted + "·")) for wanted in term.values)


def test_categories_are_found_by_name() -> None:
    at = Setting(TODAY, categories=CATEGORIES)
    for typed, codes in (("类别:文书", ("WS",)), ("类别:案件", ("ZY·XZ", "ZY·XS")), ("category:criminal", ("ZY·XS",)), ("类别：治安,WS", ("ZY·XZ", "WS")), ("category:zy", ("ZY",))):
        assert parse(typed, False, at).groups == ((Choice("category", codes),),), typed
    (note,) = parse("类别:没有的 盗窃", False, at).notes
    assert note.key == "unknown_value" and note.facts == {"name": "类别", "value": "没有的"}


@pytest.mark.parametrize(
    ("typed", "name", "right", "instead"),
    [
        ("titel:盗窃", "titel", "title", "title:盗窃"),
        ("提名：盗窃", "提名", "题名", "题名：盗窃"),
        ("timing:盗窃 电动车", "timing", "题名", "题名:盗窃 电动车"),
        ("样甲 creater:样本", "creater", "creator", "样甲 creator:样本"),
        ("danghao:0001", "danghao", "档号", "档号:0001"),
        ("责任人:样本", "责任人", "责任者", "责任者:样本"),
        ("retension:Y", "retension", "retention", "retention:Y"),
    ],
)
def test_a_wrong_name_of_a_field_is_told_and_its_words_are_searched(kept: Index, typed: str, name: str, right: str, instead: str) -> None:
    results = answer(kept, typed)
    (note,) = results.notes
    assert (note.key, dict(note.facts), note.instead) == ("unknown_field", {"name": name, "right": right}, instead)
    assert not answer(kept, instead).notes
    plain = typed.replace(f"{name}:", "").replace(f"{name}：", "")
    assert found(kept, typed) == found(kept, plain)


@pytest.mark.parametrize("typed", ["时间：地点", "地点:样本镇", "http://样本", "12:30", "案由：盗窃", "比例1:2", ":盗窃", "：", "a:b", "编号：3", "备注:附"])
def test_a_colon_in_ordinary_text_troubles_nobody(typed: str) -> None:
    query = parse(typed, False, Setting(TODAY))
    assert not query.notes
    assert all(isinstance(term, Word) and not term.field for group in query.groups for term in group)


def test_whether_people_are_asked_for_is_known() -> None:
    assert parse("姓名:样甲").asks_person and parse("盗窃 -person:x").asks_person and parse("a OR 人名：样甲").asks_person
    assert not parse("样甲 title:样甲 姓名").asks_person


def test_marks_stand_only_in_the_field_that_was_asked(kept: Index) -> None:
    snippet = kept.snippet("title:盗窃", 1)
    assert snippet.text == "样甲盗窃案" and [snippet.text[a:b] for a, b in snippet.spans] == ["盗窃"]
    snippet = kept.snippet("creator:样甲", 5)
    assert (snippet.text, snippet.spans) == ("样甲", ((0, 2),))
    assert kept.snippet("date:2024", 1).spans == ()


# -- wildcards, parts of numbers, sounds -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "items", "marked"),
    [
        ("abc*", {2, 3, 4}, {"abcdef", "abc123def", "abc"}),
        ("*def", {2, 3}, {"abcdef", "abc123def"}),
        ("*c12*", {3}, {"abc123def"}),
        ("a*f", {2, 3}, {"abcdef", "abc123def"}),
        ("abc?ef", {2}, {"abcdef"}),
        ("?bcdef", {2}, {"abcdef"}),
        ("abc???def", {3}, {"abc123def"}),
        ("ab?", {4}, {"abc"}),
        ("盗*车", {1}, {"盗窃电动车"}),
        ("盗＊车", {1}, {"盗窃电动车"}),
        ("样?盗窃", {1}, {"样甲盗窃"}),
        ("样？盗窃", {1}, {"样甲盗窃"}),
        ("电动车？证号", {1}, {"电动车，证号"}),
        ("殴打？他人", {2}, {"殴打他人"}),
        ("样甲盗窃电动车？", {1}, {"样甲盗窃电动车"}),
        ("title:样*案", {1}, {"样甲盗窃案"}),
        ("title:abc*", {4}, {"abc"}),
        ("title:*bc", {4}, {"abc"}),
        ("000000*1237", {1, 3}, {"000000199001011237", "000000********1237"}),
        ("软件*W2*", {2}, {"软件，批号W2K9"}),
        ("盗抢*", {5}, {"盗抢"}),
        ("-abc* 盗窃", {1, 5}, {"盗窃"}),
        ("t*", set(), set()),  # the marks of fields are no letters
        ("*hang*", set(), set()),
        ("ab?", {4}, {"abc"}),
        # parts of numbers
        ("19900101", {1}, {"19900101"}),
        ("000000199001011237", {1}, {"000000199001011237"}),
        ("990010", {1}, {"990010"}),
        ("99001", set(), set()),
        ("1237", {1, 3}, {"1237"}),
        ("5678", {1}, {"5678"}),
        ("345678", {1}, {"345678"}),
        ("0123", set(), set()),
        ("1B2C3", {1}, {"1B2C3"}),
        ("2C3D4", {2}, {"2C3D4"}),
        ("A1B2C3", {1}, {"A·1B2C3"}),
        ("京A1B2C3", {1}, {"京A·1B2C3"}),
        ("c123de", {3}, {"c123de"}),
        ("bcdef", set(), set()),  # letters alone are whole words
        # sounds
        ("zhangsan", {1, 3}, {"张三"}),
        ("zs", {1, 3}, {"张三"}),
        ("daoqie", {1}, {"盗窃"}),
        ("re", set(), set()),  # neither 热 nor, in first letters, what 他人案 begins with
        ("title:zhangsan", {3}, {"张三"}),
        ("-zhangsan", {2, 4, 5}, set()),
        ('"zhangsan"', set(), set()),
        ('"abc*"', {3, 4}, {"abc"}),
    ],
)
def test_parts_and_patterns_find_what_they_mean_and_mark_it(kept: Index, typed: str, items: set[int], marked: set[str]) -> None:
    query = parse(typed, False, Setting(TODAY))
    results = answer(kept, typed)
    assert {hit.item_id for hit in results.hits} == items == by_reading(query)
    assert results.total == len(items)
    pieces = set()
    for one in ENTRIES:
        if one.item_id in items:
            for field, text in (*description(one), *(("", page) for page in one.pages)):
                pieces |= {text[a:b] for a, b in marks(query.wanted, text, field)}
    assert pieces >= marked and bool(pieces) == bool(marked)
    assert all(any(piece in text or text in piece for text in marked) for piece in pieces)


def test_the_end_of_a_number_is_found_where_it_is_the_last_word_of_all(make: MakeIndex) -> None:
    only = {"title": "", "reference_code": ""}
    assert found(make(entry(1, "00012345678", **only), entry(2, "00012345679", **only)), "5679") == {2}


def test_while_somebody_types_the_last_run_may_go_on(kept: Index) -> None:
    def typing(typed: str) -> set[int]:
        return {hit.item_id for hit in answer(kept, typed, typing=True).hits}

    assert typing("abcd") == {2} and found(kept, "abcd") == set()
    assert typing("title:ab") == {4}
    assert typing("盗窃 0000001") == {1}
    assert typing("zhangsa") == {1, 3} and typing("zh") >= {1, 3}
    assert typing("样公治〔2024〕1") == {1}
    assert typing("abcd ") == set()  # done with that word
    assert typing('"abcd') == set()
    assert not answer(kept, "date:2019-13", typing=True).notes and answer(kept, "date:2019-13").notes
    assert not answer(kept, "titel:", typing=True).notes
    snippet = kept.snippet("abcd", 2)
    assert [snippet.text[a:b] for a, b in snippet.spans] == ["abcd"]


def test_the_word_itself_comes_before_what_only_holds_it(make: MakeIndex) -> None:
    parts = [entry(n, f"编号5{n:03d}123456", title="x") for n in range(1, 30)]
    index = make(*parts, entry(99, "很长的一份。" * 200 + "123456", title="x"), entry(100, "zs", title="x"), entry(101, "x", title="张三 张三"))
    assert next(hit.item_id for hit in index.search("123456").hits) == 99
    assert [hit.item_id for hit in index.search("zs").hits] == [100, 101]


def test_near_words_do_for_a_word_with_a_tilde(make: MakeIndex) -> None:
    index = make(entry(1, "张山到案"), entry(2, "张三到案，证人王五"), entry(3, "王五"), *(entry(n, "张三") for n in range(4, 8)))
    assert found(index, "张山") == {1}
    near = found(index, "张山~")
    assert near >= {1, 2} and 3 not in near
    assert index.search("张山~").hits[0].item_id == 1
    assert 2 not in found(index, "王五 -张山~")
    snippet = index.snippet("张山～", 2)
    assert [snippet.text[a:b] for a, b in snippet.spans] == ["张三"]


def test_words_of_the_station_are_proof_where_the_index_has_them() -> None:
    dictionary = analysis.Dictionary(["样甲乙巷", "样甲乙", "ab", "样"])
    assert not analysis.is_dictionary_word("样甲乙") and "样甲乙" in dictionary and "样" not in dictionary
    folded = analysis.fold("住樣甲乙巷，样甲 乙人，样甲乙")
    terms = analysis.terms(folded, dictionary)
    assert terms.count("样甲乙") == 3 and terms.count("样甲乙巷") == 1
    assert "样甲乙" not in analysis.terms(folded)
    plain, proven = make_word("样甲乙"), make_word("样甲乙", dictionary=dictionary)
    assert plain is not None and proven is not None
    assert not plain.ways[0].proof and proven.ways[0].proof and proven.ways[0].terms == ("样甲乙",)
    assert analysis.Dictionary(["样甲乙", "样甲乙巷"]) == dictionary and dictionary.made_with != analysis.Dictionary(["样甲乙"]).made_with
    assert analysis.Dictionary(["盗窃", "派出所"]) == analysis.EVERYDAY and analysis.EVERYDAY.made_with == ""


def test_with_a_word_of_the_station_any_number_of_records_is_counted_exactly(tmp_path: Path) -> None:
    feed = ListFeed([*(entry(n, "样甲、甲乙") for n in range(1, 700)), entry(700, "样甲乙")])
    for folder, known in (("with", ("样甲乙",)), ("without", ())):
        (tmp_path / folder).mkdir()
        index = open_index(tmp_path / folder, feed, known)
        index.catch_up()
        assert found(index, "样甲乙") == {700}
        assert (index.search("样甲乙", limit=0).total == 1) is bool(known)
        index.close()


# -- anything at all -------------------------------------------------------------------------------------------------------

PIECES = [
    *'盗窃 样甲 张三 电动车 案 "', "“", "”", "-", "－", " ", "  ", "OR", "NOT", "AND", "|", "*", "?", "＊", "？", "~", ":", "：", ",", "，",
    *"title creator date 题名 档号 姓名 日期 类别 密级 year 年度 tital zs zhang abc abcdef 123 1237 199001 2024 2019-03 .. > <= 去年 上个月 ZY Y 永久".split(),
    "〔", "(", ")", "[", "\\", "^", "$", "{2}", "京A", "1B2C3", "0000", "3月", "二〇二四年", "\x1e", "\x1f", "\x00", "\n", "…", "ａ", "\u200b", "𠅤",
]  # fmt: skip
TYPED = st.lists(st.sampled_from(PIECES), max_size=9).map("".join) | st.text(max_size=30)


@given(TYPED)
@settings(max_examples=250, deadline=None)
def test_every_answer_is_what_reading_every_record_would_give(typed: str) -> None:
    query = parse(typed)
    if query.rough:
        query = query.widened(lambda word: [word])
    results = answer(_KEPT[0], typed)
    if not parse(typed).rough:
        assert {hit.item_id for hit in results.hits} == by_reading(query), typed
    assert results.total == len(results.hits) and results.notes == query.notes
    for hit in results.hits:
        snippet = _KEPT[0].snippet(typed, hit.item_id)
        assert all(0 <= a < b <= len(snippet.text) for a, b in snippet.spans)
    begun = answer(_KEPT[0], typed, typing=True)
    assert {hit.item_id for hit in begun.hits} == by_reading(parse(typed, True)) or query.rough, typed


@given(TYPED)
@settings(max_examples=120, deadline=None)
def test_every_beginning_of_a_question_can_be_read(typed: str) -> None:
    for length in range(len(typed) + 1):
        for typing in (False, True):
            query = parse(typed[:length], typing)
            assert len(query.excluded) + sum(map(len, query.groups)) <= 24
            for word in query.wanted:
                word.found(TEXTS[1])


_KEPT: list[Index] = []


@pytest.fixture(autouse=True)
def _for_examples(kept: Index) -> None:
    _KEPT[:] = [kept]


HOSTILE = ["一" * 3000, "a" * 3000, "a1" * 1500, "|" * 3000, "盗a" * 1500, ("盗" * 19 + "|") * 150]


@pytest.mark.parametrize("typed", ["一*一*一*甲", "a*a*a*b", "*a*a*b", "盗*a*盗*甲", "a?a?a?b", "*1a*", "a*" * 30, "?" * 60 + "甲", "一*" * 20 + "甲", "盗 " * 40, "a1" * 100])
def test_no_pattern_is_slow_on_any_text(typed: str) -> None:
    """Would never end if a pattern could try every way to cut a text."""
    for word in parse(typed).wanted:
        for text in HOSTILE:
            word.found(analysis.APART * len(analysis.FIELD_MARKS) + text)


def test_a_wildcard_reaches_no_further_than_it_may() -> None:
    word = make_word("盗*车")
    assert word is not None
    apart = analysis.APART * len(analysis.FIELD_MARKS)
    assert word.found(apart + "盗" + "一" * words.REACH + "车")
    assert not word.found(apart + "盗" + "一" * (words.REACH + 1) + "车")
    assert not word.found(f"盗{apart}车")


def test_every_name_of_a_field_is_its_own_right_name() -> None:
    for field, names in naming.NAMES.items():
        for name in names:
            assert naming.field_of(name) == naming.field_of(f" {name.upper()} ") == field
    assert naming.right_name("时间") is None and naming.right_name("地点") is None and naming.right_name("http") is None


def test_filters_and_fields_say_the_same(kept: Index) -> None:
    for typed, filters in (
        ("类别:ZY", Filters(category=("ZY",))), ("年度:2025", Filters(year=("2025",))), ("期限:永久", Filters(retention=("Y",))),
        ("密级:秘密", Filters(secrecy=("secret",))), ("状态:已借出", Filters(state=("lent",))),
        ("date:2019..2024-03", Filters(since="20190101", until="20240331")),
    ):  # fmt: skip
        assert answer(kept, typed).hits and [hit.item_id for hit in answer(kept, typed).hits] == [hit.item_id for hit in answer(kept, "", filters=filters).hits]


def test_a_question_with_a_note_is_as_good_as_any(make: MakeIndex) -> None:
    """A mistyped field and a word that is meant roughly, in one question."""
    index = make(entry(1, "调解", title="调解"))
    results = index.search("A题名:调节~")
    assert [note.key for note in results.notes] == ["unknown_field"]
