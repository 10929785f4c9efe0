"""tests/plays/backup.py — a backup is made, another fails, an old one goes; a drill; and a restore."""

from __future__ import annotations

import uuid


def play(house, act):  # type: ignore[no-untyped-def]
    queries = house.archive.queries
    act("back_up", lambda change: change.back_up(
        "/stick", "000001-20260101T000000Z", house.archive.epoch, queries.head(), files=1, copied=1, damaged=0, size_bytes=1,
        began_at="2026-01-01T00:00:00+00:00"))  # fmt: skip
    act("fail_backup", lambda change: change.fail_backup("/stick", "backup_folder_full", "2026-01-02T00:00:00+00:00"))
    act("prune_backup", lambda change: change.prune_backup("/stick", ["000001-20260101T000000Z"], 1, 1))
    act("drill", lambda change: change.drill("000001-20260101T000000Z", 20, 0))
    act("restore", lambda change: change.restore("000001-20260101T000000Z", uuid.uuid4().hex, "", 0))
