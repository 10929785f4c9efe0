"""ui/desk.py — what a screen is given to work with, and nothing more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.station import Station
from ui.messages import Messages
from ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Desk:
    """`go(screen, subject)` shows another screen; `subject` is what that screen opens (a record id, a query)."""

    station: Station
    messages: Messages
    theme: Theme
    go: Callable[[str, object], None]
