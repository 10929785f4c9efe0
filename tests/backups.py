"""tests/backups.py — a house with papers and a stick beside it, and what a backup of it must hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.backups import VERSION
from storage.archive import Archive
from storage.backup import Made, back_up
from storage.generations import BackupSet
from tests.stations import CHIEF, House

PAPERS = ("关于核对门牌的样本通知", "加装除湿机的样本请示", "样本值班安排表")


def papers(house: House, *texts: str) -> None:
    for text in texts or PAPERS:
        house.file(house.receive(text.encode()), title=text)


def stick(folder: Path) -> Path:
    made = folder / "stick"
    made.mkdir(exist_ok=True)
    return made


def backed_up(archive: Archive, chosen: Path, step: Callable[[int, int, str], None] = lambda *_: None) -> Made:
    return back_up(archive, CHIEF, chosen, VERSION, step)


def the_set(archive: Archive, chosen: Path) -> BackupSet:
    return BackupSet.of(chosen, archive.station_id)


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def flip(path: Path, at: int | None = None) -> None:
    """One bit of a file at rest becomes another."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2 if at is None else at] ^= 1
    path.write_bytes(bytes(data))
