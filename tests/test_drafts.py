"""tests/test_drafts.py — what is half written comes back to its writer, and to nobody else; and it goes with its record."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access import may
from app.drafts import Drafts, Unfinished
from app.volumes import Volumes
from storage.errors import NoSuchRecord, NotAllowed
from storage.records import Agent, Kind, Role, Subject
from storage.records.volumes import VolumePart
from tests.disposals import approved, carry_out, deliver, item
from tests.plays.sealing import volume
from tests.stations import CHIEF, House, draft

CLERK = Agent(71, "样本·文员", Role.CLERK)
FILER = Agent(72, "样本·归档员", Role.FILER)
WORD = "样本未写完的题名"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    for agent in (CLERK, FILER):
        with made.archive.database.transaction() as connection:
            connection.execute(
                "INSERT INTO agent (id, name, created_at) VALUES (?, ?, '2026-01-01')", (agent.id, agent.name)
            )
    yield made
    if not made.archive.closed:
        made.archive.close()


def drafts(house: House, agent: Agent = CHIEF) -> Drafts:
    return Drafts(house.archive, agent, Volumes(house.archive, agent))


def written(place: str = "correct", subject: str = "", **content: Any) -> Unfinished:
    return Unfinished(place, subject, {"title": WORD} | content)


def rows(house: House) -> int:
    found = house.archive.database.reader().row("SELECT count(*) FROM draft")
    assert found is not None
    return int(found[0])


def test_it_comes_back_after_a_lock_to_its_writer_alone(house: House) -> None:
    filed = house.file(house.receive(b"paper"))
    whole = written("correct", f"item:{filed.id}", reason="样本", pages=[1, 2], on=None)
    drafts(house).settle([whole, written("volume")])
    house.reopen()
    back = {one.key: one for one in drafts(house).mine()}
    assert back[whole.key].content == whole.content and not back[whole.key].changed
    assert set(back) == {whole.key, ("volume", "")}
    assert drafts(house, CLERK).mine() == []


def test_kept_twice_is_one_event_and_done_is_one_more(house: House) -> None:
    before = house.archive.queries.head()[0]
    for _time in range(3):
        drafts(house).settle([written("loan")])
    drafts(house).settle([written("loan", person="样本借阅人")])
    drafts(house).settle([], {("loan", ""), ("loan", "item:99")})
    told = house.archive.queries.events(before)
    assert [event.type for event in told] == ["keep_draft", "keep_draft", "drop_draft"]
    assert rows(house) == 0
    assert told[0].detail["digest"] != told[1].detail["digest"]


def test_an_event_tells_neither_what_was_written_nor_about_what(house: House) -> None:
    filed = house.file(house.receive(b"paper"))
    drafts(house).settle([written("correct", f"item:{filed.id}")])
    (event,) = house.archive.queries.events(house.archive.queries.head()[0] - 1)
    assert event.object == "agent:1" and set(event.detail) == {"place", "digest"}
    assert WORD not in str(event)
    # The digest is keyed: who knows what might have been written cannot try.
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE fact SET value = ? WHERE name = 'name_key'", (b"k" * 32,))
    drafts(house).settle([], {("correct", f"item:{filed.id}")})
    drafts(house).settle([written("correct", f"item:{filed.id}")])
    assert house.archive.queries.events(house.archive.queries.head()[0] - 1)[0].detail["digest"] != event.detail["digest"]


def test_one_of_a_record_that_was_changed_meanwhile_says_so(house: House) -> None:
    filed = house.file(house.receive(b"paper"))
    kept = Unfinished("correct", f"item:{filed.id}", {}, filed.changed_seq)
    drafts(house).settle([kept])
    assert [one.changed for one in drafts(house).mine()] == [False]
    with house.archive.write(CHIEF) as change:
        change.correct(filed.id, draft(title="样本更正"), "样本", filed.changed_seq)
    assert [one.changed for one in drafts(house).mine()] == [True]


def test_what_is_filed_meanwhile_is_not_offered_and_leaves_no_row(house: House) -> None:
    arrival = house.receive(b"paper")
    drafts(house).settle([written("inbox", f"arrival:{arrival}")])
    assert [one.about for one in drafts(house).mine()] == [arrival]
    house.file(arrival)
    assert drafts(house).mine() == [] and rows(house) == 0


def test_what_is_sealed_takes_everybodys_drafts_with_it(house: House) -> None:
    arrival = house.receive(b"paper")
    drafts(house, CLERK).settle([written("inbox", f"arrival:{arrival}")])
    filed = house.file(arrival)
    drafts(house).settle([written("correct", f"item:{filed.id}"), written("people", f"item:{filed.id}"), written("loan")])
    with house.archive.write(CHIEF) as change:
        change.seal(Subject(Kind.ITEM, filed.id), "样本依据")
    assert rows(house) == 1
    assert [one.place for one in drafts(house).mine()] == ["loan"]


def test_a_sealed_volume_takes_those_of_its_items_too(house: House) -> None:
    whole, inside = volume(house, [b"one", b"two"], title="样本案卷")
    drafts(house).settle([written("volume", f"volume:{whole.id}"), written("correct", f"item:{inside[1].id}")])
    with house.archive.write(CHIEF) as change:
        change.seal(Subject(Kind.VOLUME, whole.id), "样本依据")
    assert rows(house) == 0


def test_what_is_destroyed_takes_everybodys_drafts_with_it(house: House) -> None:
    goes = item(house, b"goes")
    (arrival,) = house.archive.database.reader().rows("SELECT id FROM arrival WHERE item_id = ?", (goes.id,))
    with house.archive.write(CLERK) as change:
        change.keep_draft(_row("inbox", f"arrival:{arrival[0]}"))
        change.keep_draft(_row("correct", str(goes)))
    deliver(house.archive, goes)
    carry_out(house, approved(house, [goes]), 1)
    assert rows(house) == 0


def test_what_this_person_may_no_longer_open_is_dropped_unread(house: House) -> None:
    whole, inside = volume(house, [b"one"], title="样本密卷", part=VolumePart.SECRET)
    about = [written("volume", f"volume:{whole.id}"), written("correct", f"item:{inside[0].id}")]
    drafts(house, FILER).settle(about)
    assert drafts(house, FILER).mine() == [] and rows(house) == 0
    drafts(house, CLERK).settle(about)
    assert len(drafts(house, CLERK).mine()) == 2


def test_whoever_may_unlock_may_keep_and_nobody_else(house: House) -> None:
    for role in Role:
        agent = Agent(90, "样本", role)
        assert may(agent, "keep_draft") == may(agent, "drop_draft") == may(agent, "unlock")
    with pytest.raises(NotAllowed):
        drafts(house, Agent(72, "样本", Role.PENDING)).settle([written()])
    assert rows(house) == 0


def test_nothing_is_dropped_that_is_not_there(house: House) -> None:
    with pytest.raises(NoSuchRecord), house.archive.write(CHIEF) as change:
        change.drop_draft("correct", "item:1")


PLACES = st.sampled_from(["correct", "loan", "volume"])
CONTENT = st.dictionaries(st.text(max_size=4), st.text() | st.integers(-(2**53), 2**53) | st.booleans() | st.none(), max_size=4)
STEPS = st.lists(st.tuples(st.integers(0, 1), PLACES, CONTENT | st.none(), st.booleans()), max_size=12)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("lasting"))
    with made.archive.database.transaction() as connection:
        connection.execute("INSERT INTO agent (id, name, created_at) VALUES (71, '样本·文员', '2026-01-01')")
    yield made
    made.archive.close()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_after_any_history_each_has_what_they_last_kept(lasting: House, steps: list[Any]) -> None:
    """Against a dictionary: keep, drop, and reopening in between."""
    people = (CHIEF, CLERK)
    for agent in people:
        drafts(lasting, agent).settle([], lasting.archive.queries.draft_keys(agent.id))
    model: dict[tuple[int, str], Any] = {}
    for who, place, content, locked in steps:
        if content is None:
            drafts(lasting, people[who]).settle([], {(place, "")})
            model.pop((who, place), None)
        else:
            drafts(lasting, people[who]).settle([Unfinished(place, "", content)])
            model[who, place] = content
        if locked:
            lasting.reopen()
        for one, agent in enumerate(people):
            kept = {(one, found.place): found.content for found in drafts(lasting, agent).mine()}
            assert kept == {key: value for key, value in model.items() if key[0] == one}


def _row(place: str, subject: str) -> Any:
    from storage.records.drafts import Draft

    return Draft(place, subject, "{}")


def test_any_number_of_places_stand_beside_each_other(house: House) -> None:
    ids = [house.file(house.receive(b"%d" % number)).id for number in range(3)]
    wanted = [written(place, f"item:{id}") for place, id in itertools.product(("correct", "people"), ids)]
    drafts(house).settle(wanted)
    assert {one.key for one in drafts(house).mine()} == {one.key for one in wanted}
