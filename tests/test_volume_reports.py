"""tests/test_volume_reports.py — the forms of volumes say what the archive holds, in the order and under the columns of §11."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

from app import reports, wording
from app.volumes import Volumes
from storage.records import Agent, Category, Retention, Role
from storage.records.volumes import Volume, VolumeDraft, VolumePart
from tests.stations import CHIEF, House, draft

CLERK = Agent(1, CHIEF.name, Role.CLERK)
VOLUME_FORMS = ("volume_contents", "volume_note", "binding_check", "volume_cover", "case_volume_cover", "volume_spine")
CLASS_FORMS = ("volume_register", "combined_register", "filing_deadline")
PAPERS = (
    ("行政处罚决定书", "样公（治）行罚决字〔2026〕8号", 2),
    ("行政处罚告知笔录", "", 1),
    ("送达回执", "", 1),
    ("询问笔录（违法行为人样本甲，身份证号990101199001011234）", "", 4),
    ("一张便条𠅤", "", 1),
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    yield from founded(tmp_path)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for the tests that only look at a volume."""
    yield from founded(tmp_path_factory.mktemp("library"))


def founded(folder: Path) -> Iterator[House]:
    made = House(folder)
    with made.archive.write(CHIEF) as change:
        change.change_category(
            Category("ZY·XZ", "行政案件", "Administrative cases", Retention.D30, guide="administrative"), "样本"
        )
    yield made
    made.archive.close()


def made(house: House, *, filed: bool = True, papers: tuple[tuple[str, str, int], ...] = PAPERS, **fields: object) -> Volume:
    volumes = Volumes(house.archive, CLERK)
    values: dict[str, object] = {
        "title": "样本甲殴打他人案", "category": "ZY·XZ", "year": 2026, "retention": Retention.D30, "checker": "样本乙",
        "case_no": "A9900000000000000000001", "date_from": "20260301", "date_to": "20260320", "maker": "样本丙",
        "made_on": "20260401", "closed_on": "20260320", "accepted_on": "20260301", "handling_unit": "样本派出所办案队",
        "notes": "第 3 件为复印件。", "lead_officer": "样本丁",
    }  # fmt: skip
    volume = volumes.open(VolumeDraft(**(values | fields)))  # type: ignore[arg-type]
    for number, (title, document_no, pages) in enumerate(papers):
        arrival = house.receive(f"{volume.id} {number}".encode())
        volumes.file_into(
            arrival, draft(title=title, document_no=document_no, page_count=pages, doc_date="20260310"), volume.id
        )
    return volumes.file(volume.id).volume if filed else volumes.volume(volume.id)


def text(pdf: bytes) -> str:
    """What can be copied out of the PDF, without blanks."""
    with pypdfium2.PdfDocument(pdf) as document:
        return re.sub(r"\s+", "", "".join(page.get_textpage().get_text_range() for page in document))


def render(house: House, name: str, **wishes: object) -> str:
    return text(reports.render(name, house.archive.queries, wishes))


def in_order(where: str, *words: str) -> None:
    """The words stand there, one after the other."""
    place = 0
    for word in words:
        found = where.find(re.sub(r"\s+", "", word), place)
        assert found >= 0, f"{word} after {where[max(0, place - 40) : place]}"
        place = found + 1


def test_the_contents_list_every_paper_with_the_page_it_begins_on(house: House) -> None:
    volume = made(house)
    said = render(house, "volume_contents", volume_id=volume.id)
    in_order(said, "卷内文件目录", volume.reference_code, "样本甲殴打他人案", "顺序号", "文号", "责任者", "题名", "日期", "页号", "备注")
    in_order(
        said, "行政处罚决定书", "202603101", "行政处罚告知笔录", "202603103", "送达回执", "202603104", "询问笔录",
        "202603105", "一张便条𠅤", "202603109", "以下空白",
    )  # fmt: skip


def test_numbers_of_people_are_masked_on_paper(house: House) -> None:
    volume = made(house)
    for name in ("volume_contents", "binding_check", "combined_register"):
        said = render(house, name, **({"volume_id": volume.id} if name != "combined_register" else {}))
        assert "990101199001011234" not in said
        assert "样本甲" in said


def test_the_register_agrees_with_the_archive(house: House) -> None:
    first = made(house)
    second = made(house, title="样本乙阻碍执行职务案", papers=PAPERS[:2])
    made(house, filed=False, title="还没有立卷")
    made(house, title="不给看的密卷", part=VolumePart.SECRET)
    other = made(house, title="别的年度", year=2025, papers=PAPERS[:1])
    said = render(house, "volume_register", category="ZY", year=2026)
    in_order(said, "案卷目录", "Z900", "ZY", "2026", first.reference_code, "样本甲殴打他人案", second.reference_code)
    in_order(said, "20260301-20260320", "5", "9", "30年", "2", "3", "合计：2卷，7件，12页")
    for hidden in ("还没有立卷", "不给看的密卷", "别的年度"):
        assert hidden not in said
    everything = render(house, "volume_register", secret=True)
    assert "不给看的密卷" in everything and other.reference_code in everything
    assert "没有已立卷的案卷" in render(house, "volume_register", category="WS")


def test_the_combined_register_is_the_register_over_the_contents(house: House) -> None:
    first, second = made(house), made(house, title="样本乙阻碍执行职务案", papers=PAPERS[:2])
    said = render(house, "combined_register")
    in_order(said, first.reference_code, *(title for title, _no, _pages in PAPERS[:3]), second.reference_code,
             *(title for title, _no, _pages in PAPERS[:2]), "合计：2卷，7件")  # fmt: skip


def test_the_note_and_the_covers_carry_the_items_of_the_standard(house: House) -> None:
    volume = made(house)
    said = render(house, "volume_note", volume_id=volume.id)
    in_order(said, "卷内备考表", "本卷情况说明", "5件，9页", "第3件为复印件", "立卷人样本丙", "检查人样本乙", "立卷时间2026年4月1日")
    said = render(house, "volume_cover", volume_id=volume.id)
    in_order(said, "样本派出所全宗", "行政案件", "样本甲殴打他人案", "起止时间", "2026年3月1日", "2026年3月20日", "保管期限30年",
             "5件9页", "归档号20260001", f"档号{volume.reference_code}")  # fmt: skip
    said = render(house, "case_volume_cover", volume_id=volume.id)
    in_order(said, "样本市样本派出所", "行政案件卷宗", "卷别", "案件名称", "案件编号A99", "违法行为人", "受案日期2026年3月1日",
             "结案日期", "办案单位样本派出所办案队", "立卷人", "审核人", "第1册共1册", "归档号", "档号")  # fmt: skip
    assert "20260001" in render(house, "volume_spine", volume_id=volume.id)


def test_a_long_note_goes_on_over_the_page(house: House) -> None:
    notes = "\n".join(f"第 {number} 件缺页说明。" for number in range(1, 90))
    volume = made(house, notes=notes)
    said = render(house, "volume_note", volume_id=volume.id)
    assert "第89件缺页说明" in said and "立卷时间2026年4月1日" in said


def test_a_criminal_volume_has_its_own_cover_by_its_part(house: House) -> None:
    with house.archive.write(CHIEF) as change:
        change.change_category(Category("ZY·XS", "刑事案件", "Criminal cases", Retention.PERMANENT, guide="criminal"), "样本")
    main = made(house, category="ZY·XS", part=VolumePart.MAIN)
    sub = made(house, category="ZY·XS", part=VolumePart.SUB)
    in_order(render(house, "case_volume_cover", volume_id=main.id), "刑事诉讼卷", "正卷", "犯罪嫌疑人", "立案日期")
    in_order(render(house, "case_volume_cover", volume_id=sub.id), "侦查工作卷", "副卷")


def test_the_binding_check_says_what_is_misplaced_unknown_and_missing(house: House) -> None:
    volume = made(house, filed=False)
    said = render(house, "binding_check", volume_id=volume.id)
    in_order(said, "标准序号", "文书名称", "有/无", "页号", "问题", "12行政处罚决定书有1-2", "242行政处罚告知笔录有3应排第4",
             "36送达回执有4应排第2", "一张便条𠅤有9未识别", "3处罚审批表无缺（未核实）", "15受案登记表无", "需核对")  # fmt: skip
    assert "送达回执无" not in said


def test_what_is_due_is_listed_with_the_days(house: House) -> None:
    made(house, filed=False, case_name="样本甲案", closed_on="20261101")
    made(house, filed=False, title="样本乙案", closed_on="20261112")
    made(house)
    said = render(house, "filing_deadline", today="2026-11-22", holidays="")
    in_order(said, "截至：2026年11月22日", "样本甲案", "20261101", "20261113", "逾期5天", "样本乙案", "20261126", "还剩4天", "未核实")


@pytest.mark.parametrize("name", VOLUME_FORMS + CLASS_FORMS)
def test_every_form_is_made_in_both_languages_and_the_same_twice(library: House, name: str) -> None:
    house, volume = library, made(library)
    wishes: dict[str, object] = {"volume_id": volume.id} if name in VOLUME_FORMS else {}
    if name == "filing_deadline":
        wishes = {"today": "2026-11-22"}
    for language in wording.LANGUAGES:
        given = wishes | {"language": language}
        pdf = reports.render(name, house.archive.queries, given)
        assert pdf == reports.render(name, house.archive.queries, given)
        assert reports.find(name).title(language)
        assert reports.find(name).title("zh")[:3] in text(pdf) or name in ("volume_cover", "volume_spine", "case_volume_cover", "filing_deadline")


def test_a_hard_cover_has_the_size_of_the_standard(library: House) -> None:
    house, volume = library, made(library)
    for wishes, millimetres in (({"hard": True}, (220, 310)), ({}, (210, 297))):
        with pypdfium2.PdfDocument(reports.render("volume_cover", house.archive.queries, {"volume_id": volume.id} | wishes)) as pdf:
            assert tuple(round(side * 25.4 / 72) for side in pdf[0].get_size()) == millimetres
    with pypdfium2.PdfDocument(reports.render("volume_spine", house.archive.queries, {"volume_id": volume.id, "spine": 20})) as pdf:
        assert tuple(round(side * 25.4 / 72) for side in pdf[0].get_size()) == (20, 310)


def test_a_book_of_several_says_which_it_is(house: House) -> None:
    volumes = Volumes(house.archive, CLERK)
    volume = made(house, filed=False, papers=(("甲", "", 150), ("乙", "", 150)))
    books = [volumes.file(book.id).volume for book in volumes.divide(volume.id)]
    assert "第2册共2册" in render(house, "case_volume_cover", volume_id=books[1].id)
    assert "第1册共2册" in render(house, "volume_contents", volume_id=books[0].id)
    assert books[0].book_total == 2
