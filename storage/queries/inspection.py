"""storage/queries/inspection.py — runs of the four-nature inspection and their findings: the reads.

What an inspection asks of many records at once is asked here, in pages and in ids and numbers. Where numbers are asked
(series, places in a volume, originals and their digests) the raw tables are read, because a sealed record's number is
taken and its original must stay whole: of such a record nothing else is answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from storage.queries.base import Reading, chunks, marks
from storage.queries.discretion import HELD
from storage.records import AccessStatus, Item, Kind, Origin, Retention, SecurityClass, StoredObject, Subject
from storage.records.inspection import (
    Attestation,
    CheckResult,
    Fault,
    InspectedDocument,
    InspectionFinding,
    InspectionRun,
    Placed,
    Scope,
    Severity,
    Taken,
    Verdict,
)

_RUN = "id, phase, scope, scheme, started_at, finished_at, agent_name, result, results"
_PAGE = 500
#: The closed lists of an item's columns: a value outside them cannot even be read as a record.
_ALLOWED = {
    "retention": tuple(Retention),
    "security_class": tuple(SecurityClass),
    "access_status": tuple(AccessStatus),
    "origin": tuple(Origin),
}
CLOSED = tuple(_ALLOWED)


class InspectionReads(Reading):
    """Runs of the four-nature inspection and their findings."""

    if TYPE_CHECKING:

        def items_by_id(self, item_ids: Sequence[int]) -> dict[int, Item]: ...

    # -- runs

    def inspections(self, limit: int = 100) -> list[InspectionRun]:
        """Newest first."""
        return [_run(row) for row in self._rows(f"SELECT {_RUN} FROM inspection ORDER BY id DESC LIMIT ?", (limit,))]

    def inspection(self, inspection_id: int) -> InspectionRun | None:
        row = self._row(f"SELECT {_RUN} FROM inspection WHERE id = ?", (inspection_id,))
        return _run(row) if row else None

    def inspection_findings(self, inspection_id: int, *, limit: int = -1, offset: int = 0) -> list[InspectionFinding]:
        """In the order of the catalogue. What has been sealed or destroyed since names no subject any more."""
        return [
            _finding(row)
            for row in self._rows(
                "SELECT inspection_id, number, code, key, severity, kind, subject_id, object, facts, CASE kind"
                " WHEN 'item' THEN EXISTS (SELECT 1 FROM visible_item WHERE id = subject_id)"
                " WHEN 'volume' THEN EXISTS (SELECT 1 FROM visible_volume WHERE id = subject_id) ELSE 0 END"
                " FROM inspection_finding WHERE inspection_id = ? ORDER BY number LIMIT ? OFFSET ?",
                (inspection_id, limit, offset),
            )
        ]

    def attestations(self, inspection_id: int) -> dict[str, Attestation]:
        """By check."""
        return {
            row[1]: Attestation(row[0], row[1], Verdict(row[2]), *row[3:])
            for row in self._rows(
                "SELECT inspection_id, code, verdict, note, at, agent_name FROM attestation WHERE inspection_id = ?"
                " ORDER BY code",
                (inspection_id,),
            )
        }

    def names_of(self, subjects: Iterable[Subject]) -> dict[Subject, tuple[str, str]]:
        """(档号, title) of those that may be seen."""
        wanted = set(subjects)
        found: dict[Subject, tuple[str, str]] = {}
        for kind, view in ((Kind.ITEM, "visible_item"), (Kind.VOLUME, "visible_volume")):
            for chunk in chunks(sorted(subject.id for subject in wanted if subject.kind is kind)):
                for id, code, title in self._rows(
                    f"SELECT id, reference_code, title FROM {view} WHERE id IN ({marks(chunk)})", chunk
                ):
                    found[Subject(kind, id)] = (code, title)
        return found

    # -- what a run walks over

    def inspected_item_ids(self, scope: Scope, after: int, limit: int = _PAGE) -> list[int]:
        """The next visible items of the scope, by id; those with a value outside its closed list are left out."""
        where, values = _of_items(scope)
        closed = " ".join(f"AND {name} IN ({marks(allowed)})" for name, allowed in _ALLOWED.items())
        allowed_values = [value for allowed in _ALLOWED.values() for value in allowed]
        rows = self._rows(
            f"SELECT id FROM visible_item WHERE {where} {closed} AND id > ? ORDER BY id LIMIT ?",
            (*values, *allowed_values, after, limit),
        )
        return [row[0] for row in rows]

    def inspected_volume_ids(self, scope: Scope, after: int, limit: int = _PAGE) -> list[int]:
        """The next visible volumes of the scope, by id."""
        where, values = _of_volumes(scope)
        rows = self._rows(
            f"SELECT id FROM visible_volume WHERE {where} AND id > ? ORDER BY id LIMIT ?", (*values, after, limit)
        )
        return [row[0] for row in rows]

    def inspected_counts(self, scope: Scope) -> tuple[int, int, int]:
        """(items, volumes, originals) of the scope."""
        items, item_values = _of_items(scope)
        volumes, volume_values = _of_volumes(scope)
        originals, original_values = _of_originals(scope)
        return (
            self._row(f"SELECT count(*) FROM visible_item WHERE {items}", item_values)[0],
            self._row(f"SELECT count(*) FROM visible_volume WHERE {volumes}", volume_values)[0],
            self._row(f"SELECT count(*) FROM object WHERE {originals}", original_values)[0],
        )

    def inspected_originals(
        self, scope: Scope, after: int, limit: int = _PAGE
    ) -> list[tuple[StoredObject, int | None, int]]:
        """(original, a visible item that holds it, pages read of it), by id: also the originals of sealed records, for
        whose digests the archive answers all the same.
        """
        where, values = _of_originals(scope)
        return [
            (StoredObject(*row[:7]), row[7], row[8])
            for row in self._rows(
                f"SELECT id, name, sha256, sm3, size_bytes, format, iif(id IN {HELD}, '', original_name),"
                " (SELECT min(item_id) FROM document"
                " WHERE object_id = object.id AND superseded_seq = 0"
                " AND EXISTS (SELECT 1 FROM visible_item WHERE id = document.item_id)),"
                " (SELECT count(*) FROM page WHERE object_id = object.id)"
                f" FROM object WHERE {where} AND id > ? ORDER BY id LIMIT ?",
                (*values, after, limit),
            )
        ]

    def inspected_documents(self, item_ids: Sequence[int]) -> dict[int, list[InspectedDocument]]:
        """The files in force of visible items, with how many of their pages were read."""
        found: dict[int, list[InspectedDocument]] = {}
        for chunk in chunks(item_ids):
            for item_id, object_id, role, pages, format, name, read in self._rows(
                "SELECT document.item_id, object_id, role, pages, object.format,"
                f" iif(object_id IN {HELD}, '', original_name), (SELECT count(*) FROM page WHERE page.object_id = document.object_id AND (document.pages IS NULL"
                " OR page.number IN (SELECT value FROM json_each(document.pages))))"
                " FROM document JOIN object ON object.id = object_id"
                f" WHERE document.item_id IN (SELECT id FROM visible_item WHERE id IN ({marks(chunk)}))"
                " AND superseded_seq = 0 ORDER BY document.item_id, position",
                chunk,
            ):
                wanted = len(msgspec.json.decode(pages)) if pages else read
                document = InspectedDocument(item_id, object_id, role, format, name, wanted, read)
                found.setdefault(item_id, []).append(document)
        return found

    def items_without_event(self, item_ids: Sequence[int]) -> list[int]:
        """Visible items whose last change no event of the journal names."""
        return [
            row[0]
            for chunk in chunks(item_ids)
            for row in self._rows(
                f"SELECT id FROM visible_item WHERE id IN ({marks(chunk)}) AND NOT EXISTS (SELECT 1 FROM event"
                " WHERE seq = visible_item.changed_seq AND object = 'item:' || visible_item.id) ORDER BY id",
                chunk,
            )
        ]

    def documents_without_event(self, item_ids: Sequence[int], types: Sequence[str]) -> list[tuple[int, int, str]]:
        """(item, original, event type) where the journal knows nothing of how the original came or was read."""
        found = []
        for chunk in chunks(item_ids):
            documents = self._rows(
                f"SELECT DISTINCT item_id, object_id FROM document WHERE item_id IN ({marks(chunk)})"
                " AND superseded_seq = 0 ORDER BY item_id, object_id",
                chunk,
            )
            for item_id, object_id in documents:
                if "receive" in types and not self._row(
                    "SELECT 1 FROM arrival JOIN event ON event.object = 'arrival:' || arrival.id AND event.type = 'receive'"
                    " WHERE arrival.object_id = ?",
                    (object_id,),
                ):
                    found.append((item_id, object_id, "receive"))
                if "read" in types and not self._row(
                    "SELECT 1 FROM event WHERE object = ? AND type = 'read'", (f"object:{object_id}",)
                ):
                    found.append((item_id, object_id, "read"))
        return found

    def page_pictures_of(self, item_ids: Sequence[int]) -> Iterator[tuple[int, int, int, str]]:
        """(item, original, page, name of the picture) of visible items."""
        for chunk in chunks(item_ids):
            yield from self._rows(
                "SELECT document.item_id, page.object_id, page.number, picture FROM document JOIN page"
                " ON page.object_id = document.object_id WHERE superseded_seq = 0"
                f" AND document.item_id IN (SELECT id FROM visible_item WHERE id IN ({marks(chunk)}))"
                " ORDER BY document.item_id, page.object_id, page.number",
                chunk,
            )

    # -- values

    def items_outside(self, name: str, scope: Scope) -> list[int]:
        """Visible items whose column `name` (one of CLOSED) holds none of the values it may have."""
        where, values = _of_items(scope)
        allowed = _ALLOWED[name]
        return [
            row[0]
            for row in self._rows(
                f"SELECT id FROM visible_item WHERE {where} AND {name} NOT IN ({marks(allowed)}) ORDER BY id",
                (*values, *allowed),
            )
        ]

    def category_codes(self) -> list[str]:
        """Every category there is or was: a record keeps the one it was filed under."""
        return [row[0] for row in self._rows("SELECT code FROM category ORDER BY code")]

    # -- numbers

    def numbers_taken(self, kind: Kind) -> Iterator[Taken]:
        """The runs of numbers given to items (filed by item) or volumes, whatever became of them, series by series."""
        if kind is Kind.ITEM:
            series, number, table = "fonds, category, year, retention, office", "item_no", "item"
            where, catalogue = "volume_id IS NULL AND item_no > 0", "''"
        else:
            series, number, table = "fonds, category, year, retention, office, catalogue_no", "volume_no", "volume"
            where, catalogue = "volume_no > 0", "catalogue_no"
        for row in self._rows(
            # Within a run of numbers the distance between a number and its rank stays the same.
            f"SELECT fonds, category, year, retention, office, {catalogue}, min(number), max(number) FROM (SELECT {series},"
            f" {number} AS number, {number} - dense_rank() OVER (PARTITION BY {series} ORDER BY {number}) AS run FROM {table}"
            f" WHERE {where}) GROUP BY {series}, run ORDER BY {series}, min(number)"
        ):
            yield Taken(*row)

    def former_numbers(self) -> list[tuple[str, int]]:
        """(series, number) that a renumbered record had before: taken for ever."""
        return [(scope, number) for scope, number in self._rows("SELECT scope, number FROM former_code")]

    def numbers_given(self) -> dict[str, int]:
        """Series -> the last number it gave."""
        return dict(self._rows("SELECT scope, last FROM serial"))

    def codes_used_again(self) -> list[tuple[Subject, str]]:
        """Visible items and volumes whose code was another record's before."""
        rows = self._rows(
            "SELECT 'item', visible_item.id, former_code.reference_code FROM former_code JOIN visible_item"
            " USING (reference_code) WHERE NOT (former_code.kind = 'item' AND former_code.subject_id = visible_item.id)"
            " UNION ALL SELECT 'volume', visible_volume.id, former_code.reference_code FROM former_code JOIN visible_volume"
            " USING (reference_code) WHERE NOT (former_code.kind = 'volume' AND former_code.subject_id = visible_volume.id)"
        )
        return [(Subject(Kind(kind), id), code) for kind, id, code in rows]

    def alike(self, columns: Sequence[str], scope: Scope, *, in_volume: bool) -> Iterator[list[int]]:
        """Groups of visible filed items that agree in all these columns of a description (none of them empty), by id:
        items filed by item, or within one volume.
        """
        where, values = _of_items(scope)
        together = ["volume_id", *columns] if in_volume else [*columns]
        filled = " AND ".join(f"{name} <> ''" for name in columns)
        place = "volume_id IS NOT NULL" if in_volume else "volume_id IS NULL"
        for (ids,) in self._rows(
            f"SELECT group_concat(id) FROM visible_item WHERE {where} AND {place} AND state = 'filed' AND {filled}"
            f" GROUP BY {', '.join(together)} HAVING count(*) > 1 ORDER BY min(id)",
            values,
        ):
            yield sorted(int(id) for id in str(ids).split(","))

    def places_in_volume(self, volume_id: int) -> list[Placed]:
        """The places taken in a volume, in their order, by whatever stands there."""
        return [
            Placed(row[0], bool(row[1]), *row[2:])
            for row in self._rows(
                "SELECT id, sealed = 0 AND state IN ('open', 'filed'), position, page_from, page_to, page_count FROM item"
                " WHERE volume_id = ? AND position > 0 AND state <> 'merged' ORDER BY position, id",
                (volume_id,),
            )
        ]

    def numbers_in_volume(self, volume_id: int) -> list[int]:
        """The item numbers taken in a volume."""
        return [
            row[0]
            for row in self._rows(
                "SELECT item_no FROM item WHERE volume_id = ? AND item_no > 0 ORDER BY item_no", (volume_id,)
            )
        ]

    # -- what a package carries

    def items_held_back(self, after: int, limit: int) -> list[Item]:
        """Filed items that a package up to the event `after` should have carried and had to leave out."""
        rows = self._rows(
            "SELECT id FROM visible_item WHERE delivery = 'local' AND state = 'filed' AND changed_seq <= ?"
            " AND reference_code <> '' ORDER BY changed_seq LIMIT ?",
            (after, limit),
        )
        return list(self.items_by_id([row[0] for row in rows]).values())

    def items_returned(self) -> list[Item]:
        """Those headquarters sent back for correction."""
        rows = self._rows("SELECT id FROM visible_item WHERE delivery = 'returned' ORDER BY id")
        return list(self.items_by_id([row[0] for row in rows]).values())

    def volume_item_uuids(self, volume_id: int) -> tuple[str, ...]:
        """What stands in a volume, in order."""
        rows = self._rows(
            "SELECT uuid FROM visible_item WHERE volume_id = ? AND state = 'filed' ORDER BY position, id", (volume_id,)
        )
        return tuple(row[0] for row in rows)

    # -- the archive as a whole

    def orphans(self) -> list[int]:
        """Originals that belong to no record and to no paper that waits."""
        return [
            row[0]
            for row in self._rows(
                "SELECT id FROM object WHERE NOT EXISTS (SELECT 1 FROM document WHERE object_id = object.id)"
                " AND NOT EXISTS (SELECT 1 FROM arrival WHERE object_id = object.id"
                " AND outcome IN ('waiting', 'quarantined', 'ignored')) ORDER BY id"
            )
        ]

    def sizes_that_differ(self) -> list[tuple[int, int, int, int]]:
        """(arrival, original, bytes that arrived, bytes that are kept)."""
        return self._rows(
            "SELECT arrival.id, object.id, arrival.size_bytes, object.size_bytes FROM arrival JOIN object"
            " ON object.id = arrival.object_id WHERE arrival.size_bytes <> object.size_bytes ORDER BY arrival.id"
        )

    def arrivals_without_record(self) -> list[int]:
        """Papers that count as filed but lead to no record."""
        return [
            row[0]
            for row in self._rows(
                "SELECT id FROM arrival WHERE outcome = 'filed' AND (item_id IS NULL"
                " OR NOT EXISTS (SELECT 1 FROM item WHERE id = arrival.item_id)) ORDER BY id"
            )
        ]

    def packages_miscounted(self) -> list[tuple[str, int, int]]:
        """(package, records it says, records entered)."""
        return self._rows(
            "SELECT id, records, (SELECT count(*) FROM packed_item WHERE package_id = package.id) AS entered FROM package"
            " WHERE records <> entered ORDER BY created_at"
        )

    def delivered_without_receipt(self) -> list[int]:
        """Visible items said to be delivered for which no receipt is kept."""
        return [
            row[0]
            for row in self._rows(
                "SELECT id FROM visible_item WHERE delivery = 'delivered'"
                " AND id NOT IN (SELECT item_id FROM packed_item JOIN receipt USING (package_id)) ORDER BY id"
            )
        ]

    def acts_by_role(self) -> list[tuple[str, str, bool, int, int]]:
        """(event type, role, whether the program itself acted, how often, the first such event)."""
        return [
            (type, role, bool(program), count, first)
            for type, role, program, count, first in self._rows(
                "SELECT type, role, agent = 0, count(*), min(seq) FROM event GROUP BY type, role, agent = 0"
            )
        ]

    def out_of_place(self) -> list[tuple[str, Subject, str]]:
        """(what, subject, the other) where states contradict each other: `lent_gone` (a loan is out on what is gone),
        `held_gone` (a hold in force on what is gone), `item_in_gone_volume`, `item_ahead_of_volume` (filed in an open one).
        """
        gone = "state IN ('destroyed', 'merged')"
        found = []
        for kind in Kind:
            for id, loan in self._rows(
                f"SELECT subject_id, loan_id FROM loan_subject JOIN {kind.value} ON {kind.value}.id = subject_id"
                f" WHERE out = 1 AND kind = ? AND {gone} ORDER BY subject_id",
                (kind.value,),
            ):
                found.append(("lent_gone", Subject(kind, id), f"loan:{loan}"))
            for id, hold in self._rows(
                f"SELECT subject_id, hold.id FROM hold JOIN {kind.value} ON {kind.value}.id = subject_id"
                f" WHERE lifted_at = '' AND kind = ? AND {kind.value}.{gone} ORDER BY subject_id",
                (kind.value,),
            ):
                found.append(("held_gone", Subject(kind, id), f"hold:{hold}"))
        for id, state, volume_id in self._rows(
            "SELECT item.id, volume.state, volume.id FROM item JOIN volume ON volume.id = item.volume_id"
            " WHERE (item.state IN ('open', 'filed') AND volume.state IN ('destroyed', 'merged'))"
            " OR (item.state = 'filed' AND volume.state = 'open') ORDER BY item.id"
        ):
            what = "item_ahead_of_volume" if state == "open" else "item_in_gone_volume"
            found.append((what, Subject(Kind.ITEM, id), f"volume:{volume_id}"))
        return found


def _of_items(scope: Scope) -> tuple[str, list[Any]]:
    """A condition on items and its values."""
    if scope.subject is not None:
        return ("id = ?" if scope.subject.kind is Kind.ITEM else "volume_id = ?"), [scope.subject.id]
    return _of_class(scope)


def _of_volumes(scope: Scope) -> tuple[str, list[Any]]:
    if scope.subject is not None:
        return ("0", []) if scope.subject.kind is Kind.ITEM else ("id = ?", [scope.subject.id])
    return _of_class(scope)


def _of_originals(scope: Scope) -> tuple[str, list[Any]]:
    if scope.whole:
        return "1", []
    where, values = _of_items(scope)
    return f"id IN (SELECT object_id FROM document WHERE item_id IN (SELECT id FROM item WHERE {where}))", values


def _of_class(scope: Scope) -> tuple[str, list[Any]]:
    conditions, values = ["1"], []
    if scope.category:
        conditions.append("(category = ? OR substr(category, 1, ?) = ?)")
        values += [scope.category, len(scope.category) + 1, f"{scope.category}·"]
    if scope.year:
        conditions.append("year = ?")
        values.append(scope.year)
    return " AND ".join(conditions), values


def _run(row: Sequence[Any]) -> InspectionRun:
    id, phase, scope, scheme, started_at, finished_at, agent_name, result, results = row
    found = tuple(msgspec.json.decode(results, type=list[CheckResult]))
    return InspectionRun(id, phase, scope, scheme, started_at, finished_at, agent_name, Verdict(result), found)


def _finding(row: Sequence[Any]) -> InspectionFinding:
    run, number, code, key, severity, kind, subject_id, object, facts, visible = row
    if kind and not visible:
        # Sealed or destroyed since: what the finding called it by goes too; its sentence keeps its places.
        withheld = dict.fromkeys(msgspec.json.decode(facts), "…")
        return InspectionFinding(run, number, Fault(code, key, Severity(severity), None, "", withheld))
    subject = Subject(Kind(kind), subject_id) if kind else None
    return InspectionFinding(
        run, number, Fault(code, key, Severity(severity), subject, object, msgspec.json.decode(facts))
    )
