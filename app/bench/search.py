"""app/bench/search.py — how fast the index is built, opened, grown and asked, beside others and beside itself in clear.

Four engines answer the same questions over the same papers in one run: Anjuan's index; the very same segments in plain
files, whose every answer must be equal, row by row; SQLite FTS5 in SQLCipher and Tantivy in clear, which give less
(app/bench/peers.py). Papers and questions: app/bench/papers.py.

Every question is asked once with nothing of it in our own memory yet, after a few others have warmed the code; that is
what the medians are of. Ours and the plain files are then asked again in turn, question by question: what encryption costs
is the ratio. Times are by the clock and, because a machine is seldom idle, by the processor. A process
of its own measures opening, the first question and memory.
"""

from __future__ import annotations

import secrets
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.bench import fresh
from app.bench.papers import QUESTIONS_OF_A_KIND, Papers, Question, papers_of, questions_about
from app.bench.peers import TOP, Fts5, Tantivy, build
from storage.connection import Database
from storage.records.search import Results
from storage.search.clear_copy import ClearCopy
from storage.search.index import Index

GROWN = 20
#: So much of the disk stays free beside the plain files.
_SPARE = 2_000_000_000

Tell = Callable[[str, str, float, str], None]
Search = Callable[[Question], Results]


def run(records: int, corpus: Path | None, report: Callable[[dict[str, object]], None]) -> None:
    papers = papers_of(corpus, records)
    questions = questions_about(papers)

    def tell(engine: str, metric: str, value: float, unit: str) -> None:
        row = {"bench": "search", "engine": engine, "records": records, "metric": metric, "value": round(value, 3)}
        report(row | {"unit": unit})

    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as scratch:
        folder = Path(scratch)
        with our_index(folder / "index.db", papers, questions, tell) as (index, database):
            ours = _ask("anjuan", questions, lambda q: _search(index, q), tell)
            if shutil.disk_usage(folder).free > 2 * database.path.stat().st_size + _SPARE:
                _beside_clear_files(folder / "plain", database, lambda q: _search(index, q), questions, ours, tell)
            else:
                _note("no room for the plain files: left out")
            _grow(index, papers, tell)
            papers.records = records
        theirs = _peers(folder, papers, questions, tell)
    for name, took in theirs.items():
        for kind in ("common words", "words", "names", "other strings"):
            some = [n for n, question in enumerate(questions) if question.kind == kind]
            ratio = statistics.median(took[n] for n in some) / statistics.median(ours[n] for n in some)
            tell(f"{name} / anjuan", f"{kind}: times faster", ratio, "")


@contextmanager
def our_index(
    path: Path, papers: Papers, questions: Sequence[Question], tell: Tell
) -> Iterator[tuple[Index, Database]]:
    key = secrets.token_bytes(32)
    opened: list[Database] = []

    def open_database(place: Path) -> Database:
        opened.append(Database(place, key, synchronous="NORMAL", shrinks=True))
        return opened[-1]

    index = Index(path, open_database, papers)
    started = time.perf_counter()
    written = index.catch_up(_progress("index"))
    seconds = time.perf_counter() - started
    if written != papers.records:
        raise RuntimeError(f"{written} of {papers.records} records were indexed")
    index.close()
    tell("anjuan", "build", written / seconds, "records/s")
    tell("anjuan", "size", path.stat().st_size / 1e6, "MB")
    tell("anjuan", "size, a record", path.stat().st_size / papers.records, "bytes")
    if getattr(sys, "frozen", False):
        _note("a process of its own cannot be started here: opening and memory are left out")
    else:
        first = next(question for question in questions if question.kind == "common words")
        figures = fresh.measured(path, key, papers.records, [first, *questions])
        tell("anjuan", "open", figures["open"], "ms")
        tell("anjuan", "first query, cold", figures["first"], "ms")
        if "whole" in figures:
            tell("anjuan", "memory taken by opening", figures["open, memory"], "MB")
            tell("anjuan", f"memory taken by {len(questions)} questions", figures["all, memory"], "MB")
            tell("anjuan", "memory of the process that asked", figures["whole"], "MB")
    index = Index(path, open_database, papers)
    index.search("")
    _tell_parts(opened[-1], tell)
    try:
        yield index, opened[-1]
    finally:
        index.close()


def _tell_parts(database: Database, tell: Tell) -> None:
    reader = database.reader()
    of_files = "SELECT coalesce(sum(size), 0) FROM files WHERE name "
    parts = {
        "postings": f"{of_files} LIKE '%.pst'",
        "dictionary": f"{of_files} LIKE '%.trm'",
        "columns": f"{of_files} NOT LIKE '%.pst' AND name NOT LIKE '%.trm'",
        "texts": "SELECT coalesce(sum(length(data)), 0) FROM texts",
        "free pages": "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size",
    }
    for name, sql in parts.items():
        tell("anjuan", f"size, {name}", reader.rows(sql)[0][0] / 1e6, "MB")


def _search(engine: Index | ClearCopy, question: Question) -> Results:
    return engine.search(question.text, limit=TOP, filters=question.filters, typing=question.typing)


def _ask(engine: str, questions: Sequence[Question], ask: Callable[[Question], object], tell: Tell) -> list[float]:
    """Milliseconds of every question, asked once each after one round in which files and code get warm."""
    _note(f"{len(questions)} questions to {engine}")
    for question in questions[:: max(1, len(questions) // 20)]:
        ask(question)
    took, busy = [], []
    for question in questions:
        started, busy_before = time.perf_counter(), time.thread_time()
        ask(question)
        took.append((time.perf_counter() - started) * 1000)
        busy.append((time.thread_time() - busy_before) * 1000)
    for clock, each in (("", took), (", by processor time", busy)):
        tell(engine, f"search median{clock}", statistics.median(each), "ms")
        tell(engine, f"search p95{clock}", statistics.quantiles(each, n=20)[-1], "ms")
        tell(engine, f"search worst{clock}", max(each), "ms")
    for kind in QUESTIONS_OF_A_KIND:
        of_kind = [ms for ms, question in zip(took, questions, strict=True) if question.kind == kind]
        tell(engine, f"search median, {kind}", statistics.median(of_kind), "ms")
    return took


def _beside_clear_files(
    folder: Path, database: Database, ours: Search, questions: Sequence[Question], first_time: list[float], tell: Tell
) -> None:
    """Both in turn, question by question, now that each has answered all of them once. Equal in every row, or it is a bug."""
    _note("the same index in plain files")
    folder.mkdir()
    copy = ClearCopy(database, folder)
    took = _ask("same index in clear files", questions, lambda q: _search(copy, q), tell)
    tell("anjuan / clear files", "asked for the first time, ratio of sums", sum(first_time) / sum(took), "")
    # Ours and theirs, by the clock and by the processor.
    clock: tuple[list[float], list[float]] = ([], [])
    busy: tuple[list[float], list[float]] = ([], [])
    for number, question in enumerate(questions):
        answers: list[Results | None] = [None, None]
        for which in (0, 1) if number % 2 else (1, 0):
            started, busy_before = time.perf_counter(), time.thread_time()
            answers[which] = ours(question) if which == 0 else _search(copy, question)
            clock[which].append(time.perf_counter() - started)
            busy[which].append(time.thread_time() - busy_before)
        if answers[0] != answers[1]:
            raise RuntimeError(f"the copy answers {question.text!r} with other rows")
    copy.close()
    shutil.rmtree(folder)
    for name, (mine, plain) in (("query time", clock), ("query time by processor", busy)):
        tell("anjuan / clear files", f"{name}, ratio of sums", sum(mine) / sum(plain), "")
        tell("anjuan / clear files", f"{name}, ratio of medians", statistics.median(mine) / statistics.median(plain), "")


def _grow(index: Index, papers: Papers, tell: Tell) -> None:
    took = []
    for _ in range(GROWN):
        papers.records += 1
        started = time.perf_counter()
        index.catch_up()
        took.append((time.perf_counter() - started) * 1000)
    tell("anjuan", "one record searchable, median", statistics.median(took), "ms")
    tell("anjuan", "one record searchable, worst", max(took), "ms")


def _peers(folder: Path, papers: Papers, questions: Sequence[Question], tell: Tell) -> dict[str, list[float]]:
    """Milliseconds of every question, by the name of the peer."""
    peers: list[Fts5 | Tantivy] = [Fts5(folder)]
    try:
        peers.append(Tantivy(folder))
    except ImportError:
        _note("Tantivy is not installed here: left out")
    built = build(peers, papers, _progress("peers"))
    theirs = {}
    for peer in peers:
        clock, busy = built[peer.name]
        tell(peer.name, "build", clock, "records/s")
        tell(peer.name, "build, by processor time", busy, "records/s")
        tell(peer.name, "size", peer.size(), "MB")
        theirs[peer.name] = _ask(peer.name, questions, peer.ask, tell)
        peer.close()
    return theirs


def _progress(what: str) -> Callable[[int, int], None]:
    last = [time.monotonic()]

    def show(done: int, total: int) -> None:
        if time.monotonic() - last[0] > 5:
            last[0] = time.monotonic()
            _note(f"{what} {done}/{total}")

    return show


def _note(text: str) -> None:
    print(f"bench search: {text}", file=sys.stderr, flush=True)
