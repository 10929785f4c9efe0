"""app/demo.py — the main job on sample papers, end to end, with real parts and a headquarters on loopback.

Fictitious papers fall into a station's scan folder one by one; they are sealed, read, filed, found, printed in the
register, packed, delivered, and the receipt is verified. The demo plays the person who accepts what was suggested.
Then a case volume is made of three more, lent on a second person's word, a record is corrected, and the whole inspected.
Everything it leaves is in one folder: `records.json`, the forms as PDF, the package, the receipt, pictures of every
screen in both languages, `summary.json` and `summary.md`. With a screen the same story is played inside the window.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import msgspec

from app import filing, reports, samples, wording
from app.lending import Lending
from app.passphrases import invent
from app.station import Station
from storage.errors import Known
from storage.files import write_whole
from storage.holders import forget
from storage.keychain import Keychain
from storage.records import Arrival, Item, Kind, Outcome, ReadingState, Retention, Role, Subject
from storage.records.lending import LoanDraft, LoanMode
from storage.records.volumes import Volume, VolumeDraft
from sync import headquarters

STATION, FONDS, ADMINISTRATOR, DEPUTY = "样本市公安局样本分局样本派出所", "X999", "样本管理员", "样本副所长"
#: A page of OCR takes seconds on an old PC; a paper that takes this long is a fault.
_PATIENCE_S = 300.0
_WAITING = 3
_IN_VOLUME = 3
_DWELL_S = 1.5

Tell = Callable[[str], None]


class DemoFailed(Known):
    """A paper of the demo did not arrive where it should. Facts: the file and the step."""

    number = 509


#: Tells the window which screen the story has come to (home, inbox, search, reports, sync) and what it shows there.
Scene = Callable[[str, dict[str, Any]], None]


class Window(Protocol):
    """What the demo needs of the window; the front door hands it in.

    `pictures` leaves PNGs of every screen. `play` shows the window on the station, runs `story(scene)` on a thread of
    its own, and returns when the person closes the window.
    """

    def pictures(self, station: Station, folder: Path) -> list[Path]: ...

    def play(self, station: Station, story: Callable[[Scene], None]) -> int: ...


class Demo:
    """One run into `folder`. `papers` limits how many fall; `seed` chooses which papers they are."""

    def __init__(self, folder: Path, window: Window, *, papers: int | None = None, seed: int = 1, headless: bool) -> None:
        self.folder = folder
        self._window = window
        self._papers = papers
        self._seed = seed
        self._headless = headless or not has_screen()
        self._arrived = threading.Condition()
        self._steps: list[dict[str, object]] = []
        self._forms: list[str] = []
        self._tell: Tell = lambda _text: None

    def run(self, tell: Tell) -> dict[str, Any]:
        """Plays the whole story; returns the summary. Raises DemoFailed when anything does not arrive."""
        self._tell = tell
        started = time.monotonic()
        for name in ("station", "scan", "headquarters", "backup", "pictures"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        os.environ["ANJUAN_CONFIG"] = str(self.folder / "station" / "config")
        passphrase = invent()
        keychain = Keychain.find()
        with self._step("found"):
            station, recovery_key = Station.create(
                self.folder / "station" / "archive",
                station=STATION,
                fonds_number=FONDS,
                fonds_name=STATION,
                administrator=ADMINISTRATOR,
                passphrase=passphrase,
                keychain=keychain,
                scan_folder=self.folder / "scan",
            )
        station.settings.set("settle_s", 1)
        with self._step("admit", DEPUTY):
            deputy = station.users.admit(passphrase, DEPUTY, invent())
            station.users.grant(deputy, Role.ADMINISTRATOR)
        try:
            with headquarters.running(self._headquarters()) as service:
                with self._step("enrol"):
                    enrolment = self.folder / "enrolment.json"
                    station_file = station.archive.folder / "station.json"
                    enrolment.write_bytes(headquarters.enrol(self.folder / "headquarters", station_file, service.url))
                    station.enrol(enrolment)
                outcome: dict[str, Any] = {}
                station.listen(lambda events: self._wake())
                station.start()
                if self._headless:
                    outcome = self._story(station, lambda _screen, _facts: None)
                    with self._step("pictures"):
                        self._leave_waiting(station)
                        self._window.pictures(station, self.folder / "pictures")
                else:
                    self._window.play(station, lambda scene: outcome.update(self._story(station, _paced(scene))))
        finally:
            if not station.archive.closed:
                station.stop()
            if keychain is not None:
                forget(station.archive.folder, keychain)
        return self._summary(outcome, keychain is not None, passphrase, recovery_key, time.monotonic() - started)

    # -- the story

    def _story(self, station: Station, scene: Scene) -> dict[str, Any]:
        items: list[Item] = []
        found = 0
        for paper in samples.papers(self._seed, self._papers):
            scene("home", {})
            with self._step("paper", paper.name) as note:
                (self.folder / "scan" / paper.name).write_bytes(paper.data)
                arrival = self._wait_for_reading(station, paper)
                note["pages"] = arrival.page_count
                if arrival.outcome is not Outcome.WAITING or arrival.suggestion is None:
                    raise DemoFailed(file=paper.name, step="read", reason=arrival.reason)
                scene("inbox", {"arrival": arrival.id})
                item = station.file(arrival.id, filing.complete(arrival.suggestion, paper.name, date.today()))
                items.append(item)
                note["record"] = item.reference_code
                found += self._find(station, item, scene)
        with self._step("correct", items[0].reference_code):
            item = station.archive.queries.item(items[0].id)
            wanted = replace(item.draft, remarks="样本：核对原件后更正")
            station.description.correct(item.id, wanted, "样本：补记备注", item.changed_seq)
        volume = self._make_volume(station, scene)
        self._lend(station, volume, scene)
        with self._step("register"):
            scene("reports", {})
            self._print(station, "item_register", "register.pdf")
            self._print(station, "volume_register", "volumes.pdf")
        with self._step("inspect"):
            scene("inspection", {})
            inspected = station.inspection.run("GD")
            self._print(station, "four_nature_report", "inspection.pdf")
        with self._step("deliver"):
            scene("sync", {})
            package, receipt = self._deliver(station)
        with self._step("back_up"):
            stick = self.folder / "backup"
            stick.mkdir()
            station.backups.choose(stick)
            backup = station.backups.back_up()
        with self._step("audit"):
            self._print(station, "audit_report", "audit.pdf")
            sheet = station.audit.seal_day(date.today())
            self._print(station, "day_sheet", "day-sheet.pdf", sheet_day=sheet.day)
        with self._step("verify"):
            station.archive.index.catch_up()
            findings = [asdict(finding) for finding in station.verify()]
        records = [asdict(station.item(item.id)) for item in items]
        write_whole(self.folder / "records.json", msgspec.json.format(msgspec.json.encode(records)))
        return {
            "papers": len(items) + _IN_VOLUME,
            "volume": volume.reference_code,
            "inspection": inspected.result.value,
            "pages": sum(item.page_count for item in items) + volume.page_count,
            "found_by_search": found,
            "delivered": station.counts().delivered,
            "package": package,
            "receipt": receipt,
            "backup": backup.made.generation,
            "verify": findings,
            "counts": asdict(station.counts()),
        }

    def _find(self, station: Station, item: Item, scene: Scene) -> int:
        """Searches the record by words of the last page that has any; 1 when it is found, 0 when it has no words."""
        pages = station.page_text(item.object_ids[0])
        station.archive.index.catch_up()
        for page in reversed(pages):
            for line in sorted(page.lines, key=lambda line: -len(line.text)):
                words = "".join(c for c in line.text if "一" <= c <= "鿿")[:8]
                if len(words) < 4 or words not in line.text:
                    continue
                scene("search", {"query": words})
                results = station.search(f'"{words}"', limit=50)
                if any(hit.item_id == item.id for hit in results.hits):
                    return 1
                raise DemoFailed(file=item.reference_code, step="search")
        return 0

    def _make_volume(self, station: Station, scene: Scene) -> Volume:
        """A mediation case out of three papers: put in order, its pages numbered, filed."""
        volumes = station.volumes
        today = date.today()
        with self._step("volume") as note:
            scene("volumes", {})
            opened = volumes.open(VolumeDraft("样本调解案卷", "ZY·TJ", today.year, Retention.D10, case_name="样本纠纷调解案"))
            for paper in samples.papers(self._seed + 2, _IN_VOLUME):
                (self.folder / "scan" / paper.name).write_bytes(paper.data)
                arrival = self._wait_for_reading(station, paper)
                if arrival.suggestion is None:
                    raise DemoFailed(file=paper.name, step="read", reason=arrival.reason)
                volumes.file_into(arrival.id, filing.complete(arrival.suggestion, paper.name, today), opened.id)
            volumes.number_pages(opened.id)
            volumes.describe(opened.id, replace(volumes.proposed(opened.id), checker=DEPUTY))
            volume = volumes.file(opened.id).volume
            note["record"] = volume.reference_code
            self._print(station, "volume_contents", "volume-contents.pdf", volume_id=volume.id)
            self._print(station, "volume_cover", "volume-cover.pdf", volume_id=volume.id)
        return volume

    def _lend(self, station: Station, volume: Volume, scene: Scene) -> None:
        """Asked for by one person, approved by another, handed out on a slip."""
        today = date.today()
        deputy = station.archive.queries.agent(DEPUTY)
        assert deputy is not None
        subject = Subject(Kind.VOLUME, volume.id)
        with self._step("lend", volume.reference_code) as note:
            scene("lending", {})
            request = LoanDraft("样本借阅人", "样本法制科", purpose="work", basis="样本：核对案情", mode=LoanMode.LEND)
            loan = station.lending.request(request, [subject], today)
            Lending(station.archive, deputy).approve(loan.id, "样本：同意")
            loan = station.lending.lend(loan.id, station.lending.due(LoanMode.LEND, today), {subject: "完好"}, today)
            note["record"] = loan.number
            self._print(station, "loan_slip", "loan-slip.pdf", number=loan.number)

    def _print(self, station: Station, form: str, file: str, **wishes: object) -> None:
        known = {field.name for field in fields(reports.find(form).wishes)}
        usual = {
            "prepared_by": ADMINISTRATOR, "prepared_on": date.today().isoformat(), "language": wording.language()
        }  # fmt: skip
        chosen = {name: value for name, value in usual.items() if name in known} | wishes
        station.export(station.report(form, chosen), self.folder / file, f"report:{form}")
        self._forms.append(file)

    def _leave_waiting(self, station: Station) -> None:
        """A few papers more, for nobody to file: so that the inbox has something to show."""
        for paper in samples.papers(self._seed + 1, _WAITING):
            (self.folder / "scan" / paper.name).write_bytes(paper.data)
            self._wait_for_reading(station, paper)

    def _deliver(self, station: Station) -> tuple[str, str]:
        round_ = station.sync()
        undelivered = [package for package in round_.packages if package.state != "delivered"]
        if undelivered or not round_.packages:
            raise DemoFailed(file=",".join(package.package for package in undelivered), step="deliver")
        package = station.packages()[-1]
        kept = station.archive.folder / "packages" / package.file_name
        shutil.copyfile(kept, self.folder / package.file_name)
        receipt = station.receipts()[-1]
        write_whole(self.folder / "receipt.json", msgspec.json.format(receipt.document))
        return package.file_name, "receipt.json"

    # -- inside

    def _headquarters(self) -> Path:
        folder = self.folder / "headquarters"
        headquarters.create(folder, "样本市公安局档案室", "https://127.0.0.1")
        return folder

    def _wait_for_reading(self, station: Station, paper: samples.Paper) -> Arrival:
        sha256 = hashlib.sha256(paper.data).hexdigest()
        deadline = time.monotonic() + _PATIENCE_S
        with self._arrived:
            while True:
                for arrival in station.arrivals(limit=20):
                    if arrival.sha256 == sha256 and arrival.reading is not ReadingState.DUE:
                        return arrival
                if not self._arrived.wait(max(0.0, deadline - time.monotonic())):
                    raise DemoFailed(file=paper.name, step="read")

    def _wake(self) -> None:
        with self._arrived:
            self._arrived.notify_all()

    @contextmanager
    def _step(self, name: str, object: str = "") -> Any:
        note: dict[str, object] = {"step": name, "object": object}
        started = time.monotonic()
        yield note
        note["seconds"] = round(time.monotonic() - started, 2)
        self._steps.append(note)
        self._tell(f"{wording.say('demo.' + name)} {object} {note.get('record', '')} {note['seconds']} s")

    def _summary(
        self, outcome: dict[str, Any], keychain: bool, passphrase: str, recovery_key: str, seconds: float
    ) -> dict[str, Any]:
        pictures = sorted((self.folder / "pictures").rglob("*.png")) if (self.folder / "pictures").is_dir() else []
        files = ["records.json", *self._forms]
        files += [outcome.get("package", ""), outcome.get("receipt", "")]
        files += [str(picture.relative_to(self.folder)) for picture in pictures]
        files += ["summary.json", "summary.md"]
        summary: dict[str, Any] = {
            "done": outcome.get("delivered") == outcome.get("papers") and bool(outcome),
            "seconds": round(seconds, 1),
            "files": [file for file in files if file],
            "keychain": keychain,
            "passphrase": passphrase,
            "recovery_key": recovery_key,
            **outcome,
            "steps": self._steps,
        }
        write_whole(self.folder / "summary.json", msgspec.json.format(msgspec.json.encode(summary)))
        write_whole(self.folder / "summary.md", _markdown(summary).encode())
        return {key: summary[key] for key in ("done", "seconds", "files")}


def _paced(scene: Scene) -> Scene:
    """The same scenes, each left standing long enough to be seen."""

    def show(screen: str, facts: dict[str, Any]) -> None:
        scene(screen, facts)
        time.sleep(_DWELL_S)

    return show


def has_screen() -> bool:
    """Whether a window can be shown here."""
    if sys.platform in ("win32", "darwin"):
        return os.environ.get("QT_QPA_PLATFORM") != "offscreen"
    if os.environ.get("QT_QPA_PLATFORM", "") in ("offscreen", "minimal"):
        return False
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _markdown(summary: dict[str, Any]) -> str:
    lines = [
        "# 案卷演示 / Anjuan demo",
        "",
        wording.say(
            "demo.told",
            papers=summary.get("papers", 0),
            pages=summary.get("pages", 0),
            found=summary.get("found_by_search", 0),
            delivered=summary.get("delivered", 0),
            seconds=summary["seconds"],
        ),
        "",
        wording.say("demo.with_keychain" if summary["keychain"] else "demo.without_keychain"),
        "",
        f"| {wording.say('demo.step')} | {wording.say('demo.object')} | {wording.say('demo.record')} | s |",
        "| --- | --- | --- | ---: |",
    ]
    lines += [
        f"| {wording.say('demo.' + str(step['step']))} | {step['object']} | {step.get('record', '')} | {step['seconds']} |"
        for step in summary["steps"]
    ]
    lines += ["", *(f"- {file}" for file in summary["files"]), ""]
    return "\n".join(lines)
