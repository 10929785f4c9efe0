"""tests/test_lending.py — lending: one paper is out once, nobody approves what he asked for, two where two are needed.

Borrowers, units and records are samples and belong to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.__main__ import Window
from app.cli import run_command
from app.filing import Invalid
from app.lending import Lending, NoSuchLoan, purposes
from storage.changes.lending import LoanNotReady, NotLendable, RenewalsUsedUp, StillOut
from storage.errors import NoSuchRecord, NotAllowed, SamePerson
from storage.queries.sealing import ConsultationNotOpen
from storage.records import Agent, Kind, Role, SecurityClass, Subject
from storage.records.lending import LoanDraft, LoanMode, LoanState, Standing
from storage.records.sealing import ConsultationRequest, Look
from storage.records.volumes import VolumeDraft, VolumePart
from tests.stations import ADMINISTRATOR, CHIEF, FONDS, PASSPHRASE, House, admit, draft, station

TODAY = date(2026, 11, 22)
CLERK = Agent(11, "样本·内勤", Role.CLERK)
DEPUTY = Agent(12, "样本·副所长", Role.ADMINISTRATOR)
THIRD = Agent(13, "样本·教导员", Role.ADMINISTRATOR)
FILER = Agent(14, "样本·民警", Role.FILER)
PEOPLE = (CHIEF, CLERK, DEPUTY, THIRD, FILER)
ASKED = LoanDraft("样本借阅人", "样本县公安局法制大队", purpose="case", basis="样本：行政复议调卷函", mode=LoanMode.LEND)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One archive for all tests here; each files papers of its own."""
    house = House(tmp_path_factory.mktemp("lending"))
    with house.archive.database.transaction() as connection:
        for person in PEOPLE[1:]:
            connection.execute(
                "INSERT INTO agent (id, name, created_at) VALUES (?, ?, '2026-01-01T00:00:00.000+00:00')",
                (person.id, person.name),
            )
    yield house
    house.archive.close()


_papers = iter(range(1, 100_000))


def item(house: House, **fields: object) -> Subject:
    return Subject(Kind.ITEM, house.file(house.receive(f"paper {next(_papers)}".encode()), **fields).id)


def volume(house: House, items: int = 2, *, part: VolumePart = VolumePart.WHOLE) -> tuple[Subject, list[Subject]]:
    """A filed volume and its items."""
    wanted = VolumeDraft(title=f"样本案卷{next(_papers)}", category="ZY·XZ", year=2026, part=part)
    with house.archive.write(CHIEF) as change:
        volume_id = change.open_volume(wanted, FONDS.number)
    inside = []
    for _number in range(items):
        arrival = house.receive(f"paper {next(_papers)}".encode())
        with house.archive.write(CHIEF) as change:
            inside.append(Subject(Kind.ITEM, change.file_into(arrival, draft(category="ZY·XZ"), volume_id)))
    with house.archive.write(CHIEF) as change:
        change.file_volume(
            volume_id, lambda _volume: ("sample",), lambda _volume, number: f"Z900-ZY·XZ·2026-{number:04d}",
            lambda code, number: f"{code}-{number:03d}",
        )  # fmt: skip
    return Subject(Kind.VOLUME, volume_id), inside


def desk(house: House, agent: Agent) -> Lending:
    return Lending(house.archive, agent)


def approved(house: House, *subjects: Subject, mode: LoanMode = LoanMode.LEND) -> int:
    loan = desk(house, CLERK).request(replace(ASKED, mode=mode), subjects, TODAY)
    while desk(house, CLERK).loan(loan.id).state is LoanState.REQUESTED:
        approver = DEPUTY if desk(house, CLERK).loan(loan.id).approved_by else CHIEF
        desk(house, approver).approve(loan.id)
    return loan.id


def lent(house: House, *subjects: Subject) -> int:
    loan_id = approved(house, *subjects)
    desk(house, CLERK).lend(loan_id, TODAY + timedelta(days=14), dict.fromkeys(subjects, "完好"), TODAY)
    return loan_id


# ---- the whole way


def test_a_loan_from_request_to_effect(kept: House) -> None:
    one, two = item(kept), item(kept)
    clerk, chief = desk(kept, CLERK), desk(kept, CHIEF)
    loan = clerk.request(ASKED, [two, one, one], TODAY)
    assert loan.state is LoanState.REQUESTED and loan.number.startswith("JY-2026-")
    assert [subject.subject for subject in loan.subjects] == [one, two]
    assert (loan.requester, loan.approvers_needed, loan.used_at) == (CLERK.name, 1, "")
    loan = chief.approve(loan.id, "同意")
    assert (loan.state, loan.approver, loan.opinion) == (LoanState.APPROVED, CHIEF.name, "同意")
    due = clerk.due(LoanMode.LEND, TODAY)
    assert due == date(2026, 12, 6) and clerk.due(LoanMode.READ, TODAY) == TODAY
    loan = clerk.lend(loan.id, due, {one: "完好", two: "缺一角"}, TODAY)
    assert (loan.state, loan.due_on, loan.handler) == (LoanState.OUT, "2026-12-06", CLERK.name)
    assert clerk.lent(one) == loan.number and clerk.open_loan(two) == loan
    loan = clerk.copied(loan.id, two, 4)
    loan = clerk.take_back(loan.id, {one: "完好"})
    assert loan.state is LoanState.OUT and clerk.lent(one) is None and clerk.lent(two) == loan.number
    loan = clerk.take_back(loan.id, {two: "缺一角，无新损"})
    assert (loan.state, loan.closer, loan.copied_pages) == (LoanState.RETURNED, CLERK.name, 4)
    assert [subject.condition_in for subject in loan.subjects] == ["完好", "缺一角，无新损"]
    loan = clerk.effect(loan.id, "样本：用于核对原处罚决定")
    assert loan.effect == "样本：用于核对原处罚决定"
    assert clerk.loans_of(one)[0] == loan and clerk.find(loan.number.lower(), TODAY) == loan


def test_numbers_run_without_gaps_in_each_year(kept: House) -> None:
    one = item(kept)
    numbers = []
    for year in (2031, 2031, 2032, 2031):
        with kept.archive.write(CLERK) as change:
            loan_id = change.request_loan(ASKED, [one], year)
        numbers.append(kept.archive.queries.loan(loan_id).number)
        with pytest.raises(NoSuchRecord), kept.archive.write(CLERK) as change:
            change.request_loan(ASKED, [Subject(Kind.ITEM, 999_999)], year)
    assert numbers == ["JY-2031-0001", "JY-2031-0002", "JY-2032-0001", "JY-2031-0003"]


def test_events_name_records_and_hold_no_word_of_the_borrower(kept: House) -> None:
    before = kept.archive.queries.head()[0]
    one = item(kept, title="样本题名不入账")
    loan_id = lent(kept, one)
    desk(kept, CLERK).take_back(loan_id, {one: "封皮破损"})
    desk(kept, CLERK).effect(loan_id, "样本效果")
    events = [event for event in kept.archive.queries.events(before) if event.object == f"loan:{loan_id}"]
    assert [event.type for event in events] == ["request_loan", "approve_loan", "lend", "return_loan", "note_use"]
    assert events[0].detail["subjects"] == events[2].detail["subjects"] == [str(one)]
    told = " ".join(str(event) for event in events)
    assert not any(word in told for word in (ASKED.person, ASKED.unit, ASKED.basis, "题名", "破损", "效果"))


# ---- what a request must say


def test_purpose_and_basis_are_asked_for_and_cannot_be_got_round(kept: House) -> None:
    one = item(kept)
    with pytest.raises(Invalid) as refused:
        desk(kept, CLERK).request(LoanDraft(person=" ", basis="　"), [], TODAY)
    assert [problem.field for problem in refused.value.problems] == ["person", "unit", "basis", "purpose", "subjects"]
    for lacking in ({"purpose": ""}, {"basis": ""}):
        with pytest.raises(Exception, match="CHECK constraint"), kept.archive.write(CLERK) as change:
            change.request_loan(replace(ASKED, **lacking), [one], 2026)  # type: ignore[arg-type]
    assert {"case", "work", "personal"} <= {purpose.code for purpose in purposes()}


def test_only_what_is_filed_and_kept_is_lent(kept: House) -> None:
    with kept.archive.write(CHIEF) as change:
        open_volume = change.open_volume(VolumeDraft(title="样本未归档", category="ZY·XZ", year=2026), FONDS.number)
    gone = item(kept)
    with kept.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET state = 'destroyed' WHERE id = ?", (gone.id,))
    for subject, reason in ((Subject(Kind.VOLUME, open_volume), "loan_not_filed_yet"), (gone, "loan_no_longer_kept")):
        with pytest.raises(NotLendable) as refused:
            desk(kept, CLERK).request(ASKED, [subject], TODAY)
        assert refused.value.facts["reason"] == reason
    whole, inside = volume(kept)
    with pytest.raises(NotLendable):
        desk(kept, CLERK).request(ASKED, [whole, inside[0]], TODAY)


# ---- who approves


def test_neither_who_asked_nor_who_borrows_approves(kept: House) -> None:
    one = item(kept)
    mine = desk(kept, CHIEF).request(ASKED, [one], TODAY)
    assert desk(kept, CHIEF).obstacle(mine) == "own_request" and desk(kept, DEPUTY).obstacle(mine) == ""
    with pytest.raises(SamePerson):
        desk(kept, CHIEF).approve(mine.id)
    with pytest.raises(SamePerson):
        desk(kept, CHIEF).refuse(mine.id, "样本")
    for_me = desk(kept, CLERK).request(replace(ASKED, person=CHIEF.name), [one], TODAY)
    with pytest.raises(SamePerson):
        desk(kept, CHIEF).approve(for_me.id)
    assert desk(kept, DEPUTY).approve(for_me.id).state is LoanState.APPROVED


@pytest.mark.parametrize("part", [VolumePart.SUB, VolumePart.SECRET])
def test_parts_kept_apart_need_two_approvers_and_so_do_their_items(kept: House, part: VolumePart) -> None:
    whole, inside = volume(kept, 1, part=part)
    for subject in (whole, inside[0]):
        loan = desk(kept, CLERK).request(ASKED, [subject], TODAY)
        assert loan.approvers_needed == 2
        loan = desk(kept, CHIEF).approve(loan.id)
        assert loan.state is LoanState.REQUESTED and loan.half_approved
        assert desk(kept, CHIEF).obstacle(loan) == "approved_already"
        with pytest.raises(SamePerson):
            desk(kept, CHIEF).approve(loan.id)
        with pytest.raises(LoanNotReady):
            desk(kept, CLERK).lend(loan.id, TODAY, {}, TODAY)
        assert desk(kept, DEPUTY).approve(loan.id).approvers == (CHIEF.name, DEPUTY.name)
        desk(kept, CLERK).cancel(loan.id)


def test_a_classified_paper_needs_two_and_a_paper_that_became_one_needs_the_second(kept: House) -> None:
    one = item(kept)
    loan_id = approved(kept, one)
    with kept.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET security_class = ? WHERE id = ?", (SecurityClass.SECRET.value, one.id))
    assert desk(kept, CLERK).loan(loan_id).approvers_needed == 2
    with pytest.raises(LoanNotReady):
        desk(kept, CLERK).lend(loan_id, TODAY, {}, TODAY)
    with pytest.raises(SamePerson):
        desk(kept, CHIEF).approve(loan_id)
    desk(kept, DEPUTY).approve(loan_id)
    assert desk(kept, CLERK).lend(loan_id, TODAY, {}, TODAY).state is LoanState.OUT


def test_roles_ask_hand_out_and_decide(kept: House) -> None:
    one = item(kept)
    loan = desk(kept, FILER).request(ASKED, [one], TODAY)
    for who in (FILER, CLERK):
        with pytest.raises(NotAllowed):
            desk(kept, who).approve(loan.id)
        assert desk(kept, who).obstacle(loan) == "not_allowed"
    desk(kept, CHIEF).approve(loan.id)
    with pytest.raises(NotAllowed):
        desk(kept, FILER).lend(loan.id, TODAY, {}, TODAY)
    other = desk(kept, CLERK).request(ASKED, [one], TODAY)
    with pytest.raises(NotAllowed):
        desk(kept, FILER).cancel(other.id)
    assert desk(kept, FILER).cancel(loan.id).state is LoanState.CANCELLED
    with pytest.raises(NotAllowed):
        desk(kept, Agent(15, "样本·审计", Role.AUDITOR)).request(ASKED, [one], TODAY)


# ---- one paper is out once


def test_a_volume_and_its_items_are_one_paper(kept: House) -> None:
    whole, (first, second) = volume(kept)
    for out, wanted in ((whole, first), (first, whole), (first, first), (whole, whole)):
        waiting = approved(kept, wanted)
        holder = lent(kept, out)
        with pytest.raises(StillOut) as refused:
            desk(kept, CLERK).lend(waiting, TODAY, {}, TODAY)
        assert refused.value.facts["loan"] == desk(kept, CLERK).loan(holder).number
        assert desk(kept, CLERK).lent(wanted) == desk(kept, CLERK).loan(holder).number
        desk(kept, CLERK).take_back(holder, {out: ""})
        desk(kept, CLERK).cancel(waiting)
    beside = lent(kept, first)
    other = lent(kept, second)
    for loan, subject in ((beside, first), (other, second)):
        desk(kept, CLERK).take_back(loan, {subject: ""})
    assert desk(kept, CLERK).lent(whole) is None


def test_the_table_itself_refuses_a_second_loan_of_one_paper(kept: House) -> None:
    one = item(kept)
    lent(kept, one)
    waiting = approved(kept, one)
    with pytest.raises(Exception, match="UNIQUE constraint"), kept.archive.database.transaction() as connection:
        connection.execute("UPDATE loan_subject SET out = 1 WHERE loan_id = ?", (waiting,))


def test_what_is_back_is_not_taken_back_again(kept: House) -> None:
    one, two, stranger = item(kept), item(kept), item(kept)
    loan_id = lent(kept, one, two)
    clerk = desk(kept, CLERK)
    clerk.take_back(loan_id, {one: ""})
    for wrong in ({one: ""}, {two: "", stranger: ""}):
        with pytest.raises(NoSuchRecord):
            clerk.take_back(loan_id, wrong)
    assert clerk.lent(two) is not None
    with pytest.raises(Invalid):
        clerk.take_back(loan_id, {})
    assert clerk.take_back(loan_id, {two: ""}).state is LoanState.RETURNED


# ---- renewing, copying, using without a hand-out


def test_renewals_are_counted_against_the_settings(kept: House) -> None:
    one = item(kept)
    clerk = desk(kept, CLERK)
    loan_id = lent(kept, one)
    assert clerk.renew(loan_id, TODAY).due_on == "2026-12-20"
    with pytest.raises(RenewalsUsedUp):
        clerk.renew(loan_id, TODAY)
    with kept.archive.write(CHIEF) as change:
        change.change_setting("loan_renewals", "2")
        change.change_setting("loan_days", "7")
    assert clerk.renew(loan_id, date(2027, 1, 1)).due_on == "2027-01-08"
    assert clerk.due(LoanMode.LEND, TODAY) == TODAY + timedelta(days=7)
    with kept.archive.write(CHIEF) as change:
        change.change_setting("loan_renewals", "1")
        change.change_setting("loan_days", "14")


@pytest.mark.parametrize("mode", [LoanMode.VIEW, LoanMode.COPY, LoanMode.CERTIFICATE])
def test_what_the_station_does_itself_hands_nothing_out(kept: House, mode: LoanMode) -> None:
    one = item(kept)
    clerk = desk(kept, CLERK)
    loan_id = approved(kept, one, mode=mode)
    with pytest.raises(LoanNotReady):
        clerk.lend(loan_id, TODAY, {}, TODAY)
    with pytest.raises(LoanNotReady):
        clerk.effect(loan_id, "样本")
    assert clerk.copied(loan_id, one, 2).used_at
    with pytest.raises(LoanNotReady):
        clerk.cancel(loan_id)
    assert clerk.finish(loan_id).state is LoanState.RETURNED
    with pytest.raises(LoanNotReady):
        clerk.copied(loan_id, one, 1)
    lending = approved(kept, one)
    with pytest.raises(LoanNotReady):
        clerk.finish(lending)
    with pytest.raises(LoanNotReady):
        clerk.copied(lending, one, 1)


# ---- finding, overdue, statistics


def test_a_loan_is_found_by_its_slip_by_its_last_digits_and_by_what_is_out(kept: House) -> None:
    one = item(kept)
    clerk = desk(kept, CLERK)
    loan = clerk.loan(lent(kept, one))
    serial = loan.number.rsplit("-", 1)[1]
    code = loan.subjects[0].reference_code
    wide = loan.number.translate({ord(mark): ord(mark) + 0xFEE0 for mark in "JY0123456789-"})
    for asked in (loan.number, loan.number.lower(), f" {wide}\r\n", serial.lstrip("0"), code, code.replace("·", ".")):
        assert clerk.find(asked, TODAY) == loan
    clerk.take_back(loan.id, {one: ""})
    for asked in (code, "JY-2026-999999", "没有", ""):
        with pytest.raises(NoSuchLoan):
            clerk.find(asked, TODAY)


def test_records_to_lend_are_found_by_code_and_by_words_of_their_title(kept: House) -> None:
    one = item(kept, title="样本奇特题名一百%")
    code = kept.archive.queries.item(one.id).reference_code
    clerk = desk(kept, CLERK)
    for asked in (code, code.lower(), "奇特题名", "百%"):
        assert clerk.lendable(asked)[0].subject == one
    assert clerk.lendable("奇%名") == [] and clerk.lendable(" ") == []
    assert not clerk.lendable(code)[0].out
    lent(kept, one)
    assert clerk.lendable(code)[0].out and clerk.subjects([one])[0].reference_code == code


def test_overdue_begins_on_the_day_after(kept: House) -> None:
    one = item(kept)
    clerk = desk(kept, CLERK)
    loan_id = approved(kept, one)
    with pytest.raises(Invalid):
        clerk.lend(loan_id, TODAY - timedelta(days=1), {}, TODAY)
    day = date(1980, 1, 1)
    clerk.lend(loan_id, day, {}, day)
    assert loan_id not in [loan.id for loan in clerk.overdue(day)]
    late = clerk.overdue(day + timedelta(days=1))
    assert [loan.id for loan in late] == [loan_id]
    assert clerk.counts(day + timedelta(days=1))["overdue"] == 1
    clerk.take_back(loan_id, {one: ""})
    assert loan_id not in [loan.id for loan in clerk.overdue(TODAY)]


def test_use_is_counted_by_purpose_and_one_loan_is_one_use(tmp_path: Path) -> None:
    house = House(tmp_path)
    whole, (first, _second) = volume(house)
    single = item(house)
    today = date.today()
    clerk = desk(house, CLERK)
    assert clerk.use_counts(today, today) == []
    loan_id = lent(house, whole, single)
    clerk.copied(loan_id, single, 3)
    clerk.renew(loan_id, TODAY)
    clerk.take_back(loan_id, {whole: "", single: ""})
    viewed = clerk.request(replace(ASKED, mode=LoanMode.VIEW, purpose="history"), [first], TODAY)
    desk(house, CHIEF).approve(viewed.id)
    approved(house, first)
    counted = {count.purpose: (count.uses, count.volumes, count.items, count.copied_pages)
               for count in clerk.use_counts(today, today)}  # fmt: skip
    assert counted == {"case": (1, 1, 1, 3)}
    clerk.finish(viewed.id)
    assert [count.purpose for count in clerk.use_counts(today, today)] == ["case", "history"]
    assert clerk.use_counts(today + timedelta(days=1), today + timedelta(days=9)) == []
    house.archive.close()


# ---- what was sealed meanwhile


def test_a_sealed_record_is_not_lent_and_one_sealed_while_out_shows_no_word(kept: House) -> None:
    clerk = desk(kept, CLERK)
    one, (whole, inside) = item(kept, title="样本将被封存"), volume(kept)
    loan_id = lent(kept, one)
    waiting = approved(kept, whole)
    with kept.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET sealed = 1 WHERE id IN (?, ?)", (one.id, inside[0].id))
    told = clerk.loan(loan_id).subjects[0]
    assert told.standing is Standing.SEALED
    assert (told.reference_code, told.title, told.security_class) == ("", "", None)
    assert clerk.lendable("将被封存") == [] and clerk.subjects([one]) == []
    with pytest.raises(NotLendable):
        clerk.copied(loan_id, one, 1)
    # The volume holds a sealed paper now: what one person approved before is not handed out.
    with pytest.raises(NotLendable):
        clerk.lend(waiting, TODAY, {}, TODAY)
    for subject in (one, whole, inside[0]):
        with pytest.raises(NotLendable):
            clerk.request(ASKED, [subject], TODAY)
    assert clerk.lent(one) is None and clerk.loans_of(one) == []  # asked by the record, nothing says that there is one
    assert clerk.take_back(loan_id, {one: "完好"}).state is LoanState.RETURNED
    with kept.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET sealed = 0, state = 'destroyed' WHERE id = ?", (one.id,))
    assert clerk.loan(loan_id).subjects[0].standing is Standing.GONE


def test_a_sealed_record_is_lent_only_under_an_open_consultation_that_covers_it(kept: House) -> None:
    one, other = item(kept), item(kept)
    code = kept.archive.queries.item(one.id).reference_code
    for subject in (one, other):
        with kept.archive.write(CHIEF) as change:
            change.seal(subject, "样本依据")
    wanted = ConsultationRequest("样本县人民法院", "样本法官", "court", "样法函1号", "样本目的", (code,))
    with kept.archive.write(CLERK) as change:
        consultation = change.request_consultation(wanted)
    asked = replace(ASKED, consultation_id=consultation)
    clerk = desk(kept, CLERK)
    with pytest.raises(NotLendable):
        clerk.request(asked, [one], TODAY)
    with kept.archive.write(CHIEF) as change:
        change.approve_consultation(consultation, "2999-12-31", "", notified=True)
    with kept.archive.write(CLERK) as change:
        change.consult(consultation, one, Look.READ)
    with pytest.raises(NotLendable):
        clerk.request(asked, [other], TODAY)
    assert [named.reference_code for named in clerk.subjects([one], consultation)] == [code]
    found = clerk.by_code(code.lower(), consultation)
    assert found is not None and found.subject == one and clerk.by_code(code) is None and clerk.subjects([one]) == []
    with pytest.raises(NoSuchRecord):
        clerk.subjects([other], consultation)
    with pytest.raises(NotAllowed):
        desk(kept, FILER).subjects([one], consultation)
    loan = clerk.request(asked, [one], TODAY)
    assert loan.approvers_needed == 2 and loan.subjects[0].title == ""
    for approver in (CHIEF, DEPUTY):
        desk(kept, approver).approve(loan.id)
    assert clerk.lend(loan.id, TODAY, {}, TODAY).state is LoanState.OUT
    late = clerk.request(asked, [one], TODAY)
    with kept.archive.write(CLERK) as change:
        change.close_consultation(consultation, "样本结果")
    with pytest.raises(ConsultationNotOpen):
        clerk.subjects([one], consultation)
    with pytest.raises(NotLendable):
        desk(kept, CHIEF).approve(late.id)
    assert clerk.take_back(loan.id, {one: ""}).state is LoanState.RETURNED


# ---- random histories


class Histories(RuleBasedStateMachine):
    """Several people do whatever they like with a few papers; what must never be, never is."""

    house: House

    @initialize()
    def papers(self) -> None:
        house = self.house
        whole, inside = volume(house, 2)
        apart, apart_items = volume(house, 1, part=VolumePart.SUB)
        self.strict = {apart, *apart_items}
        self.around = dict.fromkeys(inside, whole) | dict.fromkeys(apart_items, apart)
        self.papers_of = [item(house), whole, *inside, apart, *apart_items]
        self.loans: dict[int, tuple[Agent, list[Subject], LoanMode]] = {}
        self.approvals: dict[int, list[Agent]] = {}
        self.before = house.archive.queries.head()[0]

    def _try(self, agent: Agent, work: object) -> bool:
        """The act, which the house may refuse; a refusal changes nothing."""
        before = self.house.archive.queries.head()
        try:
            with self.house.archive.write(agent) as change:
                work(change)  # type: ignore[operator]
        except (LoanNotReady, SamePerson, StillOut, NotLendable, RenewalsUsedUp, NoSuchRecord):
            assert self.house.archive.queries.head() == before
            return False
        return True

    def _one(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.loans)))

    @rule(
        agent=st.sampled_from(PEOPLE), mode=st.sampled_from([LoanMode.LEND, LoanMode.READ, LoanMode.COPY]),
        which=st.lists(st.integers(0, 5), min_size=1, max_size=3), borrower=st.sampled_from(["样本外人", CHIEF.name]),
    )  # fmt: skip
    def ask(self, agent: Agent, mode: LoanMode, which: list[int], borrower: str) -> None:
        wanted = [self.papers_of[place] for place in which]
        made: list[int] = []
        if self._try(
            agent,
            lambda change: made.append(change.request_loan(replace(ASKED, mode=mode, person=borrower), wanted, 2026)),
        ):
            self.loans[made[0]] = (agent, wanted, mode)
            self.approvals[made[0]] = []

    @rule(which=st.lists(st.integers(0, 5), min_size=1, max_size=2), mode=st.sampled_from([LoanMode.LEND, LoanMode.COPY]))
    def ask_and_be_granted(self, which: list[int], mode: LoanMode) -> None:
        """As an orderly station does it: without this, random people seldom come as far as handing anything out."""
        known = set(self.loans)
        self.ask(CLERK, mode, which, "样本外人")
        for loan in set(self.loans) - known:
            for approver, second in ((DEPUTY, False), (THIRD, True)):
                if self._try(approver, lambda change, second=second, loan=loan: (
                    change.second_loan if second else change.approve_loan)(loan, "")):  # fmt: skip
                    self.approvals[loan].append(approver)

    @precondition(lambda self: self.loans)
    @rule(data=st.data())
    def hand_out_by_the_clerk(self, data: st.DataObject) -> None:
        self.hand_out(CLERK, data)

    @precondition(lambda self: self.loans)
    @rule(agent=st.sampled_from(PEOPLE), data=st.data(), second=st.booleans())
    def approve(self, agent: Agent, data: st.DataObject, second: bool) -> None:
        loan = self._one(data)
        if self._try(
            agent, lambda change: (change.second_loan if second else change.approve_loan)(loan, "")
        ):
            self.approvals[loan].append(agent)

    @precondition(lambda self: self.loans)
    @rule(agent=st.sampled_from(PEOPLE), data=st.data())
    def hand_out(self, agent: Agent, data: st.DataObject) -> None:
        loan = self._one(data)
        self._try(agent, lambda change: change.lend(loan, "2026-12-06", {}))

    @precondition(lambda self: self.loans)
    @rule(data=st.data(), all_of_it=st.booleans())
    def take_back(self, data: st.DataObject, all_of_it: bool) -> None:
        loan = self._one(data)
        out = [one.subject for one in self.house.archive.queries.loan(loan).subjects if one.out]
        back = out if all_of_it else out[:1]
        if back:
            assert self._try(CLERK, lambda change: change.return_loan(loan, dict.fromkeys(back, "")))

    @precondition(lambda self: self.loans)
    @rule(data=st.data(), act=st.sampled_from(["renew", "cancel", "refuse", "finish", "copy"]), agent=st.sampled_from(PEOPLE))
    def anything_else(self, data: st.DataObject, act: str, agent: Agent) -> None:
        loan = self._one(data)
        first = self.loans[loan][1][0]
        self._try(
            agent,
            {
                "renew": lambda change: change.renew_loan(loan, "2026-12-20", 1),
                "cancel": lambda change: change.cancel_loan(loan),
                "refuse": lambda change: change.refuse_loan(loan, "样本"),
                "finish": lambda change: change.finish_loan(loan),
                "copy": lambda change: change.copy_out(loan, first, 1),
            }[act],
        )

    @invariant()
    def one_paper_is_out_once(self) -> None:
        if not hasattr(self, "loans"):
            return
        out: list[Subject] = []
        for loan_id in self.loans:
            loan = self.house.archive.queries.loan(loan_id)
            mine = [one.subject for one in loan.subjects if one.out]
            assert bool(mine) == (loan.state is LoanState.OUT)
            out += mine
        assert len(out) == len(set(out))
        for subject in out:
            assert self.around.get(subject) not in out

    @invariant()
    def nobody_approved_alone_or_for_himself(self) -> None:
        for loan_id, (asked_by, wanted, _mode) in getattr(self, "loans", {}).items():
            loan = self.house.archive.queries.loan(loan_id)
            ids = [agent.id for agent in self.approvals[loan_id]]
            assert asked_by.id not in ids and len(set(ids)) == len(ids)
            assert loan.draft.person not in [agent.name for agent in self.approvals[loan_id]]
            if loan.used_at:
                assert len(ids) >= (2 if self.strict & set(wanted) else 1)

    def teardown(self) -> None:
        """The register is what the events say."""
        if not hasattr(self, "loans"):
            return
        queries = self.house.archive.queries
        events = queries.events(self.before, limit=10_000)
        used = {f"loan:{loan_id}" for loan_id in self.loans if queries.loan(loan_id).used_at}
        assert used == {event.object for event in events if event.type in ("lend", "copy_out", "finish_loan")}
        for loan_id in self.loans:
            loan = queries.loan(loan_id)
            mine = [event for event in events if event.object == f"loan:{loan_id}"]
            assert loan.copied_pages == sum(int(str(e.detail["pages"])) for e in mine if e.type == "copy_out")
            assert loan.renewals == sum(e.type == "renew_loan" for e in mine)
            back = [name for e in mine if e.type == "return_loan" for name in e.detail["subjects"]]  # type: ignore[attr-defined]
            assert sorted(back) == sorted(str(one.subject) for one in loan.subjects if one.returned_at)
            if loan.state is LoanState.OUT:
                self._try(CLERK, lambda change, loan=loan: change.return_loan(
                    loan.id, {one.subject: "" for one in loan.subjects if one.out}))  # fmt: skip


def test_random_histories_keep_the_rules(kept: House) -> None:
    Histories.house = kept
    run_state_machine_as_test(
        Histories,
        settings=settings(max_examples=15, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)),
    )


# ---- the commands


def test_a_loan_by_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _key = station(tmp_path, monkeypatch)
    admit(made, CLERK.name, Role.CLERK, PASSPHRASE)
    house = House.around(made.archive)
    code = made.archive.queries.item(item(house).id).reference_code
    made.stop()
    monkeypatch.setenv("ANJUAN_PASSPHRASE", PASSPHRASE)

    def run(user: str, *words: str) -> tuple[int, list[dict[str, object]]]:
        exit_code = run_command(["--archive", str(tmp_path / "archive"), "--user", user, *words, "--json"], Window())
        return exit_code, [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]

    asked = ("--person", "样本人", "--unit", "样本局", "--purpose", "case", "--basis", "样本法", "--mode", "lend")
    assert run(CLERK.name, "loan", "request", "Z900-没有", *asked)[0] == 3
    done, (told,) = run(CLERK.name, "loan", "request", code.lower(), *asked)
    assert (done, told["state"], told["approvers_needed"]) == (0, "requested", 1)
    number = str(told["loan"])
    assert run(CLERK.name, "loan", "approve", number)[0] == 3
    assert run(ADMINISTRATOR, "loan", "approve", number)[1][0]["approvers"] == [ADMINISTRATOR]
    assert run(CLERK.name, "loan", "lend", number, "--due", "2001-01-01")[0] == 2
    assert run(CLERK.name, "loan", "lend", number)[1][0]["state"] == "out"
    done, rows = run(CLERK.name, "loans", "--state", "out")
    assert done == 0 and [row["loan"] for row in rows] == [number]
    assert run(CLERK.name, "loan", "copy", number, code, "2")[1][0]["records"][0]["copied_pages"] == 2  # type: ignore[index]
    assert run(CLERK.name, "loan", "return", code)[1][0]["state"] == "returned"
    assert run(CLERK.name, "loans", "--overdue") == (0, [])
