"""tests/test_ui_privacy.py — in the window: masked until a purpose is given, and looked up only with one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QLabel, QLineEdit, QPlainTextEdit, QWidget

from app.privacy.identity import check_digit
from storage.records import PROGRAM, Kind, Line, Page, Subject
from storage.records.people import Act, EntityDraft, Part, Purpose
from storage.spool import Custody
from tests import stations
from tests.test_ui_stage import Stage, _picture, stage
from ui.models.paged import ROW_ROLE
from ui.screens.people import PeopleScreen
from ui.screens.people_entry import EntryDialog
from ui.screens.people_named import NamedDialog, open_for
from ui.screens.record import RecordScreen
from ui.screens.search import Place, SearchScreen
from ui.screens.unmask import PurposeDialog
from ui.screens.volumes_print import FormsDialog
from ui.widgets import picker
from ui.window import HIDDEN, PLACES, Window

__all__ = ["stage"]
CONTROL = Qt.KeyboardModifier.ControlModifier
FIRST = "99010119550101001"
IDENTITY = FIRST + check_digit(FIRST)
MASKED = "990***********" + IDENTITY[-4:]
PHONE = "10012345678"


def planted(stage: Stage) -> Subject:
    """A filed record with numbers in its title, remarks, file name and text."""
    text = f"姓名：样本小明\n身份证号{IDENTITY}，电话{PHONE}\n车辆苏A12345"
    archive = stage.station.archive
    sealed = archive.objects.put(text.encode())
    custody = Custody(f"{IDENTITY}.txt", f"/scan/{IDENTITY}.txt", 1, 1, sealed.sha256, "2026-01-01T00:00:00+00:00", True)
    with archive.write(PROGRAM) as change:
        arrival = change.receive("t", custody, sealed)
    lines = tuple(Line(line, 0.1, 0.1 + 0.1 * n, 0.8, 0.05) for n, line in enumerate(text.split("\n")))
    picture = archive.pictures.put(_picture("paper"))
    draft = stations.draft(title=f"样本小明{IDENTITY}户口登记", remarks=f"电话{PHONE}")
    object_id = archive.queries.arrival(arrival).object_id or 0
    with archive.write(PROGRAM) as change:
        change.read(object_id, "text", [(Page(1, 300, 420, lines, b"", "typeset", 1.0), picture.name)], draft)
    item = stage.station.file(arrival, draft)
    archive.index.catch_up()
    return Subject(Kind.ITEM, item.id)


def written(window: QWidget) -> str:
    """Every text that stands in the window and its dialogs, shown or not, lists and tables included."""
    said: list[str] = []
    for widget in QApplication.allWidgets():
        said += [widget.windowTitle(), widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, QLabel | QLineEdit):
            said.append(widget.text())
        elif isinstance(widget, QPlainTextEdit):
            said.append(widget.toPlainText())
        elif isinstance(widget, QComboBox):
            said += [widget.itemText(at) for at in range(widget.count())]
        elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
            model = widget.model()
            for row in range(model.rowCount()):
                for column in range(model.columnCount()):
                    index = model.index(row, column)
                    said += [str(model.data(index, role)) for role in (0, 3, 11, ROW_ROLE) if model.data(index, role)]
    assert window.isVisible()
    return "\n".join(said)


def open_record(stage: Stage, subject: Subject) -> tuple[Window, RecordScreen]:
    window = stage.raise_curtain()
    window.go("record", Place(subject.id, "户口", 1))
    screen = window.place("record")
    assert isinstance(screen, RecordScreen)
    stage.until(lambda: screen.shelf.showing == "content" and not screen.view.canvas.image.isNull())
    stage.rest()
    return window, screen


def unmask(stage: Stage, screen: RecordScreen, key: Qt.Key = Qt.Key.Key_1) -> None:
    screen.view.setFocus()
    stage.press(Qt.Key.Key_U, CONTROL)
    dialog = screen.findChild(PurposeDialog)
    assert dialog is not None
    stage.until(dialog.isVisible)
    stage.qtbot.keyClick(dialog, key)  # one key, and it is shown
    stage.until(lambda: screen.unmasking.cover_button.isVisible())
    stage.until(lambda: screen.shelf.showing == "content" and not screen.view.canvas.image.isNull())
    stage.rest()


def test_nothing_in_the_window_gives_a_number_away(stage: Stage) -> None:
    subject = planted(stage)
    window, screen = open_record(stage, subject)
    for place, _drawing, _maker in PLACES + HIDDEN:
        window.go(place)
        stage.rest()
        shown = written(window)
        assert IDENTITY not in shown and PHONE not in shown, place
    search = window.place("search")
    assert isinstance(search, SearchScreen)
    window.go("search", "户口")
    stage.until(lambda: search.model.record(0) is not None)
    window.go("record", Place(subject.id, "户口", 1))
    stage.until(lambda: screen.shelf.showing == "content")
    dialog = open_for(screen, subject, "")
    stage.rest()
    shown = written(window)
    assert IDENTITY not in shown and PHONE not in shown
    assert MASKED in screen._title.text() and MASKED in shown and "100****5678" in screen._values["remarks"].text()
    dialog.take()
    entry = screen.findChild(EntryDialog)
    assert entry is not None
    stage.rest()
    assert entry.lines["id_number"].text() == MASKED
    assert IDENTITY not in written(window)
    assert entry.draft().id_number == IDENTITY, "what was left alone is kept as it is"
    entry.reject()
    dialog.reject()


def test_a_purpose_shows_it_in_full_and_it_can_be_covered_again(stage: Stage, tmp_path: Path) -> None:
    subject = planted(stage)
    _window, screen = open_record(stage, subject)
    covered = screen.view.canvas.image.copy()
    unmask(stage, screen)
    assert IDENTITY in screen._title.text()
    assert screen.view.canvas.image != covered, "the bars are gone from the picture"
    assert "办案" in screen.unmasking._said.text()
    screen.export()
    stage.until(lambda: screen.findChild(picker.Dialog) is not None)
    dialog = screen.findChild(picker.Dialog)
    assert dialog is not None
    target = tmp_path / "交出"
    target.mkdir()
    dialog.go(target)
    dialog.take.click()
    stage.until(lambda: stage.recorder.told)
    stage.rest()
    assert IDENTITY in next(target.iterdir()).read_text("utf-8")
    screen.unmasking.cover_button.click()
    stage.until(lambda: screen.unmasking.show_button.isVisible() and screen.shelf.showing == "content")
    stage.until(lambda: screen.view.canvas.image == covered)
    assert MASKED in screen._title.text()
    stage.station.archive.database.barred = None
    acts = [one.act for one in stage.station.archive.queries.disclosures(subject)]
    assert acts == [Act.OPEN, Act.VIEW, Act.EXPORT]


def test_when_the_time_runs_out_the_window_covers_by_itself(stage: Stage) -> None:
    subject = planted(stage)
    _window, screen = open_record(stage, subject)
    unmask(stage, screen)
    assert screen.unmasking._clock.isActive()
    screen.station.people._clock = lambda: 1e12
    screen.unmasking._tick()
    stage.until(lambda: screen.shelf.showing == "content" and screen.unmasking.show_button.isVisible())
    assert MASKED in screen._title.text() and not screen.unmasking._clock.isActive()


def test_other_purposes_and_minors_are_asked_for_a_basis_in_the_dialog(stage: Stage) -> None:
    subject = planted(stage)
    stage.station.people.name(subject, EntityDraft(name="样本小明", minor=True), Part.VICTIM)
    _window, screen = open_record(stage, subject)
    assert "样本小明" not in screen._title.text()
    screen.unmasking.ask()
    dialog = screen.findChild(PurposeDialog)
    assert dialog is not None
    stage.until(dialog.isVisible)
    stage.qtbot.keyClick(dialog, Qt.Key.Key_5)
    assert dialog.purpose is Purpose.OTHER
    stage.until(dialog.basis.hasFocus)
    dialog.yes.click()
    stage.until(lambda: not dialog._field.problem.isHidden())
    dialog._group.button(1).setChecked(True)
    dialog.yes.click()
    stage.until(lambda: "未成年人" in dialog._problem.text())
    dialog.basis.setText("样本依据 15")
    dialog.yes.click()
    stage.until(lambda: "样本小明" in screen._title.text())


def test_whom_a_text_names_is_taken_with_the_keyboard(stage: Stage) -> None:
    subject = planted(stage)
    _window, screen = open_record(stage, subject)
    dialog = open_for(screen, subject, "样本")
    stage.rest()
    assert isinstance(dialog, NamedDialog) and len(dialog._known.offered) == 2
    assert dialog.offered.hasFocus()
    stage.press(Qt.Key.Key_Return)
    entry = screen.findChild(EntryDialog)
    assert entry is not None
    entry.part.choose(Part.VICTIM)
    stage.until(entry.isVisible)
    stage.qtbot.keyClick(entry, Qt.Key.Key_Return)
    stage.until(lambda: len(dialog._known.named) == 1)
    stage.rest()
    (mention,) = dialog._known.named
    assert (mention.entity.name, mention.entity.id_number, mention.part) == ("样本小明", MASKED, Part.VICTIM)
    dialog.correct()
    stage.rest()
    second = [one for one in screen.findChildren(EntryDialog) if one.isVisible()][-1]
    second.lines["name"].setText("样本大明")
    second.yes.click()
    stage.until(lambda: dialog._known.named[0].entity.name == "样本大明")
    assert dialog._known.named[0].entity.id_number == MASKED
    dialog.remove()
    stage.until(lambda: not dialog._known.named)
    stage.rest()
    dialog.accept()


def test_doubts_are_said_and_keep_nobody_from_saving(stage: Stage) -> None:
    subject = planted(stage)
    _window, screen = open_record(stage, subject)
    dialog = open_for(screen, subject, "样本")
    stage.rest()
    dialog.add()
    entry = screen.findChild(EntryDialog)
    assert entry is not None
    entry.lines["name"].setText("样本丙")
    entry.lines["id_number"].setText(IDENTITY[:-1] + ("0" if IDENTITY[-1] != "0" else "1"))
    stage.until(lambda: not entry._made["id_number"].problem.isHidden())
    entry.yes.click()
    stage.until(lambda: len(dialog._known.named) == 1)
    dialog.add()
    again = [one for one in screen.findChildren(EntryDialog) if one.isVisible()][-1]
    again.yes.click()
    stage.until(lambda: not again._made["name"].problem.isHidden())
    again.reject()
    dialog.accept()


def test_papers_are_looked_up_by_person_with_a_purpose_and_opened(stage: Stage) -> None:
    subject = planted(stage)
    stage.station.people.name(subject, EntityDraft(name="样本大明", id_number=IDENTITY), Part.SUSPECT)
    stage.station.people.name(subject, EntityDraft(name="样本大明"), Part.WITNESS)
    window = stage.raise_curtain()
    window.go("search", "样本大明")
    window.place("search").setFocus()
    stage.rest()
    stage.press(Qt.Key.Key_F, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    screen = window.place("people")
    assert isinstance(screen, PeopleScreen) and window.here == "people"
    assert screen.box.text() == "样本大明" and screen.box.hasFocus()
    stage.press(Qt.Key.Key_Return)
    dialog = screen.findChild(PurposeDialog)
    assert dialog is not None and dialog.purpose is Purpose.CASE
    stage.until(dialog.isVisible)
    stage.qtbot.keyClick(dialog, Qt.Key.Key_5)
    stage.until(dialog.basis.hasFocus)
    stage.qtbot.keyClick(dialog, Qt.Key.Key_Return)
    stage.until(lambda: not dialog._field.problem.isHidden())
    dialog._group.button(1).setFocus()
    stage.until(dialog._group.button(1).hasFocus)
    stage.qtbot.keyClick(dialog, Qt.Key.Key_2)  # one key, and it is looked up
    stage.until(lambda: len(screen._model) == 3)
    assert IDENTITY not in written(window) and not screen.merge_button.isHidden()
    screen.merge()
    stage.until(lambda: len(screen._answer.entities) == 1)
    stage.rest()
    screen.report()
    stage.until(lambda: screen.findChild(FormsDialog) is not None and screen.findChild(FormsDialog).print_button.isEnabled())
    screen.findChild(FormsDialog).accept()
    stage.rest()
    stage.qtbot.keyClick(screen.papers, Qt.Key.Key_Return)
    stage.until(lambda: window.here == "record")
    stage.rest()
    window.go("people", "没有这个人")
    screen.look_up()
    stage.until(lambda: screen.findChild(PurposeDialog) is not None)
    again = screen.findChild(PurposeDialog)
    assert again is not None and again.purpose is Purpose.ARRANGING, "what it was for the last time is offered first"
    stage.until(again.isVisible)
    stage.qtbot.keyClick(again, Qt.Key.Key_Return)
    stage.until(lambda: "没有提到「没有这个人」" in screen.shelf._empty._text.text())
    window.go("people", "")
    screen.look_up()
    stage.until(lambda: not screen._problem.isHidden())
