"""tests/test_ui_scheme.py — the rules of the house on screen, and who is admitted to it."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.searches import WordNotTaken
from storage.records import Retention
from storage.records.scheme import PlaceKind
from tests.test_ui_stage import Stage, stage
from ui.screens.scheme import SchemeScreen

__all__ = ["stage"]


def scheme_of(stage: Stage) -> SchemeScreen:
    window = stage.raise_curtain()
    window.go("scheme", None)
    stage.rest()
    screen = window.place("scheme")
    assert isinstance(screen, SchemeScreen)
    return screen


def test_a_category_is_renamed_with_a_reason(stage: Stage) -> None:
    page = scheme_of(stage).categories
    stage.until(lambda: page.shelf.showing == "content")
    page.table.selectRow(0)
    page.name_zh.setText("文书档案")
    page.save_button.click()
    stage.rest()
    assert not page.fields["note"].problem.isHidden()
    assert page.known is not None and page.known.categories[0].name == "文书"
    page.why.setText("样本：名称与县局一致")
    page.save_button.click()
    stage.rest()
    assert page.model.record(0).name == "文书档案"
    assert ("scheme.saved", {}) in stage.recorder.told


def test_a_room_and_a_cabinet_are_furnished(stage: Stage) -> None:
    screen = scheme_of(stage)
    screen.tabs.turn(3)
    page = screen.places
    assert page.shelf.showing == "empty"
    for kind, code in ((PlaceKind.ROOM, "一库"), (PlaceKind.CABINET, "3柜")):
        page.new_button.click()
        page.kind.choose(kind)
        page.code.setText(code)
        page.save_button.click()
        stage.rest()
    assert [page.known.paths[place.id] for place in page.lines(page.known)] == ["一库", "一库 / 3柜"]  # type: ignore[union-attr, arg-type]


def test_a_rule_of_the_stations_own_stands_before_the_suggested(stage: Stage) -> None:
    screen = scheme_of(stage)
    page = screen.rules
    page.new_button.click()
    page.category.choose("ZY·XZ")
    page.retention.choose(Retention.PERMANENT)
    page.basis.setText("样本：本局规定")
    page.save_button.click()
    stage.rest()
    own = [rule for rule in page.lines(page.known) if rule.id]  # type: ignore[arg-type]
    assert [(rule.category, rule.retention) for rule in own] == [("ZY·XZ", Retention.PERMANENT)]


def test_the_arrow_keys_turn_the_pages(stage: Stage) -> None:
    screen = scheme_of(stage)
    screen.tabs.focusProxy().setFocus()
    stage.press(Qt.Key.Key_Right)
    assert screen.tabs.here == 1
    stage.press(Qt.Key.Key_Left)
    assert screen.tabs.here == 0


def test_words_of_the_station_are_added_several_at_once_and_removed(stage: Stage) -> None:
    screen = scheme_of(stage)
    screen.tabs.turn(4)
    page = screen.words
    assert page.shelf.showing == "empty" and page.save_button.isVisible() and not page.end_button.isVisible()
    page.word.setText("样本镇、样本村 样本花园")
    page.save_button.click()
    stage.rest()
    assert {page.model.record(number).word for number in range(len(page.model))} == {"样本镇", "样本村", "样本花园"}
    assert page.word.text() == "" and page.save_button.isVisible()
    page.word.setText("样本镇")
    page.word.setFocus()
    stage.press(Qt.Key.Key_Return)
    stage.rest()
    assert len(page.model) == 3 and isinstance(stage.recorder.troubles.pop(), WordNotTaken)
    page.table.selectRow(1)
    gone = page.word.text()
    assert page.word.isReadOnly() and not page.save_button.isVisible() and page.end_button.isVisible()
    page.end_button.click()
    stage.rest()
    assert len(page.model) == 2 and gone not in {page.model.record(number).word for number in range(2)}
