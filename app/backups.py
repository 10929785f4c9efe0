"""app/backups.py — class Backups: backing up by hand and by itself, how old the last proved one is, the drill; and restoring.

Backups go to one folder, chosen by a person: another disk, or a stick. One is made when it is due and the folder is there; a
stick that is not plugged in is no fault, but the last proved backup grows older, and from `backup_warn_days` on everybody is
told. `survey` and `restore` need no archive: a machine with the program, the backup and the recovery sheet is enough.

Every method is synchronous and belongs on a worker thread; the long ones take `step(done, total, note)`, which may raise to
cancel.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app import wording
from app.access import require, require_strength
from app.diagnostics import report as report_fault
from app.jobs import Cancelled
from app.settings import Settings
from storage import backup
from storage import restore as restoring
from storage.archive import Archive
from storage.backup import Made, Pruned, Step
from storage.changes.base import now
from storage.errors import Known
from storage.generations import BackupFolderGone, BackupSet, NoBackup, SeveralBackups, time_of
from storage.keychain import Keychain
from storage.keys import Cost
from storage.records import PROGRAM, Agent
from storage.records.backup import Backup, BackupState
from storage.restore import Drill, Restored, Survey, WrongSheet
from sync.exchange import PROGRAM as VERSION

__all__ = [
    "PLACES", "Backups", "Done", "Drill", "Restored", "Standing", "Survey", "WrongSheet", "lines_of", "lines_of_drill", "made_at",
    "restore", "survey",
]  # fmt: skip

#: What is wrong with the place a person chose, rather than with a backup.
PLACES = (BackupFolderGone, NoBackup, SeveralBackups)
#: A new archive need not have a backup before this.
GRACE = timedelta(days=1)
#: After a failure the program waits so long before it tries again by itself.
_AGAIN = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the archive stands with its backups. `pressing`: everybody must be told. `days` is the age of the last proved one.

    `present`: the folder is there now. `beside`: it lies on the archive's own disk, and would be lost with it.
    """

    last: Backup | None
    days: int
    pressing: bool
    folder: str
    present: bool
    beside: bool
    failed: Backup | None


@dataclass(frozen=True, slots=True)
class Done:
    """A backup that was made and proved, and what left the folder after it."""

    made: Made
    pruned: Pruned


class Backups:
    """The backups of one archive, as the person at the desk may make them. `archive` is the whole one, whatever they see."""

    def __init__(self, archive: Archive, agent: Agent, settings: Settings) -> None:
        self._archive = archive
        self._agent = agent
        self._settings = settings

    # -- looking

    def state(self) -> Standing:
        """May wait for a folder on a slow line."""
        last, at = self._archive.queries.last_proved_backup(), datetime.now(UTC)
        age = at - _moment(last.proved_at) if last else timedelta(0)
        newest = next(iter(self._archive.queries.backups()), None)
        chosen = str(self._settings.get("backup_folder"))
        present = bool(chosen) and Path(chosen).is_dir()
        return Standing(
            last=last,
            days=max(0, age.days),
            pressing=self._old(age) if last else self._unguarded(at),
            folder=chosen,
            present=present,
            beside=present and Path(chosen).stat().st_dev == self._archive.folder.stat().st_dev,
            failed=newest if newest and newest.state is BackupState.FAILED else None,
        )

    def all(self, limit: int = 100) -> list[Backup]:
        """Newest first."""
        return self._archive.queries.backups()[:limit]

    def in_place(self) -> set[str]:
        """The generations that lie in the chosen folder now. Raises BackupFolderGone."""
        chosen = str(self._settings.get("backup_folder"))
        return set(BackupSet.of(Path(chosen), self._archive.station_id).names()) if chosen else set()

    def due(self) -> bool:
        """Whether one should be made now: the interval is over, the folder is there, the last failure is some time ago."""
        chosen = str(self._settings.get("backup_folder"))
        if not chosen or not Path(chosen).is_dir() or self._archive.suspension is not None:
            return False
        at, rows = datetime.now(UTC), self._archive.queries.backups()
        if rows and rows[0].state is BackupState.FAILED and timedelta(0) <= at - _moment(rows[0].at) < _AGAIN:
            return False
        last = self._archive.queries.last_proved_backup()
        every = timedelta(hours=int(self._settings.get("backup_every_h")))
        # A clock that was set back must not stop the backups: what lies ahead counts as long ago.
        return last is None or not timedelta(0) <= at - _moment(last.proved_at) < every

    # -- acting

    def choose(self, folder: Path) -> None:
        """Backups go there from now on. Raises NotAllowed, BackupFolderGone."""
        require(self._archive, self._agent, "back_up")
        if not folder.is_dir():
            raise BackupFolderGone(folder=str(folder))
        self._settings.set("backup_folder", str(folder.absolute()))

    def back_up(self, folder: Path | None = None, step: Step = lambda *_: None) -> Done:
        """A backup into `folder`, or where they go: made, proved, and what is past its time removed.

        Raises NotAllowed, and what `storage.backup.back_up` raises.
        """
        require(self._archive, self._agent, "back_up")
        return self._back_up(self._agent, folder, step)

    def back_up_when_due(self, step: Step = lambda *_: None) -> Done | None:
        """By itself, in the program's own name. What goes wrong is kept and told by the age of the last proved one."""
        if not self.due():
            return None
        try:
            return self._back_up(PROGRAM, None, step)
        except Known as error:
            report_fault(error)
            return None

    def drill(self, recovery_key: str, folder: Path | None = None, step: Step = lambda *_: None) -> Drill:
        """A restore tried with the sheet, into scratch. Raises NotAllowed, WrongSheet, and what a restore raises."""
        require(self._archive, self._agent, "drill")
        return restoring.drill(self._archive, self._agent, self._folder(folder), recovery_key, step)

    def clean_up(self) -> None:
        """Removes what a proof or a drill that was cut left beside the archive."""
        backup.clear_scratch(self._archive.folder)

    # -- inside

    def _back_up(self, agent: Agent, folder: Path | None, step: Step) -> Done:
        chosen, began_at = self._folder(folder), now()
        try:
            made = backup.back_up(self._archive, agent, chosen, VERSION, step)
        except Cancelled:
            with self._archive.write(agent) as change:
                change.fail_backup(str(chosen), "cancelled", began_at)
            raise
        return Done(made, backup.prune(self._archive, agent, chosen))

    def _folder(self, folder: Path | None) -> Path:
        chosen = str(folder.absolute() if folder else self._settings.get("backup_folder"))
        if not chosen:
            raise BackupFolderGone(folder="")
        return Path(chosen)

    def _old(self, age: timedelta) -> bool:
        return age > timedelta(days=int(self._settings.get("backup_warn_days")))

    def _unguarded(self, at: datetime) -> bool:
        """No backup at all: pressing once there are papers and the first day is over."""
        counts = self._archive.queries.counts()
        born = self._archive.queries.born_at()
        return bool(counts.waiting + counts.filed) and (not born or at - _moment(born) > GRACE)


def survey(chosen: Path, recovery_key: str, target: Path, generation: str | None = None, step: Step = lambda *_: None) -> Survey:
    """What a restore would bring back, before anything is decided. Raises as `storage.restore.survey`."""
    return restoring.survey(chosen, recovery_key, target, generation, step)


def restore(
    chosen: Path,
    recovery_key: str,
    target: Path,
    user: str,
    passphrase: str,
    keychain: Keychain | None,
    *,
    generation: str | None = None,
    cost: Cost | None = None,
    step: Step = lambda *_: None,
) -> Restored:
    """The archive of a backup in the absent or empty folder `target`, which is the one to be opened from now on.

    Raises WeakPassphrase, and what `storage.restore.restore` raises.
    """
    require_strength(passphrase, user)
    restored = restoring.restore(
        chosen, recovery_key, target, user, passphrase, keychain, generation=generation, cost=cost, step=step
    )
    Settings().set("last_archive", str(target.absolute()))
    return restored


def made_at(generation: str) -> str:
    """When a generation was made, by its name: UTC, ISO 8601."""
    return time_of(generation).isoformat()


def lines_of(restored: Restored) -> list[str]:
    """What a restore brought back and what is missing, in plain words."""
    local = _moment(restored.made_at).astimezone()
    facts = {"station": restored.station, "made_at": f"{local:%Y-%m-%d %H:%M}", "user": restored.user}
    said = [wording.say("restore.done", **facts)]
    if restored.passed_over:
        said.append(wording.say("restore.passed_over", n=len(restored.passed_over)))
    if restored.damaged:
        said.append(wording.say("restore.damaged", n=len(restored.damaged)))
    if restored.missing:
        said.append(wording.say("restore.missing", n=restored.missing))
    else:
        said.append(wording.say("restore.since"))
    if restored.others:
        said.append(wording.say("restore.others", names="、".join(restored.others)))
    said.append(wording.say("restore.folders"))
    return said


def lines_of_drill(tried: Drill) -> list[str]:
    """How a drill ended, in plain words."""
    said = [wording.say("backup.drilled", generation=tried.generation, records=tried.records, files=tried.files)]
    if tried.faults:
        said = [wording.say("backup.drill_failed", n=tried.faults, records=tried.records)]
    if tried.passed_over:
        said.append(wording.say("restore.passed_over", n=len(tried.passed_over)))
    return said


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
