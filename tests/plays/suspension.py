"""tests/plays/suspension.py — two people take note that the journal is not the one that was remembered."""

from __future__ import annotations

FAULT = "ab" * 32


def play(house, act):  # type: ignore[no-untyped-def]
    assert act("acknowledge", lambda change: change.acknowledge(FAULT, "passphrase")) == 1
    act("accept_head", lambda change: change.accept_head(FAULT, "0" * 32, "f" * 32, 1))
