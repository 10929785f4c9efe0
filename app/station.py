"""app/station.py — class Station: opens the archive, builds every service, stops them in reverse order.

The one object the window and the commands hold. Every method is synchronous and may be called from any worker thread;
the window reaches them only through `station.jobs.run(...)`. Reads need no leave; every act asks `app.access` first.

Start: the archive is open; the unlocking is journaled; the spool is taken in; the scan folder, reading, index and line
each begin on their own lane. Stop: timers and jobs, then the scan folder, the reading processes, then the archive.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from app import filing, reports, results, selftest
from app.access import may, may_open, require, scope_of
from app.anchors import KEEP_S, Anchors
from app.audit import Audit
from app.backups import Backups
from app.description import Description
from app.diagnostics import report as report_fault
from app.disposal import Disposal
from app.drafts import Drafts
from app.filing import Problem, shipped_categories
from app.inspection import Inspection
from app.intake import Intake, LockedIntake
from app.interchange import Interchange
from app.jobs import Job, Jobs, Post
from app.keys import LIMITS, Keys, judge_founder, meet_policy, recover
from app.lending import Lending
from app.people import NotDisclosed, People
from app.privacy import Veil, as_pdf, cover
from app.reading import Readers
from app.reports.item_register import RegisterWishes
from app.scheme import Scheme
from app.sealing import Sealing
from app.searches import Searches
from app.selftest import require_clock
from app.settings import Settings, right_of
from app.users import Users, let_in
from app.volumes import PartClosed, Volumes
from storage.archive import Archive, Founding
from storage.ballast import SIZE as BALLAST
from storage.changes import Changes
from storage.errors import DiskFull, Known, NoSuchRecord
from storage.files import discard_unfinished, disk_faults, write_whole
from storage.keychain import Keychain
from storage.keys import Cost
from storage.records import (
    PROGRAM,
    Agent,
    Arrival,
    Category,
    Counts,
    Event,
    Finding,
    Fonds,
    Item,
    ItemDraft,
    Outcome,
    Package,
    PageText,
    Receipt,
    Retention,
)
from storage.records.people import Act
from storage.records.search import NO_FILTERS, Filters, Hit, IndexState, Note, Order, Results, Snippet
from storage.records.searches import Question
from storage.records.volumes import Volume, VolumePart
from storage.resealing import reseal
from sync.answers import AnswerInvalid, check_answer
from sync.exchange import Exchange, Round

#: How often the followers look for work, in seconds. A look without work is one query.
_TICK_S = 1.0
#: Forms that tell the journal leave the archive by the auditor's right, as `app.audit` has it.
_OF_JOURNAL = {f"report:{report.name}": report.name for report in reports.REPORTS if report.of_journal}
#: How often it is asked whether a backup is due: a stick that was just plugged in need not wait long.
_BACKUP_S = 60.0


class Station:
    """An unlocked station and the person who unlocked it."""

    def __init__(self, archive: Archive, agent: Agent, post: Post, failed: Callable[[BaseException], None]) -> None:
        #: What goes on whoever is there: papers come in, the index and headquarters follow. The person sees their scope.
        self._whole = archive
        self.archive = archive = archive.confined(scope_of(archive, agent))
        self.agent = agent
        self._post = post
        self.settings = Settings(archive.folder, archive.queries.settings, self._change_setting, self._leave_to_change)
        self.readers = Readers()
        self.intake = Intake(self._whole, self.readers, agent)
        self.description = Description(archive, agent)
        self.volumes = Volumes(archive, agent)
        self.scheme = Scheme(archive, agent)
        self.lending = Lending(archive, agent)
        self.disposal = Disposal(archive, agent)
        self.sealing = Sealing(archive, agent)
        self.people = People(archive, agent, self.volumes, lambda: int(self.settings.get("unmask_min")))
        self._veil = Veil(
            archive.queries,
            archive.pictures,
            shown_in_full=lambda subject: self.people.grant(subject) is not None,
            closed=lambda item_ids: self.volumes.closed(item_ids),
            may_describe=may(agent, "file"),
        )
        self.inspection = Inspection(archive, agent)
        self.interchange = Interchange(archive, agent)
        self.audit = Audit(self._whole, agent, archive)
        self.users = Users(archive, agent, self.settings)
        self.keys = Keys(self._whole, agent)
        self.drafts = Drafts(archive, agent, self.volumes)
        self.searches = Searches(archive, agent)
        self.jobs = Jobs(post, failed, self.notice)
        self.backups = Backups(self._whole, agent, self.settings)
        self._exchange = Exchange(self._whole, PROGRAM)
        self._listeners: list[Callable[[tuple[Event, ...]], None]] = []
        archive.listen(self._tell)
        self.anchors = Anchors(self._whole, agent)
        wrong = self.anchors.compare()
        archive.journal(agent, lambda change: change.unlock(**wrong))
        self.anchors.keep()
        self._sealing: LockedIntake | None = None
        if archive.ballast.untold:
            archive.meet_full_disk(agent)

    # -- beginning and end

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        station: str,
        fonds_number: str,
        fonds_name: str,
        administrator: str,
        passphrase: str,
        keychain: Keychain | None,
        scan_folder: Path | None = None,
        cost: Cost | None = None,
        post: Post = lambda call: call(),
        failed: Callable[[BaseException], None] = report_fault,
    ) -> tuple[Station, str]:
        """Founds a station; returns it unlocked, with the recovery key for the sheet. Takes about a second.

        Raises Invalid (a name or number that will not do), PassphraseTooPlain, WeakPassphrase, AlreadyAnArchive, NoKeychain,
        DiskFull, ReadOnly.
        """
        problems = filing.check_founding(station, fonds_number, fonds_name, administrator)
        if problems:
            raise filing.Invalid(problems)
        judge_founder(passphrase, station, fonds_name, administrator)
        fonds = Fonds(fonds_number, fonds_name.strip(), station.strip())
        if scan_folder is not None:
            with disk_faults(scan_folder):
                scan_folder.mkdir(parents=True, exist_ok=True)
        archive, recovery_key = Archive.create(
            Founding(folder, fonds, administrator.strip(), passphrase, keychain, shipped_categories(), cost)
        )
        try:
            Settings(folder).set("scan_folder", str(scan_folder) if scan_folder else "")
        except BaseException:
            archive.close()
            raise
        return cls._of(archive, administrator.strip(), post, failed), recovery_key

    @classmethod
    def open(
        cls,
        folder: Path,
        user: str,
        passphrase: str,
        *,
        keychain: Keychain | None,
        key_file: bytes = b"",
        new_passphrase: str | None = None,
        post: Post = lambda call: call(),
        failed: Callable[[BaseException], None] = report_fault,
    ) -> Station:
        """Unlocks; with `new_passphrase` that is the passphrase from now on. `key_file` is the content of the key file.

        Takes about a second, three with a new passphrase. Raises what `Archive.open` raises; PassphraseExpired while the
        passphrase must be changed and no new one is given; for a new one what `Keys.change_passphrase` raises;
        KeyFileRequired while the policy asks for a key file, the user has none, and none is given to be theirs; SelfTestFailed
        while the clock is behind the journal.
        """
        archive = Archive.open(folder, user, passphrase, keychain, key_file)

        def meet(agent: Agent) -> None:
            require_clock(archive)
            meet_policy(archive, agent, passphrase, new_passphrase, key_file)

        return cls._of(archive, user, post, failed, meet)

    @classmethod
    def recover(
        cls,
        folder: Path,
        recovery_key: str,
        user: str,
        passphrase: str,
        *,
        keychain: Keychain | None,
        cost: Cost | None = None,
        post: Post = lambda call: call(),
        failed: Callable[[BaseException], None] = report_fault,
    ) -> Station:
        """Unlocks with the recovery sheet and gives `user` a new key. Raises what `app.keys.recover` raises."""
        return cls._of(recover(folder, recovery_key, user, passphrase, keychain, cost), user, post, failed)

    @classmethod
    def _of(
        cls,
        archive: Archive,
        user: str,
        post: Post,
        failed: Callable[[BaseException], None],
        meet: Callable[[Agent], None] = lambda agent: None,
    ) -> Station:
        try:
            agent = let_in(archive, user)
            meet(agent)
            return cls(archive, agent, post, failed)
        except BaseException:
            archive.close()
            raise

    def start(self) -> None:
        """The index begins to follow, and the head to be kept; so does everything else, unless the archive is suspended: then
        scans are sealed only, until people have acknowledged it.
        """
        room = self.archive.ballast
        self.jobs.every(_TICK_S, "index", lambda job: room.ready() and self._whole.index.catch_up(cancelled=lambda: job.cancelled))
        self.jobs.every(KEEP_S, "anchor", lambda job: self.anchors.keep())
        if not self.anchors.suspended:
            self._begin()
            return
        folder = str(self.settings.get("scan_folder"))
        if folder:
            self._sealing = LockedIntake(Path(folder), self._whole.spool, float(self.settings.get("settle_s")))
        waiting = iter([self._begin])
        self.jobs.every(_TICK_S, "write", lambda job: self._wait(waiting))

    def _wait(self, then: Iterator[Callable[[], None]]) -> None:
        """One look at the scan folder while the archive is suspended; what comes `then` begins once it no longer is."""
        if self.anchors.suspended:
            if self._sealing is not None:
                self._sealing.watch()
            return
        for begin in then:
            self._stop_sealing()
            begin()

    def _stop_sealing(self) -> None:
        if self._sealing is not None:
            self._sealing.stop()
            self._sealing = None

    def _begin(self) -> None:
        """The scan folder, reading, backups and line begin."""
        folder = str(self.settings.get("scan_folder"))
        self.intake.use_folder(Path(folder) if folder else None, float(self.settings.get("settle_s")))
        self.jobs.run("write", lambda job: Disposal(self._whole, self.agent).clean_up())
        self.jobs.run("keep", lambda job: self.backups.clean_up())
        self.jobs.run("keep", lambda job: reseal(self._whole, job.step))
        self.jobs.every(_BACKUP_S, "keep", lambda job: self.backups.back_up_when_due(job.step))
        room = self.archive.ballast
        room.keep()
        self.jobs.every(_TICK_S, "write", lambda job: room.ready() and self.intake.watch())
        self.jobs.every(_TICK_S, "read", lambda job: room.ready() and self.intake.read_due(lambda: job.cancelled))
        self.jobs.every(60.0 * float(self.settings.get("sync_interval_min")), "sync", self._sync_by_itself)

    def stop(self) -> None:
        """Ends everything; what was in the middle is finished at the next start."""
        self.jobs.stop()
        self._stop_sealing()
        self.intake.stop()
        self.readers.close()
        try:
            self.archive.journal(self.agent, lambda change: change.lock())
            self.anchors.keep()
        finally:
            self.archive.close()

    def notice(self, error: BaseException) -> None:
        """To be told what an act failed with: a full disk is journaled, when it is the archive's own and not a stick's."""
        if isinstance(error, DiskFull) and self.archive.ballast.free < BALLAST:
            self.archive.meet_full_disk(self.agent)

    def listen(self, listener: Callable[[tuple[Event, ...]], None]) -> None:
        """`listener(events)` after every commit, through `post`."""
        self._listeners.append(listener)

    # -- looking

    def may(self, event: str) -> bool:
        return may(self.agent, event)

    def counts(self) -> Counts:
        return self.archive.queries.counts()

    def arrivals(self, *outcomes: Outcome, limit: int = 200) -> list[Arrival]:
        """What arrived, newest first."""
        return [self._veil.arrival(arrival) for arrival in self.archive.queries.arrivals(*outcomes, limit=limit)]

    def inbox(self) -> list[Arrival]:
        """Read and waiting for a person, oldest first. What was suggested is about to be edited and stands in full."""
        return [self._veil.arrival(arrival) for arrival in self.archive.queries.inbox()]

    def categories(self) -> list[Category]:
        """The scheme in force; the usual retention is that of the station's own rule, where it has one."""
        return self.scheme.offered()

    def years(self) -> list[int]:
        return self.archive.queries.years()

    def items(
        self, *, category: str | None = None, year: int | None = None, retention: Retention | None = None
    ) -> list[Item]:
        """Covered, as every record below; what is corrected is read by `description.raw`."""
        return self._veil.items(self.archive.queries.items(category=category, year=year, retention=retention))

    def items_by_id(self, item_ids: list[int]) -> dict[int, Item]:
        """Those of a part that this person may not open are left out."""
        closed = self.volumes.closed(item_ids)
        found = self.archive.queries.items_by_id([item_id for item_id in item_ids if item_id not in closed])
        return {item.id: item for item in self._veil.items(list(found.values()))}

    def item(self, item_id: int) -> Item:
        """Raises NoSuchRecord, PartClosed."""
        self.volumes.require_part(item_id)
        return self._veil.item(self.archive.queries.item(item_id))

    def item_by_code(self, reference_code: str) -> Item:
        return self.item(self.archive.queries.item_by_code(reference_code).id)

    def view(self, item_id: int) -> Item:
        """Opens a record; the look is journaled, and noted with its purpose while the record is shown in full."""
        require(self.archive, self.agent, "view")
        item = self.item(item_id)

        def note(change: Changes) -> None:
            self.people.note_full(change, f"item:{item_id}", Act.VIEW)
            change.view(item_id)

        self.archive.journal(self.agent, note)
        return item

    def view_volume(self, volume_id: int) -> Volume:
        """Opens a volume; the look is journaled, and noted with its purpose while the volume is shown in full."""
        require(self.archive, self.agent, "view_volume")
        volume = self.volumes.volume(volume_id)

        def note(change: Changes) -> None:
            self.people.note_full(change, f"volume:{volume_id}", Act.VIEW)
            change.view_volume(volume_id)

        self.archive.journal(self.agent, note)
        return volume

    def page_text(self, object_id: int) -> list[PageText]:
        return self._veil.pages(object_id)

    def page_picture(self, object_id: int, number: int) -> bytes:
        """The WebP picture of one page, with bars over what is masked. Raises DamagedFile, NoSuchRecord (also for a page that
        stands only in papers of a part this person may not open).
        """
        return self._veil.picture(object_id, number)

    def copy(self, item_id: int, object_id: int) -> tuple[str, bytes]:
        """(name, content) of one file of a record as it may be handed out: the original while the record is shown in full,
        else its covered pages as PDF. So is the part of an original that the record has, always. Raises DamagedFile,
        NoSuchRecord.
        """
        self.volumes.require_part(item_id)
        item = self.archive.queries.item(item_id)
        documents = [one for one in self.archive.queries.documents(item_id) if one.object_id == object_id]
        if not documents:
            raise NoSuchRecord(item=item_id, object=object_id)
        whole = any(one.pages is None for one in documents)
        # What is only a part of a scan is named by its code: the scan's own name may speak of another record.
        name = self.archive.queries.object(object_id).original_name if whole else item.reference_code or f"item-{item_id}"
        if self._veil.lifted(item) and whole:
            return name, self.archive.objects.get(self.archive.queries.object(object_id).name)
        numbers = [page.number for one in documents for page in self.archive.queries.document_pages(one)]
        pages = (self.page_picture(object_id, number) for number in dict.fromkeys(numbers))
        return Path(cover(name)).with_suffix(".pdf").name, as_pdf(pages)

    # -- filing

    def check(self, draft: ItemDraft) -> list[Problem]:
        return filing.check(filing.tidy(draft), self.categories(), date.today())

    def next_code(self, draft: ItemDraft) -> str:
        """The 档号 the draft would get now."""
        return filing.next_code(self.archive, draft)

    def file(self, arrival_id: int, draft: ItemDraft) -> Item:
        """Raises Invalid, NotAllowed, NoSuchRecord."""
        return self._veil.item(filing.file(self.archive, self.agent, arrival_id, draft, date.today()))

    def quarantine(self, arrival_id: int, reason: str = "set_aside") -> None:
        require(self.archive, self.agent, "quarantine")
        self.intake.quarantine(arrival_id, reason)

    # -- finding

    def search(
        self,
        query: str,
        *,
        filters: Filters = NO_FILTERS,
        order: Order = Order.RELEVANCE,
        limit: int = 50,
        typing: bool = False,
        exact: bool = False,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Results:
        """Never raises on half-typed input. What this person may not open is neither found nor counted. While `typing` the
        last run of letters or digits may go on; where it must be `exact` it may take seconds. Raises Abandoned when `cancelled`. A question for people by name
        (`person:`) finds nothing without a purpose in force (`people.searching`).
        """
        if not self.people.admit(query):
            return Results((), 0, {}, (Note("purpose_needed"),))
        return self._veil.results(self.archive.index.search(
            query, filters=filters, order=order, limit=limit, without=self.volumes.closed_everywhere(),
            states=self._states(), typing=typing, exact=exact, cancelled=cancelled,
        ))  # fmt: skip

    def did_you_mean(
        self, query: str, filters: Filters = NO_FILTERS, cancelled: Callable[[], bool] = lambda: False
    ) -> tuple[str, ...]:
        """Whole questions to ask instead of one that finds little, of words this person may find. Raises Abandoned."""
        if not self.people.admit(query):
            return ()
        without = self.volumes.closed_everywhere()
        return self.archive.index.suggest(query, filters=filters, without=without, cancelled=cancelled)

    def more_like(self, item_id: int, *, filters: Filters = NO_FILTERS, order: Order = Order.RELEVANCE, limit: int = 50) -> Results:
        """Records that share the telling words of this one. Raises NoSuchRecord, PartClosed."""
        self.item(item_id)
        return self._veil.results(self.archive.index.like(
            item_id, filters=filters, order=order, limit=limit, without=self.volumes.closed_everywhere(), states=self._states()
        ))  # fmt: skip

    def _states(self) -> dict[str, list[int]]:
        """What stands in no description: which papers are out on loan."""
        return {"lent": self.archive.queries.items_lent()}

    def found(self, results: Results) -> list[tuple[Hit, Item]]:
        """The records behind the hits, in their order."""
        items = self.items_by_id([hit.item_id for hit in results.hits])
        return [(hit, items[hit.item_id]) for hit in results.hits if hit.item_id in items]

    def unsearchable(self) -> int:
        """How many filed records the index has not taken up yet: one for a moment, many while it is built anew."""
        return self.archive.index.behind()

    def index_state(self) -> IndexState:
        """How the index stands, for who looks after the station. Raises NotAllowed."""
        require(self.archive, self.agent, "change_setting")
        return self.archive.index.state(self.volumes.closed_everywhere())

    def rebuild_index(
        self, progress: Callable[[int, int], None] = lambda done, total: None, cancelled: Callable[[], bool] = lambda: False
    ) -> int:
        """Builds the index anew while searching goes on with the old one; returns the records written, 0 when it was cancelled.
        Takes minutes. Changes no record. Raises NotAllowed, DiskFull.
        """
        require(self.archive, self.agent, "change_setting")
        return self.archive.index.rebuild(progress, cancelled)

    def snippet(self, query: str, item_id: int) -> Snippet:
        asked = query if self.people.admit(query) else ""
        return self._veil.snippet(self.archive.index.snippet(asked, item_id), item_id)

    # -- paper

    def register(self, wishes: RegisterWishes) -> bytes:
        """The 归档文件目录 as PDF, one moment of the archive."""
        return self.report("item_register", wishes)

    def report(self, name: str, wishes: object) -> bytes:
        """A form of `app.reports` as PDF, one moment of the archive. Raises UnknownReport, BadWish, and PartClosed for a part
        of a case that this person may not open.
        """
        wanted = reports.wishes_of(name, wishes)
        if volume_id := getattr(wanted, "volume_id", 0):
            self.volumes.volume(volume_id)
        if getattr(wanted, "secret", False) and not may_open(self.agent, VolumePart.SECRET):
            raise PartClosed(volume=0)
        if reports.find(name).of_journal:
            wanted, books = self.audit.books(name, wanted)
            with self._whole.database.snapshot():
                return reports.render(name, books, wanted)
        with self.archive.database.snapshot():
            return reports.render(name, self._veil.source(), wanted)

    def result_list(
        self,
        query: str,
        filters: Filters = NO_FILTERS,
        order: Order = Order.RELEVANCE,
        form: str = "pdf",
        *,
        places: bool = False,
        step: Callable[[int, int, str], None] = lambda *_: None,
    ) -> bytes:
        """The answer to a question as a list in one of `results.FORMS`, `places` with where the words stand; to be written
        by `export(..., results.EXPORT)`. Raises BulkExport, PurposeNeeded.
        """
        require(self.archive, self.agent, "export")
        return results.build(
            self, Question(query, filters, order), form, places=places, limit=int(self.settings.get("export_limit")),
            prepared_by=str(self.settings.get("prepared_by")) or self.agent.name, step=step,
        )  # fmt: skip

    def export(self, content: bytes, path: Path, what: str) -> None:
        """Writes clear text where the person pointed. `what` is `item:N` or `report:NAME`. Journaled first.

        Raises NotDisclosed for an original whose record is not, or no longer, shown in full.
        """
        if what in _OF_JOURNAL:
            self.audit.export(content, path, _OF_JOURNAL[what])
            return
        require(self.archive, self.agent, "export")
        with self.archive.write(self.agent) as change:
            full = self.people.note_full(change, what, Act.EXPORT)
            if not full and self.archive.queries.object_of(hashlib.sha256(content).hexdigest()):
                raise NotDisclosed(what=what)
            change.export(what, hashlib.sha256(content).hexdigest(), len(content))
        with disk_faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        discard_unfinished(path)
        write_whole(path, content)

    def printed(self, what: str, pages: int) -> None:
        """To be called before the pages go to the printer."""
        if what in _OF_JOURNAL:
            self.audit.printed(_OF_JOURNAL[what], pages)
            return
        require(self.archive, self.agent, "print")
        with self.archive.write(self.agent) as change:
            self.people.note_full(change, what, Act.PRINT)
            change.print(what, pages)

    # -- headquarters

    def enrol(self, path: Path) -> None:
        """Raises what `sync.exchange` raises for a file that is not headquarters' or not for this station."""
        require(self.archive, self.agent, "enrol")
        Exchange(self._whole, self.agent).enrol(path)

    @property
    def exchange(self) -> Exchange:
        return self._exchange

    def sync(self, carrier: Path | None = None, step: Callable[[int, int, str], None] = lambda *_: None) -> Round:
        """One round by line, or by a carrier folder, in the name of the person who asked for it."""
        require(self.archive, self.agent, "send")
        return Exchange(self._whole, self.agent).round(carrier, step)

    def packages(self) -> list[Package]:
        return self.archive.queries.packages()

    def receipts(self) -> list[Receipt]:
        return self.archive.queries.receipts()

    def receipt_holds(self, receipt: Receipt) -> bool:
        """Whether a kept answer still verifies with headquarters' key; checked anew at every call."""
        enrolment = self._exchange.enrolment()
        if enrolment is None:
            return False
        try:
            check_answer(receipt.document, enrolment.key)
        except AnswerInvalid:
            return False
        return True

    def warnings(self) -> list[str]:
        """What this computer is short of: codes of `reason`, none when all is well."""
        return selftest.lasting(self.archive.folder)

    def verify(self, step: Callable[[int, int, str], None] = lambda *_: None) -> Iterator[Finding]:
        """Checks the database, the journal and its anchors, every record, original and picture, the spool, the index and
        what is on its way to headquarters.
        """
        yield from self.archive.verify(step)
        yield from self.anchors.verify()
        yield from self._exchange.verify()

    # -- inside

    def _sync_by_itself(self, job: Job[object]) -> None:
        if self._exchange.enrolment() is None or not may(self.agent, "send") or not self.archive.ballast.ready():
            return
        try:
            self._exchange.round(None, job.step)
        except Known as error:
            # No line is the normal state of things at the far end of a bad one: the next round tries again.
            report_fault(error)

    def _leave_to_change(self, key: str) -> None:
        require(self.archive, self.agent, right_of(key))

    def _change_setting(self, key: str, value: str) -> None:
        right = right_of(key)
        require(self.archive, self.agent, right)
        with self.archive.write(self.agent) as change:
            if right == "change_policy":
                change.change_policy(key, value)
            else:
                change.change_setting(key, value)
        if key in LIMITS:  # which are read at the door, before anything is open
            self._whole.holders.tell()

    def _tell(self, events: tuple[Event, ...]) -> None:
        for listener in self._listeners:
            self._post(lambda listener=listener: listener(events))  # type: ignore[misc]
