"""app/bench/intake.py — how fast papers are taken in, against a plain copy that is forced to the disk.

Small text files of unlike content stand for born-digital papers: no OCR. `custody` is sealing, reading back, journal
and removal of the source; `custody+reading` adds the reader, the page picture and the suggestion; `copy+fsync` is the
peer: reading, SHA-256, writing and forcing the same bytes with nothing sealed, journaled or read back.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from app.bench.station import bench_station
from storage.files import sync_folder
from storage.records import Outcome

_CHARACTERS = 900


def run(records: int, report: Callable[[dict[str, object]], None]) -> None:
    with bench_station() as (station, folder, _passphrase):
        scan = folder / "scan"
        scan.mkdir()
        papers = {scan / f"{number:06d}.txt": _paper(number) for number in range(records)}

        def tell(engine: str, seconds: float) -> float:
            rate = records / seconds
            row = {"bench": "intake", "engine": engine, "records": records, "metric": "rate", "value": round(rate, 1)}
            report(row | {"unit": "files/s"})
            return rate

        for path, content in papers.items():
            path.write_bytes(content)
        peer = folder / "peer"
        peer.mkdir()
        started = time.perf_counter()
        for path in papers:
            _copy(path, peer / path.name)
        copied = tell("copy+fsync", time.perf_counter() - started)

        station.intake.use_folder(scan, settle_s=0.0)
        started = time.perf_counter()
        while any(scan.iterdir()):
            station.intake.watch()
        seconds = time.perf_counter() - started
        custody = tell("custody", seconds)
        started = time.perf_counter()
        while station.intake.read_due():
            pass
        tell("custody+reading", seconds + time.perf_counter() - started)
        report(
            {
                "bench": "intake",
                "engine": "custody / copy+fsync",
                "records": records,
                "metric": "ratio",
                "value": round(custody / copied, 3),
                "unit": "",
            }
        )
        waiting = len(station.arrivals(Outcome.WAITING, limit=records + 1))
        if waiting != records:
            raise RuntimeError(f"{waiting} of {records} papers arrived")


def _paper(number: int) -> bytes:
    body = "".join(chr(0x4E00 + (number * 7919 + place * 31) % 3000) for place in range(_CHARACTERS))
    return f"关于样本第{number}号的通知\n{body}\n二〇二六年三月五日\n".encode()


def _copy(source: Path, target: Path) -> None:
    data = source.read_bytes()
    hashlib.sha256(data).hexdigest()
    with target.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(target.parent)
