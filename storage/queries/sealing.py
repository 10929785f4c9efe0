"""storage/queries/sealing.py — sealed records and who may consult them: the reads.

Outside a consultation nothing is said of a sealed record but how many were sealed on which day. Inside one the database
itself is asked, at every read: is the consultation approved and not at its end, and was this record opened within it? If
not, `ConsultationNotOpen`, or the answer for what does not exist. What the numbers of a register still show (a gap where
the sealed record stands, pages of a volume that are not listed) is inherent in numbering without gaps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from storage.connection import Connection
from storage.errors import Known, NoSuchRecord
from storage.queries.base import ITEM, Reading, item_of, marks
from storage.records import Document, Item, Kind, Line, PageText, Subject
from storage.records.sealing import (
    Consultation,
    ConsultationRequest,
    ConsultationState,
    Proposal,
    Sealed,
    SealedOn,
    Sealing,
    Unsealing,
)

#: Approved, and its last day is not over. The day is the station's own.
OPEN = "state = 'approved' AND ends_on >= date('now', 'localtime')"
#: How many records one look-up shows: whoever finds more must ask for less.
MOST_FOUND = 200

_CONSULTATION = (
    "id, number, unit, person, basis, document_no, purpose, sought, scope, state, requested_at, requested_name, decided_at,"
    f" decided_name, opinion, notified_at, ends_on, closed_at, result, {OPEN},"
    " (SELECT count(*) FROM consultation_subject WHERE consultation_id = consultation.id)"
)
_NAMED = (
    "id IN (SELECT subject_id FROM mention JOIN entity ON entity.id = mention.entity_id WHERE mention.kind = ?2"
    " AND ?1 IN (entity.name, entity.alias, entity.id_number))"
    " OR id IN (SELECT subject_id FROM former_code WHERE former_code.kind = ?2 AND former_code.reference_code = ?1)"
)
_VOLUMES_FOUND = (
    "SELECT id FROM volume WHERE sealed = 1 AND state = 'filed' AND (?1 IN (reference_code, case_no, decision_no)"
    f" OR instr(title, ?1) OR instr(case_name, ?1) OR {_NAMED})"
)
_ITEMS_FOUND = (
    "SELECT id FROM item WHERE sealed = 1 AND state = 'filed' AND (?1 IN (reference_code, document_no)"
    f" OR instr(title, ?1) OR {_NAMED} OR id IN (SELECT item_id FROM document JOIN page USING (object_id)"
    " WHERE document.superseded_seq = 0 AND instr(page.lines, ?1) > 0 AND (document.pages IS NULL"
    " OR page.number IN (SELECT value FROM json_each(document.pages)))))"
)


class ConsultationNotOpen(Known):
    """Not approved, ended, closed, or never asked for. Facts: consultation."""

    number = 161


class NotSought(Known):
    """This is not among what the consultation was approved to look for. Facts: consultation."""

    number = 162


class SealingReads(Reading):
    """Sealed records and who may consult them."""

    # -- what anyone may know

    def sealed_on(self) -> list[SealedOn]:
        """How many are sealed, by the day they were sealed; the newest first. An item of a sealed volume counts as item."""
        return [
            SealedOn(*row)
            for row in self._rows(
                "SELECT date(at, 'localtime') AS day, sum(kind = 'volume'), sum(kind = 'item') FROM seal"
                " WHERE lifted_at = '' GROUP BY day ORDER BY day DESC"
            )
        ]

    def to_be_sealed(self, since: str, dated_only: bool, limit: int = -1) -> list[Proposal]:
        """Filed records of the categories that seal, decided (an item: dated) on or after `since` (YYYYMMDD), and not
        sealed; with an unknown date too unless `dated_only`. One whose seal was lawfully lifted is not named again.
        """
        return [
            Proposal(Subject(Kind(kind), id), code, title, date)
            for kind, id, code, title, date in self._rows(
                f"SELECT kind, id, reference_code, title, day FROM ({_due(dated_only)}) ORDER BY kind DESC, id LIMIT ?",
                (since, since, limit),
            )
        ]

    def to_be_sealed_count(self, since: str, dated_only: bool) -> int:
        return int(self._row(f"SELECT count(*) FROM ({_due(dated_only)})", (since, since))[0])

    def due_for_seal(self, subject: Subject, since: str, dated_only: bool) -> bool:
        """Whether this record, filed or about to be, is one of those."""
        return bool(
            self._row(
                f"SELECT 1 FROM ({_due(dated_only, filed=False)}) WHERE kind = ? AND id = ?",
                (since, since, subject.kind.value, subject.id),
            )
        )

    # -- consultations

    def consultation(self, consultation_id: int) -> Consultation:
        row = self._row(f"SELECT {_CONSULTATION} FROM consultation WHERE id = ?", (consultation_id,))
        if row is None:
            raise NoSuchRecord(consultation=consultation_id)
        return _consultation(row)

    def consultation_by_number(self, number: str) -> Consultation:
        row = self._row(f"SELECT {_CONSULTATION} FROM consultation WHERE number = ?", (number,))
        if row is None:
            raise NoSuchRecord(consultation=number)
        return _consultation(row)

    def consultations(
        self, *states: ConsultationState, since: str = "", until: str = "9999", limit: int = -1, offset: int = 0
    ) -> list[Consultation]:
        """The newest first; asked for on the days from `since` to `until` (YYYY-MM-DD)."""
        chosen = states or tuple(ConsultationState)
        return [
            _consultation(row)
            for row in self._rows(
                f"SELECT {_CONSULTATION} FROM consultation WHERE state IN ({marks(chosen)})"
                " AND date(requested_at, 'localtime') BETWEEN ? AND ? ORDER BY id DESC LIMIT ? OFFSET ?",
                (*(state.value for state in chosen), since, until, limit, offset),
            )
        ]

    def unsealings(self) -> list[Unsealing]:
        """Requests to lift a seal that wait for a second person."""
        return [
            Unsealing(id, Subject(Kind(kind), subject), *rest)
            for id, kind, subject, *rest in self._rows(
                "SELECT id, kind, subject_id, basis, document_no, requested_at, requested_name FROM unsealing"
                " WHERE state = 'requested' ORDER BY id"
            )
        ]

    # -- within a consultation

    def find_sealed(self, consultation_id: int, term: str) -> list[Sealed]:
        """The sealed records that a sought name, number, code or title word leads to, volumes first; items of a volume that
        is among them stand in it. Raises ConsultationNotOpen, NotSought.
        """
        with self._database.snapshot() as connection:
            found = look_for(connection, consultation_id, term)
            volumes = [subject.id for subject in found if subject.kind is Kind.VOLUME]
            items = [subject.id for subject in found if subject.kind is Kind.ITEM]
            return [*_volumes(connection, consultation_id, volumes), *_items(connection, consultation_id, items)]

    def covered(self, consultation_id: int, subject: Subject) -> bool:
        """Whether a sealed record was opened within this consultation, itself or with its volume, and may be read now."""
        return covered(self._database.reader(), consultation_id, subject)

    def consulted(self, consultation_id: int) -> list[Sealed]:
        """What was opened within a consultation. Raises ConsultationNotOpen."""
        with self._database.snapshot() as connection:
            require_open(connection, consultation_id)
            rows = connection.rows(
                "SELECT kind, subject_id FROM consultation_subject WHERE consultation_id = ?", (consultation_id,)
            )
            volumes, items = ([id for kind, id in rows if kind == wanted] for wanted in ("volume", "item"))
            return [*_volumes(connection, consultation_id, volumes), *_items(connection, consultation_id, items)]

    def sealed_volume(self, consultation_id: int, volume_id: int) -> tuple[Sealed, list[Sealed]]:
        """A sealed volume and its items in order. Raises ConsultationNotOpen, NoSuchRecord."""
        with self._database.snapshot() as connection:
            _require_covered(connection, consultation_id, Subject(Kind.VOLUME, volume_id))
            rows = connection.rows(
                "SELECT id FROM item WHERE volume_id = ? AND sealed = 1 AND state = 'filed' ORDER BY position, id", (volume_id,)
            )
            (volume,) = _volumes(connection, consultation_id, [volume_id])
            return volume, list(_items(connection, consultation_id, [row[0] for row in rows]))

    def sealed_item(self, consultation_id: int, item_id: int) -> Item:
        """Raises ConsultationNotOpen, NoSuchRecord."""
        with self._database.snapshot() as connection:
            _require_covered(connection, consultation_id, Subject(Kind.ITEM, item_id))
            row = connection.row(f"SELECT {ITEM} FROM item WHERE id = ?", (item_id,))
            assert row is not None
            objects = tuple(dict.fromkeys(document.object_id for document in _documents(connection, item_id)))
            return item_of(row, objects)

    def sealed_pages(self, consultation_id: int, item_id: int) -> list[tuple[int, PageText]]:
        """(original, page) of an item's pages in order. Raises ConsultationNotOpen, NoSuchRecord."""
        found = []
        with self._database.snapshot() as connection:
            _require_covered(connection, consultation_id, Subject(Kind.ITEM, item_id))
            for document in _documents(connection, item_id):
                by_number = _pages(connection, document.object_id)
                wanted = document.pages if document.pages is not None else tuple(by_number)
                found += [(document.object_id, by_number[number]) for number in wanted if number in by_number]
        return found

    def seal_of(self, consultation_id: int, subject: Subject) -> Sealing:
        """Raises ConsultationNotOpen, NoSuchRecord."""
        with self._database.snapshot() as connection:
            _require_covered(connection, consultation_id, subject)
            row = connection.row(
                "SELECT at, agent_name, basis FROM seal WHERE kind = ? AND subject_id = ? AND lifted_at = ''",
                (subject.kind.value, subject.id),
            )
        if row is None:
            raise NoSuchRecord(record=str(subject))
        return Sealing(*row)


def look_for(connection: Connection, consultation_id: int, term: str) -> list[Subject]:
    """What a sought term leads to, in the database as `connection` sees it. Raises ConsultationNotOpen, NotSought."""
    if term not in sought(connection, consultation_id):
        raise NotSought(consultation=consultation_id)
    return _reach(connection, term)


def sought(connection: Connection, consultation_id: int) -> tuple[str, ...]:
    """What an open consultation may look for. Raises ConsultationNotOpen."""
    row = connection.row(f"SELECT sought FROM consultation WHERE id = ? AND {OPEN}", (consultation_id,))
    if row is None:
        raise ConsultationNotOpen(consultation=consultation_id)
    return tuple(msgspec.json.decode(row[0]))


def require_open(connection: Connection, consultation_id: int) -> None:
    """Raises ConsultationNotOpen."""
    sought(connection, consultation_id)


def reaches(connection: Connection, consultation_id: int, subject: Subject) -> bool:
    """Whether what the consultation may look for leads to this sealed record, or to its sealed volume.

    Raises ConsultationNotOpen.
    """
    mine = {subject, *volume_of(connection, subject)}
    return any(mine & set(_reach(connection, term)) for term in sought(connection, consultation_id))


def covered(connection: Connection, consultation_id: int, subject: Subject) -> bool:
    if connection.row(f"SELECT 1 FROM consultation WHERE id = ? AND {OPEN}", (consultation_id,)) is None:
        return False
    table = subject.kind.value  # an item or a volume: this program's own words
    if connection.row(f"SELECT 1 FROM {table} WHERE id = ? AND sealed = 1 AND state = 'filed'", (subject.id,)) is None:
        return False
    return any(
        connection.row(
            "SELECT 1 FROM consultation_subject WHERE consultation_id = ? AND kind = ? AND subject_id = ?",
            (consultation_id, each.kind.value, each.id),
        )
        for each in (subject, *volume_of(connection, subject))
    )


def _require_covered(connection: Connection, consultation_id: int, subject: Subject) -> None:
    require_open(connection, consultation_id)
    if not covered(connection, consultation_id, subject):
        raise NoSuchRecord(record=str(subject))


def _reach(connection: Connection, term: str) -> list[Subject]:
    found = [Subject(Kind.VOLUME, row[0]) for row in connection.rows(_VOLUMES_FOUND, (term, Kind.VOLUME.value))]
    for (item_id,) in connection.rows(_ITEMS_FOUND, (term, Kind.ITEM.value)):
        item = Subject(Kind.ITEM, item_id)
        if not set(volume_of(connection, item)) & set(found):
            found.append(item)
    return found


def volume_of(connection: Connection, subject: Subject) -> tuple[Subject, ...]:
    """The sealed volume an item stands in."""
    if subject.kind is Kind.VOLUME:
        return ()
    row = connection.row(
        "SELECT volume.id FROM item JOIN volume ON volume.id = item.volume_id WHERE item.id = ? AND volume.sealed = 1",
        (subject.id,),
    )
    return (Subject(Kind.VOLUME, row[0]),) if row else ()


def _documents(connection: Connection, item_id: int) -> list[Document]:
    return [
        Document(id, item, place, object_id, role, tuple(msgspec.json.decode(pages)) if pages else None, seq)
        for id, item, place, object_id, role, pages, seq in connection.rows(
            "SELECT id, item_id, position, object_id, role, pages, superseded_seq FROM document"
            " WHERE item_id = ? AND superseded_seq = 0 ORDER BY position, id",
            (item_id,),
        )
    ]


def _pages(connection: Connection, object_id: int) -> dict[int, PageText]:
    return {
        number: PageText(number, width, height, tuple(Line(*line) for line in msgspec.json.decode(lines)), *rest)
        for number, width, height, lines, *rest in connection.rows(
            "SELECT number, width_px, height_px, lines, source, confidence, picture FROM page WHERE object_id = ?"
            " ORDER BY number",
            (object_id,),
        )
    }


def _volumes(connection: Connection, consultation_id: int, volume_ids: Sequence[int]) -> Iterator[Sealed]:
    for volume_id in volume_ids[:MOST_FOUND]:
        subject = Subject(Kind.VOLUME, volume_id)
        row = connection.row(
            "SELECT reference_code, title, decided_on,"
            " (SELECT coalesce(sum(page_count), 0) FROM item WHERE volume_id = volume.id AND state = 'filed')"
            " FROM volume WHERE id = ? AND sealed = 1 AND state = 'filed'",
            (volume_id,),
        )
        if row is not None:
            yield Sealed(subject, row[0], row[1], row[2], row[3], covered(connection, consultation_id, subject))


def _items(connection: Connection, consultation_id: int, item_ids: Sequence[int]) -> Iterator[Sealed]:
    for item_id in item_ids[:MOST_FOUND]:
        subject = Subject(Kind.ITEM, item_id)
        row = connection.row(
            "SELECT reference_code, title, doc_date, page_count FROM item WHERE id = ? AND sealed = 1 AND state = 'filed'",
            (item_id,),
        )
        if row is not None:
            yield Sealed(subject, row[0], row[1], row[2], row[3], covered(connection, consultation_id, subject))


def _due(dated_only: bool, *, filed: bool = True) -> str:
    """(kind, id, reference_code, title, day) of what is to be sealed. Unknown months and days count as the last: stricter.

    A category seals when it, or one above it, does. `since` is a parameter twice: for volumes and for items.
    """
    state = "= 'filed'" if filed else "IN ('open', 'filed')"

    def part(kind: str, day: str, only: str) -> str:
        last = f"substr({day}, 1, 4) || replace(substr({day}, 5, 2), '00', '12') || replace(substr({day}, 7, 2), '00', '31')"
        unknown = f"({day} = '' OR substr({day}, 1, 4) = '0000')"
        dated = f"(NOT {unknown} AND {last} >= ?)"
        return (
            f"SELECT '{kind}' AS kind, id, reference_code, title, {day} AS day FROM visible_{kind} AS record"
            f" WHERE state {state} {only} AND {dated if dated_only else f'({unknown} OR {dated})'}"
            " AND category IN (SELECT below.code FROM category AS below JOIN category AS above ON above.seals = 1"
            " AND (above.code = below.code OR substr(below.code, 1, length(above.code) + 1) = above.code || '·'))"
            f" AND NOT EXISTS (SELECT 1 FROM seal WHERE seal.kind = '{kind}' AND seal.subject_id = record.id)"
        )

    return part("volume", "decided_on", "") + " UNION ALL " + part("item", "doc_date", "AND volume_id IS NULL")


def _consultation(row: Sequence[Any]) -> Consultation:
    id, number, unit, person, basis, document_no, purpose, terms, scope, state, *rest = row
    request = ConsultationRequest(unit, person, basis, document_no, purpose, tuple(msgspec.json.decode(terms)), scope)
    at, by, decided_at, decided_by, opinion, notified_at, ends_on, closed_at, result, open, consulted = rest
    return Consultation(
        id, number, request, ConsultationState(state), at, by, decided_at, decided_by, opinion, notified_at, ends_on,
        closed_at, result, bool(open), consulted,
    )  # fmt: skip
