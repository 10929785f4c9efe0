"""app/reports/four_nature_report.py — 电子档案四性检测报告: one run of the inspection, on paper.

A4 portrait: a first sheet with what was looked at, totals by nature and the signatures; then a row for each check of the
phase with its result; then an annex of what was found, each with what to do. The numbering of the standard's checks is not
verified, and the form says so. Rows come from the archive a few hundred at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app import wording
from app.inspection.catalogue import MANUAL, NATURES, Catalogue, catalogue
from app.inspection.words import place_words, scope_words, tell
from app.reports import lines
from app.reports.fonts import BOLD
from app.reports.sheet import PORTRAIT, Align, Sheet, baseline
from app.reports.table import Column, Table
from app.reports.words import Words
from storage.errors import NoSuchRecord
from storage.records import Fonds, Subject
from storage.records.inspection import Attestation, CheckResult, InspectionFinding, InspectionRun, Verdict

_CHUNK = 200
_TOTALS: tuple[tuple[str, float, Align], ...] = (
    ("nature", 32, "left"), ("checks", 23, "centre"), ("passed", 23, "centre"), ("warned", 23, "centre"),
    ("failed", 23, "centre"), ("waiting", 23, "centre"), ("unchecked", 23, "centre"),
)  # fmt: skip
_CHECKS: tuple[tuple[str, float, Align], ...] = (
    ("code", 16, "left"), ("name", 54, "left"), ("how", 17, "centre"), ("checked", 18, "centre"), ("found", 15, "centre"),
    ("verdict", 17, "centre"), ("evidence", 33, "left"),
)  # fmt: skip
_FOUND: tuple[tuple[str, float, Align], ...] = (
    ("seq", 10, "centre"), ("code", 15, "left"), ("where", 48, "left"), ("what", 97, "left"),
)  # fmt: skip


class InspectionSource(Protocol):
    """The reads these forms make (`storage.queries.Queries` has them all)."""

    def fonds(self) -> Fonds: ...
    def inspections(self, limit: int = 100) -> list[InspectionRun]: ...
    def inspection(self, inspection_id: int) -> InspectionRun | None: ...
    def inspection_findings(
        self, inspection_id: int, *, limit: int = -1, offset: int = 0
    ) -> list[InspectionFinding]: ...
    def attestations(self, inspection_id: int) -> dict[str, Attestation]: ...
    def names_of(self, subjects: list[Subject]) -> dict[Subject, tuple[str, str]]: ...


@dataclass(frozen=True, slots=True)
class InspectionWishes:
    """Which run; 0 is the newest. `prepared_on` is a day (`2026-11-22`)."""

    inspection_id: int = 0
    prepared_by: str = ""
    prepared_on: str = ""
    language: str = "zh"


def build(source: InspectionSource, wishes: InspectionWishes) -> bytes:
    """The report as PDF. Raises NoSuchRecord when there is no such run."""
    run = chosen(source, wishes)
    words, known = Words(wishes.language), catalogue()
    title = Words("zh").say("four.title")
    sheet = Sheet(PORTRAIT, words, title=title, prepared_by=wishes.prepared_by, prepared_on=wishes.prepared_on)
    attested = source.attestations(run.id)
    _totals(sheet, words, known, run, attested, source.fonds())
    _checks(sheet, words, known, run, attested)
    _annex(sheet, words, source, run)
    return sheet.finish()


def chosen(source: InspectionSource, wishes: InspectionWishes) -> InspectionRun:
    """Raises NoSuchRecord."""
    if wishes.inspection_id:
        run = source.inspection(wishes.inspection_id)
    else:
        run = next(iter(source.inspections(1)), None)
    if run is None:
        raise NoSuchRecord(inspection=wishes.inspection_id)
    return run


def findings(source: InspectionSource, run: InspectionRun) -> Iterator[tuple[InspectionFinding, str]]:
    """Each finding with the 档号 it is about ('' when there is none to be seen), fetched a few hundred at a time."""
    offset = 0
    while chunk := source.inspection_findings(run.id, limit=_CHUNK, offset=offset):
        names = source.names_of([one.fault.subject for one in chunk if one.fault.subject is not None])
        for one in chunk:
            yield one, names[one.fault.subject][0] if one.fault.subject in names else ""
        offset += len(chunk)


def columns(words: Words, table: str, wanted: tuple[tuple[str, float, Align], ...]) -> list[Column]:
    chinese = Words("zh")
    made = []
    for name, width, align in wanted:
        label = [chinese.say(f"{table}.{name}")]
        if words.language != "zh":
            label.append(words.say(f"{table}.{name}"))
        whole = name in ("what", "evidence", "missing")
        made.append(Column(tuple(label), width, align, 9.0 if whole else 9.5, 9.0 if whole else 7.5))
    return made


def moment(utc: str) -> str:
    """A UTC time of the archive as a local one, to the minute."""
    return datetime.fromisoformat(utc).astimezone().strftime("%Y-%m-%d %H:%M")


def _totals(
    sheet: Sheet, words: Words, known: Catalogue, run: InspectionRun, attested: dict[str, Attestation], fonds: Fonds
) -> None:
    def head() -> float:
        y = _title(sheet, words, "four.title", sheet.paper.top + 4)
        basis = words.say("four.basis", standard=known.standard, scheme=run.scheme)
        y = sheet.paragraph(sheet.paper.left, y + 2, sheet.paper.inner_width, basis, size=9)
        if not known.verified:
            y = sheet.paragraph(sheet.paper.left, y, sheet.paper.inner_width, words.say("four.unverified"), size=9)
        y = _facts(sheet, words, run, fonds, y + 4)
        middle = sheet.paper.left + sheet.paper.inner_width / 2
        sheet.text(middle, baseline(y + 4, 8, 12), _both(words, "four.by_nature"), size=12, hand=BOLD, align="centre")
        return y + 13

    table = Table(sheet, columns(words, "four", _TOTALS), head)
    natures = {check.code: check.nature for check in known.checks}
    for nature in NATURES:
        of_it = [_said(one, attested) for one in run.results if natures.get(one.code) == nature]
        counts = [of_it.count(verdict) for verdict in (Verdict.PASSED, Verdict.WARNED, Verdict.FAILED, Verdict.MANUAL,
                                                      Verdict.UNCHECKED)]  # fmt: skip
        table.row([wording.say(f"inspection_nature.{nature}", words.language), *map(str, (len(of_it), *counts))])
    table.finish()
    _signatures(sheet, words)


def _facts(sheet: Sheet, words: Words, run: InspectionRun, fonds: Fonds, y: float) -> float:
    """The grid of what, when and who."""
    language = words.language
    rows = (
        ("fonds", fonds.name), ("fonds_number", fonds.number),
        ("phase", wording.say(f"inspection_phase.{run.phase}", language)), ("scope", scope_words(run.scope, language)),
        ("started", moment(run.started_at)), ("finished", moment(run.finished_at)),
        ("inspector", run.agent_name), ("result", wording.say(f"inspection_verdict.{run.result.value}", language)),
    )  # fmt: skip
    left, half, label, height = sheet.paper.left, sheet.paper.inner_width / 2, 28.0, 10.0
    for number, (name, value) in enumerate(rows):
        x, at = left + half * (number % 2), y + height * (number // 2)
        sheet.box(x, at, half, height)
        sheet.rule(x + label, at, x + label, at + height)
        chinese = words.language == "zh"
        lift = 0.0 if chinese else -1.8
        sheet.text(x + 2, baseline(at + lift, height, 10), Words("zh").say(f"four.{name}"), size=10, hand=BOLD)
        if not chinese:
            sheet.text(x + 2, baseline(at + 2.4, height, 7), words.say(f"four.{name}"), size=7)
        kept = lines.clean(value)
        size = 10.0 if len(kept) < 24 else 8.0
        sheet.text(x + label + 2, baseline(at, height, size), kept, size=size)
    return y + height * ((len(rows) + 1) // 2)


def _signatures(sheet: Sheet, words: Words) -> None:
    y = sheet.bottom - 24
    half = sheet.paper.inner_width / 2
    for number, name in enumerate(("checker", "auditor")):
        x = sheet.paper.left + half * number
        sheet.text(x, y, words.say(f"four.{name}"), size=10.5)
        sheet.rule(x + 40, y + 1.5, x + half - 10, y + 1.5)
        sheet.text(x, y + 11, words.say("four.date"), size=10.5)


def _checks(
    sheet: Sheet, words: Words, known: Catalogue, run: InspectionRun, attested: dict[str, Attestation]
) -> None:
    table = Table(sheet, columns(words, "four", _CHECKS), lambda: _title(sheet, words, "four.details", sheet.paper.top) + 3)
    by_code = {check.code: check for check in known.checks}
    for nature in NATURES:
        of_it = [one for one in run.results if one.code in by_code and by_code[one.code].nature == nature]
        if of_it:
            table.wide(wording.say(f"inspection_nature.{nature}", words.language), bold=True)
        for one in of_it:
            check = by_code[one.code]
            counted = check.how != MANUAL and one.verdict is not Verdict.UNCHECKED
            table.row(
                [
                    one.code,
                    check.title(words.language),
                    words.say(f"four_how.{check.how}"),
                    f"{one.checked:,}" if counted else "",
                    f"{one.found:,}" if counted else "",
                    wording.say(f"inspection_verdict.{_said(one, attested).value}", words.language),
                    _remark(attested.get(one.code), words),
                ]
            )
    table.finish()


def _annex(sheet: Sheet, words: Words, source: InspectionSource, run: InspectionRun) -> None:
    table = Table(sheet, columns(words, "four", _FOUND), lambda: _title(sheet, words, "four.annex", sheet.paper.top) + 3)
    shown = 0
    for shown, (finding, code) in enumerate(findings(source, run), 1):
        told = tell(finding.fault, words.language)
        place = place_words(finding.fault, code, words.language)
        table.row([str(shown), finding.fault.code, place, f"{told.what} {told.todo}"])
    if not shown:
        table.wide(words.say("four.none"))
    elif run.found > shown:
        table.wide(words.say("four.more", n=run.found - shown))
    table.finish()


def _said(result: CheckResult, attested: dict[str, Attestation]) -> Verdict:
    """The verdict, with a person's word where only a person can tell."""
    answer = attested.get(result.code)
    return answer.verdict if answer is not None and result.verdict is Verdict.MANUAL else result.verdict


def _remark(answer: Attestation | None, words: Words) -> str:
    if answer is None:
        return ""
    said = wording.say("inspection.attested", words.language, name=answer.agent_name, at=moment(answer.at)[:10])
    return f"{said} {answer.note}".strip()


def _title(sheet: Sheet, words: Words, key: str, y: float) -> float:
    """The heading of a sheet, in Chinese and below it in the language asked for; gives the y below."""
    middle = sheet.paper.left + sheet.paper.inner_width / 2
    size = 20 if key.endswith("title") else 14
    sheet.text(middle, baseline(y, 9, size), Words("zh").say(key), size=size, hand=BOLD, align="centre", spacing=2)
    y += 10
    if words.language != "zh":
        sheet.text(middle, baseline(y, 5, 10), words.say(key), size=10, align="centre")
        y += 5
    return y


def _both(words: Words, key: str) -> str:
    return Words("zh").say(key) + ("" if words.language == "zh" else f"  {words.say(key)}")
