"""ui/stylesheet.py — the style sheet of the whole window, written from a theme's tokens.

Widgets choose a look by the dynamic property `look` (card, primary, quiet, danger, title, muted, ...) or, for states,
by `state`. Nothing else in the window sets a style sheet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

import resources

if TYPE_CHECKING:
    from ui.theme import Tokens


def look(widget: QWidget, value: str, **states: str) -> None:
    """Set the look (and states) of a widget and have it polished again."""
    widget.setProperty("look", value)
    for state, setting in states.items():
        widget.setProperty(state, setting)
    _again(widget)


def state(widget: QWidget, value: str) -> None:
    """Set the state (problem, good, warn, bad, empty) of a widget."""
    if widget.property("state") != value:
        widget.setProperty("state", value)
        _again(widget)


def _again(widget: QWidget) -> None:
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def write(t: Tokens) -> str:
    arrow = resources.path("icons", f"arrow-down-{t.name}.svg").as_posix()
    arrow_up = resources.path("icons", f"arrow-up-{t.name}.svg").as_posix()
    return f"""
* {{ outline: none; }}
QToolTip {{ background: {t.text}; color: {t.surface}; border: none; padding: 5px 8px; }}
QMainWindow, QDialog, QWidget[look="ground"] {{ background: {t.ground}; }}

QLabel {{ background: transparent; color: {t.text}; }}
QLabel[look="title"] {{ font-size: 20px; font-weight: 700; }}
QLabel[look="display"] {{ font-size: 28px; font-weight: 700; }}
QLabel[look="number"] {{ font-size: 26px; font-weight: 700; }}
QLabel[look="heading"] {{ font-size: 15px; font-weight: 700; }}
QLabel[look="strong"] {{ font-weight: 700; }}
QLabel[look="muted"] {{ color: {t.muted}; }}
QLabel[look="small"] {{ color: {t.muted}; font-size: 12px; }}
QLabel[look="label"] {{ color: {t.muted}; font-size: 13px; }}
QLabel[look="problem"] {{ color: {t.bad}; font-size: 13px; }}
QLabel[look="code"] {{ color: {t.accent}; font-weight: 700; }}
QLabel[look="badge"] {{
    border-radius: 3px; padding: 2px 8px; font-size: 12px; background: {t.sunken}; color: {t.muted};
}}
QLabel[look="badge"][state="good"] {{ background: {t.good_soft}; color: {t.good}; }}
QLabel[look="badge"][state="warn"] {{ background: {t.warn_soft}; color: {t.warn}; }}
QLabel[look="badge"][state="bad"] {{ background: {t.bad_soft}; color: {t.bad}; }}
QLabel[look="badge"][state="accent"] {{ background: {t.accent_soft}; color: {t.accent}; }}
QLabel[look="key"] {{
    border: 1px solid {t.line}; border-radius: 3px; padding: 0 5px; font-size: 12px; color: {t.muted};
}}

QFrame[look="card"] {{ background: {t.surface}; border: 1px solid {t.line}; border-radius: 6px; }}
QFrame[look="card"]:focus, QFrame[look="page"]:focus {{ border: 2px solid {t.accent}; }}
QFrame[look="popup"] {{ background: {t.surface}; border: 1px solid {t.edge}; border-radius: 6px; }}
QFrame[look="next"] {{
    background: {t.surface}; border: 1px solid {t.line}; border-left: 4px solid {t.accent};
    border-top-right-radius: 6px; border-bottom-right-radius: 6px;
}}
QFrame[look="next"][state="good"] {{ border-left: 4px solid {t.good}; }}
QFrame[look="sunken"] {{ background: {t.sunken}; border: none; border-radius: 6px; }}
QFrame[look="rule"] {{ background: {t.line}; border: none; }}
QFrame[look="foot"] {{ background: {t.surface}; border: none; border-top: 1px solid {t.line}; }}
QFrame[look="head"] {{ background: {t.surface}; border: none; border-bottom: 1px solid {t.line}; }}
QFrame[look="banner"] {{ background: {t.bad_soft}; border: none; border-left: 4px solid {t.bad}; }}
QFrame[look="banner"] QLabel {{ color: {t.bad}; }}
QFrame[look="offer"] {{ background: {t.accent_soft}; border: none; border-left: 4px solid {t.accent}; }}
QFrame[look="notice"] {{ background: {t.accent_soft}; border: none; border-radius: 4px; }}
QFrame[look="notice"][state="warn"] {{ background: {t.warn_soft}; }}
QFrame[look="notice"][state="warn"] QLabel {{ color: {t.warn}; }}
QFrame[look="notice"][state="bad"] {{ background: {t.bad_soft}; }}
QFrame[look="notice"][state="bad"] QLabel {{ color: {t.bad}; }}
QFrame[look="notice"][state="good"] {{ background: {t.good_soft}; }}
QFrame[look="notice"][state="good"] QLabel {{ color: {t.good}; }}
QFrame[look="toast"] {{ background: {t.text}; border-radius: 6px; }}
QFrame[look="toast"] QLabel {{ color: {t.surface}; }}
QFrame[look="gate"] {{ background: {t.nav}; border: none; }}
QFrame[look="gate"] QLabel {{ color: {t.nav_text}; }}
QFrame[look="gate"] QLabel[look="display"], QFrame[look="gate"] QLabel[look="title"] {{ color: {t.nav_here_text}; }}
QFrame[look="gate"] QLabel[look="step"][state="here"] {{ color: {t.nav_here_text}; font-weight: 700; }}

QFrame[look="nav"] {{ background: {t.nav}; border: none; }}
QFrame[look="nav"] QLabel {{ color: {t.nav_text}; }}
QFrame[look="nav"] QLabel[look="title"] {{ color: {t.nav_here_text}; font-size: 19px; }}
QPushButton[look="nav"] {{
    background: transparent; color: {t.nav_text}; border: none; border-left: 4px solid transparent;
  border-radius: 0; text-align: left; padding: 0 14px; min-height: 40px; font-size: 15px; }}
QPushButton[look="nav"]:hover {{ color: {t.nav_here_text}; }}
QPushButton[look="nav"]:checked {{
    background: {t.nav_here}; color: {t.nav_here_text}; border-left: 4px solid {t.nav_here_text};
}}
QPushButton[look="nav"]:focus {{ border: 2px solid {t.nav_here_text}; padding: 0 12px 0 16px; }}
QLabel[look="pill"] {{
    background: {t.nav_here_text}; color: {t.nav}; border-radius: 9px; padding: 0 7px; font-size: 12px;
    font-weight: 700;
}}
QFrame[look="nav"] QLabel[look="pill"] {{ color: {t.nav}; }}

QPushButton {{
    background: {t.surface}; color: {t.text}; border: 1px solid {t.edge}; border-radius: 4px; padding: 0 14px;
    min-height: 32px;
}}
QPushButton:hover {{ background: {t.sunken}; }}
QPushButton:pressed {{ background: {t.line}; }}
QPushButton:focus {{ border: 2px solid {t.accent}; padding: 0 13px; min-height: 30px; }}
QPushButton:disabled {{ color: {t.edge}; border-color: {t.line}; background: {t.ground}; }}
QPushButton[look="primary"] {{
    background: {t.accent}; color: {t.on_accent}; border: 1px solid {t.accent}; font-weight: 700;
}}
QPushButton[look="primary"]:hover {{ background: {t.accent_strong}; }}
QPushButton[look="primary"]:focus {{ border: 2px solid {t.text}; }}
QPushButton[look="primary"]:disabled {{ background: {t.sunken}; color: {t.edge}; border-color: {t.sunken}; }}
QPushButton[scale="big"] {{ min-height: 40px; padding: 0 22px; font-size: 16px; }}
QPushButton[scale="big"]:focus {{ min-height: 38px; padding: 0 21px; }}
QPushButton[look="danger"] {{ color: {t.bad}; border-color: {t.bad}; }}
QPushButton[look="danger"]:disabled {{ color: {t.edge}; border-color: {t.line}; }}
QPushButton[look="quiet"] {{ background: transparent; border: 1px solid transparent; padding: 0 8px; }}
QPushButton[look="quiet"]:hover {{ background: {t.sunken}; }}
QPushButton[look="quiet"]:focus {{ border: 2px solid {t.accent}; padding: 0 7px; }}
QPushButton[look="quiet"]:checked {{ background: {t.accent_soft}; color: {t.accent}; }}
QPushButton[look="link"] {{
    background: transparent; border: 1px solid transparent; color: {t.accent}; padding: 0 4px; text-align: left;
}}
QPushButton[look="link"]:focus {{ border: 2px solid {t.accent}; padding: 0 3px; }}
QPushButton[look="inline"] {{
    background: transparent; border: 1px solid transparent; border-radius: 4px; color: {t.accent}; padding: 0 4px;
    min-height: 22px; font-size: 13px; }}
QPushButton[look="inline"]:hover {{ background: {t.sunken}; }}
QPushButton[look="inline"]:focus {{ border: 2px solid {t.accent}; padding: 0 3px; min-height: 20px; }}
QPushButton[look="chip"] {{
    background: {t.accent_soft}; color: {t.accent}; border: 1px solid transparent; border-radius: 13px;
    padding: 0 10px; min-height: 24px; font-size: 13px; }}
QPushButton[look="chip"]:hover {{ border: 1px solid {t.accent}; }}
QPushButton[look="chip"]:focus {{ border: 2px solid {t.accent}; padding: 0 9px; min-height: 22px; }}
QPushButton[look="facet"] {{
    background: transparent; border: 1px solid transparent; text-align: left; padding: 0 8px; min-height: 26px;
    font-size: 13px;
}}
QPushButton[look="facet"]:hover {{ background: {t.sunken}; }}
QPushButton[look="facet"]:checked {{ background: {t.accent_soft}; color: {t.accent}; font-weight: 700; }}
QPushButton[look="facet"]:focus {{ border: 2px solid {t.accent}; padding: 0 7px; min-height: 24px; }}

QLineEdit, QPlainTextEdit, QSpinBox, QComboBox {{
    background: {t.surface}; color: {t.text}; border: 1px solid {t.edge}; border-radius: 4px;
  padding: 0 9px; min-height: 32px; selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QPlainTextEdit {{ padding: 4px 5px; }}
QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QComboBox:focus {{
    border: 2px solid {t.accent}; padding: 0 8px; min-height: 30px;
}}
QPlainTextEdit:focus {{ padding: 3px 4px; }}
QLineEdit[state="problem"], QPlainTextEdit[state="problem"], QSpinBox[state="problem"],
QComboBox[state="problem"] {{
    border: 2px solid {t.bad}; padding: 0 8px; min-height: 30px;
}}
QPlainTextEdit[state="problem"] {{ padding: 3px 4px; }}
QLineEdit:disabled, QPlainTextEdit:disabled, QSpinBox:disabled, QComboBox:disabled {{
    background: {t.ground}; color: {t.muted}; border-color: {t.line};
}}
QLineEdit:read-only {{ background: {t.ground}; }}
QLineEdit[look="group"] {{ font-family: monospace; font-size: 17px; padding: 7px 4px; }}
QLineEdit[look="group"][state="good"] {{ border-color: {t.good}; }}
QLineEdit[look="search"] {{ min-height: 44px; font-size: 17px; padding: 0 14px; border-radius: 6px; }}
QLineEdit[look="search"]:focus {{ min-height: 42px; padding: 0 13px; }}
QSpinBox {{ max-height: 32px; }}
QSpinBox:focus {{ max-height: 30px; }}
QSpinBox QLineEdit, QComboBox QLineEdit, QSpinBox QLineEdit:focus, QComboBox QLineEdit:focus {{
    border: none; padding: 0; min-height: 0; background: transparent;
}}
QComboBox:!editable {{ padding-left: 11px; }}
QComboBox:!editable:focus {{ padding-left: 10px; }}
QComboBox::drop-down {{ border: none; width: 26px; }}
QComboBox::down-arrow {{ image: url("{arrow}"); width: 14px; height: 14px; }}
QComboBox QAbstractItemView {{
    background: {t.surface}; border: 1px solid {t.edge}; padding: 2px; selection-background-color: {t.accent};
    selection-color: {t.on_accent};
}}
QComboBox QAbstractItemView::item {{ min-height: 30px; padding: 0 6px; }}
QSpinBox::up-button, QSpinBox::down-button {{ border: none; width: 22px; background: transparent; }}
QSpinBox::up-arrow {{ image: url("{arrow_up}"); width: 10px; height: 10px; }}
QSpinBox::down-arrow {{ image: url("{arrow}"); width: 10px; height: 10px; }}
QCheckBox, QRadioButton {{
    spacing: 8px; min-height: 30px; padding: 0 3px; border: 2px solid transparent; border-radius: 4px;
}}
QCheckBox:focus, QRadioButton:focus {{ border: 2px solid {t.accent}; }}

QRadioButton::indicator {{ width: 10px; height: 10px; border: 2px solid {t.edge}; border-radius: 7px; background: {t.surface}; }}
QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 4px solid {t.accent}; background: {t.on_accent}; }}

QListView, QTableView, QTreeView {{
    background: {t.surface}; color: {t.text}; border: 1px solid {t.line}; border-radius: 6px; gridline-color: {t.line};
  alternate-background-color: {t.ground}; selection-background-color: {t.accent_soft}; selection-color: {t.text}; }}
QListView:focus, QTableView:focus, QTreeView:focus {{ border: 2px solid {t.accent}; }}
QListView::item, QTreeView::item {{ padding: 6px 8px; }}
QListView::item:selected, QTreeView::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}
QTableView::item {{ padding: 0 13px; border-bottom: 1px solid {t.line}; }}
QTableView::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}
QListView[look="bare"], QTableView[look="bare"] {{ border: none; border-radius: 0; }}
QListView[look="menu"] {{ border: none; }}
QListView[look="bare"]:focus, QTableView[look="bare"]:focus {{ border: 2px solid {t.accent}; }}
QHeaderView {{ background: {t.surface}; border: none; }}
QHeaderView::section {{
    background: {t.surface}; color: {t.muted}; border: none; border-bottom: 1px solid {t.line};
    padding: 7px 16px; font-size: 12px; font-weight: 400;
}}
QTableCornerButton::section {{ background: {t.surface}; border: none; }}

QScrollArea, QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollArea > QWidget > QWidget[look="sheet"] {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {t.edge}; border-radius: 4px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::handle:hover {{ background: {t.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

QProgressBar {{ background: {t.sunken}; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
QProgressBar[state="bad"]::chunk {{ background: {t.bad}; }}
QProgressBar[state="warn"]::chunk {{ background: {t.warn}; }}
QProgressBar[state="good"]::chunk {{ background: {t.good}; }}
QMenu {{ background: {t.surface}; border: 1px solid {t.edge}; padding: 4px; }}
QMenu::item {{ padding: 7px 24px 7px 14px; border-radius: 3px; }}
QMenu::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}
"""
