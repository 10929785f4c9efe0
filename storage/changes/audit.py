"""storage/changes/audit.py — what was refused, looked into and acknowledged: the events that say so."""

from __future__ import annotations

from storage.changes.base import Writing


class AuditChanges(Writing):
    """Refusals, looks into the journal, acknowledgements."""

    def refuse(self, attempt: str) -> None:
        """Somebody tried what their roles do not allow; nothing was changed. `attempt` is the event it would have been."""
        self._note("refuse", f"agent:{self._agent.id}", "refused", attempt=attempt)
