"""tests/test_path.py — one paper through every room, with the real parts, and what is left lying about afterwards.

Scan folder, seal, child process, OCR, filing, index, register, package, HTTPS, headquarters, receipt. Each arrival is
asserted where it must be, by tools that are not ours where there are any: `bagit`, `pdftotext`, Ed25519 from
`cryptography`, SQLite's absence of a clear header, and a byte search of every file for words that were in the papers.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import bagit
import msgspec
import pypdfium2
import pyrage
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app import filing
from app.reports.item_register import RegisterWishes
from app.samples import Paper, papers
from app.station import Station
from storage.keys import FLOOR
from storage.records import Delivery, Item, Outcome, ReadingState
from sync import headquarters
from tests.stations import needles

PASSPHRASE = "Four unrelated words: kiln ferry otter plum"
RARE = "㛃㵘𠅤𬭊䶮"
PATIENCE_S = 240.0

#: An old machine reads a page in half a minute.
pytestmark = pytest.mark.timeout(1800)


@dataclass
class Way:
    """What the one long walk has left behind for the tests below."""

    folder: Path
    station: Station
    headquarters: Path
    papers: list[Paper]
    items: dict[str, Item]
    register: bytes


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """Walks the whole path once: the first papers of the sample set, which cover every format."""
    folder = tmp_path_factory.mktemp("way")
    scan, hq = folder / "scan", folder / "headquarters"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANJUAN_CONFIG", str(folder / "config"))
        patch.setenv("TMPDIR", str(folder / "tmp"))
        (folder / "tmp").mkdir()
        station, _recovery = Station.create(
            folder / "archive",
            station="样本派出所",
            fonds_number="X999",
            fonds_name="样本派出所",
            administrator="样本管理员",
            passphrase=PASSPHRASE,
            keychain=None,
            scan_folder=scan,
            cost=FLOOR,
        )
        station.settings.set("settle_s", 1)
        try:
            headquarters.create(hq, "样本分局档案室", "https://127.0.0.1")
            with headquarters.running(hq) as service:
                enrolment = folder / "enrolment.json"
                enrolment.write_bytes(headquarters.enrol(hq, station.archive.folder / "station.json", service.url))
                station.enrol(enrolment)
                yield walk(station, folder, scan, hq)
        finally:
            station.stop()


def walk(station: Station, folder: Path, scan: Path, hq: Path) -> Way:
    changed = threading.Condition()

    def wake(_events: object) -> None:
        with changed:
            changed.notify_all()

    station.listen(wake)
    station.start()
    chosen = list(papers(seed=7, count=10))
    for paper in chosen:
        (scan / paper.name).write_bytes(paper.data)
    with changed:
        assert changed.wait_for(
            lambda: (
                len(arrivals := station.arrivals()) == len(chosen)
                and all(arrival.reading is not ReadingState.DUE for arrival in arrivals)
                and not any(scan.iterdir())
            ),
            PATIENCE_S,
        ), station.counts()
    items = {}
    for number, arrival in enumerate(reversed(station.arrivals())):
        assert arrival.suggestion is not None, arrival
        draft = filing.complete(arrival.suggestion, arrival.name, date.today())
        if number == 0:
            draft = replace(draft, title=f"关于{RARE}等五人户口登记的通知（样本）")
        items[arrival.name] = station.file(arrival.id, draft)
    station.archive.index.catch_up()
    register = station.register(RegisterWishes(prepared_by="样本", prepared_on="2026-11-22"))
    round_ = station.sync()
    assert [str(package.state) for package in round_.packages] == ["delivered"]
    return Way(folder, station, hq, chosen, items, register)


def test_every_paper_is_filed_and_its_source_is_gone(way: Way) -> None:
    assert way.station.counts().filed == len(way.papers)
    assert way.station.counts().waiting == 0
    for paper in way.papers:
        item = way.items[paper.name]
        original = way.station.archive.objects.get(way.station.archive.queries.object(item.object_ids[0]).name)
        assert original == paper.data
        assert item.page_count == len(way.station.page_text(item.object_ids[0]))
    codes = [item.reference_code for item in way.station.items()]
    assert len(codes) == len(set(codes)) == len(way.papers)


def test_the_formats_of_the_walk_are_all_there(way: Way) -> None:
    read = {arrival.format for arrival in way.station.arrivals(Outcome.FILED)}
    assert {"pdf", "tiff", "jpeg", "png", "docx", "xlsx", "txt"} <= read, read


def test_each_paper_is_found_at_the_right_page(way: Way) -> None:
    """By eight characters of its last page that were read there and, by the truth, stand there."""
    looked = 0
    for paper in way.papers:
        item = way.items[paper.name]
        read = way.station.page_text(item.object_ids[0])
        words = common_words(paper.truth.pages[len(read) - 1], read[-1].text)
        if words is None:
            continue
        looked += 1
        results = way.station.search(f'"{words}"', limit=50)
        assert item.id in [hit.item_id for hit in results.hits], (paper.name, words)
        snippet = way.station.snippet(f'"{words}"', item.id)
        assert words in "".join(read[snippet.page - 1].text.split())
        assert snippet.text[slice(*snippet.spans[0])].replace(" ", "") in words
    assert looked >= len(way.papers) - 1


def common_words(truth: str, read: str) -> str | None:
    """Eight Chinese characters in a row that stand in both."""
    truth, read = "".join(truth.split()), "".join(read.split())
    for start in range(len(read) - 8):
        words = read[start : start + 8]
        if words in truth and all("一" <= character <= "鿿" for character in words):
            return words
    return None


def test_the_register_copies_out_as_written(way: Way, tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument(way.register)
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    joined = "".join(text.split())
    assert RARE in joined
    for item in way.items.values():
        assert item.reference_code in joined, item.reference_code
    if shutil.which("pdftotext"):
        (tmp_path / "register.pdf").write_bytes(way.register)
        told = subprocess.run(["pdftotext", tmp_path / "register.pdf", "-"], capture_output=True, check=True)
        assert RARE in "".join(told.stdout.decode().split())


def test_the_package_opens_with_other_peoples_tools(way: Way, tmp_path: Path) -> None:
    """age opens the envelope with headquarters' identity; `bagit` alone calls the bag valid; the originals are plain."""
    package = way.station.packages()[-1]
    sealed = (way.station.archive.folder / "packages" / package.file_name).read_bytes()
    identity = msgspec.json.decode((way.headquarters / "secrets.json").read_bytes())["identity"]
    envelope = sealed[sealed.index(b"age-encryption.org/v1") :]
    tar = pyrage.decrypt(envelope, [pyrage.x25519.Identity.from_str(identity)])
    with tarfile.open(fileobj=io.BytesIO(tar)) as bundle:
        for member in bundle:
            assert member.isreg() or member.isdir()
            target = tmp_path / member.name
            assert target.resolve().is_relative_to(tmp_path)
            if member.isreg():
                target.parent.mkdir(parents=True, exist_ok=True)
                content = bundle.extractfile(member)
                assert content is not None
                target.write_bytes(content.read())
    (root,) = [path.parent for path in tmp_path.rglob("bagit.txt")]
    bag = bagit.Bag(str(root))
    bag.validate()
    carried = {path.read_bytes() for path in root.joinpath("data").rglob("*") if path.is_file()}
    assert {paper.data for paper in way.papers} <= carried
    (catalogue,) = root.rglob("文件目录.XML")
    text = catalogue.read_text("utf-8")
    assert all(item.reference_code in text for item in way.items.values())


class Signed(msgspec.Struct):
    document: msgspec.Raw
    signature: str


def test_the_receipt_is_headquarters_own(way: Way) -> None:
    """The signature verifies with the key of the enrolment, and says what was delivered."""
    enrolment = way.station.exchange.enrolment()
    assert enrolment is not None
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(enrolment.verify_key))
    signed = msgspec.json.decode(way.station.receipts()[-1].document, type=Signed)
    body, signature = bytes(signed.document), bytes.fromhex(signed.signature)
    key.verify(signature, body)
    with pytest.raises(InvalidSignature):
        key.verify(signature, body.replace(b"accepted", b"returned"))
    receipt = way.station.receipts()[-1]
    assert way.station.receipt_holds(receipt)
    assert not way.station.receipt_holds(replace(receipt, document=receipt.document.replace(b"accepted", b"returned")))
    said = msgspec.json.decode(body)
    assert said["digest"] == way.station.packages()[-1].digest
    assert {outcome["uuid"] for outcome in said["outcomes"]} == {item.uuid for item in way.items.values()}
    assert all(way.station.item(item.id).delivery is Delivery.DELIVERED for item in way.items.values())


def test_the_journal_names_who_sent(way: Way) -> None:
    sent = [event for event in way.station.archive.queries.events(limit=10_000) if event.type in ("pack", "send")]
    assert {event.type for event in sent} == {"pack", "send"}
    assert {event.agent_name for event in sent} == {"样本管理员"}


def test_everything_verifies(way: Way) -> None:
    assert [finding for finding in way.station.verify() if not finding.ok] == []


def test_no_word_of_the_papers_is_in_any_file(way: Way) -> None:
    """Promise 1: a byte search of archive, headquarters and temp folder, in three encodings; the searcher is proved first."""
    words = {name for paper in way.papers for name in paper.truth.names}
    words |= {item.title[:8] for item in way.items.values()} | {RARE}
    sought = needles(words, (page for paper in way.papers for page in paper.truth.pages))
    planted = way.folder / "planted.bin"
    planted.write_bytes(b"\0" * 5000 + RARE.encode("gb18030"))
    assert clear_files([planted], sought) == [planted]
    planted.unlink()
    kept = [way.folder / name for name in ("archive", "headquarters", "tmp", "config")]
    files = [file for folder in kept for file in folder.rglob("*") if file.is_file()]
    assert len(files) > len(way.papers)
    assert clear_files(files, sought) == []


def clear_files(files: list[Path], sought: list[bytes]) -> list[Path]:
    return [file for file in files if any(needle in file.read_bytes() for needle in sought)]
