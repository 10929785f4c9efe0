"""tests/silence.py — a day of a station in a process of its own, which notes every place that it writes to.

`python -m tests.silence day FOLDER` plays what people do, through the real parts: founding, scanning and OCR in the caged
child, filing, search, correction, every event of tests/plays, print, export, stick, line, backup, self-test, the window,
lock and unlock. `... leak-whoosh FOLDER` and `... leak-sqlite FOLDER` are the known positives: what a careless library would do. An audit hook notes
what Python code opens for writing; the test runs the process under strace, which sees native code and children as well.
On standard output: "ready" and "over" lines between which the leaks wait for a line, then one JSON object.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import pkgutil
import sys
from pathlib import Path
from typing import Any

NAME, NUMBER, WORD = "欧阳样本晴", "999999199001011234", "修缮档案室屋面"
MARKERS = (NAME, NUMBER, WORD)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_MAKING = {"os.mkdir": 0, "os.rename": 1, "os.link": 1, "os.symlink": 1, "sqlite3.connect": 0, "tempfile.mkdtemp": 0, "tempfile.mkstemp": 0}


class Notes:
    """What the audit hook saw: places written to, addresses connected to."""

    def __init__(self) -> None:
        self.places: set[str] = set()
        self.addresses: set[str] = set()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes):
            mode, flags = arguments[1], arguments[2]
            if (isinstance(flags, int) and flags & _WRITING) or (isinstance(mode, str) and set(mode) & set("wax+")):
                self.places.add(os.path.abspath(os.fsdecode(arguments[0])))
        elif event in _MAKING:
            self.places.add(os.path.abspath(os.fsdecode(arguments[_MAKING[event]])))
        elif event == "socket.connect" and isinstance(arguments[1], tuple):
            self.addresses.add(f"{arguments[1][0]}:{arguments[1][1]}")


def day(folder: Path) -> str:
    """Plays the day; returns the address of headquarters, the only one that may be called."""
    from app import filing, results, selftest, wording
    from app.reports.item_register import RegisterWishes
    from app.station import Station
    from storage.archive import SPOOL
    from storage.keys import FLOOR
    from storage.objects import Seal
    from storage.records import Kind, Subject
    from storage.records.people import Purpose
    from storage.records.searches import Question
    from storage.spool import Spool
    from sync import headquarters
    from tests import plays
    from tests.stations import ADMINISTRATOR, CHIEF, FONDS, PASSPHRASE, House, draft, until

    scan = folder / "scan"
    station, _recovery = Station.create(
        folder / "archive", station=FONDS.station, fonds_number=FONDS.number, fonds_name=FONDS.name, administrator=ADMINISTRATOR,
        passphrase=PASSPHRASE, keychain=None, scan_folder=scan, cost=FLOOR,
    )  # fmt: skip
    station.settings.set("settle_s", 0)
    selftest.require(folder / "archive")
    station.start()
    until(lambda: len(station.inbox()) == 2, 120)
    for arrival in station.inbox():
        assert arrival.suggestion is not None
        wanted = filing.complete(arrival.suggestion, arrival.name, filing.date.today())
        item = station.file(arrival.id, filing.replace(wanted, title=f"{NAME}的{wanted.title}"[:60]))
        station.people.disclose(Subject(Kind.ITEM, item.id), Purpose.CASE, "样本依据")
        for object_id in item.object_ids:
            assert station.page_text(object_id) and station.page_picture(object_id, 1)
        station.view(item.id)
        station.printed(f"item:{item.id}", 1)
    until(lambda: station.archive.index.behind() == 0)
    for words in (WORD, NAME, NUMBER):
        found = station.search(f'"{words}"')
        assert found.total, f"{words} was not read"
        station.snippet(words, found.hits[0].item_id)
        station.searches.note(Question(words), found.total)
    station.searches.keep(NAME, Question(f"{NAME} {WORD}"))
    for form in results.FORMS:
        station.export(station.result_list(NAME, form=form, places=True), folder / "out" / f"list.{form}", results.EXPORT)
    register = station.register(RegisterWishes(prepared_by="样本", prepared_on="2026-11-22"))
    station.export(register, folder / "out" / "register.pdf", "report:item_register")

    office = folder / "office"
    headquarters.create(office, "样本档案室", "https://127.0.0.1")
    with headquarters.running(office) as service:
        enrolment = folder / "out" / "enrolment.json"
        enrolment.write_bytes(headquarters.enrol(office, folder / "archive" / "station.json", service.url))
        station.enrol(enrolment)
        station.sync()
        item = station.items()[0]
        (folder / "stick").mkdir()
        house = House.around(station.archive)
        house.file(house.receive(f"{NAME}又来了一件".encode()), title=f"{NAME}的补充材料")
        station.sync(folder / "stick")
        headquarters.receive(office, folder / "stick")
        station.sync(folder / "stick")
        address = service.url.removeprefix("https://")
    (folder / "backups").mkdir()
    station.backups.back_up(folder / "backups")
    station.archive.index.catch_up()  # what was filed last may not have reached it yet
    assert (wrong := [finding for finding in station.verify() if not finding.ok]) == [], wrong
    window(folder, register)
    Spool(folder / "archive" / SPOOL, Seal(station.archive.recipient)).put(
        house.custody(f"{NAME}夜里来的".encode()), f"{NAME}夜里来的".encode()
    )
    station.stop()
    Station.open(folder / "archive", ADMINISTRATOR, PASSPHRASE, keychain=None).stop()

    other = House(folder / "plays")

    def act(name: str, step: Any) -> Any:
        with other.archive.write(CHIEF) as change:
            return step(change)

    other.file(other.receive(f"{NAME} {WORD}".encode()), title=NAME, creator=draft().creator)
    for found_play in pkgutil.iter_modules(plays.__path__):
        importlib.import_module(f"{plays.__name__}.{found_play.name}").play(other, act)
    other.archive.index.rebuild()
    other.archive.close()
    assert wording.language()
    return address


def window(folder: Path, pdf: bytes) -> None:
    """The unlock screen stands, and a register goes through Qt's printer into a file that was asked for."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtGui import QImage
    from PySide6.QtPrintSupport import QPrinter

    from app.reports import preview
    from app.settings import Settings
    from ui.application import Shell, prepare
    from ui.printing import paint
    from ui.theme import Theme

    application = prepare()
    shell = Shell(Theme(application), Settings(), folder / "archive")
    shell.show()
    application.processEvents()
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(folder / "out" / "printed.pdf"))
    paint(printer, [QImage.fromData(page) for page in preview.pages(pdf)])
    assert (folder / "out" / "printed.pdf").read_bytes().startswith(b"%PDF")
    shell.close_everything()


def papers() -> dict[str, bytes]:
    """What lies in the scan folder when the day begins: a page as a scanner makes it, pixels without text, and a file."""
    notice = f"样公〔2026〕7号\n关于走访群众的通知\n{NAME}，公民身份号码{NUMBER}。\n"
    return {"scan_0001.png": _scanned(f"关于{WORD}的请示"), "notice.txt": notice.encode()}


def _scanned(text: str) -> bytes:
    from PIL import Image, ImageDraw, ImageFont

    import resources

    (font, *_) = sorted(resources.path("fonts").glob("*Sans*.ttf")) or sorted(resources.path("fonts").glob("*.ttf"))
    page = Image.new("L", (1240, 700), 250)
    pen = ImageDraw.Draw(page)
    for row, line in enumerate((text, "样本派出所", "二〇二六年三月五日")):
        pen.text((120, 120 + 150 * row), line, font=ImageFont.truetype(str(font), 56), fill=20)
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def leak_whoosh(folder: Path) -> str:
    """Whoosh with its own storage in memory spills its sort runs into the temporary folder."""
    from whoosh.fields import TEXT, Schema
    from whoosh.filedb.filestore import RamStorage

    writer = RamStorage().create_index(Schema(text=TEXT(stored=True))).writer(limitmb=1)
    for number in range(3000):
        writer.add_document(text=" ".join(f"{marker}{number}" for marker in MARKERS) + f" {number:x}" * 60)
    _let_look()
    writer.cancel()
    return ""


def leak_sqlite(folder: Path) -> str:
    """SQLCipher that was let keep temporary data in files: they are clear, and removed as soon as they are open."""
    from sqlcipher3 import dbapi2

    connection = dbapi2.connect(str(folder / "archive-leak.db"))
    connection.execute("PRAGMA key = \"x'" + "11" * 32 + "'\"")
    connection.execute("PRAGMA temp_store = 1")
    connection.execute("CREATE TEMP TABLE found (words TEXT)")
    connection.execute("PRAGMA temp.cache_size = 10")
    connection.executemany("INSERT INTO found VALUES (?)", ((f"{NAME} {NUMBER} {number}" * 9,) for number in range(5000)))
    _let_look()
    connection.close()
    return ""


def _let_look() -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    print("over", flush=True)


if __name__ == "__main__":
    notes = Notes()
    plays_ = {"day": day, "leak-whoosh": leak_whoosh, "leak-sqlite": leak_sqlite}
    called = plays_[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps({"places": sorted(notes.places), "addresses": sorted(notes.addresses), "headquarters": called}), flush=True)
