"""tests/test_lock.py — locking replaces the process: of what it held nothing is left in memory, and scanning goes on.

A real program is unlocked, shows a record and is typed into; then it locks, and every readable byte of the process that has
its number now is searched. The search is proved on the same process before it locks: there it finds what was on screen.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app import process
from app.settings import Settings
from storage.keys import KeySlots
from tests import stations

#: No word of these is anywhere in the program or in its fonts.
TITLE, TEXT, TYPED = "样本锁定题名鱻麤龘", "样本锁定正文鑫淼焱", "样本锁定未写完垚犇骉"
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="memory is searched through /proc"),
    pytest.mark.timeout(300),
]


@dataclass
class Program:
    """The window as a process of its own."""

    process: subprocess.Popen[bytes]

    def ask(self, do: str, **facts: object) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **facts}).encode() + b"\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the program has ended"
        said: dict[str, Any] = json.loads(line)
        return said

    def memory(self) -> Iterator[bytes]:
        """Every readable map, a large one in pieces that overlap."""
        at = Path("/proc") / str(self.process.pid)
        try:
            file = (at / "mem").open("rb", buffering=0)
        except PermissionError:
            pytest.skip("this user may not look into the memory of a process that hides it")
        with file:
            for line in (at / "maps").read_text().splitlines():
                begins, ends, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()  # type: ignore[union-attr]
                if "r" not in rights or "[v" in line:
                    continue
                place, end = int(begins, 16), int(ends, 16)
                while place < end:
                    with suppress(OSError, ValueError):  # a page past the end of its file
                        file.seek(place)
                        yield file.read(min(end - place, PIECE))
                    place += PIECE - OVERLAP

    def holds(self, sought: dict[str, bytes]) -> set[str]:
        found: set[str] = set()
        for piece in self.memory():
            if piece != NOTHING[: len(piece)]:  # most of it was never touched
                found |= {name for name, needle in sought.items() if name not in found and needle in piece}
        return found

    def files(self) -> list[str]:
        folder = Path("/proc") / str(self.process.pid) / "fd"
        return [os.readlink(entry) for entry in folder.iterdir()]

    def children(self) -> list[str]:
        found = []
        for status in Path("/proc").glob("[0-9]*/status"):
            with suppress(OSError):
                if re.search(rf"^PPid:\t{self.process.pid}$", status.read_text(), re.MULTILINE):
                    found.append(status.parent.name)
        return found


PIECE, OVERLAP = 1 << 20, 4096
NOTHING = bytes(PIECE)


def encodings(name: str, text: str) -> dict[str, bytes]:
    return {f"{name} {kind}": text.encode(kind) for kind in ("utf-8", "utf-16-le", "utf-32-le")}


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Program, dict[str, bytes], int]]:
    """An unlocked program with one record, and what must not outlive it."""
    station, recovery_key = stations.station(tmp_path, monkeypatch, scan_folder=tmp_path / "scan")
    folder = station.archive.folder
    house = stations.House.around(station.archive)
    item = house.file(house.receive(TEXT.encode()), title=TITLE)
    station.settings.set("settle_s", 0)
    station.stop()
    Settings().set("last_archive", str(folder))
    master = KeySlots.load(folder).unlock_with_recovery(recovery_key)
    sought = encodings("passphrase", stations.PASSPHRASE) | encodings("title", TITLE) | encodings("text", TEXT)
    sought |= encodings("typed", TYPED)
    for name, key in (("master", master.secret), ("database", master.derive("archive")), ("index", master.derive("index"))):
        sought |= {f"{name} raw": key, f"{name} hex": key.hex().encode()}
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.lock_driver"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        cwd=Path(__file__).parent.parent, env=os.environ | {"ANJUAN_PASSPHRASE": "样本 not to be used"},
    )  # fmt: skip
    made = Program(started)
    try:
        yield made, sought, item.id
    finally:
        started.kill()
        started.wait()


def test_of_what_was_open_nothing_is_left_in_memory_and_scanning_goes_on(
    program: tuple[Program, dict[str, bytes], int], tmp_path: Path
) -> None:
    window, sought, item = program
    first = window.answer()
    assert first["said"] == "ready" and first["secluded"] and first["passphrase_in_environment"]
    assert window.ask("unlock", passphrase=stations.PASSPHRASE)["said"] == "unlocked"
    assert window.ask("open", item=item) == {"said": "opened", "title": TITLE}
    assert window.ask("type", text=TYPED)["said"] == "typed"
    open_ = window.holds(sought)
    # The search sees: what is on screen, what was typed, and the keys of the databases.
    assert {"title utf-16-le", "title utf-8", "typed utf-16-le", "database raw", "database hex"} <= open_, open_

    again = window.ask("lock")
    assert again["said"] == "ready" and again["secluded"] and not again["passphrase_in_environment"]
    assert window.process.poll() is None  # the same process by number, another by content
    assert window.holds(sought) == set()
    archive = str(tmp_path / "archive")
    assert [path for path in window.files() if path.startswith(archive)] == []
    assert window.children() == []

    # Papers go on being sealed, and are counted.
    paper = tmp_path / "scan" / "样本.txt"
    paper.write_text("样本扫描件", "utf-8")
    assert "1" in window.ask("scans")["text"]
    assert not paper.exists()
    assert len([path for path in (tmp_path / "archive" / "spool").iterdir() if path.is_file()]) == 1

    # Unlocked by the person and nobody else, it is where it was, and what was typed is there.
    assert window.ask("unlock", passphrase=stations.PASSPHRASE)["said"] == "unlocked"
    assert window.ask("drafts") == {"said": "back", "here": "volumes", "written": [TYPED]}


def test_a_program_that_is_not_secluded_would_be_noticed() -> None:
    """What `secluded` says is what the kernel says: in a fresh process before and after."""
    told = subprocess.run(
        [sys.executable, "-c", "from app import process; a = process.secluded(); process.seclude(); print(a, process.secluded());"
         "import resource; print(resource.getrlimit(resource.RLIMIT_CORE)); import os; print(os.stat('/proc/self/mem').st_uid)"],
        cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert told == ["False True", "(0, 0)", "0"]
    assert process.PR_SET_DUMPABLE == 4
