"""app/description/compare.py — two descriptions side by side: what differs, what is wrong with it, and why it is done.

Pure functions. A change is judged by what it touches: an old fault elsewhere in the description does not stand in its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

from app import filing
from app.filing import Invalid, Problem
from storage.records import Category, Item, ItemDraft, State

FIELDS = tuple(field.name for field in fields(ItemDraft))
REASON_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two descriptions do not agree in."""

    field: str
    before: object
    after: object


def differences(before: ItemDraft, after: ItemDraft) -> tuple[Difference, ...]:
    """Field by field, in the order of the description."""
    return tuple(
        Difference(name, getattr(before, name), getattr(after, name))
        for name in FIELDS
        if getattr(before, name) != getattr(after, name)
    )


def amended(before: ItemDraft, wanted: ItemDraft) -> ItemDraft:
    """`wanted` as it will be kept; what the person left alone stays to the letter."""
    tidied = filing.tidy(wanted)
    touched = {name for name in FIELDS if getattr(before, name) != getattr(wanted, name)}
    return replace(before, **{name: getattr(tidied, name) for name in touched})


def check_change(
    before: ItemDraft, after: ItemDraft, categories: Sequence[Category], today: date, *, pages: int = 0
) -> list[Problem]:
    """What is wrong with what the change touches. `pages` is how many the volume's page numbers give the item, if any."""
    touched = {one.field for one in differences(before, after)}
    problems = []
    for problem in filing.check(after, categories, today):
        if problem.key == "problem.year_before_date" and "year" not in touched:
            problem = replace(problem, field="doc_date")
        if problem.field in touched:
            problems.append(problem)
    if pages and "page_count" in touched and after.page_count != pages:
        problems.append(Problem("page_count", "problem.page_count_in_volume", {"pages": pages}))
    return problems


def pages_in_volume(item: Item) -> int:
    """How many pages the printed page numbers of a filed volume give the item; 0 when none are fixed."""
    return item.page_to - item.page_from + 1 if item.state is State.FILED and item.volume_id and item.page_from else 0


def require_reason(reason: str) -> str:
    """The reason, tidied. Raises Invalid without one."""
    reason = " ".join(reason.split())
    if not reason:
        raise Invalid([Problem("reason", "problem.why_missing")])
    if len(reason) > REASON_LIMIT:
        raise Invalid([Problem("reason", "problem.too_long", {"limit": REASON_LIMIT})])
    return reason
