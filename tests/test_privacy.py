"""tests/test_privacy.py — what is personal is masked: in texts and pictures, on every way out of the station.

The numbers are samples: regions 99xxxx do not exist, phones beginning 100 neither.
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.people import NotDisclosed
from app.privacy import MARK, as_pdf, cover, cover_lines, cover_name, cover_number, cover_picture
from app.privacy.identity import check_digit, is_birth, is_plate, is_valid, plates_in, sex_of, to_18
from app.privacy.text import identities_in
from app.station import Station
from storage.archive import Archive
from storage.errors import Known
from storage.records import PROGRAM, Item, Kind, Line, Page, Subject
from storage.records.people import Act, EntityDraft, Part, Purpose
from storage.spool import Custody
from tests import stations

IDENTITY = "990101195501010017"
PHONE = "10012345678"
SHARED = Path(os.environ.get("ANJUAN_SHARED", Path(__file__).resolve().parents[2] / "shared"))
CORPUS = SHARED / "corpus" / "laws.jsonl.zst"
BLANKS = ("", " ", "  ", "\u3000", "\n", "-", "\u200b")
FULL = str.maketrans("0123456789XABCDEFGHIJKLMNOPQRSTUVWYZ", "０１２３４５６７８９ＸＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＹＺ")


@st.composite
def identities(draw: st.DrawFn) -> str:
    day = draw(st.dates(min_value=date(1900, 1, 1)))
    born = day.strftime("%Y%m%d") if day.year <= 2099 else "19800229"
    region, serial = draw(st.integers(0, 999999)), draw(st.integers(0, 999))
    first17 = f"{region:06d}{born}{serial:03d}"
    return first17 + check_digit(first17)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str]:
    """A number, and how a scan may have it (but not as part of a case number, which is kept whole): any width, blanks between the signs, a small x."""
    number = draw(identities())
    sign = st.sampled_from(("half", "full"))
    gap = st.sampled_from(BLANKS) if draw(st.booleans()) else st.just("")
    out = []
    for place, char in enumerate(number):
        char = char.lower() if place == 17 and draw(st.booleans()) else char
        out += [char.upper().translate(FULL) if draw(sign) == "full" else char, draw(gap) if place < 17 else ""]
    return number, "".join(out)


def survives(number: str, text: str) -> bool:
    """Whether the number can still be read in the text, however it is written there."""
    readable = "".join(
        "0123456789X"["０１２３４５６７８９Ｘ".index(char)] if char in "０１２３４５６７８９Ｘ" else char
        for char in text.upper()
        if char not in " \u3000\n\r-\u200b"
    )
    return number in readable


@settings(max_examples=120, deadline=None)
@given(written(), st.text("档 案x1号〔2026〕，：\n-0９Ｂ", max_size=12), st.text("名，。 号9a\n", max_size=12))
def test_no_whole_identity_number_survives_in_any_form(form: tuple[str, str], before: str, after: str) -> None:
    number, shape = form
    text = before + shape + after
    covered = cover(text)
    assert not survives(number, covered), covered
    assert len(covered) == len(text)
    assert cover(covered) == covered


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("0123456789０９１Xx -\n路街村号栋单元室三*AJ〔〕年月卡住址：电话王小明𠅤\u200b.+()"), max_size=60))
def test_covering_keeps_the_length_and_the_blanks_and_happens_once(text: str) -> None:
    covered = cover(text, ["王小明", "𠅤"])
    assert len(covered) == len(text)
    assert cover(covered, ["王小明", "𠅤"]) == covered
    assert all(a == b or (b == MARK and not a.isspace()) for a, b in zip(text, covered, strict=True))


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("11010519491231002X。", "110***********002X。"),
        ("身份证号：9901 0119 5501 0100 17", "身份证号：990* **** **** **00 17"),
        ("99010119550101001 7男", "990***********001 7男"),
        ("440524800101001，", "440********1001，"),
        ("身份证：99O1O1195501O1OO17", "身份证：99O***********OO17"),
        ("电话10012345678", "电话100****5678"),
        ("手机 138-1234-5678 转", "手机 138-****-5678 转"),
        ("+86 13812345678", "+86 138****5678"),
        ("０５７１－８７６５４３２１", "０５７*－****４３２１"),
        ("联系电话：8765432", "联系电话：*****32"),
        ("卡号：6222 0212 3456 7890 123", "卡号：622* **** **** ***0 123"),
        ("4111111111111111", "411*********1111"),
        ("样本市解放路12号3栋2单元401室", "样本市解放路**号*栋*单元***室"),
        ("样本区石桥路12号临水花园18幢504室", "样本区石桥路**号临水花园**幢***室"),
        ("家住杏花巷三号", "家住杏花巷*号"),
        ("幸福村3组12号", "幸福村*组**号"),
        ("住址：样本乡老槐树右手第3家", "住址：样本乡老槐树右手第*家"),
        ("张三_13812345678.pdf", "张三_138****5678.pdf"),
    ],
)  # fmt: skip
def test_what_is_personal_is_masked(text: str, covered: str) -> None:
    assert cover(text) == covered


@pytest.mark.parametrize(
    "text",
    [
        "案件编号A9901050000002026030001", "接警编号J9901050000002026030001", "样公（治）行罚决字〔2026〕12号",
        "Z900-ZY·XZ·2026-D30-0001-0001", "2026年3月5日至2026年12月31日", "20260305", "共计15000000000元", "￥13812345678.00",
        "第三十二条第（二）项", "关于2026年1-12月工作的通知", "IMG_20260305_123456789.jpg", "苏A12345", "我知道12号那天",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "机场高速公路3号线", "",
    ],
)  # fmt: skip
def test_what_is_not_personal_is_left_alone(text: str) -> None:
    assert cover(text) == text


def test_ordinary_official_text_is_left_alone() -> None:
    """One line in a hundred thousand, and that is a house in a village."""
    if not CORPUS.exists():
        pytest.skip(f"no corpus at {CORPUS.name}")
    zstandard = pytest.importorskip("zstandard")
    lines = masked = 0
    with CORPUS.open("rb") as packed:
        for raw in io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(packed), "utf-8"):
            for line in json.loads(raw)["text"].split("\n"):
                lines += 1
                masked += cover(line) != line
            if lines > 60_000:
                break
    assert lines > 10_000
    assert masked / lines < 0.0001, (masked, lines)


def test_minors_are_masked_by_name_too() -> None:
    assert cover("被询问人王小明（又名阿明），王 小 明的母亲王明", ["王小明", "阿明"]) == "被询问人王**（又名阿*），王 * *的母亲王明"
    assert cover("林𬭊说", ["林𬭊"]) == "林*说"
    assert (cover_name("王小明"), cover_name(""), cover_number("1234567"), cover_number("123456789")) == (
        "王**", "", "1234567", "123**6789")


def test_a_number_that_goes_on_in_the_next_line_is_masked_in_both() -> None:
    lines = [Line("证件 990101195501", 0, 0, 1, 0.1), Line("010017 男", 0, 0.1, 1, 0.1)]
    assert cover_lines(lines) == ["证件 990*********", "**0017 男"]
    assert cover_lines([]) == []


def test_identity_numbers_and_plates_are_known_by_their_rules() -> None:
    assert is_valid("11010519491231002X") and is_valid("440524188001010014")  # GB 11643's own examples
    assert not is_valid("110105194912310021") and not is_valid("990101195513010019") and not is_valid("x" * 18)
    assert to_18("440524800101001") == "440524198001010013" and to_18("1") == "1"
    assert (sex_of(IDENTITY), sex_of("990101195501010025"), sex_of("1")) == ("male", "female", "")
    assert is_birth("20000229") and not is_birth("20010229") and not is_birth("00000101")
    for plate in ("苏A12345", "苏AD12345", "沪B12345D", "京A·1234警", "粤Z1234港"):
        assert is_plate(plate), plate
    for other in ("苏A1234", "样A12345", "苏AABC12", "苏AI2345", "苏A123456"):
        assert not is_plate(other), other
    assert plates_in("见苏A12345、粤Z1234港。") == ["苏A12345", "粤Z1234港"]
    assert list(identities_in(f"姓名：样本甲 性别 男\n身份证 {IDENTITY[:6]} {IDENTITY[6:]}")) == [(IDENTITY, "样本甲")]


# -- pictures


def paper(width: int = 1000, height: int = 400) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(held, "WEBP", lossless=True)
    return held.getvalue()


def darkness(picture: bytes, box: tuple[float, float, float, float]) -> float:
    """The share of dark pixels in a box of fractions."""
    with Image.open(io.BytesIO(picture)) as image:
        left, top, right, bottom = box
        part = image.convert("L").crop((int(left * image.width), int(top * image.height),
                                        int(right * image.width), int(bottom * image.height)))
        data = part.tobytes()
    return sum(value < 80 for value in data) / len(data)


def test_bars_stand_over_what_is_masked_and_nothing_else() -> None:
    line = Line(f"证件号码{IDENTITY}通知", 0.1, 0.4, 0.6, 0.1)  # 8 + 18 + 4 half letters of 0.02 each
    picture = cover_picture(paper(), [line])
    hidden = (0.1 + (8 + 3) * 0.02, 0.4, 0.1 + (8 + 14) * 0.02, 0.5)
    assert darkness(picture, hidden) == 1.0
    assert darkness(picture, (0.0, 0.4, 0.1 + 7 * 0.02, 0.5)) == 0.0
    assert darkness(picture, (0.1 + 27 * 0.02, 0.0, 1.0, 1.0)) == 0.0
    upright = cover_picture(paper(), [Line(f"证件{IDENTITY}", 0.5, 0.0, 0.05, 0.9)])
    assert darkness(upright, (0.5, 0.9 * 8 / 22, 0.55, 0.9 * 17 / 22)) == 1.0
    assert darkness(upright, (0.5, 0.0, 0.55, 0.1)) == 0.0


def test_a_picture_with_nothing_to_hide_stays_the_same_bytes() -> None:
    picture = paper()
    assert cover_picture(picture, [Line("关于消防检查的通知 *** 号", 0, 0, 1, 0.1)]) is picture
    assert cover_picture(picture, []) is picture


def test_pages_become_one_pdf() -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")
    with pypdfium2.PdfDocument(as_pdf([paper(), paper(800, 600), paper()])) as document:
        assert len(document) == 3
        assert round(document[1].get_width()) == 384  # 800 pixels at 150 dpi


# -- every way out of the station


class Planted:
    """A filed record with a person's numbers in the title, the remarks, the file name and the text."""

    def __init__(self, station: Station) -> None:
        self.station = station
        archive = self.station.archive
        text = f"姓名：样本小明\n身份证号{IDENTITY}，电话{PHONE}。样本路12号3栋"
        name = f"样本 {IDENTITY}.txt"
        sealed = archive.objects.put(text.encode())
        custody = Custody(name, f"/scan/{name}", 1, len(text.encode()), sealed.sha256, "2026-01-01T00:00:00+00:00", True)
        with archive.write(PROGRAM) as change:
            self.arrival = change.receive("t", custody, sealed)
        self.object = archive.queries.arrival(self.arrival).object_id or 0
        picture = archive.pictures.put(paper())
        lines = tuple(Line(line, 0.1, 0.1 + 0.2 * n, 0.8, 0.1) for n, line in enumerate(text.split("\n")))
        self.draft = stations.draft(title=f"样本小明{IDENTITY}户口登记", remarks=f"电话{PHONE}", creator=f"样本小明 {PHONE}")
        with archive.write(PROGRAM) as change:
            change.read(self.object, "text", [(Page(1, 1000, 400, lines, b"", "typeset", 1.0), picture.name)], self.draft)
        self.item: Item
        self.id = 0

    def file(self) -> None:
        self.item = self.station.file(self.arrival, self.draft)
        self.id = self.item.id
        self.station.archive.index.catch_up()

    @property
    def subject(self) -> Subject:
        return Subject(Kind.ITEM, self.id)

    def disclose(self) -> None:
        self.station.people.disclose(self.subject, Purpose.CASE, "样本依据")


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A station founded once; every test gets a copy, opened by the recovery key (which needs no Argon2)."""
    folder = tmp_path_factory.mktemp("founded")
    with pytest.MonkeyPatch.context() as patch:
        station, recovery_key = stations.station(folder, patch)
        station.stop()
    return folder / "archive", recovery_key


@pytest.fixture
def waiting(founded: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Planted]:
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    shutil.copytree(founded[0], tmp_path / "archive")
    archive = Archive.open_with_recovery(tmp_path / "archive", founded[1])
    station = Station(archive, archive.queries.agents()[0], lambda call: call(), stations.raise_it)
    yield Planted(station)
    station.stop()


@pytest.fixture
def planted(waiting: Planted) -> Planted:
    waiting.file()
    return waiting


SECRETS = (IDENTITY, PHONE)


def leaks(answer: object) -> list[str]:
    """The secrets that stand in whatever was answered."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else repr(answer)
    return [secret for secret in SECRETS if secret in text]


#: Not reads: what begins, ends, changes or leaves.
ACTS = {"create", "open", "start", "stop", "listen", "file", "quarantine", "export", "printed", "enrol", "sync", "verify",
        "register", "report", "admit", "check", "next_code"}


def reads(planted: Planted) -> dict[str, object]:
    """What every public read of the station answers. A read with parameters this test does not know is called by hand."""
    import inspect

    station = planted.station
    known = {"item_id": planted.id, "object_id": planted.object, "number": 1, "query": IDENTITY, "item_ids": [planted.id],
             "reference_code": planted.item.reference_code, "results": station.search(IDENTITY), "event": "view"}
    answers: dict[str, object] = {}
    for name, method in inspect.getmembers(station, callable):
        if name.startswith("_") or name in ACTS or not inspect.ismethod(method):
            continue
        needed = [one.name for one in inspect.signature(method).parameters.values()
                  if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
        if set(needed) <= set(known):
            answers[name] = method(**{one: known[one] for one in needed})
    return answers


def test_no_read_of_the_station_gives_a_number_away(planted: Planted) -> None:
    answers = reads(planted)
    assert {"view", "items", "items_by_id", "item", "item_by_code", "found", "snippet", "page_text", "arrivals", "copy"} <= set(
        answers
    )
    assert {name: leaks(answer) for name, answer in answers.items() if leaks(answer)} == {}
    assert leaks(planted.item) == []
    # And it is the paper that was found, with the place marked.
    assert [item.id for _hit, item in planted.station.found(planted.station.search(IDENTITY))] == [planted.id]
    snippet = planted.station.snippet(IDENTITY, planted.id)
    assert [snippet.text[start:end] for start, end in snippet.spans] == ["990***********0017"] * len(snippet.spans) != []


def test_with_a_purpose_everything_is_there_and_every_look_is_noted(planted: Planted, tmp_path: Path) -> None:
    station = planted.station
    planted.disclose()
    answers = reads(planted)
    for name in ("view", "item", "items", "found", "snippet", "page_text"):
        assert IDENTITY in repr(answers[name]), name
    _name, original = station.copy(planted.id, planted.object)
    assert IDENTITY in original.decode()
    station.export(original, tmp_path / "out.txt", f"item:{planted.id}")
    assert IDENTITY in (tmp_path / "out.txt").read_text()
    station.printed(f"item:{planted.id}", 1)
    noted = station.archive.queries.disclosures(planted.subject)
    assert [one.act for one in noted] == [Act.OPEN, Act.VIEW, Act.EXPORT, Act.PRINT]
    assert {(one.purpose, one.basis, one.agent_name) for one in noted} == {(Purpose.CASE, "样本依据", stations.ADMINISTRATOR)}
    told = [event for event in station.archive.queries.events() if event.type == "disclose"]
    assert [event.detail["act"] for event in told] == ["open", "view", "export", "print"]
    assert "样本依据" not in repr(told), "the basis is content"


def test_the_picture_of_a_page_is_covered_until_a_purpose_is_given(planted: Planted) -> None:
    station = planted.station
    kept = station.archive.pictures.get(station.archive.queries.page_picture(planted.object, 1))
    line = station.archive.queries.pages(planted.object)[0].lines[1]
    middle = (line.x + 0.35 * line.width, line.y, line.x + 0.4 * line.width, line.y + line.height)
    assert darkness(station.page_picture(planted.object, 1), middle) == 1.0
    planted.disclose()
    assert station.page_picture(planted.object, 1) == kept
    station.people.cover_again(planted.subject)
    assert darkness(station.page_picture(planted.object, 1), middle) == 1.0


def test_the_original_leaves_only_while_it_is_shown_in_full(planted: Planted, tmp_path: Path) -> None:
    station = planted.station
    name, copy = station.copy(planted.id, planted.object)
    assert (name, copy[:4]) == ("样本 990***********0017.pdf", b"%PDF")
    station.export(copy, tmp_path / "copy.pdf", f"item:{planted.id}")
    original = station.archive.objects.get(station.archive.queries.object(planted.object).name)
    with pytest.raises(NotDisclosed):
        station.export(original, tmp_path / "original.txt", f"item:{planted.id}")
    assert not (tmp_path / "original.txt").exists()


def test_no_form_prints_a_number(planted: Planted) -> None:
    """Every form that needs no particular volume, loan or list to be made of."""
    pypdfium2 = pytest.importorskip("pypdfium2")
    from app.reports import REPORTS

    planted.disclose()  # a form is of many papers: one paper's purpose does not unmask it
    printed = {}
    for report in REPORTS:
        needed = [one for one in dataclasses.fields(report.wishes)
                  if one.default is one.default_factory is dataclasses.MISSING]
        if needed:
            continue
        try:
            days = {one.name: "2026-11-22" for one in dataclasses.fields(report.wishes) if one.name in ("today", "prepared_on")}
            pdf = planted.station.report(report.name, report.wishes(**days))
        except Known:
            continue  # there is nothing to make it of
        with pypdfium2.PdfDocument(pdf) as document:
            printed[report.name] = "".join(
                "".join(page.get_textpage().get_text_bounded().split()) for page in document
            )
    assert {name: leaks(text) for name, text in printed.items() if leaks(text)} == {}
    assert "990***********0017" in printed["item_register"] and len(printed) > 3


def test_what_waits_to_be_filed_is_shown_to_those_who_describe_it(waiting: Planted) -> None:
    (arrival,) = waiting.station.inbox()
    assert arrival.suggestion == waiting.draft
    assert IDENTITY not in arrival.name and waiting.station.arrivals() == [arrival]
    assert IDENTITY in repr(waiting.station.page_text(waiting.object))
    waiting.station.quarantine(waiting.arrival)
    assert leaks(waiting.station.arrivals()) == []
    assert leaks(waiting.station.page_text(waiting.object)) == []


def test_a_snippet_that_begins_inside_a_number_is_covered_all_the_same(planted: Planted) -> None:
    from storage.records.search import Snippet

    veil = planted.station._veil
    cut = Snippet(1, f"{IDENTITY[5:]}，电话{PHONE[:9]}", ())
    assert veil.snippet(cut, planted.id).text == "*********0017，电话100****56"


def test_a_minor_is_masked_by_name_and_wants_a_basis(planted: Planted) -> None:
    station = planted.station
    station.people.name(planted.subject, EntityDraft(name="样本小明", minor=True), Part.VICTIM)
    for answer in (station.item(planted.id), station.page_text(planted.object), station.items(), station.snippet("户口", planted.id)):
        assert "样本小明" not in repr(answer)
    assert station.item(planted.id).title.startswith("样***")
