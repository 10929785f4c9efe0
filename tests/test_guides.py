"""tests/test_guides.py — a guide knows the papers by their titles, proposes an order and says what it does not see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import guides
from app.guides import Guide
from storage.records import Delivery, Item, Retention, SecurityClass

ADMINISTRATIVE = guides.guide("administrative")
CRIMINAL = guides.guide("criminal")


def item(number: int, title: str, **fields: object) -> Item:
    made = Item(
        number, f"{number:032x}", "", "Z900", "ZY·XZ", 2026, Retention.D30, "", 0, title, "", "样本派出所", "20260301",
        SecurityClass.INTERNAL, 1, "", "", "", Delivery.LOCAL, position=number,
    )  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]


def administrative() -> Guide:
    assert ADMINISTRATIVE is not None
    return ADMINISTRATIVE


def test_the_guides_are_whole() -> None:
    assert ADMINISTRATIVE and CRIMINAL
    assert [entry.number for entry in ADMINISTRATIVE.entries] == list(range(1, 71))
    assert [entry.number for entry in ADMINISTRATIVE.entries if entry.legacy] == [11]
    assert {number for minimum in ADMINISTRATIVE.minimum for number in minimum.any} == {
        2, 3, 6, 8, 9, 10, 15, 21, 32, 33, 34, 42, 47, 48, 49, 50, 65,
    }  # fmt: skip
    assert not any(minimum.verified for minimum in ADMINISTRATIVE.minimum), "the minimum set is our own proposal"
    assert [entry.number for entry in CRIMINAL.entries if entry.verified] == list(range(1, 22))
    for guide in guides.shipped().values():
        assert len({entry.code for entry in guide.entries}) == len(guide.entries)
        assert (guide.pages_per_book, guide.filing_days) == (200, 10)
    assert guides.guide("") is None


@pytest.mark.parametrize("guide", guides.shipped().values(), ids=guides.shipped())
def test_every_entry_is_recognised_by_each_of_its_own_words(guide: Guide) -> None:
    for entry in guide.entries:
        for word in entry.words:
            found = guide.match("关于样本的" + word.replace("+", "，"))
            assert found is not None
            longer = any(len(other) > len(word) for other in found.words)
            assert found is entry or longer, f"{entry.number} {word}: {found.title}"


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("样本公（城）行罚决字〔2026〕12号行政处罚决定书", 2),
        ("呈请行政处罚审批表", 3),
        ("不予行政处罚决定书", 9),
        ("送达回执", 6),
        ("受案登记表", 15),
        ("受案 回执", 21),
        ("询问笔录（违法行为人样本甲）", 32),
        ("询问笔录（被侵害人样本乙）", 33),
        ("证人样本丙询问笔录", 34),
        ("行政处罚告知笔录", 42),
        ("鉴定意见通知书", 41),
        ("伤情鉴定意见书", 40),
        ("样本甲户籍证明", 65),
        ("继续盘问审批表", 27),
        ("延长继续盘问审批表", 28),
    ],
)
def test_papers_are_known_by_their_titles(title: str, number: int) -> None:
    found = administrative().match(title)
    assert found is not None
    assert found.number == number


def test_the_document_type_goes_before_the_title() -> None:
    found = administrative().match("送达回执", "XZ65")
    assert found is not None and found.number == 65
    assert administrative().match("一张便条") is None
    assert administrative().match("一张便条", "没有这一类") is None


def test_the_order_is_the_guides_then_the_date_then_as_it_stood() -> None:
    items = [
        item(1, "一张便条"), item(2, "送达回执", doc_date="20260312"), item(3, "案件考评表"), item(4, "受案登记表"),
        item(5, "送达回执", doc_date="20260310"), item(6, "行政处罚决定书"), item(7, "另一张便条"),
    ]  # fmt: skip
    ordered = administrative().order(items)
    assert [one.id for one in ordered] == [6, 5, 2, 4, 1, 7, 3]
    assert administrative().order(ordered) == ordered
    assert sorted(one.id for one in ordered) == [1, 2, 3, 4, 5, 6, 7]


def test_what_is_present_and_what_is_missing() -> None:
    guide = administrative()
    items = [item(1, "行政处罚决定书"), item(2, "送达回执"), item(3, "送达回执"), item(4, "证人证言")]
    lines = {line.entry.number: line for line in guide.compare(items)}
    assert [one.id for one in lines[6].items] == [2, 3]
    assert not lines[2].mandatory and not lines[9].mandatory, "one decision is enough"
    assert not lines[47].mandatory, "one piece of evidence is enough"
    assert lines[3].mandatory and lines[65].mandatory
    assert [minimum.name for minimum in guide.lacking(items)] == [
        "approval", "acceptance", "receipt", "statement", "notice", "identity",
    ]  # fmt: skip
    assert len(guide.lacking([])) == len(guide.minimum)
