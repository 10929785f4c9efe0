"""app/reports/volume_forms.py — the forms of volumes out of the archive's own data: which volume, which items, which guide.

One function for each form, as `app.reports.REPORTS` wants them. Raises NoSuchRecord for a volume that is not there (or is
sealed), HolidaysUnreadable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Protocol

from app import guides
from app.guides import NO_GUIDE_DAYS
from app.reports import volume_contents, volume_cover, volume_note, volume_register
from app.reports.volume_contents import ClassWishes, VolumeWishes
from app.reports.volume_cover import CoverWishes
from app.reports.volume_register import DeadlineWishes
from app.volumes.workdays import Calendar, deadlines
from storage.records import Category, Fonds, Item, State
from storage.records.volumes import Volume, VolumeFilter, VolumePart

_CHUNK = 200


class VolumeSource(Protocol):
    """The reads these forms make (`storage.queries.Queries` has them all)."""

    def fonds(self) -> Fonds: ...
    def categories(self) -> list[Category]: ...
    def volume(self, volume_id: int) -> Volume: ...
    def volume_items(self, volume_id: int) -> list[Item]: ...
    def volume_register(self, wanted: VolumeFilter, *, limit: int = -1, offset: int = 0) -> list[Volume]: ...
    def volumes_closed(self) -> list[Volume]: ...


def contents(source: VolumeSource, wishes: VolumeWishes) -> bytes:
    return volume_contents.build(source.volume(wishes.volume_id), source.volume_items(wishes.volume_id), wishes)


def note(source: VolumeSource, wishes: VolumeWishes) -> bytes:
    return volume_note.build(source.volume(wishes.volume_id), wishes)


def binding_check(source: VolumeSource, wishes: VolumeWishes) -> bytes:
    volume = source.volume(wishes.volume_id)
    guide = guides.of_volume(volume, source.categories())
    return volume_note.build_check(volume, source.volume_items(volume.id), guide, wishes)


def cover(source: VolumeSource, wishes: CoverWishes) -> bytes:
    volume = source.volume(wishes.volume_id)
    category = next((known for known in source.categories() if known.code == volume.category), None)
    return volume_cover.build(volume, source.fonds(), category, wishes)


def case_cover(source: VolumeSource, wishes: CoverWishes) -> bytes:
    volume = source.volume(wishes.volume_id)
    guide = guides.of_volume(volume, source.categories())
    return volume_cover.build_case(volume, source.fonds(), bool(guide and guide.parts), wishes)


def spine(source: VolumeSource, wishes: CoverWishes) -> bytes:
    return volume_cover.build_spine(source.volume(wishes.volume_id), source.fonds(), wishes)


def register(source: VolumeSource, wishes: ClassWishes) -> bytes:
    return volume_register.build(_filed(source, wishes), source.fonds(), wishes)


def combined(source: VolumeSource, wishes: ClassWishes) -> bytes:
    def lines() -> Iterator[tuple[Volume, Sequence[Item]]]:
        for volume in _filed(source, wishes):
            yield volume, source.volume_items(volume.id)

    return volume_contents.build_combined(lines(), source.fonds(), wishes)


def deadline(source: VolumeSource, wishes: DeadlineWishes) -> bytes:
    known = source.categories()

    def days(volume: Volume) -> int:
        guide = guides.of_volume(volume, known)
        return guide.filing_days if guide else NO_GUIDE_DAYS

    open_volumes = [volume for volume in source.volumes_closed() if volume.part in _parts(wishes.secret)]
    found = deadlines(open_volumes, days, date.fromisoformat(wishes.today), Calendar.read(wishes.holidays))
    rows = ((due.volume, due.due_on, due.days_left) for due in found)
    return volume_register.build_deadlines(rows, source.fonds(), wishes)


def _filed(source: VolumeSource, wishes: ClassWishes) -> Iterator[Volume]:
    """The filed volumes of a class, fetched some at a time."""
    wanted = VolumeFilter(State.FILED, wishes.category, wishes.year, wishes.retention, parts=_parts(wishes.secret))
    offset = 0
    while True:
        chunk = source.volume_register(wanted, limit=_CHUNK, offset=offset)
        yield from chunk
        if len(chunk) < _CHUNK:
            return
        offset += _CHUNK


def _parts(secret: bool) -> tuple[VolumePart, ...]:
    return tuple(part for part in VolumePart if secret or part is not VolumePart.SECRET)
