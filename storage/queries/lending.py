"""storage/queries/lending.py — requests, loans, returns, what the use was good for: the reads."""

from __future__ import annotations

from storage.queries.base import Reading


class LendingReads(Reading):
    """Requests, loans, returns, what the use was good for."""
