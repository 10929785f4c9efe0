"""app/inspection/words.py — a fault as people read it: what is wrong, why it matters, what to do.

The sentences are the wording's: `inspection.fault.<key>` and `inspection.todo.<key>` for a fault, `inspection.why.<code>`
for a check. A problem of a description keeps the sentence it has beside its field (`problem.…`).
"""

from __future__ import annotations

from dataclasses import dataclass

from app import wording
from storage.records.inspection import Fault

_PROBLEM = "problem."
#: Where the words for the values of a fact stand. A fact not named here is a number, a code or a name of ours.
_TABLES = {
    "field": ("field", "inspection_field"), "fields": ("field", "inspection_field"), "reason": ("reason",),
    "retention": ("retention",), "expected": ("retention",), "event": ("event",), "role": ("role",),
    "of": ("inspection_object",),
}  # fmt: skip


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
        # Of a problem only its numbers are kept; what somebody wrote is not.
        what = wording.catalogue(language or wording.language())[fault.key].format_map(_Kept(facts))
        if named:
            what = wording.say("inspection.in_field", language, field=facts["field"], what=what)
        todo = wording.say("inspection.todo.described", language)
    else:
        what = wording.say(f"inspection.fault.{fault.key}", language, **facts)
        todo = wording.say(f"inspection.todo.{fault.key}", language)
    return Told(what, wording.say(f"inspection.why.{fault.code}", language), todo)


class _Kept(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "…"


def _spoken(name: str, value: object, language: str | None) -> object:
    tables, known = _TABLES.get(name), wording.catalogue(language or wording.language())
    if tables is None:
        return value
    spoken = []
    for one in str(value).split(" "):
        said = (known.get(f"{table}.{one}") for table in tables)
        spoken.append(next((word for word in said if word), one))
    return wording.say("inspection.between", language).join(spoken)


def scope_words(scope: str, language: str | None = None) -> str:
    """What a run looked at, out of its kept form (`all`, `category:WS year:2026`, `volume:3`)."""
    if scope == "all":
        return wording.say("inspection_scope.all", language)
    parts = [part.partition(":") for part in scope.split(" ")]
    return " ".join(wording.say(f"inspection_scope.{name}", language, value=value) for name, _, value in parts)


def place_words(fault: Fault, code: str | None, language: str | None = None) -> str:
    """Where a fault is, for a list: the 档号 when there is one to be seen, else what it is about."""
    if code:
        return code
    if fault.subject is not None:
        return wording.say("inspection.unfiled", language)
    kind, _, rest = fault.object.partition(":")
    known = wording.catalogue(language or wording.language())
    name = known.get(f"inspection_object.{kind}")
    return f"{name} {rest}".strip() if name else fault.object
