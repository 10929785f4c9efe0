"""storage/changes/lending.py — requests, loans, returns, what the use was good for: the events that change them."""

from __future__ import annotations

from storage.changes.base import Writing


class LendingChanges(Writing):
    """Requests, loans, returns, what the use was good for."""
