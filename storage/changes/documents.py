"""storage/changes/documents.py — the files of an item: added, replaced, put in order, divided among items: their events.

Held here, in the transaction that changes anything: every file and page that belonged to an item before belongs to exactly
one item afterwards; a file that is replaced is kept; a number once given is not given up, so only items without one merge.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from storage import journal
from storage.changes.base import Writing, now
from storage.errors import Known, NoSuchRecord
from storage.records import Delivery, Document, ItemDraft, Kind, Outcome, ReadingState, State
from storage.records.descriptions import ATTACHMENT, MAIN, NUMBERED, Part

_FIELDS = tuple(field.name for field in fields(ItemDraft))


class ChangedMeanwhile(Known):
    """Somebody changed the record after this person saw it. Facts: record."""

    number = 140


class PagesDoNotAdd(Known):
    """Files or pages were named that do not belong there, or some were left out. Facts: record."""

    number = 142


class NumberStands(Known):
    """The record's number does not permit this. Facts: record, and as reason a word of the wording."""

    number = 144


@dataclass(frozen=True, slots=True)
class Held:
    """An item as it stands inside the transaction."""

    id: int
    state: State
    changed_seq: int
    volume_id: int | None
    reference_code: str
    item_no: int
    fonds: str
    draft: ItemDraft

    @property
    def name(self) -> str:
        return self.reference_code or f"#{self.id}"


class DocumentChanges(Writing):
    """The files of an item."""

    if TYPE_CHECKING:  # of the volumes' room: whoever changes what a volume holds has its places set anew

        def _items(self, volume_id: int) -> list[int]: ...
        def _place(self, item_ids: Sequence[int]) -> int: ...
        def _moved(self, volume_id: int, seq: int) -> None: ...

    def add_document(self, item_id: int, arrival_id: int, role: str = ATTACHMENT) -> int:
        """A waiting arrival becomes a further file of an item. Returns the document's id. Raises NoSuchRecord."""
        self._held(item_id)
        object_id = self._waiting(arrival_id)
        document_id = self._append(item_id, object_id, role, None)
        self._settle(arrival_id, item_id)
        self._note_item("add_document", item_id, arrival=arrival_id, document=document_id, object=object_id)
        return document_id

    def replace_document(self, document_id: int, arrival_id: int) -> int:
        """A better scan in the place of a file; the former one is kept, superseded. Returns the new document's id."""
        document = self._document(document_id)
        object_id = self._waiting(arrival_id)
        new = self._insert(
            "document", item_id=document.item_id, position=document.position, object_id=object_id, role=document.role
        )
        self._settle(arrival_id, document.item_id)
        seq = journal.head(self._connection)[0] + 1
        self._touch("UPDATE document SET superseded_seq = ? WHERE id = ?", (seq, document_id))
        self._note_item(
            "replace_document", document.item_id, arrival=arrival_id, document=new, former=document_id, object=object_id
        )
        return new

    def order_documents(self, item_id: int, order: Sequence[tuple[int, str]]) -> None:
        """The files of an item in this order, each with its role. Raises PagesDoNotAdd unless they are exactly its files."""
        held = self._held(item_id)
        if sorted(id for id, _role in order) != sorted(document.id for document in self._documents_of(item_id)):
            raise PagesDoNotAdd(record=held.name)
        for position, (document_id, role) in enumerate(order, 1):
            self._touch("UPDATE document SET position = ?, role = ? WHERE id = ?", (position, role, document_id))
        self._note_item("order_documents", item_id, documents=[id for id, _role in order])

    def order_pages(self, document_id: int, pages: Sequence[int]) -> None:
        """The pages of a file in this order. Raises PagesDoNotAdd unless they are exactly its pages."""
        document = self._document(document_id)
        if sorted(pages) != sorted(self._pages(document)):
            raise PagesDoNotAdd(record=self._held(document.item_id).name)
        self._show_pages(document_id, document.object_id, pages)
        self._note_item("order_pages", document.item_id, document=document_id, pages=list(pages))

    # -- one becomes several, several become one

    def split_arrival(
        self,
        arrival_id: int,
        parts: Sequence[Part],
        fonds: str,
        scope: Callable[[ItemDraft], tuple[str, ...]],
        compose: Callable[[ItemDraft, int], str],
    ) -> list[int]:
        """A waiting arrival that holds several papers becomes as many items, each with its pages. Returns their ids.

        Raises PagesDoNotAdd unless every page goes to exactly one of them.
        """
        object_id = self._waiting(arrival_id)
        dealt = sorted(page for part in parts for page in part.pages)
        if not parts or not all(part.pages for part in parts) or dealt != self._pages_read(object_id):
            raise PagesDoNotAdd(record=f"#{arrival_id}")
        made = []
        for part in parts:
            number = self._next_number(scope(part.draft))
            code = compose(part.draft, number)
            item_id = self._describe(part.draft, fonds=fonds, reference_code=code, item_no=number)
            document_id = self._append(item_id, object_id, MAIN, None)
            self._show_pages(document_id, object_id, part.pages)
            self._note_item("file", item_id, arrival=arrival_id, reference_code=code)
            made.append(item_id)
        self._settle(arrival_id, made[0])
        self._note("split_arrival", f"arrival:{arrival_id}", items=made)
        return made

    def split_item(
        self,
        item_id: int,
        taken: Mapping[int, Sequence[int] | None],
        draft: ItemDraft,
        scope: Sequence[str],
        compose: Callable[[int], str],
        seen: int,
    ) -> int:
        """Files (None: whole) or pages of an item become a new item of the same series, with the next number; in an open
        volume without one, and last. Returns the new item's id.

        Raises ChangedMeanwhile; PagesDoNotAdd when they are not the item's, or nothing would be left to it; NumberStands in a
        filed volume.
        """
        held = self._held(item_id, seen)
        if held.volume_id is not None and held.state is State.FILED:
            raise NumberStands(record=held.name, reason="volume_is_filed")
        if any(getattr(draft, name) != getattr(held.draft, name) for name in NUMBERED):
            raise NumberStands(record=held.name, reason="other_series")
        owned = {document.id: document for document in self._documents_of(item_id)}
        if not taken or not taken.keys() <= owned.keys():
            raise PagesDoNotAdd(record=held.name)
        if held.volume_id is None:
            number = self._next_number(tuple(scope))
            place = {"reference_code": compose(number), "item_no": number}
        else:
            place = {"reference_code": "", "item_no": 0, "volume_id": held.volume_id, "state": State.OPEN.value,
                     "position": len(self._items(held.volume_id)) + 1}  # fmt: skip
        new = self._describe(draft, fonds=held.fonds, **place)
        for document_id, pages in taken.items():
            self._take_pages(held, owned[document_id], pages, new)
        if not self._documents_of(item_id):
            raise PagesDoNotAdd(record=held.name)
        self._note_item(
            "describe" if held.volume_id else "file", new, source=item_id, reference_code=place["reference_code"]
        )
        seq = self._note_item("split_item", item_id, made=new)
        if held.volume_id:
            self._place(self._items(held.volume_id))
            self._moved(held.volume_id, seq)
        return new

    def merge(self, source_id: int, target_id: int, reason: str, seen: tuple[int, int]) -> None:
        """The files of an item without a number become further files of another one in the same open volume; what the
        papers say of persons goes with them. The former item stays as an empty tombstone, its description as a version.

        `seen` are the `changed_seq` of both. Raises ChangedMeanwhile; NumberStands when one has a number (it would be a gap)
        or they do not stand in the same volume, or the source is held.
        """
        source, target = self._held(source_id, seen[0]), self._held(target_id, seen[1])
        for one in (source, target):
            if one.item_no or one.volume_id is None or one.state is not State.OPEN:
                raise NumberStands(record=one.name, reason="numbered_already")
        if source.volume_id != target.volume_id or source_id == target_id:
            raise NumberStands(record=source.name, reason="other_volume")
        if self._connection.row(
            "SELECT 1 FROM hold WHERE kind = ? AND subject_id = ? AND lifted_at = ''", (Kind.ITEM.value, source_id)
        ):
            raise NumberStands(record=source.name, reason="held")
        assert source.volume_id is not None
        last = self._last_position(target_id)
        self._connection.execute(
            "UPDATE document SET item_id = ?, position = position + ? WHERE item_id = ?", (target_id, last, source_id)
        )
        self._connection.execute("UPDATE arrival SET item_id = ? WHERE item_id = ?", (target_id, source_id))
        for sql in (
            "UPDATE OR IGNORE mention SET subject_id = ? WHERE kind = 'item' AND subject_id = ?",
            "UPDATE disclosure SET subject_id = ? WHERE kind = 'item' AND subject_id = ?",
            "UPDATE OR IGNORE relation SET from_id = ? WHERE from_kind = 'item' AND from_id = ?",
            "UPDATE OR IGNORE relation SET to_id = ? WHERE to_kind = 'item' AND to_id = ?",
        ):
            self._connection.execute(sql, (target_id, source_id))
        self._connection.execute("DELETE FROM relation WHERE from_kind = to_kind AND from_id = to_id")
        for table in ("mention", "version"):
            self._connection.execute(f"DELETE FROM {table} WHERE kind = 'item' AND subject_id = ?", (source_id,))
        # The tombstone says nothing: what is destroyed with the other item later must not live on in it.
        empty = description_columns(ItemDraft()).items() - description_columns(source.draft).items()
        columns = {name: value for name, value in empty if name not in NUMBERED} | {"state": State.MERGED.value}
        settings = ", ".join(f"{name} = ?" for name in columns)
        self._touch(f"UPDATE item SET {settings} WHERE id = ?", (*columns.values(), source_id))
        self._place(self._items(source.volume_id))
        self._note_item("order_documents", target_id, documents=[one.id for one in self._documents_of(target_id)])
        seq = self._note_item("merge", source_id, into=target_id)
        self._keep_former(target_id, source.draft, reason, seq)
        self._moved(source.volume_id, seq)

    # -- inside

    def _describe(self, draft: ItemDraft, **place: object) -> int:
        """A new item row under this description; the caller writes its event."""
        return self._insert(
            "item",
            **description_columns(draft),
            uuid=uuid.uuid4().hex,
            filed_at=now(),
            filed_by=self._agent.name,
            delivery=Delivery.LOCAL.value,
            changed_seq=journal.head(self._connection)[0] + 1,
            **place,
        )

    def _held(self, item_id: int, seen: int | None = None, state: State | None = None) -> Held:
        """An item that can be seen, as it was `seen`. Raises NoSuchRecord, ChangedMeanwhile."""
        row = self._connection.row(
            f"SELECT id, state, changed_seq, volume_id, reference_code, item_no, fonds, {', '.join(_FIELDS)}"
            " FROM visible_item WHERE id = ?",
            (item_id,),
        )
        if row is None:
            raise NoSuchRecord(item=item_id)
        draft = msgspec.convert(dict(zip(_FIELDS, row[7:], strict=True)), ItemDraft)
        id, state_now, changed_seq, volume_id, code, item_no, fonds = row[:7]
        held = Held(id, State(state_now), changed_seq, volume_id, code, item_no, fonds, draft)
        if seen is not None and held.changed_seq != seen:
            raise ChangedMeanwhile(record=held.name)
        if state is not None and held.state is not state:
            raise NoSuchRecord(item=item_id)
        return held

    def _keep_former(self, item_id: int, former: ItemDraft, reason: str, seq: int, bulk_id: int | None = None) -> None:
        """What the description was until the event `seq`."""
        row = self._connection.row(
            "SELECT coalesce(max(number), 0) + 1 FROM version WHERE kind = ? AND subject_id = ?", (Kind.ITEM.value, item_id)
        )
        assert row is not None
        self._insert(
            "version",
            kind=Kind.ITEM.value,
            subject_id=item_id,
            number=row[0],
            description=msgspec.json.encode(former).decode(),
            reason=reason,
            at=now(),
            agent_name=self._agent.name,
            event_seq=seq,
            bulk_id=bulk_id,
        )

    def _waiting(self, arrival_id: int) -> int:
        """The original of an arrival that was read and waits. Raises NoSuchRecord: what is not read would never be found."""
        row = self._connection.row(
            "SELECT object_id FROM arrival WHERE id = ? AND outcome = ? AND reading <> ?",
            (arrival_id, Outcome.WAITING.value, ReadingState.DUE.value),
        )
        if row is None:
            raise NoSuchRecord(arrival=arrival_id)
        return int(row[0])

    def _settle(self, arrival_id: int, item_id: int) -> None:
        """The arrival has ended in this item; twice in one act is once too often."""
        self._touch(
            f"UPDATE arrival SET outcome = '{Outcome.FILED.value}', item_id = ? WHERE outcome = ? AND id = ?",
            (item_id, Outcome.WAITING.value, arrival_id),
        )

    def _document(self, document_id: int) -> Document:
        """A file in force of an item that can be seen."""
        row = self._connection.row(
            "SELECT id, item_id, position, object_id, role, pages FROM document WHERE id = ? AND superseded_seq = 0"
            " AND item_id IN (SELECT id FROM visible_item)",
            (document_id,),
        )
        if row is None:
            raise NoSuchRecord(document=document_id)
        return _document_of(row)

    def _documents_of(self, item_id: int) -> list[Document]:
        rows = self._connection.rows(
            "SELECT id, item_id, position, object_id, role, pages FROM document WHERE item_id = ? AND superseded_seq = 0"
            " ORDER BY position, id",
            (item_id,),
        )
        return [_document_of(row) for row in rows]

    def _append(self, item_id: int, object_id: int, role: str, pages: str | None) -> int:
        position = self._last_position(item_id) + 1
        return self._insert("document", item_id=item_id, position=position, object_id=object_id, role=role, pages=pages)

    def _last_position(self, item_id: int) -> int:
        row = self._connection.row("SELECT coalesce(max(position), 0) FROM document WHERE item_id = ?", (item_id,))
        assert row is not None
        return int(row[0])

    def _pages_read(self, object_id: int) -> list[int]:
        return [
            row[0]
            for row in self._connection.rows("SELECT number FROM page WHERE object_id = ? ORDER BY number", (object_id,))
        ]

    def _pages(self, document: Document) -> list[int]:
        return self._pages_read(document.object_id) if document.pages is None else list(document.pages)

    def _show_pages(self, document_id: int, object_id: int, pages: Sequence[int]) -> None:
        whole = list(pages) == self._pages_read(object_id)
        kept = None if whole else msgspec.json.encode(list(pages)).decode()
        self._touch("UPDATE document SET pages = ? WHERE id = ?", (kept, document_id))

    def _take_pages(self, held: Held, document: Document, pages: Sequence[int] | None, item_id: int) -> None:
        """A file, or some of its pages, goes over to another item."""
        owned = self._pages(document)
        if pages is not None and (not pages or len(set(pages)) != len(pages) or not set(pages) <= set(owned)):
            raise PagesDoNotAdd(record=held.name)
        if pages is None or len(pages) == len(owned):
            position = self._last_position(item_id) + 1
            self._touch("UPDATE document SET item_id = ?, position = ? WHERE id = ?", (item_id, position, document.id))
            if pages is not None:
                self._show_pages(document.id, document.object_id, pages)
            return
        new = self._append(item_id, document.object_id, document.role, None)
        self._show_pages(new, document.object_id, pages)
        self._show_pages(document.id, document.object_id, [page for page in owned if page not in set(pages)])


def _document_of(row: Sequence[object]) -> Document:
    id, item_id, position, object_id, role, pages = row
    kept = tuple(msgspec.json.decode(str(pages))) if pages else None
    return Document(id, item_id, position, object_id, role, kept)  # type: ignore[arg-type]


def description_columns(draft: ItemDraft) -> dict[str, object]:
    """A description as the columns of an item."""
    values = {field.name: getattr(draft, field.name) for field in fields(draft)}
    return {name: value.value if isinstance(value, StrEnum) else value for name, value in values.items()}


def description_digest(draft: ItemDraft) -> str:
    """What an event says of a description: never its content."""
    return hashlib.sha256(msgspec.json.encode(draft)).hexdigest()
