"""tests/test_lending_reports.py — the registers and the slip of lending: rows are the loans, sealed records say nothing, bars are read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from app.reports import preview, render
from app.reports.errors import BadWish
from storage.errors import NoSuchRecord
from storage.records import Subject
from storage.records.lending import LoanMode
from tests.stations import CHIEF, House
from tests.test_lending import ASKED, CLERK, PEOPLE, TODAY, approved, desk, item, lent, volume

_ID_NUMBER = "990101199001011237"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("lending_reports"))
    with house.archive.database.transaction() as connection:
        for person in PEOPLE[1:]:
            connection.execute(
                "INSERT INTO agent (id, name, created_at) VALUES (?, ?, '2026-01-01T00:00:00.000+00:00')",
                (person.id, person.name),
            )
    yield house
    house.archive.close()


def texts(pdf: bytes) -> list[str]:
    """The text of every page, without the breaks of its lines."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


def barcodes(pdf: bytes, page: int = 0) -> list[zxingcpp.Barcode]:
    picture = Image.open(io.BytesIO(preview.page(pdf, page, 200)))
    return zxingcpp.read_barcodes(picture.convert("L"))


def seal(house: House, subject: Subject) -> None:
    with house.archive.database.transaction() as connection:
        connection.execute(f"UPDATE {subject.kind.value} SET sealed = 1 WHERE id = ?", (subject.id,))


def test_the_loan_register_has_a_row_for_every_record_handed_out(kept: House) -> None:
    queries = kept.archive.queries
    one, sealed = item(kept, title=f"样本{_ID_NUMBER}的材料"), item(kept, title="样本不再出现")
    loan = desk(kept, CLERK).loan(lent(kept, one, sealed))
    desk(kept, CLERK).take_back(loan.id, {one: "无新损"})
    viewed = approved(kept, one, mode=LoanMode.VIEW)
    desk(kept, CLERK).finish(viewed)
    seal(kept, sealed)
    (page,) = texts(render("loan_register", queries, {}))
    code = queries.item(one.id).reference_code
    for told in (code, ASKED.person, ASKED.unit, "办案", CHIEF.name, loan.due_on, "完好", "无新损", "已封存", loan.number):
        assert told in page, told
    assert _ID_NUMBER not in page and "样本990***********1237的材料" in page
    assert "样本不再出现" not in page
    assert "合计：1人次，2卷（件）次，未还1卷（件）" in page
    (later,) = texts(render("loan_register", queries, {"first_day": "2999-01-01", "language": "en"}))
    assert "Nothinginthistime." in later and "档案借阅登记簿" in later and ASKED.person not in later


def test_the_register_of_use_tells_effects_and_sums(kept: House) -> None:
    queries = kept.archive.queries
    whole, _inside = volume(kept)
    clerk = desk(kept, CLERK)
    asked = replace(ASKED, person="样本利用人", purpose="review", basis_no="样法〔2026〕7号")
    loan = clerk.request(asked, [whole], TODAY)
    desk(kept, CHIEF).approve(loan.id)
    clerk.lend(loan.id, TODAY, {}, TODAY)
    clerk.copied(loan.id, whole, 7)
    clerk.effect(loan.id, "样本效果甚好")
    (page,) = texts(render("use_register", queries, {}))
    for told in ("样本利用人", "行政复议、诉讼", "样法〔2026〕7号", "样本效果甚好", CLERK.name, "借出；"):
        assert told in page, told
    assert "行政复议、诉讼：1人次，1卷次，0件次，复制7页" in page
    assert len(list(queries.loans_used("0000", "9999"))) == sum(count.uses for count in queries.use_counts("0000", "9999"))


def test_the_overdue_list_counts_days_and_leaves_out_what_is_back(kept: House) -> None:
    queries = kept.archive.queries
    one, two = item(kept), item(kept)
    loan_id = approved(kept, one, two)
    day = date(1999, 3, 1)
    desk(kept, CLERK).lend(loan_id, day, {}, day)
    desk(kept, CLERK).take_back(loan_id, {two: ""})
    (page,) = texts(render("overdue_list", queries, {"day": "1999-03-31"}))
    assert queries.item(one.id).reference_code in page and queries.item(two.id).reference_code not in page
    assert "1999-03-0130" in page and "合计：1卷（件）超期未还" in page
    desk(kept, CLERK).take_back(loan_id, {one: ""})
    assert "没有超期未还的档案。" in texts(render("overdue_list", queries, {"day": "1999-03-31"}))[0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_slip_is_read_by_a_scanner_on_both_copies(kept: House, language: str) -> None:
    one = item(kept, title="样本题名上借阅单")
    loan = desk(kept, CLERK).loan(lent(kept, one))
    pdf = render("loan_slip", kept.archive.queries, {"number": loan.number, "language": language})
    found = barcodes(pdf)
    assert [code.text for code in found] == [loan.number] * 2
    assert {code.format for code in found} == {zxingcpp.BarcodeFormat.Code128}
    assert desk(kept, CLERK).find(found[0].text, TODAY) == loan
    (page,) = texts(pdf)
    for told in (loan.number, "样本题名上借阅单", loan.subjects[0].reference_code, ASKED.basis, CHIEF.name):
        assert page.count(told) >= 2, told


def test_many_records_are_listed_on_an_annex_and_long_words_stay_on_the_slip(kept: House) -> None:
    many = [item(kept, title=f"样本第{number}件" + "很长的题名" * 30) for number in range(9)]
    asked = replace(ASKED, basis="样本依据" * 40, unit="样本单位" * 20)
    loan = desk(kept, CLERK).request(asked, many, TODAY)
    pages = texts(render("loan_slip", kept.archive.queries, {"number": loan.number}))
    assert len(pages) >= 2 and "共9卷（件）" in pages[0] and "样本第8件" not in pages[0]
    annex = "".join(pages[1:])
    assert all(kept.archive.queries.item(one.id).reference_code in annex for one in many)


def test_a_form_says_what_it_cannot_do(kept: House) -> None:
    with pytest.raises(NoSuchRecord):
        render("loan_slip", kept.archive.queries, {"number": "JY-1900-0001"})
    with pytest.raises(BadWish):
        render("loan_register", kept.archive.queries, {"colour": "red"})


def test_registers_run_over_pages_and_rows_equal_the_loans(kept: House) -> None:
    clerk = desk(kept, CLERK)
    before = len(list(kept.archive.queries.loans_used("0000", "9999")))
    for number in range(40):
        one = item(kept)
        loan = clerk.request(replace(ASKED, person=f"样本人{number}"), [one], TODAY)
        desk(kept, CHIEF).approve(loan.id)
        clerk.lend(loan.id, TODAY + timedelta(days=1), {}, TODAY)
    pages = texts(render("use_register", kept.archive.queries, {}))
    assert len(pages) > 1 and all("利用效果" in page for page in pages)
    told = "".join(pages)
    assert all(f"样本人{number}" in told for number in range(40))
    assert len(list(kept.archive.queries.loans_used("0000", "9999"))) == before + 40
