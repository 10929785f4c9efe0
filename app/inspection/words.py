"""app/inspection/words.py — a fault as people read it: what is wrong, why it matters, what to do.

The sentences are the wording's: `inspection.fault.<key>` and `inspection.todo.<key>` for a fault, `inspection.why.<code>`
for a check. A problem of a description keeps the sentence it has beside its field (`problem.…`).
"""

from __future__ import annotations

from dataclasses import dataclass

from app import wording
from storage.records.inspection import Fault

_PROBLEM = "problem."


@dataclass(frozen=True, slots=True)
class Told:
    what: str
    why: str
    todo: str


def tell(fault: Fault, language: str | None = None) -> Told:
    """The sentences of a fault. Fields and reasons are named by their own words."""
    facts = {name: _spoken(name, value, language) for name, value in fault.facts.items()}
    named = fault.facts.get("field")
    if fault.key.startswith(_PROBLEM):
        what = wording.say(fault.key, language, **facts)
        if named:
            what = wording.say("inspection.in_field", language, field=facts["field"], what=what)
        todo = wording.say("inspection.todo.described", language)
    else:
        what = wording.say(f"inspection.fault.{fault.key}", language, **facts)
        todo = wording.say(f"inspection.todo.{fault.key}", language)
    return Told(what, wording.say(f"inspection.why.{fault.code}", language), todo)


def _spoken(name: str, value: object, language: str | None) -> object:
    tables = {"field": "field", "fields": "field", "reason": "reason", "retention": "retention", "expected": "retention",
              "event": "event", "role": "role"}  # fmt: skip
    table, known = tables.get(name), wording.catalogue(language or wording.language())
    if table is None:
        return value
    return " ".join(known.get(f"{table}.{one}", one) for one in str(value).split(" "))
