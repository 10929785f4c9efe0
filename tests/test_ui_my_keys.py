"""tests/test_ui_my_keys.py — keys in the window: one's own, those of others, the sheet; what is wrong is said where it was typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QDialog

from app import wording
from app.settings import Settings
from app.station import Station
from storage.archive import Archive
from storage.errors import WrongPassphrase
from storage.key_file import read_key_file
from storage.records import Role
from tests import stations
from tests.stations import ADMINISTRATOR, PASSPHRASE
from tests.test_ui_stage import Stage, stage  # noqa: F401
from ui.screens.my_keys import MyKeysScreen
from ui.screens.my_keys_dialogs import ChangePassphrase, Confirmed, MakeKeyFile, NewSheet, SheetDialog

NEW, SECOND, THEIRS = "样本 new otter 口令 kiln", "样本·内勤", "样本 other horse 口令 staple"


#: Keys at the real least cost: a second each on a busy machine.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def keys(stage: Stage) -> MyKeysScreen:  # noqa: F811
    stations.admit(stage.station, SECOND, Role.CLERK, THEIRS)
    window = stage.raise_curtain()
    window.go("my_keys", None)
    screen = window._screens["my_keys"]
    assert isinstance(screen, MyKeysScreen)
    stage.until(lambda: len(screen.others.model) == 2)
    return screen


def dialog(screen: MyKeysScreen, kind: type[QDialog]) -> Any:
    return [one for one in screen.findChildren(kind) if one.isVisible()][-1]


def fill(asked: Confirmed, own: str, new: str = "") -> None:
    asked.own.line.setText(own)
    if asked.new is not None:
        asked.new.first.line.setText(new)
        asked.new.second.line.setText(new)
    asked.yes.click()


def stop(stage: Stage) -> None:  # noqa: F811
    stage.close()
    stage.stopped = True


def opens(stage: Stage, *words: str, **more: Any) -> None:  # noqa: F811
    stop(stage)
    Station.open(stage.folder / "archive", *words, keychain=None, **more).stop()


def test_a_passphrase_is_changed_and_what_is_wrong_stands_beside_it(keys: MyKeysScreen, stage: Stage) -> None:  # noqa: F811
    keys.passphrase_button.click()
    asked = dialog(keys, ChangePassphrase)
    asked.yes.click()
    assert asked.field.problem.text() == wording.say("my_keys.own_missing")
    fill(asked, "not it", NEW)
    stage.until(lambda: asked.field.problem.text() == wording.sentence(WrongPassphrase()))
    fill(asked, PASSPHRASE, "kilnferryotterplumstaple")
    stage.until(lambda: asked.new._fields[0].problem.text().find("3") >= 0)
    fill(asked, PASSPHRASE, PASSPHRASE)
    stage.until(lambda: asked.new._fields[0].problem.text() == wording.say("error.PassphraseUsedBefore"))
    fill(asked, PASSPHRASE, NEW)
    stage.until(lambda: not asked.isVisible())
    assert (asked.own.text(), asked.new.value()) == ("", "")
    assert ("my_keys.change.done", {"user": ""}) in stage.recorder.told
    opens(stage, ADMINISTRATOR, NEW)


def test_a_key_file_is_made_on_the_stick_and_remembered_by_its_place(
    keys: MyKeysScreen, stage: Stage, tmp_path: Path  # noqa: F811
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    asked = MakeKeyFile(keys, stick)
    asked.open()
    fill(asked, PASSPHRASE)
    stage.until(lambda: not asked.isVisible())
    (made,) = stick.iterdir()
    assert Settings().get("key_file") == str(made)
    stage.until(lambda: keys.release_button.isVisible())
    opens(stage, ADMINISTRATOR, PASSPHRASE, key_file=read_key_file(made))


def test_the_keys_of_others_are_reset_and_revoked_never_ones_own(keys: MyKeysScreen, stage: Stage) -> None:  # noqa: F811
    others = keys.others
    others.table.selectRow(0)
    assert not others.reset_button.isEnabled() and not others.revoke_button.isEnabled()
    others.table.selectRow(1)
    others.reset_button.click()
    asked = dialog(keys, Confirmed)
    fill(asked, PASSPHRASE, "样本 first horse 口令 staple")
    stage.until(lambda: not asked.isVisible())
    stage.until(lambda: others.model.record(1).state == "first")
    others.table.selectRow(1)
    others.revoke_button.click()
    asked = dialog(keys, Confirmed)
    fill(asked, PASSPHRASE)
    stage.until(lambda: not asked.isVisible())
    stage.until(lambda: others.model.record(1).state == "none")
    assert not others.revoke_button.isEnabled() and others.reset_button.isEnabled()
    assert [key for key, _ in stage.recorder.told] == ["my_keys.reset.done", "my_keys.revoke.done"]


def test_a_new_sheet_is_proved_before_it_is_let_go(keys: MyKeysScreen, stage: Stage) -> None:  # noqa: F811
    keys.others.sheet_button.click()
    asked = dialog(keys, NewSheet)
    fill(asked, PASSPHRASE)
    stage.until(lambda: any(one.isVisible() for one in keys.findChildren(SheetDialog)))
    sheet = dialog(keys, SheetDialog)
    groups = list(sheet.page._groups)
    sheet.yes.click()
    assert sheet.isVisible(), "two groups of the key are asked for"
    for line, place in zip((sheet.page.first, sheet.page.second), sheet.page.asked, strict=True):
        line.setText(groups[place].lower())
    stage.until(lambda: bool(sheet.page._pdf))
    sheet.yes.click()
    assert not sheet.isVisible() and sheet.page._groups == []
    stop(stage)
    with pytest.raises(WrongPassphrase):
        Archive.open_with_recovery(stage.folder / "archive", stage.recovery_key)
    Archive.open_with_recovery(stage.folder / "archive", "-".join(groups)).close()


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_it_fits_and_is_named_in_both_languages(keys: MyKeysScreen, stage: Stage, language: str) -> None:  # noqa: F811
    wording.use(language)
    stage.until(lambda: keys.others.shelf.showing == "content")
    assert keys.minimumSizeHint().width() <= 1080
    for part in (keys.passphrase_button, keys.bind_button, keys.others.table, keys.others.sheet_button):
        assert part.accessibleName()
