"""tests/test_ui_audit.py — the audit screen: asked by keyboard, answered off the GUI thread, one event for a question."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QWidget

from app import wording
from app.audit import MOST, chain
from app.audit.chain import groups
from app.reports import preview
from storage import journal
from storage.records import PROGRAM, Agent, Event, Role
from storage.records.journal import Look
from tests.test_ui_stage import Stage, stage
from ui.screens.audit import AuditScreen
from ui.screens.audit_chain import CompareDialog
from ui.screens.home import HomeScreen
from ui.screens.volumes_print import FormsDialog
from ui.widgets import picker

__all__ = ["stage"]
CLERK = Agent(2, "样本·内勤", Role.CLERK)
ALT = Qt.KeyboardModifier.AltModifier


def lived(stage: Stage) -> None:
    """A short life, with something refused, failed and seen in full."""
    stage.filed("关于样本社区消防检查的通知")
    archive = stage.station.archive
    with archive.database.transaction() as connection:
        connection.execute("INSERT INTO agent (name, created_at) VALUES (?, '2026-01-01')", (CLERK.name,))
    with archive.write(CLERK) as change:
        change.refuse("destroy")
        change.refuse("grant")
    with archive.write(PROGRAM) as change:
        change.fail_unlock(2, 1, "passphrase")


def opened(stage: Stage) -> AuditScreen:
    window = stage.raise_curtain()
    window.setFocus()
    stage.press(Qt.Key.Key_A, ALT)
    screen = window.place("audit")
    assert isinstance(screen, AuditScreen) and window.here == "audit"
    settled(stage, screen)
    return screen


def settled(stage: Stage, screen: AuditScreen) -> None:
    stage.until(lambda: not screen._first.isActive() and screen._asked is None and screen.shelf.showing != "busy")
    stage.rest()
    if screen.shelf.showing == "content":
        stage.until(lambda: screen.model.record(0) is not None)
        stage.rest()


def looks(stage: Stage) -> list[Event]:
    stage.station.archive.database.barred = None
    return [event for event in stage.station.archive.queries.events(limit=10**6) if event.type == "audit"]


def shown(screen: AuditScreen) -> list[list[str]]:
    model = screen.model
    return [[str(model.data(model.index(row, column))) for column in range(model.columnCount())] for row in range(model.rowCount())]


def test_the_keyboard_opens_it_and_lines_are_read_one_by_one(stage: Stage) -> None:
    lived(stage)
    screen = opened(stage)
    assert screen.lines.hasFocus() and screen.card.line is not None
    first = screen.card.line
    stage.press(Qt.Key.Key_Down)
    stage.until(lambda: screen.card.line is not None and screen.card.line is not first)
    assert screen.card.line is screen.model.record(1)
    assert [row[4] for row in shown(screen)].count(wording.say("audit.outcome.refused")) == 2
    assert len(looks(stage)) == 1


def test_every_choice_asks_once_and_what_is_committed_asks_nothing(stage: Stage) -> None:
    lived(stage)
    screen = opened(stage)
    screen.filters.outcome.choose("refused")
    screen.filters.outcome.activated.emit(2)
    settled(stage, screen)
    assert len(shown(screen)) == 2 and all("样本·内勤" in row for row in shown(screen))
    screen.station.jobs.run("write", lambda _job: stage.filed("样本会议记录"))
    stage.until(screen._new.isVisible)
    stage.rest()
    assert len(shown(screen)) == 2
    screen.filters.clear_button.click()
    settled(stage, screen)
    assert not screen._new.isVisible() and len(shown(screen)) > 5
    asked = looks(stage)
    assert [event.detail.get("outcome_asked") for event in asked] == [None, "refused", None]


def test_a_line_leads_to_its_record_its_person_its_day_and_its_session(stage: Stage) -> None:
    lived(stage)
    screen = opened(stage)
    row = next(row for row, cells in enumerate(shown(screen)) if cells[2].startswith(wording.say("event.file")))
    screen.lines.selectRow(row)
    line = screen.card.line
    assert line is not None and line.code and not screen.card.buttons["record"].isHidden()
    screen.card.buttons["record"].click()
    settled(stage, screen)
    assert screen.filters.code.text() == line.code
    assert {cells[2].split("：")[0] for cells in shown(screen)} == {wording.say(f"event.{type}") for type in ("receive", "read", "file")}
    screen.filters.follow_person(CLERK.id)
    settled(stage, screen)
    assert {cells[1] for cells in shown(screen)} == {CLERK.name}
    screen.filters.follow_day(date.today())
    settled(stage, screen)
    assert not screen.filters.first_day.isHidden() and len(shown(screen)) > 5
    screen.filters.follow_session(line.event.session)
    settled(stage, screen)
    assert not screen.filters.only.isHidden() and line.event.session in screen.filters.only.text()
    screen.filters.only.click()
    settled(stage, screen)
    assert screen.filters.only.isHidden()
    assert [event.detail["look"] for event in looks(stage)] == [
        Look.LIST, Look.RECORD, Look.PERSON, Look.LIST, Look.SESSION, Look.LIST,
    ]  # fmt: skip


def test_a_code_nobody_has_is_told_under_its_field(stage: Stage) -> None:
    lived(stage)
    screen = opened(stage)
    screen.filters.code.setFocus()
    stage.qtbot.keyClicks(screen.filters.code, "Z900-NONE")
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: not screen.filters.code_field.problem.isHidden())
    assert screen.shelf.showing == "empty" and screen.filters.code.hasFocus()
    stage.rest()
    assert len(looks(stage)) == 1


def test_a_hundred_thousand_lines_are_fetched_only_where_somebody_looks(stage: Stage) -> None:
    archive = stage.station.archive
    with archive.database.transaction() as connection:
        head = journal.head(connection)[0]
        connection.execute(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000)"
            " INSERT INTO event (seq, at, monotonic_ms, agent, agent_name, role, type, object, outcome, detail, previous, hash)"
            " SELECT x + ?, '2026-01-01T00:00:00.000+00:00', 0, 2, '样本·内勤', 'clerk', 'view', 'item:1', 'success', '{}', '', x FROM n",
            (head,),
        )
    screen = opened(stage)
    screen.filters.spans.button(3).click()
    settled(stage, screen)
    assert screen.model.rowCount() == MOST and screen._count.text() == wording.say("audit.count_cut", n=f"{MOST:,}")
    screen.lines.scrollToBottom()
    stage.until(lambda: screen.model.record(MOST - 1) is not None)
    stage.rest()
    assert len(screen.model._pages) < 10


def test_the_chain_is_checked_with_progress_and_found_broken(stage: Stage) -> None:
    screen = opened(stage)
    assert screen.chain.property("state") in (None, "")
    screen.chain.check_button.click()
    stage.until(lambda: screen.chain.property("state") == "good")
    stage.rest()
    assert not screen.chain.cancel_button.isVisible() and wording.say("audit.sound") in screen.chain._said.text()
    archive = stage.station.archive
    archive.database.barred = None
    with archive.database.transaction() as connection:
        connection.execute("DROP TRIGGER event_is_ink_update")
        connection.execute("UPDATE event SET detail = '{\"x\":1}' WHERE seq = 1")
    screen.chain.check()
    stage.until(lambda: screen.chain.property("state") == "bad")
    stage.rest()
    assert "1" in screen.chain._said.text()


def test_a_check_can_be_stopped_and_then_says_nothing(stage: Stage) -> None:
    screen = opened(stage)
    screen.chain.check()
    screen.chain.cancel_button.click()
    stage.rest()
    assert screen.chain.check_button.isVisible() and ("audit.cancelled", {}) in stage.recorder.told


def test_what_is_listed_and_the_chain_are_carried_out(stage: Stage, tmp_path: Path) -> None:
    lived(stage)
    screen = opened(stage)
    target = tmp_path / "交出"
    target.mkdir()
    for format in ("csv", "chain"):
        told = len(stage.recorder.told)
        screen.export(format)
        stage.until(lambda: screen.findChild(picker.Dialog) is not None)
        dialog = screen.findChild(picker.Dialog)
        assert dialog is not None
        dialog.go(target)
        dialog.take.click()
        stage.until(lambda told=told: len(stage.recorder.told) > told)
        stage.until(lambda: screen.findChild(picker.Dialog) is None)
        stage.rest()
    (table,) = target.glob("*.csv")
    (lines,) = target.glob("*.jsonl")
    rows = list(csv.reader(table.open(encoding="utf-8-sig", newline="")))
    assert [int(row[0]) for row in rows[1:]] == list(screen._known.answer.numbers)  # type: ignore[union-attr]
    assert chain.check(lines.read_bytes().splitlines()).sound


def test_the_report_and_the_day_sheet_are_shown_and_may_be_printed(stage: Stage) -> None:
    lived(stage)
    screen = opened(stage)
    screen.report_button.click()
    dialog = forms(stage, screen)
    assert not dialog.print_button.isHidden() and not dialog.export_button.isHidden()
    dialog.accept()
    stage.until(lambda: screen.findChild(FormsDialog) is None)
    screen.sheet_button.click()
    stage.until(lambda: screen.findChild(FormsDialog) is not None)
    dialog = forms(stage, screen)
    assert preview.count(dialog._pdf) == 1
    dialog.accept()
    stage.rest()
    stage.station.archive.database.barred = None
    (sheet,) = stage.station.audit.day_sheets()
    assert sheet.day == date.today().isoformat()


def forms(stage: Stage, screen: AuditScreen) -> FormsDialog:
    found = screen.findChild(FormsDialog)
    assert found is not None
    stage.until(lambda: bool(found._pdf))
    stage.rest()
    return found


def test_a_head_from_paper_is_compared_in_a_dialog(stage: Stage) -> None:
    seq, digest = stage.station.archive.queries.head()
    screen = opened(stage)
    screen.chain.compare_button.click()
    dialog = screen.findChild(CompareDialog)
    assert dialog is not None
    stage.until(dialog.line.hasFocus)
    for typed, state in ((f"{seq} {groups(digest)[:19]}", "good"), (f"{seq} {'0' * 16}", "bad"), (f"{seq + 10**6} {digest}", "bad")):
        dialog.line.setText(typed)
        stage.press(Qt.Key.Key_Return)
        stage.until(lambda: dialog.yes.isEnabled())
        stage.rest()
        assert dialog.answer.property("state") == state and dialog.said.text()
    dialog.line.setText("12")
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: not dialog.field.problem.isHidden())
    dialog.reject()


def test_what_was_refused_stands_on_the_first_screen_until_somebody_looks(stage: Stage) -> None:
    lived(stage)
    window = stage.raise_curtain()
    home = window.place("home")
    assert isinstance(home, HomeScreen)
    stage.until(lambda: home._refusals.isVisible() and home._failed_unlocks.isVisible())
    assert (home._refusals.number.text(), home._failed_unlocks.number.text()) == ("2", "1")
    home._refusals.look_button.click()
    screen = window.place("audit")
    assert isinstance(screen, AuditScreen) and window.here == "audit"
    settled(stage, screen)
    assert len(shown(screen)) == 2 and len(looks(stage)) == 1
    stage.station.archive.database.barred = 0
    window.go("home")
    stage.until(lambda: not home._refusals.isVisible() and not home._failed_unlocks.isVisible())


def test_who_may_not_look_does_not_find_the_place(stage: Stage) -> None:
    stage.station.agent = CLERK
    window = stage.raise_curtain()
    assert not window._nav["audit"].isVisible()


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_everything_has_a_name_and_nothing_is_clipped(stage: Stage, language: str) -> None:
    lived(stage)
    wording.use(language)
    screen = opened(stage)
    for widget in screen.findChildren(QWidget):
        if isinstance(widget, QAbstractButton | QLineEdit | QComboBox) and widget.isVisible() and widget.objectName() == "":
            assert widget.accessibleName() or getattr(widget, "text", lambda: "")() or widget.parent() is None, widget
        if isinstance(widget, QAbstractButton) and widget.isVisible() and widget.text():
            assert widget.width() >= widget.sizeHint().width(), widget.text()
    assert screen.window().height() <= 720 and screen.window().width() <= 1280
    wording.use("en" if language == "zh" else "zh")
    stage.rest()
    assert screen._menu.actions()[0].text() == wording.say("audit.format.csv")
