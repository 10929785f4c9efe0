"""tests/test_settings.py — every setting in its home; nothing damaged or strange is taken for a value."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from app.settings import SETTINGS, Home, Settings, machine_file
from storage.errors import DamagedFile, ReadOnly


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    monkeypatch.setenv("ANJUAN_CONFIG", str(folder))
    return folder


def other(setting_key: str) -> object:
    """A value that is not the default."""
    setting = next(setting for setting in SETTINGS if setting.key == setting_key)
    if setting.choices:
        return next(choice for choice in setting.choices if choice != setting.default)
    if setting.kind is bool:
        return not setting.default
    if setting.kind is int:
        return setting.default + 7 if setting.most is None else min(setting.default + 7, setting.most)
    return "样本值"


@pytest.mark.parametrize("key", [setting.key for setting in SETTINGS])
def test_a_setting_is_kept_in_its_own_home_only(key: str, tmp_path: Path, config: Path) -> None:
    setting = next(setting for setting in SETTINGS if setting.key == key)
    archive: dict[str, str] = {}
    settings = Settings(tmp_path, lambda: archive, archive.__setitem__)
    assert settings.get(key) == setting.default
    settings.set(key, other(key))
    again = Settings(tmp_path, lambda: archive, archive.__setitem__)
    assert again.get(key) == other(key)
    homes = {
        Home.MACHINE: (config / "settings.json").exists(),
        Home.FOLDER: (tmp_path / "settings.json").exists(),
        Home.ARCHIVE: bool(archive),
    }
    assert homes == {home: home is setting.home for home in Home}


def test_a_declaration_is_one_of_a_kind() -> None:
    assert len({setting.key for setting in SETTINGS}) == len(SETTINGS)
    for setting in SETTINGS:
        assert type(setting.default) is setting.kind
        assert not setting.choices or setting.default in setting.choices
        assert setting.kind is not int or setting.default >= setting.least


def test_without_an_archive_only_the_others_answer(tmp_path: Path) -> None:
    settings = Settings()
    for setting in SETTINGS:
        assert settings.get(setting.key) == setting.default
    with pytest.raises(KeyError):
        settings.set("prepared_by", "样本")
    with pytest.raises(KeyError):
        settings.set("scan_folder", "/scan")
    with pytest.raises(KeyError):
        settings.get("nobody_declared_this")
    with pytest.raises(KeyError):
        settings.set("nobody_declared_this", 1)
    assert not machine_file().exists()


@pytest.mark.parametrize(
    "key, value",
    [("language", "fr"), ("language", 1), ("settle_s", "3"), ("settle_s", True), ("settle_s", 2.5), ("theme", None),
     ("settle_s", -1), ("sync_interval_min", 0)],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused(key: str, value: object, tmp_path: Path) -> None:
    settings = Settings(tmp_path, dict, lambda key, value: None)
    with pytest.raises(ValueError, match=key):
        settings.set(key, value)
    assert list(tmp_path.glob("*.json")) == []


@pytest.mark.parametrize("value", ["fr", 5, None, ["zh"], {"a": 1}, True])
def test_a_strange_value_in_the_file_counts_as_the_default(value: object, config: Path) -> None:
    config.mkdir()
    (config / "settings.json").write_text(json.dumps({"language": value, "theme": "dark"}))
    assert Settings().get("language") == "zh"
    assert Settings().get("theme") == "dark"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b'{"language": "\xff"}', b"[" * 100_000])
def test_a_damaged_file_is_said_so(content: bytes, config: Path) -> None:
    config.mkdir()
    (config / "settings.json").write_bytes(content)
    with pytest.raises(DamagedFile):
        Settings().get("language")
    with pytest.raises(DamagedFile):
        Settings().set("language", "en")
    assert (config / "settings.json").read_bytes() == content


def test_what_a_newer_program_wrote_is_kept(config: Path) -> None:
    config.mkdir()
    (config / "settings.json").write_text('{"from_the_future": {"a": 1}, "language": "en"}')
    Settings().set("theme", "dark")
    assert json.loads((config / "settings.json").read_bytes()) == {
        "from_the_future": {"a": 1},
        "language": "en",
        "theme": "dark",
    }


def test_the_files_are_their_owners(config: Path) -> None:
    Settings().set("theme", "dark")
    assert stat.S_IMODE((config / "settings.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(config.stat().st_mode) == 0o700
    assert [path.name for path in config.iterdir()] == ["settings.json"]


def test_where_nothing_may_be_written(config: Path, tmp_path: Path) -> None:
    if os.name == "nt" or os.geteuid() == 0:
        pytest.skip("the administrator may write everywhere")
    config.mkdir(mode=0o500)
    with pytest.raises(ReadOnly):
        Settings().set("theme", "dark")


def test_without_the_environment_it_is_the_systems_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANJUAN_CONFIG")
    assert machine_file().name == "settings.json"
    assert "anjuan" in str(machine_file())
