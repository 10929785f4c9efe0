"""sync/headquarters/vault.py — where headquarters keeps packages: whole, still sealed, never opened to disk.

A folder by default, any S3-compatible store by giving its URL (`s3://bucket/prefix`; keys and endpoint come from the
environment, as obstore documents). Content is named by station, epoch and digest, so keeping twice is harmless.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import obstore
from obstore.store import LocalStore, from_url

from storage.errors import DamagedFile
from storage.files import sync_folder

_PIECE = 1 << 20


class Vault:
    """Thread-safe. `place` is a folder or a URL."""

    def __init__(self, place: str | Path) -> None:
        self._folder = place if isinstance(place, Path) else None
        self._store = LocalStore(place, mkdir=True) if isinstance(place, Path) else from_url(place)

    def keep(self, key: str, file: Path) -> None:
        """Copies `file` in and reads it back; returns only when what is kept is the same. Raises DamagedFile."""
        with file.open("rb") as source:
            wanted = hashlib.file_digest(source, "sha256").digest()
        if self._digest(key) == wanted:
            return
        obstore.put(self._store, key, file)
        if self._folder is not None:
            _force(self._folder / key)
        if self._digest(key) != wanted:
            raise DamagedFile(file=key)

    def _digest(self, key: str) -> bytes | None:
        try:
            found = obstore.get(self._store, key)
        except FileNotFoundError:
            return None
        digest = hashlib.sha256()
        for piece in found.stream(min_chunk_size=_PIECE):
            digest.update(piece)
        return digest.digest()


def _force(path: Path) -> None:
    """obstore renames into place but does not force to the disk; a receipt must not be ahead of the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        sync_folder(folder)
