"""ui/screens/bulk.py — many records changed at once: which, what, a look at every change, then all or nothing.

Records come from the search screen (`open(Selection)`) or from a filter here; the list of ids is fixed from then on. The button
does the next step: first the preview, and only with a preview of exactly what stands in the form, the change. Whatever is
edited afterwards takes the preview away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from app import wording
from app.description.bulk import Line, Preview
from app.filing import Invalid
from app.jobs import Job
from app.privacy import cover
from storage.records import Category
from storage.records.descriptions import Bulk
from ui import actions
from ui.desk import Desk
from ui.models import choices
from ui.models.columns import Column
from ui.models.listed import ListedModel
from ui.models.values import shown
from ui.phrases import name, plain, say
from ui.screens.bulk_fields import BulkForm
from ui.screens.bulk_past import PAST, UndoDialog
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.form import Choice, Field, Fields
from ui.widgets.layout import button, card, column, label, row, rule, text
from ui.widgets.offered import Offered
from ui.widgets.states import Shelf
from ui.widgets.table import Table


@dataclass(frozen=True, slots=True)
class Selection:
    """Records chosen elsewhere, exactly these."""

    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """One change of one record."""

    line: Line
    field: str
    old: object
    new: object

    @property
    def problem(self) -> str:
        return " ".join(wording.say(one.key, **one.facts) for one in self.line.problems if one.field == self.field)


ROWS: tuple[Column[_Row], ...] = (
    Column("field.title", lambda one: cover(one.line.title)),
    Column("field.reference_code", lambda one: one.line.reference_code or wording.say("ties.unnumbered"), 212),
    Column("bulk.field", lambda one: wording.say(f"field.{one.field}"), 96),
    Column("description.before", lambda one: shown(one.field, one.old), 112),
    Column("description.after", lambda one: shown(one.field, one.new), 112),
    Column("bulk.problem", lambda one: one.problem, 210),
)
#: One of the two is hidden: the code while all is well, its place taken by what is wrong.
CODE, PROBLEM = 1, 5


class BulkScreen(Screen):
    title = "bulk.title"
    needs = frozenset({"bulk_edit"})
    concerns = frozenset({"bulk_edit", "undo_bulk", "change_category"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._ids: tuple[int, ...] = ()
        self._preview: Preview | None = None
        self._job: Job[object] | None = None
        self._known: list[Category] = []
        self._years: list[int] = []
        self.category, self.year, self.retention = Choice(), Choice(), Choice()
        self.choose_button = button("bulk.choose", theme=desk.theme, drawing="search")
        self.choose_button.clicked.connect(self.choose)
        self._count = text("strong")
        self.form = BulkForm()
        self.form.changed.connect(self._on_edited)
        self.reason = Offered([wording.say(f"bulk.reason_{which}") for which in ("complete", "correct", "review")])
        self._reason = Field("field.reason", self.reason, hint="bulk.reason_hint")
        self._fields = Fields({"reason": self._reason})
        self.next_button = button("bulk.preview", "primary")
        look(self.next_button, "primary", scale="big")
        self.next_button.clicked.connect(self.next)
        self.without_button = button("bulk.title", "link")
        self.without_button.clicked.connect(self.leave_out)
        self.stop_button = button("bulk.stop")
        self.stop_button.clicked.connect(self.stop)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        name(self.bar, "bulk.progress")
        self._model = ListedModel(ROWS)
        self.table = Table(self._model, ROWS, desk.theme)
        name(self.table, "bulk.preview_table")
        self.shelf = Shelf(self.table, desk.theme, empty="bulk.begin", drawing="record")
        self._told = text("strong", wrap=True)
        self._past = ListedModel(PAST)
        self.past = Table(self._past, PAST, desk.theme)
        name(self.past, "bulk.past")
        self.past.chosen.connect(lambda _row: self.undo())
        self.undo_button = button("bulk.undo", theme=desk.theme, drawing="return")
        self.undo_button.clicked.connect(self.undo)
        self.past_shelf = Shelf(self.past, desk.theme, empty="bulk.no_past", drawing="clock")
        self.past.selectionModel().currentRowChanged.connect(lambda _now, _before: self._offer_undo())
        self.past_button = button("bulk.past", "quiet", theme=desk.theme, drawing="clock")
        self.past_button.setCheckable(True)
        self.past_button.toggled.connect(self._on_past)
        self.back_button = button("record.back", "link", theme=desk.theme, drawing="left")
        self.back_button.clicked.connect(lambda: self.desk.go("search", None))
        self._pages = QStackedWidget()
        self._pages.addWidget(self._arrange_work())
        self._pages.addWidget(self._arrange_past())
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 10, 20, 14)
        whole.setSpacing(6)
        whole.addLayout(row(self.back_button, None, self.past_button))
        whole.addWidget(self._pages, 1)
        actions.make("back", self, lambda: self.desk.go("search", None))
        self.setFocusProxy(self.category)
        self._busy(False)
        self._drop_preview()

    # -- what the window asks

    def open(self, subject: object) -> None:
        if isinstance(subject, Selection):
            self.past_button.setChecked(False)
            self._take(subject.item_ids)

    def refresh(self) -> None:
        station = self.station
        self.run(
            "view", lambda _job: (station.categories(), station.years(), station.description.bulk.history()),
            done=lambda found: self._on_known(*found),
        )

    def reword(self) -> None:
        self._fill()
        self.form.reword()
        self._model.reword()
        self._past.reword()
        self.shelf.reword()
        self.past_shelf.reword()
        self._drop_preview()

    # -- what the person does

    def choose(self) -> None:
        """Every record of the class that is chosen; the list is fixed from now on."""
        wanted = {"category": self.category.value(), "year": self.year.value(), "retention": self.retention.value()}
        bulk = self.station.description.bulk
        self.run("view", lambda _job: tuple(bulk.of_class(**wanted)), done=self._take)

    def next(self) -> None:
        """The next step: the preview, or the change that the preview shows."""
        if self._preview is None:
            self._ask_preview()
        else:
            self._apply(self._preview)

    def leave_out(self) -> None:
        """Go on without the records that have problems."""
        if self._preview is not None:
            self._show(self._preview.without({line.item_id for line in self._preview.faulty}))

    def stop(self) -> None:
        """Nothing is done that was not finished."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self._busy(False)
            self._drop_preview()

    def undo(self) -> None:
        place = self.past.currentIndex().row()
        if 0 <= place < len(self._past) and not self._past.record(place).undone_at and self.station.may("undo_bulk"):
            bulk_id = self._past.record(place).id
            self.run(
                "view", lambda _job: self.station.description.bulk.undoing(bulk_id),
                done=lambda undoing: UndoDialog(self, undoing).open(),
            )

    # -- parts

    def _arrange_work(self) -> QWidget:
        left, box = card(margins=0, spacing=0)
        left.setFixedWidth(332)
        which = column(
            label("bulk.which", "heading"),
            self.category, row(self.year, self.retention, spacing=6),
            row(self.choose_button, self._count, None, spacing=10), spacing=8,
        )
        for choice, key in ((self.category, "field.category"), (self.year, "field.year"), (self.retention, "field.retention")):
            choice.setMinimumContentsLength(3)
            name(choice, key)
        which.setContentsMargins(16, 14, 14, 10)
        box.addLayout(which)
        box.addWidget(rule())
        what = row(label("bulk.what", "heading"))
        what.setContentsMargins(16, 10, 14, 0)
        box.addLayout(what)
        box.addWidget(self.form, 1)
        box.addWidget(rule())
        foot = column(self._reason, self.bar, row(self.next_button, self.stop_button), spacing=8)
        foot.setContentsMargins(16, 10, 14, 12)
        box.addLayout(foot)
        right, inside = card(margins=1, spacing=0)
        head = row(self._told, self.without_button)
        head.setStretch(0, 1)
        head.setContentsMargins(18, 10, 12, 8)
        inside.addLayout(head)
        inside.addWidget(self.shelf, 1)
        body = QWidget()
        line = QHBoxLayout(body)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(left)
        line.addWidget(right, 1)
        return body

    def _arrange_past(self) -> QWidget:
        frame, inside = card(margins=1, spacing=0)
        head = row(label("bulk.past_advice", "muted", wrap=True), self.undo_button)
        head.setStretch(0, 1)
        head.setContentsMargins(18, 10, 12, 8)
        inside.addLayout(head)
        inside.addWidget(self.past_shelf, 1)
        return frame

    # -- inside

    def _on_known(self, categories: list[Category], years: list[int], past: list[Bulk]) -> None:
        self._known, self._years = categories, years
        self._fill()
        self._past.show(past)
        if past:
            self.past_shelf.show_content()
            if not self.past.currentIndex().isValid():
                self.past.setCurrentIndex(self._past.index(0, 0))
        else:
            self.past_shelf.show_empty()
        self._offer_undo()

    def _fill(self) -> None:
        for choice, every, values in (
            (self.category, "bulk.every_category", choices.categories(self._known)),
            (self.year, "bulk.every_year", choices.years_kept(self._years)),
            (self.retention, "bulk.every_retention", choices.retentions()),
        ):
            everything: list[tuple[object, str]] = [(None, wording.say(every))]
            choice.fill(everything + values)

    def _take(self, item_ids: tuple[int, ...]) -> None:
        self._ids = item_ids
        say(self._count, "bulk.count", n=f"{len(item_ids):,}")
        self._drop_preview()
        bulk = self.station.description.bulk
        self.run("view", lambda _job: bulk.common(item_ids), done=self.form.show_common)

    def _on_edited(self) -> None:
        if self._preview is not None or self.shelf.showing != "empty":
            self._drop_preview()
        self._offer()

    def _drop_preview(self) -> None:
        self._preview = None
        self._model.show([])
        plain(self._told, "")
        self.without_button.hide()
        self.shelf.show_empty("bulk.begin" if self._ids else "bulk.choose_first")
        say(self.next_button, "bulk.preview")
        self._offer()

    def _offer(self) -> None:
        ready = self._job is None and bool(self._ids) and self.form.chosen()
        if self._preview is not None:
            ready = ready and bool(self._preview.lines) and not self._preview.faulty
        self.next_button.setEnabled(ready)
        self._reason.setVisible(self._preview is not None and ready)

    def _ask_preview(self) -> None:
        ids, edits, bulk = self._ids, self.form.edits(), self.station.description.bulk
        self._busy(True)
        self.shelf.show_busy("bulk.previewing")
        self._job = self.run(
            "view", lambda job: bulk.preview(ids, edits, job.step), done=self._on_preview, failed=self._on_refused,
            progress=self._on_progress,
        )

    def _on_preview(self, preview: Preview) -> None:
        self._busy(False)
        self._show(preview)
        # The button just pressed may be off now: the hands go on to what comes next.
        if not self._reason.isHidden():
            self.reason.setFocus()
        else:
            (self.without_button if preview.faulty else self.form).setFocus()

    def _show(self, preview: Preview) -> None:
        self._preview = preview
        faulty = {line.item_id for line in preview.faulty}
        lines = [*preview.faulty, *(line for line in preview.lines if line.item_id not in faulty)]
        self._model.show([_Row(line, field, old, new) for line in lines for field, old, new in line.values])
        say(self._told, "bulk.told", n=f"{len(preview.lines):,}", same=f"{preview.same:,}", bad=f"{len(faulty):,}")
        self.without_button.setVisible(bool(faulty))
        self.table.setColumnHidden(PROBLEM, not faulty)
        self.table.setColumnHidden(CODE, bool(faulty))
        say(self.without_button, "bulk.without", n=len(faulty))
        if preview.lines:
            self.shelf.show_content()
            self.table.scrollToTop()
        else:
            self.shelf.show_empty("bulk.nothing")
        say(self.next_button, "bulk.apply", n=f"{len(preview.lines):,}")
        self._offer()

    def _apply(self, preview: Preview) -> None:
        reason, bulk = self.reason.text(), self.station.description.bulk
        self._busy(True)
        self._job = self.run(
            "write", lambda job: bulk.apply(preview, reason, job.step), done=lambda _id: self._on_applied(preview),
            failed=self._on_refused, progress=self._on_progress,
        )

    def _on_applied(self, preview: Preview) -> None:
        self._busy(False)
        self.desk.messages.clear()
        self.desk.messages.tell("bulk.done", n=f"{len(preview.lines):,}")
        self.form.keep_all()
        self.reason.clear()
        self._take(self._ids)

    def _on_refused(self, error: BaseException) -> None:
        self._busy(False)
        if isinstance(error, Invalid):
            if self._preview is None:
                self._drop_preview()
            here = [one for one in error.problems if one.field == "reason"]
            self._fields.show_problems(here, focus=bool(here))
            self.form.show_problems([one for one in error.problems if one.field != "reason"])
            return
        # Somebody changed one of the records: the preview shows what is no longer so.
        self._drop_preview()
        self.desk.messages.trouble(error)

    def _on_progress(self, done: int, total: int, _note: str) -> None:
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)

    def _busy(self, busy: bool) -> None:
        if not busy:
            self._job = None
        self.bar.setRange(0, 0)
        self.bar.setVisible(busy)
        self.stop_button.setVisible(busy)
        if busy:
            self.stop_button.setFocus()
        for part in (self.form, self.choose_button, self._reason):
            part.setEnabled(not busy)
        self.next_button.setEnabled(not busy)
        if not busy:
            self._offer()

    def _on_past(self, past: bool) -> None:
        self._pages.setCurrentIndex(int(past))
        if past:
            self.past.setFocus()

    def _offer_undo(self) -> None:
        place = self.past.currentIndex().row()
        here = 0 <= place < len(self._past)
        self.undo_button.setEnabled(
            here and not self._past.record(place).undone_at and self.station.may("undo_bulk")
        )


def open_for(desk: Desk, item_ids: Sequence[int]) -> None:
    """Show the screen for exactly these records."""
    desk.go("bulk", Selection(tuple(item_ids)))
