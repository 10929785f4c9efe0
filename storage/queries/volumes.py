"""storage/queries/volumes.py — volumes, their order, filing them: the reads."""

from __future__ import annotations

from storage.queries.base import Reading


class VolumeReads(Reading):
    """Volumes, their order, filing them."""
