"""app/bench/sync.py — how fast packages are built, sent and taken in, against a plain tar of the same originals.

Originals are one MiB of noise each (scans do not compress). `tar+sha256` is the peer: the same bytes read, hashed, put
into a clear tar and forced to the disk. `build` opens, checks, hashes and seals every original on the way; `send and
accept` is TLS on loopback with tus, and headquarters' whole work on the package; `small packages` are 20 records of 2 KiB
each, what one station sends in a night, and headquarters' work alone.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from app.bench.station import bench_station
from app.station import Station
from storage.records import ItemDraft, PackageState, Page
from storage.spool import Custody
from sync import headquarters
from sync.headquarters.office import Office

_ORIGINAL = 1 << 20
_SMALL, _SMALL_RECORDS, _SMALL_PACKAGES = 2048, 20, 10

Report = Callable[[dict[str, object]], None]


class _Cut(Exception):
    """Stops a round in the middle, as a lost line does."""


def run(records: int, report: Report) -> None:
    """Reports {bench, engine, records, metric, value, unit} for each figure."""

    def tell(engine: str, metric: str, value: float, unit: str) -> None:
        row = {"bench": "sync", "engine": engine, "records": records, "metric": metric, "value": round(value, 3)}
        report(row | {"unit": unit})

    with bench_station() as (station, folder, _passphrase):
        office = folder / "office"
        headquarters.create(office, "样本分局档案室", "https://127.0.0.1:8443")
        with headquarters.running(office) as service:
            enrolment = folder / "enrolment.json"
            enrolment.write_bytes(headquarters.enrol(office, station.archive.folder / "station.json", service.url))
            station.enrol(enrolment)
            megabytes = records * _ORIGINAL / 1e6
            names = [_file(station, number, _ORIGINAL) for number in range(records)]

            peer = megabytes / _plain_tar(station, names, folder / "peer.tar")
            tell("tar+sha256", "build", peer, "MB/s")

            built = _build(station, folder)
            tell("package", "build", megabytes / built, "MB/s")
            tell("package / tar+sha256", "build", megabytes / built / peer, "")

            started = time.perf_counter()
            station.sync()
            tell("https", "send and accept", megabytes / (time.perf_counter() - started), "MB/s")

        tell("headquarters", "small packages", _small_packages(station, folder, office), "packages/s")
        if any(row.state is not PackageState.DELIVERED for row in station.packages()):
            raise RuntimeError("a package was not delivered")


def _file(station: Station, number: int, size: int) -> str:
    """Files one record by the door of the archive; returns the name of its original. Its bytes are noise: plain text is
    the one format that has no mark of its own.
    """
    archive, name = station.archive, f"样本{number}.txt"
    data = hashlib.shake_256(f"{size}/{number}".encode()).digest(size)
    sealed = archive.objects.put(data)
    custody = Custody(name, f"/scan/{name}", number, size, sealed.sha256, "2026-01-01T00:00:00+00:00", False)
    draft = ItemDraft(title=f"样本{number}", category="WS", year=2026, doc_date="20260101", page_count=1)
    with archive.write(station.agent) as change:
        arrival = change.receive(uuid.uuid4().hex, custody, sealed)
    object_id = archive.queries.arrival(arrival).object_id
    assert object_id is not None
    with archive.write(station.agent) as change:
        change.read(object_id, "txt", [(Page(1, 100, 140, (), b"", "none", 0.0), sealed.name)], draft)
        change.file(arrival, draft, archive.fonds.number, lambda n: f"{archive.fonds.number}-WS·2026-D10-{n:04d}")
    return sealed.name


def _plain_tar(station: Station, names: list[str], target: Path) -> float:
    """What an archivist without seals would do, from originals in a plain folder. Returns seconds."""
    folder = target.parent / "plain"
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(station.archive.objects.get(name))
    started = time.perf_counter()
    with target.open("wb") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            for name in names:
                data = (folder / name).read_bytes()
                hashlib.sha256(data).hexdigest()
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        os.fsync(file.fileno())
    return time.perf_counter() - started


def _build(station: Station, folder: Path) -> float:
    """Packs by a round that goes no further than an empty stick. Returns the seconds until it began to copy."""
    stick = folder / "stick"
    stick.mkdir()
    started = time.perf_counter()
    packed = started

    def step(done: int, total: int, note: str) -> None:
        nonlocal packed
        if note != "pack":
            raise _Cut
        packed = time.perf_counter()

    try:
        station.sync(stick, step)
    except _Cut:
        return packed - started
    raise RuntimeError("nothing was packed")


def _small_packages(station: Station, folder: Path, office_folder: Path) -> float:
    """Packages a second through `Office.accept`: check, decrypt, verify, keep, register, sign."""
    stick = folder / "small"
    stick.mkdir()
    for package in range(_SMALL_PACKAGES):
        for number in range(_SMALL_RECORDS):
            _file(station, package * _SMALL_RECORDS + number, _SMALL)
        station.sync(stick)
    office = Office(office_folder)
    try:
        started = time.perf_counter()
        for file in sorted(stick.glob("PKG-*")):
            office.accept(file)
        seconds = time.perf_counter() - started
    finally:
        office.close()
    headquarters.receive(office_folder, stick)
    station.sync(stick)
    return _SMALL_PACKAGES / seconds
