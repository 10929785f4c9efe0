"""ui/screens/lending_papers.py — the printed forms of lending: the slip of one loan, and the registers of a time, printed or as PDF."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QDialog, QVBoxLayout

from app import wording
from app.jobs import Job
from app.reports import preview
from app.reports.loan_page import UseWishes
from app.reports.loan_slip import SlipWishes
from app.reports.overdue_list import OverdueWishes
from storage.records.lending import Loan
from ui import printing
from ui.phrases import say
from ui.screens.screen import Screen
from ui.widgets import picker
from ui.widgets.dates import DateField, read, show
from ui.widgets.form import Choice, Field, Fields
from ui.widgets.layout import button, label, row

FORMS = ("loan_register", "use_register", "overdue_list")


def print_slip(screen: Screen, loan: Loan) -> None:
    """Ask for a printer; the printing is journaled under the loan before it happens."""
    wishes = SlipWishes(loan.number, language=wording.language())

    def draw(job: Job[list[QImage]]) -> list[QImage]:
        pages = _pages(screen.station.report("loan_slip", wishes), job)
        screen.station.printed(f"loan:{loan.id}", len(pages))
        return pages

    printing.ask(
        screen, wording.say("report.name.loan_slip"), lambda printer: _hand_over(screen, printer, draw), landscape=False
    )


class RegisterDialog(QDialog):
    """Which register, of which days; then onto paper or into a file."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        self.setModal(True)
        self._screen = screen
        say(self, "lending.registers", "setWindowTitle")
        today = date.today()
        self.form, self.first, self.last = Choice(), DateField(), DateField()
        self.form.fill([(name, wording.say(f"report.name.{name}")) for name in FORMS])
        self.first.set_value(f"{today.year}0101")
        self.last.set_value(today.strftime("%Y%m%d"))
        fields = {
            "form": Field("lending.which_register", self.form),
            "first": Field("lending.first_day", self.first),
            "last": Field("lending.last_day", self.last),
        }
        self.fields = Fields(fields)
        self.form.currentIndexChanged.connect(self._on_form)
        self.print_button = button("reports.print", "primary", theme=screen.desk.theme, drawing="print")
        self.export_button = button("reports.export", theme=screen.desk.theme, drawing="export")
        no = button("message.no")
        self.print_button.clicked.connect(self.print)
        self.export_button.clicked.connect(self.export)
        no.clicked.connect(self.reject)
        box = QVBoxLayout(self)
        box.setContentsMargins(26, 22, 26, 20)
        box.setSpacing(10)
        box.addWidget(label("lending.registers", "heading"))
        box.addWidget(label("lending.registers_advice", "muted", wrap=True))
        box.addWidget(fields["form"])
        days = row(fields["first"], fields["last"], spacing=10)
        box.addLayout(days)
        box.addSpacing(6)
        box.addLayout(row(None, no, self.export_button, self.print_button))
        # Only once they have a place: a button shown before would be a window of its own for a moment.
        self.print_button.setVisible(screen.station.may("print"))
        self.export_button.setVisible(screen.station.may("export"))
        self.setMinimumWidth(460)
        self.form.setFocus()

    def wishes(self) -> UseWishes | OverdueWishes | None:
        """What the fields ask for; None when a date is none, which the field then says."""
        station, today = self._screen.station, date.today().isoformat()
        prepared = {"prepared_by": station.agent.name, "prepared_on": today, "language": wording.language()}
        if self.form.value() == "overdue_list":
            return OverdueWishes(day=today, **prepared)
        days = []
        for which, editor in (("first", self.first), ("last", self.last)):
            found = read(editor.text())
            if found is None or (found and "00" in (found[4:6], found[6:])):
                self.fields[which].show_problem("problem.date_shape")
                self.fields[which].take_focus()
                return None
            days.append(show(found))
        return UseWishes(days[0], days[1], **prepared)

    def print(self) -> None:
        wishes, form, screen = self.wishes(), self.form.value(), self._screen
        if wishes is None:
            return

        def draw(job: Job[list[QImage]]) -> list[QImage]:
            pages = _pages(screen.station.report(form, wishes), job)
            screen.station.printed(f"report:{form}", len(pages))
            return pages

        self.accept()
        printing.ask(
            screen, wording.say(f"report.name.{form}"), lambda printer: _hand_over(screen, printer, draw),
            landscape=form != "overdue_list",
        )  # fmt: skip

    def export(self) -> None:
        wishes, form, screen = self.wishes(), self.form.value(), self._screen
        if wishes is None:
            return

        def write(path: Path) -> None:
            screen.run(
                "write",
                lambda _job: screen.station.export(screen.station.report(form, wishes), path, f"report:{form}"),
                done=lambda _none: screen.desk.messages.tell("record.exported", path=str(path)),
            )

        self.accept()
        picker.save_file(screen, screen.desk.theme, write, suggested=f"{wording.say(f'report.name.{form}')}.pdf")

    def _on_form(self) -> None:
        timed = self.form.value() != "overdue_list"
        self.fields["first"].setVisible(timed)
        self.fields["last"].setVisible(timed)


def _pages(pdf: bytes, job: Job[list[QImage]]) -> list[QImage]:
    total = preview.count(pdf)
    pages = []
    for number in range(total):
        job.step(number, total)
        pages.append(QImage.fromData(preview.page(pdf, number, printing.DPI)))
    return pages


def _hand_over(screen: Screen, printer: QPrinter, draw: object) -> None:
    screen.run("write", draw, done=lambda pages: printing.hand_over(printer, pages, screen.desk.messages))  # type: ignore[arg-type]
