"""storage/key_file.py — the key file on a person's stick: 32 random bytes in a small labelled file.

A slot bound to it opens only together with it. It is worth nothing without the passphrase, and is read again at every
unlock: it is never copied onto the disk of the archive. The file says which archive it belongs to, never whose it is.
"""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

import msgspec

from storage.errors import DamagedFile, KeyFileMissing
from storage.files import write_whole

FORMAT = "anjuan-key-file/1"
ENDING = ".anjuan-key"
_BYTES = 32
#: Nobody's key file is longer; a whole disk image chosen by mistake is not read.
_LONGEST = 4096


class _File(msgspec.Struct, frozen=True):
    format: str
    archive: str
    key: str


def make_key_file(folder: Path, archive_id: str) -> tuple[Path, bytes]:
    """A new key file in `folder` (a stick), read back and compared. Returns where it is and what a slot is bound to.

    Raises DiskFull, ReadOnly, KeyFileMissing when there is no such folder.
    """
    if not folder.is_dir():
        raise KeyFileMissing()
    key = secrets.token_bytes(_BYTES)
    path = folder / f"anjuan-{archive_id[:8]}-{secrets.token_hex(3)}{ENDING}"
    file = _File(FORMAT, archive_id, base64.b64encode(key).decode())
    write_whole(path, msgspec.json.format(msgspec.json.encode(file)))
    if read_key_file(path) != key:
        raise DamagedFile(file=path.name)
    return path, key


def read_key_file(path: Path) -> bytes:
    """The content a slot is bound to. Raises KeyFileMissing (it is not there), DamagedFile (it is no key file)."""
    try:
        with path.open("rb") as file:
            found = msgspec.json.decode(file.read(_LONGEST), type=_File)
        key = base64.b64decode(found.key, validate=True)
    except OSError as error:
        raise KeyFileMissing() from error
    except (ValueError, RecursionError) as error:
        raise DamagedFile(file=path.name) from error
    if found.format != FORMAT or len(key) != _BYTES:
        raise DamagedFile(file=path.name)
    return key
