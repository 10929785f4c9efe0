"""storage/search/query.py — what a person typed, as a tree of words, days and values.

`parse` never refuses: unfinished quotes, lone signs and empty words are simply left out. Words stand side by side for
AND, `OR` (or `|`) between two words joins those two first, `-word` excludes, "…" keeps blanks inside one exact phrase.
A word without quotes is exact as well: Chinese has no blanks, so 盗窃电动车 means these characters in this order.

`field:value` (either colon, Chinese or English names, several values with commas between for any of them) looks into one
field of the description, or asks for days (`date:`) or values of a facet. A colon after anything else is ordinary text;
where the name of a field was meant, a note says so. Days may stand without a field when they can mean nothing else
(2019..2020, >2020); 去年 and its like mean the days or the words. Words are words.py's business: `*`, `?`, `~` too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from storage.records.search import Note
from storage.search import analysis, dates, naming
from storage.search.dates import NoSuchDate, Period
from storage.search.words import Like as Like
from storage.search.words import Way as Way
from storage.search.words import Word as Word
from storage.search.words import make_word as make_word

#: A query longer than this is cut: nobody types it, and its pattern would be slow.
LONGEST = 400
MOST_WORDS = 24
#: Years that one value may stand for.
MOST_YEARS = 150

_QUOTES = str.maketrans(dict.fromkeys("“”„‟＂「」『』«»〝〞", '"'))
_MINUS = re.compile(r"[-－﹣−–—](?=\S)")
_FIELD = re.compile(rf"([^\s\":：]{{1,{naming.LONGEST}}})[:：]\s*")
_TOKEN = re.compile(r'"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+)')
_VALUE = re.compile(r'"(?P<phrase>[^"]*)"?|(?P<word>[^\s",，、]+)')
_COMMA = re.compile("[,，、]")
# Spoken in two words: held together, and read as before.
_SPOKEN = re.compile(r"\b(this|last|past|previous|recent) (\d{1,3} )?(day|week|month|quarter|year)(s?)\b", re.IGNORECASE)
_OR = frozenset({"OR", "|", "｜", "||"})
_AND = frozenset({"AND", "&", "&&", "＆"})
_NOT = "NOT"


@dataclass(frozen=True, slots=True)
class Choice:
    """Records with one of these values of a facet."""

    facet: str
    values: tuple[str, ...]


Term = Word | Period | Choice


@dataclass(frozen=True, slots=True)
class Setting:
    """In what a question is asked: the day (None: today), the station's words as the index was built with them, and the
    categories there are, with their names."""

    today: date | None = None
    dictionary: analysis.Dictionary = analysis.EVERYDAY
    categories: tuple[tuple[str, str], ...] = ()


ANYWHERE = Setting()


@dataclass(frozen=True, slots=True)
class Query:
    """Every group must be met by one of its terms; none of `excluded` may be met."""

    groups: tuple[tuple[Term, ...], ...] = ()
    excluded: tuple[Term, ...] = ()
    notes: tuple[Note, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.groups or self.excluded)

    @property
    def wanted(self) -> tuple[Word, ...]:
        return tuple(term for group in self.groups for term in group if isinstance(term, Word))

    @property
    def asks_person(self) -> bool:
        """Is somebody looked for by name in the field of people?"""
        return any(isinstance(t, Word) and t.field == "person" for group in (*self.groups, self.excluded) for t in group)

    @property
    def rough(self) -> bool:
        """Will near words do for some of its words?"""
        return any(isinstance(t, Word) and t.fuzzy for group in (*self.groups, self.excluded) for t in group)

    def accepts(self, whole: str, met: Container[Term] = ()) -> bool:
        """Is this the whole text of a record that is asked for? `met`: days and values that the record has."""

        def meets(term: Term) -> bool:
            return term.found(whole) if isinstance(term, Word) else term in met

        return all(any(map(meets, group)) for group in self.groups) and not any(map(meets, self.excluded))

    def widened(self, variants: Callable[[str], Sequence[str]]) -> Query:
        """The same with the near words of every word that is meant roughly."""

        def near(terms: tuple[Term, ...]) -> tuple[Term, ...]:
            more: list[Term] = []
            for term in terms:
                if isinstance(term, Word) and term.fuzzy:
                    words = (make_word(one, term.field, exact=True) for one in variants(analysis.fold(term.text)))
                    more += [replace(word, ways=tuple(replace(way, loose=True) for way in word.ways)) for word in words if word]
            return tuple(dict.fromkeys((*terms, *more)))

        if not self.rough:
            return self
        return Query(tuple(map(near, self.groups)), near(self.excluded), self.notes)


def parse(typed: str, typing: bool = False, setting: Setting = ANYWHERE) -> Query:
    """While `typing` the last run of letters or digits may go on, and what is not finished is no mistake."""
    if setting.today is None:
        setting = replace(setting, today=date.today())
    return _parse(typed, typing, setting)


@lru_cache(maxsize=512)
def _parse(typed: str, typing: bool, setting: Setting) -> Query:
    return _Reader(typed, typing, setting).query()


class _Reader:
    """Reads one question from left to right."""

    def __init__(self, typed: str, typing: bool, setting: Setting) -> None:
        self._typed = typed
        text = typed[:LONGEST].translate(_QUOTES)
        self._text = _SPOKEN.sub(lambda found: found[0].replace(" ", "_"), text)
        self._setting = setting
        assert setting.today is not None
        self._today: date = setting.today
        # The place where somebody is still at work.
        self._open_end = len(self._text) if typing and not self._text.count('"') % 2 else -1
        self._place = 0
        self._notes: list[Note] = []

    def query(self) -> Query:
        groups: list[list[Term]] = []
        excluded: list[Term] = []
        join = exclude_next = False
        left_out = len(self._typed) > LONGEST
        while (start := self._next()) < len(self._text):
            minus = _MINUS.match(self._text, start)
            if minus:
                self._place = minus.end()
            bare = None if minus else self._operator()
            if bare in _OR:
                join = bool(groups)
                continue
            if bare in _AND:
                continue
            if bare == _NOT:
                exclude_next = True
                continue
            negative = bool(minus) or exclude_next
            terms = self._terms(negative)
            room = MOST_WORDS - len(excluded) - sum(map(len, groups))
            left_out = left_out or len(terms) > room
            if terms and room > 0:
                if negative:
                    excluded += terms[:room]
                elif join:
                    groups[-1] += terms[:room]
                else:
                    groups.append(terms[:room])
            join = exclude_next = False
        if left_out:
            self._notes.append(Note("too_long", {"words": str(MOST_WORDS)}))
        return Query(tuple(map(tuple, groups)), tuple(excluded), tuple(self._notes))

    def _next(self) -> int:
        while self._place < len(self._text) and self._text[self._place].isspace():
            self._place += 1
        return self._place

    def _operator(self) -> str | None:
        found = _TOKEN.match(self._text, self._place)
        if found is None or found["word"] not in (*_OR, *_AND, _NOT):
            return None
        self._place = found.end()
        return found["word"]

    def _terms(self, negative: bool) -> list[Term]:
        """What stands here, as alternatives. Always moves on."""
        start = self._place
        named = _FIELD.match(self._text, start)
        if named is not None:
            name = named[1]
            field = naming.field_of(name)
            if field is not None:
                self._place = named.end()
                return self._in_field(field, start)
            right = None if negative else naming.right_name(name)
            if right is not None and named.end() < len(self._text):
                self._place = named.end()
                instead = self._text[:start] + right + self._text[start + len(name) :]
                self._note(Note("unknown_field", {"name": name, "right": right}, instead.replace("_", " ")))
        found = _TOKEN.match(self._text, self._place)
        if found is None:  # only a blank or the end is no token
            self._place = len(self._text)
            return []
        self._place = found.end()
        if found["phrase"] is not None:
            return self._words(found["phrase"], "", exact=True)
        text = found["word"]
        days = dates.unmistakable(text, self._today)
        if days is None:
            return self._words(text, "")
        period, alone = days
        return [period] if alone else [period, *self._words(text, "")]

    def _in_field(self, field: str, start: int) -> list[Term]:
        """The values behind the name of a field."""
        terms: list[Term] = []
        values: list[str] = []
        while (value := _VALUE.match(self._text, self._place)) is not None:
            self._place = value.end()
            text = value["word"] if value["phrase"] is None else value["phrase"]
            if field in analysis.FIELD_MARKS:
                terms += self._words(text, field, exact=value["phrase"] is not None)
            elif field == "date":
                terms += self._days(text, start)
            else:
                values += self._values(field, text, start)
            comma = _COMMA.match(self._text, self._place)
            if comma is None:
                break
            self._place = comma.end()
        return [Choice(field, tuple(dict.fromkeys(values)))] if values else terms

    def _words(self, text: str, field: str, exact: bool = False) -> list[Term]:
        typing = self._place == self._open_end and not exact
        word = make_word(text, field, exact=exact, typing=typing, dictionary=self._setting.dictionary)
        return [] if word is None else [word]

    def _days(self, text: str, start: int) -> list[Term]:
        try:
            found = dates.period(text, self._today)
        except NoSuchDate:
            found = None
        if found is not None:
            return [found]
        self._note(Note("bad_date", {"date": text.replace("_", " ")}))
        # 日期：地点 is a line of a form: words.
        return [] if any(c.isdigit() for c in text) else self._words(self._text[start : self._place], "")

    def _values(self, facet: str, text: str, start: int) -> tuple[str, ...]:
        if facet == "year":
            return self._years(text)
        found = naming.values_of(facet, text, self._setting.categories)
        if not found:
            self._note(Note("unknown_value", {"name": self._text[start:].split(":")[0].split("：")[0], "value": text}))
            # Somebody who is not done yet has not asked for anything; whoever is gets no records of another kind.
            return () if self._place == self._open_end else (text,)
        return found

    def _years(self, text: str) -> tuple[str, ...]:
        try:
            found = dates.period(text, self._today)
        except NoSuchDate:
            found = None
        if found is None:
            self._note(Note("bad_date", {"date": text}))
            return ()
        first = max(found.since // 10000, self._today.year - MOST_YEARS)
        last = min(found.until // 10000, self._today.year + 1)
        return tuple(map(str, range(first, last + 1))) or (str(found.since // 10000),)

    def _note(self, note: Note) -> None:
        if self._place != self._open_end:
            self._notes.append(note)
