"""storage/changes/scheme.py — categories, numbering profiles, rules of retention, storage places, relations: their events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import msgspec

from storage.changes.base import Writing, now
from storage.errors import InUse, NoSuchRecord
from storage.records import Category, Kind, Subject
from storage.records.scheme import Place, PlaceKind, RelationType, RetentionRule

#: What a place may stand in.
INSIDE = {
    PlaceKind.ROOM: None,
    PlaceKind.CABINET: PlaceKind.ROOM,
    PlaceKind.SHELF: PlaceKind.CABINET,
    PlaceKind.BOX: PlaceKind.SHELF,
}


class SchemeChanges(Writing):
    """The scheme changes in versions; what records were filed by is never taken away, it only ends."""

    def change_category(self, category: Category, note: str) -> int:
        """A new category, or another description of one. Returns the version of the scheme that begins.

        Raises InUse when records stand in it and its arrangement or its numbering would change under them.
        """
        former = self._former(category.code)
        if former is not None and self._used(category.code):
            kept = msgspec.json.decode(former)
            if (kept["arrangement"], kept["profile"]) != (category.arrangement.value, category.profile):
                raise InUse(code=category.code)
        version = self._version(note, category.code, former)
        values = {name: getattr(value, "value", value) for name, value in asdict(category).items()}
        if former is None:
            row = self._connection.row("SELECT coalesce(max(position), 0) + 1 FROM category")
            assert row is not None
            self._insert("category", **values, position=row[0])
        else:
            names = ", ".join(f"{name} = ?" for name in values)
            self._touch(f"UPDATE category SET {names} WHERE code = ?", (*values.values(), category.code))
        self._note("change_category", f"category:{category.code}", scheme=version)
        return version

    def end_category(self, code: str, day: str, note: str) -> int:
        """Nothing more is filed in this category after `day` (YYYYMMDD); what stands in it stays."""
        former = self._former(code)
        if former is None:
            raise NoSuchRecord(code=code)
        version = self._version(note, code, former)
        self._touch("UPDATE category SET valid_to = ? WHERE code = ?", (day, code))
        self._note("end_category", f"category:{code}", scheme=version)
        return version

    def keep_profile(self, name: str, title: str, item: str, volume: str) -> None:
        """A numbering profile of the station's own. Raises InUse when a category already numbers by one of this name."""
        if self._connection.row("SELECT 1 FROM category WHERE profile = ?", (name,)):
            raise InUse(code=name)
        self._connection.execute(
            "INSERT OR REPLACE INTO profile (name, title, item_levels, volume_levels, verified) VALUES (?, ?, ?, ?, 0)",
            (name, title, item, volume),
        )
        self._note("keep_profile", f"profile:{name}", item=item, volume=volume)

    def keep_rule(self, rule: RetentionRule) -> int:
        """A rule of retention; one in force for the same papers ends with the day before. Returns its id."""
        self._connection.execute(
            "UPDATE retention_rule SET valid_to = ? WHERE category = ? AND document_type = ? AND valid_to = ''",
            (rule.valid_from, rule.category, rule.document_type),
        )
        values = {name: getattr(value, "value", value) for name, value in asdict(rule).items() if name != "id"}
        rule_id = self._insert("retention_rule", **values)
        self._note("keep_rule", f"rule:{rule_id}", category=rule.category, retention=rule.retention.value)
        return rule_id

    def end_rule(self, rule_id: int, day: str) -> None:
        self._touch("UPDATE retention_rule SET valid_to = ? WHERE valid_to = '' AND id = ?", (day, rule_id))
        self._note("end_rule", f"rule:{rule_id}")

    def keep_place(self, place: Place) -> int:
        """A storage place, new (`id` 0) or described anew. Returns its id.

        Raises NoSuchRecord when it stands in nothing, or in the wrong kind of place; InUse for a code that is taken there.
        """
        parent = self._connection.row("SELECT kind FROM place WHERE id = ?", (place.parent_id,))
        wanted = INSIDE[place.kind]
        if (PlaceKind(parent[0]) if parent else None) is not wanted:
            raise NoSuchRecord(place=place.parent_id)
        if self._connection.row(
            "SELECT 1 FROM place WHERE code = ? AND parent_id IS ? AND retired = 0 AND id <> ?",
            (place.code, place.parent_id, place.id),
        ):
            raise InUse(code=place.code)
        values = {
            "parent_id": place.parent_id,
            "kind": place.kind.value,
            "code": place.code,
            "name": place.name,
            "note": place.note,
        }
        if place.id:
            names = ", ".join(f"{name} = ?" for name in values)
            self._touch(f"UPDATE place SET {names} WHERE id = ?", (*values.values(), place.id))
            place_id = place.id
        else:
            place_id = self._insert("place", **values)
        self._note("keep_place", f"place:{place_id}", kind=place.kind.value)
        return place_id

    def retire_place(self, place_id: int) -> None:
        """The place is no longer used. Raises InUse while papers or other places stand in it."""
        for table in ("visible_item", "visible_volume"):
            if self._connection.row(f"SELECT 1 FROM {table} WHERE place_id = ?", (place_id,)):
                raise InUse(code=place_id)
        if self._connection.row("SELECT 1 FROM place WHERE parent_id = ? AND retired = 0", (place_id,)):
            raise InUse(code=place_id)
        self._touch("UPDATE place SET retired = 1 WHERE id = ?", (place_id,))
        self._note("retire_place", f"place:{place_id}")

    def put_away(self, subjects: Sequence[Subject], place_id: int, box_no: str) -> None:
        """The paper of these records stands there now. Raises NoSuchRecord; then nothing was put away."""
        for subject in subjects:
            self._touch(
                f"UPDATE {subject.kind.value} SET place_id = ?, box_no = ? WHERE sealed = 0 AND state IN ('open', 'filed')"
                " AND id = ?",
                (place_id, box_no, subject.id),
            )
        self._note("put_away", f"place:{place_id}", subjects=[str(subject) for subject in subjects])

    def relate(self, one: Subject, type: RelationType, other: Subject, note: str) -> int:
        """Ties two records. Raises NoSuchRecord (one of them is not to be seen), InUse (they are tied so already)."""
        if one == other:
            raise NoSuchRecord(record=str(other))
        for subject in (one, other):
            if not self._connection.row(f"SELECT 1 FROM visible_{subject.kind.value} WHERE id = ?", (subject.id,)):
                raise NoSuchRecord(record=str(subject))
        ends = (one.kind.value, one.id, type.value, other.kind.value, other.id)
        if self._connection.row(
            "SELECT 1 FROM relation WHERE from_kind = ? AND from_id = ? AND type = ? AND to_kind = ? AND to_id = ?", ends
        ):
            raise InUse(code=type.value)
        relation_id = self._insert(
            "relation",
            from_kind=one.kind.value,
            from_id=one.id,
            type=type.value,
            to_kind=other.kind.value,
            to_id=other.id,
            note=note,
            at=now(),
            agent_name=self._agent.name,
        )
        self._note("relate", str(one), relation=relation_id, type=type.value, other=str(other))
        return relation_id

    def unrelate(self, relation_id: int) -> None:
        """The tie was a mistake."""
        self._touch("DELETE FROM relation WHERE id = ?", (relation_id,))
        self._note("unrelate", f"relation:{relation_id}")

    # -- inside

    def _former(self, code: str) -> str | None:
        names = list(Category.__dataclass_fields__)
        row = self._connection.row(f"SELECT {', '.join(names)} FROM category WHERE code = ?", (code,))
        return msgspec.json.encode(dict(zip(names, row, strict=True))).decode() if row else None

    def _used(self, code: str) -> bool:
        return any(
            self._connection.row(f"SELECT 1 FROM {kind.value} WHERE category = ? LIMIT 1", (code,)) for kind in Kind
        )

    def _version(self, note: str, code: str, former: str | None) -> int:
        version = self._insert("scheme", note=note, at=now(), agent_name=self._agent.name)
        self._insert("former_category", scheme=version, code=code, description=former or "")
        return version
