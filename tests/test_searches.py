"""tests/test_searches.py — what people keep of their questions: theirs alone, in their order, in no clear text, forgotten in time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access import may
from app.audit import Audit
from app.searches import (
    LONGEST_NAME,
    LONGEST_QUESTION,
    LONGEST_WORD,
    Question,
    Searches,
    SearchNameTaken,
    SearchNotKept,
    WordNotTaken,
)
from app.station import Station
from storage.anchors import Anchor, Suspension
from storage.changes.searches import KEPT, KEPT_DAYS
from storage.errors import AwaitingAcknowledgement, NoSuchRecord, NotAllowed
from storage.records import Agent, Kind, Role, SecurityClass, Subject
from storage.records.search import Filters, Order
from storage.records.users import Scope
from tests.disposals import approved, carry_out, deliver, item
from tests.stations import CHIEF, House, needles, raise_it

CLERK = Agent(71, "样本·文员", Role.CLERK)
FILER = Agent(72, "样本·归档员", Role.FILER)
AUDITOR = Agent(73, "样本·审计", Role.AUDITOR)
WORD = "骉骉驫驫样本人"
NARROW = Filters(category=("ZY·XZ", "WS"), year=("2026",), since="20260101", until="20261231")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    people(made, CLERK, FILER, AUDITOR)
    yield made
    if not made.archive.closed:
        made.archive.close()


def people(house: House, *agents: Agent) -> None:
    with house.archive.database.transaction() as connection:
        for agent in agents:
            connection.execute("INSERT INTO agent (id, name, created_at) VALUES (?, ?, '2026-01-01')", (agent.id, agent.name))


def of(house: House, agent: Agent = CHIEF) -> Searches:
    return Searches(house.archive, agent)


def rows(house: House, table: str = "past_search") -> int:
    found = house.archive.database.reader().row(f"SELECT count(*) FROM {table}")
    assert found is not None
    return int(found[0])


def asked(house: House, agent: Agent = CHIEF) -> list[str]:
    return [past.question.query for past in of(house, agent).past()]


# -- saved by name


def test_what_is_saved_comes_back_whole_to_its_writer_alone(house: House) -> None:
    whole = Question(f'{WORD} "一 二" -三 OR title:四', NARROW, Order.CODE)
    of(house).keep("  值班   常用 ", whole)
    of(house, CLERK).keep("值班 常用", Question("别的"))
    house.reopen()
    (mine,) = of(house).saved()
    assert (mine.name, mine.question.query, mine.question.order) == ("值班 常用", whole.query, Order.CODE)
    assert mine.question.filters == Filters(category=("WS", "ZY·XZ"), year=("2026",), since="20260101", until="20261231")
    assert [one.question for one in of(house, CLERK).saved()] == [Question("别的")]
    assert of(house, FILER).saved() == []


def test_a_name_is_given_to_another_question_only_when_that_is_meant(house: House) -> None:
    of(house).keep("常用", Question("一"))
    with pytest.raises(SearchNameTaken) as refused:
        of(house).keep("常用", Question("二"))
    assert refused.value.facts == {}
    assert [one.question.query for one in of(house).saved()] == ["一"]
    of(house).keep("常用", Question("二"), replace=True)
    assert [one.question.query for one in of(house).saved()] == ["二"]


@pytest.mark.parametrize(
    ("name", "question", "reason"),
    [
        (" ", Question("一"), "name_missing"),
        ("名" * (LONGEST_NAME + 1), Question("一"), "name_long"),
        ("名", Question("  "), "question_missing"),
        ("名", Question("一" * (LONGEST_QUESTION + 1)), "question_long"),
    ],
)
def test_what_cannot_be_saved_says_why(house: House, name: str, question: Question, reason: str) -> None:
    with pytest.raises(SearchNotKept) as refused:
        of(house).keep(name, question)
    assert refused.value.facts["reason"] == reason and rows(house, "saved_search") == 0


def test_filters_alone_are_a_question(house: House) -> None:
    of(house).keep("今年", Question("", Filters(year=("2026",))))
    assert of(house).saved()[0].question == Question("", Filters(year=("2026",)))


def test_only_ones_own_is_dropped(house: House) -> None:
    of(house).keep("常用", Question("一"))
    for name, agent in (("常用", CLERK), ("没有", CHIEF)):
        with pytest.raises(NoSuchRecord):
            of(house, agent).drop(name)
    of(house).drop("常用")
    assert of(house).saved() == []


# -- asked before


def test_the_same_question_again_moves_to_the_top(house: House) -> None:
    for query in ("一", "二", "三", "  一 "):
        of(house).note(Question(query), 1)
    of(house).note(Question("二", Filters(year=("2026",))), 5)
    of(house).note(Question("二", order=Order.NEWEST), 5)
    assert asked(house) == ["二", "二", "一", "三", "二"]
    of(house).note(Question("二", Filters(year=("2026",))), 6)
    past = of(house).past()
    assert len(past) == 5 and (past[0].question.filters.year, past[0].found) == (("2026",), 6)
    assert asked(house, CLERK) == []


def test_the_order_of_values_in_a_filter_is_no_other_question(house: House) -> None:
    for years in (("2025", "2026"), ("2026", "2025")):
        of(house).note(Question("一", Filters(year=years)), 1)
    assert rows(house) == 1


def test_a_hundred_are_kept_of_each_person(house: House) -> None:
    of(house, CLERK).note(Question("文员的"), 1)
    with house.archive.write(CHIEF) as change:
        for number in range(KEPT + 20):
            change.note_search(Question(f"第{number}问"), number)
    assert len(asked(house)) == KEPT == rows(house) - 1
    assert asked(house)[0] == f"第{KEPT + 19}问" and asked(house)[-1] == "第20问"
    assert asked(house, CLERK) == ["文员的"]


def test_what_is_old_goes_by_itself_at_the_next_unlocking_and_is_not_shown_before(house: House) -> None:
    of(house, CLERK).note(Question("久远"), 1)
    of(house, CLERK).note(Question("近日"), 1)
    age(house, "久远", KEPT_DAYS + 1)
    age(house, "近日", KEPT_DAYS - 1)
    assert asked(house, CLERK) == ["近日"] and rows(house) == 2
    with house.archive.write(CHIEF) as change:
        change.unlock()
    assert rows(house) == 1
    age(house, "近日", KEPT_DAYS + 1)
    of(house).note(Question("别人的"), 1)
    assert rows(house) == 1


def age(house: House, query: str, days: int) -> None:
    with house.archive.database.transaction() as connection:
        connection.execute(
            "UPDATE past_search SET at = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', ?) WHERE query = ?", (f"-{days} days", query)
        )


def test_each_clears_their_own_all_or_one(house: House) -> None:
    for agent in (CHIEF, CLERK):
        for query in ("一", "二", "三"):
            of(house, agent).note(Question(query), 1)
    of(house).clear(next(past.id for past in of(house).past() if past.question.query == "二"))
    assert asked(house) == ["三", "一"]
    with pytest.raises(NoSuchRecord):
        of(house).clear(of(house, CLERK).past()[0].id)
    of(house).clear()
    assert asked(house) == [] and asked(house, CLERK) == ["三", "二", "一"]


def test_nothing_is_noted_that_nobody_would_come_back_to(house: House) -> None:
    of(house).note(Question("   "), 3)
    of(house).note(Question("长" * (LONGEST_QUESTION + 1)), 3)
    assert rows(house) == 0
    of(house).note(Question("", Filters(year=("2026",))), 3)
    assert rows(house) == 1


def test_nothing_is_noted_while_the_archive_waits_for_two_people(house: House) -> None:
    house.archive.suspension = Suspension(Anchor(9, "00", "e", "2026-01-01", "file"), "behind", 1, "11")
    of(house).note(Question("一"), 1)
    with pytest.raises(AwaitingAcknowledgement):
        of(house).keep("常用", Question("一"))
    house.archive.suspension = None
    assert (rows(house), rows(house, "saved_search")) == (0, 0)


def test_a_disabled_account_keeps_no_history_and_gets_its_saved_questions_back(house: House) -> None:
    with house.archive.write(CHIEF) as change:
        other = change.admit("样本·停用")
    agent = Agent(other, "样本·停用", Role.FILER)
    of(house, agent).note(Question("一"), 1)
    of(house, agent).keep("常用", Question("一"))
    of(house, CLERK).note(Question("二"), 1)
    with house.archive.write(CHIEF) as change:
        change.disable(other)
    assert asked(house, agent) == [] and asked(house, CLERK) == ["二"]
    with house.archive.write(CHIEF) as change:
        change.enable(other)
    assert [one.name for one in of(house, agent).saved()] == ["常用"]


# -- what the journal and the disk have of it


def test_an_event_tells_a_keyed_digest_and_a_number_never_the_words(house: House) -> None:
    before = house.archive.queries.head()[0]
    of(house).note(Question(WORD, NARROW), 7)
    of(house, CLERK).note(Question(f" {WORD}  "), 0)
    of(house).keep("常用", Question(WORD))
    of(house).drop("常用")
    of(house).clear()
    told = house.archive.queries.events(before)
    assert [event.type for event in told] == ["note_search", "note_search", "keep_search", "drop_search", "clear_searches"]
    assert WORD not in str(told) and "常用" not in str(told)
    assert {event.object for event in told} == {"agent:1", "agent:71"}
    assert (told[0].detail["found"], told[0].detail["filters"], told[1].detail["filters"]) == (7, 4, 0)
    # The same words have the same digest, whoever asks: so it can be proved that they were asked.
    assert told[0].detail["digest"] == told[1].detail["digest"] == told[2].detail["digest"]
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE fact SET value = ? WHERE name = 'digest_key'", (b"k" * 32,))
    of(house).note(Question(WORD), 7)
    assert house.archive.queries.events(told[-1].seq)[0].detail["digest"] != told[0].detail["digest"]


def test_an_auditor_proves_that_words_were_searched_for_and_reads_none(house: House) -> None:
    of(house, CLERK).note(Question(f"{WORD}  案", NARROW), 3)
    of(house, CLERK).note(Question("别的"), 3)
    of(house).keep("常用", Question(f"{WORD} 案"))
    with house.archive.database.transaction() as connection:
        connection.execute("INSERT INTO duty (agent_id, role, at, granted_by, granted_name, reason) VALUES (73, 'auditor', '2026', 1, '样本', '')")
    audit = Audit(house.archive, AUDITOR, house.archive)
    answer = audit.ask(audit.searched(f" {WORD} 案"))
    told = [(line.event.type, line.event.agent, line.event.detail.get("found")) for line in answer.all()]
    assert told == [("keep_search", 1, None), ("note_search", 71, 3)]
    assert WORD not in str(list(answer.all()))
    assert len(audit.ask(audit.searched(WORD)).numbers) == 0
    with pytest.raises(NotAllowed):
        Audit(house.archive, CLERK, house.archive).searched(WORD)


def test_what_was_asked_and_saved_and_the_words_stand_in_no_file(house: House) -> None:
    of(house).note(Question(f"{WORD}问过"), 1)
    of(house).keep(f"{WORD}名称", Question(f"{WORD}保存"))
    of(house).add_words([WORD])
    sought = needles([WORD], [])
    assert sought and len(of(house).past()) == len(of(house).saved()) == len(of(house).words()) == 1
    for _state in ("open", "closed"):
        found = [file.name for file in house.folder.rglob("*") if file.is_file()
                 and any(needle in file.read_bytes() for needle in sought)]  # fmt: skip
        assert found == []
        house.archive.close()
    assert (house.folder / "archive.db").stat().st_size > 100_000


def test_history_is_what_was_typed_but_how_much_there_was_goes_when_a_record_is_sealed(house: House) -> None:
    filed = house.file(house.receive("骉骉正文".encode()))
    of(house, CLERK).note(Question("骉骉"), 1)
    of(house, CLERK).keep("常用", Question("骉骉"))
    with house.archive.write(CHIEF) as change:
        change.seal(Subject(Kind.ITEM, filed.id), "样本依据")
    (past,) = of(house, CLERK).past()
    assert (past.question.query, past.found) == ("骉骉", None)
    assert [one.name for one in of(house, CLERK).saved()] == ["常用"]
    of(house, CLERK).note(Question("骉骉"), 0)
    assert [past.found for past in of(house, CLERK).past()] == [0]


def test_how_much_there_was_goes_when_a_record_is_destroyed(house: House) -> None:
    goes = item(house, "骉骉正文".encode())
    of(house, CLERK).note(Question("骉骉"), 1)
    deliver(house.archive, goes)
    carry_out(house, approved(house, [goes]), 1)
    assert [past.found for past in of(house, CLERK).past()] == [None]


def test_behind_a_scope_ones_own_are_there_and_behind_none_nothing(house: House) -> None:
    of(house, CLERK).note(Question("一"), 1)
    of(house, CLERK).keep("常用", Question("一"))
    of(house).add_words(["样本镇"])
    for scope, seen in ((Scope(highest_class=SecurityClass.PUBLIC), 1), (Scope(nothing=True), 0)):
        behind = Searches(house.archive.confined(scope), CLERK)
        assert len(behind.past()) == len(behind.saved()) == len(behind.words()) == seen
    behind = Searches(house.archive.confined(Scope(categories=("WS",))), CLERK)
    behind.note(Question("二"), 1)
    assert [past.question.query for past in behind.past()] == ["二", "一"]


def test_nobody_is_offered_what_somebody_else_has_typed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even what is nearly the same: suggestions come from the papers."""
    monkeypatch.setenv("ANJUAN_CONFIG", str(house.folder / "config"))
    house.file(house.receive("样本正文".encode()))
    house.archive.index.catch_up()
    of(house, CLERK).note(Question(WORD), 1)
    of(house, CLERK).keep(WORD, Question(WORD))
    of(house).add_words([WORD])
    station = Station(house.archive, CHIEF, lambda call: call(), raise_it)
    offered = [instead for query in (WORD, WORD[:-1], WORD[1:], "骉骉驫驫样木人") for instead in station.did_you_mean(query)]
    assert not [instead for instead in offered if "骉" in instead and instead not in (WORD, WORD[:-1], WORD[1:])]
    assert station.search(WORD).total == 0


# -- who may


def test_whoever_may_look_may_keep_questions_and_the_administrator_rules_the_words(house: House) -> None:
    for role in Role:
        agent = Agent(90, "样本", role)
        for event in ("keep_search", "drop_search", "note_search", "clear_searches"):
            assert may(agent, event) == may(agent, "view")
        for event in ("add_station_word", "drop_station_word"):
            assert may(agent, event) == (role is Role.ADMINISTRATOR)
    of(house, AUDITOR).note(Question("一"), 1)
    acts: list[Any] = [
        lambda: of(house, Agent(71, "样本", Role.SECURITY)).note(Question("一"), 1),
        lambda: of(house, Agent(71, "样本", Role.PENDING)).keep("一", Question("一")),
        lambda: of(house, CLERK).add_words(["样本镇"]),
        lambda: of(house, CLERK).drop_word("样本镇"),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    assert (rows(house), rows(house, "saved_search"), rows(house, "station_word")) == (1, 0, 0)


# -- words of the station


def test_words_come_in_order_and_go(house: House) -> None:
    of(house).add_words(["样 本 村"])
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE station_word SET at = '2026-01-01'")
    of(house).add_words(["样本镇", "𬭊𠅤样本"])
    words = [one.word for one in of(house).words()]
    assert words[0] == "样本村" and set(words[1:]) == {"样本镇", "𬭊𠅤样本"}
    assert {one.agent_name for one in of(house, CLERK).words()} == {CHIEF.name}
    of(house).drop_word("样本镇")
    assert [one.word for one in house.archive.queries.station_words()] == ["样本村", "𬭊𠅤样本"]
    with pytest.raises(NoSuchRecord):
        of(house).drop_word("样本镇")
    told = house.archive.queries.events(house.archive.queries.head()[0] - 1)
    assert "样本" not in str(told[0].detail)


def test_the_index_takes_a_word_up_and_lets_it_go_and_finds_the_same(house: House) -> None:
    index = house.archive.index
    house.file(house.receive(f"住在{WORD}的人".encode()))
    index.catch_up()
    for act, words in ((lambda: None, 0), (lambda: of(house).add_words([WORD]), 1), (lambda: of(house).drop_word(WORD), 0)):
        act()
        index.catch_up()
        assert index.state().words == words
        assert index.search(WORD).total == index.search(f"{WORD}的人").total == index.search(WORD[2:5]).total == 1


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("", "word_short"), ("样", "word_short"), ("样" * (LONGEST_WORD + 1), "word_long"), ("样本A", "word_not_chinese"),
        ("样本，镇", "word_not_chinese"), ("样本3", "word_not_chinese"), ("ab", "word_not_chinese"), ("已有词", "word_there"),
    ],
)  # fmt: skip
def test_a_word_that_will_not_do_is_not_added_nor_are_those_beside_it(house: House, word: str, reason: str) -> None:
    of(house).add_words(["已有词"])
    with pytest.raises(WordNotTaken) as refused:
        of(house).add_words(["样本好词", word])
    assert refused.value.facts["reason"] == reason
    assert [one.word for one in of(house).words()] == ["已有词"]


def test_twice_in_one_go_is_there_already(house: House) -> None:
    with pytest.raises(WordNotTaken):
        of(house).add_words(["样本镇", "样本镇"])
    assert of(house).words() == []


# -- any history

QUERIES = st.sampled_from(["一", "二 三", "title:四", "-五", '"六 七"'])
FILTERS = st.builds(Filters, year=st.lists(st.sampled_from(["2025", "2026"]), unique=True).map(tuple), since=st.sampled_from(["", "20260101"]))
QUESTIONS = st.builds(Question, QUERIES, FILTERS, st.sampled_from(Order))
STEPS = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["note", "note", "note", "keep", "drop", "clear"]), QUESTIONS), max_size=15)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("lasting"))
    people(made, CLERK)
    yield made
    made.archive.close()


def alike(question: Question) -> tuple[Any, ...]:
    return question.query, tuple(sorted(question.filters.year)), question.filters.since, question.order


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_after_any_history_each_has_what_they_asked_last_first_and_what_they_saved(lasting: House, steps: list[Any]) -> None:
    """Against lists and dictionaries."""
    agents = (CHIEF, CLERK)
    for agent in agents:
        of(lasting, agent).clear()
        for one in of(lasting, agent).saved():
            of(lasting, agent).drop(one.name)
    past: dict[int, list[tuple[Any, ...]]] = {0: [], 1: []}
    saved: dict[int, dict[str, tuple[Any, ...]]] = {0: {}, 1: {}}
    for who, act, question in steps:
        mine = of(lasting, agents[who])
        if act == "note":
            mine.note(question, 1)
            past[who] = [alike(question), *(one for one in past[who] if one != alike(question))]
        elif act == "keep":
            mine.keep(question.query, question, replace=True)
            saved[who][question.query] = alike(question)
        elif act == "drop" and question.query in saved[who]:
            mine.drop(question.query)
            del saved[who][question.query]
        elif act == "clear":
            mine.clear()
            past[who] = []
    for who, agent in enumerate(agents):
        assert [alike(one.question) for one in of(lasting, agent).past()] == past[who]
        assert {one.name: alike(one.question) for one in of(lasting, agent).saved()} == saved[who]
