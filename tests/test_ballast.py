"""tests/test_ballast.py — a full disk is said so in the journal, loses nothing, and leaves the station open for reading."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.station import Station
from storage.archive import Archive
from storage.ballast import BALLAST, BESIDE, SIZE, TO_OPEN, Ballast
from storage.errors import DiskFull
from tests.stations import ADMINISTRATOR, PASSPHRASE, House, draft, station, until

MIB = 1024 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for the ballast and some more."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root on Linux to make a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE + BESIDE + 8 * MIB}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let root mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, leave: int = 0) -> Path:
    """Another program takes all that is left of the disk."""
    filler = disk / f"filler-{len(list(disk.iterdir()))}"
    with filler.open("wb", buffering=0) as file:
        block = b"\0" * 4096
        while shutil.disk_usage(disk).free > leave:
            try:
                file.write(block)
            except OSError:
                break
    return filler


def events(archive: Archive) -> list[str]:
    return [event.type for event in archive.queries.events()]


def test_the_ballast_takes_real_room_and_gives_it_back(disk: Path) -> None:
    before = shutil.disk_usage(disk).free
    ballast = Ballast(disk)
    assert ballast.keep() and ballast.whole
    assert before - shutil.disk_usage(disk).free >= SIZE
    assert (disk / BALLAST).stat().st_mode & 0o777 == 0o600
    ballast.release()
    assert ballast.untold and not (disk / BALLAST).exists() and shutil.disk_usage(disk).free == before


def test_a_hole_is_no_ballast(tmp_path: Path) -> None:
    with (tmp_path / BALLAST).open("wb") as file:
        file.truncate(SIZE)
    ballast = Ballast(tmp_path, SIZE)
    assert not ballast.whole
    assert ballast.keep() and ballast.whole


def test_the_ballast_does_not_itself_fill_the_disk(disk: Path) -> None:
    fill(disk, leave=SIZE + BESIDE // 2)
    ballast = Ballast(disk)
    assert not ballast.keep() and not (disk / BALLAST).exists()
    with pytest.raises(DiskFull):
        ballast.require()


def test_without_anybody_who_keeps_it_there_is_none(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.archive.ballast.require()
    assert not (house.folder / BALLAST).exists()
    house.archive.close()


def test_on_a_full_disk_the_refusal_is_journaled_and_records_can_be_looked_at(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, _recovery = station(disk, monkeypatch, scan_folder=disk / "scan")
    house = House.around(kept.archive)
    item = house.file(house.receive("样本·满盘之前".encode()))
    kept.start()
    until(lambda: kept.archive.ballast.whole and kept.archive.index.behind() == 0)
    filler = fill(disk)

    told: list[BaseException] = []
    kept.jobs.run("write", lambda job: kept.file(house.receive(os.urandom(200_000)), draft()), failed=told.append)
    until(lambda: told)
    assert isinstance(told[0], DiskFull)
    assert kept.counts().items == 1  # nothing half done
    assert not (disk / "archive" / BALLAST).exists()
    event = next(event for event in kept.archive.queries.events() if event.type == "meet_full_disk")
    assert (event.object, event.outcome) == ("agent:1", "refused")

    # What takes room waits; what only reads goes on, and is journaled.
    paper = disk / "scan" / "样本.txt"
    with pytest.raises(DiskFull):
        kept.intake.take(disk / "archive" / "station.json")
    assert kept.view(item.id).title == item.title
    assert events(kept.archive).count("view") == 1
    assert kept.search("样本通知").total == 1
    kept.stop()

    # The next day it is still full: it opens, with what the ballast gave back.
    kept = Station.open(disk / "archive", ADMINISTRATOR, PASSPHRASE, keychain=None)
    kept.start()
    assert kept.view(item.id).title == item.title
    assert not kept.archive.ballast.ready()

    # Somebody makes room: the ballast is made again, and what waited goes on.
    filler.unlink()
    paper.write_text("样本公安局文件\n关于腾出磁盘空间的通知\n")
    until(lambda: not paper.exists())
    assert kept.archive.ballast.whole
    assert events(kept.archive).count("meet_full_disk") == 1
    kept.stop()


def test_a_station_opens_on_a_disk_that_filled_up_while_it_was_closed(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, _recovery = station(disk, monkeypatch)
    kept.start()
    kept.stop()
    assert (disk / "archive" / BALLAST).exists()
    fill(disk)
    assert shutil.disk_usage(disk).free < TO_OPEN
    kept = Station.open(disk / "archive", ADMINISTRATOR, PASSPHRASE, keychain=None)
    assert "meet_full_disk" in events(kept.archive)
    assert [finding for finding in kept.verify() if not finding.ok] == []
    kept.stop()
