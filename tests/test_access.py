"""tests/test_access.py — who may do what; passphrases that are too easily guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.access import (
    ENOUGH,
    RIGHTS,
    may,
    passphrase_strength,
    require,
    require_strength,
)
from storage.changes import EVENT_TYPES
from storage.errors import NotAllowed, WeakPassphrase
from storage.records import PROGRAM, Agent, Role
from tests.stations import House

#: What changes what is kept, or carries it out of the house.
ACTS = {"file", "quarantine", "export", "print", "change_setting", "enrol", "pack", "send"}


def agent(role: Role) -> Agent:
    return Agent(9, f"样本·{role.value}", role)


@pytest.mark.parametrize("event", EVENT_TYPES)
def test_every_event_type_is_somebodys(event: str) -> None:
    assert any(may(agent(role), event) for role in Role) or may(PROGRAM, event)


def test_no_right_is_for_an_event_that_does_not_exist() -> None:
    assert set().union(*RIGHTS.values()) <= set(EVENT_TYPES)
    assert set(RIGHTS) == set(Role)
    assert not any(may(agent(role), "destroy_everything") for role in Role)
    assert not may(PROGRAM, "destroy_everything")


def test_the_auditor_looks_and_changes_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    assert may(agent(Role.AUDITOR), "view")
    for event in sorted(ACTS | {"receive", "release_source", "read", "accept_receipt"}):
        assert not may(agent(Role.AUDITOR), event)
        with pytest.raises(NotAllowed):
            require(house.archive, agent(Role.AUDITOR), event)
        told = house.archive.queries.events(house.archive.queries.head()[0] - 1)[0]
        assert (told.type, told.outcome, told.standing, told.detail) == ("refuse", "refused", "auditor", {"attempt": event})
    require(house.archive, agent(Role.CLERK), "print")
    house.archive.close()


def test_each_role_does_its_work_and_no_more() -> None:
    allowed = {role: {event for event in ACTS if may(agent(role), event)} for role in Role}
    assert allowed[Role.FILER] == {"file", "quarantine"}
    assert allowed[Role.CLERK] == {"file", "quarantine", "export", "print"}
    assert allowed[Role.ADMINISTRATOR] == ACTS


def test_the_program_takes_in_and_sends_but_decides_nothing() -> None:
    assert all(may(PROGRAM, event) for event in ("receive", "read", "release_source", "pack", "send"))
    assert not any(may(PROGRAM, event) for event in ("file", "view", "export", "print", "change_setting", "enrol"))


def test_a_person_who_took_the_programs_name_is_not_the_program() -> None:
    impostor = Agent(3, PROGRAM.name, Role.AUDITOR)
    assert not may(impostor, "pack")


@pytest.mark.parametrize(
    "passphrase", ["", "1", "123456", "password", "admin888", "qwertyuiop", "abc123", "woaini1314", "20260101", "a" * 500]
)
def test_what_is_guessed_at_once_is_refused(passphrase: str) -> None:
    with pytest.raises(WeakPassphrase):
        require_strength(passphrase)


@pytest.mark.parametrize("passphrase", ["correct horse battery staple", "kR7!vq2#Lz9p", "样本 口令 四个 不相干的词", "x9" * 4000])
def test_what_is_hard_to_guess_is_taken_quickly_enough_to_ask(passphrase: str) -> None:
    assert 0 <= passphrase_strength(passphrase) <= 4
    if passphrase[:2] != "x9":
        require_strength(passphrase)


def test_ones_own_name_is_no_secret() -> None:
    passphrase = "zhangyangben paichusuo"
    assert passphrase_strength(passphrase, "zhangyangben", "paichusuo") < passphrase_strength(passphrase)
    assert ENOUGH == 3
