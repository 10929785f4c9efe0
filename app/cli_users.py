"""app/cli_users.py — the commands about users: who they are, admitting, duties, disabling, what they may see."""

from __future__ import annotations

from pathlib import Path

import click

from app import wording
from app.session import Session, pass_session
from app.station import Station
from storage.errors import UnknownUser
from storage.records import DUTIES, Role, SecurityClass
from storage.records.users import Scope, User

_ROLES = click.Choice([role.value for role in Role if role is not Role.PENDING])
_role = click.argument("role", type=_ROLES)
_user = click.argument("name")
_reason = click.option("--reason", default="", help="Why one person holds two administrative duties.")


@click.group(invoke_without_command=True)
@click.pass_context
def users(context: click.Context) -> None:
    """Who may unlock this archive, with which roles, and when they last did."""
    session = context.obj
    if context.invoked_subcommand:
        return
    with session.station() as station:
        for user in station.users.all():
            state = "disabled" if user.disabled else "stale" if station.users.stale(user) else "active"
            roles = [role.value for role in Role if role in user.agent.roles]
            session.answer(
                {"user": user.name, "role": user.agent.role.value, "roles": roles, "state": state, "last_unlock": user.last_unlock,
                 "categories": list(user.scope.categories),
                 "highest_class": user.scope.highest_class.value if user.scope.highest_class else ""},
                f"{user.name}\t{_said(user.agent.roles)}\t{wording.say(f'users.state_{state}')}\t{user.last_unlock[:10]}",
            )  # fmt: skip


@users.command()
@_user
@click.option("--role", type=_ROLES, required=True)
@_reason
@click.option("--new-passphrase-file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@pass_session
def add(session: Session, name: str, role: str, reason: str, new_passphrase_file: Path | None) -> None:
    """Admit a further user; your own passphrase is asked first. Whoever is also security administrator gives the role at once."""
    own = session.passphrase()
    if new_passphrase_file:
        passphrase = new_passphrase_file.read_text("utf-8").rstrip("\r\n")
    else:
        passphrase = click.prompt(wording.say("cli.new_passphrase"), hide_input=True, confirmation_prompt=True, err=True)
    with session.station(own) as station:
        admitted = station.users.admit(own, name, passphrase)
        granted = station.may("grant")
        if granted:
            station.users.grant(admitted, Role(role), reason)
    key = "cli.admitted" if granted else "cli.admitted_pending"
    facts = {"user": name} if granted else {"user": name, "role": role}
    session.answer({"user": name, "role": role if granted else Role.PENDING.value}, wording.say(key, **facts))


@users.command()
@_user
@_role
@_reason
@pass_session
def grant(session: Session, name: str, role: str, reason: str) -> None:
    """Give a user a role (security administrator)."""
    with session.station() as station:
        station.users.grant(_called(station, name).agent, Role(role), reason)
    session.answer({"user": name, "granted": role}, wording.say("cli.granted", user=name, role=wording.say(f"role.{role}")))


@users.command()
@_user
@_role
@pass_session
def withdraw(session: Session, name: str, role: str) -> None:
    """Take a role from a user (security administrator)."""
    with session.station() as station:
        station.users.withdraw(_called(station, name).agent, Role(role))
    session.answer({"user": name, "withdrawn": role}, wording.say("cli.withdrawn", user=name, role=wording.say(f"role.{role}")))


@users.command("lay-down")
@click.argument("role", type=click.Choice(sorted(role.value for role in DUTIES)))
@pass_session
def lay_down(session: Session, role: str) -> None:
    """Give up one of your own administrative duties, when somebody else holds it."""
    with session.station() as station:
        station.users.lay_down(Role(role))
    session.answer({"laid_down": role}, wording.say("cli.laid_down", role=wording.say(f"role.{role}")))


@users.command()
@_user
@pass_session
def disable(session: Session, name: str) -> None:
    """A user cannot unlock any more (administrator)."""
    with session.station() as station:
        station.users.disable(_called(station, name).agent)
    session.answer({"user": name, "disabled": True}, wording.say("cli.user_disabled", user=name))


@users.command()
@_user
@pass_session
def enable(session: Session, name: str) -> None:
    """A disabled user may unlock again (administrator)."""
    with session.station() as station:
        station.users.enable(_called(station, name).agent)
    session.answer({"user": name, "disabled": False}, wording.say("cli.user_enabled", user=name))


@users.command()
@_user
@click.option("--category", "categories", multiple=True, help="A category with its branches; repeat for several. None: all.")
@click.option("--highest-class", type=click.Choice([each.value for each in SecurityClass]), help="None: any.")
@pass_session
def scope(session: Session, name: str, categories: tuple[str, ...], highest_class: str | None) -> None:
    """What of the records a user may see (security administrator). Without options: everything."""
    wanted = Scope(categories, SecurityClass(highest_class) if highest_class else None)
    with session.station() as station:
        known = {category.code for category in station.categories()}
        if strange := sorted(set(categories) - known):
            raise click.BadParameter(wording.say("problem.category_unknown") + " " + ", ".join(strange))
        station.users.keep_scope(_called(station, name).agent, wanted)
    said = ", ".join((*categories, *([wording.say(f"security_class.{highest_class}")] if highest_class else [])))
    session.answer(
        {"user": name, "categories": list(categories), "highest_class": highest_class or ""},
        wording.say("cli.scope_kept", user=name, scope=said or wording.say("users.scope_all")),
    )


def _called(station: Station, name: str) -> User:
    user = station.users.called(name)
    if user is None:
        raise UnknownUser(user=name)
    return user


def _said(roles: frozenset[Role]) -> str:
    return wording.say("users.and").join(wording.say(f"role.{role.value}") for role in Role if role in roles)
