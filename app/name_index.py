"""app/name_index.py — the name index (人名索引) and its kin: the papers of a person, plate, place, organisation or case.

An answer leads to papers, volume by volume: those that are known to mention what was asked for, then those whose text only
holds it and that nobody has confirmed. `sharing` gives the volumes that mention the same as one does, for a person to tie
them. Nothing here asks for leave, a purpose or a grant, and nothing is journaled: `app.people.People` does. Nobody is
counted and nobody is told. Any thread.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.privacy import cover, cover_name, cover_number
from app.privacy.identity import is_plate, is_valid, tidy, to_18
from app.volumes import Volumes
from storage.archive import Archive
from storage.records import Kind, Subject
from storage.records.people import Entity, EntityDraft, EntityKind, Paper, Part
from storage.records.scheme import RelationType
from storage.records.volumes import Volume
from storage.search.batches import FoldedEntry
from storage.search.query import parse

#: So many entities, papers of each, and papers that nobody has confirmed are shown; who finds more asks for less.
MOST_ENTITIES = 50
MOST_PAPERS = 500
MOST_UNCONFIRMED = 50
#: Papers whose texts are looked through for those.
_LOOKED_AT = 200
#: Volumes that share something with one.
MOST_SHARING = 100

_LATIN = re.compile("[A-Za-z ]+")
_CASE = re.compile(r"[AJKR]\d{22}")


@dataclass(frozen=True, slots=True)
class Line:
    """One paper of an answer, and what it is known to mention, covered; without, its text only holds what was asked for."""

    paper: Paper
    entity: Entity | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The papers of one volume, confirmed ones first; those that stand in none have no `volume`. Covered."""

    volume: Volume | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found for `term` (covered). `twins`: the other entries of the same kind and name as one. `more`: there is more than is
    shown.
    """

    term: str
    entities: tuple[Entity, ...] = ()
    groups: tuple[Group, ...] = ()
    twins: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    more: bool = False

    def __bool__(self) -> bool:
        return bool(self.groups)

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for group in self.groups for line in group.lines)


@dataclass(frozen=True, slots=True)
class Shared:
    """A volume that mentions the same as another one. `what`: the kinds of it; `named` the names too, only while the other
    volume is shown in full. `tied`: somebody has tied the two already.
    """

    volume: Volume
    what: tuple[EntityKind, ...]
    named: tuple[str, ...]
    tied: bool

    @property
    def relation(self) -> RelationType:
        """What a tie between the two would say: never whom they share."""
        return RelationType.SAME_CASE if EntityKind.CASE in self.what else RelationType.SEE_ALSO


def wanted(term: str) -> str:
    """What was asked for, in half width, with one blank where there were any."""
    return " ".join(unicodedata.normalize("NFKC", term).split())


def draft_of(term: str, kind: EntityKind | None) -> EntityDraft:
    """What was asked for as an entry to be filled in: to confirm a paper whose text holds it."""
    number = to_18(tidy(term))
    if kind in (None, EntityKind.VEHICLE) and is_plate(number):
        plate = re.sub("[·.]", "", number)
        return EntityDraft(EntityKind.VEHICLE, plate, plate=plate)
    if kind in (None, EntityKind.PERSON) and is_valid(number):
        return EntityDraft(EntityKind.PERSON, id_type="identity", id_number=number)
    if kind is EntityKind.CASE or (kind is None and _CASE.fullmatch(number)):
        return EntityDraft(EntityKind.CASE, number)
    return EntityDraft(kind or EntityKind.PERSON, wanted(term))


def find(archive: Archive, volumes: Volumes, term: str, kind: EntityKind | None = None) -> Answer:
    """The papers of whoever or whatever is called `term` (as `wanted` gives it), or begins or sounds so."""
    queries = archive.queries
    number = to_18(tidy(term))
    entities = {one.id: one for asked in dict.fromkeys((term, number)) for one in queries.entities_called(asked, kind, MOST_ENTITIES + 1)}
    more = len(entities) > MOST_ENTITIES
    shown = list(entities.values())[:MOST_ENTITIES]
    named = [(entity, queries.papers_naming(entity.id, MOST_PAPERS + 1)) for entity in shown]
    more = more or any(len(papers) > MOST_PAPERS for _entity, papers in named)
    confirmed = [(paper, entity) for entity, papers in named for paper in papers[:MOST_PAPERS]]
    cases = _cases(archive, term) if kind in (None, EntityKind.CASE) else []
    texts, more_texts = _texts(archive, volumes, term, shown)
    told = {paper.subject for paper, _entity in (*confirmed, *cases)}
    lines = [Line(paper, covered(entity)) for paper, entity in (*cases, *confirmed)]
    lines += [Line(paper) for paper in texts if paper.subject not in told]
    groups = _grouped(volumes, _open(archive, volumes, lines))
    left = {line.entity.id for group in groups for line in group.lines if line.entity}
    seen = [one for one in shown if one.id in left]
    twins = {
        one.id: tuple(two.id for two in seen if two.id != one.id and (two.kind, two.name) == (one.kind, one.name)) for one in seen
    }
    return Answer(cover(term), tuple(map(covered, seen)), groups, twins, more or more_texts)


def with_confirmed(answer: Answer, confirmed: Line, entity: Entity, part: Part) -> Answer:
    """The answer after a person has confirmed one of its lines."""

    def line(one: Line) -> Line:
        return Line(replace(one.paper, part=part), entity) if one == confirmed else one

    entities = answer.entities if any(one.id == entity.id for one in answer.entities) else (*answer.entities, entity)
    groups = tuple(replace(group, lines=tuple(map(line, group.lines))) for group in answer.groups)
    return replace(answer, entities=entities, groups=groups)


def with_merged(answer: Answer, kept: Entity) -> Answer:
    """The answer after the twins of an entry have become that entry."""
    gone = answer.twins.get(kept.id, ())

    def lines(group: Group) -> tuple[Line, ...]:
        return tuple(dict.fromkeys(replace(one, entity=kept) if one.entity and one.entity.id in gone else one for one in group.lines))

    entities = tuple(one for one in answer.entities if one.id not in gone)
    twins = {id: others for id, others in answer.twins.items() if id not in (kept.id, *gone)}
    return replace(answer, entities=entities, groups=tuple(replace(one, lines=lines(one)) for one in answer.groups), twins=twins)


def sharing(archive: Archive, volumes: Volumes, volume_id: int, in_full: bool) -> tuple[list[Shared], list[int]]:
    """The volumes that mention what this one does, those with its case number first, then those that share most; and the
    numbers of the entities they share. Raises NoSuchRecord, PartClosed.
    """
    queries, own = archive.queries, volumes.volume(volume_id)
    # The books of one divided volume belong together already.
    books = {book.id for book in volumes.books(volume_id)}
    links = [link for link in queries.shared_by(volume_id) if link.volume_id not in books]
    others = volumes.by_id(sorted({link.volume_id for link in links}))
    entities = queries.entities_by_id(sorted({link.entity_id for link in links if link.volume_id in others}))
    tied = {
        end for relation in queries.relations(Subject(Kind.VOLUME, volume_id)) for end in (relation.one, relation.other)
    }
    found = []
    for volume in volumes.covered(list(others.values())):
        mine = [entities.get(link.entity_id) for link in links if link.volume_id == volume.id]
        kinds = {one.kind if one else EntityKind.CASE for one in mine}
        named = dict.fromkeys(one.name if one else own.case_no for one in mine) if in_full else {}
        what = tuple(kind for kind in EntityKind if kind in kinds)
        found.append(Shared(volume, what, tuple(named), Subject(Kind.VOLUME, volume.id) in tied))
    found.sort(key=lambda one: (EntityKind.CASE not in one.what, -len(one.what), one.volume.reference_code, one.volume.id))
    return found[:MOST_SHARING], sorted(entities)


def covered(entity: Entity) -> Entity:
    """The entry as it stands on a screen and on paper: numbers and address masked, a minor's name too."""
    minor = entity.minor
    return replace(
        entity,
        name=cover_name(entity.name) if minor else cover(entity.name),
        alias=cover_name(entity.alias) if minor else cover(entity.alias),
        id_number=cover_number(entity.id_number),
        birth_date=f"{entity.birth_date[:4]}0000" if entity.birth_date else "",
        phone=cover_number(entity.phone),
        address=cover(entity.address),
        note=cover(entity.note, [name for name in (entity.name, entity.alias) if minor and name]),
    )


# -- inside


def _cases(archive: Archive, term: str) -> list[tuple[Paper, Entity]]:
    """The volumes whose own case has this number."""
    queries = archive.queries
    found = queries.volumes_by_id(queries.volumes_of_case(term)[:MOST_ENTITIES])
    return [
        (Paper(Subject(Kind.VOLUME, id), volume.reference_code, volume.title, Part.CONCERNED, id), Entity(EntityKind.CASE, volume.case_no))
        for id, volume in found.items()
    ]


def _texts(archive: Archive, volumes: Volumes, term: str, entities: Sequence[Entity]) -> tuple[list[Paper], bool]:
    """The papers whose text holds the term, best first, and whether there are more. What was asked for in Latin letters
    stands in no text: then the names it was found to mean are looked for.
    """
    words = [one.name for one in entities if one.name] if _LATIN.fullmatch(term) and entities else [term]
    plain = list(dict.fromkeys(word.replace('"', " ").strip() for word in words))[:8]
    question = " OR ".join(f'"{word}"' for word in plain if word)
    results = archive.index.search(question, limit=_LOOKED_AT, without=volumes.closed_everywhere())
    ids = [hit.item_id for hit in results.hits]
    items, entries, asked = archive.queries.items_by_id(ids), archive.queries.entries(ids), parse(question)
    # The index also knows whom a paper is known to mention, itself or with its volume: here its own text counts.
    holding = [id for id in ids if id in entries and asked.accepts(FoldedEntry(replace(entries[id], names=())).whole)]
    papers = [
        Paper(Subject(Kind.ITEM, item.id), item.reference_code, item.title, None, item.volume_id)
        for item in (items[id] for id in holding[:MOST_UNCONFIRMED] if id in items)
    ]
    return papers, len(holding) > MOST_UNCONFIRMED or results.total > len(ids)


def _open(archive: Archive, volumes: Volumes, lines: Sequence[Line]) -> list[Line]:
    """Without those in a part of a case that this person may not open; titles covered, minors' names too."""
    subjects = [line.paper.subject for line in lines]
    closed = volumes.closed([subject.id for subject in subjects if subject.kind is Kind.ITEM])
    whole = volumes.by_id([subject.id for subject in subjects if subject.kind is Kind.VOLUME])
    minors = archive.queries.minors_of(subjects)
    seen = []
    for line in lines:
        subject = line.paper.subject
        if subject.id not in closed if subject.kind is Kind.ITEM else subject.id in whole:
            seen.append(replace(line, paper=replace(line.paper, title=cover(line.paper.title, minors.get(subject, ())))))
    return seen


def _grouped(volumes: Volumes, lines: Iterable[Line]) -> tuple[Group, ...]:
    """By volume: those in which something is confirmed first, by code; the papers that stand in no volume last of each."""
    by_volume: dict[int | None, list[Line]] = {}
    for line in lines:
        by_volume.setdefault(line.paper.volume_id, []).append(line)
    known = volumes.by_id([id for id in by_volume if id is not None])
    shown = {volume.id: volume for volume in volumes.covered(list(known.values()))}
    groups = [
        Group(shown.get(id) if id is not None else None, tuple(sorted(some, key=_place))) for id, some in by_volume.items()
    ]
    return tuple(sorted(groups, key=_rank))


def _place(line: Line) -> tuple[bool, bool, str, int]:
    """The volume itself stands before its papers."""
    paper = line.paper
    return line.entity is None, paper.subject.kind is Kind.ITEM, paper.reference_code, paper.subject.id


def _rank(group: Group) -> tuple[bool, bool, str, int]:
    unconfirmed = all(line.entity is None for line in group.lines)
    volume = group.volume
    return unconfirmed, volume is None, volume.reference_code if volume else "", volume.id if volume else 0


