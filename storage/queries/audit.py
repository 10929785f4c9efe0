"""storage/queries/audit.py — the journal as auditors follow it, and who acknowledged what: the reads."""

from __future__ import annotations

from storage.queries.base import Reading


class AuditReads(Reading):
    """The journal as auditors follow it, and who acknowledged what: the reads."""
