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


PROFILES = {profile.name: profile for profile in numbering.shipped_profiles()}
series = st.builds(
    numbering.Series,
    category=categories,
    year=st.integers(1949, 2100),
    retention=st.sampled_from(Retention),
    office=offices,
    catalogue=st.just("") | st.from_regex(r"[0-9]{1,3}", fullmatch=True),
)


@pytest.mark.parametrize(
    "profile, expected",
    [("dat13", "Z900-ZY·XZ·2026-D30-007"), ("ga1991", "Z900-ZY·XZ-03-007")],
)
def test_volumes_by_profile(profile: str, expected: str) -> None:
    made = numbering.Series("ZY·XZ", 2026, Retention.D30, catalogue="03")
    code = numbering.volume_code("Z900", made, 7, PROFILES[profile])
    assert code == expected
    assert numbering.code_in_volume(code, 12) == f"{expected}-012"


@given(fonds, series, series, numbers, numbers, st.sampled_from(sorted(PROFILES)))
def test_no_two_volumes_share_a_code(
    number: str, one: numbering.Series, two: numbering.Series, n: int, m: int, name: str
) -> None:
    by = PROFILES[name]
    codes = numbering.volume_code(number, one, n, by), numbering.volume_code(number, two, m, by)
    places = (numbering.volume_scope(number, one, by), n), (numbering.volume_scope(number, two, by), m)
    assert (codes[0] == codes[1]) == (places[0] == places[1])
    assert numbering.normalise(codes[0]) == codes[0]


def test_shipped_patterns_are_sound_and_wrong_ones_are_told() -> None:
    for profile in PROFILES.values():
        assert numbering.faults(profile.item, "item") == numbering.faults(profile.volume, "volume") == []
    assert numbering.faults("{fonds}-{category}", "item") == ["problem.profile_number"]
    assert numbering.faults("{fonds}-{item:4}", "item") == ["problem.profile_fonds"]
    assert numbering.faults("{fonds}-{category}-{name}-{item:4}", "item") == ["problem.profile_part"]
    assert numbering.faults("{fonds}-{category}-{fonds}-{item:4}", "item") == ["problem.profile_twice"]
    assert numbering.faults("{fonds}-{category}x{item:4}", "item") == ["problem.profile_part"]
