"""storage/changes/interchange.py — what was imported and how columns are read: the events that change them."""

from __future__ import annotations

from storage.changes.base import Writing


class InterchangeChanges(Writing):
    """What was imported and how columns are read."""
