"""ui/screens/interchange_export.py — giving a catalogue out: which records, in which form, where to.

The count follows the choice. The file is made in memory and journaled before it is written; it is clear text, and the page
says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QRadioButton,
    QScrollArea,
    QWidget,
)

from app import numbering, wording
from app.interchange import FORMATS, Selection
from app.jobs import Job
from storage.records import Category, Role
from ui.models import choices
from ui.phrases import name, plain, say
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets import picker
from ui.widgets.form import Choice, Field
from ui.widgets.layout import button, card, column, drawing, label, row, rule, text

PAUSE_MS = 250
#: The forms as people ask for them: tables, a transfer, another system.
GROUPS = (
    ("tables", ("xlsx", "csv", "volumes_xlsx", "volumes_csv")),
    ("transfer", ("catalogue", "volumes_catalogue")),
    ("systems", ("ead3", "dc", "premis")),
)


@dataclass(frozen=True, slots=True)
class _Known:
    categories: list[Category]
    years: list[int]
    limit: int


class ExportPage(QWidget):
    """The second half of the screen."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen, self.station, theme = screen, screen.station, screen.desk.theme
        self._known = _Known([], [], 0)
        self._count = 0
        self._counting: Job[int] | None = None
        self._job: Job[Any] | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._recount)
        self.category, self.year, self.retention = Choice(), Choice(), Choice()
        self.codes = QLineEdit()
        say(self.codes, "interchange.codes_example", "setPlaceholderText")
        self._number, self._said = text("number"), text("small", wrap=True)
        self.export_button = button("interchange.export_now", "primary", theme=theme, drawing="export")
        self.cancel_button = button("interchange.cancel")
        self.export_button.clicked.connect(self._on_export)
        self.cancel_button.clicked.connect(self._on_cancel)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        name(self._bar, "interchange.working")
        left, box = card(margins=18, spacing=10)
        left.setFixedWidth(288)
        box.addWidget(label("interchange.which", "heading"))
        for key, editor in (("field.category", self.category), ("field.year", self.year), ("field.retention", self.retention),
                            ("interchange.codes", self.codes)):
            field = Field(key, editor)
            field.edited.connect(lambda: self._pause.start())
            box.addWidget(field)
        box.addWidget(rule())
        box.addLayout(column(self._number, label("interchange.selected", "label"), spacing=0))
        box.addWidget(self._said)
        box.addStretch(1)
        warning, inside = card(kind="notice", margins=10, spacing=0)
        warning.setProperty("state", "warn")
        told = row(drawing(theme, "warning", "warn", 18), label("interchange.clear_text", wrap=True))
        told.setStretch(1, 1)
        inside.addLayout(told)
        box.addWidget(self._bar)
        box.addLayout(column(self.export_button, self.cancel_button))
        self._group = QButtonGroup(self)
        forms = QWidget()
        look(forms, "sheet")
        listed = QGridLayout(forms)
        listed.setContentsMargins(18, 0, 18, 14)
        listed.setHorizontalSpacing(14)
        listed.setVerticalSpacing(2)
        listed.setColumnStretch(1, 1)
        self.forms: dict[str, QRadioButton] = {}
        for group, formats in GROUPS:
            listed.addWidget(_heading(group), listed.rowCount(), 0, 1, 2)
            for format in formats:
                listed.addWidget(self._form(format), listed.rowCount(), 0)
                listed.addWidget(label(f"interchange.about_{format}", "small", wrap=True), listed.rowCount() - 1, 1)
        listed.setRowStretch(listed.rowCount(), 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(forms)
        right, below = card(margins=0, spacing=0)
        head = row(label("interchange.form", "heading"), None)
        head.setContentsMargins(18, 14, 18, 6)
        below.addLayout(head)
        below.addWidget(scroll, 1)
        foot = row(warning)
        foot.setContentsMargins(16, 6, 16, 14)
        below.addLayout(foot)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(12)
        whole.addWidget(left)
        whole.addWidget(right, 1)
        self.forms["xlsx"].setChecked(True)
        self.setFocusProxy(self.category)
        self._running(None)

    @property
    def format(self) -> str:
        return next(format for format, radio in self.forms.items() if radio.isChecked())

    def wanted(self) -> Selection:
        codes = tuple(numbering.normalise(code) for code in re.split(r"[\s,;，；、]+", self.codes.text()) if code)
        return Selection(self.category.value(), self.year.value(), self.retention.value(), codes=codes)

    def refresh(self) -> None:
        self._screen.run(
            "view",
            lambda _job: _Known(self.station.categories(), self.station.years(), int(self.station.settings.get("export_limit"))),
            done=self._on_known,
        )

    def reword(self) -> None:
        self._fill()
        self._show_count(self._count)

    # -- inside

    def _form(self, format: str) -> QRadioButton:
        radio = say(QRadioButton(), f"interchange.format_{format}")
        name(radio, f"interchange.format_{format}")
        radio.toggled.connect(lambda on: self._pause.start() if on else None)
        self.forms[format] = radio
        self._group.addButton(radio)
        return radio

    def _on_known(self, known: _Known) -> None:
        self._known = known
        self._fill()
        self._recount()

    def _fill(self) -> None:
        everything: list[tuple[object, str]] = [(None, wording.say("reports.all"))]
        self.category.fill(everything + choices.categories(self._known.categories))
        self.year.fill(everything + choices.years_kept(self._known.years))
        self.retention.fill(everything + choices.retentions())

    def _recount(self) -> None:
        if self._counting is not None:
            self._counting.cancel()
        wanted, format = self.wanted(), self.format
        self._counting = self._screen.run(
            "view", lambda _job: self.station.interchange.count(wanted, format), done=self._show_count
        )

    def _show_count(self, count: int) -> None:
        self._count = count
        self._number.setText(f"{count:,}")
        refused = count > self._known.limit and Role.ADMINISTRATOR not in self.station.agent.roles
        if refused:
            plain(self._said, wording.say("interchange.over_limit", limit=f"{self._known.limit:,}"))
        else:
            plain(self._said, wording.say("interchange.hidden"))
        self.export_button.setEnabled(count > 0 and not refused and self._job is None)

    def _on_export(self) -> None:
        format = self.format
        picker.save_file(self, self._screen.desk.theme, lambda path: self.write(path, format), suggested=self._name(format))

    def write(self, path: Path, format: str) -> None:
        """Make the file and write it there."""
        wanted, limit = self.wanted(), self._known.limit

        def make(job: Job[Any]) -> bytes:
            return self.station.interchange.build(wanted, format, limit, job.step)

        def made(data: bytes) -> None:
            self._running(
                self._screen.run(
                    "write", lambda _job: self.station.export(data, path, f"catalogue:{format}"),
                    done=lambda _none: self._on_written(path), failed=self._on_failed,
                )
            )

        self._bar.setRange(0, 0)
        self._running(self._screen.run("view", make, done=made, failed=self._on_failed, progress=self._on_progress))

    def _name(self, format: str) -> str:
        parts = [wording.say(f"interchange.file_{format}"), self.category.value() or "", str(self.year.value() or ""),
                 self.retention.value() or ""]
        return "-".join(str(part) for part in parts if part) + FORMATS[format].ending

    def _on_written(self, path: Path) -> None:
        self._running(None)
        self._screen.desk.messages.tell("record.exported", path=str(path))

    def _on_failed(self, error: BaseException) -> None:
        self._running(None)
        self._screen.desk.messages.trouble(error)

    def _on_cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._running(None)

    def _on_progress(self, done: int, total: int, _note: str) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)

    def _running(self, job: Job[Any] | None) -> None:
        self._job = job
        self._bar.setVisible(job is not None)
        self.cancel_button.setVisible(job is not None)
        self.export_button.setVisible(job is None)
        self.export_button.setEnabled(job is None and self._count > 0)


def _heading(group: str) -> QLabel:
    made = label(f"interchange.group_{group}", "label")
    made.setContentsMargins(0, 6, 0, 2)
    return made
