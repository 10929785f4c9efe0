"""storage/queries/rotation.py — files still sealed under a former master key: the reads."""

from __future__ import annotations

from storage.queries.base import Reading
from storage.records.disposal import Residue


class RotationReads(Reading):
    """Files still sealed under a former master key."""

    def reseal_count(self) -> int:
        (count,) = self._row("SELECT count(*) FROM reseal")
        return int(count)

    def to_reseal(self, limit: int) -> list[Residue]:
        return [Residue(*row) for row in self._rows("SELECT folder, name FROM reseal ORDER BY folder, name LIMIT ?", (limit,))]
