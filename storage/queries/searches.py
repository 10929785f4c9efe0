"""storage/queries/searches.py — what people keep of their questions, and the words of the station: the reads."""

from __future__ import annotations

from storage.changes.searches import filters_of, since, spelling
from storage.digests import Digests
from storage.queries.base import Reading
from storage.records.search import Order
from storage.records.searches import PastSearch, Question, SavedSearch, StationWord


class SearchReads(Reading):
    """Saved and past questions, words of the station."""

    def saved_searches(self, agent_id: int) -> list[SavedSearch]:
        """What this person has saved, by name."""
        rows = self._rows("SELECT name, query, filters, sort, at FROM saved_search WHERE agent_id = ? ORDER BY name", (agent_id,))
        return [SavedSearch(name, _question(*asked), at) for name, *asked, at in rows]

    def past_searches(self, agent_id: int) -> list[PastSearch]:
        """What this person has asked, the last first."""
        rows = self._rows(
            "SELECT id, query, filters, sort, found, at FROM past_search WHERE agent_id = ? AND at >= ? ORDER BY id DESC",
            (agent_id, since()),
        )
        return [PastSearch(id, _question(*asked), found, at) for id, *asked, found, at in rows]

    def question_digest(self, query: str) -> str:
        """What the journal has of a question with these words, were it asked."""
        return Digests(self._database.reader()).of_text("question", spelling(query))

    def station_words(self) -> list[StationWord]:
        """In the order in which they were added."""
        return [StationWord(*row) for row in self._rows("SELECT word, at, agent_name FROM station_word ORDER BY at, word")]


def _question(query: str, filters: str, order: str) -> Question:
    return Question(query, filters_of(filters), Order(order))
