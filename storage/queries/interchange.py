"""storage/queries/interchange.py — what was imported and how columns are read: the reads.

Also the reads of an export: which visible records a selection means, and what the journal says of them. Of records that
are sealed or gone only that a code or a number is taken is ever told, to whoever wants to give it anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from storage import journal
from storage.queries.base import Reading, chunks, marks
from storage.queries.discretion import told
from storage.records import Event, Kind
from storage.records.interchange import ImportRun, Selection

_ORDER = "category, year, retention, office"


class InterchangeReads(Reading):
    """What was imported and how columns are read."""

    def import_mapping(self, fingerprint: str) -> str | None:
        """How columns under this header were read the last time."""
        row = self._row("SELECT mapping FROM import_mapping WHERE name = ?", (fingerprint,))
        return str(row[0]) if row else None

    def import_runs(self, source_sha256: str = "") -> list[ImportRun]:
        """The newest first; only those of one file when its digest is given."""
        rows = self._rows(
            "SELECT id, at, agent_name, source_sha256, kind, rows FROM import_run WHERE ? IN ('', source_sha256)"
            " ORDER BY id DESC",
            (source_sha256,),
        )
        return [ImportRun(id, at, name, sha256, Kind(kind), count) for id, at, name, sha256, kind, count in rows]

    def codes_taken(self, codes: Sequence[str]) -> set[str]:
        """Which of these codes a record has or once had."""
        found: set[str] = set()
        for chunk in chunks(codes, 300):  # type: ignore[arg-type]
            wanted = marks(chunk)
            found |= {
                row[0]
                for row in self._rows(
                    f"SELECT reference_code FROM item WHERE reference_code IN ({wanted}) AND reference_code <> ''"
                    f" UNION SELECT reference_code FROM volume WHERE reference_code IN ({wanted}) AND reference_code <> ''"
                    f" UNION SELECT reference_code FROM former_code WHERE reference_code IN ({wanted})",
                    (*chunk, *chunk, *chunk),
                )
            }
        return found

    def class_numbers(self, fonds: str, category: str, year: int, retention: str, office: str) -> set[int]:
        """The numbers that records of this class, filed by item, have."""
        rows = self._rows(
            "SELECT item_no FROM item WHERE (fonds, category, year, retention, office) = (?, ?, ?, ?, ?)"
            " AND volume_id IS NULL AND item_no > 0",
            (fonds, category, year, retention, office),
        )
        return {row[0] for row in rows}

    def volume_numbers(self, volume_id: int) -> set[int]:
        rows = self._rows("SELECT item_no FROM item WHERE volume_id = ? AND item_no > 0", (volume_id,))
        return {row[0] for row in rows}

    def imported_volumes(self) -> dict[str, int]:
        """The volumes that were imported, by 档号: those to which items may be imported."""
        return dict(
            self._rows(
                "SELECT reference_code, id FROM visible_volume WHERE state = 'filed' AND 'volume:' || id IN"
                " (SELECT object FROM event WHERE type = 'import_volume')"
            )
        )

    def selected_items(self, wanted: Selection) -> list[int]:
        """The filed items of a selection, in the order of the registers; those of a volume together."""
        where, values = _conditions(wanted)
        if wanted.volume_id is not None:
            where.append("visible_item.volume_id = ?")
            values.append(wanted.volume_id)
        if wanted.codes:
            one = marks(wanted.codes)
            where.append(
                f"(visible_item.reference_code IN ({one}) OR visible_item.volume_id IN"
                f" (SELECT id FROM visible_volume WHERE reference_code IN ({one})))"
            )
            values += [*wanted.codes, *wanted.codes]
        rows = self._rows(
            "SELECT visible_item.id FROM visible_item LEFT JOIN visible_volume ON visible_volume.id = visible_item.volume_id"
            f" WHERE visible_item.state = 'filed' AND {' AND '.join(where)}"
            f" ORDER BY {', '.join(f'visible_item.{name}' for name in _ORDER.split(', '))},"
            " visible_item.volume_id IS NOT NULL, visible_volume.catalogue_no, visible_volume.volume_no,"
            " visible_item.position, visible_item.item_no",
            values,
        )
        return [row[0] for row in rows]

    def selected_volumes(self, wanted: Selection) -> list[int]:
        """The filed volumes of a selection, in the order of the 案卷目录."""
        where, values = _conditions(wanted, "visible_volume")
        if wanted.volume_id is not None:
            where.append("id = ?")
            values.append(wanted.volume_id)
        if wanted.codes:
            where.append(f"reference_code IN ({marks(wanted.codes)})")
            values += wanted.codes
        rows = self._rows(
            f"SELECT id FROM visible_volume WHERE state = 'filed' AND {' AND '.join(where)}"
            f" ORDER BY {_ORDER}, catalogue_no, volume_no",
            values,
        )
        return [row[0] for row in rows]

    def events_about(self, objects: Sequence[str]) -> list[Event]:
        """What happened to these objects (`item:7`), in the order it happened."""
        found: list[Event] = []
        for chunk in chunks(objects):  # type: ignore[arg-type]
            found += [
                journal.event_of(row)
                for row in self._rows(f"SELECT {journal.COLUMNS} FROM event WHERE object IN ({marks(chunk)})", chunk)
            ]
        return told(self._database.reader(), sorted(found, key=lambda event: event.seq))


def _conditions(wanted: Selection, view: str = "visible_item") -> tuple[list[str], list[Any]]:
    where, values = ["1"], []
    if wanted.category:
        where.append(f"({view}.category = ? OR substr({view}.category, 1, ?) = ?)")
        values += [wanted.category, len(wanted.category) + 1, f"{wanted.category}·"]
    if wanted.year:
        where.append(f"{view}.year = ?")
        values.append(wanted.year)
    if wanted.retention:
        where.append(f"{view}.retention = ?")
        values.append(wanted.retention.value)
    return where, values
