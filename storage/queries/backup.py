"""storage/queries/backup.py — backups made and proved: the reads."""

from __future__ import annotations

from storage.queries.base import Reading


class BackupReads(Reading):
    """Backups made and proved: the reads."""
