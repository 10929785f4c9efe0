"""tests/test_cuts.py — the whole path, killed at every change of the disk, still arrives, with nothing twice.

Scan folder, seal, read, file, index, register, package, stick, headquarters, receipt: one process plays all of it and is
ended by SIGKILL before or after a rename, unlink, fsync or COMMIT; a fresh one plays it again and must find each paper
filed once, found, numbered without a gap, and delivered once by a receipt that verifies.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from app import filing, reports
from app.intake import Intake
from app.reading import Readers
from app.reports.item_register import RegisterWishes
from storage.archive import Archive
from storage.files import discard_unfinished, write_whole
from storage.records import Delivery, Outcome, PackageState
from sync import headquarters
from sync.exchange import Exchange
from tests.cuts import Sweep
from tests.stations import CHIEF, House

TODAY = date(2026, 11, 22)
PAPERS = {
    "通知.txt": "样公〔2026〕1号\n关于核对门牌的通知\n各警务室：\n请于月底前核对辖区门牌。\n样本派出所\n二〇二六年三月五日\n",
    "请示.txt": "样公〔2026〕2号\n关于修缮档案室的请示\n墙面返潮，拟加装除湿机。\n样本派出所\n二〇二六年四月六日\n",
    "通知（副本）.txt": "样公〔2026〕1号\n关于核对门牌的通知\n各警务室：\n请于月底前核对辖区门牌。\n样本派出所\n二〇二六年三月五日\n",
}
WORDS = ("核对辖区门牌", "加装除湿机")

pytestmark = pytest.mark.timeout(1800)


def whole_path(folder: Path) -> None:
    """Does whatever is still to be done; a second time it does nothing twice."""
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
        register = reports.render("item_register", archive.queries, RegisterWishes(prepared_on="2026-11-22"))
        discard_unfinished(folder / "register.pdf")
        write_whole(folder / "register.pdf", register)
        for _there_and_back in range(2):
            Exchange(archive, CHIEF).round(folder / "stick")
            headquarters.receive(folder / "headquarters", folder / "stick")
    finally:
        intake.stop()
        readers.close()
        archive.close()


def arrived(folder: Path) -> None:
    """Plays the rest, then asserts what must be true."""
    whole_path(folder)
    archive = Archive.open_with_recovery(folder / "archive", (folder / "recovery").read_text())
    try:
        assert not list((folder / "scan").iterdir())
        outcomes = Counter(arrival.outcome for arrival in archive.queries.arrivals())
        assert outcomes == {Outcome.FILED: 2, Outcome.DUPLICATE: 1}, outcomes
        items = archive.queries.items()
        assert sorted(item.item_no for item in items) == [1, 2]
        assert sorted(item.document_no for item in items) == ["样公〔2026〕1号", "样公〔2026〕2号"]
        assert all(item.delivery is Delivery.DELIVERED for item in items), items
        for words in WORDS:
            assert archive.index.search(f'"{words}"').total == 1
        assert [finding for finding in archive.verify() if not finding.ok] == []
        states = {package.state for package in archive.queries.packages()}
        assert states == {PackageState.DELIVERED}, states
        assert len(archive.queries.receipts()) == len(archive.queries.packages())
        status = headquarters.status(folder / "headquarters")
        (station,) = status["stations"]  # type: ignore[misc]
        assert (station["accepted"], station["returned"]) == (2, 0), station
        assert station["packages"] == len(archive.queries.packages()), station
        assert status["alarms"] == []
        leftovers = [file.name for file in folder.rglob("*.unfinished")]
        assert leftovers == [], leftovers
    finally:
        archive.close()


def test_the_whole_path_arrives_after_a_kill_at_any_point(tmp_path: Path) -> None:
    start = tmp_path / "start"
    house = House(start)
    (start / "recovery").write_text(house.recovery_key)
    headquarters.create(start / "headquarters", "样本档案室", "https://127.0.0.1")
    enrolment = start / "enrolment.json"
    enrolment.write_bytes(headquarters.enrol(start / "headquarters", house.folder / "station.json"))
    Exchange(house.archive, CHIEF).enrol(enrolment)
    house.archive.close()
    (start / "stick").mkdir()
    for name, text in PAPERS.items():
        (start / "scan" / name).write_text(text, "utf-8")
    tried = Sweep("tests.test_cuts:whole_path", "tests.test_cuts:arrived", 30).run(start)
    assert tried >= 30
