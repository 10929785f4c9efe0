"""app/reports/words.py — the fixed words of printed forms, in the language a form is asked for.

A form may be printed in another language than the window speaks, and several forms are built at once, so it is given its
`Words` and asks nobody what the current language is. The catalogues are resources/wording/<language>/reports.toml.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache

import resources

LANGUAGES = ("zh", "en")


@cache
def _catalogue(language: str) -> dict[str, str]:
    text = resources.path("wording", language, "reports.toml").read_text("utf-8")
    flat: dict[str, str] = {}

    def gather(prefix: str, table: dict[str, object]) -> None:
        for key, value in table.items():
            if isinstance(value, dict):
                gather(f"{prefix}{key}.", value)
            else:
                flat[prefix + key] = str(value)

    gather("", tomllib.loads(text))
    return flat


class Words:
    """One language. `say` raises KeyError for a key the catalogue lacks: that is a bug, not a fault."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = _catalogue(language)

    def say(self, key: str, **facts: object) -> str:
        return self._catalogue[f"report.{key}"].format(**facts)

    def day(self, iso: str) -> str:
        """A calendar day (`2026-11-22`) as people write it; text that is no such day is printed as it stands."""
        try:
            day = date.fromisoformat(iso)
        except ValueError:
            return iso
        return self.say("day", year=day.year, month=day.month, day=day.day)
