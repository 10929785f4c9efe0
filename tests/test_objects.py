"""tests/test_objects.py — originals as age files: what goes in comes out, or a damage is named."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.errors import DamagedFile, DiskFull
from storage.files import UNFINISHED, remove, sweep, write_whole
from storage.objects import ENDING, Objects, Seal, sm3
from storage.spool import Custody, Spool
from tests.stations import small_disk  # noqa: F401  # a fixture

NAME_KEY = bytes(range(32))
RECIPIENT, IDENTITY = Seal.generate()


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    folder = tmp_path / "objects"
    folder.mkdir()
    return Objects(folder, Seal(RECIPIENT, IDENTITY), NAME_KEY)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=3000) | st.sampled_from([bytes(65536), b"x" * 65537, b"y" * 200_000]))
def test_what_goes_in_comes_out(objects: Objects, data: bytes) -> None:
    sealed = objects.put(data)
    assert objects.get(sealed.name) == data
    assert sealed.sha256 == hashlib.sha256(data).hexdigest()
    assert sealed.sm3 == sm3(data)
    assert sealed.size_bytes == len(data)
    assert objects.put(data) == sealed
    assert sealed.name in set(objects.names())


def test_sm3_is_the_national_standard() -> None:
    # GB/T 32905-2016, example 1.
    assert sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_names_and_files_tell_nothing(objects: Objects) -> None:
    data = "样本秘密词语".encode() * 50
    sealed = objects.put(data)
    digests = [hashlib.new(name, data).hexdigest() for name in ("md5", "sha1", "sha256", "sha512", "sm3")]
    for path in files(objects.folder):
        assert not any(digest[:16] in str(path.relative_to(objects.folder)) for digest in digests)
        content = path.read_bytes()
        assert "样本".encode() not in content
        assert bytes.fromhex(sealed.sha256) not in content and sealed.sha256.encode() not in content
        assert path.stat().st_mode & 0o077 == 0
    other = Objects(objects.folder, Seal(RECIPIENT, IDENTITY), b"another key" + bytes(21))
    assert other.name_of(sealed.sha256) != sealed.name


def test_every_flipped_byte_is_found(objects: Objects) -> None:
    sealed = objects.put(b"paper")
    path = objects.path(sealed.name)
    whole = path.read_bytes()
    for place in range(len(whole)):
        hurt = bytearray(whole)
        hurt[place] ^= 1
        path.write_bytes(hurt)
        with pytest.raises(DamagedFile):
            objects.get(sealed.name)


def test_every_cut_is_found(objects: Objects) -> None:
    sealed = objects.put(bytes(70_000))  # two chunks of age
    path = objects.path(sealed.name)
    whole = path.read_bytes()
    for length in (0, 1, 100, 200, 300, 65536, len(whole) - 16, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFile):
            objects.get(sealed.name)
    path.write_bytes(whole + b"x")
    with pytest.raises(DamagedFile):
        objects.get(sealed.name)
    path.unlink()
    with pytest.raises(DamagedFile):
        objects.get(sealed.name)


def test_one_sound_object_in_the_place_of_another_is_found(objects: Objects) -> None:
    first, second = objects.put(b"first"), objects.put(b"second")
    shutil.copyfile(objects.path(second.name), objects.path(first.name))
    with pytest.raises(DamagedFile):
        objects.get(first.name)


def test_another_archive_opens_nothing(objects: Objects) -> None:
    sealed = objects.put(b"paper")
    with pytest.raises(DamagedFile):
        Objects(objects.folder, Seal(*Seal.generate()), NAME_KEY).get(sealed.name)


def test_putting_again_heals_and_leaves_the_sound_alone(objects: Objects) -> None:
    sealed = objects.put(b"paper")
    path = objects.path(sealed.name)
    before = path.stat()
    objects.put(b"paper")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    path.write_bytes(path.read_bytes()[:-1])
    assert objects.put(b"paper") == sealed
    assert objects.get(sealed.name) == b"paper"


def test_a_disk_that_does_not_give_back_what_was_written_is_found_out(
    objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def lying(source: Path, target: Path) -> None:
        replace(source, target)
        os.truncate(target, 50)

    monkeypatch.setattr(os, "replace", lying)
    with pytest.raises(DamagedFile):
        objects.put(b"paper")
    spool = Spool(objects.folder, Seal(RECIPIENT))
    custody = Custody("x", "/x", 1, 5, hashlib.sha256(b"paper").hexdigest(), "", False)
    before = files(objects.folder)
    with pytest.raises(DamagedFile):
        spool.put(custody, b"paper")
    assert files(objects.folder) == before


def test_age_itself_opens_it(objects: Objects, tmp_path: Path) -> None:
    if shutil.which("age") is None:
        pytest.skip("the age command is not installed")
    sealed = objects.put(b"paper")
    (tmp_path / "identity").write_text(IDENTITY)
    opened = subprocess.run(
        ["age", "-d", "-i", str(tmp_path / "identity"), str(objects.path(sealed.name))], capture_output=True, check=True
    )
    assert opened.stdout == b"paper"


def test_removed_is_gone_and_removing_twice_is_no_fault(objects: Objects) -> None:
    sealed = objects.put(b"paper")
    objects.remove(sealed.name)
    objects.remove(sealed.name)
    assert list(objects.names()) == []


def test_a_seal_without_identity_closes_only(objects: Objects) -> None:
    public = Seal(RECIPIENT)
    closed = public.close(b"paper")
    assert Seal(RECIPIENT, IDENTITY).open(closed, "x") == b"paper"
    with pytest.raises(RuntimeError, match="locked"):
        public.open(closed, "x")


def test_a_full_disk_keeps_what_was_put_and_leaves_no_half(small_disk: Path) -> None:  # noqa: F811
    objects = Objects(small_disk, Seal(RECIPIENT, IDENTITY), NAME_KEY)
    kept = {}
    with pytest.raises(DiskFull):
        for number in range(1000):
            data = f"{number}".encode() * 4000
            kept[objects.put(data).name] = data
    assert kept
    assert {path.name.removesuffix(ENDING) for path in files(small_disk)} == set(kept)
    assert all(objects.get(name) == data for name, data in kept.items())


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")
    (tmp_path / f"file.{'0' * 32}{UNFINISHED}").write_bytes(b"half")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / f"other{UNFINISHED}").write_bytes(b"half")
    write_whole(path, b"new")
    assert sweep(tmp_path) == 2
    assert files(tmp_path) == [path]
    assert path.read_bytes() == b"new"
    remove(path)
    remove(path)
    assert files(tmp_path) == []
