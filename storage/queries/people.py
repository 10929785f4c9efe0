"""storage/queries/people.py — whom and what the papers name, and who looked: the reads.

Everything is reached through papers that may be seen: an entity that only sealed papers name is not found, and a look at
a sealed paper is not told here (its own register tells it: `storage.queries.sealing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from storage.errors import NoSuchRecord
from storage.queries.base import Reading, chunks
from storage.records import Kind, Subject
from storage.records.people import (
    Access,
    Act,
    Disclosure,
    Entity,
    EntityDraft,
    EntityKind,
    Mention,
    Paper,
    Part,
    Purpose,
)

_ENTITY = ", ".join(f"entity.{field.name}" for field in fields(EntityDraft)) + ", entity.id"
_WIDTH = len(fields(EntityDraft)) + 1
#: Mentions in papers that may be seen, with what those papers are called.
_NAMED = (
    "(SELECT mention.*, reference_code, title FROM mention JOIN visible_item ON mention.kind = 'item' AND id = subject_id"
    " UNION ALL"
    " SELECT mention.*, reference_code, title FROM mention JOIN visible_volume ON mention.kind = 'volume'"
    " AND id = subject_id) AS named"
)
#: Entities that a paper names which may be seen, or none yet.
KNOWN = (
    "(NOT EXISTS (SELECT 1 FROM mention WHERE entity_id = entity.id)"
    f" OR EXISTS (SELECT 1 FROM {_NAMED} WHERE entity_id = entity.id))"
)
#: (item, name, other name, plate) of what items mention themselves, through their volume, and of the volume's case.
_NAMES = (
    "SELECT item.id, name, alias, plate FROM visible_item AS item JOIN mention ON mention.kind = 'item' AND subject_id = item.id"
    " JOIN entity ON entity.id = entity_id WHERE item.id IN ({asked})"
    " UNION ALL SELECT item.id, name, alias, plate FROM visible_item AS item JOIN mention ON mention.kind = 'volume'"
    " AND subject_id = item.volume_id JOIN entity ON entity.id = entity_id WHERE item.id IN ({asked})"
    " UNION ALL SELECT item.id, case_no, '', '' FROM visible_item AS item JOIN visible_volume AS volume"
    " ON volume.id = item.volume_id WHERE item.id IN ({asked}) AND case_no <> ''"
)
_MINOR = " JOIN entity ON entity.id = entity_id AND minor = 1 "
#: (record, name, other name) of the minors that the records asked for name.
_MINORS = {
    Kind.ITEM: (
        "SELECT item.id, name, alias FROM visible_item AS item JOIN mention ON mention.kind = 'item' AND subject_id = item.id"
        f"{_MINOR}WHERE item.id IN ({{asked}})"
        " UNION SELECT item.id, name, alias FROM visible_item AS item JOIN mention ON mention.kind = 'volume'"
        f" AND subject_id = item.volume_id{_MINOR}WHERE item.id IN ({{asked}})"
    ),
    Kind.VOLUME: (
        "SELECT volume.id, name, alias FROM visible_volume AS volume JOIN mention ON mention.kind = 'volume'"
        f" AND subject_id = volume.id{_MINOR}WHERE volume.id IN ({{asked}})"
        " UNION SELECT item.volume_id, name, alias FROM visible_item AS item JOIN mention ON mention.kind = 'item'"
        f" AND subject_id = item.id{_MINOR}WHERE item.volume_id IN ({{asked}})"
    ),
}


class PeopleReads(Reading):
    """Whom and what the papers name, and who looked."""

    def entity(self, entity_id: int) -> Entity:
        """Raises NoSuchRecord, also when only papers name it that may not be seen."""
        row = self._row(
            f"SELECT {_ENTITY} FROM entity WHERE id = ? AND EXISTS (SELECT 1 FROM {_NAMED} WHERE entity_id = entity.id)",
            (entity_id,),
        )
        if row is None:
            raise NoSuchRecord(record=f"entity:{entity_id}")
        return _entity(row)

    def mentions(self, subject: Subject) -> list[Mention]:
        """Whom and what a record names, people first."""
        rows = self._rows(
            f"SELECT {_ENTITY}, named.role FROM {_NAMED} JOIN entity ON entity.id = entity_id"
            " WHERE named.kind = ? AND subject_id = ?"
            " ORDER BY entity.kind <> 'person', entity.kind, entity.name, entity.id, named.role",
            (subject.kind.value, subject.id),
        )
        return [Mention(_entity(row), subject, Part(row[_WIDTH])) for row in rows]

    def entities_called(self, term: str) -> list[Entity]:
        """Those whose name, other name, number, phone or plate is exactly this."""
        return [
            _entity(row)
            for row in self._rows(
                f"SELECT {_ENTITY} FROM entity WHERE ?1 <> '' AND ?1 IN (name, alias, id_number, phone, plate)"
                f" AND EXISTS (SELECT 1 FROM {_NAMED} WHERE entity_id = entity.id) ORDER BY name, id",
                (term,),
            )
        ]

    def entity_numbered(self, kind: EntityKind, *, id_number: str = "", plate: str = "") -> Entity | None:
        """The entity with this number, to name it once and not twice; not one that only papers name which may not be seen."""
        row = self._row(
            f"SELECT {_ENTITY} FROM entity WHERE kind = ? AND ((id_number <> '' AND id_number = ?)"
            f" OR (plate <> '' AND plate = ?)) AND {KNOWN}",
            (kind.value, id_number, plate),
        )
        return _entity(row) if row else None

    def papers_naming(self, entity_id: int) -> list[Paper]:
        """The papers that name it, by code."""
        return [
            Paper(Subject(Kind(kind), subject_id), code, title, Part(part))
            for kind, subject_id, part, code, title in self._rows(
                f"SELECT kind, subject_id, role, reference_code, title FROM {_NAMED} WHERE entity_id = ?"
                " ORDER BY reference_code = '', reference_code, subject_id, role",
                (entity_id,),
            )
        ]

    def names_in(self, item_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Every name, other name and plate that stands in the name index for these items or for the volume they are in, and
        the number of its case.
        """
        found: dict[int, dict[str, None]] = {}
        for chunk in chunks(item_ids):
            asked = ", ".join(f"?{number}" for number in range(1, len(chunk) + 1))
            for id, *names in self._rows(_NAMES.format(asked=asked), chunk):
                found.setdefault(id, {}).update(dict.fromkeys(name for name in names if name))
        return {id: tuple(names) for id, names in found.items()}

    def minors_named(self, item_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """The names of minors each of these items names, or the volume it is in."""
        return {subject.id: names for subject, names in self.minors_of([Subject(Kind.ITEM, id) for id in item_ids]).items()}

    def minors_of(self, subjects: Sequence[Subject]) -> dict[Subject, tuple[str, ...]]:
        """The names of minors that stand in each of these records: an item with its volume, a volume with its items. One
        question for those of a kind, none while no minor is known.
        """
        found: dict[Subject, tuple[str, ...]] = {}
        if not subjects or not self._row("SELECT 1 FROM entity WHERE minor = 1 LIMIT 1"):
            return found
        for kind, named in _MINORS.items():
            for chunk in chunks([subject.id for subject in subjects if subject.kind is kind]):
                asked = ", ".join(f"?{number}" for number in range(1, len(chunk) + 1))
                for id, *names in self._rows(named.format(asked=asked), chunk):
                    subject = Subject(kind, id)
                    found[subject] = (*found.get(subject, ()), *(name for name in names if name))
        return found

    def items_of_object(self, object_id: int, page: int) -> list[int]:
        """The items that may be seen and hold this page of an original."""
        return [
            row[0]
            for row in self._rows(
                "SELECT DISTINCT item_id FROM document JOIN visible_item ON visible_item.id = item_id"
                " WHERE object_id = ?1 AND (pages IS NULL"
                " OR EXISTS (SELECT 1 FROM json_each(pages) WHERE value = ?2)) ORDER BY item_id",
                (object_id, page),
            )
        ]

    def waits_to_be_filed(self, object_id: int) -> bool:
        """Whether somebody still has to describe this original."""
        return bool(
            self._row(
                "SELECT 1 FROM arrival WHERE object_id = ?1 AND outcome = 'waiting'"
                " AND NOT EXISTS (SELECT 1 FROM document WHERE object_id = ?1)",
                (object_id,),
            )
        )

    def disclosures(self, subject: Subject) -> list[Disclosure]:
        """The looks at what is masked in a record, oldest first."""
        return [
            Disclosure(id, at, name, subject, Purpose(purpose), basis, Act(act))
            for id, at, name, purpose, basis, act in self._rows(
                "SELECT id, at, agent_name, purpose, basis, act FROM disclosure WHERE kind = ? AND subject_id IN"
                f" (SELECT id FROM visible_{subject.kind.value} WHERE id = ?) ORDER BY id",
                (subject.kind.value, subject.id),
            )
        ]

    def accesses(
        self, entity_id: int, *, since: str = "", until: str = "~", limit: int = -1, offset: int = 0
    ) -> list[Access]:
        """Who looked at papers that name this entity (0: any person), oldest first. `since` and `until` are event times.

        A look with a purpose stands in `disclosure`; the plain event beside it, written next, is not told twice. An item is
        named also by the volume it is in.
        """
        rows = self._rows(
            "WITH named AS (SELECT DISTINCT entity_id, kind, subject_id FROM ("
            f"  SELECT entity_id, kind, subject_id FROM {_NAMED}"
            "   UNION SELECT entity_id, 'item', item.id FROM mention JOIN visible_item AS item"
            "   ON mention.kind = 'volume' AND subject_id = item.volume_id)"
            "  WHERE (?1 = 0 AND entity_id IN (SELECT id FROM entity WHERE kind = 'person')) OR entity_id = ?1),"
            " looks AS ("
            "  SELECT entity_id, at, agent_name, act, purpose, basis FROM disclosure JOIN named USING (kind, subject_id)"
            "  UNION ALL"
            "  SELECT subject_id, at, agent_name, act, purpose, basis FROM disclosure WHERE kind = 'entity'"
            "   AND subject_id IN (SELECT entity_id FROM named)"
            "  UNION ALL"
            "  SELECT entity_id, at, agent_name, type, '', '' FROM event JOIN named ON object = kind || ':' || subject_id"
            "   WHERE type IN ('view', 'print', 'export') AND NOT EXISTS (SELECT 1 FROM event AS full WHERE"
            "    full.seq = event.seq - 1 AND full.type = 'disclose' AND full.object = event.object"
            "    AND json_extract(full.detail, '$.act') = event.type))"
            f" SELECT {_ENTITY}, looks.at, agent_name, act, purpose, basis FROM looks JOIN entity ON entity.id = entity_id"
            " WHERE looks.at >= ?2 AND looks.at <= ?3 ORDER BY entity_id, looks.at, act LIMIT ?4 OFFSET ?5",
            (entity_id, since, until, limit, offset),
        )
        return [
            Access(_entity(row), at, agent, Act(act), Purpose(purpose) if purpose else None, basis)
            for row in rows
            for at, agent, act, purpose, basis in [row[_WIDTH:]]
        ]


def _entity(row: Sequence[Any]) -> Entity:
    values = dict(zip([field.name for field in fields(EntityDraft)] + ["id"], row, strict=False))
    return Entity(**(values | {"kind": EntityKind(values["kind"]), "minor": bool(values["minor"])}))
