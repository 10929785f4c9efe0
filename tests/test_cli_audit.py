"""tests/test_cli_audit.py — the commands about the journal: lines, chain, day sheet, and the refusal of who may not look."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pypdfium2

from tests.test_cli import Desk, desk

__all__ = ["desk"]


def test_the_journal_is_asked_checked_and_carried_out(desk: Desk, tmp_path: Path) -> None:
    code, lines, _err = desk.run("journal", "--limit", "5")
    assert code == 0 and len(lines) <= 5
    assert {"seq", "at", "person", "roles", "type", "what", "about", "outcome", "session", "detail", "hash"} <= set(lines[0])
    assert [line["seq"] for line in lines] == sorted((line["seq"] for line in lines), reverse=True)
    code, found, _err = desk.run("journal", "--type", "session", "--outcome", "success", "--person", lines[0]["person"])
    assert code == 0 and {line["type"] for line in found} <= {"unlock", "lock"}
    assert desk.run("journal", "--type", "destroy")[0] == 1
    assert desk.run("journal", "--record", "Z900-NONE")[0] == 3
    assert desk.run("journal", "--person", "无此人")[0] == 3
    out = tmp_path / "chain.jsonl"
    code, (told,), _err = desk.run("journal", "export", "--out", str(out))
    assert code == 0 and told["lines"] == len(out.read_bytes().splitlines())
    code, (sound,), _err = desk.run("journal", "check", str(out))
    assert code == 0 and sound["sound"] and sound["lines"] == told["lines"]
    text = out.read_text("utf-8").splitlines()
    changed = msgspec.json.decode(text[2]) | {"agent_name": "样本·别人"}
    out.write_text("\n".join([*text[:2], msgspec.json.encode(changed).decode(), *text[3:]]), "utf-8")
    code, (broken,), _err = desk.run("journal", "check", str(out))
    assert code == 1 and not broken["sound"] and broken["fault"] == 3
    code, (checked,), _err = desk.run("journal", "check")
    assert code == 0 and checked["sound"] and checked["seq"] > sound["seq"]


def test_a_day_sheet_is_made_compared_and_the_report_is_a_form_like_others(desk: Desk, tmp_path: Path) -> None:
    sheet = tmp_path / "day.pdf"
    code, (told,), _err = desk.run("day-sheet", "--out", str(sheet))
    assert code == 0 and len(pypdfium2.PdfDocument(sheet.read_bytes())) == 1
    code, (found,), _err = desk.run("journal", "compare", str(told["seq"]), told["hash"][:16])
    assert code == 0 and found["result"] == "agrees"
    assert desk.run("journal", "compare", str(told["seq"]), "0" * 16)[0] == 1
    assert desk.run("journal", "compare", "nothing")[0] == 3
    report = tmp_path / "report.pdf"
    code, (told,), _err = desk.run("report", "audit_report", "--wish", "lines=10", "--out", str(report))
    assert code == 0 and told["bytes"] == len(report.read_bytes())
    code, lines, _err = desk.run("journal", "--type", "journal")
    assert {line["type"] for line in lines} == {"audit", "export_journal", "seal_day"}
