"""tests/test_audit_reports.py — what the audit report and the day sheet say, read back from their PDF."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from app import wording
from app.access import refuse
from app.audit.chain import groups
from app.reports import REPORTS
from app.reports.audit_report import MOST_OF_A_PART
from app.reports.errors import BadWish
from app.station import Station
from storage import journal
from storage.errors import NoSuchRecord, NotAllowed
from storage.records import PROGRAM, Agent, Kind, Role, Subject
from storage.records.people import Purpose
from tests.stations import ADMINISTRATOR, CHIEF, House, raise_it

CLERK = Agent(6, "样本·内勤", Role.CLERK)
TODAY = date.today().isoformat()


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    wording.use("zh")
    house = House(tmp_path)
    yield house
    house.archive.close()


def station(house: House, agent: Agent | None = None) -> Station:
    founder = house.archive.queries.agent(ADMINISTRATOR)
    assert founder is not None
    return Station(house.archive, agent or founder, lambda call: call(), raise_it)


def text(pdf: bytes) -> str:
    """Everything it says, without blanks: a line may end anywhere."""
    document = pypdfium2.PdfDocument(pdf)
    return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)


def write(house: House, step: Any, agent: Agent = CHIEF) -> Any:
    with house.archive.write(agent) as change:
        return step(change)


def flat(words: str) -> str:
    return "".join(words.split())


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_the_report_says_how_the_journal_stands_and_what_happened(house: House, language: str) -> None:
    desk = station(house)
    item = house.file(house.receive("样本".encode()), title="样本题名甲")
    subject = Subject(Kind.ITEM, item.id)
    write(house, lambda change: change.disclose(subject, Purpose.CERTIFICATE, "样本依据"), CLERK)
    write(house, lambda change: change.print(str(subject), 3), CLERK)
    write(house, lambda change: change.fail_unlock(1, 1, "passphrase"), PROGRAM)
    with pytest.raises(NotAllowed):
        refuse(house.archive, CLERK, "destroy")
    desk.audit.check()
    sheet = desk.audit.seal_day(date.today())
    said = text(desk.report("audit_report", {"language": language, "prepared_by": "样本·审计员"}))

    def says(key: str, **facts: object) -> bool:
        return flat(wording.say(key, language, **facts)) in said

    assert flat(groups(sheet.head_hash[:16])) in said, "an anchor is shown with its hash"
    assert says("report.audit.anchor_agrees") and not says("report.audit.anchor_differs")
    assert says("report.audit.reason_founding") and ADMINISTRATOR in said, "duties in one hand are always shown"
    assert says("report.audit.no_auditor")
    for role in (Role.ADMINISTRATOR, Role.SECURITY):
        assert says(f"role.{role.value}")
    assert says("report.audit.for_purpose", done=wording.say("event.disclose", language), purpose=wording.say("purpose.certificate", language))
    assert says("event.print") and says("event.refuse") and says("event.destroy") and says("event.fail_unlock")
    assert item.reference_code in said and "样本题名甲" not in said and "样本依据" not in said.replace("（", "")
    assert says("report.audit.scope_all") and says("report.audit.list_whole", n=f"{house.archive.queries.head()[0]:,}")
    for part in ("chain", "combinations", "users", "kinds", "personal", "output", "failed_unlocks", "user_changes", "refused", "policy",
                 "backup", "disposal", "journal_acts"):  # fmt: skip
        assert says(f"report.audit.part.{part}"), part


def test_combinations_are_shown_also_when_there_are_none(house: House) -> None:
    desk = station(house)
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE duty SET ended_at = '2026-01-01' WHERE role = 'administrator'")
    said = text(desk.report("audit_report", {}))
    assert flat(wording.say("report.audit.no_combination")) in said and flat(wording.say("report.audit.part.combinations")) in said
    with house.archive.database.transaction() as connection:
        connection.execute(
            "INSERT INTO duty (agent_id, role, at, granted_by, granted_name, reason)"
            " VALUES (1, 'auditor', '2026-11-01T00:00:00.000+00:00', 2, '样本·二号', '全站只有两名民警')"
        )
    said = text(desk.report("audit_report", {"since": "2030-01-01"}))
    assert "全站只有两名民警" in said and "样本·二号" in said, "whatever the span"
    assert flat(wording.say("report.audit.no_auditor")) not in said


def test_a_broken_chain_stands_first(house: House) -> None:
    desk = station(house)
    desk.audit.seal_day(date.today())
    with house.archive.database.transaction() as connection:
        connection.execute("DROP TRIGGER event_is_ink_update")
        connection.execute("UPDATE event SET hash = ? WHERE seq = (SELECT head_seq FROM day_sheet)", ("0" * 64,))
    desk.audit.check()
    said = text(desk.report("audit_report", {}))
    assert flat(wording.say("report.audit.anchor_differs")) in said
    assert flat(wording.say("report.audit.broken", at="", who="", upto="").split("：")[1].split("第")[0]) in said


def test_the_security_administrators_report_leaves_administrators_out_and_says_so(house: House) -> None:
    write(house, lambda change: change.refuse("destroy"), CLERK)
    write(house, lambda change: change.refuse("export_journal"), CHIEF)
    with house.archive.database.transaction() as connection:
        connection.execute("INSERT INTO agent (name, created_at) VALUES ('样本·审', '2026-01-01')")
        connection.execute("INSERT INTO duty (agent_id, role, at, granted_by, granted_name, reason) VALUES (2, 'auditor', '', 1, '', '')")
    security = station(house, Agent(7, "样本·安全员", Role.SECURITY))
    # What a person asks for cannot widen what they may see.
    said = text(security.report("audit_report", {"users_only": "false"}))
    assert flat(wording.say("report.audit.scope_users")) in said
    assert wording.say("event.destroy") in said and wording.say("event.export_journal") not in said


def test_a_report_about_the_journal_is_a_look_and_leaves_by_the_auditors_right(house: House, tmp_path: Path) -> None:
    auditor = station(house, Agent(8, "样本·审计员", Role.AUDITOR))
    before = house.archive.queries.head()[0]
    pdf = auditor.report("audit_report", {"since": TODAY, "until": TODAY})
    (event,) = house.archive.queries.events(before)
    assert (event.type, event.object, event.detail) == ("audit", "report:audit_report", {"look": "report", "since": TODAY, "until": TODAY})
    auditor.export(pdf, tmp_path / "r.pdf", "report:audit_report")
    auditor.printed("report:audit_report", 2)
    assert [event.type for event in house.archive.queries.events(before + 1)] == ["export_journal", "print_journal"]
    with pytest.raises(NotAllowed):
        auditor.export(b"x", tmp_path / "x", "report:item_register")
    clerk = station(house, CLERK)
    for ask in (
        lambda: clerk.report("audit_report", {}), lambda: clerk.export(pdf, tmp_path / "y", "report:audit_report"),
        lambda: clerk.printed("report:day_sheet", 1), lambda: clerk.report("day_sheet", {"sheet_day": TODAY}),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            ask()
    assert not (tmp_path / "y").exists() and {report.name for report in REPORTS if report.of_journal} == {"audit_report", "day_sheet"}
    for wrong in ({"since": "2026-13-01"}, {"until": "x"}):
        with pytest.raises(BadWish):
            auditor.report("audit_report", wrong)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_the_day_sheet_is_one_page_with_the_head_in_groups(house: House, language: str) -> None:
    desk = station(house)
    house.receive(b"one")
    with pytest.raises(NoSuchRecord):
        desk.report("day_sheet", {"sheet_day": TODAY})
    sheet = desk.audit.seal_day(date.today())
    for _time in range(3):
        house.receive(str(_time).encode())  # what comes later is not on the sheet
    pdf = desk.report("day_sheet", {"sheet_day": TODAY, "language": language})
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    shown = document[0].get_textpage().get_text_range()
    assert all(group in shown for group in groups(sheet.head_hash).split()) and str(sheet.head_seq) in shown
    assert flat(wording.say("report.day_sheet.lines_value", language, first="1", last=f"{sheet.head_seq:,}", n=f"{sheet.head_seq:,}")) in flat(shown)
    with pytest.raises(BadWish):
        desk.report("day_sheet", {"sheet_day": "heute"})


def test_a_day_of_every_kind_and_many_people_still_is_one_page(house: House) -> None:
    from app.audit.groups import kinds, types_of

    desk = station(house)
    at = house.archive.queries.events(limit=1)[0].at
    with house.archive.database.transaction() as connection:
        for number, kind in enumerate(kinds() * 3):
            agent = Agent(100 + number, f"样本·人员{number}", Role.FILER)
            journal.append(connection, agent, types_of(kind)[0], "archive", {}, at, "success")
    desk.audit.seal_day(date.today())
    document = pypdfium2.PdfDocument(desk.report("day_sheet", {"sheet_day": TODAY}))
    assert len(document) == 1
    shown = flat(document[0].get_textpage().get_text_range())
    assert all(flat(wording.say(f"audit.kind.{kind}")) in shown for kind in kinds())
    assert flat(wording.say("report.day_sheet.others")) in shown and flat(wording.say("report.day_sheet.seen_by")) in shown


def test_a_long_span_is_listed_up_to_the_wish_and_says_how_much_is_missing(house: House) -> None:
    desk = station(house)
    with house.archive.database.transaction() as connection:
        for number in range(2_000):
            journal.append(connection, CLERK, "refuse", "agent:6", {"attempt": "destroy"}, f"2026-01-01T00:00:00.{number % 1000:03d}+00:00", "refused")
    pdf = desk.report("audit_report", {"lines": 300, "until": "2026-01-02"})
    said = text(pdf)
    assert flat(wording.say("report.audit.more", n=f"{2_000 - MOST_OF_A_PART:,}")) in said
    assert flat(wording.say("report.audit.list_cut", n="300")) in said
    whole = desk.report("audit_report", {"lines": 20_000, "until": "2026-01-02"})
    assert flat(wording.say("report.audit.list_whole", n="2,000")) in text(whole)[-400:]


def test_of_what_is_sealed_the_report_says_only_that_it_is(house: House) -> None:
    desk = station(house)
    item = house.file(house.receive("玄字".encode()), title="玄字题名", category="ZY·XZ")
    write(house, lambda change: change.view(item.id))
    write(house, lambda change: change.place_hold(Subject(Kind.ITEM, item.id), "玄字理由"))
    write(house, lambda change: change.seal(Subject(Kind.ITEM, item.id), "样本依据"))
    said = text(desk.report("audit_report", {}))
    assert "玄字" not in said and flat(item.reference_code) not in said and wording.say("audit.sealed_record") in said
