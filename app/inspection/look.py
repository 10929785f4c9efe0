"""app/inspection/look.py — what a check is given to look with, and the list of all checks.

A check is a generator of faults under one or more codes of the catalogue, registered by what it walks over: pages of
items, single volumes, single originals, or the archive once. It is skipped when none of its codes belongs to the phase;
a fault under a code outside the phase is dropped. Checks look at what may be seen; where numbers and digests of sealed
records count, the fault names nothing of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Generic, TypeVar

from app import numbering
from app.filing import Numbers
from app.inspection.catalogue import Catalogue
from app.numbering import Profile
from app.reading import Readers
from app.scheme import Scheme
from storage.archive import Archive
from storage.records import Agent, Category, Item, Retention, StoredObject, Subject
from storage.records.inspection import Fault, InspectedDocument, Scope, Severity
from storage.records.volumes import Volume

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Batch:
    """Some items, with their files in force."""

    items: Sequence[Item]
    documents: dict[int, list[InspectedDocument]]


@dataclass(frozen=True, slots=True)
class Bound:
    """A volume with its items, in order."""

    volume: Volume
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Kept:
    """An original with its bytes (None: they could not be opened), a visible item that holds it (None: nothing may be said
    of it but whether it is whole), and how many of its pages were read.
    """

    stored: StoredObject
    data: bytes | None
    item_id: int | None
    pages_read: int


@dataclass(frozen=True, slots=True)
class Walker(Generic[T]):
    """`counts` is False for what only tells the result of a check made elsewhere."""

    codes: frozenset[str]
    run: Callable[[Look, T], Iterator[Fault]]
    counts: bool = True


@dataclass
class Look:
    """One run's view of the archive."""

    archive: Archive
    agent: Agent
    scope: Scope
    phase: str
    catalogue: Catalogue
    today: date
    readers: Readers
    _numbers: dict[tuple[str, int, str, str], Numbers] = field(default_factory=dict)
    _profiles: dict[str, Profile] = field(default_factory=dict)
    _retentions: dict[tuple[str, str], Retention | None] = field(default_factory=dict)

    @cached_property
    def categories(self) -> list[Category]:
        """Every category there is or was: a record keeps the one it was filed under."""
        known = self.archive.queries.categories()
        codes = {category.code for category in known}
        ended = [code for code in self.archive.queries.category_codes() if code not in codes]
        return known + [Category(code, code, code, known[0].default_retention) for code in ended if known]

    @cached_property
    def rules(self) -> Scheme:
        return Scheme(self.archive, self.agent)

    def profile(self, category: str) -> Profile:
        """How records of a category are numbered."""
        if category not in self._profiles:
            name = next((one.profile for one in self.categories if one.code == category), numbering.DAT13)
            self._profiles[category] = self.rules.profile(name)
        return self._profiles[category]

    def retention(self, category: str, document_type: str) -> Retention | None:
        """How long such papers are to be kept, by the station's table or its category."""
        asked = (category, document_type)
        if asked not in self._retentions:
            rule = self.rules.retention(category, document_type)
            known = {one.code: one.default_retention for one in self.categories}
            self._retentions[asked] = rule.retention if rule else known.get(category)
        return self._retentions[asked]

    def item_code(self, item: Item) -> str:
        """The 档号 that the parts of an item filed by item make."""
        series = (item.category, item.year, item.retention.value, item.office)
        if series not in self._numbers:
            self._numbers[series] = Numbers(self.archive, item.draft)
        return self._numbers[series].compose(item.item_no)

    def fault(
        self, code: str, key: str, subject: Subject | None = None, /, *,
        severity: Severity | None = None, object: str = "", **facts: object,
    ) -> Fault:  # fmt: skip
        """A fault of check `code`; as heavy as the catalogue has it, unless said otherwise."""
        return Fault(code, key, severity or self.catalogue.check(code).severity, subject, object, facts)


ITEMS: list[Walker[Batch]] = []
VOLUMES: list[Walker[Bound]] = []
ORIGINALS: list[Walker[Kept]] = []
#: Once a run, whatever was chosen; unless a single volume or item was; only when nothing was.
ONCE: list[Walker[None]] = []
SERIES: list[Walker[None]] = []
ARCHIVE: list[Walker[None]] = []


def over(
    walkers: list[Walker[T]], *codes: str, counts: bool = True
) -> Callable[[Callable[[Look, T], Iterator[Fault]]], Callable[[Look, T], Iterator[Fault]]]:
    """Registers a check for these codes."""

    def register(run: Callable[[Look, T], Iterator[Fault]]) -> Callable[[Look, T], Iterator[Fault]]:
        walkers.append(Walker(frozenset(codes), run, counts))
        return run

    return register
