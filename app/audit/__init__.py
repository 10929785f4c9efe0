"""app/audit/__init__.py — class Audit: looking into the journal, carrying it out, sealing the day.

Each question a person asks needs the right `audit` and is an event of its own, written before the answer; turning the pages of
the answer is not another question. Lines are reached only through an `Answer`.

Who sees what (三员, GB/T 22239 and the practice of its products): the auditor everything; the security administrator what users,
auditors and the program did, not the acts of administrators; nobody else. As long as nobody holds the auditor's duty the
security administrator stands in and sees everything: a station of one person must be able to read its own journal, and the
report says so. Titles come from what the person may see of the records; codes, and what was written as a reason, are part of
the journal and come with it, covered. Any thread. Raises NotAllowed.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from app import wording
from app.access import may, refuse, require
from app.anchors import Anchors
from app.audit import chain, words
from app.audit.chain import Checked, HeadCode
from app.interchange.source import FORMULA
from app.interchange.workbook import workbook
from app.numbering import normalise
from app.privacy import cover
from storage.anchors import Anchor, disagreement
from storage.archive import Archive
from storage.errors import Known
from storage.files import discard_unfinished, disk_faults, write_whole
from storage.records import Agent, Event, Fonds, Role
from storage.records.journal import DaySheet, JournalCount, JournalFilter, JournalLine, Look

#: So many lines one answer leads to, the newest; who wants more asks for less time.
MOST = 100_000
_STEP = 500
_CHAIN_STEP = 2000
FORMATS = ("csv", "xlsx")
Step = Callable[[int, int, str], None]


class NothingAnswered(Known):
    """The answer has no line that could be exported."""

    number = 552


@dataclass(frozen=True, slots=True)
class AnchorSeen:
    """A head of the journal that is kept somewhere else, and whether the journal still has that line with that hash.

    `source` is keychain, file, receipt, backup or day_sheet. One of an epoch that was left agrees: an event says why.
    """

    source: str
    seq: int
    hash: str
    at: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class ChainState:
    """How the chain stands. `checked` is the last check of the whole of it, None when there was none."""

    head_seq: int
    head_hash: str
    checked: Event | None
    anchors: tuple[AnchorSeen, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A head from paper beside the journal. `why` is agrees, differs, missing (the journal is shorter), other_station, or
    former_epoch: the journal left this head behind with a restore, and says so.
    """

    code: HeadCode
    why: str

    @property
    def agrees(self) -> bool:
        return self.why == "agrees"


@dataclass(frozen=True, slots=True)
class News:
    """What happened since this person last looked into the journal."""

    refusals: int = 0
    failed_unlocks: int = 0


class Answer:
    """The lines a question leads to: their numbers now, the lines themselves where somebody looks."""

    def __init__(self, audit: Audit, wanted: JournalFilter, asked: int, numbers: Sequence[int], more: bool) -> None:
        self._audit = audit
        #: The line of the question itself: everything before it was looked at.
        self.asked = asked
        self.wanted = wanted
        self.numbers = numbers
        #: Whether there were more than MOST.
        self.more = more

    def lines(self, numbers: Sequence[int]) -> list[JournalLine]:
        """Those of the answer, covered."""
        return self._audit._lines(numbers)

    def all(self, step: Step = lambda *_: None) -> Iterator[JournalLine]:
        for start in range(0, len(self.numbers), _STEP):
            step(start, len(self.numbers), "")
            yield from self._audit._lines(self.numbers[start : start + _STEP])

    def counts(self) -> list[JournalCount]:
        return self._audit._queries.audit_counts(self.wanted)


class Audit:
    """The journal as one person may ask it. `archive` is the whole one, `own` the archive as this person sees it."""

    def __init__(self, archive: Archive, agent: Agent, own: Archive) -> None:
        self._archive = archive
        self._agent = agent
        self._own = own
        self._queries = archive.queries

    @property
    def everything(self) -> bool:
        """Whether this person may see what administrators did."""
        held = self._agent.roles
        return Role.AUDITOR in held or (Role.SECURITY in held and not self.auditors())

    def auditors(self) -> list[str]:
        """Who holds the auditor's duty."""
        return [one.agent_name for one in self._queries.held() if one.role is Role.AUDITOR]

    # -- asking

    def ask(self, wanted: JournalFilter, limit: int = MOST) -> Answer:
        """The lines that fit, the newest first. Raises NoSuchRecord for a record that may not be seen."""
        require(self._archive, self._agent, "audit")
        wanted = self._scoped(wanted)
        before = self._look(_look_of(wanted), _object_of(wanted), **_span_of(wanted))
        numbers = self._queries.audit_numbers(wanted, before=before, limit=limit + 1)
        return Answer(self, wanted, before, numbers[:limit], len(numbers) > limit)

    def record(self, reference_code: str) -> JournalFilter:
        """The question for one record's whole story, by the code it has or had. Raises NoSuchRecord."""
        require(self._archive, self._agent, "audit")
        return JournalFilter(subject=self._queries.subject_called(normalise(reference_code)))

    def searched(self, query: str) -> JournalFilter:
        """The question for who searched for these words, and when: the journal cannot be read for what was asked, but whoever
        knows the words can prove it.
        """
        require(self._archive, self._agent, "audit")
        return JournalFilter(types=("keep_search", "note_search"), digest=self._queries.question_digest(query))

    def people(self) -> list[Agent]:
        """Everybody whose acts may be asked for."""
        require(self._archive, self._agent, "audit")
        return self._queries.agents()

    def news(self) -> News:
        """How much was refused, and how often unlocking failed, since this person last looked. Nothing without the right."""
        if not may(self._agent, "audit"):
            return News()
        since = self._queries.last_look(self._agent.id)
        found = self._queries.unsuccessful_since(since, users_only=not self.everything)
        refusals = sum(count for (_type, outcome), count in found.items() if outcome == "refused")
        failed = sum(count for (type, _outcome), count in found.items() if type in FAILED_UNLOCKS)
        return News(refusals, failed)

    # -- the chain

    def state(self) -> ChainState:
        """Where the chain stands and where its heads are kept."""
        require(self._archive, self._agent, "audit")
        return self._state()

    def check(self, step: Step = lambda *_: None) -> Checked:
        """Follows the whole chain anew. `step(done, total, "")` may raise to cancel; then nothing is noted."""
        require(self._archive, self._agent, "audit")
        total, _digest = self._queries.head()

        def read() -> Iterator[bytes]:
            after = 0
            while after < total:
                step(after, total, "")
                lines = self._queries.journal_lines(after, min(_CHAIN_STEP, total - after))
                if not lines:
                    return
                yield from chain.encode(lines)
                after = int(str(lines[-1]["seq"]))

        checked = chain.check(read())
        if checked.sound and checked.seq != total:
            checked = replace(checked, fault=checked.seq + 1)
        self._look(
            Look.CHAIN, outcome="success" if checked.sound else "failure", upto=checked.seq, head=checked.head,
            fault=checked.fault or None,
        )  # fmt: skip
        return checked

    def compare(self, text: str) -> Comparison:
        """A head that was printed, typed or scanned, beside the journal. Raises NoHeadCode."""
        require(self._archive, self._agent, "audit")
        code = chain.read(text)
        known = self._queries.line_hash(code.seq)
        if code.station and code.station != self._archive.station_id:
            why = "other_station"
        elif known.startswith(code.hash) and known:
            why = "agrees"
        elif code.epoch and not self._disagrees(Anchor(code.seq, code.hash, code.epoch, "", DAY_SHEET)):
            why = "former_epoch"
        else:
            why = "differs" if known else "missing"
        self._look(Look.COMPARE, outcome="success" if why == "agrees" else "failure", at_seq=code.seq, result=why)
        return Comparison(code, why)

    def seal_day(self, today: date) -> DaySheet:
        """The head as it is now becomes the one of the day; its sheet can be printed from then on."""
        require(self._archive, self._agent, "seal_day")
        with self._archive.write(self._agent) as change:
            return change.seal_day(today.isoformat())

    def day_sheets(self) -> list[DaySheet]:
        require(self._archive, self._agent, "audit")
        return self._queries.day_sheets()

    # -- carrying out

    def table(self, answer: Answer, format: str, step: Step = lambda *_: None) -> bytes:
        """The lines of an answer as a table, in words: CSV (UTF-8 with its mark) or XLSX. Raises NothingAnswered."""
        require(self._archive, self._agent, "export_journal")
        if not answer.numbers:
            raise NothingAnswered()
        rows = self._rows(answer, step)
        if format == "xlsx":
            return workbook(wording.say("audit.title"), rows)
        held = io.StringIO(newline="")
        writer = csv.writer(held)
        writer.writerows([f"'{cell}" if FORMULA.match(cell) else cell for cell in row] for row in rows)
        return held.getvalue().encode("utf-8-sig")

    def chain(self, step: Step = lambda *_: None) -> bytes:
        """The whole chain as lines of JSON that another house can check. Only who may see everything may have it."""
        require(self._archive, self._agent, "export_journal")
        if not self.everything:
            refuse(self._archive, self._agent, "export_journal")
        total, _digest = self._queries.head()
        pieces, after = [], 0
        while lines := self._queries.chain_lines(after, _CHAIN_STEP):
            step(after, total, "")
            pieces += chain.encode(lines)
            after = int(str(lines[-1]["seq"]))
        return b"".join(pieces)

    def export(self, content: bytes, path: Path, form: str, lines: int = 0) -> None:
        """Writes lines, a chain or a report about the journal where the person pointed. Journaled first."""
        require(self._archive, self._agent, "export_journal")
        with self._archive.write(self._agent) as change:
            change.export_journal(form, hashlib.sha256(content).hexdigest(), len(content), lines, content.count(b'"withheld":true'))
        with disk_faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        discard_unfinished(path)
        write_whole(path, content)

    def printed(self, form: str, pages: int) -> None:
        """To be called before the pages go to the printer."""
        require(self._archive, self._agent, "print_journal")
        with self._archive.write(self._agent) as change:
            change.print_journal(form, pages)

    def books(self, form: str, wishes: Any) -> tuple[Any, Books]:
        """The wishes of a report about the journal as this person may have it, and its reads: a look, like any other question."""
        require(self._archive, self._agent, "audit")
        self._look(Look.REPORT, f"report:{form}", since=getattr(wishes, "since", ""), until=getattr(wishes, "until", ""))
        scoped = replace(wishes, users_only=not self.everything) if hasattr(wishes, "users_only") else wishes
        return scoped, Books(self, self._archive)

    # -- inside

    def _look(self, look: Look, object: str = "journal", outcome: str = "success", **span: object) -> int:
        """Notes the question; returns the number of its line."""
        with self._archive.write(self._agent) as change:
            change.audit(look, object, outcome, **{name: value for name, value in span.items() if value not in ("", None, ())})
            return change.events[-1].seq

    def _state(self) -> ChainState:
        seq, digest = self._queries.head()
        anchors = [AnchorSeen(one.source, one.seq, one.hash, one.at, not self._disagrees(one)) for one in self._anchors()]
        return ChainState(seq, digest, self._queries.last_chain_check(), tuple(anchors))

    def _scoped(self, wanted: JournalFilter) -> JournalFilter:
        return wanted if self.everything else replace(wanted, users_only=True)

    def _lines(self, numbers: Sequence[int]) -> list[JournalLine]:
        """Covered; a title only where this person may see the record."""
        found = self._queries.audit_lines(numbers)
        subjects = {subject for line in found if (subject := line.subject) is not None}
        seen = self._own.queries.names_of(subjects)
        minors = self._queries.minors_of(sorted(subjects))
        covered = []
        for line in found:
            names = minors.get(line.subject, ()) if line.subject else ()
            title = cover(line.title, names) if line.subject in seen else ""
            covered.append(replace(line, title=title, words=cover(line.words, names)))
        return covered

    def _rows(self, answer: Answer, step: Step) -> Iterator[list[str]]:
        yield [wording.say(f"audit.column.{name}") for name in words.COLUMNS]
        for line in answer.all(step):
            yield [shown(line) for shown in words.COLUMNS.values()]

    def _anchors(self) -> Iterator[Anchor]:
        """The heads kept outside of the journal: on this machine, by headquarters, in the backups, on paper."""
        yield from Anchors(self._archive, self._agent).known()
        for sheet in self._queries.day_sheets(1):
            yield Anchor(sheet.head_seq, sheet.head_hash, sheet.epoch, sheet.at, DAY_SHEET)

    def _disagrees(self, anchor: Anchor) -> bool:
        return disagreement(self._archive.database.reader(), anchor) is not None


class Books:
    """The reads of the reports about the journal: lines come covered, and the anchors with what the journal says of them."""

    def __init__(self, audit: Audit, archive: Archive) -> None:
        self._audit = audit
        self._archive = archive
        self.station_id = archive.station_id

    def fonds(self) -> Fonds:
        return self._archive.fonds

    def chain_state(self) -> ChainState:
        return self._audit._state()

    def audit_lines(self, numbers: Sequence[int]) -> list[JournalLine]:
        return self._audit._lines(numbers)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._archive.queries, name)


#: An anchor on paper, beside those of `storage.anchors`.
DAY_SHEET = "day_sheet"
#: Event types that say an unlocking failed.
FAILED_UNLOCKS = frozenset({"fail_unlock"})


def _look_of(wanted: JournalFilter) -> Look:
    if wanted.subject is not None:
        return Look.RECORD
    if wanted.session:
        return Look.SESSION
    return Look.LIST if wanted.agent is None else Look.PERSON


def _object_of(wanted: JournalFilter) -> str:
    if wanted.subject is not None:
        return str(wanted.subject)
    if wanted.session:
        return f"session:{wanted.session}"
    return "journal" if wanted.agent is None else f"agent:{wanted.agent}"


def _span_of(wanted: JournalFilter) -> dict[str, object]:
    return {"since": wanted.since, "until": wanted.until, "types": list(wanted.types), "outcome_asked": wanted.outcome}
