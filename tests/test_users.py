"""tests/test_users.py — people admit each other, give each other duties and never themselves; what stays true after any history."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.filing import Invalid
from app.session import DONE
from app.station import Station
from app.users import Next
from storage.changes import Changes
from storage.errors import (
    CombinationNeedsReason,
    DutyUnchanged,
    Known,
    LastOfDuty,
    NoRightsYet,
    NoSuchRecord,
    NotAllowed,
    OwnRights,
    UserDisabled,
    UserExists,
    WeakPassphrase,
    WrongPassphrase,
)
from storage.keys import FLOOR
from storage.records import DUTIES, Agent, Role, SecurityClass
from storage.records.users import FOUNDING, Scope
from tests.stations import ADMINISTRATOR, CHIEF, PASSPHRASE, House, admit, raise_it, station
from tests.test_cli import Desk

SECOND = "样本·内勤"
SECOND_PASSPHRASE = "样本 other horse 口令 staple"
THIRD_PASSPHRASE = "样本 third horse 口令 pin"


def open_as(folder: Path, user: str, passphrase: str, **more: str) -> Station:
    return Station.open(folder, user, passphrase, keychain=None, failed=raise_it, **more)


def test_the_way_of_a_new_colleague(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Admitted without rights; refused until the security administrator gives a role; then their own passphrase first."""
    first, _key = station(tmp_path, monkeypatch)
    folder = first.archive.folder
    made = first.users.admit(PASSPHRASE, f" {SECOND} ", SECOND_PASSPHRASE, FLOOR)
    assert made.roles == {Role.PENDING}
    first.stop()
    with pytest.raises(NoRightsYet):
        open_as(folder, SECOND, SECOND_PASSPHRASE)
    first = open_as(folder, ADMINISTRATOR, PASSPHRASE)
    refused = [event for event in first.archive.queries.events(limit=10**6) if event.type == "refuse"]
    assert [(event.agent_name, event.detail, event.standing) for event in refused] == [(SECOND, {"attempt": "unlock"}, "pending")]
    first.users.grant(made, Role.CLERK)
    first.stop()
    with pytest.raises(Known, match="first"):
        open_as(folder, SECOND, SECOND_PASSPHRASE)
    second = open_as(folder, SECOND, SECOND_PASSPHRASE, new_passphrase=THIRD_PASSPHRASE)
    assert second.agent.roles == {Role.CLERK}
    for act in (
        lambda: second.users.admit(THIRD_PASSPHRASE, "样本·三", "样本 fourth horse 口令 nail", FLOOR),
        lambda: second.users.grant(CHIEF, Role.AUDITOR),
        lambda: second.users.withdraw(CHIEF, Role.SECURITY),
        lambda: second.users.disable(CHIEF),
        lambda: second.users.keep_scope(CHIEF, Scope()),
        lambda: second.users.lay_down(Role.ADMINISTRATOR),
    ):
        head = second.archive.queries.head()[0]
        with pytest.raises(NotAllowed):
            act()
        assert [event.type for event in second.archive.queries.events(head)] == ["refuse"]
    second.stop()


def test_what_will_not_do_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, _key = station(tmp_path, monkeypatch)
    users, head = house.archive.queries.users(), house.archive.queries.head()
    for own, name, passphrase, fault in (
        ("not it", SECOND, SECOND_PASSPHRASE, WrongPassphrase),
        (PASSPHRASE, SECOND, "123456", WeakPassphrase),
        (PASSPHRASE, "  ", SECOND_PASSPHRASE, Invalid),
        (PASSPHRASE, ADMINISTRATOR, SECOND_PASSPHRASE, UserExists),
    ):
        with pytest.raises(fault):
            house.users.admit(own, name, passphrase, FLOOR)
        assert house.archive.queries.users() == users
    assert not [event for event in house.archive.queries.events(head[0]) if event.type == "admit"]
    house.stop()


def test_who_is_disabled_stays_out_until_enabled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _key = station(tmp_path, monkeypatch)
    folder, clerk = first.archive.folder, admit(first, SECOND, Role.CLERK, SECOND_PASSPHRASE)
    with first.archive.database.transaction() as connection:
        connection.execute("UPDATE agent SET must_change = 0")
    first.users.disable(clerk)
    with pytest.raises(NoSuchRecord):
        first.users.disable(clerk)  # twice
    first.stop()
    with pytest.raises(UserDisabled):
        open_as(folder, SECOND, SECOND_PASSPHRASE)
    first = open_as(folder, ADMINISTRATOR, PASSPHRASE)
    user = first.users.called(SECOND)
    assert user is not None and user.disabled and not user.last_unlock and not first.users.stale(user)
    first.users.enable(clerk)
    first.stop()
    again = open_as(folder, SECOND, SECOND_PASSPHRASE)
    mine = again.users.called(SECOND)
    assert mine is not None and mine.last_unlock and not mine.disabled
    again.stop()


def test_a_founder_hands_a_duty_over_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _key = station(tmp_path, monkeypatch)
    users = first.users
    assert users.hand_over() == Next("admit", Role.SECURITY)
    assert [(one.agent.name, one.reason, one.by) for one in users.combinations()] == [(ADMINISTRATOR, FOUNDING, "anjuan")]
    with pytest.raises(LastOfDuty):
        users.lay_down(Role.SECURITY)
    made = users.admit(PASSPHRASE, SECOND, SECOND_PASSPHRASE, FLOOR)
    assert users.hand_over() == Next("grant", Role.SECURITY, SECOND) and not users.may_lay_down(Role.SECURITY)
    users.grant(made, Role.SECURITY)
    assert users.hand_over() == Next("lay_down", Role.SECURITY) and users.may_lay_down(Role.SECURITY)
    users.lay_down(Role.SECURITY)
    assert users.combinations() == [] and not users.may_lay_down(Role.ADMINISTRATOR)
    # The station that is still open was opened with the duty; the database knows better, and the journal has the try.
    head = first.archive.queries.head()[0]
    with pytest.raises(NotAllowed):
        users.grant(made, Role.CLERK)
    assert [event.type for event in first.archive.queries.events(head)] == ["refuse"]
    first.stop()
    first = open_as(first.archive.folder, ADMINISTRATOR, PASSPHRASE)
    assert first.agent.roles == {Role.ADMINISTRATOR} and first.users.hand_over() is None
    first.stop()


def test_two_duties_in_one_hand_need_a_reason_that_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, _key = station(tmp_path, monkeypatch)
    second = admit(house, SECOND, Role.AUDITOR, SECOND_PASSPHRASE)
    for nothing in ("", "   "):
        with pytest.raises(CombinationNeedsReason):
            house.users.grant(second, Role.SECURITY, nothing)
    house.users.grant(second, Role.CLERK)
    house.users.grant(second, Role.SECURITY, "样本：全所只有两个人")
    with pytest.raises(DutyUnchanged):
        house.users.grant(second, Role.SECURITY, "样本")
    (_founder, mine) = house.users.combinations()
    assert (mine.agent.name, mine.duties, mine.reason, mine.by) == (
        SECOND, (Role.SECURITY, Role.AUDITOR), "样本：全所只有两个人", ADMINISTRATOR)  # fmt: skip
    told = [event.detail for event in house.archive.queries.events(limit=10**6) if event.type == "grant"]
    assert told[-1] == {"role": "security", "combined": True} and "两个人" not in str(told)
    house.users.withdraw(second, Role.AUDITOR)
    assert len(house.users.combinations()) == 1
    house.stop()


@pytest.mark.parametrize("event", ["grant", "withdraw", "keep_scope", "disable", "enable"])
def test_nobody_decides_about_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, event: str) -> None:
    house, _key = station(tmp_path, monkeypatch)
    more = {"grant": (Role.AUDITOR, "样本"), "withdraw": (Role.SECURITY,), "keep_scope": (Scope(("WS",)),)}.get(event, ())
    before = house.archive.queries.users()
    head = house.archive.queries.head()[0]
    with pytest.raises(OwnRights):
        getattr(house.users, event)(house.agent, *more)
    assert [(each.type, each.detail) for each in house.archive.queries.events(head)] == [("refuse", {"attempt": event})]
    with pytest.raises(OwnRights), house.archive.write(house.agent) as change:
        getattr(change, event)(house.agent.id, *more)
    assert house.archive.queries.users() == before
    house.stop()


def test_what_an_agent_says_of_itself_is_not_believed(tmp_path: Path) -> None:
    house = House(tmp_path)
    with house.archive.write(CHIEF) as change:
        clerk = change.admit("样本·内勤")
    with house.archive.write(CHIEF) as change:
        change.grant(clerk, Role.CLERK)
    forged = [
        Agent(clerk, "样本·内勤", Role.SECURITY), Agent(clerk, "样本·内勤", Role.ADMINISTRATOR, frozenset({Role.SECURITY})),
        Agent(1, "样本·内勤", Role.SECURITY), Agent(clerk, ADMINISTRATOR, Role.SECURITY), Agent(99, "样本·无此人", Role.SECURITY),
        Agent(1, ADMINISTRATOR, Role.AUDITOR), Agent(0, "anjuan", Role.SECURITY), Agent(0, "anjuan", Role.ADMINISTRATOR),
    ]  # fmt: skip
    before = house.archive.queries.users()
    acts: list[Callable[[Changes], object]] = [
        lambda change: change.grant(clerk, Role.AUDITOR), lambda change: change.withdraw(clerk, Role.CLERK),
        lambda change: change.keep_scope(clerk, Scope(("WS",))), lambda change: change.disable(clerk),
        lambda change: change.admit("样本·四"), lambda change: change.lay_down(Role.SECURITY),
        lambda change: change.change_policy("idle_lock_min", "60"),
    ]  # fmt: skip
    for agent in forged:
        for act in acts:
            with pytest.raises((NotAllowed, OwnRights)), house.archive.write(agent) as change:
                act(change)
    assert house.archive.queries.users() == before and house.archive.queries.settings() == {}
    house.archive.close()


def test_a_table_that_somebody_edited_by_hand_gives_no_duty_to_oneself(tmp_path: Path) -> None:
    house = House(tmp_path)
    with pytest.raises(Exception, match="CHECK"), house.archive.database.transaction() as connection:
        connection.execute(
            "INSERT INTO duty (agent_id, role, at, granted_by, granted_name, reason) VALUES (1, 'auditor', '', 1, '', '')"
        )
    house.archive.close()


def test_who_has_not_come_for_long_is_pointed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, _key = station(tmp_path, monkeypatch)
    second = admit(house, SECOND, Role.CLERK, SECOND_PASSPHRASE)
    mine, theirs = (house.users.called(name) for name in (ADMINISTRATOR, SECOND))
    assert mine is not None and theirs is not None
    assert not house.users.stale(mine) and not house.users.stale(theirs)
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE agent SET created_at = '2020-01-01T00:00:00+00:00'")
    theirs = house.users.called(SECOND)
    assert theirs is not None and house.users.stale(theirs) and not house.users.stale(mine)
    house.users.disable(second)
    gone = house.users.called(SECOND)
    assert gone is not None and not house.users.stale(gone)
    house.stop()


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    house, _key = station(tmp_path, monkeypatch)
    admit(house, SECOND, Role.FILER, SECOND_PASSPHRASE)
    house.stop()
    monkeypatch.setenv("ANJUAN_PASSPHRASE", PASSPHRASE)
    desk = Desk(tmp_path, capsys)

    def ask(*words: str) -> tuple[int, list[dict[str, object]], str]:
        return desk.run("users", *words)

    for words in (
        ("grant", SECOND, "clerk"), ("withdraw", SECOND, "filer"), ("disable", SECOND), ("enable", SECOND),
        ("scope", SECOND, "--category", "WS", "--highest-class", "public"),
    ):  # fmt: skip
        code, _answers, err = ask(*words)
        assert code == DONE, (words, err)
    code, answers, _err = ask()
    assert code == DONE
    assert [(one["user"], one["roles"], one["state"], one["categories"], one["highest_class"]) for one in answers] == [
        (ADMINISTRATOR, ["administrator", "security"], "active", [], ""), (SECOND, ["clerk"], "active", ["WS"], "public"),
    ]  # fmt: skip
    for words in (("grant", ADMINISTRATOR, "auditor"), ("disable", ADMINISTRATOR), ("lay-down", "security"), ("grant", "样本·无", "clerk"),
                  ("scope", SECOND, "--category", "NONE")):  # fmt: skip
        assert ask(*words)[0] != DONE, words


# -- any history

NAMES = ("样本·甲", "样本·乙", "样本·丙")
STEPS = ("grant", "withdraw", "lay_down", "disable", "enable", "scope")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    history=st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(1, 4), st.integers(1, 4), st.sampled_from(list(Role)[:5]), st.booleans()),
        min_size=5, max_size=40,
    )
)  # fmt: skip
def test_after_any_history_somebody_can_go_on_and_nobody_helped_themselves(
    shared: House, history: list[tuple[str, int, int, Role, bool]]
) -> None:
    archive, queries = shared.archive, shared.archive.queries
    with archive.database.transaction() as connection:
        # Everybody as at the beginning: one founder, three without rights.
        connection.execute("DELETE FROM duty")
        connection.execute("UPDATE agent SET disabled_at = '', categories = '', highest_class = ''")
        for role, reason in ((Role.ADMINISTRATOR, ""), (Role.SECURITY, FOUNDING)):
            connection.execute(
                "INSERT INTO duty (agent_id, role, at, granted_by, granted_name, reason) VALUES (1, ?, '', 0, '', ?)",
                (role.value, reason),
            )
    for step, who, whom, role, explained in history:
        actor, before = queries.agents()[who - 1], {agent.id: agent.roles for agent in queries.agents()}
        scopes = {user.id: user.scope for user in queries.users()}
        try:
            with archive.write(actor) as change:
                if step == "grant":
                    change.grant(whom, role, "样本说明" if explained else "")
                elif step == "withdraw":
                    change.withdraw(whom, role)
                elif step == "lay_down":
                    change.lay_down(role)
                elif step == "scope":
                    change.keep_scope(whom, Scope(("WS",), SecurityClass.PUBLIC))
                else:
                    getattr(change, step)(whom)
        except Known:
            assert {agent.id: agent.roles for agent in queries.agents()} == before
        users = queries.users()
        able = [user.agent for user in users if not user.disabled]
        assert any(Role.ADMINISTRATOR in agent.roles for agent in able) and any(Role.SECURITY in agent.roles for agent in able)
        assert not (users[who - 1].agent.roles - {Role.PENDING}) - before[who] and users[who - 1].scope == scopes[who]
        assert all(combination.reason for combination in queries.combinations())
        assert len(queries.combinations()) == sum(len(DUTIES & user.agent.roles) > 1 for user in users)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    house = House(tmp_path_factory.mktemp("histories"))
    for name in NAMES:
        with house.archive.write(CHIEF) as change:
            change.admit(name)
    yield house
    house.archive.close()
