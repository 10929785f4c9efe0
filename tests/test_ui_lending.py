"""tests/test_ui_lending.py — the lending screen: a slip is scanned, a request registered, decided, handed out and taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton

from app import wording
from app.lending import Lending
from storage.records import Agent, Kind, Role, Subject
from storage.records.lending import Loan, LoanDraft, LoanMode, LoanState
from tests.test_ui_stage import TITLES, Stage, stage
from ui import printing
from ui.screens.home import HomeScreen
from ui.screens.lending import LendingScreen
from ui.screens.lending_dialogs import CopyDialog, HandOutDialog, TakeBackDialog
from ui.screens.lending_papers import RegisterDialog
from ui.screens.record_acts import ACTS
from ui.screens.search import Place
from ui.widgets.question import NoteDialog

__all__ = ["stage"]
CLERK = Agent(21, "样本·内勤", Role.CLERK)
DEPUTY = Agent(22, "样本·副所长", Role.ADMINISTRATOR)
ASKED = LoanDraft("样本借阅人", "样本县公安局法制大队", purpose="case", basis="样本：调卷函", mode=LoanMode.LEND)


def lending(stage: Stage, agent: Agent) -> Lending:
    return Lending(stage.station.archive, agent)


def asked(stage: Stage, *items: int, by: Agent = CLERK, **fields: Any) -> Loan:
    subjects = [Subject(Kind.ITEM, item) for item in items]
    return lending(stage, by).request(replace(ASKED, **fields), subjects, date.today())


def lent(stage: Stage, *items: int, due: date | None = None) -> Loan:
    loan = asked(stage, *items)
    lending(stage, DEPUTY).approve(loan.id)
    day = due or date.today() + timedelta(days=14)
    return lending(stage, CLERK).lend(loan.id, day, {}, min(day, date.today()))


def open_screen(stage: Stage) -> LendingScreen:
    window = stage.raise_curtain()
    window.setFocus()
    stage.press(Qt.Key.Key_5, Qt.KeyboardModifier.AltModifier)
    screen = window.place("lending")
    assert isinstance(screen, LendingScreen)
    stage.rest()
    return screen


def dialog(stage: Stage, screen: LendingScreen, kind: type[QDialog]) -> Any:
    stage.until(lambda: isinstance(QApplication.activeModalWidget(), kind))
    found = QApplication.activeModalWidget()
    stage.until(lambda: found is not None and found.isAncestorOf(QApplication.focusWidget() or screen))
    return found


def ask_archive(stage: Stage, work: Callable[[], Any]) -> Any:
    """Asked where the archive may be asked: on a worker."""
    found: list[Any] = []
    stage.sitter.jobs.run("view", lambda _job: work(), done=found.append)
    stage.until(lambda: found)
    return found[0]


def loan_of(stage: Stage, number: str) -> Loan:
    loan: Loan = ask_archive(stage, lambda: stage.station.archive.queries.loan_by_number(number))
    return loan


def test_the_box_has_the_focus_and_a_scanned_slip_takes_the_paper_back(stage: Stage) -> None:
    item = stage.filed(TITLES[0])
    loan = lent(stage, item)
    screen = open_screen(stage)
    assert screen.box.hasFocus()
    screen.box.insert(loan.number)  # as a scanner types it
    stage.press(Qt.Key.Key_Return)
    asking = dialog(stage, screen, TakeBackDialog)
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: stage.recorder.told)
    assert stage.recorder.told == [("lending.taken_back", {"number": loan.number})]
    assert not asking.isVisible()
    stage.rest()
    assert loan_of(stage, loan.number).state is LoanState.RETURNED
    assert screen.card.row is not None and screen.card.row.state == "returned"


def test_what_is_not_found_is_said(stage: Stage) -> None:
    screen = open_screen(stage)
    screen.box.setText("JY-1999-0001")
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: stage.recorder.troubles)
    assert [type(error).__name__ for error in stage.recorder.troubles] == ["NoSuchLoan"]
    stage.recorder.troubles.clear()


def test_a_loan_is_registered_with_the_keyboard(stage: Stage) -> None:
    item = stage.filed(TITLES[0])
    code = stage.station.item(item).reference_code
    screen = open_screen(stage)
    stage.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert screen.form.box.hasFocus()
    stage.press(Qt.Key.Key_F9)
    stage.until(lambda: not screen.form.fields["person"].problem.isHidden())
    assert screen.form.problem.text() == wording.say("problem.loan_subjects")
    screen.form.box.setFocus()
    screen.form.box.insert(code.lower())
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: len(screen.form._chosen) == 1)
    assert screen.form.box.text() == "" and screen.form.problem.isHidden()
    for line, said in ((screen.form.person, "样本人"), (screen.form.unit, "样本局"), (screen.form.basis, "样本法第一条")):
        line.setFocus()
        line.insert(said)
    assert screen.form.fields["person"].problem.isHidden()
    stage.press(Qt.Key.Key_F9)
    stage.until(lambda: stage.recorder.told)
    assert stage.recorder.told[0][0] == "lending.registered"
    stage.rest()
    loan = loan_of(stage, str(stage.recorder.told[0][1]["number"]))
    assert (loan.draft.person, loan.draft.unit, loan.draft.basis) == ("样本人", "样本局", "样本法第一条")
    assert [record.reference_code for record in loan.subjects] == [code]
    # Who registered it is told that another must approve.
    assert screen.card.row is not None and screen.card.row.loan.number == loan.number
    assert screen.card._why.text() == wording.say("lending.obstacle.own_request")
    assert screen.card.first == "" and screen.card.buttons["approve"].isHidden()
    screen.next_step()
    stage.rest()
    assert loan_of(stage, loan.number).state is LoanState.REQUESTED


def test_records_are_found_by_words_and_taken_back_out_of_the_request(stage: Stage) -> None:
    for title in TITLES:
        stage.filed(title)
    screen = open_screen(stage)
    screen.begin([])
    screen.form.box.insert("样本")
    stage.until(lambda: len(screen.form._found) == 3)
    stage.press(Qt.Key.Key_Down)
    assert screen.form.results.hasFocus()
    screen.form.results.selectRow(1)
    stage.press(Qt.Key.Key_Return)
    assert len(screen.form._chosen) == 1 and screen.form.box.hasFocus()
    screen.form.remove_button.click()
    assert len(screen.form._chosen) == 0
    stage.press(Qt.Key.Key_Escape)
    assert screen.box.hasFocus()


def test_approve_hand_out_copy_renew_and_take_one_of_two_back(stage: Stage) -> None:
    loan = asked(stage, stage.filed(TITLES[0]), stage.filed(TITLES[1]))
    screen = open_screen(stage)
    assert screen.card.row is not None and screen.card.row.loan.number == loan.number
    stage.press(Qt.Key.Key_F9)
    question = dialog(stage, screen, NoteDialog)
    question.line.insertPlainText("同意")
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: screen.card.row.state == "approved")
    stage.rest()
    assert screen.card.first == "hand_out"
    screen.next_step()
    handing = dialog(stage, screen, HandOutDialog)
    assert handing.due_on == date.today() + timedelta(days=14)
    handing.due.setText("不是日子")
    handing.yes.click()
    assert handing.isVisible() and not handing.fields["due_on"].problem.isHidden()
    handing.due.setText((date.today() + timedelta(days=3)).isoformat())
    handing.yes.click()
    stage.until(lambda: screen.card.row.state == "out")
    stage.rest()
    screen.step("copy")
    copying = dialog(stage, screen, CopyDialog)
    copying.pages.setValue(6)
    copying.yes.click()
    stage.until(lambda: screen.card.row.loan.copied_pages == 6)
    stage.rest()
    screen.step("renew")
    stage.until(lambda: screen.card.row.loan.renewals == 1)
    stage.rest()
    assert screen.card.buttons["renew"].isHidden()
    screen.step("take_back")
    back = dialog(stage, screen, TakeBackDialog)
    ticks = [tick for _subject, tick, _condition in back._papers._lines]
    for tick in ticks:
        tick.setChecked(False)
    back.yes.click()
    assert back.isVisible() and not back.problem.isHidden()
    ticks[0].setChecked(True)
    back.yes.click()
    stage.until(lambda: any(record.returned_at for record in screen.card.row.loan.subjects))
    stage.rest()
    kept = loan_of(stage, loan.number)
    assert kept.state is LoanState.OUT and kept.opinion == "同意"
    assert [record.condition_out for record in kept.subjects] == ["完好", "完好"]
    assert [bool(record.returned_at) for record in kept.subjects] == [True, False]


def test_a_refusal_needs_a_reason_and_a_finished_use_its_effect(stage: Stage) -> None:
    refused, viewed = asked(stage, stage.filed(TITLES[0])), asked(stage, stage.filed(TITLES[1]), mode=LoanMode.VIEW)
    lending(stage, DEPUTY).approve(viewed.id)
    screen = open_screen(stage)
    screen.open(refused.id)
    stage.rest()
    screen.step("refuse")
    question = dialog(stage, screen, NoteDialog)
    question.yes.click()
    assert question.isVisible() and not question.field.problem.isHidden()
    question.line.setPlainText("样本理由")
    question.yes.click()
    stage.until(lambda: screen.card.row is not None and screen.card.row.state == "refused")
    screen.open(viewed.id)
    stage.until(lambda: screen.card.row is not None and screen.card.row.loan.number == viewed.number)
    assert screen.card.first == "finish" and screen.card.buttons["hand_out"].isHidden()
    screen.next_step()
    stage.until(lambda: screen.card.row is not None and screen.card.row.state == "finished")
    screen.next_step()
    effect = dialog(stage, screen, NoteDialog)
    effect.line.setPlainText("样本效果")
    effect.yes.click()
    stage.until(lambda: screen.card.row is not None and screen.card.row.loan.effect == "样本效果")
    stage.rest()
    assert loan_of(stage, refused.number).refusal == "样本理由"


def test_a_record_on_screen_is_borrowed_from_there(stage: Stage) -> None:
    item = stage.filed(TITLES[0])
    window = stage.raise_curtain()
    window.go("record", Place(item, "", 1))
    stage.rest()
    act = next(act for act in ACTS if act.key == "lending.borrow")
    shown = ask_archive(stage, lambda: stage.station.item(item))
    assert act.offered(stage.station, shown)
    act.work(window.place("record"), shown)  # type: ignore[arg-type]
    screen = window.place("lending")
    assert isinstance(screen, LendingScreen)
    stage.until(lambda: len(screen.form._chosen) == 1)
    assert screen.form._chosen.record(0).subject == Subject(Kind.ITEM, item)
    assert screen.form.person.hasFocus()


def test_lists_count_and_the_home_screen_says_what_is_overdue(stage: Stage) -> None:
    late = lent(stage, stage.filed(TITLES[0]), due=date(2020, 1, 1))
    waiting = asked(stage, stage.filed(TITLES[1]))
    window = stage.raise_curtain()
    home = window.place("home")
    assert isinstance(home, HomeScreen)
    stage.until(home._overdue.isVisible)
    assert home._overdue.number.text() == "1"
    home._overdue.look_button.click()
    screen = window.place("lending")
    assert isinstance(screen, LendingScreen)
    stage.until(lambda: screen.card.row is not None and screen.card.row.loan.number == late.number)
    stage.rest()
    assert [tab.text() for tab in screen._tabs.values()] == ["待批 1", "待交出", "在借 1", "超期 1", "已还、办结"]
    assert screen.card.row is not None and screen.card.row.state == "overdue"
    screen._tabs["requested"].click()
    stage.until(lambda: screen.card.row is not None and screen.card.row.loan.number == waiting.number)
    screen.step("cancel")
    stage.until(lambda: screen.card.row is not None and screen.card.row.state == "cancelled")
    stage.rest()
    screen._tabs["requested"].click()
    stage.until(lambda: screen.card.shelf.showing == "empty")
    assert screen.shelf.showing == "empty"


def test_what_was_sealed_while_it_was_out_shows_one_word(stage: Stage) -> None:
    item = stage.filed(TITLES[0])
    code = stage.station.item(item).reference_code
    loan = lent(stage, item)
    with stage.station.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET sealed = 1 WHERE id = ?", (item,))
    screen = open_screen(stage)
    screen.box.setText(loan.number)
    stage.press(Qt.Key.Key_Return)
    asking = dialog(stage, screen, TakeBackDialog)
    shown = " ".join(label.text() for label in screen.findChildren(QLabel)) + asking._papers._lines[0][1].text()
    assert "已封存" in shown and loan.number in shown
    assert TITLES[0] not in shown and code not in shown
    asking.reject()


def test_the_slip_and_the_registers_are_journaled_before_they_are_printed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    loan = lent(stage, stage.filed(TITLES[0]))
    printed: list[int] = []
    monkeypatch.setattr(printing, "ask", lambda _parent, _title, then, *, landscape=False: then(QPrinter()))
    monkeypatch.setattr(printing, "hand_over", lambda _printer, pages, _messages: printed.append(len(pages)))
    screen = open_screen(stage)
    screen.open(loan.id)
    stage.rest()
    stage.press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    stage.until(lambda: printed == [1])
    screen.registers_button.click()
    registers = dialog(stage, screen, RegisterDialog)
    registers.first.setText("去年某日")
    registers.print_button.click()
    assert registers.isVisible() and not registers.fields["first"].problem.isHidden()
    registers.first.setText("2026年1月1日")
    registers.print_button.click()
    stage.until(lambda: printed == [1, 1])
    stage.rest()
    events = ask_archive(stage, lambda: stage.station.archive.queries.events(limit=10_000))
    assert [event.object for event in events if event.type == "print"] == [f"loan:{loan.id}", "report:loan_register"]


def test_every_word_is_there_in_english_and_nothing_is_cut(stage: Stage) -> None:
    wording.use("en")
    lent(stage, stage.filed(TITLES[0]), due=date(2020, 1, 1))
    for number in range(3):
        asked(stage, stage.filed(f"样本{number}"))
    screen = open_screen(stage)
    for which in screen._tabs:
        screen.turn(which)
        stage.rest()
        for made in screen.findChildren(QPushButton):
            if made.isVisible():
                assert made.width() >= made.sizeHint().width() - 1, made.text()
    screen.begin([])
    assert QApplication.focusWidget() is screen.form.box
    texts = [label.text() for label in screen.form.findChildren(QLabel) if label.isVisible()]
    assert "Legal basis" in texts and not any("借" in text for text in texts)
