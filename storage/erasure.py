"""storage/erasure.py — the files of what was destroyed leave the disk.

A record is destroyed when its transaction commits; its originals, page pictures and package files follow here. What is to go
stands in the table `residue`, so a cut at any point is made good by doing the same again (at start-up, and whenever a batch
is carried out). Nothing is removed because it is unknown: strays of intake and the spool are never touched. A file that a
record names again, or that a thread has just put, stays.

What is removed is removed from the folder. On a solid-state disk that is not proof that no cell holds it any more; what
remains there is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from storage.archive import PACKAGES, Archive
from storage.files import remove
from storage.records import PROGRAM
from storage.records.disposal import Residue

_TOGETHER = 200

Step = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Erased:
    """How many files are gone. `clean`: nothing of it is left in the databases' former pages or in the index either."""

    files: int
    packages: int
    clean: bool


def erase(archive: Archive, item_ids: Sequence[int] = (), step: Step = lambda *_: None) -> Erased:
    """Removes what is still to be removed. `item_ids` are those just destroyed, whose words the index must have lost.

    `step(done, total, "erase")` may raise to cancel: the rest goes next time. Raises DiskFull, ReadOnly.
    """
    queries = archive.queries
    residues = queries.residues()
    folders = {"objects": archive.objects, "pictures": archive.pictures}
    spent = [archive.folder / PACKAGES / name for name in queries.spent_packages()]
    files = packages = 0
    for path in spent:
        if path.exists():
            remove(path)
            packages += 1
    for start in range(0, len(residues), _TOGETHER):
        step(start, len(residues), "erase")
        settled = []
        for residue in residues[start : start + _TOGETHER]:
            gone = folders[residue.folder].erase(residue.name, lambda residue=residue: queries.names_file(residue))
            if gone or queries.names_file(residue):
                settled.append(residue)
                files += gone
        _enter(archive, settled, packages if start == 0 else 0)
    if packages and not residues:
        _enter(archive, (), packages)
    clean = archive.index.expunge(item_ids)
    return Erased(files, packages, archive.database.fold() and clean and not queries.residues())


def _enter(archive: Archive, settled: Sequence[Residue], packages: int) -> None:
    if settled or packages:
        with archive.write(PROGRAM) as change:
            change.erase(settled, packages)
