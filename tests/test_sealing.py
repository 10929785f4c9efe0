"""tests/test_sealing.py — 封存: what is sealed when, who may look, and that nobody looks without two people and a trace."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pypdfium2
import pytest
from PIL import Image

from app.__main__ import Window
from app.cli import run_command
from app.filing import Invalid
from app.reports import render
from app.sealing import Sealing, bases, check, terms
from app.settings import Settings
from storage.archive import Archive
from storage.changes.sealing import NotFiledYet, NotNotified, SealedWithVolume
from storage.errors import NoSuchRecord, NotAllowed, SamePerson
from storage.queries.sealing import ConsultationNotOpen, NotSought
from storage.records import Agent, Category, Delivery, Kind, Page, Retention, Role, Subject
from storage.records.sealing import ConsultationState, Look
from storage.records.volumes import VolumeDraft
from tests.plays.sealing import OTHER, volume, wanted
from tests.stations import ADMINISTRATOR, CHIEF, FONDS, PASSPHRASE, House, admit, draft, station

CLERK = Agent(7, "样本·内勤", Role.CLERK)
FILER = Agent(8, "样本·录入", Role.FILER)
AUDITOR = Agent(9, "样本·审计", Role.AUDITOR)
TOMORROW = date.today() + timedelta(days=1)
SEALS = Category("ZY·XZ", "行政案件", "Administrative cases", Retention.D30, seals=True)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    with house.archive.write(CHIEF) as change:
        change.change_category(SEALS, "样本")
    yield house
    house.archive.close()


def sealing(house: House, agent: Agent = CHIEF) -> Sealing:
    return Sealing(house.archive, agent)


def setting(house: House, key: str, value: str) -> None:
    def write(name: str, text: str) -> None:
        with house.archive.write(CHIEF) as change:
            change.change_setting(name, text)

    Settings(house.archive.folder, house.archive.queries.settings, write).set(key, value)


def approved(house: House, *sought: str, ends_on: date = TOMORROW) -> int:
    """A consultation the clerk asked for and the chief approved."""
    found = sealing(house, CLERK).request(wanted(*sought))
    with house.archive.write(CHIEF) as change:
        change.approve_consultation(found.id, ends_on.isoformat(), "同意", notified=True)
    return found.id


def gone(archive: Archive, subject: Subject) -> bool:
    try:
        archive.queries.item(subject.id) if subject.kind is Kind.ITEM else archive.queries.volume(subject.id)
    except NoSuchRecord:
        return True
    return False


# -- sealing


def test_a_volume_is_sealed_with_all_its_items_and_headquarters_hears_of_each(house: House) -> None:
    whole, items = volume(house, [b"one", b"two", b"three"])
    with house.archive.write(CHIEF) as change:
        change._connection.execute("UPDATE item SET delivery = 'delivered', delivered_seq = changed_seq")
        change._note("view", "item:0")
    before = house.archive.queries.head()[0]
    sealing(house).seal(whole)
    assert all(gone(house.archive, subject) for subject in (whole, *items))
    events = house.archive.queries.events(before)
    assert [(event.type, event.object) for event in events] == [("seal", str(each)) for each in (*items, whole)]
    notices = [item for _seq, item in house.archive.queries.items_changed(before, 10)]
    assert [(item.id, item.sealed, item.delivery, item.title, item.object_ids) for item in notices] == [
        (each.id, True, Delivery.LOCAL, "", ()) for each in items
    ]


def test_an_item_alone_is_sealed_and_its_volume_stays(house: House) -> None:
    whole, items = volume(house, [b"one", b"two"])
    sealing(house).seal(items[0], "样本：法律另有规定")
    assert gone(house.archive, items[0]) and not gone(house.archive, items[1]) and not gone(house.archive, whole)
    assert [item.id for item in house.archive.queries.volume_items(whole.id)] == [items[1].id]
    sealing(house).seal(whole)
    assert gone(house.archive, whole) and gone(house.archive, items[1])


def test_what_is_not_filed_or_sealed_already_or_nowhere_is_not_sealed(house: House) -> None:
    with house.archive.write(CHIEF) as change:
        still_open = change.open_volume(VolumeDraft(title="样本", category="ZY·XZ", year=2026), FONDS.number)
    arrival = house.receive(b"in the open volume")
    with house.archive.write(CHIEF) as change:
        inside = change.file_into(arrival, draft(category="ZY·XZ"), still_open)
    whole, _items = volume(house, [b"one"])
    sealing(house).seal(whole)
    for kind, id, error in (
        (Kind.VOLUME, still_open, NotFiledYet),
        (Kind.ITEM, inside, NotFiledYet),
        (Kind.VOLUME, whole.id, NoSuchRecord),
        (Kind.VOLUME, 999, NoSuchRecord),
        (Kind.ITEM, 999, NoSuchRecord),
    ):
        head = house.archive.queries.head()
        with pytest.raises(error):
            sealing(house).seal(Subject(kind, id))
        assert house.archive.queries.head() == head


def test_the_sealed_and_their_words_leave_the_index(house: House) -> None:
    item = house.file(house.receive("样本独特词语".encode()), title="样本封存题名")
    plain = house.file(house.receive("样本普通词语".encode()), title="样本普通题名")
    index = house.archive.index
    index.catch_up()
    assert index.search("样本").total == 2
    sealing(house).seal(Subject(Kind.ITEM, item.id))
    # Before the index has heard of it, and after.
    for _ in range(2):
        found = index.search("样本")
        assert ([hit.item_id for hit in found.hits], found.total) == ([plain.id], 1)
        assert found.facets == index.search("普通").facets
        assert (index.search("封存").total, index.behind()) == (0, 0)
        assert index.snippet("封存", item.id).text == ""
        index.catch_up()
    assert index.expunge([item.id])
    assert all(finding.ok for finding in index.agreement())


# -- by itself


@pytest.mark.parametrize(
    ("rule", "decided_on", "due"),
    [
        ("strict", "20260101", True),
        ("strict", "20251231", False),
        ("strict", "20260000", True),
        ("strict", "20250000", False),
        ("strict", "", True),
        ("strict", "00000000", True),
        ("dated", "20260305", True),
        ("dated", "", False),
        ("dated", "00000000", False),
        ("off", "20260305", False),
    ],
)
def test_which_volumes_the_law_has_sealed(house: House, rule: str, decided_on: str, due: bool) -> None:
    setting(house, "sealing_rule", rule)
    whole, _items = volume(house, [b"one"], decided_on=decided_on)
    other, _items = volume(house, [b"other"], decided_on=decided_on, category="WS")
    assert sealing(house).due_for_seal(whole.id) is due
    assert sealing(house).due_for_seal(other.id) is False
    assert [proposal.subject for proposal in sealing(house).to_be_sealed()] == [whole] * due
    assert sealing(house).to_be_sealed_count() == due


def test_the_day_from_which_it_holds_is_the_stations_to_set(house: House) -> None:
    whole, _items = volume(house, [b"one"], decided_on="20190601")
    assert not sealing(house).due_for_seal(whole.id)
    for since, due in (("19490101", True), ("2019-06-02", False), ("2019-06-01", True), ("some day", True), ("", True)):
        setting(house, "sealing_since", since)
        assert sealing(house).due_for_seal(whole.id) is due, since


def test_a_category_below_one_that_seals_seals_too(house: House) -> None:
    with house.archive.write(CHIEF) as change:
        change.change_category(Category("ZY·XZ·ZA", "治安", "Public security", Retention.D30), "样本")
        change.change_category(Category("ZY·XZX", "样本邻类", "Neighbour", Retention.D30), "样本")
    below, _items = volume(house, [b"one"], category="ZY·XZ·ZA")
    beside, _items = volume(house, [b"two"], category="ZY·XZX")
    assert sealing(house).due_for_seal(below.id) and not sealing(house).due_for_seal(beside.id)


def test_papers_filed_by_item_are_proposed_and_sealed_in_one_go(house: House) -> None:
    late = house.file(house.receive(b"late"), category="ZY·XZ", doc_date="20260305")
    undated = house.file(house.receive(b"undated"), category="ZY·XZ", doc_date="00000000")
    house.file(house.receive(b"early"), category="ZY·XZ", doc_date="20251231")
    house.file(house.receive(b"other"), category="WS")
    due = [Subject(Kind.ITEM, late.id), Subject(Kind.ITEM, undated.id)]
    assert [proposal.subject for proposal in sealing(house, FILER).to_be_sealed()] == due
    with pytest.raises(NotAllowed):
        sealing(house, FILER).seal_all()
    assert sealing(house, CLERK).seal_all() == 2
    assert all(gone(house.archive, subject) for subject in due)
    assert sealing(house).to_be_sealed() == [] and sealing(house).seal_all() == 0
    assert [(found.volumes, found.items) for found in sealing(house).sealed_on()] == [(0, 2)]


# -- consultations


def test_a_request_says_everything_or_is_refused_field_by_field(house: House) -> None:
    assert [basis.code for basis in bases() if basis.verified] == ["case_handling", "state_rules"]
    assert terms(" 样本某甲、样本某乙；\n A1 ，样本某甲") == ("样本某甲", "样本某乙", "A1")
    assert check(wanted("样本某甲")) == []
    bad = wanted("甲")
    bad = type(bad)(" ", "", "whim", "", "", bad.sought)
    with pytest.raises(Invalid) as refused:
        sealing(house).request(bad)
    assert [problem.field for problem in refused.value.problems] == [
        "unit", "person", "document_no", "purpose", "basis", "sought",
    ]  # fmt: skip
    assert house.archive.queries.consultations() == []


def test_nobody_decides_on_their_own_request(house: House) -> None:
    mine = sealing(house).request(wanted("样本某甲"))
    with pytest.raises(SamePerson):
        sealing(house).approve(mine.id, TOMORROW, "同意", notified=True)
    with pytest.raises(SamePerson):
        sealing(house).refuse(mine.id, "样本")
    with pytest.raises(NotAllowed):
        sealing(house, CLERK).approve(mine.id, TOMORROW, "同意", notified=True)
    with pytest.raises(NotNotified):
        sealing(house, OTHER).approve(mine.id, TOMORROW, "同意", notified=False)
    with pytest.raises(Invalid):
        sealing(house, OTHER).approve(mine.id, date.today() - timedelta(days=1), "同意", notified=True)
    found = sealing(house, OTHER).approve(mine.id, TOMORROW, "同意", notified=True)
    assert found.open and found.state is ConsultationState.APPROVED and found.notified_at
    with pytest.raises(NoSuchRecord):  # decided once and for all
        sealing(house, OTHER).refuse(mine.id, "样本")


def test_within_an_approved_consultation_only_what_was_sought_is_found_and_opened(house: House) -> None:
    whole, items = volume(house, ["样本某甲的陈述".encode(), b"two"], title="样本某甲殴打他人案")
    alone = house.file(house.receive("证人样本某甲，110101".encode()), title="样本笔录")
    hidden = house.file(house.receive("样本某丙的材料".encode()), title="样本某丙盗窃案", category="ZY·XZ")
    plain = house.file(house.receive("样本某甲的表扬信".encode()), title="样本某甲受表扬")
    for subject in (whole, Subject(Kind.ITEM, alone.id), Subject(Kind.ITEM, hidden.id)):
        sealing(house).seal(subject)
    mine = approved(house, "样本某甲", "样本某乙")
    clerk = sealing(house, CLERK)
    found = clerk.find(mine, "样本某甲")
    assert [one.subject for one in found] == [whole, Subject(Kind.ITEM, alone.id)]
    assert not any(one.consulted for one in found)
    assert clerk.find(mine, "样本某乙") == []
    with pytest.raises(NotSought):
        clerk.find(mine, "样本某丙")
    # Found is not opened: reads ask for the opening itself.
    with pytest.raises(NoSuchRecord):
        house.archive.queries.sealed_item(mine, items[0].id)
    for unreachable in (hidden.id, plain.id, 999):
        with pytest.raises(NoSuchRecord):
            clerk.open_item(mine, unreachable)
    volume_found, inside = clerk.open_volume(mine, whole.id)
    assert volume_found.consulted and [one.subject for one in inside] == items
    opened = clerk.open_item(mine, items[0].id)
    assert opened.item.title == "卷内样本某甲的陈述" and opened.seal.basis == clerk.law()
    (object_id, page), = opened.pages  # fmt: skip
    assert page.text == "样本某甲的陈述"
    assert clerk.page(mine, items[0].id, object_id, 1) == b"picture of " + "样本某甲的陈述".encode()
    with pytest.raises(NoSuchRecord):
        clerk.page(mine, items[0].id, house.archive.queries.item(plain.id).object_ids[0], 1)


def test_a_record_is_found_by_code_number_and_the_name_of_a_person(house: House) -> None:
    item = house.file(house.receive("正文".encode()), title="样本笔录", document_no="样公〔2026〕9号")
    subject = Subject(Kind.ITEM, item.id)
    with house.archive.write(CHIEF) as change:
        change._connection.execute(
            "INSERT INTO entity (id, kind, name, alias, id_type, id_number, birth_date, minor, phone, address, plate, note,"
            " sex) VALUES (5, 'person', '样本某丁', '阿丁', 'id', '990101199001011234', '', 0, '', '', '', '', '')"
        )
        change._connection.execute("INSERT INTO mention VALUES (5, 'item', ?, 'suspect')", (item.id,))
        change._note("view", "item:0")
    sealing(house).seal(subject)
    sought = (item.reference_code, "样公〔2026〕9号", "样本某丁", "阿丁", "990101199001011234", "笔录")
    mine = approved(house, *sought, "某丁某")
    for term in sought:
        assert [one.subject for one in sealing(house, CLERK).find(mine, term)] == [subject], term
    assert sealing(house, CLERK).find(mine, "某丁某") == []


def before_approval(house: House) -> int:
    return sealing(house, CLERK).request(wanted("样本某甲")).id


def refused(house: House) -> int:
    asked = before_approval(house)
    sealing(house).refuse(asked, "样本：理由不足")
    return asked


def ended(house: House) -> int:
    return approved(house, "样本某甲", ends_on=date.today() - timedelta(days=1))


def closed(house: House) -> int:
    done = approved(house, "样本某甲")
    sealing(house, CLERK).close(done, "样本：已查阅")
    return done


@pytest.mark.parametrize("consultation", [before_approval, refused, ended, closed, lambda _house: 999])
def test_without_an_open_consultation_nothing_is_said(house: House, consultation: Callable[[House], int]) -> None:
    item = house.file(house.receive("样本某甲".encode()), title="样本某甲")
    subject = Subject(Kind.ITEM, item.id)
    sealing(house).seal(subject)
    mine = consultation(house)
    clerk, queries, head = sealing(house, CLERK), house.archive.queries, house.archive.queries.head()
    for look in (
        lambda: clerk.find(mine, "样本某甲"),
        lambda: clerk.find(mine, "别的"),
        lambda: clerk.open_item(mine, item.id),
        lambda: clerk.open_item(mine, 999),
        lambda: clerk.open_volume(mine, 1),
        lambda: clerk.page(mine, item.id, item.object_ids[0], 1),
        lambda: clerk.export(mine, item.id, Path("/nowhere/at/all")),
        lambda: clerk.pages_to_print(mine, item.id),
        lambda: clerk.consulted(mine),
        lambda: sealing(house).request_unsealing(mine, subject, "样本", "样字1号"),
        lambda: queries.find_sealed(mine, "样本某甲"),
        lambda: queries.sealed_item(mine, item.id),
        lambda: queries.sealed_pages(mine, item.id),
        lambda: queries.sealed_volume(mine, 1),
        lambda: queries.seal_of(mine, subject),
    ):
        with pytest.raises(ConsultationNotOpen):
            look()
    assert not queries.covered(mine, subject)
    assert queries.head() == head


def test_what_was_opened_is_closed_with_its_consultation(house: House) -> None:
    item = house.file(house.receive("样本某甲".encode()))
    sealing(house).seal(Subject(Kind.ITEM, item.id))
    mine, later = approved(house, "样本某甲"), approved(house, "样本某甲")
    sealing(house, CLERK).open_item(mine, item.id)
    assert house.archive.queries.covered(mine, Subject(Kind.ITEM, item.id))
    assert not house.archive.queries.covered(later, Subject(Kind.ITEM, item.id))
    done = sealing(house, CLERK).close(mine, "样本：一件")
    assert (done.state, done.consulted, done.open) == (ConsultationState.CLOSED, 1, False)
    with pytest.raises(ConsultationNotOpen):
        sealing(house, CLERK).open_item(mine, item.id)


def test_every_look_print_and_export_leaves_its_event_first(house: House, tmp_path: Path) -> None:
    item = house.file(house.receive("样本某甲".encode()))
    picture = _picture()
    with house.archive.write(CHIEF) as change:
        kept = house.archive.pictures.put(picture)
        page = Page(1, 10, 14, (), b"", "none", 0.0)
        change.read(item.object_ids[0], "text", [(page, kept.name)], draft())
    sealing(house).seal(Subject(Kind.ITEM, item.id))
    mine = approved(house, item.reference_code)
    clerk, before = sealing(house, CLERK), house.archive.queries.head()[0]
    clerk.find(mine, item.reference_code)
    clerk.open_item(mine, item.id)
    clerk.page(mine, item.id, item.object_ids[0], 1)
    assert clerk.pages_to_print(mine, item.id) == [picture]
    target = tmp_path / "out" / "sealed.pdf"
    clerk.export(mine, item.id, target)
    assert target.read_bytes().startswith(b"%PDF")
    events = house.archive.queries.events(before)
    assert [(event.type, event.agent, event.detail.get("look")) for event in events] == [
        ("look_up", CLERK.id, None), *(("consult", CLERK.id, look.value) for look in Look),
    ]  # fmt: skip
    assert all(event.detail.get("consultation", mine) == mine for event in events)
    for outsider in (FILER, AUDITOR):
        with pytest.raises(NotAllowed):
            sealing(house, outsider).open_item(mine, item.id)
    refused = house.archive.queries.events(events[-1].seq)
    assert [(event.type, event.agent) for event in refused] == [("refuse", FILER.id), ("refuse", AUDITOR.id)]


def _picture() -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (10, 14), "white").save(held, "WEBP")
    return held.getvalue()


# -- lifting a seal


def test_a_seal_is_lifted_by_two_administrators_with_a_written_basis(house: House) -> None:
    whole, items = volume(house, [b"one", b"two"], title="样本某甲案")
    sealing(house).seal(items[0], "样本：单独封存")
    sealing(house).seal(whole)
    mine = approved(house, "样本某甲案")
    chief = sealing(house)
    with pytest.raises(NoSuchRecord):  # nobody has opened it yet
        chief.request_unsealing(mine, whole, "样本", "样字1号")
    chief.open_volume(mine, whole.id)
    for item in items:
        with pytest.raises(SealedWithVolume):
            chief.request_unsealing(mine, item, "样本", "样字1号")
    with pytest.raises(Invalid):
        chief.request_unsealing(mine, whole, "样本", " ")
    with pytest.raises(NotAllowed):
        sealing(house, CLERK).request_unsealing(mine, whole, "样本", "样字1号")
    chief.request_unsealing(mine, whole, "样本", "样字1号")
    (asked,) = chief.unsealings()
    with pytest.raises(SamePerson):
        chief.unseal(asked.id, "同意")
    assert gone(house.archive, whole)
    sealing(house, OTHER).unseal(asked.id, "同意")
    # What had been sealed on its own stays sealed.
    assert [gone(house.archive, subject) for subject in (whole, *items)] == [False, True, False]
    assert chief.unsealings() == [] and not house.archive.queries.covered(mine, whole)
    assert sealing(house).to_be_sealed() == []  # lawfully lifted: not proposed again
    with pytest.raises(NoSuchRecord):
        sealing(house, OTHER).unseal(asked.id, "同意")
    house.archive.index.catch_up()
    assert house.archive.index.search("two").total == 1


# -- the register of queries


def text_of(pdf: bytes) -> str:
    return "".join("".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(pdf))


def test_the_register_of_queries_tells_who_and_why_and_masks_whom(house: House) -> None:
    item = house.file(house.receive("样本某甲".encode()), title="样本题名不出现")
    sealing(house).seal(Subject(Kind.ITEM, item.id))
    mine = approved(house, "样本某甲", "990101199001011237", item.reference_code)
    sealing(house, CLERK).open_item(mine, item.id)
    sealing(house, CLERK).close(mine, "已查阅一件")
    refused(house)
    before_approval(house)
    page = text_of(render("sealed_query_register", house.archive.queries, {}))
    for told in ("样本县样本局", "样协〔2026〕1号", "国家机关办案需要", "样***", "990***********1237", item.reference_code, "样本范围",
                 "已查阅一件", "查阅1卷（件）", "不批准", "待批", "已告知", "合计：3次申请"):  # fmt: skip
        assert told in page, told
    assert "样本某甲" not in page and "题名不出现" not in page and "19900101" not in page
    later = text_of(render("sealed_query_register", house.archive.queries, {"first_day": "2999-01-01", "language": "en"}))
    assert "样本县样本局" not in later and "封存记录查询登记" in later


# -- commands


def test_sealing_and_a_consultation_by_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, _recovery = station(tmp_path, monkeypatch)
    second = "样本 third horse 口令 pin"
    admit(opened, "样本·副所长", Role.ADMINISTRATOR, second)
    paper = tmp_path / "样本.txt"
    paper.write_text("样公〔2026〕7号\n样本某甲殴打他人案\n样本派出所\n二〇二六年三月五日\n", "utf-8")
    opened.stop()

    def run(*words: str, user: str = ADMINISTRATOR, passphrase: str = PASSPHRASE) -> tuple[int, list[dict[str, Any]]]:
        monkeypatch.setenv("ANJUAN_PASSPHRASE", passphrase)
        capsys.readouterr()
        code = run_command(["--archive", str(tmp_path / "archive"), "--user", user, *words, "--json"], Window())
        return code, [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]

    def as_second(*words: str) -> tuple[int, list[dict[str, Any]]]:
        return run(*words, user="样本·副所长", passphrase=second)

    assert run("intake", str(paper))[0] == 0
    (filed,) = run("file", "--accept-all")[1]
    code = filed["record"]
    assert run("show", code)[0] == 0
    assert run("seal")[0] == 2 and run("seal", "Z900-NONE")[0] == 3
    assert run("seal", code, "--basis", "样本依据") == (0, [{"code": code, "kind": "item"}])
    never = run("show", "Z900-NONE")
    assert run("show", code) == never and run("search", "样本某甲") == run("search", "无此词语")
    assert run("seal", code) == run("seal", "Z900-NONE")
    assert run("intake", str(paper))[1][0] | {"record": None} == run("intake", str(paper))[1][0]
    wish = ("--unit", "样本县样本局", "--person", "样本", "--basis", "case_handling", "--document-no", "样协1号",
            "--purpose", "办案", "--sought", "样本某甲，样本某乙")  # fmt: skip
    (asked,) = run("consultation", "request", *wish)[1]
    number = asked["consultation"]
    assert (asked["state"], asked["sought"]) == ("requested", ["样本某甲", "样本某乙"])
    assert run("consultation", "find", number, "样本某甲") == (3, [])
    assert run("consultation", "approve", number, "--notified")[0] == 3  # one's own request
    assert as_second("consultation", "approve", number)[0] == 3  # nobody was told to keep it confidential
    assert as_second("consultation", "approve", number, "--notified")[1][0]["open"] is True
    assert [found["code"] for found in run("consultation", "find", number, "样本某甲")[1]] == [code]
    assert run("consultation", "find", number, "样本某丙") == (3, [])
    target = tmp_path / "out.pdf"
    (shown,) = run("consultation", "show", number, code, "--out", str(target))[1]
    assert "样本某甲殴打他人案" in shown["pages"][0] and shown["basis"] == "样本依据" and target.exists()
    loan = ("loan", "request", code, "--person", "样本", "--unit", "样本县样本局", "--purpose", "case", "--basis", "样本")
    assert run(*loan) == (3, []) and run(*loan, "--consultation", "CX-1999-0001") == (3, [])
    (lent,) = run(*loan, "--consultation", number)[1]
    assert lent["records"] == [{"code": "", "kind": "item", "standing": "sealed", "out": False, "returned_at": "",
                                "copied_pages": 0}] and lent["approvers_needed"] == 2  # fmt: skip
    assert run("consultation", "close", number, "--result", "已查阅")[1][0]["state"] == "closed"
    assert run(*loan, "--consultation", number) == (3, [])
    assert run("consultation", "show", number, code) == (3, [])
    assert [one["state"] for one in run("consultation", "list")[1]] == ["closed"]
