"""ui/models/choices.py — the closed lists of a description (category, retention, secrecy, year) as value and word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from app import wording
from storage.records import AccessStatus, Category, Origin, Retention, SecurityClass


def category_name(category: Category) -> str:
    return category.name if wording.language() == "zh" else category.name_en or category.name


def categories(known: Iterable[Category]) -> list[tuple[object, str]]:
    return [(category.code, f"{category.code}  {category_name(category)}") for category in known]


def retentions() -> list[tuple[object, str]]:
    return [(retention, retention_word(retention)) for retention in Retention]


def secrecies() -> list[tuple[object, str]]:
    return [(secrecy, secrecy_word(secrecy)) for secrecy in SecurityClass]


def origins() -> list[tuple[object, str]]:
    return [(origin, wording.say(f"origin.{origin.value}")) for origin in Origin]


def access_statuses() -> list[tuple[object, str]]:
    return [(status, wording.say(f"access_status.{status.value}")) for status in AccessStatus]


def years(known: Sequence[int] = ()) -> list[tuple[object, str]]:
    """This year and the ten before, and every year the archive has."""
    now = date.today().year
    return [(year, str(year)) for year in sorted({*range(now - 10, now + 1), *known}, reverse=True)]


def years_kept(known: Sequence[int]) -> list[tuple[object, str]]:
    """The years the archive has, newest first."""
    return [(year, str(year)) for year in sorted(known, reverse=True)]


def retention_word(retention: Retention) -> str:
    return wording.say(f"retention.{retention.value}")


def secrecy_word(secrecy: SecurityClass) -> str:
    return wording.say(f"security_class.{secrecy.value}")
