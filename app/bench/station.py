"""app/bench/station.py — a station in a folder of its own for a measurement, gone afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.passphrases import invent
from app.station import Station
from storage.keys import Cost

USER = "样本管理员"


@contextmanager
def bench_station(cost: Cost | None = None) -> Iterator[tuple[Station, Path, str]]:
    """(station, folder for files, passphrase). No keychain: the machine's is not touched."""
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as folder:
        before = os.environ.get("ANJUAN_CONFIG")
        os.environ["ANJUAN_CONFIG"] = folder
        passphrase = invent()
        try:
            station, _recovery = Station.create(
                Path(folder, "archive"),
                station="样本派出所",
                fonds_number="X999",
                fonds_name="样本派出所",
                administrator=USER,
                passphrase=passphrase,
                keychain=None,
                cost=cost,
            )
            try:
                yield station, Path(folder), passphrase
            finally:
                if not station.archive.closed:
                    station.stop()
        finally:
            if before is None:
                del os.environ["ANJUAN_CONFIG"]
            else:
                os.environ["ANJUAN_CONFIG"] = before
