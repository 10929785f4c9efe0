"""tests/test_sync.py — a real station and a real headquarters over TLS: cuts, repeats, roll-backs, strangers."""

from __future__ import annotations

import base64
import hashlib
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from storage.records import Delivery
from sync import answers, envelope, headquarters
from sync.answers import AnswerInvalid
from sync.exchange import (
    EnrolledElsewhere,
    NotEnrolled,
    PackageMissing,
    Round,
    StationBehind,
    StationFrozen,
)
from sync.headquarters.office import Office
from sync.headquarters.service import Service
from sync.transports.carrier import CarrierMissing, receipt_name
from sync.transports.https import CHUNK, HeadquartersRefused, NoLine, StrangeHeadquarters
from sync.transports.signed import Signer
from tests.sync_house import House, enrol, found_headquarters, noise


@pytest.fixture
def office_folder(tmp_path: Path) -> Path:
    return found_headquarters(tmp_path / "office")


@pytest.fixture
def service(office_folder: Path) -> Iterator[Service]:
    with headquarters.running(office_folder) as service:
        yield service


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "station")
    yield house
    house.archive.close()


@pytest.fixture
def enrolled(house: House, office_folder: Path, service: Service, tmp_path: Path) -> House:
    enrol(house, office_folder, tmp_path, service.url)
    return house


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def states(house: House) -> list[str]:
    return [row.state for row in house.packages()]


# --- the ordinary way


def test_delivered_means_receipted(enrolled: House, service: Service) -> None:
    items = [enrolled.file(noise(1000, seed)) for seed in range(3)]
    result = enrolled.exchange.round()
    assert [(p.state, p.records, p.returned, p.reason) for p in result.packages] == [("delivered", 3, 0, "")]
    assert {enrolled.archive.queries.item(item.id).delivery for item in items} == {Delivery.DELIVERED}
    ((package_id, receipt),) = enrolled.exchange.receipts()
    assert package_id == result.packages[0].package
    assert isinstance(receipt, answers.Receipt)
    assert {outcome.uuid for outcome in receipt.outcomes} == {item.uuid for item in items}
    station = service.office.status()["stations"][0]  # type: ignore[index]
    assert (station["accepted"], station["last_seq"]) == (3, result.packages[0].last_seq)


def test_nothing_new_makes_no_package(enrolled: House) -> None:
    assert enrolled.exchange.round() == Round((), ())
    enrolled.file(noise(10))
    enrolled.exchange.round()
    before = enrolled.archive.queries.head()
    assert enrolled.exchange.round() == Round((), ())
    assert enrolled.archive.queries.head() == before


def test_packages_cover_the_journal_without_a_gap(enrolled: House) -> None:
    for seed in range(3):
        enrolled.file(noise(10, seed))
        enrolled.exchange.round()
    rows = enrolled.packages()
    assert [row.first_seq for row in rows] == [1, *(row.last_seq + 1 for row in rows[:-1])]
    assert [row.previous_digest for row in rows] == ["", *(row.digest for row in rows[:-1])]


def test_a_returned_record_is_not_delivered(enrolled: House) -> None:
    good, bad = enrolled.file(noise(10, 1)), enrolled.file(noise(10, 2), " ")
    assert [p.returned for p in enrolled.exchange.round().packages] == [1]
    assert enrolled.archive.queries.item(good.id).delivery is Delivery.DELIVERED
    assert enrolled.archive.queries.item(bad.id).delivery is Delivery.RETURNED


def test_a_backlog_becomes_several_packages(enrolled: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.exchange.MOST_RECORDS", 2)
    monkeypatch.setattr("sync.exchange.MOST_BYTES", 5000)
    items = [enrolled.file(noise(size, size)) for size in (10, 20, 30, 4000, 4100, 9000)]
    result = enrolled.exchange.round()
    assert [p.records for p in result.packages] == [2, 2, 1, 1]
    assert set(states(enrolled)) == {"delivered"}
    assert {enrolled.archive.queries.item(item.id).delivery for item in items} == {Delivery.DELIVERED}


def test_many_journal_lines_become_several_packages(enrolled: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.exchange.MOST_LINES", 4)
    for seed in range(5):
        enrolled.file(noise(10, seed))
    result = enrolled.exchange.round()
    assert sum(p.records for p in result.packages) == 5
    assert max(p.last_seq - p.first_seq for p in result.packages) == 3


def test_nothing_clear_in_the_packages_folder(enrolled: House) -> None:
    enrolled.file(b"clear words of a sample" * 50, "绝无仅有的样本题名")
    enrolled.exchange.round()
    found = b"".join(path.read_bytes() for path in (enrolled.folder / "packages").iterdir())
    assert len(found) > 1000
    assert b"clear words of a sample" not in found
    assert "绝无仅有的样本题名".encode() not in found


# --- line and carrier mean the same


def test_carrier(house: House, office_folder: Path, tmp_path: Path, stick: Path) -> None:
    enrol(house, office_folder, tmp_path)
    item = house.file(noise(5000))
    assert [p.state for p in house.exchange.round(stick).packages] == ["sent"]
    assert house.archive.queries.item(item.id).delivery is Delivery.SENT
    copied = stick / house.packages()[0].file_name
    assert copied.read_bytes() == house.package_file(0).read_bytes()
    (received,) = headquarters.receive(office_folder, stick)
    assert (received.state, received.records) == ("accepted", 1)
    assert [p.state for p in house.exchange.round(stick).packages] == ["delivered"]
    assert house.archive.queries.item(item.id).delivery is Delivery.DELIVERED


def test_sent_by_stick_and_receipted_on_the_line(enrolled: House, office_folder: Path, stick: Path) -> None:
    enrolled.file(noise(5000))
    enrolled.exchange.round(stick)
    headquarters.receive(office_folder, stick)
    by_stick = next(stick.glob("RCPT-*")).read_bytes()
    assert [p.state for p in enrolled.exchange.round().packages] == ["delivered"]
    assert enrolled.archive.queries.receipts()[0].document == by_stick


def test_a_missing_carrier(enrolled: House, tmp_path: Path) -> None:
    with pytest.raises(CarrierMissing):
        enrolled.exchange.round(tmp_path / "nowhere")


def test_a_file_on_the_carrier_that_was_damaged_is_written_again(
    house: House, office_folder: Path, tmp_path: Path, stick: Path
) -> None:
    enrol(house, office_folder, tmp_path)
    house.file(noise(5000))
    house.exchange.round(stick)
    copied = stick / house.packages()[0].file_name
    copied.write_bytes(copied.read_bytes()[:-1])
    assert [r.reason for r in headquarters.receive(office_folder, stick)] == ["damaged"]
    assert [p.state for p in house.exchange.round(stick).packages] == ["sent"]
    assert [r.state for r in headquarters.receive(office_folder, stick)] == ["accepted"]
    assert [p.state for p in house.exchange.round(stick).packages] == ["delivered"]


# --- receipts that are none


def test_an_old_receipt_for_a_new_package(house: House, office_folder: Path, tmp_path: Path, stick: Path) -> None:
    enrol(house, office_folder, tmp_path)
    house.file(noise(10, 1))
    house.exchange.round(stick)
    headquarters.receive(office_folder, stick)
    house.exchange.round(stick)
    old = next(stick.glob("RCPT-*"))
    item = house.file(noise(10, 2))
    house.exchange.round(stick)
    second = house.packages()[1]
    name = receipt_name(house.archive.station_id, second.epoch, second.first_seq, second.last_seq)
    shutil.copy(old, stick / name)
    with pytest.raises(AnswerInvalid):
        house.exchange.round(stick)
    assert states(house) == ["delivered", "sent"]
    assert house.archive.queries.item(item.id).delivery is Delivery.SENT


def test_receipts_of_another_headquarters_or_of_nobody(
    house: House, office_folder: Path, tmp_path: Path, stick: Path
) -> None:
    enrol(house, office_folder, tmp_path)
    house.file(noise(10))
    house.exchange.round(stick)
    headquarters.receive(office_folder, stick)
    file = next(stick.glob("RCPT-*"))
    good = file.read_bytes()
    receipt = envelope.peek(good, answers.Receipt)
    forged = [
        envelope.sign(receipt, envelope.new_seed()),
        good.replace(b'"accepted"', b'"returned"'),
        good[:-10],
        b"",
        b"[" * 100_000,
        good + b"\n",
    ]
    for document in forged:
        file.write_bytes(document)
        with pytest.raises(AnswerInvalid):
            house.exchange.round(stick)
        assert states(house) == ["sent"]
    file.write_bytes(good)
    house.exchange.round(stick)
    assert states(house) == ["delivered"]


def test_a_final_refusal_puts_the_content_into_the_next_package(
    house: House, office_folder: Path, tmp_path: Path, stick: Path
) -> None:
    enrol(house, office_folder, tmp_path)
    item = house.file(noise(10))
    house.exchange.round(stick)
    row = house.packages()[0]
    office = Office(office_folder)
    refusal = answers.Refusal(
        headquarters=office.id,
        station=house.archive.station_id,
        digest=row.digest,
        at="",
        reason="bag",
        detail="manifest",
    )
    document = envelope.sign(refusal, office._seed)
    office.close()
    file = stick / receipt_name(house.archive.station_id, row.epoch, row.first_seq, row.last_seq)
    file.write_bytes(document)
    assert [(p.state, p.reason) for p in house.exchange.round(stick).packages] == [("refused", "bag")]
    assert house.archive.queries.item(item.id).delivery is Delivery.LOCAL
    for path in stick.iterdir():
        path.unlink()
    house.exchange.round(stick)
    assert states(house) == ["refused", "sent"]
    assert house.packages()[1].first_seq == 1
    assert [r.state for r in headquarters.receive(office_folder, stick)] == ["accepted"]
    house.exchange.round(stick)
    assert house.archive.queries.item(item.id).delivery is Delivery.DELIVERED


# --- bad lines


class Proxy:
    """Passes bytes on to headquarters, counts what the station sends, and cuts after `allowance` bytes."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.sent = 0
        self.allowance: int | None = None
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                station, _ = self._listener.accept()
            except OSError:
                return
            office = socket.create_connection(self._target)
            threading.Thread(target=self._pass, args=(station, office, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(office, station, False), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if counted:
                    self.sent += len(data)
                    if self.allowance is not None and self.sent > self.allowance:
                        break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy_to(service: Service) -> Iterator[Proxy]:
    proxy = Proxy(("127.0.0.1", int(service.url.rpartition(":")[2])))
    try:
        yield proxy
    finally:
        proxy.close()


def test_after_a_cut_at_most_one_chunk_is_sent_again(
    house: House, office_folder: Path, service: Service, tmp_path: Path
) -> None:
    with proxy_to(service) as proxy:
        enrol(house, office_folder, tmp_path, f"https://127.0.0.1:{proxy.port}")
        house.file(noise(3 * CHUNK))
        proxy.allowance = CHUNK + CHUNK // 2
        with pytest.raises(NoLine):
            house.exchange.round()
        assert states(house) == ["packed"]
        assert house.packages()[0].reason == "no_line"
        digest = house.packages()[0].digest
        proxy.allowance = None
        assert [p.state for p in house.exchange.round().packages] == ["delivered"]
        assert house.packages()[0].digest == digest
        overhead = 100_000  # headers, TLS records and handshakes
        assert proxy.sent <= house.packages()[0].size_bytes + CHUNK + overhead


def test_the_answer_is_lost_and_fetched_later(
    house: House, office_folder: Path, service: Service, tmp_path: Path
) -> None:
    enrol(house, office_folder, tmp_path, service.url)
    house.file(noise(1000))
    office = Office(office_folder)
    house.archive.listen(lambda events: [office.accept(house.package_file(0)) for e in events if e.type == "pack"])
    house.exchange.round()  # headquarters had it already: the same receipt comes back
    assert states(house) == ["delivered"]
    assert office.status()["stations"][0]["packages"] == 1  # type: ignore[index]
    office.close()


def test_no_line(house: House, office_folder: Path, tmp_path: Path) -> None:
    with headquarters.running(office_folder) as service:
        enrol(house, office_folder, tmp_path, service.url)
        port = int(service.url.rpartition(":")[2])
    item = house.file(noise(10))
    with pytest.raises(NoLine):
        house.exchange.round()
    assert states(house) == ["packed"]
    assert house.archive.queries.item(item.id).delivery is Delivery.PACKED
    with headquarters.running(office_folder, port=port):
        house.exchange.round()
    assert states(house) == ["delivered"]


def test_cancelling_and_going_on(enrolled: House, service: Service) -> None:
    class Cancelled(Exception):
        pass

    def step(done: int, total: int, note: str) -> None:
        if note == "send" and done:
            raise Cancelled

    enrolled.file(noise(2 * CHUNK))
    with pytest.raises(Cancelled):
        enrolled.exchange.round(None, step)
    seen: list[int] = []
    enrolled.exchange.round(None, lambda done, total, note: seen.append(done) if note == "send" else None)
    assert seen[0] == CHUNK
    assert states(enrolled) == ["delivered"]
    assert not list((service.office.folder / "uploads").iterdir())


def test_another_certificate_is_not_trusted(
    house: House, office_folder: Path, service: Service, tmp_path: Path
) -> None:
    other = found_headquarters(tmp_path / "other")
    with headquarters.running(other) as stranger:
        enrol(house, office_folder, tmp_path, stranger.url)
        house.file(noise(10))
        with pytest.raises(StrangeHeadquarters):
            house.exchange.round()
    assert states(house) == ["packed"]


def test_a_station_nobody_enrolled(house: House, office_folder: Path, tmp_path: Path) -> None:
    enrol(house, office_folder, tmp_path)
    with headquarters.running(found_headquarters(tmp_path / "other")) as service:
        enrolment = house.exchange.enrolment()
        assert enrolment is not None
        signer = Signer(house.archive.station_id, service.office.id, house.archive.signing_key)
        headers = signer.headers("GET", f"{service.url}/v1/standing", {}, b"")
        response = httpx.get(f"{service.url}/v1/standing", headers=headers, verify=False)
        assert (response.status_code, response.json()["reason"]) == (403, "StationUnknown")


# --- one side was set back


def test_an_old_archive_put_back_is_noticed(enrolled: House, tmp_path: Path) -> None:
    enrolled.file(noise(10, 1))
    enrolled.exchange.round()
    enrolled.copy_to(tmp_path / "old")
    enrolled.file(noise(10, 2))
    enrolled.exchange.round()
    enrolled.put_back(tmp_path / "old")
    with pytest.raises(StationBehind):
        enrolled.exchange.round()
    for seed in range(5):  # longer than what headquarters holds, but another story
        enrolled.file(noise(10, 20 + seed))
    with pytest.raises(StationBehind):
        enrolled.exchange.round()


def test_a_restored_archive_goes_on(enrolled: House, service: Service, tmp_path: Path) -> None:
    enrolled.file(noise(10, 1))
    enrolled.exchange.round()
    enrolled.copy_to(tmp_path / "backup")
    enrolled.file(noise(10, 2))
    enrolled.exchange.round()
    enrolled.put_back(tmp_path / "backup")
    enrolled.begin_epoch()
    item = enrolled.file(noise(10, 3))
    assert [p.state for p in enrolled.exchange.round().packages] == ["delivered"]
    assert enrolled.archive.queries.item(item.id).delivery is Delivery.RETURNED  # its number is taken at headquarters
    assert [alarm["kind"] for alarm in service.office.status()["alarms"]] == ["restored"]  # type: ignore[index,union-attr]


def test_a_headquarters_set_back_gets_everything_again(house: House, office_folder: Path, tmp_path: Path) -> None:
    with headquarters.running(office_folder) as service:
        enrol(house, office_folder, tmp_path, service.url)
        port = int(service.url.rpartition(":")[2])
        house.file(noise(10, 1))
        house.exchange.round()
    shutil.copytree(office_folder, tmp_path / "old office")
    with headquarters.running(office_folder, port=port):
        for seed in (2, 3):
            house.file(noise(10, seed))
            house.exchange.round()
    shutil.rmtree(office_folder)
    shutil.copytree(tmp_path / "old office", office_folder)
    with headquarters.running(office_folder, port=port) as service:
        house.file(noise(10, 4))
        result = house.exchange.round()
        assert result.notices == ("headquarters_behind",)
        assert [p.state for p in result.packages] == ["delivered"] * 3
        assert service.office.status()["stations"][0]["accepted"] == 4  # type: ignore[index]
        assert house.exchange.round() == Round((), ())


def test_a_frozen_station_is_told(enrolled: House, service: Service, tmp_path: Path, stick: Path) -> None:
    enrolled.copy_to(tmp_path / "clone")
    enrolled.file(noise(10, 1))
    enrolled.exchange.round()
    enrolled.put_back(tmp_path / "clone")
    enrolled.file(noise(10, 2))
    enrolled.exchange.round(stick)  # a carrier cannot warn
    headquarters.receive(service.office.folder, stick)
    with pytest.raises(StationFrozen):
        enrolled.exchange.round()


# --- crashes and losses at the station


def test_a_package_built_but_not_entered_is_removed(enrolled: House) -> None:
    folder = enrolled.folder / "packages"
    folder.mkdir(exist_ok=True)
    for name in ("PKG-aaaaaaaa-bbbbbbbb-0000000001-0000000009.anjuan", "PKG-x.unfinished"):
        (folder / name).write_bytes(b"x")
    enrolled.file(noise(10))
    enrolled.exchange.round()
    assert [path.name for path in folder.iterdir()] == [enrolled.packages()[0].file_name]


@pytest.mark.parametrize("damage", ["gone", "cut", "changed"])
def test_a_lost_package_file_is_named(
    house: House, office_folder: Path, tmp_path: Path, stick: Path, damage: str
) -> None:
    enrol(house, office_folder, tmp_path)
    house.file(noise(10_000))
    with pytest.raises(NoLine):
        house.exchange.round()
    file = house.package_file(0)
    data = file.read_bytes()
    match damage:
        case "gone":
            file.unlink()
        case "cut":
            file.write_bytes(data[:-1])
        case "changed":
            file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(PackageMissing):
        house.exchange.round(stick)
    assert states(house) == ["packed"]


def test_enrolment(house: House, office_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NotEnrolled):
        house.exchange.round()
    assert house.exchange.enrolment() is None
    enrol(house, office_folder, tmp_path)
    enrolment = house.exchange.enrolment()
    assert enrolment is not None
    assert (enrolment.name, enrolment.station) == ("样本分局档案室", house.archive.station_id)
    other = found_headquarters(tmp_path / "other")
    enrol(house, other, tmp_path)  # nothing was packed yet
    house.file(noise(10))
    with pytest.raises(NoLine):
        house.exchange.round()
    with pytest.raises(EnrolledElsewhere):
        enrol(house, office_folder, tmp_path)


# --- the service on its own


class Asker:
    """Speaks to the service as a station does, one request at a time."""

    def __init__(self, house: House, service: Service, station: str = "") -> None:
        # What is tested here is the other end; a connection left open would hold its shutdown back.
        self._client = httpx.Client(verify=False, headers={"Connection": "close"})
        self._url = service.url
        self._signer = Signer(station or house.archive.station_id, service.office.id, house.archive.signing_key)

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> httpx.Response:
        url = self._url + path
        signed = self._signer.headers(method, url, {"Tus-Resumable": "1.0.0", **(headers or {})}, body)
        return self.send(method, path, signed, body)

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> httpx.Response:
        return self._client.request(method, self._url + path, headers=headers, content=body)

    def signed(self, method: str, path: str) -> dict[str, str]:
        return self._signer.headers(method, self._url + path, {}, b"")

    def begin(self, digest: str, length: int) -> httpx.Response:
        name = base64.b64encode(digest.encode()).decode()
        return self.ask("POST", "/v1/uploads", {"Upload-Length": str(length), "Upload-Metadata": f"digest {name}"})

    def patch(self, digest: str, offset: int, body: bytes, checksum: str = "") -> httpx.Response:
        checksum = checksum or base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers = {
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
            "Upload-Checksum": f"sha256 {checksum}",
        }
        return self.ask("PATCH", f"/v1/uploads/{digest}", headers, body)


@pytest.fixture
def asker(enrolled: House, service: Service) -> Asker:
    return Asker(enrolled, service)


def test_unsigned_repeated_and_foreign_requests(enrolled: House, service: Service, asker: Asker) -> None:
    assert asker.send("GET", "/v1/standing", {}).status_code == 401
    headers = asker.signed("GET", "/v1/standing")
    assert asker.send("GET", "/v1/standing", headers).status_code == 200
    assert asker.send("GET", "/v1/standing", headers).status_code == 401  # the same nonce
    digest = "0" * 64
    path = f"/v1/packages/{digest}/receipt"
    assert asker.send("GET", path, asker.signed("GET", "/v1/standing")).status_code == 401  # signed for another path
    assert asker.send("POST", f"/v1/packages/{digest}/accept", asker.signed("POST", path), b"x").status_code == 401
    assert Asker(enrolled, service, "f" * 32).ask("GET", "/v1/standing").status_code == 403
    assert asker.ask("GET", path).status_code == 404
    assert asker.ask("GET", "/v1/packages/../x/receipt").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Signature": "x", "Signature-Input": "x"},
        {"Signature": "a=:AA==:", "Signature-Input": "b=();keyid=x"},
        {"Signature": "a=:AA==:, a=:AA==:", "Signature-Input": 'a=("@path");created=1;keyid="x", a=()'},
        {"Signature": "a=:AA==:", "Signature-Input": 'a=("@path" "@path");created=1;keyid="x"'},
        {"Content-Digest": "sha-256=:AA==:"},
        {"Content-Digest": "x"},
        {"Signature-Input": "pyhms=1"},
    ],
)
def test_malformed_signatures_are_refused(asker: Asker, headers: dict[str, str]) -> None:
    answer = asker.send("GET", "/v1/standing", {**asker.signed("GET", "/v1/standing"), **headers})
    assert answer.status_code in (400, 401)


def test_tus(asker: Asker) -> None:
    digest = "a" * 64
    begun = asker.begin(digest, 10_000)
    assert (begun.status_code, begun.headers["location"]) == (201, f"/v1/uploads/{digest}")
    assert asker.patch(digest, 0, b"x" * 4000).headers["upload-offset"] == "4000"
    assert asker.patch(digest, 0, b"x").status_code == 409
    assert asker.patch(digest, 4000, b"x", base64.b64encode(bytes(32)).decode()).status_code == 460
    assert asker.patch(digest, 4000, b"x" * 6001).status_code == 413
    head = asker.ask("HEAD", f"/v1/uploads/{digest}")
    assert (head.headers["upload-offset"], head.headers["upload-length"]) == ("4000", "10000")
    assert asker.begin(digest, 10_000).headers["upload-offset"] == "4000"
    unfinished = asker.ask("POST", f"/v1/packages/{digest}/accept")
    assert (unfinished.status_code, unfinished.json()["reason"]) == (409, "unfinished")
    assert asker.patch(digest, 4000, b"x" * 6000).status_code == 204
    wrong = asker.ask("POST", f"/v1/packages/{digest}/accept")
    assert (wrong.status_code, wrong.json()["reason"]) == (422, "digest")
    assert asker.ask("HEAD", f"/v1/uploads/{digest}").status_code == 404
    assert asker.begin("../../etc/passwd", 10_000).status_code == 400
    assert asker.begin(digest, 1 << 45).status_code == 413
    too_long = asker.patch(digest, 0, b"x" * (9 << 20))
    assert too_long.status_code == 413


def test_uploads_belong_to_their_station(enrolled: House, service: Service, asker: Asker, tmp_path: Path) -> None:
    other = House(tmp_path / "other station")
    enrol(other, service.office.folder, tmp_path, service.url)
    digest = "b" * 64
    asker.begin(digest, 10_000)
    asker.patch(digest, 0, b"x" * 5000)
    stranger = Asker(other, service)
    assert stranger.ask("HEAD", f"/v1/uploads/{digest}").status_code == 404
    assert stranger.patch(digest, 5000, b"y").status_code == 404
    other.archive.close()


def test_a_signed_refusal_over_the_line(enrolled: House, service: Service, asker: Asker, stick: Path) -> None:
    """The second package goes up before the first: refused for now, taken later, and the upload is still there."""
    for seed in range(2):
        enrolled.file(noise(100, seed))
        enrolled.exchange.round(stick)
    row = enrolled.packages()[1]
    data = enrolled.package_file(1).read_bytes()
    asker.begin(row.digest, len(data))
    asker.patch(row.digest, 0, data)
    answer = asker.ask("POST", f"/v1/packages/{row.digest}/accept")
    key = enrolled.exchange.enrolment().key  # type: ignore[union-attr]
    refusal = answers.check_answer(answer.content, key)
    assert isinstance(refusal, answers.Refusal)
    assert (answer.status_code, refusal.reason, refusal.expected) == (409, "gap", 1)
    assert [p.state for p in enrolled.exchange.round().packages] == ["delivered"] * 2


def test_headquarters_errors_are_known(house: House, office_folder: Path, service: Service, tmp_path: Path) -> None:
    """A station whose key headquarters does not have is refused, not lost."""
    enrol(house, office_folder, tmp_path, service.url)
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE fact SET value = ? WHERE name = 'signing_key'", (envelope.new_seed(),))
    house.reopen()
    house.file(noise(10))
    with pytest.raises(HeadquartersRefused) as caught:
        house.exchange.round()
    assert caught.value.facts["status"] == 401
