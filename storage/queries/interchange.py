"""storage/queries/interchange.py — what was imported and how columns are read: the reads."""

from __future__ import annotations

from storage.queries.base import Reading


class InterchangeReads(Reading):
    """What was imported and how columns are read."""
