"""storage/queries/discretion.py — what arrivals and the journal keep to themselves of records that may not be seen.

Sealed and destroyed records are in no ordinary answer; but papers have arrived under names, copies arrive again, and events
name codes. Conditions are SQL on `arrival`. What cannot be hidden: that a number is missing in a register, and that a file
which arrives once more is a duplicate (the person who brings it holds the content; name and record are not told).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from storage.connection import Connection
from storage.queries.base import marks
from storage.records import Event, Kind

#: Records that may not be seen: few beside the others, with an index of their own (`item_unseen`).
UNSEEN = "(SELECT id FROM unseen_item)"
#: Originals that hold such a record: their names may speak of it.
HELD = f"(SELECT object_id FROM document WHERE item_id IN {UNSEEN})"
#: That the item of a row may not be seen, asked of one row.
_THIS_UNSEEN = "EXISTS (SELECT 1 FROM unseen_item WHERE unseen_item.id = {}.item_id)"
#: An arrival's original, when records hold it and none of them may be seen.
BLIND = (
    "(EXISTS (SELECT 1 FROM document WHERE document.object_id = arrival.object_id) AND NOT EXISTS"
    " (SELECT 1 FROM document JOIN visible_item ON visible_item.id = item_id WHERE document.object_id = arrival.object_id))"
)
#: An arrival of an original that a record which may not be seen shares with one that may.
SHARED = (
    "(arrival.item_id IS NOT NULL AND EXISTS (SELECT 1 FROM document WHERE document.object_id = arrival.object_id"
    f" AND {_THIS_UNSEEN.format('document')}))"
)
#: A copy that came before the record it is a copy of was sealed.
_OLD_COPY = (
    f"(arrival.item_id IS NULL AND {BLIND} AND arrival.id <= (SELECT coalesce(max(last_arrival), 0) FROM seal JOIN document"
    " ON seal.kind = 'item' AND seal.subject_id = document.item_id WHERE seal.lifted_at = ''"
    " AND document.object_id = arrival.object_id))"
)
#: An arrival that may not be listed: its record may not be seen, or it is such a copy.
GONE = f"({_THIS_UNSEEN.format('arrival')} OR {_OLD_COPY})"
#: How many of them there are, by outcome: whatever has a record, and the copies, the only ones without that can be blind.
GONE_COUNT = (
    f"SELECT outcome, count(*) FROM arrival WHERE item_id IN {UNSEEN} GROUP BY outcome UNION ALL"
    f" SELECT outcome, count(*) FROM arrival WHERE outcome = 'duplicate' AND {_OLD_COPY} GROUP BY outcome"
)

def told(connection: Connection, events: Sequence[Event]) -> list[Event]:
    """Events as people may read them: the codes and lasting names of records that may not be seen are left out."""
    hidden = _unseen_codes(connection, sorted({text for event in events for text in _texts(event.detail)}))
    return [replace(event, detail=_without(event.detail, hidden)) for event in events] if hidden else list(events)


def _unseen_codes(connection: Connection, texts: Sequence[str]) -> set[str]:
    """Those of the texts that are, or were, the code or the lasting name of a record that may not be seen."""
    found: set[str] = set()
    for start in range(0, len(texts), 200):
        chunk = texts[start : start + 200]
        for kind in Kind:
            gone = f"NOT IN (SELECT id FROM visible_{kind.value})"
            for row in connection.rows(
                f"SELECT reference_code, uuid FROM main.{kind.value} WHERE (reference_code IN ({marks(chunk)}) OR uuid IN"
                f" ({marks(chunk)})) AND id {gone}",
                (*chunk, *chunk),
            ):
                found.update(row)
            for row in connection.rows(
                f"SELECT reference_code FROM main.former_code WHERE reference_code IN ({marks(chunk)}) AND kind = ?"
                f" AND subject_id {gone}",
                (*chunk, kind.value),
            ):
                found.update(row)
    return found - {""}


def _texts(value: object) -> Iterator[str]:
    """Every text in the details of an event."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _without(value: Any, codes: set[str]) -> Any:
    """The details without these texts."""
    if isinstance(value, dict):
        return {key: _without(inner, codes) for key, inner in value.items() if not (isinstance(inner, str) and inner in codes)}
    if isinstance(value, list | tuple):
        return [_without(inner, codes) for inner in value if not (isinstance(inner, str) and inner in codes)]
    return value
