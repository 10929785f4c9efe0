"""ui/screens/inbox_form.py — the description of a paper: fields in the order a clerk reads a page, one column, no
dialog.

Enter in any field accepts, Tab goes on. Problems and the 档号 to come are asked for after a short pause in typing; an
answer to an older state of the form is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.filing import Problem
from storage.records import Category, ItemDraft
from ui.models import choices
from ui.stylesheet import look
from ui.widgets.dates import DateField
from ui.widgets.form import Choice, Field, Fields, Lines, Number, Picker
from ui.widgets.layout import row

MOST_PAGES = 99_999


class InboxForm(QScrollArea):
    """`edited` after every change, `submitted` when Enter is pressed in a field."""

    edited = Signal()
    submitted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._draft = ItemDraft()
        self._silent = False
        self.title = Lines(56)
        self.date = DateField()
        self.document_no = QLineEdit()
        self.creator = QLineEdit()
        self.category = Picker()
        self.year = Choice()
        self.retention = Choice()
        self.secrecy = Choice()
        self.pages = Number(0, MOST_PAGES)
        self.office = QLineEdit()
        self.remarks = QLineEdit()
        self._known: Sequence[Category] = ()
        self._years: Sequence[int] = ()
        made = {
            "title": Field("field.title", self.title),
            "doc_date": Field("field.doc_date", self.date),
            "document_no": Field("field.document_no", self.document_no),
            "creator": Field("field.creator", self.creator),
            "category": Field("field.category", self.category),
            "year": Field("field.year", self.year),
            "retention": Field("field.retention", self.retention),
            "security_class": Field("field.security_class", self.secrecy),
            "page_count": Field("field.page_count", self.pages),
            "office": Field("field.office", self.office),
            "remarks": Field("field.remarks", self.remarks),
        }
        self.fields = Fields(made)
        sheet = QWidget()
        look(sheet, "sheet")
        box = QVBoxLayout(sheet)
        box.setContentsMargins(16, 10, 12, 10)
        box.setSpacing(8)
        box.addWidget(made["title"])
        for line in (("doc_date", "document_no"), ("creator",), ("category",), ("year", "retention"),
                     ("security_class", "page_count"), ("office", "remarks")):
            together = row(*(made[which] for which in line), spacing=10)
            for place, which in enumerate(line):
                together.setStretch(place, 1)
                together.setAlignment(made[which], Qt.AlignmentFlag.AlignTop)
            box.addLayout(together)
        box.addStretch(1)
        self.setWidget(sheet)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusProxy(self.title)
        self.title.submitted.connect(self.submitted)
        self.category.currentIndexChanged.connect(self._on_category)
        self.date.editingFinished.connect(self._on_date)
        for field in made.values():
            field.edited.connect(self._on_edited)
        self.reword()

    def know(self, categories: Sequence[Category], years: Sequence[int]) -> None:
        self._known, self._years = categories, years
        self.reword()

    def reword(self) -> None:
        self._silent = True
        self.category.fill(choices.categories(self._known))
        self.year.fill(choices.years(self._years))
        self.retention.fill(choices.retentions())
        self.secrecy.fill(choices.secrecies())
        self._silent = False

    def show_draft(self, draft: ItemDraft) -> None:
        """Put a suggestion (or what was typed before a lock) into the fields."""
        self._silent = True
        self._draft = draft
        self.title.setPlainText(draft.title)
        self.date.set_value(draft.doc_date)
        self.document_no.setText(draft.document_no)
        self.creator.setText(draft.creator)
        self.category.choose(draft.category)
        if draft.year and not self.year.has(draft.year):
            self.year.fill(choices.years([*self._years, draft.year]))
        self.year.choose(draft.year)
        self.retention.choose(draft.retention)
        self.secrecy.choose(draft.security_class)
        self.pages.setValue(draft.page_count)
        self.office.setText(draft.office)
        self.remarks.setText(draft.remarks)
        for line in (self.document_no, self.creator, self.office, self.remarks):
            line.setCursorPosition(0)
        self.fields.clear()
        self._silent = False
        self.verticalScrollBar().setValue(0)

    def draft(self) -> ItemDraft:
        """What the fields say now."""
        return replace(
            self._draft,
            title=self.title.toPlainText(), doc_date=self.date.value(), document_no=self.document_no.text(),
            creator=self.creator.text(), category=self.category.value() or "",
            year=self.year.value() or 0, retention=self.retention.value(),
            security_class=self.secrecy.value(), page_count=self.pages.value(), office=self.office.text(),
            remarks=self.remarks.text(),
        )

    def show_problems(self, problems: Sequence[Problem], *, focus: bool = False) -> None:
        self.fields.show_problems(problems, focus=focus)

    def _on_edited(self) -> None:
        if not self._silent:
            self.edited.emit()

    def _on_category(self) -> None:
        # The class proposes how long to keep; a person may still choose otherwise afterwards.
        if self._silent:
            return
        for category in self._known:
            if category.code == self.category.value():
                self.retention.choose(category.default_retention)

    def _on_date(self) -> None:
        year = self.date.value()[:4]
        if not self._silent and self.date.isModified() and year.isdigit():
            self.year.choose(int(year))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.submitted.emit()
        else:
            super().keyPressEvent(event)
