"""storage/queries/audit.py — the journal as auditors follow it, and who acknowledged what: the reads.

Numbers first (`audit_numbers`, newest first, by index), then the lines where somebody looks (`audit_lines`): a list of a
million lines costs as much as the page on screen. Of records that may not be seen a line says only that it is one: no
code, no title, no words; asked for by name, such a record never was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from storage import journal
from storage.errors import NoSuchRecord
from storage.queries.base import Reading, chunks, marks
from storage.queries.discretion import told
from storage.records import Event, Kind, Role, Subject
from storage.records.journal import DaySheet, Held, JournalCount, JournalFilter, JournalLine, subject_of
from storage.records.lending import Standing

#: What the security administrator may see: what users, auditors and the program itself did.
_USERS = "(agent = 0 OR (role NOT LIKE '%administrator%' AND role NOT LIKE '%security%'))"
#: Acts on something else that name records in their details.
_NAMING = ("put_away", "relate", "appraise")
#: Where what somebody wrote stands: event type -> (table, column), the key of the row being a detail or the object's number.
_WORDS: dict[str, tuple[str, str, str]] = {
    "disclose": ("disclosure", "basis", "entry"),
    "look_up_entity": ("disclosure", "basis", "entry"),
    "place_hold": ("hold", "reason", "hold"),
    "lift_hold": ("hold", "lift_reason", "hold"),
    "bulk_edit": ("bulk", "reason", ""),
    "request_loan": ("loan", "basis", ""),
    "approve_loan": ("loan", "opinion", ""),
    "second_loan": ("loan", "second_opinion", ""),
    "refuse_loan": ("loan", "refusal", ""),
    "note_use": ("loan", "effect", ""),
    "approve_appraisal": ("appraisal", "opinion", ""),
    "refuse_appraisal": ("appraisal", "opinion", ""),
    "request_unsealing": ("unsealing", "basis", "request"),
    "unseal": ("unsealing", "basis", "request"),
}
#: What an object that is no record is called: its table and the column with its number or name.
_CALLED = {"loan": "number", "appraisal": "number", "consultation": "number", "agent": "name"}


class AuditReads(Reading):
    """The journal as auditors follow it, and who acknowledged what: the reads."""

    # -- lines

    def audit_numbers(self, wanted: JournalFilter, *, before: int = 0, limit: int = -1) -> list[int]:
        """The numbers of the lines wanted, the newest first; only those below `before`, when it is given. Raises NoSuchRecord
        for a record that may not be seen.
        """
        found = self._condition(wanted, before)
        if found is None:
            return []
        where, values = found
        return [row[0] for row in self._rows(f"SELECT seq FROM event WHERE {where} ORDER BY seq DESC LIMIT ?", (*values, limit))]

    def audit_lines(self, numbers: Sequence[int]) -> list[JournalLine]:
        """These lines, in this order. A number nobody wrote is left out."""
        with self._database.snapshot() as connection:
            found: dict[int, Event] = {}
            for chunk in chunks(numbers):
                rows = connection.rows(f"SELECT {journal.COLUMNS} FROM event WHERE seq IN ({marks(chunk)})", chunk)
                found |= {event.seq: event for event in told(connection, [journal.event_of(row) for row in rows])}
            return self._described([found[number] for number in numbers if number in found])

    def audit_counts(self, wanted: JournalFilter, upto: int = 0) -> list[JournalCount]:
        """How often who did what, by type, person, outcome and reason; not beyond the line `upto`, when it is given."""
        found = self._condition(wanted, upto + 1 if upto else 0)
        if found is None:
            return []
        where, values = found
        return [
            JournalCount(*row)
            for row in self._rows(
                f"SELECT type, agent, max(agent_name), outcome, reason, count(*) FROM event WHERE {where}"
                " GROUP BY type, agent, outcome, reason ORDER BY type, agent, outcome, reason",
                values,
            )
        ]

    def audit_bounds(self, since: str, until: str) -> tuple[int, int]:
        """The numbers of the first and the last line of a span; (0, 0) when it has none."""
        return self._bounds(since, until) or (0, 0)

    def unsuccessful_since(self, seq: int, *, users_only: bool = False) -> dict[tuple[str, str], int]:
        """How often, by type and outcome, something was refused or failed after this line."""
        scope = f" AND {_USERS}" if users_only else ""
        rows = self._rows(
            f"SELECT type, outcome, count(*) FROM event WHERE seq > ? AND outcome <> 'success'{scope} GROUP BY type, outcome",
            (seq,),
        )
        return {(type, outcome): count for type, outcome, count in rows}

    def last_look(self, agent_id: int) -> int:
        """The line of this person's last look into the journal; 0 when there was none."""
        row = self._row("SELECT coalesce(max(seq), 0) FROM event WHERE type = 'audit' AND agent = ?", (agent_id,))
        return int(row[0])

    def last_chain_check(self) -> Event | None:
        """The last time somebody had the whole chain checked."""
        row = self._row(
            f"SELECT {journal.COLUMNS} FROM event WHERE type = 'audit' AND json_extract(detail, '$.look') = 'chain'"
            " ORDER BY seq DESC LIMIT 1"
        )
        return journal.event_of(row) if row else None

    def line_hash(self, seq: int) -> str:
        """The hash of one line; empty when the journal has no such line."""
        row = self._row("SELECT hash FROM event WHERE seq = ?", (seq,))
        return str(row[0]) if row else ""

    def chain_lines(self, after: int, limit: int) -> list[dict[str, object]]:
        """Whole lines for another house to check with `journal.follows`. One whose details would name a record that may not
        be seen is withheld: only its number and the hashes before and of it, so that the chain still holds together.
        """
        with self._database.snapshot() as connection:
            lines = journal.lines(connection, after, limit)
            events = journal.read(connection, after, limit)
            kept = {event.seq: event.detail for event in told(connection, events)}
        silent = {event.seq for event in events if kept[event.seq] != event.detail}
        return [
            {"seq": line["seq"], "previous": line["previous"], "hash": line["hash"], "withheld": True}
            if line["seq"] in silent
            else line
            for line in lines
        ]

    def subject_called(self, reference_code: str) -> Subject:
        """The record or volume with this code, now or formerly, or the destroyed one that had it. Raises NoSuchRecord."""
        row = self._row(
            "SELECT 'item', id FROM visible_item WHERE reference_code = ?1 AND ?1 <> ''"
            " UNION ALL SELECT 'volume', id FROM visible_volume WHERE reference_code = ?1 AND ?1 <> ''"
            " UNION ALL SELECT kind, subject_id FROM former_code WHERE reference_code = ?1 AND subject_id IN"
            " (SELECT id FROM visible_item WHERE kind = 'item' UNION ALL SELECT id FROM visible_volume WHERE kind = 'volume')"
            " UNION ALL SELECT kind, subject_id FROM destroyed WHERE reference_code = ?1 LIMIT 1",
            (reference_code,),
        )
        if row is None:
            raise NoSuchRecord(code=reference_code)
        return Subject(Kind(row[0]), row[1])

    # -- people and the day sheet

    def held(self) -> list[Held]:
        """The roles in force, by person."""
        return [
            Held(agent, name, Role(role), at, granted, reason)
            for agent, name, role, at, granted, reason in self._rows(
                "SELECT agent_id, name, role, at, granted_name, reason FROM duty JOIN agent ON agent.id = agent_id"
                " WHERE ended_at = '' ORDER BY agent_id, duty.id"
            )
        ]

    def day_sheet(self, day: str) -> DaySheet | None:
        row = self._row("SELECT day, head_seq, head_hash, epoch, at, agent_name FROM day_sheet WHERE day = ?", (day,))
        return DaySheet(*row) if row else None

    def day_sheets(self, limit: int = -1) -> list[DaySheet]:
        """The newest first."""
        return [
            DaySheet(*row)
            for row in self._rows("SELECT day, head_seq, head_hash, epoch, at, agent_name FROM day_sheet ORDER BY day DESC LIMIT ?", (limit,))
        ]

    def last_purpose(self, agent_id: int) -> str:
        """What this person last looked at personal data for; empty when they never did."""
        row = self._row("SELECT purpose FROM disclosure WHERE agent_id = ? ORDER BY id DESC LIMIT 1", (agent_id,))
        return str(row[0]) if row else ""

    # -- inside

    def _condition(self, wanted: JournalFilter, before: int) -> tuple[str, list[Any]] | None:
        """What the lines wanted have in common; None when there can be none."""
        parts: list[str] = []
        values: list[Any] = []

        def add(part: str, *given: Any) -> None:
            parts.append(part)
            values.extend(given)

        if wanted.since or wanted.until:
            bounds = self._bounds(wanted.since, wanted.until)
            if bounds is None:
                return None
            # By number, so that any index can serve; by time as well, for a clock that was set back.
            add("seq BETWEEN ? AND ? AND at >= ? AND at < ?", *bounds, wanted.since, wanted.until or "~")
        if before:
            add("seq < ?", before)
        if wanted.agent is not None:
            add("agent = ?", wanted.agent)
        if wanted.types:
            add(f"type IN ({marks(wanted.types)})", *wanted.types)
        if wanted.outcome == "success":
            add("outcome = 'success'")
        elif wanted.outcome:
            add("outcome <> 'success' AND outcome = ?", wanted.outcome)
        if wanted.session:
            add("session <> '' AND session = ?", wanted.session)
        if wanted.subject is not None:
            add(
                "seq IN (SELECT seq FROM event WHERE object IN (SELECT value FROM json_each(?)) UNION SELECT event.seq"
                f" FROM event, json_tree(event.detail) WHERE event.type IN ({marks(_NAMING)}) AND atom = ?)",
                msgspec.json.encode(self._objects_of(wanted.subject)).decode(), *_NAMING, str(wanted.subject),
            )  # fmt: skip
        if wanted.digest:
            add("json_extract(detail, '$.digest') = ?", wanted.digest)
        if wanted.users_only:
            add(_USERS)
        return " AND ".join(parts) or "1", values

    def _bounds(self, since: str, until: str) -> tuple[int, int] | None:
        row = self._row("SELECT min(seq), max(seq) FROM event WHERE at >= ? AND at < ?", (since, until or "~"))
        return (row[0], row[1]) if row[0] is not None else None

    def _objects_of(self, subject: Subject) -> list[str]:
        """What events about a record name: it, its papers as they came in, its originals, its loans, batches and bulk changes."""
        if self._standing([subject]).get(subject) in (None, Standing.SEALED):
            raise NoSuchRecord(record=str(subject))
        named = (subject.kind.value, subject.id)
        found = [str(subject)]
        found += [f"loan:{id}" for (id,) in self._rows("SELECT loan_id FROM loan_subject WHERE kind = ? AND subject_id = ?", named)]
        found += [
            f"appraisal:{id}"
            for (id,) in self._rows("SELECT appraisal_id FROM appraisal_line WHERE kind = ? AND subject_id = ?", named)
        ]
        found += [
            f"bulk:{id}"
            for (id,) in self._rows(
                "SELECT DISTINCT bulk_id FROM version WHERE kind = ? AND subject_id = ? AND bulk_id IS NOT NULL", named
            )
        ]
        if subject.kind is Kind.ITEM:
            found += [f"arrival:{id}" for (id,) in self._rows("SELECT id FROM arrival WHERE item_id = ?", (subject.id,))]
            found += [
                f"object:{id}" for (id,) in self._rows("SELECT DISTINCT object_id FROM document WHERE item_id = ?", (subject.id,))
            ]
            found += [
                f"package:{id}" for (id,) in self._rows("SELECT package_id FROM packed_item WHERE item_id = ?", (subject.id,))
            ]
        return found

    def _described(self, events: Sequence[Event]) -> list[JournalLine]:
        """The events with what they are about as that is called now."""
        subjects = {event.seq: subject for event in events if (subject := subject_of(event)) is not None}
        standing = self._standing(subjects.values())
        names = self._names(standing)
        called = self._called(events)
        speaking = [event for event in events if standing.get(subjects.get(event.seq), Standing.SHOWN) is Standing.SHOWN]  # type: ignore[arg-type]
        words = self._words(speaking, subjects)
        lines = []
        for event in events:
            subject = subjects.get(event.seq)
            code, title = names.get(subject, ("", "")) if subject else ("", "")
            lines.append(
                JournalLine(
                    event, standing.get(subject) if subject else None, code, title, called.get(event.object, ""),
                    words.get(event.seq, ""),
                )
            )  # fmt: skip
        return lines

    def _standing(self, subjects: Iterable[Subject]) -> dict[Subject, Standing]:
        """Whether each may be seen, is sealed, or is gone; only that is asked of the tables behind the views."""
        wanted, found = set(subjects), {}
        for kind in Kind:
            for chunk in chunks(sorted(one.id for one in wanted if one.kind is kind)):
                for id, sealed, state in self._rows(
                    f"SELECT id, sealed, state FROM {kind.value} WHERE id IN ({marks(chunk)})", chunk
                ):
                    gone = state in ("destroyed", "merged")
                    found[Subject(kind, id)] = Standing.SEALED if sealed else Standing.GONE if gone else Standing.SHOWN
        return found

    def _names(self, standing: dict[Subject, Standing]) -> dict[Subject, tuple[str, str]]:
        """(code, title) of those that may be seen; of a destroyed one the code, as the destruction register has it."""
        found: dict[Subject, tuple[str, str]] = {}
        for kind in Kind:
            for chunk in chunks(sorted(one.id for one in standing if one.kind is kind)):
                for id, code, title in self._rows(
                    f"SELECT id, reference_code, title FROM visible_{kind.value} WHERE id IN ({marks(chunk)}) UNION ALL"
                    f" SELECT subject_id, reference_code, '' FROM destroyed WHERE kind = ? AND subject_id IN ({marks(chunk)})",
                    (*chunk, kind.value, *chunk),
                ):
                    found[Subject(kind, id)] = (code, title)
        return found

    def _called(self, events: Sequence[Event]) -> dict[str, str]:
        """What loans, batches, consultations and users in these events are called; of a paper that came in, its record."""
        found: dict[str, str] = {}
        numbers: dict[str, set[int]] = {}
        for event in events:
            kind, _, number = event.object.partition(":")
            if number.isdigit():
                numbers.setdefault(kind, set()).add(int(number))
        for kind, column in _CALLED.items():
            for chunk in chunks(sorted(numbers.get(kind, ()))):
                rows = self._rows(f"SELECT id, {column} FROM {kind} WHERE id IN ({marks(chunk)})", chunk)
                found |= {f"{kind}:{id}": name for id, name in rows}
        for chunk in chunks(sorted(numbers.get("arrival", ()))):
            rows = self._rows(
                "SELECT arrival.id, reference_code FROM arrival JOIN visible_item ON visible_item.id = item_id"
                f" WHERE arrival.id IN ({marks(chunk)})",
                chunk,
            )
            found |= {f"arrival:{id}": code for id, code in rows}
        return found

    def _words(self, events: Sequence[Event], subjects: dict[int, Subject]) -> dict[int, str]:
        """What people wrote for these events, by line."""
        found: dict[int, str] = {}
        for type, (table, column, key) in _WORDS.items():
            rows_of = {event.seq: row for event in events if event.type == type and (row := _row_of(event, key))}
            texts: dict[int, str] = {}
            for chunk in chunks(sorted(set(rows_of.values()))):
                texts |= dict(self._rows(f"SELECT id, {column} FROM {table} WHERE id IN ({marks(chunk)})", chunk))
            found |= {seq: texts[row] for seq, row in rows_of.items() if texts.get(row)}
        for kind in Kind:
            about = {event.seq: subjects[event.seq].id for event in events if event.seq in subjects and subjects[event.seq].kind is kind}
            for chunk in chunks(sorted(set(about.values()))):
                rows = self._rows(
                    f"SELECT event_seq, reason FROM version WHERE kind = ? AND subject_id IN ({marks(chunk)}) AND reason <> ''",
                    (kind.value, *chunk),
                )
                found |= {seq: reason for seq, reason in rows if seq in about}
        return found


def _row_of(event: Event, key: str) -> int:
    """The row that holds the words: named by a detail, or by the object's number."""
    value = event.detail.get(key) if key else event.object.partition(":")[2]
    return int(str(value)) if str(value).isdigit() else 0
