"""app/description/bulk.py — changing many records at once: chosen field by field, shown first, undone as one.

Nothing changes by default: a field that is not named in `edits` is kept to the letter. `preview` is a table of what each
record has and would have, with the problems of each; `apply` does exactly what it shows, on the records as they were seen,
all or nothing. `undo` gives every record back the description it had, also after a restart. Any thread; 10,000 records take
some seconds, so every long act reports its progress and may be cancelled until it is committed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from app import filing
from app.access import require
from app.description.compare import check_change, require_reason
from app.filing import BETWEEN, Invalid, Problem
from storage.archive import Archive
from storage.errors import Known
from storage.records import AccessStatus, Agent, Item, ItemDraft, Origin, Retention, SecurityClass
from storage.records.descriptions import Bulk

Step = Callable[[int, int], None]

#: What may be changed in many records at once: nothing that one paper has alone, nothing that stands in the 档号.
BULK_FIELDS = (
    "creator", "doc_date", "document_type", "manuscript", "security_class", "secrecy_period", "access_status", "origin",
    "subjects", "remarks",
)  # fmt: skip
CLOSED: dict[str, type[StrEnum]] = {"security_class": SecurityClass, "access_status": AccessStatus, "origin": Origin}
MANDATORY = frozenset({"creator", "doc_date"}) | CLOSED.keys()


class Do(StrEnum):
    """What is done to a field. ADD and REMOVE are for one keyword of `subjects`."""

    KEEP = "keep"
    SET = "set"
    CLEAR = "clear"
    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Edit:
    """What is done to one field, and with which value."""

    do: Do = Do.KEEP
    value: str = ""


class PreviewHasProblems(Known):
    """Some records would not be valid after the change. Facts: records (how many)."""

    number = 510


class NothingToChange(Known):
    """No record would be changed."""

    number = 511


@dataclass(frozen=True, slots=True)
class Line:
    """One record: what it has and would have, field by field. `seen` is the `changed_seq` it was read with."""

    item_id: int
    seen: int
    reference_code: str
    title: str
    values: tuple[tuple[str, Any, Any], ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a bulk edit would do: only the records it would change. `same` are those that have these values already,
    `gone` those that could not be read any more.
    """

    edits: Mapping[str, Edit]
    lines: tuple[Line, ...]
    same: int
    gone: int

    @property
    def faulty(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.problems)

    def without(self, item_ids: Collection[int]) -> Preview:
        """The same, without these records."""
        return replace(self, lines=tuple(line for line in self.lines if line.item_id not in item_ids))


@dataclass(frozen=True, slots=True)
class Undoing:
    """What undoing would meet: how many can be given back, which were corrected since, how many cannot be reached."""

    bulk: Bulk
    ready: int
    since: tuple[Item, ...]
    gone: int


def _no_step(done: int, total: int) -> None:
    """Nobody is waiting for progress."""


class BulkEdits:
    """Changes of many records at once. Any thread; every act asks `app.access` first."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent

    def of_class(
        self, *, category: str | None = None, year: int | None = None, retention: Retention | None = None
    ) -> list[int]:
        """The records of a class, in the order of the register. Raises NotAllowed."""
        require(self._archive, self._agent, "bulk_edit")
        return self._archive.queries.item_ids(category=category, year=year, retention=retention)

    def common(self, item_ids: Sequence[int], step: Step = _no_step) -> dict[str, list[tuple[str, int]]]:
        """What these records have now, by field: the commonest values and how many have each. Raises NotAllowed."""
        require(self._archive, self._agent, "bulk_edit")
        counts: dict[str, Counter[str]] = {name: Counter() for name in BULK_FIELDS}
        for done, record in enumerate(self._archive.queries.described(item_ids)):
            if done % 500 == 0:
                step(done, len(item_ids))
            for name, count in counts.items():
                count[str(getattr(record.draft, name))] += 1
        return {name: count.most_common(3) for name, count in counts.items()}

    def check(self, edits: Mapping[str, Edit]) -> list[Problem]:
        """What is wrong with the edits themselves, whatever the records are."""
        problems = []
        for name, edit in edits.items():
            value = edit.value.strip()
            if name not in BULK_FIELDS or (edit.do in (Do.ADD, Do.REMOVE) and name != "subjects"):
                problems.append(Problem(name, "problem.not_in_bulk"))
            elif edit.do is Do.CLEAR and name in MANDATORY:
                problems.append(Problem(name, "problem.not_cleared"))
            elif edit.do in (Do.SET, Do.ADD, Do.REMOVE) and not value:
                # An empty value is never taken for "clear": that has to be said.
                problems.append(Problem(name, "problem.value_missing"))
            elif edit.do is Do.SET and name in CLOSED and value not in set(CLOSED[name]):
                problems.append(Problem(name, "problem.value_unknown"))
            elif edit.do in (Do.ADD, Do.REMOVE) and len(filing.keywords(value)) != 1:
                problems.append(Problem(name, "problem.one_keyword"))
        return problems

    def preview(self, item_ids: Sequence[int], edits: Mapping[str, Edit], step: Step = _no_step) -> Preview:
        """What the edits would do to these records and no others. Raises Invalid, NotAllowed."""
        require(self._archive, self._agent, "bulk_edit")
        edits = {name: edit for name, edit in edits.items() if edit.do is not Do.KEEP}
        problems = self.check(edits)
        if problems:
            raise Invalid(problems)
        categories, today = self._archive.queries.categories(), date.today()
        wanted = list(dict.fromkeys(item_ids))
        lines, seen = [], 0
        for record in self._archive.queries.described(wanted):
            if seen % 200 == 0:
                step(seen, len(wanted))
            seen += 1
            before = record.draft
            values = {name: _apply(name, getattr(before, name), edit) for name, edit in edits.items()}
            after = replace(before, **values)
            changed = tuple(
                (name, getattr(before, name), new) for name, new in values.items() if new != getattr(before, name)
            )
            if changed:
                found = tuple(check_change(before, after, categories, today))
                lines.append(Line(record.id, record.changed_seq, record.reference_code, before.title, changed, found))
        return Preview(edits, tuple(lines), seen - len(lines), len(wanted) - seen)

    def apply(self, preview: Preview, reason: str, step: Step = _no_step) -> int:
        """Does what the preview shows, to the records it shows. Returns the id of the bulk edit.

        Raises NotAllowed, Invalid (no reason), NothingToChange, PreviewHasProblems, and ChangedMeanwhile as soon as one of
        the records is not as it was seen: then nothing is done.
        """
        require(self._archive, self._agent, "bulk_edit")
        reason = require_reason(reason)
        if not preview.lines:
            raise NothingToChange()
        if preview.faulty:
            raise PreviewHasProblems(records=len(preview.faulty))

        def lines() -> Iterator[tuple[int, int, dict[str, Any]]]:
            for done, line in enumerate(preview.lines):
                if done % 100 == 0:
                    step(done, len(preview.lines))
                yield line.item_id, line.seen, {name: new for name, _old, new in line.values}

        with self._archive.write(self._agent) as change:
            return change.bulk_edit(
                lines(),
                {name: edit.do.value for name, edit in preview.edits.items()},
                reason,
            )

    def history(self) -> list[Bulk]:
        """The bulk edits, the newest first."""
        return self._archive.queries.bulk_edits()

    def undoing(self, bulk_id: int) -> Undoing:
        """What undoing would meet. Raises NotAllowed, NoSuchRecord."""
        require(self._archive, self._agent, "undo_bulk")
        bulk = self._archive.queries.bulk(bulk_id)
        as_left, since = self._archive.queries.bulk_items(bulk_id)
        items = self._archive.queries.items_by_id(since)
        return Undoing(
            bulk, len(as_left), tuple(items[item_id] for item_id in since), bulk.items - len(as_left) - len(since)
        )

    def undo(self, bulk_id: int, reason: str, leave_out: Collection[int] = (), step: Step = _no_step) -> int:
        """Gives every record of a bulk edit back the description it had. Returns how many.

        Raises NotAllowed, Invalid (no reason), NoSuchRecord (undone already), CorrectedSince unless those corrected since
        are left out by name.
        """
        require(self._archive, self._agent, "undo_bulk")
        reason = require_reason(reason)

        def sometimes(done: int, total: int) -> None:
            if done % 100 == 0:
                step(done, total)

        with self._archive.write(self._agent) as change:
            return change.undo_bulk(bulk_id, reason, frozenset(leave_out), sometimes)


def _apply(name: str, old: object, edit: Edit) -> Any:
    """The new value of one field. A keyword is added beside the others and removed alone."""
    if edit.do in (Do.ADD, Do.REMOVE):
        words = filing.keywords(str(old))
        (word,) = filing.keywords(edit.value)
        if (word in words) is (edit.do is Do.ADD):
            return old
        return BETWEEN.join((*words, word) if edit.do is Do.ADD else (kept for kept in words if kept != word))
    empty = getattr(ItemDraft(), name)
    if edit.do is Do.CLEAR:
        return empty
    if name in CLOSED:
        return CLOSED[name](edit.value)
    typed: dict[str, Any] = {name: edit.value}
    return getattr(filing.tidy(replace(ItemDraft(), **typed)), name)
