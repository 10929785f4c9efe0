"""tests/test_ui_interchange.py — a clerk takes a catalogue in step by step and gives one out, with the keyboard alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QWidget

from app import wording
from app.interchange import FORMATS
from storage.records import Agent, Role
from tests.stations import CHIEF, FONDS
from tests.test_ui_stage import Stage, stage  # noqa: F401 - a fixture
from ui import phrases
from ui.screens.interchange import InterchangeScreen
from ui.screens.interchange_export import GROUPS
from ui.widgets.picker import Dialog

HEADER = ["档号", "题名", "责任者", "日期", "期限", "页数", "备注"]


def catalogue(folder: Path, *rows: list[str]) -> Path:
    held = io.StringIO(newline="")
    csv.writer(held).writerows([HEADER, *rows])
    path = folder / "旧目录.csv"
    path.write_bytes(held.getvalue().encode("gb18030"))
    return path


def line(number: int, **other: str) -> list[str]:
    cells = {
        "档号": f"{FONDS.number}-WS·2019-D10-{number:04d}", "题名": f"样本旧档第{number}号", "责任者": "样本派出所",
        "日期": "2019-03", "期限": "10年", "页数": "2", "备注": "",
    }  # fmt: skip
    return list((cells | other).values())


@pytest.fixture
def screen(stage: Stage) -> Iterator[InterchangeScreen]:  # noqa: F811
    window = stage.raise_curtain()
    window.go("interchange")
    stage.rest()
    found = window.place("interchange")
    assert isinstance(found, InterchangeScreen)
    yield found


def check(stage: Stage, screen: InterchangeScreen, path: Path) -> None:  # noqa: F811
    """From the first page to the third by Enter alone."""
    page = screen.importing
    assert page.here == "choose"
    page.choose.path.setFocus()
    page.choose.path.setText(str(path))
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: page.here == "columns")
    stage.rest()
    assert QApplication.focusWidget() is page.columns.check
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: page.here == "problems")
    stage.rest()


def test_a_clean_catalogue_comes_in_with_four_keys(stage: Stage, screen: InterchangeScreen, tmp_path: Path) -> None:  # noqa: F811
    check(stage, screen, catalogue(tmp_path, line(1), line(2)))
    page = screen.importing
    assert page.problems.take.isEnabled() and "2" in page.problems.take.text()
    assert QApplication.focusWidget() is page.problems.take
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: page.here == "done")
    stage.rest()
    assert len(page.choose._runs) == 1
    stage.station.archive.database.barred = None
    assert stage.station.item_by_code(f"{FONDS.number}-WS·2019-D10-0002").title == "样本旧档第2号"
    stage.station.archive.index.catch_up()
    assert stage.station.search(f"{FONDS.number}-WS·2019-D10").total == 2
    window = screen.window()
    page.done.show_records.click()
    stage.rest()
    assert window.here == "search"  # type: ignore[attr-defined]


def test_words_are_decided_where_the_problems_stand(stage: Stage, screen: InterchangeScreen, tmp_path: Path) -> None:  # noqa: F811
    check(stage, screen, catalogue(tmp_path, line(1), line(2, 期限="长期", 档号=f"{FONDS.number}-WS·2019-D30-0001")))
    page = screen.importing.problems
    assert list(page.words) == [("retention", "长期")] and page.words["retention", "长期"].isVisible()
    assert QApplication.focusWidget() is page.words["retention", "长期"]
    page.words["retention", "长期"].choose("D30")
    page.check.click()
    stage.rest()
    assert not page.words and page._trial is not None and page._trial.clean


def test_the_good_rows_alone_come_in_after_a_question(stage: Stage, screen: InterchangeScreen, tmp_path: Path) -> None:  # noqa: F811
    check(stage, screen, catalogue(tmp_path, line(1), line(2, 题名="", 备注="=cmd"), line(4)))
    page = screen.importing
    shown = [page.problems._model.record(number) for number in range(len(page.problems._model))]
    assert [(found.row, found.column, found.blocking) for found in shown] == [(0, "", False), (3, "题名", True)]
    page.problems.filter.choose(True)
    assert len(page.problems._model) == 1
    page.problems.take.click()
    stage.until(lambda: page.here == "done")
    stage.rest()
    assert page.done._taken is not None and page.done._taken.run.rows == 2


def test_the_problems_are_saved_for_whoever_corrects_the_file(
    stage: Stage, screen: InterchangeScreen, tmp_path: Path  # noqa: F811
) -> None:
    check(stage, screen, catalogue(tmp_path, line(1, 日期="=1+1")))
    screen.importing.problems.save.click()
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, Dialog)
    dialog.go(tmp_path)
    dialog.take.click()
    stage.until(lambda: stage.recorder.told)
    stage.rest()
    saved = tmp_path / wording.say("interchange.problems_file")
    lines = list(csv.reader(io.StringIO(saved.read_text("utf-8-sig"))))
    assert lines[1][:2] == ["2", "日期"] and "=1+1" in lines[1][2]
    stage.station.archive.database.barred = None
    assert stage.station.archive.queries.events(0, 10_000)[-1].object == "catalogue:problems"


def test_a_column_is_named_once_and_the_title_must_be(stage: Stage, screen: InterchangeScreen, tmp_path: Path) -> None:  # noqa: F811
    screen.importing.read(catalogue(tmp_path, line(1)))
    stage.until(lambda: screen.importing.here == "columns")
    stage.rest()
    page = screen.importing.columns
    assert [choice.value() for choice in page.choices] == [
        "reference_code", "title", "creator", "doc_date", "retention", "page_count", "remarks",
    ]  # fmt: skip
    page.choices[2].choose("title")
    assert not page.check.isEnabled()
    page.choices[2].choose("remarks")
    assert page.check.isEnabled(), "the remarks take several columns"
    page.choices[1].choose("")
    assert not page.check.isEnabled()


def test_escape_goes_a_step_back_and_a_bad_file_is_told(stage: Stage, screen: InterchangeScreen, tmp_path: Path) -> None:  # noqa: F811
    page = screen.importing
    check(stage, screen, catalogue(tmp_path, line(1)))
    for here in ("columns", "choose", "choose"):
        page.setFocus()
        stage.press(Qt.Key.Key_Escape)
        assert page.here == here
    bad = tmp_path / "坏.csv"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    page.read(bad)
    stage.until(lambda: stage.recorder.troubles)
    stage.rest()
    assert [type(error).__name__ for error in stage.recorder.troubles] == ["CatalogueUnreadable"]
    stage.recorder.troubles.clear()
    assert page.here == "choose" and page.choose.isEnabled()


def test_an_export_is_counted_made_and_journaled(stage: Stage, tmp_path: Path) -> None:  # noqa: F811
    stage.filed("样本社区通知")
    stage.filed("样本户口请示", category="ZY·XZ")
    window = stage.raise_curtain()
    window.go("interchange")
    screen = window.place("interchange")
    assert isinstance(screen, InterchangeScreen)
    screen.tabs.turn(1)
    stage.rest()
    page = screen.exporting
    assert page._number.text() == "2"
    page.category.choose("WS")
    stage.until(lambda: page._number.text() == "1")
    page.category.choose(None)
    page.codes.setText(f"{FONDS.number}-ZY.XZ-2026-D10-0001，{FONDS.number}-WS·2026-D10-0009")
    stage.until(lambda: page._number.text() == "0")
    page.codes.setText(f"{FONDS.number}－WS・2026－D10－0001　{FONDS.number}-WS·2026-D10-0009")
    stage.until(lambda: page._number.text() == "1")
    page.codes.clear()
    page.category.choose("WS")
    stage.until(lambda: page._number.text() == "1")
    page.forms["volumes_csv"].setChecked(True)
    stage.until(lambda: page._number.text() == "0")
    assert not page.export_button.isEnabled()
    page.forms["xlsx"].setChecked(True)
    stage.until(lambda: page._number.text() == "1" and page.export_button.isEnabled())
    page.write(tmp_path / "出.xlsx", page.format)
    stage.until(lambda: stage.recorder.told)
    stage.rest()
    titles = [row[3] for row in openpyxl.load_workbook(tmp_path / "出.xlsx").active.values]
    assert titles == ["题名", "样本社区通知"]
    stage.station.archive.database.barred = None
    last = stage.station.archive.queries.events(0, 10_000)[-1]
    assert (last.type, last.object) == ("export", "catalogue:xlsx")


def test_every_form_is_offered_and_everything_has_a_name_in_both_languages(screen: InterchangeScreen) -> None:
    assert sorted(name for _group, names in GROUPS for name in names) == sorted(FORMATS)
    for language in wording.LANGUAGES:
        wording.use(language)
        phrases.reword()
        screen.reword()
        for widget in screen.findChildren(QWidget):
            if isinstance(widget, QComboBox):
                assert widget.accessibleName(), widget


@pytest.mark.parametrize(("role", "seen"), [(Role.FILER, False), (Role.CLERK, True), (Role.AUDITOR, False)])
def test_who_may_do_nothing_here_does_not_find_the_place(stage: Stage, role: Role, seen: bool) -> None:  # noqa: F811
    stage.station.agent = Agent(CHIEF.id, CHIEF.name, role)
    window = stage.raise_curtain()
    assert window._nav["interchange"].isVisible() is seen
    stage.station.agent = CHIEF
