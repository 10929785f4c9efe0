"""app/bench/search.py — how fast the index is built, opened, grown and asked, beside FTS5 and beside itself in clear.

Three engines answer the same questions over the same papers in one run: Anjuan's index; SQLite FTS5 over the same
pairs of characters in a SQLCipher file of the same kind (top 50 by bm25, without the totals and facets Anjuan gives);
and, up to 20,000 records, Anjuan's own segments in plain files. Papers are law texts from a corpus (JSON lines in zstd,
fields `title` and `text`), or sentences made of common words without one. A text used again is changed: paragraphs are
left out, others come in, and every paper has a reference number, a document number and a few rare invented names of its
own. Every question is asked once, after a few others have warmed the code; its postings are mostly still on the disk.
"""

from __future__ import annotations

import io
import json
import random
import re
import secrets
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from storage.connection import Database
from storage.records.search import Filters
from storage.search import analysis
from storage.search.clear_copy import ClearCopy
from storage.search.index import Entry, Index

CLEAR_COPY_UP_TO = 20_000
TOP = 50
GROWN = 20
_QUERIES_OF_A_KIND = {
    "common words": 40,
    "words": 50,
    "other strings": 30,
    "single characters": 10,
    "names": 30,
    "numbers": 20,
    "phrases": 20,
    "two words": 20,
    "or": 20,
    "not": 20,
    "filtered": 20,
}
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超霞平刚桂兰鑫鹏宇浩然思雨佳琪梓涵㛃㵘"
_CATEGORIES = ("WS", "ZY·XZ", "ZY·XS", "KY", "JJ")
_RETENTIONS = ("Y", "D30", "D10")
_WORDS = (
    "当事人 派出所 民警 现场 询问 笔录 证据 材料 治安 管理 处罚 决定 "
    "电动车 盗窃 殴打 纠纷 调解 协议 报案 受理 登记 身份 住址 居民 "
    "户口 迁移 暂住 出租 房屋 消防 检查 整改 通知 单位 负责 签名 "
    "日期 情况 说明 如下 依照 规定 给予 警告 罚款 拘留"
).split()


@dataclass(frozen=True, slots=True)
class Question:
    kind: str
    query: str
    category: str | None = None
    year: int | None = None


class Papers:
    """The feed: paper n is always the same paper, made when it is asked for."""

    def __init__(self, texts: Sequence[tuple[str, str]], records: int) -> None:
        self._texts = texts
        self.records = records

    def changed(self, after: int, limit: int) -> tuple[int, list[tuple[int, Entry | None]]]:
        numbers = range(after + 1, min(after + limit, self.records) + 1)
        return after + len(numbers), [(number, self.paper(number)) for number in numbers]

    def entries(self, item_ids: Sequence[int]) -> dict[int, Entry]:
        return {number: self.paper(number) for number in item_ids}

    def count(self) -> int:
        return self.records

    def gone(self, after: int) -> list[int]:
        return []

    def paper(self, number: int) -> Entry:
        draw = random.Random(number)
        title, text = self._texts[(number - 1) % len(self._texts)]
        if number > len(self._texts):
            lines = [line for line in text.split("\n") if draw.random() > 0.2]
            lines[:0] = draw.choice(self._texts)[1].split("\n")[:3]
            title, text = f"{title}之{number}", "\n".join(lines)
        year = 2010 + draw.randrange(15)
        note = f"经办人{self.name(number)}，联系人{self.name(number + 1)}，登记号{number * 7919 % 10**8:08d}。"
        retention = draw.choice(_RETENTIONS)
        category = draw.choice(_CATEGORIES)
        return Entry(
            item_id=number,
            reference_code=f"X999-{category}·{year}·{retention}-{number:06d}",
            title=title,
            document_no=f"样公〔{year}〕{number}号",
            creator="样本派出所",
            doc_date=f"{year}{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}",
            category=category,
            year=year,
            retention=retention,
            remarks="",
            pages=(text, note),
        )

    @staticmethod
    def name(number: int) -> str:
        draw = random.Random(number * 31 + 7)
        return draw.choice(_SURNAMES) + "".join(draw.choices(_GIVEN, k=2))


def run(records: int, corpus: Path | None, report: Callable[[dict[str, object]], None]) -> None:
    papers = papers_of(corpus, records)
    questions = _questions(papers)

    def tell(engine: str, metric: str, value: float, unit: str) -> None:
        row = {"bench": "search", "engine": engine, "records": records, "metric": metric, "value": round(value, 3)}
        report(row | {"unit": unit})

    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as scratch:
        folder = Path(scratch)
        with _our_index(folder / "index.db", papers, tell) as (index, database):
            ours = _ask("anjuan", questions, lambda q: _hits(index, q), tell)
            _tell_memory(tell)
            if records <= CLEAR_COPY_UP_TO:
                _note("the same index in plain files")
                plain = folder / "plain"
                plain.mkdir()
                copy = ClearCopy(database, plain)
                _ask("same index in clear files", questions, lambda q: _hits(copy, q), tell)
                _compare(questions, lambda q: _hits(index, q), lambda q: _hits(copy, q), tell)
                copy.close()
            _grow(index, papers, tell)
            papers.records = records
        peer = _fts5(folder / "fts5.db", papers, questions, tell)
    for kind in ("common words", "words", "names"):
        some = [n for n, question in enumerate(questions) if question.kind == kind]
        ratio = statistics.median(peer[n] for n in some) / statistics.median(ours[n] for n in some)
        tell("fts5 / anjuan", f"{kind}: times faster", ratio, "")


@contextmanager
def _our_index(path: Path, papers: Papers, tell: Callable[..., None]) -> Iterator[tuple[Index, Database]]:
    key = secrets.token_bytes(32)
    opened: list[Database] = []

    def open_database() -> Database:
        opened.append(Database(path, key, synchronous="NORMAL", shrinks=True))
        return opened[-1]

    def discard() -> None:
        raise RuntimeError("the index was found damaged")

    index = Index(open_database, discard, papers)
    started, busy = time.perf_counter(), time.process_time()
    written = index.catch_up(_progress("index"))
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    if written != papers.records:
        raise RuntimeError(f"{written} of {papers.records} records were indexed")
    index.close()
    tell("anjuan", "build", written / seconds, "records/s")
    tell("anjuan", "build, by processor time", written / busy, "records/s")
    tell("anjuan", "size", path.stat().st_size / 1e6, "MB")
    index = Index(open_database, discard, papers)
    started = time.perf_counter()
    index.search("")
    tell("anjuan", "open", (time.perf_counter() - started) * 1000, "ms")
    started = time.perf_counter()
    index.search("应当")
    tell("anjuan", "first query", (time.perf_counter() - started) * 1000, "ms")
    try:
        yield index, opened[-1]
    finally:
        index.close()


def _hits(engine: Index | ClearCopy, question: Question) -> int:
    category = (question.category,) if question.category else ()
    year = (str(question.year),) if question.year else ()
    return engine.search(question.query, limit=TOP, filters=Filters(category=category, year=year)).total


def _ask(
    engine: str, questions: Sequence[Question], ask: Callable[[Question], int], tell: Callable[..., None]
) -> list[float]:
    """Milliseconds of every question, asked once each after one round in which files and code get warm."""
    _note(f"{len(questions)} questions to {engine}")
    for question in questions[:: max(1, len(questions) // 20)]:
        ask(question)
    took = []
    for question in questions:
        started = time.perf_counter()
        ask(question)
        took.append((time.perf_counter() - started) * 1000)
    tell(engine, "search median", statistics.median(took), "ms")
    tell(engine, "search p95", statistics.quantiles(took, n=20)[-1], "ms")
    tell(engine, "search worst", max(took), "ms")
    for kind in _QUERIES_OF_A_KIND:
        of_kind = [ms for ms, question in zip(took, questions, strict=True) if question.kind == kind]
        if of_kind:
            tell(engine, f"search median, {kind}", statistics.median(of_kind), "ms")
    return took


def _compare(
    questions: Sequence[Question],
    ours: Callable[[Question], int],
    clear: Callable[[Question], int],
    tell: Callable[..., None],
) -> None:
    """Both in turn, question by question, now that each has answered all of them once."""
    took = [0.0, 0.0]
    for number, question in enumerate(questions):
        answers = []
        for which in (0, 1) if number % 2 else (1, 0):
            started = time.perf_counter()
            answers.append((ours, clear)[which](question))
            took[which] += time.perf_counter() - started
        if answers[0] != answers[1]:
            raise RuntimeError(f"the copy answers {question.query!r} with {answers}")
    tell("anjuan / clear files", "query time, ratio of sums", took[0] / took[1], "")


def _grow(index: Index, papers: Papers, tell: Callable[..., None]) -> None:
    took = []
    for _ in range(GROWN):
        papers.records += 1
        started = time.perf_counter()
        index.catch_up()
        took.append((time.perf_counter() - started) * 1000)
    tell("anjuan", "one record searchable, median", statistics.median(took), "ms")
    tell("anjuan", "one record searchable, worst", max(took), "ms")


def _fts5(path: Path, papers: Papers, questions: Sequence[Question], tell: Callable[..., None]) -> list[float]:
    _note("FTS5 in SQLCipher")
    database = Database(path, secrets.token_bytes(32), synchronous="NORMAL")
    with database.transaction() as connection:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(text, content='', detail='full')")
        connection.execute("CREATE TABLE paper (id INTEGER PRIMARY KEY, category TEXT, year INTEGER)")
    progress = _progress("fts5")
    started, busy = time.perf_counter(), time.process_time()
    for first in range(0, papers.records, 2000):
        with database.transaction() as connection:
            for number in range(first + 1, min(first + 2000, papers.records) + 1):
                paper = papers.paper(number)
                text = " ".join(_pairs(" ".join((paper.title, paper.reference_code, paper.document_no, *paper.pages))))
                connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (number, text))
                connection.execute("INSERT INTO paper VALUES (?, ?, ?)", (number, paper.category, paper.year))
        progress(min(first + 2000, papers.records), papers.records)
    tell("fts5 in sqlcipher", "build", papers.records / (time.perf_counter() - started), "records/s")
    tell("fts5 in sqlcipher", "build, by processor time", papers.records / (time.process_time() - busy), "records/s")

    # As much memory for pages as our own index takes for chunks.
    database.reader().execute("PRAGMA cache_size = -65536")

    def ask(question: Question) -> int:
        sql = "SELECT words.rowid FROM words"
        filters = {name: value for name in ("category", "year") if (value := getattr(question, name)) is not None}
        if filters:
            sql += " JOIN paper ON paper.id = words.rowid"
        sql += " WHERE words MATCH ?" + "".join(f" AND paper.{name} = ?" for name in filters)
        values = [_fts_query(question.query), *filters.values()]
        return len(database.reader().rows(f"{sql} ORDER BY rank LIMIT {TOP}", values))

    took = _ask("fts5 in sqlcipher", questions, ask, tell)
    database.close()
    tell("fts5 in sqlcipher", "size", path.stat().st_size / 1e6, "MB")
    return took


def _pairs(text: str) -> Iterator[str]:
    for run in re.findall(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[0-9A-Za-z]+", text):
        if run[0] < "\u3400":
            yield run
        else:
            yield from (a + b for a, b in zip(run, run[1:] + "\u3000", strict=True))


def _fts_query(query: str) -> str:
    """Our question in FTS5's language: a word is a phrase of its pairs."""
    parts: list[str] = []
    for token in query.replace('"', "").split():
        if token == "OR":
            parts.append("OR")
            continue
        word = token.lstrip("-")
        pairs = [pair.strip("\u3000") for pair in _pairs(word)]
        if len(pairs) > 1 and len(pairs[-1]) == 1:
            pairs.pop()  # the last character is already in the pair before it
        phrase = f"{pairs[0]}*" if len(word) == 1 else '"' + " ".join(pairs) + '"'
        join = "NOT" if token[0] == "-" else "AND"
        parts += [phrase] if not parts or parts[-1] == "OR" else [join, phrase]
    return " ".join(parts)


def _questions(papers: Papers) -> list[Question]:
    draw = random.Random(11)
    numbers = [draw.randint(1, papers.records) for _ in range(300)]
    bodies = [papers.paper(number).pages[0] for number in numbers]
    runs: list[str] = [run for body in bodies for run in re.findall(r"[\u4e00-\u9fff]{8,}", body)]
    counts = Counter(
        word for body in bodies for word in set(analysis.words(body)) if re.fullmatch(r"[\u4e00-\u9fff]{2,4}", word)
    )
    ranked = [word for word, _ in counts.most_common()]
    common = ranked[: min(80, len(ranked) // 2)]
    rest = ranked[len(common) :]

    def piece(least: int, most: int) -> str:
        run = draw.choice(runs)
        length = draw.randint(least, most)
        start = draw.randrange(len(run) - length + 1)
        return run[start : start + length]

    def number() -> str:
        paper = papers.paper(draw.choice(numbers))
        return draw.choice((paper.reference_code, paper.document_no, paper.pages[1][-9:-1]))

    make: dict[str, Callable[[], Question]] = {
        "common words": lambda: Question("common words", draw.choice(common)),
        "words": lambda: Question("words", draw.choice(rest)),
        "other strings": lambda: Question("other strings", piece(3, 4)),
        "single characters": lambda: Question("single characters", piece(1, 1)),
        "names": lambda: Question("names", papers.name(draw.choice(numbers))),
        "numbers": lambda: Question("numbers", number()),
        "phrases": lambda: Question("phrases", f'"{piece(5, 8)}"'),
        "two words": lambda: Question("two words", f"{draw.choice(common)} {draw.choice(rest)}"),
        "or": lambda: Question("or", f"{draw.choice(common)} OR {draw.choice(rest)}"),
        "not": lambda: Question("not", f"{draw.choice(common)} -{draw.choice(rest)}"),
        "filtered": lambda: Question(
            "filtered", draw.choice(common), draw.choice(_CATEGORIES), draw.choice((None, 2015, 2020))
        ),
    }
    asked = [make[kind]() for kind, count in _QUERIES_OF_A_KIND.items() for _ in range(count)]
    draw.shuffle(asked)
    return asked


def papers_of(corpus: Path | None, records: int) -> Papers:
    """As many papers as asked for, from a corpus or made up."""
    return Papers(_corpus(corpus) if corpus else [_made(number) for number in range(2000)], records)


def _corpus(path: Path) -> list[tuple[str, str]]:
    import zstandard  # only the corpus needs it

    with path.open("rb") as file:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), encoding="utf-8")
        return [(str(row["title"]), str(row["text"])) for row in map(json.loads, lines)]


@lru_cache(maxsize=4096)
def _made(number: int) -> tuple[str, str]:
    """A text of about 900 characters; words are as unevenly common as in real texts."""
    draw = random.Random(number)
    weights = [1 / (place + 1) for place in range(len(_WORDS))]
    sentences = ("".join(draw.choices(_WORDS, weights, k=draw.randint(4, 9))) for _ in range(60))
    return f"样本材料{number}", "。\n".join(sentences)


def _tell_memory(tell: Callable[..., None]) -> None:
    status = Path("/proc/self/status")
    if status.exists():  # Linux; elsewhere the figure is left out
        for line in status.read_text().splitlines():
            if line.startswith("VmRSS:"):
                tell("anjuan", "memory of the whole process", int(line.split()[1]) / 1000, "MB")


def _progress(what: str) -> Callable[[int, int], None]:
    last = [time.monotonic()]

    def show(done: int, total: int) -> None:
        if time.monotonic() - last[0] > 5:
            last[0] = time.monotonic()
            _note(f"{what} {done}/{total}")

    return show


def _note(text: str) -> None:
    print(f"bench search: {text}", file=sys.stderr, flush=True)
