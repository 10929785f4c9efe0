"""ui/screens/inspection_rows.py — one run of the inspection as the screen shows it, fetched in one go on a worker."""

from __future__ import annotations

from dataclasses import dataclass

from app.inspection.catalogue import NATURES, Check
from app.station import Station
from storage.records.inspection import Attestation, CheckResult, InspectionFinding, InspectionRun, Verdict

#: So many findings of one check are listed; what is beyond shows once these are done.
SHOWN = 100
_LISTED = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """A finding with the 档号 and the covered title of what it is about, as far as they may be seen."""

    finding: InspectionFinding
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Group:
    """A check that found something."""

    check: Check
    result: CheckResult
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the four natures: how many of its checks ended how."""

    nature: str
    verdicts: dict[Verdict, int]

    @property
    def worst(self) -> Verdict:
        for verdict in (Verdict.FAILED, Verdict.WARNED, Verdict.PASSED, Verdict.MANUAL):
            if self.verdicts.get(verdict):
                return verdict
        return Verdict.UNCHECKED


@dataclass(frozen=True, slots=True)
class Seen:
    """A whole run."""

    run: InspectionRun
    tiles: tuple[Tile, ...]
    groups: tuple[Group, ...]
    manual: tuple[Check, ...]
    attested: dict[str, Attestation]


def fetch(station: Station, run: InspectionRun) -> Seen:
    """Reads; a worker's job."""
    room = station.inspection
    attested = room.attestations(run.id)
    checks = {check.code: check for check in room.catalogue.checks}
    by_code: dict[str, list[InspectionFinding]] = {}
    for finding in room.findings(run.id, limit=_LISTED):
        kept = by_code.setdefault(finding.fault.code, [])
        if len(kept) < SHOWN:
            kept.append(finding)
    subjects = [one.fault.subject for kept in by_code.values() for one in kept if one.fault.subject is not None]
    names = room.names(subjects)
    groups = tuple(
        Group(
            checks[result.code], result,
            tuple(Row(one, *(names.get(one.fault.subject, ("", "")) if one.fault.subject else ("", "")))
                  for one in by_code.get(result.code, ())),
        )
        for result in run.results if result.found and result.code in checks
    )  # fmt: skip
    return Seen(run, _tiles(run, checks, attested), groups, room.manual(run.id), attested)


def _tiles(run: InspectionRun, checks: dict[str, Check], attested: dict[str, Attestation]) -> tuple[Tile, ...]:
    tiles = []
    for nature in NATURES:
        verdicts: dict[Verdict, int] = {}
        for result in run.results:
            if result.code in checks and checks[result.code].nature == nature:
                answer = attested.get(result.code)
                verdict = answer.verdict if answer and result.verdict is Verdict.MANUAL else result.verdict
                verdicts[verdict] = verdicts.get(verdict, 0) + 1
        tiles.append(Tile(nature, verdicts))
    return tuple(tiles)
