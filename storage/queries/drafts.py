"""storage/queries/drafts.py — what was half written when the archive was locked: the reads."""

from __future__ import annotations

from storage.queries.base import Reading
from storage.records.drafts import Draft

#: What a draft is about is still there to be written on, and may be seen.
_STANDS = "(subject = '' OR " + " OR ".join(
    f"(subject LIKE '{kind}:%' AND EXISTS (SELECT 1 FROM {table} AS about"
    f" WHERE about.id = CAST(substr(subject, {len(kind) + 2}) AS INTEGER){more}))"
    for kind, table, more in (
        ("item", "visible_item", ""),
        ("volume", "visible_volume", ""),
        ("arrival", "arrival", " AND about.outcome = 'waiting'"),
    )
) + ")"  # fmt: skip


class DraftReads(Reading):
    """What was half written when the archive was locked: the reads."""

    def drafts(self, agent_id: int) -> list[Draft]:
        """What this person has half written, the oldest first; of what may still be written on."""
        rows = self._rows(
            f"SELECT place, subject, content, seen, at FROM draft WHERE agent_id = ? AND {_STANDS} ORDER BY at, place, subject",
            (agent_id,),
        )
        return [Draft(*row) for row in rows]

    def draft_keys(self, agent_id: int) -> list[tuple[str, str]]:
        """(place, subject) of everything this person has half written, also about what is out of sight by now."""
        return self._rows("SELECT place, subject FROM draft WHERE agent_id = ?", (agent_id,))
