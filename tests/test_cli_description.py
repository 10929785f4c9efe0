"""tests/test_cli_description.py — correcting, bulk editing and taking back without a window."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import stations
from tests.test_bulk import fill
from tests.test_cli import Desk

CODE = "Z900-WS·2026-D10-000{}"


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    station, _key = stations.station(tmp_path, monkeypatch)
    fill(station, 3)  # type: ignore[arg-type]
    station.stop()
    monkeypatch.setenv("ANJUAN_PASSPHRASE", stations.PASSPHRASE)
    return Desk(tmp_path, capsys)


def test_a_correction_says_what_it_changed_and_refuses_without_a_reason(desk: Desk) -> None:
    assert desk.run("correct", CODE.format(1), "--set", "title=新题名")[0] == 3
    code, out, _err = desk.run(
        "correct", CODE.format(1), "--set", "title=新题名", "--set", "attachment_count=5", "--reason", "核对"
    )
    assert code == 0
    assert [(one["field"], one["before"], one["after"]) for one in out] == [
        ("title", "样本0", "新题名"), ("attachment_count", "3", "5"),
    ]  # fmt: skip
    for wrong in ("nothing", "office_=1", "page_count=many", "security_class=sehr"):
        assert desk.run("correct", CODE.format(1), "--set", wrong, "--reason", "核对")[0] == 2


def test_bulk_previews_unless_told_to_apply_and_undo_takes_it_back(desk: Desk) -> None:
    which = ("--code", CODE.format(1), "--code", CODE.format(3))
    code, out, _err = desk.run("bulk", *which, "--add", "检查", "--clear", "remarks")
    assert code == 0
    assert [(one["code"], one["field"], one["after"]) for one in out if one["field"] == "subjects"] == [
        (CODE.format(1), "subjects", "消防；社区；检查"), (CODE.format(3), "subjects", "消防；社区；检查"),
    ]  # fmt: skip
    assert desk.run("bulk", "--list")[1] == []
    code, out, _err = desk.run("bulk", *which, "--add", "检查", "--apply", "--reason", "补充")
    assert (code, out[-1]) == (0, {"bulk": 1, "records": 2})
    desk.run("correct", CODE.format(1), "--set", "title=后来更正", "--reason", "核对")
    code, out, _err = desk.run("undo", "1", "--reason", "改错了")
    assert (code, out) == (3, [{"corrected_since": CODE.format(1), "title": "后来更正"}])
    code, out, _err = desk.run("undo", "1", "--reason", "改错了", "--leave-out", CODE.format(1))
    assert (code, out[-1]) == (0, {"bulk": 1, "records": 1})
    (kept,) = desk.run("bulk", "--list")[1]
    assert (kept["records"], kept["changes"], bool(kept["undone_at"])) == (2, {"subjects": "add"}, True)


def test_bulk_needs_records_and_names_each_field_once(desk: Desk) -> None:
    assert desk.run("bulk", "--clear", "remarks")[0] == 2
    assert desk.run("bulk", "--year", "2026", "--clear", "remarks", "--set", "remarks=x")[0] == 2
    assert desk.run("bulk", "--year", "2026", "--set", "title=全部一样")[0] == 3
    code, out, _err = desk.run("bulk", "--year", "2026", "--set", "doc_date=20270101")
    assert code == 1 and all(one["problems"] for one in out) and len(out) == 3
