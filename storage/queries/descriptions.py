"""storage/queries/descriptions.py — versions, files of an item, bulk edits, templates, former codes: the reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

import msgspec

from storage.errors import NoSuchRecord
from storage.queries.base import Reading, chunks, marks, unseen_pages
from storage.records import Document, Item, ItemDraft, Line, PageText, Retention, State
from storage.records.descriptions import Bulk, Described, FormerCode, Template, Version

_FIELDS = tuple(field.name for field in fields(ItemDraft))


class DescriptionReads(Reading):
    """Versions, files of an item, bulk edits, templates, former codes."""

    if TYPE_CHECKING:

        def item(self, item_id: int) -> Item: ...

    # -- what a description was

    def versions(self, item_id: int) -> list[Version]:
        """The descriptions an item had, the oldest first; nothing of one that cannot be seen."""
        return [
            Version(number, msgspec.json.decode(description, type=ItemDraft), *rest)
            for number, description, *rest in self._rows(
                "SELECT number, description, version.reason, version.at, version.agent_name, event.type, bulk_id FROM version"
                " JOIN visible_item ON visible_item.id = subject_id JOIN event ON event.seq = event_seq"
                " WHERE kind = 'item' AND subject_id = ? ORDER BY number",
                (item_id,),
            )
        ]

    def former_codes(self, item_id: int) -> list[FormerCode]:
        """The codes an item had before, the oldest first."""
        return [
            FormerCode(*row)
            for row in self._rows(
                "SELECT former_code.reference_code, reason, at, agent_name FROM former_code"
                " JOIN visible_item ON visible_item.id = subject_id WHERE kind = 'item' AND subject_id = ?"
                " ORDER BY former_code.id",
                (item_id,),
            )
        ]

    def former_codes_of(self, item_ids: Sequence[int]) -> dict[int, list[str]]:
        """The codes these items had before, of those that had any."""
        found: dict[int, list[str]] = {}
        for chunk in chunks(item_ids):
            for item_id, code in self._rows(
                "SELECT subject_id, former_code.reference_code FROM former_code"
                " JOIN visible_item ON visible_item.id = subject_id"
                f" WHERE kind = 'item' AND subject_id IN ({marks(chunk)}) ORDER BY former_code.id",
                chunk,
            ):
                found.setdefault(item_id, []).append(code)
        return found

    def item_of_former_code(self, reference_code: str) -> int | None:
        """The item that had this code before."""
        row = self._row(
            "SELECT subject_id FROM former_code JOIN visible_item ON visible_item.id = subject_id"
            " WHERE kind = 'item' AND former_code.reference_code = ?",
            (reference_code,),
        )
        return int(row[0]) if row else None

    def profile_of_category(self, code: str) -> str | None:
        """The name of the numbering profile of a category, whether it is still in use or not."""
        row = self._row("SELECT profile FROM category WHERE code = ?", (code,))
        return str(row[0]) if row else None

    def last_described_by(self, agent_name: str) -> Item | None:
        """The record this person filed last."""
        row = self._row("SELECT id FROM visible_item WHERE filed_by = ? ORDER BY id DESC LIMIT 1", (agent_name,))
        return self.item(row[0]) if row else None

    # -- many at once

    def described(self, item_ids: Sequence[int]) -> Iterator[Described]:
        """The descriptions of those that can be seen, in the order asked for, read a few hundred at a time."""
        for chunk in chunks(item_ids):
            found = {
                row[0]: Described(
                    row[0], row[1], row[2], State(row[3]),
                    msgspec.convert(dict(zip(_FIELDS, row[4:], strict=True)), ItemDraft),
                )
                for row in self._rows(
                    f"SELECT id, reference_code, changed_seq, state, {', '.join(_FIELDS)} FROM visible_item"
                    f" WHERE id IN ({marks(chunk)})",
                    chunk,
                )
            }  # fmt: skip
            yield from (found[item_id] for item_id in chunk if item_id in found)

    def item_ids(
        self, *, category: str | None = None, year: int | None = None, retention: Retention | None = None
    ) -> list[int]:
        """Every record of a class, filed by item or in a volume, in the order of the register. A category covers its
        children.
        """
        conditions, values = ["1"], []
        for name, value in (("year", year), ("retention", retention.value if retention else None)):
            if value:
                conditions.append(f"{name} = ?")
                values.append(value)
        if category:
            conditions.append("(category = ? OR substr(category, 1, ?) = ?)")
            values += [category, len(category) + 1, f"{category}·"]
        return [
            row[0]
            for row in self._rows(
                f"SELECT id FROM visible_item WHERE {' AND '.join(conditions)}"
                " ORDER BY category, year, retention, office, volume_id, item_no, position",
                values,
            )
        ]

    def bulk_edits(self, limit: int = 200) -> list[Bulk]:
        """The newest first."""
        return [
            Bulk(id, at, agent_name, reason, msgspec.json.decode(changes), items, undone_at)
            for id, at, agent_name, reason, changes, items, undone_at in self._rows(
                "SELECT id, at, agent_name, reason, changes, items, undone_at FROM bulk ORDER BY id DESC LIMIT ?", (limit,)
            )
        ]

    def bulk(self, bulk_id: int) -> Bulk:
        for found in self.bulk_edits(-1):
            if found.id == bulk_id:
                return found
        raise NoSuchRecord(bulk=bulk_id)

    def bulk_items(self, bulk_id: int) -> tuple[list[int], list[int]]:
        """The records of a bulk edit that can still be seen: as it left them, and those corrected since."""
        as_left: list[int] = []
        since: list[int] = []
        for item_id, later in self._rows(
            "SELECT subject_id, EXISTS (SELECT 1 FROM version AS later WHERE later.kind = version.kind"
            " AND later.subject_id = version.subject_id AND later.number > version.number)"
            " FROM version JOIN visible_item ON visible_item.id = subject_id"
            " WHERE kind = 'item' AND bulk_id = ? ORDER BY subject_id",
            (bulk_id,),
        ):
            (since if later else as_left).append(item_id)
        return as_left, since

    # -- patterns

    def templates(self) -> list[Template]:
        return [
            Template(id, name, msgspec.json.decode(description, type=ItemDraft))
            for id, name, description in self._rows("SELECT id, name, description FROM template ORDER BY name")
        ]

    # -- files and pages

    def documents(self, item_id: int, *, superseded: bool = False) -> list[Document]:
        """The files of an item in their order; with `superseded` also those that a newer version replaced."""
        return [
            Document(id, item, place, object_id, role, tuple(msgspec.json.decode(pages)) if pages else None, seq)
            for id, item, place, object_id, role, pages, seq in self._rows(
                "SELECT id, item_id, position, object_id, role, pages, superseded_seq FROM document"
                " WHERE item_id IN (SELECT id FROM visible_item WHERE id = ?)"
                f" {'' if superseded else 'AND superseded_seq = 0'} ORDER BY position, id",
                (item_id,),
            )
        ]

    def document_pages(self, document: Document) -> list[PageText]:
        """The pages of one file of an item, in the order the item has them."""
        pages = self.pages(document.object_id)
        if document.pages is None:
            return pages
        by_number = {page.number: page for page in pages}
        return [by_number[number] for number in document.pages if number in by_number]

    def page_numbers(self, document: Document) -> tuple[int, ...]:
        """The page numbers of one file of an item, in the order the item has them."""
        if document.pages is not None:
            return document.pages
        rows = self._rows("SELECT number FROM page WHERE object_id = ? ORDER BY number", (document.object_id,))
        return tuple(row[0] for row in rows)

    def pages(self, object_id: int) -> list[PageText]:
        """The pages of an original as they were read, without those that may not be seen."""
        rows = self._rows(
            "SELECT number, width_px, height_px, lines, source, confidence, picture FROM page WHERE object_id = ?"
            " ORDER BY number",
            (object_id,),
        )
        unseen = unseen_pages(self._database.reader(), object_id, [row[0] for row in rows])
        return [
            PageText(number, width, height, tuple(Line(*line) for line in msgspec.json.decode(lines)), source, sure, picture)
            for number, width, height, lines, source, sure, picture in rows
            if number not in unseen
        ]
