"""storage/changes/drafts.py — what was half written when the archive was locked: the events that change it."""

from __future__ import annotations

from storage.changes.base import Writing


class DraftChanges(Writing):
    """Drafts of forms."""
