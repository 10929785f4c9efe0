"""storage/queries/sealing.py — sealed records and who may consult them: the reads."""

from __future__ import annotations

from storage.queries.base import Reading


class SealingReads(Reading):
    """Sealed records and who may consult them."""
