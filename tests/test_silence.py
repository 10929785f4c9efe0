"""tests/test_silence.py — promise 1, whole: a day of a station writes nowhere it should not, and no clear text anywhere.

tests/silence.py plays the day in a process of its own. While it runs, and afterwards, every file of the archive, the temporary
folders, the settings and the home folder is searched for three markers (a name, a number, words that only OCR can have read)
in UTF-8, UTF-16, GB18030 and base64, the deleted files that the process still holds open included. Its audit hook, and
strace where there is one (native code and the reading children too), name every place that is opened for writing and every
address that is called: all must be on the list below. Known positives prove that searcher and list find what careless
libraries do: the same promise broken by Whoosh's own storage and by SQLCipher's temporary files.

Qt: the unlock screen and QPrinter into a file write nothing of their own; QPrinter asks the system's print service on the
loopback for its printers. What that service's spooler keeps of what is printed is not ours.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.silence import MARKERS, papers

HOUSE = Path(__file__).resolve().parent.parent
#: Where a day may write, below its folder: the archive and what a person chose (settings, export, stick, backup, office).
PLACES = ("archive", "plays", "config", "out", "stick", "backups", "office")
#: The self-test's own database and folder, without content; the name that Python's `tempfile` tries a folder out with.
TRIALS = re.compile(r"tmp/(anjuan-trial-\w+(/trial\.db(-wal|-shm|-journal)?)?|[a-z0-9_]{8})")
#: QPrinter asks the machine's own print service which printers there are (the CUPS library, IPP on the loopback).
PRINT_SERVICE = {"127.0.0.1:631", "::1:631"}
#: Where clear text is at home: papers before they are sealed, and what a person exported.
CLEAR = ("scan", "out")
CALLS = "open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,truncate,mknod,mknodat,connect"
_PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ADDRESS = re.compile(r'sin6?_port=htons\((\d+)\).*?"([0-9a-f.:]+)"')

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc to see deleted files that are still open"),
]


def needles() -> list[bytes]:
    found = set()
    for marker in MARKERS:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            told = marker.encode(encoding)
            found.add(told)
            for shift in range(3):  # base64 reads three bytes at a time, wherever the marker begins in them
                coded = base64.b64encode(b"\0" * shift + told + b"\0" * 3)
                found.add(coded[-(-8 * shift // 6) : 8 * (shift + len(told)) // 6])
    return sorted(needle for needle in found if len(needle) >= 8)


NEEDLES = re.compile(b"|".join(re.escape(needle) for needle in needles()))


def hits(folder: Path, process_id: int | None = None) -> set[str]:
    """The files that hold a marker: below `folder` but for CLEAR, in /var/tmp, and deleted ones that the process has open."""
    files = [file for place in folder.iterdir() if place.name not in CLEAR for file in ([place] if place.is_file() else place.rglob("*"))]
    files += [file for file in Path("/var/tmp").glob("*") if file.stat().st_mtime > folder.stat().st_ctime - 60]
    if process_id is not None:
        files += Path(f"/proc/{process_id}/fd").glob("*")
    found = set()
    for file in files:
        try:
            if file.is_symlink() and not os.readlink(file).endswith(" (deleted)"):
                continue
            if file.is_file() and NEEDLES.search(file.read_bytes()):
                found.add(os.readlink(file) if file.is_symlink() else str(file.relative_to(folder)))
        except (OSError, ValueError):
            continue  # gone meanwhile, or no file
    return found


@dataclass
class Played:
    folder: Path
    said: dict[str, list[str]]
    trace: list[str]
    hits: set[str]


def play(what: str, folder: Path) -> Played:
    """Runs the player, looking for markers all the while; a leak is looked at when it says that it is there."""
    for name in ("tmp", "home", "scan", "out"):
        (folder / name).mkdir(parents=True)
    for name, data in papers().items():
        (folder / "scan" / name).write_bytes(data)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ANJUAN_"))}
    environment |= {
        "TMPDIR": str(folder / "tmp"), "HOME": str(folder / "home"), "ANJUAN_CONFIG": str(folder / "config"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.silence", what, str(folder)]
    trace = folder.with_name(f"{folder.name}-trace")
    if traced := shutil.which("strace") is not None and what == "day":
        command = ["strace", "-f", "-qq", "-y", "-s", "4096", "--seccomp-bpf", "-e", f"trace={CALLS}", "-o", str(trace), *command]
    process = subprocess.Popen(command, cwd=HOUSE, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    found: set[str] = set()
    if what != "day":
        assert process.stdout.readline() == "ready\n"
        found |= hits(folder, process.pid)
        process.stdin.write("go\n")
        process.stdin.flush()
    else:
        while process.poll() is None:
            found |= hits(folder, process.pid)
            time.sleep(0.1)  # a look every so often is what this is; nothing waits for it
    lines = process.stdout.read().splitlines()
    assert process.wait() == 0
    found |= hits(folder)
    return Played(folder, json.loads(lines[-1]), trace.read_text("utf-8", "replace").splitlines() if traced else [], found)


def written(played: Played) -> Iterator[str]:
    """Every place that was written to, relative to the folder of the day where it is below it."""
    yield from played.said["places"]
    for line in played.trace:
        call = line.split(None, 1)[1] if line[:1].isdigit() else line
        if " = -1 " in call or call.startswith(("connect", "---", "+++")) or "unfinished" in call[-20:]:
            continue
        if call.startswith(("open", "<... open")):
            opened = re.search(r"= \d+<(/[^>]*?)(?: \(deleted\))?>$", call)
            if opened and re.search("O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND", call):
                yield opened[1]
        elif paths := _PATH.findall(call):
            yield paths[-1]


def strange(played: Played) -> set[str]:
    found = set()
    for place in written(played):
        path = Path(place)
        if not path.is_absolute() or path.parts[1] in ("dev", "proc"):
            if place != "/dev/null" and not place.startswith("/proc/self") and path.is_absolute():
                found.add(place)
            continue
        below = path.relative_to(played.folder) if path.is_relative_to(played.folder) else None
        if below is None:
            found.add(place)
        elif not (below.parts[:1] and below.parts[0] in PLACES) and not TRIALS.fullmatch(str(below)) and str(below) not in ("scan", "."):
            found.add(str(below))
    return found


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play("day", tmp_path_factory.mktemp("silence") / "day")


def test_a_day_leaves_no_marker_anywhere_at_any_time(day: Played) -> None:
    assert day.hits == set()
    for name in ("tmp", "home"):
        assert list((day.folder / name).iterdir()) == [], name


def test_a_day_writes_only_where_it_may(day: Played) -> None:
    places = set(written(day))
    assert any(place.endswith("archive.lock") for place in places) and any("printed.pdf" in place for place in places)
    assert strange(day) == set()
    if day.trace:  # what the hook cannot see
        assert any(place.endswith(("archive.db-wal", "index.db-wal")) for place in places)


def test_a_day_calls_nobody_but_headquarters(day: Played) -> None:
    headquarters = str(day.said["headquarters"])
    assert set(day.said["addresses"]) == {headquarters}
    called = {f"{found[2]}:{found[1]}" for line in day.trace if "connect(" in line and (found := _ADDRESS.search(line))}
    assert called - PRINT_SERVICE == ({headquarters} if day.trace else set())


def test_what_whoosh_does_by_itself_is_found(tmp_path: Path) -> None:
    leak = play("leak-whoosh", tmp_path / "leak")
    assert any(name.startswith("tmp/") for name in leak.hits), leak.hits
    assert any("MAIN.tmp" in place for place in strange(leak)), leak.said


def test_what_sqlcipher_does_when_it_may_is_found(tmp_path: Path) -> None:
    leak = play("leak-sqlite", tmp_path / "leak")
    assert any("etilqs" in name and name.endswith("(deleted)") for name in leak.hits), leak.hits


def test_every_encoding_of_every_marker_is_found(tmp_path: Path) -> None:
    assert hits(tmp_path) == set()
    for number, marker in enumerate(MARKERS):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            for shift in range(3):
                for name, data in (("plain", marker.encode(encoding)), ("coded", base64.b64encode(b"." * shift + marker.encode(encoding)))):
                    file = tmp_path / f"{name}-{number}-{encoding}-{shift}"
                    file.write_bytes(os.urandom(100) + data + os.urandom(100))
                    assert hits(tmp_path) == {file.name}
                    file.unlink()
