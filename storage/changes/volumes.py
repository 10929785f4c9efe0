"""storage/changes/volumes.py — volumes, their order, filing them: the events that change them.

Held here, in the transaction that changes anything: an item stands in exactly one volume, at positions 1..n without gaps,
with page numbers that run from 1 through the book; what is filed is not rearranged; numbers are given without gaps. The
class of an item (category, year, retention, office) is that of its volume.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence, Set
from dataclasses import fields
from enum import StrEnum
from typing import cast

import msgspec

from storage import journal
from storage.changes.base import Writing, now
from storage.changes.descriptions import description_columns
from storage.connection import Connection, Database
from storage.errors import Known, NoSuchRecord
from storage.queries import Queries
from storage.queries.volumes import COLUMNS, volume_of
from storage.records import Delivery, ItemDraft, Kind, Outcome, State, Subject
from storage.records.volumes import NUMBERED, Volume, VolumeDraft

_CLASS = ("category", "year", "retention", "office")


class VolumeFrozen(Known):
    """The volume is filed: its items, their order and their numbers stay. Facts: volume."""

    number = 145


class OrderStale(Known):
    """The order does not name exactly the items of the volume: somebody changed it meanwhile. Facts: volume."""

    number = 146


class VolumeEmpty(Known):
    """A volume without an item is not filed. Facts: volume."""

    number = 147


class VolumeNumbered(Known):
    """A part of the 档号 of a filed volume was to be changed. Facts: volume, field."""

    number = 148


class VolumeNotEmpty(Known):
    """A volume with papers in it, sealed ones too, is not withdrawn. Facts: volume."""

    number = 149


class _Within:
    """The open transaction in the place of a database, for reads that must see what it has written."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def reader(self) -> Connection:
        return self._connection


class VolumeChanges(Writing):
    """Volumes, their order, filing them."""

    @property
    def within(self) -> Queries:
        """The reads of the archive as this transaction sees it: what is filed and sealed in one act can still be printed."""
        return Queries(cast(Database, _Within(self._connection)))

    def open_volume(self, draft: VolumeDraft, fonds: str) -> int:
        """A volume that papers are collected in. It has no number yet. Returns its id."""
        volume_id = self._insert(
            "volume",
            **volume_columns(draft),
            uuid=uuid.uuid4().hex,
            reference_code="",
            fonds=fonds,
            volume_no=0,
            book_no=1,
            book_total=1,
            state=State.OPEN.value,
            opened_at=now(),
            opened_by=self._agent.name,
            filed_at="",
            filed_by="",
            changed_seq=journal.head(self._connection)[0] + 1,
        )
        self._note_volume("open_volume", volume_id)
        return volume_id

    def describe_volume(self, volume_id: int, draft: VolumeDraft, reason: str) -> None:
        """Another description. Of a filed volume the former one is kept, and what its number is made of stays.

        Its items are renewed with it. Raises VolumeNumbered.
        """
        volume = self._volume(volume_id)
        former = volume.draft
        moved = [name for name in NUMBERED if getattr(former, name) != getattr(draft, name)]
        if moved and not volume.open:
            raise VolumeNumbered(volume=volume_id, field=moved[0])
        columns = volume_columns(draft)
        settings = ", ".join(f"{name} = ?" for name in columns)
        self._touch(f"UPDATE volume SET {settings} WHERE id = ?", (*columns.values(), volume_id))
        if moved or not volume.open:
            for item_id in self._items(volume_id):
                self.follow_volume(item_id)
        seq = self._note_volume("describe_volume", volume_id)
        if former.case_no != draft.case_no:
            self._mention_anew(seq, [Subject(Kind.VOLUME, volume_id)])
        if not volume.open:
            self._keep_version(volume_id, former, reason, seq)

    def follow_volume(self, item_id: int) -> None:
        """An item takes over what its volume now says of it; the index and headquarters follow."""
        volume_id = self._volume_of_item(item_id)
        self._take_class(item_id, volume_id)
        self._note_item("follow_volume", item_id, volume=volume_id)

    def view_volume(self, volume_id: int) -> None:
        self._volume(volume_id)
        self._note("view_volume", Subject(Kind.VOLUME, volume_id))

    def file_into(self, arrival_id: int, draft: ItemDraft, volume_id: int) -> int:
        """The paper becomes the last item of an open volume, without a number yet. Returns the item's id."""
        volume = self._open(volume_id)
        row = self._connection.row(
            "SELECT object_id FROM arrival WHERE id = ? AND outcome = ?", (arrival_id, Outcome.WAITING.value)
        )
        if row is None:
            raise NoSuchRecord(arrival=arrival_id)
        item_id = self._insert(
            "item",
            **description_columns(draft)
            | {
                "uuid": uuid.uuid4().hex,
                "reference_code": "",
                "fonds": volume.fonds,
                "item_no": 0,
                "volume_id": volume_id,
                "position": len(self._items(volume_id)) + 1,
                "state": State.OPEN.value,
                "filed_at": now(),
                "filed_by": self._agent.name,
                "delivery": Delivery.LOCAL.value,
                "changed_seq": journal.head(self._connection)[0] + 1,
            },
        )
        self._take_class(item_id, volume_id)
        self._insert("document", item_id=item_id, position=1, object_id=row[0])
        self._connection.execute(
            "UPDATE arrival SET outcome = ?, item_id = ? WHERE id = ?", (Outcome.FILED.value, item_id, arrival_id)
        )
        self._place(self._items(volume_id))
        seq = self._note_item("file_into", item_id, arrival=arrival_id, volume=volume_id)
        self._moved(volume_id, seq)
        return item_id

    def order_volume(self, volume_id: int, item_ids: Sequence[int]) -> None:
        """The items of an open volume in this order. Raises OrderStale unless they are exactly its items."""
        self._open(volume_id)
        self._place(self._exactly(volume_id, item_ids))
        self._note_volume("order_volume", volume_id, items=len(item_ids))

    def move_item(self, item_id: int, volume_id: int) -> None:
        """An item of one open volume becomes the last of another open one."""
        source = self._volume_of_item(item_id)
        self._open(source)
        self._open(volume_id)
        self._hand_over(item_id, volume_id)
        for changed in (source, volume_id):
            self._place(self._items(changed))
        seq = self._note_item("move_item", item_id, source=source, volume=volume_id)
        self._moved(source, seq)
        self._moved(volume_id, seq)

    def number_pages(self, volume_id: int) -> int:
        """Page numbers anew, after page counts were corrected. Returns how many pages the volume has."""
        self._open(volume_id)
        pages = self._place(self._items(volume_id))
        self._note_volume("number_pages", volume_id, pages=pages)
        return pages

    def split_volume(self, volume_id: int, books: Sequence[Sequence[int]]) -> list[int]:
        """An open volume becomes several books (册), each a volume of its own with the same description.

        `books` are its items in order; the first book stays where it is. Returns the ids of these books. Raises
        VolumeFrozen when a book of the same set is filed, OrderStale, VolumeEmpty.
        """
        volume = self._open(volume_id)
        self._exactly(volume_id, [item_id for book in books for item_id in book])
        if not all(books):
            raise VolumeEmpty(volume=volume_id)
        first = volume.first_book or volume_id
        others = self._connection.rows(
            "SELECT id, state FROM volume WHERE first_book = ? AND id <> ? AND state <> ? ORDER BY book_no",
            (first, volume_id, State.MERGED.value),
        )
        if any(state != State.OPEN.value for _id, state in others):
            raise VolumeFrozen(volume=first)
        made = [volume_id]
        for book in books[1:]:
            made.append(self._copy(volume_id))
            for item_id in book:
                self._hand_over(item_id, made[-1])
                self._note_item("move_item", item_id, source=volume_id, volume=made[-1])
        for book_id in made:
            self._place(self._items(book_id))
        before = [id for id, _state in others if self._book_no(id) < volume.book_no]
        after = [id for id, _state in others if self._book_no(id) > volume.book_no]
        self._number_books(first, [*before, *made, *after])
        for book_id in made[1:]:
            self._note_volume("open_volume", book_id, source=volume_id)
        self._note_volume("split_volume", volume_id, books=len(made))
        return made

    def join_volume(self, volume_id: int, into_id: int) -> None:
        """The items of an open volume go to the end of another open one; the volume itself is no more."""
        volume, target = self._open(volume_id), self._open(into_id)
        if volume_id == into_id:
            raise OrderStale(volume=volume_id)
        items = self._items(volume_id)
        for item_id in items:
            self._hand_over(item_id, into_id)
            self._note_item("move_item", item_id, source=volume_id, volume=into_id)
        self._place(self._items(into_id))
        self._end_volume(volume_id, {volume.first_book, target.first_book})
        seq = self._note_volume("join_volume", volume_id, into=into_id, items=len(items))
        self._moved(into_id, seq)

    def withdraw_volume(self, volume_id: int) -> None:
        """An open volume without a paper, opened by mistake, is no more. It never had a number, so none is missing.

        Raises VolumeFrozen, VolumeNotEmpty.
        """
        volume = self._open(volume_id)
        if self._items(volume_id):
            raise VolumeNotEmpty(volume=volume_id)
        self._end_volume(volume_id, {volume.first_book})
        self._note_volume("withdraw_volume", volume_id)

    def file_volume(
        self,
        volume_id: int,
        scope: Callable[[Volume], tuple[str, ...]],
        code: Callable[[Volume, int], str],
        item_code: Callable[[str, int], str],
    ) -> str:
        """The volume and its items get their numbers and are frozen. Returns the volume's 档号.

        `scope` is the class whose numbers run without gaps, `code` composes the 档号 of the number allocated here,
        `item_code` that of the item at a position.
        """
        volume = self._open(volume_id)
        items = self._items(volume_id)
        if not items:
            raise VolumeEmpty(volume=volume_id)
        pages = self._place(items)
        number = self._next_number(scope(volume))
        reference_code, at = code(volume, number), now()
        self._touch(
            "UPDATE volume SET volume_no = ?, reference_code = ?, state = ?, filed_at = ?, filed_by = ? WHERE id = ?",
            (number, reference_code, State.FILED.value, at, self._agent.name, volume_id),
        )
        for position, item_id in enumerate(items, 1):
            own = item_code(reference_code, position)
            self._take_class(item_id, volume_id)
            self._touch(
                "UPDATE item SET item_no = ?, reference_code = ?, state = ?, filed_at = ?, filed_by = ? WHERE id = ?",
                (position, own, State.FILED.value, at, self._agent.name, item_id),
            )
            self._note_item("file", item_id, volume=volume_id, reference_code=own)
        self._note_volume(
            "file_volume", volume_id, reference_code=reference_code, items=len(items), pages=pages,
            book=volume.book_no, books=volume.book_total,
        )  # fmt: skip
        return reference_code

    # -- inside

    def _volume(self, volume_id: int) -> Volume:
        row = self._connection.row(f"SELECT {', '.join(COLUMNS)}, 0, 0 FROM visible_volume WHERE id = ?", (volume_id,))
        if row is None:
            raise NoSuchRecord(volume=volume_id)
        return volume_of(row)

    def _open(self, volume_id: int) -> Volume:
        volume = self._volume(volume_id)
        if not volume.open:
            raise VolumeFrozen(volume=volume_id)
        return volume

    def _items(self, volume_id: int) -> list[int]:
        """The volume's items in order, the sealed ones too: they keep their place and their number."""
        rows = self._connection.rows(
            "SELECT id FROM item WHERE volume_id = ? AND state IN ('open', 'filed') ORDER BY position, id", (volume_id,)
        )
        return [row[0] for row in rows]

    def _exactly(self, volume_id: int, item_ids: Sequence[int]) -> list[int]:
        """The whole order out of the items a person can see; those that are sealed go last. Raises OrderStale."""
        everything = self._items(volume_id)
        seen = {row[0] for row in self._connection.rows("SELECT id FROM visible_item WHERE volume_id = ?", (volume_id,))}
        if len(item_ids) != len(seen) or set(item_ids) != seen:
            raise OrderStale(volume=volume_id)
        return [*item_ids, *(item_id for item_id in everything if item_id not in seen)]

    def _volume_of_item(self, item_id: int) -> int:
        row = self._connection.row("SELECT volume_id FROM visible_item WHERE id = ?", (item_id,))
        if row is None or row[0] is None:
            raise NoSuchRecord(item=item_id)
        return int(row[0])

    def _place(self, item_ids: Sequence[int]) -> int:
        """Positions from 1, and the pages they make. Returns how many pages."""
        page = 0
        for position, item_id in enumerate(item_ids, 1):
            row = self._connection.row("SELECT page_count FROM item WHERE id = ?", (item_id,))
            count = int(row[0]) if row else 0
            self._touch(
                "UPDATE item SET position = ?, page_from = ?, page_to = ? WHERE id = ?",
                (position, page + 1 if count else 0, page + count if count else 0, item_id),
            )
            page += count
        return page

    def _hand_over(self, item_id: int, volume_id: int) -> None:
        """To the end of another volume; both still have to be placed anew."""
        position = len(self._items(volume_id)) + 1
        self._touch("UPDATE item SET volume_id = ?, position = ? WHERE id = ?", (volume_id, position, item_id))
        self._take_class(item_id, volume_id)

    def _take_class(self, item_id: int, volume_id: int) -> None:
        columns = ", ".join(_CLASS)
        self._touch(
            f"UPDATE item SET ({columns}) = (SELECT {columns} FROM volume WHERE id = ?) WHERE id = ?", (volume_id, item_id)
        )

    def _copy(self, volume_id: int) -> int:
        """Another book of the same volume."""
        own = {"id": None, "uuid": uuid.uuid4().hex, "opened_at": now(), "opened_by": self._agent.name}
        shown = ", ".join("?" if name in own else name for name in COLUMNS)
        cursor = self._connection.execute(
            f"INSERT INTO volume ({', '.join(COLUMNS)}) SELECT {shown} FROM volume WHERE id = ?",
            (*(own[name] for name in COLUMNS if name in own), volume_id),
        )
        return int(cursor.lastrowid)

    def _end_volume(self, volume_id: int, first_books: Set[int | None]) -> None:
        """The volume is no more; the books that stay are numbered anew. Its row stays, as of everything that ever was."""
        self._touch("UPDATE volume SET state = ? WHERE id = ?", (State.MERGED.value, volume_id))
        for first in first_books:
            if first:
                left = self._connection.rows(
                    "SELECT id FROM volume WHERE first_book = ? AND state <> ? ORDER BY book_no", (first, State.MERGED.value)
                )
                self._number_books(first, [row[0] for row in left])

    def _book_no(self, volume_id: int) -> int:
        row = self._connection.row("SELECT book_no FROM volume WHERE id = ?", (volume_id,))
        assert row is not None
        return int(row[0])

    def _number_books(self, first: int, volume_ids: Sequence[int]) -> None:
        for number, volume_id in enumerate(volume_ids, 1):
            place = (first, number, len(volume_ids))
            moved = self._connection.row(
                "UPDATE volume SET (first_book, book_no, book_total) = (?, ?, ?) WHERE id = ?"
                " AND (first_book, book_no, book_total) IS NOT (?, ?, ?) RETURNING state",
                (*place, volume_id, *place),
            )
            if moved and moved[0] == State.FILED.value:
                self._note_volume("describe_volume", volume_id, book=number, books=len(volume_ids))

    def _keep_version(self, volume_id: int, former: VolumeDraft, reason: str, seq: int) -> None:
        row = self._connection.row(
            "SELECT coalesce(max(number), 0) + 1 FROM version WHERE kind = ? AND subject_id = ?",
            (Kind.VOLUME.value, volume_id),
        )
        assert row is not None
        self._insert(
            "version", kind=Kind.VOLUME.value, subject_id=volume_id, number=row[0], reason=reason, at=now(),
            description=msgspec.json.encode(former).decode(), agent_name=self._agent.name, event_seq=seq,
        )  # fmt: skip

    def _moved(self, volume_id: int, seq: int) -> None:
        self._touch("UPDATE volume SET changed_seq = ? WHERE id = ?", (seq, volume_id))


def volume_columns(draft: VolumeDraft) -> dict[str, object]:
    """A description as the columns of a volume."""
    values = {field.name: getattr(draft, field.name) for field in fields(draft)}
    return {name: value.value if isinstance(value, StrEnum) else value for name, value in values.items()}
