"""storage/records/drafts.py — what was half written, as it is kept until its writer comes back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Draft:
    """What one person has half written in one place.

    `place` is the form (a word of the program), `subject` what it is about (`item:7`, `volume:3`, `arrival:9`; empty for
    something new), `content` the form's own JSON, `seen` the record's `changed_seq` it was begun on (0 where there is none).
    """

    place: str
    subject: str
    content: str
    seen: int = 0
    at: str = ""
