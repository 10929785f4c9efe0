"""storage/queries/descriptions.py — corrections, documents, bulk edits, templates, renumbering: the reads."""

from __future__ import annotations

import msgspec

from storage.queries.base import Reading
from storage.records import Document, Line, PageText


class DescriptionReads(Reading):
    """Corrections, documents, bulk edits, templates, renumbering."""

    def documents(self, item_id: int, *, superseded: bool = False) -> list[Document]:
        """The files of an item in their order; with `superseded` also those that a newer version replaced."""
        return [
            Document(*row[:5], tuple(msgspec.json.decode(row[5])) if row[5] else None, row[6])
            for row in self._rows(
                "SELECT id, item_id, position, object_id, role, pages, superseded_seq FROM document"
                f" WHERE item_id = ? {'' if superseded else 'AND superseded_seq = 0'} ORDER BY position, id",
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

    def pages(self, object_id: int) -> list[PageText]:
        """The pages of an original as they were read."""
        return [
            PageText(number, width, height, tuple(Line(*line) for line in msgspec.json.decode(lines)), source, sure, picture)
            for number, width, height, lines, source, sure, picture in self._rows(
                "SELECT number, width_px, height_px, lines, source, confidence, picture FROM page"
                " WHERE object_id = ? ORDER BY number",
                (object_id,),
            )
        ]
