"""app/reports/access_report.py — 个人信息访问报告: who looked at the papers that name a person, when, and what for.

A4 portrait, one row for each look, oldest first, one person after the other. People stand in it masked. Looks at sealed
papers are told by their own register and said to be missing here. Times are those of this machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from app import wording
from app.privacy import cover_name, cover_number
from app.reports import lines
from app.reports.errors import BadWish
from app.reports.fonts import BOLD
from app.reports.sheet import PORTRAIT, Align, Sheet, baseline
from app.reports.table import SIZE, Column, Table
from app.reports.words import Words
from storage.records import Fonds
from storage.records.people import Access, Entity, EntityKind

_CHUNK = 2000
_COLUMNS: tuple[tuple[str, float, Align, float], ...] = (  # name, millimetres, alignment, smallest letters
    ("person", 46, "left", 8),
    ("who", 28, "left", 8),
    ("at", 34, "centre", 9),
    ("purpose", 38, "left", 9),
    ("act", 24, "left", 8),
)


class AccessSource(Protocol):
    """The reads of this form."""

    def fonds(self) -> Fonds: ...

    def entity(self, entity_id: int) -> Entity: ...

    def accesses(
        self, entity_id: int, *, since: str = "", until: str = "~", limit: int = -1, offset: int = 0
    ) -> Sequence[Access]: ...


@dataclass(frozen=True, slots=True)
class AccessWishes:
    """Of whom (0: everybody entered) and of which days (`2026-11-22`; empty: from the beginning, until now)."""

    entity: int = 0
    since: str = ""
    until: str = ""
    prepared_by: str = ""
    prepared_on: str = ""
    language: str = "zh"


def build(source: AccessSource, wishes: AccessWishes) -> bytes:
    """The report as PDF. Raises BadWish for a day that is none, NoSuchRecord for an entity that is not there."""
    words, chinese = Words(wishes.language), Words("zh")
    since, until = _moments(wishes)
    whom = masked(source.entity(wishes.entity)) if wishes.entity else words.say("access.everybody")
    parts = (
        words.say("register.fonds_name", value=source.fonds().name),
        words.say("access.subject", value=whom),
        words.say("access.period", since=words.day(wishes.since) or words.say("access.begin"),
                  until=words.day(wishes.until) or words.say("access.now")),
    )
    sheet = Sheet(PORTRAIT, words, title=chinese.say("access.title"), prepared_by=wishes.prepared_by,
                  prepared_on=wishes.prepared_on)
    table = Table(sheet, _columns(words, chinese), lambda: _head(sheet, words, chinese, parts))
    count = 0
    for access in _looks(source, wishes.entity, since, until):
        count += 1
        table.row(_row(access, words))
    table.wide(words.say("access.total", looks=count) if count else words.say("access.none"), bold=bool(count))
    table.wide(words.say("access.sealed"))
    table.finish(words.say("access.blank_below"))
    return sheet.finish()


def masked(entity: Entity) -> str:
    """A person as 姓 and stars with the masked number; a vehicle, a place or an office by its name."""
    named = cover_name(entity.name) if entity.kind is EntityKind.PERSON else entity.name
    return " ".join(part for part in (named, cover_number(entity.id_number)) if part)


def _looks(source: AccessSource, entity_id: int, since: str, until: str) -> Iterator[Access]:
    offset = 0
    while chunk := source.accesses(entity_id, since=since, until=until, limit=_CHUNK, offset=offset):
        yield from chunk
        offset += len(chunk)


def _row(access: Access, words: Words) -> tuple[str, ...]:
    purpose = words.say("access.covered")
    if access.purpose is not None:
        purpose = wording.say(f"purpose.{access.purpose.value}", words.language)
        purpose += words.say("access.basis", basis=access.basis) if access.basis else ""
    local = datetime.fromisoformat(access.at).astimezone()
    return (
        masked(access.entity),
        access.agent_name,
        local.strftime("%Y-%m-%d %H:%M"),
        purpose,
        wording.say(f"act.{access.act.value}", words.language),
    )


def _moments(wishes: AccessWishes) -> tuple[str, str]:
    """The wished days, from the first moment of one to the last of the other, as event times."""
    try:
        first = datetime.fromisoformat(wishes.since).astimezone(UTC).isoformat() if wishes.since else ""
        last = datetime.fromisoformat(wishes.until) + timedelta(days=1) if wishes.until else None
    except ValueError:
        raise BadWish(field="since", value=f"{wishes.since} {wishes.until}") from None
    return first, last.astimezone(UTC).isoformat() if last else "~"


def _columns(words: Words, chinese: Words) -> list[Column]:
    columns = []
    for name, width, align, smallest in _COLUMNS:
        label = [chinese.say(f"access.column.{name}")]
        if words.language != "zh":
            label.append(words.say(f"access.column.{name}"))
        columns.append(Column(tuple(label), width, align, SIZE, smallest))
    return columns


def _head(sheet: Sheet, words: Words, chinese: Words, parts: Sequence[str]) -> float:
    """Title and what the report is about; gives the y where the table begins."""
    paper = sheet.paper
    middle = paper.left + paper.inner_width / 2
    y = paper.top
    sheet.text(middle, baseline(y, 9, 18), chinese.say("access.title"), size=18, hand=BOLD, align="centre", spacing=3)
    y += 9
    if words.language != "zh":
        sheet.text(middle, baseline(y, 5, 10), words.say("access.title"), size=10, align="centre")
        y += 5
    y += 1.5
    for part in parts:
        y = sheet.paragraph(paper.left, y, paper.inner_width, lines.clean(part), size=10.5, leading=1.35)
    return y + 1.5
