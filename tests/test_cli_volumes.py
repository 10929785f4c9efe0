"""tests/test_cli_volumes.py — volumes by command: from waiting papers to a filed volume and its forms, one JSON object a line."""

from __future__ import annotations

from pathlib import Path

import pypdfium2

from tests.test_cli import NOTICE, Desk, desk

__all__ = ["desk"]


def waiting(desk: Desk, *names: str) -> list[int]:
    """Papers that were taken in and wait, by the number `inbox` shows."""
    folder = desk.folder / "in"
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        (folder / f"{name}.txt").write_text(NOTICE.replace("核对门牌的通知", f"{name}{number}"), "utf-8")
    desk.run("intake", str(folder))
    code, rows, _err = desk.run("inbox")
    assert code == 0
    return [row["arrival"] for row in rows]


def test_a_volume_from_its_first_paper_to_its_forms(desk: Desk, tmp_path: Path) -> None:
    papers = waiting(desk, "受案登记表", "行政处罚决定书")
    code, rows, _err = desk.run(
        "volume", "open", "--title", "样本甲殴打他人案", "--category", "ZY·XZ", "--year", "2026", "--set", "closed_on=20260320",
        "--set", "decided_on=20251231",
    )  # fmt: skip
    assert (code, rows[0]["state"], rows[0]["code"], rows[0]["retention"]) == (0, "open", "", "D30")
    volume = str(rows[0]["id"])
    code, rows, _err = desk.run("volume", "add", volume, *map(str, papers))
    assert (code, [row["position"] for row in rows]) == (0, [1, 2])

    code, rows, _err = desk.run("volume", "order", volume, "--guide")
    assert code == 0
    assert "处罚决定书" in rows[0]["title"] and "受案登记表" in rows[1]["title"]
    code, rows, _err = desk.run("volume", "order", volume, str(rows[1]["item"]), str(rows[0]["item"]))
    assert "受案登记表" in rows[0]["title"]

    code, rows, _err = desk.run("volume", "check", volume)
    assert code == 1
    assert {row["field"] for row in rows if row["blocks"]} == {"date_from", "date_to", "maker", "made_on", "checker"}
    code, rows, _err = desk.run("volume", "file", volume)
    assert (code, {row["blocks"] for row in rows}) == (1, {True})
    code, rows, err = desk.run("volume", "describe", volume, "--set", "retention=Y")
    assert (code, rows) == (2, []) and "retention" in err
    values = ("date_from=20260301", "date_to=20260320", "maker=样本乙", "made_on=20260401", "checker=样本丙")
    code, rows, _err = desk.run("volume", "describe", volume, *(word for value in values for word in ("--set", value)))
    assert code == 0

    code, rows, _err = desk.run("volumes", "--due")
    assert (code, [row["id"] for row in rows]) == (0, [int(volume)])
    assert rows[0]["due_on"] == "2026-04-03" and rows[0]["days_left"] < 0
    forms = tmp_path / "forms"
    code, rows, _err = desk.run("volume", "file", volume, "--forms", str(forms))
    assert (code, rows[0]["code"], rows[0]["sealed"]) == (0, "Z001-ZY·XZ·2026-D30-001", False)
    with pypdfium2.PdfDocument(forms / "volume_contents.pdf") as pdf:
        assert "受案登记表" in pdf[0].get_textpage().get_text_range()
    code, rows, _err = desk.run("volume", "show", "z001-zy.xz.2026-d30-001")
    assert [item["code"] for item in rows[0]["items"]] == [f"Z001-ZY·XZ·2026-D30-001-00{n}" for n in (1, 2)]
    code, rows, _err = desk.run("volume", "print", volume, "volume_cover", "--out", str(tmp_path / "cover.pdf"))
    assert (code, rows[0]["bytes"]) == (0, (tmp_path / "cover.pdf").stat().st_size)
    code, rows, _err = desk.run("volumes", "--print", "volume_register", "--out", str(tmp_path / "register.pdf"))
    assert code == 0
    with pypdfium2.PdfDocument(tmp_path / "register.pdf") as pdf:
        assert "Z001-ZY·XZ·2026-D30-001" in pdf[0].get_textpage().get_text_range()
    for form, wish in (("filing_deadline", ""), ("volume_note", f"volume_id={volume}"), ("volume_cover", f"volume_id={volume}")):
        words = ["--wish", wish, "--wish", "language=en"] if wish else ["--wish", "secret=true"]
        assert desk.run("report", form, "--out", str(tmp_path / f"{form}.pdf"), *words)[0] == 0
        assert (tmp_path / f"{form}.pdf").read_bytes().startswith(b"%PDF")
    assert desk.run("report", "volume_note", "--out", str(tmp_path / "x.pdf"), "--wish", "colour=red")[0] == 3
    code, _rows, err = desk.run("volume", "order", volume, "--guide")
    assert code == 3 and "[145]" in err, "what is filed stays"


def test_what_is_sealed_on_filing_leaves_its_forms(desk: Desk, tmp_path: Path) -> None:
    (paper,) = waiting(desk, "行政处罚决定书")
    values = ("date_from=20260301", "date_to=20260320", "maker=样本乙", "made_on=20260401", "checker=样本丙")
    fields = [word for value in values for word in ("--set", value)]
    _code, rows, _err = desk.run("volume", "open", "--title", "样本案", "--category", "ZY·XZ", "--year", "2026", *fields)
    volume = str(rows[0]["id"])
    desk.run("volume", "add", volume, str(paper))
    code, rows, _err = desk.run("volume", "file", volume, "--forms", str(tmp_path / "forms"))
    assert (code, rows[0]["sealed"]) == (0, True)
    assert (tmp_path / "forms" / "case_volume_cover.pdf").read_bytes().startswith(b"%PDF")
    assert desk.run("volumes")[1] == []
    assert desk.run("volume", "show", volume)[0] == 3
