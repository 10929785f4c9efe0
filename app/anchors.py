"""app/anchors.py — class Anchors: is the journal the one that was remembered, and who has taken note when it is not.

What this machine keeps is compared by `Archive.open` itself; here the heads that others keep are held against the journal
too: headquarters' receipts, and the newest generation of every backup folder that can be reached. Every method belongs on
a worker thread; a folder that does not answer, such as a lost network drive, gets a time limit.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.access import may, require
from storage.anchors import BACKUP, RECEIPT, Anchor, Suspension, finding
from storage.archive import Archive
from storage.errors import Known
from storage.generations import BackupSet
from storage.keys import KeySlots
from storage.queries.suspension import Acknowledgement
from storage.records import Agent, Finding
from sync.answers import AnswerInvalid, Receipt, check_answer
from sync.exchange import Exchange

#: How soon after it moved the head is kept outside the database, in seconds.
KEEP_S = 5.0
#: Of the receipts, the newest few are compared at unlock; `verify` compares all.
_NEWEST = 5
_TIME_LIMIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a suspension stands. `alone`: nobody else can acknowledge, so it takes the recovery key. `may`: this person
    can, and `done`: has.
    """

    suspension: Suspension
    acknowledged: tuple[Acknowledgement, ...]
    alone: bool
    may: bool
    done: bool


class Anchors:
    """The anchors of one archive, as the person at the desk meets them."""

    def __init__(self, archive: Archive, agent: Agent) -> None:
        self._archive = archive
        self._agent = agent

    @property
    def suspended(self) -> bool:
        return self._archive.suspension is not None

    @property
    def lost(self) -> dict[str, str]:
        """Places that once kept an anchor and could not tell it at this unlock: place -> missing, damaged, silent."""
        return dict(self._archive.anchors.lost)

    def compare(self) -> dict[str, object]:
        """Holds everything that can be reached against the journal; what is wrong, as the event of the unlocking says it."""
        self._archive.hold_against(self._elsewhere(_NEWEST))
        wrong: dict[str, object] = {"anchors_lost": self.lost} if self.lost else {}
        if suspension := self._archive.suspension:
            wrong |= {"suspended": suspension.why, "anchor": suspension.anchor.source}
        return wrong

    def known(self) -> list[Anchor]:
        """Every head that can be reached now: what this machine keeps, the newest receipt, the newest backup of each folder."""
        return [*self._archive.anchors.found(), *self._elsewhere(1)]

    def keep(self) -> None:
        """The present head, outside the database."""
        self._archive.anchor()

    def standing(self) -> Standing | None:
        """None while all is well."""
        suspension = self._archive.suspension
        if suspension is None:
            return None
        acknowledged = tuple(self._archive.queries.acknowledgements(suspension.fault))
        able = set(self._archive.queries.vouchers()) & set(KeySlots.load(self._archive.folder).users())
        return Standing(
            suspension,
            acknowledged,
            alone=able <= {self._agent.name},
            may=may(self._agent, "acknowledge"),
            done=any(one.agent_id == self._agent.id for one in acknowledged),
        )

    def acknowledge(self, recovery_key: str = "") -> bool:
        """This person has taken note. Returns whether the archive goes on now.

        Raises NotAllowed, AcknowledgedAlready, RecoveryKeyNeeded, WrongPassphrase (a wrong recovery key), WaitBefore.
        """
        require(self._archive, self._agent, "acknowledge")
        return self._archive.acknowledge(self._agent, recovery_key)

    def verify(self) -> Iterator[Finding]:
        """One finding for each head that others keep."""
        reader = self._archive.database.reader()
        for anchor in self._elsewhere(-1):
            yield finding(reader, anchor)

    # -- inside

    def _elsewhere(self, receipts: int) -> list[Anchor]:
        found = list(self._receipts(receipts))
        if folders := {backup.folder for backup in self._archive.queries.backups()}:
            looking = threading.Thread(target=lambda: found.extend(self._backups(folders)), name="anchors", daemon=True)
            looking.start()
            looking.join(_TIME_LIMIT_S)
        return list(found)

    def _receipts(self, limit: int) -> Iterator[Anchor]:
        enrolment = Exchange(self._archive, self._agent).enrolment()
        if enrolment is None:
            return
        for document in self._archive.queries.newest_receipts(limit):
            # One that does not verify is no word of headquarters; the inspection names it.
            with suppress(AnswerInvalid):
                answer = check_answer(document, enrolment.key)
                if isinstance(answer, Receipt):
                    yield Anchor(answer.last_seq, answer.journal_head, answer.epoch, answer.at, RECEIPT)

    def _backups(self, folders: set[str]) -> Iterator[Anchor]:
        for chosen in sorted(folders):
            # A stick that is not there, or what is left of a backup, says nothing about the journal.
            with suppress(Known, OSError):
                backups = BackupSet.of(Path(chosen), self._archive.station_id)
                for generation in backups.names()[-1:]:
                    manifest = backups.manifest(generation)
                    if manifest.station.verify_key == self._archive.verify_key.hex():
                        yield Anchor(manifest.head_seq, manifest.head_hash, manifest.epoch, manifest.made_at, BACKUP)
