"""app/access.py — users, roles; may(agent, event).

One place decides who may do what: a role is a set of event types (the methods of `storage.changes.Changes`). Screens
hide what is not allowed; the core asks again and refuses. The program itself may do what needs no person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from zxcvbn import zxcvbn

from storage.errors import NotAllowed, WeakPassphrase
from storage.records import PROGRAM, Agent, Role
from storage.records.users import Scope
from storage.records.volumes import VolumePart

if TYPE_CHECKING:
    from storage.archive import Archive

_SESSION = frozenset(
    {"unlock", "lock", "refuse", "meet_full_disk", "keep_draft", "drop_draft", "change_passphrase", "change_key_file"}
)
_LOOKING = frozenset({"view", "view_volume"} | {"keep_search", "drop_search", "note_search", "clear_searches"})
_INTAKE = frozenset({"receive", "recognise_duplicate", "ignore", "release_source", "read", "quarantine"})
_SYNC = frozenset({"pack", "send", "fail_sending", "accept_receipt", "refuse_package", "void_packages"})
_OUTPUT = frozenset({"print", "export"})

#: Describing, arranging and correcting records: daily work.
_DESCRIBING = frozenset(
    {"file", "describe", "add_document", "replace_document", "order_documents", "order_pages", "split_arrival", "split_item",
     "merge", "keep_template", "drop_template"}
)  # fmt: skip
#: Changing what is filed already: whoever may do this may also do the acts above to a filed record.
_CORRECTING = frozenset({"correct", "bulk_edit", "undo_bulk"})
_ARRANGING: frozenset[str] = frozenset({"put_away", "relate", "unrelate"}) | {
    "open_volume", "describe_volume", "follow_volume", "file_into", "order_volume", "move_item", "number_pages",
    "split_volume", "join_volume", "withdraw_volume", "file_volume",
}
#: Naming whom the papers name; seeing what is masked, with a purpose.
_NAMING = frozenset(
    {"name_entity", "correct_entity", "merge_entities", "mention", "unmention", "disclose", "look_up_entity"}
)
#: Asking for a loan, or for leave to consult what is sealed.
_ASKING: frozenset[str] = frozenset({"request_loan", "cancel_loan"}) | {"request_consultation"}
#: Handing out and taking back.
_LENDING: frozenset[str] = frozenset({"lend", "renew_loan", "return_loan", "copy_out", "finish_loan", "note_use"})
#: Sealing, and looking at what is sealed within a consultation that somebody else has approved.
_SEALING = frozenset({"seal", "look_up", "consult", "close_consultation"})
#: The scheme, the places, the words of the station, another code for what is filed.
_RULING: frozenset[str] = frozenset(
    {"change_category", "end_category", "keep_profile", "keep_rule", "end_rule", "keep_place", "retire_place",
     "renumber", "add_station_word", "drop_station_word"}
)
#: What one person asks for and another decides: loans, disposal, sealing.
_DECIDING: frozenset[str] = frozenset({"approve_loan", "second_loan", "refuse_loan"}) | {"approve_appraisal", "refuse_appraisal", "lift_hold"} | {
    "approve_consultation", "refuse_consultation", "request_unsealing", "unseal", "refuse_unsealing",
}
#: Appraising what is due, and carrying out what somebody else has approved.
_APPRAISING: frozenset[str] = frozenset(
    {"place_hold", "open_appraisal", "appraise", "submit_appraisal"}
    | {"begin_disposal", "extend_retention", "destroy", "carry_out"}
)
_INSPECTING = frozenset({"inspect", "attest"})
#: Who may unlock: made by the administrator, who gives them no rights.
_ADMITTING = frozenset({"admit", "disable", "enable"})
#: What they may do: given by the security administrator, who makes nobody.
_GRANTING = frozenset({"grant", "withdraw", "keep_scope", "change_policy"})
#: Giving up one of the three administrative duties.
_LAYING_DOWN = frozenset({"lay_down"})
#: Looking into the journal, and saying that what was found there is known.
_AUDITING = frozenset({"audit", "export_journal", "print_journal", "seal_day"})
#: Knowing that the journal is not the one that was remembered.
_VOUCHING = frozenset({"acknowledge", "accept_head"})
#: Backups, restores, the master key, the recovery sheet.
_KEEPING = frozenset(
    {"back_up", "fail_backup", "prune_backup", "restore", "drill", "change_master_key", "renew_recovery", "reset_key",
     "revoke_key"}
)  # fmt: skip
_IMPORTING = frozenset({"keep_mapping", "import_item", "import_into_volume", "import_volume", "import_run"})

_FILING = _SESSION | _LOOKING | _INTAKE | _DESCRIBING | _ARRANGING | _NAMING | _ASKING

RIGHTS: dict[Role, frozenset[str]] = {
    Role.FILER: _FILING,
    Role.CLERK: _FILING | _CORRECTING | _OUTPUT | _LENDING | _SEALING | _APPRAISING | _INSPECTING | _IMPORTING,
    Role.ADMINISTRATOR: _FILING
    | _CORRECTING
    | _OUTPUT
    | _LENDING
    | _SEALING
    | _APPRAISING
    | _INSPECTING
    | _IMPORTING
    | _SYNC
    | _RULING
    | _DECIDING
    | _ADMITTING
    | _LAYING_DOWN
    | _KEEPING
    | _VOUCHING
    | {"enrol", "change_setting", "create_archive"},
    Role.SECURITY: _SESSION | _GRANTING | _LAYING_DOWN | _AUDITING | _VOUCHING,
    Role.AUDITOR: _SESSION | _LOOKING | _INSPECTING | _LAYING_DOWN | _AUDITING | _VOUCHING | {"look_up_entity"},
    Role.PENDING: frozenset({"refuse"}),
}
_PROGRAM_RIGHTS = _INTAKE | _SYNC | {"erase", "meet_full_disk", "create_archive", "renew_key", "fail_unlock", "reseal", "finish_rotation"} | {
    "back_up", "fail_backup", "prune_backup", "restore"
}

#: The score below which a passphrase is refused, of 0-4 (zxcvbn; 3 is about 10^8 guesses).
ENOUGH = 3
#: zxcvbn slows down with length, and no one types more by heart.
_SCORED = 72


def may(agent: Agent, event: str) -> bool:
    """Whether `agent` may cause an event of this type."""
    return event in _PROGRAM_RIGHTS if agent == PROGRAM else any(event in RIGHTS[role] for role in agent.roles)


def require(archive: Archive, agent: Agent, event: str) -> None:
    """Raises NotAllowed unless `may`, and leaves a refused event."""
    if not may(agent, event):
        refuse(archive, agent, event)


def refuse(archive: Archive, agent: Agent, event: str) -> NoReturn:
    """Leaves a refused event and raises NotAllowed."""
    with archive.write(agent) as change:
        change.refuse(event)
    raise NotAllowed(event=event, role=agent.standing)


def scope_of(archive: Archive, agent: Agent) -> Scope:
    """What of the records `agent` may see: nothing without the right to look, else what the security administrator set."""
    if not may(agent, "view"):
        return Scope(nothing=True)
    user = archive.queries.user(agent.id)
    return user.scope if user and user.agent == agent else Scope()


def may_open(agent: Agent, part: VolumePart) -> bool:
    """Whether `agent` may see a volume of this part: the 密卷 of a case is for clerks and administrators alone."""
    return part is not VolumePart.SECRET or agent == PROGRAM or bool(agent.roles & {Role.CLERK, Role.ADMINISTRATOR})


def passphrase_strength(passphrase: str, *known: str) -> int:
    """0 (guessed at once) to 4. `known` are words a guesser would try first, such as the user's name."""
    if not passphrase:
        return 0
    return int(zxcvbn(passphrase[:_SCORED], [word for word in known if word])["score"])


def require_strength(passphrase: str, *known: str) -> None:
    """Raises WeakPassphrase below `ENOUGH`."""
    if passphrase_strength(passphrase, *known) < ENOUGH:
        raise WeakPassphrase()
