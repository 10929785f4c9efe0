"""tests/test_demo.py — the main job leaves what it says, and nothing else in the clear."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pypdfium2
import pytest

from app import samples, wording
from app.__main__ import Window
from app.demo import Demo
from app.station import Station
from tests.stations import needles

PAPERS, IN_VOLUME, SEED = 3, 3, 1

#: An old machine reads a page in half a minute.
pytestmark = pytest.mark.timeout(1800)


class OneLanguage(Window):
    """The real pictures, of one language: all of them are looked at in the tests of the window."""

    def pictures(self, station: Station, folder: Path) -> list[Path]:
        from ui.application import pictures

        return pictures(station, folder, languages=("zh",))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("played")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANJUAN_CONFIG", os.environ.get("ANJUAN_CONFIG", str(folder)))
        patch.setenv("TMPDIR", str(folder / "tmp"))
        (folder / "tmp").mkdir()
        told: list[str] = []
        summary = Demo(folder / "demo", OneLanguage(), papers=PAPERS, seed=SEED, headless=True).run(told.append)
        assert len(told) >= PAPERS + 5
        yield folder, summary
    wording.use("zh")


def test_every_file_of_the_summary_is_there(played: tuple[Path, dict[str, Any]]) -> None:
    folder, summary = played
    assert summary["done"] is True
    for name in summary["files"]:
        assert (folder / "demo" / name).stat().st_size > 100, name
    forms = {"register.pdf", "volumes.pdf", "volume-contents.pdf", "volume-cover.pdf", "loan-slip.pdf", "inspection.pdf"}
    assert forms | {"records.json", "receipt.json", "summary.json", "summary.md"} <= set(summary["files"])
    assert sum(name.endswith(".anjuan") for name in summary["files"]) == 1
    assert sum(name.startswith("pictures/zh-") for name in summary["files"]) >= 9


def test_the_summary_says_what_was_done(played: tuple[Path, dict[str, Any]]) -> None:
    folder, _summary = played
    told = msgspec.json.decode((folder / "demo" / "summary.json").read_bytes())
    everything = PAPERS + IN_VOLUME
    assert (told["papers"], told["found_by_search"], told["delivered"]) == (everything, PAPERS, everything)
    assert told["counts"]["filed"] == told["counts"]["items"] == everything
    assert told["inspection"] in ("passed", "warned")
    assert all(check["ok"] for check in told["verify"])
    steps = [step["step"] for step in told["steps"]]
    made = ["correct", "volume", "lend", "register", "inspect", "deliver", "back_up", "audit", "verify", "pictures"]
    assert steps == ["found", "admit", "enrol", *["paper"] * PAPERS, *made]
    records = msgspec.json.decode((folder / "demo" / "records.json").read_bytes())
    text = "".join(
        page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(folder / "demo" / "register.pdf")
    )
    assert all(record["reference_code"] in "".join(text.split()) for record in records)


def test_no_name_of_the_samples_is_left_in_the_clear(played: tuple[Path, dict[str, Any]]) -> None:
    """In UTF-8, UTF-16 and GB18030, in the archive, the backup, headquarters, the scan folder and the temp folder."""
    folder, _summary = played
    falling = [*samples.papers(SEED, PAPERS), *samples.papers(SEED + 1, 3), *samples.papers(SEED + 2, IN_VOLUME)]
    names = {name for paper in falling for name in paper.truth.names if len(name) > 1}
    assert len(names) >= PAPERS
    sought = needles(names, (page for paper in falling for page in paper.truth.pages))
    assert len(sought) > 2 * len(names)
    looked = 0
    for room in ("demo/station", "demo/headquarters", "demo/scan", "demo/backup", "tmp"):
        for file in (folder / room).rglob("*"):
            if file.is_file():
                looked += 1
                data = file.read_bytes()
                assert not any(needle in data for needle in sought), file
    assert looked > 20
    exported = (folder / "demo" / "records.json").read_text("utf-8")
    assert any(paper.truth.title in exported for paper in falling)
