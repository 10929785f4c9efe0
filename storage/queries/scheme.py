"""storage/queries/scheme.py — categories, numbering profiles, rules of retention, storage places, relations: the reads."""

from __future__ import annotations

from storage.queries.base import Reading
from storage.records import Kind, Retention, Subject
from storage.records.scheme import Place, PlaceKind, Relation, RelationType, RetentionRule, SchemeChange


class SchemeReads(Reading):
    """The scheme in force and what it was before; where papers stand; what belongs together."""

    def scheme_changes(self) -> list[SchemeChange]:
        """Every version of the scheme after the one it was founded with, the newest first."""
        return [
            SchemeChange(*row)
            for row in self._rows(
                "SELECT version, code, description, note, at, agent_name FROM scheme JOIN former_category"
                " ON former_category.scheme = version ORDER BY version DESC"
            )
        ]

    def profiles(self) -> list[tuple[str, str, str, str]]:
        """(name, title, pattern of items, pattern of volumes) of the station's own numbering profiles."""
        return self._rows("SELECT name, title, item_levels, volume_levels FROM profile ORDER BY name")

    def retention_rules(self) -> list[RetentionRule]:
        """The station's own rules in force."""
        return [
            RetentionRule(row[1], row[2], Retention(row[3]), row[4], row[5], bool(row[6]), row[7], row[8], row[0])
            for row in self._rows(
                "SELECT id, category, document_type, retention, basis, reference, verified, valid_from, valid_to"
                " FROM retention_rule WHERE valid_to = '' ORDER BY category, document_type"
            )
        ]

    def places(self) -> list[Place]:
        """Those in use, rooms first, each below what it stands in."""
        return [
            Place(PlaceKind(row[1]), row[2], row[3], row[4], row[5], bool(row[6]), row[0])
            for row in self._rows(
                "SELECT id, kind, code, name, note, parent_id, retired FROM place WHERE retired = 0"
                " ORDER BY coalesce(parent_id, 0), code"
            )
        ]

    def place_path(self, place_id: int) -> str:
        """`库房 / 柜 / 层 / 盒`, as it is written on a slip."""
        row = self._row(
            "WITH RECURSIVE up(id, parent_id, code, depth) AS ("
            " SELECT id, parent_id, code, 0 FROM place WHERE id = ?"
            " UNION ALL SELECT place.id, place.parent_id, place.code, depth + 1 FROM place JOIN up ON place.id = up.parent_id"
            " WHERE depth < 8) SELECT group_concat(code, ' / ') FROM (SELECT code FROM up ORDER BY depth DESC)",
            (place_id,),
        )
        return str(row[0] or "")

    def place_of(self, subject: Subject) -> tuple[int | None, str]:
        """(place, box number) of a record's paper."""
        row = self._row(f"SELECT place_id, box_no FROM visible_{subject.kind.value} WHERE id = ?", (subject.id,))
        return (row[0], row[1]) if row else (None, "")

    def relations(self, subject: Subject) -> list[Relation]:
        """What this record is tied to, from either end; ties to what may not be seen are left out."""
        rows = self._rows(
            "SELECT id, from_kind, from_id, type, to_kind, to_id, note, at, agent_name FROM relation"
            " WHERE (from_kind, from_id) = (?, ?) OR (to_kind, to_id) = (?, ?) ORDER BY id",
            (subject.kind.value, subject.id, subject.kind.value, subject.id),
        )
        found = [
            Relation(row[0], Subject(Kind(row[1]), row[2]), RelationType(row[3]), Subject(Kind(row[4]), row[5]), *row[6:])
            for row in rows
        ]
        return [relation for relation in found if self._seen(relation.one) and self._seen(relation.other)]

    def _seen(self, subject: Subject) -> bool:
        return self._row(f"SELECT 1 FROM visible_{subject.kind.value} WHERE id = ?", (subject.id,)) is not None
