"""storage/records/scheme.py — the nouns of the scheme: rules of retention, storage places, relations between records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage.records import Retention, Subject


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """A line of the retention table: papers of this category and document type (empty: all) are kept so long.

    `basis` says why, `reference` where it is written; `verified` is False for what no text that could be read fixes
    (未核实). `id` 0: shipped with the program, or not kept yet. Days are YYYYMMDD; `valid_to` empty: in force.
    """

    category: str
    document_type: str
    retention: Retention
    basis: str
    reference: str = ""
    verified: bool = False
    valid_from: str = ""
    valid_to: str = ""
    id: int = 0


class PlaceKind(StrEnum):
    """库房, 列/柜, 层/格, 盒: each stands in the one before."""

    ROOM = "room"
    CABINET = "cabinet"
    SHELF = "shelf"
    BOX = "box"


@dataclass(frozen=True, slots=True)
class Place:
    """Where paper stands. `code` is what is written on it, unique among those in the same place."""

    kind: PlaceKind
    code: str
    name: str = ""
    note: str = ""
    parent_id: int | None = None
    retired: bool = False
    id: int = 0


class RelationType(StrEnum):
    """Why two records belong together; the same read from either end, but for CONTINUES (from continues to)."""

    SAME_CASE = "same_case"
    SAME_PERSON = "same_person"
    CONTINUES = "continues"
    SEE_ALSO = "see_also"


@dataclass(frozen=True, slots=True)
class Relation:
    id: int
    one: Subject
    type: RelationType
    other: Subject
    note: str
    at: str
    agent_name: str


@dataclass(frozen=True, slots=True)
class SchemeChange:
    """One version of the scheme: who changed which category, and why. `former` is empty for a new one."""

    version: int
    code: str
    former: str
    note: str
    at: str
    agent_name: str
