"""ui/models/question.py — a question as fields of a form, and as the line of text that is asked.

`write` makes the line, `read` takes one apart again. What no field has a place for (OR, patterns, a second phrase) stays
among the words as it was typed, so that `write(read(line))` asks the same. Field names are those of the language shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from app import wording
from ui.widgets import dates

#: The fields of the form that are `name:value` in the line, with the names that are read besides those of the wording.
NAMED = ("title", "creator", "number", "code", "category", "year", "retention", "person")
#: Of these a second value has a place too: all of them must hold.
_MANY = frozenset({"title", "creator", "number", "person"})
_QUOTES = str.maketrans(dict.fromkeys("“”„‟＂「」『』«»〝〞", '"'))
_TOKEN = re.compile(r'(?P<minus>-?)(?:(?P<field>[^\W\d_]+)[:：])?(?P<value>"[^"]*"?|[^\s"]+)')
_OR = frozenset({"OR", "|", "｜", "||"})


@dataclass(frozen=True, slots=True)
class Parts:
    """`words`, `without` and the fields of `_MANY` hold words side by side, a phrase in quotes; `since` and `until` are
    dates of the archive (YYYYMMDD, 00 for what is not known).
    """

    words: str = ""
    exact: str = ""
    without: str = ""
    title: str = ""
    creator: str = ""
    number: str = ""
    code: str = ""
    since: str = ""
    until: str = ""
    category: str = ""
    year: str = ""
    retention: str = ""
    person: str = ""


def write(parts: Parts) -> str:
    """The line that asks for this."""
    words = " ".join(parts.words.translate(_QUOTES).split())
    exact = parts.exact.replace('"', " ").strip()
    line = [f'"{exact}"'] if exact else []
    line += [words + '"' * (words.count('"') % 2)] if words else []
    for field in NAMED:
        for value in _tokens(getattr(parts, field)) if field in _MANY else filter(None, [_one(getattr(parts, field))]):
            line.append(f"{_name(field)}:{value}")
    if parts.since or parts.until:
        since, until = dates.show(parts.since), dates.show(parts.until)
        line.append(f"{_name('date')}:{since if since == until else f'{since}..{until}'}")
    return " ".join(line + [f"-{word}" for word in _tokens(parts.without)])


def read(line: str) -> Parts:
    """The form that would write this line."""
    found: dict[str, list[str]] = {field.name: [] for field in fields(Parts)}
    tokens = list(_TOKEN.finditer(line.translate(_QUOTES)))
    joined = {at + by for at, token in enumerate(tokens) if token[0] in _OR for by in (-1, 0, 1)}
    names = {known.casefold(): field for field in (*NAMED, "date") for known in (field, _name(field))}
    for at, token in enumerate(tokens):
        field = names.get((token["field"] or "").casefold(), "")
        whole, value = (part + '"' * (part.count('"') % 2) for part in (token[0], token["value"]))
        if at not in joined and not any(c.isalnum() for c in (value if field else whole)):
            continue  # nothing that could be found
        if at in joined or (token["minus"] and token["field"]):
            found["words"].append(whole)
        elif token["minus"]:
            found["without"].append(value)
        elif field == "date" and not found["since"] + found["until"] and (days := _days(value)):
            found["since"], found["until"] = [days[0]], [days[1]]
        elif field in NAMED and (field in _MANY or not found[field]):
            found[field].append(value if field in _MANY else value.strip('"'))
        elif not token["field"] and value.startswith('"') and not found["exact"]:
            found["exact"].append(value.strip('"').strip())
        else:
            found["words"].append(whole)
    return Parts(**{field: " ".join(values) for field, values in found.items()})


def _name(field: str) -> str:
    return wording.say(f"search.field.{field}")


def _tokens(words: str) -> list[str]:
    return [token[0] for token in re.finditer(r'[^\s"]*"[^"]*"?|[^\s"]+', words.translate(_QUOTES)) if token[0].strip('"-')]


def _one(value: str) -> str:
    value = " ".join(value.replace('"', " ").split())
    return f'"{value}"' if " " in value else value


def _days(value: str) -> tuple[str, str] | None:
    """The first and last date of `2019-03..2020`, of which one may be missing; None for what is no date by itself."""
    first, between, last = value.strip('"').partition("..")
    since, until = dates.read(first), dates.read(last if between else first)
    return None if since is None or until is None or not since + until else (since, until)
