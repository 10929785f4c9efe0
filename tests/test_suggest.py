"""tests/test_suggest.py — suggestions measured against the truth of the sample papers, and their parsers by property.

Readings are built from the laid-out sheets: one line for every run of characters on a baseline, with its place, as OCR
gives them. A second, worn set has blanks between characters, other brackets and look-alike signs in it.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from app import samples
from app.intake.suggest import dates, document_no, fold, suggest
from app.reading import Readers
from app.samples.formats import FORMATS
from app.samples.sheet import HEIGHT, WIDTH, Run, Sheet
from storage.records import Category, ItemDraft, Line, Page, Reading, Retention

TODAY = date(2026, 11, 22)
FIELDS = ("title", "document_no", "creator", "doc_date", "category")


def scheme() -> tuple[Category, ...]:
    table = tomllib.loads(resources.path("schemes", "categories.toml").read_text(encoding="utf-8"))
    return tuple(
        Category(row["code"], row["name"], row["name_en"], Retention(row["default_retention"]), row["verified"]) for row in table["category"]
    )


def page(sheet: Sheet, number: int) -> Page:
    """What a reader without faults makes of a sheet."""
    lines: list[tuple[Run, str, float]] = []
    for run in (mark for mark in sheet.marks if isinstance(mark, Run)):
        last, text, end = lines[-1] if lines else (run, "", -1e9)
        if lines and last.y == run.y and abs(end - run.x) < run.size * 0.8:
            lines[-1] = (last, text + run.text, run.x + run.width)
        else:
            lines.append((run, run.text, run.x + run.width))
    placed = tuple(
        Line(text, first.x / WIDTH, (first.y - first.size) / HEIGHT, (end - first.x) / WIDTH, first.size * 1.15 / HEIGHT)
        for first, text, end in lines
    )
    return Page(number, 1240, 1754, placed, b"", "ocr", 0.97)


def worn(reading: Reading, rng: Random) -> Reading:
    """The same with the faults of OCR that a suggestion must live with."""
    swaps = str.maketrans({"〔": rng.choice("[(【（"), "〕": rng.choice("])】）"), "〇": rng.choice("O○0〇"), "：": ":", "，": ","})

    def wear(text: str) -> str:
        return "".join(char + (" " if rng.random() < 0.15 else "") for char in text.translate(swaps))

    pages = tuple(
        replace(sheet, lines=tuple(replace(line, text=wear(line.text)) for line in sheet.lines)) for sheet in reading.pages
    )
    return replace(reading, pages=pages)


def read_all(seed: int) -> list[tuple[samples.Draft, Reading]]:
    return [
        (draft, Reading("pdf", tuple(page(sheet, number) for number, sheet in enumerate(sheets, 1))))
        for _carrier, draft, sheets, _rng in samples.drafts(seed)
    ]


def agreement(pairs: Sequence[tuple[samples.Draft, Reading]]) -> tuple[dict[str, float], list[str]]:
    right: Counter[str] = Counter()
    wrong = []
    for draft, reading in pairs:
        found = suggest(reading, "SCAN_0001.pdf", today=TODAY, station=samples.STATION, categories=scheme())
        for field in FIELDS:
            if getattr(found, field) == getattr(draft, field):
                right[field] += 1
            else:
                wrong.append(f"{draft.kind}: {field} {getattr(draft, field)!r} taken for {getattr(found, field)!r}")
    return {field: right[field] / len(pairs) for field in FIELDS}, wrong


@pytest.fixture(scope="module")
def read() -> list[tuple[samples.Draft, Reading]]:
    return read_all(11)


def test_samples_read_without_faults_are_described_right(read: list[tuple[samples.Draft, Reading]]) -> None:
    shares, wrong = agreement(read)
    assert min(shares.values()) >= 0.97, wrong


def test_samples_read_with_faults_are_described_right(read: list[tuple[samples.Draft, Reading]]) -> None:
    shares, wrong = agreement([(draft, worn(reading, Random(number))) for number, (draft, reading) in enumerate(read)])
    assert min(shares.values()) >= 0.93, wrong


def test_retention_year_and_pages_follow_from_the_rest(read: list[tuple[samples.Draft, Reading]]) -> None:
    defaults = {category.code: category.default_retention for category in scheme()}
    for draft, reading in read:
        found = suggest(reading, "x.pdf", today=TODAY, station=samples.STATION, categories=scheme())
        assert (found.retention, found.year, found.page_count) == (
            defaults[draft.category], int(draft.doc_date[:4]), len(reading.pages),
        )


def paper(*lines: str) -> Reading:
    """Lines of one height, one under the other, centred: a typed page."""
    placed = tuple(Line(text, 0.3, 0.08 + 0.035 * place, 0.4, 0.018) for place, text in enumerate(lines))
    return Reading("pdf", (Page(1, 1240, 1754, placed, b"", "ocr", 0.9),))


def describe(*lines: str, name: str = "SCAN_0001.pdf", station: str = samples.STATION) -> ItemDraft:
    return suggest(paper(*lines), name, today=TODAY, station=station, categories=scheme())


def test_a_title_on_two_lines_is_one_and_the_receipt_and_printing_days_are_not_the_papers() -> None:
    found = describe(
        "收文2026年3月9日", "云 屿 市 公 安 局 文 件", "云公发 ( 2026 ) 12 号", "关于开展冬季消防安全检查", "工作的通知", "各分局：",
        "为做好冬季消防安全工作，现将有关事项通知如下。", "二〇二六年三月五日前报送方案的单位不再重复报送。", "云屿市公安局", "2026年3月6日",
        "云屿市公安局办公室", "2026年3月8日印发",
    )
    assert (found.title, found.document_no, found.creator, found.doc_date, found.category) == (
        "关于开展冬季消防安全检查工作的通知", "云公发〔2026〕12号", "云屿市公安局", "20260306", "WS",
    )


def test_a_number_that_is_only_quoted_is_not_the_papers_own() -> None:
    found = describe(
        "关于同意购置密集架的批复", "石桥派出所：", "你所《关于购置密集架的请示》（云公柳石〔2026〕4号）收悉。", "云屿市公安局柳岸分局", "2026年5月6日",
    )
    assert (found.document_no, found.creator, found.title) == ("", "云屿市公安局柳岸分局", "关于同意购置密集架的批复")


def test_a_person_who_signs_an_application_is_its_creator() -> None:
    found = describe(
        "户口迁移申请书", f"{samples.STATION}：", "本人因夫妻投靠申请迁入，请予批准。", "申请人：陈㛃", "2026年4月2日",
    )
    assert (found.creator, found.doc_date, found.category) == ("陈㛃", "20260402", "ZY·HJ")
    assert found.retention is Retention.PERMANENT


def test_a_blurred_name_of_our_own_station_is_ours_only_when_the_paper_names_us() -> None:
    blurred = "云屿市公安局柳岸分局召桥派出所"
    assert describe("送达回执", "送达地点：石桥派出所", blurred, "2026年4月2日").creator == samples.STATION
    assert describe("送达回执", "送达地点：某处", blurred, "2026年4月2日").creator == blurred


def test_days_that_have_not_come_and_birthdays_are_not_taken() -> None:
    assert describe("证明", "有效期至2030年1月1日", "2027年1月1日").doc_date == ""
    assert describe("身份证明", "出生日期：1980年2月3日", "登记日期：2026年2月4日").doc_date == "20260204"


def test_an_empty_reading_is_described_by_the_name_a_person_gave_the_file() -> None:
    empty = Reading("pdf", (Page(1, 1, 1, (), b"", "ocr", 0.0),))
    named = suggest(empty, "003 关于修缮档案室的请示.docx", today=TODAY, station="", categories=scheme())
    assert (named.title, named.category, named.year, named.creator) == ("关于修缮档案室的请示", "WS", 2026, "")
    assert suggest(empty, "SCAN_20260305_0001.pdf", today=TODAY, station="", categories=scheme()).title == ""


DAYS = st.dates(date(1950, 1, 1), date(2049, 12, 31))
BLANKS = st.lists(st.booleans(), min_size=40, max_size=40)
HAN = "〇一二三四五六七八九"


def small(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if not tens else "十" if tens == 1 else HAN[tens] + "十") + (HAN[ones] if ones else "")


def sprinkled(text: str, blanks: list[bool]) -> str:
    return "".join(char + (" " if blank else "") for char, blank in zip(text, blanks, strict=False))


@given(DAYS, BLANKS)
def test_every_way_to_write_a_day_is_read(day: date, blanks: list[bool]) -> None:
    wanted = [day.strftime("%Y%m%d")]
    numerals = f"{''.join(HAN[int(digit)] for digit in str(day.year))}年{small(day.month)}月{small(day.day)}日"
    assert dates(sprinkled(f"{day.year}年{day.month}月{day.day}日", blanks)) == wanted
    assert dates(sprinkled(f"{day.year}年{day.month:02d}月{day.day:02d}日", blanks)) == wanted
    assert dates(sprinkled(numerals, blanks)) == wanted
    assert dates(numerals.replace("〇", "O")) == dates(numerals.replace("〇", "零")) == wanted
    assert dates(f"{day.year}-{day.month}-{day.day}") == dates(f"{day.year}.{day.month:02d}.{day.day:02d}") == wanted
    assert dates(f"{day.year}/{day.month}/{day.day}") == dates(day.strftime("%Y%m%d")) == wanted
    assert dates(f"{day.year}年{day.month}月") == [f"{day.year}{day.month:02d}00"]


@given(st.text(max_size=60))
def test_no_text_breaks_the_parsers_and_what_they_say_is_well_formed(text: str) -> None:
    for found in dates(text):
        date(int(found[:4]), int(found[4:6]), int(found[6:]) or 1)
    number = document_no(fold(text))
    assert number == "" or (number.endswith("号") and "〔" in number and "〕" in number)


@given(
    st.sampled_from(("云公柳发", "柳公（治）行罚决字", "京公海行罚决字", "秦山公（消）行罚决字", "云公柳（石）受案字")),
    st.integers(1990, 2049), st.integers(1, 99999), st.sampled_from(("〔〕", "[]", "（）", "()", "【】", "［］")), BLANKS,
)
def test_a_document_number_comes_out_with_the_official_brackets(
    prefix: str, year: int, serial: int, brackets: str, blanks: list[bool]
) -> None:
    written = f"{prefix}{brackets[0]}{year}{brackets[1]}{serial}号"
    assert document_no(fold(sprinkled(written, blanks))) == f"{prefix}〔{year}〕{serial}号"


def test_papers_that_were_really_read_are_described_right() -> None:
    """One photograph through OCR and one paper of each born-digital format, all through the reading child."""
    readers, pairs = Readers(), []
    try:
        for carrier, draft, sheets, rng in samples.drafts(3, 8):
            if carrier in ("photo", "docx", "xlsx", "txt", "ofd", "pdf"):
                data = FORMATS[carrier].write(draft, sheets, rng)
                pairs.append((draft, readers.read(data, f"x{FORMATS[carrier].ending}")))
    finally:
        readers.close()
    shares, wrong = agreement(pairs)
    assert len(pairs) == 6
    assert min(shares.values()) >= 0.8, wrong
