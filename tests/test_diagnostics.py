"""tests/test_diagnostics.py — the log says where and which number, never what."""

from __future__ import annotations

import logging
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import diagnostics
from storage.errors import DamagedFile, NotAnArchive

SECRET = "张样本的秘密"


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "log"))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    diagnostics.begin()
    yield tmp_path / "log" / "anjuan.log"
    logger = logging.getLogger("anjuan")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def _fail() -> None:
    content = SECRET
    raise ValueError(content)


def test_a_known_error_leaves_its_number_and_only_numbers(log: Path) -> None:
    diagnostics.report(NotAnArchive(folder=SECRET, count=3))
    text = log.read_text("utf-8")
    assert "101 NotAnArchive" in text and "'count': 3" in text
    assert SECRET not in text


def test_a_bug_leaves_where_and_not_what(log: Path) -> None:
    try:
        try:
            _fail()
        except ValueError as error:
            raise RuntimeError(SECRET) from error
    except RuntimeError as error:
        diagnostics.report(error)
    text = log.read_text("utf-8")
    assert "bug RuntimeError" in text and "ValueError" in text and "_fail" in text
    assert SECRET not in text


def test_what_nobody_caught_on_any_thread_is_written_down(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    thread = threading.Thread(target=_fail)
    thread.start()
    thread.join()
    try:
        _fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    assert log.read_text("utf-8").count("bug ValueError") == 2
    shown = capsys.readouterr()
    assert "ValueError" in shown.err and SECRET not in shown.err + shown.out


def test_the_log_is_its_owners_and_stays_small(log: Path) -> None:
    for number in range(12_000):
        diagnostics.report(DamagedFile(file="x" * 50, block=number * 10**9))
    files = sorted(log.parent.iterdir())
    assert 1 < len(files) <= 4
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.stat().st_size <= 512 * 1024
