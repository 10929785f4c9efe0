"""app/numbering.py — 档号 profiles: compose, validate.

A profile says of which parts a reference code is made: `全宗号-类别号·年度-保管期限[-机构代码]-件号` by DA/T 13-2022, arranged by
item; the same with 案卷号 arranged by volume, and `-件号` behind it for an item in a volume. Levels are joined by `-`, parts
of one level by `·` (U+00B7); a level whose part is empty is left out. The parts are kept apart in the archive: an all-digit
office code makes the string ambiguous, so it is composed from the parts and never parsed for meaning. Numbers are
allocated in `storage.changes`, inside the transaction that files, from 1 without gaps within the profile's scope.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache

import resources
from storage.records import ItemDraft, Retention

FONDS = re.compile(r"[A-Z0-9]{4}")
CATEGORY = re.compile(r"[A-Z]{2}(·[A-Z0-9]{2})*")
OFFICE = re.compile(r"[A-Z]{2,4}")
ITEM_IN_VOLUME_WIDTH = 3

_PART = re.compile(r"\{(\w+)(?::([1-9]))?\}")
_PARTS = ("fonds", "category", "year", "retention", "office", "catalogue")

_DOTS = dict.fromkeys(map(ord, "・．•‧∙⋅･。"), "·")
_DASHES = dict.fromkeys(map(ord, "－—–‐‑−﹣"), "-")


@dataclass(frozen=True, slots=True)
class Profile:
    """A way of making codes. `item` and `volume` are patterns such as `{fonds}-{category}·{year}-{item:4}`.

    `verified` is False for what no standard that could be read fixes (未核实).
    """

    name: str
    title: str
    item: str
    volume: str
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """类别: what a code is made of besides fonds and number. ItemDraft and a volume's draft have the same names."""

    category: str
    year: int
    retention: Retention
    office: str = ""
    catalogue: str = ""

    @classmethod
    def of(cls, draft: ItemDraft) -> Series:
        return cls(draft.category, draft.year, draft.retention, draft.office)


@cache
def shipped_profiles() -> tuple[Profile, ...]:
    """The profiles every archive knows: data, to which a station may add its own."""
    rows = tomllib.loads(resources.path("schemes", "profiles.toml").read_text("utf-8"))["profile"]
    return tuple(Profile(**row) for row in rows)


DAT13 = "dat13"


def profile(name: str) -> Profile:
    """A shipped profile. Raises KeyError."""
    return {profile.name: profile for profile in shipped_profiles()}[name]


def faults(pattern: str, number: str) -> list[str]:
    """What is wrong with a pattern that a person wrote, as keys of the wording; `number` is `item` or `volume`."""
    names = [name for name, _width in _PART.findall(pattern)]
    found = []
    if any(name not in (*_PARTS, number) for name in names) or re.search(r"[^-·]", _PART.sub("", pattern)):
        found.append("problem.profile_part")
    if names.count(number) != 1 or names[-1:] != [number]:
        found.append("problem.profile_number")
    if "fonds" not in names or "category" not in names:
        found.append("problem.profile_fonds")
    if len(set(names)) != len(names):
        found.append("problem.profile_twice")
    return found


def compose(fonds: str, draft: ItemDraft, number: int, by: Profile | None = None) -> str:
    """The 档号 of the item numbered `number` in its class, arranged by item."""
    return _fill((by or profile(DAT13)).item, fonds, Series.of(draft), number)


def volume_code(fonds: str, series: Series, number: int, by: Profile | None = None) -> str:
    """The 档号 of the volume numbered `number` in its class."""
    return _fill((by or profile(DAT13)).volume, fonds, series, number)


def code_in_volume(volume_code: str, number: int) -> str:
    """The 档号 of the item that stands at `number` in a volume."""
    return f"{volume_code}-{number:0{ITEM_IN_VOLUME_WIDTH}d}"


def scope(fonds: str, draft: ItemDraft, by: Profile | None = None) -> tuple[str, ...]:
    """The class within which item numbers run from 1 without gaps."""
    by = by or profile(DAT13)
    if by.name == DAT13:
        return (fonds, draft.category, str(draft.year), draft.retention.value, draft.office)
    return ("item", by.name, *_used(by.item, fonds, Series.of(draft)))


def volume_scope(fonds: str, series: Series, by: Profile | None = None) -> tuple[str, ...]:
    """The class within which volume numbers run from 1 without gaps."""
    by = by or profile(DAT13)
    return ("volume", by.name, *_used(by.volume, fonds, series))


def normalise(code: str) -> str:
    """A reference code as it is kept, out of whatever dots, dashes, widths and case a person typed."""
    # The dots first: NFKC would make a full stop of the full-width one.
    dotted = code.translate(_DOTS).translate(_DASHES)
    text = unicodedata.normalize("NFKC", dotted).translate(_DOTS).translate(_DASHES)
    text = re.sub(r"\s+", "", text)
    return re.sub(r"(?<=[A-Z0-9a-z])\.(?=[A-Z0-9a-z])", "·", text).upper()


def _values(fonds: str, series: Series) -> dict[str, str]:
    return {
        "fonds": fonds,
        "category": series.category,
        "year": f"{series.year:04d}",
        "retention": series.retention.value,
        "office": series.office,
        "catalogue": series.catalogue,
    }


def _used(pattern: str, fonds: str, series: Series) -> tuple[str, ...]:
    """The parts that the pattern shows: two classes that look alike must share their numbers."""
    values = _values(fonds, series)
    return tuple(values[name] for name, _width in _PART.findall(pattern) if name in values)


def _fill(pattern: str, fonds: str, series: Series, number: int) -> str:
    values = _values(fonds, series)

    def part(found: re.Match[str]) -> str:
        name, width = found.groups()
        return values.get(name, f"{number:0{width or 1}d}")

    levels = (
        "·".join(filter(None, (_PART.sub(part, piece) for piece in level.split("·")))) for level in pattern.split("-")
    )
    return "-".join(filter(None, levels))
