"""tests/test_ui_messages.py — what the person is told: faults as sentences, bugs as bugs, questions with no as default."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app import wording
from storage.errors import DiskFull
from tests.test_ui_stage import Stage, stage
from ui.messages import Question
from ui.window import Window

__all__ = ["stage"]


def window_of(stage: Stage) -> Window:
    window = Window(stage.sitter, stage.theme, lambda: None)
    stage.qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    stage.rest()
    return window


def test_a_fault_of_the_world_is_a_sentence_with_its_number_in_either_language(stage: Stage) -> None:
    window = window_of(stage)
    window.desk.messages.trouble(DiskFull())
    banner = window.speaker.banner
    assert banner.isVisible()
    assert banner.text.text() == wording.sentence(DiskFull())
    assert banner.number.text() == "错误 111"
    assert banner.accessibleName() == banner.text.text()
    wording.use("en")
    assert banner.text.text() == wording.sentence(DiskFull()) and banner.number.text() == "Error 111"
    window.go("search")
    assert not banner.isVisible()


def test_a_bug_is_called_one_and_quotes_nothing(stage: Stage) -> None:
    window = window_of(stage)
    window.desk.messages.trouble(ValueError("样本秘密"))
    text = window.speaker.banner.text.text()
    assert "ValueError" in text and "样本秘密" not in text
    window.speaker.banner.close_button.click()
    assert not window.speaker.banner.isVisible()


def test_what_worked_is_said_and_stays_inside_the_window(stage: Stage) -> None:
    window = window_of(stage)
    window.desk.messages.tell("settings.saved")
    toast = window.speaker._toast
    assert toast.isVisible() and toast.accessibleName() == "设置已保存。"
    window.resize(1400, 900)
    stage.rest()
    assert window.rect().contains(toast.geometry())


def test_no_is_the_default_of_every_question(stage: Stage) -> None:
    window = window_of(stage)
    agreed: list[str] = []
    window.desk.messages.ask("sync.replace", lambda: agreed.append("yes"), name="样本上级")
    question = window.findChild(Question)
    assert question is not None
    stage.until(question.no.hasFocus)
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: QApplication.activeModalWidget() is None)
    assert agreed == []
    window.desk.messages.ask("sync.replace", lambda: agreed.append("yes"), name="样本上级")
    question = next(q for q in window.findChildren(Question) if q.isVisible())
    question.yes.click()
    assert agreed == ["yes"]
