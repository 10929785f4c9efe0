"""ui/screens/reports.py — the registers of the whole archive: choose one, look, print, export.

What a register asks is read from its wishes, so one that is added to `app.reports` appears here by itself, unless it is
about one record: such a form is printed where the record is. The preview follows the choice after a moment and is the same
PDF that is printed and exported. Pages are drawn one at a time, as they are turned to.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from app import wording
from app.jobs import Job
from app.reports import REPORTS, Report, preview
from storage.records import Category
from ui import actions, printing
from ui.desk import Desk
from ui.models import choices
from ui.screens.screen import Screen
from ui.widgets import picker
from ui.widgets.dates import DateField, show
from ui.widgets.form import Choice, Field
from ui.widgets.layout import button, card, column, rule, text
from ui.widgets.page_view import PageView

PAUSE_MS = 350
SCREEN_DPI = 110
#: What this screen can ask; a form that wants to know more is about one record.
_FROM, _TO = ("first_day", "since"), ("last_day", "until")
_ASKED = {"category", "category_name", "year", "retention", "prepared_by", "prepared_on", "language", "day", *_FROM, *_TO}
_LEFT_TO_OTHERS = {"secret"}


def registers() -> list[Report]:
    """The forms about the whole archive."""
    return [
        report for report in REPORTS
        if {field.name for field in fields(report.wishes)} <= _ASKED | _LEFT_TO_OTHERS
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Made:
    pdf: bytes
    pages: int
    report: Report
    wishes: Any


class ReportScreen(Screen):
    title = "action.reports"
    needs = frozenset({"view"})
    concerns = frozenset({"file", "file_volume", "correct", "lend", "return_loan", "carry_out", "seal"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._made: _Made | None = None
        self._asked: Job[_Made] | None = None
        self._page = 0
        self._known: list[Category] = []
        self._years: list[int] = []
        self.form = Choice()
        self.category, self.year, self.retention = Choice(), Choice(), Choice()
        self.first_day, self.last_day = DateField(), DateField()
        self.prepared_by = QLineEdit(self.station.agent.name)
        self.prepared_on = DateField()
        self.prepared_on.set_value(date.today().strftime("%Y%m%d"))
        self.view = PageView(desk.theme, empty="reports.empty", fit="width")
        self.view.turned.connect(self._turn)
        self.print_button = button("reports.print", "primary", theme=desk.theme, drawing="print")
        self.export_button = button("reports.export", theme=desk.theme, drawing="export")
        self.print_button.clicked.connect(self.print)
        self.export_button.clicked.connect(self.export)
        self._said = text("small", wrap=True)
        left, box = card(margins=18, spacing=10)
        left.setFixedWidth(268)
        box.addWidget(Field("reports.form", self.form, hint="reports.advice"))
        box.addWidget(rule())
        self._fields: dict[str, Field] = {}
        for name, key, editor in (
            ("category", "field.category", self.category), ("year", "field.year", self.year),
            ("retention", "field.retention", self.retention), ("first_day", "reports.first_day", self.first_day),
            ("last_day", "reports.last_day", self.last_day), ("prepared_by", "reports.prepared_by", self.prepared_by),
            ("prepared_on", "reports.prepared_on", self.prepared_on),
        ):
            field = self._fields[name] = Field(key, editor)
            field.edited.connect(self._on_edited)
            box.addWidget(field)
        self.form.fill((report, report.title()) for report in registers())
        self.form.currentIndexChanged.connect(self._on_form)
        box.addStretch(1)
        box.addWidget(self._said)
        box.addLayout(column(self.print_button, self.export_button))
        whole = QHBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 14)
        whole.setSpacing(12)
        whole.addWidget(left)
        whole.addWidget(self.view, 1)
        self.print_button.setVisible(self.station.may("print"))
        self.export_button.setVisible(self.station.may("export"))
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._build)
        for id, work in (("print", self.print), ("export", self.export), ("page_next", lambda: self._turn(1)),
                         ("page_back", lambda: self._turn(-1))):
            actions.make(id, self, work)
        self.setFocusProxy(self.form)
        self._ask()
        self._set_ready(False)

    def refresh(self) -> None:
        self.run("view", lambda _job: (self.station.categories(), self.station.years()), done=self._on_known)

    def reword(self) -> None:
        self.form.fill((report, report.title()) for report in registers())
        self._fill()
        self._build()

    def print(self) -> None:
        made = self._made
        if made is not None:
            wide = self.view.canvas.image.width() > self.view.canvas.image.height()
            printing.ask(self, made.report.title(), lambda printer: self._draw_for(printer, made), landscape=wide)

    def export(self) -> None:
        made = self._made
        if made is None:
            return
        picker.save_file(
            self, self.desk.theme,
            lambda path: self.run(
                "write", lambda _job: self.station.export(made.pdf, path, f"report:{made.report.name}"),
                done=lambda _none: self.desk.messages.tell("record.exported", path=str(path)),
            ),
            suggested=_file_name(made),
        )

    # -- inside

    def _on_known(self, known: tuple[list[Category], list[int]]) -> None:
        self._known, self._years = known
        self._fill()
        self._build()

    def _fill(self) -> None:
        everything: list[tuple[object, str]] = [(None, wording.say("reports.all"))]
        for choice, values in (
            (self.category, choices.categories(self._known)),
            (self.year, choices.years_kept(self._years)),
            (self.retention, choices.retentions()),
        ):
            choice.fill(everything + values)

    def _on_edited(self) -> None:
        self._pause.start()

    def _on_form(self) -> None:
        self._page = 0
        self._ask()
        self._build()

    def _ask(self) -> None:
        """Only what the chosen register asks."""
        names = {field.name for field in fields(self.form.value().wishes)}
        for name, field in self._fields.items():
            same = {"first_day": _FROM, "last_day": _TO}.get(name, (name,))
            field.setVisible(not names.isdisjoint(same))

    def _build(self) -> None:
        self._pause.stop()
        if self._asked is not None:
            self._asked.cancel()
        report, wishes = self.form.value(), self._wishes()
        self._set_ready(False)
        self.view.show_loading(0, 0)

        def make(_job: Job[_Made]) -> _Made:
            pdf = self.station.report(report.name, wishes)
            return _Made(pdf, preview.count(pdf), report, wishes)

        self._asked = self.run("view", make, done=self._show, failed=self._on_failed)

    def _wishes(self) -> Any:
        wanted = self.form.value().wishes
        code = self.category.value()
        category = next((known for known in self._known if known.code == code), None)
        first, last = (_day(field.value()) for field in (self.first_day, self.last_day))
        values = {
            "category": code, "category_name": choices.category_name(category) if category else "",
            "year": self.year.value(), "retention": self.retention.value(),
            "prepared_by": self.prepared_by.text().strip(), "prepared_on": show(self.prepared_on.value()),
            "language": wording.language(),
        } | dict.fromkeys(_FROM, first) | dict.fromkeys(_TO, last)  # fmt: skip
        return wanted(**{field.name: values[field.name] for field in fields(wanted) if field.name in values})

    def _show(self, made: _Made) -> None:
        self._asked, self._made = None, made
        self._page = min(self._page, made.pages - 1)
        self._said.setText(wording.say("reports.ready", n=made.pages))
        self._set_ready(True)
        self._show_page()

    def _turn(self, by: int) -> None:
        if self._made is not None and 0 <= self._page + by < self._made.pages:
            self._page += by
            self._show_page()

    def _show_page(self) -> None:
        made, page = self._made, self._page
        if made is None:
            return

        def here(image: QImage) -> None:
            if self._made is made and self._page == page:
                self.view.show_page(image, page + 1, made.pages)

        self.run("view", lambda _job: QImage.fromData(preview.page(made.pdf, page, SCREEN_DPI)), done=here,
                 failed=self.view.show_trouble)

    def _draw_for(self, printer: QPrinter, made: _Made) -> None:
        def draw(job: Job[list[QImage]]) -> list[QImage]:
            pages = []
            for number in range(made.pages):
                job.step(number, made.pages)
                pages.append(QImage.fromData(preview.page(made.pdf, number, printing.DPI)))
            self.station.printed(f"report:{made.report.name}", made.pages)
            return pages

        self.run("write", draw, done=lambda pages: printing.hand_over(printer, pages, self.desk.messages))

    def _on_failed(self, error: BaseException) -> None:
        self._asked = None
        self.view.show_trouble(error)

    def _set_ready(self, ready: bool) -> None:
        if not ready:
            self._made = None
            self._said.setText("")
        self.print_button.setEnabled(ready)
        self.export_button.setEnabled(ready)


def _day(stored: str) -> str:
    """`2026-03-05` of a whole date; empty for anything else."""
    shown = show(stored)
    return shown if len(shown) == 10 else ""


def _file_name(made: _Made) -> str:
    wishes = made.wishes
    parts = [made.report.title(), getattr(wishes, "category", None) or "", str(getattr(wishes, "year", None) or "")]
    retention = getattr(wishes, "retention", None)
    return "-".join(part for part in (*parts, retention.value if retention else "") if part) + ".pdf"
