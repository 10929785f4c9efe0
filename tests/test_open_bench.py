"""tests/test_open_bench.py — the bench of opening measures what it says, and leaves nothing behind."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from app.bench import open as bench


def test_everything_is_measured_and_the_folder_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(bench, "_STARTS", 1)
    rows: list[dict[str, object]] = []
    bench.run(7, None, rows.append)
    assert list(tmp_path.iterdir()) == []
    measured = {row["metric"]: row["value"] for row in rows}
    assert len(measured) == len(rows)
    for metric in (
        "unlock dialog", "unlock dialog with names", "key slot (Argon2id)", "unlock to usable", "journal verified", "verify",
        "backup and proof", "copy and compare",
    ):  # fmt: skip
        assert float(str(measured[metric])) > 0, metric
    assert float(str(measured["unlock dialog"])) <= float(str(measured["unlock dialog with names"]))
    assert float(str(measured["journal"])) >= 7 * 3
