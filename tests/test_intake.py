"""tests/test_intake.py — no scan is ever lost: every file ends as exactly one outcome, its source goes only when proved.

Real archive, real scan folder, real reader (small text files). The last test kills the whole thing at every point where
the disk changes.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.intake import AT_ONCE, Intake, LockedIntake, custody
from app.intake.custody import Changing
from app.reading import Readers
from storage.archive import Archive, StationFile
from storage.errors import DamagedFile, FileUnreadable, NoSuchRecord
from storage.objects import Seal
from storage.records import Arrival, Outcome, ReadingState
from storage.spool import Spool
from tests.cuts import Sweep
from tests.stations import CHIEF, House, sha256, until


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    readers = Readers(ocr=False)
    yield readers
    readers.close()


class Desk(House):
    """A house whose scan folder is watched. `look` is one look now, whatever the hints say; files settle at once."""

    def __init__(self, folder: Path, readers: Readers) -> None:
        super().__init__(folder)
        self.readers = readers
        self.sit_down()

    def sit_down(self) -> None:
        self.intake = Intake(self.archive, self.readers, CHIEF)

    def look(self) -> list[Arrival]:
        self.intake.use_folder(self.scan, 0)
        return self.intake.watch()

    def scanned(self, name: str, data: bytes) -> Path:
        path = self.scan / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def left(self) -> set[str]:
        return {str(path.relative_to(self.scan)) for path in self.scan.rglob("*") if path.is_file()}

    def outcomes(self) -> dict[str, tuple[str, str]]:
        arrivals = self.archive.queries.arrivals(limit=-1)
        return {arrival.name: (arrival.outcome.value, arrival.reason) for arrival in arrivals}

    def leave(self) -> None:
        self.intake.stop()
        self.archive.close()  # twice does no harm


@pytest.fixture
def desk(tmp_path: Path, readers: Readers) -> Iterator[Desk]:
    desk = Desk(tmp_path, readers)
    yield desk
    desk.leave()


# -- what becomes of a file


def test_each_kind_of_file_ends_as_exactly_one_outcome(desk: Desk) -> None:
    desk.scanned("一.txt", "样本第一份通知。".encode())
    desk.scanned("deep/二.txt", "样本第二份通知。".encode())
    desk.scanned("三 副本.txt", "样本第一份通知。".encode())
    desk.scanned("四.xyz", bytes(range(256)))
    desk.scanned("空.txt", b"")
    desk.scanned(".litter", b"x")
    desk.scanned("half.pdf.part", b"x")
    seen = desk.left()
    arrivals = desk.look()
    assert len(arrivals) == len({arrival.id for arrival in arrivals}) == len(seen) == 7
    while desk.intake.read_due():
        pass
    assert desk.outcomes() == {
        "一.txt": ("waiting", ""),
        "二.txt": ("waiting", ""),
        "三 副本.txt": ("duplicate", "same_content"),
        "四.xyz": ("quarantined", "unknown_format"),
        "空.txt": ("quarantined", "empty"),
        ".litter": ("ignored", "hidden_file"),
        "half.pdf.part": ("ignored", "unfinished_file"),
    }
    assert desk.left() == {".litter", "half.pdf.part"}
    counts = desk.archive.queries.counts()
    assert (counts.waiting, counts.duplicate, counts.quarantined, counts.ignored) == (2, 1, 2, 2)
    assert counts.reading_due == 0
    assert desk.archive.spool.count() == 0
    inbox = desk.archive.queries.inbox()
    assert {arrival.name for arrival in inbox} == {"一.txt", "二.txt"}
    for arrival in inbox:
        assert arrival.object_id is not None and arrival.suggestion is not None and arrival.page_count == 1
        (page,) = desk.archive.queries.pages(arrival.object_id)
        assert "样本第" in page.text
        assert desk.archive.pictures.get(page.picture)[:4] == b"RIFF"
    assert desk.look() == []


def test_the_original_is_kept_bit_for_bit_with_its_digests(desk: Desk) -> None:
    data = os.urandom(100_000)
    desk.scanned("样本.bin", data)
    (arrival,) = desk.look()
    assert (arrival.sha256, arrival.size_bytes) == (sha256(data), len(data))
    assert arrival.object_id is not None
    kept = desk.archive.queries.object(arrival.object_id)
    assert desk.archive.objects.get(kept.name) == data
    assert (kept.sha256, kept.original_name) == (sha256(data), "样本.bin")


def test_the_events_of_one_paper(desk: Desk) -> None:
    desk.scanned("样本.txt", b"one")
    before = desk.archive.queries.head()[0]
    (arrival,) = desk.look()
    desk.intake.read_due()
    events = desk.archive.queries.events(before)
    assert [event.type for event in events] == ["receive", "release_source", "read"]
    assert events[0].detail["sha256"] == arrival.sha256


def test_the_same_file_with_other_content_is_another_paper(desk: Desk) -> None:
    desk.scanned("scan.txt", b"first")
    (first,) = desk.look()
    desk.scanned("scan.txt", b"second")
    (second,) = desk.look()
    desk.scanned("scan.txt", b"first")
    (third,) = desk.look()
    assert [a.outcome for a in (first, second, third)] == [Outcome.WAITING, Outcome.WAITING, Outcome.DUPLICATE]
    assert desk.left() == set()


def test_a_file_put_back_with_its_old_time_is_a_duplicate_and_goes_too(desk: Desk, tmp_path: Path) -> None:
    path = desk.scanned("scan.txt", b"paper")
    shutil.copy2(path, tmp_path / "copy")
    desk.intake.use_folder(desk.scan, 0)
    (first,) = desk.intake.watch()
    assert desk.left() == set()
    shutil.copy2(tmp_path / "copy", path)
    second: list[Arrival] = []
    until(lambda: second.extend(desk.intake.watch()) or second)
    assert [arrival.outcome for arrival in (first, *second)] == [Outcome.WAITING, Outcome.DUPLICATE]
    assert desk.left() == set()


def test_litter_is_listed_once_for_each_state_of_it(desk: Desk) -> None:
    path = desk.scanned(".state", b"1")
    assert [arrival.outcome for arrival in desk.look()] == [Outcome.IGNORED]
    assert desk.look() == []
    path.write_bytes(b"22")
    os.utime(path, ns=(5, 5))
    assert len(desk.look()) == 1
    assert desk.left() == {".state"}


def test_any_amount_of_litter_keeps_no_paper_from_its_turn(desk: Desk) -> None:
    for number in range(AT_ONCE * 3):
        desk.scanned(f".{number}", b"litter")
    desk.scanned("样本.txt", b"paper")
    desk.intake.use_folder(desk.scan, 0)
    until(lambda: desk.intake.watch() is not None and "样本.txt" in desk.outcomes())
    assert Counter(outcome for outcome, _ in desk.outcomes().values()) == {"ignored": AT_ONCE * 3, "waiting": 1}


def test_many_files_are_taken_in_turns(desk: Desk) -> None:
    for number in range(AT_ONCE * 2 + 3):
        desk.scanned(f"{number:02}.txt", b"%d" % number)
    desk.intake.use_folder(desk.scan, 0)
    assert len(desk.intake.watch()) == AT_ONCE
    until(lambda: desk.intake.watch() is not None and not desk.left())
    assert Counter(outcome for outcome, _ in desk.outcomes().values()) == {"waiting": AT_ONCE * 2 + 3}


def test_a_name_that_is_not_utf8(desk: Desk) -> None:
    path = os.path.join(os.fsencode(desk.scan), "样本文件".encode("gbk") + b".txt")
    try:
        with open(path, "wb") as file:
            file.write(b"paper")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    (arrival,) = desk.look()
    assert arrival.outcome is Outcome.WAITING
    assert arrival.name.endswith(".txt") and "\\x" in arrival.name
    assert custody.file_at(arrival.path) == Path(os.fsdecode(path))
    assert not os.path.exists(path)
    assert desk.look() == []
    assert [event.type for event in desk.archive.queries.events()].count("release_source") == 1


def test_a_place_leads_back_to_its_file(tmp_path: Path) -> None:
    for name in ("样本 一.txt", "100%.txt", "file:", "a\\xff.txt", os.fsdecode(b"\xff\xfe%41.txt")):
        path = tmp_path / name
        text = custody.place(path)
        assert custody.file_at(text) == path
        text.encode()
    assert custody.place(Path("relative.txt")) == str(Path.cwd() / "relative.txt")


def test_nothing_is_taken_twice_by_two_looks_at_once(desk: Desk) -> None:
    desk.scanned("样本.txt", b"paper")
    desk.look()
    desk.scanned("样本.txt", b"paper two")
    desk.look()
    assert desk.archive.queries.counts().waiting == 2
    assert len(set(desk.archive.objects.names())) == 2


# -- named by a person


def test_a_file_named_by_a_person_stays_where_it_is(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "样本.txt"
    path.write_bytes(b"paper")
    first, second = desk.intake.take(path), desk.intake.take(path)
    assert (first.outcome, second.outcome) == (Outcome.WAITING, Outcome.DUPLICATE)
    assert desk.look() == []
    assert path.read_bytes() == b"paper"
    hidden = tmp_path / ".hidden"
    hidden.write_bytes(b"x")
    assert [desk.intake.take(hidden).outcome for _ in range(2)] == [Outcome.IGNORED] * 2
    os.mkfifo(tmp_path / "pipe")
    for nothing in (tmp_path / "absent", tmp_path, tmp_path / "pipe"):
        with pytest.raises(FileUnreadable):
            desk.intake.take(nothing)


def test_what_is_too_large_is_listed_and_stays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custody, "LARGEST_BYTES", 10)
    path = desk.scanned("large.txt", b"x" * 11)
    (arrival,) = desk.look()
    assert (arrival.outcome, arrival.reason, arrival.object_id) == (Outcome.IGNORED, "too_large", None)
    assert desk.intake.take(path).reason == "too_large"
    assert desk.left() == {"large.txt"}


# -- the source goes last


def test_the_source_stays_until_its_copy_is_proved(desk: Desk, tmp_path: Path) -> None:
    """The sealed copy is damaged after it was proved, before the source goes; and the disk cannot write a new one."""
    path = desk.scanned("样本.txt", b"paper")
    token = custody.seal(desk.archive.spool, path, keep_source=False)
    arrival = custody.take_in(desk.archive, token)
    assert arrival is not None and arrival.object_id is not None
    name = desk.archive.queries.object(arrival.object_id).name
    sealed = desk.archive.objects.path(name)
    whole = sealed.read_bytes()
    sealed.unlink()
    sealed.mkdir()  # nothing can be written in its place
    (row,) = desk.archive.queries.sources_present()
    with pytest.raises((DamagedFile, FileUnreadable, OSError)):
        custody.release(desk.archive, *row)
    assert path.read_bytes() == b"paper"
    assert desk.archive.queries.sources_present() == [row]
    sealed.rmdir()
    sealed.write_bytes(whole[:-1])
    assert custody.release(desk.archive, *row), "the copy is renewed from the source, proved, and then the source goes"
    assert desk.archive.objects.get(name) == b"paper"
    assert not path.exists()


def test_a_source_that_changed_after_sealing_stays_and_is_another_paper(desk: Desk) -> None:
    path = desk.scanned("样本.txt", b"paper")
    arrival = custody.take_in(desk.archive, custody.seal(desk.archive.spool, path, keep_source=False))
    assert arrival is not None
    path.write_bytes(b"another page came")
    os.utime(path, ns=(7, 7))
    (row,) = desk.archive.queries.sources_present()
    assert custody.release(desk.archive, *row)
    assert path.read_bytes() == b"another page came"
    (second,) = desk.look()
    assert (second.outcome, second.sha256) == (Outcome.WAITING, sha256(b"another page came"))
    assert not path.exists()


def test_a_file_that_changes_while_it_is_read_is_left_for_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.scanned("样本.txt", b"paper")
    real = os.fstat
    calls = []

    def late(descriptor: int) -> os.stat_result:
        calls.append(1)
        if len(calls) == 2:
            path.write_bytes(b"paper and more")
        return real(descriptor)

    monkeypatch.setattr(os, "fstat", late)
    with pytest.raises(Changing):
        custody.seal(desk.archive.spool, path, keep_source=False)
    monkeypatch.undo()
    assert desk.archive.spool.count() == 0
    assert [arrival.sha256 for arrival in desk.look()] == [sha256(b"paper and more")]


def test_a_source_gone_by_itself_is_no_fault(desk: Desk) -> None:
    path = desk.scanned("样本.txt", b"paper")
    custody.take_in(desk.archive, custody.seal(desk.archive.spool, path, keep_source=False))
    path.unlink()
    assert desk.look() == []
    assert desk.archive.queries.sources_present() == []


def test_a_damaged_copy_of_a_known_paper_is_healed_when_it_comes_again(desk: Desk) -> None:
    desk.scanned("one.txt", b"paper")
    (first,) = desk.look()
    assert first.object_id is not None
    name = desk.archive.queries.object(first.object_id).name
    desk.archive.objects.path(name).write_bytes(b"rot")
    desk.scanned("two.txt", b"paper")
    (second,) = desk.look()
    assert second.outcome is Outcome.DUPLICATE
    assert desk.archive.objects.get(name) == b"paper"


# -- reading


def test_an_original_found_damaged_is_set_aside_not_lost(desk: Desk) -> None:
    desk.scanned("样本.txt", b"paper")
    (arrival,) = desk.look()
    assert arrival.object_id is not None
    desk.archive.objects.path(desk.archive.queries.object(arrival.object_id).name).write_bytes(b"rot")
    assert desk.intake.read_due() == 1
    again = desk.archive.queries.arrival(arrival.id)
    assert (again.outcome, again.reason, again.reading) == (
        Outcome.QUARANTINED, "original_damaged", ReadingState.FAILED,
    )  # fmt: skip
    assert desk.intake.read_due() == 0


def test_reading_stops_when_it_is_asked_to_and_goes_on_later(desk: Desk) -> None:
    for number in range(3):
        desk.scanned(f"{number}.txt", b"paper %d" % number)
    desk.look()
    assert desk.intake.read_due(lambda: True) == 0
    assert desk.archive.queries.counts().reading_due == 3
    assert desk.intake.read_due() == 3


def test_a_person_sets_a_paper_aside_once(desk: Desk) -> None:
    desk.scanned("样本.txt", b"paper")
    (arrival,) = desk.look()
    desk.intake.quarantine(arrival.id, "set_aside")
    for absent in (arrival.id, 999):
        with pytest.raises(NoSuchRecord):
            desk.intake.quarantine(absent, "set_aside")
    assert desk.intake.read_due() == 0
    assert desk.outcomes() == {"样本.txt": ("quarantined", "set_aside")}


# -- locked


def locked(desk: Desk) -> LockedIntake:
    station = StationFile.load(desk.folder)
    return LockedIntake(desk.scan, Spool(desk.folder / "spool", Seal(station.recipient)), 0)


def test_scanning_goes_on_while_the_archive_is_locked(desk: Desk) -> None:
    desk.leave()
    desk.scanned("一.txt", "样本秘密词语".encode())
    desk.scanned("二.txt", "样本秘密词语".encode())
    desk.scanned(".litter", b"x")
    scanning = locked(desk)
    assert scanning.watch() == 2
    assert desk.left() == {".litter"}
    scanning.stop()
    for path in (desk.folder / "spool").iterdir():
        assert "样本".encode() not in path.read_bytes() and "一" not in path.name
    desk.reopen_from_closed()
    desk.sit_down()
    desk.look()
    assert desk.outcomes() == {
        "一.txt": ("waiting", ""),
        "二.txt": ("duplicate", "same_content"),
        ".litter": ("ignored", "hidden_file"),
    }
    assert desk.archive.spool.count() == 0
    assert desk.archive.queries.sources_present() == []


def test_sealed_twice_by_a_cut_it_is_one_arrival(desk: Desk) -> None:
    path = desk.scanned("样本.txt", b"paper")
    for _ in range(3):
        custody.seal(desk.archive.spool, path, keep_source=False)
    assert len(desk.look()) == 1
    assert desk.archive.queries.counts().waiting == 1
    assert desk.archive.queries.counts().duplicate == 0
    assert desk.left() == set()


def test_a_damaged_spool_entry_stops_no_other_and_is_named(desk: Desk) -> None:
    bad = desk.archive.spool.put(desk.custody(b"bad"), b"bad")
    desk.archive.spool.put(desk.custody(b"good", "good.txt"), b"good")
    spooled = desk.folder / "spool" / f"{bad}.age"
    spooled.write_bytes(spooled.read_bytes()[:-1])
    assert [arrival.name for arrival in desk.look()] == ["good.txt"]
    assert [(f.object, f.detail) for f in desk.archive.verify() if not f.ok] == [(bad, "damaged")]


def test_a_spool_entry_taken_in_but_not_discarded_is_not_taken_again(desk: Desk) -> None:
    token = desk.archive.spool.put(desk.custody(b"paper"), b"paper")
    kept = (desk.folder / "spool" / f"{token}.age").read_bytes()
    assert len(desk.look()) == 1
    (desk.folder / "spool" / f"{token}.age").write_bytes(kept)
    assert desk.look() == []
    assert desk.archive.spool.count() == 0
    assert desk.archive.queries.counts().waiting == 1


def test_a_folder_that_is_not_there_and_comes_later(desk: Desk) -> None:
    desk.scan.rmdir()
    assert desk.look() == []
    desk.scan.mkdir()
    desk.scanned("样本.txt", b"paper")
    until(lambda: desk.intake.watch())
    desk.intake.use_folder(None, 0)
    desk.scanned("样本.txt", b"paper two")
    assert desk.intake.watch() == []


@pytest.mark.parametrize("place", ["..", "../archive", "../archive/objects", "../link"])
def test_the_archive_itself_is_never_taken_for_papers(desk: Desk, place: str) -> None:
    desk.scanned("样本.txt", b"paper")
    desk.look()
    (desk.scan.parent / "link").symlink_to(desk.folder)
    desk.archive.spool.put(desk.custody(b"waiting", "waiting.txt"), b"waiting")
    before = {path for path in desk.folder.rglob("*") if path.suffix in (".age", ".json", ".db")}
    desk.intake.use_folder(desk.scan / place, 0)
    assert {arrival.name for arrival in desk.intake.watch()} <= {"waiting.txt"}
    gone = before - set(desk.folder.rglob("*"))
    assert {path.parent.name for path in gone} == {"spool"}
    assert all(finding.ok for finding in desk.archive.verify())


def test_filing_goes_on_while_papers_come_in(desk: Desk) -> None:
    for number in range(12):
        desk.scanned(f"{number}.txt", b"paper %d" % number)
    desk.intake.use_folder(desk.scan, 0)
    arrivals = [desk.receive(b"ready %d" % number) for number in range(12)]
    filing = threading.Thread(target=lambda: [desk.file(arrival) for arrival in arrivals])
    filing.start()
    until(lambda: desk.intake.watch() is not None and not desk.left())
    filing.join()
    counts = desk.archive.queries.counts()
    assert (counts.filed, counts.waiting) == (12, 12)
    assert [item.item_no for item in desk.archive.queries.items()] == list(range(1, 13))


# -- killed anywhere

PAPERS = {"一.txt": b"sample paper one", "二.txt": b"sample paper two", "三.txt": b"sample paper one"}


def _open(folder: Path) -> Archive:
    return Archive.open_with_recovery(folder / "archive", (folder / "recovery").read_text())


def take_three(folder: Path) -> None:
    """The scenario of the cuts: three files, two of them the same, from the scan folder into the archive."""
    archive = _open(folder)
    intake = Intake(archive, Readers(ocr=False))
    intake.use_folder(folder / "scan", 0)
    intake.watch()
    intake.stop()
    archive.close()


def take_the_rest(folder: Path) -> None:
    """After a cut: a fresh process finishes, and everything is there exactly once."""
    archive = _open(folder)
    intake = Intake(archive, Readers(ocr=False))
    for _ in range(2):
        intake.use_folder(folder / "scan", 0)
        intake.watch()
    intake.stop()
    _nothing_lost(folder, archive)
    archive.close()


def take_three_locked(folder: Path) -> None:
    station = StationFile.load(folder / "archive")
    scanning = LockedIntake(folder / "scan", Spool(folder / "archive" / "spool", Seal(station.recipient)), 0)
    scanning.watch()
    scanning.stop()


def _nothing_lost(folder: Path, archive: Archive) -> None:
    arrivals = archive.queries.arrivals(limit=-1)
    assert sorted(arrival.name for arrival in arrivals) == sorted(PAPERS), arrivals
    assert Counter(arrival.outcome for arrival in arrivals) == {Outcome.WAITING: 2, Outcome.DUPLICATE: 1}
    for arrival in arrivals:
        assert arrival.sha256 == sha256(PAPERS[arrival.name])
        assert arrival.object_id is not None
        assert archive.objects.get(archive.queries.object(arrival.object_id).name) == PAPERS[arrival.name]
    kept = {archive.queries.object_of(sha256(data)) for data in PAPERS.values()}
    assert sorted(one.name for one in kept if one) == list(archive.queries.object_names())
    assert list((folder / "scan").iterdir()) == []
    assert archive.queries.sources_present() == []
    assert archive.spool.count() == 0
    events = Counter(event.type for event in archive.queries.events())
    assert (events["receive"], events["recognise_duplicate"], events["release_source"]) == (2, 1, 3)
    findings = list(archive.verify())
    assert all(finding.ok for finding in findings), findings
    assert not [finding for finding in findings if finding.detail == "stray"]
    assert not list((folder / "archive").rglob("*.unfinished"))


@pytest.mark.parametrize(("scenario", "most"), [("take_three", 24), ("take_three_locked", 12)])
def test_killed_anywhere_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path, scenario: str, most: int) -> None:
    start = tmp_path / "start"
    house = House(start)
    house.archive.close()
    (start / "recovery").write_text(house.recovery_key)
    for name, data in PAPERS.items():
        (start / "scan" / name).write_bytes(data)
    sweep = Sweep(f"tests.test_intake:{scenario}", "tests.test_intake:take_the_rest", most)
    assert sweep.run(start) >= min(most, 12)
