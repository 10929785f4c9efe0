"""app/reports/words.py — the fixed words of a printed form, in the language the form is asked for.

A form may be printed in another language than the window speaks, so it is given its `Words` and never asks for the
current language. The texts are the `report.` keys of the wording catalogues.
"""

from __future__ import annotations

from datetime import date

from app import wording


class Words:
    """One language. `say` raises KeyError for a key nobody wrote: that is a bug, not a fault."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, key: str, **facts: object) -> str:
        return wording.say(f"report.{key}", self.language, **facts)

    def day(self, iso: str) -> str:
        """A calendar day (`2026-11-22`) as people write it; text that is no such day is printed as it stands."""
        try:
            day = date.fromisoformat(iso)
        except ValueError:
            return iso
        return self.say("day", year=day.year, month=day.month, day=day.day)
