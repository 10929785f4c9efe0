"""storage/changes/disposal.py — holds, appraisal, destruction, the register that stays: the events that change them."""

from __future__ import annotations

from storage.changes.base import Writing


class DisposalChanges(Writing):
    """Holds, appraisal, destruction, the register that stays."""
