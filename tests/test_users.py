"""tests/test_users.py — further users: admitted by the administrator, each with a passphrase of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.filing import Invalid
from app.station import Station
from storage.errors import NotAllowed, PassphraseExpired, UserExists, WeakPassphrase, WrongPassphrase
from storage.keys import FLOOR
from storage.records import Role
from tests.stations import ADMINISTRATOR, PASSPHRASE, station

SECOND = "样本·内勤"
SECOND_PASSPHRASE = "样本 other horse 口令 staple"
THIRD_PASSPHRASE = "样本 third horse 口令 stable"


def test_a_second_user_unlocks_with_their_own_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _key = station(tmp_path, monkeypatch)
    first.users.grant(first.users.admit(PASSPHRASE, f" {SECOND} ", SECOND_PASSPHRASE, FLOOR), Role.CLERK)
    assert [(agent.name, agent.standing) for agent in first.archive.queries.agents()] == [
        (ADMINISTRATOR, "administrator+security"),
        (SECOND, "clerk"),
    ]
    folder = first.archive.folder
    first.stop()
    with pytest.raises(PassphraseExpired):
        Station.open(folder, SECOND, SECOND_PASSPHRASE, keychain=None)
    second = Station.open(folder, SECOND, SECOND_PASSPHRASE, keychain=None, new_passphrase=THIRD_PASSPHRASE)
    assert second.agent.role is Role.CLERK
    with pytest.raises(NotAllowed):
        second.users.admit(THIRD_PASSPHRASE, "样本·三", "样本 third horse 口令 pin", FLOOR)
    second.stop()
    with pytest.raises(WrongPassphrase):
        Station.open(folder, SECOND, PASSPHRASE, keychain=None)
    Station.open(folder, ADMINISTRATOR, PASSPHRASE, keychain=None).stop()


def test_what_will_not_do_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, _key = station(tmp_path, monkeypatch)
    slots, head = (house.archive.folder / "keys.json").read_bytes(), house.archive.queries.head()
    for own, name, passphrase, fault in (
        ("not it", SECOND, SECOND_PASSPHRASE, WrongPassphrase),
        (PASSPHRASE, SECOND, "123456", WeakPassphrase),
        (PASSPHRASE, "  ", SECOND_PASSPHRASE, Invalid),
        (PASSPHRASE, ADMINISTRATOR, SECOND_PASSPHRASE, UserExists),
    ):
        with pytest.raises(fault):
            house.users.admit(own, name, passphrase, FLOOR)
        assert (house.archive.folder / "keys.json").read_bytes() == slots
        left = [event.type for event in house.archive.queries.events(head[0])]
        assert left == (["fail_unlock"] if fault is WrongPassphrase else [])
        head = house.archive.queries.head()
    house.stop()
