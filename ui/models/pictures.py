"""ui/models/pictures.py — page pictures for the screens: decoded off the GUI thread, kept a while, fetched ahead.

`want()` answers through `then` on the GUI thread, at once when the picture is here already. `ahead()` fetches without
an answer, so that the next paper stands there the moment it is asked for. At most `KEPT` pictures stay in memory
(a page of 1754 px costs about 8 MB decoded).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QImage

from app.station import Station
from storage.records import PageText

KEPT = 8
Place = tuple[int, int]


class Pictures:
    """Made once per window; GUI thread only."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._kept: OrderedDict[Place, QImage] = OrderedDict()
        self._texts: OrderedDict[int, list[PageText]] = OrderedDict()
        self._age = 0
        self._coming: dict[Place, list[tuple[Callable[[QImage], None], Callable[[BaseException], None]]]] = {}

    def want(
        self, object_id: int, number: int,
        then: Callable[[QImage], None], failed: Callable[[BaseException], None],
    ) -> bool:
        """True when the answer was given at once."""
        place = (object_id, number)
        if place in self._kept:
            self._kept.move_to_end(place)
            then(self._kept[place])
            return True
        waiting = self._coming.get(place)
        if waiting is not None:
            waiting.append((then, failed))
            return False
        self._coming[place] = [(then, failed)]
        age = self._age
        self._station.jobs.run(
            "view", lambda _job: _decode(self._station.page_picture(object_id, number)),
            done=partial(self._on_here, place, age), failed=partial(self._on_failed, place, age),
        )
        return False

    def ahead(self, object_id: int, number: int) -> None:
        # What goes wrong ahead of time is told when the picture is really wanted.
        if (object_id, number) not in self._kept and (object_id, number) not in self._coming:
            self.want(object_id, number, lambda _image: None, lambda _error: None)

    def texts(
        self, object_id: int, then: Callable[[list[PageText]], None], failed: Callable[[BaseException], None]
    ) -> None:
        """The read lines of every page of an original."""
        if object_id in self._texts:
            then(self._texts[object_id])
            return

        def here(pages: list[PageText]) -> None:
            self._texts[object_id] = pages
            while len(self._texts) > KEPT:
                self._texts.popitem(last=False)
            then(pages)

        self._station.jobs.run(
            "view", lambda _job: list(self._station.page_text(object_id)), done=here, failed=failed
        )

    def forget(self) -> None:
        """The pictures look different from now on (masked, or no more). What is still coming is dropped when it comes."""
        self._age += 1
        self._kept.clear()
        self._texts.clear()
        self._coming.clear()

    def _on_here(self, place: Place, age: int, image: QImage) -> None:
        if age != self._age:
            return
        self._kept[place] = image
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        for then, _failed in self._coming.pop(place, []):
            then(image)

    def _on_failed(self, place: Place, age: int, error: BaseException) -> None:
        if age != self._age:
            return
        for _then, failed in self._coming.pop(place, []):
            failed(error)


def _decode(data: bytes) -> QImage:
    image = QImage.fromData(data)
    if image.isNull():
        raise ValueError("a page picture of the archive is no picture")
    return image
