"""app/people.py — whom and what the papers name, and who looked at what is masked.

A finding aid for papers, never a watch list: looking somebody up asks for a purpose, leaves an event, and answers with
papers. Nothing is counted about people, nobody is told when a name turns up, and what a text seems to name is only
offered. An unmasking holds for one record, for this session, for as many minutes as the setting says.
"""

from __future__ import annotations

import threading
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from app import name_index
from app.access import require
from app.filing import Invalid, Problem
from app.name_index import MOST_ENTITIES, Answer, Shared, covered
from app.privacy.identity import birth_of, is_plate, is_valid, plates_in, sex_of, tidy, to_18
from app.privacy.text import cases_in, identities_in, mobiles_in, named_in_forms
from app.volumes import Volumes
from storage.archive import Archive
from storage.changes import Changes
from storage.errors import Known
from storage.records import Agent, Kind, Subject
from storage.records.people import Act, Entity, EntityDraft, EntityKind, Mention, Part, Purpose
from storage.search.query import Word, parse

_ADULT_YEARS = 18
_NUMBERED = (EntityKind.PERSON, EntityKind.VEHICLE)
_REFUSED = ("problem.name_missing", "problem.too_long", "problem.plate_shape")
_LIMITS = {"name": 60, "alias": 60, "id_type": 30, "id_number": 40, "phone": 40, "address": 200, "plate": 12, "note": 200}


class BasisMissing(Known):
    """This purpose says nothing by itself: a few words of reason or legal basis are wanted."""

    number = 560


class NotDisclosed(Known):
    """The content may leave only after it was unmasked with a purpose, and that has not happened or has run out."""

    number = 561


class NothingToLookUp(Known):
    """A name, an identity number, a phone or a plate is wanted."""

    number = 562


@dataclass(frozen=True, slots=True)
class Grant:
    """An unmasking in force. `ends` on the clock of `People`, in seconds."""

    purpose: Purpose
    basis: str
    ends: float


class People:
    """Whom and what the papers name, and who looked. Any thread; every act asks `app.access` first."""

    def __init__(
        self,
        archive: Archive,
        agent: Agent,
        volumes: Volumes,
        minutes: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._archive = archive
        self._agent = agent
        self._volumes = volumes
        self._minutes = minutes
        self._clock = clock
        self._grants: dict[Subject, Grant] = {}
        #: The purpose under which papers may be searched by name, and what was searched for under it.
        self._by_name: Grant | None = None
        self._asked: set[str] = set()
        last = archive.queries.last_purpose(agent.id)
        #: What this person last looked for: offered first the next time.
        self.usual = Purpose(last) if last in tuple(Purpose) else Purpose.CASE
        self._lock = threading.Lock()

    # -- seeing what is masked

    def disclose(self, subject: Subject, purpose: Purpose, basis: str = "") -> Grant:
        """From now on, for a while, this record is shown in full. Raises NotAllowed, BasisMissing, MinorProtected,
        NoSuchRecord, PartClosed.
        """
        require(self._archive, self._agent, "disclose")
        self._require_open(subject)
        _require_basis(purpose, basis)
        with self._archive.write(self._agent) as change:
            change.disclose(subject, purpose, basis)
        grant = Grant(purpose, basis.strip(), self._clock() + 60.0 * self._minutes())
        with self._lock:
            self._grants[subject] = grant
            self.usual = purpose
        return grant

    def grant(self, subject: Subject) -> Grant | None:
        """The unmasking in force for this record."""
        with self._lock:
            grant = self._grants.get(subject)
            if grant is not None and grant.ends <= self._clock():
                del self._grants[subject]
                return None
            return grant

    def seconds_left(self, subject: Subject) -> float:
        grant = self.grant(subject)
        return max(0.0, grant.ends - self._clock()) if grant else 0.0

    def cover_again(self, subject: Subject) -> None:
        with self._lock:
            self._grants.pop(subject, None)

    def note_full(self, change: Changes, what: str, act: Act) -> bool:
        """Inside the transaction of a view, a print or an export of `item:N` or `volume:N`: a look in full is noted first.

        Returns whether it is one.
        """
        for subject in self._subjects(what):
            grant = self.grant(subject)
            if grant is not None:
                change.disclose(subject, grant.purpose, grant.basis, act)
                return True
        return False

    def _subjects(self, what: str) -> Iterator[Subject]:
        kind, _, number = what.partition(":")
        if kind in (Kind.ITEM, Kind.VOLUME) and number.isdigit():
            yield Subject(Kind(kind), int(number))
            if kind == Kind.ITEM:
                item = self._archive.queries.items_by_id([int(number)]).get(int(number))
                if item is not None and item.volume_id is not None:
                    yield Subject(Kind.VOLUME, item.volume_id)

    # -- naming

    def named(self, subject: Subject) -> list[Mention]:
        """Whom and what a record names, covered unless the record is shown in full. Raises NoSuchRecord, PartClosed."""
        self._require_open(subject)
        mentions = self._archive.queries.mentions(subject)
        if self.grant(subject) is not None:
            return mentions
        return [replace(mention, entity=covered(mention.entity)) for mention in mentions]

    def offered(self, subject: Subject) -> list[EntityDraft]:
        """Whom and what the text of an item seems to name and nobody has entered yet, to be confirmed by a person. Raw, as
        everything that is being described; a screen covers it.
        """
        require(self._archive, self._agent, "mention")
        self._require_open(subject)
        entry = self._archive.queries.entries([subject.id]).get(subject.id) if subject.kind is Kind.ITEM else None
        if entry is None:
            return []
        known = [mention.entity for mention in self._archive.queries.mentions(subject)]
        have = {value for entity in known for value in _marks(entity) if value}
        drafts = suggest((entry.title, entry.remarks, *entry.pages))
        return [draft for draft in drafts if not have & set(_marks(draft))]

    def name(self, subject: Subject, draft: EntityDraft, part: Part) -> int:
        """The record names this entity: a known one with the same number, or a new one. Returns its number.

        Raises Invalid, EntityExists (the number is known under another name), NotAllowed, NoSuchRecord.
        """
        require(self._archive, self._agent, "mention")
        self._require_open(subject)
        draft = _sound(draft)
        with self._archive.write(self._agent) as change:
            known = self._archive.queries.entity_numbered(draft.kind, id_number=draft.id_number, plate=draft.plate)
            if known is not None and known.name == draft.name:
                entity_id = known.id
            else:
                require(self._archive, self._agent, "name_entity")
                entity_id = change.name_entity(draft)
            change.mention(entity_id, subject, part)
        return entity_id

    def entity(self, entity_id: int) -> Entity:
        """Raw, for correcting it. Raises NoSuchRecord."""
        require(self._archive, self._agent, "correct_entity")
        return self._archive.queries.entity(entity_id)

    def correct(self, entity_id: int, draft: EntityDraft) -> None:
        require(self._archive, self._agent, "correct_entity")
        draft = _sound(draft)
        with self._archive.write(self._agent) as change:
            change.correct_entity(entity_id, draft)

    def unmention(self, mention: Mention) -> None:
        require(self._archive, self._agent, "unmention")
        with self._archive.write(self._agent) as change:
            change.unmention(mention.entity.id, mention.subject, mention.part)

    def merge(self, kept: int, other: int) -> None:
        """Two entries are the same person or thing. Raises CannotMerge."""
        require(self._archive, self._agent, "merge_entities")
        with self._archive.write(self._agent) as change:
            change.merge_entities(kept, other)

    # -- looking up: by name, number, plate, case

    def look_up(self, term: str, purpose: Purpose, basis: str = "", kind: EntityKind | None = None) -> Answer:
        """The papers of whoever or whatever is called this, begins so or sounds so, volume by volume. From now on, for a
        while, papers may be searched by name. Raises NothingToLookUp, BasisMissing, NotAllowed.
        """
        require(self._archive, self._agent, "look_up_entity")
        _require_basis(purpose, basis)
        asked = name_index.wanted(term)
        if len(asked) < 2:
            raise NothingToLookUp()
        answer = name_index.find(self._archive, self._volumes, asked, kind)
        self._looked(purpose, basis, sorted({entity.id for entity in answer.entities}))
        return answer

    def confirm(self, entity_id: int, subject: Subject, part: Part) -> None:
        """A paper whose text holds the name does mention this entity. Raises NoSuchRecord, PartClosed, NotAllowed."""
        require(self._archive, self._agent, "mention")
        self._require_open(subject)
        with self._archive.write(self._agent) as change:
            change.mention(entity_id, subject, part)

    def sharing(self, volume_id: int, purpose: Purpose, basis: str = "") -> list[Shared]:
        """The volumes that mention a person, plate, place, organisation or case that this one mentions: to be tied by whoever
        finds that they belong together. Raises BasisMissing, NotAllowed, NoSuchRecord, PartClosed.
        """
        require(self._archive, self._agent, "look_up_entity")
        _require_basis(purpose, basis)
        in_full = self.grant(Subject(Kind.VOLUME, volume_id)) is not None
        found, entities = name_index.sharing(self._archive, self._volumes, volume_id, in_full)
        self._looked(purpose, basis, entities)
        return found

    def searching(self, purpose: Purpose, basis: str = "") -> Grant:
        """From now on, for a while, papers may be searched by the names they mention (`person:`). Raises BasisMissing,
        NotAllowed.
        """
        require(self._archive, self._agent, "look_up_entity")
        _require_basis(purpose, basis)
        return self._looked(purpose, basis, [])

    def may_search_by_name(self) -> bool:
        """Whether a purpose for it was given and has not run out."""
        return self._by_name_grant() is not None

    def admit(self, query: str) -> bool:
        """Whether this question may be asked of the index now: one for people by name (`person:`) needs a purpose in force,
        and is noted once under it.
        """
        asked = parse(query)
        if not asked.asks_person:
            return True
        grant = self._by_name_grant()
        if grant is None:
            return False
        words = (word for group in (*asked.groups, asked.excluded) for word in group if isinstance(word, Word))
        names = {name_index.wanted(word.text) for word in words if word.field == "person"}
        with self._lock:
            fresh = sorted(names - self._asked)
            self._asked |= names
        if fresh:
            found = {one.id for name in fresh for one in self._archive.queries.entities_called(name, limit=MOST_ENTITIES)}
            with self._archive.write(self._agent) as change:
                change.look_up_entity(grant.purpose, grant.basis, sorted(found))
        return True

    # -- inside

    def _require_open(self, subject: Subject) -> None:
        if subject.kind is Kind.ITEM:
            self._volumes.require_part(subject.id)
        else:
            self._volumes.volume(subject.id)

    def _looked(self, purpose: Purpose, basis: str, entity_ids: Sequence[int]) -> Grant:
        """Journals the look, and lets papers be searched by name for a while."""
        with self._archive.write(self._agent) as change:
            change.look_up_entity(purpose, basis, entity_ids)
        grant = Grant(purpose, basis.strip(), self._clock() + 60.0 * self._minutes())
        with self._lock:
            self._by_name, self.usual = grant, purpose
            self._asked.clear()
        return grant

    def _by_name_grant(self) -> Grant | None:
        with self._lock:
            grant = self._by_name
            return grant if grant is not None and grant.ends > self._clock() else None


def tidied(draft: EntityDraft) -> EntityDraft:
    """As it is kept: no stray blanks, numbers in half width, 15 digits as 18; what the number says of birth and sex filled in."""
    texts: dict[str, Any] = {
        field.name: " ".join(unicodedata.normalize("NFKC", value).split())
        for field in fields(draft)
        if type(value := getattr(draft, field.name)) is str
    }
    number = tidy(texts["id_number"])
    number = to_18(number) if is_valid(number) else number
    texts |= {"id_number": number, "plate": tidy(texts["plate"]).replace("·", "").replace(".", "")}
    texts["birth_date"] = texts["birth_date"] or birth_of(number)
    texts["sex"] = texts["sex"] or sex_of(number)
    if draft.kind is EntityKind.VEHICLE:
        texts["name"] = texts["name"] or texts["plate"]
    return replace(draft, **texts)


def check(draft: EntityDraft, on: str = "") -> list[Problem]:
    """What is doubtful about it; refused only without a name, too long, or with a plate that is none. `on` is the day of the
    paper (YYYYMMDD).
    """
    problems = [
        Problem(name, "problem.too_long", {"limit": limit})
        for name, limit in _LIMITS.items()
        if len(getattr(draft, name)) > limit
    ]
    if not draft.name:
        problems.append(Problem("name", "problem.name_missing"))
    if draft.plate and not is_plate(draft.plate):
        problems.append(Problem("plate", "problem.plate_shape"))
    number = tidy(draft.id_number)
    if draft.kind is EntityKind.PERSON and number:
        if not is_valid(number):
            problems.append(Problem("id_number", "problem.identity_wrong"))
        if draft.birth_date and birth_of(number) not in ("", draft.birth_date):
            problems.append(Problem("birth_date", "problem.identity_birth"))
        if draft.sex and sex_of(number) not in ("", draft.sex):
            problems.append(Problem("sex", "problem.identity_sex"))
    if draft.kind is EntityKind.PERSON and not draft.minor and _under_age(draft.birth_date or birth_of(number), on):
        problems.append(Problem("minor", "problem.minor_unmarked"))
    return problems


def suggest(texts: Iterable[str]) -> list[EntityDraft]:
    """People by identity numbers with a right check digit, else by mobile phones; vehicles by plates; cases by their national
    number; offices and places where a form says so. Each once, with its name where one place says it.
    """
    found: dict[str, EntityDraft] = {}

    def offer(mark: str, draft: EntityDraft) -> None:
        if mark not in found or (draft.name and not found[mark].name):
            found[mark] = draft

    for text in texts:
        for number, name in identities_in(text):
            offer(number, tidied(EntityDraft(EntityKind.PERSON, name, id_type="identity", id_number=number)))
        for phone, name in mobiles_in(text):
            owner = next((mark for mark, one in found.items() if name and one.name == name and one.id_number), "")
            if owner and found[owner].phone in ("", phone):
                found[owner] = replace(found[owner], phone=phone)
            else:
                offer(phone, EntityDraft(EntityKind.PERSON, name, phone=phone))
        for plate in plates_in(text):
            offer(plate, EntityDraft(EntityKind.VEHICLE, plate, plate=plate))
        for case in cases_in(text):
            offer(case, EntityDraft(EntityKind.CASE, case))
        for office, name in named_in_forms(text):
            kind = EntityKind.ORGANISATION if office else EntityKind.PLACE
            offer(f"{kind}:{name}", tidied(EntityDraft(kind, name)))
    owned = {draft.phone for draft in found.values() if draft.id_number}
    return [draft for mark, draft in found.items() if mark not in owned]


def _sound(draft: EntityDraft) -> EntityDraft:
    """Raises Invalid."""
    draft = tidied(draft)
    refused = [problem for problem in check(draft) if problem.key in _REFUSED]
    if refused:
        raise Invalid(refused)
    return draft


def _marks(draft: EntityDraft) -> tuple[str, ...]:
    """What tells it from others: numbers, and the name of what has none."""
    return draft.id_number, draft.phone, draft.plate, "" if draft.kind in _NUMBERED else f"{draft.kind}:{draft.name}"


def _under_age(born: str, on: str) -> bool:
    return len(born) == 8 and len(on) == 8 and born <= on < f"{int(born[:4]) + _ADULT_YEARS:04d}{born[4:]}"


def _require_basis(purpose: Purpose, basis: str) -> None:
    if purpose is Purpose.OTHER and not basis.strip():
        raise BasisMissing()
