"""storage/changes/drafts.py — what was half written when the archive was locked: the events that change it.

Drafts belong to their writer, and to the record they are about: what is sealed or destroyed takes them with it. An event
tells the place of the form and a keyed digest, never what was written or about what.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from storage.changes.base import Writing, now
from storage.connection import Connection
from storage.errors import NoSuchRecord
from storage.records import Kind, Subject
from storage.records.drafts import Draft


class DraftChanges(Writing):
    """Drafts of forms."""

    def keep_draft(self, draft: Draft) -> None:
        """Keeps what this person has half written there, in place of what was kept before."""
        self._connection.execute(
            "INSERT OR REPLACE INTO draft (agent_id, place, subject, content, seen, at) VALUES (?, ?, ?, ?, ?, ?)",
            (self._agent.id, draft.place, draft.subject, draft.content, draft.seen, now()),
        )
        key = self._connection.row("SELECT value FROM fact WHERE name = 'name_key'")
        assert key is not None
        # Keyed, because what is half written may be short enough to be guessed.
        digest = hmac.new(key[0], b"draft/" + draft.content.encode(), sha256).hexdigest()
        self._note("keep_draft", f"agent:{self._agent.id}", place=draft.place, digest=digest)

    def drop_draft(self, place: str, subject: str) -> None:
        """It was finished, or thrown away. Raises NoSuchRecord."""
        gone = self._connection.execute(
            "DELETE FROM draft WHERE agent_id = ? AND place = ? AND subject = ?", (self._agent.id, place, subject)
        )
        if gone.rowcount != 1:
            raise NoSuchRecord(record=place)
        self._note("drop_draft", f"agent:{self._agent.id}", place=place)


def forget_drafts(connection: Connection, subject: Subject) -> None:
    """Whatever anybody has half written about a record that is sealed or destroyed, also when it was still in the inbox.
    The caller writes its event.
    """
    connection.execute("DELETE FROM draft WHERE subject = ?", (str(subject),))
    if subject.kind is Kind.ITEM:
        connection.execute(
            "DELETE FROM draft WHERE subject LIKE 'arrival:%' AND EXISTS"
            " (SELECT 1 FROM arrival WHERE id = CAST(substr(subject, 9) AS INTEGER) AND item_id = ?)",
            (subject.id,),
        )
