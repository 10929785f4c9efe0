"""tests/test_package.py — package files: round trip, the stock bagit library, tampering, headers from anywhere."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import bagit
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import journal
from storage.errors import DamagedFile, Known
from storage.records import Delivery, Fonds, Item, Retention, SecurityClass, StoredObject
from sync import bag, envelope, package
from sync.bag import BagInvalid
from sync.cargo import Cargo, Record, safe
from sync.package import HEADER_SIZE, PackageDamaged
from tests.sync_house import noise

STATION, EPOCH, OFFICE = "a" * 32, "b" * 32, "c" * 32
SEED = bytes(range(32))
RECIPIENT, IDENTITY = envelope.new_identity()
MARKER = "样本标题绝无仅有"


def item(number: int, code: str) -> Item:
    return Item(
        number, f"{number:032x}", code, "J900", "ZY·XZ", 2026, Retention.D10, "", number, MARKER + " <&>", "样公〔2026〕1号",
        "样本派出所", "20260101", SecurityClass.INTERNAL, 1, "", "2026-01-01T00:00:00+00:00", "样本", Delivery.LOCAL, (number,),
    )  # fmt: skip


ORIGINALS = {"one": noise(200_001, 1), "two": noise(65_536, 2), "none": b""}


def stored(number: int, name: str) -> StoredObject:
    data = ORIGINALS[name]
    sm3 = hashlib.new("sm3", data).hexdigest()
    return StoredObject(number, name, hashlib.sha256(data).hexdigest(), sm3, len(data), "pdf", f"{MARKER}.pdf")


def journal_lines(count: int) -> tuple[dict[str, object], ...]:
    previous, lines = journal.GENESIS, []
    for seq in range(1, count + 1):
        line: dict[str, object] = {
            "seq": seq, "at": "2026-01-01T00:00:00+00:00", "monotonic_ms": seq, "agent": 1, "agent_name": "样本",
            "role": "administrator", "type": "file", "object": f"item:{seq}", "outcome": "success", "detail": "{}",
            "previous": previous,
        }  # fmt: skip
        previous = journal.follows(previous, line)
        lines.append({**line, "hash": previous})
    return tuple(lines)


def cargo() -> Cargo:
    records = (
        Record(item(1, "J900-ZY·XZ·2026-D10-0001"), 1, (stored(1, "one"), stored(2, "two"))),
        Record(item(2, "J900-ZY·XZ·2026-D10-0002"), 2, (stored(3, "none"),)),
    )
    fonds = Fonds("J900", "样本派出所", "样本派出所")
    return Cargo(STATION, EPOCH, 1, 2, fonds, records, journal_lines(2), "2026-01-01T00:00:00+00:00", "Anjuan")


def build(folder: Path, load: Cargo | None = None, fetch=ORIGINALS.__getitem__, **wishes) -> package.Built:
    load = load or cargo()
    return package.build(
        load, fetch, folder=folder, headquarters=OFFICE, recipient=RECIPIENT, seed=SEED, previous_digest="",
        journal_head=str(load.lines[-1]["hash"]), **wishes,
    )  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> package.Built:
    return build(tmp_path_factory.mktemp("packages"))


def clear_tar(built: package.Built) -> bytes:
    class Memory(io.BytesIO):
        pass

    sink = Memory()
    with built.path.open("rb") as file:
        file.seek(HEADER_SIZE)
        envelope.unseal(file, sink, IDENTITY)
    return sink.getvalue()


def test_round_trip(built: package.Built) -> None:
    header = package.check(built.path, envelope.public_of(SEED))
    assert header == built.header
    assert built.digest == package.digest_of(package.read_block(built.path))
    assert built.size_bytes == built.path.stat().st_size
    assert built.path.name == "PKG-aaaaaaaa-bbbbbbbb-0000000001-0000000002.anjuan"
    found = package.unpack(built.path, header, IDENTITY)
    assert [record.title for record in found.records] == [MARKER + " <&>"] * 2
    assert [len(record.originals) for record in found.records] == [2, 1]
    assert found.records[0].originals[0].path == "data/电子档案/2026/ZY_XZ/J900-ZY_XZ_2026-D10-0001/001.pdf"
    assert found.payload_bytes > sum(map(len, ORIGINALS.values()))
    assert bag.chain_holds(found.lines, journal.GENESIS, 1, 2, header.journal_head)


def unpack(tar: tarfile.TarFile, folder: Path) -> None:
    """Our own clear tar, written by hand: `extractall` knows no filter on the Python that Debian 12 ships."""
    for member in tar:
        content = tar.extractfile(member)
        target = folder / member.name
        assert content is not None and target.resolve().is_relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.read())


def test_stock_bagit_finds_a_valid_bag(built: package.Built, tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(clear_tar(built))) as tar:
        unpack(tar, tmp_path)
    (folder,) = tmp_path.iterdir()
    stock = bagit.Bag(str(folder))
    stock.validate()
    assert stock.info["Bag-Group-Identifier"] == "J900"
    assert stock.info["Source-Organization"] == "样本派出所"
    original = folder / "data/电子档案/2026/ZY_XZ/J900-ZY_XZ_2026-D10-0001/001.pdf"
    assert original.read_bytes() == ORIGINALS["one"]
    catalogue = (folder / "data/文件目录.XML").read_text("utf-8")
    assert "<档号>J900-ZY·XZ·2026-D10-0001</档号>" in catalogue
    assert f"<题名>{MARKER} &lt;&amp;&gt;</题名>" in catalogue
    sums = dict(reversed(line.split("  ")) for line in (folder / "SM3SUMS.txt").read_text("utf-8").splitlines())
    assert sums[str(original.relative_to(folder))] == hashlib.new("sm3", ORIGINALS["one"]).hexdigest()


def test_nothing_clear_in_the_file(built: package.Built) -> None:
    data = built.path.read_bytes()
    for word in (MARKER, "样本派出所", "J900", "电子档案"):
        assert word.encode() not in data
    assert noise(64, 1) not in data
    assert MARKER.encode() in clear_tar(built)  # the search would have found it


def test_bytes_do_not_change_with_the_rest_of_the_world(tmp_path: Path) -> None:
    first, second = (b"".join(bag.stream(cargo(), ORIGINALS.__getitem__)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("place", [0, 20, 700, HEADER_SIZE - 1, HEADER_SIZE - 300, HEADER_SIZE, 60_000, -1])
def test_one_changed_bit_is_refused(built: package.Built, tmp_path: Path, place: int) -> None:
    data = bytearray(built.path.read_bytes())
    data[place] ^= 1
    changed = tmp_path / built.path.name
    changed.write_bytes(data)
    with pytest.raises(PackageDamaged):
        package.check(changed, envelope.public_of(SEED))


@pytest.mark.parametrize("size", [0, 100, HEADER_SIZE - 1, HEADER_SIZE, HEADER_SIZE + 1, -1])
def test_a_cut_file_is_refused(built: package.Built, tmp_path: Path, size: int) -> None:
    changed = tmp_path / built.path.name
    changed.write_bytes(built.path.read_bytes()[:size])
    with pytest.raises(PackageDamaged):
        package.check(changed, envelope.public_of(SEED))


def test_a_longer_file_is_refused(built: package.Built, tmp_path: Path) -> None:
    changed = tmp_path / built.path.name
    changed.write_bytes(built.path.read_bytes() + b"\0")
    with pytest.raises(PackageDamaged):
        package.check(changed, envelope.public_of(SEED))


def test_another_stations_key_is_refused(built: package.Built) -> None:
    with pytest.raises(PackageDamaged) as caught:
        package.check(built.path, envelope.public_of(envelope.new_seed()))
    assert caught.value.facts["why"] == "signature"


def test_another_recipient_cannot_open(built: package.Built) -> None:
    with pytest.raises(envelope.EnvelopeDamaged):
        package.unpack(built.path, built.header, envelope.new_identity()[1])


def test_an_envelope_under_another_header_is_refused(built: package.Built) -> None:
    """A station that signs another's envelope as its own does not get through."""
    with pytest.raises(BagInvalid) as caught:
        package.unpack(built.path, _with(built.header, station="d" * 32), IDENTITY)
    assert caught.value.facts["check"] == "identity"


def test_a_damaged_original_leaves_nothing_behind(tmp_path: Path) -> None:
    def fetch(name: str) -> bytes:
        if name == "two":
            raise DamagedFile(file=name)
        return ORIGINALS[name]

    with pytest.raises(DamagedFile):
        build(tmp_path, fetch=fetch)
    assert not list(tmp_path.iterdir())


def test_an_original_of_another_size_is_not_packed(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile):
        build(tmp_path, fetch=lambda name: ORIGINALS[name] + b"x")
    assert not list(tmp_path.iterdir())


def test_cancelling_leaves_nothing_behind(tmp_path: Path) -> None:
    class Cancelled(Exception):
        pass

    def step(_: int) -> None:
        raise Cancelled

    big = {"one": noise(3 << 20, 9)}
    original = StoredObject(1, "one", hashlib.sha256(big["one"]).hexdigest(), "0" * 64, len(big["one"]), "pdf", "样本")
    load = replace(cargo(), records=(Record(item(1, "J900-0001"), 1, (original,)),))
    with pytest.raises(Cancelled):
        build(tmp_path, load, big.__getitem__, step=step)
    assert not list(tmp_path.iterdir())


def test_codes_that_look_alike_once_safe_keep_their_own_folders(tmp_path: Path) -> None:
    codes = ("J900-ZY·XZ", "J900-ZY_XZ", "j900-zy_xz")
    records = tuple(
        Record(replace(item(n, code), uuid=f"{n:08x}" + "0" * 24), n, (stored(n, "two"),))
        for n, code in enumerate(codes, 1)
    )
    built = build(tmp_path, replace(cargo(), records=records))
    found = package.unpack(built.path, built.header, IDENTITY)
    assert len({record.originals[0].path.casefold() for record in found.records}) == 3


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_every_name_becomes_a_safe_segment(text: str) -> None:
    segment = safe(text)
    assert bag._proper(f"data/{segment}/001.pdf")
    assert "/" not in segment and "·" not in segment and segment not in (".", "..")


@given(st.binary(max_size=HEADER_SIZE + 10))
@settings(max_examples=200, deadline=None)
def test_any_bytes_as_header(data: bytes) -> None:
    for block in (data, data.ljust(HEADER_SIZE - 1)[: HEADER_SIZE - 1] + b"\n"):
        with pytest.raises(PackageDamaged):
            package.check_header(block, envelope.public_of(SEED))
        with pytest.raises(PackageDamaged):
            package.peek(block)


@given(st.integers(0, HEADER_SIZE - 1), st.integers(1, 255))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_changed_byte_of_a_header(built: package.Built, place: int, change: int) -> None:
    block = bytearray(package.read_block(built.path))
    block[place] ^= change
    with pytest.raises(PackageDamaged):
        package.check_header(bytes(block), envelope.public_of(SEED))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(list(package.Header.__struct_fields__)), _json)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_in_a_signed_header(built: package.Built, field: str, value: object) -> None:
    """Also a station that signs nonsense gets no further than a Known error."""
    import msgspec

    document = {**msgspec.to_builtins(built.header), field: value}
    body = envelope.canonical(document)
    signature = envelope.signing_key(SEED).sign(body).hex()
    block = (b'{"document":' + body + b',"signature":"' + signature.encode() + b'"}').ljust(HEADER_SIZE - 1) + b"\n"
    try:
        header = package.check_header(block, envelope.public_of(SEED))
    except Known:
        return
    assert msgspec.to_builtins(header) == document


def _with(header: package.Header, **values: object) -> package.Header:
    import msgspec

    return msgspec.structs.replace(header, **values)
