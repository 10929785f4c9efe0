"""storage/changes/backup.py — backups made, proved, pruned and restored: the events that change them."""

from __future__ import annotations

from collections.abc import Sequence

from storage.anchors import ANCHORED, KEYS_SAVED
from storage.changes.base import Writing, now


class BackupChanges(Writing):
    """Backups. An event names no folder: where a stick lies is nobody else's business."""

    def back_up(
        self,
        folder: str,
        generation: str,
        epoch: str,
        head: tuple[int, str],
        *,
        files: int,
        copied: int,
        damaged: int,
        size_bytes: int,
        began_at: str,
    ) -> int:
        """A generation was made, restored into scratch, and found equal. Returns its id."""
        head_seq, head_hash = head
        backup_id = self._insert(
            "backup", folder=folder, generation=generation, at=began_at, epoch=epoch, head_seq=head_seq,
            head_hash=head_hash, files=files, copied=copied, damaged=damaged, size_bytes=size_bytes, state="proved",
            proved_at=now(),
        )  # fmt: skip
        self._note(
            "back_up", f"backup:{backup_id}", generation=generation, head_seq=head_seq, head_hash=head_hash, files=files,
            copied=copied, damaged=damaged, size_bytes=size_bytes,
        )  # fmt: skip
        return backup_id

    def fail_backup(self, folder: str, reason: str, began_at: str) -> int:
        """No backup was made, or it did not stand its proof; `reason` is a code. Returns its id."""
        backup_id = self._insert(
            "backup", folder=folder, generation="", at=began_at, epoch="", head_seq=0, head_hash="", files=0, copied=0,
            damaged=0, size_bytes=0, state="failed", reason=reason,
        )  # fmt: skip
        self._note("fail_backup", f"backup:{backup_id}", "failure", reason)
        return backup_id

    def prune_backup(self, folder: str, generations: Sequence[str], files: int, size_bytes: int) -> None:
        """These generations left the folder, and so many sealed files that none of the others lists."""
        self._connection.executemany(
            "UPDATE backup SET state = 'pruned' WHERE folder = ? AND generation = ? AND state = 'proved'",
            [(folder, generation) for generation in generations],
        )
        self._note("prune_backup", "archive", generations=list(generations), files=files, size_bytes=size_bytes)

    def restore(self, generation: str, epoch: str, answered_epoch: str, damaged: int) -> None:
        """The first event after a restore: the journal goes on from here under a new epoch. Headquarters follows from the last
        package it has receipted; what was on its way then is void, and is packed anew. The anchors of the epoch that was left,
        and of `answered_epoch` (what the keychain of this machine remembered), are answered by this event.
        """
        head = self._connection.row("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1")
        former = self._connection.row("SELECT value FROM fact WHERE name = 'epoch'")
        assert head is not None and former is not None
        self._connection.execute("UPDATE fact SET value = ? WHERE name = 'epoch'", (epoch,))
        # Slots and anchors begin anew with the new folder.
        self._connection.execute("DELETE FROM fact WHERE name IN (?, ?)", (KEYS_SAVED, ANCHORED))
        self._connection.execute(
            "UPDATE package SET state = 'void' WHERE epoch <> ? AND state IN ('packed', 'sent')", (epoch,)
        )
        self._note(
            "restore", "archive", generation=generation, head_seq=head[0], head_hash=head[1], epoch=epoch,
            former_epoch=former[0], answered_epoch=answered_epoch, damaged=damaged,
        )  # fmt: skip

    def drill(self, generation: str, records: int, faults: int) -> None:
        """A restore was tried with the recovery sheet: so many records opened and compared, so many were not right."""
        self._note(
            "drill", "archive", "failure" if faults else "success", generation=generation, records=records, faults=faults
        )
