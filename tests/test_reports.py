"""tests/test_reports.py — printed forms: what stands on the paper, how it breaks, and that it copies out as it was written."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pypdfium2
import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from app import reports
from app.bench import report as bench
from app.reports import fonts, item_register, lines, preview, recovery_sheet
from app.reports.errors import BadWish, UnknownReport
from app.reports.fonts import BODY
from app.reports.item_register import RegisterWishes
from storage.records import Delivery, Fonds, Item, Retention, SecurityClass

RARE = "㛃㵘𠅤𬭊䶮"
FONDS = Fonds("X999", "样本市公安局样本派出所（样本）", "样本派出所")
LONG_TITLE = (
    "关于㛃㵘𠅤𬭊䶮同志在“样本”工作中，依照《治安管理处罚法（样本）》、《档案法（样本）》等规定，整理归档文件；"
    "核对、登记、装盒——逐件完成……并对Report-2024/0001所列问题：文号、日期、页数，全部更正的情况报告（样本）"
)


def item(number: int, **changes: object) -> Item:
    values: dict[str, object] = {
        "id": number,
        "uuid": f"{number:032x}",
        "reference_code": f"X999-WS·2024-D10-{number:04d}",
        "fonds": "X999",
        "category": "WS",
        "year": 2024,
        "retention": Retention.D10,
        "office": "",
        "item_no": number,
        "title": f"样本通知第{number}号",
        "document_no": f"样公〔2024〕{number}号",
        "creator": "样本分局",
        "doc_date": "20240307",
        "security_class": SecurityClass.INTERNAL,
        "page_count": 3,
        "remarks": "",
        "filed_at": "2024-12-31T00:00:00Z",
        "filed_by": "样本",
        "delivery": Delivery.LOCAL,
    }
    return Item(**(values | changes))  # type: ignore[arg-type]


def register(items: Iterable[Item], **wishes: object) -> bytes:
    given = {"category": "WS", "category_name": "文书", "year": 2024, "retention": Retention.D10}
    given |= {"prepared_by": "张样本", "prepared_on": "2024-12-31"}
    return item_register.build(items, fonds=FONDS, wishes=RegisterWishes(**(given | wishes)))  # type: ignore[arg-type]


def page_texts(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]


def printed_lines(pdf: bytes) -> list[list[str]]:
    """The runs of text as they were drawn, page by page (each cell line is one run or more)."""
    return [text.split("\n") for text in page_texts(pdf)]


def pdftotext(pdf: bytes, *options: str) -> str:
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    done = subprocess.run([program, *options, "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


# ---- what stands on the paper


def test_rare_characters_copy_out_as_they_were_written() -> None:
    pdf = register([item(1, title=f"{RARE}户口登记（样本）", creator=RARE)])
    for text in ("".join(page_texts(pdf)), pdftotext(pdf)):
        assert squeezed(text).count(RARE) == 2, text


def test_many_rare_characters_over_several_subsets_copy_out() -> None:
    many = [chr(point) for point in range(0x3400, 0x4DB0, 9)] + [chr(point) for point in range(0x20000, 0x2F000)]
    many = [char for char in many if not fonts.missing(char)]
    beyond = sum(char > "\uffff" for char in many)
    assert beyond > 100, "the font should hold many characters beyond U+FFFF"
    titles = ["".join(many[at : at + 40]) for at in range(0, len(many), 40)]
    assert len(many) > 600, "three subsets at least"
    pdf = register(item(number, title=title) for number, title in enumerate(titles, 1))
    for text in (squeezed("".join(page_texts(pdf))), squeezed(pdftotext(pdf, "-raw"))):
        assert [char for char in many if char not in text] == []


def test_a_character_no_font_has_is_marked_and_named() -> None:
    assert fonts.missing("王𠮷") == ["𠮷"]
    text = squeezed("".join(page_texts(register([item(1), item(2, title="王𠮷情况说明（样本）")]))))
    assert "王〓情况说明" in text
    assert "U+20BB7（序号2）" in text


def test_a_character_only_the_spare_font_has_is_printed() -> None:
    assert "𰻝" in "".join(page_texts(register([item(1, title="𰻝面馆检查记录（样本）")])))


def test_every_row_of_a_long_register_is_there_exactly_once() -> None:
    pdf = register(item(number) for number in range(1, 1001))
    text = "\n".join(page_texts(pdf))
    codes = re.findall(r"X999-WS·2024-D10-(\d{4})", text)
    assert codes == [f"{number:04d}" for number in range(1, 1001)]
    titles = re.findall(r"样本通知第(\d+)号", text)
    assert [int(number) for number in titles] == list(range(1, 1001))
    assert "合计：1000 件，3000 页" in text


def test_each_page_repeats_the_head_and_counts_the_pages() -> None:
    pages = page_texts(register(item(number, title=LONG_TITLE) for number in range(1, 25)))
    assert len(pages) >= 3
    for number, text in enumerate(pages, 1):
        assert f"第{number}页/共{len(pages)}页" in squeezed(text)
        for label in ("归档文件目录", "序号", "档号", "文号", "责任者", "题名", "日期", "密级", "页数", "备注"):
            assert label in text
        for fact in ("全宗号：X999", "类别：WS文书", "年度：2024", "保管期限：10年", "整理人：张样本", "编制日期：2024年12月31日"):
            assert fact in squeezed(text)


def test_the_data_stand_in_their_columns() -> None:
    """Each value's place on the paper lies inside its column of DA/T 22 (widths in millimetres)."""
    one = item(1, remarks="样本注", page_count=27)
    values = ["1", one.reference_code, one.document_no, one.creator, one.title, one.doc_date, "内部", "27", "样本注"]
    edges = [25.0]
    for width in (10, 48, 36, 32, 74, 20, 12, 11, 14):
        edges.append(edges[-1] + width)
    assert edges[-1] == 25 + 257
    with pypdfium2.PdfDocument(register([one])) as document:
        assert document[0].get_size() == pytest.approx((297 * 72 / 25.4, 210 * 72 / 25.4), abs=0.5)
        textpage = document[0].get_textpage()
        body = textpage.get_text_range().index("备注")
        for column, value in enumerate(values):
            found = textpage.search(value, index=body, match_case=True).get_next()
            assert found is not None, value
            left, _, _, _ = textpage.get_charbox(found[0])
            _, _, right, _ = textpage.get_charbox(found[0] + found[1] - 1)
            assert edges[column] <= left * 25.4 / 72 and right * 25.4 / 72 <= edges[column + 1], value


def test_rows_are_at_least_eight_millimetres_high() -> None:
    with pypdfium2.PdfDocument(register(item(number) for number in range(1, 8))) as document:
        textpage = document[0].get_textpage()
        tops = []
        for number in range(1, 8):
            at, _ = textpage.search(f"-{number:04d}").get_next()
            tops.append(textpage.get_charbox(at)[1] * 25.4 / 72)
    assert all(above - below >= 7.99 for above, below in pairwise(tops))


def test_a_title_longer_than_a_page_is_continued_and_complete() -> None:
    title = "".join(f"第{number}项样本内容，" for number in range(400))
    pdf = register([item(1, title=title), item(2)])
    with pypdfium2.PdfDocument(pdf) as document:
        assert len(document) >= 2
        left, right = (25 + 10 + 48 + 36 + 32) * 72 / 25.4, (25 + 10 + 48 + 36 + 32 + 74) * 72 / 25.4
        shown = ""
        for page in document:
            textpage = page.get_textpage()
            top = textpage.get_charbox(textpage.search("题名").get_next()[0])[1] - 4
            shown += squeezed(textpage.get_text_bounded(left, 24 * 72 / 25.4, right, top))
    assert shown.startswith(title + item(2).title)


def test_a_very_long_reference_code_stays_in_its_column_whole() -> None:
    code = "X999-ZY·XZ·ZA·2024-D30-样本治安管理大队-01234-0001"
    pdf = register([item(1, reference_code=code)])
    assert code in squeezed(page_texts(pdf)[0].replace("\n", ""))


def test_an_empty_register_says_so() -> None:
    assert "本目录没有记录。" in page_texts(register([]))[0]


def test_control_marks_do_not_reach_the_paper() -> None:
    text = page_texts(register([item(1, title="样本\u202e通知\x00\n第二行\u200b（样本）")]))[0]
    assert "样本通知 第二行（样本）" in text
    assert "\u202e" not in text


def test_english_labels_stand_beside_the_official_ones() -> None:
    text = page_texts(register([item(1)], language="en"))[0]
    for words in ("归档文件目录", "Register of filed items", "档号", "Reference code", "Page 1 of 1", "internal",
                  "Retention: 10 years", "Total: 1 items, 3 pages"):  # fmt: skip
        assert words in text


def test_public_papers_leave_the_class_empty() -> None:
    text = page_texts(register([item(1, security_class=SecurityClass.PUBLIC)]))[0]
    assert "内部" not in text and "公开" not in text


# ---- breaking lines


def test_no_printed_line_begins_with_a_closing_mark() -> None:
    titles = [LONG_TITLE[:cut] + "，（样本）。" for cut in range(20, len(LONG_TITLE))]
    pdf = register(item(number, title=title) for number, title in enumerate(titles, 1))
    shown = [line for page in printed_lines(pdf) for line in page if line]
    assert len(shown) > 500
    assert [line for line in shown if line[0] in "，。、；：？！）》”’…" or line[-1] in "（《“‘"] == []


def test_words_numbers_and_pairs_are_not_torn() -> None:
    measure = fonts.widths(BODY, 10.5)
    broken = lines.break_lines("样本样本样本样本2024年样本样本——样本样本network样本", 10.5 * 9.2, measure)
    assert all("2024" in line or "2" not in line for line in broken), broken
    assert all("——" in line or "—" not in line for line in broken), broken
    assert any("network" in line for line in broken), broken


@settings(max_examples=400, deadline=None)
@example("000 —", 25.0)
@given(
    st.text(alphabet="样本公安，。、；：？！（）《》“”——……·- aB2024/〔〕𠅤", max_size=80),
    st.floats(min_value=25, max_value=220),
)
def test_breaking_loses_nothing_and_keeps_the_width(text: str, width: float) -> None:
    measure = fonts.widths(BODY, 10.5)
    text = lines.clean(text)
    broken = lines.break_lines(text, width, measure)
    assert "".join(broken).replace(" ", "") == text.replace(" ", "")
    for line in broken:
        assert sum(map(measure, line)) <= width + 1e-6 or len(line) == 1
    for before, after in pairwise(broken):
        if after and after[0] in lines.NOT_AT_START:
            # Only where no place in the line would have been lawful.
            joined = before + after[0]
            lawful = [
                at
                for at in range(1, len(before) + 1)
                if joined[at] not in lines.NOT_AT_START and joined[at - 1] not in lines.NOT_AT_END and joined[at] != " "
            ]
            assert lawful == [], (before, after)


# ---- the file itself


def test_fonts_are_embedded_truetype_subsets_and_nothing_else() -> None:
    pdf = register([item(1, title=RARE)])
    program = shutil.which("pdffonts")
    if program is None:
        pytest.skip("pdffonts (poppler-utils) is not installed")
    done = subprocess.run([program, "-"], input=pdf, capture_output=True, check=True)
    rows = done.stdout.decode().splitlines()[2:]
    assert rows
    for row in rows:
        assert re.search(r"\+Noto\S+ +TrueType +\S+ +yes yes yes", row), row


def test_one_register_page_is_small() -> None:
    assert len(register(item(number) for number in range(1, 16))) < 150_000


def test_the_same_input_gives_the_same_bytes() -> None:
    assert register([item(1, title=LONG_TITLE)]) == register([item(1, title=LONG_TITLE)])


def test_rows_are_taken_one_by_one() -> None:
    alive: list[int] = []

    def stream() -> Iterable[Item]:
        for number in range(1, 200):
            alive.append(number)
            yield item(number)

    pdf = register(stream())
    assert len(alive) == 199 and len(page_texts(pdf)) > 5


# ---- recovery sheet

KEY = "7H3K-9QWE-RT12-XYZ4-0ABC-DEFG-HJKM-NPQR"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_recovery_sheet_is_one_page_with_the_key_in_letters_and_as_qr(language: str) -> None:
    pdf = recovery_sheet.build("样本派出所（样本）", "X999", "0123456789abcdef", KEY, "2026-11-22", language)
    pages = page_texts(pdf)
    assert len(pages) == 1
    text = squeezed(pages[0])
    for number, start in enumerate(range(0, len(KEY), 10), 1):
        assert f"{number}{KEY[start : start + 9].replace('-', '')}" in text
    for fact in ("样本派出所（样本）", "X999", "0123456789abcdef"):
        assert fact in text
    picture = Image.open(io.BytesIO(preview.pages(pdf, 150)[0]))
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [KEY]


# ---- the list of reports, and page pictures


class Reads:
    """The reads of a report over items in memory."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items
        self.asked: list[tuple[int, int]] = []

    def fonds(self) -> Fonds:
        return FONDS

    def items(
        self, *, category: str | None = None, year: int | None = None, retention: Retention | None = None,
        limit: int = -1, offset: int = 0,
    ) -> Sequence[Item]:  # fmt: skip
        self.asked.append((limit, offset))
        chosen = [
            one
            for one in self._items
            if category in (None, one.category) and year in (None, one.year) and retention in (None, one.retention)
        ]
        return chosen[offset:] if limit < 0 else chosen[offset : offset + limit]


def test_render_takes_plain_wishes_and_reads_in_pieces() -> None:
    reads = Reads([item(number, year=2024 if number % 2 else 2023) for number in range(1, 1203)])
    pdf = reports.render("item_register", reads, {"category": "WS", "year": "2024", "retention": "D10", "language": "zh"})
    text = "\n".join(page_texts(pdf))
    assert "合计：601 件" in text and "样本通知第2号" not in text
    assert len(reads.asked) > 1 and all(limit > 0 for limit, _ in reads.asked)


def test_an_unknown_report_or_wish_is_refused() -> None:
    with pytest.raises(UnknownReport) as unknown:
        reports.render("no_such_report", Reads([]), {})
    assert unknown.value.facts["name"] == "no_such_report"
    for wish in ({"colour": "red"}, {"year": "twenty"}, {"retention": "D20"}, {"language": "fr"}):
        with pytest.raises(BadWish):
            reports.render("item_register", Reads([]), wish)


def test_every_report_has_a_name_in_both_languages() -> None:
    for report in reports.REPORTS:
        assert report.title("zh") != report.title("en")


def test_page_pictures_show_the_page() -> None:
    pdf = register(item(number) for number in range(1, 40))
    pictures = preview.pages(pdf, 50)
    assert len(pictures) == preview.count(pdf) == len(page_texts(pdf))
    picture = Image.open(io.BytesIO(pictures[0]))
    assert picture.size == pytest.approx((297 / 25.4 * 50, 210 / 25.4 * 50), abs=1.5)
    assert picture.convert("L").getextrema()[0] < 100
    with pytest.raises(IndexError):
        preview.page(pdf, len(pictures))


def test_the_bench_reports_its_figures() -> None:
    rows: list[dict[str, object]] = []
    bench.run(300, rows.append)
    assert {row["metric"] for row in rows} >= {"register", "rows", "file"}
    assert all(set(row) == {"bench", "engine", "records", "metric", "value", "unit"} for row in rows)
    assert all(row["records"] == 300 for row in rows)
