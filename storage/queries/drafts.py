"""storage/queries/drafts.py — what was half written when the archive was locked: the reads."""

from __future__ import annotations

from storage.queries.base import Reading


class DraftReads(Reading):
    """What was half written when the archive was locked: the reads."""
