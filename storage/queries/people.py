"""storage/queries/people.py — whom and what the papers name, and who looked: the reads."""

from __future__ import annotations

from storage.queries.base import Reading


class PeopleReads(Reading):
    """Whom and what the papers name, and who looked."""
