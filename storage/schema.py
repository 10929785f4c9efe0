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
    """
    -- the scheme: a tree of categories in versions, numbering profiles, rules of retention
    CREATE TABLE scheme (version INTEGER PRIMARY KEY, note TEXT NOT NULL, at TEXT NOT NULL, agent_name TEXT NOT NULL);
    ALTER TABLE category ADD COLUMN arrangement TEXT NOT NULL DEFAULT 'either';
    ALTER TABLE category ADD COLUMN profile TEXT NOT NULL DEFAULT 'dat13';
    ALTER TABLE category ADD COLUMN security_class TEXT NOT NULL DEFAULT 'internal';
    ALTER TABLE category ADD COLUMN seals INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE category ADD COLUMN guide TEXT NOT NULL DEFAULT '';
    ALTER TABLE category ADD COLUMN valid_from TEXT NOT NULL DEFAULT '';
    ALTER TABLE category ADD COLUMN valid_to TEXT NOT NULL DEFAULT '';
    UPDATE category SET seals = 1, guide = 'administrative' WHERE code = 'ZY·XZ';
    UPDATE category SET guide = 'criminal' WHERE code = 'ZY·XS';
    CREATE TABLE former_category (
        scheme INTEGER NOT NULL, code TEXT NOT NULL, description TEXT NOT NULL, PRIMARY KEY (scheme, code)
    ) WITHOUT ROWID;
    CREATE TABLE profile (
        name TEXT PRIMARY KEY, title TEXT NOT NULL, item_levels TEXT NOT NULL, volume_levels TEXT NOT NULL,
        verified INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE retention_rule (
        id INTEGER PRIMARY KEY, category TEXT NOT NULL, document_type TEXT NOT NULL, retention TEXT NOT NULL,
        basis TEXT NOT NULL, reference TEXT NOT NULL, verified INTEGER NOT NULL,
        valid_from TEXT NOT NULL, valid_to TEXT NOT NULL
    );

    CREATE TABLE place (
        id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES place(id), kind TEXT NOT NULL, code TEXT NOT NULL,
        name TEXT NOT NULL, note TEXT NOT NULL, retired INTEGER NOT NULL DEFAULT 0
    );

    -- volumes
    CREATE TABLE volume (
        id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, reference_code TEXT NOT NULL,
        fonds TEXT NOT NULL REFERENCES fonds(number), category TEXT NOT NULL REFERENCES category(code),
        year INTEGER NOT NULL, retention TEXT NOT NULL, office TEXT NOT NULL,
        catalogue_no TEXT NOT NULL, volume_no INTEGER NOT NULL,
        title TEXT NOT NULL, part TEXT NOT NULL, book_no INTEGER NOT NULL, book_total INTEGER NOT NULL,
        first_book INTEGER REFERENCES volume(id),
        date_from TEXT NOT NULL, date_to TEXT NOT NULL,
        security_class TEXT NOT NULL, access_status TEXT NOT NULL,
        maker TEXT NOT NULL, made_on TEXT NOT NULL, checker TEXT NOT NULL, checked_on TEXT NOT NULL,
        notes TEXT NOT NULL, case_no TEXT NOT NULL, case_name TEXT NOT NULL, case_class TEXT NOT NULL,
        cause TEXT NOT NULL, accepted_on TEXT NOT NULL, decided_on TEXT NOT NULL, closed_on TEXT NOT NULL,
        handling_unit TEXT NOT NULL, lead_officer TEXT NOT NULL, decision_no TEXT NOT NULL,
        medium TEXT NOT NULL, place_id INTEGER REFERENCES place(id), box_no TEXT NOT NULL, guide TEXT NOT NULL,
        remarks TEXT NOT NULL,
        state TEXT NOT NULL, sealed INTEGER NOT NULL DEFAULT 0, kept_until TEXT NOT NULL DEFAULT '',
        opened_at TEXT NOT NULL, opened_by TEXT NOT NULL, filed_at TEXT NOT NULL, filed_by TEXT NOT NULL,
        changed_seq INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX volume_by_code ON volume (reference_code) WHERE reference_code <> '';
    CREATE UNIQUE INDEX volume_by_number
        ON volume (fonds, category, year, retention, office, catalogue_no, volume_no) WHERE volume_no > 0;
    CREATE INDEX volume_by_state ON volume (state, category, year);
    CREATE INDEX volume_by_case ON volume (case_no) WHERE case_no <> '';
    CREATE VIEW visible_volume AS SELECT * FROM volume WHERE sealed = 0 AND state IN ('open', 'filed');

    -- items: a code only once filed; a place in a volume
    CREATE TABLE item_anew (
        id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, reference_code TEXT NOT NULL,
        fonds TEXT NOT NULL REFERENCES fonds(number), category TEXT NOT NULL REFERENCES category(code),
        year INTEGER NOT NULL, retention TEXT NOT NULL, office TEXT NOT NULL, item_no INTEGER NOT NULL,
        volume_id INTEGER REFERENCES volume(id), position INTEGER NOT NULL DEFAULT 0,
        page_from INTEGER NOT NULL DEFAULT 0, page_to INTEGER NOT NULL DEFAULT 0,
        title TEXT NOT NULL, document_no TEXT NOT NULL, creator TEXT NOT NULL, doc_date TEXT NOT NULL,
        security_class TEXT NOT NULL, page_count INTEGER NOT NULL, remarks TEXT NOT NULL,
        parallel_title TEXT NOT NULL DEFAULT '', sub_title TEXT NOT NULL DEFAULT '',
        document_type TEXT NOT NULL DEFAULT '', manuscript TEXT NOT NULL DEFAULT '',
        secrecy_period TEXT NOT NULL DEFAULT '', access_status TEXT NOT NULL DEFAULT 'unreviewed',
        subjects TEXT NOT NULL DEFAULT '', abstract TEXT NOT NULL DEFAULT '',
        attachment_count INTEGER NOT NULL DEFAULT 0, origin TEXT NOT NULL DEFAULT 'digitised',
        place_id INTEGER REFERENCES place(id), box_no TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL DEFAULT 'filed', sealed INTEGER NOT NULL DEFAULT 0, kept_until TEXT NOT NULL DEFAULT '',
        filed_at TEXT NOT NULL, filed_by TEXT NOT NULL, delivery TEXT NOT NULL,
        changed_seq INTEGER NOT NULL, delivered_seq INTEGER NOT NULL DEFAULT 0
    );
    INSERT INTO item_anew (id, uuid, reference_code, fonds, category, year, retention, office, item_no, title, document_no,
        creator, doc_date, security_class, page_count, remarks, filed_at, filed_by, delivery, changed_seq, delivered_seq)
        SELECT id, uuid, reference_code, fonds, category, year, retention, office, item_no, title, document_no,
        creator, doc_date, security_class, page_count, remarks, filed_at, filed_by, delivery, changed_seq,
        CASE WHEN delivery IN ('delivered', 'returned') THEN changed_seq ELSE 0 END FROM item;
    DROP TABLE item;
    ALTER TABLE item_anew RENAME TO item;
    CREATE UNIQUE INDEX item_by_code ON item (reference_code) WHERE reference_code <> '';
    CREATE UNIQUE INDEX item_by_number ON item (fonds, category, year, retention, office, item_no)
        WHERE volume_id IS NULL AND item_no > 0;
    CREATE UNIQUE INDEX item_by_number_in_volume ON item (volume_id, item_no)
        WHERE volume_id IS NOT NULL AND item_no > 0;
    CREATE INDEX item_by_place_in_volume ON item (volume_id, position) WHERE volume_id IS NOT NULL;
    CREATE INDEX item_by_class ON item (category, year, retention, office, item_no);
    CREATE INDEX item_by_delivery ON item (delivery);
    CREATE INDEX item_by_change ON item (changed_seq);
    CREATE VIEW visible_item AS SELECT * FROM item WHERE sealed = 0 AND state IN ('open', 'filed');

    -- documents: several files to an item, each in versions; `pages` is a JSON list of page numbers, null for all
    CREATE TABLE document_anew (
        id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL REFERENCES item(id), position INTEGER NOT NULL,
        object_id INTEGER NOT NULL REFERENCES object(id), role TEXT NOT NULL DEFAULT 'main', pages TEXT,
        superseded_seq INTEGER NOT NULL DEFAULT 0
    );
    INSERT INTO document_anew (item_id, position, object_id)
        SELECT item_id, position, object_id FROM document ORDER BY item_id, position;
    DROP TABLE document;
    ALTER TABLE document_anew RENAME TO document;
    CREATE INDEX document_by_item ON document (item_id, position);
    CREATE INDEX document_by_object ON document (object_id);

    -- what a description was before; emptied by disposal
    CREATE TABLE version (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject_id INTEGER NOT NULL, number INTEGER NOT NULL,
        description TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL, agent_name TEXT NOT NULL,
        event_seq INTEGER NOT NULL, bulk_id INTEGER, UNIQUE (kind, subject_id, number)
    );
    CREATE INDEX version_by_bulk ON version (bulk_id) WHERE bulk_id IS NOT NULL;
    CREATE TABLE former_code (
        id INTEGER PRIMARY KEY, reference_code TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, subject_id INTEGER NOT NULL,
        scope TEXT NOT NULL, number INTEGER NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL, agent_name TEXT NOT NULL
    );
    CREATE TABLE bulk (
        id INTEGER PRIMARY KEY, at TEXT NOT NULL, agent_name TEXT NOT NULL, reason TEXT NOT NULL, changes TEXT NOT NULL,
        items INTEGER NOT NULL, undone_at TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE template (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, description TEXT NOT NULL, agent_name TEXT NOT NULL,
        at TEXT NOT NULL
    );
    CREATE TABLE relation (
        id INTEGER PRIMARY KEY, from_kind TEXT NOT NULL, from_id INTEGER NOT NULL, type TEXT NOT NULL,
        to_kind TEXT NOT NULL, to_id INTEGER NOT NULL, note TEXT NOT NULL, at TEXT NOT NULL, agent_name TEXT NOT NULL,
        UNIQUE (from_kind, from_id, type, to_kind, to_id)
    );

    -- whom and what the papers name
    CREATE TABLE entity (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, alias TEXT NOT NULL, id_type TEXT NOT NULL,
        id_number TEXT NOT NULL, sex TEXT NOT NULL, birth_date TEXT NOT NULL, minor INTEGER NOT NULL, phone TEXT NOT NULL,
        address TEXT NOT NULL, plate TEXT NOT NULL, note TEXT NOT NULL
    );
    CREATE INDEX entity_by_number ON entity (id_number) WHERE id_number <> '';
    CREATE INDEX entity_by_name ON entity (kind, name);
    CREATE INDEX entity_minor ON entity (id) WHERE minor = 1;
    CREATE TABLE mention (
        entity_id INTEGER NOT NULL REFERENCES entity(id), kind TEXT NOT NULL, subject_id INTEGER NOT NULL,
        role TEXT NOT NULL, PRIMARY KEY (entity_id, kind, subject_id, role)
    ) WITHOUT ROWID;
    CREATE INDEX mention_by_subject ON mention (kind, subject_id);
    CREATE TABLE disclosure (
        id INTEGER PRIMARY KEY, at TEXT NOT NULL, agent_id INTEGER NOT NULL, agent_name TEXT NOT NULL,
        kind TEXT NOT NULL, subject_id INTEGER NOT NULL, purpose TEXT NOT NULL, basis TEXT NOT NULL,
        act TEXT NOT NULL
    );
    CREATE INDEX disclosure_by_subject ON disclosure (kind, subject_id);

    -- sealing
    CREATE TABLE seal (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject_id INTEGER NOT NULL, basis TEXT NOT NULL CHECK (basis <> ''),
        through INTEGER REFERENCES seal(id), last_arrival INTEGER NOT NULL,
        at TEXT NOT NULL, agent_name TEXT NOT NULL, lifted_at TEXT NOT NULL DEFAULT '',
        lifted_by TEXT NOT NULL DEFAULT '', lift_basis TEXT NOT NULL DEFAULT ''
    );
    CREATE UNIQUE INDEX seal_in_force ON seal (kind, subject_id) WHERE lifted_at = '';
    CREATE INDEX seal_by_subject ON seal (kind, subject_id);
    CREATE INDEX seal_through ON seal (through) WHERE through IS NOT NULL;
    CREATE INDEX item_unseen ON item (changed_seq) WHERE sealed = 1 OR state IN ('destroyed', 'merged');
    CREATE INDEX volume_unseen ON volume (id) WHERE sealed = 1;
    CREATE INDEX arrival_by_item ON arrival (item_id) WHERE item_id IS NOT NULL;
    CREATE TABLE consultation (
        id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, unit TEXT NOT NULL CHECK (unit <> ''),
        person TEXT NOT NULL CHECK (person <> ''), basis TEXT NOT NULL CHECK (basis <> ''),
        document_no TEXT NOT NULL CHECK (document_no <> ''), purpose TEXT NOT NULL CHECK (purpose <> ''),
        sought TEXT NOT NULL, scope TEXT NOT NULL, state TEXT NOT NULL,
        requested_at TEXT NOT NULL, requested_by INTEGER NOT NULL, requested_name TEXT NOT NULL,
        decided_at TEXT NOT NULL DEFAULT '', decided_by INTEGER, decided_name TEXT NOT NULL DEFAULT '',
        opinion TEXT NOT NULL DEFAULT '', notified_at TEXT NOT NULL DEFAULT '', ends_on TEXT NOT NULL DEFAULT '',
        closed_at TEXT NOT NULL DEFAULT '', result TEXT NOT NULL DEFAULT '',
        CHECK (state <> 'approved' OR (decided_by <> requested_by AND notified_at <> '' AND ends_on <> ''))
    );
    CREATE TABLE unsealing (
        id INTEGER PRIMARY KEY, consultation_id INTEGER NOT NULL REFERENCES consultation(id), kind TEXT NOT NULL,
        subject_id INTEGER NOT NULL, basis TEXT NOT NULL CHECK (basis <> ''),
        document_no TEXT NOT NULL CHECK (document_no <> ''), state TEXT NOT NULL,
        requested_at TEXT NOT NULL, requested_by INTEGER NOT NULL, requested_name TEXT NOT NULL,
        decided_at TEXT NOT NULL DEFAULT '', decided_by INTEGER, decided_name TEXT NOT NULL DEFAULT '',
        opinion TEXT NOT NULL DEFAULT '', CHECK (decided_by IS NULL OR decided_by <> requested_by)
    );
    CREATE UNIQUE INDEX unsealing_waiting ON unsealing (kind, subject_id) WHERE state = 'requested';
    CREATE TABLE consultation_subject (
        consultation_id INTEGER NOT NULL REFERENCES consultation(id), kind TEXT NOT NULL, subject_id INTEGER NOT NULL,
        PRIMARY KEY (consultation_id, kind, subject_id)
    ) WITHOUT ROWID;

    -- lending and use
    CREATE TABLE loan (
        id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, person TEXT NOT NULL, unit TEXT NOT NULL,
        document TEXT NOT NULL, contact TEXT NOT NULL, purpose TEXT NOT NULL CHECK (purpose <> ''),
        basis TEXT NOT NULL CHECK (basis <> ''), basis_no TEXT NOT NULL, mode TEXT NOT NULL, remarks TEXT NOT NULL,
        consultation_id INTEGER, state TEXT NOT NULL,
        requested_at TEXT NOT NULL, requested_by INTEGER NOT NULL,
        approved_at TEXT NOT NULL DEFAULT '', approved_by INTEGER, opinion TEXT NOT NULL DEFAULT '',
        seconded_at TEXT NOT NULL DEFAULT '', seconded_by INTEGER, second_opinion TEXT NOT NULL DEFAULT '',
        refused_at TEXT NOT NULL DEFAULT '', refused_by INTEGER, refusal TEXT NOT NULL DEFAULT '',
        used_at TEXT NOT NULL DEFAULT '', used_by INTEGER, due_on TEXT NOT NULL DEFAULT '',
        renewals INTEGER NOT NULL DEFAULT 0,
        closed_at TEXT NOT NULL DEFAULT '', closed_by INTEGER, effect TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX loan_by_state ON loan (state, due_on);
    CREATE INDEX loan_by_use ON loan (used_at) WHERE used_at <> '';
    CREATE TABLE loan_subject (
        loan_id INTEGER NOT NULL REFERENCES loan(id), kind TEXT NOT NULL, subject_id INTEGER NOT NULL,
        out INTEGER NOT NULL DEFAULT 0, returned_at TEXT NOT NULL DEFAULT '',
        condition_out TEXT NOT NULL DEFAULT '', condition_in TEXT NOT NULL DEFAULT '',
        copied_pages INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (loan_id, kind, subject_id)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX loan_out ON loan_subject (kind, subject_id) WHERE out = 1;
    CREATE INDEX loan_subject_by_subject ON loan_subject (kind, subject_id);

    -- retention and disposal
    CREATE TABLE hold (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject_id INTEGER NOT NULL, reason TEXT NOT NULL,
        placed_at TEXT NOT NULL, placed_by TEXT NOT NULL, lifted_at TEXT NOT NULL DEFAULT '',
        lifted_by TEXT NOT NULL DEFAULT '', lift_reason TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX hold_in_force ON hold (kind, subject_id) WHERE lifted_at = '';
    CREATE TABLE appraisal (
        id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, cutoff TEXT NOT NULL, state TEXT NOT NULL,
        appraisers TEXT NOT NULL, report TEXT NOT NULL DEFAULT '', opened_at TEXT NOT NULL, opened_by INTEGER NOT NULL,
        submitted_at TEXT NOT NULL DEFAULT '', submitted_by INTEGER,
        decided_at TEXT NOT NULL DEFAULT '', decided_by INTEGER, opinion TEXT NOT NULL DEFAULT '',
        executed_at TEXT NOT NULL DEFAULT '', executed_by INTEGER, place TEXT NOT NULL DEFAULT '',
        method TEXT NOT NULL DEFAULT '', supervisors TEXT NOT NULL DEFAULT '[]'
    );
    CREATE TABLE appraisal_line (
        appraisal_id INTEGER NOT NULL REFERENCES appraisal(id), kind TEXT NOT NULL, subject_id INTEGER NOT NULL,
        due_on TEXT NOT NULL, opinion TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
        kept_until TEXT NOT NULL DEFAULT '', appraiser TEXT NOT NULL DEFAULT '', result TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (appraisal_id, kind, subject_id)
    ) WITHOUT ROWID;
    CREATE INDEX appraisal_by_subject ON appraisal_line (kind, subject_id);
    CREATE TABLE destroyed (
        kind TEXT NOT NULL, subject_id INTEGER NOT NULL, appraisal_id INTEGER NOT NULL REFERENCES appraisal(id),
        reference_code TEXT NOT NULL, title TEXT NOT NULL, document_no TEXT NOT NULL, creator TEXT NOT NULL,
        doc_date TEXT NOT NULL, year INTEGER NOT NULL, retention TEXT NOT NULL, kept_years INTEGER NOT NULL,
        page_count INTEGER NOT NULL, remarks TEXT NOT NULL, digests TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (kind, subject_id)
    ) WITHOUT ROWID;
    CREATE TRIGGER destroyed_is_ink_update BEFORE UPDATE ON destroyed
    BEGIN SELECT RAISE(ABORT, 'the destruction register is ink'); END;
    CREATE TRIGGER destroyed_is_ink_delete BEFORE DELETE ON destroyed
    BEGIN SELECT RAISE(ABORT, 'the destruction register is ink'); END;
    -- what is still on the disk of destroyed records: files, and items whose words the index holds
    CREATE TABLE residue (folder TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (folder, name)) WITHOUT ROWID;

    -- inspection, import
    CREATE TABLE inspection (
        id INTEGER PRIMARY KEY, phase TEXT NOT NULL, scope TEXT NOT NULL, scheme TEXT NOT NULL,
        started_at TEXT NOT NULL, finished_at TEXT NOT NULL, agent_name TEXT NOT NULL, result TEXT NOT NULL,
        results TEXT NOT NULL
    );
    CREATE TABLE inspection_finding (
        inspection_id INTEGER NOT NULL REFERENCES inspection(id), number INTEGER NOT NULL, code TEXT NOT NULL,
        key TEXT NOT NULL, severity TEXT NOT NULL, kind TEXT NOT NULL, subject_id INTEGER NOT NULL, object TEXT NOT NULL,
        facts TEXT NOT NULL, PRIMARY KEY (inspection_id, number)
    ) WITHOUT ROWID;
    CREATE TABLE attestation (
        inspection_id INTEGER NOT NULL REFERENCES inspection(id), code TEXT NOT NULL, verdict TEXT NOT NULL,
        note TEXT NOT NULL, at TEXT NOT NULL, agent_name TEXT NOT NULL, PRIMARY KEY (inspection_id, code)
    ) WITHOUT ROWID;
    CREATE TABLE import_mapping (name TEXT PRIMARY KEY, mapping TEXT NOT NULL, at TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE import_run (
        id INTEGER PRIMARY KEY, at TEXT NOT NULL, agent_name TEXT NOT NULL, source_sha256 TEXT NOT NULL,
        kind TEXT NOT NULL, rows INTEGER NOT NULL
    );
    ALTER TABLE packed_item ADD COLUMN whole INTEGER NOT NULL DEFAULT 1;
    """,
    """
    -- the journal: in which session, for what reason, and the keyed digest of a description before and after
    ALTER TABLE event ADD COLUMN session TEXT NOT NULL DEFAULT '';
    ALTER TABLE event ADD COLUMN reason TEXT NOT NULL DEFAULT '';
    ALTER TABLE event ADD COLUMN before TEXT NOT NULL DEFAULT '';
    ALTER TABLE event ADD COLUMN after TEXT NOT NULL DEFAULT '';
    CREATE INDEX event_by_agent ON event (agent, seq);
    CREATE INDEX event_by_time ON event (at);
    CREATE INDEX event_by_session ON event (session, seq) WHERE session <> '';
    CREATE INDEX event_without_success ON event (seq) WHERE outcome <> 'success';
    CREATE INDEX disclosure_by_agent ON disclosure (agent_id);
    ALTER TABLE item ADD COLUMN digest TEXT NOT NULL DEFAULT '';
    -- the first screen's counts, without a look at the rows
    CREATE INDEX item_in_sight ON item (sealed, state, delivery, year);
    ALTER TABLE volume ADD COLUMN digest TEXT NOT NULL DEFAULT '';
    CREATE TABLE acknowledgement (
        fault TEXT NOT NULL, agent_id INTEGER NOT NULL, agent_name TEXT NOT NULL, means TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (fault, agent_id, means)
    ) WITHOUT ROWID;
    CREATE TABLE day_sheet (
        day TEXT PRIMARY KEY, head_seq INTEGER NOT NULL, head_hash TEXT NOT NULL, epoch TEXT NOT NULL, at TEXT NOT NULL,
        agent_name TEXT NOT NULL
    ) WITHOUT ROWID;

    -- what may not be seen, whoever asks
    CREATE VIEW unseen_item AS SELECT * FROM item WHERE sealed = 1 OR state IN ('destroyed', 'merged');
    CREATE INDEX volume_by_change ON volume (changed_seq);

    -- users: their duties, each granted by somebody; what they may see; their passphrases' age and history
    CREATE TABLE duty (
        id INTEGER PRIMARY KEY, agent_id INTEGER NOT NULL REFERENCES agent(id), role TEXT NOT NULL,
        at TEXT NOT NULL, granted_by INTEGER NOT NULL, granted_name TEXT NOT NULL, reason TEXT NOT NULL,
        ended_at TEXT NOT NULL DEFAULT '', ended_by INTEGER, ended_name TEXT NOT NULL DEFAULT '',
        CHECK (granted_by <> agent_id)
    );
    CREATE UNIQUE INDEX duty_in_force ON duty (agent_id, role) WHERE ended_at = '';
    INSERT INTO duty (agent_id, role, at, granted_by, granted_name, reason)
        SELECT id, role, created_at, 0, 'anjuan', '' FROM agent;
    INSERT INTO duty (agent_id, role, at, granted_by, granted_name, reason)
        SELECT id, 'security', created_at, 0, 'anjuan', 'before_separation' FROM agent WHERE role = 'administrator';
    ALTER TABLE agent DROP COLUMN role;
    ALTER TABLE agent ADD COLUMN admitted_by INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE agent ADD COLUMN disabled_at TEXT NOT NULL DEFAULT '';
    ALTER TABLE agent ADD COLUMN passphrase_at TEXT NOT NULL DEFAULT '';
    ALTER TABLE agent ADD COLUMN must_change INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE agent ADD COLUMN slot TEXT NOT NULL DEFAULT '';
    ALTER TABLE agent ADD COLUMN categories TEXT NOT NULL DEFAULT '';
    ALTER TABLE agent ADD COLUMN highest_class TEXT NOT NULL DEFAULT '';
    UPDATE agent SET passphrase_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now');
    CREATE TABLE former_passphrase (
        id INTEGER PRIMARY KEY, agent_id INTEGER NOT NULL REFERENCES agent(id), verifier TEXT NOT NULL, at TEXT NOT NULL
    );
    CREATE INDEX former_passphrase_by_agent ON former_passphrase (agent_id);
    -- how far the failures to unlock have been told; 0 is the recovery key
    CREATE TABLE attempt (agent_id INTEGER PRIMARY KEY, number INTEGER NOT NULL);

    -- what is half written when the archive is locked
    CREATE TABLE draft (
        agent_id INTEGER NOT NULL REFERENCES agent(id), place TEXT NOT NULL, subject TEXT NOT NULL, content TEXT NOT NULL,
        seen INTEGER NOT NULL, at TEXT NOT NULL, PRIMARY KEY (agent_id, place, subject)
    ) WITHOUT ROWID;

    -- backups, and files still sealed under a former key
    CREATE TABLE backup (
        id INTEGER PRIMARY KEY, folder TEXT NOT NULL, generation TEXT NOT NULL, at TEXT NOT NULL, epoch TEXT NOT NULL,
        head_seq INTEGER NOT NULL, head_hash TEXT NOT NULL, files INTEGER NOT NULL, copied INTEGER NOT NULL,
        damaged INTEGER NOT NULL, size_bytes INTEGER NOT NULL, state TEXT NOT NULL, proved_at TEXT NOT NULL DEFAULT '',
        reason TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE reseal (folder TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (folder, name)) WITHOUT ROWID;
    """,
    """
    -- the event that last changed what a record mentions: the index follows it, headquarters and the record's digest do not
    ALTER TABLE item ADD COLUMN named_seq INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX item_by_news ON item (max(changed_seq, named_seq));

    -- finding: each person's questions, saved by name and the last ones; the words of the station
    CREATE TABLE saved_search (
        agent_id INTEGER NOT NULL REFERENCES agent(id), name TEXT NOT NULL, query TEXT NOT NULL, filters TEXT NOT NULL,
        sort TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (agent_id, name)
    ) WITHOUT ROWID;
    CREATE TABLE past_search (
        id INTEGER PRIMARY KEY, agent_id INTEGER NOT NULL REFERENCES agent(id), query TEXT NOT NULL,
        filters TEXT NOT NULL, sort TEXT NOT NULL, found INTEGER, at TEXT NOT NULL, UNIQUE (agent_id, query, filters, sort)
    );
    CREATE TABLE station_word (word TEXT PRIMARY KEY, at TEXT NOT NULL, agent_name TEXT NOT NULL) WITHOUT ROWID;
    """,
)


def bring_up_to_date(database: Database) -> int:
    """Takes the steps still missing; returns how many. Raises NewerArchive."""
    (version,) = database.reader().row("PRAGMA user_version") or (0,)
    if version > len(STEPS):
        raise NewerArchive(version=version, known=len(STEPS))
    for number, step in enumerate(STEPS[version:], version + 1):
        with database.restructure() as connection:
            for statement in statements(step):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
    return len(STEPS) - version


def statements(script: str) -> list[str]:
    """The statements of a script, one by one (`executescript` would commit in the middle). Triggers stay whole."""
    found, current = [], ""
    for line in script.splitlines():
        if line.lstrip().startswith("--"):
            continue
        current += line + "\n"
        whole = line.rstrip().endswith("END;") if "CREATE TRIGGER" in current else line.rstrip().endswith(";")
        if whole:
            found.append(current.strip())
            current = ""
    return found
