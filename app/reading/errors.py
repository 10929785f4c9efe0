"""app/reading/errors.py — why a file could not be read, as codes that may cross the border between processes.

The child raises `Refused` and sends only its code; the parent raises `Unreadable` with the same code. Nothing a foreign
file can put into an exception's text ever reaches the parent.
"""

from __future__ import annotations

from storage.errors import Known

REASONS = (
    "unknown_format", "encrypted", "damaged", "empty", "too_large", "too_many_pages", "time", "memory", "crashed", "no_pages",
    "too_many_rows", "too_many_columns",
)


class Unreadable(Known):
    """A file could not be read; its original is kept all the same. Facts: `reason` (a code of REASONS), `format`."""

    number = 201

    def __init__(self, reason: str, format: str = "", **facts: object) -> None:
        super().__init__(reason=reason, format=format, **facts)
        self.reason = reason
        self.format = format


class ReadingUnavailable(Known):
    """The reading program itself does not start on this machine: nothing is wrong with the file."""

    number = 202


class Cancelled(Exception):
    """Whoever asked for the reading does not want it any more."""


class Refused(Exception):
    """Child side: this file, or this page of it, cannot be read, because of `reason`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
