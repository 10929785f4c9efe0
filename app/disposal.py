"""app/disposal.py — 鉴定处置: due dates, holds, appraisal batches, destruction and its register.

The way: what is due -> a batch with its appraisers -> an opinion for every line -> submitted -> approved by another person
-> carried out before two supervisors, one record at a time -> the register, kept for ever. Cancelled or cut between two
records, the batch stays `executing` and is carried on by the same act. Every day is given as `today`: nothing here asks the
clock. Titles that leave here for a screen are covered. Raises NotAllowed, Invalid, NotConfirmed, and what
`storage.changes.disposal` raises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app import numbering
from app.access import may, refuse, require
from app.filing import Invalid, Problem
from app.privacy import cover
from app.settings import Settings
from storage.archive import Archive
from storage.changes.disposal import NotDestroyable
from storage.erasure import Erased, erase
from storage.errors import Known, NoSuchRecord
from storage.records import Agent, Kind, Subject
from storage.records.disposal import (
    Appraisal,
    AppraisalLine,
    AppraisalState,
    DestroyedRecord,
    DueRecord,
    Hold,
    Obstacle,
    Opinion,
    distinct,
)

_LIMITS = {"reason": 300, "report": 2000, "opinion": 500, "place": 100, "method": 100}

Step = Callable[[int, int, str], None]


class NotConfirmed(Known):
    """The number typed is not the number of records to be destroyed. Facts: typed, expected."""

    number = 540


@dataclass(frozen=True, slots=True)
class Outcome:
    """What carrying out a batch did. `kept` are lines that stay, with what kept them; `erased` says what left the disk."""

    destroyed: int
    extended: int
    noted: int
    kept: dict[Subject, Obstacle]
    erased: Erased


class Disposal:
    """Due dates, holds, appraisal, destruction. Any thread; every act asks `app.access` first."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
        self._queries = archive.queries
        self._settings = Settings(archive.folder, archive.queries.settings)

    # -- looking

    def due(
        self, cutoff: date, *, category: str | None = None, limit: int = -1, offset: int = 0
    ) -> list[DueRecord]:
        """What falls due up to `cutoff` and stands in no unfinished batch, the longest due first."""
        self._require_insight()
        return self._covered(self._queries.due(day(cutoff), category=category, limit=limit, offset=offset))

    def due_count(self, cutoff: date, *, category: str | None = None) -> int:
        return self._queries.due_count(day(cutoff), category=category)

    def record(self, subject: Subject, today: date) -> DueRecord | None:
        """One record with what stands against destroying it today; None for what may not be seen or is not filed."""
        found = self._queries.due_records([subject], day(today)).get(subject)
        return self._covered([found])[0] if found else None

    def holds(self, subject: Subject | None = None, *, lifted: bool = False) -> list[Hold]:
        found = self._queries.holds(subject, lifted=lifted)
        minors = self._queries.minors_of([hold.subject for hold in found])
        return [replace(hold, title=cover(hold.title, minors.get(hold.subject, ()))) for hold in found]

    def appraisals(self) -> list[Appraisal]:
        """The newest first."""
        return self._queries.appraisals()

    def appraisal(self, appraisal_id: int) -> Appraisal:
        return self._queries.appraisal(appraisal_id)

    def batch(self, number: str) -> Appraisal:
        """The batch with this number (JD-2026-01). Raises NoSuchRecord."""
        return self._queries.appraisal_by_number(number.strip().upper())

    def find(self, code: str) -> Subject:
        """The record or volume with this 档号, however its dots and dashes were typed. Raises NoSuchRecord."""
        kept = numbering.normalise(code)
        try:
            return Subject(Kind.ITEM, self._queries.item_by_code(kept).id)
        except NoSuchRecord:
            return Subject(Kind.VOLUME, self._queries.volume_by_code(kept).id)

    def lines(self, appraisal_id: int, today: date, *, limit: int = -1, offset: int = 0) -> list[AppraisalLine]:
        """The records of a batch; each says in `record.obstacles` what stands against destroying it today."""
        self._require_insight()
        found = self._queries.appraisal_lines(appraisal_id, day(today), limit=limit, offset=offset)
        minors = self._queries.minors_of([line.subject for line in found])

        def cover_one(line: AppraisalLine) -> AppraisalLine:
            names, record = minors.get(line.subject, ()), line.record
            shown = replace(record, title=cover(record.title, names)) if record else None
            return replace(line, title=cover(line.title, names), record=shown)

        return [cover_one(line) for line in found]

    def destroyed(self, appraisal_id: int | None = None, *, limit: int = -1, offset: int = 0) -> list[DestroyedRecord]:
        """The destruction register, or one batch of it."""
        rows = self._queries.destroyed(appraisal_id, limit=limit, offset=offset)
        return [replace(row, title=cover(row.title)) for row in rows]

    def may_decide(self, batch: Appraisal) -> bool:
        """Whether this person may approve or refuse the batch: another one than who submitted it."""
        return may(self._agent, "approve_appraisal") and batch.submitted_by != self._agent.id

    def deciders(self, batch: Appraisal) -> list[str]:
        """Who may."""
        return [
            agent.name
            for agent in self._queries.agents()
            if may(agent, "approve_appraisal") and agent.id != batch.submitted_by
        ]

    @property
    def appraisers_wanted(self) -> int:
        """How many an appraisal group should have (未核实: a setting of the station)."""
        return int(self._settings.get("appraisers_least"))

    # -- holds

    def place_hold(self, subject: Subject, reason: str) -> int:
        """Until it is lifted nothing of the record is destroyed; on an item of a volume it holds the volume."""
        require(self._archive, self._agent, "place_hold")
        reason = _text("reason", reason)
        with self._archive.write(self._agent) as change:
            return change.place_hold(subject, reason)

    def lift_hold(self, hold_id: int, reason: str) -> None:
        require(self._archive, self._agent, "lift_hold")
        reason = _text("reason", reason)
        with self._archive.write(self._agent) as change:
            change.lift_hold(hold_id, reason)

    # -- appraisal

    def open_appraisal(
        self, cutoff: date, appraisers: Sequence[str], today: date, subjects: Sequence[Subject] | None = None
    ) -> Appraisal:
        """A batch of these records, or of all that fall due up to `cutoff`. Fewer appraisers than `appraisers_wanted` are
        allowed: the station is told, because no rule that could be read fixes the number.
        """
        require(self._archive, self._agent, "open_appraisal")
        names = distinct(appraisers)
        problems = [] if names else [Problem("appraisers", "problem.appraisers_missing")]
        if subjects is None:
            subjects = [record.subject for record in self._queries.due(day(cutoff))]
        if not subjects:
            problems.append(Problem("subjects", "problem.nothing_due"))
        _refuse(problems)
        with self._archive.write(self._agent) as change:
            appraisal_id = change.open_appraisal(day(cutoff), names, subjects, today)
        return self.appraisal(appraisal_id)

    def appraise(
        self,
        appraisal_id: int,
        subjects: Sequence[Subject],
        opinion: Opinion,
        today: date,
        reason: str = "",
        kept_until: str = "",
    ) -> None:
        """The same opinion for these lines. EXTEND needs `kept_until` (YYYYMMDD), a day to come; DESTROY needs a reason."""
        require(self._archive, self._agent, "appraise")
        problems = _too_long({"reason": reason})
        if opinion is Opinion.EXTEND and not _to_come(kept_until, today):
            problems.append(Problem("kept_until", "problem.kept_until"))
        if opinion is Opinion.DESTROY and not reason.strip():
            problems.append(Problem("reason", "problem.reason_missing"))
        _refuse(problems)
        with self._archive.write(self._agent) as change:
            change.appraise(appraisal_id, subjects, opinion, reason.strip(), kept_until)

    def submit(self, appraisal_id: int, report: str = "") -> None:
        """Raises BatchNotReady while a line has no opinion."""
        require(self._archive, self._agent, "submit_appraisal")
        _refuse(_too_long({"report": report}))
        with self._archive.write(self._agent) as change:
            change.submit_appraisal(appraisal_id, report.strip())

    def approve(self, appraisal_id: int, opinion: str = "") -> None:
        """Raises DecidedBySubmitter."""
        require(self._archive, self._agent, "approve_appraisal")
        _refuse(_too_long({"opinion": opinion}))
        with self._archive.write(self._agent) as change:
            change.approve_appraisal(appraisal_id, opinion.strip())

    def refuse(self, appraisal_id: int, opinion: str) -> None:
        """Back to the appraisers, with what is to be looked at again. Raises DecidedBySubmitter."""
        require(self._archive, self._agent, "refuse_appraisal")
        opinion = _text("opinion", opinion)
        with self._archive.write(self._agent) as change:
            change.refuse_appraisal(appraisal_id, opinion)

    # -- carrying out

    def carry_out(
        self,
        appraisal_id: int,
        place: str,
        method: str,
        supervisors: Sequence[str],
        confirmed: int,
        today: date,
        step: Step = lambda *_: None,
    ) -> Outcome:
        """Does what the approved batch says, one record at a time; goes on where an interrupted one stopped (place, method
        and supervisors stay those of its beginning).

        `confirmed` is the number of records to be destroyed as a person typed it. `step(done, total, code)` may raise to
        cancel between two records. Raises NotConfirmed, SupervisorsNeeded, BatchNotReady.
        """
        require(self._archive, self._agent, "destroy")
        batch = self.appraisal(appraisal_id)
        left = [line for line in self._queries.appraisal_lines(appraisal_id, day(today)) if not line.result]
        expected = sum(line.opinion is Opinion.DESTROY for line in left)
        if confirmed != expected:
            raise NotConfirmed(typed=confirmed, expected=expected)
        if batch.state is not AppraisalState.EXECUTING:
            fields = {"place": place, "method": method}
            _refuse([Problem(name, f"problem.{name}_missing") for name, value in fields.items() if not value.strip()]
                    + _too_long(fields))  # fmt: skip
            with self._archive.write(self._agent) as change:
                change.begin_disposal(appraisal_id, place.strip(), method.strip(), supervisors)
        kept: dict[Subject, Obstacle] = {}
        done = {Opinion.DESTROY: 0, Opinion.EXTEND: 0}
        for number, line in enumerate(left):
            step(number, len(left), line.reference_code)
            if line.opinion is Opinion.DESTROY:
                try:
                    with self._archive.write(self._agent) as change:
                        change.destroy(line.subject, appraisal_id, today)
                except NotDestroyable as error:
                    kept[line.subject] = error.obstacles[0]
                else:
                    done[Opinion.DESTROY] += 1
            elif line.opinion in (Opinion.EXTEND, Opinion.PERMANENT):
                try:
                    with self._archive.write(self._agent) as change:
                        change.extend_retention(line.subject, appraisal_id)
                except NoSuchRecord:
                    kept[line.subject] = Obstacle.GONE
                else:
                    done[Opinion.EXTEND] += 1
        with self._archive.write(self._agent) as change:
            change.carry_out(appraisal_id, {subject: why.value for subject, why in kept.items()})
        erased = erase(self._archive, step)
        noted = len(left) - done[Opinion.DESTROY] - done[Opinion.EXTEND] - len(kept)
        return Outcome(done[Opinion.DESTROY], done[Opinion.EXTEND], noted, kept, erased)

    def clean_up(self) -> Erased | None:
        """Finishes what a cut left of removing files; for the start of the station. None when there is nothing to do."""
        return erase(self._archive) if self._queries.residues() else None

    # -- inside

    def _covered(self, records: Sequence[DueRecord]) -> list[DueRecord]:
        """Titles masked, the names of minors too."""
        minors = self._queries.minors_of([record.subject for record in records])
        return [replace(record, title=cover(record.title, minors.get(record.subject, ()))) for record in records]

    def _require_insight(self) -> None:
        """Lists of what is due name records of every kind, the secret parts of cases among them."""
        if not may(self._agent, "open_appraisal") and not may(self._agent, "approve_appraisal"):
            refuse(self._archive, self._agent, "open_appraisal")


def day(date: date) -> str:
    """As the archive keeps days: YYYYMMDD."""
    return date.strftime("%Y%m%d")


def _to_come(kept_until: str, today: date) -> bool:
    try:
        return date(int(kept_until[:4]), int(kept_until[4:6]), int(kept_until[6:8])) > today and len(kept_until) == 8
    except ValueError:
        return False


def _text(name: str, value: str) -> str:
    """A text that must be there. Raises Invalid."""
    _refuse(_too_long({name: value}) if value.strip() else [Problem(name, f"problem.{name}_missing")])
    return value.strip()


def _too_long(fields: dict[str, str]) -> list[Problem]:
    return [
        Problem(name, "problem.too_long", {"limit": _LIMITS[name]})
        for name, value in fields.items()
        if len(value) > _LIMITS[name]
    ]


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise Invalid(problems)
