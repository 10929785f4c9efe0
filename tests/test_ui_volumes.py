"""tests/test_ui_volumes.py — a case's papers become a filed volume in the window: from the inbox, in order, checked, filed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit

from app import wording
from storage.records import Item, Kind, Retention, Subject
from storage.records.scheme import Place, PlaceKind, RelationType
from storage.records.volumes import Volume, VolumeDraft, VolumePart
from tests.test_ui_stage import Stage, stage
from ui.screens.home import HomeScreen
from ui.screens.inbox import InboxScreen
from ui.screens.people_named import NamedDialog
from ui.screens.ties import TiesDialog
from ui.screens.unmask import PurposeDialog
from ui.screens.volumes import VolumesScreen
from ui.screens.volumes_choose import ChooseVolumeDialog
from ui.screens.volumes_desk import VolumeScreen
from ui.screens.volumes_filing import FilingDialog
from ui.screens.volumes_form import VolumeDialog
from ui.screens.volumes_print import FormsDialog
from ui.widgets.form import Choice, Lines
from ui.window import Window

__all__ = ["stage"]
D = TypeVar("D", bound=QDialog)
ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


def case(**fields: object) -> VolumeDraft:
    values: dict[str, object] = {
        "title": "样本甲殴打他人案", "category": "ZY·XZ", "year": 2026, "retention": Retention.D30, "maker": "样本丙",
        "case_no": "A9900000000000000000001", "date_from": "20260301", "date_to": "20260320", "made_on": "20260401",
        "checker": "样本乙", "decided_on": "20251231",
    }  # fmt: skip
    return VolumeDraft(**(values | fields))  # type: ignore[arg-type]


def made(stage: Stage, *titles: str, pages: int = 1, **fields: object) -> Volume:
    """An open volume with papers, before the curtain is raised."""
    volumes = stage.station.volumes
    volume = volumes.open(case(**fields))
    for title in titles:
        arrival = stage.station.archive.queries.arrival(stage.receive(title, doc_date="20260310"))
        assert arrival.suggestion is not None
        volumes.file_into(arrival.id, replace(arrival.suggestion, page_count=pages), volume.id)
    return volumes.volume(volume.id)


def desk(stage: Stage, volume: Volume) -> tuple[Window, VolumeScreen]:
    window = stage.raise_curtain()
    window.go("volume", volume.id)
    screen = window.place("volume")
    assert isinstance(screen, VolumeScreen)
    stage.rest()
    return window, screen


def dialog(stage: Stage, window: Window, kind: type[D]) -> D:
    """The dialog of this kind, once it is open."""
    def there() -> list[D]:
        return [found for found in window.findChildren(kind) if found.isVisible()]

    stage.until(there)
    stage.rest()
    return there()[-1]


def wake(stage: Stage, window: Window) -> None:
    """Back to the window after a dialog: without a window manager nobody else does it."""
    window.activateWindow()
    stage.until(window.isActiveWindow)


def asked(stage: Stage, work: object) -> object:
    """What a worker finds in the archive."""
    found: list[object] = []
    stage.sitter.jobs.run("view", lambda _job: work(), done=found.append)  # type: ignore[operator]
    stage.until(lambda: found)
    return found[0]


def titles(stage: Stage, volume_id: int) -> list[str]:
    items = asked(stage, lambda: stage.station.volumes.items(volume_id))
    assert isinstance(items, list)
    return [item.title for item in items if isinstance(item, Item)]


def shown(screen: VolumeScreen) -> list[str]:
    return [screen.papers.papers.record(row).item.title for row in range(len(screen.papers.papers))]


def test_a_volume_is_made_filled_and_filed_with_the_keyboard(stage: Stage) -> None:
    for title in ("行政处罚决定书", "受案登记表"):
        stage.receive(title, doc_date="20260310")
    window = stage.raise_curtain()
    window.setFocus()
    stage.press(Qt.Key.Key_3, ALT)
    volumes = window.place("volumes")
    assert isinstance(volumes, VolumesScreen)
    stage.until(lambda: volumes.shelf.showing == "empty")
    volumes.setFocus()
    stage.rest()
    stage.press(Qt.Key.Key_N, CONTROL)
    form = dialog(stage, window, VolumeDialog)
    category, title = form.editors["category"], form.editors["title"]
    assert isinstance(category, Choice) and isinstance(title, Lines)
    category.choose("ZY·XS")
    assert form.draft().retention is Retention.PERMANENT, "the category proposes how long to keep"
    category.choose("WS")
    title.setPlainText("样本案卷")
    form.yes.click()
    screen = window.place("volume")
    assert isinstance(screen, VolumeScreen)
    stage.until(lambda: window.here == "volume" and screen.shelf.showing == "content")
    stage.rest()
    assert screen.inside.showing == "empty"

    screen.buttons["add"].click()
    inbox = window.place("inbox")
    assert isinstance(inbox, InboxScreen)
    stage.until(lambda: inbox.shelf.showing == "content")
    stage.rest()
    chosen = inbox.into.volume()
    assert chosen is not None and chosen.title == "样本案卷"
    wake(stage, window)
    inbox.form.setFocus()
    stage.press(Qt.Key.Key_F9)
    stage.until(lambda: len(stage.recorder.told) == 1)
    stage.rest()
    stage.press(Qt.Key.Key_F9)
    stage.until(lambda: inbox.shelf.showing == "empty")
    stage.rest()
    assert [key for key, _facts in stage.recorder.told] == ["volumes.filed_into"] * 2

    window.go("volume", chosen.id)
    stage.until(lambda: shown(screen) == ["行政处罚决定书", "受案登记表"])
    stage.rest()
    wake(stage, window)
    screen.setFocus()
    stage.press(Qt.Key.Key_Down, ALT)
    stage.rest()
    assert titles(stage, chosen.id) == ["受案登记表", "行政处罚决定书"]
    stage.press(Qt.Key.Key_F9)
    filing = dialog(stage, window, FilingDialog)
    assert not filing.yes.isEnabled()
    filing.links[0].click()
    form = dialog(stage, window, VolumeDialog)
    stage.until(lambda: QApplication.focusWidget() is form.editors["date_from"])
    assert form.draft().date_from == "20260310", "filled in from the papers"
    checker = form.editors["checker"]
    assert isinstance(checker, QLineEdit)
    checker.setText("样本乙")
    form.yes.click()
    filing = dialog(stage, window, FilingDialog)
    stage.until(filing.yes.isEnabled)
    filing.yes.click()
    stage.until(lambda: stage.recorder.told[-1][0] == "volumes.filed")
    stage.rest()
    assert stage.recorder.told[-1][1] == {"code": "Z900-WS·2026-D10-001"}
    assert screen._code.text() == "Z900-WS·2026-D10-001"
    assert screen.buttons["file"].isHidden() and screen._foot.isHidden(), "what is filed is only read"


def test_the_guide_stands_beside_and_puts_the_papers_in_order(stage: Stage) -> None:
    volume = made(stage, "受案登记表", "一张便条", "行政处罚决定书", "送达回执")
    _window, screen = desk(stage, volume)
    rows = [screen._guide_model.record(row) for row in range(len(screen._guide_model))]
    missing = [row.title for row in rows if not row.papers]
    assert "处罚审批表" in missing and "身份证明" in missing and "送达回执" not in missing
    assert [row.title for row in rows if row.papers] == ["行政处罚决定书", "送达回执", "受案登记表"]
    assert "未核实" in screen._guide_name.text()
    screen.buttons["arrange"].click()
    stage.until(lambda: shown(screen) == ["行政处罚决定书", "送达回执", "受案登记表", "一张便条"])
    stage.rest()
    assert titles(stage, volume.id) == shown(screen)
    assert not screen.buttons["arrange"].isEnabled()


def test_a_paper_is_dragged_to_its_place(stage: Stage) -> None:
    volume = made(stage, "甲", "乙", "丙")
    _window, screen = desk(stage, volume)
    table = screen.papers
    table.selectRow(0)
    below = table.visualRect(table.papers.index(2, 1))
    carried = QMimeData()
    event = QDropEvent(
        QPointF(below.center().x(), below.bottom() - 2), Qt.DropAction.MoveAction, carried, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    table.dropEvent(event)
    # Otherwise Qt would take the row out by itself.
    left_to_us = event.dropAction() == Qt.DropAction.IgnoreAction
    assert left_to_us
    assert shown(screen) == ["乙", "丙", "甲"]
    stage.rest()
    assert titles(stage, volume.id) == ["乙", "丙", "甲"]


def test_an_order_that_came_too_late_shows_the_true_one(stage: Stage) -> None:
    volume, other = made(stage, "甲", "乙"), made(stage)
    window, screen = desk(stage, volume)
    screen.concerns = frozenset()  # type: ignore[misc]  # as if the news had not come yet
    moved = screen.papers.items()[0]
    asked(stage, lambda: stage.station.volumes.move([moved], other.id))
    screen.papers.selectRow(0)
    screen.shift(1)
    stage.until(lambda: stage.recorder.troubles)
    stage.rest()
    assert [type(error).__name__ for error in stage.recorder.troubles] == ["OrderStale"]
    stage.recorder.troubles.clear()
    assert shown(screen) == ["乙"]
    assert window.here == "volume"


def test_papers_are_moved_to_another_open_volume(stage: Stage) -> None:
    volume, other = made(stage, "甲", "乙", "丙"), made(stage, title="样本丁盗窃案")
    window, screen = desk(stage, volume)
    screen.papers.selectAll()
    screen.buttons["move"].click()
    chooser = dialog(stage, window, ChooseVolumeDialog)
    chooser.search.setText("盗窃")
    stage.until(lambda: len(chooser._model) == 1)
    stage.rest()
    chooser.setFocus()
    stage.qtbot.keyClick(chooser, Qt.Key.Key_Return)
    stage.until(lambda: screen.inside.showing == "empty")
    stage.rest()
    assert titles(stage, other.id) == ["甲", "乙", "丙"]


def act(screen: VolumeScreen, key: str) -> None:
    """Chosen from the menu 更多."""
    (found,) = [one for one in screen._menu.actions() if one.text() == wording.say(key)]
    found.trigger()


def test_a_volume_is_put_away_and_tied_to_another(stage: Stage) -> None:
    volume, item = made(stage, "受案登记表"), stage.filed("样本参见的通知")
    code = stage.station.item(item).reference_code
    room = stage.station.scheme.keep_place(Place(PlaceKind.ROOM, "一库"))
    window, screen = desk(stage, volume)
    act(screen, "record.ties")
    ties = dialog(stage, window, TiesDialog)
    stage.rest()
    ties.place.choose(room)
    ties.box.setText("7")
    ties.put_button.click()
    stage.rest()
    ties.type.choose(RelationType.SEE_ALSO)
    ties.code.setText("没有这个")
    ties.tie_button.click()
    stage.until(lambda: not ties._code_field.problem.isHidden())
    ties.code.setText(code.lower().replace("·", "．"))
    ties.tie_button.click()
    stage.rest()
    subject = Subject(Kind.VOLUME, volume.id)
    assert asked(stage, lambda: stage.station.scheme.place_of(subject)) == (room, "7")
    (tie,) = asked(stage, lambda: stage.station.scheme.relations(subject))
    assert (tie.type, tie.other) == (RelationType.SEE_ALSO, Subject(Kind.ITEM, item))
    ties.accept()


def test_an_empty_volume_is_withdrawn_and_a_full_one_joined_to_another(stage: Stage) -> None:
    empty, full, other = made(stage), made(stage, "受案登记表"), made(stage, "询问笔录")
    window, screen = desk(stage, empty)
    act(screen, "volumes.withdraw")
    stage.until(lambda: stage.recorder.told)
    assert stage.recorder.told == [("volumes.withdrawn", {})]
    volumes = window.place("volumes")
    stage.until(volumes.isVisible)
    assert asked(stage, lambda: stage.station.volumes.by_id([empty.id])) == {}
    window.go("volume", full.id)
    stage.until(lambda: screen.shelf.showing == "content" and screen._seen is not None)
    assert wording.say("volumes.withdraw") not in [one.text() for one in screen._menu.actions()]
    act(screen, "volumes.join")
    chooser = dialog(stage, window, ChooseVolumeDialog)
    stage.until(lambda: chooser.yes.isEnabled() and len(chooser._model) == 1)
    chooser.yes.click()
    stage.until(lambda: screen._seen is not None and screen._seen.volume.id == other.id)
    stage.rest()
    assert titles(stage, other.id) == ["询问笔录", "受案登记表"] == shown(screen)


def test_a_volume_is_shown_in_full_for_a_purpose_and_says_whom_it_names(stage: Stage) -> None:
    volume = made(stage, "样本人100 1234 5678的笔录", title="样本人100 1234 5678案")
    window, screen = desk(stage, volume)
    hidden = "样本人100 ****"
    assert screen._heading.text().startswith(hidden) and screen.papers.papers.record(0).title.startswith(hidden)
    screen.unmasking.ask()
    dialog(stage, window, PurposeDialog).yes.click()
    stage.until(lambda: "5678案" in screen._heading.text() and screen.unmasking.cover_button.isVisible())
    assert screen._heading.text() == "样本人100 1234 5678案"
    assert screen.papers.papers.record(0).title == "样本人100 1234 5678的笔录"
    looks = asked(stage, lambda: stage.station.archive.queries.disclosures(Subject(Kind.VOLUME, volume.id)))
    assert isinstance(looks, list) and [look.act.value for look in looks] == ["open", "view"]
    screen.unmasking.cover_button.click()
    stage.until(lambda: screen._heading.text().startswith(hidden))
    act(screen, "people.named_button")
    assert dialog(stage, window, NamedDialog)._subject == Subject(Kind.VOLUME, volume.id)


def test_a_thick_volume_is_divided_from_the_check_list(stage: Stage) -> None:
    volume = made(stage, "甲", "乙", pages=150)
    window, screen = desk(stage, volume)
    screen.file()
    filing = dialog(stage, window, FilingDialog)
    assert not filing.yes.isEnabled()
    filing.links[0].click()
    stage.until(lambda: stage.recorder.told)
    stage.rest()
    assert stage.recorder.told == [("volumes.divided", {"n": 2})]
    assert "第 1 册" in screen._heading.text()
    assert shown(screen) == ["甲"]


def test_what_is_sealed_on_filing_leaves_only_its_forms(stage: Stage) -> None:
    volume = made(stage, "行政处罚决定书", decided_on="20260318")
    window, screen = desk(stage, volume)
    screen.file()
    dialog(stage, window, FilingDialog).yes.click()
    forms = dialog(stage, window, FormsDialog)
    stage.until(lambda: forms.print_button.isEnabled())
    assert stage.recorder.told[-1][0] == "volumes.filed_sealed"
    assert window.here == "volumes"
    assert [form.report for form in forms._forms] == [
        "case_volume_cover", "volume_contents", "volume_note", "binding_check", "volume_spine",
    ]  # fmt: skip
    assert all(form.pdf.startswith(b"%PDF") for form in forms._forms)
    forms.group.button(1).click()
    stage.until(lambda: forms.print_button.isEnabled())
    stage.rest()
    forms.close()
    volumes = window.place("volumes")
    assert isinstance(volumes, VolumesScreen)
    stage.rest()
    assert volumes._model.rowCount() == 0


def test_the_forms_of_a_filed_volume_are_looked_at(stage: Stage) -> None:
    volume = made(stage, "甲", category="WS", retention=Retention.D10)
    stage.station.volumes.file(volume.id)
    window, screen = desk(stage, volume)
    screen.print()
    forms = dialog(stage, window, FormsDialog)
    stage.until(lambda: forms.print_button.isEnabled())
    assert forms.form.report == "volume_cover"
    stage.rest()
    assert forms.view.canvas.image.width() > 300
    forms.close()


def test_a_filed_volume_is_described_anew_only_with_a_reason(stage: Stage) -> None:
    volume = made(stage, "甲", category="WS", retention=Retention.D10)
    stage.station.volumes.file(volume.id)
    window, screen = desk(stage, volume)
    screen.buttons["describe"].click()
    form = dialog(stage, window, VolumeDialog)
    assert not form.editors["year"].isEnabled()
    title = form.editors["title"]
    assert isinstance(title, Lines)
    title.setPlainText("样本更名")
    form.yes.click()
    stage.until(lambda: not form._reason.problem.isHidden())
    form.reason.setText("题名有误")
    form.yes.click()
    stage.until(lambda: screen._heading.text() == "样本更名")


def test_the_list_is_filtered_and_opened(stage: Stage) -> None:
    made(stage, title="样本甲盗窃案")
    second = made(stage, title="样本乙诈骗案", closed_on="20260301")
    window = stage.raise_curtain()
    window.go("volumes")
    screen = window.place("volumes")
    assert isinstance(screen, VolumesScreen)
    stage.until(lambda: screen._model.rowCount() == 2)
    stage.rest()
    screen.search.setText("诈骗")
    stage.until(lambda: screen._model.rowCount() == 1)
    stage.until(lambda: screen._model.record(0) is not None)
    stage.rest()
    row = screen._model.record(0)
    assert row is not None and row.volume.id == second.id and row.state == "late"
    wake(stage, window)
    screen.table.setFocus()
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: window.here == "volume")
    stage.rest()
    screen.search.setText("没有这样的")
    stage.until(lambda: screen.shelf.showing == "empty")


def test_what_is_due_stands_on_the_first_screen_and_leads_there(stage: Stage) -> None:
    made(stage, title="样本甲盗窃案", closed_on=(date.today() - timedelta(days=60)).strftime("%Y%m%d"))
    window = stage.raise_curtain()
    home = window.place("home")
    assert isinstance(home, HomeScreen)
    stage.until(lambda: not home._due.isHidden())
    assert "样本甲盗窃案" in home._due._text.text()
    home._due.button.click()
    stage.until(lambda: window.here == "volume")
    screen = window.place("volume")
    assert isinstance(screen, VolumeScreen)
    stage.until(lambda: screen._heading.text() == "样本甲盗窃案")
    stage.rest()


def test_every_word_is_there_in_english_too(stage: Stage) -> None:
    volume = made(stage, "受案登记表", part=VolumePart.MAIN)
    window, screen = desk(stage, volume)
    wording.use("en")
    stage.rest()
    assert "Main" in screen._heading.text()
    assert screen.buttons["file"].text().strip() == "File volume"
    window.go("volumes")
    stage.rest()
    listed = window.place("volumes")
    assert isinstance(listed, VolumesScreen)
    assert listed._count.text() == "Volumes: 1, late: 0"
