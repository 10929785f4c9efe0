"""sync/headquarters/counter.py — packages that come by hand: reads a carrier, writes signed answers beside them.

Only files with the fixed name of a package are opened, in the order of their ranges; a package that must wait for one
later in the folder gets its turn again. Answers are receipts or refusals, the same documents the line gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from storage.errors import FileUnreadable
from storage.files import discard_unfinished, write_whole
from sync import answers, envelope, package
from sync.headquarters.office import Office, StationUnknown
from sync.transports.carrier import packages_in, receipt_name


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one file on the carrier: accepted, refused (with a reason), or unreadable."""

    file: str
    state: str
    reason: str = ""
    answer: str = ""
    records: int = 0
    returned: int = 0


def receive(folder: Path, directory: Path) -> list[Received]:
    if not directory.is_dir():
        raise FileUnreadable(path=str(directory))
    office = Office(folder)
    try:
        done: dict[Path, Received] = {}
        waiting = packages_in(directory)
        while waiting:
            for file in waiting:
                done[file] = _receive(office, file)
            late = [file for file in waiting if done[file].reason == answers.GAP]
            if len(late) == len(waiting):
                break
            waiting = late
        return [done[file] for file in sorted(done)]
    finally:
        office.close()


def _receive(office: Office, file: Path) -> Received:
    try:
        answer = office.accept(file)
        header = package.peek(package.read_block(file))
    except (package.PackageDamaged, StationUnknown, FileUnreadable) as error:
        return Received(file.name, "unreadable", type(error).__name__)
    name = receipt_name(header.station, header.epoch, header.first_seq, header.last_seq)
    discard_unfinished(file.parent / name)
    write_whole(file.parent / name, answer)
    try:
        receipt = envelope.peek(answer, answers.Receipt)
    except envelope.SignatureInvalid:
        refusal = envelope.peek(answer, answers.Refusal)
        return Received(file.name, "refused", refusal.reason, name)
    returned = sum(outcome.state == answers.RETURNED for outcome in receipt.outcomes)
    return Received(file.name, "accepted", "", name, len(receipt.outcomes), returned)
