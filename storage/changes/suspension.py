"""storage/changes/suspension.py — the archive does not bear an anchor out, and people have taken note: the events that say so."""

from __future__ import annotations

from storage.anchors import KEYS_SAVED
from storage.changes.base import Writing, now
from storage.errors import AcknowledgedAlready

#: How somebody showed who they are: unlocked with their passphrase, or holds the recovery sheet besides.
PASSPHRASE, RECOVERY_SHEET = "passphrase", "recovery_sheet"


class SuspensionChanges(Writing):
    """Acknowledgements of a suspension, and its end."""

    def acknowledge(self, fault: str, means: str) -> int:
        """This person knows of the fault. Returns how many people do. Raises AcknowledgedAlready."""
        mine = (fault, self._agent.id, means)
        if self._connection.row("SELECT 1 FROM acknowledgement WHERE (fault, agent_id, means) = (?, ?, ?)", mine):
            raise AcknowledgedAlready()
        self._connection.execute(
            "INSERT INTO acknowledgement (fault, agent_id, agent_name, means, at) VALUES (?, ?, ?, ?, ?)",
            (fault, self._agent.id, self._agent.name, means, now()),
        )
        self._note("acknowledge", f"fault:{fault[:16]}", fault=fault, means=means)
        row = self._connection.row("SELECT count(DISTINCT agent_id) FROM acknowledgement WHERE fault = ?", (fault,))
        assert row is not None
        return int(row[0])

    def accept_head(self, fault: str, answered_epoch: str, epoch: str, keys_saved: int) -> None:
        """The journal goes on from the head it has, under another epoch: whatever was there beyond it is another story."""
        row = self._connection.row("SELECT value FROM fact WHERE name = 'epoch'")
        assert row is not None
        self._connection.executemany(
            "INSERT OR REPLACE INTO fact VALUES (?, ?)", [("epoch", epoch), (KEYS_SAVED, keys_saved)]
        )
        self._note(
            "accept_head", f"fault:{fault[:16]}", fault=fault, former_epoch=row[0], answered_epoch=answered_epoch, epoch=epoch
        )
