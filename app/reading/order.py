"""app/reading/order.py — the order in which people read the lines that OCR found on a page.

Rows from the top, each from the left; within a row, what stands above what comes first. A form's label keeps together with
a field of two lines beside it, and a page that was put in askew is judged as if it were straight. Units are pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from app.reading.wire import Line

BESIDE = 0.9                     # of a line's height: so far apart two lines side by side still share a row
LEAST_HEIGHT = 4.0


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a line stands once the page is straight. `middle` and `height` are of the line itself, without its slope."""

    line: Line
    left: float
    right: float
    middle: float
    height: float


def slope(boxes: Sequence[np.ndarray]) -> float:
    """How much the page leans: pixels down for each pixel to the right, from its long lines (corners clockwise)."""
    leans = [(box[1][1] - box[0][1]) / (box[1][0] - box[0][0]) for box in boxes
             if box[1][0] - box[0][0] > 6 * abs(box[3][1] - box[0][1])]
    return float(median(leans)) if leans else 0.0


def ordered(spots: Sequence[Spot]) -> list[Spot]:
    rows: list[list[Spot]] = []
    for spot in sorted(spots, key=lambda one: one.middle):
        if rows and any(_beside(one, spot) for one in rows[-1]):
            rows[-1].append(spot)
        else:
            rows.append([spot])
    return [spot for row in rows for spot in _across(row)]


def _beside(one: Spot, other: Spot) -> bool:
    """Whether two lines stand in one row: near in height, and not one above the other."""
    near = abs(one.middle - other.middle) < BESIDE * max(LEAST_HEIGHT, min(one.height, other.height))
    return near and _overlap(one, other) < 0.5


def _overlap(one: Spot, other: Spot) -> float:
    """How much of the shorter line stands above or below the other."""
    shared = min(one.right, other.right) - max(one.left, other.left)
    return shared / max(1.0, min(one.right - one.left, other.right - other.left))


def _across(row: Sequence[Spot]) -> list[Spot]:
    """One row from left to right, lines that stand one above the other in one column from the top."""
    columns: list[list[Spot]] = []
    for spot in sorted(row, key=lambda one: one.left):
        if columns and any(_overlap(one, spot) >= 0.5 for one in columns[-1]):
            columns[-1].append(spot)
        else:
            columns.append([spot])
    return [spot for column in columns for spot in sorted(column, key=lambda one: one.middle)]
