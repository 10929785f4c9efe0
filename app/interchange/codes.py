"""app/interchange/codes.py — the parts of an imported 档号, read back through the profile that makes such codes.

A catalogue often has the code alone. What is read out of it is only a proposal: the code counts when the profile makes
exactly the same code of these parts again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

_SHAPES = {
    "fonds": "[A-Z0-9]{4}",
    "category": "[A-Z]{2}(?:·[A-Z0-9]{2})*",
    "year": r"\d{4}",
    "retention": r"Y|D\d{2}",
    "office": "[A-Z]{2,4}",
    "catalogue": "[A-Z0-9]{1,6}",
}
_PART = re.compile(r"\{(\w+)(?::[1-9])?\}")
#: Levels made of one of these alone are left out of a code when the part is empty.
_OPTIONAL = ("office", "catalogue")


def parts(code: str, patterns: Iterable[str]) -> dict[str, str]:
    """The parts of a code by name, by the first pattern it follows; the number is called `number`."""
    for pattern in patterns:
        found = _shape(pattern).fullmatch(code)
        if found:
            return {name: text for name, text in found.groupdict().items() if text}
    return {}


@cache
def _shape(pattern: str) -> re.Pattern[str]:
    shape = ""
    for level in pattern.split("-"):
        inside = "·".join(_PART.sub(_group, piece) for piece in level.split("·"))
        one = f"-{inside}" if shape else inside
        shape += f"(?:{one})?" if level in {f"{{{name}}}" for name in _OPTIONAL} else one
    return re.compile(shape)


def _group(found: re.Match[str]) -> str:
    name = found[1]
    return f"(?P<{name}>{_SHAPES[name]})" if name in _SHAPES else r"(?P<number>\d+)"
