"""tests/test_ui_rotation.py — the master key in the window: asked for on its card, changed by the next passphrase at the door."""

from __future__ import annotations

import os

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.settings import Settings
from storage.keys import KeySlots
from tests import stations
from tests.test_ui_stage import Stage, stage  # noqa: F401
from ui.application import REKEY, Shell
from ui.screens.my_keys import MyKeysScreen
from ui.screens.unlock import UnlockScreen
from ui.widgets.question import Question

pytestmark = pytest.mark.timeout(300)


def shell_of(stage: Stage, qtbot: QtBot) -> Shell:  # noqa: F811
    shell = Shell(stage.theme, Settings(), stage.folder / "archive")
    qtbot.addWidget(shell)
    shell.show()
    return shell


def door_of(shell: Shell) -> UnlockScreen:
    screen = shell._stack.currentWidget()
    assert isinstance(screen, UnlockScreen)
    return screen


def seen(widget: QWidget) -> bool:
    return not widget.isHidden()


def test_the_next_passphrase_changes_the_master_key(
    stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:
    replaced: list[dict[str, str]] = []
    monkeypatch.setattr(os, "execve", lambda _program, _arguments, environment: replaced.append(environment))
    monkeypatch.delenv(REKEY, raising=False)
    title = stage.station.item(stage.filed("样本：核对门牌")).title
    folder = stage.folder / "archive"
    slots = KeySlots.load(folder)
    former = slots.unlock_with_recovery(stage.recovery_key)
    shell = Shell(stage.theme, Settings(), None)
    qtbot.addWidget(shell)
    shell.show()
    stage.station.archive.database.barred = None
    shell._on_entered(stage.sitter)
    stage.rest()
    assert shell.window_ is not None
    shell.window_.go("my_keys", None)
    keys = shell.window_.place("my_keys")
    assert isinstance(keys, MyKeysScreen)
    stage.until(lambda: keys.rotation.change_button.isEnabled())
    keys.rotation.change_button.click()
    (question,) = keys.findChildren(Question)
    question.yes.click()
    (environment,) = replaced  # the process that takes this one's place is told
    stage.stopped = True
    assert environment[REKEY] == "1"
    again = shell_of(stage, qtbot)
    screen = door_of(again)
    assert screen.rekeying and seen(screen._rekey) and REKEY not in os.environ
    qtbot.waitUntil(lambda: screen.user.value() == stations.ADMINISTRATOR, timeout=20_000)
    screen.passphrase.line.setText("不对")
    screen.open()
    qtbot.waitUntil(lambda: seen(screen._wrong), timeout=60_000)
    assert screen.rekeying and KeySlots.load(folder).unlock_with_recovery(stage.recovery_key) == former
    screen.passphrase.line.setText(stations.PASSPHRASE)
    screen.open()
    qtbot.waitUntil(lambda: again.station is not None, timeout=120_000)
    assert again.station is not None
    assert KeySlots.load(folder).unlock_with_recovery(stage.recovery_key) != former
    queries = again.station.archive.queries
    qtbot.waitUntil(lambda: queries.fact("former_identity") is None, timeout=60_000)
    assert [item.title for item in queries.items()] == [title]
    again.close_everything()


def test_whoever_thinks_better_of_it_opens_as_ever(
    stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:
    monkeypatch.setenv(REKEY, "1")
    stage.close()
    stage.stopped = True
    keys = (stage.folder / "archive" / "keys.json").read_bytes()
    shell = shell_of(stage, qtbot)
    screen = door_of(shell)
    qtbot.waitUntil(lambda: screen.user.value() == stations.ADMINISTRATOR, timeout=20_000)
    screen._on_leave_key()
    assert not screen.rekeying and not seen(screen._rekey)
    screen.passphrase.line.setText(stations.PASSPHRASE)
    screen.open()
    qtbot.waitUntil(lambda: shell.station is not None, timeout=60_000)
    assert (stage.folder / "archive" / "keys.json").read_bytes() == keys
    shell.close_everything()
