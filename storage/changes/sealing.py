"""storage/changes/sealing.py — sealed records and who may consult them: the events that change them."""

from __future__ import annotations

from storage.changes.base import Writing


class SealingChanges(Writing):
    """Sealed records and who may consult them."""
