"""app/volumes/workdays.py — working days: how long is left to file the volume of a closed case.

Saturdays and Sundays do not count. Public holidays are a list the station keeps (setting `public_holidays`), since they
are announced year by year; a day with `+` before it is worked although it falls on a weekend. Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from storage.errors import Known
from storage.records.volumes import Volume


class HolidaysUnreadable(Known):
    """The list of public holidays holds something that is no date. Facts: part."""

    number = 521


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off and days worked besides the week."""

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    @classmethod
    def read(cls, text: str) -> Calendar:
        """Dates such as `2026-10-01`, in any separation; `+2026-10-10` is worked. Raises HolidaysUnreadable."""
        off: set[date] = set()
        worked: set[date] = set()
        for part in filter(None, re.split(r"[\s,;，；、]+", text)):
            try:
                (worked if part.startswith("+") else off).add(date.fromisoformat(part.removeprefix("+")))
            except ValueError:
                raise HolidaysUnreadable(part=part) from None
        return cls(frozenset(off), frozenset(worked))

    def works(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def after(self, start: date, days: int) -> date:
        """The working day that is `days` working days after `start`; the day itself does not count."""
        day = start
        while days > 0:
            day += timedelta(days=1)
            days -= self.works(day)
        return day

    def between(self, start: date, end: date) -> int:
        """Working days after `start` up to and with `end`; negative when `end` lies before `start`."""
        if end < start:
            return -self.between(end, start)
        return sum(self.works(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


def day_of(stored: str) -> date | None:
    """A stored date as a day; an unknown day or month counts as the first. None for what is no date."""
    if not re.fullmatch(r"\d{8}", stored):
        return None
    year, month, day = int(stored[:4]), int(stored[4:6]), int(stored[6:])
    try:
        return date(year, month or 1, day or 1)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Due:
    """A closed case whose volume is not filed. `days_left` are working days, negative once it is late."""

    volume: Volume
    due_on: date
    days_left: int


def deadlines(volumes: Iterable[Volume], days: Callable[[Volume], int], today: date, calendar: Calendar) -> list[Due]:
    """When each must be filed, the most urgent first; `days` are the working days its guide allows."""
    found = []
    for volume in volumes:
        closed = day_of(volume.closed_on)
        if closed is not None:
            due_on = calendar.after(closed, days(volume))
            found.append(Due(volume, due_on, calendar.between(today, due_on)))
    return sorted(found, key=lambda due: due.due_on)
