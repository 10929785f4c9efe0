"""tests/plays/audit.py — somebody looks into the journal, carries it out, prints it, and seals the day."""

from __future__ import annotations

from storage.records.journal import Look


def play(house, act):  # type: ignore[no-untyped-def]
    act("audit", lambda change: change.audit(Look.LIST, since="2026-01-01T00:00:00.000+00:00"))
    act("export_journal", lambda change: change.export_journal("journal_csv", "00", 1, lines=1))
    act("print_journal", lambda change: change.print_journal("audit_report", 1))
    sheet = act("seal_day", lambda change: change.seal_day("2026-11-22"))
    assert house.archive.queries.day_sheet("2026-11-22") == sheet
