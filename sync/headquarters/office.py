"""sync/headquarters/office.py — class Office: enrols stations, takes packages in, gives signed receipts.

A headquarters is a folder: `headquarters.json` (public facts and where register and vault are), `secrets.json` and
`tls.key` (private keys; readable by the owner only and **not** under a passphrase, because the service starts unattended:
put the folder on an encrypted volume), `tls.pem`, and by default `register.db`, `vault/`, `uploads/`.

A package is taken in by these rules, all or nothing: the station's signature and the digest before anything is opened;
then the bag, checked in memory; then one transaction that holds the station's row, in which every record is looked at (`sync.inspection`) and what cannot stand
is returned for correction, with its reason. The same package again gives the
stored receipt. Another package over a range already held is a fork, and an epoch already left that speaks again is a
copy: the station is frozen until a person enrols it anew. A gap is answered with the number expected. Thread-safe.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection, RowMapping

from storage import journal
from storage.errors import DamagedFile, Known
from storage.files import disk_faults, write_whole
from sync import answers, envelope, inspection, package
from sync.answers import Enrolment, Outcome, Receipt, Refusal, Standing
from sync.bag import Bag, BagInvalid, chain_holds
from sync.headquarters import register as rows
from sync.headquarters.register import Register
from sync.headquarters.vault import Vault
from sync.inspection import FILED
from sync.package import Header

FACTS, SECRETS, CERTIFICATE, TLS_KEY = "headquarters.json", "secrets.json", "tls.pem", "tls.key"
UPLOADS = "uploads"


class NotHeadquarters(Known):
    """The folder holds no headquarters."""

    number = 420


class AlreadyHeadquarters(Known):
    """The folder for a new headquarters is not empty."""

    number = 421


class StationFileInvalid(Known):
    """The file is not the public facts of a station."""

    number = 422


class StationUnknown(Known):
    """No station of this id is enrolled here."""

    number = 423


class AddressInvalid(Known):
    """Not an https address."""

    number = 424


class _Facts(msgspec.Struct, frozen=True, kw_only=True):
    format: Literal["anjuan-headquarters/1"] = "anjuan-headquarters/1"
    headquarters: str
    name: str
    url: str
    recipient: str
    verify_key: str
    register: str
    vault: str
    created: str


class _Secrets(msgspec.Struct, frozen=True):
    seed: str
    identity: str


class _StationFile(msgspec.Struct, frozen=True):
    format: Literal["anjuan-station/1"]
    station: str
    name: str
    fonds: str
    verify_key: str
    recipient: str


class _Refused(Exception):
    """Inside `accept`: the reason that goes into the refusal."""

    def __init__(self, reason: str, detail: str = "", expected: int = 0) -> None:
        self.reason, self.detail, self.expected = reason, detail, expected


class Office:
    """An open headquarters. `close` it."""

    def __init__(self, folder: Path) -> None:
        """Raises NotHeadquarters, DamagedFile."""
        self.folder = folder
        try:
            facts = msgspec.json.decode((folder / FACTS).read_bytes(), type=_Facts)
            secrets = msgspec.json.decode((folder / SECRETS).read_bytes(), type=_Secrets)
            self._certificate = (folder / CERTIFICATE).read_text("ascii")
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotHeadquarters(folder=str(folder)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise DamagedFile(file=FACTS) from error
        self.id, self.name, self.url = facts.headquarters, facts.name, facts.url
        self._recipient, self._verify_key = facts.recipient, facts.verify_key
        self._seed, self._identity = bytes.fromhex(secrets.seed), secrets.identity
        self._register = Register(facts.register or f"sqlite:///{folder / 'register.db'}")
        self._vault = Vault(facts.vault or folder / "vault")
        self.uploads = folder / UPLOADS
        self.uploads.mkdir(mode=0o700, exist_ok=True)

    @classmethod
    def create(cls, folder: Path, name: str, url: str, *, register: str = "", vault: str = "") -> Office:
        """Founds a headquarters in an empty or absent folder. `register` and `vault` are URLs; empty: in the folder."""
        host = _host(url)
        with disk_faults(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise AlreadyHeadquarters(folder=str(folder))
        recipient, identity = envelope.new_identity()
        seed = envelope.new_seed()
        hosts = list(dict.fromkeys((host, "localhost", "127.0.0.1")))
        certificate, key = envelope.self_signed(name, hosts)
        facts = _Facts(
            headquarters=uuid.uuid4().hex,
            name=name,
            url=url,
            recipient=recipient,
            verify_key=envelope.public_of(seed).hex(),
            register=register,
            vault=vault,
            created=_now(),
        )
        write_whole(folder / TLS_KEY, key)
        write_whole(folder / CERTIFICATE, certificate)
        write_whole(folder / SECRETS, envelope.canonical(_Secrets(seed.hex(), identity)))
        write_whole(folder / FACTS, msgspec.json.format(msgspec.json.encode(facts)))
        return cls(folder)

    def close(self) -> None:
        self._register.close()

    @property
    def tls(self) -> tuple[Path, Path]:
        """Paths of (certificate, key)."""
        return self.folder / CERTIFICATE, self.folder / TLS_KEY

    # -- stations

    def enrol(self, station_file: Path, url: str | None = None) -> bytes:
        """Registers a station by its `station.json`; returns its signed enrolment file. Enrolling again sets a frozen
        station free and refreshes its keys. Raises StationFileInvalid, AddressInvalid, FileUnreadable."""
        if url is not None:
            _host(url)
        try:
            station = msgspec.json.decode(answers.read_small(station_file), type=_StationFile)
            envelope.checking_key(bytes.fromhex(station.verify_key))
        except (msgspec.DecodeError, ValueError, envelope.SignatureInvalid) as error:
            raise StationFileInvalid(file=station_file.name) from error
        if not envelope.is_recipient(station.recipient) or len(station.station) != 32:
            raise StationFileInvalid(file=station_file.name)
        at = _now()
        with self._register.transaction() as connection:
            rows.put_station(
                connection,
                {
                    "id": station.station,
                    "name": station.name,
                    "fonds": station.fonds,
                    "verify_key": station.verify_key,
                    "recipient": station.recipient,
                    "enrolled_at": at,
                },
            )
        enrolment = Enrolment(
            headquarters=self.id,
            name=self.name,
            url=url or self.url,
            recipient=self._recipient,
            verify_key=self._verify_key,
            certificate=self._certificate,
            station=station.station,
            issued=at,
        )
        return envelope.sign(enrolment, self._seed)

    def key_of(self, station_id: str) -> bytes:
        """The Ed25519 key of an enrolled station. Raises StationUnknown."""
        with self._register.transaction() as connection:
            return bytes.fromhex(_known(rows.find_station(connection, station_id), station_id)["verify_key"])

    def standing(self, station_id: str, nonce: str) -> bytes:
        """Signed: how far this station's journal is held. Raises StationUnknown."""
        with self._register.transaction() as connection:
            station = _known(rows.find_station(connection, station_id), station_id)
        standing = Standing(
            headquarters=self.id,
            station=station_id,
            nonce=nonce,
            at=_now(),
            epoch=station["epoch"],
            last_seq=station["last_seq"],
            journal_head=station["journal_head"],
            last_digest=station["last_digest"],
            receipts=station["receipts"],
            frozen=station["state"] == rows.FROZEN,
        )
        return envelope.sign(standing, self._seed)

    def status(self) -> dict[str, object]:
        with self._register.transaction() as connection:
            return {"headquarters": self.id, "name": self.name, "url": self.url, **rows.overview(connection)}

    # -- packages

    def receipt(self, station_id: str, digest: str) -> bytes | None:
        """The stored receipt of a package, or None."""
        with self._register.transaction() as connection:
            held = rows.find_package(connection, station_id, digest)
        return bytes(held["receipt"]) if held else None

    def accept(self, file: Path) -> bytes:
        """Takes a package in. Returns the signed answer: a receipt, or a refusal (see `sync.answers`).

        Raises PackageDamaged when the file is not even a package, StationUnknown when nobody of that name is enrolled.
        """
        block = package.read_block(file)
        header = package.peek(block)
        verify_key = self.key_of(header.station)
        package.check_header(block, verify_key)  # from here on the station itself speaks
        digest = package.digest_of(block)
        try:
            return self._accept(file, header, digest, verify_key)
        except _Refused as refused:
            refusal = Refusal(
                headquarters=self.id,
                station=header.station,
                digest=digest,
                at=_now(),
                reason=refused.reason,
                detail=refused.detail,
                expected=refused.expected,
            )
            return envelope.sign(refusal, self._seed)

    def _accept(self, file: Path, header: Header, digest: str, verify_key: bytes) -> bytes:
        if header.headquarters != self.id:
            raise _Refused("other_headquarters")
        base = self._place(header, digest)
        if isinstance(base, bytes):
            return base
        bag = self._open(file, header, verify_key)
        previous = base or journal.GENESIS
        if not chain_holds(bag.lines, previous, header.first_seq, header.last_seq, header.journal_head):
            self._alarm(header, "chain", digest)
            raise _Refused("chain")
        key = f"{header.station}/{header.epoch}/{digest}{package.ENDING}"
        self._vault.keep(key, file)
        return self._enter(header, digest, bag, key)

    def _open(self, file: Path, header: Header, verify_key: bytes) -> Bag:
        try:
            package.check(file, verify_key)
            return package.unpack(file, header, self._identity)
        except package.PackageDamaged as error:
            raise _Refused(answers.DAMAGED, str(error.facts["why"])) from error
        except envelope.EnvelopeDamaged as error:
            self._alarm(header, "envelope", "")
            raise _Refused("envelope") from error
        except BagInvalid as error:
            self._alarm(header, "bag", str(error.facts["check"]))
            raise _Refused("bag", str(error.facts["check"])) from error

    def _place(self, header: Header, digest: str) -> bytes | str:
        """Looks before the costly work: the stored receipt, or the chain head this package must follow."""
        with self._register.transaction() as connection:
            station = _known(rows.lock_station(connection, header.station), header.station)
            found = self._base(connection, station, header, digest)
        if isinstance(found, _Refused):
            raise found
        return found

    def _base(self, connection: Connection, station: RowMapping, header: Header, digest: str) -> bytes | str | _Refused:
        """The rules of order. A fork freezes the station in this transaction, so refusals are returned, not raised."""
        held = rows.find_package(connection, header.station, digest)
        if held:
            return bytes(held["receipt"])
        if station["state"] == rows.FROZEN:
            return _Refused(answers.FROZEN)
        if header.epoch == station["epoch"] or not station["epoch"]:
            expected = station["last_seq"] + 1
            if header.first_seq > expected:
                return _Refused(answers.GAP, expected=expected)
            if header.first_seq == expected and header.previous_digest == station["last_digest"]:
                return str(station["journal_head"])
        elif not rows.epoch_held(connection, header.station, header.epoch):
            return self._new_epoch(connection, station, header)
        rows.move_station(connection, header.station, state=rows.FROZEN)
        rows.raise_alarm(connection, header.station, _now(), "fork", f"{header.identity} {digest}")
        return _Refused("fork")

    def _new_epoch(self, connection: Connection, station: RowMapping, header: Header) -> str | _Refused:
        """A station restored from a backup goes on, under a new epoch, from the last package it knows was receipted."""
        if header.first_seq == 1 and not header.previous_digest:
            return ""
        base = rows.find_package(connection, header.station, header.previous_digest)
        if base is None:
            return _Refused(answers.GAP, expected=station["last_seq"] + 1)
        if base["last_seq"] != header.first_seq - 1:
            return _Refused("chain")
        return str(base["journal_head"])

    def _enter(self, header: Header, digest: str, bag: Bag, key: str) -> bytes:
        at = _now()
        with self._register.transaction() as connection:
            station = _known(rows.lock_station(connection, header.station), header.station)
            found = self._base(connection, station, header, digest)  # another upload may have come in between
            if isinstance(found, bytes):
                return found
            if not isinstance(found, _Refused):
                return self._write(connection, station, header, digest, bag, key, at)
        raise found

    def _write(
        self, connection: Connection, station: RowMapping, header: Header, digest: str, bag: Bag, key: str, at: str
    ) -> bytes:
        outcomes = _judge(connection, header.station, bag)
        receipt = envelope.sign(
            Receipt(
                headquarters=self.id,
                station=header.station,
                epoch=header.epoch,
                first_seq=header.first_seq,
                last_seq=header.last_seq,
                digest=digest,
                journal_head=header.journal_head,
                nonce=header.nonce,
                at=at,
                number=station["receipts"] + 1,
                previous=station["last_receipt"],
                outcomes=outcomes,
            ),
            self._seed,
        )
        rows.put_package(
            connection,
            digest=digest,
            station=header.station,
            epoch=header.epoch,
            first_seq=header.first_seq,
            last_seq=header.last_seq,
            previous_digest=header.previous_digest,
            journal_head=header.journal_head,
            size_bytes=package.HEADER_SIZE + header.sealed_size,
            records=len(bag.records),
            vault_key=key,
            received_at=at,
            receipt=receipt,
        )
        rows.put_records(
            connection,
            [
                {
                    "station": header.station,
                    "uuid": record.uuid,
                    "reference_code": record.reference_code,
                    "digest": hashlib.sha256(envelope.canonical(record)).hexdigest(),
                    # A record that was sealed, destroyed or merged is held as that: its number stays taken.
                    "state": outcome.state if outcome.reason or record.state == FILED else record.state,
                    "reason": outcome.reason,
                    "package": digest,
                }
                for record, outcome in zip(bag.records, outcomes, strict=True)
            ],
        )
        rows.put_volumes(
            connection,
            [
                {
                    "station": header.station,
                    "uuid": volume.uuid,
                    "reference_code": volume.reference_code,
                    "digest": hashlib.sha256(envelope.canonical(volume)).hexdigest(),
                    "items": len(volume.items),
                    "package": digest,
                }
                for volume in bag.volumes
            ],
        )
        if station["epoch"] and station["epoch"] != header.epoch:
            rows.raise_alarm(
                connection,
                header.station,
                at,
                "restored",
                f"{station['epoch']}:{station['last_seq']} -> {header.epoch}:{header.first_seq}",
            )
        rows.move_station(
            connection,
            header.station,
            epoch=header.epoch,
            last_seq=header.last_seq,
            journal_head=header.journal_head,
            last_digest=digest,
            receipts=station["receipts"] + 1,
            last_receipt=answers.digest_of(receipt),
        )
        return receipt

    def _alarm(self, header: Header, kind: str, detail: str) -> None:
        with self._register.transaction() as connection:
            rows.raise_alarm(connection, header.station, _now(), kind, f"{header.identity} {detail}".strip())


def _judge(connection: Connection, station: str, bag: Bag) -> tuple[Outcome, ...]:
    """Headquarters' look at each record: what cannot stand in its register is returned for correction.

    A code counts as taken by what the register and this package say together: a record that was given another code
    leaves its former one free.
    """
    here = {record.uuid for record in bag.records}
    held = rows.codes_held(connection, station, [record.reference_code for record in bag.records])
    taken = {code: owner for code, owner in held.items() if owner not in here}
    outcomes = []
    for record in bag.records:
        reason = inspection.unfit(record, bag.traits)
        if not reason and taken.setdefault(record.reference_code, record.uuid) != record.uuid:
            reason = "code_taken"
        outcomes.append(Outcome(record.uuid, answers.RETURNED if reason else answers.ACCEPTED, reason))
    return tuple(outcomes)


def _known(station: RowMapping | None, station_id: str) -> RowMapping:
    if station is None:
        raise StationUnknown(station=station_id)
    return station


def _host(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise AddressInvalid(url=url)
    return parts.hostname


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
