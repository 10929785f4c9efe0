"""storage/records/__init__.py — the nouns: frozen values that travel between the rooms.

Field names follow DA/T 18, DA/T 22 and PREMIS; `reference_code` is the 档号, `document_no` the 文号. Times are UTC,
ISO 8601; dates are `YYYYMMDD` with `00` for an unknown month or day (DA/T 18), or empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum


class Retention(StrEnum):
    """保管期限, by its code in the reference number (DA/T 13)."""

    PERMANENT = "Y"
    D30 = "D30"
    D10 = "D10"


class SecurityClass(StrEnum):
    """密级. Papers above INTERNAL may only be kept where the deployment allows it."""

    PUBLIC = "public"
    INTERNAL = "internal"
    SECRET = "secret"
    CONFIDENTIAL = "confidential"
    TOP_SECRET = "top_secret"


class AccessStatus(StrEnum):
    """开放标识 (DA/T 18)."""

    OPEN = "open"
    CONTROLLED = "controlled"
    DELAYED = "delayed"
    UNREVIEWED = "unreviewed"


class Origin(StrEnum):
    """生成方式 (DA/T 18): how the electronic record came to be; PAPER has no electronic copy."""

    BORN_DIGITAL = "born_digital"
    DIGITISED = "digitised"
    CONVERTED = "converted"
    PAPER = "paper"


class State(StrEnum):
    """An item's or a volume's life. OPEN: in a volume still being made. A row is never removed: what was destroyed or
    merged into another leaves it as a tombstone.
    """

    OPEN = "open"
    FILED = "filed"
    DESTROYED = "destroyed"
    MERGED = "merged"


class Kind(StrEnum):
    """What an act is about: `Subject(kind, id)` and the object of its event, `item:7`."""

    ITEM = "item"
    VOLUME = "volume"


class Outcome(StrEnum):
    """Where a file that arrived has ended. Exactly one at any moment (promise 2)."""

    WAITING = "waiting"
    FILED = "filed"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    IGNORED = "ignored"


class ReadingState(StrEnum):
    """How far the reading of an original has come."""

    DUE = "due"
    DONE = "done"
    FAILED = "failed"


class Delivery(StrEnum):
    """How far a record is on its way to headquarters. DELIVERED only with a verified receipt (promise 6)."""

    LOCAL = "local"
    PACKED = "packed"
    SENT = "sent"
    DELIVERED = "delivered"
    RETURNED = "returned"


class PackageState(StrEnum):
    """A package's way. VOID: not delivered before a restore, packed anew in the new epoch."""

    PACKED = "packed"
    SENT = "sent"
    DELIVERED = "delivered"
    REFUSED = "refused"
    VOID = "void"


class Role(StrEnum):
    """What a person is there for. ADMINISTRATOR, SECURITY and AUDITOR are the three administrative duties (三员) that are
    kept apart; PENDING is somebody whom the security administrator has given no rights yet.
    """

    FILER = "filer"
    CLERK = "clerk"
    ADMINISTRATOR = "administrator"
    SECURITY = "security"
    AUDITOR = "auditor"
    PENDING = "pending"


#: The three administrative duties: two of them in one hand need a reason that every audit report shows.
DUTIES = frozenset({Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class Agent:
    """A person (or the program itself) who acts. `id` 0 is the program. `further` are the roles held beside `role`."""

    id: int
    name: str
    role: Role
    further: frozenset[Role] = frozenset()

    @classmethod
    def of(cls, id: int, name: str, roles: Iterable[Role]) -> Agent:
        """Somebody who holds `roles`; the first of them in the order of `Role` is the one named first."""
        held = [role for role in Role if role in set(roles)] or [Role.PENDING]
        return cls(id, name, held[0], frozenset(held[1:]))

    @property
    def roles(self) -> frozenset[Role]:
        return self.further | {self.role}

    @property
    def standing(self) -> str:
        """The roles as an event keeps them: `administrator+security`."""
        return "+".join(role.value for role in Role if role in self.roles)


def roles_of(standing: str) -> frozenset[Role]:
    """The roles out of an event's `standing`."""
    return frozenset(Role(part) for part in standing.split("+"))


PROGRAM = Agent(0, "anjuan", Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Fonds:
    """全宗: all archives of one station."""

    number: str
    name: str
    station: str


class Arrangement(StrEnum):
    """整理方式: how the papers of a category stand together."""

    BY_ITEM = "by_item"
    BY_VOLUME = "by_volume"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Category:
    """门类/类别: a first-level code (WS) or a path joined by `·` (ZY·XZ).

    `profile` names the numbering profile, `guide` the order of documents in a volume; `seals`: its records fall under
    art. 136 of the public-security administration law. `verified` is False for what no standard fixes (未核实).
    """

    code: str
    name: str
    name_en: str
    default_retention: Retention
    verified: bool = False
    arrangement: Arrangement = Arrangement.EITHER
    profile: str = "dat13"
    security_class: SecurityClass = SecurityClass.INTERNAL
    seals: bool = False
    guide: str = ""
    valid_from: str = ""
    valid_to: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text on a page picture. Box as fractions (0-1) of the picture's width and height."""

    text: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it was read. `source` is text, ocr, typeset, or none (a picture nobody could read); `confidence` 0-1."""

    number: int
    width_px: int
    height_px: int
    lines: tuple[Line, ...]
    picture: bytes
    source: str
    confidence: float

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of one original. `format` is the detected format (pdf, tiff, docx, ...)."""

    format: str
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """The description of an item before it has a number. What a reader suggests and a person confirms."""

    title: str = ""
    document_no: str = ""
    creator: str = ""
    doc_date: str = ""
    category: str = "WS"
    year: int = 0
    retention: Retention = Retention.D10
    office: str = ""
    security_class: SecurityClass = SecurityClass.INTERNAL
    page_count: int = 0
    remarks: str = ""
    parallel_title: str = ""
    sub_title: str = ""
    document_type: str = ""
    manuscript: str = ""
    secrecy_period: str = ""
    access_status: AccessStatus = AccessStatus.UNREVIEWED
    subjects: str = ""
    abstract: str = ""
    attachment_count: int = 0
    origin: Origin = Origin.DIGITISED


@dataclass(frozen=True, slots=True)
class Arrival:
    """One file that arrived: its custody from the scan folder to its end."""

    id: int
    name: str
    path: str
    sha256: str
    size_bytes: int
    format: str
    object_id: int | None
    outcome: Outcome
    reason: str
    reading: ReadingState
    page_count: int
    item_id: int | None
    seen_at: str
    suggestion: ItemDraft | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """件: one record. `reference_code` is empty and `item_no` 0 until it is filed with its volume.

    `changed_seq` is the event that last changed it, `delivered_seq` the change of it that headquarters has receipted in
    whole. `kept_until` is a date (YYYYMMDD) that an appraisal set beyond the rule.
    """

    id: int
    uuid: str
    reference_code: str
    fonds: str
    category: str
    year: int
    retention: Retention
    office: str
    item_no: int
    title: str
    document_no: str
    creator: str
    doc_date: str
    security_class: SecurityClass
    page_count: int
    remarks: str
    filed_at: str
    filed_by: str
    delivery: Delivery
    object_ids: tuple[int, ...] = ()
    volume_id: int | None = None
    position: int = 0
    page_from: int = 0
    page_to: int = 0
    parallel_title: str = ""
    sub_title: str = ""
    document_type: str = ""
    manuscript: str = ""
    secrecy_period: str = ""
    access_status: AccessStatus = AccessStatus.UNREVIEWED
    subjects: str = ""
    abstract: str = ""
    attachment_count: int = 0
    origin: Origin = Origin.DIGITISED
    place_id: int | None = None
    box_no: str = ""
    state: State = State.FILED
    sealed: bool = False
    kept_until: str = ""
    changed_seq: int = 0
    delivered_seq: int = 0

    @property
    def draft(self) -> ItemDraft:
        """Its description."""
        return ItemDraft(**{field.name: getattr(self, field.name) for field in fields(ItemDraft)})


@dataclass(frozen=True, slots=True)
class Document:
    """One file of an item (文档). `pages` are the page numbers of the original that belong to it, in order; None: all.

    `superseded_seq` is the event that put a newer version in its place, 0 for the one in force.
    """

    id: int
    item_id: int
    position: int
    object_id: int
    role: str = "main"
    pages: tuple[int, ...] | None = None
    superseded_seq: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """An item or a volume, as acts name it."""

    kind: Kind
    id: int

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An original kept as one age file. `name` is the keyed digest that names the file."""

    id: int
    name: str
    sha256: str
    sm3: str
    size_bytes: int
    format: str
    original_name: str


@dataclass(frozen=True, slots=True)
class PageText:
    """A page as the archive keeps it: its lines and the name of its sealed picture."""

    number: int
    width_px: int
    height_px: int
    lines: tuple[Line, ...]
    source: str
    confidence: float
    picture: str

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Package:
    """A package of changes for headquarters. `id` names its epoch and journal range, so a range is built once.

    `digest` is the SHA-256 of the signed header; `previous_digest` that of the package before, empty for the first.
    """

    id: str
    epoch: str
    first_seq: int
    last_seq: int
    previous_digest: str
    digest: str
    size_bytes: int
    records: int
    state: PackageState
    file_name: str
    created_at: str
    attempts: int = 0
    next_try: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Headquarters' signed bytes, kept as they came."""

    package_id: str
    document: bytes
    received_at: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many arrivals and records are in each state. `reading_due` are those of `waiting` not read yet."""

    waiting: int = 0
    reading_due: int = 0
    filed: int = 0
    duplicate: int = 0
    quarantined: int = 0
    ignored: int = 0
    items: int = 0
    undelivered: int = 0
    delivered: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the journal (PREMIS event). `detail` holds ids, counts and digests, never content.

    `standing` are the roles the agent held, `session` names the unlocking it belongs to, `reason` is the code of a reason
    or purpose. `before` and `after` are keyed digests of the record's description, where the event changed one.
    """

    seq: int
    at: str
    agent: int
    agent_name: str
    type: str
    object: str
    outcome: str
    detail: dict[str, object]
    previous: str
    hash: str
    standing: str = ""
    monotonic_ms: int = 0
    session: str = ""
    reason: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of a check: `check` names it, `detail` says what is wrong in ids and numbers."""

    check: str
    ok: bool
    object: str = ""
    detail: str = ""
