"""app/access.py — users, roles; may(agent, event).

One place decides who may do what: a role is a set of event types (the methods of `storage.changes.Changes`). Screens
hide what is not allowed; the core asks again and refuses. The program itself may do what needs no person.
"""

from __future__ import annotations

from zxcvbn import zxcvbn

from storage.errors import NotAllowed, WeakPassphrase
from storage.records import PROGRAM, Agent, Role

_SESSION = frozenset({"unlock", "lock", "view"})
_INTAKE = frozenset({"receive", "recognise_duplicate", "ignore", "release_source", "read", "quarantine"})
_SYNC = frozenset({"pack", "send", "fail_sending", "accept_receipt", "refuse_package"})
_OUTPUT = frozenset({"print", "export"})

#: Describing, arranging and correcting records: daily work.
_DESCRIBING = frozenset({"file"})
_ARRANGING: frozenset[str] = frozenset({"put_away", "relate", "unrelate"})
#: Naming whom the papers name; seeing what is masked, with a purpose.
_NAMING: frozenset[str] = frozenset()
#: Asking for a loan, or for leave to consult what is sealed.
_ASKING: frozenset[str] = frozenset()
#: Handing out and taking back.
_LENDING: frozenset[str] = frozenset()
#: The scheme, the places, another code for what is filed.
_RULING: frozenset[str] = frozenset(
    {"change_category", "end_category", "keep_profile", "keep_rule", "end_rule", "keep_place", "retire_place"}
)
#: What one person asks for and another decides: loans, disposal, sealing.
_DECIDING: frozenset[str] = frozenset()
#: Appraising what is due, and preparing its destruction.
_APPRAISING: frozenset[str] = frozenset()
_INSPECTING: frozenset[str] = frozenset()
_IMPORTING: frozenset[str] = frozenset()

_FILING = _SESSION | _INTAKE | _DESCRIBING | _ARRANGING | _NAMING | _ASKING

RIGHTS: dict[Role, frozenset[str]] = {
    Role.FILER: _FILING,
    Role.CLERK: _FILING | _OUTPUT | _LENDING | _APPRAISING | _INSPECTING | _IMPORTING,
    Role.ADMINISTRATOR: _FILING
    | _OUTPUT
    | _LENDING
    | _APPRAISING
    | _INSPECTING
    | _IMPORTING
    | _SYNC
    | _RULING
    | _DECIDING
    | {"enrol", "change_setting", "create_archive", "admit"},
    Role.AUDITOR: _SESSION | _INSPECTING,
}
_PROGRAM_RIGHTS = _INTAKE | _SYNC | {"create_archive", "renew_key"}

#: The score below which a passphrase is refused, of 0-4 (zxcvbn; 3 is about 10^8 guesses).
ENOUGH = 3
#: zxcvbn slows down with length, and no one types more by heart.
_SCORED = 72


def may(agent: Agent, event: str) -> bool:
    """Whether `agent` may cause an event of this type."""
    return event in (_PROGRAM_RIGHTS if agent == PROGRAM else RIGHTS[agent.role])


def require(agent: Agent, event: str) -> None:
    """Raises NotAllowed unless `may`."""
    if not may(agent, event):
        raise NotAllowed(event=event, role=agent.role.value)


def passphrase_strength(passphrase: str, *known: str) -> int:
    """0 (guessed at once) to 4. `known` are words a guesser would try first, such as the user's name."""
    if not passphrase:
        return 0
    return int(zxcvbn(passphrase[:_SCORED], [word for word in known if word])["score"])


def require_strength(passphrase: str, *known: str) -> None:
    """Raises WeakPassphrase below `ENOUGH`."""
    if passphrase_strength(passphrase, *known) < ENOUGH:
        raise WeakPassphrase()
