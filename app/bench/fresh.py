"""app/bench/fresh.py — an index opened and asked by a process that has done nothing else, for its time and its memory.

`python -m app.bench.fresh` reads one JSON object from its standard input: `path` and `key` (hex) of an index of papers made
for a bench, `records`, and `questions` as app.bench.papers has them. It answers with one of figures: ms and MB.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from app.bench.papers import Papers, Question
from storage.connection import Database
from storage.search.index import Index


def measured(path: Path, key: bytes, records: int, questions: Sequence[Question]) -> dict[str, float]:
    """The figures of a new process; the file's pages are dropped from the memory of the system first, where that can be
    asked for. The first of `questions` is the first question."""
    asked = {
        "path": str(path),
        "key": key.hex(),
        "records": records,
        "questions": [asdict(question) for question in questions],
    }
    program = [sys.executable, "-m", "app.bench.fresh"]
    done = subprocess.run(program, input=json.dumps(asked), capture_output=True, check=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def forget(path: Path) -> None:
    """The system gives up the pages of this file that it holds in memory (Linux; elsewhere nothing happens)."""
    if hasattr(os, "posix_fadvise"):
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
            os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(number)


def resident() -> float | None:
    """MB of memory this process has; None where the system does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    return next(int(line.split()[1]) / 1000 for line in status.read_text().splitlines() if line.startswith("VmRSS:"))


def _measure(path: Path, key: bytes, records: int, questions: Sequence[Question]) -> dict[str, float]:
    figures: dict[str, float] = {}

    def take(name: str, work: Callable[[], object]) -> None:
        before = resident()
        started = time.perf_counter()
        work()
        figures[name] = (time.perf_counter() - started) * 1000
        after = resident()
        if before is not None and after is not None:
            figures[f"{name}, memory"] = after - before

    def ask(question: Question) -> None:
        index.search(question.text, filters=question.filters, typing=question.typing)

    def ask_all() -> None:
        for question in questions:
            ask(question)

    forget(path)
    index = Index(path, lambda place: Database(place, key, synchronous="NORMAL", shrinks=True), Papers([("", "")], records))
    take("open", lambda: index.search(""))
    take("first", lambda: ask(questions[0]))
    take("all", ask_all)
    index.close()
    whole = resident()
    if whole is not None:
        figures["whole"] = whole
    return figures


if __name__ == "__main__":
    given = json.load(sys.stdin)
    every = [Question(**question) for question in given["questions"]]
    json.dump(_measure(Path(given["path"]), bytes.fromhex(given["key"]), given["records"], every), sys.stdout)
