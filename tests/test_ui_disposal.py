"""tests/test_ui_disposal.py — disposal by mouse and keyboard: the list, opinions by digits, approval by another, destruction, holds."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from app import wording
from app.disposal import Disposal
from storage.records import Agent, Kind, Role, State, Subject
from storage.records.disposal import AppraisalState, Opinion
from tests.disposals import APPRAISERS, SUPERVISORS, deliver
from tests.test_ui_stage import Stage, stage
from ui.screens.disposal import DisposalScreen
from ui.screens.disposal_batch import OPINIONS
from ui.screens.disposal_dialogs import BatchQuestion, CarryOutQuestion, Question
from ui.window import Window

__all__ = ["stage"]
CLERK = Agent(2, "样本·内勤", Role.CLERK)


def old(stage: Stage, *titles: str) -> list[Subject]:
    """Records that fell due long ago, delivered; and a clerk beside the administrator."""
    subjects = [
        Subject(Kind.ITEM, stage.filed(title, doc_date="20100305", year=2010)) for title in titles
    ]
    deliver(stage.station.archive, *subjects)
    with stage.station.archive.database.transaction() as connection:
        connection.execute(
            "INSERT INTO agent (id, name, created_at) VALUES (?, ?, '2026-01-01T00:00:00.000+00:00')",
            (CLERK.id, CLERK.name),
        )
    return subjects


def batch_of(stage: Stage, subjects: list[Subject], opinion: Opinion | None = None, *, approved: bool = False) -> int:
    """A batch the clerk opened; with an opinion also submitted."""
    archive, today = stage.station.archive, date.today()
    clerk = Disposal(archive, CLERK)
    batch = clerk.open_appraisal(today, APPRAISERS, today, subjects).id
    if opinion is not None:
        clerk.appraise(batch, subjects, opinion, today, "样本")
        clerk.submit(batch, "样本报告")
    if approved:
        Disposal(archive, stage.station.agent).approve(batch)
    return batch


def shown(stage: Stage, subject: object = None) -> tuple[Window, DisposalScreen]:
    window = stage.raise_curtain()
    window.go("disposal", subject)
    stage.rest()
    screen = window.place("disposal")
    assert isinstance(screen, DisposalScreen)
    return window, screen


def dialog(screen: DisposalScreen) -> QDialog:
    (found,) = [one for one in screen.findChildren(QDialog) if one.isVisible()]
    return found


def fill(question: Question, **said: str) -> None:
    for field, value in said.items():
        editor = question._editors[field]
        getattr(editor, "setPlainText", getattr(editor, "setText", None))(value)  # type: ignore[misc]


def test_from_the_due_list_to_a_batch(stage: Stage) -> None:
    old(stage, "样本甲通知", "样本乙通知", "样本丙通知")
    stage.filed("样本新通知")
    _window, screen = shown(stage)
    assert screen._count.text() == "到期 3 件（卷）" and len(screen._due) == 3
    screen.next_step()
    question = dialog(screen)
    assert isinstance(question, BatchQuestion)
    question.agree()
    assert question.isVisible() and "鉴定小组" in question.fields["appraisers"].problem.text()
    fill(question, appraisers="样本甲，样本乙")
    assert "不少于 3 人" in question._few.text() and question._few.isVisible()
    question.agree()
    stage.rest()
    stage.until(lambda: screen.batch.batch is not None and screen._pages.currentWidget() is screen.batch)
    assert screen.batch.batch is not None and screen.batch.batch.appraisers == ("样本甲", "样本乙")
    assert not screen.batch.buttons["submit"].isEnabled()


def test_opinions_by_digits_until_every_line_has_one(stage: Stage) -> None:
    subjects = old(stage, "样本甲通知", "样本乙通知", "样本丙通知")
    batch = batch_of(stage, subjects)
    _window, screen = shown(stage, batch)
    page = screen.batch
    page.table.setFocus()
    assert page.chosen() == [subjects[0]]
    stage.press(Qt.Key.Key_1)
    stage.rest()
    stage.until(lambda: page.chosen() == [subjects[1]])
    stage.press(Qt.Key.Key_4)  # a reason is wanted
    stage.rest()
    stage.until(lambda: not page.fields["reason"].problem.isHidden())
    page.reason.setText("样本理由 4")
    page.table.setFocus()
    stage.press(Qt.Key.Key_4)
    stage.rest()
    stage.until(lambda: page.chosen() == [subjects[2]])
    page.until.setText("2001-01-01")
    stage.press(Qt.Key.Key_2)
    stage.rest()
    stage.until(lambda: not page.fields["kept_until"].problem.isHidden())
    page.table.selectAll()
    page.opinion_buttons[Opinion.PERMANENT].click()
    stage.rest()
    stage.until(lambda: page.buttons["submit"].isEnabled())
    assert [line.opinion for line in page._model._rows] == [Opinion.PERMANENT] * 3
    screen.next_step()
    question = dialog(screen)
    assert isinstance(question, Question)
    fill(question, report="样本鉴定报告")
    question.agree()
    stage.rest()
    stage.until(lambda: page.batch is not None and page.batch.state is AppraisalState.SUBMITTED)
    # Who submitted waits for somebody else, and is told for whom: here nobody else may.
    assert page.buttons["approve"].isHidden() and "没有其他人可以审批" in page._advice.text()
    assert len(OPINIONS) == len(Opinion)


def test_another_person_approves_or_sends_back(stage: Stage) -> None:
    batch = batch_of(stage, old(stage, "样本甲通知"), Opinion.DESTROY)
    _window, screen = shown(stage, batch)
    page = screen.batch
    assert not page.buttons["approve"].isHidden()
    page.buttons["refuse"].click()
    question = dialog(screen)
    assert isinstance(question, Question)
    question.agree()
    assert question.isVisible()
    fill(question, opinion="样本：请延长")
    question.agree()
    stage.rest()
    stage.until(lambda: page.batch is not None and page.batch.state is AppraisalState.OPEN)
    assert "样本：请延长" in page._advice.text() and page._state.text() == "已退回"


def test_destruction_asks_for_place_watchers_and_the_number(stage: Stage) -> None:
    subjects = old(stage, "样本甲通知", "样本乙通知")
    batch = batch_of(stage, subjects, Opinion.DESTROY, approved=True)
    stage.station.disposal.place_hold(subjects[1], "样本诉讼")
    _window, screen = shown(stage, batch)
    page = screen.batch
    assert "已冻结" in page._model.columns[-1].show(page._model.record(1))
    screen.next_step()
    stage.rest()
    stage.until(lambda: any(one.isVisible() for one in screen.findChildren(CarryOutQuestion)))
    question = dialog(screen)
    assert isinstance(question, CarryOutQuestion)
    fill(question, place="样本销毁点", method="粉碎", supervisor_one=SUPERVISORS[0], supervisor_two=SUPERVISORS[0], confirm="3")
    question.agree()
    assert question.isVisible()
    assert not question.fields["supervisor_two"].problem.isHidden() and not question.fields["confirm"].problem.isHidden()
    fill(question, supervisor_two=SUPERVISORS[1], confirm="2")
    question.agree()
    stage.rest()
    stage.until(lambda: page.batch is not None and page.batch.state is AppraisalState.DONE)
    assert ("disposal.carried_out", {"n": 1, "kept": 1}) in stage.recorder.told
    assert [page._model.columns[-1].show(page._model.record(at)) for at in range(2)] == [
        "已销毁", "没有销毁：已冻结，解除冻结后才能销毁",
    ]  # fmt: skip
    assert SUPERVISORS[1] in page._advice.text()
    screen.open("register")
    stage.rest()
    stage.until(lambda: len(screen._gone) == 1)
    assert screen._gone.record(0).title == "样本甲通知"
    stage.station.archive.database.barred = None
    states = stage.station.archive.database.reader().rows("SELECT state FROM item ORDER BY id")
    assert states == [(State.DESTROYED.value,), (State.FILED.value,)]


def test_holds_are_placed_by_code_and_lifted_with_a_reason(stage: Stage) -> None:
    (subject,) = old(stage, "样本甲通知")
    code = stage.station.item(subject.id).reference_code
    _window, screen = shown(stage, "holds")
    screen.holds.place_button.click()
    question = dialog(screen)
    assert isinstance(question, Question)
    fill(question, code=code.replace("·", "."), reason="样本诉讼")
    question.agree()
    stage.rest()
    stage.until(lambda: screen.holds.shelf.showing == "content")
    assert screen.holds._model.record(0).title == "样本甲通知"
    screen.holds.table.selectRow(0)
    screen.holds.lift_button.click()
    question = dialog(screen)
    assert isinstance(question, Question)
    fill(question, reason="样本诉讼终结")
    question.agree()
    stage.rest()
    stage.until(lambda: screen.holds.shelf.showing == "empty")


@pytest.mark.parametrize("role", [Role.FILER, Role.AUDITOR])
def test_who_may_do_nothing_here_does_not_see_the_place(stage: Stage, role: Role) -> None:
    stage.station.agent = Agent(9, "样本", role)
    window = stage.raise_curtain()
    assert window._nav["disposal"].isHidden()


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_page_says_its_names_and_fits_the_smallest_window(stage: Stage, language: str) -> None:
    subjects = old(stage, "样本甲通知", "样本乙通知", "样本丙通知")
    submitted = batch_of(stage, subjects[:1], Opinion.DESTROY)
    opened = batch_of(stage, subjects[1:2])
    stage.station.disposal.place_hold(subjects[2], "样本诉讼")
    wording.use(language)
    window, screen = shown(stage)
    for place in ("due", "holds", "register", submitted, opened):
        screen.open(place)
        stage.rest()
        stage.until(lambda place=place: screen._here == str(place) and not screen._stale)
        assert window.minimumSizeHint().width() <= 1280, place
        nameless = [
            type(widget).__name__
            for widget in screen.findChildren(QWidget)
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.focusProxy() is None
            and not (widget.accessibleName() or (isinstance(widget, QPushButton) and widget.text()))
        ]  # fmt: skip
        assert nameless == [], place
        for button in screen.findChildren(QPushButton):
            if button.isVisible():
                assert button.width() >= button.sizeHint().width(), (place, button.text())
