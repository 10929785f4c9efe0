"""tests/test_faults.py — a disk that is full, read-only or failing, under intake, filing and indexing: nothing is lost."""

from __future__ import annotations

import errno
import os
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from app import filing
from app.intake import Intake
from app.reading import Readers
from app.settings import Settings
from storage.archive import Archive
from storage.records import Outcome
from tests.faults import Fault, Faults, live
from tests.stations import CHIEF, House

TODAY = date(2026, 11, 22)
PAPERS = {
    "通知.txt": "样公〔2026〕1号\n关于核对门牌的通知\n各警务室：\n请于月底前核对辖区门牌。\n样本派出所\n二〇二六年三月五日\n",
    "请示.txt": "样公〔2026〕2号\n关于修缮档案室的请示\n墙面返潮，拟加装除湿机。\n样本派出所\n二〇二六年四月六日\n",
}
#: What a person is told.
TOLD = {errno.ENOSPC: "DiskFull", errno.EROFS: "ReadOnly", errno.EIO: "DiskFails"}
WORDS = ("核对辖区门牌", "加装除湿机")

pytestmark = pytest.mark.timeout(3600)


def work(folder: Path) -> None:
    """Takes in, reads, files and indexes whatever is still to be done."""
    archive = Archive.open_with_recovery(folder / "archive", (folder / "recovery").read_text())
    readers = Readers(ocr=False)
    intake = Intake(archive, readers, CHIEF)
    try:
        intake.use_folder(folder / "scan", 0)
        intake.watch()
        intake.read_due()
        for arrival in archive.queries.inbox():
            assert arrival.suggestion is not None
            filing.file(archive, CHIEF, arrival.id, filing.complete(arrival.suggestion, arrival.name, TODAY), TODAY)
        archive.index.catch_up()
    finally:
        intake.stop()
        readers.close()
        archive.close()


def done(folder: Path) -> None:
    """Plays the rest on a disk that is well again, then asserts what must be true."""
    work(folder)
    archive = Archive.open_with_recovery(folder / "archive", (folder / "recovery").read_text())
    try:
        assert not list((folder / "scan").iterdir())
        outcomes = Counter(arrival.outcome for arrival in archive.queries.arrivals())
        assert outcomes == {Outcome.FILED: len(PAPERS)}, outcomes
        assert sorted(item.item_no for item in archive.queries.items()) == [1, 2]
        for words in WORDS:
            assert archive.index.search(f'"{words}"').total == 1
        assert [finding for finding in archive.verify() if not finding.ok] == []
        assert archive.queries.head()[0] == len(archive.queries.events())
        assert [file.name for file in folder.rglob("*.unfinished")] == []
    finally:
        archive.close()


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults") / "start"
    house = House(folder)
    (folder / "recovery").write_text(house.recovery_key)
    house.archive.close()
    for name, text in PAPERS.items():
        (folder / "scan" / name).write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EIO], ids=errno.errorcode.get)
def test_a_disk_that_fails_from_one_change_on_loses_nothing(start: Path, error: int) -> None:
    told = frozenset({TOLD[error]})
    most = 4 if error == errno.ENOSPC else 2
    ends = Faults("tests.test_faults:work", "tests.test_faults:done", error, below="archive", most=most, allowed=told).run(start)
    assert ends[TOLD[error]]


def test_a_scan_folder_that_cannot_be_written_to_keeps_its_papers_and_they_are_filed_once(start: Path) -> None:
    """Taken in and read; only the source stays where it is, until it can be removed."""
    ends = Faults("tests.test_faults:work", "tests.test_faults:done", errno.EROFS, below="scan", most=2).run(start)
    assert set(ends) <= {"", "ReadOnly"}


@pytest.mark.parametrize("error", TOLD, ids=errno.errorcode.get)
def test_settings_that_cannot_be_written_say_so_and_stay_as_they_were(tmp_path: Path, error: int) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.json").write_text('{"language": "en"}')
    ended = live("tests.test_faults:choose_language", tmp_path, Fault(1, error, below="config"))
    assert ended.known == TOLD[error] and not ended.trouble, ended
    assert (tmp_path / "config" / "settings.json").read_text() == '{"language": "en"}'


def choose_language(folder: Path) -> None:
    os.environ["ANJUAN_CONFIG"] = str(folder / "config")
    Settings().set("language", "zh")


def test_the_disk_does_fail(start: Path, tmp_path: Path) -> None:
    """Else the tests above would prove nothing."""
    shutil.copytree(start, tmp_path / "start")
    ended = live("tests.test_faults:work", tmp_path / "start", Fault(1, errno.ENOSPC, below="archive"))
    assert ended.known == "DiskFull" and ended.struck, ended
