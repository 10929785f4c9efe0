"""app/volumes/checks.py — what keeps a volume from being opened or filed, and what is only worth a second look.

Every problem names its field and a sentence of the wording, as those of `app.filing` do. Warnings block nothing: what a
guide misses, a case number of another shape, papers outside the volume's dates. Pure functions, any thread.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from app import numbering, wording
from app.filing import EARLIEST_YEAR, Problem
from app.guides import NO_GUIDE_PAGES, Guide
from app.volumes.workdays import day_of
from storage.records import Category, Item, SecurityClass
from storage.records.volumes import Volume, VolumeDraft, VolumePart

_LIMITS = {"title": 200, "case_name": 100, "cause": 60, "maker": 50, "checker": 50, "handling_unit": 100, "lead_officer": 50,
           "decision_no": 200, "case_no": 60, "catalogue_no": 3, "box_no": 20, "remarks": 300, "notes": 2000}
_LONG = ("notes", "remarks")
_DATES = ("date_from", "date_to", "accepted_on", "decided_on", "closed_on", "made_on", "checked_on")
#: 案件编号: A and 22 digits; older numbers have other shapes, so it is only asked about.
_CASE_NO = re.compile(r"A\d{22}")
_CATALOGUE = re.compile(r"[A-Z0-9]{0,3}")
_CLASSIFIED = (SecurityClass.SECRET, SecurityClass.CONFIDENTIAL, SecurityClass.TOP_SECRET)


@dataclass(frozen=True, slots=True)
class Check:
    """`problems` keep the volume from being filed. `books` is how to divide it when it is too thick: item ids, book by
    book; empty when it is not.
    """

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    books: tuple[tuple[int, ...], ...] = ()


def tidy(draft: VolumeDraft) -> VolumeDraft:
    """The draft as it will be kept: no stray blanks, codes in half width."""
    codes = ("office", "catalogue_no", "case_no", "box_no", *_DATES)
    kept: dict[str, Any] = {}
    for field in fields(draft):
        value = getattr(draft, field.name)
        if type(value) is str:
            lines = [_one_line(line) for line in value.splitlines()] if field.name in _LONG else [_one_line(value)]
            text = "\n".join(lines).strip()
            kept[field.name] = unicodedata.normalize("NFKC", text).upper() if field.name in codes else text
    return replace(draft, **kept)


def check_draft(
    draft: VolumeDraft, categories: Sequence[Category], today: date, former: Volume | None = None
) -> list[Problem]:
    """Everything that keeps a volume from being described like this."""
    problems = []
    if not draft.title:
        problems.append(Problem("title", "problem.title_missing"))
    for name, limit in _LIMITS.items():
        if len(getattr(draft, name)) > limit:
            problems.append(Problem(name, "problem.too_long", {"limit": limit}))
    if draft.category not in {category.code for category in categories} and (not former or former.category != draft.category):
        problems.append(Problem("category", "problem.category_unknown"))
    if not EARLIEST_YEAR <= draft.year <= today.year:
        problems.append(Problem("year", "problem.year_range", {"first": EARLIEST_YEAR, "last": today.year}))
    if draft.office and not numbering.OFFICE.fullmatch(draft.office):
        problems.append(Problem("office", "problem.office_shape"))
    if not _CATALOGUE.fullmatch(draft.catalogue_no):
        problems.append(Problem("catalogue_no", "problem.catalogue_shape"))
    if draft.security_class in _CLASSIFIED:
        problems.append(Problem("security_class", "problem.classified"))
    for name in _DATES:
        problems += _check_date(name, getattr(draft, name), today)
    for first, last in (("date_from", "date_to"), ("accepted_on", "closed_on")):
        start, end = day_of(getattr(draft, first)), day_of(getattr(draft, last))
        if start and end and start > end:
            problems.append(Problem(last, "problem.dates_reversed"))
    if former and not former.open and not draft.notes.startswith(former.notes):
        problems.append(Problem("notes", "problem.notes_append"))
    return problems


def check_filing(
    volume: Volume, items: Sequence[Item], guide: Guide | None, categories: Sequence[Category], today: date
) -> Check:
    """Whether an open volume may be filed as it is."""
    problems = check_draft(volume.draft, categories, today, volume)
    for name in ("date_from", "date_to", "maker", "made_on", "checker"):
        if not getattr(volume, name):
            problems.append(Problem(name, f"problem.volume_{name}"))
    if guide and guide.parts and volume.part is VolumePart.WHOLE:
        problems.append(Problem("part", "problem.volume_part"))
    if not items:
        problems.append(Problem("items", "problem.volume_items"))
    for item in items:
        if item.page_count < 1:
            problems.append(Problem("items", "problem.volume_pages", {"position": item.position}))
    limit = guide.pages_per_book if guide else NO_GUIDE_PAGES
    books = divide(items, limit)
    if len(books) > 1:
        pages = sum(item.page_count for item in items)
        problems.append(Problem("items", "problem.volume_thick", {"pages": pages, "limit": limit, "books": len(books)}))
    return Check(
        tuple(problems), tuple(_warnings(volume, items, guide)),
        tuple(tuple(item.id for item in book) for book in books) if len(books) > 1 else (),
    )  # fmt: skip


def divide(items: Sequence[Item], limit: int) -> list[list[Item]]:
    """The items in order, in as few books of at most `limit` pages as keep every item whole. An item longer than that has
    a book of its own.
    """
    books: list[list[Item]] = []
    pages = 0
    for item in items:
        if not books or pages + item.page_count > limit:
            books.append([])
            pages = 0
        books[-1].append(item)
        pages += item.page_count
    return books


def proposed(volume: Volume, items: Iterable[Item], maker: str, today: date) -> VolumeDraft:
    """The description with what the papers and the calendar tell filled in where nobody wrote anything."""
    days = sorted(item.doc_date for item in items if day_of(item.doc_date))
    return replace(
        volume.draft,
        date_from=volume.date_from or (days[0] if days else ""),
        date_to=volume.date_to or (days[-1] if days else ""),
        maker=volume.maker or maker,
        made_on=volume.made_on or today.strftime("%Y%m%d"),
    )


def _warnings(volume: Volume, items: Sequence[Item], guide: Guide | None) -> list[Problem]:
    found = []
    if guide and not volume.case_no:
        found.append(Problem("case_no", "problem.volume_case_no"))
    elif volume.case_no and not _CASE_NO.fullmatch(volume.case_no):
        found.append(Problem("case_no", "problem.volume_case_no_shape"))
    if volume.maker and volume.maker == volume.checker:
        found.append(Problem("checker", "problem.volume_same_person"))
    outside = [
        item for item in items
        if item.doc_date and volume.date_from and volume.date_to and not _between(volume, item.doc_date)
    ]  # fmt: skip
    if outside:
        found.append(Problem("date_from", "problem.volume_outside", {"n": len(outside)}))
    if guide and volume.part in (VolumePart.WHOLE, VolumePart.MAIN) and volume.book_total == 1:
        found += [
            Problem("guide", "problem.volume_lacks", {"what": minimum.named(wording.language())})
            for minimum in guide.lacking(items)
        ]
    return found


def _between(volume: Volume, day: str) -> bool:
    """Whether a paper's day lies in the volume's span, as far as both are known."""
    known = len(day.rstrip("0")) if day.endswith("00") else 8
    known = 4 if known <= 4 else 6 if known <= 6 else 8
    return volume.date_from[:known] <= day[:known] <= volume.date_to[:known]


def _check_date(name: str, text: str, today: date) -> list[Problem]:
    if not text:
        return []
    day = day_of(text)
    if day is None or day.year < EARLIEST_YEAR - 100 or (text[4:6] == "00" and text[6:] != "00"):
        return [Problem(name, "problem.date_shape")]
    return [Problem(name, "problem.date_future")] if day > today else []


def _one_line(text: str) -> str:
    kept = (" " if unicodedata.category(character) == "Cc" else character for character in text)
    return " ".join("".join(kept).split())
