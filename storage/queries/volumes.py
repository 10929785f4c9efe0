"""storage/queries/volumes.py — volumes, their items in order, their books, what is due to be filed: the reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from storage.errors import NoSuchRecord
from storage.queries.base import Reading, chunks, marks
from storage.records import AccessStatus, Item, Retention, SecurityClass, State
from storage.records.volumes import Volume, VolumeFilter, VolumePart

COUNTED = ("item_count", "page_count")
COLUMNS = tuple(field.name for field in fields(Volume) if field.name not in COUNTED)
_SELECT = (
    f"SELECT {', '.join(COLUMNS)},"
    " (SELECT count(*) FROM visible_item WHERE volume_id = visible_volume.id),"
    " (SELECT coalesce(sum(page_count), 0) FROM visible_item WHERE volume_id = visible_volume.id) FROM visible_volume"
)
_ENUMS: dict[str, Callable[[Any], Any]] = {
    "retention": Retention,
    "part": VolumePart,
    "security_class": SecurityClass,
    "access_status": AccessStatus,
    "state": State,
    "sealed": bool,
}


class VolumeReads(Reading):
    """Volumes, their order, filing them."""

    if TYPE_CHECKING:

        def items_by_id(self, item_ids: Sequence[int]) -> dict[int, Item]: ...

    def volume(self, volume_id: int) -> Volume:
        row = self._row(f"{_SELECT} WHERE id = ?", (volume_id,))
        if row is None:
            raise NoSuchRecord(volume=volume_id)
        return volume_of(row)

    def volume_by_code(self, reference_code: str) -> Volume:
        row = self._row(f"{_SELECT} WHERE reference_code = ? AND reference_code <> ''", (reference_code,))
        if row is None:
            raise NoSuchRecord(code=reference_code)
        return volume_of(row)

    def volumes_by_id(self, volume_ids: Sequence[int]) -> dict[int, Volume]:
        found = {}
        for chunk in chunks(volume_ids):
            for row in self._rows(f"{_SELECT} WHERE id IN ({marks(chunk)})", chunk):
                found[row[0]] = volume_of(row)
        return found

    def volume_ids(self, wanted: VolumeFilter) -> list[int]:
        """Those last worked on first."""
        where, values = _conditions(wanted)
        return [row[0] for row in self._rows(f"SELECT id FROM visible_volume {where} ORDER BY changed_seq DESC, id DESC", values)]

    def volumes(self, wanted: VolumeFilter, *, limit: int = -1, offset: int = 0) -> list[Volume]:
        """Those last worked on first."""
        where, values = _conditions(wanted)
        rows = self._rows(
            f"{_SELECT} {where} ORDER BY changed_seq DESC, id DESC LIMIT ? OFFSET ?", (*values, limit, offset)
        )
        return [volume_of(row) for row in rows]

    def volume_register(self, wanted: VolumeFilter, *, limit: int = -1, offset: int = 0) -> list[Volume]:
        """In the order of the 案卷目录: category, year, retention, office, catalogue, number; open ones last in their class."""
        where, values = _conditions(wanted)
        rows = self._rows(
            f"{_SELECT} {where} ORDER BY category, year, retention, office, catalogue_no, volume_no = 0, volume_no, id"
            " LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return [volume_of(row) for row in rows]

    def volume_count(self, wanted: VolumeFilter) -> int:
        where, values = _conditions(wanted)
        return int(self._row(f"SELECT count(*) FROM visible_volume {where}", values)[0])

    def volume_years(self) -> list[int]:
        return [row[0] for row in self._rows("SELECT DISTINCT year FROM visible_volume ORDER BY year DESC")]

    def volume_items(self, volume_id: int) -> list[Item]:
        """The items of a volume in their order."""
        rows = self._rows("SELECT id FROM visible_item WHERE volume_id = ? ORDER BY position, id", (volume_id,))
        item_ids = [row[0] for row in rows]
        found = self.items_by_id(item_ids)
        return [found[item_id] for item_id in item_ids]

    def volume_books(self, volume_id: int) -> list[Volume]:
        """All books of the divided volume this one belongs to, in order; itself alone when it was never divided."""
        rows = self._rows(
            f"{_SELECT} WHERE id = ? OR first_book = (SELECT first_book FROM visible_volume WHERE id = ?)"
            " ORDER BY book_no, id",
            (volume_id, volume_id),
        )
        return [volume_of(row) for row in rows]

    def volume_parts(self, case_no: str) -> list[Volume]:
        """Every volume of a case, by part and book."""
        if not case_no:
            return []
        rows = self._rows(f"{_SELECT} WHERE case_no = ? ORDER BY part, book_no, id", (case_no,))
        return [volume_of(row) for row in rows]

    def volumes_closed(self) -> list[Volume]:
        """Open volumes of cases that are closed: what is due to be filed, the oldest first."""
        rows = self._rows(f"{_SELECT} WHERE state = ? AND closed_on <> '' ORDER BY closed_on, id", (State.OPEN.value,))
        return [volume_of(row) for row in rows]

    def item_parts(self, item_ids: Sequence[int]) -> dict[int, VolumePart]:
        """The part of the volume that each of these items stands in, for those that stand in one."""
        found = {}
        for chunk in chunks(item_ids):
            for item_id, part in self._rows(
                "SELECT visible_item.id, volume.part FROM visible_item JOIN volume ON volume.id = visible_item.volume_id"
                f" WHERE visible_item.id IN ({marks(chunk)})",
                chunk,
            ):
                found[item_id] = VolumePart(part)
        return found

    def items_in_parts(self, parts: Sequence[VolumePart]) -> list[int]:
        """The items that stand in volumes of these parts."""
        rows = self._rows(
            "SELECT visible_item.id FROM volume JOIN visible_item ON visible_item.volume_id = volume.id"
            f" WHERE volume.part IN ({marks(parts)}) ORDER BY visible_item.id",
            [part.value for part in parts],
        )
        return [row[0] for row in rows]


def volume_of(row: Sequence[Any]) -> Volume:
    """A volume out of its columns and its two counts."""
    values = dict(zip((*COLUMNS, *COUNTED), row, strict=True))
    for name, kind in _ENUMS.items():
        values[name] = kind(values[name])
    return Volume(**values)


def _conditions(wanted: VolumeFilter) -> tuple[str, list[Any]]:
    conditions, values = [f"part IN ({marks(wanted.parts)})"], [part.value for part in wanted.parts]
    if wanted.state:
        conditions.append("state = ?")
        values.append(wanted.state.value)
    if wanted.category:
        conditions.append("(category = ? OR substr(category, 1, ?) = ?)")
        values += [wanted.category, len(wanted.category) + 1, f"{wanted.category}·"]  # type: ignore[list-item]
    if wanted.year:
        conditions.append("year = ?")
        values.append(wanted.year)  # type: ignore[arg-type]
    if wanted.retention:
        conditions.append("retention = ?")
        values.append(wanted.retention.value)
    if wanted.case_no:
        conditions.append("case_no = ?")
        values.append(wanted.case_no)
    if wanted.text:
        columns = ("title", "case_name", "case_no", "reference_code")
        conditions.append("(" + " OR ".join(f"instr({column}, ?) > 0" for column in columns) + ")")
        values += [wanted.text] * len(columns)
    return "WHERE " + " AND ".join(conditions), values
