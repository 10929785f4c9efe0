"""tests/test_interchange.py — foreign catalogues: read, tried out, taken in whole or not at all."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app import filing, wording
from app.interchange import (
    AlreadyImported,
    ColumnMapping,
    Interchange,
    NothingToImport,
    RowsBlocked,
    Trial,
    columns,
    source,
    values,
)
from app.interchange.source import CatalogueUnreadable
from app.jobs import Cancelled
from app.reading.tables import Table
from storage.changes.interchange import CodeTaken, NotImportedVolume, NumberTaken
from storage.errors import FileUnreadable, NotAllowed
from storage.records import Agent, Delivery, Kind, Origin, Retention, Role, SecurityClass
from storage.records.interchange import Selection
from storage.records.volumes import VolumeDraft
from sync import headquarters
from tests.stations import CHIEF, FONDS, House, draft
from tests.sync_house import House as Station
from tests.sync_house import enrol, found_headquarters

HEADER = ["档号", "题名", "责任者", "文号", "日期", "密级", "页数", "备注"]


def code(number: int, year: int = 2020, kept: str = "D10", category: str = "WS") -> str:
    return f"{FONDS.number}-{category}·{year}-{kept}-{number:04d}"


def row(number: int, **other: Any) -> list[str]:
    cells = {
        "档号": code(number), "题名": f"样本通知第{number}号", "责任者": "样本派出所", "文号": f"样公〔2020〕{number}号",
        "日期": "2020年3月5日", "密级": "内部", "页数": "3", "备注": "",
    }  # fmt: skip
    return list((cells | other).values())


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.archive.close()


def as_csv(rows: list[list[str]], encoding: str = "utf-8", separator: str = ",") -> bytes:
    held = io.StringIO(newline="")
    csv.writer(held, delimiter=separator).writerows(rows)
    return held.getvalue().encode(encoding)


class Desk:
    """A person with a catalogue in hand."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.folder = house, folder
        self.door = Interchange(house.archive, CHIEF)

    def trial(self, rows: list[list[str]], **mapping: Any) -> Trial:
        """A dry run of rows that were read from a CSV file."""
        numbered = tuple((number, tuple(cells)) for number, cells in enumerate(rows, 1))
        digest = hashlib.sha256(repr(rows).encode()).hexdigest()
        catalogue = source.catalogue(Table("csv", (), numbered), "目录.csv", digest)
        return self.door.try_out(catalogue, replace(self.door.suggest(catalogue), **mapping))


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for cells in rows:
            sheet.append(cells)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


@pytest.fixture
def desk(house: House, tmp_path: Path) -> Desk:
    return Desk(house, tmp_path)


def said(trial: Trial) -> list[tuple[int, str, str]]:
    return [(found.row, found.column, found.problem.key.removeprefix("problem.")) for found in trial.problems]


# ---- reading


@pytest.mark.parametrize(
    ("encoding", "separator"), [("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", "\t"), ("utf-16", ","), ("gbk", ",")]
)
def test_a_csv_is_read_whatever_its_encoding_and_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    path = tmp_path / "目录.csv"
    path.write_bytes(as_csv([HEADER, row(1, 题名="样本，\n第二行"), row(2)], encoding, separator))
    found = source.read(path)
    assert found.header == tuple(HEADER)
    assert [number for number, _ in found.rows] == [2, 4], "rows are named by the line they begin on"
    assert found.rows[0][1][1] == "样本，\n第二行"


def test_a_spreadsheet_is_read_below_its_printed_title_sheet_by_sheet(tmp_path: Path) -> None:
    path = tmp_path / "目录.xlsx"
    printed = [["样本派出所归档文件目录"], [], list(HEADER), row(1), [None] * 8, row(2)]
    path.write_bytes(workbook({"目录": printed, "旧目录": [["题名"], ["样本"]]}))
    found = source.read(path)
    assert (found.format, found.sheets, found.header) == ("xlsx", ("目录", "旧目录"), tuple(HEADER))
    assert [number for number, _ in found.rows] == [4, 6]
    other = source.read(path, sheet="旧目录")
    assert other.rows == ((2, ("样本",)),)


def test_dates_and_numbers_of_a_spreadsheet_are_read_as_people_see_them(desk: Desk) -> None:
    cells: list[object] = row(1)
    cells[4], cells[6] = datetime.datetime(2020, 3, 5), 12
    path = desk.folder / "目录.xlsx"
    path.write_bytes(workbook({"目录": [list(HEADER), cells]}))
    found = desk.door.read(path)
    trial = desk.door.try_out(found, desk.door.suggest(found))
    assert trial.clean
    assert (trial.entries[0].draft.doc_date, trial.entries[0].draft.page_count) == ("20200305", 12)


def bomb() -> bytes:
    """A spreadsheet of 100 kB that unpacks to more than a package may hold."""
    held = io.BytesIO(workbook({"目录": [list(HEADER), row(1)]}))
    with zipfile.ZipFile(held, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        block = b"0" * (32 << 20)
        for number in range(14):
            package.writestr(f"xl/media/{number}.bin", block)
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("空.csv", lambda: b"", "empty"),
        ("头.csv", lambda: "档号,题名\n".encode(), "no_rows"),
        ("图.csv", lambda: b"\x89PNG\r\n\x1a\n" + bytes(4000), "unknown_format"),
        ("旧.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "unknown_format"),
        ("断.xlsx", lambda: workbook({"目录": [list(HEADER), row(1)]})[:-900], "damaged"),
        ("宽.csv", lambda: ("题名" + ",x" * 100_000 + "\n样本\n").encode(), "too_many_columns"),
        ("引号.csv", lambda: ('档号,题名\n1,"' + "样" * 40_000).encode(), "damaged"),
        ("炸弹.xlsx", bomb, "too_large"),
        ("其他.xlsx", lambda: docx(), "unknown_format"),
    ],
)
def test_what_is_no_catalogue_is_refused_with_its_reason(tmp_path: Path, name: str, make: Any, reason: str) -> None:
    tmp_path.joinpath(name).write_bytes(make())
    with pytest.raises(CatalogueUnreadable) as caught:
        source.read(tmp_path / name)
    assert caught.value.facts["reason"] == reason
    assert wording.say(f"reason.{reason}") in wording.sentence(caught.value)


def docx() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as package:
        package.writestr("word/document.xml", "<w/>")
    return held.getvalue()


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        source.read(tmp_path / "没有.csv")


# ---- what columns mean


def test_headings_are_known_in_chinese_pinyin_and_english() -> None:
    assert columns.suggest(HEADER).columns == (
        "reference_code", "title", "creator", "document_no", "doc_date", "security_class", "page_count", "remarks",
    )  # fmt: skip
    assert columns.suggest(["DH", "tm（必填）", "ZRZ", "Title", "asjbh", "gmsfhm"]).columns == (
        "reference_code", "title", "creator", "", "remarks", "",
    )  # fmt: skip
    english = ["Reference code", "Title", "Creator", "Date", "Retention", "Pages"]
    assert columns.suggest(english).columns == (
        "reference_code", "title", "creator", "doc_date", "retention", "page_count",
    )  # fmt: skip
    volumes = columns.suggest(["案卷号", "案卷题名", "起止日期", "asjbh", "ajmc", "保管期限", "备注"])
    assert volumes.kind is Kind.VOLUME
    assert volumes.columns == ("volume_no", "title", "dates", "case_no", "case_name", "retention", "remarks")


def test_how_a_layout_was_read_is_remembered_by_its_headings(desk: Desk) -> None:
    catalogue = desk.trial([["甲", "乙", "丙"], ["样本题名", "样本派出所", "x"]]).catalogue
    assert not desk.door.remembers(catalogue)
    decided = ColumnMapping(Kind.ITEM, ("title", "creator", ""), {"category": "WS"}, {"retention": {"长期": "D30"}})
    desk.door.keep(catalogue, decided)
    head = desk.house.archive.queries.head()
    desk.door.keep(catalogue, decided)
    assert desk.house.archive.queries.head() == head, "the same once more is no event"
    again = desk.trial([["甲 ", "（乙）乙", "丙"], ["另一题名", "", ""]]).catalogue
    assert desk.door.suggest(again) == decided
    assert desk.door.suggest(again, Kind.VOLUME).kind is Kind.VOLUME


# ---- values


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("20200305", "20200305"), ("2020-03-05", "20200305"), ("2020/3/5", "20200305"), ("2020.3.5", "20200305"),
        ("２０２０年３月５日", "20200305"), ("二〇二〇年三月五日", "20200305"), ("二○二○年十二月三十一日", "20201231"),
        ("2020年3月", "20200300"), ("2020", "20200000"), ("2020-03-05 00:00:00", "20200305"), ("20200300", "20200300"),
        ("98.5.3", None), ("2020-13-01", None), ("2020-02-30", None), ("不详", None), ("20200030", None),
    ],
)  # fmt: skip
def test_dates_in_the_usual_forms(text: str, kept: str | None) -> None:
    assert values.date(text) == kept


def test_spans_numbers_and_words() -> None:
    assert values.dates("2020.01.05-2020.03.01") == ("20200105", "20200301")
    assert values.dates("2020年1月至2020年3月") == ("20200100", "20200300")
    assert values.dates("2020-01-05 - 2020-03-01") == ("20200105", "20200301")
    assert values.dates("2020") == ("20200000", "20200000")
    assert values.dates("很久") is None
    assert [values.number(text) for text in ("3", "０００３", "3页", "第3号", "3.0", "三", "1-5")] == [3, 3, 3, 3, 3, None, None]
    assert [values.year(text) for text in ("2020", "2020年度", "二〇二〇", "20")] == [2020, 2020, 2020, None]
    told = {"永久": Retention.PERMANENT, "30年": Retention.D30, "定期 10 年": Retention.D10, "y": Retention.PERMANENT}
    assert {text: values.retention(text) for text in told} == told
    assert values.security_class("公开") is SecurityClass.PUBLIC
    assert values.security_class("机密★10年") is SecurityClass.CONFIDENTIAL


@pytest.mark.parametrize("text", ["长期", "短期", "C", "D", "16-50年", "20年"])
def test_old_words_of_retention_have_no_value_by_themselves(text: str) -> None:
    assert values.retention(text) is None


# ---- the dry run


def test_the_dry_run_lists_every_problem_by_row_and_column_and_changes_nothing(desk: Desk) -> None:
    house = desk.house
    filed = house.file(house.receive(b"one"), year=2020, doc_date="20200101")
    assert filed.reference_code == code(1)
    before, serials = house.archive.queries.head(), house.archive.queries.last_number((FONDS.number, "WS", "2020", "D10", ""))
    trial = desk.trial(
        [
            HEADER,
            row(1),
            row(2),
            row(2, 题名="重号"),
            row(4, 题名="", 日期="98.5.3"),
            row(5, 密级="秘密"),
            row(6, 密级="内参", 页数="若干"),
            row(7, 档号=code(7).replace("D10", "D30").replace("2020", "2019")),
            row(8, 档号=f"Z901-WS·2020-D10-{8:04d}"),
            row(9, 档号=code(9)[:-4] + "9"),
            [*row(10), "多出的一格"],
            row(11, 责任者="样本\ufffd所"),
            row(12, 责任者="样本\x00所"),
            row(13, 档号="旧-13"),
            row(20),
        ]
    )
    assert said(trial) == [
        (0, "", "import_gap_one"), (0, "", "import_gap_one"), (0, "", "import_gap"),
        (2, "档号", "import_code_taken"),
        (4, "档号", "import_code_twice"),
        (5, "日期", "import_date"), (5, "题名", "title_missing"),
        (6, "密级", "classified"),
        (7, "密级", "import_word"), (7, "页数", "import_number"),
        (8, "", "year_before_date"),
        (9, "档号", "import_other_fonds"),
        (10, "档号", "import_code_parts"),
        (11, "", "import_extra_cells"),
        (12, "责任者", "import_character"),
        (13, "责任者", "import_character"),
        (14, "", "import_no_retention"), (14, "", "import_no_category"),
        ]  # fmt: skip
    assert {entry.row for entry in trial.entries} == {3, 15}
    assert trial.undecided == {"security_class": ("内参",)}
    for found in trial.problems:
        assert wording.say(found.problem.key, **found.problem.facts)
    assert house.archive.queries.head() == before
    assert house.archive.queries.last_number((FONDS.number, "WS", "2020", "D10", "")) == serials


def test_long_and_short_are_decided_by_a_person(desk: Desk) -> None:
    header = ["题名", "责任者", "日期", "类别", "保管期限", "页数"]
    rows = [header, ["样本一", "样本所", "2019", "文书", "长期", "1"], ["样本二", "样本所", "2019", "WS", "短期", "1"]]
    trial = desk.trial(rows)
    assert not trial.entries and trial.undecided == {"retention": ("长期", "短期")}
    trial = desk.trial(rows, words={"retention": {"长期": "D30", "短期": "D10"}})
    assert trial.clean
    assert [entry.draft.retention for entry in trial.entries] == [Retention.D30, Retention.D10]
    assert [entry.reference_code for entry in trial.entries] == [code(1, 2019, "D30"), code(1, 2019)]


def test_what_counts_for_all_rows_is_given_once(desk: Desk) -> None:
    rows = [["题名", "责任者", "日期", "页数", "旧号"], *([f"样本{n}", "样本所", "2018-05", "2", f"旧-{n}"] for n in (1, 2, 3))]
    assert {key for _, _, key in said(desk.trial(rows))} == {"import_no_retention", "import_no_category"}
    mapping = {"given": {"category": "WS", "retention": "永久"}, "columns": ("title", "creator", "doc_date", "page_count", "remarks")}
    trial = desk.trial(rows, **mapping)
    assert trial.clean
    assert [entry.reference_code for entry in trial.entries] == [code(n, 2018, "Y") for n in (1, 2, 3)]
    assert trial.entries[2].draft.remarks == "旧号：旧-3"


def test_without_a_title_nothing_is_read(desk: Desk) -> None:
    trial = desk.trial([["甲", "乙"], ["x", "y"]])
    assert said(trial) == [(0, "", "import_no_title")] and not trial.entries


# ---- taking in


def test_a_clean_catalogue_becomes_filed_records_and_new_filings_follow_on(desk: Desk) -> None:
    house = desk.house
    before = house.archive.queries.head()[0]
    taken = desk.door.take_in(desk.trial([HEADER, *(row(n) for n in range(1, 6)), row(8)]))
    assert [event.type for event in house.archive.queries.events(before)] == [
        "keep_mapping", *["import_item"] * 6, "import_run",
    ]  # fmt: skip
    item = house.archive.queries.item_by_code(code(8))
    assert (item.item_no, item.origin, item.object_ids, item.page_count) == (8, Origin.PAPER, (), 3)
    assert item.title == "样本通知第8号" and item.doc_date == "20200305"
    assert (taken.first_code, taken.last_code, taken.run.rows) == (code(1), code(8), 6)
    assert house.file(house.receive(b"next"), year=2020, doc_date="20200101").reference_code == code(9)
    house.archive.index.catch_up()
    assert house.archive.index.search("第8号").total == 1
    assert all("样本通知" not in str(event.detail) for event in house.archive.queries.events(before))
    assert item.id in [changed.id for _seq, changed in house.archive.queries.items_changed(before, 100)]


def test_bad_rows_stop_the_import_unless_the_good_ones_are_chosen(desk: Desk) -> None:
    trial = desk.trial([HEADER, row(1), row(2, 题名=""), row(3)])
    head = desk.house.archive.queries.head()
    with pytest.raises(RowsBlocked) as caught:
        desk.door.take_in(trial)
    assert caught.value.facts == {"bad": 1, "good": 2}
    assert desk.house.archive.queries.head() == head
    assert desk.door.take_in(trial, good_rows=True).run.rows == 2
    with pytest.raises(NothingToImport):
        desk.door.take_in(desk.trial([HEADER, row(4, 题名="")]), good_rows=True)


def test_the_same_file_again_is_told(desk: Desk) -> None:
    rows = [["题名", "责任者", "日期", "页数"], ["样本", "样本所", "2018", "1"]]
    mapping = {"given": {"category": "WS", "retention": "Y"}}
    desk.door.take_in(desk.trial(rows, **mapping))
    trial = desk.trial(rows, **mapping)
    assert trial.before is not None and trial.before.rows == 1
    with pytest.raises(AlreadyImported):
        desk.door.take_in(trial)
    assert desk.door.take_in(trial, again=True).first_code == code(2, 2018, "Y")
    assert [run.rows for run in desk.door.runs()] == [1, 1]


def test_an_import_is_whole_or_nothing(desk: Desk) -> None:
    house = desk.house
    trial = desk.trial([HEADER, *(row(n) for n in range(1, 500))])
    head, last = house.archive.queries.head(), (FONDS.number, "WS", "2020", "D10", "")

    def cancel(done: int, total: int) -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        desk.door.take_in(trial, step=cancel)
    assert house.archive.queries.head() == head and house.archive.queries.item_count() == 0
    assert house.archive.queries.last_number(last) == 0
    house.file(house.receive(b"faster"), year=2020, doc_date="20200101")
    head = house.archive.queries.head()
    with pytest.raises(CodeTaken):
        desk.door.take_in(trial)
    assert house.archive.queries.head() == head and house.archive.queries.item_count() == 1


def test_a_code_or_number_that_was_given_is_never_given_again(house: House) -> None:
    item = house.file(house.receive(b"one"))
    scope = (FONDS.number, "WS", "2026", "D10", "")
    with pytest.raises(CodeTaken), house.archive.write(CHIEF) as change:
        change.import_item(draft(), FONDS.number, item.reference_code, 7, scope)
    with pytest.raises(NumberTaken), house.archive.write(CHIEF) as change:
        change.import_item(draft(), FONDS.number, "other", item.item_no, scope)
    with house.archive.write(CHIEF) as change:
        change.import_volume(VolumeDraft(category="WS", year=2026), FONDS.number, "V", 3, ("v",))
    with pytest.raises(CodeTaken), house.archive.write(CHIEF) as change:
        change.import_item(draft(), FONDS.number, "V", 9, scope)
    with pytest.raises(NumberTaken), house.archive.write(CHIEF) as change:
        change.import_volume(VolumeDraft(category="WS", year=2026), FONDS.number, "W", 3, ("v",))
    assert house.archive.queries.last_number(scope) == 1


def test_a_code_that_was_given_up_stays_taken(desk: Desk) -> None:
    house = desk.house
    item = house.file(house.receive(b"one"), year=2020, doc_date="20200101")
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET reference_code = 'moved', item_no = 40 WHERE id = ?", (item.id,))
        connection.execute(
            "INSERT INTO former_code (reference_code, kind, subject_id, scope, number, reason, at, agent_name)"
            " VALUES (?, 'item', ?, '', 1, '', '', '')",
            (code(1), item.id),
        )
    assert said(desk.trial([HEADER, row(1)]))[-1] == (2, "档号", "import_code_taken")
    with pytest.raises(CodeTaken), house.archive.write(CHIEF) as change:
        change.import_item(draft(year=2020), FONDS.number, code(1), 1, ("x",))


def test_what_the_law_has_sealed_is_pointed_out(desk: Desk) -> None:
    with desk.house.archive.database.transaction() as connection:
        connection.execute("UPDATE category SET seals = 1 WHERE code = 'ZY·XZ'")
    trial = desk.trial([HEADER, row(1, 档号=code(1, category="ZY·XZ")), row(1)])
    assert said(trial) == [(0, "", "import_seals")] and trial.clean
    assert trial.problems[0].problem.facts == {"n": 1}


def test_what_was_imported_is_delivered_to_headquarters(tmp_path: Path) -> None:
    office, stick = found_headquarters(tmp_path / "office"), tmp_path / "stick"
    stick.mkdir()
    station = Station(tmp_path / "station")
    enrol(station, office, tmp_path)
    door = Interchange(station.archive, CHIEF)
    codes = [["J900-WS·2020-D10-0001", "样本旧档", "样本派出所", "", "2020-01", "内部", "4", ""]]
    path = tmp_path / "目录.csv"
    path.write_bytes(as_csv([HEADER, *codes]))
    catalogue = door.read(path)
    door.take_in(door.try_out(catalogue, door.suggest(catalogue)))
    station.exchange.round(stick)
    assert [received.returned for received in headquarters.receive(office, stick)] == [0]
    station.exchange.round(stick)
    item = station.archive.queries.item_by_code(codes[0][0])
    assert item.delivery is Delivery.DELIVERED and item.delivered_seq == item.changed_seq
    station.archive.close()


def test_only_who_may_import_does(house: House, tmp_path: Path) -> None:
    door = Interchange(house.archive, Agent(9, "样本·录入", Role.FILER))
    with pytest.raises(NotAllowed):
        door.read(tmp_path / "x.csv")
    with pytest.raises(NotAllowed):
        door.build(Selection(), "csv", 10)


# ---- volumes


VOLUMES = ["档号", "案卷题名", "起止日期", "密级", "案件编号", "备注"]


def volume_code(number: int) -> str:
    return f"{FONDS.number}-ZY·XZ·2020-D30-{number:03d}"


def test_volumes_come_in_and_their_items_after_them(desk: Desk) -> None:
    queries = desk.house.archive.queries
    listed = [VOLUMES, *([volume_code(n), f"样本案卷{n}", "2020.01.05-2020.03.01", "内部", "", ""] for n in (1, 2))]
    trial = desk.trial(listed)
    assert trial.mapping.kind is Kind.VOLUME and trial.clean, said(trial)
    desk.door.take_in(trial)
    volume = queries.volume_by_code(volume_code(2))
    assert (volume.volume_no, volume.date_from, volume.date_to, volume.retention) == (2, "20200105", "20200301", Retention.D30)
    header = ["案卷档号", "顺序号", "题名", "责任者", "日期", "页数"]
    papers = [
        [volume_code(2), "1", "样本受案登记表", "样本所", "2020-01-05", "2"],
        [volume_code(2), "2", "样本询问笔录", "样本所", "2020-01-06", "5"],
        [volume_code(1), "", "样本决定书", "样本所", "2020-02-06", "1"],
        [volume_code(7), "", "样本", "样本所", "2020-02-06", "1"],
    ]
    trial = desk.trial([header, *papers])
    assert said(trial) == [(5, "案卷档号", "import_volume_unknown")]
    desk.door.take_in(trial, good_rows=True)
    items = queries.volume_items(volume.id)
    assert [item.reference_code for item in items] == [f"{volume_code(2)}-001", f"{volume_code(2)}-002"]
    assert [(item.position, item.page_from, item.page_to) for item in items] == [(1, 1, 2), (2, 3, 7)]
    assert {(item.category, item.year, item.retention) for item in items} == {("ZY·XZ", 2020, Retention.D30)}
    assert queries.volume_by_code(volume_code(2)).page_count == 7
    assert said(desk.trial([header, papers[1]])) == [(2, "", "import_code_taken")]


def test_nothing_is_imported_into_a_volume_that_was_made_here(house: House) -> None:
    arrival = house.receive(b"one")
    with house.archive.write(CHIEF) as change:
        volume_id = change.open_volume(VolumeDraft(title="样本", category="WS", year=2026), FONDS.number)
        change.file_into(arrival, draft(), volume_id)
        change.file_volume(volume_id, lambda _: ("v",), lambda _, number: f"V-{number}", lambda code, number: f"{code}-{number}")
    with pytest.raises(NotImportedVolume), house.archive.write(CHIEF) as change:
        change.import_into_volume(draft(), FONDS.number, "x", 9, volume_id)
    assert house.archive.queries.imported_volumes() == {}


def test_imported_descriptions_obey_the_rules_of_filing(desk: Desk) -> None:
    desk.door.take_in(desk.trial([HEADER, row(1, 文号="样公[2020]１号", 题名=" 样本　通知 ")]))
    kept = desk.house.archive.queries.item_by_code(code(1)).draft
    assert kept == filing.tidy(kept)
    assert (kept.title, kept.document_no) == ("样本 通知", "样公〔2020〕１号")
