"""app/scheme.py — categories, numbering profiles, rules of retention, storage places, relations between records.

What the program ships is a starting point; what the station keeps of its own comes first. Facts that no text we could read
fixes are `verified=False` and shown as 未核实. Any thread; every act asks `app.access` first.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache

import resources
from app import numbering
from app.access import require
from app.filing import Invalid, Problem
from app.numbering import Profile
from storage.archive import Archive
from storage.errors import NoSuchRecord
from storage.records import Agent, Category, Retention, Subject
from storage.records.scheme import Place, Relation, RelationType, RetentionRule, SchemeChange

_NAME = re.compile(r"[a-z0-9_]{2,20}")
#: The longest a name, a note or a basis may be.
_LONGEST = 100


@cache
def shipped_rules() -> tuple[RetentionRule, ...]:
    """The suggested retention table."""
    rows = tomllib.loads(resources.path("schemes", "retention.toml").read_text("utf-8"))["rule"]
    return tuple(RetentionRule(**row | {"retention": Retention(row["retention"])}) for row in rows)


class Scheme:
    """The rules by which records are arranged, numbered, kept and put away."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent

    # -- categories and numbering

    def categories(self) -> list[Category]:
        """The scheme in force."""
        return self._archive.queries.categories()

    def offered(self) -> list[Category]:
        """The same as a form offers them: the usual retention is that of the station's own rule, where it has one."""
        own = {rule.category: rule.retention for rule in self._archive.queries.retention_rules() if not rule.document_type}
        return [
            replace(category, default_retention=own.get(category.code, category.default_retention))
            for category in self.categories()
        ]

    def history(self) -> list[SchemeChange]:
        """What was changed since the archive was founded, the newest first."""
        return self._archive.queries.scheme_changes()

    def change_category(self, category: Category, note: str) -> int:
        """A new category or another description. Returns the version. Raises Invalid, InUse, NotAllowed."""
        require(self._archive, self._agent, "change_category")
        problems = self._check_category(category, note)
        if problems:
            raise Invalid(problems)
        with self._archive.write(self._agent) as change:
            return change.change_category(category, note.strip())

    def end_category(self, code: str, today: date, note: str) -> int:
        """Nothing more is filed there. Raises Invalid (no reason given), NoSuchRecord, NotAllowed."""
        require(self._archive, self._agent, "end_category")
        if not note.strip():
            raise Invalid([Problem("note", "problem.note_missing")])
        with self._archive.write(self._agent) as change:
            return change.end_category(code, f"{today:%Y%m%d}", note.strip())

    def profiles(self) -> list[Profile]:
        """The numbering profiles to choose from: shipped ones, then the station's own."""
        own = [Profile(*row) for row in self._archive.queries.profiles()]
        return [*numbering.shipped_profiles(), *own]

    def profile(self, name: str) -> Profile:
        """Raises NoSuchRecord."""
        for profile in self.profiles():
            if profile.name == name:
                return profile
        raise NoSuchRecord(profile=name)

    def keep_profile(self, profile: Profile) -> None:
        """A profile of the station's own. Raises Invalid, InUse, NotAllowed."""
        require(self._archive, self._agent, "keep_profile")
        problems = [Problem("item", key) for key in numbering.faults(profile.item, "item")]
        problems += [Problem("volume", key) for key in numbering.faults(profile.volume, "volume")]
        if not _NAME.fullmatch(profile.name) or profile.name in {p.name for p in numbering.shipped_profiles()}:
            problems.append(Problem("name", "problem.profile_name"))
        if not profile.title.strip():
            problems.append(Problem("title", "problem.name_missing"))
        if problems:
            raise Invalid(problems)
        with self._archive.write(self._agent) as change:
            change.keep_profile(profile.name, profile.title.strip(), profile.item, profile.volume)

    # -- retention

    def rules(self) -> list[RetentionRule]:
        """The retention table: the station's own lines, and of the suggested ones those it did not replace."""
        own = self._archive.queries.retention_rules()
        replaced = {(rule.category, rule.document_type) for rule in own}
        shipped = [rule for rule in shipped_rules() if (rule.category, rule.document_type) not in replaced]
        return sorted([*own, *shipped], key=lambda rule: (rule.category, rule.document_type))

    def retention(self, category: str, document_type: str = "") -> RetentionRule | None:
        """The line for such a paper: that of its document type, else the general one of its category or the one above."""
        table = {(rule.category, rule.document_type): rule for rule in self.rules()}
        parts = category.split("·")
        for depth in range(len(parts), 0, -1):
            code = "·".join(parts[:depth])
            for kind in dict.fromkeys((document_type, "")):
                if rule := table.get((code, kind)):
                    return rule
        return None

    def keep_rule(self, rule: RetentionRule, today: date) -> int:
        """A line of the station's own, in force from today. Raises Invalid, NotAllowed."""
        require(self._archive, self._agent, "keep_rule")
        problems = []
        if rule.category not in {category.code for category in self.categories()}:
            problems.append(Problem("category", "problem.category_unknown"))
        if not rule.basis.strip():
            problems.append(Problem("basis", "problem.basis_missing"))
        for name in ("document_type", "basis", "reference"):
            if len(getattr(rule, name)) > _LONGEST:
                problems.append(Problem(name, "problem.too_long", {"limit": _LONGEST}))
        if problems:
            raise Invalid(problems)
        day = f"{today:%Y%m%d}"
        kept = RetentionRule(
            rule.category, rule.document_type.strip(), rule.retention, rule.basis.strip(), rule.reference.strip(),
            rule.verified, day,
        )  # fmt: skip
        with self._archive.write(self._agent) as change:
            return change.keep_rule(kept)

    def end_rule(self, rule_id: int, today: date) -> None:
        """The station's own line ends; the suggested one holds again. Raises NoSuchRecord, NotAllowed."""
        require(self._archive, self._agent, "end_rule")
        with self._archive.write(self._agent) as change:
            change.end_rule(rule_id, f"{today:%Y%m%d}")

    # -- places

    def places(self) -> list[Place]:
        return self._archive.queries.places()

    def place_path(self, place_id: int | None) -> str:
        """Where that is, from the room down; empty for None."""
        return self._archive.queries.place_path(place_id) if place_id else ""

    def place_of(self, subject: Subject) -> tuple[int | None, str]:
        return self._archive.queries.place_of(subject)

    def keep_place(self, place: Place) -> int:
        """Raises Invalid, InUse, NoSuchRecord, NotAllowed."""
        require(self._archive, self._agent, "keep_place")
        problems = []
        if not place.code.strip():
            problems.append(Problem("code", "problem.name_missing"))
        elif len(place.code) > 20:
            problems.append(Problem("code", "problem.too_long", {"limit": 20}))
        if problems:
            raise Invalid(problems)
        with self._archive.write(self._agent) as change:
            return change.keep_place(place)

    def retire_place(self, place_id: int) -> None:
        """Raises InUse while something stands there."""
        require(self._archive, self._agent, "retire_place")
        with self._archive.write(self._agent) as change:
            change.retire_place(place_id)

    def put_away(self, subjects: Sequence[Subject], place_id: int, box_no: str = "") -> None:
        """Raises NoSuchRecord, NotAllowed."""
        require(self._archive, self._agent, "put_away")
        with self._archive.write(self._agent) as change:
            change.put_away(subjects, place_id, box_no.strip())

    # -- what belongs together

    def relations(self, subject: Subject) -> list[Relation]:
        return self._archive.queries.relations(subject)

    def relate(self, one: Subject, type: RelationType, other: Subject, note: str = "") -> int:
        """Raises NoSuchRecord, InUse, NotAllowed."""
        require(self._archive, self._agent, "relate")
        with self._archive.write(self._agent) as change:
            return change.relate(one, type, other, note.strip()[:_LONGEST])

    def unrelate(self, relation_id: int) -> None:
        require(self._archive, self._agent, "unrelate")
        with self._archive.write(self._agent) as change:
            change.unrelate(relation_id)

    # -- inside

    def _check_category(self, category: Category, note: str) -> list[Problem]:
        problems = []
        if not numbering.CATEGORY.fullmatch(category.code):
            problems.append(Problem("code", "problem.category_code"))
        else:
            above = category.code.rpartition("·")[0]
            first = {known.code.split("·")[0] for known in self.categories()}
            if above and above not in {known.code for known in self.categories()} and above not in first:
                problems.append(Problem("code", "problem.category_above", {"code": above}))
        if not category.name.strip():
            problems.append(Problem("name", "problem.name_missing"))
        if category.profile not in {profile.name for profile in self.profiles()}:
            problems.append(Problem("profile", "problem.profile_unknown"))
        if not note.strip():
            problems.append(Problem("note", "problem.note_missing"))
        for name, value in (("name", category.name), ("name_en", category.name_en), ("note", note)):
            if len(value) > _LONGEST:
                problems.append(Problem(name, "problem.too_long", {"limit": _LONGEST}))
        return problems

