"""ui/models/asked.py — what the search screen asks: a question, or what is like a record; and its filters in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app import wording
from app.privacy import cover
from storage.records import Category, Retention, SecurityClass
from storage.records.search import FACETS, Filters, Order
from storage.records.searches import Question
from ui.models import choices
from ui.widgets.dates import show


@dataclass(frozen=True, slots=True)
class Like:
    """The record whose likes are asked for."""

    item_id: int
    title: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """`settled`: the last word is whole. Two that differ in nothing else are the same question, answered more or less far."""

    question: Question
    like: Like | None = None
    settled: bool = field(default=False, compare=False)

    def __bool__(self) -> bool:
        return bool(self.question.query or self.question.filters or self.like)


def asked(query: str, filters: Filters, order: Order, like: Like | None = None, *, settled: bool = False) -> Asked:
    return Asked(Question(query, filters, order), like, settled)


def word(facet: str, value: str, categories: Mapping[str, Category]) -> str:
    """A value of a facet as people call it."""
    if facet == "category":
        return choices.category_name(categories[value]) if value in categories else value
    if facet == "retention" and value in set(Retention):
        return choices.retention_word(Retention(value))
    if facet == "secrecy" and value in set(SecurityClass):
        return choices.secrecy_word(SecurityClass(value))
    if facet == "state":
        return wording.say(f"search.state.{value}")
    return cover(value)


def span(filters: Filters) -> str:
    """The days a question is bound to, as people write them; empty when it is not."""
    if not filters.since and not filters.until:
        return ""
    return wording.say("search.span", since=show(filters.since) or "…", until=show(filters.until) or "…")


def spoken(filters: Filters, categories: Mapping[str, Category]) -> str:
    """All filters of a question in one line."""
    said = [word(facet, value, categories) for facet in FACETS for value in getattr(filters, facet)]
    return " · ".join([*said, *([days] if (days := span(filters)) else [])])
