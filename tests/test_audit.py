"""tests/test_audit.py — the journal as auditors ask it: every question answered as a walk through all lines would, and noted."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import wording
from app.audit import MOST, Audit, NothingAnswered, chain, words
from app.audit.chain import NoHeadCode, NotAChain
from app.audit.groups import GROUPS, OTHER, kind_of, kinds, types_of
from app.audit.span import span
from app.interchange.workbook import workbook
from storage import journal
from storage.archive import Archive
from storage.changes import EVENT_TYPES
from storage.errors import NoSuchRecord, NotAllowed
from storage.records import PROGRAM, Agent, Event, Kind, Role, Subject
from storage.records.journal import JournalFilter, JournalLine, Look
from storage.records.lending import LoanDraft, LoanMode, Standing
from storage.records.people import Purpose
from tests.stations import CHIEF, House, draft

AUDITOR = Agent(8, "样本·审计员", Role.AUDITOR)
SECURITY = Agent(7, "样本·安全员", Role.SECURITY)
CLERK = Agent(6, "样本·内勤", Role.CLERK)
PEOPLE = (CHIEF, AUDITOR, SECURITY, CLERK, PROGRAM)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    wording.use("zh")
    house = House(tmp_path)
    yield house
    house.archive.close()


def of(house: House, agent: Agent = AUDITOR) -> Audit:
    return Audit(house.archive, agent, house.archive)


def write(house: House, step: Any, agent: Agent = CHIEF) -> Any:
    with house.archive.write(agent) as change:
        return step(change)


def events(house: House, type: str = "") -> list[Event]:
    return [event for event in house.archive.queries.events(limit=10**6) if type in ("", event.type)]


def asked(answer: Any) -> list[JournalLine]:
    return list(answer.all())


# -- the same as a walk through everything

TYPES = ("view", "print", "refuse", "unlock", "file")
OUTCOMES = ("success", "refused", "failure")


def scribble(archive: Archive, seed: int, count: int) -> None:
    """Lines by chance, with a clock that is sometimes set back."""
    chance, clock = random.Random(seed), 0
    with archive.database.transaction() as connection:
        for _number in range(count):
            clock = max(0, clock + chance.choice((0, 1, 1, 2, 30, -3)))
            journal.append(
                connection, chance.choice(PEOPLE), chance.choice(TYPES), chance.choice(("item:1", "item:2", "agent:6", "journal")), {},
                f"2026-01-01T{clock // 3600 % 24:02d}:{clock // 60 % 60:02d}:{clock % 60:02d}.000+00:00", chance.choice(OUTCOMES),
                session=chance.choice(("", "aaaa", "bbbb")), reason=chance.choice(("", "case")),
            )  # fmt: skip


MOMENTS = st.sampled_from(["", *(f"2026-01-01T00:{minute:02d}:00.000+00:00" for minute in range(0, 40, 5))])
WANTED = st.builds(
    JournalFilter, since=MOMENTS, until=MOMENTS, agent=st.sampled_from([None, *(one.id for one in PEOPLE)]),
    types=st.lists(st.sampled_from(TYPES), max_size=3, unique=True).map(tuple), outcome=st.sampled_from(["", *OUTCOMES]),
    session=st.sampled_from(["", "aaaa", "cccc"]), users_only=st.booleans(),
)  # fmt: skip


def fits(event: Event, wanted: JournalFilter) -> bool:
    """The question asked of one line, in plain words."""
    return (
        (not wanted.since or event.at >= wanted.since)
        and (not wanted.until or event.at < wanted.until)
        and (wanted.agent is None or event.agent == wanted.agent)
        and (not wanted.types or event.type in wanted.types)
        and (not wanted.outcome or event.outcome == wanted.outcome)
        and (not wanted.session or event.session == wanted.session)
        and (not wanted.users_only or event.agent == 0 or not {"administrator", "security"} & set(event.standing.split("+")))
    )


@pytest.fixture(scope="module")
def scribbled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("scribbled"))
    scribble(house.archive, 7, 400)
    yield house
    house.archive.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=WANTED, before=st.integers(0, 420), limit=st.sampled_from([-1, 1, 20]))
def test_an_answer_is_that_of_a_walk_through_every_line(scribbled: House, wanted: JournalFilter, before: int, limit: int) -> None:
    queries = scribbled.archive.queries
    every = events(scribbled)
    expected = [event.seq for event in reversed(every) if fits(event, wanted)]
    paged = [seq for seq in expected if not before or seq < before][: None if limit < 0 else limit]
    assert queries.audit_numbers(wanted, before=before, limit=limit) == paged
    assert sum(one.count for one in queries.audit_counts(wanted)) == len(expected)
    counted = {(one.type, one.agent, one.outcome, one.reason): one.count for one in queries.audit_counts(wanted)}
    for event in every:
        key = (event.type, event.agent, event.outcome, event.reason)
        if fits(event, wanted):
            counted[key] -= 1
    assert set(counted.values()) <= {0}


def test_a_span_has_its_first_moment_and_not_the_one_it_ends_before(scribbled: House) -> None:
    every = events(scribbled)
    for place in range(2, len(every), 40):
        at = every[place].at
        for wanted in (JournalFilter(since=at), JournalFilter(until=at), JournalFilter(since=every[place - 2].at, until=at)):
            expected = [event.seq for event in reversed(every) if fits(event, wanted)]
            assert scribbled.archive.queries.audit_numbers(wanted) == expected, wanted


def test_pages_by_number_are_the_whole_without_gap_or_repetition(scribbled: House) -> None:
    queries, wanted = scribbled.archive.queries, JournalFilter(types=("view", "print"))
    found: list[int] = []
    while page := queries.audit_numbers(wanted, before=found[-1] if found else 0, limit=17):
        found += page
    assert found == queries.audit_numbers(wanted) == sorted(found, reverse=True)
    lines = queries.audit_lines(found[:50] + [10**9])
    assert [line.event.seq for line in lines] == found[:50]


def test_what_is_asked_by_number_time_person_and_outcome_goes_by_index(scribbled: House) -> None:
    """No question walks through the table: at a million lines that would take seconds."""
    reader = scribbled.archive.database.reader()
    for wanted in (
        JournalFilter(since="2026-01-01T00:01:00"), JournalFilter(agent=6), JournalFilter(types=("print",)),
        JournalFilter(outcome="refused"), JournalFilter(session="aaaa"),
    ):  # fmt: skip
        where, values = scribbled.archive.queries._condition(wanted, 0)  # type: ignore[misc]
        plan = " ".join(str(row) for row in reader.rows(f"EXPLAIN QUERY PLAN SELECT seq FROM event WHERE {where} ORDER BY seq DESC LIMIT 200", values))
        assert "SCAN event" not in plan or "USING INDEX" in plan or "USING COVERING INDEX" in plan, (wanted, plan)


# -- stories


def test_a_records_story_is_everything_that_happened_to_it_and_nothing_else(house: House) -> None:
    audit, queries = of(house), house.archive.queries
    first = house.receive("样本甲".encode())
    mine, other = house.file(first, title="样本甲"), house.file(house.receive("样本乙".encode()), title="样本乙")
    subject = Subject(Kind.ITEM, mine.id)
    write(house, lambda change: change.view(mine.id))
    write(house, lambda change: change.view(other.id))
    write(house, lambda change: change.disclose(subject, Purpose.CASE, "样本依据"))
    write(house, lambda change: change.print(str(subject), 2))
    write(house, lambda change: change.correct(mine.id, draft(title="样本甲改"), "样本更正理由", queries.item(mine.id).changed_seq))
    loan = write(house, lambda change: change.request_loan(
        LoanDraft("样本人", "样本队", purpose="case", basis="样本借阅依据", mode=LoanMode.LEND), [subject], 2026))  # fmt: skip
    seen = queries.item(mine.id).changed_seq
    series = draft(title="样本甲改", year=2025)
    new = write(house, lambda change: change.renumber(
        mine.id, series, _scope(2026), _scope(2025), lambda n: f"Z900-WS·2025-D10-{n:04d}", "样本改号理由", seen))  # fmt: skip
    wanted = audit.record(mine.reference_code)
    assert audit.record(new) == wanted == JournalFilter(subject=subject)
    lines = asked(audit.ask(wanted))
    assert [line.event.type for line in reversed(lines)] == [
        "receive", "read", "file", "view", "disclose", "print", "correct", "request_loan", "renumber",
    ]  # fmt: skip
    by_type = {line.event.type: line for line in lines}
    assert by_type["view"].code == new and by_type["view"].title == "样本甲改" and by_type["view"].standing is Standing.SHOWN
    assert words.why(by_type["disclose"]) == "办案：样本依据"
    assert by_type["correct"].words == "样本更正理由" and by_type["renumber"].words == "样本改号理由"
    assert by_type["request_loan"].words == "样本借阅依据" and by_type["request_loan"].about == "JY-2026-0001"
    assert queries.loan(loan).number == "JY-2026-0001"
    # The look itself is part of the story from now on.
    assert asked(audit.ask(wanted))[0].event.type == "audit"
    with pytest.raises(NoSuchRecord):
        audit.record("Z900-NONE")


def _scope(year: int) -> tuple[str, ...]:
    return ("Z900", "WS", str(year), "D10", "")


def test_a_person_a_day_and_a_session_are_followed(house: House) -> None:
    audit = of(house)
    item = house.file(house.receive(b"one"))
    write(house, lambda change: change.view(item.id), CLERK)
    assert {line.event.agent for line in asked(audit.ask(JournalFilter(agent=CLERK.id)))} == {CLERK.id}
    session = house.archive.session
    before = events(house, "view")[0]
    assert before.session == session
    found = asked(audit.ask(JournalFilter(session=session)))
    assert {line.event.session for line in found} == {session} and before.seq in [line.event.seq for line in found]
    today = date.today()
    assert asked(audit.ask(JournalFilter(*span(today, today))))
    assert not audit.ask(JournalFilter(*span(date(2020, 1, 1), date(2020, 1, 2)))).numbers
    first, last = span(date(2026, 3, 1), date(2026, 3, 1))
    assert first < last and len(first) == len(events(house)[0].at)


# -- who may


def test_only_the_duties_may_look_and_each_sees_its_part(house: House) -> None:
    item = house.file(house.receive(b"one"))
    write(house, lambda change: change.view(item.id), CLERK)
    for role in (Role.FILER, Role.CLERK, Role.ADMINISTRATOR, Role.PENDING):
        stranger = of(house, Agent(9, "样本·别人", role))
        for look in (
            lambda audit: audit.ask(JournalFilter()), lambda audit: audit.record(item.reference_code), lambda audit: audit.people(),
            lambda audit: audit.state(), lambda audit: audit.check(), lambda audit: audit.compare("1 0000000000000000"),
            lambda audit: audit.chain(), lambda audit: audit.seal_day(date(2026, 1, 1)), lambda audit: audit.day_sheets(),
            lambda audit: audit.books("audit_report", None), lambda audit: audit.printed("audit_report", 1),
        ):  # fmt: skip
            before = house.archive.queries.head()[0]
            with pytest.raises(NotAllowed):
                look(stranger)
            assert [event.type for event in house.archive.queries.events(before)] == ["refuse"]
        assert stranger.news().refusals == 0
    assert {line.event.agent for line in asked(of(house).ask(JournalFilter()))} >= {0, CHIEF.id, CLERK.id, 9}


def test_the_security_administrator_sees_users_and_everything_while_there_is_no_auditor(house: House) -> None:
    item = house.file(house.receive(b"one"))
    write(house, lambda change: change.view(item.id), CLERK)
    security = of(house, SECURITY)
    assert security.everything and CHIEF.id in {line.event.agent for line in asked(security.ask(JournalFilter()))}
    with house.archive.database.transaction() as connection:
        connection.execute("INSERT INTO agent (name, created_at) VALUES ('样本·审', '2026-01-01')")
        connection.execute(
            "INSERT INTO duty (agent_id, role, at, granted_by, granted_name, reason) SELECT max(id), 'auditor', '', 1, '', '' FROM agent"
        )
    assert not security.everything and of(house).everything
    seen = asked(security.ask(JournalFilter()))
    assert {line.event.agent for line in seen} == {0, CLERK.id}
    with pytest.raises(NotAllowed):
        security.chain()
    assert of(house, Agent(5, "样本·兼", Role.SECURITY, frozenset({Role.AUDITOR}))).everything


def test_every_question_is_one_event_and_turning_pages_is_none(house: House) -> None:
    audit = of(house)
    item = house.file(house.receive(b"one"))
    questions = [
        (Look.LIST, "journal", lambda: audit.ask(JournalFilter(types=("view",), outcome="success"))),
        (Look.PERSON, f"agent:{CLERK.id}", lambda: audit.ask(JournalFilter(agent=CLERK.id))),
        (Look.RECORD, f"item:{item.id}", lambda: audit.ask(audit.record(item.reference_code))),
        (Look.SESSION, "session:aaaa", lambda: audit.ask(JournalFilter(session="aaaa"))),
        (Look.CHAIN, "journal", lambda: audit.check()),
        (Look.COMPARE, "journal", lambda: audit.compare("1 0000000000000000")),
    ]
    for look, about, question in questions:
        before = house.archive.queries.head()[0]
        question()
        (event,) = house.archive.queries.events(before)
        assert (event.type, event.object, event.detail["look"], event.agent) == ("audit", about, look.value, AUDITOR.id)
    answer = audit.ask(JournalFilter())
    before = house.archive.queries.head()[0]
    asked(answer), answer.counts(), audit.state(), audit.news()
    assert house.archive.queries.head()[0] == before
    kept = next(event.detail for event in events(house, "audit"))
    assert kept["types"] == ["view"] and kept["outcome_asked"] == "success"


def test_what_was_refused_and_failed_is_told_until_somebody_looks(house: House) -> None:
    audit = of(house)
    for _time in range(3):
        write(house, lambda change: change.refuse("destroy"), CLERK)
    write(house, lambda change: change.fail_unlock(1, 1, "passphrase"), PROGRAM)
    assert (audit.news().refusals, audit.news().failed_unlocks) == (3, 1)
    audit.ask(JournalFilter())
    assert (audit.news().refusals, audit.news().failed_unlocks) == (0, 0)


# -- what is sealed stays sealed


def test_of_a_sealed_record_a_line_says_only_that_it_is_one(house: House) -> None:
    audit = of(house)
    item = house.file(house.receive("玄字".encode(), name="玄字.txt"), title="玄字题名", category="ZY·XZ")
    subject = Subject(Kind.ITEM, item.id)
    write(house, lambda change: change.disclose(subject, Purpose.CASE, "玄字依据"))
    write(house, lambda change: change.correct(item.id, draft(title="玄字改", category="ZY·XZ"), "玄字理由", house.archive.queries.item(item.id).changed_seq))
    write(house, lambda change: change.place_hold(subject, "玄字冻结"))
    write(house, lambda change: change.seal(subject, "样本依据"))
    lines = asked(audit.ask(JournalFilter()))
    about = [line for line in lines if line.event.object == str(subject)]
    assert len(about) >= 5 and {line.standing for line in about} == {Standing.SEALED}
    told = repr([(words.what(line), words.about(line), words.why(line), words.details(line), line.code, line.title, line.words) for line in lines])
    assert "玄字" not in told and item.reference_code not in told and "封存记录" in told and str(subject) not in told
    for ask in (lambda: audit.record(item.reference_code), lambda: audit.ask(JournalFilter(subject=subject))):
        with pytest.raises(NoSuchRecord):
            ask()
    exported = audit.chain()
    assert item.reference_code.encode() not in exported and b'"withheld":true' in exported
    checked = chain.check(exported.splitlines())
    assert checked.sound and checked.withheld >= 1


def test_a_destroyed_record_is_followed_by_the_code_in_the_register(house: House) -> None:
    item = house.file(house.receive(b"one"), title="样本销毁")
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET state = 'destroyed', title = '' WHERE id = ?", (item.id,))
        connection.execute("INSERT INTO appraisal (id, number, cutoff, state, appraisers, opened_at, opened_by) VALUES (1, 'x', '', '', '', '', 1)")
        connection.execute(
            "INSERT INTO destroyed VALUES ('item', ?, 1, ?, '样本销毁', '', '', '', 2026, 'D10', 1, 1, '', '', '')",
            (item.id, item.reference_code),
        )  # fmt: skip
    audit = of(house)
    lines = asked(audit.ask(audit.record(item.reference_code)))
    assert [line.event.type for line in lines if line.event.object.startswith("item:")] == ["file"]
    (filed,) = [line for line in lines if line.event.type == "file"]
    assert filed.standing is Standing.GONE and words.about(filed).endswith(item.reference_code) and not filed.title


# -- words


def test_every_type_is_of_one_kind_and_every_kind_has_its_word() -> None:
    listed = [type for types in GROUPS.values() for type in types]
    assert len(listed) == len(set(listed))
    assert sorted(type for kind in kinds() for type in types_of(kind) if type in EVENT_TYPES) == sorted(EVENT_TYPES)
    assert kind_of("of_a_newer_program") == OTHER
    for language in wording.LANGUAGES:
        for kind in (*GROUPS, OTHER):
            assert wording.say(f"audit.kind.{kind}", language)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_line_of_a_life_can_be_read_in_both_languages(house: House, language: str) -> None:
    import importlib
    import pkgutil

    from tests import plays

    def act(name: str, step: Any) -> Any:
        return write(house, step)

    for found in pkgutil.iter_modules(plays.__path__):
        importlib.import_module(f"{plays.__name__}.{found.name}").play(house, act)
    lines = asked(of(house).ask(JournalFilter()))
    assert len({line.event.type for line in lines}) > 80
    for line in lines:
        done = words.what(line, language)
        assert done.startswith(wording.say(f"event.{line.event.type}", language))
        assert words.about(line, language) and words.who(line.event, language) and words.outcome(line.event, language)
        told = dict(words.details(line, language))
        assert told[wording.say("audit.field.hash", language)] == line.event.hash
        assert len(words.details(line, language)) >= 6 + len([value for value in line.event.detail.values() if value])


# -- carrying out


def test_a_table_is_what_is_listed_and_no_cell_is_a_formula(house: House, tmp_path: Path) -> None:
    audit = of(house)
    write(house, lambda change: change.keep_template("=样本", draft()))
    answer = audit.ask(JournalFilter())
    rows = list(csv.reader(io.StringIO(audit.table(answer, "csv").decode("utf-8-sig"), newline="")))
    assert [int(row[0]) for row in rows[1:]] == list(answer.numbers)
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@")]
    book = openpyxl.load_workbook(io.BytesIO(audit.table(answer, "xlsx"))).active
    assert [[cell or "" for cell in row] for row in book.values] == rows
    target = tmp_path / "out" / "日志.csv"
    content = audit.table(answer, "csv")
    audit.export(content, target, "journal_csv", len(answer.numbers))
    assert target.read_bytes() == content
    told = events(house, "export_journal")[-1]
    assert told.detail["sha256"] and told.detail["lines"] == len(answer.numbers) and told.object == "report:journal_csv"
    with pytest.raises(NothingAnswered):
        audit.table(audit.ask(JournalFilter(types=("destroy",))), "csv")


def test_a_workbook_is_made_in_memory_and_says_what_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows = [["名", "n"], ["=1+1", 5], ["<&>\"' \n\t 行", -3], ["", 0], ["\x00\x0bx", 1]]
    made = workbook("a/b:c[样本]", rows)
    assert workbook("a/b:c[样本]", rows) == made and list(tmp_path.iterdir()) == []
    sheet = openpyxl.load_workbook(io.BytesIO(made)).active
    assert [list(row) for row in sheet.values] == [["名", "n"], ["=1+1", 5], ["<&>\"' \n\t 行", -3], ["", 0], ["x", 1]]
    assert sheet.cell(2, 1).data_type == "s" and sheet.cell(2, 1).quotePrefix and not sheet.cell(1, 1).quotePrefix
    assert sheet.freeze_panes == "A2" and sheet.title == "a b c 样本 "


def test_another_house_can_check_the_exported_chain_and_finds_every_change(house: House) -> None:
    audit = of(house)
    for number in range(5):
        house.receive(f"样本{number}".encode())
    lines = audit.chain().splitlines()
    sound = chain.check(lines)
    seq, digest = house.archive.queries.head()
    assert (sound.sound, sound.seq, sound.head, sound.lines, sound.withheld) == (True, seq, digest, seq, 0)
    assert chain.check(lines[3:]).sound, "a piece of it holds together too"
    for place in range(len(lines)):
        line = msgspec.json.decode(lines[place])
        for name, value in line.items():
            other = value + 1 if isinstance(value, int) else (value[:-1] + ("0" if value[-1:] != "0" else "1") if value else "x")
            changed = [*lines[:place], msgspec.json.encode(line | {name: other}), *lines[place + 1 :]]
            assert not chain.check(changed).sound, (place, name)
    for place in range(1, len(lines) - 1):
        assert chain.check([*lines[:place], *lines[place + 1 :]]).fault == place + 1
        assert not chain.check([*lines[:place], lines[place], *lines[place:]]).sound
    for wrong in ([], [b"no json"], [b"{}"], [b"[1]"], [b'{"seq":"x","previous":"","hash":""}']):
        with pytest.raises(NotAChain):
            chain.check(wrong)


# -- the chain and the day sheet


def test_the_check_walks_the_whole_chain_and_notes_what_it_found(house: House) -> None:
    audit = of(house)
    assert audit.state().checked is None
    steps: list[tuple[int, int]] = []
    checked = audit.check(lambda done, total, _note: steps.append((done, total)))
    assert checked.sound and steps and steps[0][0] == 0
    told = audit.state().checked
    assert told is not None and told.outcome == "success" and told.detail["upto"] == checked.seq

    def stop(*_anything: object) -> None:
        raise InterruptedError

    before = house.archive.queries.head()
    with pytest.raises(InterruptedError):
        audit.check(stop)
    assert house.archive.queries.head() == before
    with house.archive.database.transaction() as connection:
        connection.execute("DROP TRIGGER event_is_ink_update")
        connection.execute("UPDATE event SET agent_name = '样本·别人' WHERE seq = 1")
    broken = audit.check()
    assert broken.fault == 1 and not broken.sound
    told = audit.state().checked
    assert told is not None and told.outcome == "failure"


def test_a_day_sheet_is_compared_by_scan_and_by_hand(house: House) -> None:
    audit, archive = of(house), house.archive
    seq, digest = archive.queries.head()
    sheet = audit.seal_day(date(2026, 11, 22))
    assert (sheet.head_seq, sheet.head_hash, sheet.day) == (seq, digest, "2026-11-22")
    assert audit.day_sheets() == [sheet]
    (event,) = events(house, "seal_day")
    assert event.object == "day:2026-11-22" and event.detail == {"head_seq": seq, "head_hash": digest}
    scanned = chain.written(archive.station_id, sheet)
    typed = f"{seq} {chain.groups(digest)}"
    short = f"{seq:,}  {chain.groups(digest[:16]).upper()}"
    assert [audit.compare(text).why for text in (scanned, typed, short, f" {scanned}\n")] == ["agrees"] * 4
    assert audit.compare(f"{seq} {'0' * 16}").why == "differs"
    assert audit.compare(f"{seq + 500} {digest}").why == "missing"
    assert audit.compare(scanned.replace(archive.station_id, "0" * 32)).why == "other_station"
    assert audit.compare(scanned.replace(digest, "0" * 64)).why == "differs"
    assert audit.compare(scanned.replace(digest, "0" * 64).replace(sheet.epoch, "1" * 32)).why == "differs"
    outcomes = [one.outcome for one in events(house, "audit")]
    assert outcomes == ["success"] * 4 + ["failure"] * 5
    for wrong in ("", "12", "abc def", f"{seq} 12", f"{seq} {digest}00", f"{seq} {'z' * 16}", scanned[:-1]):
        with pytest.raises(NoHeadCode):
            audit.compare(wrong)
    again = audit.seal_day(date(2026, 11, 22))
    assert again.head_seq > sheet.head_seq and audit.day_sheets() == [again]
    assert [one.source for one in audit.state().anchors if one.source == "day_sheet" and one.agrees] == ["day_sheet"]


@given(seq=st.integers(1, 10**12), digest=st.text("0123456789abcdef", min_size=16, max_size=64))
def test_what_is_printed_is_read_back(seq: int, digest: str) -> None:
    code = chain.read(f"{seq} {chain.groups(digest)}")
    assert (code.seq, code.hash) == (seq, digest)


def test_an_answer_is_cut_at_the_newest(house: House) -> None:
    house.receive(b"one")
    answer = of(house).ask(JournalFilter(), limit=2)
    assert len(answer.numbers) == 2 and answer.more and MOST == 100_000
    assert answer.numbers[0] == house.archive.queries.head()[0] - 1
