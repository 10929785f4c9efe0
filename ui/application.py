"""ui/application.py — the program with a window: start-up, the way from first start or unlock to the open station, lock.

Start: QApplication with our font, language and theme; the shell window; then the threshold of the last archive, or
the first start when there is none. Unlocking makes the Station on a worker; its window replaces the unlock screen.
Locking (by hand, or when nobody is there: `ui.absence`) keeps what is half written, stops the station and replaces the
whole process by a fresh one that shows the unlock screen: nothing less clears keys and text from memory. What runs is
cancelled; what does not end within `STOP_S` ends with the process, as after a power cut, and every file of the archive is
made for that. Qt's own messages go to the log by their category, never with their text.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QLibraryInfo, QObject, QTimer, QtMsgType, QTranslator, qInstallMessageHandler
from PySide6.QtGui import QCloseEvent, QIcon
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget

from app import wording
from app.diagnostics import report
from app.jobs import Job, Jobs
from app.settings import Settings, default_of
from app.threshold import LockedScan, Threshold, keychain
from ui import icons, screenshots
from ui.absence import Absence
from ui.bridge import Bridge
from ui.clipboard import Clipboard, keep_in
from ui.screens.unlock import Try, UnlockScreen
from ui.theme import Theme

if TYPE_CHECKING:
    from app.backups import Restored
    from app.station import Station
    from storage.records import Event
    from ui.screens.first_start import FirstStartScreen, Wishes
    from ui.screens.recover import RecoverScreen
    from ui.screens.restore import RestoreScreen, Step, Wish
    from ui.window import Window

__all__ = ["Shell", "pictures", "play", "prepare", "run"]

SMALLEST = (1280, 720)
TICK_MS = 1000
#: How long a lock waits for what runs.
STOP_S = 5.0
#: What the security administrator decides and this window carries out.
POLICIES = ("idle_lock_min", "clipboard_s", "screenshot_guard")
#: Told to the process that takes this one's place: the passphrase it asks for is to change the master key.
REKEY = "ANJUAN_REKEY"
log = logging.getLogger("anjuan")


def run(folder: Path | None = None) -> int:
    """Open the window; returns when it is closed. `folder` is the archive, else the last one used."""
    application = prepare()
    settings = Settings()
    wording.use(str(settings.get("language")))
    theme = Theme(application)
    theme.choose(str(settings.get("theme")))
    last = str(settings.get("last_archive"))
    shell = Shell(theme, settings, folder or (Path(last) if last else None))
    shell.show()
    code = application.exec()
    shell.close_everything()
    return code


def pictures(station: Station, folder: Path, languages: Sequence[str] = wording.LANGUAGES, **wishes: Any) -> list[Path]:
    """Pictures of every screen (`ui.portraits`)."""
    from ui import portraits

    return portraits.pictures(station, folder, languages, **wishes)


def play(station: Station, story: Callable[[Callable[[str, dict[str, Any]], None]], None]) -> int:
    """The demo inside the window (`ui.play`)."""
    from ui import play as stage

    return stage.play(station, story)


def prepare() -> QApplication:
    """The QApplication of this process, made when there is none."""
    found = QApplication.instance()
    if isinstance(found, QApplication):
        return found
    qInstallMessageHandler(_on_qt_message)
    application = QApplication(sys.argv[:1])
    application.setApplicationName("anjuan")
    application.setWindowIcon(QIcon(icons.picture("seal", "#000000", 64)))
    translator = QTranslator(application)
    if translator.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        application.installTranslator(translator)
    return application


class Shell(QMainWindow):
    """The one top window. Holds the gate (first start or unlock) or the open station."""

    def __init__(self, theme: Theme, settings: Settings, folder: Path | None) -> None:
        super().__init__()
        self._theme, self._settings = theme, settings
        self._bridge = Bridge()
        self._jobs = Jobs(self._bridge.post, self._on_fault)
        self._stack = QStackedWidget()
        self.setCentralWidget(self._stack)
        self.setMinimumSize(*SMALLEST)
        self.resize(1360, 800)
        self.station: Station | None = None
        self.window_: Window | None = None
        self._locked: LockedScan | None = None
        self._absence: Absence | None = None
        self._clipboard = Clipboard(self, default_of("clipboard_s"))
        self._guarded = bool(default_of("screenshot_guard"))
        self._leaving = False
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._on_tick)
        self._tick.start()
        application = QApplication.instance()
        assert application is not None
        application.installEventFilter(self)
        if folder is not None and Threshold.exists(folder):
            self.show_unlock(folder)
        else:
            self.show_first_start()

    # -- the ways

    def show_first_start(self) -> FirstStartScreen:
        from ui.screens.first_start import FirstStartScreen

        screen = FirstStartScreen(self._jobs, self._theme, self._create, lambda: keychain() is not None, Path.home())
        screen.created.connect(self._on_entered)
        screen.open_existing.connect(self._on_folder)
        screen.restore.connect(lambda: self.show_restore(self.show_first_start))
        self._replace(screen)
        return screen

    def show_unlock(self, folder: Path) -> UnlockScreen:
        """The screen stands at once; name and users follow, then the rooms below are loaded while a person types."""

        def enter(wish: Try) -> Station:
            if screen.rekeying:
                Threshold.look(folder).rekey(wish.user, wish.passphrase, wish.key_file)
                screen.rekeying = False
            return Threshold.look(folder).enter(
                wish.user, wish.passphrase, self._bridge.post, self._on_fault, key_file=wish.key_file,
                new_passphrase=wish.new,
            )

        last = str(self._settings.get("key_file"))
        screen = UnlockScreen(self._jobs, self._theme, enter, Path(last) if last else None)
        screen.entered.connect(self._on_entered)
        if os.environ.pop(REKEY, ""):
            screen.offer_rekey()
        screen.recover.connect(lambda: self._ask_recovery(folder))
        screen.elsewhere.connect(self.show_first_start)
        screen.restore.connect(lambda: self.show_restore(lambda: self.show_unlock(folder)))
        self._replace(screen)

        def then() -> None:
            # Not beside the names, which would wait for it.
            self._jobs.run("read", lambda _job: LockedScan.begin(folder), done=self._on_locked_scan)
            self._jobs.run("index", _load_station)
            self._jobs.run("search", lambda _job: _test_machine(folder), failed=screen.refuse)

        def know(threshold: Threshold) -> None:
            screen.know(threshold)
            then()

        def refuse(error: BaseException) -> None:
            screen.refuse(error)
            then()

        self._jobs.run("view", lambda _job: Threshold.look(folder), done=know, failed=refuse)
        return screen

    def show_recover(self, threshold: Threshold) -> RecoverScreen:
        """The way back in with the recovery sheet."""
        from ui.screens.recover import Found, RecoverScreen

        def recover(found: Found) -> Station:
            # Open from here on, whatever becomes of the screen.
            self.station = threshold.recover(
                found.recovery_key, found.user, found.passphrase, found.use_keychain, self._bridge.post, self._on_fault
            )
            return self.station

        screen = RecoverScreen(self._jobs, self._theme, threshold, recover, lambda: keychain() is not None)
        screen.entered.connect(self._on_entered)
        screen.left.connect(lambda: self.show_unlock(threshold.folder))
        screen.restore.connect(lambda: self.show_restore(lambda: self.show_unlock(threshold.folder)))
        self._replace(screen)
        return screen

    def show_restore(self, back: Callable[[], object]) -> RestoreScreen:
        """An archive out of a backup. What is restored is unlocked like any other."""
        from app import backups
        from ui.screens.restore import RestoreScreen, Ways

        def restore(wish: Wish, step: Step) -> Restored:
            found = keychain() if wish.use_keychain else None
            return backups.restore(
                wish.chosen, wish.recovery_key, wish.folder, wish.user, wish.passphrase, found, step=step
            )

        ways = Ways(
            lambda wish, step: backups.survey(wish.chosen, wish.recovery_key, wish.folder, step=step), restore,
            lambda: keychain() is not None,
        )
        screen = RestoreScreen(self._jobs, self._theme, ways, Path.home())
        screen.left.connect(back)
        screen.restored.connect(self.show_unlock)
        self._replace(screen)
        return screen

    def _ask_recovery(self, folder: Path) -> None:
        screen = self._stack.currentWidget()
        assert isinstance(screen, UnlockScreen)
        self._jobs.run("view", lambda _job: Threshold.look(folder), done=self.show_recover, failed=screen.refuse)

    def rekey(self) -> None:
        """Lock, and have the next unlocking change the master key."""
        os.environ[REKEY] = "1"
        self.lock()

    def lock(self) -> None:
        """Keep what is half written, close the archive, start over as a fresh process with the same number."""
        if self._leaving:
            return
        self._leaving = True
        self._settings_of_gate()
        self._clipboard.clear()
        if self.window_ is not None:
            self.window_.leave()
        for window in QApplication.topLevelWidgets():
            window.hide()
        self._tick.stop()
        self._bridge.close()
        closing = threading.Thread(target=self._stop, name="anjuan-closing", daemon=True)
        closing.start()
        closing.join(STOP_S)
        if closing.is_alive():
            log.warning("locked without waiting any longer")
        _replace_process()

    def close_everything(self) -> None:
        """Stop what runs, in reverse order of starting. Safe to call twice."""
        self._tick.stop()
        self._bridge.close()
        self._stop()

    def _stop(self) -> None:
        if self._locked is not None:
            self._locked.stop()
            self._locked = None
        if self.station is not None:
            self.station.stop()
            self.station = None
        self._jobs.stop()

    # -- inside

    def _create(self, wishes: Wishes, passphrase: str) -> tuple[Station, str]:
        from app.station import Station

        return Station.create(
            wishes.folder, station=wishes.station, fonds_number=wishes.fonds_number, fonds_name=wishes.fonds_name,
            administrator=wishes.administrator, passphrase=passphrase,
            keychain=keychain() if wishes.use_keychain else None, scan_folder=wishes.scan_folder,
            post=self._bridge.post, failed=self._on_fault,
        )

    def _on_entered(self, station: Station) -> None:
        from ui.window import Window

        self._settings_of_gate()
        if self._locked is not None:
            self._locked.stop()
            self._locked = None
        self.station = station
        self._settings.set("last_archive", str(station.archive.folder))
        self.window_ = Window(station, self._theme, self.lock, rekey=self.rekey)
        self._replace(self.window_)
        self._absence = Absence(self, default_of("idle_lock_min"))
        self._absence.gone.connect(self.lock)
        station.listen(self._on_events)
        self._ask_policies()
        station.start()

    def _on_events(self, events: tuple[Event, ...]) -> None:
        if self.station is not None and any(event.type == "change_policy" for event in events):
            self._ask_policies()

    def _ask_policies(self) -> None:
        station = self.station
        assert station is not None
        station.jobs.run("view", lambda _job: {key: station.settings.get(key) for key in POLICIES}, done=self._obey)

    def _obey(self, policies: dict[str, Any]) -> None:
        if self._absence is not None:
            self._absence.limit_min = policies["idle_lock_min"]
        self._clipboard.seconds = policies["clipboard_s"]
        self._guarded = policies["screenshot_guard"]
        for window in QApplication.topLevelWidgets():
            if window.isVisible():
                screenshots.guard(window, self._guarded)

    def _on_locked_scan(self, scan: LockedScan | None) -> None:
        former, self._locked = self._locked, scan if self.station is None else None
        for ended in {former, scan} - {self._locked, None}:
            ended.stop()

    def _on_folder(self, folder: Path) -> None:
        if Threshold.exists(folder):
            self.show_unlock(folder)
        else:
            screen = self._stack.currentWidget()
            say_no = getattr(screen, "say_no_archive", None)
            if say_no is not None:
                say_no(folder)

    def _replace(self, screen: QWidget) -> None:
        old = self._stack.currentWidget()
        self._stack.addWidget(screen)
        self._stack.setCurrentWidget(screen)
        screen.setFocus()
        self.setWindowTitle(wording.say("window.product"))
        if old is not None:
            self._stack.removeWidget(old)
            old.deleteLater()

    def _settings_of_gate(self) -> None:
        screen = self._stack.currentWidget()
        for key, value in getattr(screen, "choices", {}).items():
            self._settings.set(key, value)

    def _on_tick(self) -> None:
        screen = self._stack.currentWidget()
        if self._locked is not None:
            locked, count = self._locked, screen.count_scans if isinstance(screen, UnlockScreen) else None
            self._jobs.run("read", lambda _job: locked.look(), done=count)

    def _on_fault(self, error: BaseException) -> None:
        """What failed where nobody was listening."""
        report(error)
        if self.window_ is not None:
            self.window_.desk.messages.trouble(error)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            screenshots.guard(watched, self._guarded)
        keep_in(watched, event)
        return False

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.window_ is not None:
            self.window_.leave()
        self._settings_of_gate()
        super().closeEvent(event)


def _replace_process() -> None:
    """Never comes back. A passphrase that was handed to this process is not handed on."""
    arguments = [sys.executable, *sys.orig_argv[1:]]
    environment = {key: value for key, value in os.environ.items() if key != "ANJUAN_PASSPHRASE"}
    if sys.platform == "win32":
        # There is no replacing here, and what exists would take a blank in a path for the end of it.
        subprocess.Popen(arguments, env=environment, close_fds=True)
        os._exit(0)
    os.execve(sys.executable, arguments, environment)


def _load_station(_job: Job[None]) -> None:
    # Numbers, search and reports take a second to load on an old PC: while the passphrase is typed nobody notices.
    import app.station  # noqa: F401


def _test_machine(folder: Path) -> None:
    # While the passphrase is typed; whoever is faster waits at the gate, where the same is asked.
    from app import selftest

    selftest.require(folder)


def _on_qt_message(kind: QtMsgType, context: object, message: str) -> None:
    # Qt quotes file names and texts in its messages; only the kind and the category may reach the log.
    category = getattr(context, "category", "") or "default"
    level = {QtMsgType.QtDebugMsg: logging.DEBUG, QtMsgType.QtInfoMsg: logging.DEBUG,
             QtMsgType.QtWarningMsg: logging.INFO}.get(kind, logging.ERROR)
    log.log(level, "qt %s %d", category, len(message))
