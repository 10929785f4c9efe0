"""tests/conftest.py — what holds for every test: no display is needed, and no test touches the settings or logs of a person."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Before anything imports Qt.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_API"] = "pyside6"


@pytest.fixture(autouse=True, scope="session")
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Settings, logs and caches of this run lie below its temporary folder (the folders platformdirs asks for)."""
    base = tmp_path_factory.mktemp("person")
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        folder = base / name.lower()
        folder.mkdir()
        os.environ[name] = str(folder)
    for name in ("ANJUAN_PASSPHRASE", "ANJUAN_ARCHIVE"):
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared samples beside the project (or ANJUAN_SHARED). A test that needs it is skipped without it."""
    folder = Path(os.environ.get("ANJUAN_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    if not folder.is_dir():
        pytest.skip("the folder of shared samples is not here")
    return folder
