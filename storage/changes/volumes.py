"""storage/changes/volumes.py — volumes, their order, filing them: the events that change them."""

from __future__ import annotations

from storage.changes.base import Writing


class VolumeChanges(Writing):
    """Volumes, their order, filing them."""
