"""ui/screens/record_acts.py — what may be done with the record on screen besides looking, printing and exporting.

One line in `ACTS` is one more act: its words (a key of the wording), the event it causes (only who may cause it sees it), the
work, and optionally which records it fits. `work(screen, item)` runs on the GUI thread and is given the record screen:
`screen.run(...)` for work off this thread, `screen.desk.messages` to tell, `screen.again()` to show the record anew. The first
acts stand as buttons, the others in the menu "更多" in this order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.records import Item, Kind, Subject
from ui.screens import ties

if TYPE_CHECKING:
    from ui.screens.record import RecordScreen


def _always(_item: Item) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Act:
    key: str
    event: str
    work: Callable[[RecordScreen, Item], object]
    fits: Callable[[Item], bool] = _always


def _ties(screen: RecordScreen, item: Item) -> None:
    ties.open_for(screen, Subject(Kind.ITEM, item.id), item.reference_code)


ACTS: tuple[Act, ...] = (
    Act("record.ties", "relate", _ties),
)
