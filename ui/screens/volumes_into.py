"""ui/screens/volumes_into.py — beside the description of a waiting paper: on its own, or into which open volume.

The volumes last worked on stand in the list; others are found in a dialog, a new one is made in one. What was chosen stays for
the next paper, as the papers of a case come together.
"""

from __future__ import annotations

from PySide6.QtCore import Signal

from app import wording
from storage.records import Category, State
from storage.records.volumes import Volume, VolumeFilter
from ui.desk import Desk
from ui.phrases import name
from ui.screens.screen import Screen
from ui.screens.volumes_choose import ChooseVolumeDialog
from ui.screens.volumes_form import VolumeDialog
from ui.screens.volumes_rows import heading
from ui.widgets.form import Choice

SHOWN = 8
_OTHER, _NEW = "other", "new"


class IntoVolume(Choice):
    """`changed` after another volume (or none) was chosen."""

    changed = Signal()

    def __init__(self, screen: Screen, desk: Desk) -> None:
        super().__init__()
        name(self, "volumes.into")
        self._screen, self._desk = screen, desk
        self._chosen: Volume | None = None
        self._open: list[Volume] = []
        self._known: list[Category] = []
        self.reword()
        self.activated.connect(lambda _row: self._on_choice())

    def volume(self) -> Volume | None:
        """Where the paper goes; None when it is filed on its own."""
        return self._chosen

    def choose_volume(self, volume: Volume | None) -> None:
        self._chosen = volume
        self.reword()
        self.changed.emit()

    def refresh(self) -> None:
        """The open volumes anew; a chosen one that is open no more is let go."""
        chosen = self._chosen

        def look(_job: object) -> tuple[list[Volume], Volume | None, list[Category]]:
            volumes = self._desk.station.volumes
            again = next(iter(volumes.covered(list(volumes.by_id([chosen.id]).values()))), None) if chosen else None
            offered = volumes.covered(volumes.volumes(VolumeFilter(State.OPEN), limit=SHOWN))
            return offered, again, self._desk.station.categories()

        def here(found: tuple[list[Volume], Volume | None, list[Category]]) -> None:
            self._open, again, self._known = found
            if self._chosen is not None and chosen is not None and self._chosen.id == chosen.id:
                self._chosen = again if again is not None and again.open else None
            self.reword()
            if (self._chosen is None) != (chosen is None):
                self.changed.emit()

        self._screen.run("view", look, done=here)

    def reword(self) -> None:
        shown = {volume.id: volume for volume in [*([self._chosen] if self._chosen else []), *self._open]}
        lines: list[tuple[object, str]] = [(None, wording.say("volumes.into_none"))]
        lines += [(volume.id, heading(volume)) for volume in list(shown.values())[:SHOWN]]
        if len(self._open) >= SHOWN:
            lines.append((_OTHER, wording.say("volumes.into_other")))
        if self._desk.station.may("open_volume"):
            lines.append((_NEW, wording.say("volumes.into_new")))
        self.fill(lines)
        self.choose(self._chosen.id if self._chosen else None)

    # -- inside

    def _on_choice(self) -> None:
        value = self.value()
        if value == _OTHER:
            ChooseVolumeDialog(self._screen, self._desk, self.choose_volume, title="volumes.into").open()
        elif value == _NEW:
            VolumeDialog(self._screen, self._desk, self._known, self.choose_volume).open()
        if value in (_OTHER, _NEW):
            # Until the dialog says otherwise, everything stays as it was.
            self.choose(self._chosen.id if self._chosen else None)
        else:
            self.choose_volume(next((volume for volume in self._open if volume.id == value), self._chosen if value else None))
