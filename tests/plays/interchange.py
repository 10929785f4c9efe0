"""tests/plays/interchange.py — a catalogue comes in: a volume with an item, an item of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from storage.records import Kind
from storage.records.volumes import VolumeDraft
from tests.stations import FONDS, House, draft

SHA = "ab" * 32


def play(house: House, act: Callable[[str, Callable[[Any], Any]], Any]) -> None:
    described = VolumeDraft(title="样本案卷", category="ZY·XZ", year=2020)
    act("keep_mapping", lambda change: change.keep_mapping("cd" * 32, "{}"))
    volume = act("import_volume", lambda change: change.import_volume(described, FONDS.number, "V-1", 1, ("v",)))
    act("import_into_volume", lambda change: change.import_into_volume(draft(), FONDS.number, "V-1-001", 1, volume))
    act("import_item", lambda change: change.import_item(draft(year=2019), FONDS.number, "I-1", 1, ("i",)))
    act("import_run", lambda change: change.import_run(Kind.ITEM, SHA, 2))
