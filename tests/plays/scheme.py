"""tests/plays/scheme.py — the scheme grows, a place is furnished, two records are tied."""

from __future__ import annotations

from typing import Any

from storage.records import Category, Kind, Retention, Subject
from storage.records.scheme import Place, PlaceKind, RelationType, RetentionRule
from tests.stations import House


def play(house: House, act: Any) -> None:
    act("change_category", lambda change: change.change_category(Category("SX", "样本门类", "Sample", Retention.D10), "样本"))
    act("end_category", lambda change: change.end_category("SX", "20260105", "样本"))
    act("keep_profile", lambda change: change.keep_profile("own", "样本", "{fonds}-{category}-{item:4}", "{fonds}"))
    rule = act("keep_rule", lambda change: change.keep_rule(RetentionRule("WS", "", Retention.D30, "样本")))
    act("end_rule", lambda change: change.end_rule(rule, "20260105"))
    room = act("keep_place", lambda change: change.keep_place(Place(PlaceKind.ROOM, "1")))
    one, other = (
        Subject(Kind.ITEM, house.file(house.receive(data), title="样本关联").id) for data in (b"tied one", b"tied other")
    )
    act("put_away", lambda change: change.put_away([one], room, "3"))
    relation = act("relate", lambda change: change.relate(one, RelationType.SEE_ALSO, other, ""))
    act("unrelate", lambda change: change.unrelate(relation))
    empty = act("keep_place", lambda change: change.keep_place(Place(PlaceKind.ROOM, "2")))
    act("retire_place", lambda change: change.retire_place(empty))
