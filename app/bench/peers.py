"""app/bench/peers.py — the same papers in other engines, asked the same questions: SQLite FTS5 and Tantivy.

Both get the same overlapping pairs of characters, one text a paper, with positions, and are asked for the top 50 by their
own bm25. FTS5 lies in a SQLCipher file of the same kind as ours and gives no totals; Tantivy counts what it finds, lies in
clear files in the scratch folder, and is the limit to compare with, not an alternative. Neither gives facets. Tantivy is
asked only where it is installed.
"""

from __future__ import annotations

import itertools
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.bench.papers import Papers, Question
from storage.connection import Database
from storage.search.index import Entry

TOP = 50
_TOGETHER = 2000
_PAGES = "PRAGMA cache_size = -65536"


class Fts5:
    name = "fts5 in sqlcipher"

    def __init__(self, folder: Path) -> None:
        self._path = folder / "fts5.db"
        self._database = Database(self._path, secrets.token_bytes(32), synchronous="NORMAL")
        with self._database.transaction() as connection:
            # As much memory for pages as our own index takes for chunks and texts, for filing and for asking.
            connection.execute(_PAGES)
            connection.execute("CREATE VIRTUAL TABLE words USING fts5(text, content='', detail='full')")
            connection.execute("CREATE TABLE paper (id INTEGER PRIMARY KEY, category TEXT, year INTEGER, date TEXT)")

    def add(self, papers: list[tuple[Entry, str]]) -> None:
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO words (rowid, text) VALUES (?, ?)", [(paper.item_id, text) for paper, text in papers]
            )
            connection.executemany(
                "INSERT INTO paper VALUES (?, ?, ?, ?)",
                [(paper.item_id, paper.category, paper.year, paper.doc_date) for paper, _ in papers],
            )

    def finish(self) -> None:
        self._database.fold()
        self._database.reader().execute(_PAGES)

    def ask(self, question: Question) -> int:
        """How many were found; TOP at most, for it does not count."""
        sql = "SELECT words.rowid FROM words"
        filters: dict[str, object] = {}
        if question.category:
            filters["paper.category = ?"] = question.category
        if question.year:
            filters["paper.year = ?"] = question.year
        if question.since:
            filters["paper.date >= ?"], filters["paper.date <= ?"] = question.days
        if filters:
            sql += " JOIN paper ON paper.id = words.rowid"
        sql += " WHERE words MATCH ?" + "".join(f" AND {test}" for test in filters)
        values = [self._match(question), *filters.values()]
        return len(self._database.reader().rows(f"{sql} ORDER BY rank LIMIT {TOP}", values))

    @staticmethod
    def _match(question: Question) -> str:
        parts: list[str] = []
        for join, pairs, goes_on in clauses(question):
            phrase = f'"{" ".join(pairs)}"' + ("*" if goes_on else "")
            parts += [join, phrase] if parts else [phrase]
        return " ".join(parts)

    def size(self) -> float:
        """MB on the disk."""
        return self._path.stat().st_size / 1e6

    def close(self) -> None:
        self._database.close()


class Tantivy:
    name = "tantivy, clear text"

    def __init__(self, folder: Path) -> None:
        """Raises ImportError where it is not installed."""
        import tantivy

        self._tantivy: Any = tantivy
        self._folder = folder / "tantivy"
        self._folder.mkdir()
        schema = tantivy.SchemaBuilder()
        schema.add_integer_field("id", stored=True, fast=True)
        schema.add_text_field("text", tokenizer_name="pairs", index_option="position")
        schema.add_text_field("category", tokenizer_name="raw", index_option="basic")
        schema.add_integer_field("year", indexed=True, fast=True)
        schema.add_integer_field("date", indexed=True, fast=True)
        self._schema: Any = schema.build()
        self._index: Any = tantivy.Index(self._schema, str(self._folder))
        blanks = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("pairs", blanks)
        self._writer: Any = self._index.writer(128_000_000, 2)

    def add(self, papers: list[tuple[Entry, str]]) -> None:
        for paper, text in papers:
            document = self._tantivy.Document()
            document.add_integer("id", paper.item_id)
            document.add_text("text", text)
            document.add_text("category", paper.category)
            document.add_integer("year", paper.year)
            document.add_integer("date", int(paper.doc_date))
            self._writer.add_document(document)

    def finish(self) -> None:
        self._writer.commit()
        self._writer.wait_merging_threads()
        self._index.reload()
        self._searcher: Any = self._index.searcher()

    def ask(self, question: Question) -> int:
        return int(self._searcher.search(self._query(question), limit=TOP, count=True).count)

    def _query(self, question: Question) -> Any:
        make, occur, kind = self._tantivy.Query, self._tantivy.Occur, self._tantivy.FieldType.Integer
        groups: list[tuple[Any, list[Any]]] = []
        for join, pairs, goes_on in clauses(question):
            if goes_on and len(pairs) > 1:
                one = make.phrase_prefix_query(self._schema, "text", pairs)
            elif goes_on:
                one = make.regex_query(self._schema, "text", re.escape(pairs[0]) + ".*")
            elif len(pairs) > 1:
                one = make.phrase_query(self._schema, "text", pairs)
            else:
                one = make.term_query(self._schema, "text", pairs[0])
            if join == "OR":
                groups[-1][1].append(one)
            else:
                groups.append((occur.MustNot if join == "NOT" else occur.Must, [one]))
        parts = [
            (how, some[0] if len(some) == 1 else make.boolean_query([(occur.Should, one) for one in some]))
            for how, some in groups
        ]
        tests = []
        if question.category:
            tests.append(make.term_query(self._schema, "category", question.category))
        if question.year:
            tests.append(make.term_query(self._schema, "year", question.year))
        if question.since:
            first, last = map(int, question.days)
            tests.append(make.range_query(self._schema, "date", kind, first, last))
        parts += [(occur.Must, make.const_score_query(test, 0.0)) for test in tests]
        return make.boolean_query(parts)

    def size(self) -> float:
        return sum(file.stat().st_size for file in self._folder.iterdir()) / 1e6

    def close(self) -> None:
        del self._searcher, self._index, self._writer


def build(peers: list[Fts5 | Tantivy], papers: Papers, progress: Any) -> dict[str, tuple[float, float]]:
    """Of each peer records a second, by the clock and by the processor; what all of them need first counts for each."""
    took = {peer.name: [0.0, 0.0] for peer in peers}

    def timed(whose: list[Fts5 | Tantivy], work: Any) -> Any:
        clock, busy = time.perf_counter(), time.process_time()
        done = work()
        for peer in whose:
            took[peer.name][0] += time.perf_counter() - clock
            took[peer.name][1] += time.process_time() - busy
        return done

    def some(first: int) -> list[tuple[Entry, str]]:
        last = min(first + _TOGETHER, papers.records + 1)
        return [(paper, text_of(paper)) for paper in map(papers.paper, range(first, last))]

    for first in range(1, papers.records + 1, _TOGETHER):
        batch = timed(peers, lambda first=first: some(first))
        for peer in peers:
            timed([peer], lambda peer=peer, batch=batch: peer.add(batch))
        progress(min(first + _TOGETHER, papers.records), papers.records)
    for peer in peers:
        timed([peer], peer.finish)
    return {name: (papers.records / clock, papers.records / busy) for name, (clock, busy) in took.items()}


def text_of(paper: Entry) -> str:
    """The paper as pairs with blanks between."""
    whole = " ".join((paper.title, paper.reference_code, paper.document_no, paper.doc_date, *paper.pages))
    return " ".join(_pairs(whole))


def _pairs(text: str) -> Iterator[str]:
    for run in re.findall(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[0-9A-Za-z]+", text):
        if run[0] < "\u3400":
            yield run.lower()
        else:
            yield from map("".join, itertools.pairwise(run))
            yield run[-1]


def clauses(question: Question) -> list[tuple[str, list[str], bool]]:
    """How each word joins what stands before it (AND, OR, NOT), its pairs in order, and whether the last of them goes on."""
    found: list[tuple[str, list[str], bool]] = []
    join = "AND"
    for token in question.words.replace('"', "").split():
        if token == "OR":
            join = "OR"
            continue
        word = token.lstrip("-")
        pairs = list(_pairs(word))
        single = len(word) == 1 and word >= "\u3400"
        if len(pairs) > 1 and pairs[-1] >= "\u3400":
            pairs.pop()  # the last character is already in the pair before it
        found.append(("NOT" if token[0] == "-" else join, pairs, single or question.open))
        join = "AND"
    return found
