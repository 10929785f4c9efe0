"""app/settings.py — every setting declared once: key, type, default, where it lives, label.

Three homes. MACHINE: this program on this machine, a JSON file readable before any archive is chosen (language, theme,
the last archive). FOLDER: beside the archive, readable while it is locked (where papers arrive, when to lock).
ARCHIVE: inside it, encrypted and journaled. Nothing personal belongs in the first two.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from platformdirs import user_config_path

from storage.errors import DamagedFile
from storage.files import disk_faults, write_whole


class Home(StrEnum):
    MACHINE = "machine"
    FOLDER = "folder"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Setting:
    """`kind` is str or int; `choices` limits a str, `least` and `most` an int; the label is wording `setting.<key>`.

    `right` is who may change one that lives in the archive: `change_setting`, or `change_policy` for what the security
    administrator answers for.
    """

    key: str
    kind: type
    default: Any
    home: Home
    choices: tuple[str, ...] = ()
    least: int = 0
    right: str = "change_setting"
    most: int | None = None


SETTINGS: tuple[Setting, ...] = (
    Setting("language", str, "zh", Home.MACHINE, ("zh", "en")),
    Setting("theme", str, "system", Home.MACHINE, ("system", "light", "dark")),
    Setting("last_archive", str, "", Home.MACHINE),
    Setting("key_file", str, "", Home.MACHINE),
    Setting("scan_folder", str, "", Home.FOLDER),
    Setting("settle_s", int, 3, Home.FOLDER),
    Setting("backup_folder", str, "", Home.FOLDER),
    Setting("sync_interval_min", int, 15, Home.ARCHIVE, least=1),
    Setting("prepared_by", str, "", Home.ARCHIVE),
    Setting("export_limit", int, 1000, Home.ARCHIVE, least=1),
    Setting("appraisers_least", int, 3, Home.ARCHIVE, least=1),
    Setting("unmask_min", int, 10, Home.ARCHIVE, least=1),
    Setting("public_holidays", str, "", Home.ARCHIVE),
    Setting("loan_days", int, 14, Home.ARCHIVE, least=1),
    Setting("loan_renewals", int, 1, Home.ARCHIVE),
    Setting("sealing_rule", str, "strict", Home.ARCHIVE, ("strict", "dated", "off")),
    Setting("sealing_since", str, "20260101", Home.ARCHIVE),
    Setting("consultation_days", int, 15, Home.ARCHIVE, least=1),
    Setting("backup_every_h", int, 24, Home.ARCHIVE, least=1),
    Setting("backup_warn_days", int, 7, Home.ARCHIVE, least=1),
    Setting("idle_lock_min", int, 10, Home.ARCHIVE, least=1, right="change_policy", most=60),
    Setting("passphrase_grade", str, "baseline", Home.ARCHIVE, ("baseline", "secret", "confidential", "own"),
            right="change_policy"),
    Setting("passphrase_length", int, 10, Home.ARCHIVE, least=8, right="change_policy", most=64),
    Setting("passphrase_classes", int, 3, Home.ARCHIVE, least=1, right="change_policy", most=5),
    Setting("passphrase_days", int, 90, Home.ARCHIVE, right="change_policy", most=3650),
    Setting("passphrase_history", int, 5, Home.ARCHIVE, right="change_policy", most=24),
    Setting("lockout_count", int, 5, Home.ARCHIVE, least=3, right="change_policy", most=20),
    Setting("lockout_min", int, 30, Home.ARCHIVE, least=1, right="change_policy", most=1440),
    Setting("key_file_required", bool, False, Home.ARCHIVE, right="change_policy"),
    Setting("stale_days", int, 90, Home.ARCHIVE, least=1, right="change_policy"),
    Setting("clipboard_s", int, 30, Home.ARCHIVE, least=5, right="change_policy"),
    Setting("screenshot_guard", bool, True, Home.ARCHIVE, right="change_policy"),
)
_BY_KEY = {setting.key: setting for setting in SETTINGS}


def right_of(key: str) -> str:
    """The event that changing this setting of the archive would be. Raises KeyError."""
    return _BY_KEY[key].right


def default_of(key: str) -> Any:
    """What holds before an archive is open. Raises KeyError."""
    return _BY_KEY[key].default


MACHINE_FILE = "settings.json"
FOLDER_FILE = "settings.json"


class _JsonHome:
    """A small JSON file. Unknown keys, from a newer program, are kept."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Any]:
        try:
            found = msgspec.json.decode(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise DamagedFile(file=self._path.name) from error
        if not isinstance(found, dict):
            raise DamagedFile(file=self._path.name)
        return found

    def write(self, key: str, value: Any) -> None:
        values = self.read() | {key: value}
        with disk_faults(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(self._path, msgspec.json.format(msgspec.json.encode(values)))


def machine_file() -> Path:
    """Where MACHINE settings live; ANJUAN_CONFIG names another folder (tests, portable installs)."""
    folder = os.environ.get("ANJUAN_CONFIG")
    return (Path(folder) if folder else user_config_path("anjuan", appauthor=False)) / MACHINE_FILE


class Settings:
    """Typed access. `archive_read`/`archive_write` reach the ARCHIVE home; without them only the others answer.
    `leave(key)` is asked before one beside the archive is changed, and raises when it may not be.
    """

    def __init__(
        self,
        folder: Path | None = None,
        archive_read: Callable[[], dict[str, str]] | None = None,
        archive_write: Callable[[str, str], None] | None = None,
        leave: Callable[[str], None] = lambda _key: None,
    ) -> None:
        self._machine = _JsonHome(machine_file())
        self._folder = _JsonHome(folder / FOLDER_FILE) if folder else None
        self._archive_read = archive_read
        self._archive_write = archive_write
        self._leave = leave

    def get(self, key: str) -> Any:
        """The value, or its default. Raises KeyError for an undeclared key, DamagedFile."""
        setting = _BY_KEY[key]
        value: Any = None
        if setting.home is Home.MACHINE:
            value = self._machine.read().get(key)
        elif setting.home is Home.FOLDER and self._folder:
            value = self._folder.read().get(key)
        elif setting.home is Home.ARCHIVE and self._archive_read:
            value = self._archive_read().get(key)
            value = None if value is None else msgspec.json.decode(value)
        return setting.default if value is None or not _fits(setting, value) else value

    def set(self, key: str, value: Any) -> None:
        """Raises KeyError, ValueError for a value that does not fit, DiskFull, ReadOnly."""
        setting = _BY_KEY[key]
        if not _fits(setting, value):
            raise ValueError(f"{key}: {value!r}")
        if setting.home is Home.MACHINE:
            self._machine.write(key, value)
        elif setting.home is Home.FOLDER and self._folder:
            self._leave(key)
            self._folder.write(key, value)
        elif setting.home is Home.ARCHIVE and self._archive_write:
            self._archive_write(key, msgspec.json.encode(value).decode())
        else:
            raise KeyError(f"{key} has no home here")


def _fits(setting: Setting, value: Any) -> bool:
    if type(value) is not setting.kind or (setting.choices and value not in setting.choices):
        return False
    return not isinstance(value, int) or (value >= setting.least and (setting.most is None or value <= setting.most))
