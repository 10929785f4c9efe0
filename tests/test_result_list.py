"""tests/test_result_list.py — the answer as a list: its rows are the answer, covered; nothing sealed or closed; no cell is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pypdfium2
import pytest

from app import results, wording
from app.access import may
from app.interchange import BulkExport
from app.jobs import Cancelled
from app.results import EXPORT, FORMS, PurposeNeeded, spoken
from app.station import Station
from storage.errors import NotAllowed
from storage.records import Agent, Kind, Retention, Role, Subject
from storage.records.people import EntityDraft, Part, Purpose
from storage.records.search import NO_FILTERS, Filters, Order
from storage.records.searches import Question
from storage.records.users import Scope
from storage.records.volumes import VolumePart
from tests.plays.sealing import volume
from tests.stations import CATEGORIES, CHIEF, House, raise_it

CLERK, FILER = Agent(71, "样本·文员", Role.CLERK), Agent(72, "样本·归档员", Role.FILER)
NUMBER = "990101196601011237"
TITLES = ("=1+1", "＝样本", "+样本", "-样本", "@样本", f"样本人员{NUMBER}", "样本小孩的监护")
HIDDEN = "玄字"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Seven records that answer 门牌, one sealed since, one in the secret volume of a case."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("list")
        patch.setenv("ANJUAN_CONFIG", str(folder / "config"))
        made = House(folder)
        for number, title in enumerate(TITLES):
            made.file(made.receive(f"核对门牌，第{number}件，身份证{NUMBER}。".encode()), title=title, doc_date=f"2026030{number + 1}")
        with made.archive.write(CHIEF) as change:
            child = change.name_entity(EntityDraft(name="样本小孩", minor=True))
        with made.archive.write(CHIEF) as change:
            change.mention(child, Subject(Kind.ITEM, len(TITLES)), Part.WITNESS)
        sealed = made.file(made.receive(f"{HIDDEN}门牌".encode()), title=f"{HIDDEN}封存门牌")
        with made.archive.write(CHIEF) as change:
            change.seal(Subject(Kind.ITEM, sealed.id), "样本依据")
        volume(made, [f"{HIDDEN}密卷门牌".encode()], title=f"{HIDDEN}密卷", part=VolumePart.SECRET)
        made.archive.index.catch_up()
        yield made
        made.archive.close()


def station(house: House, agent: Agent = CHIEF) -> Station:
    return Station(house.archive, agent, lambda call: call(), raise_it)


def table(data: bytes) -> tuple[list[list[str]], list[list[str]]]:
    """(the rows with their heading, what stands below them) of a CSV."""
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    end = rows.index([])
    return rows[:end], rows[end + 1 :]


def sheet(data: bytes) -> list[list[object]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows()]


def text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)
    finally:
        document.close()


def test_the_rows_are_the_answer_in_its_order(house: House) -> None:
    desk = station(house)
    for order in Order:
        answer = desk.found(desk.search("核对门牌", order=order))
        rows, below = table(desk.result_list("核对门牌", order=order, form="csv"))
        assert rows[0] == ["序号", "档号", "题名", "责任者", "日期", "保管期限", "页数"]
        assert [row[1] for row in rows[1:]] == [item.reference_code for _hit, item in answer] and len(answer) == len(TITLES)
        assert [row[0] for row in rows[1:]] == [str(number + 1) for number in range(len(TITLES))]
        assert ["排列顺序", wording.say(f"report.result_list.order_by.{order.value}")] in below
    assert [row[4] for row in table(desk.result_list("核对门牌", order=Order.NEWEST, form="csv"))[0][1:]] == [
        f"2026030{number}" for number in range(len(TITLES), 0, -1)
    ]


def test_the_three_forms_say_the_same(house: House) -> None:
    desk = station(house)
    wanted = Filters(year=("2026",), retention=("D10",), since="20260301", until="20260305")
    forms = {form: desk.result_list("核对门牌", wanted, Order.OLDEST, form, places=True) for form in FORMS}
    rows, below = table(forms["csv"])
    cells = sheet(forms["xlsx"])
    printed = text(forms["pdf"])
    assert [row[1] for row in rows[1:]] == [row[1] for row in cells[1:6]] and len(rows) == 6
    assert cells[1][0] == 1 and cells[1][6] == 1
    facts = dict(row for row in below if len(row) == 2)
    assert facts["查找内容"] == "核对门牌" and facts["查找结果"] == "共 5 件"
    assert facts["筛选条件"] == "年度：2026；保管期限：10年；日期：2026年3月1日 至 2026年3月5日"
    assert CHIEF.name in facts["查找时间"]
    for row in rows[1:]:
        assert row[1] in printed and "第1页" in row[7].replace(" ", "") and "核对门牌" in row[7]
    for name, value in facts.items():  # the forms may have been made in two minutes
        assert "".join((name + (value if name != "查找时间" else "")).split()) in printed, name
    assert "本清单共5件" in printed and below[0] == ["本清单共 5 件，5 页。"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("agent", [CHIEF, CLERK])
def test_what_is_masked_stays_masked(house: House, agent: Agent, form: str) -> None:
    data = station(house, agent).result_list(f"门牌 OR {NUMBER}", form=form, places=True)
    said = text(data) if form == "pdf" else data.decode("utf-8-sig") if form == "csv" else str(sheet(data))
    assert NUMBER not in said and "990***********1237" in said
    assert "样本小孩" not in said and "样***的监护" in said


@pytest.mark.parametrize("form", FORMS)
def test_nothing_sealed_or_closed_is_in_it_nor_counted(house: House, form: str) -> None:
    for agent, there in ((CHIEF, True), (FILER, False)):
        data = results.build(station(house, agent), Question("门牌"), form, places=True, limit=99, prepared_by="样本")
        said = text(data) if form == "pdf" else data.decode("utf-8-sig") if form == "csv" else str(sheet(data))
        assert "封存" not in said and ("密卷" in said) == there
        assert f"共{len(TITLES) + there}件" in "".join(said.split())


def test_no_cell_is_a_formula(house: House) -> None:
    rows, _below = table(station(house).result_list("核对门牌", form="csv"))
    titles = {row[2] for row in rows[1:]}
    assert {"'=1+1", "'＝样本", "'+样本", "'-样本", "'@样本"} <= titles
    book = openpyxl.load_workbook(io.BytesIO(station(house).result_list("核对门牌", form="xlsx"))).active
    cells = {cell.value: cell for row in book.iter_rows() for cell in row if cell.value is not None}
    assert {cell.data_type for cell in cells.values()} <= {"s", "n", "inlineStr"}
    assert cells["=1+1"].quotePrefix and cells["@样本"].quotePrefix
    rows, below = table(station(house).result_list("=门牌", form="csv"))
    assert ["查找内容", "'=门牌"] in below


def test_a_list_of_nothing_says_so(house: House) -> None:
    desk = station(house)
    assert "没有找到符合条件的档案" in text(desk.result_list("无此词语"))
    rows, below = table(desk.result_list("无此词语", form="csv"))
    assert len(rows) == 1 and below[0] == ["没有找到符合条件的档案。"] and ["查找结果", "共 0 件"] in below


def test_filters_alone_are_a_question(house: House) -> None:
    desk, wanted = station(house), Filters(since="20260302", until="20260303")
    assert desk.search("").total == 0
    rows, below = table(desk.result_list("", wanted, Order.OLDEST, "csv"))
    assert [row[4] for row in rows[1:]] == ["20260302", "20260303"] and ["查找内容", "（未输入词语，只按筛选条件）"] in below
    # Who may see nothing is not shown everything of a year.
    nobody = house.archive.confined(Scope(nothing=True))
    assert nobody.index.search("", filters=wanted).total == nobody.index.search("门牌").total == 0


def test_what_is_more_than_a_list_holds_is_said(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MOST", 3)
    rows, below = table(station(house).result_list("核对门牌", form="csv"))
    assert len(rows) == 4 and below[0] == [f"本清单共 3 件，3 页。另有 {len(TITLES) - 3} 件没有列出，请缩小查找范围。"]
    assert ["查找结果", f"共 {len(TITLES)} 件"] in below
    assert "另有4件没有列出" in text(station(house).result_list("核对门牌"))


def test_many_records_are_carried_out_by_an_administrator_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = station(house)
    desk.settings.set("export_limit", 6)
    with pytest.raises(BulkExport) as refused:
        station(house, CLERK).result_list("核对门牌")
    assert refused.value.facts == {"records": 7, "limit": 6}
    assert station(house, CLERK).result_list("核对门牌", Filters(since="20260302")).startswith(b"%PDF")
    assert desk.result_list("核对门牌").startswith(b"%PDF")
    desk.settings.set("export_limit", 1000)


def test_it_is_journaled_and_written_by_those_who_may(house: House, tmp_path: Path) -> None:
    desk, path = station(house, CLERK), tmp_path / "清单.csv"
    data = desk.result_list("核对门牌", form="csv")
    desk.export(data, path, EXPORT)
    assert path.read_bytes() == data
    told = house.archive.queries.events(house.archive.queries.head()[0] - 1)[0]
    assert (told.type, told.object, told.detail["size_bytes"]) == ("export", EXPORT, len(data))
    assert not may(FILER, "export")
    with pytest.raises(NotAllowed):
        station(house, FILER).result_list("核对门牌")


@pytest.mark.parametrize("form", FORMS)
def test_it_is_cancelled_on_the_way(house: House, form: str) -> None:
    seen: list[tuple[int, int]] = []

    def step(done: int, total: int, _note: str) -> None:
        seen.append((done, total))
        if len(seen) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        station(house).result_list("核对门牌", form=form, places=True, step=step)
    assert seen[0] == (0, len(TITLES))


def test_by_name_it_needs_a_purpose_and_never_says_that_nothing_was_found(house: House) -> None:
    desk = station(house)
    with pytest.raises(PurposeNeeded):
        desk.result_list("person:样本小孩", form="csv")
    desk.people.searching(Purpose.CASE, "样本")
    rows, below = table(desk.result_list("person:样本小孩", form="csv"))
    assert ["查找内容", "person:样***"] in below
    assert [row[1] for row in rows[1:]] == [house.archive.queries.item(len(TITLES)).reference_code]


def test_a_form_nobody_knows_is_a_bug(house: House) -> None:
    with pytest.raises(ValueError, match="docx"):
        station(house).result_list("核对门牌", form="docx")


def test_what_is_sealed_while_the_list_is_made_is_left_out(house: House) -> None:
    """Rows are fetched as their turn comes."""
    desk = station(house)
    late = house.file(house.receive("核对夜间门牌".encode()), title="样本夜间")
    house.archive.index.catch_up()

    def step(done: int, total: int, _note: str) -> None:
        if not done and house.archive.queries.items_by_id([late.id]):
            with house.archive.write(CHIEF) as change:
                change.seal(Subject(Kind.ITEM, late.id), "样本依据")

    rows, _below = table(desk.result_list("夜间", form="csv", step=step))
    assert len(rows) == 1


def test_filters_are_spoken_in_both_languages() -> None:
    wanted = Filters(category=("WS", "无"), year=("2019", "2020"), retention=(Retention.PERMANENT.value,), creator=("样本所",),
                     secrecy=("internal",), state=("lent", "别的"), since="20190101")  # fmt: skip
    assert spoken(wanted, CATEGORIES, "zh") == (
        "类别：WS 文书、无；年度：2019、2020；保管期限：永久；责任者：样本所；密级：内部；状态：已借出、别的；日期：2019年1月1日 至 …"
    )
    said = spoken(wanted, CATEGORIES, "en")
    assert "category: WS Documents, 无; year: 2019, 2020" in said and "2019-01-01 to …" in said
    assert spoken(NO_FILTERS, CATEGORIES) == ""
    assert spoken(Filters(since="20190101", until="20190101"), CATEGORIES, "zh") == "日期：2019年1月1日"


def test_in_english_it_is_english_below_the_official_words(house: House) -> None:
    wording.use("en")
    try:
        printed = text(station(house).result_list("核对门牌", Filters(year=("2026",)), Order.CODE))
    finally:
        wording.use("zh")
    assert "查找结果清单" in printed and "Listofresults" in printed and "year:2026" in printed and "referencecode" in printed
