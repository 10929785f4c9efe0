"""app/results.py — the answer to a question as a list to take along: PDF, CSV, XLSX.

The list has what a person sees of each record: covered, nothing sealed, nothing of a part they may not open, at most `MOST`
rows. What it was asked for stands on the first page of the PDF, and below the rows of a table, whose first line stays its
heading. Nothing is written outside of memory; the bytes go through `Station.export`, which journals them. Any thread;
a thousand rows take about a second, with the places of the words about ten: `step(done, total, note)` is told on the way
and may raise.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from app import wording
from app.interchange import BulkExport
from app.interchange.source import FORMULA
from app.interchange.workbook import workbook
from app.privacy import cover
from app.reports import result_list
from app.reports.result_list import Row
from app.reports.words import Words
from storage.archive import Archive
from storage.errors import Known
from storage.records import Agent, Category, Item, Role
from storage.records.search import FACETS, Filters, Order, Results, Snippet
from storage.records.searches import Question
from sync.cargo import xml_text

#: What the journal calls the list.
EXPORT = "report:result_list"
FORMS = ("pdf", "csv", "xlsx")
#: So many rows a list has at most, the first of the answer.
MOST = 5000
_STEP = 200
Step = Callable[[int, int, str], None]


class PurposeNeeded(Known):
    """The question looks for people by name, and nobody has said what for."""

    number = 578


class Desk(Protocol):
    """Where questions are answered (`app.station.Station`)."""

    archive: Archive

    @property
    def agent(self) -> Agent: ...
    def search(self, query: str, *, filters: Filters, order: Order, limit: int, exact: bool) -> Results: ...
    def items_by_id(self, item_ids: list[int]) -> dict[int, Item]: ...
    def snippet(self, query: str, item_id: int) -> Snippet: ...
    def categories(self) -> list[Category]: ...


def build(
    desk: Desk, question: Question, form: str, *, places: bool, limit: int, prepared_by: str, step: Step = lambda *_: None
) -> bytes:
    """The list. `places` adds where the words stand. More than `limit` rows only an administrator may carry out.

    Raises BulkExport; PurposeNeeded, because a list that says that nothing was found must be true; ValueError for a form that
    is none of FORMS.
    """
    if form not in FORMS:
        raise ValueError(form)
    found = desk.search(question.query, filters=question.filters, order=question.order, limit=MOST, exact=True)
    if any(note.key == "purpose_needed" for note in found.notes):
        raise PurposeNeeded()
    if len(found.hits) > limit and Role.ADMINISTRATOR not in desk.agent.roles:
        raise BulkExport(records=len(found.hits), limit=limit)
    language, now = wording.language(), datetime.now().astimezone()
    words = Words(language)
    ids = [hit.item_id for hit in found.hits]
    rows = _rows(desk, question.query, ids, places, step)
    asked = words.say("result_list.asked_value", at=now.strftime("%Y-%m-%d %H:%M"), who=desk.agent.name)
    minors = {name for names in desk.archive.queries.minors_named(ids).values() for name in names}
    told = [(name, value) for name, value in facts(question, found.total, desk.categories(), language, minors) if value]
    told.append((words.say("result_list.asked"), asked))
    if form == "pdf":
        return result_list.build(
            rows, facts=told, total=found.total, places=places, prepared_by=prepared_by,
            prepared_on=now.date().isoformat(), language=language,
        )  # fmt: skip
    table = _table(rows, words, told, found.total, places)
    return workbook(words.say("result_list.title"), table) if form == "xlsx" else _csv(table)


def facts(
    question: Question, total: int, categories: Sequence[Category], language: str | None = None, names: Iterable[str] = ()
) -> list[tuple[str, str]]:
    """(label, value) of what a list was asked for; a value is empty where nothing was said. What is personal is masked, and
    these names.
    """
    words = Words(language or wording.language())
    return [
        (words.say("result_list.question"), cover(question.query.strip(), names) or words.say("result_list.no_words")),
        (words.say("result_list.filters"), cover(spoken(question.filters, categories, language))),
        (words.say("result_list.order"), words.say(f"result_list.order_by.{question.order.value}")),
        (words.say("result_list.found"), words.say("result_list.found_value", n=f"{total:,}")),
    ]


def spoken(filters: Filters, categories: Sequence[Category], language: str | None = None) -> str:
    """Filters as a person reads them: 年度：2019、2020；保管期限：30年. Empty without any."""
    words = Words(language or wording.language())
    names = {one.code: one.name if words.language == "zh" else one.name_en for one in categories}

    def value(facet: str, value: str) -> str:
        if facet == "category":
            return f"{value} {names[value]}" if value in names else value
        table = {"retention": "retention", "secrecy": "security_class", "state": "report.result_list.state"}.get(facet, "")
        return wording.catalogue(words.language).get(f"{table}.{value}", value)

    parts = [
        words.say("result_list.filter", name=words.say(f"result_list.by.{facet}"),
                  values=words.say("result_list.or").join(value(facet, one) for one in getattr(filters, facet)))
        for facet in FACETS if getattr(filters, facet)
    ]  # fmt: skip
    if filters.since or filters.until:
        days = [_day(words, day) for day in (filters.since, filters.until)]
        span = days[0] if days[0] == days[1] else words.say("result_list.span", since=days[0], until=days[1])
        parts.append(words.say("result_list.filter", name=words.say("result_list.by.date"), values=span))
    return words.say("result_list.and").join(parts)


def _day(words: Words, day: str) -> str:
    return words.day(f"{day[:4]}-{day[4:6]}-{day[6:]}") if day else "…"


def _rows(desk: Desk, query: str, item_ids: Sequence[int], places: bool, step: Step) -> Iterator[Row]:
    """Those that may still be seen when their turn comes."""
    for start in range(0, len(item_ids), _STEP):
        chunk = list(item_ids[start : start + _STEP])
        step(start, len(item_ids), "")
        items = desk.items_by_id(chunk)
        for done, item_id in enumerate(chunk, start):
            if item_id not in items:
                continue
            if not places:
                yield Row(items[item_id])
                continue
            if done % 10 == 0:
                step(done, len(item_ids), "")
            snippet = desk.snippet(query, item_id)
            yield Row(items[item_id], snippet.page, snippet.text)


def _table(
    rows: Iterator[Row], words: Words, facts: Sequence[tuple[str, str]], total: int, places: bool
) -> Iterator[list[str | int]]:
    yield [words.say(f"result_list.column.{name}") for name in result_list.columns(places)]
    listed = pages = 0
    for row in rows:
        listed += 1
        pages += row.item.page_count
        yield [cell if isinstance(cell, int) else xml_text(cell) for cell in result_list.cells(row, listed, places, words)]
    yield []
    yield [result_list.closing(words, total, listed, pages)]
    for name, value in facts:
        yield [name, xml_text(value)]


def _csv(table: Iterator[list[str | int]]) -> bytes:
    """RFC 4180, UTF-8 with its mark, which Excel needs to see that it is."""
    held = io.StringIO(newline="")
    writer = csv.writer(held)
    for row in table:
        writer.writerow([_text(str(cell)) for cell in row])
    return held.getvalue().encode("utf-8-sig")


def _text(cell: str) -> str:
    """A cell that no spreadsheet program takes for a formula; in full width neither, as those for Chinese read it too."""
    return f"'{cell}" if FORMULA.match(unicodedata.normalize("NFKC", cell[:8])) else cell
