"""storage/errors.py — the world's faults, each a class with a stable number.

A `Known` error is never a bug: the disk is full, the passphrase is wrong, the line is down. Its class names the
trouble, its `number` is printed on screen and in the log, and its `facts` (ids, counts, paths, never the content of a
record) fill the sentence that `app.wording` keeps for it. Rooms define the ones they raise beside the code that raises
them; this file holds those of the archive itself.
"""

from __future__ import annotations


class Known(Exception):
    """A fault of the world. `facts` are safe to log: ids, numbers, names of folders."""

    number = 0

    def __init__(self, **facts: object) -> None:
        super().__init__(", ".join(f"{name}={value}" for name, value in facts.items()))
        self.facts = facts


class NotAnArchive(Known):
    """The folder holds no archive."""

    number = 101


class AlreadyAnArchive(Known):
    """The folder chosen for a new archive already holds one, or is not empty."""

    number = 102


class ArchiveInUse(Known):
    """Another process has this archive open."""

    number = 103


class WrongPassphrase(Known):
    """No slot of this user opens with this passphrase (and this machine's device secret)."""

    number = 104


class UnknownUser(Known):
    """There is no key slot for this name."""

    number = 105


class NoKeychain(Known):
    """The operating system offers no keychain, or it is locked or does not answer."""

    number = 106


class DeviceSecretMissing(Known):
    """The keychain answers, but does not hold this archive's device secret: a moved disk or a new PC."""

    number = 107


class NewerArchive(Known):
    """The archive was written by a newer program."""

    number = 108


class UnsafeCipher(Known):
    """This SQLite is not SQLCipher, or is too old to be trusted with a write-ahead log."""

    number = 109


class DamagedFile(Known):
    """A file of the archive does not authenticate, is cut short, or does not match its digest."""

    number = 110


class DiskFull(Known):
    """No space left where the archive lives."""

    number = 111


class ReadOnly(Known):
    """The archive folder cannot be written to."""

    number = 112


class ArchiveBusy(Known):
    """The database stayed locked longer than the time limit."""

    number = 113


class FileUnreadable(Known):
    """A file outside the archive could not be opened or changed while it was being read."""

    number = 114


class NotAllowed(Known):
    """This person's role does not permit this act."""

    number = 115


class NoSuchRecord(Known):
    """No record has this code or id."""

    number = 116


class OutsideScope(Known):
    """What was to be made is outside of what this person may see; nothing was changed."""

    number = 180


class NoRightsYet(Known):
    """The security administrator has given this user no role yet."""

    number = 181


class UserDisabled(Known):
    """This user was disabled by the administrator."""

    number = 182


class OwnRights(Known):
    """Nobody gives rights to themselves or takes them, nor decides what they themselves may see."""

    number = 183


class CombinationNeedsReason(Known):
    """A second of the three administrative duties in one hand, and no reason was recorded. Facts: role."""

    number = 184


class LastOfDuty(Known):
    """Nobody else who can unlock holds this duty. Facts: role."""

    number = 187


class DutyUnchanged(Known):
    """The user holds the role already, or does not hold it. Facts: user, role."""

    number = 188


class WeakPassphrase(Known):
    """The passphrase is too easily guessed."""

    number = 117




class UserExists(Known):
    """Somebody of this name is a user already."""

    number = 118


class SamePerson(Known):
    """This step must be taken by another person than the one before it."""

    number = 119


class InUse(Known):
    """What others rely on cannot be changed, ended or named anew."""

    number = 120


class KeyFileMissing(Known):
    """This user's slot opens only together with the key file on their stick."""

    number = 121


class WaitBefore(Known):
    """After wrong passphrases the next one is heard only after `seconds`."""

    number = 122


class LockedOut(Known):
    """Too many wrong passphrases: this user is heard again after `seconds`, or at once with the recovery sheet."""

    number = 123


class PassphraseExpired(Known):
    """The passphrase is right and must be changed first: it is `aged`, the `first` one, or not what the `policy` asks."""

    number = 124


class KeyFileRequired(Known):
    """The policy asks for a key file, and this user has none yet."""

    number = 125


class PassphraseUsedBefore(Known):
    """The new passphrase is the present one or one of the former ones that the policy remembers."""

    number = 126


class PassphraseTooPlain(Known):
    """The new passphrase is shorter than `length` or has fewer than `classes` kinds of characters."""

    number = 127


class LastKey(Known):
    """Without this key nobody could administer the archive, grant rights in it, or recover it."""

    number = 128


class DiskFails(Known):
    """The disk or stick does not do what it is told: it is broken, or was pulled out."""

    number = 178


class AwaitingAcknowledgement(Known):
    """The journal is not the one that was remembered: nothing is written until two people have taken note of it."""

    number = 170


class AcknowledgedAlready(Known):
    """This person has taken note already; it takes somebody else."""

    number = 171


class RecoveryKeyNeeded(Known):
    """Nobody else can take note: it takes the recovery sheet besides."""

    number = 172


class SheetNeeded(Known):
    """The key of a security administrator or an auditor is renewed with the recovery sheet alone."""

    number = 129
