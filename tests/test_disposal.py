"""tests/test_disposal.py — when a record falls due, what holds it, who may judge it, and that nothing protected is ever destroyed."""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.__main__ import Window
from app.cli import run_command
from app.disposal import Disposal, NotConfirmed, day
from app.filing import Invalid
from app.reports import render
from app.reports.appraisal_list import BatchWishes
from app.reports.errors import BadWish
from storage.changes.disposal import (
    BatchNotReady,
    DecidedBySubmitter,
    NotDestroyable,
    NotForAppraisal,
    SupervisorsNeeded,
)
from storage.errors import NoSuchRecord, NotAllowed
from storage.records import Agent, Kind, Retention, Role, Subject
from storage.records.disposal import FOR_EVER, AppraisalState, Obstacle, Opinion, due_on, kept_years
from tests.disposals import (
    APPRAISERS,
    CLERK,
    METHOD,
    PLACE,
    SUPERVISORS,
    TODAY,
    approved,
    carry_out,
    deliver,
    item,
    volume,
)
from tests.stations import CHIEF, PASSPHRASE, House


@pytest.fixture
def house(tmp_path: Path) -> Any:
    made = House(tmp_path)
    yield made
    made.archive.close()


@pytest.fixture
def clerk(house: House) -> Disposal:
    return Disposal(house.archive, CLERK)


@pytest.fixture
def chief(house: House) -> Disposal:
    return Disposal(house.archive, CHIEF)


def stands(house: House, subject: Subject) -> bool:
    """Whether the record is wholly there: its row, its originals and its pictures."""
    queries = house.archive.queries
    for item_id in queries.item_ids_of(subject):
        found = queries.items_by_id([item_id])
        if item_id not in found or not found[item_id].object_ids:
            return False
        for object_id in found[item_id].object_ids:
            house.archive.objects.get(queries.object(object_id).name)
            for page in queries.pages(object_id):
                house.archive.pictures.get(page.picture)
    return True


# -- due dates


@pytest.mark.parametrize(
    ("retention", "basis", "kept", "due"),
    [
        (Retention.D10, "20260305", "", "20370101"),
        (Retention.D10, "20260000", "", "20370101"),
        (Retention.D10, "20251231", "", "20360101"),
        (Retention.D30, "20260101", "", "20570101"),
        (Retention.PERMANENT, "19490101", "", ""),
        (Retention.D10, "20100101", "20450101", "20450101"),
        (Retention.D10, "20260305", "20300101", "20370101"),
        (Retention.D10, "20100101", FOR_EVER, ""),
    ],
)
def test_the_period_runs_from_the_year_after(retention: Retention, basis: str, kept: str, due: str) -> None:
    assert due_on(retention, basis, kept) == due


def test_years_kept_are_counted_from_the_beginning_of_the_period() -> None:
    assert [kept_years("20100305", f"{year}0601") for year in (2010, 2011, 2021)] == [0, 0, 10]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    retention=st.sampled_from(list(Retention)),
    doc_date=st.sampled_from(["", "2010", "20100000", "20100631", "19991231"]),
    year=st.integers(1990, 2030),
    kept=st.sampled_from(["", "20450601", FOR_EVER]),
    cutoff=st.integers(2000, 2070).map(lambda year: f"{year}0101"),
)
def test_the_list_of_what_is_due_follows_the_same_rule(
    dated: tuple[House, Subject], retention: Retention, doc_date: str, year: int, kept: str, cutoff: str
) -> None:
    house, subject = dated
    with house.archive.database.transaction() as connection:
        connection.execute(
            "UPDATE item SET retention = ?, doc_date = ?, year = ?, kept_until = ? WHERE id = ?",
            (retention.value, doc_date, year, kept, subject.id),
        )
    due = due_on(retention, doc_date or f"{year}0000", kept)
    expected = [(subject, due)] if due and due <= cutoff else []
    assert [(record.subject, record.due_on) for record in house.archive.queries.due(cutoff)] == expected
    assert house.archive.queries.due_count(cutoff) == len(expected)
    obstacles = house.archive.queries.due_records([subject], cutoff)[subject].obstacles
    assert (Obstacle.NOT_DUE in obstacles) == (not expected)


@pytest.fixture
def dated(house: House) -> tuple[House, Subject]:
    return house, item(house, b"dated")


def test_a_volume_counts_from_the_day_it_was_closed_and_its_items_follow(house: House, clerk: Disposal) -> None:
    alone = item(house, b"alone", doc_date="20200101", year=2020)
    case = volume(house, [b"one", b"two"], closed_on="20220630", year=2020)
    assert [(record.subject, record.due_on, record.items) for record in clerk.due(date(2060, 1, 1))] == [
        (alone, "20310101", 1),
        (case, "20330101", 2),
    ]
    first = Subject(Kind.ITEM, house.archive.queries.item_ids_of(case)[0])
    with pytest.raises(NotForAppraisal):
        clerk.open_appraisal(TODAY, APPRAISERS, TODAY, [first])


# -- holds


def test_a_hold_beats_everything_until_it_is_lifted(house: House, clerk: Disposal, chief: Disposal) -> None:
    subject = item(house, b"held")
    deliver(house.archive, subject)
    hold = clerk.place_hold(subject, "样本诉讼")
    second = clerk.place_hold(subject, "样本复议")
    batch = approved(house, [subject])
    assert carry_out(house, batch, 1).kept == {subject: Obstacle.HELD}
    assert stands(house, subject)
    with pytest.raises(NotAllowed):
        clerk.lift_hold(hold, "样本")
    chief.lift_hold(hold, "样本诉讼终结")
    assert [one.id for one in chief.holds(subject)] == [second]
    assert [one.lift_reason for one in chief.holds(subject, lifted=True)] == ["", "样本诉讼终结"]
    with pytest.raises(NoSuchRecord):
        chief.lift_hold(hold, "样本")
    chief.lift_hold(second, "样本")
    assert carry_out(house, approved(house, [subject]), 1).destroyed == 1


def test_a_hold_on_one_paper_holds_the_volume(house: House, clerk: Disposal) -> None:
    case = volume(house, [b"one", b"two"])
    deliver(house.archive, case)
    inside = Subject(Kind.ITEM, house.archive.queries.item_ids_of(case)[1])
    clerk.place_hold(inside, "样本诉讼")
    record = clerk.record(case, TODAY)
    assert record is not None and record.obstacles == (Obstacle.HELD,)
    assert [hold.subject for hold in clerk.holds(case)] == [inside]
    assert carry_out(house, approved(house, [case]), 1).kept == {case: Obstacle.HELD}
    assert stands(house, case)


def test_a_hold_needs_a_reason_and_a_record(house: House, clerk: Disposal) -> None:
    with pytest.raises(Invalid):
        clerk.place_hold(item(house, b"paper"), "  ")
    with pytest.raises(NoSuchRecord):
        clerk.place_hold(Subject(Kind.ITEM, 999), "样本")


# -- who judges


def test_batches_are_numbered_without_gaps_in_their_year(house: House, clerk: Disposal) -> None:
    subjects = [item(house, b"paper %d" % n) for n in range(4)]
    assert clerk.open_appraisal(TODAY, APPRAISERS, TODAY, subjects[:1]).number == "JD-2040-01"
    with pytest.raises(NotForAppraisal):  # it stands in a batch already
        clerk.open_appraisal(TODAY, APPRAISERS, TODAY, subjects[:2])
    assert clerk.open_appraisal(TODAY, APPRAISERS, TODAY, subjects[1:2]).number == "JD-2040-02"
    assert clerk.open_appraisal(TODAY, APPRAISERS, date(2041, 1, 2)).number == "JD-2041-01"
    assert clerk.due(TODAY) == []
    with pytest.raises(Invalid):
        clerk.open_appraisal(TODAY, APPRAISERS, TODAY)
    with pytest.raises(Invalid):
        clerk.open_appraisal(TODAY, ["  "], TODAY)


def test_who_submits_does_not_decide(house: House, chief: Disposal, clerk: Disposal) -> None:
    subject = item(house, b"paper")
    batch = chief.open_appraisal(TODAY, APPRAISERS, TODAY, [subject]).id
    with pytest.raises(BatchNotReady):  # no opinion yet
        chief.submit(batch)
    chief.appraise(batch, [subject], Opinion.KEEP, TODAY)
    chief.submit(batch)
    with pytest.raises(BatchNotReady):  # fixed now
        chief.appraise(batch, [subject], Opinion.DESTROY, TODAY, "样本")
    assert not chief.may_decide(chief.appraisal(batch)) and chief.deciders(chief.appraisal(batch)) == []
    for decide in (chief.approve, chief.refuse):
        with pytest.raises(DecidedBySubmitter):
            decide(batch, "样本")
    with pytest.raises(NotAllowed):
        clerk.approve(batch)
    second = Disposal(house.archive, Agent(7, "样本·教导员", Role.ADMINISTRATOR))
    second.refuse(batch, "样本：请再看")
    assert second.appraisal(batch).state is AppraisalState.OPEN
    assert second.appraisal(batch).opinion == "样本：请再看"
    chief.submit(batch)
    second.approve(batch)
    assert second.appraisal(batch).state is AppraisalState.APPROVED


def test_the_two_who_watch_are_two_others(house: House) -> None:
    subject = item(house, b"paper")
    deliver(house.archive, subject)
    batch = approved(house, [subject])
    disposal = Disposal(house.archive, CLERK)
    for wrong in (["样本甲"], ["样本甲", " 样本甲 "], ["样本甲", CLERK.name], ["样本甲", "样本乙", "样本丙"]):
        with pytest.raises(SupervisorsNeeded):
            disposal.carry_out(batch, PLACE, METHOD, wrong, 1, TODAY)
    with pytest.raises(NotConfirmed):
        disposal.carry_out(batch, PLACE, METHOD, SUPERVISORS, 2, TODAY)
    with pytest.raises(Invalid):
        disposal.carry_out(batch, "", METHOD, SUPERVISORS, 1, TODAY)
    assert disposal.appraisal(batch).state is AppraisalState.APPROVED and stands(house, subject)


def test_nothing_is_carried_out_before_it_is_approved(house: House, clerk: Disposal, chief: Disposal) -> None:
    subject = item(house, b"paper")
    deliver(house.archive, subject)
    batch = clerk.open_appraisal(TODAY, APPRAISERS, TODAY, [subject]).id
    clerk.appraise(batch, [subject], Opinion.DESTROY, TODAY, "样本")

    def refused() -> None:
        with pytest.raises(BatchNotReady):
            carry_out(house, batch, 1)
        with pytest.raises(NotDestroyable) as told, house.archive.write(CLERK) as change:
            change.destroy(subject, batch, TODAY)
        assert told.value.obstacles == (Obstacle.NOT_APPROVED,)

    refused()
    clerk.submit(batch)
    refused()
    chief.refuse(batch, "样本")
    refused()
    assert stands(house, subject)


def test_only_what_the_batch_says_is_destroyed(house: House) -> None:
    goes, other = item(house, b"goes"), item(house, b"other")
    deliver(house.archive, goes, other)
    batch = approved(house, [goes])
    with house.archive.write(CLERK) as change:
        change.begin_disposal(batch, PLACE, METHOD, SUPERVISORS)
    with pytest.raises(NotDestroyable), house.archive.write(CLERK) as change:
        change.destroy(other, batch, TODAY)
    with house.archive.write(CLERK) as change:
        change.destroy(goes, batch, TODAY)
    with pytest.raises(NotDestroyable) as told, house.archive.write(CLERK) as change:
        change.destroy(goes, batch, TODAY)
    assert told.value.obstacles == (Obstacle.GONE,)


def test_an_auditor_does_not_see_the_lists(house: House) -> None:
    auditor = Disposal(house.archive, Agent(5, "样本·审计员", Role.AUDITOR))
    for look in (lambda: auditor.due(TODAY), lambda: auditor.lines(1, TODAY), lambda: auditor.place_hold(Subject(Kind.ITEM, 1), "x")):
        with pytest.raises(NotAllowed):
            look()


# -- opinions other than destruction


def test_longer_and_for_ever_keep_the_code_and_leave_a_version(house: House, clerk: Disposal) -> None:
    longer, ever, kept, case = item(house, b"longer"), item(house, b"ever"), item(house, b"kept"), volume(house, [b"case"])
    codes = {subject: clerk.record(subject, TODAY).reference_code for subject in (longer, ever, kept, case)}  # type: ignore[union-attr]
    batch = clerk.open_appraisal(TODAY, APPRAISERS, TODAY, [longer, ever, kept, case]).id
    with pytest.raises(Invalid):
        clerk.appraise(batch, [longer], Opinion.EXTEND, TODAY, "", day(TODAY))
    clerk.appraise(batch, [longer, case], Opinion.EXTEND, TODAY, "样本", "20500101")
    clerk.appraise(batch, [ever], Opinion.PERMANENT, TODAY)
    clerk.appraise(batch, [kept], Opinion.KEEP, TODAY)
    clerk.submit(batch)
    Disposal(house.archive, CHIEF).approve(batch)
    done = carry_out(house, batch, 0)
    assert (done.destroyed, done.extended, done.noted, done.kept) == (0, 3, 1, {})
    assert [(record.subject, record.due_on) for record in clerk.due(date(2070, 1, 1))] == [
        (kept, "20370101"), (case, "20500101"), (longer, "20500101"),
    ]  # fmt: skip
    for subject, code in codes.items():
        record = clerk.record(subject, TODAY)
        assert record is not None and record.reference_code == code
    assert [version.reason for version in house.archive.queries.versions(ever.id)] == ["JD-2040-01"]
    assert house.archive.queries.item(ever.id).kept_until == FOR_EVER
    assert house.archive.queries.item(ever.id).delivered_seq != house.archive.queries.item(ever.id).changed_seq


# -- what stands against it, one by one


def test_every_obstacle_is_named_and_keeps_the_record(house: House, clerk: Disposal) -> None:
    """Each on a record that nothing else keeps."""
    subjects = {name: item(house, name.encode()) for name in ("lent", "sealed", "undelivered", "source", "young")}
    inside = volume(house, [b"in a case", b"beside it"])
    free = item(house, b"free")
    deliver(house.archive, *(subject for name, subject in subjects.items() if name != "undelivered"), inside, free)
    first = house.archive.queries.item_ids_of(inside)[0]
    batch = approved(house, [*subjects.values(), inside, free])
    with house.archive.database.transaction() as connection:
        lend(connection, Subject(Kind.ITEM, first), 1)
        lend(connection, subjects["lent"], 2)
        connection.execute("UPDATE item SET sealed = 1 WHERE id = ?", (subjects["sealed"].id,))
        connection.execute("UPDATE arrival SET source = 'present' WHERE item_id = ?", (subjects["source"].id,))
        connection.execute("UPDATE item SET kept_until = '20991231' WHERE id = ?", (subjects["young"].id,))
    expected = {subjects["young"]: Obstacle.NOT_DUE, inside: Obstacle.LENT} | {
        subjects[name]: Obstacle(name) for name in ("lent", "sealed", "undelivered", "source")
    }
    outcome = carry_out(house, batch, 7)
    assert outcome.kept == expected and outcome.destroyed == 1
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET sealed = 0")
    assert all(stands(house, subject) for subject in expected)
    assert {line.subject: line.result for line in clerk.lines(batch, TODAY)} == {
        subject: why.value for subject, why in expected.items()
    } | {free: "done"}


def lend(connection: Any, subject: Subject, number: int) -> None:
    """Out of the house."""
    names = [row[1] for row in connection.rows("PRAGMA table_info(loan)") if row[3] and not row[4] and not row[5]]
    values = dict.fromkeys(names, "x") | {"id": number, "number": f"JY-{number}", "requested_by": 1, "state": "lent"}
    connection.execute(
        f"INSERT INTO loan ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", tuple(values.values())
    )
    connection.execute(
        "INSERT INTO loan_subject (loan_id, kind, subject_id, out) VALUES (?, ?, ?, 1)", (number, subject.kind.value, subject.id)
    )


def test_what_is_on_its_way_or_sent_back_is_not_delivered(house: House, clerk: Disposal) -> None:
    sent, returned, changed = item(house, b"sent"), item(house, b"returned"), item(house, b"changed")
    deliver(house.archive, sent, returned, changed)
    assert all(clerk.record(subject, TODAY).obstacles == () for subject in (sent, returned, changed))  # type: ignore[union-attr]
    deliver(house.archive, sent, state="sent")
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET delivery = 'returned' WHERE id = ?", (returned.id,))
    with house.archive.write(CHIEF) as change:
        change._note_item("view", changed.id)
    for subject in (sent, returned, changed):
        record = clerk.record(subject, TODAY)
        assert record is not None and record.obstacles == (Obstacle.UNDELIVERED,)


def share(house: House, one: Subject, other: Subject) -> None:
    """`other` shows the scan of `one` too, as two papers split from one file do."""
    with house.archive.database.transaction() as connection:
        connection.execute(
            "INSERT INTO document (item_id, position, object_id) SELECT ?, 2, object_id FROM document WHERE item_id = ?",
            (other.id, one.id),
        )


def test_pieces_of_one_scan_go_together_or_not_at_all(house: House, clerk: Disposal) -> None:
    a, b, c = (item(house, name) for name in (b"a", b"b", b"c"))
    share(house, a, b)
    share(house, b, c)
    deliver(house.archive, a, b, c)
    batch = approved(house, [a, b])
    assert carry_out(house, batch, 2).kept == {a: Obstacle.SHARED, b: Obstacle.SHARED}
    assert all(stands(house, subject) for subject in (a, b, c))
    outcome = carry_out(house, approved(house, [a, b, c]), 3)
    assert outcome.destroyed == 3 and outcome.erased.clean
    assert list(house.archive.objects.names()) == list(house.archive.pictures.names()) == []


def test_one_held_piece_holds_all_pieces(house: House, clerk: Disposal) -> None:
    a, b, c = (item(house, name) for name in (b"a", b"b", b"c"))
    share(house, a, b)
    share(house, b, c)
    deliver(house.archive, a, b, c)
    batch = approved(house, [a, b, c])
    clerk.place_hold(c, "样本诉讼")
    assert carry_out(house, batch, 3).kept == {a: Obstacle.SHARED, b: Obstacle.SHARED, c: Obstacle.HELD}
    assert all(stands(house, subject) for subject in (a, b, c))


def test_a_sealed_line_loses_its_title_in_the_batch(house: House, clerk: Disposal) -> None:
    subject = item(house, b"sealed", title="样本治安案件")
    batch = clerk.open_appraisal(TODAY, APPRAISERS, TODAY, [subject]).id
    assert [line.title for line in clerk.lines(batch, TODAY)] == ["样本治安案件"]
    clerk.place_hold(subject, "样本")
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET sealed = 1 WHERE id = ?", (subject.id,))
    assert [(line.title, line.reference_code, line.record) for line in clerk.lines(batch, TODAY)] == [("", "", None)]
    assert [(hold.title, hold.reference_code) for hold in clerk.holds()] == [("", "")]
    assert clerk.due(TODAY) == []


# -- on paper


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)
    finally:
        document.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_lists_say_what_is_to_go_and_then_what_is_gone(house: House, clerk: Disposal, language: str) -> None:
    goes = item(house, b"goes", title="样本关于990101199001011237的答复", document_no="样公〔2026〕9号")
    held, sealed = item(house, b"held", title="样本留下的"), item(house, b"sealed", title="样本不该看见的")
    case = volume(house, [b"one", b"two"], title="样本打架案")
    subjects = [goes, held, sealed, case]
    deliver(house.archive, *subjects)
    batch = approved(house, subjects)
    number = clerk.appraisal(batch).number
    clerk.place_hold(held, "样本诉讼")
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET sealed = 1 WHERE id = ?", (sealed.id,))

    def forms() -> list[str]:
        wishes = BatchWishes(batch=number, prepared_by="样本·内勤", prepared_on="2040-03-01", language=language)
        return [text_of(render(name, house.archive.queries, wishes)) for name in ("appraisal_list", "destruction_register")]

    for text in forms():
        assert number in text and "样本打架案" in text
        assert "990101199001011237" not in text and "样本不该看见的" not in text
    carry_out(house, batch, 4)
    judged, register = forms()
    assert all(name in judged for name in APPRAISERS) and "样本鉴定报告" in judged
    assert all(name in register for name in SUPERVISORS) and PLACE in register and METHOD in register
    for text in (judged, register):
        assert "样本打架案" in text and "样本留下的" in text and "样本不该看见的" not in text
    amount = {"zh": "案卷1卷，文件1件，共3页", "en": "volumes1,items1,pages3"}[language]
    assert amount in register
    with pytest.raises(BadWish):
        render("destruction_register", house.archive.queries, BatchWishes(batch="JD-1999-01"))


# -- random histories


ACTS = ("deliver", "change", "hold", "hold_inside", "lift", "lend", "take_back", "seal", "unseal")
HISTORY = st.tuples(st.integers(2026, 2031), st.booleans(), st.lists(st.sampled_from(ACTS), max_size=4))
MEANWHILE = st.lists(st.tuples(st.integers(0, 99), st.sampled_from(ACTS)), max_size=4)


class Histories(RuleBasedStateMachine):
    """Records are filed, delivered, changed, held, lent, sealed and extended in any order; batches are carried out at any
    moment. Beside the archive runs a plain model of what protects each record: what the model protects must stay, what it
    does not must go.
    """

    @initialize(histories=st.lists(HISTORY, min_size=5, max_size=8), early=st.booleans(), meanwhile=MEANWHILE)
    def found(
        self, histories: list[tuple[int, bool, list[str]]], early: bool, meanwhile: list[tuple[int, str]]
    ) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.house = House(Path(self._folder.name))
        self.clerk, self.chief = Disposal(self.house.archive, CLERK), Disposal(self.house.archive, CHIEF)
        self.today = date(2040, 1, 1)
        self.state: dict[Subject, dict[str, Any]] = {}
        self.number = 0
        for history in histories:
            self.file(history)
        self.dispose(Opinion.DESTROY, early, meanwhile)

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.house.archive.close()
            self._folder.cleanup()

    @rule(history=HISTORY)
    def file(self, history: tuple[int, bool, list[str]]) -> None:
        year, in_volume, acts = history
        self.number += 1
        data = b"paper %d" % self.number
        if in_volume:
            subject = volume(self.house, [data, data + b" second"], closed_on=f"{year}0101", year=year)
        else:
            subject = item(self.house, data, year=year, doc_date=f"{year}0101")
        deliver(self.house.archive, subject)
        self.state[subject] = {"due": date(year + 11, 1, 1), "held": [], "lent": False, "sealed": False, "delivered": True}
        for act in acts:
            self.happens(subject, act)

    @rule(which=st.integers(0, 99), act=st.sampled_from(ACTS))
    def one_thing_happens(self, which: int, act: str) -> None:
        if self.state:
            self.happens(list(self.state)[which % len(self.state)], act)

    def happens(self, subject: Subject, act: str) -> None:
        known, archive = self.state[subject], self.house.archive
        inside = archive.queries.item_ids_of(subject)
        table = subject.kind.value
        if act == "deliver":
            deliver(archive, subject)
            known["delivered"] = True
        elif act == "change":
            with archive.write(CHIEF) as change:
                change._note_item("view", inside[0])
            known["delivered"] = False
        elif act in ("hold", "hold_inside") and not known["sealed"]:
            held = Subject(Kind.ITEM, inside[-1]) if act == "hold_inside" else subject
            known["held"].append(self.clerk.place_hold(held, "样本"))
        elif act == "lift" and known["held"]:
            self.chief.lift_hold(known["held"].pop(), "样本")
        elif act in ("lend", "take_back"):
            known["lent"] = act == "lend"
            with archive.database.transaction() as connection:
                connection.execute("DELETE FROM loan_subject WHERE kind = ? AND subject_id = ?", (table, subject.id))
                if known["lent"]:
                    self.number += 1
                    lend(connection, subject, self.number)
        elif act in ("seal", "unseal"):
            known["sealed"] = act == "seal"
            with archive.database.transaction() as connection:
                connection.execute(f"UPDATE {table} SET sealed = ? WHERE id = ?", (known["sealed"], subject.id))

    @rule()
    def a_year_passes(self) -> None:
        self.today = self.today.replace(year=self.today.year + 1)

    @rule(
        opinion=st.sampled_from([Opinion.DESTROY, Opinion.DESTROY, Opinion.EXTEND]),
        early=st.booleans(),
        meanwhile=MEANWHILE,
    )
    def dispose(self, opinion: Opinion, early: bool, meanwhile: list[tuple[int, str]]) -> None:
        """Everything due by now (or, `early`, by a cutoff far ahead) goes through a batch, while things happen to it."""
        cutoff = self.today.replace(year=self.today.year + 30) if early else self.today
        subjects = [record.subject for record in self.clerk.due(cutoff)]
        if not subjects:
            return
        longer = self.today.replace(year=self.today.year + 2)
        batch = self.clerk.open_appraisal(cutoff, APPRAISERS, self.today, subjects).id
        until = day(longer) if opinion is Opinion.EXTEND else ""
        self.clerk.appraise(batch, subjects, opinion, self.today, "样本", until)
        self.clerk.submit(batch)
        self.chief.approve(batch)
        for which, act in meanwhile:
            self.happens(subjects[which % len(subjects)], act)
        count = len(subjects) if opinion is Opinion.DESTROY else 0
        outcome = carry_out(self.house, batch, count, self.today)
        for subject in subjects:
            known = self.state[subject]
            if opinion is Opinion.EXTEND:
                known["due"] = max(known["due"], longer)
                known["delivered"] = known["delivered"] and subject.kind is Kind.VOLUME
                continue
            free = not (known["held"] or known["lent"] or known["sealed"])
            free = free and known["delivered"] and known["due"] <= self.today
            assert (subject not in outcome.kept) == free, (subject, known, outcome.kept)
            if free:
                del self.state[subject]

    @invariant()
    def what_is_protected_is_there(self) -> None:
        if not hasattr(self, "house"):
            return
        for subject, known in self.state.items():
            assert known["sealed"] or stands(self.house, subject)
        queries = self.house.archive.queries
        assert set(self.house.archive.objects.names()) == set(queries.object_names())
        assert set(self.house.archive.pictures.names()) == set(queries.picture_names())


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=6, stateful_step_count=4, deadline=None, phases=[Phase.generate])


# -- the commands


def test_the_commands_lead_from_the_list_to_the_approval_of_another(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one, other = item(house, b"one", doc_date="20100101", year=2010), item(house, b"two", doc_date="20110101", year=2011)
    codes = [house.archive.queries.item(subject.id).reference_code for subject in (one, other)]
    house.archive.close()
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("ANJUAN_PASSPHRASE", PASSPHRASE)

    def run(*words: str) -> tuple[int, list[dict[str, Any]]]:
        code = run_command(["--archive", str(house.folder), *words, "--json"], Window())
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [row["code"] for row in run("due", "--cutoff", "2026-11-22")[1]] == codes
    assert run("due", "--cutoff", "2021-06-01", "--count")[1] == [{"due": 1, "cutoff": "2021-06-01"}]
    assert run("hold", "place", codes[0], "--reason", "样本诉讼")[1] == [{"hold": 1, "code": codes[0]}]
    assert [row["code"] for row in run("hold", "list")[1]] == [codes[0]]
    code, (batch,) = run("appraisal", "open", "--appraiser", "样本甲")
    assert (code, batch["lines"], batch["state"]) == (0, 2, "open")
    number = batch["number"]
    assert run("appraisal", "judge", number, "--opinion", "destroy")[0] == 2  # a reason is wanted
    assert run("appraisal", "judge", number, "--opinion", "destroy", "--reason", "样本")[1][0]["to_destroy"] == 2
    assert [row["obstacles"] for row in run("appraisal", "show", number)[1]] == [["held", "undelivered"], ["undelivered"]]
    assert run("appraisal", "submit", number)[1][0]["state"] == "submitted"
    assert run("appraisal", "approve", number)[0] == 3
    assert run("appraisal", "carry-out", number, "--confirm", "2", "--place", "x", "--method", "x")[0] == 3
    assert run("hold", "lift", "1", "--reason", "样本")[0] == 0
    assert run("hold", "list")[1] == []
    house.reopen_from_closed()
