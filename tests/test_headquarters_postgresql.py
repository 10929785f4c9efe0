"""tests/test_headquarters_postgresql.py — the same rules over a real PostgreSQL, reached by its URL alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import answers, envelope, headquarters
from sync.headquarters.office import Office
from tests.sync_house import House, noise

pytest.importorskip("psycopg", reason="psycopg is not installed")


def _program(name: str) -> str | None:
    found = shutil.which(name)
    if found:
        return found
    return next((str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an empty database of a server of our own, on a socket in a folder of the test."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("PostgreSQL is not installed")
    folder = tmp_path_factory.mktemp("postgresql")
    as_user: list[str] = []
    if os.name == "posix" and os.geteuid() == 0:  # PostgreSQL refuses to run as root
        if shutil.which("setpriv") is None:
            pytest.skip("PostgreSQL does not run as root, and there is no setpriv")
        for path in (folder, *folder.parents[:2]):
            path.chmod(0o711)
        shutil.chown(folder, "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    data = folder / "data"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
    subprocess.run([*as_user, initdb, "-D", data, "-U", "anjuan", "-A", "trust", "-E", "UTF8", "-N"], **quiet)
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}'"
    control = [*as_user, pg_ctl, "-D", str(data), "-w"]
    subprocess.run([*control, "-l", str(folder / "log"), "-o", options, "start"], **quiet)
    try:
        yield f"postgresql+psycopg://anjuan@/postgres?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **quiet)


def test_packages_are_taken_in_once(database: str, tmp_path: Path) -> None:
    folder = tmp_path / "office"
    headquarters.create(folder, "样本分局档案室", "https://127.0.0.1:8443", register=database)
    assert not (folder / "register.db").exists()
    house = House(tmp_path / "station")
    enrolment = tmp_path / "enrolment.json"
    enrolment.write_bytes(headquarters.enrol(folder, house.folder / "station.json"))
    house.exchange.enrol(enrolment)
    stick = tmp_path / "stick"
    stick.mkdir()
    for seed in range(2):
        house.file(noise(1000, seed))
        house.exchange.round(stick)
    first, second = sorted(stick.glob("PKG-*"))
    office = Office(folder)
    assert envelope.peek(office.accept(second), answers.Refusal).expected == 1

    # The same package by two ways at the same time: one row, one receipt.
    said: list[bytes] = []
    ways = [threading.Thread(target=lambda: said.append(office.accept(first))) for _ in range(4)]
    for way in ways:
        way.start()
    for way in ways:
        way.join()
    assert len(said) == 4
    assert len(set(said)) == 1
    assert envelope.peek(office.accept(second), answers.Receipt).number == 2
    station = office.status()["stations"][0]  # type: ignore[index]
    assert (station["packages"], station["accepted"], station["receipts"]) == (2, 2, 2)
    office.close()
    house.archive.close()
