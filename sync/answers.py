"""sync/answers.py — what headquarters says, each a signed document: receipt, refusal, standing; and the enrolment.

A **receipt** is said once for a package, kept by both sides, and repeated byte for byte when asked again; receipts to
one station are numbered and each holds the digest of the one before. A **refusal** is not kept: the same package may be
asked about again. A **standing** answers the nonce of one request, so it alone is fresh: only from it does a station
conclude that one side has been set back (a late receipt proves nothing about today).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import msgspec

from storage.errors import FileUnreadable, Known
from sync import envelope

#: Nothing headquarters says is longer than this.
MOST_BYTES = 16 << 20

State = Literal["accepted", "returned"]
ACCEPTED: State = "accepted"
RETURNED: State = "returned"

#: Refusals after which the same package may be welcome later; all others are final for that package.
GAP = "gap"
DAMAGED = "damaged"
FROZEN = "frozen"
PASSING = frozenset({GAP, DAMAGED, FROZEN})


class EnrolmentInvalid(Known):
    """The file is no enrolment file of headquarters, or was changed."""

    number = 405


class EnrolmentForAnother(Known):
    """The enrolment file was made for another station."""

    number = 406


class AnswerInvalid(Known):
    """What came as headquarters' answer is not signed by headquarters, or answers something else."""

    number = 407


class Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What became of one record: accepted, or returned for correction with a reason code."""

    uuid: str
    state: State
    reason: str = ""


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    format: Literal["anjuan-receipt/1"] = "anjuan-receipt/1"
    headquarters: str
    station: str
    epoch: str
    first_seq: int
    last_seq: int
    digest: str
    journal_head: str
    nonce: str
    at: str
    number: int
    previous: str
    outcomes: tuple[Outcome, ...]


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`expected` is the journal number headquarters waits for (with reason `gap`), else 0."""

    format: Literal["anjuan-refusal/1"] = "anjuan-refusal/1"
    headquarters: str
    station: str
    digest: str
    at: str
    reason: str
    detail: str = ""
    expected: int = 0


class Standing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What headquarters holds of a station: up to where, in which epoch, under which chain head."""

    format: Literal["anjuan-standing/1"] = "anjuan-standing/1"
    headquarters: str
    station: str
    nonce: str
    at: str
    epoch: str
    last_seq: int
    journal_head: str
    last_digest: str
    receipts: int
    frozen: bool


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a station must know of its headquarters. Signed by headquarters' own key: this shows damage, not origin;
    trust in it comes from how the file was handed over."""

    format: Literal["anjuan-enrolment/1"] = "anjuan-enrolment/1"
    headquarters: str
    name: str
    url: str
    recipient: str
    verify_key: str
    certificate: str
    station: str
    issued: str

    @property
    def key(self) -> bytes:
        return bytes.fromhex(self.verify_key)


def digest_of(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest()


def check_enrolment(data: bytes, station: str) -> Enrolment:
    """The enrolment in `data`, if it is sound and meant for `station`. Raises EnrolmentInvalid, EnrolmentForAnother."""
    data = data.strip()  # mail and editors add a line end
    try:
        key = envelope.peek(data, Enrolment).key
        enrolment = envelope.check(data, Enrolment, key)
    except (envelope.SignatureInvalid, ValueError) as error:
        raise EnrolmentInvalid() from error
    if not envelope.is_recipient(enrolment.recipient):
        raise EnrolmentInvalid()
    if enrolment.station != station:
        raise EnrolmentForAnother(station=station, other=enrolment.station)
    return enrolment


def check_answer(data: bytes, key: bytes) -> Receipt | Refusal:
    """A receipt or a refusal signed by headquarters. Raises AnswerInvalid."""
    try:
        return envelope.check(data, Receipt, key)
    except envelope.SignatureInvalid as error:
        if error.facts["why"] == "signature":
            raise AnswerInvalid(why="signature") from error
    try:
        return envelope.check(data, Refusal, key)
    except envelope.SignatureInvalid as error:
        raise AnswerInvalid(why=error.facts["why"]) from error


def check_standing(data: bytes, key: bytes, nonce: str) -> Standing:
    """A standing signed by headquarters that answers `nonce`. Raises AnswerInvalid."""
    try:
        standing = envelope.check(data, Standing, key)
    except envelope.SignatureInvalid as error:
        raise AnswerInvalid(why=error.facts["why"]) from error
    if standing.nonce != nonce:
        raise AnswerInvalid(why="nonce")
    return standing


def read_small(path: Path) -> bytes:
    """A file from outside that must be small."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileUnreadable(path=path.name) from error
    if len(data) > MOST_BYTES:
        raise FileUnreadable(path=path.name)
    return data
