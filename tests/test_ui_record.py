"""tests/test_ui_record.py — a record is corrected, given files, divided and renumbered where it is read; a clerk's hands suffice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog

from app import wording
from storage.records import Agent, Item, Retention, Role
from tests.stations import draft
from tests.test_ui_stage import TITLES, Stage, stage
from ui.screens import record_acts, record_divide, record_edit, record_files, record_history, record_number
from ui.screens.choose_papers import ChoosePapers
from ui.screens.inbox import InboxScreen
from ui.screens.inbox_more import DivideScan, KeepTemplate
from ui.screens.record import RARER, RecordScreen
from ui.screens.search import Place

__all__ = ["stage"]
D = TypeVar("D", bound=QDialog)
ALT = Qt.KeyboardModifier.AltModifier


def open_record(stage: Stage, item_id: int) -> RecordScreen:
    window = stage.raise_curtain()
    window.go("record", Place(item_id, "", 0))
    screen = window.place("record")
    assert isinstance(screen, RecordScreen)
    stage.until(lambda: screen._opened is not None)
    stage.rest()
    return screen


def dialog(stage: Stage, kind: type[D]) -> D:
    stage.until(lambda: isinstance(QApplication.activeModalWidget(), kind))
    stage.rest()
    found = QApplication.activeModalWidget()
    assert isinstance(found, kind)
    return found


def asked(stage: Stage, work: Callable[[], Any]) -> Any:
    """What a worker is told; the window's thread may not ask."""
    found: list[Any] = []
    stage.sitter.jobs.run("view", lambda _job: work(), done=found.append)
    stage.until(lambda: found)
    return found[0]


def raw(stage: Stage, item_id: int) -> Item:
    return asked(stage, lambda: stage.station.description.raw(item_id))  # type: ignore[no-any-return]


def test_a_correction_shows_what_changes_asks_why_and_is_in_the_history(stage: Stage) -> None:
    item_id = stage.filed(TITLES[0], remarks="一行\n两行", document_type="通知")
    screen = open_record(stage, item_id)
    screen.act_buttons["record.correct"].click()
    correct = dialog(stage, record_edit.CorrectDialog)
    assert not correct.yes.isEnabled() and correct.view.rows == []
    correct.form.title.setPlainText("更正后的题名")
    stage.until(lambda: correct.view.rows)
    assert correct.view.rows == [("title", TITLES[0], "更正后的题名")]
    correct.take()
    stage.until(lambda: not correct._reason.problem.isHidden())
    assert correct._reason.problem.text() == wording.say("problem.why_missing")
    correct.reason.setText("与原件核对")
    correct.take()
    stage.until(lambda: stage.recorder.told)
    stage.until(lambda: screen._title.text() == "更正后的题名")
    kept = raw(stage, item_id)
    assert (kept.title, kept.remarks, kept.document_type) == ("更正后的题名", "一行\n两行", "通知")

    screen.act_buttons["record.history"].click()
    history = dialog(stage, record_history.HistoryDialog)
    assert history._reason.text() == "与原件核对"
    assert history.view.rows == [("title", TITLES[0], "更正后的题名")]
    history.yes.click()
    stage.rest()


def test_a_record_changed_meanwhile_is_told_in_the_dialog_and_nothing_typed_is_lost(stage: Stage) -> None:
    item_id = stage.filed(TITLES[0])
    screen = open_record(stage, item_id)
    record_edit.open_for(screen, screen._opened.item)  # type: ignore[union-attr]
    correct = dialog(stage, record_edit.CorrectDialog)
    before = raw(stage, item_id)
    done: list[object] = []
    stage.sitter.jobs.run("write", lambda _job: stage.station.description.correct(
        item_id, replace(before.draft, creator="别人改的"), "理由", before.changed_seq), done=done.append)
    stage.until(lambda: done)
    correct.form.title.setPlainText("我的")
    correct.reason.setText("理由")
    stage.until(correct.yes.isEnabled)
    correct.take()
    stage.until(lambda: not correct._notice.isHidden())
    assert before.reference_code in correct._wrong.text() and correct.form.title.toPlainText() == "我的"
    assert raw(stage, item_id).creator == "别人改的"
    correct.reject()
    stage.rest()


def test_rarer_fields_are_shown_only_when_they_say_something(stage: Stage) -> None:
    screen = open_record(stage, stage.filed(TITLES[0], document_type="通知", attachment_count=2))
    shown = {field for field in RARER if not screen._values[field].isHidden()}
    assert shown == {"document_type", "attachment_count"}


def test_each_person_sees_the_acts_that_are_theirs(stage: Stage) -> None:
    item_id = stage.filed(TITLES[0])
    item = stage.station.item(item_id)
    acts = {act.key: act for act in (*record_acts.FIRST, *record_acts.ACTS)}
    mine = ("record.correct", "record.files", "record.history", "record.divide", "record.merge", "record.renumber")
    seen = {}
    for role in Role:
        stage.station.agent = Agent(9, "样本", role)
        seen[role] = [key for key in mine if acts[key].offered(stage.station, item)]
    assert seen == {
        Role.FILER: ["record.files", "record.history"],
        Role.CLERK: ["record.correct", "record.files", "record.history", "record.divide"],
        Role.ADMINISTRATOR: ["record.correct", "record.files", "record.history", "record.divide", "record.renumber"],
        Role.AUDITOR: ["record.files", "record.history"],
        Role.SECURITY: [],
        Role.PENDING: [],
    }
    stage.station.agent = Agent(1, stage.station.archive.queries.agents()[0].name, Role.ADMINISTRATOR)


def test_files_are_added_from_the_inbox_and_put_in_order_with_the_keyboard(stage: Stage) -> None:
    item_id = stage.filed(TITLES[0], pages=2)
    stage.receive("样本附件")
    stage.receive("别的文件")
    screen = open_record(stage, item_id)
    screen.act_buttons["record.files"].click()
    files = dialog(stage, record_files.FilesDialog)
    assert files._counts.isHidden() and not files.yes.isEnabled()
    files.add_button.click()
    papers = dialog(stage, ChoosePapers)
    assert not papers.yes.isEnabled()
    papers.list.item(0).setCheckState(Qt.CheckState.Checked)
    papers.take()
    stage.until(lambda: files.files.count() == 2)
    stage.rest()
    assert "2" in files._counted.text() and "3" in files._counted.text() and not files._counts.isHidden()
    files.files.setCurrentRow(1)
    stage.qtbot.keyClick(files.files, Qt.Key.Key_Up, ALT)
    assert files.yes.isEnabled()
    files.files.setCurrentRow(1)
    files.pages.setCurrentRow(0)
    stage.qtbot.keyClick(files.pages, Qt.Key.Key_Down, ALT)
    files.take()
    stage.until(lambda: ("files.kept", {}) in stage.recorder.told)
    stage.rest()
    kept = asked(stage, lambda: stage.station.description.documents.of(item_id))
    assert [(one.name, one.pages) for one in kept] == [("样本附件.pdf", (1,)), (f"{TITLES[0]}.pdf", (2, 1))]
    files.reject()
    stage.until(lambda: screen._opened is not None and len(screen._opened.pages) == 3)
    assert [page.number for page in screen._opened.pages] == [1, 2, 1]  # type: ignore[union-attr]


def test_a_better_scan_takes_the_place_of_a_file(stage: Stage) -> None:
    item_id = stage.filed(TITLES[0])
    stage.receive("重新扫描")
    screen = open_record(stage, item_id)
    record_files.open_for(screen, screen._opened.item)  # type: ignore[union-attr]
    files = dialog(stage, record_files.FilesDialog)
    files.replace_button.click()
    dialog(stage, ChoosePapers).take()
    stage.until(lambda: ("files.replaced", {}) in stage.recorder.told)
    stage.until(lambda: not files._former.isHidden())
    assert "1" in files._former.text()
    assert [one.name for one in asked(stage, lambda: stage.station.description.documents.of(item_id))] == ["重新扫描.pdf"]
    files.reject()
    stage.rest()


def test_pages_become_a_record_of_their_own(stage: Stage) -> None:
    item_id = stage.filed(TITLES[0], pages=3)
    screen = open_record(stage, item_id)
    record_divide.divide(screen, screen._opened.item)  # type: ignore[union-attr]
    divide = dialog(stage, record_divide.DivideDialog)
    assert not divide.yes.isEnabled()
    divide.list.item(2).setCheckState(Qt.CheckState.Checked)
    divide.take()
    stage.until(lambda: not divide.fields["title"].problem.isHidden())
    divide.heading.setPlainText("拆出的一件")
    divide.take()
    stage.until(lambda: stage.recorder.told)
    assert stage.recorder.told[-1] == ("divide.done", {"code": "Z900-WS·2026-D10-0002"})
    stage.until(lambda: screen._opened is not None and len(screen._opened.pages) == 2)


def test_renumbering_shows_the_code_to_come_and_keeps_the_old_one(stage: Stage) -> None:
    item_id = stage.filed(TITLES[0])
    screen = open_record(stage, item_id)
    record_number.open_for(screen, screen._opened.item)  # type: ignore[union-attr]
    renumber = dialog(stage, record_number.RenumberDialog)
    assert not renumber.yes.isEnabled()
    renumber.retention.choose(Retention.PERMANENT)
    stage.until(lambda: renumber.code.text() == "Z900-WS·2026-Y-0001")
    renumber.reason.setText("期限定错")
    renumber.take()
    stage.until(lambda: screen._code.text() == "Z900-WS·2026-Y-0001")
    record_history.open_for(screen, screen._opened.item)  # type: ignore[union-attr]
    history = dialog(stage, record_history.HistoryDialog)
    assert "Z900-WS·2026-D10-0001" in history._codes.text()
    history.accept()
    stage.rest()


# -- the inbox


def open_inbox(stage: Stage) -> InboxScreen:
    window = stage.raise_curtain()
    window.go("inbox")
    screen = window.place("inbox")
    assert isinstance(screen, InboxScreen)
    stage.until(lambda: screen.now is not None)
    stage.rest()
    return screen


def test_the_same_as_the_last_one_never_takes_over_what_a_paper_has_alone(stage: Stage) -> None:
    stage.filed(TITLES[0], document_no="样公〔2026〕1号", doc_date="20260101", creator="样本分局", document_type="通知",
                retention=Retention.D30)  # fmt: skip
    stage.receive(TITLES[1], pages=2)
    screen = open_inbox(stage)
    screen.form.setFocus()
    stage.press(Qt.Key.Key_F7)
    stage.until(lambda: screen.form.creator.text() == "样本分局")
    assert (screen.form.title.toPlainText(), screen.form.document_no.text()) == (TITLES[1], "")
    assert (screen.form.date.value(), screen.form.pages.value()) == ("20260305", 2)
    assert (screen.form.document_type.text(), screen.form.retention.value()) == ("通知", Retention.D30)


def test_a_template_is_kept_and_fills_the_form(stage: Stage) -> None:
    stage.receive(TITLES[0], creator="样本分局", document_type="通知")
    stage.receive(TITLES[1])
    screen = open_inbox(stage)
    screen.patterns._keep()
    keep = dialog(stage, KeepTemplate)
    keep.name.setText("样本通知")
    keep.take()
    stage.until(lambda: stage.recorder.told)
    screen._select(1)
    screen.patterns._ask_templates()
    stage.until(lambda: screen.patterns.menu.isVisible())
    action = next(one for one in screen.patterns.menu.actions() if one.text() == "样本通知")
    screen.patterns.menu.close()
    action.trigger()
    assert (screen.form.creator.text(), screen.form.document_type.text()) == ("样本分局", "通知")
    assert screen.form.title.toPlainText() == TITLES[1]


def test_several_papers_are_filed_as_one_and_one_scan_as_several(stage: Stage) -> None:
    stage.receive(TITLES[0], pages=2)
    stage.receive(TITLES[1])
    stage.receive(TITLES[2], pages=3)
    screen = open_inbox(stage)
    screen.patterns.join()
    papers = dialog(stage, ChoosePapers)
    papers.list.item(0).setCheckState(Qt.CheckState.Checked)
    papers.take()
    stage.until(lambda: screen.form.title.toPlainText() == TITLES[2])
    stage.rest()
    screen.patterns.divide()
    scan = dialog(stage, DivideScan)
    assert not scan.yes.isEnabled() and len(scan.titles) == 1
    scan.list.item(2).setCheckState(Qt.CheckState.Checked)
    scan.take()
    stage.until(lambda: not scan.fields["1"].problem.isHidden())
    scan.titles[1].setText("第二份")
    scan.take()
    stage.until(lambda: screen.shelf.showing == "empty")
    stage.rest()
    filed = asked(stage, stage.station.items)
    assert [(one.title, one.page_count) for one in filed] == [(TITLES[0], 2), (TITLES[2], 2), ("第二份", 1)]
    assert len(asked(stage, lambda: stage.station.description.documents.of(filed[0].id))) == 2


def test_a_field_nobody_edited_gives_back_what_was_put_into_it(stage: Stage) -> None:
    screen = open_inbox_with(stage)
    odd = draft(remarks="一行\n两行", category="没有了", year=1950, page_count=200_000, subjects=" 甲,乙 ")
    screen.form.show_draft(odd)
    assert screen.form.draft() == odd
    wording.use("en")
    assert screen.form.draft() == odd
    screen.form.creator.setText("改过")
    assert screen.form.draft() == replace(odd, creator="改过")


def open_inbox_with(stage: Stage) -> InboxScreen:
    stage.receive(TITLES[0])
    return open_inbox(stage)


def test_help_says_what_the_standard_wants_of_the_field_in_hand(stage: Stage) -> None:
    screen = open_inbox_with(stage)
    screen.form.setFocus()
    stage.press(Qt.Key.Key_Tab)
    assert screen.form.date.hasFocus()
    assert screen.form.help.text() == wording.say("help.doc_date")
    for field in draft().__dataclass_fields__:
        assert wording.say(f"help.{field}", "zh") and wording.say(f"help.{field}", "en")
