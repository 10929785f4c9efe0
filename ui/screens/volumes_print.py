"""ui/screens/volumes_print.py — the forms of volumes: choose one, look at it, print or export it.

The picture on the screen is the very PDF that goes out; printing and exporting are journaled before they happen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QButtonGroup, QDialog, QHBoxLayout, QRadioButton
from shiboken6 import isValid

from app import wording
from app.jobs import Job
from app.reports import preview
from ui import printing
from ui.desk import Desk
from ui.phrases import name, say
from ui.screens.screen import Screen
from ui.widgets import picker
from ui.widgets.layout import button, card, column, label, rule
from ui.widgets.page_view import PageView

SCREEN_DPI = 100
LANDSCAPE = ("volume_register", "filing_deadline", "appraisal_list", "destruction_register")


@dataclass(frozen=True, slots=True)
class Form:
    """A report of `app.reports` and its wishes; `pdf` when it was made already, because its volume is sealed since."""

    report: str
    wishes: object
    pdf: bytes = b""


class FormsDialog(QDialog):
    """The forms on the left, the chosen one on the right."""

    def __init__(self, screen: Screen, desk: Desk, forms: Sequence[Form], suggested: str) -> None:
        super().__init__(screen)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        say(self, "volumes.forms", "setWindowTitle")
        window = screen.window().size()
        self.resize(min(1120, window.width() - 40), min(760, window.height() - 40))
        self._screen, self._desk, self._forms, self._suggested = screen, desk, forms, suggested
        self._pdf, self._pages, self._page = b"", 0, 0
        self._asked: Job[tuple[bytes, int]] | None = None
        self.group = QButtonGroup(self)
        self.view = PageView(desk.theme, empty="reports.empty", fit="page")
        self.view.turned.connect(self._turn)
        self.print_button = button("reports.print", "primary", theme=desk.theme, drawing="print")
        self.export_button = button("reports.export", theme=desk.theme, drawing="export")
        self.close_button = button("message.close")
        self.print_button.clicked.connect(self.print)
        self.export_button.clicked.connect(self.export)
        self.close_button.clicked.connect(self.accept)
        frame, box = card(margins=16, spacing=4)
        frame.setFixedWidth(238)
        box.addWidget(label("volumes.forms", "heading"))
        box.addWidget(rule())
        for number, form in enumerate(forms):
            choice = say(QRadioButton(), f"report.name.{form.report}")
            name(choice, f"report.name.{form.report}")
            self.group.addButton(choice, number)
            box.addWidget(choice)
        box.addStretch(1)
        box.addLayout(column(self.print_button, self.export_button, self.close_button))
        whole = QHBoxLayout(self)
        whole.setContentsMargins(16, 16, 16, 16)
        whole.setSpacing(12)
        whole.addWidget(frame)
        whole.addWidget(self.view, 1)
        self.print_button.setVisible(desk.station.may("print"))
        self.export_button.setVisible(desk.station.may("export"))
        self.group.idClicked.connect(lambda _id: self._build())
        first = self.group.button(0)
        first.setChecked(True)
        first.setFocus()
        self._build()

    @property
    def form(self) -> Form:
        return self._forms[max(0, self.group.checkedId())]

    def print(self) -> None:
        form, pdf, pages = self.form, self._pdf, self._pages
        if pdf:
            printing.ask(self, wording.say(f"report.name.{form.report}"),
                         lambda printer: self._draw_for(printer, form, pdf, pages), landscape=form.report in LANDSCAPE)

    def export(self) -> None:
        form, pdf = self.form, self._pdf
        if pdf:
            picker.save_file(
                self, self._desk.theme,
                lambda path: self._screen.run(
                    "write", lambda _job: self._desk.station.export(pdf, path, f"report:{form.report}"),
                    done=lambda _none: self._desk.messages.tell("record.exported", path=str(path)),
                ),
                suggested=f"{wording.say(f'report.name.{form.report}')}-{self._suggested}.pdf".replace("/", "-"),
            )

    # -- inside

    def _build(self) -> None:
        form = self.form
        if self._asked is not None:
            self._asked.cancel()
        self._pdf = b""
        self._set_ready(False)
        self.view.show_loading(0, 0)

        def make(_job: Job[tuple[bytes, int]]) -> tuple[bytes, int]:
            pdf = form.pdf or self._desk.station.report(form.report, form.wishes)
            return pdf, preview.count(pdf)

        self._asked = self._screen.run("view", make, done=self._guard(self._show), failed=self._guard(self.view.show_trouble))

    def _show(self, made: tuple[bytes, int]) -> None:
        self._asked = None
        self._pdf, self._pages = made
        self._page = 0
        self._set_ready(True)
        self._show_page()

    def _turn(self, by: int) -> None:
        if 0 <= self._page + by < self._pages:
            self._page += by
            self._show_page()

    def _show_page(self) -> None:
        pdf, page, pages = self._pdf, self._page, self._pages

        def here(image: QImage) -> None:
            if self._pdf is pdf and self._page == page:
                self.view.show_page(image, page + 1, pages)

        self._screen.run("view", lambda _job: QImage.fromData(preview.page(pdf, page, SCREEN_DPI)),
                         done=self._guard(here), failed=self._guard(self.view.show_trouble))

    def _draw_for(self, printer: QPrinter, form: Form, pdf: bytes, pages: int) -> None:
        def draw(job: Job[list[QImage]]) -> list[QImage]:
            made = []
            for number in range(pages):
                job.step(number, pages)
                made.append(QImage.fromData(preview.page(pdf, number, printing.DPI)))
            self._desk.station.printed(f"report:{form.report}", pages)
            return made

        self._screen.run("write", draw, done=lambda made: printing.hand_over(printer, made, self._desk.messages))

    def _guard(self, call: Callable[..., None]) -> Callable[..., None]:
        """An answer that comes after the dialog was closed is dropped."""

        def guarded(*answer: object) -> None:
            if isValid(self):
                call(*answer)

        return guarded

    def _set_ready(self, ready: bool) -> None:
        self.print_button.setEnabled(ready)
        self.export_button.setEnabled(ready)


def open_forms(screen: Screen, desk: Desk, forms: Sequence[Form], suggested: str) -> FormsDialog:
    dialog = FormsDialog(screen, desk, forms, suggested)
    dialog.open()
    return dialog
