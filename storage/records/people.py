"""storage/records/people.py — whom and what the papers name, and the looks at what is masked.

An entity is a line of a finding aid: it leads to papers and to nothing else. Identity numbers are kept as 18 characters
(GB 11643), dates as YYYYMMDD.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum

from storage.records import Subject


class EntityKind(StrEnum):
    PERSON = "person"
    VEHICLE = "vehicle"
    PLACE = "place"
    ORGANISATION = "organisation"
    CASE = "case"


class Part(StrEnum):
    """In what part a paper names somebody or something."""

    CONCERNED = "concerned"
    OFFENDER = "offender"
    SUSPECT = "suspect"
    VICTIM = "victim"
    WITNESS = "witness"
    REPORTER = "reporter"
    HOUSEHOLDER = "householder"
    REGISTERED = "registered"
    RESPONSIBLE = "responsible"


class Purpose(StrEnum):
    """What a look at personal data is for."""

    CASE = "case"
    ARRANGING = "arranging"
    CERTIFICATE = "certificate"
    IN_PERSON = "in_person"
    OTHER = "other"


class Act(StrEnum):
    """What was done with what is otherwise masked. OPEN: it was shown from then on, for a while. EDIT: it stood in a form that
    corrects it.
    """

    OPEN = "open"
    EDIT = "edit"
    VIEW = "view"
    PRINT = "print"
    EXPORT = "export"
    LOOK_UP = "look_up"


@dataclass(frozen=True, slots=True)
class EntityDraft:
    """What is known of somebody or something a paper names. `minor`: under 18 when the paper was made."""

    kind: EntityKind = EntityKind.PERSON
    name: str = ""
    alias: str = ""
    id_type: str = ""
    id_number: str = ""
    sex: str = ""
    birth_date: str = ""
    minor: bool = False
    phone: str = ""
    address: str = ""
    plate: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entity(EntityDraft):
    """An entity that has been named."""

    id: int = 0

    @property
    def draft(self) -> EntityDraft:
        return EntityDraft(**{field.name: getattr(self, field.name) for field in fields(EntityDraft)})


@dataclass(frozen=True, slots=True)
class Mention:
    """A paper names an entity."""

    entity: Entity
    subject: Subject
    part: Part


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that names the entity asked for; without `part` its text only holds what was asked. `volume_id`: the volume it
    stands in, or is.
    """

    subject: Subject
    reference_code: str
    title: str
    part: Part | None
    volume_id: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Another volume that mentions the same entity as the one asked about, or bears the same case number (`entity` 0)."""

    volume_id: int
    entity_id: int


@dataclass(frozen=True, slots=True)
class NameLine:
    """A line of the printed name index: a record that mentions the entity, and on which of its pages (those of the volume, where
    it stands in one). `pages` is empty where no page holds the name; then it is somewhere from `first` to `last`.
    """

    entity: Entity
    subject: Subject
    reference_code: str
    part: Part
    pages: tuple[int, ...]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One look at what is otherwise masked, with its purpose and legal basis."""

    id: int
    at: str
    agent_name: str
    subject: Subject
    purpose: Purpose
    basis: str
    act: Act


@dataclass(frozen=True, slots=True)
class Access:
    """One look at a paper that names the entity; `purpose` is empty for a look at covered content."""

    entity: Entity
    at: str
    agent_name: str
    act: Act
    purpose: Purpose | None
    basis: str = ""
