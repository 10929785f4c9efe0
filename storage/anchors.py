"""storage/anchors.py — where the journal's head is remembered outside the journal, and what does not agree with it.

SQLCipher does not see that a database is an older one: put back whole, page by page, or with its last transactions cut out
of the write-ahead log (domain/reliability.md D4 to D8). So the head, its number and hash, is kept where the database is not:
in the system's keychain (name `head/<station>`), in `head.json` in the archive folder (under a MAC), in every receipt of
headquarters and in every backup. Each is an `Anchor`; at unlock the journal must have the line of every anchor, with its
hash. An anchor is written after its line was committed, so none is ever ahead of an honest journal.

An anchor of another epoch is answered by the journal when an event says that this epoch was left: a restore, or a head that
two people accepted. Any thread; the keychain may take its time limit.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from storage.connection import Connection
from storage.errors import DiskFails, DiskFull, NoKeychain, ReadOnly
from storage.files import write_whole
from storage.keychain import Keychain
from storage.records import Finding

FILE_NAME = "head.json"
FORMAT = "anjuan-head/1"

#: Where an anchor comes from. KEYS stands for the key slots: its number is how often they were saved.
KEYCHAIN, FILE, RECEIPT, BACKUP, KEYS = "keychain", "file", "receipt", "backup", "keys"
#: What became of a place that was looked at.
KEPT, MISSING, DAMAGED, SILENT = "kept", "missing", "damaged", "silent"

#: Events after which the journal goes on under another epoch. In their detail: `former_epoch`, the one that was left, and
#: `answered_epoch`, that of the anchor that was accepted.
LEAVING = ("restore", "accept_head")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head that the journal had. `at` is when it was kept, ISO 8601; `source` one of the words above."""

    seq: int
    hash: str
    epoch: str
    at: str
    source: str


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why an archive waits for two people: what it has does not bear `anchor` out.

    `why`: `behind` (the journal ends before the anchor's line), `other` (it has another line there), `epoch` (it knows
    nothing of the anchor's epoch), `keys` (the key slots are older ones). `head_seq` and `head_hash` are what it has.
    """

    anchor: Anchor
    why: str
    head_seq: int
    head_hash: str

    @property
    def fault(self) -> str:
        """Names the disagreement for acknowledgements, wherever the anchor was found."""
        anchor = self.anchor
        kind = KEYS if anchor.source == KEYS else "head"
        return sha256(f"{kind}/{anchor.epoch}/{anchor.seq}/{anchor.hash}".encode()).hexdigest()


#: Facts of the archive: how often its key slots were saved (the number only goes up, so older slots show), and which
#: places have ever kept an anchor.
KEYS_SAVED, ANCHORED = "keys_saved", "anchored"


class _Head(msgspec.Struct, frozen=True):
    format: str
    seq: int
    hash: str
    epoch: str
    at: str
    mac: str


class Anchors:
    """The two anchors this machine keeps of one archive. `keychain` is None where the user's slot does not use one."""

    def __init__(self, folder: Path, station: str, key: bytes, keychain: Keychain | None) -> None:
        self._path = folder / FILE_NAME
        self._name = f"head/{station}"
        self._key = hmac.digest(key, b"anjuan head file", "sha256")
        self._keychain = keychain
        self._lock = threading.Lock()
        self._last: Anchor | None = None
        #: What was found where when it was last looked at or written.
        self.places: dict[str, str] = {}
        #: The places that had an anchor once and could not tell it when the archive was opened.
        self.lost: dict[str, str] = {}

    @property
    def kept(self) -> set[str]:
        return {place for place, state in self.places.items() if state == KEPT}

    def found(self) -> list[Anchor]:
        """The anchors that can be read now; `places` says what became of the others."""
        found = []
        with self._lock:
            for source, read in ((FILE, self._from_file), (KEYCHAIN, self._from_keychain)):
                if source == KEYCHAIN and self._keychain is None:
                    continue
                anchor = read()
                self.places[source] = KEPT if isinstance(anchor, Anchor) else anchor
                if isinstance(anchor, Anchor):
                    found.append(anchor)
        return found

    def keep(self, seq: int, hash: str, epoch: str) -> None:
        """This head from now on, in both places; nothing is written when it is kept already. A disk that is full, or a
        keychain that does not answer, is noted in `places` and tried again: the anchor before it still holds.
        """
        with self._lock:
            last = self._last
            if last is not None and (last.seq, last.hash, last.epoch) == (seq, hash, epoch):
                return
            anchor = Anchor(seq, hash, epoch, datetime.now(UTC).isoformat(timespec="milliseconds"), FILE)
            self.places[FILE] = self._to_file(anchor)
            if self._keychain is not None:
                self.places[KEYCHAIN] = self._to_keychain(anchor)
            if self.kept == set(self.places):
                self._last = anchor

    def _to_file(self, anchor: Anchor) -> str:
        head = _Head(FORMAT, anchor.seq, anchor.hash, anchor.epoch, anchor.at, self._mac(anchor))
        try:
            write_whole(self._path, msgspec.json.format(msgspec.json.encode(head)))
        except (DiskFull, ReadOnly, DiskFails):
            return SILENT
        return KEPT

    def _to_keychain(self, anchor: Anchor) -> str:
        assert self._keychain is not None
        try:
            self._keychain.store(self._name, _pack(anchor))
        except NoKeychain:
            return SILENT
        return KEPT

    def _from_file(self) -> Anchor | str:
        try:
            head = msgspec.json.decode(self._path.read_bytes(), type=_Head)
        except FileNotFoundError:
            return MISSING
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return DAMAGED
        anchor = Anchor(head.seq, head.hash, head.epoch, head.at, FILE)
        sound = head.format == FORMAT and hmac.compare_digest(self._mac(anchor).encode(), head.mac.encode())
        return anchor if sound else DAMAGED

    def _from_keychain(self) -> Anchor | str:
        assert self._keychain is not None
        try:
            secret = self._keychain.fetch(self._name)
        except NoKeychain:
            return SILENT
        if secret is None:
            return MISSING
        return _unpack(secret) or DAMAGED

    def _mac(self, anchor: Anchor) -> str:
        body = msgspec.json.encode([FORMAT, self._name, anchor.seq, anchor.hash, anchor.epoch, anchor.at])
        return hmac.digest(self._key, body, "sha256").hex()


def disagreement(connection: Connection, anchor: Anchor) -> Suspension | None:
    """What the journal has instead of the anchor's line, or None when it bears the anchor out."""
    if anchor.epoch != _fact(connection, "epoch"):
        marks = ", ".join("?" * len(LEAVING))
        left = connection.row(
            f"SELECT 1 FROM event WHERE type IN ({marks})"
            " AND ? IN (json_extract(detail, '$.former_epoch'), json_extract(detail, '$.answered_epoch'))",
            (*LEAVING, anchor.epoch),
        )
        return None if left else _suspended(connection, anchor, "epoch")
    row = connection.row("SELECT hash FROM event WHERE seq = ?", (anchor.seq,))
    if row is None:
        return _suspended(connection, anchor, "behind")
    return None if row[0] == anchor.hash else _suspended(connection, anchor, "other")


def keys_disagreement(connection: Connection, saved: int) -> Suspension | None:
    """The key slots, saved so many times, against how often the archive knows them to have been saved."""
    known = _fact(connection, KEYS_SAVED) or 0
    if saved >= known:
        return None
    return Suspension(Anchor(known, "", str(_fact(connection, "epoch")), "", KEYS), KEYS, saved, "")


def verify(connection: Connection, anchors: Anchors) -> Iterator[Finding]:
    """One for each place that keeps an anchor; one for each that had one and could not tell it at unlock."""
    for place, state in anchors.lost.items():
        yield Finding("anchor", False, place, state)
    for anchor in anchors.found():
        yield finding(connection, anchor)


def finding(connection: Connection, anchor: Anchor) -> Finding:
    wrong = disagreement(connection, anchor)
    if wrong is None:
        return Finding("anchor", True, anchor.source, f"event:{anchor.seq}")
    return Finding("anchor", False, anchor.source, f"{wrong.why} anchor={anchor.seq} archive={wrong.head_seq}")


def worst(found: list[Suspension]) -> Suspension | None:
    """The one that says most: the newest anchor, whichever machine or folder it was found in."""
    return max(found, key=lambda one: (one.anchor.source != KEYS, one.anchor.seq, one.anchor.hash), default=None)


def _suspended(connection: Connection, anchor: Anchor, why: str) -> Suspension:
    row = connection.row("SELECT seq, hash FROM event WHERE seq <= ? ORDER BY seq DESC LIMIT 1", (anchor.seq,))
    return Suspension(anchor, why, *(row or (0, "")))


def _fact(connection: Connection, name: str) -> Any:
    row = connection.row("SELECT value FROM fact WHERE name = ?", (name,))
    return row[0] if row else None


def _pack(anchor: Anchor) -> bytes:
    """64 bytes, the most a keychain entry of ours has: number, time in ms, epoch, hash."""
    at = int(datetime.fromisoformat(anchor.at).timestamp() * 1000)
    return anchor.seq.to_bytes(8) + at.to_bytes(8) + bytes.fromhex(anchor.epoch) + bytes.fromhex(anchor.hash)


def _unpack(secret: bytes) -> Anchor | None:
    if len(secret) != 64:
        return None
    at = datetime.fromtimestamp(int.from_bytes(secret[8:16]) / 1000, UTC).isoformat(timespec="milliseconds")
    return Anchor(int.from_bytes(secret[:8]), secret[32:].hex(), secret[16:32].hex(), at, KEYCHAIN)
