"""tests/test_query_truth.py — the query language against brute force: every form of a question over records made for it.

A question is made together with what it means, as a test on a record written without the engine; then the index must answer
with exactly those records. People and numbers are samples and belong to nobody.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from storage.records.search import Filters
from storage.search.index import Entry, Index
from tests import truth
from tests.test_search import ListFeed, open_index

RECORDS = 260
PEOPLE = ("张伟明", "章伟明", "张玮明", "李桂兰", "李桂花", "王建国", "王建军", "欧阳小样", "赵㛃", "陈样本", "刘样甲", "单样乙")
TOPICS = ("夜间巡逻", "消防检查", "户籍窗口", "反诈宣传", "旅馆登记", "校园周边秩序", "流动人口", "电动车盗窃", "噪声扰民", "禁毒工作")
KINDS = ("通知", "报告", "请示", "总结", "会议纪要")
CREATORS = ("样本市公安局", "样本派出所", "样本区人民政府", "样本市公安局交警大队")
CATEGORIES = ("WS", "ZY", "ZY·XZ", "ZY·XS", "ZYX", "KJ")
OFFICES = ("治", "刑", "户")

Means = Callable[[Entry], bool]


@dataclass(frozen=True)
class Asked:
    """A question and what it means."""

    query: str
    means: Means


def record(number: int, chance: Random) -> Entry:
    year = chance.randrange(2016, 2027)
    month, day = chance.randint(1, 12), chance.randint(1, 28)
    people = tuple(chance.sample(PEOPLE, chance.randint(0, 2)))
    serial = f"SB{year}{chance.randrange(120):04d}"
    phone = f"100{chance.randrange(10**8):08d}"
    category = chance.choice(CATEGORIES)
    retention = chance.choice(("Y", "D30", "D10"))
    text = f"{'、'.join(people) or '无'}到场，编号{serial}，联系电话{phone}。{chance.choice(TOPICS)}已办结，{chance.choice(('附光盘', '附照片'))}一张。"
    return Entry(
        item_id=number,
        reference_code=f"Z900-{category}·{year}-{retention}-{number:04d}",
        title=f"关于{chance.choice(TOPICS)}的{chance.choice(KINDS)}",
        document_no=f"样公{chance.choice(OFFICES)}〔{year}〕{number}号" if number % 3 else "",
        creator=chance.choice(CREATORS),
        doc_date=chance.choice((f"{year}{month:02d}{day:02d}",) * 5 + (f"{year}{month:02d}00", f"{year}0000", "")),
        category=category,
        year=year,
        retention=retention,
        remarks="",
        pages=(text,),
        security_class=chance.choice(("public", "internal", "secret")),
        state=chance.choice(("filed", "lent", "open")),
        names=people,
    )


@cache
def records() -> dict[int, Entry]:
    chance = Random(71)
    made = {number: record(number, chance) for number in range(1, RECORDS + 1)}
    # Some of them of these days, for what is asked from today.
    for number, back in enumerate((0, 1, 3, 10, 25, 40, 70, 200, 300, 400), 250):
        day = date.today() - timedelta(back)
        made[number] = Entry(**{**{name: getattr(made[number], name) for name in Entry.__dataclass_fields__}, "doc_date": f"{day:%Y%m%d}"})
    return made


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    index = open_index(tmp_path_factory.mktemp("asked"), ListFeed(records().values()))
    index.catch_up()
    yield index
    index.close()


def answer(index: Index, query: str, **other: object) -> set[int]:
    results = index.search(query, limit=1000, **other)  # type: ignore[arg-type]
    found = {hit.item_id for hit in results.hits}
    assert results.total == len(results.hits) == len(found), query
    return found


@cache
def meant(means: Means) -> frozenset[int]:
    return frozenset(number for number, entry in records().items() if means(entry))


def check(index: Index, asked: Asked) -> None:
    found, right = answer(index, asked.query), meant(asked.means)
    assert found == right, (asked.query, f"not found: {sorted(right - found)[:5]}", f"not asked for: {sorted(found - right)[:5]}")


# -- what may be asked -----------------------------------------------------------------------------------------------------


def texts_of(entry: Entry) -> tuple[str, ...]:
    return (entry.title, entry.reference_code, entry.document_no, entry.creator, *entry.pages, *entry.names)


def anywhere(word: str) -> Means:
    return lambda entry: any(truth.holds(text, word) for text in texts_of(entry))


def within(field: str, word: str) -> Means:
    return lambda entry: any(truth.holds(text, word) for text in (entry.names if field == "names" else (getattr(entry, field),)) if text)


NAMES = {
    "title": ("title:", "题名：", "标题:", "TITLE:"), "creator": ("creator:", "责任者：", "責任者:"), "reference_code": ("code:", "档号："),
    "document_no": ("number:", "文号："), "names": ("person:", "人名："),
    "category": ("category:", "类别："), "year": ("year:", "年度："), "retention": ("retention:", "保管期限："),
    "security_class": ("secrecy:", "密级："), "state": ("state:", "状态："), "doc_date": ("date:", "日期："),
}  # fmt: skip


def field_questions(chance: Random) -> list[Asked]:
    """Words of every field, whole ones and parts."""
    made = []
    for _ in range(60):
        entry = chance.choice(list(records().values()))
        for field in ("title", "creator", "names"):
            text = chance.choice(entry.names or PEOPLE) if field == "names" else getattr(entry, field)
            start = chance.randrange(len(text) - 1)
            word = text[start : start + chance.randint(2, 5)]
            made.append(Asked(chance.choice(NAMES[field]) + word, within(field, word)))
            made.append(Asked(f'{chance.choice(NAMES[field])}"{word}"', within(field, word)))
        number = entry.item_id
        made.append(Asked(chance.choice(NAMES["reference_code"]) + entry.reference_code, within("reference_code", entry.reference_code)))
        made.append(Asked(chance.choice(NAMES["reference_code"]) + f"{number:04d}", within("reference_code", f"{number:04d}")))
        if entry.document_no:
            written = chance.choice((entry.document_no, entry.document_no.replace("〔", "（").replace("〕", "）"),
                                     truth.wide(entry.document_no), entry.document_no.replace("〔", "[").replace("〕", "]")))  # fmt: skip
            made.append(Asked(chance.choice(NAMES["document_no"]) + written, within("document_no", entry.document_no)))
            made.append(Asked(written, anywhere(entry.document_no)))
    return made


VALUES = {
    "category": {"WS": ("WS", "ws", "ＷＳ"), "ZY": ("ZY", "zy"), "ZY·XZ": ("ZY·XZ", "zy·xz", "ZY-XZ", "zy.xz"), "ZYX": ("ZYX",)},
    "retention": {"Y": ("Y", "永久", "permanent"), "D30": ("D30", "30年", "三十年", "30"), "D10": ("D10", "10年", "d10")},
    "security_class": {"public": ("公开", "public"), "internal": ("内部", "internal"), "secret": ("秘密", "secret")},
    "state": {"lent": ("借出", "已借出", "lent"), "filed": ("在库", "filed"), "open": ("整理中", "open")},
}


def has(field: str, value: str) -> Means:
    if field == "category":
        return lambda entry: entry.category == value or entry.category.startswith(value + "·")
    return lambda entry: str(getattr(entry, field)) == value


def value_questions() -> list[Asked]:
    made = []
    for field, values in VALUES.items():
        for value, spellings in values.items():
            made += [Asked(name + spelling, has(field, value)) for name in NAMES[field] for spelling in spellings]
        first, second = list(values)[:2]
        either = [has(field, first), has(field, second)]
        for comma in (",", "，", "、"):
            made.append(Asked(f"{NAMES[field][0]}{first}{comma}{second}", lambda entry, either=either: any(one(entry) for one in either)))  # type: ignore[misc]
    for name in NAMES["year"]:
        for written in ("2019", "2019年", "２０１９", "二〇一九", "二〇一九年"):
            made.append(Asked(name + written, lambda entry: entry.year == 2019))
        made.append(Asked(name + "2018..2020", lambda entry: 2018 <= entry.year <= 2020))
        made.append(Asked(name + "2018,2020", lambda entry: entry.year in (2018, 2020)))
    return made


def dated(first: date, last: date) -> Means:
    """Is some day of the paper's date within?"""

    def means(entry: Entry) -> bool:
        written = entry.doc_date
        if not written:
            return False
        begins, ends = extent(int(written[:4]), int(written[4:6]), int(written[6:]))
        return begins <= last and ends >= first

    return means


def extent(year: int, month: int = 0, day: int = 0) -> tuple[date, date]:
    if not month:
        return date(year, 1, 1), date(year, 12, 31)
    if not day:
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    return date(year, month, day), date(year, month, day)


def spellings(year: int, month: int = 0, day: int = 0) -> list[str]:
    if not month:
        return [f"{year}", f"{year}年", truth.wide(str(year)), truth.in_numerals(f"{year}年")]
    if not day:
        return [f"{year}-{month:02d}", f"{year}-{month}", f"{year}年{month}月", f"{year}.{month}", f"{year}/{month:02d}", f"{year}{month:02d}",
                truth.in_numerals(f"{year}年{month}月")]  # fmt: skip
    return [f"{year}-{month:02d}-{day:02d}", f"{year}{month:02d}{day:02d}", f"{year}年{month}月{day}日", f"{year}.{month}.{day}", f"{year}/{month}/{day}",
            truth.in_numerals(f"{year}年{month}月{day}日")]  # fmt: skip


def some_date(chance: Random) -> tuple[int, ...]:
    return (chance.randrange(2015, 2028), chance.randint(1, 12), chance.randint(1, 28))[: chance.randint(1, 3)]


def date_questions(chance: Random) -> list[Asked]:
    made = []
    for _ in range(120):
        one, other = sorted((some_date(chance), some_date(chance)), key=lambda each: extent(*each))
        first, last = extent(*one)
        name = chance.choice(NAMES["doc_date"])
        made += [Asked(name + written, dated(first, last)) for written in chance.sample(spellings(*one), 2)]
        a, b = chance.choice(spellings(*one)), chance.choice(spellings(*other))
        until = max(last, extent(*other)[1])
        made += [Asked(f"{name}{a}{sign}{b}", dated(first, until)) for sign in chance.sample(("..", "…", "至", "~", "到"), 2)]
        made.append(Asked(f"{name}{a}..", dated(first, date.max)))
        made.append(Asked(f"{name}..{a}", dated(date.min, last)))
        # Without a field, where it can mean nothing else.
        plain = spellings(*one)[0]
        made.append(Asked(f"{plain}..{spellings(*other)[0]}", dated(first, until)))
        made.append(Asked(f">={plain}", dated(first, date.max)))
        made.append(Asked(f"<={plain}", dated(date.min, last)))
        made.append(Asked(f">{plain}", dated(last + timedelta(1), date.max)))
        made.append(Asked(f"<{plain}", dated(date.min, first - timedelta(1))))
    return made


def spoken_dates() -> list[tuple[str, date, date]]:
    today = date.today()
    first = today.replace(day=1)
    before = first - timedelta(1)
    monday = today - timedelta(today.weekday())
    return [
        ("今年", *extent(today.year)), ("去年", *extent(today.year - 1)), ("前年", *extent(today.year - 2)), ("本月", *extent(today.year, today.month)),
        ("这个月", *extent(today.year, today.month)), ("上个月", before.replace(day=1), before), ("上月", before.replace(day=1), before),
        ("今天", today, today), ("昨天", today - timedelta(1), today - timedelta(1)), ("本周", monday, monday + timedelta(6)),
        ("上周", monday - timedelta(7), monday - timedelta(1)), ("去年上半年", date(today.year - 1, 1, 1), date(today.year - 1, 6, 30)),
        ("last year", *extent(today.year - 1)), ("yesterday", today - timedelta(1), today - timedelta(1)),
        ("last month", before.replace(day=1), before),
    ]  # fmt: skip


def wildcard_questions(chance: Random) -> list[Asked]:
    def run(pattern: str) -> Means:
        whole = re.compile(pattern, re.IGNORECASE)
        return lambda entry: any(whole.fullmatch(one) for text in (*texts_of(entry), entry.doc_date) for one in truth.runs(text))

    def text(pattern: str) -> Means:
        return lambda entry: any(re.search(pattern, truth.bare(text)) for text in texts_of(entry))

    made = []
    for _ in range(40):
        entry = chance.choice(list(records().values()))
        serial = re.findall(r"SB\d{8,}", entry.pages[0])[0]
        phone = re.findall(r"100\d{8}", entry.pages[0])[0]
        cut = chance.randint(4, 8)
        star = chance.choice("*＊")
        made.append(Asked(serial[:cut] + star, run(serial[:cut] + ".*")))
        made.append(Asked("*" + serial[-4:], run(".*" + serial[-4:])))
        made.append(Asked(f"{serial[:4]}*{serial[-2:]}", run(f"{serial[:4]}.*{serial[-2:]}")))
        place = chance.randrange(3, len(serial) - 1)
        made.append(Asked(serial[:place] + "?" + serial[place + 1 :], run(serial[:place] + "." + serial[place + 1 :])))
        made.append(Asked(f"{phone[:3]}*{phone[-4:]}", run(f"{phone[:3]}.*{phone[-4:]}")))
        topic = chance.choice(TOPICS)
        kind = chance.choice(KINDS)
        made.append(Asked(f"关于*{kind}", text(f"关于.{{0,20}}{kind}")))
        made.append(Asked(f"{topic[0]}?{topic[2:]}", text(f"{topic[0]}.{topic[2:]}")))
        made.append(Asked(f"title:关于{topic[:2]}*{kind}", lambda entry, topic=topic, kind=kind: bool(re.search(f"关于{topic[:2]}.*{kind}", entry.title))))  # type: ignore[misc]
    return made


def number_questions(chance: Random) -> list[Asked]:
    """Parts of long numbers, as people remember them."""
    made = []
    for _ in range(30):
        entry = chance.choice(list(records().values()))
        phone = re.findall(r"100\d{8}", entry.pages[0])[0]
        for part in (phone[-4:], phone[2:9], phone[:6], phone):
            made.append(Asked(part, lambda entry, part=part: any(truth.holds(text, part) or truth.within_number(text, part) for text in (*texts_of(entry), entry.doc_date))))  # type: ignore[misc]  # noqa: E501
    return made


def word_questions(chance: Random) -> list[Asked]:
    words = [*PEOPLE, *TOPICS, *KINDS, *CREATORS, "附光盘", "到场", "样本", "电", "联系电话", "办结", "没有的词"]
    return [Asked(word, anywhere(word)) for word in words] + [Asked(f'"{word}"', anywhere(word)) for word in chance.sample(words, 8)]


@cache
def questions() -> dict[str, list[Asked]]:
    chance = Random(72)
    return {
        "words": word_questions(chance), "fields": field_questions(chance), "values": value_questions(), "dates": date_questions(chance),
        "spoken dates": [Asked("date:" + (f'"{said}"' if " " in said else said), dated(a, b)) for said, a, b in spoken_dates()],
        "wildcards": wildcard_questions(chance), "numbers": number_questions(chance),
    }  # fmt: skip


KINDS_OF_QUESTION = ("words", "fields", "values", "dates", "spoken dates", "wildcards", "numbers")


@pytest.mark.parametrize("kind", KINDS_OF_QUESTION)
def test_a_question_finds_what_it_means(index: Index, kind: str) -> None:
    wrong = []
    for asked in questions()[kind]:
        try:
            check(index, asked)
        except AssertionError as error:
            wrong.append(str(error).splitlines()[0])
    assert not wrong, "\n".join([f"{len(wrong)} of {len(questions()[kind])}", *wrong[:25]])
    assert sum(bool(meant(asked.means)) for asked in questions()[kind]) > len(questions()[kind]) // 3


def test_a_spoken_date_is_words_as_well(index: Index) -> None:
    for said, first, last in spoken_dates():
        if " " not in said:
            assert answer(index, said) >= meant(dated(first, last)) | meant(anywhere(said)), said


several = st.lists(st.tuples(st.sampled_from(KINDS_OF_QUESTION), st.integers(0, 10**6)), min_size=1, max_size=3)


@given(several, several, several, st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_questions_together_are_sets_together(some: list[tuple[str, int]], others: list[tuple[str, int]], out: list[tuple[str, int]], facet: int) -> None:
    """Any questions side by side, one of them against several with OR, several of them excluded, within filters."""

    def pick(many: list[tuple[str, int]]) -> list[Asked]:
        return [questions()[kind][place % len(questions()[kind])] for kind, place in many]

    wanted, either, excluded = pick(some), pick(others), pick(out)
    query = " ".join([*(one.query for one in wanted), " OR ".join(one.query for one in either), *(f"-{one.query}" for one in excluded)])
    means: list[Means] = [one.means for one in wanted]
    filters = (Filters(), Filters(category=("ZY",)), Filters(state=("lent", "open"), year=("2019", "2020", "2021")), Filters(retention=("Y",)))[facet]
    if filters.category:
        means.append(has("category", "ZY"))
    if filters.state:
        means.append(lambda entry: entry.state in filters.state and str(entry.year) in filters.year)
    if filters.retention:
        means.append(has("retention", "Y"))
    right = meant(
        lambda entry: all(one(entry) for one in means)
        and any(one.means(entry) for one in either)
        and not any(one.means(entry) for one in excluded)
    )
    assert answer(_open[0], query, filters=filters) == right, query


_open: list[Index] = []


@pytest.fixture(autouse=True, scope="module")
def _one_index_for_all(index: Index) -> Iterator[None]:
    _open.append(index)
    yield
    _open.clear()


# -- near words, sounds, and what is not finished ---------------------------------------------------------------------------


def test_a_word_meant_roughly_finds_itself_and_what_is_one_step_off(index: Index) -> None:
    assert answer(index, "张伟明~") >= meant(anywhere("张伟明")) | meant(anywhere("章伟明")) | meant(anywhere("张玮明"))
    for word in (*PEOPLE, *TOPICS):
        for extra in answer(index, word + "~") - meant(anywhere(word)):
            texts = texts_of(records()[extra])
            assert any(steps(word, text) <= 1 or "".join(lazy_pinyin(word)) in "".join(lazy_pinyin(text)) for text in texts), (word, extra)
    for entry in list(records().values())[:40]:
        serial = re.findall(r"SB\d{8,}", entry.pages[0])[0]
        mistyped = "SX" + serial[2:]
        assert entry.item_id in answer(index, serial + "~")
        for extra in answer(index, mistyped + "~"):
            assert any(steps(mistyped, text.upper()) <= 2 for text in texts_of(records()[extra])), (mistyped, extra)


def steps(word: str, text: str) -> int:
    """The fewest signs to change, add or leave out so that the word stands in the text."""
    row = [0] * (len(text) + 1)
    for place, sign in enumerate(word, 1):
        last, row = row, [place]
        for at, other in enumerate(text, 1):
            row.append(min(last[at] + 1, row[at - 1] + 1, last[at - 1] + (sign != other)))
    return min(row)


def test_titles_and_names_are_found_by_their_sound(index: Index) -> None:
    for word in (*PEOPLE, *TOPICS):
        if "㛃" in word:
            continue
        sounds = lazy_pinyin(word, v_to_u=False)
        for typed in ("".join(sounds), "".join(one[0] for one in sounds), sounds[0] + "".join(one[0] for one in sounds[1:])):
            if len(typed) < 2:
                continue
            found = answer(index, typed)
            holders = meant(lambda entry, word=word: word in entry.title or word in entry.names)  # type: ignore[misc]
            assert holders <= found, (typed, word)
            for extra in found - holders:
                entry = records()[extra]
                assert any(truth.sounds(typed, text) for text in (entry.title, *entry.names)) or anywhere(typed)(entry), (typed, extra)


def test_while_somebody_types_the_answer_holds_what_is_coming(index: Index) -> None:
    chance = Random(73)
    for entry in chance.sample(list(records().values()), 40):
        serial = re.findall(r"SB\d{8,}", entry.pages[0])[0]
        for length in range(2, len(serial) + 1):
            assert entry.item_id in answer(index, serial[:length], typing=True), serial[:length]
        topic = chance.choice(TOPICS)
        for length in range(1, len(topic) + 1):
            assert answer(index, topic[:length], typing=True) >= meant(anywhere(topic)), topic[:length]


def test_a_question_that_is_not_read_to_its_end_says_so(index: Index) -> None:
    for long in (" ".join(["样本"] * 25), "样本 " + " ".join(["-无"] * 25), "样" * 401):
        assert [note.key for note in index.search(long).notes] == ["too_long"]
    assert not index.search(" ".join(["样本"] * 24)).notes and not index.search("样" * 400).notes


signs = st.sampled_from(
    ["title:", "题名：", "titel:", "code:", "date:", "日期：", "year:", "类别:", "密级：", "person:", ":", "：", "2019", "..", "-", ">", "<=", "去年", "上个月", "2019-13",
     "0000", "99999999", "*", "?", "？", "~", '"', "“", "OR", "|", "NOT", "AND", " ", "张", "伟明", "SB2019", "zhang", "zs", "〔2019〕", "Y", "永久", ",", "，", "\\", "(", "[", "^", "\x1e",
     "\x1f", "=", "京A·12345", "二〇一九年", "\u200b", "𠅤", "ß", "①"]
)  # fmt: skip


@given(st.text(max_size=40) | st.lists(signs, max_size=14).map("".join), st.booleans())
@settings(max_examples=160, deadline=None)
def test_nothing_that_can_be_typed_is_an_error(typed: str, typing: bool) -> None:
    index = _open[0]
    results = index.search(typed, limit=1000, typing=typing)
    assert results.total == len(results.hits)
    for counts in results.facets.values():
        assert sum(counts.values()) <= results.total
    for note in results.notes:
        index.search(note.instead)
    for hit in results.hits[:2]:
        snippet = index.snippet(typed, hit.item_id)
        last = 0
        for start, end in snippet.spans:
            assert last <= start < end <= len(snippet.text)
            last = end
    for instead in index.suggest(typed):
        assert index.search(instead).total, (typed, instead)
