"""tests/test_ui_inbox.py — a clerk files papers with the keyboard alone."""

from __future__ import annotations

import threading

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from storage.records import Outcome
from tests.test_ui_stage import TITLES, Stage, stage
from ui.screens.inbox import InboxScreen
from ui.screens.set_aside import REASONS, SetAsideDialog

__all__ = ["stage"]
ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


def open_inbox(stage: Stage) -> InboxScreen:
    window = stage.raise_curtain()
    window.setFocus()
    stage.press(Qt.Key.Key_2, ALT)
    screen = window.place("inbox")
    assert isinstance(screen, InboxScreen)
    stage.rest()
    return screen


def title(screen: InboxScreen) -> str:
    return screen.form.title.toPlainText()


def items(stage: Stage) -> list[tuple[str, str]]:
    """Asked where the archive may be asked: on a worker."""
    found: list[list[tuple[str, str]]] = []
    stage.sitter.jobs.run(
        "view", lambda _job: [(item.reference_code, item.title) for item in stage.station.items()], done=found.append
    )
    stage.until(lambda: found)
    return found[0]


def test_every_paper_is_filed_with_the_keyboard_alone(stage: Stage) -> None:
    for name in TITLES:
        stage.receive(name, pages=2)
    screen = open_inbox(stage)
    assert title(screen) == TITLES[0]
    assert screen.form.title.hasFocus()
    stage.until(lambda: screen.view.canvas.image.width() == 300)

    stage.press(Qt.Key.Key_PageDown)
    stage.rest()
    assert screen.view._count.text() == "2 / 2"
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: title(screen) == TITLES[1])
    assert screen.form.title.hasFocus()

    # Tab through the form; the date as it is written on paper.
    stage.press(Qt.Key.Key_Tab)
    assert screen.form.date.hasFocus()
    screen.form.date.selectAll()
    screen.form.date.insert("2026年4月1日")  # as an input method does: QTest types only ASCII
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: title(screen) == TITLES[2])

    stage.press(Qt.Key.Key_F9)
    stage.until(lambda: screen.shelf.showing == "empty")
    stage.rest()
    assert [name for _code, name in items(stage)] == list(TITLES)
    assert [key for key, _facts in stage.recorder.told] == ["inbox.filed"] * 3
    assert stage.recorder.told[0][1] == {"code": "Z900-WS·2026-D10-0001"}


def test_what_was_typed_is_what_is_filed(stage: Stage) -> None:
    stage.receive(TITLES[0])
    screen = open_inbox(stage)
    screen.form.title.selectAll()
    screen.form.title.insertPlainText("改过的题名")
    screen.form.creator.setText("样本区样本所")
    stage.press(Qt.Key.Key_F9)
    stage.until(lambda: stage.recorder.told)
    assert items(stage) == [("Z900-WS·2026-D10-0001", "改过的题名")]


def test_a_problem_stands_beside_its_field_and_nothing_is_filed(stage: Stage) -> None:
    stage.receive(TITLES[0])
    screen = open_inbox(stage)
    screen.form.title.setPlainText("")
    screen.form.date.setText("昨天")
    stage.press(Qt.Key.Key_F9)
    stage.until(lambda: not screen.form.fields["title"].problem.isHidden())
    assert screen.form.fields["title"].problem.text() == "请填写题名。"
    assert "八位数字" in screen.form.fields["doc_date"].problem.text()
    assert screen.form.title.hasFocus()
    assert screen.form.title.accessibleDescription() == "请填写题名。"
    assert items(stage) == []
    # Editing takes the sentence away.
    stage.press(Qt.Key.Key_A)
    assert screen.form.fields["title"].problem.isHidden()


def test_the_reference_code_is_shown_before_it_is_given(stage: Stage) -> None:
    stage.receive(TITLES[0])
    screen = open_inbox(stage)
    stage.until(lambda: screen._code.text() == "Z900-WS·2026-D10-0001")
    screen.form.title.setPlainText("")
    stage.until(lambda: screen._code.text() == "填完后自动生成")


def test_skipping_leaves_the_paper_and_takes_the_next(stage: Stage) -> None:
    for name in TITLES:
        stage.receive(name)
    screen = open_inbox(stage)
    stage.press(Qt.Key.Key_F8)
    assert title(screen) == TITLES[1]
    stage.press(Qt.Key.Key_F8)
    stage.press(Qt.Key.Key_F8)
    assert title(screen) == TITLES[0]
    assert items(stage) == []


def test_setting_aside_asks_why_and_keeps_the_reason(stage: Stage) -> None:
    first = stage.receive(TITLES[0])
    stage.receive(TITLES[1])
    screen = open_inbox(stage)
    stage.press(Qt.Key.Key_D, CONTROL)
    dialog = screen.findChild(SetAsideDialog)
    assert dialog is not None
    stage.until(lambda: QApplication.activeModalWidget() is dialog)
    dialog._group.button(2).setFocus()
    stage.until(dialog._group.button(2).hasFocus)
    stage.press(Qt.Key.Key_Space)
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: title(screen) == TITLES[1])
    stage.rest()
    stage.station.archive.database.barred = None
    arrival = stage.station.archive.queries.arrival(first)
    assert (arrival.outcome, arrival.reason) == (Outcome.QUARANTINED, REASONS[2])


def test_a_new_paper_comes_into_the_list_without_touching_the_form(stage: Stage) -> None:
    stage.receive(TITLES[0])
    screen = open_inbox(stage)
    screen.form.remarks.setText("正在写")
    done: list[int] = []
    stage.sitter.jobs.run("write", lambda _job: stage.receive(TITLES[1]), done=done.append)
    stage.until(lambda: done and len(screen._model) == 2)
    assert screen.form.remarks.text() == "正在写"
    assert title(screen) == TITLES[0]


def test_a_paper_filed_elsewhere_gives_way_to_the_next(stage: Stage) -> None:
    first = stage.receive(TITLES[0])
    stage.receive(TITLES[1])
    screen = open_inbox(stage)

    def file_it(_job: object) -> object:
        arrival = stage.station.archive.queries.arrival(first)
        assert arrival.suggestion is not None
        return stage.station.file(first, arrival.suggestion)

    stage.sitter.jobs.run("write", file_it)
    stage.until(lambda: title(screen) == TITLES[1])


def test_the_class_proposes_how_long_to_keep(stage: Stage) -> None:
    stage.receive(TITLES[0], category="WS")
    screen = open_inbox(stage)
    others = [known for known in screen.form._known if known.default_retention is not screen.form.retention.value()]
    assert others
    screen.form.category.choose(others[0].code)
    assert screen.form.retention.value() is others[0].default_retention


def test_while_a_paper_is_being_filed_the_list_does_not_move_on_by_itself(stage: Stage) -> None:
    for name in TITLES:
        stage.receive(name)
    screen = open_inbox(stage)
    rest = [screen._model.record(row) for row in (1, 2)]
    gate = threading.Event()
    stage.sitter.jobs.run("write", lambda _job: gate.wait(20))
    stage.press(Qt.Key.Key_Return)
    screen._show((rest, screen.form._known, screen.form._years))
    assert title(screen) == TITLES[0]
    gate.set()
    stage.until(lambda: title(screen) == TITLES[1])
    assert screen.accept_button.isEnabled()
    stage.rest()
    assert len(screen._model) == 2


def test_an_event_faster_than_the_answer_passes_no_paper_over(stage: Stage) -> None:
    for name in TITLES:
        stage.receive(name)
    screen = open_inbox(stage)
    first, second, third = (screen._model.record(row) for row in range(3))
    known = (screen.form._known, screen.form._years)
    screen._show(([second, third], *known))
    assert title(screen) == TITLES[1]
    screen.leave_paper(first)
    assert title(screen) == TITLES[1]
    assert screen.form.title.hasFocus()
