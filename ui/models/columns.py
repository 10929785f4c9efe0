"""ui/models/columns.py — columns as data: a title, what stands in the cell, its width and its side.

Adding a column is one line here. `state` makes the cell a badge in the
colour of that state; `hint` is what the mouse and a screen reader are told besides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from PySide6.QtCore import Qt

from app import wording

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """`width` in pixels, 0 takes what is left."""

    title: str
    show: Callable[[R], str]
    width: int = 0
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft
    state: Callable[[R], str] | None = None
    hint: Callable[[R], str] | None = None


def moment(utc: str) -> str:
    """A UTC time of the archive in local time, short: today only the hour."""
    if not utc:
        return ""
    local = datetime.fromisoformat(utc.replace("Z", "+00:00")).astimezone()
    if local.date() == datetime.now().astimezone().date():
        return local.strftime("%H:%M")
    return local.strftime("%Y-%m-%d %H:%M")


def size(count: int) -> str:
    """A number of bytes for people."""
    amount = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1024 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit in ("B", "KB") else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError


def word(table: str, value: str) -> str:
    """The word of a state."""
    return wording.say(f"{table}.{value}")
