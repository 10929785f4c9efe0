"""ui/phrases.py — wording bound to widgets, so that a change of language rewrites the window that is open.

`say(label, "inbox.empty")` sets the text and remembers the key on the widget itself (a dynamic property: it lives and
dies with the widget). `reword()` walks the living widgets once. Facts must be plain strings or numbers.
"""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QApplication, QWidget

from app import wording

W = TypeVar("W", bound=QWidget)
_PROPERTY = "anjuanPhrases"


def say(widget: W, key: str, setter: str = "setText", /, **facts: str | int) -> W:
    """Write the sentence `key` with `widget.setter`, now and after every change of language."""
    bound = dict(widget.property(_PROPERTY) or {})
    bound[setter] = [key, facts]
    widget.setProperty(_PROPERTY, bound)
    getattr(widget, setter)(wording.say(key, **facts))
    return widget


def name(widget: W, key: str, /, **facts: str | int) -> W:
    """The accessible name, what a screen reader says for the widget."""
    return say(widget, key, "setAccessibleName", **facts)


def plain(widget: QWidget, text: str, setter: str = "setText") -> None:
    """Write text that is no sentence of ours (a name, a number); forgets a bound sentence."""
    bound = dict(widget.property(_PROPERTY) or {})
    if bound.pop(setter, None) is not None:
        widget.setProperty(_PROPERTY, bound)
    getattr(widget, setter)(text)


def reword() -> None:
    """Write every bound sentence again in the current language."""
    for widget in QApplication.allWidgets():
        for setter, (key, facts) in (widget.property(_PROPERTY) or {}).items():
            getattr(widget, setter)(wording.say(key, **facts))
