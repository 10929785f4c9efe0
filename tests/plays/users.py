"""tests/plays/users.py — a further user is admitted."""

from __future__ import annotations

from storage.records import Role


def play(house, act):  # type: ignore[no-untyped-def]
    act("change_policy", lambda change: change.change_policy("idle_lock_min", "5"))
    act("refuse", lambda change: change.refuse("destroy"))
    agent_id = act("admit", lambda change: change.admit("样本·内勤"))
    act("grant", lambda change: change.grant(agent_id, Role.CLERK))
