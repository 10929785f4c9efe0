"""tests/test_bulk.py — what must be impossible when many records are changed at once, and that all of it can be taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.description import Description
from app.description.bulk import (
    BULK_FIELDS,
    CLOSED,
    MANDATORY,
    Do,
    Edit,
    NothingToChange,
    Preview,
    PreviewHasProblems,
)
from app.filing import Invalid, keywords
from app.jobs import Cancelled
from storage.changes.descriptions import CorrectedSince
from storage.changes.documents import ChangedMeanwhile
from storage.errors import NoSuchRecord, NotAllowed
from storage.records import AccessStatus, Agent, ItemDraft, Retention, Role
from tests.stations import CHIEF, FONDS, House, code, draft

FULL: dict[str, Any] = {
    "remarks": " 原有  备注\n第二行", "subjects": "消防；社区", "abstract": "提要", "document_type": "通知",
    "manuscript": "正本", "secrecy_period": "10年", "parallel_title": "Parallel", "sub_title": "副题",
    "attachment_count": 3, "access_status": AccessStatus.CONTROLLED,
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Any:
    made = House(tmp_path)
    yield made
    made.archive.close()


def door(house: House, agent: Agent = CHIEF) -> Description:
    return Description(house.archive, agent)


def fill(house: House, count: int, **fields: object) -> list[int]:
    """So many filed records without papers, in one transaction."""
    made = []
    with house.archive.write(CHIEF) as change:
        for _number in range(count):
            wanted = draft(title=f"样本{_number}", **FULL | fields)
            number = change._next_number((FONDS.number, "WS", "2026", "D10", ""))
            made.append(change._describe(wanted, fonds=FONDS.number, reference_code=code(wanted, number), item_no=number))
            change._note_item("file", made[-1], reference_code=code(wanted, number))
    return made


def drafts(house: House, ids: list[int]) -> list[ItemDraft]:
    return [record.draft for record in house.archive.queries.described(ids)]


def edited(house: House, ids: list[int], **edits: Edit) -> int:
    bulk = door(house).bulk
    return bulk.apply(bulk.preview(ids, edits), "样本理由")


# -- what cannot happen


def test_fields_that_were_not_touched_cannot_be_wiped(house: House) -> None:
    ids = fill(house, 5)
    before = drafts(house, ids)
    edited(house, ids, creator=Edit(Do.SET, "样本分局"))
    assert drafts(house, ids) == [replace(one, creator="样本分局") for one in before]


def test_an_input_that_was_left_empty_cannot_mean_clear(house: House) -> None:
    ids = fill(house, 2)
    bulk = door(house).bulk
    nothing = {name: Edit() for name in BULK_FIELDS}
    assert bulk.preview(ids, nothing).lines == ()
    with pytest.raises(NothingToChange):
        bulk.apply(bulk.preview(ids, nothing), "理由")
    for do in (Do.SET, Do.ADD, Do.REMOVE):
        with pytest.raises(Invalid) as refused:
            bulk.preview(ids, {"subjects": Edit(do, "  ")})
        assert [problem.key for problem in refused.value.problems] == ["problem.value_missing"]


def test_a_keyword_that_is_added_cannot_replace_the_others(house: House) -> None:
    one, two = fill(house, 2, subjects="甲；乙"), fill(house, 1, subjects="")
    edited(house, one + two, subjects=Edit(Do.ADD, "丙"))
    assert [record.subjects for record in drafts(house, one + two)] == ["甲；乙；丙", "甲；乙；丙", "丙"]
    edited(house, one + two, subjects=Edit(Do.REMOVE, "乙"))
    assert [record.subjects for record in drafts(house, one + two)] == ["甲；丙", "甲；丙", "丙"]
    preview = door(house).bulk.preview(one + two, {"subjects": Edit(Do.ADD, "丙")})
    assert (preview.lines, preview.same) == ((), 3)


def test_more_records_than_were_shown_cannot_be_changed(house: House) -> None:
    ids = fill(house, 6)
    bulk = door(house).bulk
    preview = bulk.preview([ids[4], ids[1], ids[1], 999], {"remarks": Edit(Do.SET, "选中的")})
    assert ([line.item_id for line in preview.lines], preview.gone) == ([ids[4], ids[1]], 1)
    fill(house, 3)  # filed after the preview was made
    bulk.apply(preview, "理由")
    changed = [item.id for item in house.archive.queries.items() if item.remarks == "选中的"]
    assert changed == [ids[1], ids[4]]


def test_what_was_not_previewed_cannot_be_applied(house: House) -> None:
    ids = fill(house, 3)
    bulk = door(house).bulk
    preview = bulk.preview(ids, {"remarks": Edit(Do.SET, "新备注")})
    seen = house.archive.queries.item(ids[2])
    door(house).correct(ids[2], replace(seen.draft, remarks="别人刚写的"), "理由", seen.changed_seq)
    head, before = house.archive.queries.head(), drafts(house, ids)
    with pytest.raises(ChangedMeanwhile):
        bulk.apply(preview, "理由")
    assert (house.archive.queries.head(), drafts(house, ids)) == (head, before)
    assert bulk.history() == [] and house.archive.queries.versions(ids[0]) == []
    bulk.apply(preview.without({ids[2]}), "理由")
    assert [record.remarks for record in drafts(house, ids)] == ["新备注", "新备注", "别人刚写的"]


def test_a_mandatory_field_cannot_be_cleared(house: House) -> None:
    ids = fill(house, 1)
    for name in MANDATORY:
        with pytest.raises(Invalid) as refused:
            door(house).bulk.preview(ids, {name: Edit(Do.CLEAR)})
        assert [(one.field, one.key) for one in refused.value.problems] == [(name, "problem.not_cleared")]


def test_what_one_paper_has_alone_and_what_stands_in_the_code_cannot_be_bulk_edited(house: House) -> None:
    ids = fill(house, 1)
    for name in ("title", "page_count", "document_no", "category", "year", "retention", "office", "uuid"):
        with pytest.raises(Invalid):
            door(house).bulk.preview(ids, {name: Edit(Do.SET, "1")})


def test_an_invalid_record_cannot_slip_through_with_the_others(house: House) -> None:
    good, bad = fill(house, 2), fill(house, 1, subjects="词" * 199)
    bulk = door(house).bulk
    preview = bulk.preview(good + bad, {"subjects": Edit(Do.ADD, "消防二")})
    assert [line.item_id for line in preview.faulty] == bad
    assert [problem.key for problem in preview.faulty[0].problems] == ["problem.too_long"]
    before = drafts(house, good + bad)
    with pytest.raises(PreviewHasProblems):
        bulk.apply(preview, "理由")
    assert drafts(house, good + bad) == before
    bulk.apply(preview.without(bad), "理由")
    assert drafts(house, bad) == before[2:]
    late = bulk.preview(good, {"doc_date": Edit(Do.SET, "20270101")})
    assert {problem.field for line in late.lines for problem in line.problems} == {"doc_date"}


def test_it_cannot_happen_without_a_reason_or_by_those_who_may_not(house: House) -> None:
    ids = fill(house, 1)
    preview = door(house).bulk.preview(ids, {"remarks": Edit(Do.SET, "新")})
    with pytest.raises(Invalid):
        door(house).bulk.apply(preview, " ")
    for role in (Role.FILER, Role.AUDITOR):
        other = door(house, Agent(9, "样本", role)).bulk
        for act in (lambda other=other: other.preview(ids, {}), lambda other=other: other.apply(preview, "理由"),
                    lambda other=other: other.undo(1, "理由")):  # fmt: skip
            with pytest.raises(NotAllowed):
                act()
    assert door(house, Agent(9, "样本", Role.CLERK)).bulk.apply(preview, "理由") == 1


def test_a_cancelled_edit_cannot_be_half_done(house: House) -> None:
    ids = fill(house, 250)
    bulk = door(house).bulk
    preview = bulk.preview(ids, {"remarks": Edit(Do.SET, "新")})
    head = house.archive.queries.head()
    steps: list[tuple[int, int]] = []

    def cancel(done: int, total: int) -> None:
        steps.append((done, total))
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        bulk.apply(preview, "理由", cancel)
    assert steps == [(0, 250), (100, 250)]
    assert house.archive.queries.head() == head and bulk.history() == []
    number = bulk.apply(preview, "理由")
    head = house.archive.queries.head()
    with pytest.raises(Cancelled):
        bulk.undo(number, "理由", step=cancel)
    assert house.archive.queries.head() == head
    assert bulk.undo(number, "理由") == 250


# -- taken back


def test_an_edit_is_undone_to_the_letter_after_a_restart(house: House) -> None:
    ids = fill(house, 40) + fill(house, 3, remarks="", subjects="")
    before = drafts(house, ids)
    number = edited(house, ids, remarks=Edit(Do.CLEAR), subjects=Edit(Do.ADD, "丁"), access_status=Edit(Do.SET, "open"))
    assert all(record.access_status is AccessStatus.OPEN and not record.remarks for record in drafts(house, ids))
    house.reopen()
    (kept,) = door(house).bulk.history()
    assert (kept.id, kept.items, kept.reason, kept.undone_at) == (number, 43, "样本理由", "")
    assert kept.changes == {"remarks": "clear", "subjects": "add", "access_status": "set"}
    assert door(house).bulk.undo(number, "改错了") == 43
    assert drafts(house, ids) == before
    assert [len(house.archive.queries.versions(one)) for one in ids] == [2] * 43, "undoing leaves versions too"
    assert door(house).bulk.history()[0].undone_at
    with pytest.raises(NoSuchRecord):
        door(house).bulk.undo(number, "再撤销一次")


def test_an_undo_cannot_overwrite_what_was_corrected_since(house: House) -> None:
    ids = fill(house, 3)
    before = drafts(house, ids)
    number = edited(house, ids, remarks=Edit(Do.SET, "批量"))
    now = house.archive.queries.item(ids[1])
    door(house).correct(ids[1], replace(now.draft, title="后来更正"), "理由", now.changed_seq)
    bulk = door(house).bulk
    undoing = bulk.undoing(number)
    assert (undoing.ready, [item.id for item in undoing.since], undoing.gone) == (2, [ids[1]], 0)
    after = drafts(house, ids)
    with pytest.raises(CorrectedSince) as refused:
        bulk.undo(number, "理由")
    assert refused.value.item_ids == (ids[1],)
    assert drafts(house, ids) == after and not bulk.history()[0].undone_at
    assert bulk.undo(number, "理由", leave_out=[ids[1]]) == 2
    assert drafts(house, ids) == [before[0], replace(before[1], remarks="批量", title="后来更正"), before[2]]


def test_of_two_edits_the_later_is_undone_first(house: House) -> None:
    ids = fill(house, 2)
    before = drafts(house, ids)
    first = edited(house, ids, remarks=Edit(Do.SET, "一"))
    second = edited(house, ids[:1], remarks=Edit(Do.SET, "二"))
    with pytest.raises(CorrectedSince):
        door(house).bulk.undo(first, "理由")
    door(house).bulk.undo(second, "理由")
    assert drafts(house, ids)[0].remarks == "一"
    assert door(house).bulk.undoing(first).since != ()
    door(house).bulk.undo(first, "理由", leave_out=ids[:1])
    assert drafts(house, ids)[1] == before[1]


def test_what_is_sealed_by_now_is_neither_shown_nor_touched(house: House) -> None:
    ids = fill(house, 3)
    number = edited(house, ids, remarks=Edit(Do.SET, "批量"))
    with house.archive.write(CHIEF) as change:
        change._connection.execute("UPDATE item SET sealed = 1 WHERE id = ?", (ids[0],))
        change.print("report:item_register", 1)
    undoing = door(house).bulk.undoing(number)
    assert (undoing.ready, undoing.since, undoing.gone) == (2, (), 1)
    assert door(house).bulk.undo(number, "理由") == 2
    assert house.archive.database.reader().row("SELECT remarks FROM item WHERE id = ?", (ids[0],)) == ("批量",)


def test_each_record_has_its_own_event_and_the_edit_its_one(house: House) -> None:
    ids = fill(house, 3)
    head = house.archive.queries.head()[0]
    number = edited(house, ids, remarks=Edit(Do.SET, "机密备注"))
    events = house.archive.queries.events(head)
    assert [event.type for event in events] == ["correct"] * 3 + ["bulk_edit"]
    assert [event.object for event in events] == [f"item:{one}" for one in ids] + [f"bulk:{number}"]
    assert {house.archive.queries.versions(one)[0].bulk_id for one in ids} == {number}
    told = str(events) + str(house.archive.database.reader().rows("SELECT * FROM bulk"))
    assert "机密" not in told, "what is destroyed later must not live on in the list of edits"
    house.archive.index.catch_up()
    assert house.archive.index.search("机密备注").total == 3


def test_a_class_is_every_record_of_it_and_no_other(house: House) -> None:
    ids = fill(house, 2)
    other = house.file(house.receive(b"other"), category="ZY·XZ", year=2025, doc_date="20250101", retention=Retention.D30)
    bulk = door(house).bulk
    assert bulk.of_class() == [*ids, other.id]
    assert bulk.of_class(category="WS", year=2026, retention=Retention.D10) == ids
    assert bulk.of_class(category="ZY") == bulk.of_class(year=2025) == bulk.of_class(retention=Retention.D30) == [other.id]
    assert bulk.common([*ids, other.id])["document_type"] == [("通知", 2), ("", 1)]


_WORDS = st.text("甲乙丙丁 ；,", max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chosen=st.dictionaries(
        st.sampled_from(BULK_FIELDS), st.builds(Edit, st.sampled_from(Do), _WORDS | st.sampled_from(["open", "20260101"])),
        max_size=4,
    ),
    subjects=_WORDS,
)
def test_whatever_is_asked_only_what_is_named_changes_and_undo_brings_all_back(
    house: House, chosen: dict[str, Edit], subjects: str
) -> None:
    ids = fill(house, 2, subjects=subjects)
    before = drafts(house, ids)
    bulk = door(house).bulk
    try:
        preview: Preview = bulk.preview(ids, chosen)
        number = bulk.apply(preview, "理由")
    except (Invalid, NothingToChange, PreviewHasProblems):
        assert drafts(house, ids) == before
        return
    after = drafts(house, ids)
    for old, new in zip(before, after, strict=True):
        touched = {name for name in old.__dataclass_fields__ if getattr(old, name) != getattr(new, name)}
        assert touched <= {name for name, edit in chosen.items() if edit.do is not Do.KEEP}
        if chosen.get("subjects", Edit()).do is Do.ADD:
            assert set(keywords(old.subjects)) < set(keywords(new.subjects)) or "subjects" not in touched
        assert all(isinstance(getattr(new, name), kind) for name, kind in CLOSED.items())
    bulk.undo(number, "理由")
    assert drafts(house, ids) == before
