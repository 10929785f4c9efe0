"""tests/plays/sealing.py — a volume and an item are sealed; units ask to consult them; one seal is lifted, one stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from app import numbering
from storage.records import Agent, Kind, Role, Subject
from storage.records.sealing import ConsultationRequest, Look
from storage.records.volumes import VolumeDraft
from tests.stations import CHIEF, FONDS, House, draft

#: What one person asks for and another decides.
OTHER = Agent(92, "样本·副所长", Role.ADMINISTRATOR)


def volume(house: House, texts: list[bytes], **described: object) -> tuple[Subject, list[Subject]]:
    """A volume filed with these papers, and its items."""
    wanted = VolumeDraft(**({"title": "样本案卷", "category": "ZY·XZ", "year": 2026} | described))  # type: ignore[arg-type]
    with house.archive.write(CHIEF) as change:
        volume_id = change.open_volume(wanted, FONDS.number)
    items = []
    for text in texts:
        arrival = house.receive(text)
        with house.archive.write(CHIEF) as change:
            paper = draft(title=f"卷内{text.decode()}", category="ZY·XZ")
            items.append(Subject(Kind.ITEM, change.file_into(arrival, paper, volume_id)))
    with house.archive.write(CHIEF) as change:
        change.file_volume(
            volume_id,
            lambda found: ("sealing", found.category),
            lambda found, number: f"Z900-{found.category}·2026-D30-S{number:03d}",
            numbering.code_in_volume,
        )
    return Subject(Kind.VOLUME, volume_id), items


def wanted(*sought: str) -> ConsultationRequest:
    return ConsultationRequest(
        "样本县样本局", "样本查询员", "case_handling", "样协〔2026〕1号", "办理样本案件", sought, "样本范围"
    )


def play(house: House, act: Callable[[str, Callable[[Any], object]], Any]) -> None:
    """`act` writes as agent 1; what another person must do is done as that person."""

    def asked(*sought: str) -> int:
        with house.archive.write(OTHER) as change:
            return int(change.request_consultation(wanted(*sought)))

    whole, items = volume(house, [b"sealed one", b"sealed two"])
    act("seal", lambda change: change.seal(whole, "样本依据"))
    refused = asked("样本某甲")
    act("refuse_consultation", lambda change: change.refuse_consultation(refused, "样本：理由不足"))
    mine = act("request_consultation", lambda change: change.request_consultation(wanted("样本案卷")))
    ends = f"{date.today().year + 1}-01-01"
    with house.archive.write(OTHER) as change:
        change.approve_consultation(mine, ends, "同意", notified=True)
    other = asked("样本案卷")
    act("approve_consultation", lambda change: change.approve_consultation(other, ends, "同意", notified=True))
    act("look_up", lambda change: change.look_up(mine, "样本案卷"))
    act("consult", lambda change: change.consult(mine, whole, Look.READ))
    mistaken = act("request_unsealing", lambda change: change.request_unsealing(mine, whole, "样本依据", "样字1号"))
    with house.archive.write(OTHER) as change:
        change.refuse_unsealing(mistaken, "样本：依据不足")
        change.consult(other, whole, Look.READ)
        again = change.request_unsealing(other, whole, "样本依据", "样字2号")
    act("refuse_unsealing", lambda change: change.refuse_unsealing(again, "样本：依据不足"))
    with house.archive.write(OTHER) as change:
        granted = change.request_unsealing(other, whole, "样本依据", "样字3号")
    act("unseal", lambda change: change.unseal(granted, "同意"))
    with house.archive.write(OTHER) as change:
        change.seal(items[0], "样本依据")
    act("close_consultation", lambda change: change.close_consultation(mine, "样本：已查阅"))
