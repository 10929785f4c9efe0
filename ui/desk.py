"""ui/desk.py — what a screen is given to work with, and nothing more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.station import Station
from ui.messages import Messages
from ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Desk:
    """`go(screen, subject)` shows another screen; `subject` is what that screen opens (a record id, a query). `lock` ends
    the session: another begins with a passphrase; `rekey` does too, and the master key is changed with that passphrase.
    """

    station: Station
    messages: Messages
    theme: Theme
    go: Callable[[str, object], None]
    lock: Callable[[], None] = lambda: None
    rekey: Callable[[], None] = lambda: None
