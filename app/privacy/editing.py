"""app/privacy/editing.py — a record that stands in a form to the letter: what is masked elsewhere is seen there, and noted.

Correcting is the purpose itself, so nobody is asked for one; but the look is an event like any other. Any thread.
"""

from __future__ import annotations

from dataclasses import fields
from enum import Enum

from app.privacy.text import cover
from storage.archive import Archive
from storage.records import Agent, Item, Subject
from storage.records.people import Act, Purpose
from storage.records.volumes import Volume


def note_editing(archive: Archive, agent: Agent, subject: Subject, described: Item | Volume) -> None:
    """Leaves the event when there is anything to be masked in the description. Raises NoSuchRecord."""
    names = archive.queries.minors_of([subject]).get(subject, ())
    values = (getattr(described, field.name) for field in fields(described))
    texts = [value for value in values if isinstance(value, str) and not isinstance(value, Enum)]
    if any(cover(text, names) != text for text in texts):
        with archive.write(agent) as change:
            change.disclose(subject, Purpose.ARRANGING, "", Act.EDIT)
