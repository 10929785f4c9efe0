"""storage/changes/inspection.py — runs of the four-nature inspection and their findings: the events that change them."""

from __future__ import annotations

from storage.changes.base import Writing


class InspectionChanges(Writing):
    """Runs of the four-nature inspection and their findings."""
