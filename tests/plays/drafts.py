"""tests/plays/drafts.py — something is half written, kept, and finished."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from storage.records.drafts import Draft
from tests.stations import House


def play(house: House, act: Callable[..., Any]) -> None:
    item = house.file(house.receive(b"to be corrected"))
    act("keep_draft", lambda change: change.keep_draft(Draft("correct", f"item:{item.id}", '{"reason":"样本"}', item.changed_seq)))
    act("drop_draft", lambda change: change.drop_draft("correct", f"item:{item.id}"))
