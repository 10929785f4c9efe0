"""app/cli_search.py — finding: `search` with its filters and lists, `searches` saved and asked before, `words` of the station.

What is said about a question (a word nobody knows, a field that does not exist, what was perhaps meant) goes to stderr; the
answer alone is on stdout.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import msgspec

from app import results, wording
from app.session import Session, pass_session, progress, stderr
from app.station import Station
from storage.errors import NoSuchRecord
from storage.records import Retention, SecurityClass
from storage.records.people import Purpose
from storage.records.search import Filters, Order, Results
from storage.records.searches import Question

_STATES = ("filed", "open", "lent")


class _Day(click.ParamType):  # type: ignore[type-arg]
    """2019, 2019-03 or 2019-03-05 as the first day of that time, or the `last`: YYYYMMDD."""

    name = "DATE"

    def __init__(self, *, last: bool) -> None:
        self._last = last

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> str:
        if value == "":
            return ""
        found = re.fullmatch(r"(\d{4})(?:[-/.]?(\d{1,2})(?:[-/.]?(\d{1,2}))?)?", str(value))
        if not found:
            self.fail(wording.say("cli.search.day", given=value), param, context)
        year = int(found[1])
        month = int(found[2]) if found[2] else 12 if self._last else 1
        if not (1 <= month <= 12 and year):
            self.fail(wording.say("cli.search.day", given=value), param, context)
        longest = calendar.monthrange(year, month)[1]
        day = int(found[3]) if found[3] else longest if self._last else 1
        if not 1 <= day <= longest:
            self.fail(wording.say("cli.search.day", given=value), param, context)
        return f"{year:04}{month:02}{day:02}"


@click.command(context_settings={"ignore_unknown_options": True})  # -without is a word of the question
@click.argument("query", nargs=-1)
@click.option("--limit", default=20, show_default=True)
@click.option("--category", multiple=True, help="With its branches. Any filter may be given several times: one of them is enough.")
@click.option("--year", multiple=True, type=int)
@click.option("--retention", multiple=True, type=click.Choice([retention.value for retention in Retention]))
@click.option("--creator", multiple=True)
@click.option("--secrecy", multiple=True, type=click.Choice([level.value for level in SecurityClass]))
@click.option("--state", multiple=True, type=click.Choice(_STATES))
@click.option("--since", default="", type=_Day(last=False), help="First day of the paper: 2019, 2019-03 or 2019-03-05.")
@click.option("--until", default="", type=_Day(last=True), help="Last day.")
@click.option("--order", type=click.Choice([order.value for order in Order]), default=Order.RELEVANCE.value, show_default=True)
@click.option("--purpose", type=click.Choice([purpose.value for purpose in Purpose]), help="What for; needed by person:NAME.")
@click.option("--basis", default="", help="The reason or legal basis; required for `other`.")
@click.option("--export", "out", type=click.Path(path_type=Path, dir_okay=False), help="The whole list into a .pdf, .csv or .xlsx.")
@click.option("--places", is_flag=True, help="The list also says where in each paper the words stand.")
@click.option("--save", metavar="NAME", help="Keep this question under a name.")
@click.option("--replace", is_flag=True, help="Also when another question has that name.")
@click.option("--saved", metavar="NAME", help="Ask what was saved under this name.")
@pass_session
def search(
    session: Session, query: tuple[str, ...], limit: int, order: str, purpose: str | None, basis: str, out: Path | None,
    places: bool, save: str | None, replace: bool, saved: str | None, since: str, until: str, category: tuple[str, ...], year: tuple[int, ...],
    retention: tuple[str, ...], creator: tuple[str, ...], secrecy: tuple[str, ...], state: tuple[str, ...],
) -> None:
    """Find records by what stands in them: words, "exact phrases", -without, OR, field:value, dates, wild*cards, ~."""
    filters = Filters(category, tuple(map(str, year)), retention, creator, secrecy, state, since, until)
    question = Question(" ".join(query), filters, Order(order))
    unknown = next((word for word in query if word.startswith("--")), None)
    if unknown:
        raise click.NoSuchOption(unknown)
    form = out.suffix[1:].lower() if out else ""
    if out and form not in results.FORMS:
        raise click.UsageError(wording.say("cli.search.form", given=out.name))
    if bool(saved) == (bool(question.query.strip()) or bool(filters)):
        raise click.UsageError(wording.say("cli.search.what"))
    with session.station() as station:
        station.archive.index.catch_up()
        if saved:
            question = _saved(station, saved)
        if purpose:
            station.people.searching(Purpose(purpose), basis)
        found = station.search(question.query, filters=question.filters, order=question.order, limit=limit, exact=True)
        _tell(session, station, question, found)
        if station.may("note_search") and found.total:
            station.searches.note(question, found.total)
        if save:
            station.searches.keep(save, question, replace=replace)
            stderr.print(wording.say("cli.search.kept", name=save), markup=False)
        if out:
            with progress(wording.say("cli.exporting")) as step:
                data = station.result_list(
                    question.query, question.filters, question.order, form, places=places, step=step
                )
            station.export(data, out, results.EXPORT)
            stderr.print(wording.say("cli.written", file=out), markup=False)


@click.command()
@click.option("--clear", is_flag=True, help="Forget what was asked before.")
@click.option("--drop", metavar="NAME", help="Remove a saved question.")
@pass_session
def searches(session: Session, clear: bool, drop: str | None) -> None:
    """Your questions: saved by name, and asked before, the last first. Nobody else sees them."""
    with session.station() as station:
        if drop:
            station.searches.drop(drop)
        if clear:
            station.searches.clear()
        if drop or clear:
            return
        categories = station.categories()
        for saved in station.searches.saved():
            session.answer(
                {"saved": saved.name, "at": saved.at} | _values(saved.question),
                f"{saved.name}\t{saved.question.query}\t{results.spoken(saved.question.filters, categories)}",
            )
        for past in station.searches.past():
            number = "" if past.found is None else past.found
            session.answer(
                {"past": past.id, "found": past.found, "at": past.at} | _values(past.question),
                f"{past.at[:16]}\t{number}\t{past.question.query}\t{results.spoken(past.question.filters, categories)}",
            )


@click.group()
def words() -> None:
    """Names and places of the station that the search takes for one word."""


@words.command("list")
@pass_session
def words_list(session: Session) -> None:
    """All of them, as they were added."""
    with session.station() as station:
        for one in station.searches.words():
            session.answer(asdict(one), f"{one.word}\t{one.at[:10]}\t{one.agent_name}")


@words.command("add")
@click.argument("added", nargs=-1, required=True, metavar="WORD...")
@pass_session
def words_add(session: Session, added: tuple[str, ...]) -> None:
    """Add words of 2 to 20 Chinese characters; all of them or none."""
    with session.station() as station:
        station.searches.add_words(added)
        stderr.print(wording.say("cli.search.words_added", n=len(added)), markup=False)


@words.command("drop")
@click.argument("word")
@pass_session
def words_drop(session: Session, word: str) -> None:
    """Remove a word; papers that have it are found as before."""
    with session.station() as station:
        station.searches.drop_word(word)


def _saved(station: Station, name: str) -> Question:
    """Raises NoSuchRecord."""
    for one in station.searches.saved():
        if one.name == name:
            return one.question
    raise NoSuchRecord(record="search")


def _tell(session: Session, station: Station, question: Question, found: Results) -> None:
    for hit, item in station.found(found):
        snippet = station.snippet(question.query, item.id)
        session.answer(
            {"code": item.reference_code, "title": item.title, "score": round(hit.score, 4), "page": snippet.page,
             "snippet": snippet.text},
            f"{item.reference_code}  {item.title}\n    {snippet.text}",
        )  # fmt: skip
    stderr.print(wording.say("cli.found", total=found.total), markup=False)
    for note in found.notes:
        told = wording.say(f"search.note.{note.key}", **note.facts)
        stderr.print(f"{told} {note.instead}".rstrip(), markup=False)
    if not found.hits:
        session.found()
        for instead in station.did_you_mean(question.query, question.filters):
            stderr.print(wording.say("cli.search.instead", query=instead), markup=False)


def _values(question: Question) -> dict[str, Any]:
    filters = {name: value for name, value in msgspec.to_builtins(question.filters).items() if value}
    return {"query": question.query, "filters": filters, "order": question.order.value}
