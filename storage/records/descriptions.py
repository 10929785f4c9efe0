"""storage/records/descriptions.py — what a description was, how many were changed at once, and patterns for new ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from storage.records import ItemDraft, State

#: What of a description is in the 档号: only `renumber` changes it.
NUMBERED = ("category", "year", "retention", "office")
#: What belongs to one paper alone: a pattern for others never carries it.
OWN = ("title", "parallel_title", "sub_title", "document_no", "doc_date", "page_count", "attachment_count", "abstract")
MAIN, ATTACHMENT = "main", "attachment"


@dataclass(frozen=True, slots=True)
class Version:
    """A description that is no longer in force: what it was until `agent_name` changed it at `at`, and why.

    `event` is the type of the change; after `merge` it is the description of the item that was taken in.
    """

    number: int
    description: ItemDraft
    reason: str
    at: str
    agent_name: str
    event: str
    bulk_id: int | None


@dataclass(frozen=True, slots=True)
class FormerCode:
    """A 档号 an item once had. It is never given again."""

    reference_code: str
    reason: str
    at: str
    agent_name: str


@dataclass(frozen=True, slots=True)
class Bulk:
    """One change of many records. `changes` says what was done to which field, never with which words."""

    id: int
    at: str
    agent_name: str
    reason: str
    changes: Mapping[str, str]
    items: int
    undone_at: str


@dataclass(frozen=True, slots=True)
class Template:
    """A pattern for descriptions, by its name."""

    id: int
    name: str
    description: ItemDraft


@dataclass(frozen=True, slots=True)
class Part:
    """One of the papers in a file that holds several: its pages and its description."""

    pages: tuple[int, ...]
    draft: ItemDraft


@dataclass(frozen=True, slots=True)
class Described:
    """A record as a list of many needs it: its description and where it stands, without its files."""

    id: int
    reference_code: str
    changed_seq: int
    state: State
    draft: ItemDraft
