"""tests/test_name_index.py — the search index follows what papers mention; headquarters and the digests of records do not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from app import wording
from app.people import BasisMissing, People
from app.reports import render
from app.reports.volume_contents import ClassWishes, VolumeWishes
from app.scheme import Scheme
from app.volumes import Volumes
from storage import digests
from storage.changes import Changes
from storage.errors import NotAllowed
from storage.queries import Queries
from storage.records import Agent, Delivery, Kind, Role, Subject
from storage.records.people import EntityDraft, EntityKind, Part, Purpose
from storage.records.scheme import RelationType
from storage.records.volumes import VolumeDraft
from tests import stations
from tests.stations import CHIEF, House, draft
from tests.test_people import founded

__all__ = ["founded"]

PERSON = EntityDraft(name="样本甲", alias="阿甲")
CAR = EntityDraft(EntityKind.VEHICLE, "苏A12345", plate="苏A12345")


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


# -- case numbers, and what ties volumes


@pytest.fixture
def people(house: House) -> People:
    return People(house.archive, CHIEF, Volumes(house.archive, CHIEF), lambda: 10)


def looks(house: House) -> list[dict[str, Any]]:
    return [event.detail for event in house.archive.queries.events(limit=10_000) if event.type == "look_up_entity"]


def test_a_case_is_found_by_its_number_or_part_of_it(house: House, people: People) -> None:
    whole, inside = volume(house)
    elsewhere = paper(house, "样本提到另案")
    entity(house, EntityDraft(EntityKind.CASE, "样公(一)行罚〔2026〕7号"), elsewhere)
    house.archive.index.catch_up()
    for term in ("样公（一）行罚〔2026〕7号", "〔2026〕7号"):
        answer = people.look_up(term, Purpose.CASE, kind=EntityKind.CASE)
        subjects = [line.paper.subject for group in answer.groups for line in group.lines if line.entity]
        assert subjects[0] == whole, "the volume of the case first"
        assert (elsewhere in subjects) is term.startswith("样公") and not set(subjects) & set(inside)
        assert answer.groups[0].volume and answer.groups[0].volume.id == whole.id
    assert not people.look_up("样公（一）行罚〔2026〕7号", Purpose.CASE, kind=EntityKind.VEHICLE).entities
    assert people.look_up("26〕", Purpose.CASE, kind=EntityKind.CASE).groups == (), "three signs are too few"
    assert looks(house)[0]["entities"] == [1]


def test_an_answer_stands_volume_by_volume(house: House, people: People) -> None:
    first, (one, two) = volume(house)
    second, (three, _four) = volume(house, title="样本另一卷", case_no="样公(二)行罚〔2026〕1号")
    loose = paper(house)
    third, (only, _five) = volume(house, title="样本甲另案", case_no="")
    house.archive.index.catch_up()
    entity(house, PERSON, two, three, loose, second)
    item = house.archive.queries.item(only.id)
    write(house, lambda change: change.describe(item.id, replace(item.draft, title="样本甲领取物品"), "样本", item.changed_seq))
    house.archive.index.catch_up()
    answer = people.look_up("样本甲", Purpose.CASE)
    shown = [(group.volume.id if group.volume else 0, [line.paper.subject for line in group.lines]) for group in answer.groups]
    assert shown == [(first.id, [two]), (second.id, [second, three]), (0, [loose]), (third.id, [only])], "what waits comes last"
    assert one not in {line.paper.subject for line in answer.lines} and answer.groups[-1].lines[0].entity is None


def test_volumes_that_share_something_are_shown_and_tied_by_a_person(house: House, people: People) -> None:
    own, (one, _two) = volume(house)
    same, (_x, other) = volume(house, title="样本同车", case_no="样公(二)行罚〔2026〕1号")
    case, _papers = volume(house, title="样本同案", case_no="样公(一)行罚〔2026〕7号", part="sub")
    volume(house, title="样本无关", case_no="样公(三)行罚〔2026〕9号")
    refers, _papers = volume(house, title="样本提到此案", case_no="")
    entity(house, CAR, one, other)
    entity(house, PERSON, own, same)
    entity(house, EntityDraft(EntityKind.CASE, "样公(一)行罚〔2026〕7号"), refers)
    found = people.sharing(own.id, Purpose.CASE)
    assert [(each.volume.id, each.what, each.named, each.tied) for each in found] == [
        (case.id, (EntityKind.CASE,), (), False),
        (refers.id, (EntityKind.CASE,), (), False),
        (same.id, (EntityKind.PERSON, EntityKind.VEHICLE), (), False),
    ]
    assert looks(house)[-1]["entities"] == [1, 2, 3] and "样本" not in repr(looks(house))
    people.disclose(own, Purpose.CASE)
    assert people.sharing(own.id, Purpose.CASE)[2].named == ("苏A12345", "样本甲"), "whom, while the volume is shown in full"
    assert house.archive.queries.relations(own) == [], "nothing is tied by itself"
    scheme = Scheme(house.archive, CHIEF)
    for each in found:
        scheme.relate(own, each.relation, Subject(Kind.VOLUME, each.volume.id))
    assert [tie.type for tie in house.archive.queries.relations(own)] == [
        RelationType.SAME_CASE, RelationType.SAME_CASE, RelationType.SEE_ALSO
    ]  # fmt: skip
    assert all(each.tied for each in people.sharing(own.id, Purpose.CASE))
    assert [each.volume.id for each in people.sharing(refers.id, Purpose.CASE)] == [own.id, case.id], "from either end"
    with pytest.raises(BasisMissing):
        people.sharing(own.id, Purpose.OTHER)


def test_what_may_not_be_seen_is_shared_with_nobody(house: House, people: People) -> None:
    own, (one, _two) = volume(house)
    secret, (inside, _x) = volume(house, title="样本密卷", part="secret")
    sealed, (under, _y) = volume(house, title="样本封存")
    entity(house, PERSON, one, inside, under)
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE volume SET sealed = 1 WHERE id = ?", (sealed.id,))
        connection.execute("UPDATE item SET sealed = 1 WHERE volume_id = ?", (sealed.id,))
    filer = Agent(9, "样本·归档员", Role.FILER)
    theirs = People(house.archive, filer, Volumes(house.archive, filer), lambda: 10)
    assert theirs.sharing(own.id, Purpose.CASE) == []
    assert [each.volume.id for each in people.sharing(own.id, Purpose.CASE)] == [secret.id]


# -- searching by name


def test_searching_by_name_asks_for_a_purpose_that_runs_out(house: House) -> None:
    now = [0.0]
    people = People(house.archive, CHIEF, Volumes(house.archive, CHIEF), lambda: 10, lambda: now[0])
    number = entity(house, PERSON, paper(house))
    assert not people.may_search_by_name() and not people.admit("通知 person:样本甲") and people.admit("样本甲 title:通知")
    assert looks(house) == [], "nothing was found by name, nothing is noted"
    with pytest.raises(BasisMissing):
        people.searching(Purpose.OTHER)
    people.searching(Purpose.ARRANGING)
    assert people.may_search_by_name() and looks(house)[-1]["entities"] == []
    for query in ("person:样本甲", "通知 OR person:样本甲", "person:无此人", "人名:样本甲 -person:无此人", "样本甲"):
        assert people.admit(query)
    assert [look["entities"] for look in looks(house)] == [[], [number], []], "each name once"
    now[0] = 600.0
    assert not people.may_search_by_name() and not people.admit("person:样本甲")
    people.look_up("样本甲", Purpose.CASE)
    assert people.may_search_by_name(), "who has looked somebody up has said what for"
    before = len(looks(house))
    assert people.admit("person:样本甲") and people.admit("person:样本甲") and len(looks(house)) == before + 1, "anew for a new purpose"
    with pytest.raises(NotAllowed):
        People(house.archive, Agent(8, "样本", Role.SECURITY), Volumes(house.archive, CHIEF), lambda: 10).searching(Purpose.CASE)


# -- on paper


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "".join("".join(page.get_textpage().get_text_bounded().split()) for page in document)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_the_printed_name_index_gives_code_and_page_and_shows_nobody(house: House, language: str) -> None:
    own, inside = volume(house, papers=3)
    loose = paper(house, "样本询问笔录\n朱 样\n到场")
    entity(house, EntityDraft(name="朱样", id_number="99010119550101001X", minor=True), loose, inside[2])
    entity(house, EntityDraft(name="安样本"), own)
    entity(house, CAR, loose)
    said = text_of(render("name_index", house.archive.queries, ClassWishes(language=language)))
    assert "人名索引" in said and "朱样" not in said and "安样本" not in said and "苏A" not in said
    assert said.index("安**") < said.index("朱*"), "by the sound of the names"
    code = house.archive.queries.item(loose.id).reference_code
    assert code in said and "990***********001X" in said
    lines = list(house.archive.queries.name_lines(EntityKind.PERSON))
    assert [(line.subject, line.pages, line.first, line.last) for line in lines] == [
        (inside[2], (), 3, 3), (loose, (1,), 1, 1), (own, (), 0, 0)
    ]  # fmt: skip
    whole = text_of(render("volume_name_index", house.archive.queries, VolumeWishes(own.id, language=language)))
    assert "安**" in whole and "朱*" in whole and code not in whole
    assert wording.say("report.name_index.whole", language).replace(" ", "") in whole
    empty = text_of(render("name_index", house.archive.queries, ClassWishes(year=1999, language=language)))
    assert wording.say("report.name_index.none", language).replace(" ", "") in empty


def test_the_printed_name_index_leaves_out_what_is_secret_or_sealed(house: House) -> None:
    secret, (inside, _x) = volume(house, part="secret")
    sealed = paper(house)
    entity(house, PERSON, inside, secret, sealed)
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET sealed = 1 WHERE id = ?", (sealed.id,))
    assert list(house.archive.queries.name_lines(EntityKind.PERSON, secret=False)) == []
    assert {line.subject for line in house.archive.queries.name_lines(EntityKind.PERSON)} == {inside, secret}


def test_the_search_box_finds_by_name_only_with_a_purpose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station, _recovery = stations.station(tmp_path, monkeypatch)
    try:
        house = House.around(station.archive)
        one, other = paper(house, "样本正文一"), paper(house, "样本正文二")
        station.archive.index.catch_up()
        entity(house, EntityDraft(name="欧阳样本", alias="老欧"), one)
        station.archive.index.catch_up()
        for question in ("person:欧阳样本", "人名:老欧", "正文 person:欧阳样本", "正文 OR person:无此人", "正文 -person:欧阳样本"):
            results = station.search(question)
            assert (results.hits, results.total, [note.key for note in results.notes]) == ((), 0, ["purpose_needed"]), question
            assert station.did_you_mean(question) == () and "欧" not in station.snippet(question, one.id).text
        before = len(looks(house))
        station.people.searching(Purpose.CASE)

        def found(question: str) -> set[int]:
            return {hit.item_id for hit in station.search(question).hits}

        assert found("person:欧阳样本") == {one.id} == found("人名:老欧") == found("person:ouyangyangben")
        assert found("正文 -person:欧阳样本") == {other.id} and found("person:正文") == set()
        assert [look["entities"] for look in looks(house)[before:]] == [[], [1], [1], [1], []]
        write(house, lambda change: change.unmention(1, one, Part.CONCERNED))
        station.archive.index.catch_up()
        assert found("person:欧阳样本") == set(), "the index follows what is taken back"
    finally:
        station.stop()
