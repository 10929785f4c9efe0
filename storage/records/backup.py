"""storage/records/backup.py — backups made, failed and removed, as the archive remembers them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BackupState(StrEnum):
    """PROVED: restored into scratch and compared. PRUNED: proved once, and removed by the rule of generations since."""

    PROVED = "proved"
    FAILED = "failed"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup. `head_seq`, `head_hash` and `epoch` anchor the journal. Of `files` sealed files `copied` were new;
    `damaged` could not be opened in the archive itself. `reason` is a code when it failed.
    """

    id: int
    folder: str
    generation: str
    at: str
    epoch: str
    head_seq: int
    head_hash: str
    files: int
    copied: int
    damaged: int
    size_bytes: int
    state: BackupState
    proved_at: str
    reason: str
