"""storage/changes/backup.py — backups made, proved, pruned and restored: the events that change them."""

from __future__ import annotations

from storage.changes.base import Writing


class BackupChanges(Writing):
    """Backups."""
