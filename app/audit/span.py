"""app/audit/span.py — days by the clock of the station as moments of the journal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


def span(first: date | None, last: date | None) -> tuple[str, str]:
    """The moments between which these days lie: the first is part of them, the second is not. None: no limit."""
    return _midnight(first) if first else "", _midnight(last + timedelta(days=1)) if last else ""


def _midnight(day: date) -> str:
    # The zone of that day, not of today: clocks may have been changed in between.
    return datetime(day.year, day.month, day.day).astimezone().astimezone(UTC).isoformat(timespec="milliseconds")
