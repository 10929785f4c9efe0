"""ui/models/pages.py — a record opened to be looked at: its pages in their order, and where the found words stand on them.

`open_record` journals the look; it runs on a worker. Raises what `Station.view` raises.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF

from app.station import Station
from storage.records import Category, Item, PageText
from ui.widgets import marks


@dataclass(frozen=True, slots=True)
class Place:
    """A record to open: `page` and the words of `query` say where. Page 0 is the first, or the first with such a word."""

    item_id: int
    query: str
    page: int


@dataclass(frozen=True, slots=True)
class Page:
    """`number` within its original; boxes are fractions of the page."""

    object_id: int
    number: int
    boxes: tuple[QRectF, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """`first` is the page to begin with, counted from 0."""

    item: Item
    category: Category | None
    pages: tuple[Page, ...]
    first: int


def open_record(station: Station, place: Place) -> Opened:
    item = station.view(place.item_id)
    words = marks.words(station.snippet(place.query, place.item_id)) if place.query else ()
    # An original may hold the pages of several records, and in another order.
    texts: list[tuple[int, PageText]] = []
    for paper in station.description.documents.of(item.id):
        object_id = paper.document.object_id
        by_number = {page.number: page for page in station.page_text(object_id)}
        texts += [(object_id, by_number[number]) for number in paper.pages if number in by_number]
    pages = tuple(Page(object_id, page.number, tuple(marks.boxes(page.lines, words))) for object_id, page in texts)
    first = min(max(place.page - 1, 0), max(0, len(pages) - 1))
    if pages and words and not pages[first].boxes:
        first = next((number for number, page in enumerate(pages) if page.boxes), first)
    category = next((known for known in station.categories() if known.code == item.category), None)
    return Opened(item, category, pages, first)
