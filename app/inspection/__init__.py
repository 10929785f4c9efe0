"""app/inspection/__init__.py — 四性检测: the checks of DA/T 70 as data and functions.

`run` looks at the archive, or at a part of it, at any time: it pages through items, volumes and originals, so its memory
does not grow with the archive, and it may be cancelled at every step (then nothing is kept). What a run found is kept as
ids and numbers. `of_item` and `of_volume` are the quick look after filing. The checks themselves stand in the modules
beside this one; `resources/schemes/inspection.toml` says which belong to which phase and how heavy they weigh.

Any thread; every act asks `app.access` first. Raises UnknownPhase, NotManual, NotAllowed, NoSuchRecord; `step` may raise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from app.access import may_open, require
from app.inspection import contents, descriptions, house, numbers, rehearsal
from app.inspection.catalogue import MANUAL, PHASES, Catalogue, Check, catalogue
from app.inspection.look import (
    ARCHIVE,
    ITEMS,
    ONCE,
    ORIGINALS,
    SERIES,
    VOLUMES,
    Batch,
    Bound,
    Kept,
    Look,
    T,
    Walker,
)
from app.inspection.words import Told, tell
from app.privacy import cover
from app.reading import Readers
from storage.archive import Archive
from storage.changes.base import now
from storage.errors import DamagedFile, FileUnreadable, Known, NoSuchRecord
from storage.records import Agent, Kind, Subject
from storage.records.inspection import (
    Attestation,
    CheckResult,
    Fault,
    InspectionFinding,
    InspectionRun,
    Scope,
    Severity,
    Verdict,
)
from storage.records.volumes import VolumePart

__all__ = ["PHASES", "Inspection", "NotManual", "Told", "UnknownPhase", "tell"]

#: Every module of checks; importing them has registered what they hold.
_MODULES = (contents, descriptions, house, numbers, rehearsal)
#: So many faults of one check are kept; the rest is counted.
KEPT_FAULTS = 500

Step = Callable[[int, int, str], None]


class UnknownPhase(Known):
    """There is no such phase. Facts: phase, phases."""

    number = 570


class NotManual(Known):
    """Only a check that no program can do is attested by a person. Facts: check."""

    number = 571


class Inspection:
    """四性检测 as one person runs it."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
        self._queries = archive.queries

    @property
    def catalogue(self) -> Catalogue:
        return catalogue()

    # -- running

    def run(self, phase: str, scope: Scope | None = None, step: Step = lambda *_: None) -> InspectionRun:
        """Looks, keeps what was found, and gives it back. `step(done, total, stage)` tells how far it is."""
        require(self._archive, self._agent, "inspect")
        if phase not in PHASES:
            raise UnknownPhase(phase=phase, phases=" ".join(PHASES))
        scope = scope or Scope()
        started = now()
        checks = self.catalogue.of(phase)
        tally = _Tally(checks)
        readers = Readers(ocr=False)
        try:
            self._walk(self._look(scope, phase, readers), tally, step)
        finally:
            readers.close()
        results = tally.results()
        worst = max((result.verdict for result in results), key=_weight, default=Verdict.PASSED)
        with self._archive.write(self._agent) as change:
            run_id = change.inspect(
                phase, str(scope), self.catalogue.scheme, started,
                worst if _weight(worst) else Verdict.PASSED, results, tally.faults(),
            )  # fmt: skip
        made = self._queries.inspection(run_id)
        assert made is not None
        return made

    def of_item(self, item_id: int) -> list[Fault]:
        """What is to be said of a record just filed, with what looks like it; nothing of one that is sealed by now."""
        item = self._queries.items_by_id([item_id]).get(item_id)
        if item is None:
            return []
        look = self._look(Scope(item.category, item.year), "GD", Readers(ocr=False))
        tally = _Tally(self.catalogue.of("GD"))
        self._items(look, tally, [item_id])
        return [*tally.faults(), *numbers.doubles_of(look, item_id)]

    def of_volume(self, volume_id: int) -> list[Fault]:
        """What is to be said of a volume and its items. Nothing is kept."""
        look = self._look(Scope(subject=Subject(Kind.VOLUME, volume_id)), "GD", Readers(ocr=False))
        tally = _Tally(self.catalogue.of("GD"))
        self._volume(look, tally, volume_id)
        self._items(look, tally, [item.id for item in self._queries.volume_items(volume_id)])
        return tally.faults()

    def attest(self, inspection_id: int, code: str, verdict: Verdict, note: str = "") -> None:
        """A person answers for a manual check: PASSED or FAILED, with a note. Raises NotManual, NoSuchRecord."""
        require(self._archive, self._agent, "attest")
        if code not in {check.code for check in self.manual(inspection_id)} or verdict not in _ATTESTED:
            raise NotManual(check=code)
        with self._archive.write(self._agent) as change:
            change.attest(inspection_id, code, verdict, " ".join(note.split())[:200])

    # -- looking back

    def history(self, limit: int = 100) -> list[InspectionRun]:
        """Newest first."""
        return self._queries.inspections(limit)

    def report(self, inspection_id: int) -> InspectionRun:
        """Raises NoSuchRecord."""
        made = self._queries.inspection(inspection_id)
        if made is None:
            raise NoSuchRecord(inspection=inspection_id)
        return made

    def findings(self, inspection_id: int, *, limit: int = -1, offset: int = 0) -> list[InspectionFinding]:
        """In the order of the catalogue."""
        return self._queries.inspection_findings(inspection_id, limit=limit, offset=offset)

    def attestations(self, inspection_id: int) -> dict[str, Attestation]:
        return self._queries.attestations(inspection_id)

    def manual(self, inspection_id: int) -> tuple[Check, ...]:
        """The checks of a run that wait for a person."""
        return tuple(check for check in self.catalogue.of(self.report(inspection_id).phase) if check.how == MANUAL)

    def sent_back(self) -> dict[int, str]:
        """Items that headquarters returned for correction, each with its reason code."""
        return house.sent_back(self._archive, self._agent)

    def names(self, subjects: Iterable[Subject]) -> dict[Subject, tuple[str, str]]:
        """(档号, title, covered) of those this person may see; of a part that is closed to them only the 档号."""
        found = self._queries.names_of(subjects)
        items = self._queries.item_parts([subject.id for subject in found if subject.kind is Kind.ITEM])
        volumes = self._queries.volumes_by_id([subject.id for subject in found if subject.kind is Kind.VOLUME])
        shown = {}
        for subject, (code, title) in found.items():
            part = items.get(subject.id) if subject.kind is Kind.ITEM else volumes[subject.id].part
            open_to = may_open(self._agent, part or VolumePart.WHOLE)
            shown[subject] = (code, cover(title) if open_to else "")
        return shown

    # -- inside

    def _look(self, scope: Scope, phase: str, readers: Readers) -> Look:
        return Look(self._archive, self._agent, scope, phase, self.catalogue, date.today(), readers)

    def _walk(self, look: Look, tally: _Tally, step: Step) -> None:
        items, volumes, originals = self._queries.inspected_counts(look.scope)
        once = [*ONCE, *(SERIES if look.scope.subject is None else ()), *(ARCHIVE if look.scope.whole else ())]
        total, done = items + volumes + originals + len(once), 0
        for ids in _pages(lambda after: self._queries.inspected_item_ids(look.scope, after)):
            step(done, total, "items")
            self._items(look, tally, ids)
            done += len(ids)
        for ids in _pages(lambda after: self._queries.inspected_volume_ids(look.scope, after)):
            for volume_id in ids:
                step(done, total, "volumes")
                self._volume(look, tally, volume_id)
                done += 1
        after = 0
        while found := self._queries.inspected_originals(look.scope, after):
            for stored, item_id, pages_read in found:
                step(done, total, "originals")
                tally.take(ORIGINALS, look, Kept(stored, self._opened(stored.name), item_id, pages_read))
                done += 1
            after = found[-1][0].id
        for walker in once:
            step(done, total, "archive")
            tally.take([walker], look, None)
            done += 1
        step(total, total, "archive")

    def _items(self, look: Look, tally: _Tally, ids: Sequence[int]) -> None:
        items = list(self._queries.items_by_id(ids).values())
        tally.take(ITEMS, look, Batch(items, self._queries.inspected_documents(ids)), weight=len(items))

    def _volume(self, look: Look, tally: _Tally, volume_id: int) -> None:
        for volume in self._queries.volumes_by_id([volume_id]).values():
            tally.take(VOLUMES, look, Bound(volume, self._queries.volume_items(volume_id)))

    def _opened(self, name: str) -> bytes | None:
        try:
            return self._archive.objects.get(name)
        except (DamagedFile, FileUnreadable):
            return None


_ATTESTED = (Verdict.PASSED, Verdict.FAILED)


class _Tally:
    """What a run has found so far, check by check."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self._checks = checks
        self._codes = frozenset(check.code for check in checks)
        self._faults: dict[str, list[Fault]] = {check.code: [] for check in checks}
        self._checked: Counter[str] = Counter()
        self._found: Counter[str] = Counter()
        self._worst: dict[str, Severity] = {}

    def take(self, walkers: Sequence[Walker[T]], look: Look, subject: T, weight: int = 1) -> None:
        """Runs those checks of `walkers` that belong to the phase."""
        for walker in walkers:
            codes = walker.codes & self._codes
            if not codes:
                continue
            if walker.counts:
                self._checked.update(dict.fromkeys(codes, weight))
            for fault in walker.run(look, subject):
                if fault.code in self._codes:
                    self._note(fault)

    def results(self) -> list[CheckResult]:
        return [
            CheckResult(check.code, self._verdict(check), self._checked[check.code], self._found[check.code])
            for check in self._checks
        ]

    def faults(self) -> list[Fault]:
        """In the order of the catalogue, heavier ones first."""
        weights = list(Severity)
        return [
            fault for found in self._faults.values() for fault in sorted(found, key=lambda one: weights.index(one.severity))
        ]

    def _note(self, fault: Fault) -> None:
        self._found[fault.code] += 1
        if len(self._faults[fault.code]) < KEPT_FAULTS:
            self._faults[fault.code].append(fault)
        weights = list(Severity)
        worst = self._worst.get(fault.code, Severity.INFO)
        self._worst[fault.code] = min(worst, fault.severity, key=weights.index)

    def _verdict(self, check: Check) -> Verdict:
        if check.how == MANUAL:
            return Verdict.MANUAL
        if not self._checked[check.code] and not self._found[check.code]:
            return Verdict.UNCHECKED
        worst = self._worst.get(check.code, Severity.INFO)
        return {Severity.BLOCKING: Verdict.FAILED, Severity.WARNING: Verdict.WARNED}.get(worst, Verdict.PASSED)


def _weight(verdict: Verdict) -> int:
    return {Verdict.WARNED: 1, Verdict.FAILED: 2}.get(verdict, 0)


def _pages(page: Callable[[int], list[int]]) -> Iterator[list[int]]:
    after = 0
    while ids := page(after):
        yield ids
        after = ids[-1]
