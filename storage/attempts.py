"""storage/attempts.py — wrong passphrases: each counted before it is tried, answered by a growing wait, then a lock-out.

A small file in the archive folder, readable while the archive is locked, holds a count for each user and one for the
recovery key; no passphrase and nothing made from one. A try is written down as a failure first and taken back when the
passphrase was right: pulling the plug in between wins nothing. Waits are answered by `Known` errors with seconds, never by
sleeping.

Where a slot needs the keychain, its count carries a MAC under the device secret and is mirrored in the keychain; the later
of the two counts, so that deleting the file, or putting an older one back, resets nothing. The limits of the policy are
copied into the count under the same MAC: the settings beside the archive are anybody's to change. A file that does not
authenticate or cannot be read is tampering: whoever it was kept for is locked out from then on. Where there is no keychain
nothing on the disk can be trusted against somebody who may write to it; what such a person takes away is noticed at the next
unlock, because the archive remembers how far the failures have been told.

The recovery key has 160 random bits and cannot be guessed: it is counted and made to wait, but never locked out, for it is
the way back of those who are. A clock that was set back makes the wait begin anew; nothing here can see one set forward.
Call only while the archive's lock is held. Everything may raise DiskFull, ReadOnly, NoKeychain.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from storage.errors import Known, LockedOut, WaitBefore, WrongPassphrase
from storage.files import write_whole
from storage.keychain import Keychain
from storage.keys import RECOVERY, USER, KeySlots

FILE_NAME = "attempts.json"
FORMAT = "anjuan-attempts/1"

#: Seconds to wait after none, one, two, ... wrong ones in a row; from there on twice as long each time.
_WAITS = (0, 0, 0, 5, 15, 30)
_LONGEST_WAIT = 900
#: Of one user's failures that no unlock has told yet, so many are kept one by one; all are counted.
_KEPT = 200
_MIRROR = struct.Struct(">IIIIIQ")

#: The clock on the wall, in seconds.
clock: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class Limits:
    """After `count` wrong ones in a row a user is locked out for `minutes`."""

    count: int = 5
    minutes: int = 30


class Failure(msgspec.Struct, frozen=True):
    """The `number`-th failure ever: `wrong`, `interrupted` (cut off before the answer), or `tampered` (with the count)."""

    number: int
    at: str
    reason: str


class _Count(msgspec.Struct, frozen=True):
    """`step` grows with every writing. `row` is how many were wrong since the last right one, `at` when the last was."""

    step: int = 0
    number: int = 0
    row: int = 0
    limit: int = Limits().count
    minutes: int = Limits().minutes
    at: int = 0
    untold: tuple[Failure, ...] = ()
    mac: str = ""


class _File(msgspec.Struct, frozen=True):
    format: str
    counts: dict[str, _Count]


class Attempts:
    """The counts of one archive. `secret` is the device secret, empty for a slot that does without.

    Where a method takes a `user`, None is the recovery key.
    """

    def __init__(self, slots: KeySlots, secret: bytes = b"", keychain: Keychain | None = None) -> None:
        self._slots = slots
        self._path = slots.folder / FILE_NAME
        self._secret = secret
        self._keychain = keychain
        self._row_before = 0

    def begin(self, user: str | None) -> None:
        """Before a passphrase is tried: counts it as wrong. Raises WaitBefore, LockedOut; then nothing may be tried."""
        found = self._known(user)
        due = _wait(user, found)
        if due and clock() < found.at:  # the clock was set back: the wait begins anew
            found = self._keep(user, msgspec.structs.replace(found, at=int(clock())))
        left = math.ceil(found.at + due - clock()) if due else 0
        if left > 0:
            raise LockedOut(seconds=left) if _out(user, found) else WaitBefore(seconds=left)
        self._row_before = 0 if _out(user, found) else found.row  # a lock-out that was served counts no more
        self._keep(user, _failed(found, "interrupted", self._row_before + 1))

    def wrong(self, user: str | None) -> Known:
        """It was wrong. Returns what to raise, with the seconds until the next one is heard and how many are `left`."""
        found = self._known(user)
        *former, last = found.untold
        found = msgspec.structs.replace(found, untold=(*former, msgspec.structs.replace(last, reason="wrong")))
        self._keep(user, found)
        seconds = _wait(user, found)
        if _out(user, found):
            return LockedOut(seconds=seconds)
        return WrongPassphrase(seconds=seconds, left=found.limit - found.row if user is not None else 0)

    def right(self, user: str | None) -> None:
        """It was right: the row is broken."""
        self._take_back(user, 0)

    def withdraw(self, user: str | None) -> None:
        """Nothing was tried after all; the count is what it was before `begin`."""
        self._take_back(user, self._row_before)

    def clear(self, user: str) -> None:
        """The recovery sheet, or an administrator, gave this user a new key: no wait, no lock-out."""
        counts = self._read()
        if counts is None:
            self._known(user)  # which says so for everybody
            counts = self._read() or {}
        found, mirror = counts.get(_name(user), _Count()), self._mirror(user)
        if not self._genuine(user, found):  # of another machine, as often as not
            found = msgspec.structs.replace(found, untold=())
        last = found if mirror is None or found.step >= mirror.step else mirror
        self._keep(user, msgspec.structs.replace(last, row=0, untold=found.untold))

    def untold(self) -> dict[str | None, tuple[int, tuple[Failure, ...]]]:
        """How many failures there ever were and those to be told, of everybody whose count can be vouched for here."""
        found = {user: self._known(user) for user in self._mine()}
        return {user: (count.number, count.untold) for user, count in found.items()}

    def settle(self, told: Mapping[str | None, int], limits: Limits) -> None:
        """After an unlock: the failures up to the numbers `told` are in the journal, and `limits` hold from now on."""
        for user in self._mine():
            found, last = self._known(user), told.get(user, 0)
            settled = msgspec.structs.replace(
                found,
                number=max(found.number, last),
                untold=tuple(one for one in found.untold if one.number > last),
                limit=limits.count,
                minutes=limits.minutes,
            )
            if settled != found:
                self._keep(user, settled)

    def places(self) -> list[str]:
        """Where the keychain holds the counts."""
        return [self._place(user) for user in (*self._slots.users(), None)]

    # -- inside

    def _mine(self) -> list[str | None]:
        """Whose counts can be read and written with the secret at hand."""
        users = [user for user in self._slots.users() if self._secret or not self._slots.needs_device(user)]
        return [None, *users]

    def _take_back(self, user: str | None, row: int) -> None:
        found = self._known(user)
        self._keep(
            user, msgspec.structs.replace(found, number=found.number - 1, row=row, untold=found.untold[:-1])
        )

    def _known(self, user: str | None) -> _Count:
        """The count that holds. One that was tampered with is written anew first, as a failure of its own."""
        counts = self._read()
        if counts is None:
            # Nobody's count can be read: whoever has no mirror to answer for them is locked out.
            self._write({})
            for one in self._mine():
                self._keep(one, self._tampered(None, self._mirror(one)))
            return self._known(user)
        found, mirror = counts.get(_name(user)), self._mirror(user)
        forged = found is not None and not self._genuine(user, found)
        genuine = None if forged else found
        if forged or (mirror is not None and (genuine is None or genuine.step < mirror.step)):
            return self._keep(user, self._tampered(genuine, mirror))
        return genuine or _Count()

    def _tampered(self, genuine: _Count | None, mirror: _Count | None) -> _Count:
        base = genuine or _Count()
        if mirror is None:
            return _failed(base, "tampered", base.limit)
        held = msgspec.structs.replace(
            base, step=mirror.step, number=mirror.number, row=mirror.row, limit=mirror.limit, minutes=mirror.minutes
        )
        return _failed(held, "tampered", held.row + 1)

    def _keep(self, user: str | None, count: _Count) -> _Count:
        bare = msgspec.structs.replace(count, step=count.step + 1, untold=count.untold[-_KEPT:], mac="")
        kept = msgspec.structs.replace(bare, mac=self._mac(user, bare))
        self._write((self._read() or {}) | {_name(user): kept})
        if keychain := self._keychain_of(user):  # after the file: a cut leaves the file ahead, which is no tampering
            keychain.store(self._place(user), _MIRROR.pack(kept.step, kept.number, kept.row, kept.limit, kept.minutes, kept.at))
        return kept

    def _read(self) -> dict[str, _Count] | None:
        """None when the file is not what this program writes."""
        try:
            file = msgspec.json.decode(self._path.read_bytes(), type=_File)
        except FileNotFoundError:
            return {}
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OSError):
            return None
        return file.counts if file.format == FORMAT else None

    def _write(self, counts: dict[str, _Count]) -> None:
        write_whole(self._path, msgspec.json.format(msgspec.json.encode(_File(FORMAT, counts))))

    def _mirror(self, user: str | None) -> _Count | None:
        keychain = self._keychain_of(user)
        kept = keychain.fetch(self._place(user)) if keychain else None
        if kept is None:
            return None
        if len(kept) != _MIRROR.size:
            return _Count(row=Limits().count, at=int(clock()))
        step, number, row, limit, minutes, at = _MIRROR.unpack(kept)
        return _Count(step, number, row, limit, minutes, at)

    def _keychain_of(self, user: str | None) -> Keychain | None:
        return self._keychain if self._secret and user is not None and self._slots.needs_device(user) else None

    def _place(self, user: str | None) -> str:
        return f"attempts/{self._slots.archive_id}/{hashlib.sha256(_name(user).encode()).hexdigest()[:16]}"

    def _genuine(self, user: str | None, count: _Count) -> bool:
        return hmac.compare_digest(count.mac.encode(), self._mac(user, count).encode())

    def _mac(self, user: str | None, count: _Count) -> str:
        """Empty where there is no secret to make one with."""
        if not self._keychain_of(user):
            return ""
        body = msgspec.json.encode((self._slots.archive_id, _name(user), msgspec.structs.replace(count, mac="")))
        key = hmac.new(self._secret, b"anjuan/1/attempts", hashlib.sha256).digest()
        return hmac.new(key, body, hashlib.sha256).hexdigest()


def _name(user: str | None) -> str:
    return RECOVERY if user is None else f"{USER}/{user}"


def _failed(count: _Count, reason: str, row: int) -> _Count:
    now = clock()
    at = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    failure = Failure(count.number + 1, at, reason)
    return msgspec.structs.replace(
        count, number=count.number + 1, row=row, at=int(now), untold=(*count.untold, failure)
    )


def _out(user: str | None, count: _Count) -> bool:
    return user is not None and count.row >= count.limit


def _wait(user: str | None, count: _Count) -> int:
    """Seconds that must pass after the last failure."""
    if _out(user, count):
        return 60 * count.minutes
    beyond = count.row - len(_WAITS) + 1
    return _WAITS[count.row] if beyond <= 0 else min(_WAITS[-1] << min(beyond, 10), _LONGEST_WAIT)
