"""storage/queries/disposal.py — holds, appraisal, destruction, the register that stays: the reads."""

from __future__ import annotations

from storage.queries.base import Reading


class DisposalReads(Reading):
    """Holds, appraisal, destruction, the register that stays."""
