"""storage/changes/people.py — whom and what the papers name, and who looked: the events that change them."""

from __future__ import annotations

from storage.changes.base import Writing


class PeopleChanges(Writing):
    """Whom and what the papers name, and who looked."""
