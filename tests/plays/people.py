"""tests/plays/people.py — a paper names a person twice over; somebody looks at what is masked in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from storage.records import Kind, Subject
from storage.records.people import Act, EntityDraft, Part, Purpose
from tests.stations import House


def play(house: House, act: Callable[..., Any]) -> None:
    subject = Subject(Kind.ITEM, house.file(house.receive(b"names somebody")).id)
    first = act("name_entity", lambda change: change.name_entity(EntityDraft(name="样本甲", id_number="990101195501010019")))
    second = act("name_entity", lambda change: change.name_entity(EntityDraft(name="样本甲")))
    act("correct_entity", lambda change: change.correct_entity(second, EntityDraft(name="样本甲", phone="10012345678")))
    act("mention", lambda change: change.mention(first, subject, Part.WITNESS))
    act("mention", lambda change: change.mention(second, subject, Part.REPORTER))
    act("merge_entities", lambda change: change.merge_entities(first, second))
    act("disclose", lambda change: change.disclose(subject, Purpose.CASE, "样本依据", Act.OPEN))
    act("look_up_entity", lambda change: change.look_up_entity(Purpose.IN_PERSON, "", [first]))
    act("unmention", lambda change: change.unmention(first, subject, Part.REPORTER))
