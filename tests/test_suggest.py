"""tests/test_suggest.py — suggestions measured against the truth of the sample papers, and their parsers by property.

Readings are built from the laid-out sheets: one line for every run of characters on a baseline, with its place, as OCR
gives them. A second, worn set has blanks between characters, other brackets and look-alike signs in it.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from app import samples
from app.intake import suggest as room
from app.intake.suggest import suggest
from app.samples.sheet import HEIGHT, WIDTH, Run, Sheet
from storage.records import Category, ItemDraft, Line, Page, Reading, Retention

TODAY = date(2026, 11, 22)
FIELDS = ("title", "document_no", "creator", "doc_date", "category")


def scheme() -> tuple[Category, ...]:
    table = tomllib.loads(resources.path("schemes", "categories.toml").read_text(encoding="utf-8"))
    return tuple(
        Category(row["code"], row["name"], row["name_en"], Retention(row["default_retention"]), row["verified"]) for row in table["category"]
    )


def page(sheet: Sheet, number: int) -> Page:
    """What a reader without faults makes of a sheet."""
    lines: list[tuple[Run, str, float]] = []
    for run in (mark for mark in sheet.marks if isinstance(mark, Run)):
        last, text, end = lines[-1] if lines else (run, "", -1e9)
        if lines and last.y == run.y and abs(end - run.x) < run.size * 0.8:
            lines[-1] = (last, text + run.text, run.x + run.width)
        else:
            lines.append((run, run.text, run.x + run.width))
    placed = tuple(
        Line(text, first.x / WIDTH, (first.y - first.size) / HEIGHT, (end - first.x) / WIDTH, first.size * 1.15 / HEIGHT)
        for first, text, end in lines
    )
    return Page(number, 1240, 1754, placed, b"", "ocr", 0.97)


def worn(reading: Reading, rng: Random) -> Reading:
    """The same with the faults of OCR that a suggestion must live with."""
    swaps = str.maketrans({"〔": rng.choice("[(【（"), "〕": rng.choice("])】）"), "〇": rng.choice("O○0〇"), "：": ":", "，": ","})

    def wear(text: str) -> str:
        return "".join(char + (" " if rng.random() < 0.15 else "") for char in text.translate(swaps))

    pages = tuple(
        replace(sheet, lines=tuple(replace(line, text=wear(line.text)) for line in sheet.lines)) for sheet in reading.pages
    )
    return replace(reading, pages=pages)


def read_all(seed: int) -> list[tuple[samples.Draft, Reading]]:
    return [
        (draft, Reading("pdf", tuple(page(sheet, number) for number, sheet in enumerate(sheets, 1))))
        for _carrier, draft, sheets, _rng in samples.drafts(seed)
    ]


def agreement(pairs: Sequence[tuple[samples.Draft, Reading]]) -> tuple[dict[str, float], list[str]]:
    right: Counter[str] = Counter()
    wrong = []
    for draft, reading in pairs:
        found = suggest(reading, "SCAN_0001.pdf", today=TODAY, station=samples.STATION, categories=scheme())
        for field in FIELDS:
            if getattr(found, field) == getattr(draft, field):
                right[field] += 1
            else:
                wrong.append(f"{draft.kind}: {field} {getattr(draft, field)!r} taken for {getattr(found, field)!r}")
    return {field: right[field] / len(pairs) for field in FIELDS}, wrong
