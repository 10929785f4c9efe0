"""storage/records/interchange.py — the nouns of import and export: what was imported, and which records go out."""

from __future__ import annotations

from dataclasses import dataclass

from storage.records import Kind, Retention


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One catalogue that was taken in. `source_sha256` is the digest of its file, `rows` how many records it became."""

    id: int
    at: str
    agent_name: str
    source_sha256: str
    kind: Kind
    rows: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Which filed records go out; None and empty mean all. A category covers its children; `volume_id` means the items of
    one volume; `codes` are 档号, of items or of volumes (then with all that stands in them).
    """

    category: str | None = None
    year: int | None = None
    retention: Retention | None = None
    volume_id: int | None = None
    codes: tuple[str, ...] = ()
