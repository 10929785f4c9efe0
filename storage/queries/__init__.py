"""storage/queries/__init__.py — reads.

Every method may be called from any thread and answers with the nouns of storage/records.py. `Queries` is also the
search index's feed: it says which items changed after a bookmark and gives their text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

import msgspec

from storage import journal
from storage.errors import NoSuchRecord
from storage.queries.audit import AuditReads
from storage.queries.backup import BackupReads
from storage.queries.base import ITEM, chunks, item_of, marks, unseen_pages
from storage.queries.descriptions import DescriptionReads
from storage.queries.discretion import BLIND, GONE, GONE_COUNT, SHARED, told
from storage.queries.disposal import DisposalReads
from storage.queries.drafts import DraftReads
from storage.queries.inspection import InspectionReads
from storage.queries.interchange import InterchangeReads
from storage.queries.keys import KeyReads
from storage.queries.lending import LendingReads
from storage.queries.people import PeopleReads
from storage.queries.rotation import RotationReads
from storage.queries.scheme import SchemeReads
from storage.queries.sealing import SealingReads
from storage.queries.searches import SearchReads
from storage.queries.suspension import SuspensionReads
from storage.queries.users import UserReads
from storage.queries.volumes import VolumeReads
from storage.records import (
    Arrangement,
    Arrival,
    Category,
    Counts,
    Delivery,
    Event,
    Finding,
    Fonds,
    Item,
    ItemDraft,
    Outcome,
    Package,
    PackageState,
    ReadingState,
    Receipt,
    Retention,
    SecurityClass,
    State,
    StoredObject,
)
from storage.search.index import Entry

#: The items by the event that the index last had to hear of: a change of the item, or of what it mentions (`item_by_news`).
_NEWS = "SELECT max(changed_seq, named_seq), id FROM item WHERE max(changed_seq, named_seq)"
#: What of a description is in the 档号, and therefore known for ever.
_NUMBERED = ("category", "year", "retention", "office")
_ARRIVAL = (
    "id, name, path, sha256, size_bytes, format, object_id, outcome, reason, reading, page_count, item_id, seen_at,"
    " suggestion"
)


class Queries(
    DescriptionReads,
    VolumeReads,
    SchemeReads,
    LendingReads,
    DisposalReads,
    SealingReads,
    PeopleReads,
    InspectionReads,
    InterchangeReads,
    UserReads,
    KeyReads,
    BackupReads,
    AuditReads,
    SuspensionReads,
    DraftReads,
    SearchReads,
    RotationReads,
):
    """Every read of the archive."""

    # -- the archive

    def fact(self, name: str) -> Any:
        row = self._row("SELECT value FROM fact WHERE name = ?", (name,))
        return row[0] if row else None

    def fonds(self) -> Fonds:
        row = self._row("SELECT number, name, station FROM fonds")
        if row is None:
            raise NoSuchRecord(record="fonds")
        return Fonds(*row)

    def categories(self) -> list[Category]:
        """The scheme in force, in its order; those no longer valid are left out."""
        return [
            Category(
                *row[:3], Retention(row[3]), bool(row[4]), Arrangement(row[5]), row[6], SecurityClass(row[7]), bool(row[8]),
                *row[9:],
            )
            for row in self._rows(
                "SELECT code, name, name_en, default_retention, verified, arrangement, profile, security_class, seals, guide,"
                " valid_from, valid_to FROM category WHERE valid_to = '' ORDER BY position, code"
            )
        ]

    def settings(self) -> dict[str, str]:
        return dict(self._rows("SELECT name, value FROM setting"))

    # -- what arrived

    def arrival(self, arrival_id: int) -> Arrival:
        """How a file that arrived has ended; of one whose record may not be seen no more than that."""
        row = self._row(f"SELECT {_ARRIVAL}, {BLIND}, {SHARED}, {GONE} FROM arrival WHERE id = ?", (arrival_id,))
        if row is None:
            raise NoSuchRecord(arrival=arrival_id)
        arrival = _discreet(row[:-1])
        gone = {"name": "", "path": "", "sha256": "", "item_id": None, "object_id": None, "suggestion": None}
        return replace(arrival, **gone) if row[-1] else arrival

    def arrivals(self, *outcomes: Outcome, limit: int = 200, offset: int = 0) -> list[Arrival]:
        """The newest first; of every outcome when none is named.

        Left out are papers of records that may not be seen, and copies of them that came before the record was sealed. A
        copy that comes later is listed under the name it comes with, and leads nowhere. A scan that holds a record that may
        be seen and one that may not is listed without its name.
        """
        chosen = outcomes or tuple(Outcome)
        return [
            _discreet(row)
            for row in self._rows(
                f"SELECT {_ARRIVAL}, {BLIND}, {SHARED} FROM arrival WHERE outcome IN ({marks(chosen)}) AND NOT {GONE}"
                " ORDER BY id DESC LIMIT ? OFFSET ?",
                (*(outcome.value for outcome in chosen), limit, offset),
            )
        ]

    def sealed_copy(self, arrival_id: int) -> str | None:
        """The name of the sealed file an arrival became, whatever has become of its record since."""
        row = self._row(
            "SELECT object.name FROM arrival JOIN object ON object.id = arrival.object_id WHERE arrival.id = ?", (arrival_id,)
        )
        return str(row[0]) if row else None

    def inbox(self, limit: int = 200) -> list[Arrival]:
        """Read and waiting for a person, the oldest first."""
        return [
            _arrival(row)
            for row in self._rows(
                f"SELECT {_ARRIVAL} FROM arrival WHERE outcome = ? AND reading = ? ORDER BY id LIMIT ?",
                (Outcome.WAITING.value, ReadingState.DONE.value, limit),
            )
        ]

    def reading_due(self, limit: int = 20) -> list[Arrival]:
        return [
            _arrival(row)
            for row in self._rows(
                f"SELECT {_ARRIVAL} FROM arrival WHERE outcome = ? AND reading = ? ORDER BY id LIMIT ?",
                (Outcome.WAITING.value, ReadingState.DUE.value, limit),
            )
        ]

    def arrival_of_token(self, token: str) -> int | None:
        row = self._row("SELECT id FROM arrival WHERE token = ?", (token,))
        return row[0] if row else None

    def arrival_of_source(self, path: str, modified_ns: int, sha256: str) -> int | None:
        """The arrival this very state of this file became, while its source is still to be removed.

        Once that is done, the same content in the same place is another file: somebody put it there again.
        """
        row = self._row(
            "SELECT id FROM arrival WHERE path = ? AND modified_ns = ? AND sha256 = ? AND source = 'present'",
            (path, modified_ns, sha256),
        )
        return row[0] if row else None

    def ignored(self, path: str, modified_ns: int) -> bool:
        """Whether this state of this file is already listed as ignored."""
        return bool(
            self._row(
                "SELECT 1 FROM arrival WHERE path = ? AND modified_ns = ? AND outcome = ?",
                (path, modified_ns, Outcome.IGNORED.value),
            )
        )

    def sources_present(self) -> list[tuple[int, str, int, str]]:
        """(arrival, path, modified_ns, sha256) of those whose file in the scan folder is still to be removed."""
        return [
            (id, path, modified, sha256)
            for id, path, modified, sha256 in self._rows(
                "SELECT id, path, modified_ns, sha256 FROM arrival WHERE source = 'present' ORDER BY id"
            )
        ]

    def counts(self) -> Counts:
        with self._database.snapshot() as connection:
            by_outcome = dict(connection.rows("SELECT outcome, count(*) FROM arrival GROUP BY outcome"))
            for outcome, gone in connection.rows(GONE_COUNT):
                by_outcome[outcome] -= gone
            due = connection.row(
                "SELECT count(*) FROM arrival WHERE outcome = ? AND reading = ?",
                (Outcome.WAITING.value, ReadingState.DUE.value),
            )
            by_delivery = dict(connection.rows("SELECT delivery, count(*) FROM visible_item WHERE state = 'filed' GROUP BY delivery"))
        items = sum(by_delivery.values())
        delivered = by_delivery.get(Delivery.DELIVERED.value, 0)
        return Counts(
            **{outcome.value: by_outcome.get(outcome.value, 0) for outcome in Outcome},
            reading_due=due[0] if due else 0,
            items=items,
            delivered=delivered,
            undelivered=items - delivered,
            returned=by_delivery.get(Delivery.RETURNED.value, 0),
        )

    # -- originals and pages

    def object(self, object_id: int) -> StoredObject:
        """An original. Raises NoSuchRecord also when a page of it may not be seen."""
        row = self._row(
            "SELECT id, name, sha256, sm3, size_bytes, format, original_name FROM object WHERE id = ?", (object_id,)
        )
        if row is None or self._unseen(object_id):
            raise NoSuchRecord(object=object_id)
        return StoredObject(*row)

    def object_of(self, sha256: str) -> StoredObject | None:
        """The original with this content; nameless when it may not be seen."""
        row = self._row(
            "SELECT id, name, sha256, sm3, size_bytes, format, original_name FROM object WHERE sha256 = ?", (sha256,)
        )
        if row is None:
            return None
        return StoredObject(*row[:-1], original_name="" if self._unseen(row[0]) else row[-1])

    def object_names(self) -> Iterator[str]:
        """The names of all sealed files of originals: what the archive's own check goes through."""
        last = ""
        while rows := self._rows("SELECT name FROM object WHERE name > ? ORDER BY name LIMIT 500", (last,)):
            for (last,) in rows:
                yield last

    def page_picture(self, object_id: int, number: int) -> str:
        """The name of a page's sealed picture."""
        row = self._row("SELECT picture FROM page WHERE object_id = ? AND number = ?", (object_id, number))
        if row is None or number in unseen_pages(self._database.reader(), object_id, [number]):
            raise NoSuchRecord(object=object_id, page=number)
        return str(row[0])

    def picture_names(self) -> Iterator[str]:
        for (name,) in self._rows("SELECT DISTINCT picture FROM page"):
            yield name

    # -- records

    def item(self, item_id: int) -> Item:
        found = self.items_by_id([item_id])
        if not found:
            raise NoSuchRecord(item=item_id)
        return found[item_id]

    def item_by_code(self, reference_code: str) -> Item:
        """By the code it has, or had before it was renumbered."""
        row = self._row("SELECT id FROM visible_item WHERE reference_code = ? AND reference_code <> ''", (reference_code,))
        item_id = row[0] if row else self.item_of_former_code(reference_code)
        if item_id is None:
            raise NoSuchRecord(code=reference_code)
        return self.item(item_id)

    def items_by_id(self, item_ids: Sequence[int]) -> dict[int, Item]:
        found: dict[int, Item] = {}
        for chunk in chunks(item_ids):
            documents = self._documents(chunk)
            for row in self._rows(f"SELECT {ITEM} FROM visible_item WHERE id IN ({marks(chunk)})", chunk):
                found[row[0]] = item_of(row, documents.get(row[0], ()))
        return found

    def item_of_object(self, object_id: int | None) -> int | None:
        """The item an original is filed in, if it is."""
        row = self._row("SELECT item_id FROM document JOIN visible_item ON visible_item.id = item_id WHERE object_id = ?", (object_id,))
        return int(row[0]) if row else None

    def items(
        self,
        *,
        category: str | None = None,
        year: int | None = None,
        retention: Retention | None = None,
        limit: int = -1,
        offset: int = 0,
    ) -> list[Item]:
        """Those filed by item, in the order of the register: category, year, retention, office, number. A category covers
        its children. What is filed in a volume stands in `volume_items`.
        """
        where, values = _classes(category, year, retention)
        rows = self._rows(
            f"SELECT {ITEM} FROM visible_item {where} ORDER BY category, year, retention, office, item_no LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        documents: dict[int, tuple[int, ...]] = {}
        for chunk in chunks([row[0] for row in rows]):
            documents.update(self._documents(chunk))
        return [item_of(row, documents.get(row[0], ())) for row in rows]

    def item_count(
        self, *, category: str | None = None, year: int | None = None, retention: Retention | None = None
    ) -> int:
        where, values = _classes(category, year, retention)
        row = self._row(f"SELECT count(*) FROM visible_item {where}", values)
        return int(row[0]) if row else 0

    def years(self) -> list[int]:
        return [row[0] for row in self._rows("SELECT DISTINCT year FROM visible_item ORDER BY year DESC")]

    def last_number(self, scope: Sequence[str]) -> int:
        """The last number given in (fonds, category, year, retention, office); 0 when none."""
        row = self._row("SELECT last FROM serial WHERE scope = ?", ("|".join(scope),))
        return int(row[0]) if row else 0

    def items_changed(self, after_seq: int, limit: int) -> list[tuple[int, Item]]:
        """(changed_seq, item) of filed items that changed after `after_seq`, in that order: what headquarters must learn.

        Of a sealed or destroyed item only what it is called by and what became of it: its description is empty.
        """
        rows = self._rows(
            f"SELECT changed_seq, {ITEM} FROM item WHERE changed_seq > ? AND reference_code <> ''"
            " ORDER BY changed_seq LIMIT ?",
            (after_seq, limit),
        )
        documents = self._documents([row[1] for row in rows])
        return [(row[0], _bare(item_of(row[1:], documents.get(row[1], ())))) for row in rows]

    def uuids(self, item_ids: Sequence[int]) -> dict[int, str]:
        """The lasting names of items, whatever became of them."""
        found: dict[int, str] = {}
        for chunk in chunks(item_ids):
            found |= dict(self._rows(f"SELECT id, uuid FROM item WHERE id IN ({marks(chunk)})", chunk))
        return found

    # -- the journal

    def events(self, after_seq: int = 0, limit: int = 1000) -> list[Event]:
        """The journal for people: the codes of records that may not be seen are left out of the details."""
        return told(self._database.reader(), journal.read(self._database.reader(), after_seq, limit))

    def journal_lines(self, after_seq: int, limit: int) -> list[dict[str, object]]:
        return journal.lines(self._database.reader(), after_seq, limit)

    def head(self) -> tuple[int, str]:
        return journal.head(self._database.reader())

    def verify_journal(self) -> list[Finding]:
        with self._database.snapshot() as connection:
            return list(journal.verify(connection))

    # -- headquarters

    def enrolment(self) -> dict[str, Any] | None:
        row = self._row("SELECT document FROM enrolment")
        return msgspec.json.decode(row[0]) if row else None

    def packages(self) -> list[Package]:
        """Oldest first."""
        return [
            Package(*row[:8], PackageState(row[8]), *row[9:])
            for row in self._rows(
                "SELECT id, epoch, first_seq, last_seq, previous_digest, digest, size_bytes, records, state, file_name,"
                " created_at, attempts, next_try, reason FROM package ORDER BY created_at, first_seq"
            )
        ]

    def packed_items(self, package_id: str) -> list[int]:
        return [
            row[0]
            for row in self._rows("SELECT item_id FROM packed_item WHERE package_id = ? ORDER BY item_id", (package_id,))
        ]

    def receipts(self) -> list[Receipt]:
        return [
            Receipt(*row)
            for row in self._rows("SELECT package_id, document, received_at FROM receipt ORDER BY received_at")
        ]

    # -- the search index's feed

    def changed(self, after: int, limit: int) -> tuple[int, list[tuple[int, Entry | None]]]:
        """(new bookmark, [(item, its entry or None when it is gone)]); the same bookmark when nothing is new. More than
        `limit` where one event changed what many records mention.
        """
        rows = self._rows(f"{_NEWS} > ? ORDER BY max(changed_seq, named_seq), id LIMIT ?", (after, limit))
        if not rows:
            return after, []
        if len(rows) == limit:
            last = rows[-1][0]
            rows = [row for row in rows if row[0] < last] + self._rows(f"{_NEWS} = ? ORDER BY id", (last,))
        entries = self.entries([item_id for _seq, item_id in rows])
        return rows[-1][0], [(item_id, entries.get(item_id)) for _seq, item_id in rows]

    def entries(self, item_ids: Sequence[int]) -> dict[int, Entry]:
        found = {}
        former, names = self.former_codes_of(item_ids), self.names_in(item_ids)
        for item in self.items_by_id(item_ids).values():
            # What else is said of the paper is found like a remark; so is the code it had before.
            said = (item.remarks, item.subjects, item.abstract, item.sub_title, item.parallel_title, item.document_type)
            pages = tuple(page.text for document in self.documents(item.id) for page in self.document_pages(document))
            found[item.id] = Entry(
                item_id=item.id,
                reference_code=item.reference_code,
                title=item.title,
                document_no=item.document_no,
                creator=item.creator,
                doc_date=item.doc_date,
                category=item.category,
                year=item.year,
                retention=item.retention.value,
                remarks="\n".join(filter(None, (*said, *former.get(item.id, ())))),
                pages=pages,
                security_class=item.security_class.value,
                state=item.state.value,
                names=names.get(item.id, ()),
            )
        return found

    def gone(self, after: int) -> list[int]:
        """What may not be found any more since that bookmark, though the index has not taken it up yet."""
        sql = "SELECT id FROM item WHERE changed_seq > ? AND (sealed = 1 OR state IN ('destroyed', 'merged'))"
        return [row[0] for row in self._rows(sql, (after,))]

    def category_names(self) -> list[tuple[str, str]]:
        """(code, name) in either language."""
        return [(code, name) for code, *names in self._rows("SELECT code, name, name_en FROM category ORDER BY position, code") for name in names]

    def count(self) -> int:
        row = self._row("SELECT count(*) FROM visible_item")
        return int(row[0])

    # -- inside

    def _unseen(self, object_id: int) -> set[int]:
        numbers = [row[0] for row in self._rows("SELECT number FROM page WHERE object_id = ?", (object_id,))]
        # An original whose pages were never read has none: then it counts as one page.
        return unseen_pages(self._database.reader(), object_id, numbers or [1])

    def _documents(self, item_ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
        found: dict[int, tuple[int, ...]] = {}
        for chunk in chunks(item_ids):
            for item_id, object_id in self._rows(
                f"SELECT item_id, object_id FROM document WHERE item_id IN ({marks(chunk)}) AND superseded_seq = 0"
                " ORDER BY item_id, position",
                chunk,
            ):
                if object_id not in found.get(item_id, ()):
                    found[item_id] = (*found.get(item_id, ()), object_id)
        return found


def _classes(category: str | None, year: int | None, retention: Retention | None) -> tuple[str, list[Any]]:
    conditions, values = ["volume_id IS NULL"], []
    if category:
        conditions.append("(category = ? OR substr(category, 1, ?) = ?)")
        values += [category, len(category) + 1, f"{category}·"]
    if year:
        conditions.append("year = ?")
        values.append(year)
    if retention:
        conditions.append("retention = ?")
        values.append(retention.value)
    return "WHERE " + " AND ".join(conditions), values


def _bare(item: Item) -> Item:
    """The item itself while it may be seen; else without anything that describes it."""
    if not item.sealed and item.state is State.FILED:
        return item
    empty = {field.name: field.default for field in fields(ItemDraft) if field.name not in _NUMBERED}
    return replace(item, **empty, object_ids=(), page_from=0, page_to=0, box_no="", place_id=None)


def _arrival(row: Sequence[Any]) -> Arrival:
    id, name, path, sha256, size, format, object_id, outcome, reason, reading, pages, item_id, seen_at, suggestion = row
    return Arrival(
        id,
        name,
        path,
        sha256,
        size,
        format,
        object_id,
        Outcome(outcome),
        reason,
        ReadingState(reading),
        pages,
        item_id,
        seen_at,
        msgspec.json.decode(suggestion, type=ItemDraft) if suggestion else None,
    )


def _discreet(row: Sequence[Any]) -> Arrival:
    """An arrival out of its columns, BLIND and SHARED."""
    *columns, blind, shared = row
    arrival = _arrival(columns)
    if blind:
        return replace(arrival, object_id=None)
    return replace(arrival, name="", path="", sha256="", suggestion=None) if shared else arrival
