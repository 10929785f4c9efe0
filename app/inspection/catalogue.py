"""app/inspection/catalogue.py — the checks of DA/T 70 as the station keeps them: resources/schemes/inspection.toml.

Codes, natures, phases, weights, rules of fields and lists of formats are data; what a check does is a function of this
package that yields faults under the check's code. The numbering of the standard is not verified (未核实).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

import resources
from app import wording
from storage.records.inspection import Severity

#: 归档, 移交与接收, 长期保存.
PHASES = ("GD", "YJ", "CQ")
NATURES = ("authenticity", "completeness", "usability", "safety")
MANUAL = "manual"
_ANY = "GD1-5"


@dataclass(frozen=True, slots=True)
class Check:
    """One 检测项. `how` is automatic, partial or manual."""

    code: str
    nature: str
    name: str
    name_en: str
    phases: tuple[str, ...]
    how: str
    severity: Severity

    def title(self, language: str | None = None) -> str:
        return self.name if (language or wording.language()) == "zh" else self.name_en


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What a field of an item or a volume must hold. `when` is another field and the values of it that make this one
    mandatory; `filed`: only once the record is filed.
    """

    of: str
    name: str
    longest: int = 0
    pattern: str = ""
    mandatory: bool = False
    filed: bool = False
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    scheme: str
    standard: str
    verified: bool
    checks: tuple[Check, ...]
    problems: dict[str, str]
    reasons: dict[str, str]
    fields: tuple[FieldRule, ...]
    acceptable: frozenset[str]
    long_term: frozenset[str]
    by_item: tuple[tuple[str, ...], ...]
    in_volume: tuple[tuple[str, ...], ...]
    events: tuple[str, ...]

    def of(self, phase: str) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if phase in check.phases)

    def check(self, code: str) -> Check:
        """Raises KeyError."""
        return {check.code: check for check in self.checks}[code]

    def code_of(self, problem: str) -> str:
        """The check that a problem of a description (`problem.too_long`) belongs to."""
        return self.problems.get(problem.removeprefix("problem."), _ANY)


@cache
def catalogue() -> Catalogue:
    """The catalogue in force."""
    data = tomllib.loads(resources.path("schemes", "inspection.toml").read_text("utf-8"))
    return Catalogue(
        scheme=data["scheme"],
        standard=data["standard"],
        verified=data["verified"],
        checks=tuple(
            Check(**row | {"phases": tuple(row["phases"]), "severity": Severity(row["severity"])}) for row in data["check"]
        ),
        problems=data["problem"],
        reasons=data["reason"],
        fields=tuple(FieldRule(**row | {"when": tuple(row.get("when", ()))}) for row in data["field"]),
        acceptable=frozenset(data["content"]["acceptable"]),
        long_term=frozenset(data["content"]["long_term"]),
        by_item=tuple(map(tuple, data["duplicates"]["by_item"])),
        in_volume=tuple(map(tuple, data["duplicates"]["in_volume"])),
        events=tuple(data["process"]["events"]),
    )
