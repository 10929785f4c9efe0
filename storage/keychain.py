"""storage/keychain.py — the operating system's keychain, holding this machine's half of every key slot.

The backend is chosen by us and never by environment or configuration file: `keyring` would load any class named there
and hand it the secret, and its null backend throws the secret away in silence. What is written is read back and
compared. A keychain that is locked or hangs gets a time limit.
"""

from __future__ import annotations

import base64
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from keyring.backend import KeyringBackend

from storage.errors import NoKeychain

SERVICE = "anjuan"
TIME_LIMIT_S = 20.0

T = TypeVar("T")


class Keychain:
    """Secrets of up to 64 bytes by name, for this user of this machine. Any thread."""

    def __init__(self, backend: KeyringBackend, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._backend = backend
        self._time_limit_s = time_limit_s

    @classmethod
    def find(cls) -> Keychain | None:
        """This machine's keychain, or None where there is none that answers."""
        backend = _backend()
        if backend is None:
            return None
        keychain = cls(backend)
        try:
            keychain.fetch("probe")
        except NoKeychain:
            return None
        return keychain

    def store(self, name: str, secret: bytes) -> None:
        """Keeps `secret`, reads it back and compares. Raises NoKeychain."""
        text = base64.b64encode(secret).decode()
        self._ask(lambda: self._backend.set_password(SERVICE, name, text))
        if self.fetch(name) != secret:
            raise NoKeychain(reason="not kept")

    def fetch(self, name: str) -> bytes | None:
        """The secret, or None when there is none of that name. Raises NoKeychain."""
        text = self._ask(lambda: self._backend.get_password(SERVICE, name))
        try:
            return None if text is None else base64.b64decode(text, validate=True)
        except ValueError as error:
            raise NoKeychain(reason="not ours") from error

    def forget(self, name: str) -> None:
        self._ask(lambda: self._backend.delete_password(SERVICE, name))

    def _ask(self, question: Callable[[], T]) -> T:
        # The backend may block for ever on an unlock prompt nobody sees; a daemon thread can be left behind.
        answer: list[T] = []
        trouble: list[Exception] = []

        def ask() -> None:
            try:
                answer.append(question())
            except Exception as error:  # noqa: BLE001  # raised again below, as NoKeychain
                trouble.append(error)

        thread = threading.Thread(target=ask, name="keychain", daemon=True)
        thread.start()
        thread.join(self._time_limit_s)
        if trouble:
            # Whatever its class: every platform's library raises its own, most of them not `KeyringError`.
            raise NoKeychain(reason=type(trouble[0]).__name__) from trouble[0]
        if not answer:
            raise NoKeychain(reason="no answer")
        return answer[0]


def _backend() -> KeyringBackend | None:
    try:
        if sys.platform == "win32":
            from keyring.backends.Windows import WinVaultKeyring

            backend: KeyringBackend = WinVaultKeyring()
            backend.persist = "local machine"  # type: ignore[attr-defined]  # the default roams with the profile
        elif sys.platform == "darwin":
            from keyring.backends.macOS import Keyring as MacKeyring

            backend = MacKeyring()
        else:
            from keyring.backends.SecretService import Keyring as SecretService

            SecretService.priority  # noqa: B018  # raises where the bus has no Secret Service
            backend = SecretService()
    except (ImportError, RuntimeError, OSError):
        return None
    return backend
