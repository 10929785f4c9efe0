"""ui/screens/home_overseer.py — the first screen of who files no papers: the security administrator and the auditor.

One card for each thing they are there for; the one where somebody waits for them comes with the primary button.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout

from storage.records import Role
from ui.desk import Desk
from ui.phrases import say
from ui.screens.screen import Screen
from ui.stylesheet import look
from ui.widgets.layout import button, card, column, drawing, label, row, text


@dataclass(frozen=True, slots=True)
class _Waiting:
    """How many people wait for a role, and how many have not come for long."""

    pending: int
    stale: int


class OverseerHome(Screen):
    title = "action.home"
    concerns = frozenset({"admit", "grant", "withdraw", "disable", "enable"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.buttons: dict[str, QPushButton] = {}
        may, box = self.station.may, QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 18)
        box.setSpacing(14)
        self._people = text("muted", wrap=True)
        if may("grant"):
            box.addWidget(self._card("users", "person", self._people))
        if may("audit"):
            box.addWidget(self._card("audit", "audit", label("overseer.audit_advice", "muted", wrap=True)))
        if may("view"):
            box.addWidget(self._card("search", "search", label("overseer.search_advice", "muted", wrap=True)))
        if may("change_policy"):
            box.addWidget(self._card("settings", "settings", label("overseer.settings_advice", "muted", wrap=True)))
        box.addStretch(1)
        first = next(iter(self.buttons.values()))
        look(first, "primary", scale="big")
        self.setFocusProxy(first)

    def refresh(self) -> None:
        if "users" in self.buttons:
            self.run("view", lambda _job: self._look(), done=self._show)

    def _look(self) -> _Waiting:
        users = self.station.users
        everybody = [user for user in users.all() if not user.disabled]
        return _Waiting(
            sum(user.agent.role is Role.PENDING for user in everybody), sum(users.stale(user) for user in everybody)
        )

    def _show(self, waiting: _Waiting) -> None:
        if waiting.pending:
            say(self._people, "overseer.pending", n=waiting.pending)
        elif waiting.stale:
            say(self._people, "overseer.stale", n=waiting.stale)
        else:
            say(self._people, "overseer.nobody_waits")

    def _card(self, place: str, picture: str, words: QFrame) -> QFrame:
        frame, inside = card(kind="next" if not self.buttons else "card", margins=22, spacing=4)
        self.buttons[place] = button(f"overseer.to_{place}")
        self.buttons[place].clicked.connect(lambda: self.desk.go(place, None))
        said = column(label(f"overseer.{place}", "title"), words, spacing=5)
        line = row(drawing(self.desk.theme, picture, "muted", 30), said, self.buttons[place], spacing=18)
        line.setStretch(1, 1)
        inside.addLayout(line)
        return frame
