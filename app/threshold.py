"""app/threshold.py — what a station that is still locked can do: say its name and users, take in scans, be unlocked.

Names and users come from the two public files of an archive folder (`station.json`, `keys.json`); scans are sealed with
the archive's public key. Everything but `exists` belongs on a worker: the keychain may take its time limit to answer, and
the rooms below are imported here only when they are needed, so that the unlock screen stands before they are loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.jobs import Post
from app.settings import Settings

if TYPE_CHECKING:
    from app.intake import LockedIntake
    from app.station import Station
    from storage.keychain import Keychain


@dataclass(frozen=True, slots=True)
class Threshold:
    """`users` in the order they were added."""

    folder: Path
    station: str
    users: tuple[str, ...]

    @staticmethod
    def exists(folder: Path) -> bool:
        return (folder / "station.json").is_file() and (folder / "keys.json").is_file()

    @classmethod
    def look(cls, folder: Path) -> Threshold:
        """Raises NotAnArchive, DamagedFile."""
        from storage.archive import StationFile
        from storage.keys import KeySlots

        return cls(folder, StationFile.load(folder).name, tuple(KeySlots.load(folder).users()))

    def needs_key_file(self, user: str) -> bool:
        """Whether this user's slot opens only together with a key file. Raises NotAnArchive, UnknownUser, DamagedFile."""
        from storage.keys import KeySlots

        return KeySlots.load(self.folder).needs_key_file(user)

    def enter(
        self,
        user: str,
        passphrase: str,
        post: Post,
        failed: Callable[[BaseException], None],
        *,
        key_file: Path | None = None,
        new_passphrase: str | None = None,
    ) -> Station:
        """Unlocks; `key_file` is the file on the stick, `new_passphrase` takes the place of the present one.

        Takes about a second, three with a new passphrase. Raises what `Station.open` raises, and for a key file that is not
        there KeyFileMissing, for one that is none DamagedFile.
        """
        from app.station import Station
        from storage.key_file import read_key_file

        return Station.open(
            self.folder,
            user,
            passphrase,
            keychain=keychain_of(self.folder, user),
            key_file=read_key_file(key_file) if key_file else b"",
            new_passphrase=new_passphrase,
            post=post,
            failed=failed,
        )


class LockedScan:
    """The scan folder while the station is locked. `look` seals what is whole and returns how many so far."""

    def __init__(self, intake: LockedIntake) -> None:
        self._intake = intake

    @classmethod
    def begin(cls, folder: Path) -> LockedScan | None:
        """None when the station watches no folder."""
        from app.intake import LockedIntake
        from storage.archive import SPOOL, StationFile
        from storage.objects import Seal
        from storage.spool import Spool

        settings = Settings(folder)
        scan = str(settings.get("scan_folder"))
        if not scan or not Path(scan).is_dir():
            return None
        spool = Spool(folder / SPOOL, Seal(StationFile.load(folder).recipient))
        return cls(LockedIntake(Path(scan), spool, float(settings.get("settle_s"))))

    def look(self) -> int:
        self._intake.watch()
        return self._intake.sealed

    def stop(self) -> None:
        self._intake.stop()


def keychain_of(folder: Path, user: str) -> Keychain | None:
    """The system's keychain when this user's slot needs it. Raises NotAnArchive, UnknownUser, DamagedFile."""
    from storage.keys import KeySlots

    return keychain() if KeySlots.load(folder).needs_device(user) else None


def keychain() -> Keychain | None:
    """The system's keychain, when it is there and answers."""
    from storage.keychain import Keychain

    return Keychain.find()
