"""app/bench/open.py — from the passphrase to a usable station, and how fast it is verified.

Argon2id is timed apart: it takes the time it takes on purpose. The peer of opening is opening the same database file
with SQLCipher's own passphrase derivation (256,000 rounds of PBKDF2), as a program without key slots does for every
connection.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

from app import filing
from app.bench.station import USER, bench_station
from app.station import Station
from storage.keys import KeySlots
from storage.records import PROGRAM, ItemDraft, Line, Page, Retention
from storage.spool import Custody

_PAGE = "样本派出所工作记录" * 100


def run(records: int, report: Callable[[dict[str, object]], None]) -> None:
    def tell(metric: str, value: float, unit: str) -> None:
        row = {"bench": "open", "engine": "anjuan", "records": records, "metric": metric}
        report(row | {"value": round(value, 4), "unit": unit})

    with bench_station() as (station, _folder, passphrase):
        _fill(station, records)
        archive = station.archive.folder
        station.stop()
        slots = KeySlots.load(archive)
        started = time.perf_counter()
        slots.unlock(USER, passphrase, None)
        derived = time.perf_counter() - started
        tell("key slot (Argon2id)", derived, "s")
        started = time.perf_counter()
        opened = Station.open(archive, USER, passphrase, keychain=None)
        counts = opened.counts()
        tell("unlock to usable, less the key slot", time.perf_counter() - started - derived, "s")
        if counts.items != records:
            raise RuntimeError(f"{counts.items} of {records} records are there")
        size_mb = sum(file.stat().st_size for file in archive.rglob("*") if file.is_file()) / 1e6
        started = time.perf_counter()
        for finding in opened.verify():
            if not finding.ok and finding.check != "index":
                raise RuntimeError(f"{finding.check} {finding.object} {finding.detail}")
        tell("verify", size_mb / (time.perf_counter() - started), "MB/s")
        tell("archive", size_mb, "MB")
        opened.stop()


def _fill(station: Station, records: int) -> None:
    """Files `records` records of one page each; the originals share one sealed picture and are small."""
    archive = station.archive
    picture = archive.pictures.put(b"picture")
    today = date.today()
    for number in range(records):
        data = f"{number} {_PAGE}".encode()
        sealed = archive.objects.put(data)
        custody = Custody(f"{number}.txt", f"{number}.txt", number, len(data), sealed.sha256, "", True)
        draft = ItemDraft(f"样本记录{number}", "", "样本派出所", "20260101", "WS", 2026, Retention.D10, page_count=1)
        with archive.write(PROGRAM) as change:
            arrival = change.receive(f"{number:032x}", custody, sealed)
        object_id = archive.queries.arrival(arrival).object_id
        assert object_id is not None
        page = Page(1, 1240, 1754, (Line(_PAGE, 0.1, 0.1, 0.8, 0.02),), b"", "typeset", 1.0)
        with archive.write(PROGRAM) as change:
            change.read(object_id, "text", [(page, picture.name)], draft)
        filing.file(archive, station.agent, arrival, draft, today)
