"""tests/test_ui_bulk.py — changing many records: nothing by default, nothing unseen, and always a way back."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication

from app import wording
from app.description.bulk import BULK_FIELDS, Do, Edit
from storage.records import Item
from tests.test_ui_stage import Stage, stage
from ui.screens.bulk import BulkScreen, Selection
from ui.screens.bulk_past import UndoDialog
from ui.screens.search import SearchScreen

__all__ = ["stage"]


def fill(stage: Stage, count: int = 4) -> list[int]:
    made = [stage.filed(f"样本消防检查记录{number}", subjects="消防", remarks="原有") for number in range(count)]
    stage.station.archive.index.catch_up()
    return made


def open_bulk(stage: Stage, ids: list[int] | None = None) -> BulkScreen:
    window = stage.raise_curtain()
    window.go("bulk", Selection(tuple(ids)) if ids is not None else None)
    screen = window.place("bulk")
    assert isinstance(screen, BulkScreen)
    stage.rest()
    return screen


def items(stage: Stage, ids: list[int]) -> list[Item]:
    found: list[dict[int, Item]] = []
    stage.sitter.jobs.run("view", lambda _job: stage.station.archive.queries.items_by_id(ids), done=found.append)
    stage.until(lambda: found)
    return [found[0][one] for one in ids]


def test_nothing_is_changed_by_default_and_nothing_can_be_asked(stage: Stage) -> None:
    ids = fill(stage)
    screen = open_bulk(stage, ids)
    assert {edit.do for edit in screen.form.edits().values()} == {Do.KEEP}
    assert set(screen.form.edits()) == set(BULK_FIELDS)
    assert not screen.next_button.isEnabled()
    for one in screen.form.edits_of.values():
        assert one.value.isHidden()
    assert "消防" in screen.form.edits_of["subjects"]._now.text()


def test_a_change_is_seen_before_it_is_made_and_can_be_given_back(stage: Stage) -> None:
    ids = fill(stage)
    before = items(stage, ids)
    screen = open_bulk(stage, ids[:3])
    subjects = screen.form.edits_of["subjects"]
    subjects.do.choose(Do.ADD)
    subjects.value.setText("检查")  # type: ignore[union-attr]
    assert screen.next_button.isEnabled()
    screen.next_button.setFocus()
    stage.press(Qt.Key.Key_Space)
    stage.rest()
    shown = [[screen._model.index(row, column).data() for column in (0, 2, 3, 4)] for row in range(len(screen._model))]
    assert shown == [[f"样本消防检查记录{n}", "主题词", "消防", "消防；检查"] for n in range(3)]
    assert items(stage, ids) == before, "a preview changes nothing"
    assert screen.reason.hasFocus()

    screen.next()
    stage.rest()
    assert screen._reason.problem.text() == wording.say("problem.why_missing")
    screen.reason.setText("统一补充")
    screen.next()
    stage.until(lambda: stage.recorder.told)
    stage.rest()
    assert stage.recorder.told[-1] == ("bulk.done", {"n": "3"})
    assert [item.subjects for item in items(stage, ids)] == ["消防；检查"] * 3 + ["消防"]
    assert not screen.form.chosen(), "the form is back at keeping everything"

    screen.past_button.setChecked(True)
    stage.rest()
    assert len(screen._past) == 1
    screen.undo()
    stage.until(lambda: screen.findChild(UndoDialog) is not None)
    dialog = screen.findChild(UndoDialog)
    assert isinstance(dialog, UndoDialog)
    dialog.reason.setText("改错了")
    dialog.take()
    stage.until(lambda: stage.recorder.told[-1][0] == "undo.done")
    stage.rest()
    assert [item.draft for item in items(stage, ids)] == [item.draft for item in before]
    assert not screen.undo_button.isEnabled()


def test_what_is_edited_after_the_preview_takes_it_away(stage: Stage) -> None:
    screen = open_bulk(stage, fill(stage, 2))
    remarks = screen.form.edits_of["remarks"]
    remarks.do.choose(Do.CLEAR)
    screen.next()
    stage.rest()
    assert screen._preview is not None and len(screen._model) == 2
    remarks.do.choose(Do.SET)
    remarks.value.setText("别的")  # type: ignore[union-attr]
    assert screen._preview is None and len(screen._model) == 0
    assert screen.next_button.text() == wording.say("bulk.preview")


def test_a_record_changed_after_the_preview_stops_everything(stage: Stage) -> None:
    ids = fill(stage, 2)
    screen = open_bulk(stage, ids)
    screen.form.edits_of["remarks"].do.choose(Do.CLEAR)
    screen.next()
    stage.rest()
    now = items(stage, ids)[1]
    done: list[object] = []
    stage.sitter.jobs.run("write", lambda _job: stage.station.description.documents.order(
        now.id, [(one.document.id, "attachment") for one in stage.station.description.documents.of(now.id)]),
        done=done.append)
    stage.until(lambda: done)
    screen.reason.setText("理由")
    screen.next()
    stage.until(lambda: stage.recorder.troubles)
    assert [type(error).__name__ for error in stage.recorder.troubles] == ["ChangedMeanwhile"]
    stage.recorder.troubles.clear()
    assert [item.remarks for item in items(stage, ids)] == ["原有", "原有"]
    assert screen._preview is None


def test_records_with_problems_are_shown_first_and_left_out_by_name(stage: Stage) -> None:
    ids = fill(stage, 2)
    ids.append(stage.filed("样本去年的通知", year=2025, doc_date="20250101"))
    screen = open_bulk(stage, ids)
    date = screen.form.edits_of["doc_date"]
    date.do.choose(Do.SET)
    date.value.setText("2026年3月6日")  # type: ignore[union-attr]
    screen.next()
    stage.rest()
    assert screen._model.index(0, 0).data() == "样本去年的通知" and screen._model.index(0, 5).data()
    assert not screen.next_button.isEnabled()
    assert screen.without_button.hasFocus()
    screen.leave_out()
    assert screen.next_button.isEnabled() and len(screen._model) == 2
    screen.reason.setText("理由")
    screen.next()
    stage.until(lambda: stage.recorder.told)
    assert [item.doc_date for item in items(stage, ids)] == ["20260306", "20260306", "20250101"]


def test_only_the_rows_that_are_selected_go_from_search_to_bulk(stage: Stage) -> None:
    ids = fill(stage)
    window = stage.raise_curtain()
    window.go("search", "消防")
    search = window.place("search")
    assert isinstance(search, SearchScreen)
    stage.until(lambda: search.model.rowCount() == 4)
    assert search.bulk_button.text() == wording.say("search.bulk_all", n="4")
    flags = QItemSelectionModel.SelectionFlag
    search.results.selectionModel().select(search.model.index(2, 0), flags.Select)
    assert search.bulk_button.text() == wording.say("search.bulk_chosen", n="2")
    chosen = {search.model.id_at(0), search.model.id_at(2)}
    search.bulk_button.click()
    bulk = window.place("bulk")
    assert isinstance(bulk, BulkScreen) and set(bulk._ids) == chosen and chosen < set(ids)
    stage.rest()


def test_an_undo_lists_what_was_corrected_since_and_asks_to_leave_it(stage: Stage) -> None:
    ids = fill(stage, 2)
    description = stage.station.description
    bulk = description.bulk

    bulk.apply(bulk.preview(ids, {"remarks": Edit(Do.SET, "批量")}), "理由")
    item = description.raw(ids[0])

    description.correct(item.id, replace(item.draft, title="后来更正"), "理由", item.changed_seq)
    screen = open_bulk(stage)
    screen.past_button.setChecked(True)
    screen.undo()
    stage.until(lambda: QApplication.activeModalWidget() is not None)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, UndoDialog)
    assert "后来更正" in dialog.list.item(0).text() and not dialog.yes.isEnabled()
    dialog.leave.setChecked(True)
    dialog.reason.setText("改错了")
    dialog.take()
    stage.until(lambda: stage.recorder.told)
    stage.rest()
    assert [one.remarks for one in items(stage, ids)] == ["批量", "原有"]


def test_a_class_chosen_here_is_fixed_from_then_on_in_both_languages(stage: Stage) -> None:
    ids = fill(stage, 2)
    screen = open_bulk(stage)
    screen.category.setFocus()
    assert not screen.next_button.isEnabled()
    screen.choose()
    stage.rest()
    assert screen._ids == tuple(ids)
    screen.form.edits_of["manuscript"].do.choose(Do.SET)
    screen.form.edits_of["manuscript"].value.setText("正本")  # type: ignore[union-attr]
    wording.use("en")
    assert screen.next_button.text() == "Preview" and screen.form.edits()["manuscript"].value == "正本"
    screen.next()
    stage.rest()
    assert len(screen._model) == 2
