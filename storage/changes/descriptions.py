"""storage/changes/descriptions.py — filing, corrections, documents, bulk edits, templates, renumbering: their events."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import fields
from enum import StrEnum

import msgspec

from storage import journal
from storage.changes.base import Writing, now
from storage.errors import NoSuchRecord
from storage.records import Delivery, ItemDraft, Outcome


class DescriptionChanges(Writing):
    """Filing, corrections, documents, bulk edits, templates, renumbering."""

    def file(self, arrival_id: int, draft: ItemDraft, fonds: str, compose: Callable[[int], str]) -> int:
        """The paper becomes an item of its own. `compose` makes the 档号 of the number allocated here, without gaps.

        Returns the item's id. Raises NoSuchRecord when the arrival is not waiting.
        """
        row = self._connection.row(
            "SELECT object_id FROM arrival WHERE id = ? AND outcome = ?", (arrival_id, Outcome.WAITING.value)
        )
        if row is None:
            raise NoSuchRecord(arrival=arrival_id)
        number = self._next_number((fonds, draft.category, str(draft.year), draft.retention.value, draft.office))
        reference_code = compose(number)
        item_id = self._describe(draft, fonds=fonds, reference_code=reference_code, item_no=number)
        self._insert("document", item_id=item_id, position=1, object_id=row[0])
        self._connection.execute(
            "UPDATE arrival SET outcome = ?, item_id = ? WHERE id = ?", (Outcome.FILED.value, item_id, arrival_id)
        )
        self._note_item(
            "file",
            item_id,
            arrival=arrival_id,
            reference_code=reference_code,
            description_sha256=description_digest(draft),
        )
        return item_id

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


def description_columns(draft: ItemDraft) -> dict[str, object]:
    """A description as the columns of an item."""
    values = {field.name: getattr(draft, field.name) for field in fields(draft)}
    return {name: value.value if isinstance(value, StrEnum) else value for name, value in values.items()}


def description_digest(draft: ItemDraft) -> str:
    """What an event says of a description: never its content."""
    return hashlib.sha256(msgspec.json.encode(draft)).hexdigest()
