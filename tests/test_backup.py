"""tests/test_backup.py — a backup counts only after it was read back and compared; what was proved once is not lost again."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import backup, restore
from storage.archive import Archive
from storage.backup import BackupNotProved, BackupWithin, SheetOfFirstForm, prune, to_keep
from storage.generations import (
    MANIFEST,
    UNPROVED,
    BackupDamaged,
    BackupFolderFull,
    BackupFolderGone,
    BackupSet,
    NoBackup,
    name_of,
    time_of,
)
from storage.keys import KeySlots
from storage.records import PROGRAM
from storage.records.backup import BackupState
from tests.backups import PAPERS, backed_up, files_below, flip, papers, stick, the_set
from tests.cuts import Sweep
from tests.disposals import approved, carry_out, deliver
from tests.disposals import item as filed
from tests.faults import Faults
from tests.stations import ADMINISTRATOR, CHIEF, FONDS, House, needles, small_disk

__all__ = ["small_disk"]


@pytest.fixture
def house(tmp_path: Path):  # type: ignore[no-untyped-def]
    made = House(tmp_path / "station")
    papers(made)
    yield made
    made.archive.close()


def sound(archive: Archive, chosen: Path, recovery_key: str, scratch: Path) -> restore.Survey:
    """The newest generation, opened with the sheet: all its checks hold."""
    return restore.survey(chosen, recovery_key, scratch / "look")


# -- what a backup holds


def test_a_backup_is_proved_and_the_next_one_brings_only_what_is_new(house: House, tmp_path: Path) -> None:
    chosen = stick(tmp_path)
    first = backed_up(house.archive, chosen)
    assert (first.files, first.copied, first.damaged) == (6, 6, 0)  # an original and a page picture each
    before = files_below(chosen)
    papers(house, "第四份样本")
    second = backed_up(house.archive, chosen)
    assert (second.files, second.copied) == (8, 2)
    after = files_below(chosen)
    assert {name for name in after.keys() - before.keys() if "/sealed/" in name} == {
        name for name in after if "/sealed/" in name
    } - before.keys()
    assert len([name for name in after.keys() - before.keys() if "/sealed/" in name]) == 2
    assert all(after[name] == data for name, data in before.items())
    third = backed_up(house.archive, chosen)
    assert (third.files, third.copied) == (8, 0)


def test_the_archive_remembers_its_backups_and_the_event_anchors_the_journal(house: House, tmp_path: Path) -> None:
    chosen = stick(tmp_path)
    head = house.archive.queries.head()
    made = backed_up(house.archive, chosen)
    (row,) = house.archive.queries.backups()
    assert (row.generation, row.state, row.files) == (made.generation, BackupState.PROVED, 6)
    assert (row.head_seq, row.head_hash, row.epoch) == (*head, house.archive.epoch)
    assert house.archive.queries.last_proved_backup() == row
    manifest = the_set(house.archive, chosen).manifest(made.generation)
    assert (manifest.head_seq, manifest.head_hash) == head
    event = house.archive.queries.events(head[0])[-1]
    assert (event.type, event.detail["head_seq"], event.detail["head_hash"]) == ("back_up", *head)
    assert str(chosen) not in str(event)


def test_a_byte_search_of_the_backup_finds_no_word(house: House, tmp_path: Path) -> None:
    chosen = stick(tmp_path)
    house.archive.spool.put(house.custody("待收样本正文".encode()), "待收样本正文".encode())
    backed_up(house.archive, chosen)
    words = [*PAPERS, "待收样本正文", ADMINISTRATOR, FONDS.number + "-WS", "SQLite format 3"]
    sought = needles(words, [])
    assert len(sought) > len(words)
    for name, data in files_below(chosen).items():
        assert not [needle for needle in sought if needle in data], name
    assert not [name for name in files_below(chosen) if "index.db" in name]


def test_what_waits_in_the_spool_comes_along(house: House, tmp_path: Path) -> None:
    data = "待收样本".encode()
    house.archive.spool.put(house.custody(data), data)
    made = backed_up(house.archive, stick(tmp_path))
    assert made.files == 7


def test_a_backup_made_while_people_work_is_one_moment(house: House, tmp_path: Path) -> None:
    chosen, over, begun = stick(tmp_path), threading.Event(), threading.Event()
    troubles: list[BaseException] = []

    def work() -> None:
        try:
            number = 0
            while not over.is_set():
                papers(house, f"边备份边归档的样本{number}")
                number += 1
                if number == 3:
                    begun.set()
        except BaseException as error:
            troubles.append(error)

    clerk = threading.Thread(target=work)
    clerk.start()
    begun.wait()
    try:
        for _again in range(3):
            made = backed_up(house.archive, chosen)
            assert made.damaged == 0
    finally:
        over.set()
        clerk.join()
    assert not troubles
    found = sound(house.archive, chosen, house.recovery_key, tmp_path)
    assert found.files == made.files


def test_what_is_destroyed_under_its_hands_leaves_a_backup_of_a_later_moment(house: House, tmp_path: Path) -> None:
    goes = filed(house, "将要销毁的样本".encode(), title="将要销毁的样本")
    deliver(house.archive, goes)
    batch, done = approved(house, [goes]), []

    def step(number: int, _total: int, note: str) -> None:
        if note == "copy" and not done:
            done.append(carry_out(house, batch, 1))

    made = backed_up(house.archive, stick(tmp_path), step)
    assert done and (made.files, made.damaged) == (6, 0)


# -- the proof


CORE = ["archive.db", "contents", "keys.json", UNPROVED]


@pytest.mark.parametrize("which", [*CORE, "original", "picture"])
def test_one_wrong_byte_anywhere_and_the_backup_does_not_count(house: House, tmp_path: Path, which: str) -> None:
    chosen = stick(tmp_path)
    first = backed_up(house.archive, chosen)
    papers(house, "新的样本")
    backups, flipped = the_set(house.archive, chosen), []
    known = {path.name for path in backups.folder.rglob("*.age")}

    def lie(_done: int, _total: int, note: str) -> None:
        if note == "prove" and not flipped:
            (folder,) = (one for one in (backups.folder / "generations").iterdir() if not (one / MANIFEST).exists())
            fresh = sorted(path for path in backups.folder.rglob("*.age") if path.name not in known)
            flipped.append(folder / which if which in CORE else fresh[which == "picture"])
            flip(flipped[0])

    with pytest.raises(BackupNotProved):
        backed_up(house.archive, chosen, lie)
    assert flipped and backups.names() == [first.generation]
    assert house.archive.queries.backups()[0].state is BackupState.FAILED
    assert house.archive.queries.backups()[0].reason == "backup_not_proved"
    assert house.archive.queries.last_proved_backup().generation == first.generation  # type: ignore[union-attr]
    again = backed_up(house.archive, chosen)  # the damaged file is brought again
    assert again.damaged == 0 and len(backups.names()) == 2
    assert not (house.folder / backup.SCRATCH).exists()


def test_an_old_file_that_rotted_on_the_stick_is_found_and_brought_again(house: House, tmp_path: Path) -> None:
    chosen = stick(tmp_path)
    backed_up(house.archive, chosen)
    flip(sorted(chosen.rglob("*.age"))[0])
    with pytest.raises(BackupNotProved) as caught:
        backed_up(house.archive, chosen)
    assert caught.value.facts == {"reason": "sealed", "count": 1}
    assert backed_up(house.archive, chosen).copied == 1


def test_an_original_damaged_in_the_archive_is_kept_as_it_was_before(house: House, tmp_path: Path) -> None:
    chosen, archive = stick(tmp_path), house.archive
    first = backed_up(archive, chosen)
    rotten, lost = list(archive.queries.object_names())[:2]
    flip(archive.objects.path(rotten))
    archive.objects.path(lost).unlink()
    second = backed_up(archive, chosen)
    assert (second.files, second.damaged, second.sound_again) == (first.files, 0, 2)
    fresh = house.file(house.receive("损坏后才备份的样本".encode()))
    (name,) = {archive.queries.object(id).name for id in archive.queries.item(fresh.id).object_ids}
    flip(archive.objects.path(name))
    third = backed_up(archive, chosen)
    assert (third.damaged, third.sound_again) == (1, 2)
    assert the_set(archive, chosen).manifest(third.generation).damaged == (f"objects/{name}",)


def test_a_spool_file_that_is_not_ours_does_not_stop_the_backup(house: House, tmp_path: Path) -> None:
    token = house.archive.spool.put(house.custody(b"x"), b"x")
    flip(house.archive.spool.folder / f"{token}.age")
    assert backed_up(house.archive, stick(tmp_path)).damaged == 1


# -- what stops a backup, and what it leaves


def test_a_sheet_of_the_first_form_must_be_renewed_first(house: House, tmp_path: Path) -> None:
    file = house.folder / "keys.json"
    slots = json.loads(file.read_bytes())
    for slot in slots["slots"]:
        if slot["kind"] == "recovery":
            slot["recipient"] = slot["master"] = ""
    file.write_text(json.dumps(slots))
    assert not KeySlots.load(house.folder).recovery_recipient
    with pytest.raises(SheetOfFirstForm):
        backed_up(house.archive, stick(tmp_path))
    assert house.archive.queries.backups()[0].reason == "sheet_of_first_form"


def test_backups_go_neither_into_the_archive_nor_into_nothing(house: House, tmp_path: Path) -> None:
    inside = house.folder / "objects" / "stick"
    inside.mkdir()
    for chosen in (house.folder, inside):
        with pytest.raises(BackupWithin):
            backed_up(house.archive, chosen)
    with pytest.raises(BackupFolderGone):
        backed_up(house.archive, tmp_path / "not plugged in")
    assert not (tmp_path / "not plugged in").exists()


def test_a_cancelled_backup_leaves_no_generation_and_no_scratch(house: House, tmp_path: Path) -> None:
    chosen = stick(tmp_path)
    for when in ("database", "copy", "prove"):
        def stop(_done: int, _total: int, note: str, when: str = when) -> None:
            if note == when:
                raise InterruptedError

        with pytest.raises(InterruptedError):
            backed_up(house.archive, chosen, stop)
        assert the_set(house.archive, chosen).names() == []
        assert not any((the_set(house.archive, chosen).folder / "generations").iterdir())
        assert not (house.folder / backup.SCRATCH).exists()
    assert backed_up(house.archive, chosen).files == 6


def test_what_a_cut_left_is_removed_by_the_next_one(house: House, tmp_path: Path) -> None:
    chosen = stick(tmp_path)
    made = backed_up(house.archive, chosen)
    backups = the_set(house.archive, chosen)
    shutil.copytree(backups.path(made.generation), backups.path("000007-20260101T000000.000Z"))
    (backups.path("000007-20260101T000000.000Z") / MANIFEST).unlink()
    (backups.folder / "sealed" / "x.unfinished").write_bytes(b"half")
    (house.folder / backup.SCRATCH).mkdir()
    (house.folder / backup.SCRATCH / "archive.db").write_bytes(b"old")
    backed_up(house.archive, chosen)
    assert len(backups.names()) == 2 and len(list((backups.folder / "generations").iterdir())) == 2
    assert not list(backups.folder.rglob("*.unfinished")) and not (house.folder / backup.SCRATCH).exists()


def test_a_full_stick_loses_nothing_and_the_next_try_works(house: House, small_disk: Path, tmp_path: Path) -> None:
    first = backed_up(house.archive, stick(tmp_path))
    (small_disk / "stick").mkdir()
    big = [house.file(house.receive(random.Random(seed).randbytes(200_000))) for seed in range(3)]
    with pytest.raises(BackupFolderFull):
        backed_up(house.archive, small_disk / "stick")
    assert house.archive.queries.backups()[0].reason == "backup_folder_full"
    assert the_set(house.archive, small_disk / "stick").names() == []
    again = backed_up(house.archive, stick(tmp_path))
    assert again.files == first.files + 2 * len(big)


# -- generations


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@settings(max_examples=200, deadline=None)
@given(st.lists(MOMENTS, max_size=120), MOMENTS)
def test_what_is_kept_is_enough_and_no_more(made: list[datetime], at: datetime) -> None:
    kept = to_keep(made, at)
    past = sorted({one for one in made if one <= at}, reverse=True)
    assert kept <= set(made)
    assert {one for one in made if one > at} <= kept  # nobody knows how old these are
    assert set(past[: backup.LATEST]) <= kept
    for count, period in (
        (backup.DAILY, lambda one: one.date()),
        (backup.WEEKLY, lambda one: one.isocalendar()[:2]),
        (backup.MONTHLY, lambda one: (one.year, one.month)),
    ):
        periods = list(dict.fromkeys(period(one) for one in past))[:count]
        for which in periods:
            assert max(one for one in past if period(one) == which) in kept
    most = backup.LATEST + backup.DAILY + backup.WEEKLY + backup.MONTHLY
    assert len([one for one in kept if one <= at]) <= most
    assert to_keep(kept, at) == kept  # doing it again removes nothing more


def test_two_years_of_daily_backups_keep_a_year_of_months() -> None:
    first, last = datetime(2024, 1, 1, 8, tzinfo=UTC), datetime(2026, 1, 1, 8, tzinfo=UTC)
    kept: set[datetime] = set()
    for day in range((last - first).days + 1):
        at = first + timedelta(days=day)
        kept = to_keep(kept | {at}, at)
    months = {(one.year, one.month) for one in kept}
    assert len(months) == backup.MONTHLY and last in kept
    # What was destroyed a year ago is in no backup any more.
    assert min(kept) > last - timedelta(days=366)


def aged(backups: BackupSet, archive: Archive, generation: str, days: int) -> str:
    """The same generation, made so many days earlier: its name says when."""
    name = name_of(int(generation[:6]), time_of(generation) - timedelta(days=days))
    os.rename(backups.path(generation), backups.path(name))
    manifest = json.loads((backups.path(name) / MANIFEST).read_bytes())["manifest"] | {"generation": name}
    (backups.path(name) / MANIFEST).unlink()
    from msgspec import convert

    from storage.generations import Manifest

    backups.write_manifest(convert(manifest, Manifest), archive.signing_key)
    backups.count(name)
    return name


def test_pruning_removes_what_no_kept_generation_lists(house: House, tmp_path: Path) -> None:
    chosen, archive = stick(tmp_path), house.archive
    goes = filed(house, "将要销毁的样本".encode(), title="将要销毁的样本")
    old = aged(the_set(archive, chosen), archive, backed_up(archive, chosen).generation, 900)
    deliver(archive, goes)
    carry_out(house, approved(house, [goes]), 1)
    for days in (40, 20, 10):
        aged(the_set(archive, chosen), archive, backed_up(archive, chosen).generation, days)
    backed_up(archive, chosen)
    backups = the_set(archive, chosen)
    assert old in backups.names()  # twelve months with a backup have not passed
    for month in range(13):
        aged(backups, archive, backed_up(archive, chosen).generation, 60 + 31 * month)
    last = backed_up(archive, chosen).generation
    before = len(list(backups.folder.rglob("*.age")))
    pruned = prune(archive, CHIEF, chosen)
    assert old in pruned.generations and pruned.files == 2
    assert len(list(backups.folder.rglob("*.age"))) == before - 2 == 6
    assert last in backups.names() and all(backups.contents(backups.manifest(name)) for name in backups.names())
    event = archive.queries.events(archive.queries.head()[0] - 1)[0]
    assert (event.type, event.detail["files"]) == ("prune_backup", 2)
    states = {row.generation: row.state for row in archive.queries.backups()}
    assert states[last] is BackupState.PROVED
    assert prune(archive, CHIEF, chosen).generations == ()


def test_a_clock_gone_wrong_removes_nothing_and_the_last_proved_stays(house: House, tmp_path: Path) -> None:
    chosen, archive = stick(tmp_path), house.archive
    made = [backed_up(archive, chosen).generation for _ in range(5)]
    assert prune(archive, CHIEF, chosen, datetime(2001, 1, 1, tzinfo=UTC)).generations == ()
    pruned = prune(archive, CHIEF, chosen, datetime(2099, 1, 1, tzinfo=UTC))
    assert set(pruned.generations) == set(made[:2])
    # The newest in order, though its clock says it is the oldest.
    last = aged(the_set(archive, chosen), archive, backed_up(archive, chosen).generation, 4000)
    prune(archive, CHIEF, chosen)
    assert last in the_set(archive, chosen).names()


def test_while_one_list_cannot_be_read_no_sealed_file_is_removed(house: House, tmp_path: Path) -> None:
    chosen = stick(tmp_path)
    first = backed_up(house.archive, chosen).generation
    backed_up(house.archive, chosen)
    flip(the_set(house.archive, chosen).path(first) / "contents")
    stray = the_set(house.archive, chosen).folder / "sealed" / "ab"
    stray.mkdir(exist_ok=True)
    (stray / f"ab{'0' * 62}.age").write_bytes(b"listed by the one that cannot be read, perhaps")
    assert prune(house.archive, CHIEF, chosen).files == 0
    with pytest.raises(BackupDamaged):
        the_set(house.archive, chosen).release()


def test_a_set_is_found_from_where_a_person_points(house: House, tmp_path: Path) -> None:
    chosen = stick(tmp_path)
    with pytest.raises(NoBackup):
        BackupSet.find(chosen)
    backed_up(house.archive, chosen)
    inside = the_set(house.archive, chosen).folder
    assert BackupSet.find(chosen).folder == BackupSet.find(inside).folder == inside
    with pytest.raises(BackupFolderGone):
        BackupSet.find(tmp_path / "absent")


# -- killed and broken at every point


def two_backups(folder: Path) -> None:
    """Does whatever is still to be done: a backup, a further paper, another backup, and the old ones go."""
    archive = Archive.open_with_recovery(folder / "archive", (folder / "recovery").read_text())
    try:
        backup.clear_scratch(archive.folder)
        backed_up(archive, folder / "stick")
        prune(archive, PROGRAM, folder / "stick", datetime(2099, 1, 1, tzinfo=UTC))
    finally:
        archive.close()


def all_sound(folder: Path) -> None:
    """Before and after another backup, every generation that counts opens with the sheet, down to its last file."""
    recovery_key = (folder / "recovery").read_text()
    _every_generation_opens(folder, recovery_key, least=1)
    two_backups(folder)
    assert not list((folder / "stick").rglob("*.unfinished")) and not (folder / "archive" / backup.SCRATCH).exists()
    _every_generation_opens(folder, recovery_key, least=2)
    archive = Archive.open_with_recovery(folder / "archive", recovery_key)
    try:
        assert [finding for finding in archive.verify() if not finding.ok and finding.check != "index"] == []
        assert archive.queries.last_proved_backup() is not None
    finally:
        archive.close()


def _every_generation_opens(folder: Path, recovery_key: str, least: int) -> None:
    backups = BackupSet.find(folder / "stick")
    assert len(backups.names()) >= least
    for name in backups.names():
        restore.survey(folder / "stick", recovery_key, folder / "look", name)
        for file in backups.contents(backups.manifest(name)):
            backups.fetch(file)


def start_of(tmp_path: Path) -> Path:
    """A house with one proved backup, one more paper, and enough generations that one of them must go."""
    start = tmp_path / "start"
    house = House(start)
    (start / "recovery").write_text(house.recovery_key)
    (start / "stick").mkdir()
    papers(house, "样本甲")
    for _ in range(backup.LATEST):
        backed_up(house.archive, start / "stick")
    papers(house, "样本乙")
    house.archive.close()
    return start


@pytest.mark.timeout(1800)
def test_killed_anywhere_no_proved_backup_is_lost(tmp_path: Path) -> None:
    tried = Sweep("tests.test_backup:two_backups", "tests.test_backup:all_sound", 5).run(start_of(tmp_path))
    assert tried >= 5


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("error", "below"), [(errno.ENOSPC, "stick"), (errno.EIO, "stick"), (errno.ENOSPC, "archive")])
def test_a_disk_that_fails_anywhere_costs_no_proved_backup(tmp_path: Path, error: int, below: str) -> None:
    ends = Faults("tests.test_backup:two_backups", "tests.test_backup:all_sound", error, below=below, most=2).run(
        start_of(tmp_path)
    )
    assert sum(ends.values()) >= 2


