"""app/description/__init__.py — descriptions of records: corrected with a reason, kept in versions, renumbered, patterns.

`Description` is the room's door; its `documents` are the files of an item, its `bulk` changes of many records. Any thread;
every act asks `app.access` first. What is filed is changed only by those who may `correct`; `seen` is the `changed_seq` of
the record the person looked at: if it has moved on, ChangedMeanwhile is raised and nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from app import filing
from app.access import may, require
from app.description.bulk import BulkEdits
from app.description.compare import Difference, amended, check_change, differences, pages_in_volume, require_reason
from app.description.documents import Documents
from app.filing import Invalid, Numbers, Problem
from app.privacy.editing import note_editing
from app.volumes import Volumes
from storage.archive import Archive
from storage.records import Agent, Item, ItemDraft, Kind, Retention, State, Subject
from storage.records.descriptions import NUMBERED, OWN, FormerCode, Template


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of a description: who, when, why, and what was changed. `event` is its type.

    After `merge` the differences are the description of the item that was taken in, as it was.
    """

    number: int
    at: str
    agent_name: str
    reason: str
    event: str
    bulk_id: int | None
    differences: tuple[Difference, ...]


class Description:
    """Descriptions of records. Any thread; every act asks `app.access` first."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
        self._volumes = Volumes(archive, agent)
        self.documents = Documents(archive, agent)
        self.bulk = BulkEdits(archive, agent)

    # -- one record

    def may_correct(self, item: Item) -> bool:
        """Whether this person may change this record."""
        return may(self._agent, "correct" if item.state is State.FILED else "describe")

    def raw(self, item_id: int) -> Item:
        """The record to the letter, to be corrected: what is shown elsewhere is covered (`app.privacy`). Where that makes a
        difference the look is noted. Raises NotAllowed, NoSuchRecord, PartClosed.
        """
        item = self._raw(item_id)
        require(self._archive, self._agent, "correct" if item.state is State.FILED else "describe")
        note_editing(self._archive, self._agent, Subject(Kind.ITEM, item_id), item)
        return item

    def check(self, item: Item, wanted: ItemDraft) -> tuple[list[Problem], tuple[Difference, ...]]:
        """What is wrong with the change, and what it would change."""
        after = amended(item.draft, wanted)
        problems = check_change(
            item.draft, after, self._archive.queries.categories(), date.today(), pages=pages_in_volume(item)
        )
        return problems, differences(item.draft, after)

    def correct(self, item_id: int, wanted: ItemDraft, reason: str, seen: int) -> Item:
        """Another description of a record, filed or in an open volume; the former one is kept. A change that changes
        nothing leaves no trace. Returns the record as it is now.

        Raises Invalid, NotAllowed, NoSuchRecord, PartClosed, ChangedMeanwhile, FixedByCode (what stands in the 档号 is
        `renumber`'s).
        """
        item = self._raw(item_id)
        event = "correct" if item.state is State.FILED else "describe"
        require(self._archive, self._agent, event)
        # Of an item still being arranged nobody has to say why.
        reason = require_reason(reason) if item.state is State.FILED or reason.strip() else ""
        problems, _changes = self.check(item, wanted)
        if problems:
            raise Invalid(problems)
        with self._archive.write(self._agent) as change:
            getattr(change, event)(item_id, amended(item.draft, wanted), reason, seen)
        return self._archive.queries.item(item_id)

    def renumbered(self, item: Item, category: str, year: int, retention: Retention, office: str = "") -> str:
        """The 档号 the record would get in another series now."""
        series = self._series(item, category, year, retention, office)
        numbers = Numbers(self._archive, series)
        return numbers.compose(self._archive.queries.last_number(numbers.scope) + 1)

    def renumber(
        self, item_id: int, category: str, year: int, retention: Retention, office: str, reason: str, seen: int
    ) -> Item:
        """改号: a record filed by item moves to another series and gets the next number there; its former code is kept for
        ever and still finds it. Raises Invalid, NotAllowed, NoSuchRecord, ChangedMeanwhile, NumberStands.
        """
        require(self._archive, self._agent, "renumber")
        reason = require_reason(reason)
        item = self._raw(item_id)
        series = self._series(item, category, year, retention, office)
        problems = [
            problem
            for problem in filing.check(series, self._archive.queries.categories(), date.today())
            if problem.field in NUMBERED
        ]
        if problems:
            raise Invalid(problems)
        numbers = Numbers(self._archive, series)
        with self._archive.write(self._agent) as change:
            change.renumber(
                item_id, series, Numbers(self._archive, item.draft).scope, numbers.scope, numbers.compose, reason, seen
            )
        return self._archive.queries.item(item_id)

    def history(self, item_id: int) -> list[Revision]:
        """Every change of the description, the newest first."""
        after = self._raw(item_id).draft
        found = []
        for version in reversed(self._archive.queries.versions(item_id)):
            if version.event == "merge":
                changes = differences(version.description, ItemDraft())
                changes = tuple(one for one in changes if one.field not in NUMBERED)
            else:
                changes = differences(version.description, after)
                after = version.description
            found.append(
                Revision(
                    version.number, version.at, version.agent_name, version.reason, version.event, version.bulk_id, changes
                )
            )
        return found

    def former_codes(self, item_id: int) -> list[FormerCode]:
        self._volumes.require_part(item_id)
        return self._archive.queries.former_codes(item_id)

    # -- patterns for new descriptions

    def templates(self) -> list[Template]:
        return self._archive.queries.templates()

    def keep_template(self, name: str, draft: ItemDraft) -> int:
        """A pattern under a name, in the place of one of the same name; what belongs to one paper alone is left out.

        Raises Invalid, NotAllowed.
        """
        require(self._archive, self._agent, "keep_template")
        name = " ".join(name.split())
        problems = filing.check_name("name", name)
        if problems:
            raise Invalid(problems)
        with self._archive.write(self._agent) as change:
            return change.keep_template(name, follow(filing.tidy(draft), ItemDraft()))

    def drop_template(self, template_id: int) -> None:
        """Raises NotAllowed, NoSuchRecord."""
        require(self._archive, self._agent, "drop_template")
        with self._archive.write(self._agent) as change:
            change.drop_template(template_id)

    def last_filed(self) -> Item | None:
        """The record this person filed last: the pattern for the next one."""
        last = self._archive.queries.last_described_by(self._agent.name)
        return None if last is None or self._volumes.closed([last.id]) else last

    # -- inside

    def _raw(self, item_id: int) -> Item:
        self._volumes.require_part(item_id)
        return self._archive.queries.item(item_id)

    def _series(self, item: Item, category: str, year: int, retention: Retention, office: str) -> ItemDraft:
        # Only the office is typed; the rest is chosen.
        office = filing.tidy(ItemDraft(office=office)).office
        return replace(item.draft, category=category, year=year, retention=retention, office=office)


def follow(pattern: ItemDraft, draft: ItemDraft) -> ItemDraft:
    """The pattern for this paper: what belongs to one paper alone stays the paper's own, the year too when it is known."""
    own = {name: getattr(draft, name) for name in OWN}
    return replace(pattern, **own, year=draft.year or pattern.year)
