"""sync/exchange.py — one round with headquarters: pack, send, fetch, apply, acknowledge.

What headquarters must get follows the journal: a package covers the lines after the last one, with every item last
changed in them and the volumes they stand in. A record that may not leave (`sync.inspection`) stays behind, is told in the
round, and is tried again. Rows are the outbox; the file is built first and entered second, so a cut leaves at most a file
that no row names, which the next round removes. A record is *delivered* only by a receipt that verifies and matches;
anything else that comes back changes nothing.

One round at a time per archive (callers run it on one lane). Raises Known: NotEnrolled, NoLine, AnswerInvalid,
StationFrozen, StationBehind, what building and transports raise. A round that raises has kept what was done before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from storage.archive import Archive
from storage.errors import Known, NoSuchRecord
from storage.records import Agent, Finding, Item, Package, PackageState, State
from sync import answers, package
from sync.answers import AnswerInvalid, Enrolment, Receipt, Refusal, Standing
from sync.bag import reason_to_stay
from sync.cargo import Cargo, Record, VolumeRecord
from sync.inspection import SEALED_PAGES
from sync.package import Built
from sync.transports import Transport, choose
from sync.transports.https import NoLine
from sync.transports.signed import Signer

#: A package stays below these where it can: a bad line should not hang on one huge file.
MOST_RECORDS = 1000
MOST_LINES = 20_000
MOST_BYTES = 512 << 20

PACKAGES = "packages"
PROGRAM = "Anjuan 1"

_DUE = (PackageState.PACKED, PackageState.SENT)

Step = Callable[[int, int, str], None]


class NotEnrolled(Known):
    """The station has no headquarters yet."""

    number = 414


class EnrolledElsewhere(Known):
    """Packages were already made for another headquarters; they cannot be opened by this one."""

    number = 415


class StationFrozen(Known):
    """Headquarters has frozen the station: two different stories of the same journal range have reached it."""

    number = 416


class StationBehind(Known):
    """Headquarters holds more of this journal than the archive has, or another one: an old copy was put back."""

    number = 417


class PackageMissing(Known):
    """The file of a package not delivered yet is gone from the archive folder or damaged."""

    number = 418


@dataclass(frozen=True, slots=True)
class PackageOutcome:
    """Where one package stands after the round. `reason` is headquarters' code, empty when all is well."""

    package: str
    first_seq: int
    last_seq: int
    state: PackageState
    reason: str
    records: int
    returned: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Withheld:
    """A record that could not go, and why: a code of `sync.inspection.STAYS`. It is tried again in every round."""

    item_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did. `notices` are codes: headquarters_behind, records_withheld."""

    packages: tuple[PackageOutcome, ...]
    notices: tuple[str, ...]
    withheld: tuple[Withheld, ...] = ()


class Exchange:
    """The station's side. Cheap to make; `agent` is who acts in the journal."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent
        self._folder = archive.folder / PACKAGES

    def enrolment(self) -> Enrolment | None:
        kept = self._archive.queries.enrolment()
        if kept is None:
            return None
        return answers.check_enrolment(str(kept["signed"]).encode(), self._archive.station_id)

    def enrol(self, path: Path) -> Enrolment:
        """Takes on the headquarters of an enrolment file. Raises EnrolmentInvalid, EnrolmentForAnother,
        EnrolledElsewhere, FileUnreadable."""
        data = answers.read_small(path)
        enrolment = answers.check_enrolment(data, self._archive.station_id)
        former = self.enrolment()
        if former and former.headquarters != enrolment.headquarters and self._archive.queries.packages():
            raise EnrolledElsewhere(name=former.name)
        document = {"headquarters": enrolment.headquarters, "signed": data.decode()}
        with self._archive.write(self._agent) as change:
            change.enrol(enrolment.headquarters, msgspec.json.encode(document).decode())
        return enrolment

    def receipts(self) -> list[tuple[str, Receipt | Refusal]]:
        """(package id, what headquarters said of it), oldest first. Checked again: a receipt is worth its signature."""
        enrolment = self.enrolment()
        if enrolment is None:
            return []
        kept = self._archive.queries.receipts()
        return [(row.package_id, answers.check_answer(row.document, enrolment.key)) for row in kept]

    def round(self, carrier: Path | None = None, step: Step = lambda done, total, note: None) -> Round:
        """Packs what is new, sends what is due over the line or onto `carrier`, applies what came back.

        `step(done, total, note)` reports bytes; it may raise to cancel: the next round goes on from there.
        """
        self._archive.require_whole()
        enrolment = self.enrolment()
        if enrolment is None:
            raise NotEnrolled()
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._sweep()
        self._withheld: dict[int, str] = {}
        self._pack(enrolment, step)
        transport = choose(enrolment, self._signer(enrolment), carrier)
        try:
            notices, again = self._compare(transport)
            if again is not None and self._pruned(again):
                with self._archive.write(self._agent) as change:
                    change.void_packages(again)
                again = None
                self._sweep()
                self._pack(enrolment, step)
            outcomes = []
            for due in self._due(again):
                outcome = self._deliver(transport, enrolment, due, step)
                outcomes.append(outcome)
                if outcome.reason in answers.PASSING:
                    break  # what follows it would be refused for the same reason
        finally:
            transport.close()
        withheld = tuple(Withheld(*one) for one in sorted(self._withheld.items()))
        return Round(tuple(outcomes), (*notices, "records_withheld") if withheld else notices, withheld)

    # -- packing

    def _pack(self, enrolment: Enrolment, step: Step) -> None:
        while (cargo := self._cargo()) is not None:
            self._build(enrolment, *cargo, step)

    def _cargo(self) -> tuple[Cargo, str, str] | None:
        """(what goes into the next package, digest of the one before, journal head), or None when nothing is new."""
        archive, queries = self._archive, self._archive.queries
        with archive.database.snapshot():
            after, previous = self._base()
            head, _ = queries.head()
            changed = queries.items_changed(after, MOST_RECORDS)
            again = self._held_back(after)
            if head == after or not (changed or again):
                return None
            records: list[Record] = []
            size = 0
            last = min(head, after + MOST_LINES)
            for seq, item in changed:
                record = self._record(seq, item)
                weight = sum(original.size_bytes for original in record.originals) if record else 0
                if seq > last or (records and size + weight > MOST_BYTES):
                    last = min(last, seq - 1)
                    break
                if record is not None:
                    records.append(record)
                size += weight
            else:
                if len(changed) == MOST_RECORDS:
                    last = min(last, changed[-1][0])
            lines = queries.journal_lines(after, last - after)
            records += again
            carried = self._volumes(_volumes_of(records))
        cargo = Cargo(
            station=archive.station_id,
            epoch=archive.epoch,
            first_seq=after + 1,
            last_seq=last,
            fonds=archive.fonds,
            records=tuple(records),
            lines=tuple(lines),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            program=PROGRAM,
            volumes=carried,
        )
        return cargo, previous, str(lines[-1]["hash"])

    def _base(self) -> tuple[int, str]:
        """(last journal line packed, digest of that package): the end of the chain."""
        last = [*self._delivered()[-1:], *self._chain()]
        return (last[-1].last_seq, last[-1].digest) if last else (0, "")

    def _delivered(self) -> list[Package]:
        """By range, of every epoch: after a restore the chain goes on from the last package known to be delivered."""
        packages = self._archive.queries.packages()
        return sorted((p for p in packages if p.state is PackageState.DELIVERED), key=lambda p: p.last_seq)

    def _chain(self) -> list[Package]:
        """What is on its way: each follows the one before by digest, the first follows the last one delivered.

        A package that headquarters refused for good, and what was built on it, drops out here; its lines and items go
        into the next package. The clock orders nothing.
        """
        packages = self._archive.queries.packages()
        follower = {p.previous_digest: p for p in packages if p.epoch == self._archive.epoch and p.state in _DUE}
        digest = next((p.digest for p in reversed(self._delivered())), "")
        chain = []
        while (found := follower.pop(digest, None)) is not None:
            chain.append(found)
            digest = found.digest
        return chain

    def _record(self, seq: int, item: Item) -> Record | None:
        """None, and told, when an original of it also holds pages of a sealed record: it may not travel."""
        queries = self._archive.queries
        if not item.object_ids:
            return Record(item, seq, ())
        roles = {document.object_id: document.role for document in reversed(queries.documents(item.id))}
        try:
            originals = tuple(queries.object(id) for id in item.object_ids)
        except NoSuchRecord:
            self._withheld[item.id] = SEALED_PAGES
            return None
        return Record(item, seq, originals, tuple(roles[id] for id in item.object_ids))

    def _held_back(self, after: int) -> list[Record]:
        """What an earlier package had to leave out and may go now; what still may not is told again."""
        fit = []
        for item in self._archive.queries.items_held_back(after, MOST_RECORDS):
            record = self._record(item.changed_seq, item)
            if record is None:
                continue
            if reason := reason_to_stay(record, self._archive.objects.get):
                self._withheld[item.id] = reason
            else:
                fit.append(record)
        return fit

    def _volumes(self, volume_ids: set[int]) -> tuple[VolumeRecord, ...]:
        """Those that are filed and may be seen: of a sealed volume nothing travels."""
        queries = self._archive.queries
        found = queries.volumes_by_id(sorted(volume_ids)).values()
        filed = [volume for volume in found if volume.state is State.FILED]
        return tuple(VolumeRecord(volume, queries.volume_item_uuids(volume.id)) for volume in filed)

    def _build(self, enrolment: Enrolment, cargo: Cargo, previous: str, head: str, step: Step) -> None:
        total = sum(original.size_bytes for record in cargo.records for original in record.originals)
        left_out: dict[int, str] = {}
        built = package.build(
            cargo,
            self._archive.objects.get,
            folder=self._folder,
            headquarters=enrolment.headquarters,
            recipient=enrolment.recipient,
            seed=self._archive.signing_key,
            previous_digest=previous,
            journal_head=head,
            step=lambda done: step(done, max(total, done), "pack"),
            withhold=lambda record, reason: left_out.update({record.item.id: reason}),
        )
        self._withheld |= left_out
        packed = [record.item.id for record in cargo.records if record.item.id not in left_out]
        with self._archive.write(self._agent) as change:
            change.pack(_row(built, len(packed)), packed)

    def _sweep(self) -> None:
        """Removes what a cut left: unfinished files, and packages built but never entered (so never sent)."""
        named = {row.file_name for row in self._archive.queries.packages()}
        for path in self._folder.iterdir():
            if path.is_file() and path.name not in named:
                path.unlink()

    # -- sending

    def _signer(self, enrolment: Enrolment) -> Signer:
        return Signer(self._archive.station_id, enrolment.headquarters, self._archive.signing_key)

    def _compare(self, transport: Transport) -> tuple[tuple[str, ...], int | None]:
        """Holds headquarters' view against ours. Returns notices, and after which line it must be sent everything
        again when it was set back. Raises StationFrozen, StationBehind."""
        standing = transport.standing()
        if standing is None:
            return (), None
        if standing.frozen:
            raise StationFrozen(station=standing.station)
        if standing.epoch == self._archive.epoch:
            self._compare_journal(standing)
        held = standing.last_seq if standing.epoch == self._archive.epoch else 0
        delivered = [p for p in self._delivered() if p.epoch == self._archive.epoch]
        if any(p.last_seq > held for p in delivered):
            return ("headquarters_behind",), held
        return (), None

    def _compare_journal(self, standing: Standing) -> None:
        head, _ = self._archive.queries.head()
        lines = self._archive.queries.journal_lines(standing.last_seq - 1, 1) if standing.last_seq else []
        if standing.last_seq > head or (lines and lines[0]["hash"] != standing.journal_head):
            raise StationBehind(held=standing.last_seq, here=head)

    def _pruned(self, again: int) -> bool:
        """Whether a package that headquarters asks for again is gone, because a record in it was destroyed since."""
        return any(not (self._folder / lost.file_name).exists() for lost in self._due(again))

    def _due(self, again: int | None) -> list[Package]:
        lost = [p for p in self._delivered() if p.epoch == self._archive.epoch and again is not None]
        return [p for p in lost if again is not None and p.first_seq > again] + self._chain()

    def _deliver(self, transport: Transport, enrolment: Enrolment, due: Package, step: Step) -> PackageOutcome:
        if due.state is PackageState.SENT and (answer := transport.answer(due)) is not None:
            outcome = self._apply(enrolment, due, answer)
            if outcome.reason not in answers.PASSING:
                return outcome
        file = self._folder / due.file_name
        self._whole(file, due)
        try:
            answer = transport.send(due, file, lambda done, total: step(done, total, "send"))
        except Known as error:
            with self._archive.write(self._agent) as change:
                reason = "no_line" if isinstance(error, NoLine) else "not_sent"
                change.fail_sending(due.id, transport.name, reason, "")
            raise
        if due.state is not PackageState.DELIVERED:
            with self._archive.write(self._agent) as change:
                change.send(due.id, transport.name)
            due = replace(due, state=PackageState.SENT)
        return _outcome(due) if answer is None else self._apply(enrolment, due, answer)

    def _whole(self, file: Path, due: Package) -> None:
        try:
            block = package.read_block(file)
            package.check(file, self._archive.verify_key)
        except Known as error:
            raise PackageMissing(package=due.id) from error
        if package.digest_of(block) != due.digest:
            raise PackageMissing(package=due.id)

    def verify(self) -> Iterator[Finding]:
        """Every package that headquarters has not receipted yet: its file is here and as it was built."""
        due = [one for one in self._archive.queries.packages() if one.state in _DUE and one.epoch == self._archive.epoch]
        faults = 0
        for one in due:
            try:
                self._whole(self._folder / one.file_name, one)
            except PackageMissing:
                faults += 1
                yield Finding("package", False, one.file_name, "damaged")
        if not faults:
            yield Finding("package", True, "", str(len(due)))

    # -- what came back

    def _apply(self, enrolment: Enrolment, due: Package, document: bytes) -> PackageOutcome:
        """Judges an answer. Only here does a package become delivered or refused. Raises AnswerInvalid."""
        answer = answers.check_answer(document, enrolment.key)
        if (answer.headquarters, answer.station, answer.digest) != (
            enrolment.headquarters,
            self._archive.station_id,
            due.digest,
        ):
            raise AnswerInvalid(why="other")
        if isinstance(answer, Refusal):
            return self._refused(due, document, answer)
        self._match(due, answer)
        returned = [outcome.uuid for outcome in answer.outcomes if outcome.state == answers.RETURNED]
        with self._archive.write(self._agent) as change:
            change.accept_receipt(due.id, document, returned)
        return replace(_outcome(due), state=PackageState.DELIVERED, returned=len(returned))

    def _match(self, due: Package, receipt: Receipt) -> None:
        """The digest already binds everything; a receipt that contradicts it is not about this package."""
        header = package.check_header(package.read_block(self._folder / due.file_name), self._archive.verify_key)
        if (receipt.epoch, receipt.first_seq, receipt.last_seq, receipt.journal_head, receipt.nonce) != (
            header.epoch,
            header.first_seq,
            header.last_seq,
            header.journal_head,
            header.nonce,
        ):
            raise AnswerInvalid(why="other")
        packed = self._archive.queries.uuids(self._archive.queries.packed_items(due.id))
        if {outcome.uuid for outcome in receipt.outcomes} != set(packed.values()):
            raise AnswerInvalid(why="records")

    def _refused(self, due: Package, document: bytes, refusal: Refusal) -> PackageOutcome:
        if refusal.reason not in answers.PASSING and due.state is not PackageState.DELIVERED:
            with self._archive.write(self._agent) as change:
                change.refuse_package(due.id, document, refusal.reason)
            return replace(_outcome(due), state=PackageState.REFUSED, reason=refusal.reason)
        return replace(_outcome(due), reason=refusal.reason)


def _volumes_of(records: list[Record]) -> set[int]:
    """The volumes that whole records stand in."""
    return {
        record.item.volume_id
        for record in records
        if record.item.volume_id is not None and record.item.state is State.FILED and not record.item.sealed
    }


def _row(built: Built, records: int) -> Package:
    header = built.header
    return Package(
        id=f"{header.epoch}-{header.first_seq:010d}-{header.last_seq:010d}",
        epoch=header.epoch,
        first_seq=header.first_seq,
        last_seq=header.last_seq,
        previous_digest=header.previous_digest,
        digest=built.digest,
        size_bytes=built.size_bytes,
        records=records,
        state=PackageState.PACKED,
        file_name=built.path.name,
        created_at=header.created,
    )


def _outcome(row: Package) -> PackageOutcome:
    return PackageOutcome(row.id, row.first_seq, row.last_seq, row.state, row.reason, row.records, 0, row.size_bytes)
