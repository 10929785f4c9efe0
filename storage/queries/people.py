"""storage/queries/people.py — whom and what the papers name, and who looked: the reads.

Everything is reached through papers that may be seen: an entity that only sealed papers name is not found, and a look at
a sealed paper is not told here (its own register tells it: `storage.queries.sealing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import msgspec

from storage.errors import NoSuchRecord
from storage.queries.base import Reading, chunks, marks
from storage.records import Document, Kind, PageText, Retention, Subject
from storage.records.people import (
    Access,
    Act,
    Disclosure,
    Entity,
    EntityDraft,
    EntityKind,
    Link,
    Mention,
    NameLine,
    Paper,
    Part,
    Purpose,
)
from storage.search import pinyin

#: So many signs of a name, of a number or a plate are enough to look somebody or something up.
PART_OF_NAME = 2
PART_OF_NUMBER = 4

_LETTERS = re.compile("[a-z]{2,}")
_ENTITY = ", ".join(f"entity.{field.name}" for field in fields(EntityDraft)) + ", entity.id"
_WIDTH = len(fields(EntityDraft)) + 1
#: Mentions in papers that may be seen, with what those papers are called.
_NAMED = (
    "(SELECT mention.*, reference_code, title, volume_id FROM mention JOIN visible_item ON mention.kind = 'item'"
    " AND id = subject_id"
    " UNION ALL"
    " SELECT mention.*, reference_code, title, id AS volume_id FROM mention JOIN visible_volume ON mention.kind = 'volume'"
    " AND id = subject_id) AS named"
)
#: Entities that a paper names which may be seen; those, or that no paper names yet.
_SEEN = (
    "EXISTS (SELECT 1 FROM mention AS one WHERE one.entity_id = entity.id AND CASE one.kind"
    " WHEN 'item' THEN EXISTS (SELECT 1 FROM visible_item WHERE visible_item.id = one.subject_id)"
    " ELSE EXISTS (SELECT 1 FROM visible_volume WHERE visible_volume.id = one.subject_id) END)"
)
KNOWN = f"(NOT EXISTS (SELECT 1 FROM mention WHERE entity_id = entity.id) OR {_SEEN})"
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

    if TYPE_CHECKING:

        def documents(self, item_id: int, *, superseded: bool = False) -> list[Document]: ...
        def document_pages(self, document: Document) -> list[PageText]: ...

    def entity(self, entity_id: int) -> Entity:
        """Raises NoSuchRecord, also when only papers name it that may not be seen."""
        row = self._row(
            f"SELECT {_ENTITY} FROM entity WHERE id = ? AND {_SEEN}",
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

    def entities_called(self, term: str, kind: EntityKind | None = None, limit: int = -1) -> list[Entity]:
        """Those whose name, other name, number, phone or plate is exactly this; then those whose name or other name begins so
        (from PART_OF_NAME signs on) or sounds so in Latin letters, and those with this in number, phone or plate (from
        PART_OF_NUMBER signs on).
        """
        number = "".join(term.split()).upper().replace("·", "")
        begins = [term] if len(term) >= PART_OF_NAME else []
        holds = number if len(number) >= PART_OF_NUMBER else ""
        names, patterns = self._names_sounding(term), [_like(one) + "%" for one in begins]
        exact = "(?1 IN (name, alias) OR ?2 IN (id_number, phone, plate))"
        like = " OR ".join(["name LIKE ?4 ESCAPE '!' OR alias LIKE ?4 ESCAPE '!'"] * bool(patterns) + [
            "?5 <> '' AND (instr(id_number, ?5) OR instr(phone, ?5) OR instr(plate, ?5))",
            "name IN (SELECT value FROM json_each(?6)) OR alias IN (SELECT value FROM json_each(?6))",
        ])  # fmt: skip
        return [
            _entity(row)
            for row in self._rows(
                f"SELECT {_ENTITY} FROM entity WHERE ?1 <> '' AND (?3 = '' OR kind = ?3) AND ({exact} OR {like})"
                f" AND {_SEEN}"
                f" ORDER BY NOT {exact}, name, id LIMIT ?7",
                (term, number, kind or "", "".join(patterns), holds, msgspec.json.encode(names).decode(), limit),
            )
        ]

    def volumes_of_case(self, term: str) -> list[int]:
        """The volumes whose case has exactly this number, begins so or, from PART_OF_NUMBER signs on, has this in it."""
        number = "".join(term.split()).upper()
        return [
            row[0]
            for row in self._rows(
                "SELECT id FROM visible_volume WHERE case_no <> '' AND ?1 <> '' AND (case_no = ?1"
                " OR (length(?1) >= ?2 AND instr(replace(case_no, ' ', ''), ?1))) ORDER BY case_no <> ?1, case_no, part, id",
                (number, PART_OF_NUMBER),
            )
        ]

    def shared_by(self, volume_id: int) -> list[Link]:
        """The other volumes that mention, themselves or in their papers, what this one mentions, or that have its case number."""
        return [
            Link(*row)
            for row in self._rows(
                "WITH mine AS MATERIALIZED (SELECT entity_id FROM mention WHERE kind = 'volume' AND subject_id = ?1"
                "  UNION SELECT entity_id FROM visible_item JOIN mention ON kind = 'item' AND subject_id = visible_item.id"
                "   WHERE volume_id = ?1),"
                " own AS MATERIALIZED (SELECT case_no FROM visible_volume WHERE id = ?1 AND case_no <> ''),"
                " referring AS MATERIALIZED (SELECT entity.id FROM own JOIN entity ON kind = 'case' AND name = case_no)"
                " SELECT DISTINCT volume_id, entity_id FROM (SELECT entity_id FROM mine UNION SELECT id FROM referring)"
                "  JOIN mention USING (entity_id) JOIN visible_item ON mention.kind = 'item' AND id = subject_id"
                "  WHERE volume_id IS NOT NULL"
                " UNION SELECT id, entity_id FROM (SELECT entity_id FROM mine UNION SELECT id FROM referring)"
                "  JOIN mention USING (entity_id) JOIN visible_volume ON mention.kind = 'volume' AND id = subject_id"
                " UNION SELECT visible_volume.id, 0 FROM own JOIN visible_volume USING (case_no)"
                " UNION SELECT visible_volume.id, entity.id FROM mine JOIN entity ON entity.id = entity_id AND kind = 'case'"
                "  JOIN visible_volume ON case_no = entity.name AND case_no <> ''"
                " ORDER BY 1, 2",
                (volume_id,),
            )
            if row[0] != volume_id
        ]

    def entities_by_id(self, entity_ids: Sequence[int]) -> dict[int, Entity]:
        """Those that a paper names which may be seen."""
        found: dict[int, Entity] = {}
        for chunk in chunks(entity_ids):
            for row in self._rows(
                f"SELECT {_ENTITY} FROM entity WHERE id IN ({marks(chunk)})"
                f" AND {_SEEN}",
                chunk,
            ):
                entity = _entity(row)
                found[entity.id] = entity
        return found

    def entity_numbered(self, kind: EntityKind, *, id_number: str = "", plate: str = "") -> Entity | None:
        """The entity with this number, to name it once and not twice; not one that only papers name which may not be seen."""
        row = self._row(
            f"SELECT {_ENTITY} FROM entity WHERE kind = ? AND ((id_number <> '' AND id_number = ?)"
            f" OR (plate <> '' AND plate = ?)) AND {KNOWN}",
            (kind.value, id_number, plate),
        )
        return _entity(row) if row else None

    def papers_naming(self, entity_id: int, limit: int = -1) -> list[Paper]:
        """The papers that name it, by code."""
        return [
            Paper(Subject(Kind(kind), subject_id), code, title, Part(part), volume_id)
            for kind, subject_id, part, code, title, volume_id in self._rows(
                f"SELECT kind, subject_id, role, reference_code, title, volume_id FROM {_NAMED} WHERE entity_id = ?"
                " ORDER BY reference_code = '', reference_code, subject_id, role LIMIT ?",
                (entity_id, limit),
            )
        ]

    def _names_sounding(self, term: str) -> list[str]:
        """The names that begin with the sounds written here in Latin letters."""
        spelled = "".join(term.lower().split())
        if not _LETTERS.fullmatch(spelled):
            return []
        rows = self._rows("SELECT name FROM entity UNION SELECT alias FROM entity WHERE alias <> ''")
        near = (name for (name,) in rows if any(sound[0] == spelled[0] for one in pinyin.syllables(name[:1]) for sound in one))
        return [name for name in near if any(start == 0 for start, _end in pinyin.sounds_like(spelled, name))]

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

    def name_lines(
        self,
        kind: EntityKind,
        *,
        category: str | None = None,
        year: int | None = None,
        retention: Retention | None = None,
        volume_id: int | None = None,
        secret: bool = True,
    ) -> Iterator[NameLine]:
        """The name index of a class or of one volume, record by record. Without `secret` nothing of the 密卷."""
        open_to = "volume_id IS NULL OR ?6 OR EXISTS (SELECT 1 FROM volume WHERE volume.id = volume_id AND part <> 'secret')"
        wanted = (
            " WHERE (?1 IS NULL OR category = ?1 OR substr(category, 1, length(?1) + 1) = ?1 || '·') AND (?2 IS NULL OR year = ?2)"
            f" AND (?3 IS NULL OR retention = ?3) AND (?4 IS NULL OR volume_id = ?4) AND ({open_to})"
        )
        said = "id, reference_code, category, year, retention, page_from, page_to, page_count"
        rows = self._rows(
            f"SELECT {_ENTITY}, kind_of, papers.id, reference_code, role, page_from, page_to, page_count FROM ("
            f" SELECT 'item' AS kind_of, {said}, volume_id FROM visible_item UNION ALL"
            " SELECT 'volume', id, reference_code, category, year, retention, 0, 0, 0, id FROM visible_volume) AS papers"
            " JOIN mention ON mention.kind = kind_of AND subject_id = papers.id"
            f" JOIN entity ON entity.id = entity_id AND entity.kind = ?5 {wanted} ORDER BY kind_of, papers.id, name, entity.id, role",
            (category, year, retention.value if retention else None, volume_id, kind.value, secret),
        )
        texts: tuple[Subject | None, list[str]] = (None, [])
        for row in rows:
            kind_of, id, code, part, first, last, count = row[_WIDTH:]
            subject, entity = Subject(Kind(kind_of), id), _entity(row)
            if texts[0] != subject:
                texts = subject, self._page_texts(id) if subject.kind is Kind.ITEM else []
            called = [one for one in (entity.name, entity.alias, entity.id_number, entity.plate) if one]
            pages = [number for number, text in enumerate(texts[1], first or 1) if any(one in text for one in called)]
            yield NameLine(entity, subject, code, Part(part), tuple(pages), first or min(count, 1), last or count)

    def _page_texts(self, item_id: int) -> list[str]:
        """The text of each page of an item, without blanks."""
        return ["".join(page.text.split()) for document in self.documents(item_id) for page in self.document_pages(document)]

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


def _like(text: str) -> str:
    """To stand before % in a pattern whose escape is `!`."""
    return re.sub("([!%_])", r"!\1", text)
