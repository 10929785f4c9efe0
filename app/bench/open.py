"""app/bench/open.py — from the click to a usable station; and how fast all of it is verified, backed up and proved.

- `unlock dialog`: the program started as a process of its own, without a screen, until the dialog is painted; `with names`
  until the station and its users stand in it, which a person needs before the first letter. `key slot` is Argon2id, which takes the time it takes on purpose, and is timed apart.
- `unlock to usable`: the archive opened, the journal held against its anchors, the first lists and one search answered; less
  the key slot. The index is closed and cold in this process, the files are in the system's cache.
- `verify` and `backup and proof` stand beside `plain copy`: the same files copied, forced to the disk one by one, read back
  and compared, with nothing decrypted. Each original is its own; all pages share one picture.

Papers are law texts from a corpus, or sentences made up without one (app/bench/papers.py). Nothing is kept afterwards.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.bench.papers import papers_of
from app.bench.station import USER, bench_station
from app.station import Station
from storage.files import sync_folder
from storage.keys import KeySlots
from storage.records import ItemDraft, Line, Page, Retention
from storage.search.index import Entry
from storage.spool import Custody

Tell = Callable[[str, str, float, str], None]

_STARTS = 6
_AT_ONCE = 50
#: Run by a fresh interpreter, as the program's own front door does it: the unlock dialog, and the end once it stands.
_DIALOG = """
import sys
from pathlib import Path
from app import process
process.seclude()
from PySide6.QtCore import QTimer
from app.settings import Settings
from ui.application import Shell, prepare
from ui.screens.unlock import UnlockScreen
from ui.theme import Theme
application = prepare()
shell = Shell(Theme(application), Settings(), Path(sys.argv[1]))
shell.show()
def look():
    screen = shell.centralWidget().currentWidget()
    if not told and isinstance(screen, UnlockScreen) and screen.isVisible():
        told.append("shown")
        print("shown", flush=True)
    if told and screen.user.count():
        print("named", flush=True)
        application.quit()
told = []
timer = QTimer(interval=2)
timer.timeout.connect(look)
timer.start()
application.exec()
shell.close_everything()
"""


def run(records: int, corpus: Path | None, report: Callable[[dict[str, object]], None]) -> None:
    def tell(engine: str, metric: str, value: float, unit: str) -> None:
        row = {"bench": "open", "engine": engine, "records": records, "metric": metric}
        report(row | {"value": round(value, 4), "unit": unit})

    with bench_station() as (station, folder, passphrase):
        papers = papers_of(corpus, records)
        _fill(station, papers.paper, records)
        archive = station.archive.folder
        station.stop()
        _dialog(archive, tell)
        slots = KeySlots.load(archive)
        started = time.perf_counter()
        slots.unlock(USER, passphrase, None)
        derived = time.perf_counter() - started
        tell("anjuan", "key slot (Argon2id)", derived, "s")

        word = papers.paper(records).title[:4]
        started = time.perf_counter()
        opened = Station.open(archive, USER, passphrase, keychain=None)
        try:
            ready = time.perf_counter()
            counts = opened.counts()
            opened.inbox()
            opened.years()
            opened.categories()
            listed = time.perf_counter()
            found = opened.search(word)
            opened.found(found)
            usable = time.perf_counter()
            if counts.items != records or not found.total:
                raise RuntimeError(f"{counts.items} of {records} records are there, {found.total} found")
            tell("anjuan", "unlock to usable", usable - started - derived, "s")
            tell("anjuan", "of it: opening", ready - started - derived, "s")
            tell("anjuan", "of it: first lists", listed - ready, "s")
            tell("anjuan", "of it: first search", usable - listed, "s")
            _check(opened, folder, tell)
        finally:
            opened.stop()


def _dialog(archive: Path, tell: Tell) -> None:
    """The median of a few starts; the first, which brings the program into the cache, does not count."""
    shown: list[float] = []
    named: list[float] = []
    for _start in range(_STARTS):
        started = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-c", _DIALOG, str(archive)], stdout=subprocess.PIPE, text=True,
            cwd=Path(__file__).parents[2], env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        ) as process:  # fmt: skip
            assert process.stdout is not None
            for word, seconds in (("shown", shown), ("named", named)):
                if process.stdout.readline() != f"{word}\n":
                    raise RuntimeError("the unlock dialog did not show")
                seconds.append(time.perf_counter() - started)
            process.stdout.read()
    tell("anjuan", "unlock dialog", statistics.median(shown[1:] or shown), "s")
    tell("anjuan", "unlock dialog with names", statistics.median(named[1:] or named), "s")


def _check(station: Station, folder: Path, tell: Tell) -> None:
    """Journal, verify and backup, and the plain copy of what the backup holds."""
    queries = station.archive.queries
    lines = queries.head()[0]
    started = time.perf_counter()
    if not all(finding.ok for finding in queries.verify_journal()):
        raise RuntimeError("the journal does not hold")
    tell("anjuan", "journal verified", lines / (time.perf_counter() - started), "lines/s")
    tell("anjuan", "journal", lines, "lines")

    files = [file for file in station.archive.folder.rglob("*") if file.is_file() and not file.name.startswith(("index", "ballast"))]
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    tell("anjuan", "archive", megabytes, "MB")
    tell("anjuan", "files", len(files), "files")
    copied = _copy(files, folder / "peer")
    tell("plain copy", "copy and compare", megabytes / copied, "MB/s")
    started = time.perf_counter()
    wrong = [finding for finding in station.verify() if not finding.ok]
    verified = time.perf_counter() - started
    if wrong:
        raise RuntimeError(f"{wrong[0].check} {wrong[0].object} {wrong[0].detail}")
    tell("anjuan", "verify", megabytes / verified, "MB/s")
    (folder / "stick").mkdir()
    started = time.perf_counter()
    station.backups.back_up(folder / "stick")
    backed_up = time.perf_counter() - started
    tell("anjuan", "backup and proof", megabytes / backed_up, "MB/s")
    tell("anjuan", "backup and proof, against plain copy", backed_up / copied, "times as long")


def _copy(files: list[Path], target: Path) -> float:
    """Seconds that the same bytes take, each file forced to the disk, then read back and compared by digest."""
    target.mkdir()
    digests = {}
    started = time.perf_counter()
    for number, file in enumerate(files):
        data = file.read_bytes()
        copy = target / str(number)
        with copy.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        digests[copy] = hashlib.sha256(data).digest()
    sync_folder(target)
    for copy, digest in digests.items():
        if hashlib.sha256(copy.read_bytes()).digest() != digest:
            raise RuntimeError("the copy is not the same")
    return time.perf_counter() - started


def _fill(station: Station, paper: Callable[[int], Entry], records: int) -> None:
    """Files the papers, several in one transaction, and has them indexed."""
    archive, today = station.archive, time.strftime("%Y%m%d")
    codes = [category.code for category in station.categories()]
    picture = archive.pictures.put(os.urandom(30_000))
    for first in range(1, records + 1, _AT_ONCE):
        entries = {number: paper(number) for number in range(first, min(first + _AT_ONCE, records + 1))}
        sealed = {number: archive.objects.put("\n".join(entry.pages).encode()) for number, entry in entries.items()}
        with archive.write(station.agent) as change:
            arrivals = {}
            for number, kept in sealed.items():
                name = f"{number:06d}.txt"
                custody = Custody(name, name, number, kept.size_bytes, kept.sha256, today, True)
                arrivals[number] = change.receive(f"{number:032x}", custody, kept)
        objects = {number: archive.queries.arrival(arrival).object_id or 0 for number, arrival in arrivals.items()}
        with archive.write(station.agent) as change:
            for number, entry in entries.items():
                draft = ItemDraft(
                    entry.title[:200], entry.document_no, "样本派出所", entry.doc_date, codes[number % len(codes)], entry.year,
                    Retention.D10, page_count=1,
                )  # fmt: skip
                page = Page(1, 1240, 1754, tuple(Line(text, 0.1, 0.1, 0.8, 0.02) for text in entry.pages), b"", "typeset", 1.0)
                code = f"{archive.fonds.number}-{number:08d}"
                change.read(objects[number], "text", [(page, picture.name)], draft)
                change.file(arrivals[number], draft, archive.fonds.number, lambda _number, code=code: code)  # type: ignore[misc]
    archive.index.catch_up()
