"""app/wording.py — translation; one sentence for every event, state and known error.

The catalogues are `resources/wording/<language>/*.toml`: nested tables are dotted keys, values are str.format
templates. Chinese is the first language; a test holds both to the same keys and the same placeholders. The current
language is one for the whole program; `listen` tells the window to put up its texts again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import resources
from storage.errors import Known

LANGUAGES = ("zh", "en")

_current = LANGUAGES[0]
_listeners: list[Callable[[], None]] = []


def use(language: str) -> None:
    """Switches the language of the program. Raises ValueError for one that is not shipped."""
    global _current
    if language not in LANGUAGES:
        raise ValueError(language)
    _current = language
    for listener in list(_listeners):
        listener()


def language() -> str:
    return _current


def listen(listener: Callable[[], None]) -> None:
    _listeners.append(listener)


def forget(listener: Callable[[], None]) -> None:
    if listener in _listeners:
        _listeners.remove(listener)


def say(key: str, language: str | None = None, /, **facts: object) -> str:
    """The text of `key` in the current (or the given) language. Raises KeyError for a key nobody wrote."""
    return catalogue(language or _current)[key].format(**facts)


def sentence(error: Known) -> str:
    """What happened and what to do about it, with the error's number."""
    facts = {name: _speak(name, value) for name, value in error.facts.items()}
    return catalogue(_current)[f"error.{type(error).__name__}"].format_map(_Facts(facts))


def event(type: str) -> str:
    return say(f"event.{type}")


@cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of one language by dotted key."""
    found: dict[str, str] = {}
    for file in sorted(resources.path("wording", language).glob("*.toml")):
        for key, text in _flat(tomllib.loads(file.read_text("utf-8")), ""):
            if key in found:
                raise ValueError(f"{file.name}: {key} is written twice")
            found[key] = text
    return found


class _Facts(dict[str, str]):
    # A sentence may mention a fact that this occurrence of the error does not know.
    def __missing__(self, name: str) -> str:
        return "…"


def _speak(name: str, value: object) -> str:
    if name == "reason":
        return catalogue(_current).get(f"reason.{value}", str(value))
    return str(value)


def _flat(table: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)
