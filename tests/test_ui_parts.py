"""tests/test_ui_parts.py — the parts of screens by themselves: dates, paged lists, choices, badges, page view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app import wording
from app.filing import Problem
from app.jobs import Jobs
from storage.records import Outcome, PackageState, ReadingState, Retention
from ui.application import prepare
from ui.bridge import Bridge
from ui.models import choices
from ui.models.columns import Column, size
from ui.models.paged import KEPT_PAGES, PENDING, PagedModel
from ui.screens.set_aside import REASONS
from ui.theme import Theme
from ui.widgets.dates import DateField, read, show
from ui.widgets.form import Choice, Field, Fields, Picker
from ui.widgets.page_view import PageView
from ui.widgets.states import COLOURS

# ---- dates


@pytest.mark.parametrize(("typed", "kept"), [
    ("20260305", "20260305"), ("2026-03-05", "20260305"), ("2026-3-5", "20260305"), ("2026.3.5", "20260305"),
    ("2026/03/05", "20260305"), ("2026年3月5日", "20260305"), ("２０２６年３月５日", "20260305"),
    ("二〇二六年三月五日", "20260305"), ("二○二六年十二月三十一日", "20261231"), ("二〇二六年十月十日", "20261010"),
    ("二〇二五年二月二十八日", "20250228"), ("2026年3月", "20260300"), ("2026", "20260000"), ("202603", "20260300"),
    ("20260300", "20260300"), ("", ""), ("  ", ""),
])
def test_dates_are_read_as_clerks_write_them(typed: str, kept: str) -> None:
    assert read(typed) == kept


@pytest.mark.parametrize("typed", [
    "昨天", "20261301", "20260230", "2026-02-30", "20260005", "18991231", "2026030", "2026年13月", "3月5日", "20260305x",
])
def test_what_is_no_date_is_not_guessed(typed: str) -> None:
    assert read(typed) is None


@given(some.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31)))
def test_a_shown_date_reads_back(day: date) -> None:
    kept = f"{day:%Y%m%d}"
    assert read(show(kept)) == kept
    assert read(f"{day:%Y}年{day.month}月{day.day}日") == kept


@given(some.text(max_size=30))
def test_no_text_breaks_the_reading_of_dates(typed: str) -> None:
    found = read(typed)
    assert found is None or found == "" or (len(found) == 8 and found.isdigit())


def test_the_field_keeps_what_is_no_date_for_the_check_to_name(qtbot: QtBot) -> None:
    field = DateField()
    qtbot.addWidget(field)
    field.setText("昨天")
    assert field.value() == "昨天"
    field.set_value("20260300")
    assert (field.text(), field.value()) == ("2026-03", "20260300")


# ---- paged lists


class Lane:
    """A bridge and jobs, and rows that say how often they were asked for."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot, self.bridge, self.asked = qtbot, Bridge(), list[tuple[int, ...]]()
        self.failures: list[BaseException] = []
        self.jobs = Jobs(self.bridge.post, self.failures.append)

    def load(self, ids: Sequence[int]) -> list[str]:
        self.asked.append(tuple(ids))
        return [f"row {id}" for id in ids]

    def model(self) -> PagedModel[str]:
        return PagedModel(self.jobs, "search", self.load, (Column("search.results", str),), self.failures.append)

    def rest(self) -> None:
        self.qtbot.waitUntil(lambda: self.bridge.quiet and self.jobs.wait_until_idle(0))


@pytest.fixture
def lane(qtbot: QtBot) -> Iterator[Lane]:
    made = Lane(qtbot)
    yield made
    made.jobs.stop()
    assert made.failures == []


def test_of_a_hundred_thousand_rows_only_those_looked_at_are_read(lane: Lane) -> None:
    model = lane.model()
    model.show(range(100_000))
    assert model.rowCount() == 100_000
    for row in range(0, 100_000, 1000):
        assert model.flags(model.index(row, 0)) & Qt.ItemFlag.ItemIsSelectable
    assert model.headerData(0, Qt.Orientation.Horizontal) == wording.say("search.results")
    assert lane.asked == []
    assert model.index(0, 0).data() == PENDING
    assert model.index(1, 0).data() == PENDING
    assert model.index(99_999, 0).data() == PENDING
    lane.rest()
    assert [len(ids) for ids in lane.asked] == [200, 200]
    assert (model.index(0, 0).data(), model.index(99_999, 0).data()) == ("row 0", "row 99999")


def test_an_answer_for_an_older_list_is_dropped(lane: Lane) -> None:
    model = lane.model()
    model.show([1, 2, 3])
    assert model.record(0) is None
    model.show([7, 8])
    lane.rest()
    assert model.record(0) is None
    lane.rest()
    assert model.record(0) == "row 7"


def test_only_a_few_pages_are_kept(lane: Lane) -> None:
    model = lane.model()
    model.show(range(200 * (KEPT_PAGES + 5)))
    for page in range(KEPT_PAGES + 5):
        model.record(page * 200)
        lane.rest()
    assert model.record(0) is None
    assert model.record((KEPT_PAGES + 4) * 200) is not None


# ---- forms


def test_a_choice_gives_back_what_was_put_in(qtbot: QtBot) -> None:
    choice = Choice()
    qtbot.addWidget(choice)
    choice.fill(choices.retentions())
    choice.choose(Retention.D30)
    assert choice.value() is Retention.D30
    choice.fill(reversed(choices.retentions()))
    assert choice.value() is Retention.D30
    choice.choose("no such value")
    assert choice.value() is Retention.D30


def test_a_picker_finds_by_any_part_and_takes_nothing_else(qtbot: QtBot) -> None:
    picker = Picker()
    qtbot.addWidget(picker)
    picker.fill([("WS", "WS  文书"), ("HJ", "HJ  户籍管理")])
    picker.setEditText("户籍")
    picker._on_editing_finished()
    assert picker.value() == "HJ"
    picker.setEditText("没有这一类")
    picker._on_editing_finished()
    assert (picker.value(), picker.currentText()) == ("HJ", "HJ  户籍管理")


def test_problems_without_a_field_are_handed_back(qtbot: QtBot) -> None:
    wording.use("zh")
    field = Field("field.title", DateField())
    qtbot.addWidget(field)
    fields = Fields({"title": field})
    other = Problem("somewhere", "problem.title_missing")
    assert fields.show_problems([Problem("title", "problem.too_long", {"limit": 300}), other]) == [other]
    assert field.problem.text() == "文字太长，最多 300 字。"
    fields.show_problems([])
    assert field.problem.isHidden()


# ---- words


def test_every_state_has_a_word_and_a_colour() -> None:
    for value in [*(outcome.value for outcome in Outcome), "reading", "failed"]:
        assert wording.say(f"paper.{value}") and value in COLOURS
    for state in PackageState:
        assert wording.say(f"package.{state.value}")
    for reason in REASONS:
        assert wording.say(f"reason.{reason}")
    assert {state.value for state in ReadingState} == {"due", "done", "failed"}


@pytest.mark.parametrize(("count", "shown"), [(0, "0 B"), (1023, "1023 B"), (1536, "2 KB"), (5 << 20, "5.0 MB")])
def test_sizes_for_people(count: int, shown: str) -> None:
    assert size(count) == shown


# ---- page view


def test_a_page_fits_zooms_and_is_never_the_last_paper(qtbot: QtBot) -> None:
    view = PageView(Theme(prepare()))
    qtbot.addWidget(view)
    view.resize(600, 700)
    view.show()
    page = QImage(1240, 1754, QImage.Format.Format_RGB32)
    page.fill(Qt.GlobalColor.white)
    view.show_page(page, 1, 2, [QRectF(0.1, 0.1, 0.2, 0.02)])
    assert view.canvas._size().height() <= view.canvas.viewport().height()
    assert len(view.canvas.boxes) == 1
    fitted = view.canvas._factor
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.canvas._factor > fitted
    view.fit_width()
    assert view.canvas.horizontalScrollBar().maximum() == 0
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.canvas.verticalScrollBar().value() == view.canvas.verticalScrollBar().maximum() > 0
    view.show_loading(2, 2)
    assert view.canvas.image.isNull() and view.canvas.boxes == ()
    assert view.shelf.showing == "busy"
