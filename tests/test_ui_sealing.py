"""tests/test_ui_sealing.py — the sealing screen: everything sealed with one button; a query from the letter to its result."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication, QDialog, QLabel

from app import wording
from app.sealing import Sealing
from storage.records import Agent, Category, Kind, Retention, Role, Subject
from storage.records.sealing import ConsultationRequest, ConsultationState
from tests.plays.sealing import OTHER, wanted
from tests.test_ui_stage import Stage, stage
from ui import printing
from ui.screens.lending import LendingScreen
from ui.screens.record import RecordScreen
from ui.screens.record_acts import ACTS
from ui.screens.sealing import CONSULTATIONS_PAGE, DUE, SEALED, SealingScreen
from ui.screens.sealing_dialogs import ApproveDialog, RequestDialog, UnsealDialog
from ui.screens.search import Place, SearchScreen
from ui.widgets.question import NoteDialog

__all__ = ["stage"]
CLERK = Agent(21, "样本·内勤", Role.CLERK)
TITLE = "样本某甲殴打他人案决定书"


def sealing(stage: Stage, agent: Agent) -> Sealing:
    return Sealing(stage.station.archive, agent)


def sealable(stage: Stage, title: str = TITLE, **fields: object) -> Subject:
    """A paper of a category that seals."""
    category = Category("ZY·XZ", "行政案件", "Administrative cases", Retention.D30, seals=True)
    with stage.station.archive.write(stage.station.agent) as change:
        change.change_category(category, "样本")
    return Subject(Kind.ITEM, stage.filed(title, category="ZY·XZ", retention=Retention.D30, **fields))


def asked(stage: Stage, *sought: str, approve: bool = False, by: Agent = CLERK) -> int:
    made = sealing(stage, by).request(wanted(*sought))
    if approve:
        sealing(stage, OTHER).approve(made.id, date.today() + timedelta(days=9), "同意", notified=True)
    return made.id


def open_screen(stage: Stage) -> SealingScreen:
    window = stage.raise_curtain()
    window.setFocus()
    stage.press(Qt.Key.Key_7, Qt.KeyboardModifier.AltModifier)
    screen = window.place("sealing")
    assert isinstance(screen, SealingScreen)
    stage.rest()
    return screen


def dialog(stage: Stage, kind: type[QDialog]) -> Any:
    stage.until(lambda: isinstance(QApplication.activeModalWidget(), kind))
    found = QApplication.activeModalWidget()
    stage.until(lambda: (focused := QApplication.focusWidget()) is not None and found.isAncestorOf(focused))
    return found


def ask_archive(stage: Stage, work: Callable[[], Any]) -> Any:
    """Asked where the archive may be asked: on a worker."""
    found: list[Any] = []
    stage.sitter.jobs.run("view", lambda _job: work(), done=found.append)
    stage.until(lambda: found)
    return found[0]


def shown(screen: SealingScreen) -> str:
    """Every text on the screen."""
    model = screen.look._model
    cells = [str(model.data(model.index(row, column))) for row in range(len(model)) for column in range(2)]
    return " ".join([*(label.text() for label in screen.look.findChildren(QLabel)), *cells])


def test_everything_due_is_sealed_with_one_key_and_nothing_of_it_stays_in_sight(stage: Stage) -> None:
    item = sealable(stage)
    stage.filed("样本某甲的表扬信")
    screen = open_screen(stage)
    assert screen.pages.here == DUE and len(screen._proposals) == 1
    window = screen.window()
    window.go("search", "样本某甲")  # type: ignore[attr-defined]
    search = window.place("search")  # type: ignore[attr-defined]
    assert isinstance(search, SearchScreen)
    stage.until(lambda: search.model.rowCount() == 2)
    window.go("record", Place(item.id, "", 1))  # type: ignore[attr-defined]
    record = window.place("record")  # type: ignore[attr-defined]
    assert isinstance(record, RecordScreen)
    stage.until(lambda: record.shelf.showing == "content")
    window.go("sealing", "due")  # type: ignore[attr-defined]
    stage.rest()
    screen.due_table.setFocus()
    stage.press(Qt.Key.Key_F9)
    stage.until(lambda: stage.recorder.told)
    assert stage.recorder.told == [("sealing.sealed_all", {"n": 1})]
    stage.rest()
    assert screen.due_shelf.showing == "empty" and not screen.seal_all_button.isEnabled()
    window.go("search")  # type: ignore[attr-defined]
    stage.until(lambda: search.model.rowCount() == 1)
    window.go("record")  # type: ignore[attr-defined]
    stage.until(lambda: record.shelf.showing == "trouble")
    assert record.view.canvas.image.isNull()
    window.go("sealing", "sealed")  # type: ignore[attr-defined]
    stage.rest()
    assert screen.pages.here == SEALED
    assert [(day.volumes, day.items) for day in (screen._sealed.record(0),)] == [(0, 1)]


def test_the_home_screen_says_how_many_should_be_sealed_and_leads_there(stage: Stage) -> None:
    sealable(stage)
    window = stage.raise_curtain()
    card = window.place("home")._to_seal  # type: ignore[attr-defined]
    stage.until(card.isVisible)
    assert card.number.text() == "1"
    card.look_button.click()
    stage.until(lambda: isinstance(window.place("sealing"), SealingScreen) and window.place("sealing").isVisible())
    assert window.place("sealing").pages.here == DUE  # type: ignore[attr-defined]


def test_a_record_is_sealed_from_its_own_screen(stage: Stage) -> None:
    item = sealable(stage)
    window = stage.raise_curtain()
    window.go("record", Place(item.id, "", 1))
    record = window.place("record")
    assert isinstance(record, RecordScreen)
    stage.until(lambda: record.shelf.showing == "content")
    (act,) = [act for act in ACTS if act.event == "seal"]
    assert act.offered(stage.station, record._opened.item)  # type: ignore[union-attr]
    act.work(record, record._opened.item)  # type: ignore[union-attr]
    stage.until(lambda: stage.recorder.told)
    stage.until(lambda: record.shelf.showing == "trouble")
    assert ask_archive(stage, lambda: stage.station.archive.queries.item_count()) == 0


def test_a_request_is_registered_by_keyboard_and_problems_stand_beside_their_fields(stage: Stage) -> None:
    screen = open_screen(stage)
    assert screen.pages.here == CONSULTATIONS_PAGE and screen.consultation_shelf.showing == "empty"
    screen.request_button.setFocus()
    stage.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    form = dialog(stage, RequestDialog)
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: not form.fields["unit"].problem.isHidden())
    assert form.unit.hasFocus() and form.isVisible()
    for line, said in ((form.unit, "样本县样本局"), (form.person, "样本查询员"), (form.document_no, "样协〔2026〕1号"),
                       (form.purpose, "办理样本案件"), (form.scope, "2026年以来")):  # fmt: skip
        line.setText(said)
    form.sought.setPlainText("样本某甲、990101199001011237")
    form.sought.setFocus()
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: not form.isVisible())
    stage.rest()
    (made,) = ask_archive(stage, lambda: sealing(stage, CLERK).consultations())
    assert made.request == ConsultationRequest(
        "样本县样本局", "样本查询员", "case_handling", "样协〔2026〕1号", "办理样本案件", ("样本某甲", "990101199001011237"), "2026年以来"
    )
    # One's own request is for somebody else to decide, and a number is masked.
    assert screen.card.buttons["approve"].isHidden() and screen.card.first == ""
    assert screen.card._note.isVisible()
    assert "990***********1237" in screen.card._values["sought"].text()


def test_a_request_is_approved_only_with_the_notice_of_confidentiality(stage: Stage) -> None:
    mine = asked(stage, "样本某甲")
    screen = open_screen(stage)
    assert screen.card.first == "approve"
    screen.consultation_table.setFocus()
    stage.press(Qt.Key.Key_F9)
    asking = dialog(stage, ApproveDialog)
    assert not asking.yes.isEnabled()
    asking.agree()
    assert asking.isVisible()
    asking.notified.setFocus()
    stage.press(Qt.Key.Key_Space)
    assert asking.yes.isEnabled()
    asking.yes.click()
    stage.until(lambda: stage.recorder.told)
    found = ask_archive(stage, lambda: sealing(stage, CLERK).consultation(mine))
    assert found.open and found.notified_at and found.ends_on == (date.today() + timedelta(days=15)).isoformat()
    stage.rest()
    assert screen.card.first == "look"


def test_a_refusal_needs_its_reason(stage: Stage) -> None:
    mine = asked(stage, "样本某甲")
    screen = open_screen(stage)
    screen.step("refuse")
    asking = dialog(stage, NoteDialog)
    asking.agree()
    assert not asking.field.problem.isHidden()
    asking.line.setPlainText("介绍信未盖章")
    asking.agree()
    stage.until(lambda: stage.recorder.told)
    assert ask_archive(stage, lambda: sealing(stage, CLERK).consultation(mine).state) is ConsultationState.REFUSED


def test_looking_is_done_under_the_band_and_leaves_nothing_behind(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = sealable(stage, pages=2)
    sealing(stage, CLERK).seal(item)
    mine = asked(stage, "样本某甲", approve=True)
    head = stage.station.archive.queries.head()[0]
    screen = open_screen(stage)
    screen.consultation_table.setFocus()
    stage.press(Qt.Key.Key_Return)
    look = screen.look
    assert look.isVisible() and "样协〔2026〕1号" in look._band.text()
    assert TITLE not in shown(screen)
    stage.press(Qt.Key.Key_F9)
    stage.until(lambda: len(look._model) == 1)
    look.table.setFocus()
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: look.view.shelf.showing == "content")
    assert look._title.text() == TITLE
    stage.press(Qt.Key.Key_PageDown)
    stage.until(lambda: look._page == 1 and look.view.shelf.showing == "content")
    stage.rest()
    printed: list[Any] = []
    monkeypatch.setattr(printing, "ask", lambda _parent, _title, chosen, **_other: chosen(QPrinter()))
    monkeypatch.setattr(printing, "hand_over", lambda _printer, pages, _messages: printed.append(pages))
    look.print()
    stage.until(lambda: printed)
    assert len(printed[0]) == 2
    looks = [event.detail["look"] for event in ask_archive(stage, lambda: stage.station.archive.queries.events(head))
             if event.type == "consult"]  # fmt: skip
    assert looks == ["read", "page", "page", "print"]
    stage.press(Qt.Key.Key_Escape)
    assert not look.isVisible() and TITLE not in shown(screen) and look.view.canvas.image.isNull()
    stage.rest()
    screen.step("close")
    asking = dialog(stage, NoteDialog)
    asking.line.setPlainText("已查阅")
    asking.agree()
    stage.until(lambda: stage.recorder.told)
    assert ask_archive(stage, lambda: sealing(stage, CLERK).consultation(mine).result) == "已查阅"
    stage.rest()
    assert screen.card.first == ""


def test_lifting_a_seal_is_asked_here_and_decided_by_another(stage: Stage) -> None:
    item = sealable(stage)
    sealing(stage, CLERK).seal(item)
    mine = asked(stage, "样本某甲", approve=True)
    sealing(stage, OTHER).open_item(mine, item.id)
    sealing(stage, OTHER).request_unsealing(mine, item, "样本依据", "样字1号")
    screen = open_screen(stage)
    screen.pages.turn(SEALED)
    stage.rest()
    assert screen._requests.isVisible() and screen.unseal_button.isEnabled()
    screen.unseal_button.click()
    stage.until(lambda: stage.recorder.told)
    assert stage.recorder.told == [("sealing.unsealed", {})]
    assert ask_archive(stage, lambda: stage.station.archive.queries.item(item.id).title) == TITLE
    stage.rest()
    assert screen._requests.isHidden()


def test_what_is_open_can_be_asked_to_be_unsealed(stage: Stage) -> None:
    item = sealable(stage)
    sealing(stage, CLERK).seal(item)
    asked(stage, "样本某甲", approve=True)
    screen = open_screen(stage)
    screen.step("look")
    screen.look.look_up()
    stage.until(lambda: len(screen.look._model) == 1)
    screen.look._open(0)
    stage.until(lambda: screen.look._opened is not None)
    stage.rest()
    screen.look.unseal()
    asking = dialog(stage, UnsealDialog)
    asking.agree()
    assert not asking.fields["basis"].problem.isHidden()
    asking.basis.setText("样本依据")
    asking.document_no.setText("样字1号")
    asking.agree()
    stage.until(lambda: stage.recorder.told)
    assert len(ask_archive(stage, lambda: sealing(stage, OTHER).unsealings())) == 1
    stage.rest()
    screen.look.leave()
    screen.pages.turn(SEALED)
    assert not screen.unseal_button.isEnabled()  # one's own request


def test_what_is_open_is_lent_within_its_consultation(stage: Stage) -> None:
    item = sealable(stage)
    sealing(stage, CLERK).seal(item)
    mine = asked(stage, "样本某甲", approve=True)
    screen = open_screen(stage)
    screen.step("look")
    screen.look.look_up()
    stage.until(lambda: len(screen.look._model) == 1)
    assert not screen.look.lend_button.isEnabled()  # found, and not opened yet
    screen.look._open(0)
    stage.until(lambda: screen.look._opened is not None)
    stage.rest()
    screen.look.lend_button.click()
    lending = screen.window().place("lending")  # type: ignore[attr-defined]
    assert isinstance(lending, LendingScreen)
    stage.until(lambda: len(lending.form._chosen) == 1)
    assert lending.form._chosen.record(0).title == TITLE and lending.form._within.isVisible()
    lending.form.purpose.choose("case")
    stage.press(Qt.Key.Key_F9)
    stage.until(lambda: stage.recorder.told)
    (loan,) = ask_archive(stage, lambda: stage.station.lending.loans())
    assert loan.draft.consultation_id == mine and (loan.draft.person, loan.draft.basis_no) == ("样本查询员", "样协〔2026〕1号")
    assert [(one.subject, one.title) for one in loan.subjects] == [(item, "")]
    stage.rest()
    lending.begin([])
    assert lending.form._within.isHidden() and lending.form.draft().consultation_id is None


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_nothing_is_cut_off_in_either_language(stage: Stage, language: str) -> None:
    sealable(stage)
    asked(stage, "样本某甲", approve=True)
    wording.use(language)
    try:
        screen = open_screen(stage)
        for page in (DUE, CONSULTATIONS_PAGE, SEALED):
            screen.pages.turn(page)
            stage.rest()
            for made in screen.findChildren(type(screen.seal_all_button)):
                if made.isVisible() and made.text():
                    assert made.width() >= made.sizeHint().width() - 1, made.text()
    finally:
        wording.use("zh")
