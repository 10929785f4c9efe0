"""storage/changes/inspection.py — runs of the four-nature inspection and their findings: the events that change them.

A finding is kept as ids, counts and names of fields, so sealing or destroying a record leaves nothing of it here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from storage.changes.base import Writing, now
from storage.errors import NoSuchRecord
from storage.records.inspection import CheckResult, Fault, Verdict


class InspectionChanges(Writing):
    """Runs of the four-nature inspection and their findings."""

    def inspect(
        self,
        phase: str,
        scope: str,
        scheme: str,
        started_at: str,
        result: Verdict,
        results: Sequence[CheckResult],
        faults: Sequence[Fault],
    ) -> int:
        """A run is over; what it found is kept. Returns the run's id."""
        run = self._insert(
            "inspection",
            phase=phase,
            scope=scope,
            scheme=scheme,
            started_at=started_at,
            finished_at=now(),
            agent_name=self._agent.name,
            result=result.value,
            results=msgspec.json.encode(results).decode(),
        )
        self._connection.executemany(
            "INSERT INTO inspection_finding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    run,
                    number,
                    fault.code,
                    fault.key,
                    fault.severity.value,
                    fault.subject.kind.value if fault.subject else "",
                    fault.subject.id if fault.subject else 0,
                    fault.object,
                    msgspec.json.encode(fault.facts).decode(),
                )
                for number, fault in enumerate(faults, 1)
            ],
        )
        weights: dict[str, Any] = dict(Counter(fault.severity.value for fault in faults))
        self._note(
            "inspect",
            f"inspection:{run}",
            phase=phase,
            scope=scope,
            scheme=scheme,
            result=result.value,
            found=sum(one.found for one in results),
            **weights,
        )
        return run

    def attest(self, inspection_id: int, code: str, verdict: Verdict, note: str) -> None:
        """A person answers for a check that no program can do. The newest word counts. Raises NoSuchRecord."""
        if self._connection.row("SELECT 1 FROM inspection WHERE id = ?", (inspection_id,)) is None:
            raise NoSuchRecord(inspection=inspection_id)
        self._connection.execute(
            "INSERT OR REPLACE INTO attestation VALUES (?, ?, ?, ?, ?, ?)",
            (inspection_id, code, verdict.value, note, now(), self._agent.name),
        )
        self._note("attest", f"inspection:{inspection_id}", check=code, verdict=verdict.value)
