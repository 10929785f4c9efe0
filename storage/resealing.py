"""storage/resealing.py — after a change of the master key: every original and picture sealed under the new one.

Takes a file at a time, may be cancelled or cut anywhere and goes on where it was: what is left stands in the table `reseal`.
A file sealed anew has another name; the former one stands in `residue` until it is removed. The former identity leaves the
archive with the last of them.
"""

from __future__ import annotations

from collections.abc import Callable

from storage.archive import Archive
from storage.erasure import erase
from storage.errors import DamagedFile
from storage.records import PROGRAM
from storage.records.disposal import Residue

#: Files sealed anew between two transactions.
_BATCH = 32


def reseal(archive: Archive, step: Callable[[int, int, str], None] = lambda *_: None) -> bool:
    """Seals under the present key what still stands under the former one; whether nothing is left.

    `step(done, total, "reseal")` may raise to cancel. What does not open is left as it is, for `verify` to name. Any
    thread but the window's; one at a time. Raises DiskFull, ReadOnly.
    """
    if not archive.queries.fact("former_identity"):
        return True
    folders = {"objects": archive.objects, "pictures": archive.pictures}
    total, done = archive.queries.reseal_count(), 0
    while batch := archive.queries.to_reseal(_BATCH):
        moved: list[tuple[Residue, str]] = []
        for residue in batch:
            step(done, total, "reseal")
            done += 1
            try:
                name = folders[residue.folder].put(folders[residue.folder].get(residue.name)).name
            except DamagedFile:
                name = residue.name
            moved.append((residue, name))
        with archive.write(PROGRAM) as change:
            change.reseal(moved)
        # The files of the batch before: whoever had just asked for one of them has read it by now.
        erase(archive)
    erase(archive)
    if archive.spool.count():
        return False  # sealed, perhaps, while the former key was in force
    with archive.write(PROGRAM) as change:
        change.finish_rotation()
    return True
