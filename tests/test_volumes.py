"""tests/test_volumes.py — volumes keep their promises: every item in one place, no gaps in numbers, nothing moves once filed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app import numbering, reports
from app.filing import Invalid
from app.station import Station
from app.volumes import Check, PartClosed, Volumes
from app.volumes.checks import divide
from app.volumes.workdays import Calendar, HolidaysUnreadable
from storage import digests
from storage.changes.volumes import OrderStale, VolumeEmpty, VolumeFrozen, VolumeNotEmpty, VolumeNumbered
from storage.errors import NoSuchRecord, NotAllowed
from storage.queries import Queries
from storage.records import PROGRAM, Agent, Category, Delivery, Item, Kind, Line, Page, Retention, Role, State
from storage.records.volumes import Volume, VolumeDraft, VolumeFilter, VolumePart
from storage.spool import Custody
from tests import stations
from tests.stations import CHIEF, FONDS, House, draft

CLERK = Agent(1, CHIEF.name, Role.CLERK)
FILER = Agent(1, CHIEF.name, Role.FILER)
AUDITOR = Agent(1, CHIEF.name, Role.AUDITOR)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.archive.close()


@pytest.fixture
def volumes(house: House) -> Volumes:
    return Volumes(house.archive, CLERK)


def case(**fields: object) -> VolumeDraft:
    values: dict[str, object] = {
        "title": "样本甲殴打他人案", "category": "ZY·XZ", "year": 2026, "retention": Retention.D30,
        "case_no": "A9900000000000000000001", "date_from": "20260301", "date_to": "20260320", "maker": "样本甲",
        "made_on": "20260401", "checker": "样本乙", "closed_on": "20260320",
    }  # fmt: skip
    return VolumeDraft(**(values | fields))  # type: ignore[arg-type]


_papers = iter(range(10**9))


def fill(house: House, volumes: Volumes, volume_id: int, *page_counts: int, **fields: object) -> list[int]:
    made = []
    for pages in page_counts:
        arrival = house.receive(f"纸 {next(_papers)}".encode())
        made.append(volumes.file_into(arrival, draft(page_count=pages, **fields), volume_id).id)
    return made


def ids(items: list[Item]) -> list[int]:
    return [item.id for item in items]


def guided(house: House, **fields: object) -> None:
    """The category of administrative cases as a station has it: with its guide."""
    known = Category("ZY·XZ", "行政案件", "Administrative cases", Retention.D30, guide="administrative", **fields)  # type: ignore[arg-type]
    with house.archive.write(CHIEF) as change:
        change.change_category(known, "样本")


# ---- from the inbox to the shelf


def test_a_volume_is_filled_ordered_filed_and_its_items_are_numbered(house: House, volumes: Volumes) -> None:
    volume = volumes.open(case())
    assert (volume.state, volume.reference_code, volume.item_count) == (State.OPEN, "", 0)
    first, second, third = fill(house, volumes, volume.id, 2, 1, 3)
    held = volumes.items(volume.id)
    assert [(item.category, item.retention, item.state, item.reference_code) for item in held] == [
        ("ZY·XZ", Retention.D30, State.OPEN, "")
    ] * 3
    assert house.archive.queries.items() == []

    volumes.order(volume.id, [third, first, second])
    filed = volumes.file(volume.id).volume
    assert filed.reference_code == "Z900-ZY·XZ·2026-D30-001" == volumes.by_code("z900-zy.xz.2026-d30-001").reference_code
    assert (filed.state, filed.volume_no, filed.item_count, filed.page_count) == (State.FILED, 1, 3, 6)
    held = volumes.items(volume.id)
    assert ids(held) == [third, first, second]
    assert [(item.position, item.item_no, item.page_from, item.page_to) for item in held] == [
        (1, 1, 1, 3), (2, 2, 4, 5), (3, 3, 6, 6),
    ]  # fmt: skip
    assert [item.reference_code for item in held] == [f"Z900-ZY·XZ·2026-D30-001-{n:03d}" for n in (1, 2, 3)]
    assert {item.state for item in held} == {State.FILED}
    assert house.archive.queries.item_by_code("Z900-ZY·XZ·2026-D30-001-002").id == first


def test_headquarters_learns_of_items_when_the_volume_is_filed_and_again_when_it_is_described_anew(
    house: House, volumes: Volumes
) -> None:
    volume = volumes.open(case())
    made = fill(house, volumes, volume.id, 1, 1)
    assert house.archive.queries.items_changed(0, 10) == []
    volumes.file(volume.id)
    told = house.archive.queries.items_changed(0, 10)
    assert [item.id for _seq, item in told] == made
    last = told[-1][0]
    volumes.describe(volume.id, replace(volumes.volume(volume.id).draft, title="样本更名"), "题名有误")
    again = house.archive.queries.items_changed(last, 10)
    assert [item.id for _seq, item in again] == made
    assert {item.delivery for _seq, item in again} == {Delivery.LOCAL}


def test_events_of_a_volume_carry_no_word_of_it(house: House, volumes: Volumes) -> None:
    volume = volumes.open(case())
    fill(house, volumes, volume.id, 1, title="样本笔录")
    volumes.describe(volume.id, case(title="样本甲阻碍执行职务案"), "")
    volumes.file(volume.id)
    told = str([event.detail for event in house.archive.queries.events()])
    assert "样本" not in told and "A99" not in told


def test_what_the_class_of_a_volume_is_the_class_of_its_items_is(house: House, volumes: Volumes) -> None:
    volume = volumes.open(case(category="WS", retention=Retention.D10))
    (item,) = fill(house, volumes, volume.id, 1, category="WS")
    assert house.archive.index.catch_up() == 1
    volumes.describe(volume.id, case(category="ZY·XZ", year=2025))
    held = house.archive.queries.item(item)
    assert (held.category, held.year, held.retention) == ("ZY·XZ", 2025, Retention.D30)
    assert house.archive.index.catch_up() == 1, "the index follows"


def test_filing_gives_every_item_the_class_of_its_volume_whatever_it_was_called_before(house: House, volumes: Volumes) -> None:
    volume = volumes.open(case())
    (item,) = fill(house, volumes, volume.id, 1)
    with house.archive.write(CHIEF) as change:
        change._touch("UPDATE item SET category = 'WS', year = 1999 WHERE id = ?", (item,))
        change.number_pages(volume.id)
    volumes.file(volume.id)
    held = house.archive.queries.item(item)
    assert (held.category, held.year) == ("ZY·XZ", 2026)


# ---- no more


def test_an_empty_volume_opened_by_mistake_is_withdrawn_and_leaves_no_gap(house: House, volumes: Volumes) -> None:
    empty, full = volumes.open(case()), volumes.open(case())
    fill(house, volumes, full.id, 1)
    with pytest.raises(NotAllowed):
        Volumes(house.archive, AUDITOR).withdraw(empty.id)
    with pytest.raises(VolumeNotEmpty):
        volumes.withdraw(full.id)
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET sealed = 1 WHERE volume_id = ?", (full.id,))
    with pytest.raises(VolumeNotEmpty):
        volumes.withdraw(full.id)  # nobody sees the paper, and it is there
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET sealed = 0 WHERE volume_id = ?", (full.id,))
    volumes.withdraw(empty.id)
    assert volumes.ids(VolumeFilter()) == [full.id] and volumes.due(date(2026, 4, 1))[0].volume.id == full.id
    for act in (volumes.volume, volumes.withdraw, volumes.items):
        with pytest.raises(NoSuchRecord):
            act(empty.id)
    assert volumes.file(full.id).reference_code.endswith("-001")
    with pytest.raises(VolumeFrozen):
        volumes.withdraw(full.id)


def test_a_withdrawn_book_leaves_the_others_numbered_without_a_gap(house: House, volumes: Volumes) -> None:
    volume = volumes.open(case())
    made = fill(house, volumes, volume.id, 1, 1)
    with house.archive.write(CHIEF) as change:
        first, second = change.split_volume(volume.id, [[made[0]], [made[1]]])
    volumes.move([made[0]], second)
    volumes.withdraw(first)
    (left,) = volumes.books(second)
    assert (left.id, left.book_no, left.book_total) == (second, 1, 1)


# ---- frozen


def test_a_filed_volume_stays_as_it_is(house: House, volumes: Volumes) -> None:
    volume, other = volumes.open(case()), volumes.open(case())
    first, second = fill(house, volumes, volume.id, 1, 2)
    (spare,) = fill(house, volumes, other.id, 1)
    volumes.file(volume.id)
    before = volumes.items(volume.id)
    waiting = house.receive(b"one more")
    for act in (
        lambda: volumes.order(volume.id, [second, first]),
        lambda: volumes.move([first], other.id),
        lambda: volumes.move([spare], volume.id),
        lambda: volumes.file_into(waiting, draft(), volume.id),
        lambda: volumes.number_pages(volume.id),
        lambda: volumes.join(volume.id, other.id),
        lambda: volumes.join(other.id, volume.id),
        lambda: volumes.file(volume.id),
    ):
        with pytest.raises(VolumeFrozen):
            act()
    with pytest.raises(VolumeFrozen), house.archive.write(CHIEF) as change:
        change.split_volume(volume.id, [[first], [second]])
    with pytest.raises(VolumeNumbered):
        volumes.describe(volume.id, case(year=2025), "改年度")
    assert volumes.items(volume.id) == before


def test_a_filed_volume_keeps_its_former_descriptions_and_its_notes_only_grow(house: House, volumes: Volumes) -> None:
    volume = volumes.open(case(notes="缺第二页。"))
    fill(house, volumes, volume.id, 1)
    volumes.file(volume.id)
    with pytest.raises(Invalid):
        volumes.describe(volume.id, case(notes="缺第二页。", title="样本更名"), " ")
    with pytest.raises(Invalid) as refused:
        volumes.describe(volume.id, case(notes="不缺。"), "样本")
    assert [problem.key for problem in refused.value.problems] == ["problem.notes_append"]
    volumes.describe(volume.id, case(notes="缺第二页。已补齐。", title="样本更名"), "题名有误")
    volumes.describe(volume.id, case(notes="缺第二页。已补齐。", title="样本再更名"), "题名又有误")
    rows = house.archive.database.reader().rows(
        "SELECT number, description, reason FROM version WHERE kind = ? AND subject_id = ? ORDER BY number",
        (Kind.VOLUME.value, volume.id),
    )
    assert [(number, reason) for number, _description, reason in rows] == [(1, "题名有误"), (2, "题名又有误")]
    assert "样本甲殴打他人案" in rows[0][1] and "样本更名" in rows[1][1]


def test_what_the_law_seals_is_sealed_in_the_act_of_filing_and_its_forms_are_made_before(house: House, volumes: Volumes) -> None:
    guided(house, seals=True)
    volume = volumes.open(case(decided_on="20260315"))
    (item,) = fill(house, volumes, volume.id, 2)

    def forms(source: Queries) -> list[bytes]:
        return [reports.render("volume_contents", source, {"volume_id": volume.id})]

    def broken(_source: Queries) -> list[bytes]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        volumes.file(volume.id, broken)
    assert volumes.volume(volume.id).open, "nothing happened"
    filed = volumes.file(volume.id, forms)
    assert (filed.sealed, filed.reference_code) == (True, "Z900-ZY·XZ·2026-D30-001")
    assert filed.forms[0].startswith(b"%PDF")
    for look in (volumes.volume, volumes.items, house.archive.queries.volume):
        with pytest.raises(NoSuchRecord):
            look(volume.id)
    with pytest.raises(NoSuchRecord):
        house.archive.queries.item(item)
    assert [event.type for event in house.archive.queries.events()][-4:] == ["file", "file_volume", "seal", "seal"]

    older = volumes.open(case(decided_on="20251231"))
    fill(house, volumes, older.id, 1)
    assert not volumes.file(older.id, forms).sealed
    assert volumes.volume(older.id).volume_no == 2


# ---- numbers without gaps


def test_numbers_have_no_gap_whatever_fails_and_whoever_files_at_the_same_time(house: House, volumes: Volumes) -> None:
    made = [volumes.open(case()) for _ in range(12)]
    for volume in made:
        fill(house, volumes, volume.id, 1)

    def fail(*_anything: object) -> str:
        raise ZeroDivisionError

    for broken in range(3):
        with pytest.raises(ZeroDivisionError), house.archive.write(CHIEF) as change:
            change.file_volume(made[broken].id, lambda v: ("volume", v.category), lambda _v, _n: "Z", fail)
    with pytest.raises(ZeroDivisionError), house.archive.write(CHIEF) as change:
        change.file_volume(
            made[0].id,
            lambda v: numbering.volume_scope(FONDS.number, numbering.Series(v.category, v.year, v.retention)),
            lambda _v, n: f"Z900-X-{n:03d}", numbering.code_in_volume,
        )  # fmt: skip
        raise ZeroDivisionError

    troubles: list[BaseException] = []

    def work(mine: list[Volume]) -> None:
        try:
            for volume in mine:
                Volumes(house.archive, CLERK).file(volume.id)
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=work, args=(made[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    numbers = sorted(volumes.volume(volume.id).volume_no for volume in made)
    assert numbers == list(range(1, 13))
    assert volumes.next_code(case()) == "Z900-ZY·XZ·2026-D30-013"


def test_every_class_counts_for_itself_and_the_profile_says_what_a_class_is(house: House, volumes: Volumes) -> None:
    with house.archive.write(CHIEF) as change:
        change.change_category(Category("KU", "会计", "Accounting", Retention.D30, profile="ga1991"), "样本")
    codes = []
    for wanted in (case(), case(retention=Retention.D10), case(category="KU", catalogue_no="002", year=2025),
                   case(category="KU", catalogue_no="002", year=2026), case()):  # fmt: skip
        volume = volumes.open(wanted)
        fill(house, volumes, volume.id, 1)
        codes.append(volumes.file(volume.id).reference_code)
    assert codes == [
        "Z900-ZY·XZ·2026-D30-001", "Z900-ZY·XZ·2026-D10-001", "Z900-KU-002-001", "Z900-KU-002-002",
        "Z900-ZY·XZ·2026-D30-002",
    ]  # fmt: skip


# ---- order


def test_an_order_must_name_exactly_the_items_of_the_volume(house: House, volumes: Volumes) -> None:
    volume, other = volumes.open(case()), volumes.open(case())
    first, second = fill(house, volumes, volume.id, 1, 1)
    (foreign,) = fill(house, volumes, other.id, 1)
    for wrong in ([first], [first, second, foreign], [first, first], [first, foreign], []):
        with pytest.raises(OrderStale):
            volumes.order(volume.id, wrong)
    assert ids(volumes.items(volume.id)) == [first, second]


def test_pages_are_counted_anew_after_a_page_count_was_corrected(house: House, volumes: Volumes) -> None:
    volume = volumes.open(case())
    first, _second = fill(house, volumes, volume.id, 2, 2)
    with house.archive.write(CHIEF) as change:
        change._touch("UPDATE item SET page_count = ? WHERE id = ?", (5, first))
        assert change.number_pages(volume.id) == 7
    assert [(item.page_from, item.page_to) for item in volumes.items(volume.id)] == [(1, 5), (6, 7)]


class Histories(RuleBasedStateMachine):
    """Whatever is moved, ordered, divided and joined: every item stands in exactly one place."""

    folder: Path
    house: House

    @initialize()
    def begin(self) -> None:
        self.volumes = Volumes(self.house.archive, CLERK)
        self.held: dict[int, list[int]] = {}
        self.pages: dict[int, int] = {}
        self.filed: set[int] = set()
        for _ in range(2):
            self.held[self.volumes.open(case()).id] = []

    def pick(self, number: int, *, filled: bool = False) -> int | None:
        there = [id for id in self.held if id not in self.filed and (self.held[id] or not filled)]
        return there[number % len(there)] if there else None

    @rule(number=st.integers(0, 9), pages=st.sampled_from((1, 40, 120, 199, 200, 350)))
    def fill(self, number: int, pages: int) -> None:
        volume = self.pick(number)
        if volume is not None:
            (item,) = fill(self.house, self.volumes, volume, pages)
            self.held[volume].append(item)
            self.pages[item] = pages

    @rule(number=st.integers(0, 9), data=st.data())
    def order(self, number: int, data: st.DataObject) -> None:
        volume = self.pick(number, filled=True)
        if volume is not None:
            wanted = data.draw(st.permutations(self.held[volume]))
            self.volumes.order(volume, wanted)
            self.held[volume] = list(wanted)

    @rule(number=st.integers(0, 9), other=st.integers(0, 9), which=st.integers(0, 9))
    def move(self, number: int, other: int, which: int) -> None:
        source, goal = self.pick(number, filled=True), self.pick(other)
        if source is not None and goal is not None:
            item = self.held[source][which % len(self.held[source])]
            self.volumes.move([item], goal)
            self.held[source].remove(item)
            self.held[goal].append(item)

    @rule(number=st.integers(0, 9))
    def divide(self, number: int) -> None:
        volume = self.pick(number, filled=True)
        if volume is None or any(book.id in self.filed for book in self.volumes.books(volume)):
            return
        books = self.volumes.divide(volume)
        left = self.held.pop(volume)
        for book in books:
            held = ids(self.volumes.items(book.id))
            assert sum(self.pages[item] for item in held) <= 200 or len(held) == 1
            self.held[book.id] = held
        assert [item for book in books for item in self.held[book.id]] == left

    @rule(number=st.integers(0, 9), other=st.integers(0, 9))
    def join(self, number: int, other: int) -> None:
        source, goal = self.pick(number), self.pick(other)
        if source is not None and goal is not None and source != goal:
            self.volumes.join(source, goal)
            self.held[goal] += self.held.pop(source)

    @rule(number=st.integers(0, 9))
    def file(self, number: int) -> None:
        volume = self.pick(number, filled=True)
        if volume is not None and not self.volumes.check(volume).problems:
            self.volumes.file(volume)
            self.filed.add(volume)

    @invariant()
    def everything_is_in_its_place(self) -> None:
        if not hasattr(self, "held"):
            return
        for volume, expected in self.held.items():
            items = self.volumes.items(volume)
            assert ids(items) == expected
            assert [item.position for item in items] == list(range(1, len(items) + 1))
            page = 0
            for item in items:
                assert (item.page_from, item.page_to) == (page + 1, page + item.page_count)
                page = item.page_to
            assert self.volumes.volume(volume).page_count == page
            if volume in self.filed:
                assert [item.item_no for item in items] == list(range(1, len(items) + 1))
        books = [self.volumes.books(volume) for volume in self.held]
        for group in books:
            assert [book.book_no for book in group] == list(range(1, len(group) + 1))
            assert {book.book_total for book in group} == {len(group)}
        listed = self.volumes.volumes(VolumeFilter())
        assert sorted(volume.id for volume in listed) == sorted(self.held)
        numbers = sorted(volume.volume_no for volume in listed if volume.volume_no)
        assert numbers == list(range(1, len(self.filed) + 1))

    def teardown(self) -> None:
        if hasattr(self, "held"):  # nothing was changed without an event that carries what it was and is
            with self.house.archive.database.snapshot() as reader:
                assert [found for found in digests.verify(reader, lambda *_: None) if not found.ok] == []


def test_histories(tmp_path: Path) -> None:
    houses = []

    class Here(Histories):
        def __init__(self) -> None:
            self.house = House(tmp_path / str(len(houses)))
            houses.append(self.house)
            super().__init__()

        def teardown(self) -> None:
            super().teardown()
            self.house.archive.close()

    run_state_machine_as_test(
        Here, settings=settings(max_examples=10, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    )


# ---- checks, books, deadlines, rights


def keys(found: Check) -> list[str]:
    return [problem.key for problem in found.problems]


def test_the_check_names_everything_that_is_missing(house: House, volumes: Volumes) -> None:
    volume = volumes.open(VolumeDraft(title="样本", year=2026, category="WS"))
    assert keys(volumes.check(volume.id)) == [
        "problem.volume_date_from", "problem.volume_date_to", "problem.volume_maker", "problem.volume_made_on",
        "problem.volume_checker", "problem.volume_items",
    ]  # fmt: skip
    fill(house, volumes, volume.id, 1, doc_date="20260310")
    with pytest.raises(Invalid):
        volumes.file(volume.id)
    proposed = volumes.proposed(volume.id)
    assert (proposed.date_from, proposed.date_to, proposed.maker) == ("20260310", "20260310", CLERK.name)
    volumes.describe(volume.id, replace(proposed, checker="样本乙"))
    assert keys(volumes.check(volume.id)) == []
    assert volumes.file(volume.id).reference_code == "Z900-WS·2026-D10-001"


def test_a_thick_volume_is_divided_before_it_is_filed_and_no_item_is_torn(house: House, volumes: Volumes) -> None:
    volume = volumes.open(case())
    made = fill(house, volumes, volume.id, 120, 80, 1, 350, 10)
    found = volumes.check(volume.id)
    assert keys(found) == ["problem.volume_thick"]
    assert found.books == ((made[0], made[1]), (made[2],), (made[3],), (made[4],))
    books = volumes.divide(volume.id)
    assert [(book.book_no, book.book_total, book.case_no, book.page_count) for book in books] == [
        (n, 4, case().case_no, pages) for n, pages in ((1, 200), (2, 1), (3, 350), (4, 10))
    ]
    codes = [volumes.file(book.id).reference_code for book in books]
    assert codes == [f"Z900-ZY·XZ·2026-D30-{n:03d}" for n in (1, 2, 3, 4)]
    assert [item.page_from for item in volumes.items(books[3].id)] == [1], "every book begins with page 1"


def test_a_book_of_a_filed_set_is_not_divided_further(house: House, volumes: Volumes) -> None:
    volume = volumes.open(case())
    fill(house, volumes, volume.id, 150, 150)
    first, second = volumes.divide(volume.id)
    volumes.file(first.id)
    fill(house, volumes, second.id, 150)
    with pytest.raises(VolumeFrozen):
        volumes.divide(second.id)


def test_dividing_keeps_the_order_and_every_item() -> None:
    pages = [1, 199, 1, 200, 201, 5]
    items = [_Leaf(number, count) for number, count in enumerate(pages)]
    books = divide(items, 200)  # type: ignore[arg-type]
    assert [[leaf.page_count for leaf in book] for book in books] == [[1, 199], [1], [200], [201], [5]]  # type: ignore[attr-defined]


class _Leaf:
    def __init__(self, id: int, page_count: int) -> None:
        self.id, self.page_count = id, page_count


def test_an_empty_book_or_volume_is_refused_below_the_screens_too(house: House, volumes: Volumes) -> None:
    volume = volumes.open(case())
    with pytest.raises(VolumeEmpty), house.archive.write(CHIEF) as change:
        change.file_volume(volume.id, lambda _v: ("x",), lambda _v, n: str(n), numbering.code_in_volume)
    made = fill(house, volumes, volume.id, 1)
    with pytest.raises(VolumeEmpty), house.archive.write(CHIEF) as change:
        change.split_volume(volume.id, [made, []])
    with pytest.raises(NoSuchRecord):
        volumes.move(made, 999)
    assert volumes.volume(volume.id).item_count == 1


def test_the_deadline_counts_working_days(house: House, volumes: Volumes) -> None:
    guided(house)
    late = volumes.open(case(closed_on="20261101"))
    soon = volumes.open(case(closed_on="20261110"))
    volumes.open(case(closed_on=""))
    done = volumes.open(case(closed_on="20261001"))
    fill(house, volumes, done.id, 1, doc_date="20260310")
    volumes.file(done.id)
    due = volumes.due(date(2026, 11, 22))
    assert [(one.volume.id, one.due_on, one.days_left) for one in due] == [
        (late.id, date(2026, 11, 13), -5), (soon.id, date(2026, 11, 24), 2),
    ]  # fmt: skip
    (_late, shifted) = volumes.due(date(2026, 11, 22), "2026-11-11，+2026-11-14")
    assert shifted.due_on == date(2026, 11, 24)
    assert volumes.due(date(2026, 11, 22), "2026-11-11 2026-11-12")[1].due_on == date(2026, 11, 26)


def test_a_calendar_that_is_no_list_of_dates_is_refused() -> None:
    with pytest.raises(HolidaysUnreadable, match="国庆"):
        Calendar.read("2026-10-01, 国庆")


def test_the_secret_part_of_a_case_is_for_clerks(house: House, volumes: Volumes) -> None:
    secret = volumes.open(case(part=VolumePart.SECRET))
    (item,) = fill(house, volumes, secret.id, 1)
    plain = volumes.open(case(part=VolumePart.MAIN))
    for person in (FILER, AUDITOR):
        theirs = Volumes(house.archive, person)
        assert [volume.id for volume in theirs.volumes(VolumeFilter())] == [plain.id]
        assert theirs.ids(VolumeFilter()) == [plain.id]
        assert [volume.id for volume in theirs.case(plain)] == [plain.id]
        assert set(theirs.by_id([secret.id, plain.id])) == {plain.id}
        for look in (theirs.items, theirs.volume, theirs.compare, theirs.check):
            with pytest.raises(PartClosed):
                look(secret.id)
    filer = Volumes(house.archive, FILER)
    with pytest.raises(PartClosed):
        filer.move([item], plain.id)
    with pytest.raises(PartClosed):
        filer.open(case(part=VolumePart.SECRET))
    with pytest.raises(PartClosed):
        filer.describe(plain.id, case(part=VolumePart.SECRET))
    assert [volume.id for volume in volumes.case(plain)] == [plain.id, secret.id]


def test_papers_of_the_secret_part_are_closed_wherever_a_record_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station, _recovery_key = stations.station(tmp_path, monkeypatch)
    try:
        chief = station.volumes
        secret, plain = chief.open(case(part=VolumePart.SECRET)), chief.open(case())
        hidden, shown = (_paper(station, volume.id) for volume in (secret, plain))
        station.archive.index.catch_up()
        assert {item.id for _hit, item in station.found(station.search("样本通知"))} == {hidden, shown}
        filer = Agent(station.agent.id, station.agent.name, Role.FILER)
        station.agent = filer
        station.volumes = Volumes(station.archive, filer)
        assert {item.id for _hit, item in station.found(station.search("样本通知"))} == {shown}
        assert station.item(shown).id == shown
        for look in (station.item, station.view, lambda id: station.copy(id, 1)):
            with pytest.raises(PartClosed):
                look(hidden)
        results = station.search("样本通知")
        assert (results.total, [hit.item_id for hit in results.hits]) == (1, [shown])
        assert station.snippet("样本通知", shown).text and not station.snippet("样本通知", hidden).text
        held, open_ = (station.archive.queries.documents(id)[0].object_id for id in (hidden, shown))
        assert station.page_text(open_) and station.page_picture(open_, 1)
        assert station.page_text(held) == []
        with pytest.raises(NoSuchRecord):
            station.page_picture(held, 1)
        # The same original, held by a record this person may see, is open.
        with station.archive.database.transaction() as connection:
            connection.execute(
                "INSERT INTO document (item_id, position, object_id, role) SELECT ?, 2, ?, role FROM document LIMIT 1", (shown, held)
            )
        assert station.page_text(held) and station.page_picture(held, 1)
        for form, wishes in (("volume_contents", {"volume_id": secret.id}), ("volume_register", {"secret": True})):
            with pytest.raises(PartClosed):
                station.report(form, wishes)
    finally:
        station.stop()


def _paper(station: Station, volume_id: int) -> int:
    sealed = station.archive.objects.put(f"纸 {next(_papers)}".encode())
    custody = Custody("样本.txt", "/scan/样本.txt", 1, sealed.size_bytes, sealed.sha256, "2026-01-01T00:00:00+00:00", True)
    with station.archive.write(PROGRAM) as change:
        arrival_id = change.receive(sealed.sha256[:32], custody, sealed)
    object_id = station.archive.queries.arrival(arrival_id).object_id
    assert object_id is not None
    page = Page(1, 100, 140, (Line("样本正文", 0.1, 0.1, 0.8, 0.02),), b"", "typeset", 1.0)
    picture = station.archive.pictures.put(f"picture {next(_papers)}".encode())
    with station.archive.write(PROGRAM) as change:
        change.read(object_id, "text", [(page, picture.name)], draft())
    return station.volumes.file_into(arrival_id, draft(), volume_id).id


def test_an_auditor_looks_and_arranges_nothing(house: House, volumes: Volumes) -> None:
    volume = volumes.open(case())
    fill(house, volumes, volume.id, 1)
    auditor = Volumes(house.archive, AUDITOR)
    assert auditor.volume(volume.id).id == volume.id
    for act in (
        lambda: auditor.open(case()),
        lambda: auditor.file(volume.id),
        lambda: auditor.order(volume.id, []),
        lambda: auditor.describe(volume.id, case()),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_lists_are_filtered(volumes: Volumes) -> None:
    one = volumes.open(case(title="样本甲盗窃案", case_no="A1"))
    two = volumes.open(case(title="样本乙诈骗案", year=2025))
    three = volumes.open(case(category="WS", retention=Retention.D10, title="会议"))
    asked = {
        VolumeFilter(): [three, two, one], VolumeFilter(category="ZY"): [two, one], VolumeFilter(year=2025): [two],
        VolumeFilter(text="盗窃"): [one], VolumeFilter(case_no="A1"): [one], VolumeFilter(state=State.FILED): [],
        VolumeFilter(retention=Retention.D10): [three], VolumeFilter(text="%"): [],
    }  # fmt: skip
    for wanted, expected in asked.items():
        assert volumes.volumes(wanted) == [volumes.volume(volume.id) for volume in expected]
        assert volumes.ids(wanted) == [volume.id for volume in expected]
    assert [volume.id for volume in volumes.volumes(VolumeFilter(), limit=1, offset=1)] == [two.id]
    assert volumes.years() == [2026, 2025]
