"""ui/theme.py — the look: colours of the light and the dark house, the font, and who wears them.

A `Theme` belongs to the application. `choose("system" | "light" | "dark")` may be called at any time; the palette, the
style sheet and every icon bound with `wear()` follow at once. Every pair of text and ground keeps a contrast of at
least 4.5 (a test counts it).
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

import resources
from ui import icons, stylesheet

CHOICES = ("system", "light", "dark")
FAMILY = "Noto Sans SC"
TEXT_PX = 14
GAP_PX = 6
_WORN = "anjuanIcon"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Named colours. `soft` is the ground of a badge, `on_accent` the text on a filled button."""

    name: str
    ground: str
    surface: str
    sunken: str
    line: str
    edge: str
    text: str
    muted: str
    accent: str
    accent_strong: str
    accent_soft: str
    on_accent: str
    good: str
    good_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    nav: str
    nav_text: str
    nav_here: str
    nav_here_text: str
    found: str


LIGHT = Tokens(
    name="light", ground="#F3F5F8", surface="#FFFFFF", sunken="#E9EDF3", line="#D9DFE8", edge="#7F8DA0", text="#17202E",
    muted="#55627A", accent="#1F4F99", accent_strong="#173F7D", accent_soft="#E3ECF9", on_accent="#FFFFFF",
    good="#17693F", good_soft="#DFF2E7", warn="#855200", warn_soft="#FFF0D1", bad="#AD2A20", bad_soft="#FCE7E4",
    nav="#14284B", nav_text="#C4D1E8", nav_here="#28457A", nav_here_text="#FFFFFF", found="#FFE28A",
)
DARK = Tokens(
    name="dark", ground="#12161C", surface="#1A2029", sunken="#242C38", line="#303A48", edge="#6D7B8F", text="#E6EBF2",
    muted="#9FADBF", accent="#86B4F6", accent_strong="#A7C9FA", accent_soft="#203352", on_accent="#0C1A2E",
    good="#74D09B", good_soft="#17352A", warn="#F0C26A", warn_soft="#3A2E14", bad="#FF938A", bad_soft="#432321",
    nav="#0C1524", nav_text="#A9B7CA", nav_here="#1F3354", nav_here_text="#FFFFFF", found="#75601B",
)


class Theme(QObject):
    """What the application wears. Make it once, after QApplication."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._choice = "system"
        self.tokens = LIGHT
        self._dressed = False
        application.setStyle("Fusion")
        for name in ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"):
            QFontDatabase.addApplicationFont(str(resources.path("fonts", name)))
        font = QFont(FAMILY)
        font.setPixelSize(TEXT_PX)
        font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
        application.setFont(font)
        application.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        self._put_on()

    @property
    def choice(self) -> str:
        return self._choice

    def choose(self, choice: str) -> None:
        if choice not in CHOICES:
            raise ValueError(choice)
        self._choice = choice
        self._put_on()

    def turn(self) -> str:
        """The other of light and dark, as the button in the header does. Returns the new choice."""
        self.choose("light" if self.tokens.name == "dark" else "dark")
        return self._choice

    def wear(self, widget: QWidget, drawing: str, colour: str = "text", size: int = icons.SIZE) -> None:
        """Give a button or a label a drawing in a named colour, now and after every change of theme."""
        widget.setProperty(_WORN, [drawing, colour, size])
        self._dress(widget)

    def _on_scheme_changed(self) -> None:
        if self._choice == "system":
            self._put_on()

    def _put_on(self) -> None:
        dark = self._choice == "dark" or (
            self._choice == "system" and self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        )
        tokens = DARK if dark else LIGHT
        if self._dressed and tokens is self.tokens:
            return
        self.tokens, self._dressed = tokens, True
        self._application.setPalette(_palette(self.tokens))
        self._application.setStyleSheet(stylesheet.write(self.tokens))
        for widget in self._application.allWidgets():
            if widget.property(_WORN):
                self._dress(widget)
        self.changed.emit()

    def _dress(self, widget: QWidget) -> None:
        drawing, colour, size = widget.property(_WORN)
        ink = getattr(self.tokens, colour)
        if isinstance(widget, QAbstractButton):
            gap = GAP_PX if widget.text() else 0
            widget.setIcon(icons.icon(drawing, ink, self.tokens.edge, size, gap))
            widget.setIconSize(QSize(size + gap, size))
        elif isinstance(widget, QLabel):
            widget.setPixmap(icons.picture(drawing, ink, size))


def mix(colour: str, alpha: float) -> QColor:
    """The colour, `alpha` 0-1 opaque."""
    made = QColor(colour)
    made.setAlphaF(alpha)
    return made


def _palette(tokens: Tokens) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for place, colour in (
        (role.Window, tokens.ground), (role.WindowText, tokens.text), (role.Base, tokens.surface),
        (role.AlternateBase, tokens.sunken), (role.Text, tokens.text), (role.Button, tokens.surface),
        (role.ButtonText, tokens.text), (role.BrightText, tokens.bad), (role.Link, tokens.accent),
        (role.Highlight, tokens.accent), (role.HighlightedText, tokens.on_accent), (role.ToolTipBase, tokens.text),
        (role.ToolTipText, tokens.surface), (role.PlaceholderText, tokens.muted), (role.Mid, tokens.line),
        (role.Midlight, tokens.line), (role.Dark, tokens.edge), (role.Light, tokens.surface),
        (role.Shadow, tokens.edge), (role.Accent, tokens.accent),
    ):
        palette.setColor(place, QColor(colour))
    for place in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, place, QColor(tokens.edge))
    return palette
