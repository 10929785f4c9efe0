"""tests/plays/users.py — a further user is admitted, given a duty and a scope, disabled and enabled; the founder lays one down."""

from __future__ import annotations

from storage.records import Role, SecurityClass
from storage.records.users import Scope


def play(house, act):  # type: ignore[no-untyped-def]
    act("change_policy", lambda change: change.change_policy("idle_lock_min", "5"))
    act("refuse", lambda change: change.refuse("destroy"))
    agent_id = act("admit", lambda change: change.admit("样本·内勤"))
    act("grant", lambda change: change.grant(agent_id, Role.CLERK))
    act("keep_scope", lambda change: change.keep_scope(agent_id, Scope(("WS",), SecurityClass.PUBLIC)))
    act("withdraw", lambda change: change.withdraw(agent_id, Role.CLERK))
    act("disable", lambda change: change.disable(agent_id))
    act("enable", lambda change: change.enable(agent_id))
    act("grant", lambda change: change.grant(agent_id, Role.AUDITOR))
    # The three duties in one hand, then one less: what the founder may not do to themselves, another does.
    with house.archive.write(house.archive.queries.agents()[0]) as change:
        change.grant(agent_id, Role.SECURITY, "样本：只有两个人")
    with house.archive.write(house.archive.queries.agent("样本·内勤")) as change:
        change.grant(1, Role.AUDITOR, "样本：只有两个人")
    act("lay_down", lambda change: change.lay_down(Role.AUDITOR))
