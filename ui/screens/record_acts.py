"""ui/screens/record_acts.py — what may be done with the record on screen besides looking, printing and exporting.

One line in `ACTS` is one more act: its words (a key of the wording), the event it causes (only who may cause it sees it), the
work, and optionally which records it fits. `work(screen, item)` runs on the GUI thread and is given the record screen:
`screen.run(...)` for work off this thread, `screen.desk.messages` to tell. The screen hears of every event of its record and
shows it anew by itself. Those of `FIRST` stand as buttons, those of `ACTS` in the menu "更多" in this order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.records import Item, Kind, State, Subject
from ui.screens import (
    disposal_holds,
    people_named,
    record_divide,
    record_edit,
    record_files,
    record_history,
    record_number,
    sealing,
    ties,
)

if TYPE_CHECKING:
    from app.station import Station
    from ui.screens.record import RecordScreen


def _always(_item: Item) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Act:
    """`alters`: of a filed record only those may do it who may `correct`."""

    key: str
    event: str
    work: Callable[[RecordScreen, Item], object]
    fits: Callable[[Item], bool] = _always
    alters: bool = False

    def offered(self, station: Station, item: Item) -> bool:
        """Whether this person may do it with this record."""
        leave = not self.alters or item.state is not State.FILED or station.may("correct")
        return leave and station.may(self.event) and self.fits(item)


def _ties(screen: RecordScreen, item: Item) -> None:
    ties.open_for(screen, Subject(Kind.ITEM, item.id), item.reference_code)


def _named(screen: RecordScreen, item: Item) -> None:
    people_named.open_for(screen, Subject(Kind.ITEM, item.id), item.reference_code)


def _borrow(screen: RecordScreen, item: Item) -> None:
    screen.desk.go("lending", Subject(Kind.ITEM, item.id))


def _seal(screen: RecordScreen, item: Item) -> None:
    sealing.ask_seal(screen, Subject(Kind.ITEM, item.id), item.reference_code)


def _volume(screen: RecordScreen, item: Item) -> None:
    screen.desk.go("volume", item.volume_id)


FIRST: tuple[Act, ...] = (
    Act("record.correct", "describe", record_edit.open_for, alters=True),
    Act("record.files", "view", record_files.open_for),
    Act("record.history", "view", record_history.open_for),
)
ACTS: tuple[Act, ...] = (
    Act("volumes.show", "view_volume", _volume, lambda item: item.volume_id is not None),
    Act("record.divide", "split_item", record_divide.divide, record_divide.fits_divide, alters=True),
    Act("record.merge", "merge", record_divide.merge, record_divide.fits_merge),
    Act("record.renumber", "renumber", record_number.open_for, record_number.fits),
    Act("lending.borrow", "request_loan", _borrow, lambda item: item.state is State.FILED),
    Act("record.ties", "relate", _ties),
    Act("people.named_button", "mention", _named),
    Act("sealing.act.seal", "seal", _seal, lambda item: item.state is State.FILED),
    Act("disposal.hold_record", "place_hold", disposal_holds.hold_record),
)
