"""app/searches.py — a person's saved and past questions, and the words of the station.

Questions belong to whoever typed them: each person saves under names of their own, sees their own last hundred, and nobody
sees anybody else's. The last questions go after ninety days, when the account is disabled, and when their writer says so.

A word of the station (a name, a place) is searched for as one word once the index has taken it up. Any thread; all of it is
quick. Raises NotAllowed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from app.access import require
from storage.archive import Archive
from storage.errors import Known
from storage.records import Agent
from storage.records.searches import PastSearch, Question, SavedSearch, StationWord

__all__ = ["PastSearch", "Question", "SavedSearch", "SearchNameTaken", "SearchNotKept", "Searches", "StationWord", "WordNotTaken"]

LONGEST_NAME = 40
#: Longer questions are asked, but not kept: somebody has pasted a page.
LONGEST_QUESTION = 500
MOST_SAVED = 200
SHORTEST_WORD, LONGEST_WORD = 2, 20
MOST_WORDS = 5000

#: Chinese characters, with those for rare names that stand beyond the first plane or in no standard yet.
_CHINESE = re.compile("[\u3005\u3007\u3400-\u9fff\ue000-\uf8ff\uf900-\ufaff\U00020000-\U0003ffff]+")


class SearchNameTaken(Known):
    """This person has saved another question under that name; it is replaced only when they say so."""

    number = 575


class SearchNotKept(Known):
    """A question cannot be saved. Facts: reason (name_missing, name_long, question_missing, question_long, saved_many)."""

    number = 576


class WordNotTaken(Known):
    """A word cannot be added. Facts: reason (word_short, word_long, word_not_chinese, word_there, words_many)."""

    number = 577


class Searches:
    """The questions of one person; the words of all."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent

    # -- saved by name

    def saved(self) -> list[SavedSearch]:
        """What this person has saved, by name."""
        return self._archive.queries.saved_searches(self._agent.id)

    def keep(self, name: str, question: Question, *, replace: bool = False) -> None:
        """Saves a question under a name; `replace` what was saved under it. Raises SearchNameTaken, SearchNotKept."""
        require(self._archive, self._agent, "keep_search")
        name = " ".join(name.split())
        kept = {one.name: one.question for one in self.saved()}
        reason = (
            "name_missing" if not name
            else "name_long" if len(name) > LONGEST_NAME
            else "question_missing" if _empty(question)
            else "question_long" if len(question.query) > LONGEST_QUESTION
            else "saved_many" if len(kept) >= MOST_SAVED and name not in kept
            else ""
        )  # fmt: skip
        if reason:
            raise SearchNotKept(reason=reason, most=MOST_SAVED)
        if name in kept and not replace:
            raise SearchNameTaken()
        with self._archive.write(self._agent) as change:
            change.keep_search(name, question)

    def drop(self, name: str) -> None:
        """Raises NoSuchRecord."""
        require(self._archive, self._agent, "drop_search")
        with self._archive.write(self._agent) as change:
            change.drop_search(name)

    # -- asked before

    def past(self) -> list[PastSearch]:
        """What this person has asked and worked with, the last first; a hundred at most."""
        return self._archive.queries.past_searches(self._agent.id)

    def note(self, question: Question, found: int) -> None:
        """This person works with the answer: a result was opened, Enter pressed, the list carried out. Asked again, it moves
        to the top. An empty or overlong question is nothing to come back to, and while the archive is suspended nothing is noted.
        """
        require(self._archive, self._agent, "note_search")
        if not _empty(question) and len(question.query) <= LONGEST_QUESTION and self._archive.suspension is None:
            with self._archive.write(self._agent) as change:
                change.note_search(question, found)

    def clear(self, past_id: int | None = None) -> None:
        """Forgets one past question, or all of this person's. Raises NoSuchRecord."""
        require(self._archive, self._agent, "clear_searches")
        with self._archive.write(self._agent) as change:
            change.clear_searches(past_id)

    # -- words of the station

    def words(self) -> list[StationWord]:
        """In the order in which they were added."""
        return self._archive.queries.station_words()

    def add_words(self, words: Sequence[str]) -> None:
        """Adds them all, or none; the index takes them up by itself. Raises WordNotTaken."""
        require(self._archive, self._agent, "add_station_word")
        known = {one.word for one in self.words()}
        taken: list[str] = []
        for word in ("".join(unicodedata.normalize("NFC", word).split()) for word in words):
            reason = (
                "word_short" if len(word) < SHORTEST_WORD
                else "word_long" if len(word) > LONGEST_WORD
                else "word_not_chinese" if not _CHINESE.fullmatch(word)
                else "word_there" if word in known
                else "words_many" if len(known) >= MOST_WORDS
                else ""
            )  # fmt: skip
            if reason:
                raise WordNotTaken(reason=reason, least=SHORTEST_WORD, most=LONGEST_WORD)
            known.add(word)
            taken.append(word)
        with self._archive.write(self._agent) as change:
            for word in taken:
                change.add_station_word(word)

    def drop_word(self, word: str) -> None:
        """Raises NoSuchRecord."""
        require(self._archive, self._agent, "drop_station_word")
        with self._archive.write(self._agent) as change:
            change.drop_station_word(word)


def _empty(question: Question) -> bool:
    return not question.query.strip() and not question.filters
