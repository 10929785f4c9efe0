"""sync/bag.py — the BagIt 1.0 bag (RFC 8493) inside a package: written as a tar stream, read under a strict profile.

The payload follows annex 2 of 《电子档案移交与接收办法》: plain, uncompressed originals under `电子档案/<年度>/<类别>/<档号>/`,
`文件目录.XML`, `说明文件.TXT`, and `案卷目录.XML` where records stand in volumes; beside them `records.jsonl`, `volumes.jsonl`
and `events.jsonl`. Any archive can read it with stock tools. Writing streams: one original at a time is in memory, nothing
touches the disk; a record that is not fit to leave is left out while the others go.

Reading is narrower than the standard, because stock readers accept what we must not: `fetch.txt`, a missing tag
manifest, extra tag files, links. `Inspector` is a sink that parses the tar as it passes, keeps digests and the small
files, and gives out nothing before `finish()` has checked everything. No path of a bag ever becomes a path of this disk.
"""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import msgspec

from storage import journal
from storage.errors import DamagedFile, FileUnreadable, Known
from storage.records import StoredObject
from sync import inspection
from sync.cargo import (
    DEVICE,
    ORIGINALS,
    SEGMENT,
    Cargo,
    CarriedRecord,
    CarriedVolume,
    Record,
    carried_volume,
    catalogue,
    place,
    volume_catalogue,
)
from sync.envelope import canonical
from sync.inspection import Probe, Traits

Line = TypeVar("Line")

RECORDS = "data/records.jsonl"
EVENTS = "data/events.jsonl"
VOLUMES = "data/volumes.jsonl"
CATALOGUE = "data/文件目录.XML"
VOLUME_CATALOGUE = "data/案卷目录.XML"
NOTE = "data/说明文件.TXT"

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
TAGGED = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "SM3SUMS.txt")
TAG_MANIFEST = "tagmanifest-sha256.txt"
_KEPT = {RECORDS, EVENTS, VOLUMES, *TAGGED, TAG_MANIFEST}

#: Limits of the strict profile: files in a bag, bytes of one kept file, bytes of one original (ustar ends at 8 GiB).
MOST_FILES = 50_000
MOST_KEPT_BYTES = 128 << 20
MOST_FILE_BYTES = 8 << 30
DEEPEST = 6

_BLOCK = 512
_MANIFEST_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


class BagInvalid(Known):
    """A bag breaks the profile, or a digest in it does not agree. `check` names the rule, `member` counts the file."""

    number = 404


@dataclass(frozen=True, slots=True)
class Bag:
    """What a checked bag holds. Content (titles, names) is in `records` and `volumes`: for the eyes of the receiver only.
    `traits` tell of each original by its path what its bytes looked like as they passed.
    """

    identity: str
    records: tuple[CarriedRecord, ...]
    volumes: tuple[CarriedVolume, ...]
    lines: tuple[dict[str, object], ...]
    payload_files: int
    payload_bytes: int
    traits: Mapping[str, Traits]


# --- writing --------------------------------------------------------------------------------------------------------


def stream(
    cargo: Cargo, fetch: Callable[[str], bytes], withhold: Callable[[Record, str], None] | None = None
) -> Iterator[bytes]:
    """The bag as an uncompressed ustar stream. `fetch(name)` gives a verified original.

    The digests of an original are those taken when it was sealed: `fetch` proves that the bytes are the same. A record that
    may not leave (`sync.inspection`) is told to `withhold(record, reason)` and left out; without it, a damaged original
    raises DamagedFile.
    """
    folder = f"{cargo.epoch[:8]}-{cargo.first_seq:010d}-{cargo.last_seq:010d}"
    when = _unix(cargo.created)
    payload: dict[str, tuple[int, str, str]] = {}

    def member(name: str, data: bytes) -> Iterator[bytes]:
        info = tarfile.TarInfo(f"{folder}/{name}")
        info.size, info.mtime, info.mode = len(data), when, 0o644
        yield info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")
        yield data
        if rest := -len(data) % _BLOCK:
            yield bytes(rest)

    def carry(name: str, data: bytes) -> Iterator[bytes]:
        payload[name] = (len(data), hashlib.sha256(data).hexdigest(), _sm3(data))
        return member(name, data)

    def whole(stored: StoredObject) -> bytes:
        return _whole(stored, fetch)

    carried: list[CarriedRecord] = []
    yield from member("bagit.txt", DECLARATION)
    for record, line in zip(cargo.records, place(cargo.records, cargo.volumes), strict=True):
        # A record goes whole or not at all, so all its originals are looked at before the first is written. Most have one.
        looked_at: dict[str, bytes] = {}
        if withhold is not None:
            reason, looked_at = _look(record, line, whole)
            if reason:
                withhold(record, reason)
                continue
        for stored, original in zip(record.originals, line.originals, strict=True):
            data = looked_at.pop(stored.name, None) or whole(stored)
            payload[original.path] = (stored.size_bytes, stored.sha256, stored.sm3)
            yield from member(original.path, data)
        carried.append(line)
    volumes = [carried_volume(one) for one in cargo.volumes]
    yield from carry(RECORDS, _lines(carried))
    yield from carry(EVENTS, _lines(cargo.lines))
    yield from carry(CATALOGUE, catalogue(carried))
    if volumes:
        yield from carry(VOLUMES, _lines(volumes))
        yield from carry(VOLUME_CATALOGUE, volume_catalogue(volumes))
    yield from carry(NOTE, _note(cargo, carried))

    tags = {
        "bagit.txt": DECLARATION,
        "bag-info.txt": _info(cargo, sum(size for size, _, _ in payload.values()), len(payload)),
        "manifest-sha256.txt": _sums((sha256, name) for name, (_, sha256, _) in payload.items()),
        "SM3SUMS.txt": _sums((sm3, name) for name, (_, _, sm3) in payload.items()),
    }
    tags[TAG_MANIFEST] = _sums((hashlib.sha256(data).hexdigest(), name) for name, data in tags.items())
    for name, data in list(tags.items())[1:]:
        yield from member(name, data)
    yield bytes(2 * _BLOCK)


class StreamReader(io.RawIOBase):
    """A generator of bytes as a readable file, for those who pull."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        while not self._piece:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._piece = memoryview(piece)
        size = len(self._piece) if size < 0 else size
        taken, self._piece = self._piece[:size], self._piece[size:]
        return bytes(taken)


def _lines(values: Iterable[object]) -> bytes:
    return b"".join(canonical(value) + b"\n" for value in values)


def _whole(stored: StoredObject, fetch: Callable[[str], bytes]) -> bytes:
    data = fetch(stored.name)
    if len(data) != stored.size_bytes:
        raise DamagedFile(file=stored.name)
    return data


def _look(
    record: Record, line: CarriedRecord, whole: Callable[[StoredObject], bytes]
) -> tuple[str, dict[str, bytes]]:
    """(why the record may not leave, the original already read when it is the only one)."""
    traits: dict[str, Traits] = {}
    kept: dict[str, bytes] = {}
    for stored, original in zip(record.originals, line.originals, strict=True):
        try:
            data = whole(stored)
        except (DamagedFile, FileUnreadable):
            return "damaged", {}
        traits[original.path] = inspection.traits_of(data)
        if len(record.originals) == 1:
            kept[stored.name] = data
    reason = inspection.unfit(line, traits)
    return (reason if reason in inspection.STAYS else ""), kept


def reason_to_stay(record: Record, fetch: Callable[[str], bytes]) -> str:
    """Why this record may not leave: a code of `sync.inspection.STAYS`, '' when it may."""
    (line,) = place([record], ())
    return _look(record, line, lambda stored: _whole(stored, fetch))[0]


def _info(cargo: Cargo, size: int, count: int) -> bytes:
    codes = [record.item.reference_code for record in cargo.records]
    lines = {
        "Source-Organization": cargo.fonds.name,
        "Bagging-Date": cargo.created[:10],
        "External-Identifier": f"{cargo.station[:8]}-{cargo.epoch[:8]}-{cargo.first_seq}-{cargo.last_seq}",
        "Bag-Group-Identifier": cargo.fonds.number,
        "Internal-Sender-Identifier": cargo.identity,
        "Internal-Sender-Description": f"{min(codes)} - {max(codes)}" if codes else "",
        "Payload-Oxum": f"{size}.{count}",
        "Bag-Software-Agent": cargo.program,
    }
    return "".join(f"{label}: {' '.join(value.split())}\n" for label, value in lines.items() if value).encode()


def _note(cargo: Cargo, records: Sequence[CarriedRecord]) -> bytes:
    size = sum(original.size_bytes for record in records for original in record.originals)
    lines = {
        "载体编号": f"{cargo.epoch[:8]}-{cargo.first_seq}-{cargo.last_seq}",
        "载体类型": "数据包(BagIt 1.0,RFC 8493)",
        "载体容量": f"{size} 字节",
        "载体保管单位": cargo.fonds.name,
        "载体制作单位": cargo.fonds.name,
        "载体检查单位": "",
        "全宗号": cargo.fonds.number,
        "归档文件件数": str(len(records)),
        "案卷卷数": str(len(cargo.volumes)),
        "制作时间": cargo.created,
        "软硬件环境": "原件未加密、未压缩,按各自格式的通用软件阅读;目录为 UTF-8 编码的 XML",
        "数字摘要": "manifest-sha256.txt(SHA-256)、SM3SUMS.txt(SM3)",
        "制作软件": cargo.program,
    }
    return "".join(f"{label}:{' '.join(value.split())}\r\n" for label, value in lines.items()).encode()


def _sums(pairs: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{digest}  {name}\n" for digest, name in pairs).encode()


def _sm3(data: bytes) -> str:
    return hashlib.new("sm3", data).hexdigest()


def _unix(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


# --- reading --------------------------------------------------------------------------------------------------------


class Inspector:
    """A sink for the tar stream of one bag. Feed it with `write`, then ask `finish()`. Both raise BagInvalid."""

    def __init__(self) -> None:
        self._header = bytearray()
        self._left = 0  # bytes of the present file still to come
        self._padding = 0
        self._name = ""
        self._body: bytearray | None = None
        self._sha256 = hashlib.sha256()
        self._sm3 = hashlib.new("sm3")
        self._size = 0
        self._folder: str | None = None
        self._ending = 0
        self._files: dict[str, tuple[int, str, str]] = {}
        self._folded: set[str] = set()
        self._kept: dict[str, bytes] = {}
        self._probe: Probe | None = None
        self._traits: dict[str, Traits] = {}

    def write(self, data: bytes) -> int:
        view = memoryview(data)
        while view:
            if self._left:
                piece, view = view[: self._left], view[self._left :]
                self._left -= len(piece)
                self._take(piece)
                if not self._left:
                    self._end_file()
            elif self._padding:
                piece, view = view[: self._padding], view[self._padding :]
                self._padding -= len(piece)
                self._demand(not any(piece), "padding")
            else:
                room = _BLOCK - len(self._header)
                self._header += view[:room]
                view = view[room:]
                if len(self._header) == _BLOCK:
                    block, self._header = bytes(self._header), bytearray()
                    self._begin(block)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def finish(self) -> Bag:
        """Checks the whole and gives it out."""
        whole = self._ending >= 2 and not self._header and not self._left and not self._padding
        self._demand(whole, "cut")
        tags = {name for name in self._files if not name.startswith("data/")}
        self._demand(tags == {*TAGGED, TAG_MANIFEST}, "tag_files")
        self._demand({RECORDS, EVENTS, CATALOGUE, NOTE} <= self._files.keys(), "payload_files")
        self._demand(self._kept["bagit.txt"] == DECLARATION, "declaration")

        payload = {name: facts for name, facts in self._files.items() if name.startswith("data/")}
        tagged = {name: self._files[name][1] for name in TAGGED}
        self._demand(_parse_sums(self._kept[TAG_MANIFEST]) == tagged, "tag_manifest")
        sha256 = {name: digest for name, (_, digest, _) in payload.items()}
        self._demand(_parse_sums(self._kept["manifest-sha256.txt"]) == sha256, "manifest")
        sm3 = {name: digest for name, (_, _, digest) in payload.items()}
        self._demand(_parse_sums(self._kept["SM3SUMS.txt"]) == sm3, "sm3")

        size = sum(facts[0] for facts in payload.values())
        info = _parse_info(self._kept["bag-info.txt"])
        self._demand(info.get("Payload-Oxum") == f"{size}.{len(payload)}", "payload_oxum")
        records = self._records(payload)
        volumes = self._volumes(records)
        lines = _decode_lines(self._kept[EVENTS], dict[str, object], "events")
        return Bag(
            info.get("Internal-Sender-Identifier", ""), tuple(records), tuple(volumes), tuple(lines), len(payload), size,
            self._traits,
        )

    def _records(self, payload: Mapping[str, tuple[int, str, str]]) -> list[CarriedRecord]:
        """Every record names its originals, every original belongs to exactly one record."""
        records = _decode_lines(self._kept[RECORDS], CarriedRecord, "records")
        originals = [original for record in records for original in record.originals]
        claimed = {original.path: (original.size_bytes, original.sha256, original.sm3) for original in originals}
        present = {name: facts for name, facts in payload.items() if name.startswith(ORIGINALS)}
        self._demand(len(claimed) == len(originals) and claimed == present, "originals")
        self._demand(len({record.uuid for record in records}) == len(records), "records")
        others = payload.keys() - present.keys() - {VOLUMES, VOLUME_CATALOGUE}
        self._demand(others == {RECORDS, EVENTS, CATALOGUE, NOTE}, "payload_files")
        return records

    def _volumes(self, records: Sequence[CarriedRecord]) -> list[CarriedVolume]:
        """Both files of volumes are there or neither; every volume that a record names is carried."""
        self._demand((VOLUMES in self._files) == (VOLUME_CATALOGUE in self._files), "volumes")
        volumes = _decode_lines(self._kept.get(VOLUMES, b""), CarriedVolume, "volumes")
        known = {volume.uuid for volume in volumes}
        self._demand(len(known) == len(volumes), "volumes")
        self._demand({record.volume for record in records if record.volume} <= known, "volumes")
        return volumes

    def _begin(self, block: bytes) -> None:
        if not any(block):
            self._ending += 1
            return
        self._demand(not self._ending, "after_end")
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError) as error:
            raise BagInvalid(check="tar", member=len(self._files)) from error
        self._demand(block[257:263] == b"ustar\x00" and info.type == tarfile.REGTYPE and not info.linkname, "kind")
        self._demand(len(self._files) < MOST_FILES, "count")
        self._demand(0 <= info.size <= MOST_FILE_BYTES, "size")
        folder, slash, name = info.name.partition("/")
        self._folder = folder if self._folder is None else self._folder
        self._demand(bool(slash) and folder == self._folder and SEGMENT.fullmatch(folder) is not None, "folder")
        self._demand(_proper(name) and name.casefold() not in self._folded, "name")
        kept = name in _KEPT
        self._demand(not kept or info.size <= MOST_KEPT_BYTES, "size")
        self._folded.add(name.casefold())
        self._name, self._size, self._left = name, info.size, info.size
        self._padding = -info.size % _BLOCK
        self._body = bytearray() if kept else None
        self._probe = Probe() if name.startswith(ORIGINALS) else None
        self._sha256, self._sm3 = hashlib.sha256(), hashlib.new("sm3")
        if not self._left:
            self._end_file()

    def _take(self, piece: memoryview) -> None:
        self._sha256.update(piece)
        self._sm3.update(piece)
        if self._body is not None:
            self._body += piece
        if self._probe is not None:
            self._probe.feed(piece)

    def _end_file(self) -> None:
        self._files[self._name] = (self._size, self._sha256.hexdigest(), self._sm3.hexdigest())
        if self._probe is not None:
            self._traits[self._name] = self._probe.traits
        if self._body is not None:
            self._kept[self._name] = bytes(self._body)
            self._body = None

    def _demand(self, holds: bool, check: str) -> None:
        if not holds:
            raise BagInvalid(check=check, member=len(self._files))


def chain_holds(lines: Sequence[dict[str, object]], previous: str, first: int, last: int, head: str) -> bool:
    """True when `lines` are exactly the journal's lines first..last, each following from the one before, up to `head`."""
    if [line.get("seq") for line in lines] != list(range(first, last + 1)):
        return False
    for line in lines:
        try:
            digest = journal.follows(previous, line)
        except (KeyError, TypeError, ValueError):
            return False
        if line.get("previous") != previous or line.get("hash") != digest:
            return False
        previous = digest
    return previous == head


def _proper(name: str) -> bool:
    segments = name.split("/")
    return (
        len(segments) <= DEEPEST
        and len(name.encode()) <= 255
        and unicodedata.normalize("NFC", name) == name
        and all(SEGMENT.fullmatch(part) and part[-1] != "." and not DEVICE.fullmatch(part) for part in segments)
    )


def _parse_sums(data: bytes) -> dict[str, str]:
    """name -> digest; {} (which agrees with nothing) when a line is malformed or a name comes twice."""
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError:
        return {}
    found = [match.groups() for line in lines if (match := _MANIFEST_LINE.fullmatch(line))]
    sums = {name: digest for digest, name in found}
    return sums if len(sums) == len(lines) else {}


def _parse_info(data: bytes) -> dict[str, str]:
    try:
        pairs = [line.partition(": ") for line in data.decode().splitlines()]
    except UnicodeDecodeError as error:
        raise BagInvalid(check="bag_info", member=0) from error
    return {label: value for label, _, value in pairs}


def _decode_lines(data: bytes, kind: type[Line], check: str) -> list[Line]:
    try:
        return msgspec.json.Decoder(kind).decode_lines(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BagInvalid(check=check, member=0) from error
