"""tests/test_interchange_export.py — catalogues that go out: what is in them, that others can read them, and that we can."""

from __future__ import annotations

import csv
import io
import itertools
import os
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import filing, wording
from app.interchange import (
    FORMATS,
    BulkExport,
    Interchange,
    NothingToExport,
    Selection,
    ead3,
    premis,
    source,
)
from app.numbering import compose, scope
from app.privacy import cover
from storage.records import (
    AccessStatus,
    Agent,
    ItemDraft,
    Kind,
    Origin,
    Retention,
    Role,
    SecurityClass,
)
from storage.records.volumes import VolumeDraft
from tests.stations import CATEGORIES, CHIEF, FONDS, House, draft
from tests.test_cli import Desk as Commands
from tests.test_cli import desk as commands  # noqa: F401 - a fixture

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
PREMIS = f"{{{premis.PREMIS}}}"
EAD = f"{{{ead3.EAD}}}"
DC = "{http://purl.org/dc/elements/1.1/}"
IDENTITY = "990101199001011234"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two items of the station's own, one of them with a digest to show, and a volume that was imported with two more."""
    made = House(tmp_path_factory.mktemp("export"))
    made.file(made.receive(b"first", "扫描一.pdf"), title="=样本 <通知> & 其他", remarks="第一行\n第二行", subjects="消防；检查")
    made.file(made.receive(b"second"), title=f"样本人员 {IDENTITY} 的请示", retention=Retention.D30, doc_date="20260300")
    with made.archive.write(CHIEF) as change:
        volume = change.import_volume(
            VolumeDraft(title="样本案卷", category="ZY·XZ", year=2025, retention=Retention.D30, date_from="20250105",
                        date_to="20250301", handling_unit="样本派出所", box_no="3"),
            FONDS.number, f"{FONDS.number}-ZY·XZ·2025-D30-001", 1, ("v",),
        )  # fmt: skip
        for number in (1, 2):
            paper = draft(category="ZY·XZ", year=2025, retention=Retention.D30, doc_date="20250105", title=f"样本笔录{number}",
                          document_type="询问笔录", origin=Origin.PAPER)
            change.import_into_volume(paper, FONDS.number, f"{FONDS.number}-ZY·XZ·2025-D30-001-{number:03d}", number, volume)
        change.import_run(Kind.ITEM, "ab" * 32, 2)
    yield made
    made.archive.close()


@pytest.fixture(scope="module")
def door(house: House) -> Interchange:
    return Interchange(house.archive, CHIEF)


def tree(door: Interchange, format: str, **wanted: object) -> ET.Element:
    return ET.fromstring(door.build(Selection(**wanted), format, 1000))  # type: ignore[arg-type]


def order(parent: ET.Element) -> list[str]:
    return [child.tag.split("}")[-1] for child in parent]


def follows(parent: ET.Element, allowed: str) -> bool:
    """Whether the children come in the order of a schema's sequence, none unknown to it."""
    names = allowed.split()
    places = [names.index(name) for name in order(parent)]
    return places == sorted(places)


# ---- what goes out


def test_a_selection_means_visible_filed_records_in_the_order_of_the_registers(house: House, door: Interchange) -> None:
    assert door.count(Selection()) == 4
    assert door.count(Selection(category="ZY")) == 2
    assert door.count(Selection(year=2026, retention=Retention.D30)) == 1
    volume = house.archive.queries.volume_by_code(f"{FONDS.number}-ZY·XZ·2025-D30-001")
    assert door.count(Selection(volume_id=volume.id)) == door.count(Selection(codes=(volume.reference_code,))) == 2
    assert door.count(Selection(codes=(f"{volume.reference_code}-002",))) == 1
    assert door.count(Selection(), "volumes_csv") == 1
    assert door.count(Selection(category="WS"), "volumes_csv") == 0
    codes = [row[0] for row in rows(door.build(Selection(), "csv", 1000))[1:]]
    assert codes == sorted(codes) and len(codes) == 4
    with pytest.raises(NothingToExport):
        door.build(Selection(year=1999), "csv", 1000)


def test_what_is_sealed_does_not_go_out(tmp_path: Path) -> None:
    house = House(tmp_path)
    door = Interchange(house.archive, CHIEF)
    shown, hidden = house.file(house.receive(b"one"), title="样本一"), house.file(house.receive(b"two"), title="样本二")
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET sealed = 1 WHERE id = ?", (hidden.id,))
    for name, format in FORMATS.items():
        if format.kind is Kind.ITEM:
            data = door.build(Selection(), name, 1000)
            if name == "xlsx":
                data = "\n".join(map(str, openpyxl.load_workbook(io.BytesIO(data)).active.values)).encode()
            assert "样本一" in data.decode() and "样本二" not in data.decode(), name
    assert shown.reference_code in door.build(Selection(), "premis", 1000).decode()
    house.archive.close()


@pytest.mark.parametrize("name", [name for name, format in FORMATS.items() if name != "xlsx" and format.kind is Kind.ITEM])
def test_what_is_personal_is_masked(door: Interchange, name: str) -> None:
    text = door.build(Selection(), name, 1000).decode("utf-8-sig")
    assert IDENTITY not in text and cover(IDENTITY) in text


def test_more_than_the_limit_only_an_administrator_carries_out(house: House, door: Interchange) -> None:
    clerk = Interchange(house.archive, Agent(7, "样本·内勤", Role.CLERK))
    assert clerk.build(Selection(), "csv", 4)
    with pytest.raises(BulkExport) as caught:
        clerk.build(Selection(), "csv", 3)
    assert caught.value.facts == {"records": 4, "limit": 3}
    assert door.build(Selection(), "csv", 3)


def test_an_export_can_be_given_up(door: Interchange) -> None:
    def stop(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        door.build(Selection(), "premis", 1000, stop)


# ---- tables


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_no_cell_is_a_formula(door: Interchange) -> None:
    data = door.build(Selection(), "csv", 1000)
    assert data.startswith(b"\xef\xbb\xbf")
    titles = [row[3] for row in rows(data)[1:]]
    assert "'=样本 <通知> & 其他" in titles
    assert not [cell for row in rows(data) for cell in row if cell[:1] in tuple("=+-@")]
    sheet = openpyxl.load_workbook(io.BytesIO(door.build(Selection(), "xlsx", 1000))).active
    cells = {cell.value: cell for line in sheet.iter_rows() for cell in line}
    assert cells["=样本 <通知> & 其他"].data_type == "s" and cells["=样本 <通知> & 其他"].quotePrefix
    assert not [cell for cell in cells.values() if cell.data_type == "f"]


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("kind", [Kind.ITEM, Kind.VOLUME])
def test_what_we_write_we_can_read(door: Interchange, kind: Kind, language: str) -> None:
    wording.use(language)
    try:
        header = rows(door.build(Selection(), "csv" if kind is Kind.ITEM else "volumes_csv", 1000))[0]
    finally:
        wording.use("zh")
    mapping = source.columns.suggest(header)
    assert mapping.kind is kind
    known = {heading for heading, name in zip(header, mapping.columns, strict=True) if not name}
    told = {wording.say(f"column.{name}", language) for name in ("origin", "item_count", "page_count", "attachment_count")}
    assert known <= told


WORDS = st.text(
    st.characters(codec="gb18030", exclude_categories=["Cc", "Cs", "Co", "Cn"]) | st.sampled_from("=+-@'\",;|样本〔〕"),
    max_size=12,
)
DRAFTS = st.builds(
    ItemDraft,
    title=WORDS, creator=WORDS, document_no=WORDS, remarks=st.lists(WORDS, max_size=2).map("\n".join),
    doc_date=st.sampled_from(["19500305", "19490000", "19501200", "19501231"]), category=st.sampled_from(["WS", "ZY·XZ"]),
    year=st.just(1951), retention=st.sampled_from(Retention), office=st.sampled_from(["", "BG", "ZHI"]),
    security_class=st.sampled_from([SecurityClass.PUBLIC, SecurityClass.INTERNAL]), page_count=st.integers(1, 300),
    parallel_title=WORDS, sub_title=WORDS, document_type=WORDS, manuscript=WORDS, secrecy_period=WORDS,
    access_status=st.sampled_from(AccessStatus), subjects=WORDS, abstract=st.lists(WORDS, max_size=2).map("\n".join),
    attachment_count=st.integers(0, 9), origin=st.just(Origin.PAPER),
).map(filing.tidy)  # fmt: skip


def plain(one: ItemDraft) -> bool:
    """Whether it may be filed, and nothing in it is masked on the way out."""
    texts = (one.title, one.creator, one.document_no, one.remarks, one.parallel_title, one.sub_title, one.subjects, one.abstract)
    return not filing.check(one, CATEGORIES, date.today()) and all(cover(text) == text for text in texts)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_out_and_in_again_nothing_is_lost(tmp_path: Path, format: str) -> None:
    source_house, target_house = House(tmp_path / "from"), House(tmp_path / "to")
    outwards, inwards = Interchange(source_house.archive, CHIEF), Interchange(target_house.archive, CHIEF)
    years = itertools.count(1951)

    @settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(DRAFTS.filter(plain), min_size=1, max_size=8))
    def round_trip(drafts: list[ItemDraft]) -> None:
        year = next(years)
        with source_house.archive.write(CHIEF) as change:
            for number, one in enumerate(drafts, 1):
                one = replace(one, year=year)
                last = scope(FONDS.number, one)
                change.import_item(one, FONDS.number, compose(FONDS.number, one, number), number, last)
            change.import_run(Kind.ITEM, "ab" * 32, len(drafts))
        path = tmp_path / f"out.{format}"
        path.write_bytes(outwards.build(Selection(year=year), format, 1000))
        catalogue = inwards.read(path)
        head = target_house.archive.queries.head()
        trial = inwards.try_out(catalogue, inwards.suggest(catalogue))
        assert target_house.archive.queries.head() == head
        assert trial.clean, trial.problems
        inwards.take_in(trial)
        assert described(source_house, year) == described(target_house, year)

    round_trip()
    source_house.archive.close()
    target_house.archive.close()


def described(house: House, year: int) -> dict[str, tuple[ItemDraft, int]]:
    items = house.archive.queries.items_by_id(house.archive.queries.selected_items(Selection(year=year)))
    assert items
    return {item.reference_code: (item.draft, item.item_no) for item in items.values()}


def test_a_whole_archive_moves_through_a_table(house: House, door: Interchange, tmp_path: Path) -> None:
    new = House(tmp_path)
    into = Interchange(new.archive, CHIEF)
    for format in ("volumes_csv", "xlsx"):
        path = tmp_path / f"out{FORMATS[format].ending}"
        path.write_bytes(door.build(Selection(), format, 1000))
        catalogue = into.read(path)
        trial = into.try_out(catalogue, into.suggest(catalogue))
        assert trial.clean, trial.problems
        into.take_in(trial)
    for item in house.archive.queries.items_by_id(house.archive.queries.selected_items(Selection())).values():
        copy = new.archive.queries.item_by_code(item.reference_code)
        masked = replace(item.draft, title=cover(item.title), origin=Origin.PAPER)
        assert (copy.draft, copy.item_no, copy.position) == (masked, item.item_no, item.position)
    volume = new.archive.queries.volumes_by_id(new.archive.queries.selected_volumes(Selection())).popitem()[1]
    assert volume.draft == house.archive.queries.volume_by_code(volume.reference_code).draft
    new.archive.close()


# ---- XML


def test_the_transfer_catalogues_have_the_layout_of_annex_2(door: Interchange) -> None:
    items = tree(door, "catalogue", category="WS")
    assert items.tag == "文件目录" and [child.tag for child in items] == ["文件", "文件"]
    assert order(items[0]) == ["顺序号", "档号", "责任者", "题名", "日期", "密级", "电子档案名称", "备注"]
    first = {cell.tag: cell.text for cell in items[0]}
    assert (first["顺序号"], first["密级"], first["电子档案名称"]) == ("1", "内部", "扫描一.pdf")
    volumes = tree(door, "volumes_catalogue")
    assert volumes.tag == "案卷目录" and volumes[0].findtext("日期") == "20250105-20250301"


def test_dublin_core_uses_the_fifteen_elements_alone(door: Interchange) -> None:
    records = tree(door, "dc")
    fifteen = set(
        "title creator subject description publisher contributor date type format identifier source language relation coverage"
        " rights".split()
    )
    assert len(records) == 4
    for record in records:
        assert record.tag == "{http://www.openarchives.org/OAI/2.0/oai_dc/}dc"
        assert record.attrib[f"{XSI}schemaLocation"].split()[1].endswith("oai_dc.xsd")
        assert all(child.tag.startswith(DC) and child.tag.removeprefix(DC) in fifteen and child.text for child in record)
    first = records[0]
    assert [one.text for one in first.iter(f"{DC}subject")] == ["消防", "检查"]
    assert {one.text for record in records for one in record.iter(f"{DC}date")} == {"2026-03-05", "2026-03", "2025-01-05"}
    assert records[3].findtext(f"{DC}relation") == f"{FONDS.number}-ZY·XZ·2025-D30-001"


def test_ead3_is_one_finding_aid_from_the_fonds_down_to_the_item(door: Interchange) -> None:
    ead = tree(door, "ead3")
    assert ead.tag == f"{EAD}ead" and order(ead) == ["control", "archdesc"]
    assert order(ead[0]) == (
        "recordid filedesc maintenancestatus maintenanceagency languagedeclaration maintenancehistory".split()
    )
    event = ead[0].find(f"{EAD}maintenancehistory/{EAD}maintenanceevent")
    assert event is not None and order(event) == "eventtype eventdatetime agenttype agent eventdescription".split()
    described = ead[1]
    assert described.attrib["level"] == "fonds" and described.findtext(f"{EAD}did/{EAD}unitid") == FONDS.number
    series = described.findall(f"{EAD}dsc/{EAD}c")
    assert [one.attrib["level"] for one in series] == ["series", "series"]
    assert [one.attrib["level"] for one in series[0].findall(f"{EAD}c")] == ["item", "item"]
    (file,) = series[1].findall(f"{EAD}c")
    assert file.attrib["level"] == "file" and file.findtext(f"{EAD}did/{EAD}container") == "3"
    dates = file.find(f"{EAD}did/{EAD}unitdatestructured/{EAD}daterange")
    assert dates is not None and [one.attrib["standarddate"] for one in dates] == ["2025-01-05", "2025-03-01"]
    assert [one.findtext(f"{EAD}did/{EAD}unitid") for one in file.findall(f"{EAD}c")] == [
        f"{FONDS.number}-ZY·XZ·2025-D30-001-{number:03d}" for number in (1, 2)
    ]
    assert file.find(f"{EAD}c/{EAD}controlaccess/{EAD}genreform/{EAD}part") is not None


#: The sequences of premis-v3-0.xsd for the elements that are used.
ENTITY = ("objectIdentifier preservationLevel significantProperties originalName environmentFunction environmentDesignation"
          " environmentRegistry environmentExtension relationship linkingEventIdentifier linkingRightsStatementIdentifier")
FILE = ("objectIdentifier preservationLevel significantProperties objectCharacteristics originalName storage"
        " signatureInformation environmentFunction environmentDesignation environmentRegistry environmentExtension relationship"
        " linkingEventIdentifier linkingRightsStatementIdentifier")
TRAITS = "compositionLevel fixity size format creatingApplication inhibitors objectCharacteristicsExtension"
EVENT = ("eventIdentifier eventType eventDateTime eventDetailInformation eventOutcomeInformation linkingAgentIdentifier"
         " linkingObjectIdentifier")


def test_premis_names_objects_with_both_digests_events_as_codes_and_agents(house: House, door: Interchange) -> None:
    root = tree(door, "premis")
    assert root.attrib["version"] == "3.0" and follows(root, "object event agent rights")
    entities = [one for one in root.iter(f"{PREMIS}object") if one.attrib[f"{XSI}type"] == "premis:intellectualEntity"]
    files = [one for one in root.iter(f"{PREMIS}object") if one.attrib[f"{XSI}type"] == "premis:file"]
    assert (len(entities), len(files)) == (4, 2), "a record on paper has no file"
    assert all(follows(one, ENTITY) for one in entities) and all(follows(one, FILE) for one in files)
    for one in files:
        traits = one.find(f"{PREMIS}objectCharacteristics")
        assert traits is not None and follows(traits, TRAITS)
        digests = [(fixity[0].text, fixity[1].text) for fixity in traits.iter(f"{PREMIS}fixity")]
        kept = house.archive.queries.object_of(str(digests[0][1]))
        assert kept is not None and digests == [("SHA-256", kept.sha256), ("SM3", kept.sm3)]
    events = list(root.iter(f"{PREMIS}event"))
    assert all(follows(one, EVENT) for one in events)
    assert {one.findtext(f"{PREMIS}eventType") for one in events} == {"file", "import_into_volume"}
    acted = {one.findtext(f".//{PREMIS}linkingAgentIdentifierValue") for one in events}
    agents = {one.findtext(f"{PREMIS}agentIdentifier/{PREMIS}agentIdentifierValue") for one in root.iter(f"{PREMIS}agent")}
    assert acted == agents == {"1"}
    linked = {one.findtext(f".//{PREMIS}linkingEventIdentifierValue") for one in entities}
    assert linked == {one.findtext(f"{PREMIS}eventIdentifier/{PREMIS}eventIdentifierValue") for one in events}


@pytest.mark.parametrize("name", ["catalogue", "dc", "ead3", "premis"])
def test_no_character_makes_an_xml_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    house = House(tmp_path)
    item = house.file(house.receive(b"one"))
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET title = ? WHERE id = ?", ("样本\x00\x0b\ufffe\x1f<&>]]>𠅤", item.id))
    text = ET.tostring(ET.fromstring(Interchange(house.archive, CHIEF).build(Selection(), name, 10)), "unicode")
    assert "样本&lt;&amp;&gt;]]&gt;𠅤" in text
    house.archive.close()


@pytest.mark.parametrize(("format", "file"), [("ead3", "ead3.xsd"), ("premis", "premis-v3-0.xsd")])
def test_the_official_schema_finds_nothing(door: Interchange, format: str, file: str) -> None:
    """The schemas are not shipped, because they name no licence: ANJUAN_SCHEMAS names a folder that has them."""
    etree = pytest.importorskip("lxml.etree", reason="lxml is not installed")
    path = Path(os.environ.get("ANJUAN_SCHEMAS", ""), file)
    if not path.is_file():
        pytest.skip(f"{file} is not here")
    schema = etree.XMLSchema(etree.parse(path))
    assert schema.validate(etree.fromstring(door.build(Selection(), format, 1000))), schema.error_log


def test_every_format_has_its_words() -> None:
    for name in FORMATS:
        for language in wording.LANGUAGES:
            assert wording.say(f"interchange.format_{name}", language) and wording.say(f"interchange.about_{name}", language)




# ---- the commands


def test_the_commands_take_a_catalogue_in_and_give_it_out(commands: Commands, tmp_path: Path) -> None:  # noqa: F811
    listed = tmp_path / "目录.csv"
    lines = ["题名,责任者,日期,页数,期限", "样本通知一,样本所,2019-05,2,长期", ",样本所,2019-05,2,长期"]
    listed.write_bytes("\n".join(lines).encode("gb18030"))
    code, answers, _err = commands.run("import", str(listed), "--dry-run")
    assert code == 1
    assert answers[-1] == {
        "rows": 2, "good": 0, "kind": "item", "columns": ["title", "creator", "doc_date", "page_count", "retention"],
    }  # fmt: skip
    assert {(one["row"], one["column"]) for one in answers[:-1]} == {(2, "期限"), (2, ""), (3, "期限"), (3, ""), (3, "题名")}
    decided = ("--set", "category=WS", "--word", "retention:长期=D30")
    code, answers, err = commands.run("import", str(listed), *decided)
    assert code == 3 and "581" in err and len(answers) == 2
    code, answers, _err = commands.run("import", str(listed), *decided, "--good-rows")
    assert code == 1 and answers[-1]["first"] == "Z001-WS·2019-D30-0001"
    out = tmp_path / "out.xml"
    code, (answer,), _err = commands.run("export", "--format", "dc", "--out", str(out), "--year", "2019")
    assert (code, answer["records"]) == (0, 1) and "样本通知一" in out.read_text("utf-8")
    code, (found,), _err = commands.run("search", "样本通知")
    assert code == 0 and found["code"] == "Z001-WS·2019-D30-0001"
    assert commands.run("import", str(listed), "--map", "没有=title")[0] == 2
