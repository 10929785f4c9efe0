"""tests/test_ui_search.py — answers while typing, filters with counts, and the record with its marks."""

from __future__ import annotations

import threading
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtCore import QMarginsF, Qt
from PySide6.QtGui import QImage, QPageSize
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QPushButton

from storage.records import Event, Line
from storage.records.search import NO_FILTERS, Order, Results, Snippet
from tests.test_ui_stage import Stage, stage
from ui import printing
from ui.models.asked import asked
from ui.screens.record import RecordScreen
from ui.screens.search import SearchScreen
from ui.screens.search_asking import Answer
from ui.widgets import marks, picker
from ui.window import Window

__all__ = ["stage"]
CONTROL = Qt.KeyboardModifier.ControlModifier


def open_search(stage: Stage) -> tuple[Window, SearchScreen]:
    window = stage.raise_curtain()
    window.setFocus()
    stage.press(Qt.Key.Key_F, CONTROL)
    screen = window.place("search")
    assert isinstance(screen, SearchScreen)
    assert screen.box.hasFocus()
    return window, screen


def shown(screen: SearchScreen) -> list[str]:
    found = []
    for row in range(screen.model.rowCount()):
        record = screen.model.record(row)
        found.append(record.item.title if record is not None and record.item is not None else "…")
    return found


def test_results_come_while_typing_and_open_with_the_keyboard(stage: Stage) -> None:
    stage.filed("样本社区消防检查通知", pages=2)
    stage.filed("样本户口登记请示")
    window, screen = open_search(stage)
    screen.box.insert("消防")
    stage.until(lambda: screen.shelf.showing == "content")
    stage.until(lambda: shown(screen) == ["样本社区消防检查通知"])
    assert screen._total.text() == "找到 1 件"
    row = screen.model.record(0)
    assert row is not None
    assert [row.snippet.text[start:end] for start, end in row.snippet.spans] == ["消防"] * len(row.snippet.spans)

    stage.press(Qt.Key.Key_Down)
    assert screen.results.hasFocus()
    stage.press(Qt.Key.Key_Return)
    record = window.place("record")
    assert isinstance(record, RecordScreen)
    stage.until(lambda: record.shelf.showing == "content" and record.view.canvas.image.width() == 300)
    assert record._title.text() == "样本社区消防检查通知"
    assert len(record.view.canvas.boxes) == 1
    assert record._marked.text() == "页面上标出了 1 处"
    stage.press(Qt.Key.Key_PageDown)
    stage.rest()
    assert record.view._count.text() == "2 / 2"
    assert record.view.canvas.boxes == ()
    stage.press(Qt.Key.Key_Escape)
    assert window.here == "search"
    assert screen.box.text() == "消防"


def test_opening_a_record_is_journaled(stage: Stage) -> None:
    item = stage.filed("样本户口登记请示")
    heard: list[Event] = []
    stage.sitter.listen(heard.extend)
    _window, screen = open_search(stage)
    screen.box.insert("户口")
    stage.until(lambda: shown(screen) == ["样本户口登记请示"])
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: [event for event in heard if event.type == "view"])
    stage.rest()
    # That this person worked with an answer is noted too, without a word of the question.
    assert [(event.type, event.object) for event in heard] == [("note_search", "agent:1"), ("view", f"item:{item}")]
    assert "户口" not in str(heard)


def test_an_answer_to_what_is_no_longer_in_the_box_is_dropped(stage: Stage) -> None:
    first = stage.filed("样本社区消防检查通知")
    stage.filed("样本户口登记请示")
    _window, screen = open_search(stage)
    # The first question is held up on its lane until the second has been asked.
    gate = threading.Event()
    stage.sitter.jobs.run("search", lambda _job: gate.wait(20))
    screen.box.setText("消防")
    screen.ask()
    (late,) = screen.asking._jobs
    screen.box.setText("户口")
    screen.ask()
    assert late.cancelled
    gate.set()
    stage.until(lambda: shown(screen) == ["样本户口登记请示"])
    # And one that comes although nobody waits for it changes nothing.
    stale = stage_results(stage, "消防")
    assert [hit.item_id for hit in stale.hits] == [first]
    screen._show(asked("消防", NO_FILTERS, Order.RELEVANCE), Answer(stale, {}))
    assert shown(screen) == ["样本户口登记请示"]


def stage_results(stage: Stage, query: str) -> Results:
    found: list[Results] = []
    stage.sitter.jobs.run("search", lambda _job: stage.station.search(query), done=found.append)
    stage.until(lambda: found)
    return found[0]


def test_filters_carry_exact_counts_and_narrow_the_answer(stage: Stage) -> None:
    for year in (2024, 2025, 2025):
        stage.filed(f"样本消防检查 {year} {stage.station.counts().filed}", year=year, doc_date=f"{year}0101")
    _window, screen = open_search(stage)
    screen.box.insert("消防")
    stage.until(lambda: screen._total.text() == "找到 3 件")
    button = facet(screen, "year=2025")
    assert button.accessibleName() == "按年度筛选：2025，2 件"
    button.click()
    stage.until(lambda: screen._total.text() == "找到 2 件")
    assert [chip.accessibleName() for chip in screen.chips.chips] == ["去掉「年度：2025」"]
    # The other years can still be chosen besides, with the counts they would add.
    facet(screen, "year=2024").click()
    stage.until(lambda: screen._total.text() == "找到 3 件")
    assert [chip.accessibleName() for chip in screen.chips.chips] == ["去掉「年度：2025」", "去掉「年度：2024」"]
    screen.chips.chips[0].click()
    stage.until(lambda: screen._total.text() == "找到 1 件")
    facet(screen, "category=WS").click()
    stage.until(lambda: len(screen.chips.chips) == 2)
    screen.chips.clear_button.click()
    stage.until(lambda: screen._total.text() == "找到 3 件")
    assert screen.chips.isHidden()


def facet(screen: SearchScreen, place: str) -> QPushButton:
    return next(button for button in screen.facets.buttons if button.property("place") == place)


def test_nothing_found_says_so_and_an_empty_box_begins_again(stage: Stage) -> None:
    _window, screen = open_search(stage)
    assert screen.shelf.showing == "empty"
    screen.box.insert("没有这个词")
    stage.until(lambda: "没有找到「没有这个词」" in screen.shelf._empty._text.text())
    stage.press(Qt.Key.Key_Escape)
    stage.until(lambda: "边输入边出结果" in screen.shelf._empty._text.text())


def test_half_typed_questions_never_trouble_anyone(stage: Stage) -> None:
    stage.filed("样本户口登记请示")
    _window, screen = open_search(stage)
    for text in ('"', "-", "户口 -", '"户口', "〔2026", "((", "*", "户口 OR"):
        screen.box.setText(text)
        screen.ask()
        stage.rest()
    assert stage.recorder.troubles == []


# ---- marks


def test_a_word_is_marked_by_its_share_of_the_line() -> None:
    line = Line("ab户口cd", 0.1, 0.2, 0.8, 0.05)
    (box,) = marks.boxes([line], ["户口"])
    assert (round(box.x(), 6), box.y(), round(box.width(), 6), box.height()) == (0.3, 0.2, 0.4, 0.05)


def test_marks_ignore_width_case_and_blanks_and_cross_line_ends() -> None:
    lines = [Line("车牌 样Ａ·12", 0, 0, 1, 0.1), Line("34 5 登", 0, 0.1, 1, 0.1), Line("记", 0, 0.2, 1, 0.1)]
    assert len(marks.boxes(lines, ["样a·12345"])) == 2
    assert [round(box.y(), 3) for box in marks.boxes(lines, ["登记"])] == [0.1, 0.2]
    assert marks.boxes(lines, ["没有", ""]) == []


def test_the_words_to_mark_come_from_the_snippet_once_each() -> None:
    assert marks.words(Snippet(1, "登记甲登记", ((0, 2), (3, 5), (2, 3)))) == ("登记", "甲")


# ---- leaving the house


def test_export_writes_covered_pages_where_it_was_pointed_to(stage: Stage, tmp_path: Path) -> None:
    stage.filed("样本户口登记请示")
    window, screen = open_search(stage)
    screen.box.insert("户口")
    stage.until(lambda: shown(screen) == ["样本户口登记请示"])
    stage.press(Qt.Key.Key_Return)
    record = window.place("record")
    assert isinstance(record, RecordScreen)
    stage.until(lambda: record.shelf.showing == "content")
    record.export()
    stage.until(lambda: record.findChild(picker.Dialog) is not None)
    dialog = record.findChild(picker.Dialog)
    assert dialog is not None
    target = tmp_path / "交出"
    target.mkdir()
    dialog.go(target)
    assert dialog._name.text() == "Z900-WS·2026-D10-0001.pdf"
    dialog.take.click()
    stage.until(lambda: stage.recorder.told)
    stage.rest()
    (written,) = target.iterdir()
    assert written.name == "Z900-WS·2026-D10-0001.pdf"
    # The original itself leaves only with a purpose (tests/test_ui_privacy.py).
    assert written.read_bytes().startswith(b"%PDF")


def test_pages_are_painted_one_to_a_sheet(stage: Stage, tmp_path: Path) -> None:
    pages = []
    for colour in (Qt.GlobalColor.black, Qt.GlobalColor.white, Qt.GlobalColor.black):
        page = QImage(210, 297, QImage.Format.Format_RGB32)
        page.fill(colour)
        pages.append(page)
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "out.pdf"))
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    printer.setFullPage(True)
    printer.setPageMargins(QMarginsF())
    printing.paint(printer, pages)
    with pypdfium2.PdfDocument(tmp_path / "out.pdf") as document:
        assert len(document) == 3
        middle = [document[number].render(scale=0.2).to_pil().convert("L") for number in range(3)]
    assert [picture.getpixel((picture.width // 2, picture.height // 2)) for picture in middle] == [0, 255, 0]


def test_choosing_a_file_leaves_no_history(stage: Stage, tmp_path: Path) -> None:
    window = stage.raise_curtain()
    chosen: list[Path] = []
    dialog = picker.folder(window, stage.theme, chosen.append, start=tmp_path)
    stage.until(dialog.isVisible)
    dialog.take.click()
    assert chosen == [tmp_path]
    assert list(tmp_path.parent.parent.rglob("QtProject*")) == []


def test_a_total_that_is_not_exact_is_told_as_the_most_it_can_be(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both pairs of 样本甲 stand in every title, the word in every second."""
    monkeypatch.setattr("storage.search.scoring.SETTLE_ALL", 0)
    monkeypatch.setattr("ui.screens.search_asking.MOST", 1)
    for title in ("样本甲的请示", "样本、本甲的请示", "样本甲的通知", "样本、本甲的通知"):
        stage.filed(title)
    _window, screen = open_search(stage)
    screen.box.insert("样本甲")
    stage.until(lambda: screen.shelf.showing == "content" and screen._total.text() != "")
    assert screen._total.text().startswith("最多 ") and screen._total.text().endswith(" 件，列出前 1 件")
