"""app/threshold.py — what a station that is still locked can do: say its name and users, take in scans, be unlocked.

Names and users come from the two public files of an archive folder (`station.json`, `keys.json`); scans are sealed with
the archive's public key. Everything but `exists` belongs on a worker: the keychain may take its time limit to answer, and
the rooms below are imported here only when they are needed, so that the unlock screen stands before they are loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
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

    def key_files(self, roots: Iterable[Path]) -> list[Path]:
        """Key files of this archive that lie openly on these disks. Raises NotAnArchive, DamagedFile."""
        from storage.key_file import ENDING
        from storage.keys import KeySlots

        pattern = f"anjuan-{KeySlots.load(self.folder).archive_id[:8]}-*{ENDING}"
        found: list[Path] = []
        for root in roots:
            with suppress(OSError):  # a disk that was pulled out, or is closed to us
                found += sorted(root.glob(pattern))
        return found

    def make_key_file(self, folder: Path) -> Path:
        """A new key file on a stick, for the unlocking that makes it this user's. Raises DiskFull, ReadOnly, KeyFileMissing."""
        from storage.key_file import make_key_file
        from storage.keys import KeySlots

        return make_key_file(folder, KeySlots.load(self.folder).archive_id)[0]

    def recover(
        self, recovery_key: str, user: str, passphrase: str, use_keychain: bool, post: Post,
        failed: Callable[[BaseException], None],
    ) -> Station:
        """Opens with the recovery sheet and gives `user` a new key under `passphrase` and, if wanted, this machine's keychain.

        Takes about two seconds. Raises what `app.keys.recover` raises, and NoKeychain when one is wanted and none answers.
        """
        from app import selftest
        from app.station import Station
        from storage.errors import NoKeychain

        found = keychain() if use_keychain else None
        if use_keychain and found is None:
            raise NoKeychain(reason="none")
        selftest.require(self.folder)
        return Station.recover(self.folder, recovery_key, user, passphrase, keychain=found, post=post, failed=failed)

    def rekey(self, user: str, passphrase: str, key_file: Path | None = None) -> None:
        """Gives the archive another master key. Raises what `app.rotation.change_master_key` raises, KeyFileMissing."""
        from app import selftest
        from app.rotation import change_master_key
        from storage.key_file import read_key_file

        selftest.require(self.folder)
        change_master_key(self.folder, user, passphrase, read_key_file(key_file) if key_file else b"")

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

        Takes about a second, three with a new passphrase. Raises SelfTestFailed, what `Station.open` raises, and for a key file that is not
        there KeyFileMissing, for one that is none DamagedFile.
        """
        from app import selftest
        from app.station import Station
        from storage.key_file import read_key_file

        selftest.require(self.folder)
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


def recovery_letters(typed: str) -> str:
    """What of the typed text belongs to a recovery key, as it is printed: O is 0, I and L are 1, blanks and strokes are nothing."""
    from storage.keys import normalise_recovery_key

    return normalise_recovery_key(typed)


def keychain_of(folder: Path, user: str) -> Keychain | None:
    """The system's keychain when this user's slot needs it. Raises NotAnArchive, UnknownUser, DamagedFile."""
    from storage.keys import KeySlots

    return keychain() if KeySlots.load(folder).needs_device(user) else None


def keychain() -> Keychain | None:
    """The system's keychain, when it is there and answers."""
    from storage.keychain import Keychain

    return Keychain.find()
