"""storage/changes/descriptions.py — filing, corrections, bulk edits, templates, renumbering: the events that change them.

Held here, in the transaction that changes anything: a description is replaced only as it was when the person saw it
(`seen` is its `changed_seq`), and what it was before is kept as a version; category, year, retention and office stand in
the 档号, so only `renumber` moves them; a change that changes nothing leaves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from storage.changes.base import now
from storage.changes.documents import (
    DocumentChanges,
    Held,
    NumberStands,
    description_columns,
    description_digest,
)
from storage.errors import Known
from storage.records import ItemDraft, Kind, State
from storage.records.descriptions import NUMBERED

__all__ = ["DescriptionChanges", "description_columns", "description_digest"]


class FixedByCode(Known):
    """Category, year, retention and office stand in the 档号. Facts: record."""

    number = 141


class CorrectedSince(Known):
    """Records of the bulk edit were corrected after it. Facts: records (how many)."""

    number = 143

    def __init__(self, item_ids: Sequence[int]) -> None:
        super().__init__(records=len(item_ids))
        self.item_ids = tuple(item_ids)


class DescriptionChanges(DocumentChanges):
    """Filing, corrections, bulk edits, templates, renumbering; and, below it, documents."""

    def file(
        self,
        arrival_id: int,
        draft: ItemDraft,
        fonds: str,
        compose: Callable[[int], str],
        *,
        further: Sequence[int] = (),
        scope: Sequence[str] = (),
    ) -> int:
        """The paper becomes an item of its own. `compose` makes the 档号 of the number allocated here, without gaps within
        `scope` (that of DA/T 13 when none is given); `further` arrivals are further files of it, in their order.

        Returns the item's id. Raises NoSuchRecord when an arrival is not waiting.
        """
        objects = [self._waiting(arrival) for arrival in (arrival_id, *further)]
        number = self._next_number(tuple(scope) or (fonds, draft.category, str(draft.year), draft.retention.value, draft.office))
        reference_code = compose(number)
        item_id = self._describe(draft, fonds=fonds, reference_code=reference_code, item_no=number)
        for position, object_id in enumerate(objects, 1):
            self._insert("document", item_id=item_id, position=position, object_id=object_id)
        for arrival in (arrival_id, *further):
            self._settle(arrival, item_id)
        detail: dict[str, object] = {"further": list(further)} if further else {}
        self._note_item(
            "file",
            item_id,
            arrival=arrival_id,
            reference_code=reference_code,
            **detail,
        )
        return item_id

    # -- another description

    def describe(self, item_id: int, draft: ItemDraft, reason: str, seen: int) -> bool:
        """Another description of an item whose volume is still being made. Returns whether anything changed.

        Raises ChangedMeanwhile, FixedByCode, NoSuchRecord (also for a filed one: that is corrected).
        """
        return self._redescribe(self._held(item_id, seen, State.OPEN), draft, reason)

    def correct(self, item_id: int, draft: ItemDraft, reason: str, seen: int) -> bool:
        """Another description of a filed record. Returns whether anything changed. Raises as `describe`."""
        return self._redescribe(self._held(item_id, seen, State.FILED), draft, reason)

    def renumber(
        self,
        item_id: int,
        series: ItemDraft,
        former_scope: Sequence[str],
        scope: Sequence[str],
        compose: Callable[[int], str],
        reason: str,
        seen: int,
    ) -> str:
        """A record filed by item moves to the series of `series` (its other fields are not looked at) and gets the next
        number there. Its former code stays its own for ever. Returns the new code. Raises ChangedMeanwhile, NumberStands.
        """
        held = self._held(item_id, seen, State.FILED)
        if held.volume_id is not None:
            raise NumberStands(record=held.name, reason="number_of_volume")
        moved = {name: getattr(series, name) for name in NUMBERED}
        draft = replace(held.draft, **moved)
        if draft == held.draft:
            raise NumberStands(record=held.name, reason="same_series")
        number = self._next_number(tuple(scope))
        reference_code = compose(number)
        self._insert(
            "former_code",
            reference_code=held.reference_code,
            kind=Kind.ITEM.value,
            subject_id=item_id,
            scope="|".join(former_scope),
            number=held.item_no,
            reason=reason,
            at=now(),
            agent_name=self._agent.name,
        )
        self._write(item_id, held.draft, draft, reference_code=reference_code, item_no=number)
        seq = self._note_item("renumber", item_id, former_code=held.reference_code, reference_code=reference_code)
        self._keep_former(item_id, held.draft, reason, seq)
        return reference_code

    # -- many at once

    def bulk_edit(
        self, lines: Iterable[tuple[int, int, Mapping[str, Any]]], changes: Mapping[str, str], reason: str
    ) -> int:
        """Many descriptions in one act: (item, `changed_seq` seen, the new values). `changes` names what is done to which
        field, without the words. Each record gets its own event and version. Returns the id of the bulk edit.

        Raises ChangedMeanwhile as soon as one record is not as it was seen: then nothing is done.
        """
        bulk_id = self._insert(
            "bulk",
            at=now(),
            agent_name=self._agent.name,
            reason=reason,
            changes=msgspec.json.encode(dict(changes)).decode(),
            items=0,
        )
        changed = 0
        for item_id, seen, values in lines:
            held = self._held(item_id, seen)
            changed += self._redescribe(held, replace(held.draft, **values), reason, bulk_id)
        self._touch("UPDATE bulk SET items = ? WHERE id = ?", (changed, bulk_id))
        self._note("bulk_edit", f"bulk:{bulk_id}", records=changed, fields=sorted(changes))
        return bulk_id

    def undo_bulk(
        self,
        bulk_id: int,
        reason: str,
        leave_out: Collection[int] = (),
        step: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> int:
        """Every record of the bulk edit gets back the description it had. Returns how many.

        Raises CorrectedSince unless those corrected after it are left out by name; NoSuchRecord when it is undone already.
        Records that are sealed or gone by now are not touched.
        """
        self._touch("UPDATE bulk SET undone_at = ? WHERE undone_at = '' AND id = ?", (now(), bulk_id))
        rows = [
            row
            for row in self._connection.rows(
                "SELECT subject_id, description, EXISTS (SELECT 1 FROM version AS later WHERE later.kind = version.kind"
                " AND later.subject_id = version.subject_id AND later.number > version.number)"
                " FROM version JOIN visible_item ON visible_item.id = subject_id"
                " WHERE kind = ? AND bulk_id = ? ORDER BY subject_id",
                (Kind.ITEM.value, bulk_id),
            )
            if row[0] not in leave_out
        ]
        since = [item_id for item_id, _description, later in rows if later]
        if since:
            raise CorrectedSince(since)
        for done, (item_id, description, _later) in enumerate(rows):
            step(done, len(rows))
            held = self._held(item_id)
            former = msgspec.json.decode(description, type=ItemDraft)
            kept = {name: getattr(held.draft, name) for name in NUMBERED}
            self._redescribe(held, replace(former, **kept), reason)
        self._note("undo_bulk", f"bulk:{bulk_id}", records=len(rows), left_out=len(leave_out))
        return len(rows)

    # -- patterns

    def keep_template(self, name: str, draft: ItemDraft) -> int:
        """A pattern for new descriptions, in the place of one of the same name. Returns its id."""
        row = self._connection.row(
            "INSERT INTO template (name, description, agent_name, at) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE"
            " SET description = excluded.description, agent_name = excluded.agent_name, at = excluded.at RETURNING id",
            (name, msgspec.json.encode(draft).decode(), self._agent.name, now()),
        )
        assert row is not None
        self._note("keep_template", f"template:{row[0]}", description_sha256=description_digest(draft))
        return int(row[0])

    def drop_template(self, template_id: int) -> None:
        """Raises NoSuchRecord."""
        self._touch("DELETE FROM template WHERE id = ?", (template_id,))
        self._note("drop_template", f"template:{template_id}")

    # -- inside

    def _redescribe(self, held: Held, draft: ItemDraft, reason: str, bulk_id: int | None = None) -> bool:
        if any(getattr(draft, name) != getattr(held.draft, name) for name in NUMBERED):
            raise FixedByCode(record=held.name)
        changed = self._write(held.id, held.draft, draft)
        if not changed:
            return False
        detail: dict[str, object] = {"bulk": bulk_id} if bulk_id else {}
        seq = self._note_item(
            "correct" if held.state is State.FILED else "describe",
            held.id,
            fields=changed,
            **detail,
        )
        self._keep_former(held.id, held.draft, reason, seq, bulk_id)
        return True

    def _write(self, item_id: int, former: ItemDraft, draft: ItemDraft, **place: object) -> list[str]:
        """The fields that differ, written; returns their names."""
        before, after = description_columns(former), description_columns(draft)
        changed = {name: value for name, value in after.items() if value != before[name]}
        columns = changed | place
        if columns:
            settings = ", ".join(f"{name} = ?" for name in columns)
            self._touch(f"UPDATE item SET {settings} WHERE id = ?", (*columns.values(), item_id))
        return list(changed)
