"""tests/test_people.py — papers name people, for finding papers alone; every look has a purpose and can be told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from copy import copy
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pypdfium2
import pytest

from app import wording
from app.access import RIGHTS
from app.disposal import Disposal
from app.filing import Invalid
from app.lending import Lending
from app.name_index import Answer
from app.people import BasisMissing, NothingToLookUp, People, check, suggest, tidied
from app.privacy.identity import check_digit
from app.reports import render
from app.reports.access_report import AccessWishes
from app.reports.errors import BadWish
from app.volumes import PartClosed, Volumes
from storage.changes.people import CannotMerge, EntityExists, MinorProtected
from storage.errors import NoSuchRecord, NotAllowed
from storage.records import Agent, Kind, Retention, Role, Subject
from storage.records.lending import LoanDraft
from storage.records.people import Act, EntityDraft, EntityKind, Part, Purpose
from tests.stations import CHIEF, FONDS, House

FIRST = "99010119550101001"
IDENTITY = FIRST + check_digit(FIRST)
PHONE = "10012345678"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Room:
    """An archive with papers, and people at its desk by role."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.queries = self.house.archive.queries
        self.clock = Clock()
        self.people = self.of(Role.ADMINISTRATOR)

    def of(self, role: Role) -> People:
        agent = CHIEF if role is Role.ADMINISTRATOR else Agent(9, f"样本·{role.value}", role)
        return People(self.house.archive, agent, Volumes(self.house.archive, agent), lambda: 10, self.clock)

    def paper(self, text: str = "样本正文", **fields: object) -> Subject:
        return Subject(Kind.ITEM, self.house.file(self.house.receive(text.encode()), **fields).id)

    def events(self, type: str) -> list[dict[str, Any]]:
        return [event.detail for event in self.queries.events(limit=10_000) if event.type == type]

    def seal(self, subject: Subject) -> None:
        with self.house.archive.database.transaction() as connection:
            connection.execute("UPDATE item SET sealed = 1 WHERE id = ?", (subject.id,))


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Founded once and closed; every test opens a copy."""
    house = House(tmp_path_factory.mktemp("founded"))
    house.archive.close()
    return house


@pytest.fixture
def room(founded: House, tmp_path: Path) -> Iterator[Room]:
    wording.use("zh")
    house = copy(founded)
    house.folder = tmp_path / "archive"
    shutil.copytree(founded.folder, house.folder)
    house.reopen_from_closed()
    made = Room(house)
    yield made
    made.house.archive.close()


# -- naming


def test_a_paper_names_somebody_and_the_same_number_is_the_same_person(room: Room) -> None:
    one, two = room.paper("甲"), room.paper("乙")
    first = room.people.name(one, EntityDraft(name="样本甲", id_number=f" {IDENTITY[:6]} {IDENTITY[6:]}".lower()), Part.SUSPECT)
    again = room.people.name(two, EntityDraft(name="样本甲", id_number=IDENTITY), Part.WITNESS)
    assert first == again
    kept = room.queries.entity(first)
    assert (kept.id_number, kept.birth_date, kept.sex) == (IDENTITY, "19550101", "male")
    assert [mention.part for mention in room.people.named(two)] == [Part.WITNESS]
    with pytest.raises(EntityExists) as known:
        room.people.name(two, EntityDraft(name="样本乙", id_number=IDENTITY), Part.WITNESS)
    assert known.value.facts == {"entity": first}
    assert "样本" not in repr(room.events("name_entity") + room.events("mention"))


def test_fifteen_digits_are_kept_as_eighteen(room: Room) -> None:
    number = room.people.name(room.paper(), EntityDraft(name="样本甲", id_number="990101550101001"), Part.CONCERNED)
    assert room.queries.entity(number).id_number == IDENTITY


def test_what_is_doubtful_is_said_and_only_what_is_impossible_refused(room: Room) -> None:
    def said(**fields: Any) -> list[str]:
        return [problem.key.removeprefix("problem.") for problem in check(EntityDraft(name="样本", **fields), "20260305")]

    assert said(id_number=IDENTITY) == []
    assert said(id_number=IDENTITY[:-1] + "0") == ["identity_wrong"]
    assert said(id_number=IDENTITY, birth_date="19560101", sex="female") == ["identity_birth", "identity_sex"]
    assert said(birth_date="20100306") == ["minor_unmarked"]
    assert said(birth_date="20100306", minor=True) == [] == said(birth_date="20080305")
    assert said(kind=EntityKind.VEHICLE, plate="苏A1") == ["plate_shape"]
    subject = room.paper()
    for refused in (EntityDraft(), EntityDraft(EntityKind.VEHICLE, "车", plate="苏A1"), EntityDraft(name="长" * 61)):
        with pytest.raises(Invalid):
            room.people.name(subject, refused, Part.CONCERNED)
    room.people.name(subject, EntityDraft(name="样本", id_number="1234"), Part.CONCERNED)
    for problem in ("identity_wrong", "identity_birth", "identity_sex", "minor_unmarked", "plate_shape"):
        assert all(wording.say(f"problem.{problem}", language) for language in wording.LANGUAGES)


def test_a_vehicle_is_called_by_its_plate(room: Room) -> None:
    subject = room.paper()
    vehicle = room.people.name(subject, EntityDraft(EntityKind.VEHICLE, plate="苏Ａ·12345"), Part.CONCERNED)
    assert (room.queries.entity(vehicle).name, room.queries.entity(vehicle).plate) == ("苏A12345", "苏A12345")
    assert tidied(EntityDraft(name=" 样本  甲 ")).name == "样本 甲"


def test_what_a_text_names_is_offered_and_never_added_by_itself(room: Room) -> None:
    subject = room.paper(f"姓名：样本甲\n证件{IDENTITY}，电话{PHONE}。苏A12345", title=f"样本{IDENTITY}")
    offered = room.people.offered(subject)
    assert [(one.kind.value, one.name, one.id_number, one.phone, one.plate) for one in offered] == [
        ("person", "样本甲", IDENTITY, PHONE, ""), ("vehicle", "苏A12345", "", "", "苏A12345")
    ]  # fmt: skip
    assert room.people.named(subject) == []
    room.people.name(subject, offered[0], Part.OFFENDER)
    assert [one.name for one in room.people.offered(subject)] == ["苏A12345"]
    case = "A" + "9" * 22
    form = f"单位名称：样本（集团）有限公司\n场所名称: 样本旅馆，案件编号{case}。某样本公司不算"
    kinds = [(one.kind.value, one.name) for one in suggest([form, form])]
    assert kinds == [("case", case), ("organisation", "样本(集团)有限公司"), ("place", "样本旅馆")]
    room.people.name(subject, EntityDraft(EntityKind.PLACE, "样本旅馆"), Part.CONCERNED)
    assert [one.kind.value for one in room.people.offered(room.paper(form))] == ["case", "organisation", "place"]
    (loose,) = suggest([f"被询问人（签名）：样本乙 电话{PHONE}，又{PHONE}"])
    assert (loose.name, loose.phone, loose.id_number) == ("样本乙", PHONE, "")
    assert suggest([IDENTITY[:-1] + "0", "", "2026〔12〕号"]) == []


def test_a_mention_is_taken_back_and_who_is_named_nowhere_is_forgotten(room: Room) -> None:
    subject = room.paper()
    entity = room.people.name(subject, EntityDraft(name="样本甲"), Part.WITNESS)
    (mention,) = room.people.named(subject)
    room.people.unmention(mention)
    assert room.people.named(subject) == []
    assert room.house.archive.database.reader().row("SELECT count(*) FROM entity") == (0,)
    with pytest.raises(NoSuchRecord):
        room.people.unmention(mention)
    with pytest.raises(NoSuchRecord):
        room.queries.entity(entity)


def test_two_entries_of_one_person_become_one(room: Room) -> None:
    one, two = room.paper("甲"), room.paper("乙")
    kept = room.people.name(one, EntityDraft(name="样本甲", id_number=IDENTITY), Part.SUSPECT)
    other = room.people.name(two, EntityDraft(name="样本甲", phone=PHONE, minor=True), Part.SUSPECT)
    stranger = room.people.name(two, EntityDraft(name="样本甲", id_number="990101550101002"), Part.WITNESS)
    for refused in ((kept, stranger), (kept, room.people.name(one, EntityDraft(EntityKind.PLACE, "样本旅馆"), Part.CONCERNED))):
        with pytest.raises(CannotMerge):
            room.people.merge(*refused)
    with pytest.raises(NoSuchRecord):
        room.people.merge(kept, kept)
    room.people.merge(kept, other)
    merged = room.queries.entity(kept)
    assert (merged.phone, merged.id_number, merged.minor) == (PHONE, IDENTITY, True)
    assert {paper.subject for paper in room.queries.papers_naming(kept)} == {one, two}
    with pytest.raises(NoSuchRecord):
        room.queries.entity(other)
    assert room.events("merge_entities") == [{"other": other, "mentions": 1}]


def test_an_entry_is_corrected(room: Room) -> None:
    number = room.people.name(room.paper(), EntityDraft(name="样本甲"), Part.WITNESS)
    room.people.correct(number, EntityDraft(name="样本乙", id_number=IDENTITY))
    assert (room.people.entity(number).name, room.people.entity(number).birth_date) == ("样本乙", "19550101")


# -- unmasking


def test_an_unmasking_holds_for_its_record_and_its_time(room: Room) -> None:
    one, two = room.paper("甲"), room.paper("乙")
    room.people.disclose(one, Purpose.CASE)
    room.clock.now = 599.0
    grant = room.people.grant(one)
    assert grant is not None and grant.purpose is Purpose.CASE and room.people.seconds_left(one) == 1.0
    assert room.people.grant(two) is None
    room.clock.now = 600.0
    assert room.people.grant(one) is None and room.people.seconds_left(one) == 0.0


def test_other_purposes_want_a_word(room: Room) -> None:
    with pytest.raises(BasisMissing):
        room.people.disclose(room.paper(), Purpose.OTHER, "  ")
    with pytest.raises(BasisMissing):
        room.people.look_up("样本甲", Purpose.OTHER)
    assert room.events("disclose") == room.events("look_up_entity") == []


@pytest.mark.parametrize("by_volume", [False, True])
def test_what_names_a_minor_wants_a_basis_and_a_clerk(room: Room, by_volume: bool) -> None:
    subject = room.paper()
    named = subject
    if by_volume:
        named = open_volume(room)
        with room.house.archive.database.transaction() as connection:
            connection.execute("UPDATE item SET volume_id = ?, item_no = 0 WHERE id = ?", (named.id, subject.id))
    room.people.name(named, EntityDraft(name="样本小明", minor=True), Part.VICTIM)
    for who, basis in ((Role.ADMINISTRATOR, ""), (Role.CLERK, " "), (Role.FILER, "未成年人保护法")):
        with pytest.raises(MinorProtected):
            room.of(who).disclose(subject, Purpose.CASE, basis)
    room.of(Role.CLERK).disclose(subject, Purpose.CASE, "未成年人保护法")
    assert [one.basis for one in room.queries.disclosures(subject)] == ["未成年人保护法"]
    assert room.events("disclose")[0]["minor"] is True
    assert room.queries.minors_named([subject.id]) == {subject.id: ("样本小明",)}
    found = {subject: ("样本小明",), **({named: ("样本小明",)} if by_volume else {})}
    assert room.queries.minors_of([subject, Subject(Kind.VOLUME, 7), Subject(Kind.ITEM, 999)]) == found


def test_lists_of_lending_and_disposal_show_no_name_of_a_minor(room: Room) -> None:
    today, archive = date(2050, 1, 1), room.house.archive
    subject = room.paper(title="样本小明的申请", retention=Retention.D10)
    room.people.name(subject, EntityDraft(name="样本小明", minor=True), Part.CONCERNED)
    lending, disposal = Lending(archive, CHIEF), Disposal(archive, CHIEF)
    wanted = LoanDraft("样本", "样本", purpose="case", basis="样本")
    loan = lending.request(wanted, [subject], today)
    disposal.place_hold(subject, "样本")
    due = disposal.due(today)
    batch = disposal.open_appraisal(today, ["样本"], today)
    record = disposal.record(subject, today)
    (line,) = disposal.lines(batch.id, today)
    assert record is not None and line.record is not None
    shown = [
        *(one.title for one in due), record.title, line.title, line.record.title, *(hold.title for hold in disposal.holds()), loan.subjects[0].title,
        *(one.title for one in lending.loans()[0].subjects), *(one.title for one in lending.lendable("的申请")),
        *(one.title for one in lending.subjects([subject])),
    ]  # fmt: skip
    assert shown == ["样***的申请"] * 9


def test_a_volume_shows_no_name_of_a_minor_that_its_papers_name(room: Room) -> None:
    subject, whole = room.paper(), open_volume(room)
    with room.house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET volume_id = ? WHERE id = ?", (whole.id, subject.id))
        connection.execute("UPDATE volume SET title = '样本小明被侵害案' WHERE id = ?", (whole.id,))
    volumes = Volumes(room.house.archive, CHIEF)
    assert volumes.covered([volumes.volume(whole.id)])[0].title == "样本小明被侵害案"
    room.people.name(subject, EntityDraft(name="样本小明", minor=True), Part.VICTIM)
    assert room.queries.minors_of([whole]) == {whole: ("样本小明",)}
    assert volumes.covered([volumes.volume(whole.id)])[0].title == "样***被侵害案"


def open_volume(room: Room, part: str = "main") -> Subject:
    """A volume of the archive, as bare as the tables allow."""
    with room.house.archive.database.transaction() as connection:
        columns = [row[1:3] for row in connection.rows("PRAGMA table_info(volume)") if row[3] and row[4] is None]
        values = {name: 0 if kind == "INTEGER" else "" for name, kind in columns}
        values |= {"id": 7, "uuid": "u", "fonds": FONDS.number, "category": "WS", "state": "open", "title": "样本卷",
                   "part": part, "retention": "D10", "security_class": "internal", "access_status": "unreviewed"}
        names = ", ".join(values)
        connection.execute(f"INSERT INTO volume ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values.values()))
    return Subject(Kind.VOLUME, 7)


def test_who_may_do_what(room: Room) -> None:
    subject = room.paper()
    auditor = room.of(Role.AUDITOR)
    for act in (
        lambda: auditor.disclose(subject, Purpose.CASE),
        lambda: auditor.name(subject, EntityDraft(name="样本"), Part.WITNESS),
        lambda: auditor.offered(subject),
        lambda: auditor.merge(1, 2),
        lambda: auditor.entity(1),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert not auditor.look_up("样本甲", Purpose.CASE)
    with pytest.raises(NotAllowed):
        auditor.confirm(1, subject, Part.WITNESS)
    assert all("look_up_entity" in RIGHTS[role] for role in set(Role) - {Role.SECURITY, Role.PENDING})


# -- looking up


def found(answer: Answer) -> dict[Subject, Part | None]:
    """The papers of an answer: in what part each mentions somebody, None where nobody has confirmed it."""
    return {line.paper.subject: line.paper.part for line in answer.lines}


def test_looking_up_answers_with_papers_and_leaves_its_purpose(room: Room) -> None:
    one, two = room.paper("甲", title=f"样本甲{IDENTITY}案"), room.paper("乙")
    number = room.people.name(one, EntityDraft(name="样本甲", alias="阿甲", id_number=IDENTITY, phone=PHONE), Part.SUSPECT)
    room.people.name(two, EntityDraft(name="样本甲", id_number=IDENTITY), Part.WITNESS)
    for term in ("样本甲", " 阿甲", IDENTITY, "990101550101001", PHONE, f"{IDENTITY[:6]} {IDENTITY[6:]}"):
        answer = room.people.look_up(term, Purpose.IN_PERSON, "本人持证件查询")
        (entity,) = answer.entities
        assert found(answer) == {one: Part.SUSPECT, two: Part.WITNESS}, term
        assert (entity.id_number, entity.phone) == ("990***********" + IDENTITY[-4:], "100****5678")
        assert answer.lines[0].paper.title.startswith("样本甲990***")
    assert room.events("look_up_entity")[0] == {"entities": [number], "entry": 1}
    for empty in ("", " ", "甲"):
        with pytest.raises(NothingToLookUp):
            room.people.look_up(empty, Purpose.CASE)


def test_the_beginning_of_a_name_its_sound_and_part_of_a_number_are_enough(room: Room) -> None:
    one, two, three = (room.paper(text) for text in "甲乙丙")
    room.people.name(one, EntityDraft(name="张三样本", alias="老三", id_number=IDENTITY, phone=PHONE), Part.SUSPECT)
    room.people.name(two, EntityDraft(EntityKind.VEHICLE, plate="苏A12345"), Part.CONCERNED)
    room.people.name(three, EntityDraft(EntityKind.PLACE, "张三旅馆样本"), Part.CONCERNED)

    def seen(term: str, kind: EntityKind | None = None) -> set[Subject]:
        return set(found(room.people.look_up(term, Purpose.CASE, kind=kind)))

    for term in ("张三样本", "张三样", "zhangsan", "ZhangSan", "zs", "zhang san yang"):
        assert seen(term, EntityKind.PERSON) == {one}, term
        assert one in seen(term)
    assert seen("张三") == {one, three} and seen("张三", EntityKind.PLACE) == {three} == seen("zslg")
    for term in (IDENTITY[3:7], PHONE[-4:], "老三", "laosan", IDENTITY[-6:].lower()):
        assert seen(term) == {one}, term
    for term in ("苏A12345", "苏A·12345", "苏Ａ １２３４５", "A123", "2345"):
        assert seen(term, EntityKind.VEHICLE) == {two}, term
    for nothing in ("三样", "样本", "sanyang", IDENTITY[3:6], "345", "张%", "%%", "__", "zhangsi"):
        assert seen(nothing) == set(), nothing


def test_what_stands_in_a_text_is_offered_after_what_is_confirmed_and_confirmed_from_there(room: Room) -> None:
    named, loose = room.paper("样本证人张三样本作证"), room.paper("样本证人张三样本也在场", title="样本询问笔录")
    room.paper("样本证人李四样本在场")
    entity = room.people.name(named, EntityDraft(name="张三样本", id_number=IDENTITY), Part.WITNESS)
    room.house.archive.index.catch_up()
    answer = room.people.look_up("张三样本", Purpose.CASE)
    assert [(line.paper.subject, line.paper.part, bool(line.entity)) for line in answer.lines] == [
        (named, Part.WITNESS, True), (loose, None, False)
    ]  # fmt: skip
    assert found(room.people.look_up("zhangsanyangben", Purpose.CASE)) == {named: Part.WITNESS, loose: None}
    room.people.confirm(entity, loose, Part.REPORTER)
    assert found(room.people.look_up("张三样本", Purpose.CASE)) == {named: Part.WITNESS, loose: Part.REPORTER}
    assert room.events("look_up_entity")[-1]["entities"] == [entity]
    with pytest.raises(NoSuchRecord):
        room.people.confirm(999, loose, Part.WITNESS)


def test_what_only_sealed_papers_name_is_not_found(room: Room) -> None:
    sealed, seen = room.paper("封存样本甲"), room.paper("开")
    number = room.people.name(sealed, EntityDraft(name="样本甲", id_number=IDENTITY), Part.SUSPECT)
    room.people.disclose(sealed, Purpose.CASE)
    room.house.archive.index.catch_up()
    room.seal(sealed)
    with room.house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET changed_seq = (SELECT max(seq) FROM event) + 1 WHERE id = ?", (sealed.id,))
    for term in ("样本甲", "样本", "yangbenj", IDENTITY[:6], IDENTITY):
        answer = room.people.look_up(term, Purpose.CASE)
        assert sealed not in found(answer) and not answer.entities, term
    assert room.queries.mentions(sealed) == [] == room.queries.accesses(number) and room.queries.names_in([sealed.id]) == {}
    with pytest.raises(NoSuchRecord):
        room.queries.entity(number)
    for act in (
        lambda: room.people.disclose(sealed, Purpose.CASE),
        lambda: room.people.name(sealed, EntityDraft(name="样本"), Part.WITNESS),
        lambda: room.people.confirm(number, sealed, Part.WITNESS),
    ):
        with pytest.raises(NoSuchRecord):
            act()
    room.people.name(seen, EntityDraft(name="样本甲", id_number=IDENTITY), Part.WITNESS)
    assert found(room.people.look_up("样本甲", Purpose.CASE)) == {seen: Part.WITNESS}


def test_what_stands_in_a_closed_part_is_not_found_by_those_it_is_closed_to(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, plain = room.paper("密卷提到样本甲"), room.paper("开卷提到样本甲")
    for subject in (secret, plain):
        room.people.name(subject, EntityDraft(name="样本甲", id_number=IDENTITY), Part.SUSPECT)
    volume = open_volume(room, part="secret")
    with room.house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET volume_id = ?, item_no = 0 WHERE id = ?", (volume.id, secret.id))
        connection.execute("UPDATE volume SET case_no = '样公样本1号' WHERE id = ?", (volume.id,))
    room.house.archive.index.catch_up()
    filer = room.of(Role.FILER)
    for term in (IDENTITY, "样本甲", "提到样本甲"):
        assert set(found(filer.look_up(term, Purpose.CASE))) == {plain}, term
        assert set(found(room.people.look_up(term, Purpose.CASE))) == {secret, plain}, term
    monkeypatch.setattr("app.name_index.MOST_UNCONFIRMED", 1)
    assert not filer.look_up("提到样本甲", Purpose.CASE).more and room.people.look_up("提到样本甲", Purpose.CASE).more, "nor is it counted"
    assert not filer.look_up("样公样本1号", Purpose.CASE) and room.people.look_up("样公样本1号", Purpose.CASE)
    for act in (lambda: filer.disclose(secret, Purpose.CASE), lambda: filer.named(secret), lambda: filer.offered(secret),
                lambda: filer.disclose(volume, Purpose.CASE), lambda: filer.name(secret, EntityDraft(name="样本"), Part.WITNESS),
                lambda: filer.confirm(1, secret, Part.WITNESS), lambda: filer.sharing(volume.id, Purpose.CASE)):  # fmt: skip
        with pytest.raises(PartClosed):
            act()


def test_a_minor_is_covered_by_name_wherever_entries_are_listed(room: Room) -> None:
    subject = room.paper()
    room.people.name(subject, EntityDraft(name="样本小明", minor=True, note="样本小明的父亲陪同", birth_date="20120506"), Part.VICTIM)
    (mention,) = room.people.named(subject)
    assert (mention.entity.name, mention.entity.note, mention.entity.birth_date) == ("样***", "样***的父亲陪同", "20120000")
    (entity,) = room.people.look_up("样本小明", Purpose.CASE).entities
    assert entity.name == "样***"
    room.people.disclose(subject, Purpose.CASE, "样本依据")
    assert room.people.named(subject)[0].entity.name == "样本小明"


def test_a_destroyed_record_names_nobody(room: Room) -> None:
    subject, other = room.paper("甲"), room.paper("乙")
    gone = room.people.name(subject, EntityDraft(name="样本甲"), Part.WITNESS)
    stays = room.people.name(subject, EntityDraft(name="样本乙"), Part.WITNESS)
    room.people.name(other, EntityDraft(name="样本丙"), Part.WITNESS)
    with room.house.archive.write(CHIEF) as change:
        change.mention(stays, other, Part.WITNESS)
    with room.house.archive.write(CHIEF) as change:
        change._forget_people(subject)
        change.view(subject.id)
    names = {row[0] for row in room.house.archive.database.reader().rows("SELECT name FROM entity")}
    assert names == {"样本乙", "样本丙"} and gone not in {p.entity.id for p in room.people.named(other)}


# -- the report


def looks(room: Room, subject: Subject) -> None:
    """A covered look, then one in full with its print and export, as the station writes them."""
    archive = room.house.archive
    with archive.write(CHIEF) as change:
        change.view(subject.id)
    room.people.disclose(subject, Purpose.CASE, "样本依据")
    for act, step in (
        (Act.VIEW, lambda change: change.view(subject.id)),
        (Act.PRINT, lambda change: change.print(str(subject), 1)),
        (Act.EXPORT, lambda change: change.export(str(subject), "00", 1)),
    ):
        with archive.write(CHIEF) as change:
            assert room.people.note_full(change, str(subject), act)
            step(change)


def test_every_look_is_told_once(room: Room) -> None:
    subject, elsewhere = room.paper("甲"), room.paper("乙")
    number = room.people.name(subject, EntityDraft(name="样本甲", id_number=IDENTITY), Part.SUSPECT)
    room.people.look_up(IDENTITY, Purpose.IN_PERSON)
    looks(room, subject)
    with room.house.archive.write(CHIEF) as change:
        change.view(elsewhere.id)
    told = [(access.act, access.purpose) for access in room.queries.accesses(number)]
    assert sorted(told, key=str) == sorted(
        [(Act.LOOK_UP, Purpose.IN_PERSON), (Act.VIEW, None), (Act.OPEN, Purpose.CASE), (Act.VIEW, Purpose.CASE),
         (Act.PRINT, Purpose.CASE), (Act.EXPORT, Purpose.CASE)], key=str
    )  # fmt: skip
    assert room.queries.accesses(0) == room.queries.accesses(number)
    assert room.queries.accesses(number, since="2999") == [] == room.queries.accesses(number, until="2000")
    assert room.queries.accesses(number, limit=2, offset=5) == room.queries.accesses(number)[5:]


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_the_report_tells_who_looked_and_shows_nobody(room: Room, language: str) -> None:
    subject = room.paper("甲", title="样本题名不出现")
    number = room.people.name(subject, EntityDraft(name="样本甲", id_number=IDENTITY), Part.SUSPECT)
    looks(room, subject)
    pdf = render("access_report", room.queries, AccessWishes(number, prepared_by="样本", language=language))
    with pypdfium2.PdfDocument(pdf) as document:
        assert len(document) == 1
        text = "".join(document[0].get_textpage().get_text_bounded().split())
    for expected in ("样**990***********" + IDENTITY[-4:], CHIEF.name, "样本依据", "个人信息访问报告",
                     wording.say("act.export", language).replace(" ", ""), wording.say("purpose.case", language).replace(" ", "")):  # fmt: skip
        assert expected in text, expected
    assert "样本甲" not in text and IDENTITY not in text and "样本题名不出现" not in text
    with pytest.raises(BadWish):
        render("access_report", room.queries, AccessWishes(number, since="昨天"))
    nobody = render("access_report", room.queries, AccessWishes(since="2999-01-01", until="2999-01-02", language=language))
    with pypdfium2.PdfDocument(nobody) as document:
        words = "".join(document[0].get_textpage().get_text_bounded().split())
    assert wording.say("report.access.none", language).replace(" ", "") in words


# -- the commands


def test_the_commands_cover_and_ask_for_a_purpose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from app.__main__ import Window
    from app.cli import run_command
    from tests.stations import PASSPHRASE
    from tests.stations import station as found_station

    monkeypatch.setenv("ANJUAN_PASSPHRASE", PASSPHRASE)
    station, _key = found_station(tmp_path, monkeypatch)
    paper = tmp_path / f"样本{IDENTITY}.txt"
    paper.write_text(f"关于样本甲{IDENTITY}户口的通知\n电话{PHONE}\n样本派出所\n二〇二六年三月五日\n", "utf-8")
    station.intake.read(station.intake.take(paper))
    station.stop()

    def run(*words: str) -> tuple[int, str]:
        exit_code = run_command(["--archive", str(tmp_path / "archive"), *words, "--json"], Window())
        out, _err = capsys.readouterr()
        return exit_code, out

    shown = [run("inbox")[1], run("file", "--accept-all")[1], run("search", IDENTITY)[1]]
    record = msgspec.json.decode(shown[1].splitlines()[0])["record"]
    shown += [run("show", record)[1], run("people", "add", record, "样本甲", "--number", IDENTITY)[1]]
    shown += [run("people", "of", record)[1], run("people", "find", IDENTITY, "--purpose", "case")[1]]
    for out in shown:
        assert out and IDENTITY not in out and PHONE not in out
    full = run("show", record, "--unmask", "case", "--basis", "样本依据")[1]
    assert IDENTITY in full and PHONE in full
    assert run("show", record, "--unmask", "other")[0] == 3
    assert run("people", "find", "样本丁", "--purpose", "case")[0] == 1
    found = msgspec.json.decode(run("people", "find", "yangbenj", "--kind", "person", "--purpose", "case")[1].splitlines()[0])
    assert (found["record"], found["volume"], found["part"]) == (record, "", "concerned")
    assert run("people", "sharing", "Z900-NONE", "--purpose", "case")[0] == 3
    assert run("people", "report", "--out", str(tmp_path / "r.pdf"))[0] == 0
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")


