"""storage/changes/disposal.py — holds, appraisal, destruction, the register that stays: the events that change them.

A batch goes open -> submitted -> approved -> executing -> done; a refusal opens it again. Who submitted may not decide.
`destroy` takes one record in one transaction and asks `storage.queries.disposal.obstacles` there: held, lent, sealed,
unexpired, undelivered, unapproved or shared content is never destroyed, whatever was shown on a screen before. What it
leaves of a record is its row with codes and numbers (a tombstone), its line in `destroyed`, and digests in the journal; the
files follow after the commit (`storage.erasure`), by the rows of `residue`.

Raises NoSuchRecord, and the errors below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from storage.changes.base import Writing, now
from storage.changes.drafts import forget_drafts
from storage.changes.searches import forget_found
from storage.errors import Known, NoSuchRecord
from storage.queries.disposal import ITEMS_OF, obstacles, record_row
from storage.records import ItemDraft, Kind, Retention, State, Subject
from storage.records.disposal import (
    FOR_EVER,
    AppraisalState,
    Obstacle,
    Opinion,
    Residue,
    appraisal_number,
    distinct,
    due_on,
    kept_years,
)
from storage.records.volumes import VolumeDraft

#: What stays of a row: names, numbers, codes and states. Every other column describes the record and is emptied.
_STAYS = {
    "item": (
        "id, uuid, reference_code, fonds, category, year, retention, office, item_no, volume_id, position, page_from,"
        " page_to, security_class, page_count, access_status, attachment_count, origin, state, sealed, kept_until,"
        " filed_at, filed_by, delivery, changed_seq, delivered_seq, digest"
    ),
    "volume": (
        "id, uuid, reference_code, fonds, category, year, retention, office, catalogue_no, volume_no, part, book_no,"
        " book_total, first_book, security_class, access_status, state, sealed, kept_until, opened_at, opened_by, filed_at,"
        " filed_by, changed_seq, digest"
    ),
}


class NotDestroyable(Known):
    """Something stands against destroying the record. Facts: record, why (codes of Obstacle)."""

    number = 155

    def __init__(self, record: str, why: Sequence[Obstacle]) -> None:
        super().__init__(record=record, why=", ".join(why))
        self.obstacles = tuple(why)


class BatchNotReady(Known):
    """The batch is at another step, or has lines without an opinion. Facts: batch, state."""

    number = 156


class DecidedBySubmitter(Known):
    """Who submitted a batch may not approve or refuse it. Facts: batch."""

    number = 157


class SupervisorsNeeded(Known):
    """Two supervisors are needed, distinct from each other and from who carries it out."""

    number = 158


class NotForAppraisal(Known):
    """The record is not due, cannot be seen, or stands in another unfinished batch. Facts: record."""

    number = 159


class DisposalChanges(Writing):
    """Holds, appraisal, destruction, the register that stays."""

    if TYPE_CHECKING:  # of the rooms that keep what a record was, and whom it names

        def _keep_former(self, item_id: int, former: ItemDraft, reason: str, seq: int) -> None: ...
        def _keep_version(self, volume_id: int, former: VolumeDraft, reason: str, seq: int) -> None: ...
        def _forget_people(self, subject: Subject) -> None: ...

    # -- holds

    def place_hold(self, subject: Subject, reason: str) -> int:
        """From now on nothing of the record is destroyed. A second hold is another one, lifted on its own."""
        row = record_row(self._connection, subject)
        if row is None or row["sealed"] or row["state"] not in (State.OPEN.value, State.FILED.value):
            raise NoSuchRecord(record=str(subject))
        hold_id = self._insert(
            "hold", kind=subject.kind.value, subject_id=subject.id, reason=reason, placed_at=now(), placed_by=self._agent.name
        )
        self._note("place_hold", subject, hold=hold_id)
        return hold_id

    def lift_hold(self, hold_id: int, reason: str) -> None:
        row = self._connection.row("SELECT kind, subject_id FROM hold WHERE id = ?", (hold_id,))
        self._touch(
            "UPDATE hold SET lifted_at = ?, lifted_by = ?, lift_reason = ? WHERE lifted_at = '' AND id = ?",
            (now(), self._agent.name, reason, hold_id),
        )
        assert row is not None
        self._note("lift_hold", Subject(Kind(row[0]), row[1]), hold=hold_id)

    # -- appraisal

    def open_appraisal(
        self, cutoff: str, appraisers: Sequence[str], subjects: Sequence[Subject], today: date
    ) -> int:
        """A batch of records due up to the day `cutoff`, with the next number of the year. Returns its id.

        Raises NotForAppraisal.
        """
        number = appraisal_number(today.year, self._next_number(("appraisal", str(today.year))))
        appraisal_id = self._insert(
            "appraisal", number=number, cutoff=cutoff, state=AppraisalState.OPEN.value,
            appraisers=msgspec.json.encode(distinct(appraisers)).decode(), opened_at=now(), opened_by=self._agent.id,
        )  # fmt: skip
        for subject in subjects:
            self._insert(
                "appraisal_line", appraisal_id=appraisal_id, kind=subject.kind.value, subject_id=subject.id,
                due_on=self._due_in_batch(subject, cutoff),
            )  # fmt: skip
        self._note("open_appraisal", _batch(appraisal_id), number=number, cutoff=cutoff, records=len(subjects))
        return appraisal_id

    def appraise(
        self, appraisal_id: int, subjects: Sequence[Subject], opinion: Opinion, reason: str = "", kept_until: str = ""
    ) -> None:
        """The same opinion for these lines. `kept_until` (YYYYMMDD) is what EXTEND asks for."""
        self._require_batch(appraisal_id, AppraisalState.OPEN)
        for subject in subjects:
            changed = self._connection.execute(
                "UPDATE appraisal_line SET opinion = ?, reason = ?, kept_until = ?, appraiser = ?"
                " WHERE appraisal_id = ? AND kind = ? AND subject_id = ?",
                (opinion.value, reason, kept_until if opinion is Opinion.EXTEND else "", self._agent.name, appraisal_id,
                 subject.kind.value, subject.id),
            ).rowcount  # fmt: skip
            if changed != 1:
                raise NoSuchRecord(record=str(subject))
        self._note("appraise", _batch(appraisal_id), opinion=opinion.value, records=[str(subject) for subject in subjects])

    def submit_appraisal(self, appraisal_id: int, report: str) -> None:
        """Every line has an opinion; from now on they are fixed."""
        self._require_batch(appraisal_id, AppraisalState.OPEN)
        (lines, unjudged) = self._connection.row(
            "SELECT count(*), coalesce(sum(opinion = ''), 0) FROM appraisal_line WHERE appraisal_id = ?", (appraisal_id,)
        ) or (0, 0)
        if not lines or unjudged:
            raise BatchNotReady(batch=appraisal_id, state="unjudged")
        self._move_batch(appraisal_id, AppraisalState.SUBMITTED, report=report, submitted_at=now(), submitted_by=self._agent.id)
        self._note("submit_appraisal", _batch(appraisal_id), lines=lines)

    def approve_appraisal(self, appraisal_id: int, opinion: str) -> None:
        """Raises DecidedBySubmitter."""
        self._decide_batch(appraisal_id, AppraisalState.APPROVED, opinion)
        self._note("approve_appraisal", _batch(appraisal_id), **self._count_opinions(appraisal_id))

    def refuse_appraisal(self, appraisal_id: int, opinion: str) -> None:
        """The batch goes back to the appraisers. Raises DecidedBySubmitter."""
        self._decide_batch(appraisal_id, AppraisalState.OPEN, opinion)
        self._note("refuse_appraisal", _batch(appraisal_id))

    # -- carrying out

    def begin_disposal(self, appraisal_id: int, place: str, method: str, supervisors: Sequence[str]) -> None:
        """Place, method and the two who watch are fixed before the first record goes. Raises SupervisorsNeeded."""
        self._require_batch(appraisal_id, AppraisalState.APPROVED)
        named = distinct(supervisors)
        if len(named) != 2 or distinct([self._agent.name])[0] in named:
            raise SupervisorsNeeded()
        self._move_batch(
            appraisal_id, AppraisalState.EXECUTING, place=place, method=method, executed_by=self._agent.id,
            supervisors=msgspec.json.encode(named).decode(),
        )  # fmt: skip
        self._note("begin_disposal", _batch(appraisal_id), **self._count_opinions(appraisal_id))

    def extend_retention(self, subject: Subject, appraisal_id: int) -> None:
        """延长 or 转永久, as this executing batch says. The 档号, which has the period in it, stays as it is: the longer
        period stands in `kept_until` and in the note of the version.
        """
        self._require_batch(appraisal_id, AppraisalState.EXECUTING)
        line = self._connection.row(
            "SELECT opinion, kept_until FROM appraisal_line WHERE appraisal_id = ? AND kind = ? AND subject_id = ?"
            " AND opinion IN ('extend', 'permanent') AND result = ''",
            (appraisal_id, subject.kind.value, subject.id),
        )
        row = record_row(self._connection, subject)
        if line is None or row is None or row["state"] != State.FILED.value or row["volume_id"] is not None:
            raise NoSuchRecord(record=str(subject))
        until = FOR_EVER if line[0] == Opinion.PERMANENT else max(str(line[1]), row["kept_until"])
        self._touch(f"UPDATE {subject.kind.value} SET kept_until = ? WHERE id = ?", (until, subject.id))
        self._settle_line(subject, appraisal_id, "done")
        facts = {"appraisal": appraisal_id, "kept_until": until}
        note = self._note_item if subject.kind is Kind.ITEM else self._note_volume
        self._keep_period(subject, appraisal_id, note("extend_retention", subject.id, **facts))

    def destroy(self, subject: Subject, appraisal_id: int, today: date) -> None:
        """The record goes for good. Raises NotDestroyable, naming everything that stands against it."""
        found = obstacles(self._connection, subject, _day(today), appraisal_id)
        if found:
            raise NotDestroyable(str(subject), found)
        item_ids = [row[0] for row in self._connection.rows(ITEMS_OF[subject.kind], (subject.id,))]
        digests = {item_id: self._originals_of(item_id) for item_id in item_ids}
        emptied = [Subject(Kind.ITEM, item_id) for item_id in item_ids]
        if subject.kind is Kind.VOLUME:
            emptied.append(subject)
        originals = {
            row[0]
            for item_id in item_ids
            for row in self._connection.rows("SELECT object_id FROM document WHERE item_id = ?", (item_id,))
        }
        self._enter_destroyed(subject, appraisal_id, today, digests)
        for one in emptied:
            self._empty_record(one)
        self._let_originals_go(originals)
        self._settle_line(subject, appraisal_id, "done")
        for item_id in item_ids:
            self._note_item("destroy", item_id, appraisal=appraisal_id, originals=digests[item_id])
        if subject.kind is Kind.VOLUME:
            self._note_volume("destroy", subject.id, appraisal=appraisal_id, items=len(item_ids))

    def carry_out(self, appraisal_id: int, kept: dict[Subject, str]) -> None:
        """The batch is done. `kept` are lines that could not be carried out, each with the code of what kept it."""
        self._require_batch(appraisal_id, AppraisalState.EXECUTING)
        for subject, why in kept.items():
            self._settle_line(subject, appraisal_id, why)
        self._connection.execute(
            "UPDATE appraisal_line SET result = 'done' WHERE appraisal_id = ? AND result = '' AND opinion IN ('keep', 'transfer')",
            (appraisal_id,),
        )
        if self._connection.row("SELECT 1 FROM appraisal_line WHERE appraisal_id = ? AND result = ''", (appraisal_id,)):
            raise BatchNotReady(batch=appraisal_id, state="unfinished")
        self._move_batch(appraisal_id, AppraisalState.DONE, executed_at=now())
        destroyed = self._connection.row("SELECT count(*) FROM destroyed WHERE appraisal_id = ?", (appraisal_id,))
        self._note("carry_out", _batch(appraisal_id), destroyed=destroyed[0] if destroyed else 0, kept=len(kept))

    def erase(self, residues: Sequence[Residue], packages: int) -> None:
        """These are off the disk (or named by another record again), and so many packages."""
        self._connection.executemany(
            "DELETE FROM residue WHERE folder = ? AND name = ?", [(residue.folder, residue.name) for residue in residues]
        )
        self._note("erase", "archive", files=len(residues), packages=packages)

    def void_packages(self, after_seq: int) -> None:
        """Headquarters was set back and asks for packages whose files went with what they held: all that was packed after
        `after_seq` is void, and packed anew without it.
        """
        lost = "SELECT id FROM package WHERE last_seq > ? AND state <> 'void' AND epoch = (SELECT value FROM fact WHERE name = 'epoch')"
        names = [row[0] for row in self._connection.rows(lost, (after_seq,))]
        # The same range may be packed again: its name must be free. Rows point at each other until the commit.
        self._connection.execute("PRAGMA defer_foreign_keys = ON")
        for name in names:
            void = f"{name}-void-{now()}"
            self._connection.execute(
                "UPDATE item SET delivery = 'local', delivered_seq = 0 WHERE id IN"
                " (SELECT item_id FROM packed_item WHERE package_id = ?)", (name,)
            )  # fmt: skip
            self._connection.execute("UPDATE package SET state = 'void', file_name = '', id = ? WHERE id = ?", (void, name))
            self._connection.execute("UPDATE packed_item SET package_id = ? WHERE package_id = ?", (void, name))
            self._connection.execute("UPDATE receipt SET package_id = ? WHERE package_id = ?", (void, name))
        self._note("void_packages", "archive", after_seq=after_seq, packages=len(names))

    # -- inside: a batch

    def _require_batch(self, appraisal_id: int, wanted: AppraisalState) -> None:
        row = self._connection.row("SELECT state FROM appraisal WHERE id = ?", (appraisal_id,))
        if row is None:
            raise NoSuchRecord(appraisal=appraisal_id)
        if row[0] != wanted.value:
            raise BatchNotReady(batch=appraisal_id, state=row[0])

    def _move_batch(self, appraisal_id: int, state: AppraisalState, **values: object) -> None:
        names = "".join(f", {name} = ?" for name in values)
        self._touch(f"UPDATE appraisal SET state = ?{names} WHERE id = ?", (state.value, *values.values(), appraisal_id))

    def _decide_batch(self, appraisal_id: int, state: AppraisalState, opinion: str) -> None:
        self._require_batch(appraisal_id, AppraisalState.SUBMITTED)
        if self._connection.row("SELECT 1 FROM appraisal WHERE id = ? AND submitted_by = ?", (appraisal_id, self._agent.id)):
            raise DecidedBySubmitter(batch=appraisal_id)
        self._move_batch(appraisal_id, state, opinion=opinion, decided_at=now(), decided_by=self._agent.id)

    def _count_opinions(self, appraisal_id: int) -> dict[str, Any]:
        return dict(
            self._connection.rows(
                "SELECT opinion, count(*) FROM appraisal_line WHERE appraisal_id = ? GROUP BY opinion", (appraisal_id,)
            )
        )

    def _settle_line(self, subject: Subject, appraisal_id: int, result: str) -> None:
        """What became of a line."""
        self._connection.execute(
            "UPDATE appraisal_line SET result = ? WHERE appraisal_id = ? AND kind = ? AND subject_id = ?",
            (result, appraisal_id, subject.kind.value, subject.id),
        )

    def _due_in_batch(self, subject: Subject, cutoff: str) -> str:
        row = record_row(self._connection, subject)
        if row is None or row["state"] != State.FILED.value or row["sealed"] or row["volume_id"] is not None:
            raise NotForAppraisal(record=str(subject))
        due = due_on(Retention(row["retention"]), row["basis"], row["kept_until"])
        elsewhere = self._connection.row(
            "SELECT 1 FROM appraisal_line JOIN appraisal ON appraisal.id = appraisal_id"
            " WHERE kind = ? AND subject_id = ? AND appraisal.state <> 'done'",
            (subject.kind.value, subject.id),
        )
        if not due or due > cutoff or elsewhere:
            raise NotForAppraisal(record=str(subject))
        return due

    def _keep_period(self, subject: Subject, appraisal_id: int, seq: int) -> None:
        """The version before the longer period: the description, and the batch that decided."""
        draft_class: Any = ItemDraft if subject.kind is Kind.ITEM else VolumeDraft
        names = [field.name for field in fields(draft_class)]
        row = self._connection.row(f"SELECT {', '.join(names)} FROM {subject.kind.value} WHERE id = ?", (subject.id,))
        batch = self._connection.row("SELECT number FROM appraisal WHERE id = ?", (appraisal_id,))
        assert row is not None and batch is not None
        former = msgspec.convert(dict(zip(names, row, strict=True)), draft_class)
        keep: Any = self._keep_former if subject.kind is Kind.ITEM else self._keep_version
        keep(subject.id, former, batch[0], seq)

    # -- inside: what goes

    def _originals_of(self, item_id: int) -> list[list[str]]:
        """SHA-256 and SM3 of every original of an item, former ones too."""
        return [
            list(row)
            for row in self._connection.rows(
                "SELECT DISTINCT sha256, sm3 FROM object JOIN document ON document.object_id = object.id"
                " WHERE document.item_id = ? ORDER BY sha256",
                (item_id,),
            )
        ]

    def _enter_destroyed(
        self, subject: Subject, appraisal_id: int, today: date, digests: dict[int, list[list[str]]]
    ) -> None:
        record = record_row(self._connection, subject)
        assert record is not None
        self._insert(
            "destroyed", kind=subject.kind.value, subject_id=subject.id, appraisal_id=appraisal_id,
            reference_code=record["reference_code"], title=record["title"], document_no=record["document_no"],
            creator=record["creator"], doc_date=record["basis"], year=record["year"], retention=record["retention"],
            kept_years=kept_years(record["basis"], _day(today)), page_count=record["page_count"], remarks="",
            digests=msgspec.json.encode([pair for pairs in digests.values() for pair in pairs]).decode(), at=now(),
        )  # fmt: skip

    def _empty_record(self, subject: Subject) -> None:
        """Takes everything that describes the record out of the tables; its row becomes a tombstone."""
        table = subject.kind.value
        about = (table, subject.id)
        self._forget_people(subject)
        forget_drafts(self._connection, subject)
        forget_found(self._connection)
        self._connection.execute("DELETE FROM version WHERE kind = ? AND subject_id = ?", about)
        self._connection.execute(
            "DELETE FROM relation WHERE (from_kind = ? AND from_id = ?) OR (to_kind = ? AND to_id = ?)", about * 2
        )
        # The codes it once had stay given; why it lost them may quote its content.
        self._connection.execute("UPDATE former_code SET reason = '' WHERE kind = ? AND subject_id = ?", about)
        if subject.kind is Kind.ITEM:
            self._leave_residue("index", str(subject.id))
            self._connection.execute("DELETE FROM document WHERE item_id = ?", (subject.id,))
            self._forget_arrivals("item_id = ?", subject.id)
        stays = _STAYS[table].split(", ")
        emptied = ", ".join(
            f"{name} = {'NULL' if not required else repr('') if kind == 'TEXT' else 0}"
            for _number, name, kind, required, _default, _key in self._connection.rows(f"PRAGMA table_info({table})")
            if name not in stays
        )
        self._touch(f"UPDATE {table} SET {emptied}, state = ? WHERE id = ?", (State.DESTROYED.value, subject.id))

    def _forget_arrivals(self, which: str, value: int) -> None:
        """That a file arrived, and what became of it, stays (promise 2); what it was called and said does not."""
        self._connection.execute(
            f"UPDATE arrival SET object_id = NULL, name = '', path = '', suggestion = NULL WHERE {which}", (value,)
        )

    def _let_originals_go(self, originals: set[int]) -> None:
        """Originals that no record has any more, with their pages; their files are residue. An original shared with a
        record that goes in the same batch stays until that one goes.
        """
        for object_id in sorted(originals):
            if self._connection.row("SELECT 1 FROM document WHERE object_id = ?", (object_id,)):
                continue
            self._forget_arrivals("object_id = ?", object_id)
            pictures = self._connection.rows("SELECT DISTINCT picture FROM page WHERE object_id = ?", (object_id,))
            self._connection.execute("DELETE FROM page WHERE object_id = ?", (object_id,))
            row = self._connection.row("DELETE FROM object WHERE id = ? RETURNING name", (object_id,))
            assert row is not None
            self._leave_residue("objects", str(row[0]))
            for (picture,) in pictures:
                if not self._connection.row("SELECT 1 FROM page WHERE picture = ? LIMIT 1", (picture,)):
                    self._leave_residue("pictures", str(picture))

    def _leave_residue(self, folder: str, name: str) -> None:
        self._connection.execute("INSERT OR IGNORE INTO residue VALUES (?, ?)", (folder, name))


def _batch(appraisal_id: int) -> str:
    return f"appraisal:{appraisal_id}"


def _day(today: date) -> str:
    return today.strftime("%Y%m%d")
