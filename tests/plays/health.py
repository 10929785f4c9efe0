"""tests/plays/health.py — the disk was full once."""

from __future__ import annotations


def play(house, act):  # type: ignore[no-untyped-def]
    act("meet_full_disk", lambda change: change.meet_full_disk())
