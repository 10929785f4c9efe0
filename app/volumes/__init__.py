"""app/volumes/__init__.py — volumes: opened, filled, put in order, filed.

The way of a case's papers: `open`, `file_into` (from the inbox), `arrange` by the guide, `check`, `divide` when the book is
too thick, `file`. Any thread; every act asks `app.access` first and every look whether the asker may open this part of a
case (`app.access.may_open`). Acts raise Invalid, NotAllowed, NoSuchRecord, and what `storage.changes.volumes` raises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Generic, TypeVar

from app import filing, guides, numbering
from app.access import may_open, require
from app.filing import Invalid, Problem
from app.guides import NO_GUIDE_DAYS, Guide, Line
from app.numbering import Profile, Series
from app.privacy import cover
from app.privacy.editing import note_editing
from app.scheme import Scheme
from app.sealing import Sealing
from app.volumes import checks
from app.volumes.checks import Check
from app.volumes.workdays import Calendar, Due, deadlines
from storage.archive import Archive
from storage.errors import Known, NoSuchRecord
from storage.queries import Queries
from storage.records import Agent, Category, Item, ItemDraft, Kind, ReadingState, Subject
from storage.records.volumes import Volume, VolumeDraft, VolumeFilter, VolumePart

T = TypeVar("T")

#: What of a description people write freely.
_WRITTEN = ("title", "case_name", "remarks", "notes")
#: What the paper of an item in a volume need not say for itself: the volume says it.
_SAID_BY_VOLUME = frozenset({"category", "year", "retention", "office"})


class PartClosed(Known):
    """This role may not open this part of a case. Facts: volume or item."""

    number = 520


@dataclass(frozen=True, slots=True)
class Filed(Generic[T]):
    """A volume as it was filed. `forms` only when it was sealed at once: it cannot be opened any more."""

    volume: Volume
    reference_code: str
    sealed: bool
    forms: tuple[T, ...] = ()


class Volumes:
    """Volumes as one person sees them."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
        self._queries = archive.queries

    # -- looking

    @property
    def parts(self) -> tuple[VolumePart, ...]:
        """The parts of a case this person may open."""
        return tuple(part for part in VolumePart if may_open(self._agent, part))

    def closed(self, item_ids: Sequence[int]) -> frozenset[int]:
        """Which of these items stand in a part of a case that this person may not open."""
        if may_open(self._agent, VolumePart.SECRET):
            return frozenset()
        parts = self._queries.item_parts(item_ids)
        return frozenset(item_id for item_id, part in parts.items() if not may_open(self._agent, part))

    def closed_everywhere(self) -> list[int]:
        """All items that stand in such a part: what a search leaves out of its count."""
        shut = [part for part in VolumePart if not may_open(self._agent, part)]
        return self._queries.items_in_parts(shut) if shut else []

    def require_part(self, item_id: int) -> None:
        """Raises PartClosed for an item of such a part."""
        if self.closed([item_id]):
            raise PartClosed(item=item_id)

    def ids(self, wanted: VolumeFilter) -> list[int]:
        """Those last worked on first."""
        return self._queries.volume_ids(self._seen(wanted))

    def volumes(self, wanted: VolumeFilter, *, limit: int = -1, offset: int = 0) -> list[Volume]:
        return self._queries.volumes(self._seen(wanted), limit=limit, offset=offset)

    def by_id(self, volume_ids: Sequence[int]) -> dict[int, Volume]:
        found = self._queries.volumes_by_id(volume_ids)
        return {id: volume for id, volume in found.items() if may_open(self._agent, volume.part)}

    def covered(self, volumes: Sequence[Volume]) -> list[Volume]:
        """As a list shows them: what people wrote is masked, with the names of the minors they or their papers name."""
        minors = self._queries.minors_of([Subject(Kind.VOLUME, volume.id) for volume in volumes])

        def cover_one(volume: Volume) -> Volume:
            names = minors.get(Subject(Kind.VOLUME, volume.id), ())
            masked: dict[str, Any] = {written: cover(getattr(volume, written), names) for written in _WRITTEN}
            return replace(volume, **masked)

        return [cover_one(volume) for volume in volumes]

    def years(self) -> list[int]:
        return self._queries.volume_years()

    def volume(self, volume_id: int) -> Volume:
        """Raises NoSuchRecord, PartClosed."""
        return self._allowed(self._queries.volume(volume_id))

    def raw(self, volume_id: int) -> Volume:
        """The volume to the letter, for the form that describes it: where that shows what is masked elsewhere, the look is
        noted. Raises NotAllowed, NoSuchRecord, PartClosed.
        """
        require(self._archive, self._agent, "describe_volume")
        volume = self.volume(volume_id)
        note_editing(self._archive, self._agent, Subject(Kind.VOLUME, volume_id), volume)
        return volume

    def by_code(self, reference_code: str) -> Volume:
        return self._allowed(self._queries.volume_by_code(numbering.normalise(reference_code)))

    def items(self, volume_id: int) -> list[Item]:
        """In their order."""
        self.volume(volume_id)
        return self._queries.volume_items(volume_id)

    def books(self, volume_id: int) -> list[Volume]:
        """The books (册) of the divided volume this one belongs to."""
        self.volume(volume_id)
        return self._queries.volume_books(volume_id)

    def case(self, volume: Volume) -> list[Volume]:
        """The volumes of the same case that this person may open, this one too."""
        return [found for found in self._queries.volume_parts(volume.case_no) if may_open(self._agent, found.part)]

    def next_code(self, draft: VolumeDraft) -> str:
        """The 档号 a volume of this class would get now."""
        fonds, series, profile = self._archive.fonds.number, _series(draft), self._profile(draft.category)
        last = self._queries.last_number(numbering.volume_scope(fonds, series, profile))
        return numbering.volume_code(fonds, series, last + 1, profile)

    # -- guides and deadlines

    def guide(self, volume: Volume) -> Guide | None:
        """The order its papers should stand in; None when its category has none."""
        return guides.of_volume(volume, self._queries.categories())

    def compare(self, volume_id: int) -> list[Line]:
        """What the guide wants beside what is there; empty without a guide."""
        guide = self.guide(self.volume(volume_id))
        return guide.compare(self._queries.volume_items(volume_id)) if guide else []

    def due(self, today: date, holidays: str = "") -> list[Due]:
        """The closed cases that wait to be filed, covered, the most urgent first. `holidays` as the setting has them."""
        mine = self.covered([volume for volume in self._queries.volumes_closed() if may_open(self._agent, volume.part)])
        known = self._queries.categories()

        def days(volume: Volume) -> int:
            guide = guides.of_volume(volume, known)
            return guide.filing_days if guide else NO_GUIDE_DAYS

        return deadlines(mine, days, today, Calendar.read(holidays))

    # -- opening and describing

    def check_draft(self, draft: VolumeDraft, volume_id: int | None = None) -> list[Problem]:
        former = self.volume(volume_id) if volume_id else None
        return checks.check_draft(checks.tidy(draft), self._queries.categories(), date.today(), former)

    def open(self, draft: VolumeDraft) -> Volume:
        """A new volume to collect papers in."""
        require(self._archive, self._agent, "open_volume")
        draft = self._checked(draft, None)
        with self._archive.write(self._agent) as change:
            volume_id = change.open_volume(draft, self._archive.fonds.number)
        return self._queries.volume(volume_id)

    def describe(self, volume_id: int, draft: VolumeDraft, reason: str = "") -> Volume:
        """Another description; a filed volume keeps the former one, with the reason."""
        require(self._archive, self._agent, "describe_volume")
        volume = self.volume(volume_id)
        draft = self._checked(draft, volume)
        if not volume.open and not reason.strip():
            raise Invalid([Problem("reason", "problem.note_missing")])
        if draft != volume.draft:
            with self._archive.write(self._agent) as change:
                change.describe_volume(volume_id, draft, reason.strip())
        return self._queries.volume(volume_id)

    # -- filling and ordering

    def file_into(self, arrival_id: int, draft: ItemDraft, volume_id: int) -> Item:
        """A paper of the inbox becomes the last item of an open volume; its class is the volume's."""
        require(self._archive, self._agent, "file_into")
        volume = self.volume(volume_id)
        if self._queries.arrival(arrival_id).reading is ReadingState.DUE:
            raise NoSuchRecord(arrival=arrival_id)
        draft = replace(
            filing.tidy(draft), category=volume.category, year=volume.year, retention=volume.retention, office=volume.office
        )
        problems = self._check_paper(draft)
        if problems:
            raise Invalid(problems)
        with self._archive.write(self._agent) as change:
            item_id = change.file_into(arrival_id, draft, volume_id)
        return self._queries.item(item_id)

    def check_paper(self, draft: ItemDraft) -> list[Problem]:
        """What keeps a paper from being filed into any volume."""
        return self._check_paper(filing.tidy(draft))

    def order(self, volume_id: int, item_ids: Sequence[int]) -> None:
        """The whole order, item by item. Raises OrderStale when somebody changed the volume meanwhile."""
        require(self._archive, self._agent, "order_volume")
        self.volume(volume_id)
        with self._archive.write(self._agent) as change:
            change.order_volume(volume_id, item_ids)

    def arrange(self, volume_id: int) -> bool:
        """The order of the guide. False when the items stand in it already, or no guide is known."""
        volume = self.volume(volume_id)
        guide, items = self.guide(volume), self._queries.volume_items(volume_id)
        wanted = [item.id for item in guide.order(items)] if guide else []
        if not guide or wanted == [item.id for item in items]:
            return False
        self.order(volume_id, wanted)
        return True

    def move(self, item_ids: Sequence[int], volume_id: int) -> None:
        """Items of an open volume go to the end of another open one."""
        require(self._archive, self._agent, "move_item")
        self.volume(volume_id)
        if self.closed(item_ids):
            raise PartClosed(volume=volume_id)
        with self._archive.write(self._agent) as change:
            for item_id in item_ids:
                change.move_item(item_id, volume_id)

    def number_pages(self, volume_id: int) -> int:
        require(self._archive, self._agent, "number_pages")
        self.volume(volume_id)
        with self._archive.write(self._agent) as change:
            return change.number_pages(volume_id)

    def join(self, volume_id: int, into_id: int) -> None:
        """All papers of one open volume into another; the emptied one is no more."""
        require(self._archive, self._agent, "join_volume")
        self.volume(volume_id), self.volume(into_id)
        with self._archive.write(self._agent) as change:
            change.join_volume(volume_id, into_id)

    def withdraw(self, volume_id: int) -> None:
        """An empty open volume is no more. Raises VolumeFrozen, VolumeNotEmpty."""
        require(self._archive, self._agent, "withdraw_volume")
        self.volume(volume_id)
        with self._archive.write(self._agent) as change:
            change.withdraw_volume(volume_id)

    # -- filing

    def proposed(self, volume_id: int) -> VolumeDraft:
        """The description with dates, maker and day filled in where they are empty."""
        volume = self.volume(volume_id)
        return checks.proposed(volume, self._queries.volume_items(volume_id), self._agent.name, date.today())

    def check(self, volume_id: int) -> Check:
        """Whether the volume may be filed as it is."""
        volume = self.volume(volume_id)
        return checks.check_filing(
            volume, self._queries.volume_items(volume_id), self.guide(volume), self._queries.categories(), date.today()
        )

    def divide(self, volume_id: int) -> list[Volume]:
        """The volume in books of the size its guide allows; itself when it is thin enough."""
        require(self._archive, self._agent, "split_volume")
        books = self.check(volume_id).books
        if not books:
            return [self.volume(volume_id)]
        with self._archive.write(self._agent) as change:
            made = change.split_volume(volume_id, books)
        return [self._queries.volume(id) for id in made]

    def file(self, volume_id: int, forms: Callable[[Queries], Sequence[T]] | None = None) -> Filed[T]:
        """Numbers for the volume and its items; from now on it stays as it is.

        What the law has sealed is sealed with it, and nobody sees it afterwards: `forms` makes what has to be printed for
        it before the seal, out of the reads it is given.
        """
        require(self._archive, self._agent, "file_volume")
        found = self.check(volume_id)
        if found.problems:
            raise Invalid(found.problems)
        fonds = self._archive.fonds.number
        # The category fixes the profile; a volume of another category by then is numbered by that one's.
        profiles = {category.code: self._profile(category.code) for category in self._queries.categories()}
        fallback = numbering.profile(numbering.DAT13)
        sealing = Sealing(self._archive, self._agent)
        sealed = sealing.due_for_seal(volume_id)
        made: tuple[T, ...] = ()
        with self._archive.write(self._agent) as change:
            code = change.file_volume(
                volume_id,
                lambda volume: numbering.volume_scope(fonds, _series(volume), profiles.get(volume.category, fallback)),
                lambda volume, number: numbering.volume_code(
                    fonds, _series(volume), number, profiles.get(volume.category, fallback)
                ),
                numbering.code_in_volume,
            )
            filed = change.within.volume(volume_id)
            if sealed:
                made = tuple(forms(change.within)) if forms else ()
                change.seal(Subject(Kind.VOLUME, volume_id), sealing.law())
        return Filed(filed, code, sealed, made)

    # -- inside

    def _check_paper(self, draft: ItemDraft) -> list[Problem]:
        problems = filing.check(draft, self._queries.categories(), date.today())
        return [problem for problem in problems if problem.field not in _SAID_BY_VOLUME]

    def _allowed(self, volume: Volume) -> Volume:
        if not may_open(self._agent, volume.part):
            raise PartClosed(volume=volume.id)
        return volume

    def _seen(self, wanted: VolumeFilter) -> VolumeFilter:
        return replace(wanted, parts=tuple(part for part in wanted.parts if may_open(self._agent, part)))

    def _checked(self, draft: VolumeDraft, former: Volume | None) -> VolumeDraft:
        draft = checks.tidy(draft)
        problems = checks.check_draft(draft, self._queries.categories(), date.today(), former)
        if not may_open(self._agent, draft.part):
            raise PartClosed(volume=former.id if former else 0)
        if problems:
            raise Invalid(problems)
        return draft

    def _category(self, code: str) -> Category | None:
        return next((category for category in self._queries.categories() if category.code == code), None)

    def _profile(self, code: str) -> Profile:
        category = self._category(code)
        return Scheme(self._archive, self._agent).profile(category.profile if category else numbering.DAT13)


def _series(described: Volume | VolumeDraft) -> Series:
    return Series(described.category, described.year, described.retention, described.office, described.catalogue_no)
