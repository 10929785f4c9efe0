"""app/drafts.py — what was half written when the archive was locked, and its way back to the person who wrote it.

A form gives what is in it as plain JSON values; what comes back says whether its record was changed since, because then it
may only be offered. What can be written on no longer (filed, sealed, destroyed, closed to this person) is dropped unread.
Any thread. Raises NotAllowed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from app.access import require
from app.volumes import Volumes
from storage.archive import Archive
from storage.records import Agent
from storage.records.drafts import Draft

Key = tuple[str, str]
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """`place` names the form, `subject` what it is about (`item:7`, `volume:3`, `arrival:9`, or nothing), `seen` the record's
    `changed_seq` when it was begun. What comes back also has the record's `code`; `changed`: the record is not any more what
    it was then.
    """

    place: str
    subject: str
    content: Mapping[str, Any]
    seen: int = 0
    at: str = ""
    code: str = ""
    changed: bool = False

    @property
    def key(self) -> Key:
        return self.place, self.subject

    @property
    def about(self) -> int:
        """The number of what it is about; 0 for something new."""
        return int(self.subject.partition(":")[2] or 0)


class Drafts:
    """The drafts of one person."""

    def __init__(self, archive: Archive, agent: Agent, volumes: Volumes) -> None:
        self._archive = archive
        self._agent = agent
        self._volumes = volumes

    def mine(self) -> list[Unfinished]:
        """What may be taken up again, the oldest first. Drops what cannot be."""
        kept = self._archive.queries.drafts(self._agent.id)
        items = [_about(draft) for draft in kept if draft.subject.startswith("item:")]
        volumes = [_about(draft) for draft in kept if draft.subject.startswith("volume:")]
        closed = self._volumes.closed(items)
        found_items = self._archive.queries.items_by_id([id for id in items if id not in closed])
        stands = {f"item:{id}": (item.changed_seq, item.reference_code) for id, item in found_items.items()}
        found_volumes = self._volumes.by_id(volumes)
        stands |= {f"volume:{id}": (volume.changed_seq, volume.reference_code) for id, volume in found_volumes.items()}
        found = []
        for draft in kept:
            if draft.subject.startswith(("item:", "volume:")) and draft.subject not in stands:
                continue
            now, code = stands.get(draft.subject, (draft.seen, ""))
            content = msgspec.json.decode(draft.content)
            found.append(Unfinished(draft.place, draft.subject, content, draft.seen, draft.at, code, bool(draft.seen) and now != draft.seen))
        self.settle((), set(self._archive.queries.draft_keys(self._agent.id)) - {one.key for one in found})
        return found

    def settle(self, written: Sequence[Unfinished], done: Collection[Key] = ()) -> None:
        """Keeps what is half written, and drops what was finished or thrown away; what is kept already is not kept again."""
        if written:
            require(self._archive, self._agent, "keep_draft")
        if done:
            require(self._archive, self._agent, "drop_draft")
        queries = self._archive.queries
        kept = {(one.place, one.subject): (one.content, one.seen) for one in queries.drafts(self._agent.id)}
        drafts = [Draft(one.place, one.subject, msgspec.json.encode(one.content).decode(), one.seen) for one in written]
        fresh = [draft for draft in drafts if kept.get((draft.place, draft.subject)) != (draft.content, draft.seen)]
        gone = sorted(set(done) & set(queries.draft_keys(self._agent.id)))
        if fresh or gone:
            with self._archive.write(self._agent) as change:
                for draft in fresh:
                    change.keep_draft(draft)
                for key in gone:
                    change.drop_draft(*key)


def spread(draft: object) -> dict[str, Any]:
    """The fields of a description as plain JSON values."""
    fields: dict[str, Any] = msgspec.to_builtins(draft)
    return fields


def laid_over(draft: D, fields: Mapping[str, Any]) -> D:
    """The description with these of its fields as they were half written."""
    return msgspec.convert({**spread(draft), **fields}, type(draft))


def _about(draft: Draft) -> int:
    return int(draft.subject.partition(":")[2])
