"""storage/erasure.py — what was destroyed leaves the disk: its files, its words in the index, its former pages in the logs.

A record is destroyed when its transaction commits; originals, page pictures, packages and index follow here. What is to go
stands in the table `residue` and is crossed out last of all, so a cut at any point is made good by doing the same again (at
start-up, and whenever a batch is carried out). Nothing is removed because it is unknown: strays of intake and the spool are
never touched. A file that a record names again, or that a thread has just put, stays.

What is removed is removed from the folder. On a solid-state disk that is not proof that no cell holds it any more; what
remains there is sealed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from storage.archive import PACKAGES, Archive
from storage.files import remove
from storage.records import PROGRAM
from storage.records.disposal import Residue

INDEX = "index"

Step = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Erased:
    """How many files are gone. `clean`: nothing is left to do; else a reader was in the way, and the next start goes on."""

    files: int
    packages: int
    clean: bool


def erase(archive: Archive, step: Step = lambda *_: None) -> Erased:
    """Removes what is still to be removed.

    `step(done, total, "erase")` may raise to cancel: the rest goes next time. Raises DiskFull, ReadOnly.
    """
    archive.require_whole()
    queries = archive.queries
    residues = queries.residues()
    folders = {"objects": archive.objects, "pictures": archive.pictures}
    files = packages = 0
    settled: list[Residue] = []
    for done, residue in enumerate(residues):
        if residue.folder == INDEX:
            continue
        step(done, len(residues), "erase")
        gone = folders[residue.folder].erase(residue.name, partial(queries.names_file, residue))
        if gone or queries.names_file(residue):
            settled.append(residue)
            files += gone
    for name in queries.spent_packages():
        path = archive.folder / PACKAGES / name
        if path.exists():
            remove(path)
            packages += 1
    words = [residue for residue in residues if residue.folder == INDEX]
    if archive.index.expunge([int(residue.name) for residue in words]) and archive.database.fold():
        settled += words
    if settled or packages:
        with archive.write(PROGRAM) as change:
            change.erase(settled, packages)
    return Erased(files, packages, len(settled) == len(residues))
