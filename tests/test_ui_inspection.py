"""tests/test_ui_inspection.py — a person starts an inspection, reads what is wrong and what to do, and goes to the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app import wording
from storage.records import Kind, Role, Subject
from storage.records.inspection import Scope, Verdict
from tests.test_ui_stage import Stage, stage
from ui.screens.inspection import InspectionScreen
from ui.screens.record import RecordScreen
from ui.screens.search import Place
from ui.window import Window

__all__ = ["stage"]
ALT = Qt.KeyboardModifier.AltModifier
TITLE = "样本通知一则"


def open_inspection(stage: Stage) -> tuple[Window, InspectionScreen]:
    window = stage.raise_curtain()
    window.setFocus()
    stage.press(Qt.Key.Key_8, ALT)
    screen = window.place("inspection")
    assert isinstance(screen, InspectionScreen)
    stage.rest()
    return window, screen


def asked(stage: Stage, read: Callable[[], Any]) -> Any:
    """Asked where the archive may be asked: on a worker."""
    found: list[Any] = []
    stage.sitter.jobs.run("view", lambda _job: read(), done=found.append)
    stage.until(lambda: found)
    return found[0]


def spoil(stage: Stage, item_id: int) -> None:
    with stage.station.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET page_count = 7, remarks = ? WHERE id = ?", ("末尾有空格 ", item_id))


def test_nothing_was_inspected_yet(stage: Stage) -> None:
    _window, screen = open_inspection(stage)
    assert screen.shelf.showing == "empty"
    assert screen.start_button.hasFocus()


def test_from_the_button_to_the_record_with_the_keyboard_alone(stage: Stage) -> None:
    item = stage.filed(TITLE)
    spoil(stage, item)
    window, screen = open_inspection(stage)
    stage.press(Qt.Key.Key_Space)
    stage.until(lambda: screen.shelf.showing == "content")
    stage.rest()
    assert stage.recorder.told[-1][0] == "inspection.done_found"
    tiles = screen.result.tiles
    assert tiles["completeness"].badge.text() == "警告"
    assert tiles["safety"].badge.text() == "通过"
    page = screen.result.findings
    checks = [page.tree.topLevelItem(number).text(0) for number in range(page.tree.topLevelItemCount())]
    assert [text.split()[0] for text in checks if text.startswith(("GD1-6", "GD2-7"))] == ["GD1-6", "GD2-7"]

    page.tree.setFocus()
    chosen = next(one for one in range(page.tree.topLevelItemCount()) if page.tree.topLevelItem(one).text(0).startswith("GD2-7"))
    page.tree.setCurrentItem(page.tree.topLevelItem(chosen).child(0))
    assert page._what.text() == "登记 7 页，原件共 1 页。"
    assert page._title.text() == TITLE
    assert page._why.text() and page._todo.text()
    stage.press(Qt.Key.Key_Return)
    stage.rest()
    record = window.place("record")
    assert isinstance(record, RecordScreen)
    assert window.here == "record"
    assert record._subject == Place(item, "", 0)


def test_a_clean_station_says_so(stage: Stage) -> None:
    _window, screen = open_inspection(stage)
    screen.start(Scope())
    stage.until(lambda: screen.shelf.showing == "content")
    stage.rest()
    assert screen.result.findings.shelf.showing == "empty"
    assert screen.result.badge.text() == "通过"
    assert stage.recorder.told[-1] == ("inspection.done_clean", {})


def test_a_run_can_be_stopped_and_leaves_nothing(stage: Stage) -> None:
    for number in range(3):
        stage.filed(f"{TITLE}{number}")
    _window, screen = open_inspection(stage)
    screen.start(Scope())
    assert not screen.cancel_button.isHidden()
    screen.cancel_button.click()
    stage.rest()
    assert ("inspection.cancelled", {}) in stage.recorder.told
    assert not screen.start_button.isHidden()
    assert len(asked(stage, stage.station.inspection.history)) in (0, 1), "stopped, or just over before it was told"


def test_one_record_is_looked_at_from_elsewhere(stage: Stage) -> None:
    item = stage.filed(TITLE)
    window, screen = open_inspection(stage)
    window.go("inspection", Subject(Kind.ITEM, item))
    stage.until(lambda: screen.shelf.showing == "content")
    stage.rest()
    (run,) = asked(stage, stage.station.inspection.history)
    assert run.scope == f"item:{item}"


def test_a_manual_check_is_answered(stage: Stage) -> None:
    _window, screen = open_inspection(stage)
    screen.start(Scope())
    stage.until(lambda: screen.shelf.showing == "content")
    stage.rest()
    screen.result.tabs.turn(1)
    entry = screen.result.manual.entries["GD4-1"]
    assert entry.badge.text() == "待人工"
    entry.note.setText("样本软件")
    entry.good.click()
    stage.until(lambda: entry.badge.text() == "通过")
    stage.rest()
    (run,) = asked(stage, stage.station.inspection.history)
    answer = asked(stage, lambda: stage.station.inspection.attestations(run.id))["GD4-1"]
    assert (answer.verdict, answer.note) == (Verdict.PASSED, "样本软件")


def test_former_runs_are_chosen_from_the_list(stage: Stage) -> None:
    item = stage.filed(TITLE)
    _window, screen = open_inspection(stage)
    screen.start(Scope())
    stage.until(lambda: len(screen._runs) == 1)
    stage.rest()
    asked(stage, lambda: spoil(stage, item))
    screen.start(Scope())
    stage.until(lambda: len(screen._runs) == 2)
    stage.rest()
    assert screen.result.findings.shelf.showing == "content"
    before = [group.check.code for group in screen._known.seen.groups]  # type: ignore[union-attr]
    screen.runs.setFocus()
    screen.runs.selectRow(1)
    stage.press(Qt.Key.Key_Return)
    stage.rest()
    after = [group.check.code for group in screen._known.seen.groups]  # type: ignore[union-attr]
    assert "GD2-7" in before
    assert "GD2-7" not in after


def test_everything_is_said_in_english_too(stage: Stage) -> None:
    spoil(stage, stage.filed(TITLE))
    _window, screen = open_inspection(stage)
    screen.start(Scope())
    stage.until(lambda: screen.shelf.showing == "content")
    stage.rest()
    wording.use("en")
    QApplication.processEvents()
    stage.rest()
    assert screen.result.badge.text() == wording.say(f"inspection_verdict.{screen._known.seen.run.result.value}")  # type: ignore[union-attr]
    page = screen.result.findings
    texts = [page.tree.topLevelItem(one).child(0).text(0) for one in range(page.tree.topLevelItemCount())]
    assert "7 pages are recorded, the originals have 1." in texts
    for label in (screen.result._line, screen.result._found):
        assert not any("\u4e00" <= one <= "\u9fff" for one in label.text().replace(stage.station.agent.name, ""))


def test_who_may_not_inspect_does_not_see_the_place(stage: Stage) -> None:
    agent = stage.station.agent
    stage.station.agent = type(agent)(agent.id, agent.name, Role.FILER)
    window = stage.raise_curtain()
    assert window._nav["inspection"].isHidden()
    stage.station.agent = agent


def test_after_filing_what_looks_alike_is_said(stage: Stage) -> None:
    stage.filed(TITLE, document_no="样公〔2026〕1号")
    stage.receive("另一份样本", document_no="样公〔2026〕1号")
    window = stage.raise_curtain()
    window.setFocus()
    stage.press(Qt.Key.Key_2, ALT)
    stage.rest()
    stage.press(Qt.Key.Key_F9)
    stage.until(lambda: len(stage.recorder.told) == 2)
    stage.rest()
    assert [key for key, _facts in stage.recorder.told] == ["inbox.filed", "inspection.filed_found"]
    assert stage.recorder.told[-1][1] == {"n": 1, "first": "有 2 件的责任者、文号完全相同。"}
