"""tests/test_description.py — a filed record changes only with a reason and leaves what it was; files and pages get lost nowhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.description import Description, follow
from app.filing import Invalid, tidy
from app.volumes import PartClosed
from storage.changes.descriptions import FixedByCode
from storage.changes.documents import ChangedMeanwhile, NumberStands, PagesDoNotAdd
from storage.errors import NoSuchRecord, NotAllowed
from storage.records import (
    PROGRAM,
    AccessStatus,
    Agent,
    Delivery,
    Item,
    ItemDraft,
    Line,
    Origin,
    Outcome,
    Page,
    Retention,
    Role,
    SecurityClass,
    State,
)
from storage.records.descriptions import Part
from storage.records.volumes import VolumeDraft, VolumePart
from tests.stations import CHIEF, FONDS, House, draft

FILER, CLERK = Agent(7, "样本·归档员", Role.FILER), Agent(8, "样本·文员", Role.CLERK)


@pytest.fixture
def house(tmp_path: Path) -> Any:
    made = House(tmp_path)
    yield made
    made.archive.close()


def door(house: House, agent: Agent = CHIEF) -> Description:
    return Description(house.archive, agent)


def paper(house: House, name: str, pages: int = 1) -> int:
    """A read arrival of so many pages, each saying its own number."""
    arrival = house.receive(f"{name} 1".encode())
    object_id = house.archive.queries.arrival(arrival).object_id
    assert object_id is not None
    made = []
    for number in range(1, pages + 1):
        picture = house.archive.pictures.put(f"{name} {number}".encode())
        line = Line(f"{name}第{number}页", 0.1, 0.1, 0.8, 0.02)
        made.append((Page(number, 100, 140, (line,), b"", "typeset", 1.0), picture.name))
    with house.archive.write(PROGRAM) as change:
        change.read(object_id, "text", made, draft())
    return arrival


def in_volume(house: House, *names: str) -> tuple[int, list[int]]:
    """An open volume with one item of two pages for each name."""
    arrivals = [paper(house, name, 2) for name in names]
    with house.archive.write(CHIEF) as change:
        volume = change.open_volume(VolumeDraft(title="样本案卷", category="WS", year=2026), FONDS.number)
    items = []
    for arrival, name in zip(arrivals, names, strict=True):
        with house.archive.write(CHIEF) as change:
            items.append(change.file_into(arrival, draft(title=name, page_count=2), volume))
    return volume, items


def shown(house: House, item_id: int) -> list[str]:
    """What stands on the item's pages, in order."""
    queries = house.archive.queries
    return [page.text for one in queries.documents(item_id) for page in queries.document_pages(one)]


def corrected(house: House, item: Item, agent: Agent = CHIEF, reason: str = "核对原件", **fields: object) -> Item:
    now = house.archive.queries.item(item.id)
    return door(house, agent).correct(item.id, replace(now.draft, **fields), reason, now.changed_seq)  # type: ignore[arg-type]


# -- corrections


def test_a_correction_keeps_what_was_with_who_when_and_why(house: House) -> None:
    item = house.file(house.receive(b"paper"), title="样本通知", remarks="旧注")
    with house.archive.write(PROGRAM) as change:
        change._connection.execute("UPDATE item SET delivery = 'delivered', delivered_seq = changed_seq")
        change.view(item.id)
    after = corrected(house, item, title=" 更正后的  题名 ", creator="样本分局")
    assert (after.title, after.creator, after.remarks) == ("更正后的 题名", "样本分局", "旧注")
    assert (after.reference_code, after.filed_at, after.filed_by) == (item.reference_code, item.filed_at, item.filed_by)
    assert after.changed_seq == house.archive.queries.head()[0] and after.delivery is Delivery.LOCAL
    (version,) = house.archive.queries.versions(item.id)
    assert version.description == item.draft
    assert (version.number, version.reason, version.agent_name, version.event) == (1, "核对原件", CHIEF.name, "correct")
    (revision,) = door(house).history(item.id)
    assert [(one.field, one.before, one.after) for one in revision.differences] == [
        ("title", "样本通知", "更正后的 题名"), ("creator", "样本派出所", "样本分局"),
    ]  # fmt: skip
    again = corrected(house, item, title="第三个题名")
    assert [one.number for one in door(house).history(item.id)] == [2, 1]
    assert house.archive.queries.versions(item.id)[1].description == after.draft != again.draft
    house.archive.index.catch_up()
    assert [hit.item_id for hit in house.archive.index.search("第三个").hits] == [item.id]


def test_events_of_a_correction_carry_no_content(house: House) -> None:
    item = house.file(house.receive(b"paper"))
    corrected(house, item, title="机密人名", reason="机密理由")
    door(house).keep_template("机密模板", draft(remarks="机密备注"))
    lines = str(house.archive.queries.journal_lines(0, 1000))
    assert "机密" not in lines and "fields" in lines


def test_a_change_that_changes_nothing_leaves_no_trace(house: House) -> None:
    item = house.file(house.receive(b"paper"), remarks="一行\n 两行")
    head = house.archive.queries.head()
    assert door(house).correct(item.id, item.draft, "理由", item.changed_seq) == item
    assert door(house).correct(item.id, replace(item.draft, title=f" {item.title} "), "理由", item.changed_seq) == item
    assert house.archive.queries.head() == head and house.archive.queries.versions(item.id) == []


def test_what_was_left_alone_stays_to_the_letter(house: House) -> None:
    odd = {"remarks": "  旧系统  带来的\n\n空白 ", "creator": "　全角　", "subjects": "甲,乙"}
    item = house.file(house.receive(b"paper"), **odd)
    after = corrected(house, item, title="新题名")
    assert {name: getattr(after, name) for name in odd} == odd


def test_a_record_changed_meanwhile_is_not_overwritten(house: House) -> None:
    item = house.file(house.receive(b"paper"))
    mine = replace(item.draft, title="我的题名")
    theirs = corrected(house, item, creator="别人改的")
    with pytest.raises(ChangedMeanwhile) as refused:
        door(house).correct(item.id, mine, "理由", item.changed_seq)
    assert refused.value.facts == {"record": item.reference_code}
    assert house.archive.queries.item(item.id) == theirs
    assert len(house.archive.queries.versions(item.id)) == 1
    assert door(house).correct(item.id, mine, "理由", theirs.changed_seq).title == "我的题名"


def test_a_filed_record_is_not_changed_silently(house: House) -> None:
    item = house.file(house.receive(b"paper"))
    for reason in ("", "  \n", "字" * 201):
        with pytest.raises(Invalid) as refused:
            corrected(house, item, title="无理由", reason=reason)
        assert [problem.field for problem in refused.value.problems] == ["reason"]
    with pytest.raises(NoSuchRecord), house.archive.write(CHIEF) as change:
        change.describe(item.id, replace(item.draft, title="偷改"), "", item.changed_seq)
    assert house.archive.queries.item(item.id) == item


def test_what_stands_in_the_code_is_not_corrected(house: House) -> None:
    item = house.file(house.receive(b"paper"), doc_date="20250101")
    for fields in ({"category": "ZY·XZ"}, {"year": 2025}, {"retention": Retention.PERMANENT}, {"office": "XZ"}):
        with pytest.raises(FixedByCode):
            corrected(house, item, **fields)
    assert house.archive.queries.item(item.id) == item


def test_a_correction_is_checked_like_a_filing(house: House) -> None:
    item = house.file(house.receive(b"paper"))
    wrong: dict[str, tuple[object, ...]] = {
        "title": (" ",), "doc_date": ("20270101", "20261301"), "page_count": (0,), "attachment_count": (-1,),
        "security_class": (SecurityClass.SECRET,), "abstract": ("字" * 1001,), "subjects": ("词" * 201,),
        "document_type": ("字" * 61,),
    }  # fmt: skip
    for field, values in wrong.items():
        for value in values:
            with pytest.raises(Invalid) as refused:
                corrected(house, item, **{field: value})
            assert {problem.field for problem in refused.value.problems} == {field}
    assert house.archive.queries.item(item.id) == item


def test_a_date_after_the_year_in_the_code_is_told_at_the_date(house: House) -> None:
    item = house.file(house.receive(b"paper"), year=2025, doc_date="20250101")
    with pytest.raises(Invalid) as refused:
        corrected(house, item, doc_date="20260101")
    assert [(one.field, one.key) for one in refused.value.problems] == [("doc_date", "problem.year_before_date")]


def test_an_old_fault_does_not_stand_in_the_way_of_another_correction(house: House) -> None:
    item = house.file(house.receive(b"paper"), creator="", page_count=0)
    assert corrected(house, item, title="新题名").title == "新题名"


def test_who_may_correct_what(house: House) -> None:
    item = house.file(house.receive(b"paper"))
    _volume, (inside, _other) = in_volume(house, "一", "二")
    for agent in (FILER, PROGRAM, Agent(9, "样本·审计", Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            corrected(house, item, agent=agent, title="不行")
        with pytest.raises(NotAllowed):
            door(house, agent).documents.order(item.id, [])
    assert corrected(house, item, agent=CLERK, title="可以").title == "可以"
    # Still being arranged: the filer's own work, and nobody has to say why.
    now = house.archive.queries.item(inside)
    assert now.state is State.OPEN and door(house, FILER).may_correct(now) and not door(house, FILER).may_correct(item)
    assert corrected(house, now, agent=FILER, reason="", title="改过").title == "改过"
    assert [version.event for version in house.archive.queries.versions(inside)] == ["describe"]


def test_of_a_sealed_record_nothing_is_told_and_nothing_changed(house: House) -> None:
    item = house.file(house.receive(b"paper"))
    corrected(house, item, title="封存前")
    extra = house.receive(b"extra")
    seen = house.archive.queries.item(item.id).changed_seq
    with house.archive.write(CHIEF) as change:
        change._connection.execute("UPDATE item SET sealed = 1")
        change.print("report:item_register", 1)
    assert house.archive.queries.versions(item.id) == house.archive.queries.documents(item.id) == []
    for act in (
        lambda: corrected(house, item, title="封存后"), lambda: door(house).history(item.id),
        lambda: door(house).documents.add(item.id, extra),
        lambda: door(house).renumber(item.id, "ZY·XZ", 2026, Retention.D30, "", "理由", seen),
    ):  # fmt: skip
        with pytest.raises(NoSuchRecord):
            act()
    assert door(house).last_filed() is None


def test_a_file_is_reached_only_through_its_own_record(house: House) -> None:
    filed = house.file(paper(house, "正文", 2))
    _volume, (mine, _other) = in_volume(house, "一", "二")
    (foreign,) = door(house).documents.of(filed.id)
    better = house.receive(b"better")
    for act in (
        lambda: door(house, FILER).documents.order_pages(mine, foreign.document.id, [2, 1]),
        lambda: door(house, FILER).documents.replace(mine, foreign.document.id, better),
    ):
        with pytest.raises(NoSuchRecord):
            act()
    assert house.archive.queries.item(filed.id) == filed


def test_a_closed_part_of_a_case_is_closed_here_too(house: House) -> None:
    volume, (one, two) = in_volume(house, "一", "二")
    with house.archive.write(CHIEF) as change:
        change._connection.execute("UPDATE volume SET part = ? WHERE id = ?", (VolumePart.SECRET.value, volume))
        change.view(one)
    item, theirs = house.archive.queries.item(one), door(house, FILER)
    extra = house.receive(b"extra")
    (only,) = door(house).documents.of(one)
    for look in (
        lambda: theirs.raw(one), lambda: theirs.history(one), lambda: theirs.former_codes(one),
        lambda: theirs.documents.of(one), lambda: theirs.documents.add(one, extra),
        lambda: theirs.correct(one, replace(item.draft, title="x"), "", item.changed_seq),
        lambda: theirs.documents.merge(one, two, "", (item.changed_seq, 0)),
        lambda: theirs.documents.split_item(one, {only.document.id: [1]}, draft(), item.changed_seq),
    ):  # fmt: skip
        with pytest.raises(PartClosed):
            look()
    assert door(house).raw(one) == item
    with house.archive.write(CHIEF) as change:
        change._connection.execute("UPDATE item SET filed_by = ?", (FILER.name,))
        change.view(one)
    assert theirs.last_filed() is None


# -- renumbering


def test_a_renumbered_record_keeps_its_old_code_for_ever_and_no_number_is_used_again(house: House) -> None:
    first, second = (house.file(house.receive(data)) for data in (b"one", b"two"))
    assert door(house).renumbered(second, "ZY·XZ", 2026, Retention.D30) == "Z900-ZY·XZ·2026-D30-0001"
    moved = door(house).renumber(second.id, "ZY·XZ", 2026, Retention.D30, "", "归错类别", second.changed_seq)
    assert (moved.reference_code, moved.item_no, moved.category) == ("Z900-ZY·XZ·2026-D30-0001", 1, "ZY·XZ")
    assert moved.title == second.title and moved.uuid == second.uuid and moved.object_ids == second.object_ids
    queries = house.archive.queries
    assert queries.item_by_code(second.reference_code) == queries.item_by_code(moved.reference_code) == moved
    (former,) = door(house).former_codes(second.id)
    assert (former.reference_code, former.reason, former.agent_name) == (second.reference_code, "归错类别", CHIEF.name)
    assert queries.versions(second.id)[0].description.category == "WS"
    # And back: a third number, not its own old one, which stays taken.
    back = door(house).renumber(second.id, "WS", 2026, Retention.D10, "", "原来没错", moved.changed_seq)
    third = house.file(house.receive(b"three"))
    assert [one.item_no for one in (first, second, back, third)] == [1, 2, 3, 4]
    assert queries.item_by_code(second.reference_code).id == second.id
    assert queries.item_by_code(moved.reference_code).id == second.id
    assert [row["scope"] for row in _rows(house, "SELECT scope FROM former_code")] == ["Z900|WS|2026|D10|", "Z900|ZY·XZ|2026|D30|"]


def _rows(house: House, sql: str) -> list[dict[str, object]]:
    names = sql.removeprefix("SELECT ").split(" FROM ")[0].split(", ")
    return [dict(zip(names, row, strict=True)) for row in house.archive.database.reader().rows(sql)]


def test_the_old_code_and_the_rarer_fields_are_found_by_searching(house: House) -> None:
    item = house.file(house.receive(b"paper"), subjects="消防；巡逻", abstract="摘要里的事", sub_title="副题名")
    door(house).renumber(item.id, "ZY·XZ", 2026, Retention.D30, "", "归错类别", item.changed_seq)
    house.archive.index.catch_up()
    for word in (item.reference_code, "Z900-ZY·XZ·2026-D30-0001", "巡逻", "摘要里的事", "副题名"):
        assert [hit.item_id for hit in house.archive.index.search(word).hits] == [item.id], word


def test_renumbering_is_refused_where_it_makes_no_sense(house: House) -> None:
    item = house.file(house.receive(b"paper"))
    _volume, (inside, _other) = in_volume(house, "一", "二")
    seen = house.archive.queries.item(inside).changed_seq
    for agent in (FILER, CLERK):
        with pytest.raises(NotAllowed):
            door(house, agent).renumber(item.id, "ZY·XZ", 2026, Retention.D30, "", "理由", item.changed_seq)
    with pytest.raises(Invalid):
        door(house).renumber(item.id, "ZY·XZ", 2026, Retention.D30, "", " ", item.changed_seq)
    with pytest.raises(Invalid):
        door(house).renumber(item.id, "XX", 2026, Retention.D30, "", "理由", item.changed_seq)
    with pytest.raises(NumberStands):
        door(house).renumber(item.id, "WS", 2026, Retention.D10, "", "理由", item.changed_seq)
    with pytest.raises(NoSuchRecord):
        door(house).renumber(inside, "ZY·XZ", 2026, Retention.D30, "", "理由", seen)
    with pytest.raises(ChangedMeanwhile):
        door(house).renumber(item.id, "ZY·XZ", 2026, Retention.D30, "", "理由", item.changed_seq - 1)
    assert house.archive.queries.item(item.id) == item
    assert house.archive.queries.last_number(("Z900", "ZY·XZ", "2026", "D30", "")) == 0


# -- files


def test_a_further_file_and_a_better_scan(house: House) -> None:
    item = house.file(paper(house, "正文", 2), page_count=2)
    documents = door(house).documents
    assert documents.page_counts(item).agree
    attachment, better = paper(house, "附件", 3), paper(house, "重扫", 2)
    documents.add(item.id, attachment)
    after = house.archive.queries.item(item.id)
    assert shown(house, item.id) == ["正文第1页", "正文第2页", "附件第1页", "附件第2页", "附件第3页"]
    counts = documents.page_counts(after)
    assert (counts.described, counts.present, counts.agree) == (2, 5, False)
    assert after.page_count == 2, "told, never changed silently"
    assert house.archive.queries.arrival(attachment).outcome is Outcome.FILED
    main, more = documents.of(item.id)
    assert (main.document.role, more.document.role, more.pages) == ("main", "attachment", (1, 2, 3))
    documents.replace(item.id, main.document.id, better)
    assert shown(house, item.id)[:2] == ["重扫第1页", "重扫第2页"]
    everything = documents.of(item.id, superseded=True)
    assert [bool(one.document.superseded_seq) for one in everything].count(True) == 1 and len(everything) == 3
    assert len(house.archive.queries.item(item.id).object_ids) == 2
    house.archive.index.catch_up()
    assert house.archive.index.search("重扫第1页").total == 1
    for arrival in (attachment, better, 999):
        with pytest.raises(NoSuchRecord):
            documents.add(item.id, arrival)
    with pytest.raises(NoSuchRecord):
        documents.replace(item.id, main.document.id, paper(house, "又一份"))


def test_a_paper_that_nobody_read_is_not_added(house: House) -> None:
    item = house.file(house.receive(b"paper"))
    sealed = house.archive.objects.put(b"unread")
    with house.archive.write(PROGRAM) as change:
        arrival = change.receive("t" * 32, house.custody(b"unread"), sealed)
    with pytest.raises(NoSuchRecord):
        door(house).documents.add(item.id, arrival)


def test_order_of_files_and_pages_is_a_permutation_or_nothing(house: House) -> None:
    item = house.file(paper(house, "甲", 3))
    documents = door(house).documents
    documents.add(item.id, paper(house, "乙"))
    first, second = (one.document.id for one in documents.of(item.id))
    documents.order(item.id, [(second, "main"), (first, "attachment")])
    documents.order_pages(item.id, first, [3, 1, 2])
    assert shown(house, item.id) == ["乙第1页", "甲第3页", "甲第1页", "甲第2页"]
    assert [one.document.role for one in documents.of(item.id)] == ["main", "attachment"]
    before = shown(house, item.id)
    for order in ([], [(first, "main")], [(first, "main")] * 2, [(first, "main"), (second, "main"), (999, "main")]):
        with pytest.raises(PagesDoNotAdd):
            documents.order(item.id, order)
    for pages in ([], [1, 2], [1, 2, 2], [1, 2, 4], [1, 2, 3, 3]):
        with pytest.raises(PagesDoNotAdd):
            documents.order_pages(item.id, first, pages)
    assert shown(house, item.id) == before
    documents.order_pages(item.id, first, [1, 2, 3])
    assert documents.of(item.id)[1].document.pages is None


def test_several_papers_of_the_inbox_become_one_item(house: House) -> None:
    arrivals = [paper(house, name) for name in ("一", "二", "三")]
    item = door(house, FILER).documents.file_together([arrivals[1], arrivals[0], arrivals[2]], draft(page_count=3))
    assert shown(house, item.id) == ["二第1页", "一第1页", "三第1页"]
    assert {house.archive.queries.arrival(one).item_id for one in arrivals} == {item.id}
    other = paper(house, "四")
    with pytest.raises(NoSuchRecord):
        door(house).documents.file_together([other, arrivals[0]], draft())
    with pytest.raises(NoSuchRecord):
        door(house).documents.file_together([other, other], draft())
    assert house.archive.queries.arrival(other).outcome is Outcome.WAITING
    assert house.archive.queries.last_number((FONDS.number, "WS", "2026", "D10", "")) == 1


def test_one_scan_that_holds_several_papers_becomes_several_items(house: House) -> None:
    arrival = paper(house, "叠", 5)
    parts = [Part((1, 2), draft(title="甲", page_count=2)), Part((3,), draft(title="乙")),
             Part((5, 4), draft(title="丙", page_count=2, category="ZY·XZ", retention=Retention.D30))]  # fmt: skip
    made = door(house, FILER).documents.split_arrival(arrival, parts)
    assert [shown(house, one.id) for one in made] == [["叠第1页", "叠第2页"], ["叠第3页"], ["叠第5页", "叠第4页"]]
    assert [one.reference_code[-4:] for one in made] == ["0001", "0002", "0001"]
    assert house.archive.queries.arrival(arrival).outcome is Outcome.FILED
    house.archive.index.catch_up()
    assert [hit.item_id for hit in house.archive.index.search("叠第3页").hits] == [made[1].id]


def test_a_divided_scan_loses_no_page_and_uses_none_twice(house: House) -> None:
    arrival = paper(house, "叠", 3)
    for pages in ([(1, 2)], [(1,), (2,)], [(1, 2), (2, 3)], [(1, 2, 3), ()], [(1, 2, 3), (4,)], [(3, 3, 1, 2)], []):
        with pytest.raises(PagesDoNotAdd):
            door(house).documents.split_arrival(arrival, [Part(one, draft()) for one in pages])
    assert house.archive.queries.item_count() == 0
    assert house.archive.queries.arrival(arrival).outcome is Outcome.WAITING
    assert house.archive.queries.last_number((FONDS.number, "WS", "2026", "D10", "")) == 0


def test_pages_of_a_filed_record_become_the_next_number(house: House) -> None:
    item = house.file(paper(house, "混", 4), page_count=4)
    documents = door(house).documents
    (only,) = documents.of(item.id)
    new = documents.split_item(item.id, {only.document.id: [2, 4]}, draft(title="拆出", page_count=2), item.changed_seq)
    assert (new.item_no, new.title, new.category) == (2, "拆出", "WS")
    assert (shown(house, item.id), shown(house, new.id)) == (["混第1页", "混第3页"], ["混第2页", "混第4页"])
    left = house.archive.queries.item(item.id)
    assert left.page_count == 4 and not documents.page_counts(left).agree, "told, never changed silently"
    with pytest.raises(ChangedMeanwhile):
        documents.split_item(item.id, {only.document.id: [1]}, draft(), item.changed_seq)
    for taken in ({}, {only.document.id: None}, {only.document.id: [1, 3]}, {only.document.id: [2]}, {only.document.id: []}, {999: None}):
        with pytest.raises(PagesDoNotAdd):
            documents.split_item(item.id, taken, draft(), left.changed_seq)
    assert house.archive.queries.item_count() == 2


# -- in a volume


def test_splitting_and_merging_in_an_open_volume_keeps_places_and_pages_whole(house: House) -> None:
    volume, (one, two) = in_volume(house, "甲", "乙")
    queries, documents = house.archive.queries, door(house, FILER).documents
    (only,) = documents.of(one)
    new = documents.split_item(one, {only.document.id: [2]}, draft(title="拆出"), queries.item(one).changed_seq)
    assert (new.state, new.reference_code, new.item_no, new.volume_id, new.position) == (State.OPEN, "", 0, volume, 3)
    documents.merge(two, one, "同一份文件", (queries.item(two).changed_seq, queries.item(one).changed_seq))
    assert shown(house, one) == ["甲第1页", "乙第1页", "乙第2页"]
    assert [(item.id, item.position) for item in queries.volume_items(volume)] == [(one, 1), (new.id, 2)]
    with pytest.raises(NoSuchRecord):
        queries.item(two)
    (merged,) = door(house).history(one)
    assert (merged.event, merged.reason) == ("merge", "同一份文件")
    assert ("title", "乙") in [(difference.field, difference.before) for difference in merged.differences]
    tombstone = _rows(house, f"SELECT id, state, title, creator FROM item WHERE id = {two}")
    assert tombstone == [{"id": two, "state": "merged", "title": "", "creator": ""}]


def test_numbered_records_are_not_merged_because_of_the_gap(house: House) -> None:
    first, second = (house.file(house.receive(data)) for data in (b"one", b"two"))
    with pytest.raises(NumberStands) as refused:
        door(house).documents.merge(first.id, second.id, "理由", (first.changed_seq, second.changed_seq))
    assert refused.value.facts["reason"] == "numbered_already"
    _a, (inside, _b) = in_volume(house, "甲", "乙")
    _c, (elsewhere, _d) = in_volume(house, "丙", "丁")
    seen = {one: house.archive.queries.item(one).changed_seq for one in (inside, elsewhere)}
    for source, target in ((inside, elsewhere), (inside, inside)):
        with pytest.raises(NumberStands):
            door(house).documents.merge(source, target, "", (seen[source], seen[target]))
    with pytest.raises(ChangedMeanwhile):
        door(house).documents.merge(inside, elsewhere, "", (seen[inside] - 1, seen[elsewhere]))


def test_a_held_item_does_not_vanish_in_another(house: House) -> None:
    _volume, (one, two) = in_volume(house, "甲", "乙")
    with house.archive.write(CHIEF) as change:
        change._insert("hold", kind="item", subject_id=one, reason="样本", placed_at="2026-01-01", placed_by="样本")
        change.view(one)
    seen = tuple(house.archive.queries.item(which).changed_seq for which in (one, two))
    with pytest.raises(NumberStands):
        door(house).documents.merge(one, two, "", seen)  # type: ignore[arg-type]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_divided_every_page_stays_in_exactly_one_place(house: House, data: st.DataObject) -> None:
    queries, documents = house.archive.queries, door(house).documents
    name = f"叠{len(queries.events(0, 10_000))}"
    item = house.file(paper(house, name, 4), page_count=4)
    items = [item.id]
    for _step in range(data.draw(st.integers(1, 4))):
        source = data.draw(st.sampled_from(items))
        taken = {}
        for one in documents.of(source):
            pages = data.draw(st.lists(st.sampled_from(one.pages), unique=True))
            if pages:
                taken[one.document.id] = pages
        try:
            items.append(documents.split_item(source, taken, draft(), queries.item(source).changed_seq).id)
        except PagesDoNotAdd:
            assert not taken or sum(map(len, taken.values())) == len(shown(house, source))
    assert Counter(page for one in items for page in shown(house, one)) == Counter(f"{name}第{n}页" for n in range(1, 5))


# -- patterns and the new fields


def test_patterns_never_carry_what_belongs_to_one_paper(house: House) -> None:
    house.file(house.receive(b"paper"))
    everything = draft(title="某人的题名", document_no="样公〔2026〕1号", abstract="某人的事", remarks="随附光盘",
                       document_type="通知", subjects="消防", attachment_count=2, page_count=9)  # fmt: skip
    template = door(house, FILER).keep_template(" 消防  通知 ", everything)
    (kept,) = door(house).templates()
    assert (kept.id, kept.name) == (template, "消防 通知")
    assert (kept.description.title, kept.description.document_no, kept.description.abstract) == ("", "", "")
    assert (kept.description.document_type, kept.description.subjects, kept.description.remarks) == ("通知", "消防", "随附光盘")
    now = draft(title="这份的题名", doc_date="20250909", page_count=3, year=2025, creator="")
    filled = follow(kept.description, now)
    assert (filled.title, filled.doc_date, filled.page_count, filled.year) == ("这份的题名", "20250909", 3, 2025)
    assert (filled.creator, filled.document_type) == ("样本派出所", "通知")
    assert door(house).keep_template("消防 通知", now) == template and len(door(house).templates()) == 1
    door(house).drop_template(template)
    with pytest.raises(NoSuchRecord):
        door(house).drop_template(template)
    with pytest.raises(Invalid):
        door(house).keep_template("  ", now)


def test_the_same_as_last_is_this_persons_last(house: House) -> None:
    assert door(house).last_filed() is None
    mine = house.file(house.receive(b"mine"))
    with house.archive.write(PROGRAM) as change:
        change._connection.execute("UPDATE item SET filed_by = '样本·别人' WHERE id <> ?", (mine.id,))
        change.view(mine.id)
    last = door(house).last_filed()
    assert last is not None and last.id == mine.id
    assert door(house, CLERK).last_filed() is None


def test_the_fields_of_the_standard_are_kept(house: House) -> None:
    fields: dict[str, object] = {
        "parallel_title": "Sample notice", "sub_title": "副题", "document_type": "通知", "manuscript": "正本",
        "secrecy_period": "10年", "access_status": AccessStatus.CONTROLLED, "subjects": "消防；社区",
        "abstract": "提要\n两行", "attachment_count": 2, "origin": Origin.BORN_DIGITAL,
    }  # fmt: skip
    item = house.file(house.receive(b"paper"), **fields)
    assert {name: getattr(house.archive.queries.item(item.id), name) for name in fields} == fields


def test_keywords_are_each_kept_once(house: House) -> None:
    assert tidy(draft(subjects=" 消防, 社区；；消防、 检查 \n")).subjects == "消防；社区；检查"
    assert isinstance(tidy(ItemDraft()).subjects, str)
