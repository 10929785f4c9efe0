"""tests/plays/keys.py — keys are renewed, changed, bound, reset and revoked, and somebody failed to unlock."""

from __future__ import annotations


def play(house, act):  # type: ignore[no-untyped-def]
    act("fail_unlock", lambda change: change.fail_unlock(1, 1, "wrong", "2026-01-01T00:00:00+00:00"))
    act("change_passphrase", lambda change: change.change_passphrase(1, "verifier", "mark"))
    act("change_key_file", lambda change: change.change_key_file(1, bound=True, slots=("mark", "next")))
    act("renew_recovery", lambda change: change.renew_recovery())
    act("reset_key", lambda change: change.reset_key(1, "mark"))
    act("revoke_key", lambda change: change.revoke_key(1))
