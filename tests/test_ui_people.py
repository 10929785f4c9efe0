"""tests/test_ui_people.py — the name index in the window: volume by volume, confirmed from the text, related volumes tied by hand."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app import wording
from app.privacy.identity import check_digit
from storage.records import Kind, Subject
from storage.records.people import EntityDraft, EntityKind, Part
from storage.records.scheme import RelationType
from tests.test_ui_stage import Stage, stage
from tests.test_ui_volumes import act, desk, dialog, made
from ui.screens.people import PeopleScreen
from ui.screens.people_confirm import ConfirmDialog
from ui.screens.people_entry import EntryDialog
from ui.screens.people_sharing import SharingDialog
from ui.screens.unmask import PurposeDialog
from ui.window import Window

__all__ = ["stage"]
FIRST = "99010119550101001"
IDENTITY = FIRST + check_digit(FIRST)


def planted(stage: Stage) -> tuple[int, int]:
    """Two volumes that mention one person and one car; one paper beside them only holds the name. Returns the volumes."""
    people = stage.station.people
    first = made(stage, "样本询问笔录", "样本受案登记表").id
    second = made(stage, "样本现场笔录", title="样本乙盗窃案", case_no="A9900000000000000000002").id
    made(stage, "样本无关笔录", title="样本丙赌博案", case_no="A9900000000000000000003")
    one, two = (stage.station.volumes.items(id)[0].id for id in (first, second))
    for item in (one, two):
        people.name(Subject(Kind.ITEM, item), EntityDraft(name="张样本", id_number=IDENTITY), Part.WITNESS)
    people.name(Subject(Kind.VOLUME, first), EntityDraft(EntityKind.VEHICLE, plate="苏A12345"), Part.CONCERNED)
    people.name(Subject(Kind.ITEM, two), EntityDraft(EntityKind.VEHICLE, plate="苏A12345"), Part.CONCERNED)
    stage.filed("张样本领取物品清单")
    return first, second


def looked_up(stage: Stage, window: Window, term: str, key: Qt.Key = Qt.Key.Key_1) -> PeopleScreen:
    window.go("people", term)
    screen = window.place("people")
    assert isinstance(screen, PeopleScreen)
    screen.box.returnPressed.emit()
    asked = dialog(stage, window, PurposeDialog)
    stage.qtbot.keyClick(asked, key)
    stage.rest()
    return screen


def shown(screen: PeopleScreen) -> list[list[str]]:
    """The table as it stands, without empty cells."""
    model = screen._model
    rows = [[str(model.data(model.index(row, column))) for column in range(model.columnCount())] for row in range(len(model))]
    return [[cell for cell in row if cell] for row in rows]


def test_an_answer_stands_volume_by_volume_and_what_waits_is_confirmed(stage: Stage) -> None:
    planted(stage)
    window = stage.raise_curtain()
    screen = looked_up(stage, window, "zhangyangben")
    rows = shown(screen)
    assert [len(row) for row in rows] == [1, 4, 1, 4, 1, 4], rows
    assert "样本甲殴打他人案" in rows[0][0] and "样本乙盗窃案" in rows[2][0] and rows[4] == [wording.say("people.loose")]
    assert rows[1][0] == f"张样本 990***********{IDENTITY[-4:]}" and rows[5][:2] == ["—", wording.say("people.unconfirmed")]
    stage.until(lambda: window.focusWidget() is screen.papers)
    assert screen.papers.currentIndex().row() == 1 and screen.confirm_button.isHidden()
    assert not screen.share_button.isHidden() and not screen.report_button.isHidden()
    screen.papers.selectRow(5)
    assert not screen.confirm_button.isHidden() and screen.share_button.isHidden() and screen.report_button.isHidden()
    screen.confirm_button.click()
    asked = dialog(stage, window, ConfirmDialog)
    asked.part.choose(Part.REPORTER)
    asked.yes.click()
    stage.until(lambda: screen.confirm_button.isHidden())
    assert shown(screen)[5][:2] == [f"张样本 990***********{IDENTITY[-4:]}", wording.say("entity_part.reporter")]
    assert stage.recorder.told[-1][0] == "people.confirmed" and screen.papers.currentIndex().row() == 5
    screen.papers.selectRow(0)
    stage.qtbot.keyClick(screen.papers, Qt.Key.Key_Return)
    stage.until(lambda: window.here == "volume")
    stage.rest()


def test_what_nobody_has_entered_is_entered_from_the_text(stage: Stage) -> None:
    planted(stage)
    window = stage.raise_curtain()
    screen = looked_up(stage, window, "领取物品")
    screen.kind.choose(EntityKind.PLACE)
    screen.confirm_button.click()
    entry = dialog(stage, window, EntryDialog)
    assert (entry.kind.value(), entry.lines["name"].text()) == (EntityKind.PLACE, "领取物品")
    entry.yes.click()
    stage.until(lambda: shown(screen)[1][0] == "领取物品")
    screen = looked_up(stage, window, "领取物品")
    assert shown(screen)[1][:2] == ["领取物品", wording.say("entity_part.concerned")]
    screen.kind.choose(EntityKind.VEHICLE)
    screen = looked_up(stage, window, "没有这辆车")
    assert screen.shelf.showing == "empty" and "没有这辆车" in screen.shelf._empty._text.text()


def test_volumes_that_share_are_tied_from_the_answer_and_from_the_volume(stage: Stage) -> None:
    first, second = planted(stage)
    window = stage.raise_curtain()
    screen = looked_up(stage, window, "苏A1234")
    screen.share_button.click()
    stage.qtbot.keyClick(dialog(stage, window, PurposeDialog), Qt.Key.Key_2)
    found = dialog(stage, window, SharingDialog)
    (one,) = found._found
    assert (one.volume.id, one.what, one.tied) == (second, (EntityKind.PERSON, EntityKind.VEHICLE), False)
    assert found._model.data(found._model.index(0, 2)) == "人员、车辆", "what they share, not whom"
    found.tie_button.click()
    stage.until(lambda: not found.tie_button.isEnabled() and found._found[0].tied)
    found.accept()
    stage.rest()
    window.go("volume", second)
    stage.rest()
    volume = window.place("volume")
    volume.share()  # type: ignore[attr-defined]
    stage.qtbot.keyClick(dialog(stage, window, PurposeDialog), Qt.Key.Key_2)
    again = dialog(stage, window, SharingDialog)
    assert [(each.volume.id, each.tied) for each in again._found] == [(first, True)] and not again.tie_button.isEnabled()
    stage.qtbot.keyClick(again.volumes, Qt.Key.Key_Return)
    stage.rest()
    stage.until(lambda: volume._seen.volume.id == first)  # type: ignore[attr-defined]
    stage.station.archive.database.barred = None
    (tie,) = stage.station.scheme.relations(Subject(Kind.VOLUME, first))
    assert tie.type is RelationType.SEE_ALSO


def test_a_volume_that_shares_nothing_says_so(stage: Stage) -> None:
    lonely = made(stage, "样本孤卷")
    window, screen = desk(stage, lonely)
    act(screen, "people.share")
    stage.qtbot.keyClick(dialog(stage, window, PurposeDialog), Qt.Key.Key_1)
    found = dialog(stage, window, SharingDialog)
    assert found._shelf.showing == "empty" and not found.tie_button.isEnabled() and not found.open_button.isEnabled()
