"""app/audit/groups.py — kinds of events as auditors ask for them; every event type is of exactly one kind."""

from __future__ import annotations

from storage.changes import EVENT_TYPES

#: In the order of the list on the screen; a type that is in none of them is found under `other`.
GROUPS: dict[str, frozenset[str]] = {
    "session": frozenset({"unlock", "lock", "fail_unlock"}),
    "keys": frozenset({
        "renew_key", "reset_key", "change_passphrase", "change_key_file", "renew_recovery", "revoke_key", "change_master_key",
        "finish_rotation", "reseal",
    }),
    "users": frozenset({"admit", "grant", "withdraw", "lay_down", "disable", "enable", "keep_scope"}),
    "policy": frozenset({"change_policy", "change_setting", "create_archive", "enrol", "meet_full_disk"}),
    "refusal": frozenset({"refuse"}),
    "personal": frozenset({"disclose", "look_up_entity"}),
    "looking": frozenset({"view", "view_volume", "keep_search", "drop_search", "note_search", "clear_searches"}),
    "output": frozenset({"print", "export"}),
    "intake": frozenset({"receive", "recognise_duplicate", "ignore", "release_source", "read", "quarantine"}),
    "filing": frozenset({
        "file", "describe", "correct", "renumber", "add_document", "replace_document", "order_documents", "order_pages",
        "split_arrival", "split_item", "merge", "bulk_edit", "undo_bulk", "keep_template", "drop_template",
        "open_volume", "describe_volume", "follow_volume", "file_into", "order_volume", "move_item", "number_pages",
        "split_volume", "join_volume", "withdraw_volume", "file_volume", "put_away", "relate", "unrelate",
        "name_entity", "correct_entity", "merge_entities", "mention", "unmention",
        "keep_mapping", "import_item", "import_into_volume", "import_volume", "import_run", "keep_draft", "drop_draft",
    }),
    "rules": frozenset({
        "change_category", "end_category", "keep_profile", "keep_rule", "end_rule", "keep_place", "retire_place",
        "add_station_word", "drop_station_word",
    }),
    "lending": frozenset({
        "request_loan", "cancel_loan", "approve_loan", "second_loan", "refuse_loan", "lend", "renew_loan", "return_loan",
        "copy_out", "finish_loan", "note_use",
    }),
    "disposal": frozenset({
        "place_hold", "lift_hold", "open_appraisal", "appraise", "submit_appraisal", "approve_appraisal", "refuse_appraisal",
        "begin_disposal", "extend_retention", "destroy", "carry_out", "erase", "void_packages",
    }),
    "sealing": frozenset({
        "seal", "unseal", "request_unsealing", "refuse_unsealing", "request_consultation", "approve_consultation",
        "refuse_consultation", "look_up", "consult", "close_consultation",
    }),
    "inspection": frozenset({"inspect", "attest"}),
    "sync": frozenset({"pack", "send", "fail_sending", "accept_receipt", "refuse_package"}),
    "backup": frozenset({"back_up", "fail_backup", "prune_backup", "restore", "drill"}),
    "journal": frozenset({"audit", "export_journal", "print_journal", "seal_day", "acknowledge", "accept_head"}),
}  # fmt: skip
OTHER = "other"
_KIND_OF = {type: kind for kind, types in GROUPS.items() for type in types}


def kind_of(type: str) -> str:
    """The kind of an event type, also of one that an older program wrote."""
    return _KIND_OF.get(type, OTHER)


def types_of(kind: str) -> tuple[str, ...]:
    """The event types of a kind."""
    return tuple(sorted(type for type in {*EVENT_TYPES, *_KIND_OF} if kind_of(type) == kind))


def kinds() -> list[str]:
    """The kinds that have types, in their order."""
    return [kind for kind in (*GROUPS, OTHER) if types_of(kind)]
