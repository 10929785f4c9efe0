"""app/interchange/values.py — what stands in the cells of foreign catalogues, as the values that the archive keeps.

Each function takes the text of a cell and gives None for what it does not understand; the dry run then says so. Nothing
is guessed: old words for retention (长期, 短期) have no value until a person has decided one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date as day
from enum import StrEnum
from functools import cache
from typing import TypeVar

from app import numbering, wording
from storage.records import AccessStatus, Category, Retention, SecurityClass

E = TypeVar("E", bound=StrEnum)

_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_TENS = re.compile(r"([一二三])?十([一二三四五六七八九])?")
_COMPACT = re.compile(r"(\d{4})(\d{2})?(\d{2})?")
_PARTED = re.compile(r"(\d{4})[-./年](?:(\d{1,2})(?:[-./月](?:(\d{1,2})日?)?)?)?")
_CLOCK = re.compile(r"(?<=\d)[T ]\d{1,2}:\d{2}(:\d{2})?(\.\d+)?$")
_RANGE = re.compile(r"(.+?)\s*(?:--|——|[~～至—–]|(?<=\d)-(?=\d{4})|\s-\s)\s*(.+)")
_NUMBER = re.compile(r"(?:第|no\.?)?(\d{1,6})(?:\.0+)?(?:页|件|号|卷|份|个|张|p|pp)?", re.IGNORECASE)
_CLASS = re.compile(r"(\w+?)[★☆*].*")
_RETENTION = {
    "永久": Retention.PERMANENT,
    "定期30年": Retention.D30,
    "30": Retention.D30,
    "三十年": Retention.D30,
    "定期三十年": Retention.D30,
    "定期10年": Retention.D10,
    "10": Retention.D10,
    "十年": Retention.D10,
    "定期十年": Retention.D10,
}


def narrow(text: str) -> str:
    """Full-width digits, letters and blanks as half-width ones, without blanks around."""
    return unicodedata.normalize("NFKC", text).strip()


def date(text: str) -> str | None:
    """`YYYYMMDD` out of the usual forms, `00` for a month or day that is not told."""
    plain = _CLOCK.sub("", narrow(text)).replace(" ", "")
    plain = _TENS.sub(lambda m: f"{_digit(m[1], '1')}{_digit(m[2], '0')}", plain).translate(_DIGITS)
    plain = plain.strip("[]〔〕()")
    found = _COMPACT.fullmatch(plain) or _PARTED.fullmatch(plain)
    if found is None:
        return None
    year, month, when = (int(part or 0) for part in found.groups())
    if not 1800 <= year <= 2199 or month > 12 or (when and not month):
        return None
    try:
        day(year, month or 1, when or 1)
    except ValueError:
        return None
    return f"{year:04d}{month:02d}{when:02d}"


def dates(text: str) -> tuple[str, str] | None:
    """The first and the last day of a span; one day is both."""
    one = date(text)
    if one is not None:
        return one, one
    found = _RANGE.fullmatch(narrow(text))
    if found is None:
        return None
    first, last = date(found[1]), date(found[2])
    return None if first is None or last is None else (first, last)


def number(text: str) -> int | None:
    """A count or a serial number, with or without its word: 3, ０００３, 3页, 第3号."""
    found = _NUMBER.fullmatch(narrow(text).replace(" ", ""))
    return int(found[1]) if found else None


def year(text: str) -> int | None:
    found = re.fullmatch(r"(\d{4})(?:\.0+)?年?度?", narrow(text).translate(_DIGITS))
    return int(found[1]) if found else None


def retention(text: str) -> Retention | None:
    """Only words that leave no doubt."""
    word = narrow(text).replace(" ", "").upper()
    return _RETENTION.get(word) or _shown(Retention, "retention").get(word.casefold())


def security_class(text: str) -> SecurityClass | None:
    word = narrow(text).casefold()
    marked = _CLASS.fullmatch(word)
    return _shown(SecurityClass, "security_class").get(marked[1] if marked else word)


def access_status(text: str) -> AccessStatus | None:
    return _shown(AccessStatus, "access_status").get(narrow(text).casefold())


def category(text: str, known: Sequence[Category]) -> str | None:
    """The code of a category, out of its code or its name."""
    code, name = numbering.normalise(text), narrow(text).casefold()
    for one in known:
        if code == one.code or name in (one.name.casefold(), one.name_en.casefold()):
            return one.code
    return None


@cache
def _shown(kind: type[E], table: str) -> dict[str, E]:
    """Every way in which this program itself writes a value."""
    found: dict[str, E] = {}
    for value in kind:
        for word in (value.value, *(wording.say(f"{table}.{value.value}", language) for language in wording.LANGUAGES)):
            found[narrow(word).replace(" ", "").casefold()] = value
            found[narrow(word).casefold()] = value
    return found


def _digit(character: str | None, otherwise: str) -> str:
    return character.translate(_DIGITS) if character else otherwise
