"""tests/test_cli_keys.py — the commands of keys, as a script uses them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pypdfium2
import pytest

from app.__main__ import Window
from app.cli import run_command
from storage import attempts, keys
from storage.archive import Archive
from storage.errors import WrongPassphrase
from storage.keys import FLOOR
from storage.records import Role
from tests.stations import ADMINISTRATOR, PASSPHRASE, admit, station

SECOND, THEIRS, NEW = "样本·内勤", "样本 other horse 口令 staple", "样本 new otter 口令 kiln"


class Desk:
    """A folder with an archive of two users, and the commands run on it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        opened, self.recovery_key = station(folder, patch)
        admit(opened, SECOND, Role.CLERK, THEIRS)
        opened.stop()
        self.folder, self._capsys, self._patch = folder, capsys, patch

    def run(self, *words: str, user: str = ADMINISTRATOR, passphrase: str = PASSPHRASE) -> tuple[int, list[dict[str, Any]], str]:
        self._patch.setenv("ANJUAN_PASSPHRASE", passphrase)
        code = run_command(["--archive", str(self.folder / "archive"), "--user", user, *words, "--json"], Window())
        out, err = self._capsys.readouterr()
        return code, [msgspec.json.decode(line) for line in out.splitlines()], err

    def file(self, content: str) -> str:
        path = self.folder / f"words-{len(list(self.folder.iterdir()))}.txt"
        path.write_text(content + "\n", "utf-8")
        return str(path)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(attempts, "clock", lambda: 0.0)  # waiting has tests of its own
    monkeypatch.setattr(keys, "calibrate", lambda: FLOOR)
    return Desk(tmp_path, capsys, monkeypatch)


def test_the_list_holds_no_secret_and_a_passphrase_is_changed(desk: Desk) -> None:
    code, listed, _ = desk.run("keys")
    assert code == 0 and [(one["user"], one["key"], one["must_change"]) for one in listed] == [
        (ADMINISTRATOR, True, False), (SECOND, True, False)
    ]  # fmt: skip
    assert set(listed[0]) == {"user", "key", "keychain", "key_file", "passphrase_set", "must_change", "days_left"}
    assert desk.run("keys", "passphrase", "--new-passphrase-file", desk.file(PASSPHRASE))[0] == 3
    assert desk.run("keys", "passphrase", "--new-passphrase-file", desk.file(NEW))[0] == 0
    assert desk.run("keys")[0] == 3
    assert desk.run("keys", passphrase=NEW)[0] == 0


def test_a_reset_user_is_refused_as_a_script_until_the_passphrase_is_changed(desk: Desk) -> None:
    first = "样本 first horse 口令 staple"
    assert desk.run("keys", "reset", SECOND, "--new-passphrase-file", desk.file(first))[0] == 0
    code, _, err = desk.run("inbox", user=SECOND, passphrase=first)
    assert code == 3 and "124" in err
    assert desk.run("keys", "passphrase", "--new-passphrase-file", desk.file(NEW), user=SECOND, passphrase=first)[0] == 0
    assert desk.run("inbox", user=SECOND, passphrase=NEW)[0] == 0
    assert desk.run("keys", "revoke", SECOND)[0] == 0
    assert desk.run("inbox", user=SECOND, passphrase=NEW)[0] == 3
    assert desk.run("keys", "revoke", ADMINISTRATOR)[0] == 3
    assert [one["key"] for one in desk.run("keys")[1]] == [True, False]


def test_key_files(desk: Desk) -> None:
    stick = desk.folder / "stick"
    stick.mkdir()
    code, (made,), _ = desk.run("keys", "key-file", "add", str(stick))
    assert code == 0 and Path(made["file"]).parent == stick
    assert desk.run("keys")[0] == 3
    assert desk.run("--key-file", str(stick / "gone"), "keys")[0] == 3
    code, listed, _ = desk.run("--key-file", made["file"], "keys")
    assert code == 0 and listed[0]["key_file"]
    assert desk.run("--key-file", made["file"], "keys", "key-file", "remove")[0] == 0
    assert desk.run("keys")[0] == 0
    assert desk.run("keys", "key-file", "make", str(stick))[0] == 0 and len(list(stick.iterdir())) == 2


def test_a_new_recovery_sheet(desk: Desk) -> None:
    sheet = desk.folder / "sheet.pdf"
    code, (made,), _ = desk.run("keys", "recovery-sheet", "--out", str(sheet))
    assert code == 0 and made == {"recovery_sheet": str(sheet)}
    text = pypdfium2.PdfDocument(sheet.read_bytes())[0].get_textpage().get_text_range()
    assert "恢复" in text
    with pytest.raises(WrongPassphrase):
        Archive.open_with_recovery(desk.folder / "archive", desk.recovery_key)
    code, (shown,), _ = desk.run("keys", "recovery-sheet")
    assert code == 0
    Archive.open_with_recovery(desk.folder / "archive", shown["recovery_key"]).close()
