"""app/privacy/identity.py — 公民身份号码 (GB 11643) and 机动车号牌: what is right about a number, and what it says.

Pure functions. Numbers come as people write them; `tidy` brings them to half width, without blanks, X upper case. The
digits of a region are not looked up: regions come and go, and an old number stays right.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_EARLIEST_YEAR = 1850

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_LETTER, _SIGN = "A-HJ-NP-Z", "A-HJ-NP-Z0-9"
#: Five signs with at most two letters among them; the last may be a 警 学 挂 港 澳 instead. New energy: six signs, small
#: cars with the letter in front, large ones with it at the end (GA 36; the letters beyond D and F are not verified).
PLATE = re.compile(
    rf"[{_PROVINCES}][A-Z][·. ]?(?:"
    rf"[ABCDEFGHJK][{_SIGN}][0-9]{{4}}(?![{_SIGN}])|[0-9]{{5}}[ABCDEFGHJK](?![{_SIGN}])"
    rf"|(?![{_LETTER}]{{3}})(?:[{_SIGN}]{{4}}[警学挂港澳]|[{_SIGN}]{{5}}(?![{_SIGN}])))"
)


def tidy(number: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", number)).upper()


def check_digit(first17: str) -> str:
    """The last character of an identity number."""
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def to_18(number: str) -> str:
    """The 18 characters of a number of 15 digits; any other number as it is."""
    if not re.fullmatch(r"[0-9]{15}", number):
        return number
    first17 = f"{number[:6]}19{number[6:]}"
    return first17 + check_digit(first17)


def is_valid(number: str) -> bool:
    """Whether 18 characters have a day of birth and the right check digit, or 15 digits a day of birth."""
    if not re.fullmatch(r"[0-9]{15}|[0-9]{17}[0-9X]", number):
        return False
    whole = to_18(number)
    return is_birth(whole[6:14]) and whole[17] == check_digit(whole[:17])


def is_birth(day: str) -> bool:
    """Whether YYYYMMDD is a day somebody can have been born on."""
    try:
        born = date(int(day[:4]), int(day[4:6]), int(day[6:8]))
    except ValueError:
        return False
    return born.year >= _EARLIEST_YEAR and born.year <= 2099


def birth_of(number: str) -> str:
    """The day of birth (YYYYMMDD) a valid number says; empty for another."""
    return to_18(number)[6:14] if is_valid(number) else ""


def sex_of(number: str) -> str:
    """male, female; empty for a number that is not valid."""
    if not is_valid(number):
        return ""
    return "male" if int(to_18(number)[16]) % 2 else "female"


def plates_in(text: str) -> list[str]:
    """The plates in a text, without the dot."""
    return [re.sub("[·. ]", "", found[0]) for found in PLATE.finditer(unicodedata.normalize("NFKC", text))]


def is_plate(text: str) -> bool:
    return PLATE.fullmatch(tidy(text)) is not None
