"""app/passphrases.py — what the station asks of passphrases: how long, how mixed, how old, and not the same again.

The grades are those of domain practice: 等级保护 as commonly required (ten characters of three kinds, 90 days, none of the last
five, five wrong ones and out for half an hour), and 分级保护 for the two lower grades of secrecy (秘密级: eight characters, mixed,
a month; 机密级: ten, a week). A grade of the station's own takes its numbers one by one. Whatever the grade, a passphrase
that is guessed too easily is refused (`app.access`): "Abcdefgh12" has three kinds. Naming a grade is no certification.

Chinese characters are a kind of their own. Pure but for the clock.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.access import require_strength
from storage.errors import PassphraseTooPlain
from storage.keys import normalise_passphrase

OWN = "own"
#: A warning stands this many days before a passphrase grows too old, and not longer than a third of its life.
WARN_DAYS = 10


@dataclass(frozen=True, slots=True)
class Policy:
    """`days` 0: a passphrase does not age. `remembered` former ones may not come back."""

    length: int
    classes: int
    days: int
    remembered: int
    key_file: bool = False

    def fits(self, passphrase: str) -> bool:
        """Whether it is long and mixed enough."""
        text = normalise_passphrase(passphrase)
        return len(text) >= self.length and len(kinds(text)) >= self.classes

    def judge(self, passphrase: str, *known: str) -> None:
        """Raises WeakPassphrase, PassphraseTooPlain. `known` are words a guesser would try first."""
        require_strength(passphrase, *known)
        if not self.fits(passphrase):
            raise PassphraseTooPlain(length=self.length, classes=self.classes)

    def days_left(self, set_at: str) -> int | None:
        """How many whole days the passphrase set at that time has left; negative when it is too old, None when it never is."""
        if not self.days:
            return None
        ends = datetime.fromisoformat(set_at) + timedelta(days=self.days)
        return (ends - datetime.now(UTC)).days

    @property
    def warn_days(self) -> int:
        """From how many days on its holder should be told."""
        return min(WARN_DAYS, self.days // 3)


GRADES = {
    "baseline": Policy(length=10, classes=3, days=90, remembered=5),
    "secret": Policy(length=8, classes=2, days=30, remembered=5),
    "confidential": Policy(length=10, classes=3, days=7, remembered=5),
}
#: What a station begins with.
USUAL = "baseline"


def policy(get: Callable[[str], Any]) -> Policy:
    """The policy as the settings say; `get` as `Settings.get`."""
    grade, key_file = str(get("passphrase_grade")), bool(get("key_file_required"))
    numbers = GRADES.get(grade)
    if numbers is None:
        return Policy(
            int(get("passphrase_length")), int(get("passphrase_classes")), int(get("passphrase_days")),
            int(get("passphrase_history")), key_file,
        )  # fmt: skip
    return Policy(numbers.length, numbers.classes, numbers.days, numbers.remembered, key_file)


def kinds(text: str) -> set[str]:
    """Which kinds of characters stand in it: upper, lower, digit, han (and any other script without case), sign."""
    return {_kind(character) for character in text}


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return "digit"
    return {"Lu": "upper", "Lt": "upper", "Ll": "lower", "Lo": "han", "Lm": "han"}.get(category, "sign")


def invent() -> str:
    """A passphrase nobody has to remember, for demonstrations and measurements; meets every grade."""
    while True:
        text = secrets.token_urlsafe(18)
        if all(grade.fits(text) for grade in GRADES.values()):
            return text
