"""tests/test_scheme.py — categories in versions, numbering profiles, retention rules, places, ties between records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app import filing
from app.numbering import Profile
from app.scheme import Scheme, shipped_rules
from storage.errors import InUse, NoSuchRecord, NotAllowed
from storage.records import Agent, Arrangement, Category, Kind, Retention, Role, Subject
from storage.records.scheme import Place, PlaceKind, RelationType, RetentionRule
from tests.stations import CHIEF, House

TODAY = date(2026, 11, 22)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.archive.close()


@pytest.fixture
def scheme(house: House) -> Scheme:
    return Scheme(house.archive, CHIEF)


def test_a_category_changes_in_versions_and_its_records_stay(house: House, scheme: Scheme) -> None:
    item = house.file(house.receive(b"one"))
    before = {category.code: category for category in scheme.categories()}
    first = scheme.change_category(Category("SX", "声像", "Audio-visual", Retention.D30), "样本：新增")
    second = scheme.change_category(replace(before["WS"], name="文书（新）"), "样本：改名")
    third = scheme.end_category("WS", TODAY, "样本：停用")
    assert (first, second, third) == (1, 2, 3)
    now = {category.code: category for category in scheme.categories()}
    assert now["SX"].name == "声像" and "WS" not in now
    history = scheme.history()
    assert [(change.version, change.code, bool(change.former)) for change in history] == [
        (3, "WS", True),
        (2, "WS", True),
        (1, "SX", False),
    ]
    assert "文书（新）" in history[0].former and "文书（新）" not in history[1].former
    assert house.archive.queries.item(item.id) == item
    problems = filing.check(item.draft, scheme.categories(), TODAY)
    assert [problem.key for problem in problems] == ["problem.category_unknown"]


def test_how_records_are_numbered_does_not_change_under_them(house: House, scheme: Scheme) -> None:
    house.file(house.receive(b"one"))
    (ws,) = (category for category in scheme.categories() if category.code == "WS")
    for changed in (replace(ws, profile="ga1991"), replace(ws, arrangement=Arrangement.BY_VOLUME)):
        with pytest.raises(InUse):
            scheme.change_category(changed, "样本")
    (cases,) = (category for category in scheme.categories() if category.code == "ZY·XZ")
    scheme.change_category(replace(cases, arrangement=Arrangement.BY_VOLUME), "样本：尚未使用")
    assert scheme.history()[0].code == "ZY·XZ"


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"code": "ws"}, "code"),
        ({"code": "QQ·AB"}, "code"),
        ({"name": " "}, "name"),
        ({"profile": "none"}, "profile"),
        ({"name": "长" * 101}, "name"),
    ],
)
def test_a_wrong_category_is_told_and_changes_nothing(
    house: House, scheme: Scheme, changes: dict[str, str], field: str
) -> None:
    head = house.archive.queries.head()
    with pytest.raises(filing.Invalid) as told:
        scheme.change_category(replace(Category("SX", "样本", "Sample", Retention.D10), **changes), "样本")
    assert [problem.field for problem in told.value.problems] == [field]
    with pytest.raises(filing.Invalid):
        scheme.change_category(Category("SX", "样本", "Sample", Retention.D10), "  ")
    assert house.archive.queries.head() == head


def test_profiles_of_ones_own(house: House, scheme: Scheme) -> None:
    own = Profile("county", "样本县规则", "{fonds}-{category}-{year}-{item:5}", "{fonds}-{category}-{catalogue}-{volume:4}")
    scheme.keep_profile(own)
    assert scheme.profile("county") == own
    for wrong in (replace(own, name="dat13"), replace(own, item="{fonds}-{item:4}"), replace(own, title="")):
        with pytest.raises(filing.Invalid):
            scheme.keep_profile(wrong)
    scheme.change_category(Category("SX", "声像", "Audio-visual", Retention.D30, profile="county"), "样本")
    with pytest.raises(InUse):
        scheme.keep_profile(replace(own, item="{fonds}-{category}-{item:5}"))
    with pytest.raises(NoSuchRecord):
        scheme.profile("nobody")


def test_the_stations_rule_comes_before_the_suggested_one(scheme: Scheme) -> None:
    suggested = scheme.retention("ZY·XZ")
    assert suggested is not None and suggested.retention is Retention.D30 and not suggested.verified
    rule = scheme.keep_rule(RetentionRule("ZY·XZ", "处罚决定书", Retention.PERMANENT, "样本：本局规定"), TODAY)
    assert scheme.retention("ZY·XZ", "处罚决定书").retention is Retention.PERMANENT  # type: ignore[union-attr]
    assert scheme.retention("ZY·XZ", "其他") == suggested
    scheme.keep_rule(RetentionRule("ZY·XZ", "处罚决定书", Retention.D30, "样本：又改"), TODAY)
    with pytest.raises(NoSuchRecord):
        scheme.end_rule(rule, TODAY)
    assert scheme.retention("ZY·XZ", "处罚决定书").basis == "样本：又改"  # type: ignore[union-attr]
    scheme.keep_rule(RetentionRule("ZY·XZ", "", Retention.PERMANENT, "样本：一律永久"), TODAY)
    offered = {category.code: category.default_retention for category in scheme.offered()}
    assert offered == {"WS": Retention.D10, "ZY·XZ": Retention.PERMANENT}
    assert {category.default_retention for category in scheme.categories()} == {Retention.D10, Retention.D30}
    assert scheme.retention("WS·AB", "请示批复").retention is Retention.PERMANENT  # type: ignore[union-attr]
    assert scheme.retention("XX") is None
    with pytest.raises(filing.Invalid):
        scheme.keep_rule(RetentionRule("XX", "", Retention.D10, ""), TODAY)


def test_what_is_not_certain_says_so() -> None:
    cases = [rule for rule in shipped_rules() if rule.category.startswith("ZY")]
    assert cases and not any(rule.verified for rule in cases)


def test_places_stand_in_each_other_and_papers_in_them(house: House, scheme: Scheme) -> None:
    room = scheme.keep_place(Place(PlaceKind.ROOM, "一库"))
    cabinet = scheme.keep_place(Place(PlaceKind.CABINET, "3柜", parent_id=room))
    shelf = scheme.keep_place(Place(PlaceKind.SHELF, "2层", parent_id=cabinet))
    item = Subject(Kind.ITEM, house.file(house.receive(b"one")).id)
    scheme.put_away([item], shelf, " 12 ")
    assert scheme.place_of(item) == (shelf, "12")
    assert scheme.place_path(shelf) == "一库 / 3柜 / 2层"
    for wrong in (Place(PlaceKind.SHELF, "9", parent_id=room), Place(PlaceKind.CABINET, "9"), Place(PlaceKind.ROOM, "9", parent_id=room)):
        with pytest.raises(NoSuchRecord):
            scheme.keep_place(wrong)
    with pytest.raises(InUse):
        scheme.keep_place(Place(PlaceKind.ROOM, "一库"))
    for used in (room, cabinet, shelf):
        with pytest.raises(InUse):
            scheme.retire_place(used)
    scheme.keep_place(Place(PlaceKind.ROOM, "二库", id=room))
    assert scheme.place_path(shelf).startswith("二库")
    with pytest.raises(NoSuchRecord):
        scheme.put_away([item, Subject(Kind.VOLUME, 99)], cabinet)
    assert scheme.place_of(item) == (shelf, "12")


def test_ties_are_seen_from_both_ends_and_not_when_one_is_sealed(house: House, scheme: Scheme) -> None:
    one, other = (Subject(Kind.ITEM, house.file(house.receive(data)).id) for data in (b"one", b"other"))
    tie = scheme.relate(one, RelationType.SAME_CASE, other, "样本")
    assert scheme.relations(one) == scheme.relations(other) and scheme.relations(one)[0].id == tie
    with pytest.raises(InUse):
        scheme.relate(one, RelationType.SAME_CASE, other)
    with pytest.raises(NoSuchRecord):
        scheme.relate(one, RelationType.SEE_ALSO, one)
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET sealed = 1 WHERE id = ?", (other.id,))
    assert scheme.relations(one) == []
    with pytest.raises(NoSuchRecord):
        scheme.relate(one, RelationType.SEE_ALSO, other)
    scheme.unrelate(tie)


def test_the_scheme_is_the_administrators(house: House) -> None:
    filer = Scheme(house.archive, Agent(7, "样本·民警", Role.FILER))
    for act in (
        lambda: filer.change_category(Category("SX", "样本", "Sample", Retention.D10), "样本"),
        lambda: filer.keep_rule(RetentionRule("WS", "", Retention.D10, "样本"), TODAY),
        lambda: filer.keep_place(Place(PlaceKind.ROOM, "1")),
    ):
        with pytest.raises(NotAllowed):
            act()
