"""tests/test_filing.py — what may be filed, what is said when it may not, and the place a paper gets."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import filing
from app.filing import Invalid, check, check_founding, complete, tidy
from storage.errors import NoSuchRecord, NotAllowed
from storage.records import PROGRAM, Agent, ItemDraft, Outcome, Retention, Role, SecurityClass
from tests.stations import CATEGORIES, CHIEF, FONDS, House, draft

TODAY = date(2026, 11, 22)


def fields(wanted: ItemDraft) -> list[str]:
    return [problem.field for problem in check(tidy(wanted), CATEGORIES, TODAY)]


def test_a_good_draft_has_no_problem() -> None:
    assert fields(draft()) == []
    assert fields(draft(office="bgs", document_no="样公（2026） 1 号", remarks="附注")) == []


@pytest.mark.parametrize(
    "changed, field",
    [
        ({"title": ""}, "title"),
        ({"title": " \u3000\n"}, "title"),
        ({"title": "题" * 301}, "title"),
        ({"creator": ""}, "creator"),
        ({"creator": "名" * 201}, "creator"),
        ({"document_no": "号" * 61}, "document_no"),
        ({"remarks": "注" * 301}, "remarks"),
        ({"category": "XX"}, "category"),
        ({"category": ""}, "category"),
        ({"year": 1948}, "year"),
        ({"year": 2027}, "year"),
        ({"year": 2025}, "year"),  # before the date of the paper
        ({"office": "A"}, "office"),
        ({"office": "ABCDE"}, "office"),
        ({"office": "办公"}, "office"),
        ({"office": "A1"}, "office"),
        ({"security_class": SecurityClass.SECRET}, "security_class"),
        ({"security_class": SecurityClass.CONFIDENTIAL}, "security_class"),
        ({"security_class": SecurityClass.TOP_SECRET}, "security_class"),
        ({"page_count": 0}, "page_count"),
        ({"page_count": -3}, "page_count"),
    ],
)
def test_each_fault_names_its_field(changed: dict[str, object], field: str) -> None:
    assert fields(draft(**changed)) == [field]


@pytest.mark.parametrize("text", ["20260305", "20260300", "20260000", "20261122", "18500101", "20240229", "２０２６０３０５"])
def test_dates_of_the_standard(text: str) -> None:
    assert fields(draft(doc_date=text)) == []


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-03-05", "2026年3月", "20261301", "20260230", "20230229", "20260005", "20261123", "20270000",
     "18000101", "00000000", "²²²²0101", "٢٠٢٦٠٣٠٥ x", "abcdefgh", "202603050"],
)  # fmt: skip
def test_what_is_no_date_or_lies_ahead(text: str) -> None:
    assert "doc_date" in fields(draft(doc_date=text))


@given(
    st.builds(
        ItemDraft,
        title=st.text(max_size=20),
        document_no=st.text(max_size=20),
        creator=st.text(max_size=20),
        doc_date=st.text(max_size=9) | st.dates().map(lambda day: day.strftime("%Y%m%d")),
        category=st.sampled_from(["WS", "ZY·XZ", "XX", ""]),
        year=st.integers(-5, 3000),
        office=st.text("aBz19 办ａＺ\x00\n\u3000-", max_size=5),
        page_count=st.integers(-5, 5),
        remarks=st.text(max_size=20),
    )
)
def test_whatever_was_typed_is_tidied_once_and_checked_without_a_crash(wanted: ItemDraft) -> None:
    tidied = tidy(wanted)
    assert tidy(tidied) == tidied
    for problem in check(tidied, CATEGORIES, TODAY):
        assert hasattr(tidied, problem.field)
    for text in (tidied.title, tidied.creator, tidied.document_no, tidied.doc_date, tidied.office):
        assert "\x00" not in text and "\n" not in text and text == text.strip()


@given(
    st.builds(ItemDraft, title=st.text(max_size=400), creator=st.text(max_size=300), document_no=st.text(max_size=90)),
    st.text(max_size=30),
)
def test_what_nobody_could_read_is_filled_in_so_that_it_can_be_filed(read: ItemDraft, name: str) -> None:
    read = replace(tidy(read), category="WS")
    completed = complete(read, f"扫描{name}.pdf", TODAY)
    assert {problem.field for problem in check(tidy(completed), CATEGORIES, TODAY)} <= {"title", "creator"}
    assert (completed.year, completed.doc_date, completed.page_count) == (2026, "20260000", 1)
    if not read.title:
        assert completed.title.startswith("[") and completed.title.endswith("]")


def test_document_numbers_get_the_brackets_of_the_standard() -> None:
    for typed in ("样公〔2026〕1号", "样公[2026]1号", "样公（2026） 1号", "样公(2026)1 号", "样公【2026】1号", "样公［2026］1号"):
        assert tidy(draft(document_no=typed)).document_no == "样公〔2026〕1号"


@pytest.mark.parametrize(
    "names, field",
    [
        (("", "Z900", "样本", "样本"), "station"),
        (("样本", "Z900", "  ", "样本"), "fonds_name"),
        (("样本", "Z900", "样本", ""), "administrator"),
        (("样\n本", "Z900", "样本", "样本"), "station"),
        (("样" * 101, "Z900", "样本", "样本"), "station"),
        (("样本", "Z90", "样本", "样本"), "fonds_number"),
        (("样本", "z900", "样本", "样本"), "fonds_number"),
        (("样本", "Z9000", "样本", "样本"), "fonds_number"),
        (("样本", "Z90\n", "样本", "样本"), "fonds_number"),
    ],
)
def test_names_a_station_may_not_have(names: tuple[str, str, str, str], field: str) -> None:
    assert check_founding("样本", "Z900", "样本", "样本") == []
    assert [problem.field for problem in check_founding(*names)] == [field]


def test_the_shipped_scheme_can_be_filed_into() -> None:
    shipped = filing.shipped_categories()
    assert len(shipped) >= 5
    assert len({category.code for category in shipped}) == len(shipped)
    for category in shipped:
        assert filing.numbering.CATEGORY.fullmatch(category.code), category.code
        assert category.name and category.name_en
        assert check(draft(category=category.code, retention=category.default_retention), shipped, TODAY) == []


def test_a_paper_gets_its_number_and_place(tmp_path: Path) -> None:
    house = House(tmp_path)
    archive = house.archive
    wanted = draft(title=" 关于  样本的\n通知 ", document_no="样公(2026)1号", office="bgs", retention=Retention.D30)
    arrivals = [house.receive(b"one"), house.receive(b"two")]
    assert filing.next_code(archive, wanted) == "Z900-WS·2026-D30-BGS-0001"
    item = filing.file(archive, CHIEF, arrivals[0], wanted, TODAY)
    assert item.reference_code == "Z900-WS·2026-D30-BGS-0001"
    assert (item.title, item.document_no, item.office) == ("关于 样本的 通知", "样公〔2026〕1号", "BGS")
    assert filing.next_code(archive, wanted) == "Z900-WS·2026-D30-BGS-0002"

    with pytest.raises(Invalid) as refused:
        filing.file(archive, CHIEF, arrivals[1], replace(wanted, title="", page_count=0), TODAY)
    assert [problem.field for problem in refused.value.problems] == ["title", "page_count"]
    assert archive.queries.arrival(arrivals[1]).outcome is Outcome.WAITING
    for agent in (PROGRAM, Agent(5, "样本·审计", Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            filing.file(archive, agent, arrivals[1], wanted, TODAY)
    with pytest.raises(NoSuchRecord):
        filing.file(archive, CHIEF, arrivals[0], wanted, TODAY)
    with pytest.raises(NoSuchRecord):
        filing.file(archive, CHIEF, 999, wanted, TODAY)
    assert filing.file(archive, CHIEF, arrivals[1], wanted, TODAY).item_no == 2
    archive.close()


def test_an_unread_paper_is_not_filed(tmp_path: Path) -> None:
    house = House(tmp_path)
    sealed = house.archive.objects.put(b"unread")
    with house.archive.write(PROGRAM) as change:
        arrival = change.receive("t" * 32, house.custody(b"unread"), sealed)
    with pytest.raises(NoSuchRecord):
        filing.file(house.archive, CHIEF, arrival, draft(), TODAY)
    assert house.archive.queries.arrival(arrival).outcome is Outcome.WAITING
    house.archive.close()


def test_one_paper_filed_by_two_hands_at_once_is_one_item(tmp_path: Path) -> None:
    house = House(tmp_path)
    arrival = house.receive(b"paper")
    barrier, filed, refused = threading.Barrier(4), [], []

    def hand() -> None:
        barrier.wait()
        try:
            filed.append(filing.file(house.archive, CHIEF, arrival, draft(), TODAY))
        except NoSuchRecord as error:
            refused.append(error)

    hands = [threading.Thread(target=hand) for _ in range(4)]
    for one in hands:
        one.start()
    for one in hands:
        one.join()
    assert (len(filed), len(refused)) == (1, 3)
    assert house.archive.queries.last_number((FONDS.number, "WS", "2026", "D10", "")) == 1
    house.archive.close()
