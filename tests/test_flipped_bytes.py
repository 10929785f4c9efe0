"""tests/test_flipped_bytes.py — one changed byte anywhere in an archive: all is as before, or somebody is told precisely.

A station is unlocked from a copy of which one byte of one file is flipped, and everything is asked of it that a person
could ask: who may unlock, the self-test, the unlocking, every record, page, original and picture, the spool, the index, the
packages, `verify`. Either every answer is as it was, or a `Known` error, a finding of `verify` or the suspension says so.
A file that stands by itself (settings, a key file) may also have a value that it could have had.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from app import selftest, wording
from app.anchors import Anchors
from app.station import Station
from app.threshold import LockedScan, Threshold
from storage.archive import DATABASE, INDEX, SPOOL, StationFile
from storage.errors import Known, WrongPassphrase
from storage.objects import Seal
from storage.spool import Spool
from sync import headquarters
from tests.faults import flip, places
from tests.stations import ADMINISTRATOR, PASSPHRASE, House, station

WORDS = "样本·核对门牌"


@dataclass
class Life:
    """An archive closed in order, one as a power cut leaves it, how both answer whole, and a stick with a new receipt."""

    closed: Path
    cut: Path
    stick: Path
    was: dict[Path, dict[str, object]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    folder = tmp_path_factory.mktemp("flips")
    with pytest.MonkeyPatch.context() as patch:
        kept, _recovery = station(folder, patch, scan_folder=folder / "scan")
        house = House.around(kept.archive)
        headquarters.create(folder / "hq", "样本档案室", "https://127.0.0.1")
        enrolment = folder / "enrolment.json"
        enrolment.write_bytes(headquarters.enrol(folder / "hq", house.folder / "station.json"))
        kept.enrol(enrolment)
        for number in range(3):
            house.file(house.receive(f"{WORDS} {number}".encode()), title=f"样本通知 {number}")
            (folder / "stick").mkdir(exist_ok=True)
            kept.sync(folder / "stick")
            if number < 2:
                headquarters.receive(folder / "hq", folder / "stick")
                kept.sync(folder / "stick")
        house.receive("样本·还没有归档".encode())
        spool = Spool(house.folder / SPOOL, Seal(kept.archive.recipient))
        spool.put(house.custody("样本·还在路上".encode()), "样本·还在路上".encode())
        kept.archive.index.catch_up()
        kept.settings.set("settle_s", 2)
        Anchors(kept.archive, kept.agent).keep()
        shutil.copytree(house.folder, folder / "cut")
        kept.stop()
        with pytest.raises(WrongPassphrase):
            Station.open(house.folder, ADMINISTRATOR, "not this one", keychain=None)
        headquarters.receive(folder / "hq", folder / "stick")
        made = Life(house.folder, folder / "cut", folder / "stick")
        for whole in (made.closed, made.cut):
            shutil.copytree(whole, folder / "whole")
            made.was[whole] = everything(folder / "whole")
            shutil.rmtree(folder / "whole")
        yield made


def everything(folder: Path) -> dict[str, object]:
    """All that can be asked of the archive in `folder`, a copy that is used up. Raises Known."""
    threshold = Threshold.look(folder)
    selftest.require(folder, slow=False)
    locked = LockedScan.begin(folder)
    if locked is not None:
        locked.stop()
    opened = Station.open(folder, ADMINISTRATOR, PASSPHRASE, keychain=None)
    try:
        queries = opened.archive.queries
        asked: dict[str, object] = {
            "users": threshold.users,
            "facts": replace(StationFile.load(folder), created=""),
            "items": queries.items(),
            "arrivals": queries.arrivals(),
            "texts": [opened.page_text(item.object_ids[0]) for item in queries.items()],
            "packages": [(package.id, package.state, package.digest) for package in queries.packages()],
            "receipts": [(receipt.package_id, opened.receipt_holds(receipt)) for receipt in opened.receipts()],
            "originals": [opened.archive.objects.get(name) for name in sorted(queries.object_names())],
            "pictures": [opened.archive.pictures.get(name) for name in sorted(queries.picture_names())],
            "suspended": opened.anchors.suspended,
        }
        opened.archive.index.catch_up()
        asked["found"] = opened.search(WORDS).total
        asked["findings"] = sorted((finding.check, finding.detail) for finding in opened.verify() if not finding.ok)
        events = queries.events(0, 100_000)
        asked["journal"] = [(event.seq, event.type) for event in events if event.session != opened.archive.session]
        return asked
    finally:
        opened.stop()


def told(was: dict[str, object], folder: Path) -> str:
    """How the archive in `folder` answers: "" when all is as it was, else who tells what. Anything else fails."""
    try:
        now = everything(folder)
    except Known as error:
        assert wording.sentence(error)
        return type(error).__name__
    if now["suspended"]:
        return "suspended"
    if now["findings"]:
        return f"finding {now['findings'][0][0]}"  # type: ignore[index]
    silent = [name for name, value in now.items() if value != was[name]]
    assert not silent, f"changed without a word: {silent}"
    return ""


def kinds(folder: Path) -> dict[str, list[Path]]:
    """The files of an archive by what they are."""
    found: dict[str, list[Path]] = {}
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        place = file.relative_to(folder)
        found.setdefault(place.parts[0] if len(place.parts) > 1 else place.name, []).append(file)
    return found


def flips(life: Life, start: Path, name: str, most: int) -> Counter[str]:
    """Flips bytes of one file of each kind, one at a time in a copy; returns who told."""
    answers: Counter[str] = Counter()
    file = kinds(start)[name][-1].relative_to(start)  # of the packages, the one that is not delivered yet
    copy = life.closed.with_name("flipped")
    for position in places(start / file, most):
        for mask in (0x01,) if most < 10 else (0x01, 0x80):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(start, copy)
            flip(copy / file, position, mask)
            try:
                answers[told(life.was[start], copy)] += 1
            except Exception as error:
                raise AssertionError(f"{file}, byte {position} of {(start / file).stat().st_size}: {error!r}") from error
    print(f"{name}: {dict(answers)}")
    return answers


MOST = 40 if os.environ.get("ANJUAN_ALL_CUTS") == "1" else 3


def test_every_kind_of_file_is_here(life: Life) -> None:
    assert set(kinds(life.closed)) >= {
        DATABASE, "keys.json", "station.json", "settings.json", "head.json", "attempts.json", "objects", "pictures", "spool", "packages", INDEX,
    }  # fmt: skip
    assert set(kinds(life.cut)) >= {f"{DATABASE}-wal", f"{INDEX}-wal"}
    for whole, was in life.was.items():
        assert not was["findings"] and not was["suspended"], was
        assert was["found"] == 3 and len(was["receipts"]) == 2 and len(was["items"]) == 3  # type: ignore[arg-type]
        copy = shutil.copytree(whole, life.closed.with_name("flipped"), dirs_exist_ok=True)
        assert told(was, copy) == ""
        shutil.rmtree(copy)


@pytest.mark.parametrize("name", [DATABASE, "keys.json", "objects", "pictures", "spool", "packages"])
def test_what_holds_the_truth_and_its_keys_tells_every_flip(life: Life, name: str) -> None:
    assert flips(life, life.closed, name, MOST)[""] == 0


@pytest.mark.parametrize("name", ["station.json", "head.json", "attempts.json", "settings.json", INDEX])
def test_what_can_be_made_again_tells_or_is_as_before(life: Life, name: str) -> None:
    flips(life, life.closed, name, MOST)


@pytest.mark.parametrize("name", [f"{DATABASE}-wal", f"{DATABASE}-shm", f"{INDEX}-wal"])
def test_a_log_after_a_power_cut(life: Life, name: str) -> None:
    """SQLite drops the rest of a log from the first frame that does not fit, without a word: the anchors have the word."""
    answers = flips(life, life.cut, name, MOST)
    if name == f"{DATABASE}-wal":
        assert answers["suspended"]


def test_a_receipt_counts_only_as_it_was_signed(life: Life) -> None:
    receipts = sorted(life.stick.rglob("RCPT-*"), key=lambda file: file.stat().st_mtime_ns)
    assert receipts, list(life.stick.rglob("*"))
    for position in places(receipts[-1], MOST):
        copy, stick = life.closed.with_name("flipped"), life.stick.with_name("flipped-stick")
        for whole, twin in ((life.closed, copy), (life.stick, stick)):
            shutil.rmtree(twin, ignore_errors=True)
            shutil.copytree(whole, twin)
        flip(stick / receipts[-1].relative_to(life.stick), position)
        opened = Station.open(copy, ADMINISTRATOR, PASSPHRASE, keychain=None)
        try:
            with suppress(Known):
                opened.sync(stick)
            assert len(opened.receipts()) == 2, f"byte {position} of {receipts[-1].name}"
        finally:
            opened.stop()
