"""ui/play.py — the demo inside the window: the same story, watched as it happens.

The story runs on a thread of its own and names the screen it has come to; the window goes there. Closing the window ends
the showing; the story itself is always played to its end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtWidgets import QMainWindow

from app import wording
from app.diagnostics import report
from app.station import Station
from ui.application import SMALLEST, prepare
from ui.bridge import Bridge
from ui.sitter import Sitter
from ui.theme import Theme
from ui.window import Window

Scene = Callable[[str, dict[str, Any]], None]


def play(station: Station, story: Callable[[Scene], None]) -> int:
    """Shows the window on `station`, runs `story(scene)`; returns when the window is closed. Raises what the story raised."""
    application = prepare()
    theme = Theme(application)
    theme.choose(str(station.settings.get("theme")))
    bridge = Bridge()
    sitter: Any = Sitter(station, bridge, report)
    shell = QMainWindow()
    shell.setMinimumSize(*SMALLEST)

    def leave() -> None:
        # The demo has no passphrase to come back with: locking closes the window.
        shell.close()

    window = Window(sitter, theme, leave)
    shell.setCentralWidget(window)
    shell.setWindowTitle(wording.say("window.product"))
    shell.show()
    raised: list[BaseException] = []

    def scene(screen: str, facts: dict[str, Any]) -> None:
        subject = facts.get("query", facts.get("arrival"))
        bridge.post(lambda: window.go(screen, subject))

    def run() -> None:
        try:
            story(scene)
        except BaseException as error:
            raised.append(error)
            bridge.post(partial(window.desk.messages.trouble, error))

    thread = threading.Thread(target=run, name="anjuan-story")
    thread.start()
    code = application.exec()
    thread.join()
    bridge.close()
    sitter.jobs.stop()
    if raised:
        raise raised[0]
    return code
