"""ui/screens/inspection_findings.py — what a run found: on the left by check, on the right what one finding means and asks for."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QScrollArea, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from app import wording
from app.inspection import tell
from app.inspection.words import place_words
from storage.records import Subject
from ui.phrases import name, plain, say
from ui.screens.inspection_rows import Group, Row, Seen
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.layout import button, card, column, label, row, text
from ui.widgets.states import Badge, Shelf

_ROW = Qt.ItemDataRole.UserRole
_DETAIL_PX = 290
#: A title is there to recognise the record by; the record itself has all of it.
_TITLE = 60


class FindingsPage(QWidget):
    """`opened` carries the Subject a person wants to see."""

    opened = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._groups: tuple[Group, ...] = ()
        self._rows: list[tuple[Group, Row]] = []
        self._here: Subject | None = None
        self.tree = name(QTreeWidget(), "inspection.findings")
        self.tree.setColumnCount(2)
        self.tree.setRootIsDecorated(True)
        self.tree.setIndentation(14)
        self.tree.setUniformRowHeights(True)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(1, 208)
        self.tree.currentItemChanged.connect(lambda item, _before: self._show(item))
        self.tree.itemActivated.connect(lambda item, _column: self._on_open())
        self.badge, self._check = Badge(), text("strong", wrap=True)
        self._what, self._why, self._todo = (text("", wrap=True, selectable=True) for _ in range(3))
        self._where, self._title = text("code", wrap=True, selectable=True), text("muted", wrap=True)
        self.open_button = button("inspection.see", theme=theme, drawing="eye")
        self.open_button.clicked.connect(self._on_open)
        detail, inside = card(kind="card", margins=16, spacing=8)
        detail.setFixedWidth(_DETAIL_PX)
        sheet = QWidget()
        look(sheet, "sheet")
        lines = QVBoxLayout(sheet)
        lines.setContentsMargins(0, 0, 6, 0)
        lines.setSpacing(4)
        lines.addLayout(row(self.badge, None))
        for part in (self._check, self._what, label("inspection.where_it_is", "label"), self._where, self._title,
                     label("inspection.why_it_matters", "label"), self._why, label("inspection.what_to_do", "label"),
                     self._todo):
            if part.property("look") == "label":
                lines.addSpacing(6)
            lines.addWidget(part)
        lines.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(sheet)
        inside.addWidget(scroll, 1)
        inside.addWidget(self.open_button)
        self._nothing = Shelf(detail, theme, empty="inspection.nowhere", drawing="left")
        self._nothing.setFixedWidth(_DETAIL_PX)
        both = QWidget()
        whole = QHBoxLayout(both)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(10)
        whole.addWidget(self.tree, 1)
        whole.addWidget(self._nothing)
        self.shelf = Shelf(both, theme, empty="inspection.clean", drawing="done")
        outer = column(self.shelf)
        self.setLayout(outer)
        self.setFocusProxy(self.tree)

    def show_run(self, seen: Seen) -> None:
        self._groups = seen.groups
        self._fill()

    def reword(self) -> None:
        self._fill()

    # -- inside

    def _fill(self) -> None:
        kept = self.tree.currentIndex().row(), self.tree.currentIndex().parent().row()
        self.tree.setHeaderLabels([wording.say("inspection.column.what"), wording.say("inspection.column.where")])
        self.tree.clear()
        self._rows = []
        for group in self._groups:
            top = QTreeWidgetItem([f"{group.check.code}  {group.check.title()}  ·  {group.result.found:,}"])
            font = top.font(0)
            font.setBold(True)
            top.setFont(0, font)
            top.setToolTip(0, top.text(0))
            for one in group.rows:
                told = tell(one.finding.fault)
                child = QTreeWidgetItem([told.what, place_words(one.finding.fault, one.code)])
                child.setToolTip(0, told.what)
                child.setToolTip(1, child.text(1))
                child.setData(0, _ROW, len(self._rows))
                self._rows.append((group, one))
                top.addChild(child)
            if group.result.found > len(group.rows):
                more = wording.say("inspection.kept_only", n=len(group.rows), rest=group.result.found - len(group.rows))
                rest = QTreeWidgetItem([more])
                rest.setFlags(Qt.ItemFlag.ItemIsEnabled)
                top.addChild(rest)
            self.tree.addTopLevelItem(top)
            top.setFirstColumnSpanned(True)
            top.setExpanded(True)
        if not self._groups:
            self.shelf.show_empty()
            return
        self.shelf.show_content()
        number, parent = kept
        for above, place in ((parent, number), (0, 0)):
            check = self.tree.topLevelItem(above) if above >= 0 else None
            chosen = check.child(place) if check is not None else None
            if chosen is not None:
                self.tree.setCurrentItem(chosen)
                return

    def _show(self, item: QTreeWidgetItem | None) -> None:
        number = item.data(0, _ROW) if item is not None else None
        if number is None:
            self._here = None
            self._nothing.show_empty()
            return
        group, one = self._rows[number]
        fault = one.finding.fault
        told = tell(fault)
        self.badge.show_state("inspection_severity", fault.severity.value)
        plain(self._check, f"{group.check.code}  {group.check.title()}")
        plain(self._what, told.what)
        plain(self._where, place_words(fault, one.code))
        plain(self._title, one.title if len(one.title) <= _TITLE else f"{one.title[:_TITLE]}…")
        self._title.setVisible(bool(one.title))
        plain(self._why, told.why)
        plain(self._todo, told.todo)
        self._here = fault.subject
        self.open_button.setVisible(fault.subject is not None)
        say(self.open_button, "inspection.see")
        self._nothing.show_content()

    def _on_open(self) -> None:
        if self._here is not None:
            self.opened.emit(self._here)
