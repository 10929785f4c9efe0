"""tests/plays/searches.py — a question is worked with, saved, thrown away, forgotten; a word of the station comes and goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from storage.records.search import Filters
from storage.records.searches import Question
from tests.stations import House


def play(house: House, act: Callable[..., Any]) -> None:
    question = Question("样本 修缮", Filters(year=("2026",)))
    act("note_search", lambda change: change.note_search(question, 1))
    act("keep_search", lambda change: change.keep_search("样本查找", question))
    act("drop_search", lambda change: change.drop_search("样本查找"))
    act("clear_searches", lambda change: change.clear_searches())
    act("add_station_word", lambda change: change.add_station_word("样本镇"))
    act("drop_station_word", lambda change: change.drop_station_word("样本镇"))
