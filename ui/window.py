"""ui/window.py — the frame around the screens: places on the left, who and where above, how things stand below.

The frame knows no screen's business. It makes each screen the first time it is shown, passes on what was committed,
and keeps the strip of states. GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from app import wording
from app.station import Station
from storage.records import Counts, Event
from ui import actions, phrases
from ui.desk import Desk
from ui.keeper import Keeper
from ui.messages import Messages, Speaker
from ui.phrases import name, plain, say
from ui.screens.audit import AuditScreen
from ui.screens.backup import BackupScreen
from ui.screens.backup_notice import BackupNotice
from ui.screens.bulk import BulkScreen
from ui.screens.disposal import DisposalScreen
from ui.screens.home import HomeScreen
from ui.screens.home_overseer import OverseerHome
from ui.screens.inbox import InboxScreen
from ui.screens.inspection import InspectionScreen
from ui.screens.interchange import InterchangeScreen
from ui.screens.keys import KeysDialog
from ui.screens.lending import LendingScreen
from ui.screens.machine_notice import MachineNotice
from ui.screens.my_keys import MyKeysScreen
from ui.screens.people import PeopleScreen
from ui.screens.record import RecordScreen
from ui.screens.reports import ReportScreen
from ui.screens.scheme import SchemeScreen
from ui.screens.screen import Screen
from ui.screens.sealing import SealingScreen
from ui.screens.search import SearchScreen
from ui.screens.settings import SettingsScreen
from ui.screens.suspension import SuspensionBand
from ui.screens.sync import SyncScreen
from ui.screens.users import UsersScreen
from ui.screens.volumes import VolumesScreen
from ui.screens.volumes_desk import VolumeScreen
from ui.stylesheet import look
from ui.theme import Theme
from ui.widgets.layout import button, drawing, text, tool

PLACES: tuple[tuple[str, str, type[Screen]], ...] = (
    ("home", "home", HomeScreen),
    ("inbox", "inbox", InboxScreen),
    ("volumes", "volumes", VolumesScreen),
    ("search", "search", SearchScreen),
    ("lending", "loan", LendingScreen),
    ("disposal", "disposal", DisposalScreen),
    ("sealing", "sealing", SealingScreen),
    ("inspection", "inspection", InspectionScreen),
    ("interchange", "interchange", InterchangeScreen),
    ("reports", "reports", ReportScreen),
    ("sync", "sync", SyncScreen),
    ("backup", "drive", BackupScreen),
    ("audit", "audit", AuditScreen),
    ("settings", "settings", SettingsScreen),
)
HIDDEN: tuple[tuple[str, str, type[Screen]], ...] = (
    ("record", "record", RecordScreen),
    ("bulk", "record", BulkScreen),
    ("people", "person", PeopleScreen),
    ("volume", "volumes", VolumeScreen),
    ("scheme", "settings", SchemeScreen),
    ("users", "settings", UsersScreen),
    ("my_keys", "settings", MyKeysScreen),
)
#: Under which place a screen without one of its own stands.
WITHIN = {"record": "search", "bulk": "search", "people": "search", "volume": "volumes", "scheme": "settings", "users": "settings",
          "my_keys": "settings"}
SETTLE_MS = 60
AGAIN_MS = 1500


class Window(QWidget):
    """The open station. `lock` is called when the person locks; tests put their own `messages` in place."""

    def __init__(
        self, station: Station, theme: Theme, lock: Callable[[], None], messages: Messages | None = None,
        rekey: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        look(self, "ground")
        self._theme, self._lock, self._station = theme, lock, station
        self.speaker = Speaker(self, theme)
        self.desk = Desk(station, messages or self.speaker, theme, self.go, lock, rekey)
        self._screens: dict[str, Screen] = {}
        self._makers = {id: maker for id, _drawing, maker in PLACES + HIDDEN}
        if not station.may("file"):
            self._makers["home"] = OverseerHome
        self._stack = QStackedWidget()
        self._nav: dict[str, QPushButton] = {}
        self._pill = text("pill")
        self._pill.setFixedHeight(20)
        self._pill.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pill.hide()
        self._strip: dict[str, QLabel] = {}
        self.keeper = Keeper(self, theme)
        body = QVBoxLayout()
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self._header())
        self.suspension = SuspensionBand(self.desk)
        body.addWidget(self.suspension)
        body.addWidget(self.speaker.banner)
        body.addWidget(self.keeper.bar)
        self.backup_notice = BackupNotice(
            station, theme, partial(self.go, "backup"), self.desk.messages.trouble, acting=True
        )
        body.addWidget(self.backup_notice)
        self.machine_notice = MachineNotice(station, theme, self.desk.messages.trouble)
        body.addWidget(self.machine_notice)
        body.addWidget(self._stack, 1)
        body.addWidget(self._foot())
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._sidebar())
        whole.addLayout(body, 1)
        for id, _drawing, maker in PLACES:
            if self._may_enter(maker):
                actions.make(id, self, partial(self.go, id))
        for id, work in (("lock", lock), ("language", self._on_language), ("theme", self._on_theme),
                         ("keys", self._on_keys)):
            actions.make(id, self, work)
        # Events come in bursts (a batch of scans); one count answers all of them.
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._count)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._count)
        self._counts = Counts()
        station.listen(self._on_events)
        wording.listen(self._reword)
        self.destroyed.connect(lambda: wording.forget(self._reword))
        self._count()
        self.backup_notice.refresh()
        self.machine_notice.refresh()
        self.go("home")

    # -- what the application and the screens ask

    @property
    def here(self) -> str:
        """The id of the screen shown."""
        return next(id for id, screen in self._screens.items() if screen is self._stack.currentWidget())

    def place(self, id: str) -> Screen:
        """The screen, made when it is first asked for."""
        if id not in self._screens:
            self._screens[id] = self._makers[id](self.desk)
            self._stack.addWidget(self._screens[id])
        return self._screens[id]

    def go(self, id: str, subject: object = None) -> None:
        """Show a screen and what it is to open."""
        screen = self.place(id)
        self.desk.messages.clear()
        self._stack.setCurrentWidget(screen)
        self.backup_notice.button.setVisible(id != "backup")  # there it is the button of the screen
        place = WITHIN.get(id, id)
        if place in self._nav:
            self._nav[place].setChecked(True)
        self._say_title(screen)
        screen.open(subject)
        screen.setFocus()

    @property
    def screens(self) -> list[Screen]:
        """Those made so far."""
        return list(self._screens.values())

    def knows(self, id: str) -> bool:
        """Whether there is such a screen, and this person may enter it."""
        return id in self._makers and self._may_enter(self._makers[id])

    def leave(self) -> None:
        """Before the station stops: what is half written is kept."""
        self.keeper.leave()
        for screen in self._screens.values():
            screen.leave()

    # -- parts

    def _sidebar(self) -> QFrame:
        frame = QFrame()
        look(frame, "nav")
        frame.setFixedWidth(184)
        mark = drawing(self._theme, "seal", "accent", 30)
        title = say(QLabel(), "window.product")
        look(title, "title")
        head = QHBoxLayout()
        head.setContentsMargins(18, 14, 12, 16)
        head.setSpacing(10)
        head.addWidget(mark)
        head.addWidget(title, 1)
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(2)
        column.addLayout(head)
        for id, picture, maker in PLACES:
            column.addWidget(self._button(id, picture))
            self._nav[id].setVisible(self._may_enter(maker))
        column.addStretch(1)
        keys = button("action.keys", "nav", theme=None)
        keys.clicked.connect(self._on_keys)
        self._theme.wear(keys, "info", "nav_text")
        column.addWidget(keys)
        return frame

    def _may_enter(self, screen: type[Screen]) -> bool:
        return not screen.needs or any(self._station.may(event) for event in screen.needs)

    def _button(self, id: str, picture: str) -> QPushButton:
        made = say(QPushButton(), f"action.{id}")
        look(made, "nav")
        made.setCheckable(True)
        made.setAutoExclusive(True)
        made.setAutoDefault(True)
        self._theme.wear(made, picture, "nav_text")
        made.setToolTip(actions.keys(id))
        name(made, f"action.{id}")
        made.clicked.connect(lambda: self.go(id))
        self._nav[id] = made
        if id == "inbox":
            inside = QHBoxLayout(made)
            inside.setContentsMargins(0, 0, 14, 0)
            inside.addStretch(1)
            inside.addWidget(self._pill, 0, Qt.AlignmentFlag.AlignVCenter)
        return made

    def _header(self) -> QFrame:
        frame = QFrame()
        look(frame, "head")
        frame.setFixedHeight(56)
        self._title = QLabel()
        look(self._title, "title")
        station = text("muted")
        station.setText(self._station.archive.fonds.station)
        person = text()
        person.setText(self._station.agent.name)
        role = say(text("small"), f"role.{self._station.agent.role.value}")
        language = say(button("window.language", "quiet", theme=self._theme, drawing="language"), "window.language")
        say(language, "action.language", "setToolTip")
        name(language, "action.language")
        language.clicked.connect(self._on_language)
        turn = tool("action.theme", self._theme, "light")
        turn.clicked.connect(self._on_theme)
        lock = button("action.lock", "quiet", theme=self._theme, drawing="lock")
        lock.setToolTip(actions.keys("lock"))
        lock.clicked.connect(self._lock)
        row = QHBoxLayout(frame)
        row.setContentsMargins(24, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(self._title)
        row.addStretch(1)
        for part in (drawing(self._theme, "archive"), station, _gap(), drawing(self._theme, "person"), person, role,
                     _gap(), language, turn, lock):
            row.addWidget(part)
        return frame

    def _foot(self) -> QFrame:
        frame = QFrame()
        look(frame, "foot")
        frame.setFixedHeight(30)
        row = QHBoxLayout(frame)
        row.setContentsMargins(24, 0, 24, 0)
        row.setSpacing(28)
        for id in ("intake", "reading", "index", "sync"):
            self._strip[id] = text("small")
            row.addWidget(self._strip[id])
        row.addStretch(1)
        self._strip["locks"] = say(text("small"), "window.sealed")
        row.addWidget(self._strip["locks"])
        return frame

    # -- what happens

    def _on_events(self, events: tuple[Event, ...]) -> None:
        # The station may outlive the window that listened to it.
        if not isValid(self):
            return
        self._settle.start()
        self.suspension.hear(events)
        self.backup_notice.hear(events)
        self.machine_notice.hear(events)
        for screen in self._screens.values():
            screen.hear(events)

    def _count(self) -> None:
        self._station.jobs.run(
            "view", lambda _job: (self._station.counts(), self._station.unsearchable()),
            done=lambda found: self._show_counts(*found), failed=self.desk.messages.trouble,
        )

    def _show_counts(self, counts: Counts, unsearchable: int) -> None:
        self._counts = counts
        say(self._strip["index"], "window.indexing", n=unsearchable)
        self._strip["index"].setVisible(unsearchable > 0)
        if unsearchable:
            # The index follows without an event of its own.
            self._again.start()
        ready = counts.waiting - counts.reading_due
        self._pill.setText(str(ready))
        self._pill.setVisible(ready > 0)
        name(self._nav["inbox"], "window.inbox_name" if ready else "action.inbox", **({"n": ready} if ready else {}))
        folder = self._station.settings.get("scan_folder")
        if folder:
            say(self._strip["intake"], "window.watching", folder=str(folder))
        else:
            say(self._strip["intake"], "window.not_watching")
        if counts.reading_due:
            say(self._strip["reading"], "window.reading", n=counts.reading_due)
        else:
            say(self._strip["reading"], "window.all_read")
        if counts.undelivered:
            say(self._strip["sync"], "window.undelivered", n=counts.undelivered)
        else:
            say(self._strip["sync"], "window.all_delivered")

    def _on_language(self) -> None:
        language = next(other for other in wording.LANGUAGES if other != wording.language())
        wording.use(language)
        self._station.settings.set("language", language)

    def _on_theme(self) -> None:
        self._station.settings.set("theme", self._theme.turn())

    def _on_keys(self) -> None:
        KeysDialog(self).open()

    def _reword(self) -> None:
        phrases.reword()
        self.speaker.banner.reword()
        self.suspension.reword()
        self.keeper.reword()
        for screen in self._screens.values():
            screen.reword()
        self._say_title(self.place(self.here))

    def _say_title(self, screen: Screen) -> None:
        say(self._title, screen.title)
        top = self.window()
        plain(top, f"{wording.say(screen.title)} · {wording.say('window.product')}", "setWindowTitle")


def _gap() -> QFrame:
    made = QFrame()
    made.setFixedSize(17, 20)
    line = QFrame(made)
    look(line, "rule")
    line.setGeometry(8, 0, 1, 20)
    return made
