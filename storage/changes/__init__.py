"""storage/changes/__init__.py — one method per event type: the only way the truth changes.

A method alters tables and writes one event in the same transaction; its name is the event's type, the permission that
`app.access` grants, and the key of the sentence the audit report prints. Reached only through `Archive.write(agent)`,
which refuses a transaction that changed rows without an event.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from storage.changes.audit import AuditChanges
from storage.changes.backup import BackupChanges
from storage.changes.base import now
from storage.changes.descriptions import DescriptionChanges
from storage.changes.disposal import DisposalChanges
from storage.changes.drafts import DraftChanges
from storage.changes.inspection import InspectionChanges
from storage.changes.interchange import InterchangeChanges
from storage.changes.keys import KeyChanges
from storage.changes.lending import LendingChanges
from storage.changes.people import PeopleChanges
from storage.changes.rotation import RotationChanges
from storage.changes.scheme import SchemeChanges
from storage.changes.sealing import SealingChanges
from storage.changes.searches import SearchChanges, forget_old
from storage.changes.suspension import SuspensionChanges
from storage.changes.users import FOUNDING, UserChanges
from storage.changes.volumes import VolumeChanges
from storage.objects import Sealed
from storage.records import (
    Category,
    Delivery,
    Fonds,
    ItemDraft,
    Kind,
    Outcome,
    Package,
    PackageState,
    Page,
    ReadingState,
    Role,
    Subject,
)
from storage.spool import Custody


class Changes(
    DescriptionChanges,
    VolumeChanges,
    SchemeChanges,
    LendingChanges,
    DisposalChanges,
    SealingChanges,
    PeopleChanges,
    InspectionChanges,
    InterchangeChanges,
    UserChanges,
    KeyChanges,
    BackupChanges,
    AuditChanges,
    SuspensionChanges,
    DraftChanges,
    SearchChanges,
    RotationChanges,
):
    """The open transaction. Belongs to the thread that opened it; `events` are what it has written so far."""

    # -- the archive and its people

    def create_archive(
        self, facts: Mapping[str, object], fonds: Fonds, categories: Sequence[Category], administrator: str
    ) -> None:
        """The first event of every journal."""
        self._connection.executemany("INSERT INTO fact VALUES (?, ?)", list(facts.items()))
        self._connection.execute("INSERT INTO fonds VALUES (?, ?, ?)", (fonds.number, fonds.name, fonds.station))
        self._connection.executemany(
            "INSERT INTO category VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    c.code,
                    c.name,
                    c.name_en,
                    c.default_retention.value,
                    int(c.verified),
                    position,
                    c.arrangement.value,
                    c.profile,
                    c.security_class.value,
                    int(c.seals),
                    c.guide,
                    c.valid_from,
                    c.valid_to,
                )
                for position, c in enumerate(categories)
            ],
        )
        founder = self._new_agent(administrator, 0)
        # There is nobody else yet: both duties fall to the founder, and every audit report says so until one is laid down.
        for role in (Role.ADMINISTRATOR, Role.SECURITY):
            self._give_duty(founder, role, FOUNDING if role is Role.SECURITY else "")
        self._note("create_archive", f"fonds:{fonds.number}", categories=len(categories))

    def unlock(self, **found: object) -> None:
        """`found` is what of the anchors was not as it should be, in codes."""
        forget_old(self._connection)
        self._note("unlock", f"agent:{self._agent.id}", **found)

    def lock(self) -> None:
        self._note("lock", f"agent:{self._agent.id}")

    def meet_full_disk(self) -> None:
        """Something could not be done because the disk is full; the ballast was released so that this could be said."""
        self._note("meet_full_disk", f"agent:{self._agent.id}", "refused")

    def change_setting(self, name: str, value: str) -> None:
        """The event names the setting and the digest of its value: a folder's name may be personal."""
        self._connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))
        self._note("change_setting", f"setting:{name}", value_sha256=hashlib.sha256(value.encode()).hexdigest())

    # -- custody of what arrives

    def receive(self, token: str, custody: Custody, sealed: Sealed) -> int:
        """A new original is in the archive, waiting to be read. Returns the arrival's id."""
        at = now()
        cursor = self._connection.execute(
            "INSERT INTO object (name, sha256, sm3, size_bytes, format, original_name, stored_at)"
            " VALUES (?, ?, ?, ?, '', ?, ?)",
            (sealed.name, sealed.sha256, sealed.sm3, sealed.size_bytes, custody.name, at),
        )
        object_id = int(cursor.lastrowid)
        arrival = self._arrive(token, custody, object_id, Outcome.WAITING, "", ReadingState.DUE)
        self._note(
            "receive", f"arrival:{arrival}", object=object_id, sha256=sealed.sha256, size_bytes=sealed.size_bytes
        )
        return arrival

    def recognise_duplicate(self, token: str, custody: Custody, object_id: int) -> int:
        """The same content is here already. Returns the arrival's id."""
        arrival = self._arrive(token, custody, object_id, Outcome.DUPLICATE, "same_content", ReadingState.DONE)
        self._note("recognise_duplicate", f"arrival:{arrival}", object=object_id, sha256=custody.sha256)
        return arrival

    def ignore(self, custody: Custody, reason: str) -> int:
        """A file that is no paper (hidden, temporary, a folder's own litter); it stays where it is."""
        arrival = self._arrive(uuid.uuid4().hex, custody, None, Outcome.IGNORED, reason, ReadingState.DONE)
        self._note("ignore", f"arrival:{arrival}", reason=reason)
        return arrival

    def release_source(self, arrival_id: int) -> None:
        """The file in the scan folder is gone, now that its sealed copy is proved."""
        self._connection.execute("UPDATE arrival SET source = 'removed' WHERE id = ?", (arrival_id,))
        self._note("release_source", f"arrival:{arrival_id}")

    def read(
        self, object_id: int, format: str, pages: Iterable[tuple[Page, str]], suggestion: ItemDraft
    ) -> None:
        """The pages of an original were read; each comes with the name of its sealed picture."""
        self._connection.execute("UPDATE object SET format = ? WHERE id = ?", (format, object_id))
        self._connection.execute("DELETE FROM page WHERE object_id = ?", (object_id,))
        rows = [
            (
                object_id,
                page.number,
                page.width_px,
                page.height_px,
                page.source,
                page.confidence,
                msgspec.json.encode(
                    [(line.text, line.x, line.y, line.width, line.height) for line in page.lines]
                ).decode(),
                picture,
            )
            for page, picture in pages
        ]
        self._connection.executemany("INSERT INTO page VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._connection.execute(
            "UPDATE arrival SET reading = ?, format = ?, page_count = ?, suggestion = ?"
            " WHERE object_id = ? AND outcome = ?",
            (
                ReadingState.DONE.value,
                format,
                len(rows),
                msgspec.json.encode(suggestion).decode(),
                object_id,
                Outcome.WAITING.value,
            ),
        )
        self._note("read", f"object:{object_id}", format=format, pages=len(rows))

    def quarantine(self, arrival_id: int, reason: str, format: str = "") -> None:
        """Kept and sealed, but not to be filed as it is; `reason` is a code with a sentence in the wording.

        Raises NoSuchRecord when the arrival is not waiting: what is filed stays filed.
        """
        self._touch(
            "UPDATE arrival SET outcome = ?, reason = ?, reading = CASE reading WHEN ? THEN ? ELSE reading END,"
            " format = CASE ? WHEN '' THEN format ELSE ? END WHERE outcome = ? AND id = ?",
            (
                Outcome.QUARANTINED.value,
                reason,
                ReadingState.DUE.value,
                ReadingState.FAILED.value,
                format,
                format,
                Outcome.WAITING.value,
                arrival_id,
            ),
        )
        self._note("quarantine", f"arrival:{arrival_id}", reason=reason)

    # -- looking and carrying out

    def view(self, item_id: int) -> None:
        """Raises NoSuchRecord, also for what is sealed or destroyed, as the two below."""
        self._require_visible(Subject(Kind.ITEM, item_id))
        self._note("view", f"item:{item_id}")

    def export(self, what: str, sha256: str, size_bytes: int) -> None:
        """Clear text leaves the archive into a file a person named. `what` is `item:N`, `volume:N` or `report:NAME`."""
        self._require_seen(what)
        self._note("export", what, sha256=sha256, size_bytes=size_bytes)

    def print(self, what: str, pages: int) -> None:
        self._require_seen(what)
        self._note("print", what, pages=pages)

    def _require_seen(self, what: str) -> None:
        kind, _, number = what.partition(":")
        if kind in tuple(Kind):
            self._require_visible(Subject(Kind(kind), int(number)))

    # -- headquarters

    def enrol(self, headquarters: str, document: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO enrolment VALUES (1, ?)", (document,))
        self._note(
            "enrol", f"headquarters:{headquarters}", document_sha256=hashlib.sha256(document.encode()).hexdigest()
        )

    def pack(self, package: Package, item_ids: Sequence[int]) -> None:
        """A package was built. What an older epoch had not delivered is void: it is packed anew in this one."""
        self._connection.execute(
            "UPDATE package SET state = ? WHERE epoch <> ? AND state IN (?, ?)",
            (PackageState.VOID.value, package.epoch, PackageState.PACKED.value, PackageState.SENT.value),
        )
        self._connection.execute(
            "INSERT INTO package VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '')",
            (
                package.id,
                package.epoch,
                package.first_seq,
                package.last_seq,
                package.previous_digest,
                package.digest,
                package.size_bytes,
                package.records,
                PackageState.PACKED.value,
                package.file_name,
                package.created_at,
            ),
        )
        self._connection.executemany(
            "INSERT INTO packed_item SELECT ?, id, sealed = 0 AND state = 'filed' FROM item WHERE id = ?",
            [(package.id, item_id) for item_id in item_ids],
        )
        self._connection.executemany(
            "UPDATE item SET delivery = ? WHERE id = ?", [(Delivery.PACKED.value, item) for item in item_ids]
        )
        self._note(
            "pack",
            f"package:{package.id}",
            first_seq=package.first_seq,
            last_seq=package.last_seq,
            digest=package.digest,
            records=package.records,
        )

    def send(self, package_id: str, transport: str) -> None:
        """Handed to a line or a carrier. Not delivered: that is the receipt's word."""
        self._touch(
            "UPDATE package SET state = CASE state WHEN 'packed' THEN 'sent' ELSE state END,"
            " attempts = attempts + 1, next_try = '', reason = '' WHERE id = ?",
            (package_id,),
        )
        self._deliver(package_id, Delivery.SENT, "item.delivery = 'packed'")
        self._note("send", f"package:{package_id}", transport=transport)

    def fail_sending(self, package_id: str, transport: str, reason: str, next_try: str) -> None:
        """The line did not carry it; it stays to be sent again, the same bytes, not before `next_try`."""
        self._touch(
            "UPDATE package SET attempts = attempts + 1, next_try = ?, reason = ? WHERE id = ?",
            (next_try, reason, package_id),
        )
        self._note("fail_sending", f"package:{package_id}", outcome="failure", transport=transport, reason=reason)

    def accept_receipt(self, package_id: str, document: bytes, returned: Iterable[str]) -> None:
        """A receipt that `sync.exchange` has verified. `returned` are the uuids headquarters sent back for correction.

        A record changed since it was packed stays undelivered: what was receipted is its former state.
        """
        sent_back = frozenset(returned)
        self._touch(
            "UPDATE package SET state = 'delivered', next_try = '', reason = '' WHERE id = ?", (package_id,)
        )
        self._keep_receipt(package_id, document)
        self._deliver(
            package_id,
            Delivery.DELIVERED,
            "item.changed_seq <= (SELECT last_seq FROM package WHERE package.id = packed_item.package_id)",
        )
        self._connection.execute(
            "UPDATE item SET delivered_seq = changed_seq WHERE delivery = 'delivered' AND id IN"
            " (SELECT item_id FROM packed_item WHERE package_id = ? AND whole = 1)",
            (package_id,),
        )
        for item_uuid in sent_back:
            self._connection.execute(
                "UPDATE item SET delivery = ? WHERE uuid = ? AND delivery = ?",
                (Delivery.RETURNED.value, item_uuid, Delivery.DELIVERED.value),
            )
        self._note(
            "accept_receipt",
            f"package:{package_id}",
            receipt_sha256=hashlib.sha256(document).hexdigest(),
            returned=len(sent_back),
        )

    def refuse_package(self, package_id: str, document: bytes, reason: str) -> None:
        """Headquarters refused the package for good; its records stay here, undelivered."""
        self._touch(
            "UPDATE package SET state = 'refused', next_try = '', reason = ? WHERE id = ?", (reason, package_id)
        )
        self._keep_receipt(package_id, document)
        self._deliver(package_id, Delivery.LOCAL, "item.delivery IN ('packed', 'sent')")
        self._note("refuse_package", f"package:{package_id}", outcome="failure", reason=reason)

    # -- inside

    def _arrive(
        self,
        token: str,
        custody: Custody,
        object_id: int | None,
        outcome: Outcome,
        reason: str,
        reading: ReadingState,
    ) -> int:
        source = "kept" if custody.keep_source or outcome is Outcome.IGNORED else "present"
        cursor = self._connection.execute(
            "INSERT INTO arrival (token, name, path, modified_ns, sha256, size_bytes, format, object_id, outcome,"
            " reason, reading, page_count, seen_at, source) VALUES (?,?,?,?,?,?,'',?,?,?,?,0,?,?)",
            (
                token,
                custody.name,
                custody.path,
                custody.modified_ns,
                custody.sha256,
                custody.size_bytes,
                object_id,
                outcome.value,
                reason,
                reading.value,
                custody.seen_at,
                source,
            ),
        )
        return int(cursor.lastrowid)

    def _keep_receipt(self, package_id: str, document: bytes) -> None:
        self._connection.execute("INSERT OR REPLACE INTO receipt VALUES (?, ?, ?)", (package_id, document, now()))

    def _deliver(self, package_id: str, delivery: Delivery, only: str) -> None:
        """Moves the package's items on; `only` is one of this module's own conditions."""
        self._connection.execute(
            "UPDATE item SET delivery = ? WHERE id IN (SELECT item_id FROM packed_item JOIN item"
            f" ON item.id = packed_item.item_id WHERE packed_item.package_id = ? AND {only})",
            (delivery.value, package_id),
        )


#: Every event type there is: the public methods above.
EVENT_TYPES: tuple[str, ...] = tuple(
    name for name in dir(Changes) if callable(getattr(Changes, name)) and not name.startswith("_")
)
