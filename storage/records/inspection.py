"""storage/records/inspection.py — what an inspection finds, and how its runs are kept.

Words of DA/T 70: a run looks at the archive in one phase (归档 GD, 移交与接收 YJ, 长期保存 CQ); each check of the catalogue
ends in a verdict; what is wrong is a fault. A fault says where by ids and what by the names of fields: never a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from storage.records import Subject


class Severity(StrEnum):
    """BLOCKING keeps a record from leaving in a package; INFO is for knowing."""

    BLOCKING = "blocking"
    WARNING = "warning"
    INFO = "info"


class Verdict(StrEnum):
    """How a check ended. MANUAL waits for a person's attestation; UNCHECKED did not apply to what was chosen."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    MANUAL = "manual"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run looks at; nothing chosen is the whole archive. A category covers its children."""

    category: str | None = None
    year: int | None = None
    subject: Subject | None = None

    @property
    def whole(self) -> bool:
        return self == Scope()

    def __str__(self) -> str:
        if self.subject is not None:
            return str(self.subject)
        parts = (f"category:{self.category}" if self.category else "", f"year:{self.year}" if self.year else "")
        return " ".join(filter(None, parts)) or "all"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `code` is the check, `key` the sentence; `subject` what to open, when that may be seen;
    `object` names what else it is about (`object:7`, `package:…`). `facts` are ids, counts, codes and names of fields.
    """

    code: str
    key: str
    severity: Severity
    subject: Subject | None = None
    object: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How one check of a run ended: how many things it looked at, how many faults it found."""

    code: str
    verdict: Verdict
    checked: int = 0
    found: int = 0


@dataclass(frozen=True, slots=True)
class InspectionRun:
    """A run as it is kept. `result` is the worst verdict of its automatic checks."""

    id: int
    phase: str
    scope: str
    scheme: str
    started_at: str
    finished_at: str
    agent_name: str
    result: Verdict
    results: tuple[CheckResult, ...]

    @property
    def found(self) -> int:
        return sum(result.found for result in self.results)


@dataclass(frozen=True, slots=True)
class InspectionFinding:
    """A fault of a run, numbered."""

    inspection_id: int
    number: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class Attestation:
    """What a person says of a check that no program can do."""

    inspection_id: int
    code: str
    verdict: Verdict
    note: str
    at: str
    agent_name: str


@dataclass(frozen=True, slots=True)
class InspectedDocument:
    """A file of an item in force, with what is known of its original. `pages_read` of `pages_wanted` are there."""

    item_id: int
    object_id: int
    role: str
    format: str
    original_name: str
    pages_wanted: int
    pages_read: int


@dataclass(frozen=True, slots=True)
class Placed:
    """An item's place in its volume, in numbers: also of one that may not be seen (`visible` is False)."""

    item_id: int
    visible: bool
    position: int
    page_from: int
    page_to: int
    page_count: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Numbers first..last that were given in a series, to whatever they were given."""

    fonds: str
    category: str
    year: int
    retention: str
    office: str
    catalogue: str
    first: int
    last: int
