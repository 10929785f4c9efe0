"""ui/screens/inbox_form.py — the description of a paper: fields in the order a clerk reads a page, one column, no
dialog.

Enter in any field accepts, Tab goes on. The common fields come first, the rarer ones of DA/T 18 behind "更多"; `help` is one
line that says what the standard wants of the field that has the focus. A field nobody edited gives back what was put into
it, to the letter. Without `numbered` the fields that stand in the 档号 are left out: a correction cannot change them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app import wording
from app.drafts import laid_over, spread
from app.filing import MOST_ATTACHMENTS, Problem, terms
from storage.records import Category, ItemDraft
from storage.records.descriptions import NUMBERED
from ui.models import choices
from ui.phrases import say
from ui.stylesheet import look
from ui.widgets.dates import DateField
from ui.widgets.form import Choice, Field, Fields, Lines, Number, Picker
from ui.widgets.layout import button, row, text
from ui.widgets.offered import Offered

MOST_PAGES = 99_999
#: One line of Chinese says what takes two of English.
HELP_PX = {"zh": 18, "en": 34}
COMMON = (("title",), ("doc_date", "document_no"), ("creator",), ("category",), ("year", "retention"),
          ("security_class", "page_count"), ("office", "remarks"))
RARER = (("document_type", "manuscript"), ("subjects",), ("attachment_count", "origin"), ("access_status", "secrecy_period"),
         ("sub_title",), ("parallel_title",), ("abstract",))


class InboxForm(QScrollArea):
    """`edited` after every change, `submitted` when Enter is pressed in a field."""

    edited = Signal()
    submitted = Signal()

    def __init__(self, *, numbered: bool = True, unfolded: bool = False) -> None:
        super().__init__()
        self._draft = ItemDraft()
        self._shown: dict[str, object] = {}
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
        self.document_type = Offered(terms("document_types"))
        self.manuscript = Offered(terms("manuscripts"))
        self.subjects = QLineEdit()
        self.attachments = Number(0, MOST_ATTACHMENTS)
        self.origin = Choice()
        self.access = Choice()
        self.secrecy_period = Offered(terms("secrecy_periods"))
        self.sub_title, self.parallel_title = QLineEdit(), QLineEdit()
        self.abstract = Lines(76)
        self._known: Sequence[Category] = ()
        self._years: Sequence[int] = ()
        editors: dict[str, QWidget] = {
            "title": self.title, "doc_date": self.date, "document_no": self.document_no, "creator": self.creator,
            "category": self.category, "year": self.year, "retention": self.retention, "security_class": self.secrecy,
            "page_count": self.pages, "office": self.office, "remarks": self.remarks,
            "document_type": self.document_type, "manuscript": self.manuscript, "subjects": self.subjects,
            "attachment_count": self.attachments, "origin": self.origin, "access_status": self.access,
            "secrecy_period": self.secrecy_period, "sub_title": self.sub_title, "parallel_title": self.parallel_title,
            "abstract": self.abstract,
        }
        made = {which: Field(f"field.{which}", editor) for which, editor in editors.items()}
        # Two and three lines also when the form is cramped: the style sheet's least height is that of one.
        made["title"].setMinimumHeight(80)
        made["abstract"].setMinimumHeight(100)
        self._helped = {editor: which for which, editor in editors.items()}
        self.fields = Fields(made)
        self.help = text("small", wrap=True)
        self.help.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.more_button = button("description.more", "link")
        self.more_button.clicked.connect(lambda: self.unfold(self._more.isHidden()))
        self._more = QWidget()
        behind = QVBoxLayout(self._more)
        behind.setContentsMargins(0, 0, 0, 0)
        behind.setSpacing(8)
        sheet = QWidget()
        look(sheet, "sheet")
        box = QVBoxLayout(sheet)
        box.setContentsMargins(16, 10, 12, 10)
        box.setSpacing(8)
        self._left_out = frozenset() if numbered else frozenset(NUMBERED)
        for lines, place in ((COMMON, box), (RARER, behind)):
            for line in lines:
                shown = [which for which in line if which not in self._left_out]
                if len(shown) == 1:
                    place.addWidget(made[shown[0]])
                if len(shown) < 2:
                    continue
                together = row(*(made[which] for which in shown), spacing=10)
                for number, which in enumerate(shown):
                    together.setStretch(number, 1)
                    together.setAlignment(made[which], Qt.AlignmentFlag.AlignTop)
                place.addLayout(together)
        box.addLayout(row(self.more_button, None))
        box.addWidget(self._more)
        box.addStretch(1)
        self.setWidget(sheet)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusProxy(self.title)
        self.title.submitted.connect(self.submitted)
        self.abstract.submitted.connect(self.submitted)
        self.category.currentIndexChanged.connect(self._on_category)
        self.date.editingFinished.connect(self._on_date)
        for field in made.values():
            field.edited.connect(self._on_edited)
            field.editor.installEventFilter(self)
        self.reword()
        self.unfold(unfolded)

    def unfold(self, open: bool) -> None:
        """Show the rarer fields too."""
        self._more.setVisible(open)
        say(self.more_button, "description.less" if open else "description.more")

    def know(self, categories: Sequence[Category], years: Sequence[int]) -> None:
        self._known, self._years = categories, years
        self.reword()

    def reword(self) -> None:
        self.help.setFixedHeight(HELP_PX[wording.language()])
        self._silent = True
        for list_, lines in (
            (self.category, choices.categories(self._known)),
            (self.year, choices.years([*self._years, *filter(None, [self.year.value()])])),
            (self.retention, choices.retentions()), (self.secrecy, choices.secrecies()), (self.origin, choices.origins()),
            (self.access, choices.access_statuses()),
        ):
            empty = bool(self._shown) and list_.value() is None
            list_.fill(lines)
            if empty:
                list_.setCurrentIndex(-1)
        self._silent = False

    def show_draft(self, draft: ItemDraft) -> None:
        """Put a suggestion into the fields."""
        self._silent = True
        self._draft = draft
        self.title.setPlainText(draft.title)
        self.date.set_value(draft.doc_date)
        self.document_no.setText(draft.document_no)
        self.creator.setText(draft.creator)
        _choose(self.category, draft.category)
        if draft.year and not self.year.has(draft.year):
            self.year.fill(choices.years([*self._years, draft.year]))
        _choose(self.year, draft.year)
        self.retention.choose(draft.retention)
        self.secrecy.choose(draft.security_class)
        self.pages.setValue(draft.page_count)
        self.office.setText(draft.office)
        self.remarks.setText(draft.remarks)
        self.document_type.setText(draft.document_type)
        self.manuscript.setText(draft.manuscript)
        self.subjects.setText(draft.subjects)
        self.attachments.setValue(draft.attachment_count)
        self.origin.choose(draft.origin)
        self.access.choose(draft.access_status)
        self.secrecy_period.setText(draft.secrecy_period)
        self.sub_title.setText(draft.sub_title)
        self.parallel_title.setText(draft.parallel_title)
        self.abstract.setPlainText(draft.abstract)
        for line in self._helped:
            if isinstance(line, QLineEdit):
                line.setCursorPosition(0)
        self.fields.clear()
        self._shown = self._read()
        self._silent = False
        self.verticalScrollBar().setValue(0)

    def draft(self) -> ItemDraft:
        """What the fields say now; of those nobody edited, what was put into them."""
        return replace(self._draft, **self._edited())  # type: ignore[arg-type]

    def written(self) -> dict[str, Any]:
        """What a person has changed, as plain values for a draft."""
        edited = self._edited()
        return {which: value for which, value in spread(self.draft()).items() if which in edited}

    def write(self, written: Mapping[str, Any]) -> None:
        """Puts back what a person had changed, over what stands here."""
        before, shown = self._draft, self._shown
        self.show_draft(laid_over(before, written))
        self._draft, self._shown = before, shown
        self.edited.emit()

    def _edited(self) -> dict[str, object]:
        return {which: value for which, value in self._read().items() if value != self._shown.get(which, _NOTHING)}

    def _read(self) -> dict[str, object]:
        said = {
            "title": self.title.toPlainText(), "doc_date": self.date.value(), "document_no": self.document_no.text(),
            "creator": self.creator.text(), "category": self.category.value() or "", "year": self.year.value() or 0,
            "retention": self.retention.value(), "security_class": self.secrecy.value(),
            "page_count": self.pages.value(), "office": self.office.text(), "remarks": self.remarks.text(),
            "document_type": self.document_type.text(), "manuscript": self.manuscript.text(),
            "subjects": self.subjects.text(), "attachment_count": self.attachments.value(),
            "origin": self.origin.value(), "access_status": self.access.value(),
            "secrecy_period": self.secrecy_period.text(), "sub_title": self.sub_title.text(),
            "parallel_title": self.parallel_title.text(), "abstract": self.abstract.toPlainText(),
        }
        return {which: value for which, value in said.items() if which not in self._left_out}

    def show_problems(self, problems: Sequence[Problem], *, focus: bool = False) -> None:
        rarer = {which for line in RARER for which in line}
        if any(problem.field in rarer for problem in problems):
            self.unfold(True)
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

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QWidget) and watched in self._helped:
            say(self.help, f"help.{self._helped[watched]}")
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.submitted.emit()
        else:
            super().keyPressEvent(event)


_NOTHING = object()


def _choose(list_: Choice, value: object) -> None:
    """Choose a value; what the list does not know leaves nothing chosen, never the paper's before."""
    if list_.has(value):
        list_.choose(value)
    else:
        list_.setCurrentIndex(-1)
