"""tests/plays/inspection.py — an inspection finds something, and a person answers for what no program can check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from storage.records import Kind, Subject
from storage.records.inspection import CheckResult, Fault, Severity, Verdict
from tests.stations import House


def play(house: House, act: Callable[..., Any]) -> None:
    fault = Fault("GD1-5", "field_empty", Severity.WARNING, Subject(Kind.ITEM, 1), "object:1", {"field": "title"})
    results = [CheckResult("GD1-5", Verdict.WARNED, 3, 1), CheckResult("GD4-1", Verdict.MANUAL)]
    run = act(
        "inspect",
        lambda change: change.inspect("GD", "all", "scheme", "2026-01-01T00:00:00", Verdict.WARNED, results, [fault]),
    )
    act("attest", lambda change: change.attest(run, "GD4-1", Verdict.PASSED, "样本"))
