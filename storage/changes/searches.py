"""storage/changes/searches.py — what people keep of their questions, and the words of the station: the events that change them.

Questions belong to whoever typed them; nobody else reads them. An event tells a keyed digest of the words and how many
records were found, never the words: who knows a question can prove that it was asked, and nobody can read what was.

The last questions go by themselves, and with the account that is disabled; what was saved by name stays with it. What was
typed is not the record it was typed for, so sealing and destroying leave it, but take the numbers found.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from storage.changes.base import Writing, now
from storage.connection import Connection
from storage.errors import NoSuchRecord
from storage.records.search import Filters
from storage.records.searches import Question

#: How many of a person's last questions are kept, and for how long.
KEPT = 100
KEPT_DAYS = 90


class SearchChanges(Writing):
    """Saved and past questions, words of the station."""

    def keep_search(self, name: str, question: Question) -> None:
        """Keeps a question under a name, in place of what this person had under it."""
        self._connection.execute(
            "INSERT OR REPLACE INTO saved_search (agent_id, name, query, filters, sort, at) VALUES (?, ?, ?, ?, ?, ?)",
            (self._agent.id, name, *columns(question), now()),
        )
        self._note("keep_search", f"agent:{self._agent.id}", **self._told(question))

    def drop_search(self, name: str) -> None:
        """Raises NoSuchRecord."""
        gone = self._connection.execute("DELETE FROM saved_search WHERE agent_id = ? AND name = ?", (self._agent.id, name))
        if gone.rowcount != 1:
            raise NoSuchRecord(record="search")
        self._note("drop_search", f"agent:{self._agent.id}")

    def note_search(self, question: Question, found: int) -> None:
        """This was asked and worked with; asked before, it moves to the top."""
        self._connection.execute(
            "INSERT OR REPLACE INTO past_search (agent_id, query, filters, sort, found, at) VALUES (?, ?, ?, ?, ?, ?)",
            (self._agent.id, *columns(question), found, now()),
        )
        self._connection.execute(
            "DELETE FROM past_search WHERE agent_id = ? AND id NOT IN"
            " (SELECT id FROM past_search WHERE agent_id = ? ORDER BY id DESC LIMIT ?)",
            (self._agent.id, self._agent.id, KEPT),
        )
        forget_old(self._connection)
        self._note("note_search", f"agent:{self._agent.id}", found=found, **self._told(question))

    def clear_searches(self, past_id: int | None = None) -> None:
        """Forgets one of this person's past questions, or all of them. Raises NoSuchRecord."""
        which, values = ("", ()) if past_id is None else (" AND id = ?", (past_id,))
        gone = self._connection.execute(
            f"DELETE FROM past_search WHERE agent_id = ?{which}", (self._agent.id, *values)
        ).rowcount
        if past_id is not None and gone != 1:
            raise NoSuchRecord(search=past_id)
        self._note("clear_searches", f"agent:{self._agent.id}", count=gone)

    def add_station_word(self, word: str) -> None:
        """The search takes this for one word from now on. Adding it again changes nothing but who added it."""
        self._connection.execute("INSERT OR REPLACE INTO station_word VALUES (?, ?, ?)", (word, now(), self._agent.name))
        self._note("add_station_word", f"agent:{self._agent.id}", digest=self._digests.of_text("word", word))

    def drop_station_word(self, word: str) -> None:
        """Raises NoSuchRecord."""
        self._touch("DELETE FROM station_word WHERE word = ?", (word,))
        self._note("drop_station_word", f"agent:{self._agent.id}", digest=self._digests.of_text("word", word))

    def _told(self, question: Question) -> dict[str, Any]:
        filters = question.filters
        narrowed = sum(bool(getattr(filters, name)) for name in filters.__dataclass_fields__)
        return {"digest": self._digests.of_text("question", spelling(question.query)), "filters": narrowed}


def columns(question: Question) -> tuple[str, str, str]:
    """The question as it is kept: the same one always the same."""
    values = msgspec.to_builtins(question.filters)
    sets = {name: sorted(value) if isinstance(value, tuple | list) else value for name, value in values.items()}
    kept = msgspec.json.encode({name: value for name, value in sets.items() if value}, order="sorted").decode()
    return " ".join(question.query.split()), kept, question.order.value


def spelling(query: str) -> str:
    """A question as its digest is made of it: whatever its blanks, capitals and widths."""
    return " ".join(unicodedata.normalize("NFKC", query).casefold().split())


def filters_of(kept: str) -> Filters:
    """The filters out of their column; what only a newer program knows is passed over."""
    return msgspec.json.decode(kept, type=Filters)


def forget_old(connection: Connection) -> None:
    """Anybody's questions of more than `KEPT_DAYS` ago. The caller writes its event."""
    connection.execute("DELETE FROM past_search WHERE at < ?", (since(),))


def forget_of(connection: Connection, agent_id: int) -> None:
    """All past questions of a person who cannot come back for them. The caller writes its event."""
    connection.execute("DELETE FROM past_search WHERE agent_id = ?", (agent_id,))


def forget_found(connection: Connection) -> None:
    """How many records there were, before one was sealed or destroyed. The caller writes its event."""
    connection.execute("UPDATE past_search SET found = NULL WHERE found IS NOT NULL")


def since() -> str:
    """What was asked before this time is forgotten."""
    return (datetime.now(UTC) - timedelta(days=KEPT_DAYS)).isoformat(timespec="milliseconds")
