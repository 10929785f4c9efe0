"""tests/test_backups.py — backups as a station keeps them: due, overdue, by whom; and the commands."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import backups as service
from app.backups import GRACE, Backups, WrongSheet
from app.settings import Settings
from storage.archive import Archive
from storage.errors import NotAllowed, WeakPassphrase
from storage.generations import BackupFolderGone
from storage.records import PROGRAM, Agent, Role
from storage.records.backup import BackupState
from tests import stations
from tests.backups import papers, stick, the_set
from tests.stations import ADMINISTRATOR, CHIEF, House
from tests.test_cli import Desk, desk

__all__ = ["desk"]

CLERK = Agent(7, "样本·内勤", Role.CLERK)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    made = House(tmp_path / "station")
    yield made
    made.archive.close()


def backups_of(house: House, agent: Agent = CHIEF) -> Backups:
    def keep(name: str, value: str) -> None:
        with house.archive.write(CHIEF) as change:
            change.change_setting(name, value)

    return Backups(house.archive, agent, Settings(house.folder, house.archive.queries.settings, keep))


def grow_old(house: House, age: timedelta) -> None:
    """Everything about backups happened so much earlier; so did the founding."""
    at = (datetime.now(UTC) - age).isoformat(timespec="milliseconds")
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE backup SET at = ?, proved_at = CASE proved_at WHEN '' THEN '' ELSE ? END", (at, at))


def be_born(house: House, age: timedelta) -> None:
    at = (datetime.now(UTC) - age).isoformat(timespec="milliseconds")
    with house.archive.database.transaction() as connection:
        (trigger,) = connection.row("SELECT sql FROM sqlite_master WHERE name = 'event_is_ink_update'")
        connection.execute("DROP TRIGGER event_is_ink_update")
        connection.execute("UPDATE event SET at = ? WHERE seq = 1", (at,))
        connection.execute(trigger)


def test_no_backup_is_pressing_once_there_are_papers_and_a_day_is_over(house: House) -> None:
    backups = backups_of(house)
    assert not backups.state().pressing
    be_born(house, GRACE + timedelta(hours=1))
    assert not backups.state().pressing  # nothing in it yet
    papers(house, "样本")
    assert backups.state().pressing
    be_born(house, GRACE - timedelta(hours=1))
    assert not backups.state().pressing


def test_an_old_backup_is_pressing_and_a_new_one_ends_it(house: House, tmp_path: Path) -> None:
    papers(house, "样本")
    backups = backups_of(house)
    backups.choose(stick(tmp_path))
    assert backups.back_up().made.files == 2
    state = backups.state()
    assert (state.pressing, state.days, state.present, state.beside, state.failed) == (False, 0, True, True, None)
    grow_old(house, timedelta(days=7, hours=-1))
    assert not backups.state().pressing
    grow_old(house, timedelta(days=7, hours=1))
    assert (backups.state().pressing, backups.state().days) == (True, 7)
    backups._settings.set("backup_warn_days", 30)
    assert not backups.state().pressing
    backups._settings.set("backup_warn_days", 3)
    backups.back_up()
    assert not backups.state().pressing


def test_one_is_due_after_its_time_and_only_where_its_folder_is(house: House, tmp_path: Path) -> None:
    backups, chosen = backups_of(house), stick(tmp_path)
    assert not backups.due() and backups.back_up_when_due() is None
    backups.choose(chosen)
    assert backups.due()
    made = backups.back_up_when_due()
    assert made is not None and house.archive.queries.backups()[0].generation == made.made.generation
    event = next(one for one in reversed(house.archive.queries.events()) if one.type == "back_up")
    assert event.agent == PROGRAM.id
    assert not backups.due()
    grow_old(house, timedelta(hours=25))
    assert backups.due()
    chosen.rename(tmp_path / "pulled out")
    head = house.archive.queries.head()
    assert not backups.due() and backups.back_up_when_due() is None
    assert house.archive.queries.head() == head  # a stick that is not plugged in is no event
    assert not backups.state().present
    (tmp_path / "pulled out").rename(chosen)
    grow_old(house, timedelta(days=-400))  # the clock was set back
    assert backups.due()


def test_what_failed_is_tried_again_later_and_told(house: House, tmp_path: Path) -> None:
    backups, chosen = backups_of(house), stick(tmp_path)
    backups.choose(chosen)
    the_set(house.archive, chosen).folder.write_bytes(b"a file where the folder should be")
    assert backups.back_up_when_due() is None
    failed = backups.state().failed
    assert failed is not None and failed.state is BackupState.FAILED
    assert not backups.due()
    grow_old(house, timedelta(hours=7))
    assert backups.due()
    the_set(house.archive, chosen).folder.unlink()
    assert backups.back_up_when_due() is not None
    assert backups.state().failed is None


def test_only_who_answers_for_backups_makes_them(house: House, tmp_path: Path) -> None:
    backups = backups_of(house, CLERK)
    for act in (backups.back_up, lambda: backups.choose(stick(tmp_path)), lambda: backups.drill("x")):
        with pytest.raises(NotAllowed):
            act()
    assert not backups.state().pressing  # but everybody may know
    with pytest.raises(BackupFolderGone):
        backups_of(house).back_up()
    with pytest.raises(BackupFolderGone):
        backups_of(house).choose(tmp_path / "absent")


def test_a_station_backs_itself_up_while_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station, _recovery_key = stations.station(tmp_path, monkeypatch)
    station.backups.choose(stick(tmp_path))
    scratch = station.archive.folder / "scratch"
    scratch.mkdir()
    (scratch / "archive.db").write_bytes(b"left by a cut")
    station.start()
    try:
        stations.until(lambda: station.backups.state().last is not None)
        stations.until(lambda: not scratch.exists())
    finally:
        station.stop()
    again = Archive.open(tmp_path / "archive", ADMINISTRATOR, stations.PASSPHRASE, None)
    assert [row.state for row in again.queries.backups()] == [BackupState.PROVED]
    again.close()


def test_a_wrong_sheet_and_a_weak_passphrase_are_told_as_that(house: House, tmp_path: Path) -> None:
    backups = backups_of(house)
    backups.back_up(stick(tmp_path))
    with pytest.raises(WrongSheet):
        backups.drill("0000-" * 8, stick(tmp_path))
    with pytest.raises(WrongSheet):
        service.survey(stick(tmp_path), "0000-" * 8, tmp_path / "new")
    with pytest.raises(WeakPassphrase):
        service.restore(stick(tmp_path), house.recovery_key, tmp_path / "new", ADMINISTRATOR, "123456", None)
    found = service.survey(stick(tmp_path), house.recovery_key, tmp_path / "new")
    assert found.users == (ADMINISTRATOR,)
    assert not (tmp_path / "new").exists()


# -- the commands


def test_commands_back_up_list_drill_and_restore(desk: Desk, tmp_path: Path) -> None:
    key_file, chosen = str(tmp_path / "recovery.txt"), stick(tmp_path)
    paper = tmp_path / "样本.txt"
    paper.write_text("样公〔2026〕1号\n关于核对门牌的通知\n样本派出所\n二〇二六年三月五日\n", "utf-8")
    desk.run("intake", str(paper))
    code, (made,), _err = desk.run("backup", str(chosen))
    assert (code, made["damaged"], made["pruned"]) == (0, 0, [])
    code, (listed,), _err = desk.run("backups")
    assert (code, listed["generation"], listed["state"]) == (0, made["generation"], "proved")
    code, (tried,), _err = desk.run("backup", "drill", "--from", str(chosen), "--recovery-key-file", key_file)
    assert (code, tried["generation"], tried["faults"]) == (0, made["generation"], 0)
    shutil.rmtree(tmp_path / "archive")
    target = tmp_path / "restored"
    words = ("restore", str(chosen), str(target), "--recovery-key-file", key_file, "--no-keychain")
    code, (restored,), _err = desk.run(*words)
    assert (code, restored["user"], restored["missing"]) == (0, "样本管理员", 0)
    code, found, _err = desk.run("--archive", str(target), "verify")
    assert code == 0 and all(one["ok"] for one in found)
    code, _none, err = desk.run(*words)
    assert code == 3 and "102" in err


def test_a_command_says_what_is_wrong_with_a_backup(desk: Desk, tmp_path: Path) -> None:
    code, answers, err = desk.run("backup", str(tmp_path / "absent"))
    assert (code, answers) == (3, []) and "130" in err
    words = ("--recovery-key-file", str(tmp_path / "recovery.txt"), "--no-keychain")
    code, _none, err = desk.run("restore", str(stick(tmp_path)), str(tmp_path / "new"), *words)
    assert code == 3 and "131" in err
    code, listed, _err = desk.run("backups")
    assert [one["reason"] for one in listed] == ["backup_folder_gone"]


