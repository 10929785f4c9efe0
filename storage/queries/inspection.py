"""storage/queries/inspection.py — runs of the four-nature inspection and their findings: the reads."""

from __future__ import annotations

from storage.queries.base import Reading


class InspectionReads(Reading):
    """Runs of the four-nature inspection and their findings."""
