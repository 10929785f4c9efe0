"""tests/faults.py — a disk that is full, read-only or failing from the n-th change on, under a real process; and flipped bytes.

A *scenario* and a *finish* are functions of a folder, named `module:function`, as in tests/cuts.py. The scenario runs in a
process whose calls into the C library pass through tests/faults.c (compiled here with gcc; a machine without it skips): the
n-th call that changes something below the watched folder fails with `error` and changes nothing; with `lasting` so does every
later one, as on a disk that stays full. SQLCipher's writes are among them. The scenario may end with a `Known` error, which
is what a person would be told; any other exception is a traceback on somebody's screen and fails. Then the disk is well
again, and the finish, in a fresh process, completes the work and asserts what must be true.

    Faults("tests.test_x:work", "tests.test_x:whole", errno.ENOSPC).run(folder)      # every n (sampled), as cuts.Sweep
    ended = live("tests.test_x:work", folder, Fault(12, errno.EROFS, below="archive"))  # one of them, to look at closely
    for place in places(path): with flipped(path, place): ...                        # one byte of a file at rest

A scenario that catches a `Known` itself and goes on is fine. ANJUAN_ALL_CUTS=1 tries every point.
"""

from __future__ import annotations

import ctypes
import errno as codes
import functools
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
SOURCE = Path(__file__).with_suffix(".c")
_PRELOADED = ("app.station", "tests.stations")


@dataclass(frozen=True, slots=True)
class Fault:
    """The `at`-th change below `folder / below` fails with `error`. At 0 none does: the changes are only counted."""

    at: int
    error: int = codes.ENOSPC
    lasting: bool = True
    below: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """`points` changes were met; `struck` says which call failed first, on which file ("pwrite64 archive.db-wal"), or "".

    `known` is the class of the `Known` error that the scenario ended with, or ""; `trouble` any other exception, whole.
    """

    points: int
    struck: str
    known: str
    trouble: str


def live(scenario: str, folder: Path, fault: Fault | None = None) -> Ended:
    """Runs the scenario in a process of its own, forked from one that has the program imported already."""
    order = {"scenario": scenario, "folder": str(folder), "fault": fault and asdict(fault)}
    server = _server()
    assert server.stdin is not None and server.stdout is not None
    server.stdin.write(json.dumps(order) + "\n")
    server.stdin.flush()
    return Ended(**json.loads(server.stdout.readline()))


@dataclass(frozen=True, slots=True)
class Faults:
    """All faults of one kind in one scenario; see the module.

    `run` returns how each ended: {"" for done anyway, or the class of a Known error: how often}.
    """

    scenario: str
    finish: str
    error: int = codes.ENOSPC
    lasting: bool = True
    below: str = ""
    most: int = 30
    #: The only Known errors (class names) that it may end with; any when empty.
    allowed: frozenset[str] = field(default_factory=frozenset)

    def run(self, start: Path) -> Counter[str]:
        """`start` holds what the scenario begins with; it is copied beside itself for every fault and left alone."""
        whole = self._copy(start)
        counted = live(self.scenario, whole, Fault(0, self.error, self.lasting, self.below))
        assert not counted.trouble and not counted.known, counted
        assert counted.points, f"{self.scenario} changes nothing below {self.below or 'its folder'}"
        self._finish(whole, "without a fault")
        ends: Counter[str] = Counter()
        for at in self._chosen(counted.points):
            folder = self._copy(start)
            ended = live(self.scenario, folder, Fault(at, self.error, self.lasting, self.below))
            what = f"{codes.errorcode[self.error]} at {at} of {counted.points} ({ended.struck or 'not met'})"
            assert not ended.trouble, f"{self.scenario}, {what}:\n{ended.trouble}"
            assert not self.allowed or ended.known in self.allowed | {""}, f"{self.scenario}, {what}: {ended.known}"
            self._finish(folder, f"{what}, ended with {ended.known or 'success'}")
            ends[ended.known] += 1
        print(f"{self.scenario}: {codes.errorcode[self.error]} at {ends.total()} of {counted.points} points, {dict(ends)}")
        return ends

    def _chosen(self, points: int) -> Iterator[int]:
        if points <= self.most or os.environ.get("ANJUAN_ALL_CUTS") == "1":
            yield from range(1, points + 1)
        else:
            yield from sorted({1 + round(n * (points - 1) / (self.most - 1)) for n in range(self.most)})

    def _copy(self, start: Path) -> Path:
        # Always the same path: an arrival remembers where it came from.
        folder = start.with_name(f"{start.name}-fault")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(start, folder, symlinks=True)
        return folder

    def _finish(self, folder: Path, what: str) -> None:
        ended = live(self.finish, folder)
        assert not ended.trouble and not ended.known, f"{self.scenario}, {what}:\n{ended.known} {ended.trouble}"


# -- bytes at rest


def flip(path: Path, position: int, mask: int = 0x01) -> None:
    """Changes bits of the byte at `position` (from the end when negative) of a file, in place."""
    data = bytearray(path.read_bytes())
    data[position] ^= mask
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(position % len(data))
        file.write(bytes([data[position]]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def places(path: Path, most: int = 5) -> list[int]:
    """Positions in a file, evenly spread, the first and the last byte among them."""
    size = path.stat().st_size
    if size <= most or (os.environ.get("ANJUAN_ALL_CUTS") == "1" and size <= 2000):
        return list(range(size))
    return sorted({round(n * (size - 1) / (most - 1)) for n in range(most)})


@contextmanager
def flipped(path: Path, position: int, mask: int = 0x01) -> Iterator[None]:
    """The byte is flipped inside, and the file is exactly as before at the end, whatever happened to it."""
    before = path.read_bytes()
    flip(path, position, mask)
    try:
        yield
    finally:
        path.write_bytes(before)


# -- the process that forks


@functools.cache
def _server() -> subprocess.Popen[str]:
    shim = _shim()
    environment = os.environ | {"LD_PRELOAD": str(shim), "ANJUAN_FAULTS": str(shim)}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults"], cwd=HOUSE, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


@functools.cache
def _shim() -> Path:
    if sys.platform != "linux" or shutil.which("gcc") is None:
        pytest.skip("needs gcc on Linux to make a disk fail")
    folder = tempfile.TemporaryDirectory(prefix="faults")
    _kept.append(folder)
    made = Path(folder.name) / "faults.so"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-o", str(made), str(SOURCE), "-ldl"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        pytest.skip(f"gcc cannot build the failing disk here: {built.stderr.strip()[-200:]}")
    return made


_kept: list[tempfile.TemporaryDirectory[str]] = []


def named(name: str) -> Callable[[Path], None]:
    module, function = name.split(":")
    found: Callable[[Path], None] = getattr(importlib.import_module(module), function)
    return found


def serve() -> None:
    """Answers orders from standard input until it is closed: forks, lets the child live, passes its end on."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a scenario prints
    os.environ.pop("LD_PRELOAD")  # its own children need no failing disk
    for name in _PRELOADED:
        importlib.import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        reads, writes = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reads)
            _live(order, writes)
        os.close(writes)
        with os.fdopen(reads) as told:
            said = told.read()
        _, status = os.waitpid(child, 0)
        if not said:
            ended = f"signal {signal.Signals(status & 0x7F).name}" if status & 0x7F else f"exit code {status >> 8}"
            said = json.dumps({"points": 0, "struck": "", "known": "", "trouble": f"the process ended with {ended}"})
        answers.write(said + "\n")
        answers.flush()


def _live(order: dict[str, object], writes: int) -> None:
    from storage.errors import Known

    shim = ctypes.CDLL(os.environ["ANJUAN_FAULTS"])
    shim.anjuan_faults_first.restype = ctypes.c_char_p
    folder = Path(str(order["folder"])).resolve()
    known = trouble = ""
    try:
        function = named(str(order["scenario"]))
        if order["fault"]:
            fault = Fault(**order["fault"])  # type: ignore[arg-type]
            watched = str(folder / fault.below) if fault.below else str(folder)
            shim.anjuan_faults_arm(watched.encode(), fault.at, fault.error, fault.lasting)
        function(folder)
    except Known as error:
        known = type(error).__name__
    except BaseException:
        trouble = traceback.format_exc()
    points = shim.anjuan_faults_counted()
    shim.anjuan_faults_disarm()
    said = {"points": points, "struck": shim.anjuan_faults_first().decode("utf-8", "replace"), "known": known, "trouble": trouble}
    os.write(writes, json.dumps(said).encode())
    os._exit(0)


if __name__ == "__main__":
    serve()
