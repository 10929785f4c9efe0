"""tests/test_numbering.py — 档号 by DA/T 13-2022: composed from its parts, recognised however it was typed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import numbering
from storage.records import ItemDraft, Retention

SHAPE = re.compile(r"[A-Z0-9]{4}-[A-Z]{2}(·[A-Z0-9]{2})*·\d{4}-(Y|D30|D10)(-[A-Z]{2,4})?-\d{4,}")

fonds = st.from_regex(numbering.FONDS, fullmatch=True)
categories = st.from_regex(r"[A-Z]{2}(·[A-Z0-9]{2}){0,3}", fullmatch=True)
offices = st.just("") | st.from_regex(numbering.OFFICE, fullmatch=True)
drafts = st.builds(
    ItemDraft, category=categories, year=st.integers(1949, 2100), retention=st.sampled_from(Retention), office=offices
)
numbers = st.integers(1, 120_000)


@pytest.mark.parametrize(
    "draft, number, expected",
    [
        (ItemDraft(category="WS", year=2026, retention=Retention.D10), 1, "Z900-WS·2026-D10-0001"),
        (ItemDraft(category="WS", year=2026, retention=Retention.PERMANENT, office="BGS"), 12, "Z900-WS·2026-Y-BGS-0012"),
        (ItemDraft(category="ZY·XZ", year=2023, retention=Retention.D30), 9999, "Z900-ZY·XZ·2023-D30-9999"),
        (ItemDraft(category="ZY·XZ", year=2023, retention=Retention.D30), 10000, "Z900-ZY·XZ·2023-D30-10000"),
    ],
)
def test_the_standards_order(draft: ItemDraft, number: int, expected: str) -> None:
    assert numbering.compose("Z900", draft, number) == expected


@given(fonds, drafts, numbers)
def test_every_code_has_the_shape_of_the_standard_and_is_already_normal(number: str, draft: ItemDraft, n: int) -> None:
    code = numbering.compose(number, draft, n)
    assert SHAPE.fullmatch(code)
    assert numbering.normalise(code) == code
    assert code.endswith(f"-{n:04d}")


@given(fonds, drafts, drafts, numbers, numbers)
def test_two_places_never_share_a_code(number: str, one: ItemDraft, two: ItemDraft, n: int, m: int) -> None:
    same_place = (numbering.scope(number, one), n) == (numbering.scope(number, two), m)
    assert (numbering.compose(number, one, n) == numbering.compose(number, two, m)) == same_place


DOTS = "·・．•‧∙⋅･。."
DASHES = "-－—–‐‑−﹣"


@st.composite
def typed(draw: st.DrawFn) -> tuple[str, str]:
    """A code, and the same as somebody may type it: widths, case, blanks, and whatever the keyboard calls a dot."""
    code = numbering.compose(draw(fonds), draw(drafts), draw(numbers))
    result = ""
    for character in code:
        if character == "·":
            look = draw(st.sampled_from(DOTS))
        elif character == "-":
            look = draw(st.sampled_from(DASHES))
        else:
            look = draw(st.sampled_from([character, character.lower(), chr(ord(character) + 0xFEE0)]))
        result += draw(st.sampled_from(["", "", "", " ", "\u3000"])) + look
    return code, result + draw(st.sampled_from(["", " ", "\n"]))


@given(typed())
def test_however_it_was_typed_it_is_the_same_code(pair: tuple[str, str]) -> None:
    code, text = pair
    assert numbering.normalise(text) == code


@given(st.text(max_size=30))
def test_anything_at_all_may_be_typed(text: str) -> None:
    result = numbering.normalise(text)
    assert not any(character.isspace() for character in result)
    assert result == numbering.normalise(f" {text} ")
