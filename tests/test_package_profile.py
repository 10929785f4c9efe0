"""tests/test_package_profile.py — the strict profile: what stock readers let pass and headquarters must refuse."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import bag
from sync.bag import BagInvalid, Inspector
from tests.test_package import ORIGINALS, cargo

Files = dict[str, bytes]

GOOD = b"".join(bag.stream(cargo(), ORIGINALS.__getitem__))
ORIGINAL = "data/电子档案/2026/ZY_XZ/J900-ZY_XZ_2026-D10-0001/001.pdf"


def inspect(data: bytes, piece: int = 8192) -> bag.Bag:
    inspector = Inspector()
    for start in range(0, len(data), piece):
        inspector.write(data[start : start + piece])
    return inspector.finish()


def files() -> Files:
    with tarfile.open(fileobj=io.BytesIO(GOOD)) as tar:
        return {m.name.partition("/")[2]: tar.extractfile(m).read() for m in tar.getmembers()}  # type: ignore[union-attr]


def pack(content: Files, special: Callable[[tarfile.TarFile], None] = lambda tar: None) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in content.items():
            info = tarfile.TarInfo(f"bag/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        special(tar)
    return out.getvalue()


def resum(content: Files, payload: bool = False) -> Files:
    """Makes the manifests agree again, so that only the rule under test is broken."""
    if payload:
        names = [name for name in content if name.startswith("data/")]
        sha256 = "".join(f"{hashlib.sha256(content[n]).hexdigest()}  {n}\n" for n in names)
        sm3 = "".join(f"{hashlib.new('sm3', content[n]).hexdigest()}  {n}\n" for n in names)
        oxum = f"Payload-Oxum: {sum(len(content[n]) for n in names)}.{len(names)}\n"
        info = content["bag-info.txt"].decode().splitlines(keepends=True)
        kept = "".join(line for line in info if not line.startswith("Payload-Oxum"))
        content |= {
            "manifest-sha256.txt": sha256.encode(),
            "SM3SUMS.txt": sm3.encode(),
            "bag-info.txt": (kept + oxum).encode(),
        }
    tags = [name for name in content if not name.startswith("data/") and name != bag.TAG_MANIFEST]
    lines = "".join(f"{hashlib.sha256(content[n]).hexdigest()}  {n}\n" for n in tags)
    return {**content, bag.TAG_MANIFEST: lines.encode()}


def link(kind: bytes) -> Callable[[tarfile.TarFile], None]:
    def add(tar: tarfile.TarFile) -> None:
        info = tarfile.TarInfo("bag/data/link")
        info.type, info.linkname = kind, "/etc/passwd"
        tar.addfile(info)

    return add


def refused(data: bytes) -> str:
    with pytest.raises(BagInvalid) as caught:
        inspect(data)
    return str(caught.value.facts["check"])


def test_the_good_bag_passes_in_pieces_of_any_size() -> None:
    wanted = inspect(GOOD, len(GOOD))
    for piece in (1 << 20, 8192, 513, 512, 511):
        assert inspect(GOOD, piece) == wanted
    assert inspect(pack(resum(files(), payload=True))).records == wanted.records


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("fetch.txt", "tag_files"),
        ("notes.txt", "tag_files"),
        ("manifest-md5.txt", "tag_files"),
        ("data/../../etc/passwd", "name"),
        ("../outside", "name"),
        ("/etc/passwd", "name"),
        ("data/电子档案/./x", "name"),
        ("data//x", "name"),
        ("data/a\\b", "name"),
        ("data/nul", "name"),
        ("data/name.", "name"),
        ("data/a b", "name"),
        ("data/e\u0301", "name"),
        ("data/1/2/3/4/5/6", "name"),
        ("DATA/RECORDS.JSONL", "name"),
    ],
)
def test_extra_files(name: str, check: str) -> None:
    assert refused(pack(resum({**files(), name: b"x"}))) == check


def test_extra_payload_nobody_claims() -> None:
    assert refused(pack(resum({**files(), "data/extra.txt": b"x"}, payload=True))) == "payload_files"
    stray = "data/电子档案/2026/ZY_XZ/J900-ZY_XZ_2026-D10-0001/009.pdf"
    assert refused(pack(resum({**files(), stray: b"x"}, payload=True))) == "originals"


@pytest.mark.parametrize("name", ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "SM3SUMS.txt", bag.TAG_MANIFEST])
def test_missing_tag_files(name: str) -> None:
    content = files()
    del content[name]
    assert refused(pack(content)) == "tag_files"


@pytest.mark.parametrize("name", [bag.RECORDS, bag.EVENTS, bag.CATALOGUE, bag.NOTE])
def test_missing_payload(name: str) -> None:
    content = files()
    del content[name]
    assert refused(pack(resum(content, payload=True))) == "payload_files"


def test_a_missing_original() -> None:
    content = files()
    del content[ORIGINAL]
    assert refused(pack(content)) == "manifest"
    assert refused(pack(resum(content, payload=True))) == "originals"


def test_a_changed_original() -> None:
    content = files()
    content[ORIGINAL] = b"X" + content[ORIGINAL][1:]
    assert refused(pack(content)) == "manifest"
    assert refused(pack(resum(content, payload=True))) == "originals"


@pytest.mark.parametrize(
    ("name", "old", "new", "check"),
    [
        ("manifest-sha256.txt", b"0", b"1", "manifest"),
        ("manifest-sha256.txt", b"  data", b" data", "manifest"),
        ("SM3SUMS.txt", b"0", b"1", "sm3"),
        ("bag-info.txt", b"Payload-Oxum: ", b"Payload-Oxum: 9", "payload_oxum"),
        ("bagit.txt", b"1.0", b"0.97", "declaration"),
    ],
)
def test_changed_tag_files(name: str, old: bytes, new: bytes, check: str) -> None:
    content = files()
    content[name] = content[name].replace(old, new)
    assert refused(pack(content)) == ("declaration" if name == "bagit.txt" else "tag_manifest")
    assert refused(pack(resum(content))) == check


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_anything_but_plain_files(kind: bytes) -> None:
    assert refused(pack(files(), link(kind))) == "kind"


def test_extended_headers() -> None:
    def add(tar: tarfile.TarFile) -> None:
        tar.format = tarfile.PAX_FORMAT
        info = tarfile.TarInfo("bag/data/" + "x" * 200)
        tar.addfile(info, io.BytesIO())

    assert refused(pack(files(), add)) == "kind"


def test_the_same_name_twice() -> None:
    def add(tar: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(f"bag/{ORIGINAL}")
        tar.addfile(info, io.BytesIO())

    assert refused(pack(files(), add)) == "name"


def test_a_second_folder() -> None:
    def add(tar: tarfile.TarFile) -> None:
        tar.addfile(tarfile.TarInfo("other/data/x"), io.BytesIO())

    assert refused(pack(files(), add)) == "folder"


def test_cut_and_lengthened_streams() -> None:
    with tarfile.open(fileobj=io.BytesIO(GOOD)) as tar:
        members = tar.getmembers()
    last = members[-1]
    end = last.offset_data + last.size + -last.size % 512
    for size in (0, 511, 512, members[3].offset, members[2].offset_data + 10, end, end + 512):
        with pytest.raises(BagInvalid):
            inspect(GOOD[:size])
    assert refused(GOOD[: end + 1024] + b"x" * 512) == "after_end"
    assert inspect(GOOD + bytes(5120)).records


def test_a_record_of_the_wrong_shape() -> None:
    content = files()
    content[bag.RECORDS] = content[bag.RECORDS].replace(b'"year":2026', b'"year":"2026"')
    assert refused(pack(resum(content, payload=True))) == "records"


@given(st.binary(max_size=3000))
@settings(max_examples=200, deadline=None)
def test_any_bytes(data: bytes) -> None:
    with pytest.raises(BagInvalid):
        inspect(data)


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
@settings(max_examples=100, deadline=None)
def test_any_changed_byte_is_refused_or_harmless(place: int, change: int) -> None:
    data = bytearray(GOOD)
    data[place] ^= change
    try:
        found = inspect(bytes(data))
    except BagInvalid:
        return
    assert found == inspect(GOOD)  # a time or an owner in a tar header: nothing we read


def test_a_chain_of_journal_lines() -> None:
    lines = [dict(line) for line in cargo().lines]
    head = str(lines[-1]["hash"])
    from storage.journal import GENESIS

    assert bag.chain_holds(lines, GENESIS, 1, 2, head)
    assert not bag.chain_holds(lines[:1], GENESIS, 1, 2, head)
    assert not bag.chain_holds(lines[::-1], GENESIS, 1, 2, head)
    assert not bag.chain_holds(lines, "0" * 64, 1, 2, head)
    assert not bag.chain_holds(lines, GENESIS, 1, 2, "0" * 64)
    for field in lines[0]:
        changed = [{**lines[0], field: "x"}, lines[1]]
        assert not bag.chain_holds(changed, GENESIS, 1, 2, head)
        assert not bag.chain_holds([{k: v for k, v in lines[0].items() if k != field}, lines[1]], GENESIS, 1, 2, head)
