"""tests/test_station_year.py — after a whole year every number is there once, and every list says what is there."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pytest

from app.lending import Lending
from storage.errors import NoSuchRecord
from storage.records import Kind
from storage.records.disposal import Obstacle
from storage.records.inspection import Verdict
from storage.records.lending import LoanState
from storage.records.volumes import VolumeFilter
from sync.headquarters.office import Office
from tests import station_year
from tests.station_year import TODAY, Year


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    patch = pytest.MonkeyPatch()
    made = station_year.play(station_year.found(tmp_path_factory.mktemp("year"), patch, 20260101))
    yield made
    made.station.stop()
    patch.undo()


def rows(year: Year, sql: str) -> list[Any]:
    """Past every door: what really stands in the tables, sealed and destroyed records too."""
    return year.station.archive.database.reader().rows(sql)


def text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def test_the_year_is_as_large_as_a_stations(year: Year) -> None:
    assert rows(year, "SELECT count(*) FROM item")[0][0] >= 600
    assert rows(year, "SELECT count(*) FROM volume")[0][0] >= 80
    assert len({kind for (kind,) in rows(year, "SELECT DISTINCT type FROM event")}) >= 40


def test_no_number_is_missing_and_none_is_there_twice(year: Year) -> None:
    numbers: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for *series, number in rows(
        year, "SELECT category, year, retention, office, item_no FROM item WHERE volume_id IS NULL AND item_no > 0"
    ):
        numbers["item", "|".join(map(str, series))].append(number)
    for scope, number in rows(year, "SELECT scope, number FROM former_code WHERE kind = 'item'"):
        numbers["item", scope.split("|", 1)[1]].append(number)
    for volume, number in rows(year, "SELECT volume_id, item_no FROM item WHERE volume_id IS NOT NULL AND item_no > 0"):
        numbers["in volume", volume].append(number)
    for *series, number in rows(year, "SELECT category, year, retention, office, catalogue_no, volume_no FROM volume"):
        numbers["volume", "|".join(map(str, series))].append(number)
    wrong = {scope: sorted(found) for scope, found in numbers.items() if sorted(found) != list(range(1, len(found) + 1))}
    assert wrong == {}
    codes = [code for table in ("item", "volume", "former_code") for (code,) in rows(year, f"SELECT reference_code FROM {table}")]
    assert [code for code, times in Counter(codes).items() if times > 1] == []


def test_every_volume_is_in_order(year: Year) -> None:
    pages: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
    for volume, *place in rows(
        year,
        "SELECT volume_id, position, item_no, page_from, page_to FROM item WHERE volume_id IS NOT NULL"
        " AND state = 'filed' ORDER BY position",
    ):
        pages[volume].append(tuple(place))
    assert len(pages) >= 78
    for places in pages.values():
        last = 0
        for number, (position, item_no, first, end) in enumerate(places, 1):
            assert (position, item_no, first) == (number, number, last + 1)
            last = end
        assert last <= 200


def test_the_registers_agree_with_what_is_there(year: Year) -> None:
    station = year.station
    register = text(station.report("item_register", {}))
    flat = re.sub(r"\s", "", register)
    singles = station.items()
    assert len(singles) > 250
    # A code may be the beginning of a longer one; here all have four digits at the end.
    shown = Counter(re.findall(r"Z900-[A-Z·]+·?\d{4}-(?:Y|D\d\d)(?:-[A-Z]{2,4})?-\d{4}(?!\d)", flat))
    assert {code for code, _times in shown.items()} == {item.reference_code for item in singles}
    assert set(shown.values()) == {1}
    volumes = station.volumes.volumes(VolumeFilter())
    listed = re.sub(r"\s", "", text(station.report("volume_register", {})))
    for volume in volumes:
        assert volume.reference_code in listed
        assert volume.item_count == len(station.volumes.items(volume.id))
    contents = text(station.report("volume_contents", {"volume_id": volumes[0].id}))
    for item in station.volumes.items(volumes[0].id):
        assert item.title[:4] in re.sub(r"\s", "", contents)


def test_what_was_sealed_is_nowhere(year: Year) -> None:
    station = year.station
    sealed = rows(year, "SELECT reference_code, id FROM item WHERE sealed = 1")
    assert len(sealed) >= 10 + 1
    register = re.sub(r"\s", "", text(station.report("item_register", {})) + text(station.report("volume_register", {})))
    for code, id in sealed:
        assert code not in register
        with pytest.raises(NoSuchRecord):
            station.item(id)
        with pytest.raises(NoSuchRecord):
            station.item_by_code(code)
    for word in year.sealed_words:
        assert station.search(word).total == 0
        assert word not in register
    assert len(year.consulted) == 4 and all(year.sealed_words[0] in title for title in year.consulted)


def test_what_was_destroyed_is_a_line_in_the_register_and_nothing_else(year: Year) -> None:
    station = year.station
    assert year.outcome is not None and year.outcome.destroyed == 14
    assert dict(year.outcome.kept) == {
        year.kept_old["held"]: Obstacle.HELD,
        year.kept_old["lent"]: Obstacle.LENT,
        year.kept_old["corrected"]: Obstacle.UNDELIVERED,
    }
    for name in ("held", "lent", "corrected", "extended"):
        assert station.item(year.kept_old[name].id).title
    for word in year.destroyed_words:
        assert station.search(word).total == 0
    assert len(station.disposal.destroyed()) == 14
    (kept,) = rows(year, "SELECT count(*) FROM item WHERE state = 'destroyed' AND title <> ''")[0]
    assert kept == 0
    (pages,) = rows(
        year, "SELECT count(*) FROM document JOIN item ON item.id = document.item_id WHERE item.state = 'destroyed'"
    )[0]
    assert pages == 0


def test_what_is_lent_is_lent_once(year: Year) -> None:
    desk = Lending(year.station.archive, year.station.agent)
    out = desk.loans(LoanState.OUT)
    subjects = [line.subject for loan in out for line in loan.subjects if line.out]
    assert len(subjects) == len(set(subjects)) == 6
    assert len(desk.loans(LoanState.RETURNED)) == 15
    assert desk.overdue(TODAY) == []
    assert {subject.kind for subject in subjects} == {Kind.VOLUME, Kind.ITEM}


def test_headquarters_holds_what_the_station_holds(year: Year) -> None:
    ours = dict(rows(year, "SELECT uuid, reference_code FROM item WHERE reference_code <> ''"))
    office = Office(year.office)
    try:
        status = office.status()
    finally:
        office.close()
    (station,) = status["stations"]  # type: ignore[index, misc]
    states = Counter(
        "sealed" if sealed else state
        for state, sealed in rows(year, "SELECT state, sealed FROM item WHERE reference_code <> ''")
    )
    assert {name: station[name] for name in ("accepted", "returned", "sealed", "destroyed")} == {
        "accepted": states["filed"], "returned": 0, "sealed": states["sealed"], "destroyed": states["destroyed"],
    }  # fmt: skip
    assert sum(states.values()) == len(ours)
    waiting = rows(year, "SELECT reference_code, delivery FROM item WHERE reference_code <> '' AND delivery <> 'delivered'")
    assert waiting == []


def test_the_journal_and_every_file_verify(year: Year) -> None:
    assert [finding for finding in year.station.verify() if not finding.ok] == []


def test_inspection_finds_nothing_but_cases_that_lack_papers(year: Year) -> None:
    lacking: set[str] = {"GD2-9"}
    for phase, expected in (("GD", lacking), ("YJ", lacking), ("CQ", set())):
        run = year.station.inspection.run(phase)
        assert {finding.fault.code for finding in year.station.inspection.findings(run.id)} <= expected, phase
        assert run.result is not Verdict.FAILED


def test_search_finds_what_may_be_found(year: Year) -> None:
    station = year.station
    assert station.unsearchable() == 0
    for item in station.items()[::25]:
        found = station.search(item.document_no or item.title, limit=1000)
        assert item.id in {hit.item_id for hit in found.hits}
