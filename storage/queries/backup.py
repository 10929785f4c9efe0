"""storage/queries/backup.py — backups made and proved, and what a backup compares: the reads."""

from __future__ import annotations

import hashlib

from storage.queries.base import Reading
from storage.records.backup import Backup, BackupState

_COLUMNS = (
    "id, folder, generation, at, epoch, head_seq, head_hash, files, copied, damaged, size_bytes, state, proved_at, reason"
)


class BackupReads(Reading):
    """Backups made and proved."""

    def backups(self) -> list[Backup]:
        """Newest first."""
        return [_backup(row) for row in self._rows(f"SELECT {_COLUMNS} FROM backup ORDER BY id DESC")]

    def last_proved_backup(self) -> Backup | None:
        """The newest that was proved, whether it still lies there or not."""
        row = self._row(f"SELECT {_COLUMNS} FROM backup WHERE state <> 'failed' ORDER BY id DESC LIMIT 1")
        return _backup(row) if row else None

    def row_counts_digest(self) -> str:
        """One digest over the number of rows of every table: equal in a copy that is whole."""
        counts = hashlib.sha256()
        tables = self._rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
        for (table,) in tables:
            counts.update(f"{table} {self._row(f'SELECT count(*) FROM {table}')[0]}\n".encode())
        return counts.hexdigest()

    def born_at(self) -> str:
        """When the archive was founded: the time of its first event."""
        row = self._row("SELECT at FROM event WHERE seq = 1")
        return str(row[0]) if row else ""

    def some_items(self, count: int) -> list[int]:
        """So many records drawn by lot, of those that may be seen and have a file."""
        rows = self._rows(
            "SELECT id FROM visible_item WHERE EXISTS (SELECT 1 FROM document WHERE item_id = visible_item.id)"
            " ORDER BY random() LIMIT ?",
            (count,),
        )
        return [row[0] for row in rows]


def _backup(row: tuple[object, ...]) -> Backup:
    values = list(row)
    values[11] = BackupState(str(values[11]))
    return Backup(*values)  # type: ignore[arg-type]
