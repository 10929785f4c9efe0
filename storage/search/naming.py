"""storage/search/naming.py — the fields a question may name, what people call them, and their values as the index has them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from storage.search import analysis, pinyin

#: What each field is called; the first names are those a correction offers.
NAMES = {
    "title": ("题名", "title", "标题", "题目"),
    "creator": ("责任者", "creator", "作者", "author"),
    "code": ("档号", "code"),
    "number": ("文号", "number", "发文字号", "docno"),
    "person": ("人名", "person", "姓名", "name"),
    "date": ("日期", "date", "成文日期"),
    "category": ("类别", "category", "门类", "分类"),
    "year": ("年度", "year", "年份"),
    "retention": ("保管期限", "retention", "期限"),
    "secrecy": ("密级", "secrecy", "class"),
    "state": ("状态", "state", "status"),
}
LONGEST = max(len(name) for names in NAMES.values() for name in names) + 2
_FIELD_OF = {name: field for field, names in NAMES.items() for name in names}

_VALUES = {
    "retention": {
        "Y": ("永久", "y", "permanent", "forever"),
        "D30": ("30年", "30", "d30", "定期30年", "30 years", "长期"),
        "D10": ("10年", "10", "d10", "定期10年", "10 years", "短期"),
    },
    "secrecy": {
        "public": ("公开", "public", "open"),
        "internal": ("内部", "internal"),
        "secret": ("秘密", "secret"),
        "confidential": ("机密", "confidential"),
        "top_secret": ("绝密", "top_secret", "top secret"),
    },
    "state": {
        "filed": ("在库", "filed", "已归档", "归档"),
        "open": ("整理中", "open", "在整理"),
        "lent": ("已借出", "lent", "借出", "外借", "on loan"),
    },
}
_TEN = {"十年": "10年", "三十年": "30年", "定期十年": "定期10年", "定期三十年": "定期30年", "三十": "30", "十": "10"}
_WORD = re.compile(r"[^\W\d_]{2,}")


def field_of(name: str) -> str | None:
    """The field of this name."""
    return _FIELD_OF.get(_tidy(name))


def right_name(name: str) -> str | None:
    """The name that somebody who wrote this may have meant: spelled nearly so, or sounding so. None when there is none."""
    wrong = _tidy(name)
    if not _WORD.fullmatch(wrong) or len(wrong) > LONGEST:
        return None
    latin = wrong.isascii()
    for other in _FIELD_OF:
        if latin and not other.isascii() and wrong in pinyin.readings(other):
            return other
        if not latin and not other.isascii() and _sound(wrong) & _sound(other):
            return other
    near = [(_distance(wrong, other), place, other) for place, other in enumerate(_FIELD_OF) if other.isascii() == latin]
    far, _, other = min(near)
    longest = max(len(wrong), len(other))
    least = 4 if latin else 3
    return other if longest >= least and len(wrong) >= least and far <= (2 if longest > 6 else 1) else None


def values_of(facet: str, written: str, categories: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The values of a facet that people call so; none when nothing is called so."""
    wanted = _tidy(written)
    if facet == "category":
        return _categories(wanted, categories)
    wanted = _TEN.get(wanted, wanted)
    return tuple(value for value, names in _VALUES[facet].items() if wanted in names)


def _categories(wanted: str, categories: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    code = "·".join(re.findall(r"[^\W_]+", wanted)).upper()
    if not code or any(code == known or known.startswith(code + "·") for known, _ in categories):
        return (code,) if code else ()
    named = tuple(dict.fromkeys(known for known, name in categories if wanted in _tidy(name)))
    return named or ((code,) if not categories else ())


def _tidy(text: str) -> str:
    """Half width, simplified, small, one blank at most."""
    half = unicodedata.normalize("NFKC", text).lower()
    return " ".join("".join(analysis.fold(c) if c > "\u2e7f" and c.isalnum() else c for c in half).split())


@cache
def _sounds_of() -> dict[str, frozenset[str]]:
    return {name: frozenset(pinyin.readings(name)) for name in _FIELD_OF if not name.isascii()}


def _sound(name: str) -> frozenset[str]:
    return _sounds_of().get(name) or frozenset(pinyin.readings(name) if all(pinyin.syllables(name)) else ())


def _distance(one: str, other: str) -> int:
    """Signs to change, add, leave out or exchange with the next."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row_before = row, before
        row = [i]
        for j, b in enumerate(other, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, row_before[j - 2] + 1)
            row.append(best)
        before = last
    return row[-1]
