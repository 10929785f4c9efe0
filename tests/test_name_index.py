"""tests/test_name_index.py — the search index follows what papers mention; headquarters and the digests of records do not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.volumes import Volumes
from storage import digests
from storage.changes import Changes
from storage.queries import Queries
from storage.records import Delivery, Kind, Subject
from storage.records.people import EntityDraft, EntityKind, Part
from storage.records.volumes import VolumeDraft
from tests.stations import CHIEF, House, draft

PERSON = EntityDraft(name="样本甲", alias="阿甲")
CAR = EntityDraft(EntityKind.VEHICLE, "苏A12345", plate="苏A12345")


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Founded once and closed; every test opens a copy."""
    house = House(tmp_path_factory.mktemp("founded"))
    house.archive.close()
    return house


@pytest.fixture
def house(founded: House, tmp_path: Path) -> Iterator[House]:
    mine = copy(founded)
    mine.folder = tmp_path / "archive"
    shutil.copytree(founded.folder, mine.folder)
    mine.reopen_from_closed()
    yield mine
    mine.archive.close()


def write(house: House, act: Callable[[Changes], object]) -> int:
    """Returns the number of the event."""
    with house.archive.write(CHIEF) as change:
        act(change)
        return change.events[-1].seq


def entity(house: House, wanted: EntityDraft, *subjects: Subject) -> int:
    with house.archive.write(CHIEF) as change:
        number = change.name_entity(wanted)
    for subject in subjects:
        with house.archive.write(CHIEF) as change:
            change.mention(number, subject, Part.CONCERNED)
    return number


def paper(house: House, text: str = "样本正文", **fields: object) -> Subject:
    return Subject(Kind.ITEM, house.file(house.receive(text.encode()), **fields).id)


def volume(house: House, papers: int = 2, **fields: object) -> tuple[Subject, list[Subject]]:
    """An open volume and what is in it."""
    volumes = Volumes(house.archive, CHIEF)
    values: dict[str, object] = {"title": "样本案卷", "category": "ZY·XZ", "year": 2026, "case_no": "样公(一)行罚〔2026〕7号"}
    made = volumes.open(VolumeDraft(**(values | fields)))  # type: ignore[arg-type]
    arrivals = [house.receive(f"卷内样本{made.id}-{number}".encode()) for number in range(papers)]
    inside = [volumes.file_into(arrival, draft(), made.id).id for arrival in arrivals]
    return Subject(Kind.VOLUME, made.id), [Subject(Kind.ITEM, id) for id in inside]


def news(house: House, after: int) -> set[int]:
    return {item_id for _bookmark, changes in [house.archive.queries.changed(after, 250)] for item_id, _entry in changes}


def names(house: House, subject: Subject) -> tuple[str, ...]:
    return house.archive.queries.entries([subject.id])[subject.id].names


def test_the_index_hears_of_every_change_of_what_a_paper_mentions(house: House) -> None:
    one, two, other = (paper(house, text) for text in "甲乙丙")
    queries = house.archive.queries

    def moved(act: Callable[[Changes], object]) -> set[int]:
        before = queries.changed(0, 250)[0]
        seq = write(house, act)
        assert queries.changed(before, 250)[0] in (before, seq)
        return news(house, before)

    number = entity(house, PERSON)
    assert moved(lambda change: change.mention(number, one, Part.WITNESS)) == {one.id}
    assert moved(lambda change: change.mention(number, two, Part.WITNESS)) == {two.id}
    assert names(house, one) == ("样本甲", "阿甲") == names(house, two) and names(house, other) == ()
    assert moved(lambda change: change.correct_entity(number, replace(PERSON, alias="老甲"))) == {one.id, two.id}
    assert names(house, one) == ("样本甲", "老甲")
    assert moved(lambda change: change.correct_entity(number, replace(PERSON, alias="老甲", phone="1"))) == set(), "not a name"
    twin = entity(house, EntityDraft(name="样本甲二"), other)
    assert moved(lambda change: change.merge_entities(number, twin)) == {one.id, two.id, other.id}
    assert names(house, other) == ("样本甲", "老甲")
    assert moved(lambda change: change.unmention(number, two, Part.WITNESS)) == {two.id}
    assert names(house, two) == ()


def test_what_a_volume_mentions_and_the_number_of_its_case_are_said_of_all_it_holds(house: House) -> None:
    whole, inside = volume(house)
    queries = house.archive.queries
    assert names(house, inside[0]) == ("样公(一)行罚〔2026〕7号",)
    before = queries.changed(0, 250)[0]
    entity(house, CAR, whole)
    assert news(house, before) == {subject.id for subject in inside}
    assert all(set(names(house, subject)) == {"苏A12345", "样公(一)行罚〔2026〕7号"} for subject in inside)
    before = queries.changed(0, 250)[0]
    volumes = Volumes(house.archive, CHIEF)
    volumes.describe(whole.id, replace(volumes.volume(whole.id).draft, case_no="样公(一)行罚〔2026〕8号"), "样本")
    assert news(house, before) == {subject.id for subject in inside}
    assert "样公(一)行罚〔2026〕8号" in names(house, inside[1])


def test_one_event_about_many_papers_is_never_cut_in_two(house: House) -> None:
    whole, inside = volume(house, papers=5)
    before = house.archive.queries.changed(0, 250)[0]
    entity(house, PERSON, whole)
    bookmark, changes = house.archive.queries.changed(before, 2)
    assert [id for id, _entry in changes] == [subject.id for subject in inside]
    assert house.archive.queries.changed(bookmark, 2) == (bookmark, [])


def test_headquarters_and_the_digests_of_records_hear_nothing(house: House) -> None:
    one = paper(house)
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET delivery = 'delivered', delivered_seq = changed_seq")
    before, head = house.archive.queries.item(one.id), house.archive.queries.head()[0]
    entity(house, PERSON, one)
    assert house.archive.queries.item(one.id) == before and before.delivery is Delivery.DELIVERED
    assert house.archive.queries.items_changed(head, 10) == []
    found = list(digests.verify(house.archive.database.reader(), lambda *step: None))
    assert [finding.ok for finding in found] == [True]
    (named,) = house.archive.database.reader().row("SELECT named_seq FROM item WHERE id = ?", (one.id,)) or (0,)
    assert named > before.changed_seq


def test_what_may_not_be_seen_is_not_brought_up_again_by_a_name(house: House) -> None:
    one, two = paper(house, "甲"), paper(house, "乙")
    number = entity(house, PERSON, one, two)
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET sealed = 1 WHERE id = ?", (one.id,))
    before = house.archive.queries.changed(0, 250)[0]
    write(house, lambda change: change.correct_entity(number, replace(PERSON, name="样本丁")))
    assert news(house, before) == {two.id}
    assert house.archive.queries.names_in([one.id, two.id]) == {two.id: ("样本丁", "阿甲")}


def test_what_is_new_is_found_by_a_walk_along_an_index(house: House) -> None:
    asked: list[str] = []

    class Watched(Queries):
        def _rows(self, sql: str, parameters: Iterable[Any] = ()) -> list[Any]:
            asked.append(sql)
            return super()._rows(sql, parameters)

    paper(house)
    Watched(house.archive.database).changed(0, 1)
    reader, news_only = house.archive.database.reader(), [sql for sql in asked if "named_seq" in sql]
    plans = [reader.rows(f"EXPLAIN QUERY PLAN {sql}", (0, 1)[: sql.count("?")]) for sql in news_only]
    assert len(plans) == 2
    for ((*_, plan),) in plans:
        assert plan.startswith("SEARCH item USING COVERING INDEX item_by_news"), plan
