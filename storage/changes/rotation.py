"""storage/changes/rotation.py — another master key, and the files that follow it: the events that change them."""

from __future__ import annotations

from collections.abc import Sequence

from storage.changes.base import Writing
from storage.records.disposal import Residue

#: Which column names the files of a folder.
_NAMING = {"objects": ("object", "name"), "pictures": ("page", "picture")}


class RotationChanges(Writing):
    """Another master key."""

    def change_master_key(self, recipient: str, identity: str, name_key: bytes) -> None:
        """The archive seals and names under other keys from now on; every file it holds has still to follow."""
        for name in ("identity", "name_key"):
            self._connection.execute(
                "INSERT INTO fact SELECT 'former_' || name, value FROM fact WHERE name = ?", (name,)
            )
        for name, value in (("recipient", recipient), ("identity", identity), ("name_key", name_key)):
            self._connection.execute("UPDATE fact SET value = ? WHERE name = ?", (value, name))
        for folder, (table, column) in _NAMING.items():
            self._connection.execute(
                f"INSERT OR IGNORE INTO reseal SELECT ?, {column} FROM {table} WHERE {column} <> ''", (folder,)
            )
        row = self._connection.row("SELECT count(*) FROM reseal")
        assert row is not None
        self._note("change_master_key", "archive", files=row[0])

    def reseal(self, moved: Sequence[tuple[Residue, str]]) -> None:
        """These files stand under new names; the former ones are to be removed. A name that stayed did not open."""
        for residue, name in moved:
            self._connection.execute(
                "DELETE FROM reseal WHERE folder = ? AND name = ?", (residue.folder, residue.name)
            )
            if name != residue.name:
                table, column = _NAMING[residue.folder]
                self._connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (name, residue.name))
                self._connection.execute("INSERT OR IGNORE INTO residue VALUES (?, ?)", (residue.folder, residue.name))
        left = sum(name == residue.name for residue, name in moved)
        self._note("reseal", "archive", files=len(moved) - left, unreadable=left)

    def finish_rotation(self) -> None:
        """Nothing stands under the former key any more; it leaves the archive."""
        self._connection.execute("DELETE FROM fact WHERE name IN ('former_identity', 'former_name_key')")
        self._note("finish_rotation", "archive")
