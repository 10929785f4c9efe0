"""app/selftest.py — does this machine keep the program's promises today? Asked before every opening of an archive.

`CHECKS` is the list: a name, what to ask, and when. The quick ones take milliseconds and run before every command; the slow
ones (the keychain, a reading child that is made to burst, the models, the size of every original) run in the background
while a passphrase is typed. `require` is the gate: it runs what has not been run and raises SelfTestFailed, whose sentence
says what to do, when one is bad. Warnings open the gate and stay on the screen. `run` tells all, for the command.

What is true of the machine is asked once in a process, what is true of a folder at every opening. Any thread.
"""

from __future__ import annotations

import hashlib
import importlib.util
import tempfile
import threading
import tomllib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import resources
from app import process
from app.reading import limits, wire
from app.reading.child import Child, Gone
from app.reading.errors import ReadingUnavailable
from app.threshold import keychain
from storage import health
from storage.archive import Archive
from storage.errors import NoKeychain
from storage.health import Health, SelfTestFailed, State
from storage.keys import KeySlots


@dataclass(frozen=True, slots=True)
class Check:
    """`ask` gets the archive folder (None: there is none yet). `slow` ones take a tenth of a second and more; those of the
    `machine` do not look at the folder.
    """

    name: str
    ask: Callable[[Path | None], Iterable[Health]]
    slow: bool = False
    machine: bool = False


def _keychain(folder: Path | None) -> Iterable[Health]:
    if folder is None:
        return [Health("keychain")]
    slots = KeySlots.load(folder)
    if not any(slots.needs_device(user) for user in slots.users()):
        return [Health("keychain")]
    found = keychain()
    if found is None:
        return [Health("keychain", State.BAD, "keychain_gone")]
    name, secret = f"selftest-{uuid.uuid4().hex}", uuid.uuid4().bytes
    try:
        found.store(name, secret)  # reads it back and compares
        found.forget(name)
        gone = found.fetch(name) is None
    except NoKeychain:
        return [Health("keychain", State.BAD, "keychain_forgets")]
    return [Health("keychain") if gone else Health("keychain", State.BAD, "keychain_forgets")]


def _worker(_folder: Path | None) -> Iterable[Health]:
    child, held = Child("trial"), True
    try:
        with tempfile.TemporaryDirectory(prefix="anjuan-trial-") as folder:
            target = Path(folder, "clear-text")
            for wish, body in (("write", str(target).encode()), ("connect", b""), ("memory", b"")):
                try:
                    answer, _ = child.ask(wire.Open(wish), body, seconds=limits.START_SECONDS, cancelled=lambda: False)
                except Gone:
                    continue  # the kernel ended it: held
                said = isinstance(answer, wire.Failed) and str(target) not in answer.fault
                # Windows gives a child no limit of memory here; the parent watches its size instead.
                held &= said or (wish == "memory" and limits_unknown())
            held &= not target.exists()
    except ReadingUnavailable:
        return [Health("worker", State.BAD, "worker_dead")]
    finally:
        child.stop()
    return [Health("worker") if held else Health("worker", State.BAD, "worker_free")]


def limits_unknown() -> bool:
    """Whether this system gives a process no limit of memory that the program could set."""
    return importlib.util.find_spec("resource") is None


def _models(_folder: Path | None) -> Iterable[Health]:
    engine = importlib.util.find_spec("rapidocr")  # not imported: onnxruntime belongs into the child
    if engine is None or engine.origin is None:
        return [Health("models", State.BAD, "models_missing", "rapidocr")]
    models = Path(engine.origin).parent / "models"
    for name, digest in _shipped()["models"].items():
        if not (models / name).is_file():
            return [Health("models", State.BAD, "models_missing", name)]
        with (models / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                return [Health("models", State.BAD, "models_changed", name)]
    return [Health("models")]


def _dumps(_folder: Path | None) -> Iterable[Health]:
    process.seclude()
    return [Health("dumps") if process.secluded() else Health("dumps", State.BAD, "core_dumps")]


def _clock(_folder: Path | None) -> Iterable[Health]:
    return health.clock(datetime.combine(_shipped()["released"], time(), UTC))


CHECKS: tuple[Check, ...] = (
    Check("cipher", lambda _folder: health.cipher(), machine=True),
    Check("dumps", _dumps, machine=True),
    Check("clock", _clock),
    Check("disk", lambda folder: health.disk(folder) if folder else []),
    Check("strays", lambda folder: health.strays(folder) if folder else []),
    Check("spilled", lambda _folder: health.spilled(Path(tempfile.gettempdir()))),
    Check("keychain", _keychain, slow=True),
    Check("worker", _worker, slow=True, machine=True),
    Check("models", _models, slow=True, machine=True),
    Check("room", lambda folder: health.room(folder) if folder else [], slow=True),
)

_known: dict[str, list[Health]] = {}
_lock = threading.Lock()


def run(folder: Path | None, *, slow: bool = True, checks: tuple[Check, ...] = CHECKS) -> list[Health]:
    """Every answer, asked anew. Raises what reading `keys.json` raises."""
    return [answer for check in checks if slow or not check.slow for answer in check.ask(folder)]


def require(folder: Path | None, *, slow: bool = True, checks: tuple[Check, ...] = CHECKS) -> list[Health]:
    """The gate. Returns the warnings; raises SelfTestFailed for the first check that is bad. A second caller waits for the
    first, and what a machine has answered well is not asked again.
    """
    warnings = []
    with _lock:
        for check in checks:
            if check.slow and not slow:
                continue
            answers = _known.get(check.name) if check.machine else None
            if answers is None:
                answers = list(check.ask(folder))
            for answer in answers:
                if answer.state is State.BAD:
                    raise SelfTestFailed(reason=answer.reason, check=answer.check, object=answer.fact)
            if check.machine:
                _known[check.name] = answers
            warnings += [answer for answer in answers if answer.state is State.WARNING]
    return warnings


def lasting(folder: Path) -> list[str]:
    """The reasons of the warnings that stand now, of what may change while people work (the disk, not the program)."""
    changing = tuple(check for check in CHECKS if not (check.slow or check.machine))
    return [answer.reason for answer in run(folder, checks=changing) if answer.state is State.WARNING]


def require_clock(archive: Archive) -> None:
    """The gate again, once the journal can be read: raises SelfTestFailed while the clock is behind its newest event."""
    answer = health.clock_of(archive)
    if answer.state is State.BAD:
        raise SelfTestFailed(reason=answer.reason, check=answer.check)


@cache
def _shipped() -> dict[str, Any]:
    return tomllib.loads(resources.path("selftest.toml").read_text("utf-8"))
