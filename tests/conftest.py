"""tests/conftest.py — what holds for every test: no display is needed, and no test touches the settings or logs of a person."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import founded

# Before anything imports Qt.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_API"] = "pyside6"


#: Files that take half a minute and more. On several cores they begin first, so that none is alone at the end.
LONGEST = ("ui_window", "cuts", "demo", "path", "station_year", "sync", "reading")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        order = {f"test_{name}": place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: order.get(item.path.stem, len(order)))


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
    founded.use(tmp_path_factory.mktemp("founded"))


@pytest.fixture(autouse=True, scope="module")
def _archives_of_the_module() -> Iterator[None]:
    """Archives that fixtures of a module borrow are theirs until the module ends."""
    with founded.borrowing():
        yield


@pytest.fixture(autouse=True)
def _archives_of_the_test(_archives_of_the_module: None) -> Iterator[None]:
    with founded.borrowing():
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared samples beside the project (or ANJUAN_SHARED). A test that needs it is skipped without it."""
    folder = Path(os.environ.get("ANJUAN_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    if not folder.is_dir():
        pytest.skip("the folder of shared samples is not here")
    return folder
