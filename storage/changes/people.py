"""storage/changes/people.py — whom and what the papers name, and who looked: the events that change them.

Events carry the numbers of entities, the purpose and the act; names, numbers and the legal basis stay in the tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from storage.changes.base import Writing, now
from storage.errors import Known, NoSuchRecord
from storage.queries.people import KNOWN
from storage.records import Kind, Role, Subject
from storage.records.people import Act, EntityDraft, EntityKind, Part, Purpose

#: Who may see in full what names a minor.
_TRUSTED = frozenset({Role.CLERK, Role.ADMINISTRATOR})


class MinorProtected(Known):
    """The paper names a minor: a legal basis is wanted, and a clerk or an administrator."""

    number = 165


class EntityExists(Known):
    """This identity number or plate is named already. Facts: entity."""

    number = 166


class CannotMerge(Known):
    """Two entities that are not the same: of different kinds, or with different numbers."""

    number = 167


class PeopleChanges(Writing):
    """Whom and what the papers name, and who looked."""

    def name_entity(self, draft: EntityDraft) -> int:
        """Somebody or something becomes known to the finding aid. Returns its number. Raises EntityExists."""
        self._alone(draft)
        entity_id = self._insert("entity", **_columns(draft))
        self._note("name_entity", f"entity:{entity_id}", kind=draft.kind.value)
        return entity_id

    def correct_entity(self, entity_id: int, draft: EntityDraft) -> None:
        """Raises EntityExists, NoSuchRecord."""
        self._require_known(entity_id)
        self._alone(draft, but=entity_id)
        values = _columns(draft)
        called = "SELECT name, alias, plate FROM entity WHERE id = ?"
        former = self._connection.row(called, (entity_id,))
        self._touch(
            f"UPDATE entity SET {', '.join(f'{name} = ?' for name in values)} WHERE id = ?", (*values.values(), entity_id)
        )
        seq = self._note("correct_entity", f"entity:{entity_id}", kind=draft.kind.value)
        if self._connection.row(called, (entity_id,)) != former:
            self._mention_anew(seq, self._naming(entity_id))

    def mention(self, entity_id: int, subject: Subject, part: Part) -> None:
        """The paper names the entity; once in each part. Raises NoSuchRecord."""
        self._require_visible(subject)
        self._require_known(entity_id)
        self._connection.execute(
            "INSERT OR IGNORE INTO mention VALUES (?, ?, ?, ?)", (entity_id, subject.kind.value, subject.id, part.value)
        )
        self._mention_anew(self._note("mention", subject, entity=entity_id, part=part.value), [subject])

    def unmention(self, entity_id: int, subject: Subject, part: Part) -> None:
        """A mention was a mistake. An entity no paper names any more is forgotten. Raises NoSuchRecord."""
        self._require_visible(subject)
        self._touch(
            "DELETE FROM mention WHERE kind = ? AND subject_id = ? AND role = ? AND entity_id = ?",
            (subject.kind.value, subject.id, part.value, entity_id),
        )
        self._forget_unnamed([entity_id])
        self._mention_anew(self._note("unmention", subject, entity=entity_id, part=part.value), [subject])

    def merge_entities(self, kept: int, other: int) -> None:
        """Two entries are one and the same; the mentions of `other` become those of `kept`. Raises CannotMerge."""
        for entity_id in (kept, other):
            self._require_known(entity_id)
        rows = self._connection.rows(
            "SELECT kind, id_number, plate FROM entity WHERE id IN (?, ?) ORDER BY id = ?", (kept, other, other)
        )
        if len(rows) != 2:
            raise NoSuchRecord(record=f"entity:{other}")
        (kind, *numbers), (other_kind, *other_numbers) = rows
        if kind != other_kind or any(a and b and a != b for a, b in zip(numbers, other_numbers, strict=True)):
            raise CannotMerge(entity=kept, other=other)
        moved = self._connection.execute(
            "UPDATE OR IGNORE mention SET entity_id = ? WHERE entity_id = ?", (kept, other)
        ).rowcount
        self._connection.execute("DELETE FROM mention WHERE entity_id = ?", (other,))
        self._connection.execute(
            "UPDATE disclosure SET subject_id = ? WHERE kind = 'entity' AND subject_id = ?", (kept, other)
        )
        # What only the other entry knew is kept; who is a minor in one is a minor.
        known = ("name", "alias", "id_type", "id_number", "sex", "birth_date", "phone", "address", "plate", "note")
        taken = ", ".join(f"{name} = CASE {name} WHEN '' THEN (SELECT {name} FROM entity WHERE id = ?2) ELSE {name} END"
                          for name in known)
        self._connection.execute(
            f"UPDATE entity SET {taken}, minor = max(minor, (SELECT minor FROM entity WHERE id = ?2)) WHERE id = ?1",
            (kept, other),
        )
        self._connection.execute("DELETE FROM entity WHERE id = ?", (other,))
        seq = self._note("merge_entities", f"entity:{kept}", other=other, mentions=moved)
        self._mention_anew(seq, self._naming(kept))

    def disclose(self, subject: Subject, purpose: Purpose, basis: str, act: Act = Act.OPEN) -> int:
        """What is masked in this record was shown, printed or exported in full. Returns the number of the entry.

        Raises MinorProtected when the record names a minor and the basis or the role is wanting, NoSuchRecord. Whoever may
        correct a record is trusted with it: what stands in the form is on record all the same.
        """
        self._require_visible(subject)
        minor = self._names_a_minor(subject)
        if minor and act is not Act.EDIT and (not basis.strip() or not self._agent.roles & _TRUSTED):
            raise MinorProtected(record=str(subject))
        entry = self._look(subject.kind.value, subject.id, purpose, basis, act)
        self._note("disclose", subject, reason=purpose.value, act=act.value, entry=entry, minor=minor)
        return entry

    def look_up_entity(self, purpose: Purpose, basis: str, entity_ids: Sequence[int]) -> None:
        """Somebody asked for the papers that name a person or thing; `entity_ids` are the entries found."""
        entries = [self._look("entity", entity_id, purpose, basis, Act.LOOK_UP) for entity_id in entity_ids or [0]]
        self._note(
            "look_up_entity", f"agent:{self._agent.id}", reason=purpose.value, entities=list(entity_ids), entry=entries[0]
        )

    def _forget_people(self, subject: Subject) -> None:
        """For a record that is destroyed: it names nobody any more. The caller writes its event, which the index follows."""
        named = [
            row[0]
            for row in self._connection.rows(
                "SELECT entity_id FROM mention WHERE kind = ? AND subject_id = ?", (subject.kind.value, subject.id)
            )
        ]
        self._connection.execute(
            "DELETE FROM mention WHERE kind = ? AND subject_id = ?", (subject.kind.value, subject.id)
        )
        self._forget_unnamed(named)

    # -- inside

    def _naming(self, entity_id: int) -> list[Subject]:
        """The records that mention it."""
        rows = self._connection.rows("SELECT DISTINCT kind, subject_id FROM mention WHERE entity_id = ?", (entity_id,))
        return [Subject(Kind(kind), subject_id) for kind, subject_id in rows]

    def _look(self, kind: str, subject_id: int, purpose: Purpose, basis: str, act: Act) -> int:
        return self._insert(
            "disclosure",
            at=now(),
            agent_id=self._agent.id,
            agent_name=self._agent.name,
            kind=kind,
            subject_id=subject_id,
            purpose=purpose.value,
            basis=basis.strip(),
            act=act.value,
        )

    def _forget_unnamed(self, entity_ids: Sequence[int]) -> None:
        self._connection.executemany(
            "DELETE FROM entity WHERE id = ? AND NOT EXISTS (SELECT 1 FROM mention WHERE entity_id = entity.id)",
            [(entity_id,) for entity_id in entity_ids],
        )

    def _alone(self, draft: EntityDraft, but: int = 0) -> None:
        """An identity number, and a plate, belong to one entity. Raises EntityExists: never for one that only sealed papers
        name, for it is not said that there is one; what is named twice that way is joined once the seal is lifted.
        """
        for column, value in (("id_number", draft.id_number), ("plate", draft.plate)):
            row = self._connection.row(
                f"SELECT id FROM entity WHERE kind = ? AND {column} = ? AND id <> ? AND {KNOWN}", (draft.kind.value, value, but)
            )
            if value and row:
                raise EntityExists(entity=row[0])

    def _require_known(self, entity_id: int) -> None:
        """Raises NoSuchRecord, also when only papers name it that may not be seen."""
        if not self._connection.row(f"SELECT 1 FROM entity WHERE id = ? AND {KNOWN}", (entity_id,)):
            raise NoSuchRecord(record=f"entity:{entity_id}")

    def _require_visible(self, subject: Subject) -> None:
        view = {Kind.ITEM: "visible_item", Kind.VOLUME: "visible_volume"}[subject.kind]
        if not self._connection.row(f"SELECT 1 FROM {view} WHERE id = ?", (subject.id,)):
            raise NoSuchRecord(record=str(subject))

    def _names_a_minor(self, subject: Subject) -> bool:
        """The record itself, the volume it is in, or what is in the volume."""
        item, volume = (subject.id, 0) if subject.kind is Kind.ITEM else (0, subject.id)
        return bool(
            self._connection.row(
                "SELECT 1 FROM mention JOIN entity ON entity.id = entity_id AND minor = 1 WHERE"
                " (mention.kind = 'item' AND (subject_id = ?1 OR subject_id IN (SELECT id FROM visible_item WHERE volume_id = ?2)))"
                " OR (mention.kind = 'volume' AND (subject_id = ?2"
                " OR subject_id = (SELECT volume_id FROM visible_item WHERE id = ?1)))",
                (item, volume),
            )
        )


def _columns(draft: EntityDraft) -> dict[str, object]:
    values = {field.name: getattr(draft, field.name) for field in fields(EntityDraft)}
    assert isinstance(draft.kind, EntityKind)
    return values | {"kind": draft.kind.value, "minor": int(draft.minor)}
