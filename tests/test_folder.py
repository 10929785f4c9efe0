"""tests/test_folder.py — which files in a scan folder are whole: by time, by ending, by who has them open."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.intake.folder import PATIENCE, Hints, Seen, Settling, being_written, ends_well, litter, look
from tests.stations import until

ROOT = Path(__file__).resolve().parents[1]


# -- settling, which is pure


class Scanner:
    """A history of what a scan folder looks like: files are written, touched, replaced and removed; time passes."""

    def __init__(self) -> None:
        self.now = 0.0
        self.files: dict[str, Seen] = {}
        self.changed: dict[str, float] = {}
        self._serial = 0

    def write(self, name: str) -> None:
        before = self.files.get(name)
        self._serial += 1
        inode = before.inode if before else self._serial
        self.files[name] = Seen(Path(name), (before.size_bytes if before else 0) + 100, self._serial, inode)
        self.changed[name] = self.now

    def touch(self, name: str) -> None:
        if name in self.files:
            self._serial += 1
            before = self.files[name]
            self.files[name] = Seen(before.path, before.size_bytes, self._serial, before.inode)
            self.changed[name] = self.now

    def replace(self, name: str) -> None:
        """Another file of the same size and time takes its name, as a copy that keeps times does."""
        if name in self.files:
            self._serial += 1
            before = self.files[name]
            self.files[name] = Seen(before.path, before.size_bytes, before.modified_ns, self._serial)
            self.changed[name] = self.now

    def remove(self, name: str) -> None:
        self.files.pop(name, None)


steps = st.lists(
    st.tuples(st.sampled_from(["write", "touch", "replace", "remove"]), st.sampled_from("abc"))
    | st.tuples(st.just("wait"), st.integers(0, 7))
    | st.tuples(st.just("look"), st.none()),
    max_size=60,
)


@given(steps, st.sampled_from([0, 1, 3]))
def test_nothing_is_still_before_its_last_change_is_old_enough(history: list[tuple[str, object]], settle_s: float) -> None:
    scanner, settling = Scanner(), Settling(settle_s)
    for step, what in history:
        if step == "wait":
            assert isinstance(what, int)
            scanner.now += what
        elif step == "look":
            found = settling.still(scanner.files.values(), scanner.now)
            for seen, patient in found:
                age = scanner.now - scanner.changed[str(seen.path)]
                assert scanner.files[str(seen.path)] == seen
                assert age >= settle_s
                assert not patient or age >= settle_s * (1 + PATIENCE)
            assert settling.waiting == len(scanner.files)
        else:
            getattr(scanner, step)(what)


@given(steps)
def test_what_is_left_alone_is_still_after_two_looks(history: list[tuple[str, object]]) -> None:
    scanner, settling = Scanner(), Settling(3.0)
    for step, what in history:
        if step == "wait":
            assert isinstance(what, int)
            scanner.now += what
        elif step == "look":
            settling.still(scanner.files.values(), scanner.now)
        else:
            getattr(scanner, step)(what)
    settling.still(scanner.files.values(), scanner.now)
    scanner.now += 3.0
    found = settling.still(scanner.files.values(), scanner.now)
    assert {str(seen.path) for seen, _ in found} == set(scanner.files)
    scanner.now += 3.0 * PATIENCE
    assert all(patient for _, patient in settling.still(scanner.files.values(), scanner.now))


def test_forgotten_it_is_waited_for_again() -> None:
    seen, settling = Seen(Path("a"), 1, 1, 1), Settling(3.0)
    settling.still([seen], 0)
    assert settling.still([seen], 3) == [(seen, False)]
    settling.forget(Path("a"))
    settling.forget(Path("b"))
    assert settling.still([seen], 4) == []
    assert settling.still([seen], 7) == [(seen, False)]


# -- endings


def picture(format: str, frames: int = 1, **options: object) -> bytes:
    images = [Image.effect_noise((120, 90), 40 + n).convert("RGB") for n in range(frames)]
    file = io.BytesIO()
    images[0].save(file, format, **({"save_all": True, "append_images": images[1:]} if frames > 1 else {}), **options)  # type: ignore[arg-type]
    return file.getvalue()


def pdf() -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    file = io.BytesIO()
    canvas = Canvas(file)
    for number in range(3):
        canvas.drawString(100, 700, f"page {number}")
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def package() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "x" * 5000)
    return file.getvalue()


WHOLE = {
    "pdf": pdf,
    "jpeg": lambda: picture("JPEG", quality=90),
    "png": lambda: picture("PNG"),
    "tiff": lambda: picture("TIFF"),
    "tiff, several pages": lambda: picture("TIFF", frames=3),
    "tiff, other byte order": lambda: _big_endian_tiff(),
    "webp": lambda: picture("WEBP"),
    "docx": package,
}


def _big_endian_tiff() -> bytes:
    directory = (1).to_bytes(2, "big") + bytes.fromhex("0100" "0003" "00000001" "00010000") + bytes(4)
    return b"MM\x00*" + (8).to_bytes(4, "big") + directory


@pytest.mark.parametrize("format", list(WHOLE))
def test_a_whole_file_ends_well_and_a_cut_one_does_not(format: str, tmp_path: Path) -> None:
    whole = WHOLE[format]()
    path = tmp_path / "file"
    path.write_bytes(whole)
    assert ends_well(path)
    for share in (0.1, 0.3, 0.5, 0.9):
        path.write_bytes(whole[: max(8, int(len(whole) * share))])
        assert not ends_well(path), share
    path.write_bytes(whole + b"\r\n" * 20)  # what some scanners add
    assert ends_well(path)


@pytest.mark.parametrize("content", [b"", b"x", "样本文字".encode(), b"II", b"%PD", b"\xff", b"OFD?"])
def test_what_promises_nothing_ends_well(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert ends_well(path)


def test_a_tiff_that_chases_its_tail_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    loop = b"II*\x00" + (8).to_bytes(4, "little") + (0).to_bytes(2, "little") + (8).to_bytes(4, "little")
    path.write_bytes(loop + bytes(100))
    assert not ends_well(path)


@given(st.sampled_from([b"II*\x00", b"MM\x00*", b"%PDF", b"\xff\xd8", b"\x89PNG", b"PK\x03\x04", b"RIFF"]), st.binary(max_size=60))
def test_any_bytes_may_follow_a_promise(tmp_path_factory: pytest.TempPathFactory, head: bytes, rest: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "anything"
    path.write_bytes(head + rest)
    assert ends_well(path) in (True, False)


# -- who has it open


@pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's way to ask")
def test_a_file_open_for_writing_is_being_written(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(b"half")
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys; f = open(sys.argv[1], 'ab'); print('open', flush=True); sys.stdin.read()",
         str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None and holder.stdout.readline() == "open\n"
    assert being_written(path)
    holder.communicate()
    assert not being_written(path)
    with path.open("rb"):
        assert not being_written(path)
    path.unlink()
    with pytest.raises(OSError):
        being_written(path)


ASK_AND_ASK = """
import sys
from pathlib import Path
from app.intake.folder import being_written
path = Path(sys.argv[1])
print("asking", flush=True)
for _ in range(10_000):
    being_written(path)
print("alive", flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's way to ask")
def test_a_scanner_that_opens_the_file_just_then_does_not_end_us(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(b"half")
    asker = subprocess.Popen([sys.executable, "-c", ASK_AND_ASK, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert asker.stdout is not None and asker.stdout.readline() == "asking\n"
    while asker.poll() is None:
        os.close(os.open(path, os.O_WRONLY))
    assert asker.returncode == 0
    assert asker.stdout.read() == "alive\n"


# -- looking


def test_every_file_below_is_seen_and_links_are_not_followed(tmp_path: Path) -> None:
    scan, elsewhere = tmp_path / "scan", tmp_path / "elsewhere"
    (scan / "甲" / "乙").mkdir(parents=True)
    (scan / ".hidden").mkdir()
    elsewhere.mkdir()
    (elsewhere / "private.pdf").write_bytes(b"not yours")
    for name in ("a.pdf", "甲/b.pdf", "甲/乙/c.pdf", ".hidden/d.pdf", ".e.pdf"):
        (scan / name).write_bytes(name.encode())
    (scan / "link.pdf").symlink_to(elsewhere / "private.pdf")
    (scan / "link").symlink_to(elsewhere)
    (scan / "loop").symlink_to(scan)
    os.mkfifo(scan / "pipe")
    found = {str(seen.path.relative_to(scan)): seen for seen in look(scan)}
    assert set(found) == {"a.pdf", "甲/b.pdf", "甲/乙/c.pdf", ".e.pdf"}
    status = (scan / "a.pdf").stat()
    assert found["a.pdf"] == Seen(scan / "a.pdf", status.st_size, status.st_mtime_ns, status.st_ino)
    assert list(look(tmp_path / "absent")) == []
    assert list(look(scan / "a.pdf")) == []


def test_names_that_are_not_utf8_are_seen(tmp_path: Path) -> None:
    name = b"\xd1\xf9\xb1\xbe.pdf"  # GBK
    try:
        os.close(os.open(os.path.join(os.fsencode(tmp_path), name), os.O_CREAT | os.O_WRONLY))
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    (seen,) = look(tmp_path)
    assert os.fsencode(seen.path.name) == name
    assert ends_well(seen.path)


@pytest.mark.parametrize(
    "name, reason",
    [
        ("Thumbs.db", "system_file"),
        ("desktop.ini", "system_file"),
        (".DS_Store", "system_file"),
        (".hidden.pdf", "hidden_file"),
        ("~$样本.docx", "hidden_file"),
        ("scan.pdf.part", "unfinished_file"),
        ("scan.TMP", "unfinished_file"),
        ("下载.crdownload", "unfinished_file"),
        ("样本.pdf", ""),
        ("tmp", ""),
        ("part.1.pdf", ""),
        ("新建 文本文档", ""),
    ],
)
def test_litter_is_known_by_its_name(name: str, reason: str) -> None:
    assert litter(name) == reason


# -- hints


def test_a_new_file_is_hinted_and_reading_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "old.pdf").write_bytes(b"old")
    hints = Hints(tmp_path)
    until(lambda: not hints.taken())
    (tmp_path / "new.pdf").write_bytes(b"new")
    until(hints.taken)
    hints.stop()


def test_without_watches_to_spare_there_are_no_hints_and_no_fault(tmp_path: Path) -> None:
    hints = Hints(tmp_path / "absent")
    assert not hints.taken()
    hints.stop()
    assert not any(thread.name.startswith("inotify") for thread in threading.enumerate())
