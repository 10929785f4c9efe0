"""app/audit/words.py — a line of the journal as a person reads it: who, when, what, on which record, with what outcome, why.

What an event keeps is ids, codes, counts and digests; the sentence is made of them when somebody looks, in the language of
that moment. Whatever there is no word for is shown as it stands, never left out of the details. Pure functions.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app import wording
from storage.records import Event, Role, roles_of
from storage.records.journal import JournalLine
from storage.records.lending import Standing

#: Details that are a word of some table, and which one.
_TABLES: dict[str, tuple[str, ...]] = {
    "role": ("role",), "attempt": ("event",), "act": ("act",), "look": ("audit.look", "sealing.look"), "reason": ("reason",),
    "mode": ("loan_mode",), "opinion": ("opinion",), "verdict": ("inspection_verdict",), "kind": ("entity_kind",),
    "part": ("entity_part",), "retention": ("retention",), "form": ("report.name", "audit.form"), "state": ("outcome",),
}  # fmt: skip
#: Details that a line tells besides what was done; the others stand in the details alone.
_TOLD = (
    "attempt", "role", "act", "look", "reason", "pages", "records", "lines", "due_on", "value", "opinion", "verdict", "day", "kind",
    "failures", "until_at", "wait_s",
)  # fmt: skip
_TIMES = ("since", "until", "at", "from_at", "until_at")


def what(line: JournalLine, language: str | None = None) -> str:
    """What was done, with what matters most of it."""
    event = line.event
    done = _word("event", event.type, language)
    told = [shown for key in _TOLD if (shown := _value(event, key, language)) not in ("", done)]
    return f"{done}{_say('audit.colon', language)}{_say('audit.comma', language).join(told)}" if told else done


def who(event: Event, language: str | None = None) -> str:
    return event.agent_name if event.agent else _say("home.program", language)


def roles(event: Event, language: str | None = None) -> str:
    """In what roles the person acted."""
    if not event.agent:
        return ""
    held = roles_of(event.standing)
    return _say("audit.comma", language).join(_word("role", role.value, language) for role in Role if role in held)


def when(utc: str) -> str:
    """A moment of the journal by the clock of the station, to the second."""
    return datetime.fromisoformat(utc).astimezone().strftime("%Y-%m-%d %H:%M:%S") if utc else ""


def about(line: JournalLine, language: str | None = None) -> str:
    """What it was about: the code of a record, the number of a loan, the name of a user; what is sealed only as that."""
    if line.standing is Standing.SEALED:
        return _say("audit.sealed_record", language)
    if line.standing is Standing.GONE:
        return f"{_say('audit.gone_record', language)} {line.code}".strip()
    kind, _, number = line.event.object.partition(":")
    if line.standing is Standing.SHOWN:
        return line.code or wording.say(f"audit.object.{kind}", language, name=number)
    if kind in ("report", "setting"):
        tables = ("report.name", "audit.form") if kind == "report" else ("setting",)
        number = next((found for table in tables if (found := _found(f"{table}.{number}", language))), number)
    shown = line.about or number
    known = _found(f"audit.object.{kind}", language)
    return known.format(name=shown) if known else line.event.object


def outcome(event: Event, language: str | None = None) -> str:
    return _word("audit.outcome", event.outcome, language)


def why(line: JournalLine, language: str | None = None) -> str:
    """The reason or purpose: its word, and what the person wrote."""
    code = line.event.reason
    told = next((found for table in ("purpose", "reason", "loan_purpose") if (found := _found(f"{table}.{code}", language))), code)
    return _say("audit.colon", language).join(part for part in (told, line.words) if part)


def details(line: JournalLine, language: str | None = None) -> list[tuple[str, str]]:
    """Everything of a line as (name, value), what matters first, the digests last."""
    event = line.event

    def named(key: str, value: str) -> tuple[str, str]:
        return _say(f"audit.field.{key}", language), value

    shown = [
        named("seq", str(event.seq)),
        named("at", when(event.at)),
        named("utc", event.at.replace("T", " ").partition("+")[0]),
        named("who", who(event, language)),
        named("roles", roles(event, language)),
        named("what", _word("event", event.type, language)),
        named("about", about(line, language)),
        named("title", line.title),
        named("outcome", outcome(event, language)),
        named("why", why(line, language)),
    ]
    shown += [
        (_found(f"audit.detail.{key}", language) or key, _value(event, key, language) or _plain(value))
        for key, value in sorted(event.detail.items())
    ]
    shown += [
        named("session", event.session),
        named("object", "" if line.standing is Standing.SEALED else event.object),
        named("before", event.before),
        named("after", event.after),
        named("previous", event.previous),
        named("hash", event.hash),
    ]
    return [(name, value) for name, value in shown if value]


def _value(event: Event, key: str, language: str | None) -> str:
    """One detail as a line tells it."""
    value = event.detail.get(key)
    if value in (None, "", [], {}):
        return ""
    if key in _TIMES and isinstance(value, str):
        return when(value) if "T" in value else value
    if isinstance(value, str):
        tables = _TABLES.get(key, ())
        return next((found for table in tables if (found := _found(f"{table}.{value}", language))), value)
    counted = _found(f"audit.counted.{key}", language)
    if counted and not isinstance(value, dict):
        return counted.format(n=len(value) if isinstance(value, list) else value)
    return ""


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_plain(inner) for inner in value)
    return str(value)


def _say(key: str, language: str | None, **facts: object) -> str:
    return wording.say(key, language, **facts)


def _word(table: str, value: str, language: str | None) -> str:
    """The word of a value; a value of a newer or older program as it stands."""
    return _found(f"{table}.{value}", language) or value


def _found(key: str, language: str | None) -> str:
    return wording.catalogue(language or wording.language()).get(key, "")


Worded = Callable[[JournalLine], str]
#: The columns of a list of lines, on screen, on paper and in an exported table.
COLUMNS: dict[str, Worded] = {
    "seq": lambda line: str(line.event.seq),
    "at": lambda line: when(line.event.at),
    "who": lambda line: who(line.event),
    "roles": lambda line: roles(line.event),
    "what": what,
    "about": about,
    "outcome": lambda line: outcome(line.event),
    "why": why,
    "session": lambda line: line.event.session,
    "hash": lambda line: line.event.hash,
}
