"""ui/widgets/layout.py — the few shapes every screen is made of: cards, rows, headings, rules, drawings."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QVBoxLayout, QWidget

from ui.phrases import name, say
from ui.stylesheet import look
from ui.theme import Theme

L = TypeVar("L", bound=QBoxLayout)

def card(*, kind: str = "card", margins: int = 16, spacing: int = 10) -> tuple[QFrame, QVBoxLayout]:
    """A bordered surface and the column inside it."""
    frame = QFrame()
    look(frame, kind)
    column = QVBoxLayout(frame)
    column.setContentsMargins(margins, margins, margins, margins)
    column.setSpacing(spacing)
    return frame, column


def row(*parts: QWidget | QLayout | int | None, spacing: int = 8) -> QHBoxLayout:
    """Side by side. `None` is a stretch, a number a gap."""
    return _fill(QHBoxLayout(), parts, spacing)


def column(*parts: QWidget | QLayout | int | None, spacing: int = 8) -> QVBoxLayout:
    """One under the other. `None` is a stretch, a number a gap."""
    return _fill(QVBoxLayout(), parts, spacing)


def label(key: str, kind: str = "", wrap: bool = False) -> QLabel:
    """A sentence of ours."""
    made = say(QLabel(), key)
    if kind:
        look(made, kind)
    made.setWordWrap(wrap)
    return made


def text(kind: str = "", wrap: bool = False, selectable: bool = False) -> QLabel:
    """A label that will carry data: plain text always, whatever the data looks like."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    if kind:
        look(made, kind)
    made.setWordWrap(wrap)
    if selectable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def button(key: str, kind: str = "", *, theme: Theme | None = None, drawing: str = "") -> QPushButton:
    """A button with words. Kinds: primary, quiet, danger, link."""
    made = say(QPushButton(), key)
    made.setAutoDefault(True)
    if kind:
        look(made, kind)
    if theme is not None and drawing:
        colour = {"primary": "on_accent", "danger": "bad", "link": "accent"}.get(kind, "text")
        theme.wear(made, drawing, colour, 18)
    name(made, key)
    return made


def tool(key: str, theme: Theme, drawing: str) -> QPushButton:
    """A button with a drawing only; its words are the tool tip and the accessible name."""
    made = QPushButton()
    made.setAutoDefault(True)
    look(made, "quiet")
    theme.wear(made, drawing)
    say(made, key, "setToolTip")
    return name(made, key)


def drawing(theme: Theme, which: str, colour: str = "muted", size: int = 20) -> QLabel:
    made = QLabel()
    theme.wear(made, which, colour, size)
    made.setFixedSize(size, size)
    return made


def rule() -> QFrame:
    """A hair line."""
    made = QFrame()
    look(made, "rule")
    made.setFixedHeight(1)
    return made


def _fill(layout: L, parts: tuple[QWidget | QLayout | int | None, ...], spacing: int) -> L:
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for part in parts:
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, int):
            layout.addSpacing(part)
        elif isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)
    return layout
