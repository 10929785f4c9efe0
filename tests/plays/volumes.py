"""tests/plays/volumes.py — a volume is opened, filled, put in order, divided, joined and filed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app import numbering
from storage.records.volumes import VolumeDraft
from tests.stations import FONDS, House, draft


def play(house: House, act: Callable[[str, Callable[[Any], object]], Any]) -> None:
    wanted = VolumeDraft(title="样本案卷", year=2026)
    volume = act("open_volume", lambda change: change.open_volume(wanted, FONDS.number))
    other = act("open_volume", lambda change: change.open_volume(wanted, FONDS.number))
    items = []
    for number in range(3):
        arrival = house.receive(f"卷内 {number}".encode())
        items.append(act("file_into", lambda change, arrival=arrival: change.file_into(arrival, draft(), volume)))
    act("order_volume", lambda change: change.order_volume(volume, items[::-1]))
    act("move_item", lambda change: change.move_item(items[0], other))
    act("number_pages", lambda change: change.number_pages(volume))
    books = act("split_volume", lambda change: change.split_volume(volume, [[items[2]], [items[1]]]))
    act("join_volume", lambda change: change.join_volume(books[1], volume))
    empty = act("open_volume", lambda change: change.open_volume(wanted, FONDS.number))
    act("withdraw_volume", lambda change: change.withdraw_volume(empty))
    act(
        "file_volume",
        lambda change: change.file_volume(
            volume, lambda found: ("volume", found.category), lambda _found, n: f"Z900-V-{n:03d}", numbering.code_in_volume
        ),
    )
    act("view_volume", lambda change: change.view_volume(volume))
    act("follow_volume", lambda change: change.follow_volume(items[1]))
    act("describe_volume", lambda change: change.describe_volume(volume, VolumeDraft(title="更名", year=2026), "样本"))
