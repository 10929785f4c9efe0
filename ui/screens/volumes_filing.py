"""ui/screens/volumes_filing.py — 立卷: what still has to be done, each with the way to do it, and the button once nothing has.

Problems stand first and keep the volume from being filed; warnings are for a second look and block nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app import wording
from app.filing import Problem
from app.volumes.checks import Check
from storage.records import Category
from storage.records.volumes import VolumeDraft
from ui.desk import Desk
from ui.phrases import say
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.layout import button, drawing, label, row, rule, text


@dataclass(frozen=True, slots=True)
class Ready:
    """What the station says of a volume that somebody wants to file."""

    check: Check
    proposed: VolumeDraft
    code: str
    sealed: bool
    categories: list[Category]


class FilingDialog(QDialog):
    """`fill(field)` opens the description there, `divide()` makes books, `file()` files. Each closes the dialog first."""

    def __init__(
        self, screen: Screen, desk: Desk, ready: Ready, *, fill: Callable[[str], object], divide: Callable[[], object],
        file: Callable[[], object],
    ) -> None:
        super().__init__(screen)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        say(self, "volumes.file", "setWindowTitle")
        self.setFixedWidth(600)
        self._theme = desk.theme
        self.links: list[QPushButton] = []
        box = QVBoxLayout(self)
        box.setContentsMargins(26, 22, 26, 20)
        box.setSpacing(12)
        box.addWidget(label("volumes.file", "heading"))
        problems, warnings = ready.check.problems, ready.check.warnings
        sheet = QWidget()
        look(sheet, "sheet")
        inside = QVBoxLayout(sheet)
        inside.setContentsMargins(0, 0, 8, 0)
        inside.setSpacing(8)
        if problems:
            box.addWidget(label("volumes.file_not_yet", "muted", wrap=True))
            for problem in problems:
                inside.addWidget(self._line(problem, "bad", self._way(problem, ready, fill, divide)))
        else:
            said = text("strong", wrap=True)
            say(said, "volumes.file_ready", code=ready.code)
            top = row(drawing(desk.theme, "done", "good", 22), said, spacing=10)
            top.setStretch(1, 1)
            box.addLayout(top)
            box.addWidget(label("volumes.file_frozen", "muted", wrap=True))
            if ready.sealed:
                box.addWidget(self._notice("volumes.file_seals"))
        if warnings:
            if problems:
                inside.addWidget(rule())
            inside.addWidget(label("volumes.file_warnings", "label"))
            for problem in warnings:
                inside.addWidget(self._line(problem, "warn", self._way(problem, ready, fill, divide)))
        scroll = QScrollArea()
        scroll.setWidget(sheet)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFixedHeight(min(360, sheet.sizeHint().height() + 2))
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        if problems or warnings:
            box.addWidget(scroll)
        self.yes = button("volumes.file_yes", "primary", theme=desk.theme, drawing="check")
        self.no = button("message.no")
        self.yes.setEnabled(not problems)
        self.yes.clicked.connect(lambda: self._leave(file))
        self.no.clicked.connect(self.reject)
        box.addLayout(row(None, self.no, self.yes))
        (self.links[0] if problems and self.links else self.yes if not problems else self.no).setFocus()

    def _way(
        self, problem: Problem, ready: Ready, fill: Callable[[str], object], divide: Callable[[], object]
    ) -> tuple[str, Callable[[], object]] | None:
        if problem.key == "problem.volume_thick" and ready.check.books:
            return "volumes.divide", divide
        if problem.field in ("items", "guide"):
            return None
        return "volumes.fill_in", lambda: fill(problem.field)

    def _line(self, problem: Problem, colour: str, way: tuple[str, Callable[[], object]] | None) -> QWidget:
        line = QWidget()
        said = text(wrap=True)
        said.setText(wording.say(problem.key, **problem.facts))
        parts: list[QWidget] = [drawing(self._theme, "warning", colour, 18), said]
        if way is not None:
            key, act = way
            link = button(key, "link")
            link.setAccessibleDescription(said.text())
            link.clicked.connect(lambda: self._leave(act))
            self.links.append(link)
            parts.append(link)
        inside = row(*parts, spacing=10)
        inside.setStretch(1, 1)
        line.setLayout(inside)
        return line

    def _notice(self, key: str) -> QFrame:
        frame = QFrame()
        look(frame, "notice", state="warn")
        inside = row(drawing(self._theme, "lock", "warn", 18), label(key, wrap=True), spacing=10)
        inside.setContentsMargins(12, 9, 12, 9)
        inside.setStretch(1, 1)
        frame.setLayout(inside)
        return frame

    def _leave(self, act: Callable[[], object]) -> None:
        self.accept()
        act()
