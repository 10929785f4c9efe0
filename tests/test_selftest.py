"""tests/test_selftest.py — a machine that does not keep the promises opens no archive, and says what to do."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from keyring.backends.null import Keyring as NullKeyring

import resources
from app import selftest, wording
from app.cli import commands
from app.reading import child, wire
from app.reading.trial import Trial
from app.selftest import CHECKS, Check, require
from app.station import Station
from app.threshold import Threshold
from storage import health
from storage.archive import DATABASE
from storage.ballast import BALLAST
from storage.changes import base
from storage.health import Health, SelfTestFailed, State
from storage.keychain import Keychain
from storage.keys import FLOOR
from tests.stations import ADMINISTRATOR, PASSPHRASE, House, raise_it, small_disk, station  # noqa: F401
from tests.test_keys import Machine

NEW = "Another: kiln 7 ferry otter"


def ask(name: str, folder: Path | None = None) -> dict[str, Health]:
    (check,) = (check for check in CHECKS if check.name == name)
    return {answer.check: answer for answer in check.ask(folder)}


def reason(name: str, folder: Path | None = None) -> str:
    return next((answer.reason for answer in ask(name, folder).values() if answer.reason), "")


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path)
    made.archive.close()
    return made


def test_this_machine_passes(house: House) -> None:
    answers = selftest.run(house.folder)
    assert [answer for answer in answers if answer.state is State.BAD] == []
    named = {answer.check for answer in answers}
    assert named >= {"sqlite", "cipher", "memory", "header", "dumps", "clock", "disk", "ballast", "strays", "spilled"}
    assert named >= {"keychain", "worker", "models", "room"}
    for language in wording.LANGUAGES:
        for check in named:
            assert wording.say(f"selftest.{check}", language)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"version": "3.51.2"}, "sqlite_old"),
        ({"cipher_version": ""}, "cipher_unsafe"),
        ({"options": {"TEMP_STORE=1"}}, "temp_on_disk"),
        ({"written": b"SQLite format 3\x00" + bytes(80)}, "clear_header"),
        ({"written": b"\x81\x55 trial"}, "clear_header"),
        ({}, ""),
    ],
)
def test_a_library_that_would_betray_the_archive(changed: dict[str, object], found: str) -> None:
    sound = {"version": "3.51.3", "cipher_version": "4.9.0", "options": {"TEMP_STORE=2"}, "written": bytes(range(1, 99))}
    answers = health.judge(**(sound | changed))  # type: ignore[arg-type]
    assert [answer.reason for answer in answers if answer.state is State.BAD] == ([found] if found else [])


def test_a_database_of_plain_sqlite_is_recognised(tmp_path: Path) -> None:
    plain = sqlite3.connect(tmp_path / "plain.db")
    plain.execute("CREATE TABLE trial (word TEXT)")
    plain.commit()
    plain.close()
    answers = health.judge("3.53.4", "4.19", {"TEMP_STORE=2"}, (tmp_path / "plain.db").read_bytes())
    assert [answer.reason for answer in answers if answer.reason] == ["clear_header"]


def test_the_reading_child_really_tries(tmp_path: Path) -> None:
    """What is refused in the cage is possible outside of it: else the check would prove nothing."""
    target = tmp_path / "written"
    answer, _ = Trial().answer(wire.Open("write"), str(target).encode())
    assert isinstance(answer, wire.Opened) and target.exists()


def test_a_reading_child_that_is_not_shut_in_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    loose = (
        "from app.reading import worker\nfrom storage import confinement\n"
        "confinement.limit, confinement.cage = lambda memory: None, lambda: True\n"
        "worker.main(['trial'])"
    )
    assert reason("worker") == ""
    monkeypatch.setattr(child, "_command", lambda role: [sys.executable, "-c", loose])
    assert reason("worker") == "worker_free"
    monkeypatch.setattr(child, "_command", lambda role: [sys.executable, "-c", "raise SystemExit(1)"])
    assert reason("worker") == "worker_dead"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no kernel's filter stands behind Python's")
def test_a_reading_child_without_the_kernels_filter_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    open_ = "from app.reading import worker\nfrom storage import confinement\nconfinement._seccomp = lambda: False\nworker.main(['trial'])"
    monkeypatch.setattr(child, "_command", lambda role: [sys.executable, "-c", open_])
    assert reason("worker") == "worker_free"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows gives a process no limit of memory here")
def test_a_reading_child_without_a_limit_of_memory_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    greedy = "from app.reading import worker\nfrom storage import confinement\nconfinement.limit = lambda memory: None\nworker.main(['trial'])"
    monkeypatch.setattr(child, "_command", lambda role: [sys.executable, "-c", greedy])
    assert reason("worker") == "worker_free"


def test_models_that_were_changed_or_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason("models") == ""
    name = next(iter(selftest._shipped()["models"]))
    monkeypatch.setattr(selftest, "_shipped", lambda: {"models": {name: "0" * 64}})
    assert reason("models") == "models_changed"
    monkeypatch.setattr(selftest, "_shipped", lambda: {"models": {"no-such.onnx": "0" * 64}})
    assert reason("models") == "models_missing"


def test_a_keychain_that_is_gone_or_forgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Keychain(Machine())
    made, _recovery = station(tmp_path, monkeypatch, keychain=machine)
    made.stop()
    for found, said in ((machine, ""), (None, "keychain_gone"), (Keychain(NullKeyring()), "keychain_forgets")):
        monkeypatch.setattr(selftest, "keychain", lambda found=found: found)
        assert reason("keychain", tmp_path / "archive") == said


def test_an_archive_without_a_keychain_does_not_ask_for_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "keychain", lambda: None)
    assert reason("keychain", house.folder) == ""


def test_logs_that_are_not_ours(house: House) -> None:
    assert reason("strays", house.folder) == ""
    (house.folder / f"{DATABASE}-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(504))
    assert reason("strays", house.folder) == "strange_log"
    (house.folder / f"{DATABASE}-journal").unlink()
    (house.folder / f"{DATABASE}-wal").write_bytes(bytes(4096))
    assert reason("strays", house.folder) == "strange_log"
    (house.folder / f"{DATABASE}-wal").unlink()


def test_our_own_log_after_a_crash_is_no_stray(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.receive(b"paper")
    shutil.copytree(house.folder, tmp_path / "crashed")
    house.archive.close()
    assert (tmp_path / "crashed" / f"{DATABASE}-wal").stat().st_size
    assert reason("strays", tmp_path / "crashed") == ""


def test_a_full_disk_without_ballast_opens_nothing(small_disk: Path) -> None:  # noqa: F811
    assert ask("disk", small_disk)["disk"].reason == "disk_none"


def test_little_room_is_a_warning(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LOW", shutil.disk_usage(house.folder).total * 2)
    answers = ask("disk", house.folder)
    assert (answers["disk"].state, answers["disk"].reason) == (State.WARNING, "disk_low")
    assert answers["ballast"].reason == "ballast_missing"
    assert not (house.folder / BALLAST).exists()
    big = house.folder / "objects" / "00"
    big.mkdir()
    with (big / "big.age").open("wb") as file:
        file.truncate(shutil.disk_usage(house.folder).free)
    assert reason("room", house.folder) == "disk_low"


def test_what_whoosh_and_sqlite_spill_is_noticed(tmp_path: Path) -> None:
    assert health.spilled(tmp_path)[0].state is State.GOOD
    (tmp_path / "other.tmp").mkdir()
    assert health.spilled(tmp_path)[0].state is State.GOOD
    (tmp_path / "MAIN.tmp").mkdir()
    (tmp_path / "MAIN.tmp" / "a.run").write_bytes("样本".encode())
    assert health.spilled(tmp_path)[0].reason == "clear_left"
    shutil.rmtree(tmp_path / "MAIN.tmp")
    (tmp_path / "etilqs_0123").write_bytes(b"x")
    assert health.spilled(tmp_path)[0].reason == "clear_left"


def test_a_clock_before_the_program_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason("clock") == ""
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    monkeypatch.setattr(selftest, "_shipped", lambda: {"released": tomorrow})
    assert reason("clock") == "clock_behind"


def test_a_clock_behind_the_journal_and_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, recovery_key = station(tmp_path, monkeypatch)
    with monkeypatch.context() as ahead:
        later = (datetime.now(UTC) + timedelta(days=400)).isoformat(timespec="milliseconds")
        ahead.setattr(base, "now", lambda: later)
        made.stop()
    with pytest.raises(SelfTestFailed) as told:
        Station.open(tmp_path / "archive", ADMINISTRATOR, PASSPHRASE, keychain=None)
    assert told.value.facts["reason"] == "clock_behind_journal"
    again = Station.recover(tmp_path / "archive", recovery_key, ADMINISTRATOR, NEW, keychain=None, cost=FLOOR)
    again.stop()
    Station.open(tmp_path / "archive", ADMINISTRATOR, NEW, keychain=None).stop()


def test_a_clock_a_little_behind_is_let_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, _recovery = station(tmp_path, monkeypatch)
    with monkeypatch.context() as ahead:
        later = (datetime.now(UTC) + health.TOLERANCE / 2).isoformat(timespec="milliseconds")
        ahead.setattr(base, "now", lambda: later)
        made.stop()
    Station.open(tmp_path / "archive", ADMINISTRATOR, PASSPHRASE, keychain=None).stop()


def test_the_gate_keeps_the_archive_shut(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = Check("models", lambda folder: [Health("models", State.BAD, "models_changed", "model")], slow=True)
    monkeypatch.setattr(require, "__kwdefaults__", {"slow": True, "checks": (bad,)})
    before = (house.folder / DATABASE).read_bytes()
    with pytest.raises(SelfTestFailed) as told:
        Threshold.look(house.folder).enter(ADMINISTRATOR, PASSPHRASE, lambda call: call(), raise_it)
    assert wording.say("reason.models_changed") in wording.sentence(told.value)
    assert (house.folder / DATABASE).read_bytes() == before


def test_what_the_machine_answered_well_is_not_asked_again(house: House) -> None:
    asked: list[str] = []

    def check(name: str, state: State, **properties: bool) -> Check:
        def ask(folder: Path | None) -> list[Health]:
            asked.append(name)
            return [Health(name, state, "" if state is State.GOOD else "disk_low")]

        return Check(name, ask, **properties)

    checks = (check("of machine", State.GOOD, machine=True), check("of folder", State.WARNING))
    for _time in range(2):
        assert [warning.check for warning in require(house.folder, checks=checks)] == ["of folder"]
    assert asked == ["of machine", "of folder", "of folder"]
    failing = (replace(check("shaky", State.BAD), machine=True),)
    for _time in range(2):
        with pytest.raises(SelfTestFailed):
            require(house.folder, checks=failing)
    assert asked.count("shaky") == 2


def test_every_reason_says_what_to_do_in_both_languages() -> None:
    sources = [Path(module.__file__ or "").read_text("utf-8") for module in (selftest, health)]
    for language in wording.LANGUAGES:
        said = tomllib.loads(resources.path("wording", language, "health.toml").read_text("utf-8"))["reason"]
        assert len(said) >= 15
        for code, text in said.items():
            assert any(f'"{code}"' in source for source in sources), f"{code} is never found"
            assert len(text) > 12, code


def test_the_command_tells_every_check(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    class Window:
        pass

    def run(*arguments: str) -> list[dict[str, object]]:
        result = CliRunner().invoke(commands, ["--archive", str(house.folder), *arguments], obj=(True, Window()))
        lines = [msgspec.json.decode(line) for line in result.output.splitlines() if line.startswith("{")]
        return lines

    lines = run("selftest")
    assert {"check", "ok", "object", "detail"} == set(lines[0]) and all(line["ok"] for line in lines), lines
    monkeypatch.setattr(selftest, "_shipped", lambda: {"models": {"no-such.onnx": ""}, "released": datetime(2026, 1, 1).date()})
    lines = run("selftest")
    assert [line["detail"] for line in lines if not line["ok"]] == ["models_missing"]
