"""tests/test_cli.py — the commands: one JSON object a line, the exit codes, and the errors as one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pypdfium2
import pytest

from app.__main__ import Window
from app.cli import run_command
from app.station import Station
from storage.keys import FLOOR

PASSPHRASE = "Four unrelated words: kiln ferry otter plum"
NOTICE = "样公〔2026〕1号\n关于核对门牌的通知\n各警务室：\n请于月底前核对辖区门牌。\n样本派出所\n二〇二六年三月五日\n"
ROOT = Path(__file__).resolve().parents[1]


class Desk:
    """A folder with an archive, and the commands run on it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def run(self, *words: str) -> tuple[int, list[dict[str, Any]], str]:
        """(exit code, the objects on stdout, stderr)."""
        code = run_command(["--archive", str(self.folder / "archive"), *words, "--json"], Window())
        out, err = self._capsys.readouterr()
        return code, [msgspec.json.decode(line) for line in out.splitlines()], err


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("ANJUAN_PASSPHRASE", PASSPHRASE)
    station, recovery_key = Station.create(
        tmp_path / "archive",
        station="样本派出所",
        fonds_number="Z001",
        fonds_name="样本派出所",
        administrator="样本管理员",
        passphrase=PASSPHRASE,
        keychain=None,
        cost=FLOOR,
    )
    station.stop()
    (tmp_path / "recovery.txt").write_text(recovery_key.lower().replace("-", " "))
    return Desk(tmp_path, capsys)


def test_create_makes_an_archive_and_its_recovery_sheet(desk: Desk, tmp_path: Path) -> None:
    other, sheet = tmp_path / "other", tmp_path / "recovery.pdf"
    words = ("--station", "样本二所", "--admin", "样本", "--no-keychain", "--recovery-sheet", str(sheet))
    code, (made,), _err = desk.run("--archive", str(other), "create", *words)
    assert code == 0
    assert made["keychain"] is False and made["recovery_key"] is None
    assert "样本二所" in "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(sheet))
    assert desk.run("--archive", str(other), "create", *words)[0] == 3


def test_a_paper_from_a_file_to_a_receipt(desk: Desk, tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "通知.txt").write_text(NOTICE, "utf-8")
    (papers / "副本.txt").write_text(NOTICE, "utf-8")
    (papers / "未知.bin").write_bytes(bytes(range(256)) * 8)
    (papers / "~$锁.docx").write_bytes(b"x")
    code, answers, _err = desk.run("intake", str(papers))
    assert code == 0
    assert {Path(a["path"]).name: a["outcome"] for a in answers} == {
        "通知.txt": "duplicate",
        "副本.txt": "waiting",
        "未知.bin": "quarantined",
        "~$锁.docx": "ignored",
    }
    assert all(len(a["sha256"]) == 64 and set(a) == {"path", "sha256", "outcome", "reason", "record"} for a in answers)
    assert (papers / "通知.txt").exists()

    code, (waiting,), _err = desk.run("inbox")
    assert waiting["suggestion"]["title"] == "关于核对门牌的通知"
    code, (filed,), _err = desk.run("file", "--accept-all")
    assert (code, filed["record"]) == (0, "Z001-WS·2026-D10-0001")

    code, (found,), _err = desk.run("search", "核对辖区门牌")
    assert (found["code"], found["page"]) == (filed["record"], 1)
    assert "核对辖区门牌" in found["snippet"]
    assert desk.run("search", "没有这样的词")[0] == 1

    code, (shown,), _err = desk.run("show", "Z001-WS.2026—D10-0001")
    assert (code, shown["document_no"]) == (0, "样公〔2026〕1号")

    register = tmp_path / "register.pdf"
    code, (report,), _err = desk.run("report", "item_register", "--out", str(register))
    assert code == 0 and register.stat().st_size == report["bytes"]
    text = "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(register))
    assert filed["record"] in "".join(text.split())

    hq, stick = tmp_path / "hq", tmp_path / "stick"
    stick.mkdir()
    assert desk.run("headquarters", "create", str(hq), "--name", "样本档案室", "--url", "https://127.0.0.1")[0] == 0
    station_file, enrolment = str(tmp_path / "archive" / "station.json"), str(tmp_path / "enrolment.json")
    assert desk.run("headquarters", "enrol", str(hq), station_file, "--out", enrolment)[0] == 0
    assert desk.run("enrol", enrolment)[1][0]["name"] == "样本档案室"
    assert [p["state"] for p in desk.run("sync", "--carrier", str(stick))[1]] == ["sent"]
    assert len(desk.run("headquarters", "receive", str(hq), str(stick))[1]) == 1
    code, (package,), _err = desk.run("sync", "--carrier", str(stick))
    assert (code, package["state"]) == (0, "delivered")
    assert desk.run("receipts")[1][0]["package"] == package["package"]
    assert desk.run("headquarters", "status", str(hq))[1][0]["stations"][0]["accepted"] == 1

    code, checks, _err = desk.run("verify")
    assert code == 0 and all(check["ok"] for check in checks)
    assert {"database", "journal", "object", "picture", "index"} <= {check["check"] for check in checks}
    (user,) = desk.run("users")[1]
    assert (user["user"], user["role"]) == ("样本管理员", "administrator")


def test_the_recovery_sheet_is_a_way_back(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = str(tmp_path / "recovery.txt")
    monkeypatch.setenv("ANJUAN_PASSPHRASE", "Another passphrase: lamp quarry vowel")
    assert desk.run("inbox")[0] == 3
    assert desk.run("--user", "样本丁", "recover", "--recovery-key-file", key, "--no-keychain")[0] == 3
    assert desk.run("inbox")[0] == 3
    (tmp_path / "wrong.txt").write_text("0" * 32)
    assert desk.run("recover", "--recovery-key-file", str(tmp_path / "wrong.txt"), "--no-keychain")[0] == 3
    assert desk.run("recover", "--recovery-key-file", key, "--no-keychain")[0] == 0
    assert desk.run("inbox")[0] == 0
    monkeypatch.setenv("ANJUAN_PASSPHRASE", PASSPHRASE)
    assert desk.run("inbox")[0] == 3
    monkeypatch.setenv("ANJUAN_PASSPHRASE", "12345678")
    assert desk.run("recover", "--recovery-key-file", key, "--no-keychain")[0] == 3


def test_samples_come_with_their_truth(desk: Desk, tmp_path: Path) -> None:
    code, (made,), _err = desk.run("samples", str(tmp_path / "papers"), "--papers", "5")
    truth = msgspec.json.decode(Path(made["truth"]).read_bytes())
    assert (code, made["files"]) == (0, 5)
    assert {entry["name"] for entry in truth} == {path.name for path in (tmp_path / "papers").iterdir()}


def test_a_refusal_is_one_sentence_and_code_3(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJUAN_PASSPHRASE", "not the one")
    code, answers, err = desk.run("inbox")
    assert (code, answers) == (3, [])
    assert "口令不对" in err and "[104]" in err
    assert "Traceback" not in err


def test_usage_is_code_2(desk: Desk) -> None:
    assert desk.run("file")[0] == 2
    assert desk.run("nonsense")[0] == 2


def test_a_fault_is_code_4_and_tells_no_content(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_words: object) -> None:
        raise ValueError("张三的材料")

    monkeypatch.setattr("app.session.KeySlots.load", broken)
    code, _answers, err = desk.run("inbox")
    assert code == 4
    assert "ValueError" in err and "张三" not in err


def test_a_second_program_is_refused(desk: Desk, tmp_path: Path) -> None:
    """The real front door, in a process of its own, while this one holds the archive."""
    from storage.archive import Archive

    archive = Archive.open(tmp_path / "archive", "样本管理员", PASSPHRASE, None)
    try:
        command = [sys.executable, "-m", "app", "--archive", str(tmp_path / "archive"), "verify", "--json"]
        refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert refused.returncode == 3, refused.stderr
        assert "[103]" in refused.stderr
    finally:
        archive.close()
