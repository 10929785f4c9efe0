"""tests/test_scope.py — what is outside of a person's scope was never there: every read, totals, the index, acts; found by introspection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import UnidentifiedImageError

from app.reports import REPORTS
from app.station import Station
from storage.confined import PLAIN, Confined
from storage.errors import Known, NoSuchRecord, OutsideScope
from storage.records import (
    PROGRAM,
    Agent,
    Kind,
    Role,
    SecurityClass,
    Subject,
)
from storage.records.lending import LoanDraft
from storage.records.scheme import RelationType
from storage.records.users import Scope
from storage.records.volumes import VolumeDraft, VolumeFilter
from tests.stations import CHIEF, House, code, draft, raise_it
from tests.test_sealing_silence import (
    FOR_HEADQUARTERS,
    MARK,
    NOT_ASKED,
    World,
    build,
    calls,
    doors,
    is_act,
    leaks,
    said,
    write,
)

WITHIN = {
    "category": Scope(categories=("WS",)),
    "class": Scope(highest_class=SecurityClass.PUBLIC),
    "both": Scope(("WS",), SecurityClass.PUBLIC),
    "nothing": Scope(nothing=True),
}


def limited(house: House, name: str, scope: Scope, role: Role = Role.ADMINISTRATOR) -> Agent:
    """Somebody admitted, given a role and a scope; `nothing` is for who has no right to look."""
    founder = house.archive.queries.agents()[0]
    with house.archive.write(founder) as change:
        agent_id = change.admit(name)
    with house.archive.write(founder) as change:
        change.grant(agent_id, role)
    if not scope.nothing:
        with house.archive.write(founder) as change:
            change.keep_scope(agent_id, scope)
    agent = house.archive.queries.agent(name)
    assert agent is not None
    return agent


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A house where everything with 玄字 in it is of another category and class than the rest."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("scope")
        patch.setenv("ANJUAN_CONFIG", str(folder / "config"))
        world = build(folder, secrets=True)
        with world.house.archive.database.transaction() as connection:
            # Rows as they might be; what makes them so is tested elsewhere.
            for table, ids in (("item", world.items), ("volume", world.volumes)):
                secret = ", ".join(map(str, ids))
                connection.execute(f"UPDATE {table} SET security_class = 'public' WHERE id NOT IN ({secret})")
                connection.execute(f"UPDATE {table} SET category = 'ZY·XZ' WHERE id IN ({secret})")
        yield world
        world.house.archive.close()


@pytest.fixture(scope="module", params=WITHIN)
def confined(request: pytest.FixtureRequest, whole: World) -> World:
    scope = WITHIN[request.param]
    role = Role.SECURITY if scope.nothing else Role.ADMINISTRATOR
    agent = limited(whole.house, f"样本·{request.param}", scope, role)
    station = Station(whole.house.archive, agent, lambda call: call(), raise_it)
    told = whole.told | {"公开"} if scope.nothing else whole.told
    return replace(whole, station=station, house=House.around(station.archive), told=told)


def target(world: World, owner: str) -> Any:
    return world.station if not owner else world.house.archive.queries if owner == "queries" else getattr(world.station, owner)


def test_no_read_has_anything_of_what_is_outside(whole: World, confined: World) -> None:
    asked = 0
    for owner, name in doors():
        method = getattr(target(confined, owner), name)
        if name in NOT_ASKED or name in ("items_changed", "volumes_changed") or (owner != "queries" and is_act(method)):
            continue
        try:
            questions = list(calls(whole, method))
        except KeyError:
            continue  # a new read: tests/test_sealing_silence.py insists that somebody says what to ask it
        for given in questions:
            try:
                text = said(method(**given))
            except (Known, UnidentifiedImageError) as error:
                text = said(getattr(error, "facts", ""))
            asked += 1
            assert not leaks(confined, text, given, codes=name not in FOR_HEADQUARTERS), (owner, name, given, text[:2000])
    assert asked > 200


def test_no_form_has_anything_of_what_is_outside(whole: World, confined: World) -> None:
    ids = {"volume_id": [*whole.volumes, whole.open_volume], "item_id": [*whole.items, whole.open_item], "year": [2019],
           "appraisal_id": [1], "consultation_id": [1], "inspection_id": [1], "number": ["JY-2026-0001", "JY-2026-0002"]}  # fmt: skip
    days = {"first_day": "2020-01-01", "last_day": "2099-12-31", "day": "2099-12-31", "today": "2099-12-31", "secret": True}
    for report in REPORTS:
        if report.of_journal and confined.station.may("audit"):
            continue  # codes and reasons are part of the journal, and come with it: `app.audit`
        usual = {name: value for name, value in days.items() if name in report.wishes.__dataclass_fields__}
        wanted = [name for name in ids if name in report.wishes.__dataclass_fields__]
        for value in ids[wanted[0]] if wanted else [None]:
            given = usual | ({wanted[0]: value} if wanted else {})
            try:
                text = said(confined.station.report(report.name, given))
            except Known as error:
                text = said(error.facts)
            assert not leaks(confined, "".join(text.split()), given), (report.name, given, text)


def test_the_open_ones_are_there_as_before(whole: World, confined: World) -> None:
    station = confined.station
    if station.agent.role is Role.SECURITY:
        assert station.items() == station.arrivals() == station.inbox() == station.years() == station.lending.loans() == []
        assert station.search("公开").total == station.counts().items == station.counts().filed == station.unsearchable() == 0
        with pytest.raises(NoSuchRecord):
            station.item(whole.open_item)
        return
    assert station.item(whole.open_item).title == "公开题名2"
    assert station.volumes.volumes(VolumeFilter()) or station.archive.queries.user(station.agent.id).scope.highest_class  # type: ignore[union-attr]
    found = station.search("公开")
    assert {item.id for _hit, item in station.found(found)} == {hit.item_id for hit in found.hits}
    assert whole.open_item in {hit.item_id for hit in found.hits} and not {hit.item_id for hit in found.hits} & set(whole.items)
    assert station.search(MARK).total == 0 and whole.station.search(MARK).total > 0
    assert sum(found.facets["category"].values()) == found.total


def test_totals_are_those_of_a_house_where_it_never_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    answers = []
    for name, secrets in (("with", True), ("without", False)):
        house = House(tmp_path / name)
        for number in range(4):
            house.file(house.receive(f"公开正文{number}".encode()), title=f"公开题名{number}")
            if secrets:
                arrival = house.receive(f"玄字正文{number}".encode(), name="玄字.txt")
                house.file(arrival, title="玄字公开题名", category="ZY·XZ", year=2019)
                write(house, lambda change, number=number: change.recognise_duplicate(
                    f"again{number}", house.custody(f"玄字正文{number}".encode(), "玄字再来.txt"),  # noqa: B023
                    house.archive.queries.object_of(house.custody(f"玄字正文{number}".encode()).sha256).id), PROGRAM)  # noqa: B023, E501  # fmt: skip
        station = Station(house.archive, limited(house, "样本·限", WITHIN["category"]), lambda call: call(), raise_it)
        found = {query: station.search(query) for query in ("公开", "题名", MARK, "-正文", "公开题名")}
        answers.append((
            station.counts(), station.years(), len(station.items()), station.unsearchable(), station.archive.queries.count(),
            {query: (results.total, results.facets) for query, results in found.items()}, len(station.arrivals(limit=-1)),
            station.volumes.volumes(VolumeFilter()),
        ))  # fmt: skip
        house.archive.index.catch_up()
        found = {query: station.search(query) for query in ("公开", "题名", MARK, "-正文", "公开题名")}
        answers[-1] += ({query: (results.total, results.facets) for query, results in found.items()}, station.unsearchable())
        house.archive.close()
    assert answers[0] == answers[1]
    assert answers[0][8]["公开"][0] == 4


ACTS: list[Callable[[World, World], object]] = [
    lambda all, my: my.station.view(all.items[0]),
    lambda all, my: my.station.printed(f"item:{all.items[0]}", 1),
    lambda all, my: my.station.printed(f"volume:{all.volumes[0]}", 1),
    lambda all, my: my.station.copy(all.items[0], all.objects[0]),
    lambda all, my: my.station.description.correct(all.items[0], draft(title="别的"), "样本", all.station.item(all.items[0]).changed_seq),
    lambda all, my: my.station.view_volume(all.volumes[0]),
    lambda all, my: my.station.volumes.describe(all.volumes[0], VolumeDraft(title="别的", year=2026), "样本"),
    lambda all, my: my.station.scheme.relate(Subject(Kind.ITEM, all.items[0]), RelationType.SEE_ALSO, Subject(Kind.ITEM, 1)),
    lambda all, my: my.station.scheme.put_away([Subject(Kind.ITEM, all.items[0])], 1),
    lambda all, my: my.station.disposal.place_hold(Subject(Kind.ITEM, all.items[0]), "样本"),
    lambda all, my: my.station.sealing.seal(Subject(Kind.ITEM, all.items[0])),
    lambda all, my: write(my.house, lambda change: change.place_hold(Subject(Kind.ITEM, all.items[0]), "样本"), my.station.agent),
    lambda all, my: write(my.house, lambda change: change.view(all.items[0]), my.station.agent),
    lambda all, my: write(my.house, lambda change: change.request_loan(
        LoanDraft("样本", "样本", purpose="case", basis="样本"), [Subject(Kind.ITEM, all.items[0])], 2026), my.station.agent),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(ACTS)))
def test_nothing_is_done_to_what_is_outside(whole: World, confined: World, number: int) -> None:
    reader, tables = whole.house.archive.database.reader(), ("item", "volume", "hold", "loan", "relation", "version", "seal", "disclosure")
    before = [reader.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]
    with pytest.raises(Known) as refused:
        ACTS[number](whole, confined)
    assert not leaks(confined, said(refused.value.facts), "")
    assert [reader.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables] == before


def test_who_may_not_see_a_kind_of_paper_does_not_file_it_away_from_everybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    house = House(tmp_path)
    station = Station(house.archive, limited(house, "样本·限", WITHIN["category"]), lambda call: call(), raise_it)
    arrival = house.receive("等待".encode())
    assert [each.id for each in station.inbox()] == [arrival]
    with pytest.raises(OutsideScope):
        station.file(arrival, draft(category="ZY·XZ"))
    assert [each.id for each in station.inbox()] == [arrival] and house.archive.queries.last_number(()) == 0
    hidden = house.file(house.receive("案件".encode()), category="ZY·XZ")
    assert station.next_code(draft(category="ZY·XZ")).endswith("0002")
    assert station.file(arrival, draft()).reference_code == code(draft(), 1)
    with pytest.raises(NoSuchRecord):
        station.item_by_code(hidden.reference_code)
    assert house.archive.queries.item(hidden.id).title
    house.archive.close()


def test_the_program_works_on_the_whole_archive_whoever_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    house = House(tmp_path)
    house.file(house.receive("正文".encode()), title="题名", category="ZY·XZ")
    station = Station(house.archive, limited(house, "样本·安全", Scope(nothing=True), Role.SECURITY), lambda call: call(), raise_it)
    station.archive.index.catch_up()
    paper = tmp_path / "样本.txt"
    paper.write_text("样本来文", "utf-8")
    assert station.intake.take(paper).object_id and station.intake.read_due() == 1
    assert station.inbox() == [] and len(house.archive.queries.inbox()) == 1
    assert house.archive.index.search("题名").total == 1 and station.search("题名").total == 0
    assert all(finding.ok for finding in station.verify())
    assert [finding.detail for finding in house.archive.verify() if finding.check == "object"] == ["2"]
    house.archive.close()


def test_a_new_table_is_hidden_from_who_may_see_nothing(whole: World) -> None:
    confined = whole.house.archive.confined(Scope(nothing=True))
    assert isinstance(confined, Confined)
    names = [row[0] for row in whole.house.archive.database.reader().rows(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'")]  # fmt: skip
    for name in names:
        rows = confined.database.reader().rows(f"SELECT count(*) FROM {name}")[0][0]
        assert name in PLAIN or rows == 0, name
    assert whole.house.archive.confined(Scope()) is whole.house.archive
    assert CHIEF.role is Role.ADMINISTRATOR


def test_a_branch_follows_its_category_and_a_likeness_does_not(tmp_path: Path) -> None:
    house = House(tmp_path)
    ids = {category: house.file(house.receive(category.encode()), category=category).id for category in ("WS", "ZY·XZ")}
    for categories, seen in ((("ZY",), {"ZY·XZ"}), (("ZY·XZ",), {"ZY·XZ"}), (("Z",), set()), (("W'S",), set()), (("WS", "ZY"), {"WS", "ZY·XZ"})):
        confined = house.archive.confined(Scope(categories=categories))
        assert set(confined.queries.items_by_id(list(ids.values()))) == {ids[category] for category in seen}
    house.archive.close()
