"""app/reports/name_index.py — 人名索引: the people that the records of a class or of one volume mention, with 档号 and page.

A4 portrait, by the sound of the names, as a name index is kept. People stand in it as 姓 and stars with their masked
number: it leads to the paper, where whoever may see it finds the name. Where no page of a record could be read with the
name on it, the pages of the whole record are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from app import wording
from app.privacy import cover
from app.reports import volume_head as head
from app.reports.access_report import masked
from app.reports.sheet import PORTRAIT, Align, Sheet
from app.reports.table import Table
from app.reports.volume_contents import ClassWishes, VolumeWishes
from app.reports.words import Words
from storage.records import Fonds, Kind, Retention
from storage.records.people import EntityKind, NameLine
from storage.records.volumes import Volume
from storage.search import pinyin

_COLUMNS: tuple[tuple[str, float, Align, float], ...] = (
    ("seq", 12, "centre", 8),
    ("name", 54, "left", 8),
    ("reference_code", 56, "left", 8),
    ("page", 22, "centre", 7),
    ("part", 26, "left", 9),
)


class NameSource(Protocol):
    """The reads of this form."""

    def fonds(self) -> Fonds: ...
    def volume(self, volume_id: int) -> Volume: ...
    def name_lines(
        self,
        kind: EntityKind,
        *,
        category: str | None = None,
        year: int | None = None,
        retention: Retention | None = None,
        volume_id: int | None = None,
        secret: bool = True,
    ) -> Iterator[NameLine]: ...


def build(source: NameSource, wishes: ClassWishes) -> bytes:
    """Of the records of a class."""
    words = Words(wishes.language)
    found = source.name_lines(
        EntityKind.PERSON, category=wishes.category, year=wishes.year, retention=wishes.retention, secret=wishes.secret
    )
    parts = [words.say("register.fonds_name", value=source.fonds().name)]
    if wishes.category:
        parts.append(words.say("register.category", value=wishes.category_name or wishes.category))
    if wishes.year:
        parts.append(words.say("register.year", value=wishes.year))
    return _draw(found, words, wishes, parts)


def build_volume(source: NameSource, wishes: VolumeWishes) -> bytes:
    """Of one volume. Raises NoSuchRecord."""
    words, volume = Words(wishes.language), source.volume(wishes.volume_id)
    parts = [words.say("volume.code", value=head.code(words, volume)), head.book(words, volume)]
    title = words.say("volume.title", value=cover(volume.title))
    return _draw(source.name_lines(EntityKind.PERSON, volume_id=volume.id), words, wishes, [part for part in parts if part], title)


def _draw(
    found: Iterable[NameLine], words: Words, wishes: ClassWishes | VolumeWishes, parts: Sequence[str], title: str = ""
) -> bytes:
    sheet = Sheet(PORTRAIT, words, title=Words("zh").say("name_index.title"), prepared_by=wishes.prepared_by,
                  prepared_on=wishes.prepared_on)

    def top() -> float:
        y = head.facts(sheet, head.title(sheet, "name_index") + 1, parts)
        return (head.facts(sheet, y, [title]) if title else y) + 1.5

    table = Table(sheet, head.columns(words, "name_index", _COLUMNS), top)
    lines = sorted(found, key=_sound)
    for number, line in enumerate(lines, 1):
        part = wording.say(f"entity_part.{line.part.value}", words.language)
        table.row((str(number), masked(line.entity), line.reference_code, _pages(line, words), part))
    table.wide(words.say("name_index.total", n=len(lines)) if lines else words.say("name_index.none"), bold=bool(lines))
    table.wide(words.say("name_index.masked"))
    table.finish(words.say("name_index.blank_below"))
    return sheet.finish()


def _sound(line: NameLine) -> tuple[str, str, str]:
    name = line.entity.name
    return next(iter(pinyin.readings(name)), name.lower()), name, line.reference_code


def _pages(line: NameLine, words: Words) -> str:
    """Pages in a row as from-to."""
    if line.subject.kind is Kind.VOLUME:
        return words.say("name_index.whole")
    if not line.pages:
        return "-".join(str(page) for page in dict.fromkeys((line.first, line.last)) if page)
    runs: list[list[int]] = []
    for page in line.pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    return words.say("list").join("-".join(str(page) for page in dict.fromkeys((run[0], run[-1]))) for run in runs)
