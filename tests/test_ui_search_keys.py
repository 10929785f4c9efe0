"""tests/test_ui_search_keys.py — the search screen by keyboard: filters, orders, the page beside the list, likes, forms, history."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton

from app import wording
from storage.records import Agent, Event, Kind, Role, Subject
from storage.records.lending import LoanDraft, LoanMode
from storage.records.people import Purpose
from storage.records.search import Order
from storage.records.searches import Question
from tests.test_ui_search import CONTROL, facet, open_search, shown
from tests.test_ui_stage import Stage, stage
from ui.models.asked import asked
from ui.screens.search import SearchScreen
from ui.screens.search_builder import Builder
from ui.screens.search_examples import EXAMPLES, Examples
from ui.screens.search_past import SaveDialog
from ui.screens.unmask import PurposeDialog
from ui.widgets import picker

__all__ = ["stage"]
SHIFT = Qt.KeyboardModifier.ShiftModifier


def fill(stage: Stage) -> list[int]:
    """Four papers of three years, the oldest first."""
    return [
        stage.filed("样本消防检查通知", year=2023, doc_date="20230105", creator="样本消防支队", pages=3),
        stage.filed("样本消防宣传通知", year=2024, doc_date="20240210"),
        stage.filed("样本消防演练总结", year=2024, doc_date="20241120", creator="样本消防支队"),
        stage.filed("样本户口登记请示", year=2025, doc_date="20250303"),
    ]


def type_in(stage: Stage, screen: SearchScreen, line: str, found: int) -> None:
    screen.box.setFocus()
    screen.box.clear()
    screen.box.insert(line)
    settled(stage, screen, found)


def settled(stage: Stage, screen: SearchScreen, found: int) -> None:
    stage.until(lambda: screen._shown == screen.wanted() and screen.model.rowCount() == found)
    stage.until(lambda: "…" not in shown(screen))


def back(stage: Stage, screen: SearchScreen) -> None:
    """From a dialog that was closed to the box, as a window manager would."""
    screen.window().activateWindow()
    stage.until(screen.window().isActiveWindow)
    screen.box.setFocus()


def focus() -> object:
    return QApplication.focusWidget()


# ---- the box


def test_the_last_word_may_go_on_until_a_blank_or_enter_says_that_it_is_whole(stage: Stage) -> None:
    stage.filed("样本登记 abc")
    stage.filed("样本登记 abcdef")
    window, screen = open_search(stage)
    type_in(stage, screen, "abc", 2)
    screen.box.insert(" ")
    settled(stage, screen, 1)
    type_in(stage, screen, "abc", 2)
    # Enter before the answer is there settles the question; Enter on what is there opens it.
    screen.box.setFocus()
    screen.box.setText("样本 abc")
    stage.press(Qt.Key.Key_Return)
    assert window.here == "search"
    settled(stage, screen, 1)
    # Nothing is called so yet: what begins so is shown after all.
    screen.box.setText("abcd")
    stage.press(Qt.Key.Key_Return)
    settled(stage, screen, 1)
    assert shown(screen) == ["样本登记 abcdef"]
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: window.here == "record")


def test_the_chosen_row_stays_the_same_record_when_others_are_filed(stage: Stage) -> None:
    fill(stage)
    arrival = stage.receive("样本消防新通知", doc_date="20260101", year=2026)
    _window, screen = open_search(stage)
    screen.order.choose(Order.NEWEST)
    type_in(stage, screen, "消防", 3)
    screen.results.setFocus()
    stage.press(Qt.Key.Key_Down)
    chosen = screen.model.id_at(screen.results.here)

    def file_one() -> None:
        suggestion = stage.station.archive.queries.arrival(arrival).suggestion
        assert suggestion is not None
        stage.station.file(arrival, suggestion)
        stage.station.archive.index.catch_up()

    stage.sitter.jobs.run("write", lambda _job: file_one())
    stage.rest()
    screen.ask()
    settled(stage, screen, 4)
    assert screen.results.here == 2 and screen.model.id_at(2) == chosen


def test_waiting_is_shown_only_when_it_lasts_and_the_list_stays_meanwhile(stage: Stage) -> None:
    fill(stage)
    _window, screen = open_search(stage)
    type_in(stage, screen, "消防", 3)
    assert screen._busy.isHidden()
    gate = threading.Event()
    stage.sitter.jobs.run("search", lambda _job: gate.wait(20))
    screen.box.insert("检查")
    stage.until(lambda: not screen._busy.isHidden())
    assert screen.model.rowCount() == 3 and screen.shelf.showing == "content"
    gate.set()
    settled(stage, screen, 1)
    assert screen._busy.isHidden()


def test_what_is_out_on_loan_says_so_and_is_a_filter(stage: Stage) -> None:
    first, *_others = fill(stage)
    clerk, chief = (Agent(id, f"样本·{id}", Role.ADMINISTRATOR) for id in (92, 93))
    out = Subject(Kind.ITEM, first)
    wanted = LoanDraft("样本借阅人", "样本大队", purpose="case", basis="样本办案需要", mode=LoanMode.LEND)
    archive = stage.station.archive
    with archive.write(clerk) as change:
        loan = change.request_loan(wanted, [out], 2026)
    with archive.write(chief) as change:
        change.approve_loan(loan, "同意")
    with archive.write(clerk) as change:
        change.lend(loan, "2099-12-06", {out: "完好"})
    _window, screen = open_search(stage)
    type_in(stage, screen, "消防", 3)
    assert facet(screen, "state=lent").accessibleName() == "按状态筛选：借出，1 件"
    facet(screen, "state=lent").click()
    settled(stage, screen, 1)
    row = screen.model.record(0)
    assert row is not None and row.marks == [("lent", "借出")]


# ---- filters and orders


def test_tab_goes_from_the_box_to_results_filters_and_days(stage: Stage) -> None:
    fill(stage)
    _window, screen = open_search(stage)
    type_in(stage, screen, "消防", 3)
    stage.press(Qt.Key.Key_Tab)
    assert focus() is screen.results
    stage.press(Qt.Key.Key_Tab)
    assert focus() is screen.facets.buttons[0]
    # The values are one stop: the arrows walk through them, Space sets one, and the focus stays on it.
    while (here := focus()) and isinstance(here, QPushButton) and here.property("place") != "year=2024":
        stage.press(Qt.Key.Key_Down)
    stage.press(Qt.Key.Key_Space)
    settled(stage, screen, 2)
    assert facet(screen, "year=2024").hasFocus()
    assert facet(screen, "year=2024").isChecked()
    stage.press(Qt.Key.Key_Down)
    stage.press(Qt.Key.Key_Space)
    settled(stage, screen, 3)
    assert screen.facets.filters.year == ("2024", "2023")
    stage.press(Qt.Key.Key_Tab)
    assert focus() is screen.facets.since
    stage.press(Qt.Key.Key_Tab)
    assert focus() is screen.facets.until
    stage.press(Qt.Key.Key_Tab, SHIFT)
    stage.press(Qt.Key.Key_Tab, SHIFT)
    assert facet(screen, "year=2023").hasFocus()


def test_days_bound_the_answer_and_a_month_means_the_whole_of_it(stage: Stage) -> None:
    fill(stage)
    _window, screen = open_search(stage)
    type_in(stage, screen, "消防", 3)
    screen.facets.since.setFocus()
    screen.facets.since.setText("2024")
    stage.press(Qt.Key.Key_Return)
    settled(stage, screen, 2)
    screen.facets.until.setFocus()
    screen.facets.until.setText("2024年2月")
    stage.press(Qt.Key.Key_Return)
    settled(stage, screen, 1)
    assert (screen.facets.filters.since, screen.facets.filters.until) == ("20240101", "20240229")
    assert [chip.accessibleName() for chip in screen.chips.chips] == ["去掉「日期：2024-01-01 至 2024-02-29」"]
    # What is no date says so and asks nothing.
    screen.facets.until.setText("某天")
    stage.press(Qt.Key.Key_Return)
    assert not screen.facets._wrong.isHidden()
    screen.facets.until.setText("2019")
    stage.press(Qt.Key.Key_Return)
    assert screen.facets._wrong.text() == "截止日期早于起始日期。"
    assert screen.facets.filters.until == "20240229"
    screen.chips.chips[0].click()
    settled(stage, screen, 3)
    assert screen.facets.until.text() == "" and screen.facets._wrong.isHidden()


def test_filters_alone_are_a_question_once_a_word_was_there(stage: Stage) -> None:
    fill(stage)
    _window, screen = open_search(stage)
    type_in(stage, screen, "消防", 3)
    facet(screen, "creator=样本消防支队").click()
    settled(stage, screen, 2)
    screen.box.clear()
    settled(stage, screen, 2)
    screen.chips.chips[0].click()
    stage.until(lambda: screen.shelf.showing == "empty")
    assert screen.chips.isHidden()


def test_a_long_list_of_values_shows_the_first_and_opens(stage: Stage) -> None:
    for number in range(9):
        stage.filed(f"样本消防检查{number}", creator=f"样本单位{number}")
    _window, screen = open_search(stage)
    type_in(stage, screen, "消防", 9)
    places = [str(button.property("place")) for button in screen.facets.buttons]
    assert len([place for place in places if place.startswith("creator=")]) == 5
    facet(screen, "creator+").setFocus()
    stage.press(Qt.Key.Key_Space)
    places = [str(button.property("place")) for button in screen.facets.buttons]
    assert len([place for place in places if place.startswith("creator=")]) == 9
    stage.until(facet(screen, "creator+").hasFocus)


def test_the_order_is_chosen_and_kept(stage: Stage) -> None:
    fill(stage)
    _window, screen = open_search(stage)
    type_in(stage, screen, "消防", 3)
    screen.order.choose(Order.NEWEST)
    stage.until(lambda: shown(screen) == ["样本消防演练总结", "样本消防宣传通知", "样本消防检查通知"])
    screen.order.choose(Order.OLDEST)
    stage.until(lambda: shown(screen) == ["样本消防检查通知", "样本消防宣传通知", "样本消防演练总结"])
    type_in(stage, screen, "样本", 4)
    stage.until(lambda: shown(screen)[0] == "样本消防检查通知")


# ---- the page beside the list


def test_a_page_is_shown_only_when_asked_for_and_every_look_is_journaled(stage: Stage) -> None:
    first, second, *_rest = fill(stage)
    _window, screen = open_search(stage)
    type_in(stage, screen, "消防", 3)
    screen.order.choose(Order.OLDEST)
    stage.until(lambda: shown(screen)[:2] == ["样本消防检查通知", "样本消防宣传通知"])
    heard: list[Event] = []
    stage.sitter.listen(heard.extend)
    screen.results.setFocus()
    stage.press(Qt.Key.Key_Space)
    stage.until(lambda: screen.preview.view.canvas.image.width() == 300)
    stage.rest()
    assert screen.preview.item_id == first
    assert screen.preview.view.canvas.pointed == 0 and len(screen.preview.view.canvas.boxes) == 1
    assert screen.results.hasFocus()
    # Walking on shows nothing and leaves no trace.
    stage.press(Qt.Key.Key_Down)
    stage.rest()
    assert screen.preview.item_id == 0 and screen.preview.view.canvas.image.isNull()
    assert screen.preview.title.text() == "样本消防宣传通知"
    assert [event.object for event in heard if event.type == "view"] == [f"item:{first}"]
    stage.press(Qt.Key.Key_Space)
    stage.until(lambda: screen.preview.item_id == second)
    stage.rest()
    assert [event.object for event in heard if event.type == "view"] == [f"item:{first}", f"item:{second}"]
    stage.press(Qt.Key.Key_Escape)
    assert screen.preview.isHidden() and screen.results.hasFocus() and screen.box.text() == "消防"


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_the_page_fits_beside_the_list_on_the_smallest_screen(stage: Stage, language: str) -> None:
    wording.use(language)
    fill(stage)
    window, screen = open_search(stage)
    type_in(stage, screen, "消防", 3)
    screen.look_at()
    stage.rest()
    screen._busy.show()
    stage.until(lambda: screen.preview.isVisible() and screen.facets.isVisible())
    assert window.minimumSizeHint().width() <= 1280 and window.width() == 1280
    assert screen.export.isHidden() and screen.bulk_button.isHidden()
    screen.preview.put_away()
    assert not screen.export.isHidden() and not screen.bulk_button.isHidden()


def test_arrows_step_through_the_places_of_a_record(stage: Stage) -> None:
    stage.filed("第2页第3页样本", pages=3)
    _window, screen = open_search(stage)
    type_in(stage, screen, "第2页", 1)
    screen.results.setFocus()
    stage.press(Qt.Key.Key_Space)
    stage.until(lambda: screen.preview.view.canvas.image.width() == 300)
    assert screen.preview._count.text() == "第 1 处，共 2 处"
    stage.press(Qt.Key.Key_Right)
    stage.until(lambda: screen.preview._count.text() == "第 2 处，共 2 处")
    stage.until(lambda: screen.preview.view._count.text() == "2 / 3" and screen.preview.view.canvas.pointed == 0)
    stage.press(Qt.Key.Key_Right)
    assert screen.preview._count.text() == "第 2 处，共 2 处"
    stage.press(Qt.Key.Key_Left)
    stage.until(lambda: screen.preview.view._count.text() == "1 / 3")


def test_a_page_in_full_goes_with_the_time_of_its_purpose(stage: Stage) -> None:
    item = stage.filed("样本消防检查通知 13800000000")
    _window, screen = open_search(stage)
    type_in(stage, screen, "消防", 1)
    stage.sitter.jobs.run("write", lambda _job: stage.station.people.disclose(Subject(Kind.ITEM, item), Purpose.CASE))
    stage.rest()
    screen.results.setFocus()
    stage.press(Qt.Key.Key_Space)
    stage.until(lambda: screen.preview.view.canvas.image.width() == 300)
    assert screen.preview._expiry.isActive() and screen.preview._expiry.interval() <= 60_000 * 120
    assert screen.preview.title.text() == "样本消防检查通知 13800000000"
    stage.station.people.cover_again(Subject(Kind.ITEM, item))
    screen.preview._expiry.timeout.emit()
    assert screen.preview.item_id == 0 and screen.preview.view.canvas.image.isNull()
    stage.until(lambda: screen.preview.title.text().startswith("样本消防检查通知 138"))
    assert "13800000000" not in screen.preview.title.text() + shown(screen)[0]


def test_what_is_sealed_goes_from_the_page_and_from_the_list(stage: Stage) -> None:
    first, *_others = fill(stage)
    _window, screen = open_search(stage)
    type_in(stage, screen, "消防检查", 1)
    screen.results.setFocus()
    stage.press(Qt.Key.Key_Space)
    stage.until(lambda: screen.preview.view.canvas.image.width() == 300)
    # The page does not wait for the list, which is held up here.
    gate = threading.Event()
    stage.sitter.jobs.run("search", lambda _job: gate.wait(20))
    stage.sitter.jobs.run("write", lambda _job: stage.station.sealing.seal(Subject(Kind.ITEM, first)))
    stage.until(lambda: screen.preview.item_id == 0)
    assert screen.preview.view.canvas.image.isNull() and screen.shelf.showing == "content"
    gate.set()
    stage.until(lambda: screen.shelf.showing == "empty")
    assert screen.preview.item_id == 0 and screen.preview.view.canvas.image.isNull()


def test_likes_stand_under_a_chip_that_leads_back(stage: Stage) -> None:
    fill(stage)
    _window, screen = open_search(stage)
    type_in(stage, screen, "消防检查", 1)
    screen.results.setFocus()
    stage.press(Qt.Key.Key_K, CONTROL)
    stage.until(lambda: screen._shown is not None and screen._shown.like is not None and screen._shown == screen.wanted())
    assert screen.chips.chips[0].accessibleName() == "去掉「与「样本消防检查通知」相似」"
    assert "样本消防检查通知" not in shown(screen)
    assert screen.export.isHidden()
    screen.results.setFocus()
    stage.press(Qt.Key.Key_Escape)
    settled(stage, screen, 1)
    assert screen.box.text() == "消防检查" and shown(screen) == ["样本消防检查通知"]


# ---- saying it otherwise


def test_what_may_have_been_meant_is_offered_and_asked(stage: Stage) -> None:
    fill(stage)
    _window, screen = open_search(stage)
    type_in(stage, screen, "霄防检查", 0)
    stage.until(lambda: screen.notes.links)
    assert [link.text() for link in screen.notes.links] == ["消防检查"]
    screen.notes.links[0].click()
    settled(stage, screen, 1)
    assert screen.box.text() == "消防检查"
    # An offer that comes late is none.
    screen._show_meant(asked("霄防检查", screen.facets.filters, Order.RELEVANCE), ("消防检查",))
    assert screen.notes.links == []


def test_the_form_writes_the_question_and_reads_it_back(stage: Stage) -> None:
    fill(stage)
    _window, screen = open_search(stage)
    stage.press(Qt.Key.Key_F3)
    builder = screen.findChild(Builder)
    assert builder is not None and not builder.yes.isEnabled()
    for field, value in (("words", "消防"), ("without", "宣传"), ("title", "总结"), ("since", "2024")):
        editor = builder.editor(field)
        assert isinstance(editor, QLineEdit)
        editor.setText(value)
    assert builder._line.text() == "消防 题名:总结 日期:2024.. -宣传"
    stage.until(lambda: focus() is builder.editor("words"))
    stage.press(Qt.Key.Key_Return)
    settled(stage, screen, 1)
    assert shown(screen) == ["样本消防演练总结"]
    assert screen.box.text() == "消防 题名:总结 日期:2024.. -宣传"
    back(stage, screen)
    stage.press(Qt.Key.Key_F3)
    again = next(one for one in screen.findChildren(Builder) if one.isVisible())
    assert again.line == screen.box.text()
    again.reject()


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_example_of_the_help_is_understood(stage: Stage, language: str) -> None:
    wording.use(language)
    fill(stage)
    _window, screen = open_search(stage)
    for example in EXAMPLES:
        stage.press(Qt.Key.Key_F1, SHIFT)
        sheet = next(one for one in screen.findChildren(Examples) if one.isVisible())
        button = sheet.findChildren(QPushButton)[EXAMPLES.index(example)]
        line = button.text()
        button.click()
        stage.until(lambda: screen._shown is not None and screen._shown == screen.wanted())
        assert screen.box.text() == line and screen._shown.question.query == line
        assert screen.notes._notes == (), line
        back(stage, screen)


def test_people_are_searched_for_with_a_purpose(stage: Stage) -> None:
    fill(stage)
    _window, screen = open_search(stage)
    screen.box.insert("人名:样本某甲 ")
    stage.until(lambda: screen.notes.links)
    assert [link.text() for link in screen.notes.links] == ["填写用途"]
    screen.notes.links[0].click()
    dialog = screen.findChild(PurposeDialog)
    assert dialog is not None
    dialog.yes.click()
    stage.until(lambda: not screen.notes.links and screen._shown == screen.wanted())
    assert stage.station.people.may_search_by_name()


def test_records_that_are_not_in_the_index_yet_are_spoken_of(stage: Stage) -> None:
    fill(stage)
    for number in range(12):
        arrival = stage.station.archive.queries.arrival(stage.receive(f"样本消防补录{number}"))
        assert arrival.suggestion is not None
        stage.station.file(arrival.id, arrival.suggestion)
    _window, screen = open_search(stage)
    type_in(stage, screen, "消防", 3)
    assert not screen.notes.isHidden() and screen._again.isActive()
    stage.sitter.jobs.run("index", lambda _job: stage.station.archive.index.catch_up())
    settled(stage, screen, 15)
    assert screen.notes.isHidden()


# ---- saved and past questions


def test_a_question_that_was_worked_with_comes_back_by_one_key(stage: Stage) -> None:
    fill(stage)
    window, screen = open_search(stage)
    type_in(stage, screen, "消防", 3)
    facet(screen, "year=2024").click()
    settled(stage, screen, 2)
    screen.box.setFocus()
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: window.here == "record")
    stage.rest()
    stage.press(Qt.Key.Key_Escape)
    screen.chips.clear_button.click() if screen.chips.clear_button.isVisible() else screen.chips.chips[0].click()
    screen.box.setFocus()
    screen.box.clear()
    stage.until(lambda: screen.shelf.showing == "empty")
    stage.press(Qt.Key.Key_Down)
    stage.until(screen.past.isVisible)
    assert focus() is screen.past.list
    assert screen.past.list.currentItem().text().startswith("消防  2024")
    stage.press(Qt.Key.Key_Return)
    settled(stage, screen, 2)
    assert screen.box.text() == "消防" and screen.facets.filters.year == ("2024",)
    assert screen.past.isHidden()
    # And is forgotten by another.
    stage.press(Qt.Key.Key_F4)
    stage.until(screen.past.isVisible)
    stage.press(Qt.Key.Key_Delete)
    stage.until(lambda: not screen.past._nothing.isHidden())
    stage.press(Qt.Key.Key_Escape)
    assert screen.past.isHidden() and screen.box.hasFocus() and screen.box.text() == "消防"


def test_a_question_is_saved_under_a_name_and_replaced_only_when_said_twice(stage: Stage) -> None:
    fill(stage)
    stage.station.searches.keep("消防的", Question("样本"))
    stage.station.searches.note(Question("户口"), 1)
    _window, screen = open_search(stage)
    type_in(stage, screen, "消防", 3)
    stage.press(Qt.Key.Key_D, CONTROL)
    dialog = screen.findChild(SaveDialog)
    assert dialog is not None and dialog.line.text() == "消防"
    stage.until(dialog.line.hasFocus)
    dialog.line.setText("消防的")
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: not dialog.field.problem.isHidden())
    stage.rest()
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: not dialog.isVisible())
    kept: list[Question] = []
    stage.sitter.jobs.run("view", lambda _job: [kept.append(one.question) for one in stage.station.searches.saved()])
    stage.until(lambda: kept)
    assert kept == [Question("消防")]
    back(stage, screen)
    # Saved ones stand first; clearing takes the past ones alone.
    stage.press(Qt.Key.Key_F4)
    stage.until(screen.past.isVisible)
    lines = [screen.past.list.item(row).text().split("  ")[0] for row in range(screen.past.list.count())]
    assert lines == ["保存的查找", "消防的", "最近查找", "户口"]
    screen.past.clear_button.click()
    stage.until(lambda: screen.past.list.count() == 2)
    screen.past.list.setFocus()
    stage.press(Qt.Key.Key_Delete)
    stage.until(lambda: not screen.past._nothing.isHidden())


def test_the_list_is_carried_out_and_journaled(stage: Stage, tmp_path: Path) -> None:
    fill(stage)
    heard: list[Event] = []
    stage.sitter.listen(heard.extend)
    _window, screen = open_search(stage)
    type_in(stage, screen, "消防", 3)
    screen.export.ask_where("csv")
    dialog = screen.findChild(picker.Dialog)
    assert dialog is not None and dialog._name.text().endswith(".csv")
    target = tmp_path / "交出"
    target.mkdir()
    dialog.go(target)
    dialog.take.click()
    stage.until(lambda: stage.recorder.told)
    (written,) = target.iterdir()
    lines = written.read_text("utf-8-sig").splitlines()
    assert sum("样本消防" in line for line in lines) >= 3 and not any("户口" in line for line in lines)
    assert [event.object for event in heard if event.type == "export"] == ["report:result_list"]
    assert [event.type for event in heard].count("note_search") == 1
    assert screen.export.button.isEnabled() and screen.export.stop_button.isHidden()
