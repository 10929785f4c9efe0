"""storage/changes/audit.py — what was refused, looked into and acknowledged: the events that say so."""

from __future__ import annotations

from storage import journal
from storage.changes.base import Writing, now
from storage.records.journal import DaySheet, Look


class AuditChanges(Writing):
    """Refusals, looks into the journal, acknowledgements."""

    def refuse(self, attempt: str) -> None:
        """Somebody tried what their roles do not allow; nothing was changed. `attempt` is the event it would have been."""
        self._note("refuse", f"agent:{self._agent.id}", "refused", attempt=attempt)

    def audit(self, look: Look, object: str = "journal", outcome: str = "success", **span: object) -> None:
        """Somebody looked into the journal: once for a question, not for each page of its answer. `object` is the record, person
        or session asked for; `span` what the question was limited to, in times, numbers and codes.
        """
        self._note("audit", object, outcome, look=look.value, **span)

    def export_journal(self, form: str, sha256: str, size_bytes: int, lines: int = 0, withheld: int = 0) -> None:
        """Lines of the journal, the chain itself, or a report about it leave the archive into a file a person named."""
        self._note("export_journal", f"report:{form}", sha256=sha256, size_bytes=size_bytes, lines=lines, withheld=withheld)

    def print_journal(self, form: str, pages: int) -> None:
        """A report about the journal, or a day sheet, goes to the printer."""
        self._note("print_journal", f"report:{form}", pages=pages)

    def seal_day(self, day: str) -> DaySheet:
        """The journal's present head becomes the one of the day (`2026-11-22`), to be printed for the paper log and compared
        later. Sealed again, the day has the later head.
        """
        seq, digest = journal.head(self._connection)
        row = self._connection.row("SELECT value FROM fact WHERE name = 'epoch'")
        assert row is not None
        sheet = DaySheet(day, seq, digest, row[0], now(), self._agent.name)
        self._connection.execute(
            "INSERT OR REPLACE INTO day_sheet VALUES (?, ?, ?, ?, ?, ?)",
            (sheet.day, sheet.head_seq, sheet.head_hash, sheet.epoch, sheet.at, sheet.agent_name),
        )
        self._note("seal_day", f"day:{day}", head_seq=seq, head_hash=digest)
        return sheet
