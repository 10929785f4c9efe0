"""storage/schema.py — the tables, as numbered forward steps.

`PRAGMA user_version` is the number of steps taken. Each step runs in the transaction that records it. A file written by
a newer program is refused. Steps already released are never edited: a change of the tables is a new step at the end.
"""

from __future__ import annotations

from storage.connection import Database
from storage.errors import NewerArchive

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE fact (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
    CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    CREATE TABLE agent (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL, created_at TEXT NOT NULL
    );
    CREATE TABLE fonds (number TEXT PRIMARY KEY, name TEXT NOT NULL, station TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE category (
        code TEXT PRIMARY KEY, name TEXT NOT NULL, name_en TEXT NOT NULL, default_retention TEXT NOT NULL,
        verified INTEGER NOT NULL, position INTEGER NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE object (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL UNIQUE, sm3 TEXT NOT NULL,
        size_bytes INTEGER NOT NULL, format TEXT NOT NULL, original_name TEXT NOT NULL, stored_at TEXT NOT NULL
    );
    CREATE TABLE page (
        object_id INTEGER NOT NULL REFERENCES object(id), number INTEGER NOT NULL,
        width_px INTEGER NOT NULL, height_px INTEGER NOT NULL, source TEXT NOT NULL, confidence REAL NOT NULL,
        lines TEXT NOT NULL, picture TEXT NOT NULL,
        PRIMARY KEY (object_id, number)
    ) WITHOUT ROWID;

    CREATE TABLE item (
        id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, reference_code TEXT NOT NULL UNIQUE,
        fonds TEXT NOT NULL REFERENCES fonds(number), category TEXT NOT NULL REFERENCES category(code),
        year INTEGER NOT NULL, retention TEXT NOT NULL, office TEXT NOT NULL, item_no INTEGER NOT NULL,
        title TEXT NOT NULL, document_no TEXT NOT NULL, creator TEXT NOT NULL, doc_date TEXT NOT NULL,
        security_class TEXT NOT NULL, page_count INTEGER NOT NULL, remarks TEXT NOT NULL,
        filed_at TEXT NOT NULL, filed_by TEXT NOT NULL, delivery TEXT NOT NULL,
        changed_seq INTEGER NOT NULL,
        UNIQUE (fonds, category, year, retention, office, item_no)
    );
    CREATE INDEX item_by_class ON item (category, year, retention);
    CREATE INDEX item_by_delivery ON item (delivery);
    CREATE INDEX item_by_change ON item (changed_seq);
    CREATE TABLE document (
        item_id INTEGER NOT NULL REFERENCES item(id), position INTEGER NOT NULL,
        object_id INTEGER NOT NULL REFERENCES object(id),
        PRIMARY KEY (item_id, position)
    ) WITHOUT ROWID;
    CREATE INDEX document_by_object ON document (object_id);
    CREATE TABLE serial (scope TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;

    CREATE TABLE arrival (
        id INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE, name TEXT NOT NULL, path TEXT NOT NULL,
        modified_ns INTEGER NOT NULL, sha256 TEXT NOT NULL, size_bytes INTEGER NOT NULL, format TEXT NOT NULL,
        object_id INTEGER REFERENCES object(id), outcome TEXT NOT NULL, reason TEXT NOT NULL,
        reading TEXT NOT NULL, page_count INTEGER NOT NULL,
        item_id INTEGER REFERENCES item(id), seen_at TEXT NOT NULL, source TEXT NOT NULL, suggestion TEXT
    );
    CREATE INDEX arrival_by_outcome ON arrival (outcome, reading);
    CREATE INDEX arrival_by_source ON arrival (path, modified_ns, sha256);
    CREATE INDEX arrival_by_object ON arrival (object_id);
    CREATE INDEX arrival_to_release ON arrival (id) WHERE source = 'present';

    CREATE TABLE event (
        seq INTEGER PRIMARY KEY, at TEXT NOT NULL, monotonic_ms INTEGER NOT NULL, agent INTEGER NOT NULL,
        agent_name TEXT NOT NULL, role TEXT NOT NULL, type TEXT NOT NULL, object TEXT NOT NULL,
        outcome TEXT NOT NULL, detail TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL
    );
    CREATE INDEX event_by_type ON event (type, seq);
    CREATE INDEX event_by_object ON event (object, seq);
    CREATE TRIGGER event_is_ink_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'an event is ink'); END;
    CREATE TRIGGER event_is_ink_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'an event is ink'); END;

    CREATE TABLE enrolment (id INTEGER PRIMARY KEY CHECK (id = 1), document TEXT NOT NULL);
    CREATE TABLE package (
        id TEXT PRIMARY KEY, epoch TEXT NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
        previous_digest TEXT NOT NULL, digest TEXT NOT NULL, size_bytes INTEGER NOT NULL, records INTEGER NOT NULL,
        state TEXT NOT NULL, file_name TEXT NOT NULL, created_at TEXT NOT NULL, attempts INTEGER NOT NULL,
        next_try TEXT NOT NULL, reason TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE packed_item (
        package_id TEXT NOT NULL REFERENCES package(id), item_id INTEGER NOT NULL REFERENCES item(id),
        PRIMARY KEY (package_id, item_id)
    ) WITHOUT ROWID;
    CREATE TABLE receipt (
        package_id TEXT PRIMARY KEY REFERENCES package(id), document BLOB NOT NULL, received_at TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
)


def bring_up_to_date(database: Database) -> int:
    """Takes the steps still missing; returns how many. Raises NewerArchive."""
    (version,) = database.reader().row("PRAGMA user_version") or (0,)
    if version > len(STEPS):
        raise NewerArchive(version=version, known=len(STEPS))
    for number, step in enumerate(STEPS[version:], version + 1):
        with database.transaction() as connection:
            for statement in statements(step):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
    return len(STEPS) - version


def statements(script: str) -> list[str]:
    """The statements of a script, one by one (`executescript` would commit in the middle). Triggers stay whole."""
    found, current = [], ""
    for line in script.splitlines():
        current += line + "\n"
        whole = line.rstrip().endswith("END;") if "CREATE TRIGGER" in current else line.rstrip().endswith(";")
        if whole:
            found.append(current.strip())
            current = ""
    return found
