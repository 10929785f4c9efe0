"""tests/test_access.py — who may do what; passphrases that are too easily guessed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.access import (
    ENOUGH,
    RIGHTS,
    may,
    passphrase_strength,
    require,
    require_strength,
)
from app.station import Station
from storage.changes import EVENT_TYPES
from storage.errors import NotAllowed, WeakPassphrase
from storage.records import PROGRAM, Agent, Role
from storage.records.users import Scope
from tests.stations import House, raise_it
from tests.test_scope import limited

#: What changes what is kept, or carries it out of the house.
ACTS = {"file", "quarantine", "export", "print", "change_setting", "enrol", "pack", "send"}


def agent(role: Role) -> Agent:
    return Agent(9, f"样本·{role.value}", role)


@pytest.mark.parametrize("event", EVENT_TYPES)
def test_every_event_type_is_somebodys(event: str) -> None:
    assert any(may(agent(role), event) for role in Role) or may(PROGRAM, event)


def test_no_right_is_for_an_event_that_does_not_exist() -> None:
    assert set().union(*RIGHTS.values()) <= set(EVENT_TYPES)
    assert set(RIGHTS) == set(Role)
    assert not any(may(agent(role), "destroy_everything") for role in Role)
    assert not may(PROGRAM, "destroy_everything")


def test_the_auditor_looks_and_changes_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    assert may(agent(Role.AUDITOR), "view")
    for event in sorted(ACTS | {"receive", "release_source", "read", "accept_receipt"}):
        assert not may(agent(Role.AUDITOR), event)
        with pytest.raises(NotAllowed):
            require(house.archive, agent(Role.AUDITOR), event)
        told = house.archive.queries.events(house.archive.queries.head()[0] - 1)[0]
        assert (told.type, told.outcome, told.standing, told.detail) == ("refuse", "refused", "auditor", {"attempt": event})
    require(house.archive, agent(Role.CLERK), "print")
    house.archive.close()


def test_each_role_does_its_work_and_no_more() -> None:
    allowed = {role: {event for event in ACTS if may(agent(role), event)} for role in Role}
    assert allowed[Role.FILER] == {"file", "quarantine"}
    assert allowed[Role.CLERK] == {"file", "quarantine", "export", "print"}
    assert allowed[Role.ADMINISTRATOR] == ACTS


def test_the_program_takes_in_and_sends_but_decides_nothing() -> None:
    assert all(may(PROGRAM, event) for event in ("receive", "read", "release_source", "pack", "send"))
    assert not any(may(PROGRAM, event) for event in ("file", "view", "export", "print", "change_setting", "enrol"))


def test_a_person_who_took_the_programs_name_is_not_the_program() -> None:
    impostor = Agent(3, PROGRAM.name, Role.AUDITOR)
    assert not may(impostor, "pack")


# -- the whole matrix, at the service level

_DAILY = "filer clerk administrator"
_OFFICE = "clerk administrator"
_EVERYBODY = "filer clerk administrator security auditor"
_THREE = "administrator security auditor"
#: Every event and who may cause it; "": the program alone. Written out once more, so that no slip in `app.access` goes unseen.
MATRIX: dict[str, str] = {
    **dict.fromkeys(("unlock", "lock", "keep_draft", "drop_draft", "change_passphrase", "change_key_file"), _EVERYBODY),
    "meet_full_disk": _EVERYBODY,
    "refuse": _EVERYBODY + " pending",
    **dict.fromkeys(("view", "view_volume", "look_up_entity", "keep_search", "drop_search", "note_search", "clear_searches"),
                    _DAILY + " auditor"),
    **dict.fromkeys(("receive", "recognise_duplicate", "ignore", "release_source", "read", "quarantine"), _DAILY),
    **dict.fromkeys(("file", "describe", "add_document", "replace_document", "order_documents", "order_pages", "split_arrival",
                     "split_item", "merge", "keep_template", "drop_template", "put_away", "relate", "unrelate", "open_volume",
                     "describe_volume", "follow_volume", "file_into", "order_volume", "move_item", "number_pages", "split_volume",
                     "join_volume", "withdraw_volume", "file_volume", "name_entity", "correct_entity", "merge_entities", "mention",
                     "unmention", "disclose", "request_loan", "cancel_loan", "request_consultation"), _DAILY),
    **dict.fromkeys(("correct", "bulk_edit", "undo_bulk", "print", "export", "lend", "renew_loan", "return_loan", "copy_out",
                     "finish_loan", "note_use", "seal", "look_up", "consult", "close_consultation", "place_hold", "open_appraisal",
                     "appraise", "submit_appraisal", "begin_disposal", "extend_retention", "destroy", "carry_out", "keep_mapping",
                     "import_item", "import_into_volume", "import_volume", "import_run"), _OFFICE),
    **dict.fromkeys(("inspect", "attest"), _OFFICE + " auditor"),
    **dict.fromkeys(("pack", "send", "fail_sending", "accept_receipt", "refuse_package", "void_packages", "enrol", "change_setting",
                     "create_archive", "change_category", "end_category", "keep_profile", "keep_rule", "end_rule", "keep_place",
                     "retire_place", "renumber", "add_station_word", "drop_station_word", "approve_loan", "second_loan", "refuse_loan", "approve_appraisal",
                     "refuse_appraisal", "lift_hold", "approve_consultation", "refuse_consultation", "request_unsealing", "unseal",
                     "refuse_unsealing", "admit", "disable", "enable", "change_master_key", "back_up", "fail_backup", "prune_backup",
                     "restore", "drill", "renew_recovery", "reset_key", "revoke_key"), "administrator"),
    **dict.fromkeys(("grant", "withdraw", "keep_scope", "change_policy"), "security"),
    **dict.fromkeys(("audit", "export_journal", "print_journal", "seal_day"), "security auditor"),
    **dict.fromkeys(("lay_down", "acknowledge", "accept_head"), _THREE),
    **dict.fromkeys(("erase", "renew_key", "fail_unlock", "reseal", "finish_rotation"), ""),
}  # fmt: skip


def test_the_matrix_of_all_acts_and_roles(tmp_path: Path) -> None:
    """T11: every event type asked for in every role; none is allowed that should not be, and every refusal is in the journal."""
    assert set(MATRIX) == set(EVENT_TYPES)
    house, asked, refused = House(tmp_path), 0, 0
    for role in Role:
        agent_ = agent(role)
        for event in EVENT_TYPES:
            asked += 1
            if role.value in MATRIX[event].split():
                require(house.archive, agent_, event)
                continue
            head = house.archive.queries.head()[0]
            with pytest.raises(NotAllowed):
                require(house.archive, agent_, event)
            (told,) = house.archive.queries.events(head)
            assert (told.type, told.outcome, told.standing, told.detail) == ("refuse", "refused", role.value, {"attempt": event})
            refused += 1
    assert asked == len(Role) * len(EVENT_TYPES) and refused > asked / 2
    house.archive.close()


def _acts(station: Station) -> Iterator[tuple[str, Callable[..., object], tuple[str, ...]]]:
    """(name, act, the events it asks leave for) of the station and every service it carries."""
    for name, service in [("", station), *sorted(vars(station).items())]:
        if name.startswith("_") or not type(service).__module__.startswith("app."):
            continue
        for door, method in inspect.getmembers(type(service), inspect.isfunction):
            asks = re.findall(r"require\(self\._?archive, self\._?agent, \"(\w+)\"\)", inspect.getsource(method))
            if not door.startswith("_") and asks:
                yield f"{name}.{door}", getattr(service, door), tuple(asks)


@pytest.mark.parametrize("role", [Role.SECURITY, Role.AUDITOR, Role.FILER])
def test_every_act_of_every_service_asks_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    """Called with nothing sensible by somebody who may not: refused before anything else, with an event, and nothing changed."""
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    house = House(tmp_path)
    person = limited(house, f"样本·{role.value}", Scope(nothing=True), role)
    station, tried = Station(house.archive, person, lambda call: call(), raise_it), []
    for name, act, events in _acts(station):
        if any(may(person, event) for event in events):
            continue
        given = {
            parameter.name: None for parameter in inspect.signature(act).parameters.values() if parameter.default is parameter.empty
        }
        head = house.archive.queries.head()[0]
        with pytest.raises(NotAllowed):
            act(**given)
        (told,) = house.archive.queries.events(head)
        assert told.type == "refuse" and told.detail["attempt"] in events, name
        tried.append(name)
    assert len(tried) > (60 if role is Role.SECURITY else 20), tried
    house.archive.close()


def test_the_administrator_gives_no_rights_and_the_security_administrator_sees_no_paper() -> None:
    assert not any(may(agent(Role.ADMINISTRATOR), event) for event in ("grant", "withdraw", "keep_scope", "change_policy", "audit"))
    assert not any(may(agent(Role.SECURITY), event) for event in ("view", "view_volume", "print", "export", "file", "admit", "enable"))
    changing = set(EVENT_TYPES) - {name for name, who in MATRIX.items() if "auditor" in who.split()}
    assert not any(may(agent(Role.AUDITOR), event) for event in changing)


@pytest.mark.parametrize(
    "passphrase", ["", "1", "123456", "password", "admin888", "qwertyuiop", "abc123", "woaini1314", "20260101", "a" * 500]
)
def test_what_is_guessed_at_once_is_refused(passphrase: str) -> None:
    with pytest.raises(WeakPassphrase):
        require_strength(passphrase)


@pytest.mark.parametrize("passphrase", ["correct horse battery staple", "kR7!vq2#Lz9p", "样本 口令 四个 不相干的词", "x9" * 4000])
def test_what_is_hard_to_guess_is_taken_quickly_enough_to_ask(passphrase: str) -> None:
    assert 0 <= passphrase_strength(passphrase) <= 4
    if passphrase[:2] != "x9":
        require_strength(passphrase)


def test_ones_own_name_is_no_secret() -> None:
    passphrase = "zhangyangben paichusuo"
    assert passphrase_strength(passphrase, "zhangyangben", "paichusuo") < passphrase_strength(passphrase)
    assert ENOUGH == 3
