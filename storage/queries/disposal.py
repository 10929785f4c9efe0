"""storage/queries/disposal.py — what is due, what is held, appraisal batches, the destruction register: the reads.

Due lists and batches show titles only through the views, so what is sealed meanwhile loses its title here too. `obstacles`
looks at the raw tables: it is the one judge of whether a record may be destroyed, asked for the eye before and, inside
the transaction, by the change itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import msgspec

from storage.connection import Connection
from storage.errors import NoSuchRecord
from storage.queries.base import Reading, chunks, marks
from storage.records import Delivery, Kind, Retention, State, Subject
from storage.records.disposal import (
    FOR_EVER,
    Appraisal,
    AppraisalLine,
    AppraisalState,
    DestroyedRecord,
    DueRecord,
    Hold,
    Obstacle,
    Opinion,
    Residue,
    due_on,
)

#: The day a record's period is counted from, as far as it is known; its first four digits are always a year.
BASIS = {
    Kind.ITEM: "CASE WHEN doc_date GLOB '[0-9][0-9][0-9][0-9]*' THEN doc_date ELSE printf('%04d0000', year) END",
    Kind.VOLUME: (
        "CASE WHEN closed_on GLOB '[0-9][0-9][0-9][0-9]*' THEN closed_on"
        " WHEN date_to GLOB '[0-9][0-9][0-9][0-9]*' THEN date_to ELSE printf('%04d0000', year) END"
    ),
}
# The same rule as `due_on`, for the database to sort and count by; a test holds the two together.
_DUE = (
    f"CASE WHEN retention = 'Y' OR kept_until = '{FOR_EVER}' THEN '' ELSE"
    " max(printf('%04d0101', substr(basis, 1, 4) + 1 + substr(retention, 2)), kept_until) END"
)
_RECORDS = f"""
    WITH record AS (
        SELECT 'item' AS kind, id, reference_code, title, document_no, creator, category, year, retention,
            {BASIS[Kind.ITEM]} AS basis, kept_until, page_count, 1 AS items
        FROM visible_item WHERE volume_id IS NULL AND state = 'filed'
        UNION ALL
        SELECT 'volume', id, reference_code, title, '', handling_unit, category, year, retention,
            {BASIS[Kind.VOLUME]}, kept_until,
            (SELECT coalesce(sum(page_count), 0) FROM visible_item WHERE volume_id = visible_volume.id),
            (SELECT count(*) FROM visible_item WHERE volume_id = visible_volume.id)
        FROM visible_volume WHERE state = 'filed'
    ), dated AS (SELECT *, {_DUE} AS due FROM record)
"""
_RECORD = (
    "kind, id, reference_code, title, document_no, creator, category, year, retention, basis, due, kept_until,"
    " page_count, items"
)
_APPRAISAL = (
    "SELECT id, number, cutoff, state, appraisers, report, opened_at, opened_by, submitted_at, submitted_by, decided_at,"
    " decided_by, opinion, executed_at, executed_by, place, method, supervisors,"
    " (SELECT count(*) FROM appraisal_line WHERE appraisal_id = appraisal.id),"
    " (SELECT count(*) FROM appraisal_line WHERE appraisal_id = appraisal.id AND opinion <> ''),"
    " (SELECT count(*) FROM appraisal_line WHERE appraisal_id = appraisal.id AND opinion = 'destroy'),"
    " (SELECT count(*) FROM destroyed WHERE appraisal_id = appraisal.id) FROM appraisal"
)
#: The items a subject consists of, whatever became of them; the parameter is the subject's id.
ITEMS_OF = {Kind.ITEM: "SELECT id FROM item WHERE id = ?", Kind.VOLUME: "SELECT id FROM item WHERE volume_id = ?"}


class DisposalReads(Reading):
    """Retention and disposal."""

    def due(self, cutoff: str, *, category: str | None = None, limit: int = -1, offset: int = 0) -> list[DueRecord]:
        """What falls due up to the day `cutoff`, the longest due first. Items in a volume follow the volume.

        A record that stands in an unfinished batch is left out. `obstacles` are not filled in: see `due_records`.
        """
        where, values = _due_where(cutoff, category)
        rows = self._rows(
            f"{_RECORDS} SELECT {_RECORD} FROM dated WHERE {where} ORDER BY due, reference_code, kind, id LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return [_due_record(row) for row in rows]

    def due_count(self, cutoff: str, *, category: str | None = None) -> int:
        where, values = _due_where(cutoff, category)
        return int(self._row(f"{_RECORDS} SELECT count(*) FROM dated WHERE {where}", values)[0])

    def due_records(self, subjects: Sequence[Subject], today: str) -> dict[Subject, DueRecord]:
        """These records with what stands against destroying them; without those that may not be seen."""
        found = {}
        connection = self._database.reader()
        for kind in Kind:
            for chunk in chunks([subject.id for subject in subjects if subject.kind is kind]):
                for row in self._rows(
                    f"{_RECORDS} SELECT {_RECORD} FROM dated WHERE kind = ? AND id IN ({marks(chunk)})", (kind.value, *chunk)
                ):
                    subject = Subject(kind, row[1])
                    found[subject] = _due_record(row, obstacles(connection, subject, today))
        return found

    def holds(self, subject: Subject | None = None, *, lifted: bool = False) -> list[Hold]:
        """Those in force, the newest first; with `lifted` those of the past too. Of a volume also those on its items."""
        conditions, values = ["1"], []
        if not lifted:
            conditions.append("lifted_at = ''")
        if subject is not None:
            conditions += [_about(subject), f"EXISTS (SELECT 1 FROM visible_{subject.kind.value} WHERE id = ?)"]
            values = [subject.id] * 3
        rows = self._rows(
            "SELECT hold.id, hold.kind, hold.subject_id, iif(visible_item.id OR visible_volume.id, reason, ''), placed_at,"
            " placed_by, lifted_at, lifted_by, iif(visible_item.id OR visible_volume.id, lift_reason, ''),"
            " coalesce(visible_item.reference_code, visible_volume.reference_code, ''),"
            " coalesce(visible_item.title, visible_volume.title, '') FROM hold"
            " LEFT JOIN visible_item ON hold.kind = 'item' AND visible_item.id = hold.subject_id"
            " LEFT JOIN visible_volume ON hold.kind = 'volume' AND visible_volume.id = hold.subject_id"
            f" WHERE {' AND '.join(conditions)} ORDER BY hold.id DESC",
            values,
        )
        return [Hold(row[0], Subject(Kind(row[1]), row[2]), *row[3:]) for row in rows]

    def appraisals(self) -> list[Appraisal]:
        """The newest first."""
        return [_appraisal(row) for row in self._rows(f"{_APPRAISAL} ORDER BY id DESC")]

    def appraisal(self, appraisal_id: int) -> Appraisal:
        row = self._row(f"{_APPRAISAL} WHERE id = ?", (appraisal_id,))
        if row is None:
            raise NoSuchRecord(appraisal=appraisal_id)
        return _appraisal(row)

    def appraisal_by_number(self, number: str) -> Appraisal:
        row = self._row(f"{_APPRAISAL} WHERE number = ?", (number,))
        if row is None:
            raise NoSuchRecord(appraisal=number)
        return _appraisal(row)

    def appraisal_lines(self, appraisal_id: int, today: str, *, limit: int = -1, offset: int = 0) -> list[AppraisalLine]:
        """The records of a batch, the longest due first; `record` says what stands against destroying each today."""
        rows = self._rows(
            "SELECT line.kind, line.subject_id, line.due_on, line.opinion, line.reason, line.kept_until, line.appraiser,"
            " line.result, destroyed.reference_code, destroyed.title FROM appraisal_line AS line"
            " LEFT JOIN destroyed ON destroyed.kind = line.kind AND destroyed.subject_id = line.subject_id"
            " WHERE line.appraisal_id = ? ORDER BY line.due_on, line.kind, line.subject_id LIMIT ? OFFSET ?",
            (appraisal_id, limit, offset),
        )
        subjects = [Subject(Kind(row[0]), row[1]) for row in rows]
        records = self.due_records(subjects, today)
        lines = []
        for subject, row in zip(subjects, rows, strict=True):
            record = records.get(subject)
            code, title = (record.reference_code, record.title) if record else (row[8] or "", row[9] or "")
            opinion = Opinion(row[3]) if row[3] else None
            # Why somebody wants a sealed record kept may speak of what is in it.
            reason = row[4] if code else ""
            lines.append(
                AppraisalLine(
                    appraisal_id, subject, due_on=row[2], opinion=opinion, reason=reason, kept_until=row[5],
                    appraiser=row[6], result=row[7], reference_code=code, title=title, record=record,
                )
            )  # fmt: skip
        return lines

    def destroyed(self, appraisal_id: int | None = None, *, limit: int = -1, offset: int = 0) -> list[DestroyedRecord]:
        """The destruction register, or one batch of it, in the order of the codes."""
        where, values = ("WHERE appraisal_id = ?", [appraisal_id]) if appraisal_id is not None else ("", [])
        rows = self._rows(
            "SELECT kind, subject_id, appraisal_id, reference_code, title, document_no, creator, doc_date, year, retention,"
            f" kept_years, page_count, remarks, at FROM destroyed {where} ORDER BY appraisal_id, reference_code LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        names = [field.name for field in fields(DestroyedRecord)][1:]
        return [
            DestroyedRecord(
                Subject(Kind(row[0]), row[1]),
                **dict(zip(names, row[2:], strict=True)) | {"retention": Retention(row[9])},
            )
            for row in rows
        ]

    def item_ids_of(self, subject: Subject) -> list[int]:
        """The items a record consists of, whatever became of them."""
        return [row[0] for row in self._rows(ITEMS_OF[subject.kind], (subject.id,))]

    def residues(self) -> list[Residue]:
        """Files still to be removed, because their record is destroyed."""
        return [Residue(*row) for row in self._rows("SELECT folder, name FROM residue ORDER BY folder, name")]

    def names_file(self, residue: Residue) -> bool:
        """Whether a record or a paper in the inbox names this file (again): then it stays."""
        table = {"objects": "object WHERE name", "pictures": "page WHERE picture"}[residue.folder]
        return self._row(f"SELECT 1 FROM {table} = ? LIMIT 1", (residue.name,)) is not None

    def spent_packages(self) -> list[str]:
        """Names of package files that hold what is destroyed now, and that headquarters does not wait for."""
        return [
            row[0]
            for row in self._rows(
                "SELECT DISTINCT file_name FROM package JOIN packed_item ON packed_item.package_id = package.id"
                " JOIN item ON item.id = packed_item.item_id WHERE item.state = 'destroyed' AND packed_item.whole = 1"
                " AND package.state NOT IN ('packed', 'sent') AND file_name <> ''"
            )
        ]


def obstacles(connection: Connection, subject: Subject, today: str, appraisal_id: int = 0) -> tuple[Obstacle, ...]:
    """Everything that stands against destroying this record today; nothing is the only leave there is.

    With `appraisal_id` it must also be approved for destruction in that batch, and begun. An original shared with another
    record (split from one scan) goes only when nothing stands against the other one either, and with a batch, when that is
    in the same batch.
    """
    found = _own_obstacles(connection, subject, today)
    if Obstacle.GONE in found:
        return found
    if appraisal_id and not _approved(connection, subject, appraisal_id):
        found = (*found, Obstacle.NOT_APPROVED)
    others = _company(connection, subject) - {subject}
    stays = any(
        _own_obstacles(connection, other, today) or (appraisal_id and not _approved(connection, other, appraisal_id))
        for other in others
    )
    if stays or _waits_in_inbox(connection, subject):
        found = (*found, Obstacle.SHARED)
    return found


def record_row(connection: Connection, subject: Subject) -> dict[str, Any] | None:
    """What `obstacles` and the destruction register must know of a record, whether it may be seen or not."""
    columns = "reference_code, title, year, retention, kept_until, state, sealed, page_count, document_no, creator, volume_id"
    if subject.kind is Kind.VOLUME:
        columns = (
            "reference_code, title, year, retention, kept_until, state, sealed,"
            " (SELECT coalesce(sum(page_count), 0) FROM item WHERE volume_id = volume.id AND state = 'filed') AS page_count,"
            " '' AS document_no, handling_unit AS creator, NULL AS volume_id"
        )
    row = connection.row(
        f"SELECT {columns}, {BASIS[subject.kind]} AS basis FROM {subject.kind.value} WHERE id = ?", (subject.id,)
    )
    if row is None:
        return None
    names = ("reference_code", "title", "year", "retention", "kept_until", "state", "sealed", "page_count", "document_no",
             "creator", "volume_id", "basis")  # fmt: skip
    return dict(zip(names, row, strict=True))


def _own_obstacles(connection: Connection, subject: Subject, today: str) -> tuple[Obstacle, ...]:
    """What stands against it for itself."""
    record = record_row(connection, subject)
    if record is None or record["state"] in (State.DESTROYED.value, State.MERGED.value):
        return (Obstacle.GONE,)
    items = f"({ITEMS_OF[subject.kind]})"
    due = due_on(Retention(record["retention"]), record["basis"], record["kept_until"])

    def any_row(sql: str, *values: object) -> bool:
        return connection.row(f"SELECT 1 FROM {sql} LIMIT 1", (*values, subject.id)) is not None

    checks = {
        Obstacle.OPEN: record["state"] == State.OPEN.value or any_row(f"item WHERE state = 'open' AND id IN {items}"),
        Obstacle.IN_VOLUME: record["volume_id"] is not None,
        Obstacle.NOT_DUE: not due or due > today,
        Obstacle.HELD: _named_in(connection, "hold", "lifted_at = ''", subject),
        Obstacle.LENT: _named_in(connection, "loan_subject", "out = 1", subject),
        Obstacle.SEALED: bool(record["sealed"]) or any_row(f"item WHERE sealed = 1 AND id IN {items}"),
        Obstacle.UNDELIVERED: any_row(
            f"item WHERE state = 'filed' AND (delivered_seq <> changed_seq OR delivery <> ?) AND id IN {items}",
            Delivery.DELIVERED.value,
        )
        or any_row(
            "package JOIN packed_item ON packed_item.package_id = package.id"
            f" WHERE package.state IN ('packed', 'sent') AND packed_item.item_id IN {items}"
        ),
        # As long as the scan itself lies in the scan folder, nothing would be destroyed.
        Obstacle.SOURCE: any_row(
            "arrival WHERE source = 'present' AND object_id IN"
            f" (SELECT object_id FROM document WHERE item_id IN {items})"
        ),
    }  # fmt: skip
    return tuple(obstacle for obstacle, stands in checks.items() if stands)


def _named_in(connection: Connection, table: str, in_force: str, subject: Subject) -> bool:
    row = connection.row(f"SELECT 1 FROM {table} WHERE {in_force} AND {_about(subject)} LIMIT 1", (subject.id,) * 2)
    return row is not None


def _about(subject: Subject) -> str:
    """The condition that a row with `kind` and `subject_id` is about this record: itself, for an item its volume too, for a
    volume each of its items too. Takes the id twice.
    """
    if subject.kind is Kind.ITEM:
        return (
            "((kind = 'item' AND subject_id = ?) OR"
            " (kind = 'volume' AND subject_id = (SELECT volume_id FROM item WHERE id = ?)))"
        )
    return "((kind = 'volume' AND subject_id = ?) OR (kind = 'item' AND subject_id IN (SELECT id FROM item WHERE volume_id = ?)))"


def _approved(connection: Connection, subject: Subject, appraisal_id: int) -> bool:
    row = connection.row(
        "SELECT 1 FROM appraisal_line JOIN appraisal ON appraisal.id = appraisal_id"
        " WHERE appraisal_id = ? AND kind = ? AND subject_id = ? AND appraisal_line.opinion = ? AND appraisal.state = ?",
        (appraisal_id, subject.kind.value, subject.id, Opinion.DESTROY.value, AppraisalState.EXECUTING.value),
    )
    return row is not None


def _company(connection: Connection, subject: Subject) -> set[Subject]:
    """The record and all that hang together with it by shared originals: pieces of one scan, and pieces of those."""
    found, new = {subject}, [subject]
    while new:
        one = new.pop()
        for item_id, volume_id in connection.rows(
            "SELECT DISTINCT item.id, item.volume_id FROM document JOIN item ON item.id = document.item_id"
            " WHERE item.state IN ('open', 'filed') AND document.object_id IN"
            f" (SELECT object_id FROM document WHERE item_id IN ({ITEMS_OF[one.kind]}))",
            (one.id,),
        ):
            other = Subject(Kind.ITEM, item_id) if volume_id is None else Subject(Kind.VOLUME, volume_id)
            if other not in found:
                found.add(other)
                new.append(other)
    return found


def _waits_in_inbox(connection: Connection, subject: Subject) -> bool:
    """Whether a paper that is not filed yet has the same content."""
    row = connection.row(
        "SELECT 1 FROM arrival WHERE outcome IN ('waiting', 'quarantined') AND object_id IN"
        f" (SELECT object_id FROM document WHERE item_id IN ({ITEMS_OF[subject.kind]})) LIMIT 1",
        (subject.id,),
    )
    return row is not None


def _due_where(cutoff: str, category: str | None) -> tuple[str, list[Any]]:
    where = (
        "due <> '' AND due <= ? AND NOT EXISTS (SELECT 1 FROM appraisal_line AS line JOIN appraisal ON appraisal.id ="
        " line.appraisal_id WHERE line.kind = dated.kind AND line.subject_id = dated.id AND appraisal.state <> 'done')"
    )
    values: list[Any] = [cutoff]
    if category:
        where += " AND (category = ? OR substr(category, 1, ?) = ?)"
        values += [category, len(category) + 1, f"{category}·"]
    return where, values


def _due_record(row: Sequence[Any], against: tuple[Obstacle, ...] = ()) -> DueRecord:
    names = [field.name for field in fields(DueRecord)][1:-1]
    values = dict(zip(names, row[2:], strict=True)) | {"retention": Retention(row[8])}
    return DueRecord(Subject(Kind(row[0]), row[1]), **values, obstacles=against)


def _appraisal(row: Sequence[Any]) -> Appraisal:
    values = list(row)
    values[3] = AppraisalState(values[3])
    for place in (4, 17):
        values[place] = tuple(msgspec.json.decode(values[place]))
    for place in (9, 11, 14):
        values[place] = values[place] or 0
    return Appraisal(*values)
