"""tests/plays/lending.py — one record is lent, copied, renewed and brought back; other requests end otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from storage.records import Agent, Kind, Role, Subject
from storage.records.lending import LoanDraft, LoanMode
from tests.stations import House

CLERK, SECOND, THIRD = (Agent(id, f"样本·{id}", Role.ADMINISTRATOR) for id in (1, 92, 93))


def play(house: House, act: Callable[..., Any]) -> None:
    """`act` writes as agent 1; what another person must do is done as that person first."""
    item = house.file(house.receive(b"to be lent"))
    subject = Subject(Kind.ITEM, item.id)
    draft = LoanDraft("样本借阅人", "样本大队", purpose="case", basis="样本办案需要", mode=LoanMode.LEND)

    def asked(agent: Agent, mode: LoanMode) -> int:
        wanted = LoanDraft("样本借阅人", "样本大队", purpose="case", basis="样本办案需要", mode=mode)
        with house.archive.write(agent) as change:
            return change.request_loan(wanted, [subject], 2026)

    mine = act("request_loan", lambda change: change.request_loan(draft, [subject], 2026))
    act("cancel_loan", lambda change: change.cancel_loan(mine))
    refused = asked(SECOND, LoanMode.LEND)
    act("refuse_loan", lambda change: change.refuse_loan(refused, "样本：理由不足"))
    twice = asked(SECOND, LoanMode.LEND)
    with house.archive.write(THIRD) as change:
        change.approve_loan(twice, "")
    act("second_loan", lambda change: change.second_loan(twice, "同意"))
    loan = asked(SECOND, LoanMode.LEND)
    act("approve_loan", lambda change: change.approve_loan(loan, "同意"))
    act("lend", lambda change: change.lend(loan, "2026-12-06", {subject: "完好"}))
    act("renew_loan", lambda change: change.renew_loan(loan, "2026-12-20", 1))
    act("copy_out", lambda change: change.copy_out(loan, subject, 3))
    act("return_loan", lambda change: change.return_loan(loan, {subject: "完好"}))
    act("note_use", lambda change: change.note_use(loan, "样本：用于核对"))
    viewed = asked(SECOND, LoanMode.VIEW)
    with house.archive.write(THIRD) as change:
        change.approve_loan(viewed, "")
    act("finish_loan", lambda change: change.finish_loan(viewed))
