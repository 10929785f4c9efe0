"""ui/widgets/dates.py — dates as clerks write them, and the field that takes them.

The archive keeps `YYYYMMDD` with `00` for what is not known (DA/T 18). People type 20260305, 2026-03-05, 2026.3.5,
2026年3月5日, 二〇二六年三月五日 or just 2026年3月. What is no date stays as typed and is shown as a problem.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QLineEdit

_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_COMPACT = re.compile(r"(\d{4})(\d{2})?(\d{2})?")
_PARTED = re.compile(r"(\d{4})\s*[-./年]\s*(?:(\d{1,2})\s*(?:[-./月]\s*(?:(\d{1,2})\s*日?)?)?)?")
_TENS = re.compile(r"([一二三])?十([一二三四五六七八九])?")


def read(text: str) -> str | None:
    """The archive's form of a typed date; empty for empty, None for what is no date."""
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = _TENS.sub(lambda m: f"{_digit(m[1], '1')}{_digit(m[2], '0')}", plain).translate(_DIGITS)
    if not plain:
        return ""
    found = _COMPACT.fullmatch(plain) or _PARTED.fullmatch(plain)
    if found is None:
        return None
    year, month, day = (int(part or 0) for part in found.groups())
    if not 1900 <= year <= 2199 or month > 12 or (day and not month):
        return None
    if day:
        try:
            date(year, month, day)
        except ValueError:
            return None
    return f"{year:04d}{month:02d}{day:02d}"


def show(stored: str) -> str:
    """A stored date for people: 2026-03-05, 2026-03, 2026, or as it is when it is no date."""
    if not re.fullmatch(r"\d{8}", stored):
        return stored
    year, month, day = stored[:4], stored[4:6], stored[6:]
    return "-".join([year] + ([month] if month != "00" else []) + ([day] if day != "00" else []))


def _digit(character: str | None, otherwise: str) -> str:
    return character.translate(_DIGITS) if character else otherwise


class DateField(QLineEdit):
    """A line that takes a date in any of the written forms and shows it in one."""

    def value(self) -> str:
        """The archive's form, or the text as typed when it is no date (the check then says so)."""
        found = read(self.text())
        return self.text().strip() if found is None else found

    def set_value(self, stored: str) -> None:
        self.setText(show(stored))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        found = read(self.text())
        if found:
            self.setText(show(found))
        super().focusOutEvent(event)
