"""app/description/documents.py — the files of an item: more of them, better ones, their order, and their division.

Page counts are compared and told (`page_counts`), never changed by themselves: the description says what the paper has, the
files what was scanned. Any thread; every act asks `app.access` first, and for a filed record also for `correct`; what stands in
a part of a case that this person may not open raises PartClosed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app import filing
from app.access import require
from app.filing import Invalid, Numbers, Problem
from app.volumes import Volumes
from storage.archive import Archive
from storage.errors import NoSuchRecord
from storage.records import Agent, Document, Item, ItemDraft, State
from storage.records.descriptions import ATTACHMENT, NUMBERED, Part


@dataclass(frozen=True, slots=True)
class Paper:
    """One file of an item as a person sees it."""

    document: Document
    name: str
    format: str
    size_bytes: int
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PageCounts:
    """What the description says and what the files have; files that could not be counted as pages have none."""

    described: int
    present: int

    @property
    def agree(self) -> bool:
        return self.described == self.present or not self.present


class Documents:
    """The files of an item. Any thread."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
        self._volumes = Volumes(archive, agent)

    # -- looking

    def of(self, item_id: int, *, superseded: bool = False) -> list[Paper]:
        """The files of a record in their order; with `superseded` also those a better scan has replaced."""
        self._volumes.require_part(item_id)
        found = []
        for document in self._archive.queries.documents(item_id, superseded=superseded):
            kept = self._archive.queries.object(document.object_id)
            pages = self._archive.queries.page_numbers(document)
            found.append(Paper(document, kept.original_name, kept.format, kept.size_bytes, pages))
        return found

    def page_counts(self, item: Item) -> PageCounts:
        documents = self._archive.queries.documents(item.id)
        return PageCounts(item.page_count, sum(len(self._archive.queries.page_numbers(one)) for one in documents))

    # -- files

    def add(self, item_id: int, arrival_id: int, role: str = ATTACHMENT) -> int:
        """A paper waiting in the inbox becomes a further file of a record. Raises NotAllowed, NoSuchRecord."""
        self._require("add_document", item_id)
        with self._archive.write(self._agent) as change:
            return change.add_document(item_id, arrival_id, role)

    def replace(self, item_id: int, document_id: int, arrival_id: int) -> int:
        """A better scan takes the place of a file; the former one is kept. Raises NotAllowed, NoSuchRecord."""
        self._require("replace_document", item_id, document_id)
        with self._archive.write(self._agent) as change:
            return change.replace_document(document_id, arrival_id)

    def order(self, item_id: int, order: Sequence[tuple[int, str]]) -> None:
        """The files in this order, each with its role. Raises NotAllowed, PagesDoNotAdd."""
        self._require("order_documents", item_id)
        with self._archive.write(self._agent) as change:
            change.order_documents(item_id, order)

    def order_pages(self, item_id: int, document_id: int, pages: Sequence[int]) -> None:
        """The pages of a file in this order. Raises NotAllowed, PagesDoNotAdd."""
        self._require("order_pages", item_id, document_id)
        with self._archive.write(self._agent) as change:
            change.order_pages(document_id, pages)

    # -- one becomes several, several become one

    def file_together(self, arrival_ids: Sequence[int], draft: ItemDraft) -> Item:
        """Several papers of the inbox become one item, in this order. Raises Invalid, NotAllowed, NoSuchRecord."""
        first, *further = arrival_ids
        return filing.file(self._archive, self._agent, first, draft, date.today(), further)

    def check_parts(self, parts: Sequence[Part]) -> list[list[Problem]]:
        """What is wrong with the description of each part."""
        categories, today = self._archive.queries.categories(), date.today()
        return [filing.check(filing.tidy(part.draft), categories, today) for part in parts]

    def split_arrival(self, arrival_id: int, parts: Sequence[Part]) -> list[Item]:
        """A paper of the inbox that holds several becomes as many items; every page goes to exactly one of them.

        Raises Invalid (the problems of the first part that has any), NotAllowed, NoSuchRecord, PagesDoNotAdd.
        """
        require(self._archive, self._agent, "split_arrival")
        for problems in self.check_parts(parts):
            if problems:
                raise Invalid(problems)
        tidied = [replace(part, draft=filing.tidy(part.draft)) for part in parts]
        numbers = {id(part.draft): Numbers(self._archive, part.draft) for part in tidied}
        with self._archive.write(self._agent) as change:
            made = change.split_arrival(
                arrival_id,
                tidied,
                self._archive.fonds.number,
                lambda draft: numbers[id(draft)].scope,
                lambda draft, number: numbers[id(draft)].compose(number),
            )
        return [self._archive.queries.item(item_id) for item_id in made]

    def split_item(self, item_id: int, taken: Mapping[int, Sequence[int] | None], draft: ItemDraft, seen: int) -> Item:
        """Files (None: whole) or pages of a record become a new one of the same series. Returns the new one.

        Raises Invalid, NotAllowed, NoSuchRecord, ChangedMeanwhile, PagesDoNotAdd, NumberStands (in a filed volume).
        """
        item = self._require("split_item", item_id)
        series = {name: getattr(item, name) for name in NUMBERED}
        draft = replace(filing.tidy(draft), **series)
        problems = [
            problem
            for problem in filing.check(draft, self._archive.queries.categories(), date.today())
            if problem.field not in NUMBERED
        ]
        if problems:
            raise Invalid(problems)
        numbers = Numbers(self._archive, draft)
        with self._archive.write(self._agent) as change:
            new = change.split_item(item_id, taken, draft, numbers.scope, numbers.compose, seen)
        return self._archive.queries.item(new)

    def merge(self, source_id: int, target_id: int, reason: str, seen: tuple[int, int]) -> Item:
        """An item without a number goes over into another one of the same open volume. Returns the one that stays.

        Raises NotAllowed, NoSuchRecord, ChangedMeanwhile, NumberStands (one has a number: there would be a gap).
        """
        require(self._archive, self._agent, "merge")
        for item_id in (source_id, target_id):
            self._volumes.require_part(item_id)
        with self._archive.write(self._agent) as change:
            change.merge(source_id, target_id, " ".join(reason.split()), seen)
        return self._archive.queries.item(target_id)

    # -- inside

    def _require(self, event: str, item_id: int, document_id: int | None = None) -> Item:
        """The item, if this person may do this to it; the document must be one of its own."""
        self._volumes.require_part(item_id)
        item = self._archive.queries.item(item_id)
        require(self._archive, self._agent, event)
        if item.state is State.FILED:
            require(self._archive, self._agent, "correct")
        if document_id is not None and document_id not in {one.id for one in self._archive.queries.documents(item_id)}:
            raise NoSuchRecord(document=document_id)
        return item
