"""ui/printing.py — pages onto paper: the system's print dialog, then one picture per sheet.

The caller journals the printing first, so nothing is printed unrecorded. The system's spooler may keep a file of its
own for a while. GUI thread.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPageLayout, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QWidget

from storage.errors import Known
from ui.messages import Messages

DPI = 200


class PrinterFailed(Known):
    """The printer did not take the pages."""

    number = 601


def ask(parent: QWidget, title: str, chosen: Callable[[QPrinter], None], *, landscape: bool = False) -> QPrintDialog:
    """Show the system's dialog; `chosen(printer)` runs when the person agrees."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setDocName(title)
    printer.setFullPage(True)
    if landscape:
        printer.setPageOrientation(QPageLayout.Orientation.Landscape)
    dialog = QPrintDialog(printer, parent)
    dialog.setOption(QPrintDialog.PrintDialogOption.PrintToFile, False)
    dialog.accepted.connect(lambda: chosen(printer))
    # QPrintDialog hides the plain open() of every other dialog behind one with a slot.
    QDialog.open(dialog)
    return dialog


def hand_over(printer: QPrinter, pages: list[QImage], messages: Messages) -> None:
    """Paints the pages and tells the person how it went."""
    try:
        paint(printer, pages)
    except PrinterFailed as error:
        messages.trouble(error)
    else:
        messages.tell("record.printed", n=len(pages))


def paint(printer: QPrinter, pages: list[QImage]) -> None:
    """Every picture on a sheet of its own, as large as the sheet allows. Raises PrinterFailed."""
    painter = QPainter()
    if not painter.begin(printer):
        raise PrinterFailed(printer=printer.printerName())
    try:
        for number, page in enumerate(pages):
            if number and not printer.newPage():
                raise PrinterFailed(printer=printer.printerName())
            area = QRectF(printer.pageLayout().fullRectPixels(printer.resolution()))
            size = page.size().scaled(area.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRectF((area.width() - size.width()) / 2, (area.height() - size.height()) / 2,
                           size.width(), size.height())
            painter.drawImage(place, page)
    finally:
        painter.end()
