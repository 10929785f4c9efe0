"""tests/test_spool.py — papers sealed while the archive is locked: envelope whole or absent, opened only by the owner."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.errors import DamagedFile, DiskFull, FileUnreadable
from storage.files import UNFINISHED
from storage.objects import ENDING, Seal
from storage.spool import Custody, Spool
from tests.stations import sha256, small_disk  # noqa: F401  # a fixture

RECIPIENT, IDENTITY = Seal.generate()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    folder = tmp_path / "spool"
    folder.mkdir()
    return Spool(folder, Seal(RECIPIENT, IDENTITY))


def custody(data: bytes, name: str = "样本.pdf") -> Custody:
    return Custody(name, f"/scan/{name}", 7, len(data), sha256(data), "2026-01-01T00:00:00+00:00", False)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=2000), name=st.text(st.characters(codec="utf-8"), max_size=40))
def test_what_goes_in_comes_out(spool: Spool, data: bytes, name: str) -> None:
    token = spool.put(custody(data, name), data)
    taken = spool.take(token)
    assert (taken.token, taken.custody, taken.data) == (token, custody(data, name), data)
    spool.discard(token)
    spool.discard(token)
    assert spool.count() == 0


def test_the_public_half_can_put_but_not_take(spool: Spool) -> None:
    public = Spool(spool.folder, Seal(RECIPIENT))
    token = public.put(custody(b"paper"), b"paper")
    with pytest.raises(RuntimeError, match="locked"):
        public.take(token)
    assert spool.take(token).data == b"paper"


def test_the_oldest_comes_first(spool: Spool) -> None:
    tokens = [spool.put(custody(b"%d" % number), b"%d" % number) for number in range(5)]
    for age, token in enumerate(reversed(tokens)):
        os.utime(spool.folder / f"{token}{ENDING}", ns=(age, age))
    assert list(spool.tokens()) == list(reversed(tokens))
    assert spool.count() == 5


def test_the_folder_tells_nothing(spool: Spool) -> None:
    data = "样本秘密词语".encode()
    spool.put(custody(data, "样本秘密文件名.pdf"), data)
    for path in spool.folder.iterdir():
        assert "样本" not in path.name and sha256(data)[:16] not in path.name
        assert "样本".encode() not in path.read_bytes()


def test_every_flipped_byte_and_every_cut_is_found(spool: Spool) -> None:
    token = spool.put(custody(b"paper"), b"paper")
    path = spool.folder / f"{token}{ENDING}"
    whole = path.read_bytes()
    for place in range(0, len(whole), 3):
        hurt = bytearray(whole)
        hurt[place] ^= 1
        path.write_bytes(hurt)
        with pytest.raises(DamagedFile):
            spool.take(token)
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFile):
            spool.take(token)
    path.unlink()
    with pytest.raises(FileUnreadable):
        spool.take(token)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        struct.pack(">I", 0),
        struct.pack(">I", 2**32 - 1) + b"{}",
        struct.pack(">I", 2) + b"{}" + b"data",
        struct.pack(">I", 4) + b'"\xff\xfe"',
        struct.pack(">I", 2) + b"[]",
        struct.pack(">I", 5000) + b"[" * 5000,
    ],
)
def test_what_a_stranger_sealed_with_the_public_key_is_damage_not_a_crash(spool: Spool, content: bytes) -> None:
    (spool.folder / f"{'0' * 32}{ENDING}").write_bytes(Seal(RECIPIENT).close(content))
    with pytest.raises(DamagedFile):
        spool.take("0" * 32)


def test_an_entry_whose_content_is_not_what_it_says_is_damage(spool: Spool) -> None:
    token = spool.put(custody(b"paper"), b"another paper")
    with pytest.raises(DamagedFile):
        spool.take(token)


def test_unfinished_leftovers_are_no_entries_and_are_swept(spool: Spool) -> None:
    token = spool.put(custody(b"paper"), b"paper")
    (spool.folder / f"{token}{ENDING}.{'1' * 32}{UNFINISHED}").write_bytes(b"half")
    assert list(spool.tokens()) == [token]
    assert spool.sweep() == 1
    assert [path.name for path in spool.folder.iterdir()] == [f"{token}{ENDING}"]


def test_a_full_disk_leaves_no_half_entry(small_disk: Path) -> None:  # noqa: F811
    spool = Spool(small_disk, Seal(RECIPIENT, IDENTITY))
    data = bytes(50_000)
    tokens = []
    with pytest.raises(DiskFull):
        for _ in range(100):
            tokens.append(spool.put(custody(data), data))
    assert tokens
    assert set(spool.tokens()) == set(tokens)
    assert all(spool.take(token).data == data for token in tokens)
    assert not list(small_disk.glob(f"*{UNFINISHED}"))
