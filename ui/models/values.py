"""ui/models/values.py — one field of a description as a person reads it: words for values, dates in one shape, numbers masked."""

from __future__ import annotations

from enum import StrEnum

from app import wording
from app.privacy import cover
from ui.widgets.dates import show


def shown(field: str, value: object) -> str:
    """What stands on the screen for the value of a field; a word for an empty one."""
    if isinstance(value, StrEnum):
        return wording.say(f"{field}.{value.value}")
    if value == "":
        return wording.say("description.empty")
    return cover(show(value) if field == "doc_date" else value) if isinstance(value, str) else str(value)
