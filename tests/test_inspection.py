"""tests/test_inspection.py — the catalogue, runs and what is kept of them, scopes, attestations, the report, the command."""

from __future__ import annotations

import io
import json
import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import reports, wording
from app.__main__ import Window
from app.cli import run_command
from app.inspection import KEPT_FAULTS, PHASES, Inspection, NotManual, UnknownPhase, numbers, tell
from app.inspection.catalogue import MANUAL, NATURES, catalogue
from app.inspection.look import ARCHIVE, ITEMS, ONCE, ORIGINALS, SERIES, VOLUMES
from app.inspection.words import place_words, scope_words
from app.reports.four_nature_report import InspectionWishes
from storage.archive import Archive
from storage.errors import NoSuchRecord, NotAllowed
from storage.records import Agent, Kind, Retention, Role, Subject
from storage.records.inspection import Fault, Scope, Severity, Verdict
from sync import inspection as shared
from tests import stations
from tests.inspection_house import CHIEF, PDF, Inspected
from tests.stations import ADMINISTRATOR, PASSPHRASE, House, draft

ROOM = Path(numbers.__file__).parent


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.archive.close()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Inspected]:
    made = Inspected(tmp_path)
    yield made
    made.archive.close()


def spoil(house: House, item_id: int) -> None:
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE item SET page_count = 7 WHERE id = ?", (item_id,))


# -- the catalogue


def test_every_check_belongs_to_a_nature_and_a_phase_and_says_why_it_matters() -> None:
    known = catalogue()
    assert not known.verified, "the numbering of the standard could not be read"
    codes = [check.code for check in known.checks]
    assert len(set(codes)) == len(codes) == 38
    for check in known.checks:
        assert check.nature in NATURES
        assert check.phases and set(check.phases) <= set(PHASES)
        for language in wording.LANGUAGES:
            assert wording.say(f"inspection.why.{check.code}", language)
            assert check.title(language)


def test_every_check_that_is_not_for_a_person_is_done_by_a_function_and_the_other_way_round() -> None:
    done = {code for walkers in (ITEMS, VOLUMES, ORIGINALS, ONCE, SERIES, ARCHIVE) for walker in walkers for code in walker.codes}
    assert done == {check.code for check in catalogue().checks if check.how != MANUAL}


def test_every_fault_has_its_sentences_and_every_sentence_its_fault() -> None:
    source = "\n".join(file.read_text("utf-8") for file in ROOM.glob("*.py"))
    source += (Path(shared.__file__).parents[1] / "storage/queries/inspection.py").read_text("utf-8")
    for language in wording.LANGUAGES:
        known = wording.catalogue(language)
        keys = {key.removeprefix("inspection.fault.") for key in known if key.startswith("inspection.fault.")}
        todo = {key.removeprefix("inspection.todo.") for key in known if key.startswith("inspection.todo.")}
        assert keys == todo - {"described"}
        assert [key for key in keys if f'"{key}"' not in source] == []
        assert set(re.findall(r'fault\(\s*"GD[\d-]+", "([a-z_]+)"', source)) <= keys
        for reason in catalogue().reasons:
            assert f"reason.{reason}" in known
    assert set(shared.STAYS) <= set(catalogue().reasons)


@given(st.sets(st.integers(1, 60)), st.integers(0, 70))
def test_every_missing_number_is_told_once(taken: set[int], given: int) -> None:
    gaps = numbers._gaps([(number, number) for number in taken], given)
    told = [number for first, last in gaps for number in range(first, last + 1)]
    assert told == [number for number in range(1, max([given, *taken]) + 1) if number not in taken]
    assert numbers._written([(3, 3), (7, 9)]) == "3, 7-9"


# -- runs


def test_a_run_is_kept_as_counts_and_its_findings_as_ids(house: House) -> None:
    item = house.file(house.receive(b"paper"), title="绝密样本题名", page_count=1)
    spoil(house, item.id)
    room = Inspection(house.archive, CHIEF)
    run = room.run("GD")
    assert (run.phase, run.scope, run.agent_name) == ("GD", "all", CHIEF.name)
    assert run.scheme == catalogue().scheme
    event = house.archive.queries.events(house.archive.queries.head()[0] - 1)[-1]
    assert (event.type, event.object) == ("inspect", f"inspection:{run.id}")
    assert event.detail["found"] == run.found
    rows = house.archive.database.reader().rows("SELECT * FROM inspection_finding")
    assert rows
    kept = json.dumps([event.detail, rows], ensure_ascii=False)
    assert "绝密样本题名" not in kept
    assert room.history()[0] == run == room.report(run.id)


def test_who_may_not_inspect_is_refused(house: House) -> None:
    for role in Role:
        room = Inspection(house.archive, Agent(1, CHIEF.name, role))
        if role in (Role.FILER, Role.SECURITY, Role.PENDING):
            with pytest.raises(NotAllowed):
                room.run("GD")
        else:
            run = room.run("GD")
            room.attest(run.id, "GD4-1", Verdict.PASSED)


def test_an_unknown_phase_is_refused(house: House) -> None:
    with pytest.raises(UnknownPhase):
        Inspection(house.archive, CHIEF).run("XX")


def test_a_cancelled_run_leaves_nothing(house: House) -> None:
    house.file(house.receive(b"paper"))
    head = house.archive.queries.head()

    class Stop(Exception):
        """What a job raises when it was cancelled."""

    seen: list[tuple[int, int, str]] = []

    def step(done: int, total: int, stage: str) -> None:
        seen.append((done, total, stage))
        if stage == "originals":
            raise Stop

    room = Inspection(house.archive, CHIEF)
    with pytest.raises(Stop):
        room.run("GD", step=step)
    assert house.archive.queries.head() == head
    assert room.history() == []
    assert seen[0][0] == 0


def test_progress_runs_to_the_end(house: House) -> None:
    for number in range(3):
        house.file(house.receive(b"paper %d" % number))
    seen: list[tuple[int, int]] = []
    Inspection(house.archive, CHIEF).run("GD", step=lambda done, total, _stage: seen.append((done, total)))
    assert [done for done, _total in seen] == sorted(done for done, _total in seen)
    assert seen[-1][0] == seen[-1][1]


def test_a_part_of_the_archive_can_be_chosen(house: House) -> None:
    made = {
        "a": house.file(house.receive(b"a"), title="甲"),
        "b": house.file(house.receive(b"b"), title="乙", year=2025, doc_date="20250101"),
        "c": house.file(house.receive(b"c"), title="丙", category="ZY·XZ", retention=Retention.D30),
    }
    for item in made.values():
        spoil(house, item.id)
    room = Inspection(house.archive, CHIEF)
    for scope, found in (
        (Scope(), "abc"), (Scope("WS"), "ab"), (Scope("ZY"), "c"), (Scope(year=2025), "b"), (Scope("WS", 2026), "a"),
        (Scope("ZY·XZ", 2025), ""),
    ):  # fmt: skip
        run = room.run("GD", scope)
        subjects = {one.fault.subject for one in room.findings(run.id) if one.fault.key == "pages_differ"}
        assert subjects == {Subject(Kind.ITEM, made[name].id) for name in found}
        verdicts = {result.code: result.verdict for result in run.results}
        assert (verdicts["GD3-1"] is Verdict.UNCHECKED) == (not scope.whole), "the database is the whole archive's"


def test_one_volume_and_one_record_can_be_chosen(station: Inspected) -> None:
    one = station.bind([draft(title="甲", doc_date="20260301"), draft(title="乙", doc_date="20260301")], title="卷一", year=2026)
    two = station.bind([draft(title="丙", doc_date="20260301")], title="卷二", year=2026)
    station.run("UPDATE item SET page_count = 7")
    room = Inspection(station.archive, CHIEF)
    inside = [item.id for item in station.archive.queries.volume_items(one.id)]
    run = room.run("GD", Scope(subject=Subject(Kind.VOLUME, one.id)))
    found = [one.fault.subject.id for one in room.findings(run.id) if one.fault.key == "pages_differ" and one.fault.subject]
    assert found == inside
    run = room.run("GD", Scope(subject=Subject(Kind.ITEM, inside[1])))
    assert [one.fault.subject for one in room.findings(run.id)] == [Subject(Kind.ITEM, inside[1])]
    assert run.scope == f"item:{inside[1]}"
    assert two.id != one.id


def test_many_faults_are_counted_and_some_are_kept_in_flat_memory(house: House) -> None:
    """Twice the records cost no more memory: they are paged through, and of one check only so many faults are kept."""

    def fill(upto: int) -> None:
        columns = [row[1] for row in house.archive.database.reader().rows("PRAGMA table_info(item)")]
        own = {"id": "i", "uuid": "'u' || i", "reference_code": "'Z900-WS·2026-D10-' || i", "item_no": "i", "origin": "'paper'",
               "title": "'样本题名' || i", "changed_seq": "0"}  # fmt: skip
        values = ", ".join(own.get(name, f"item.{name}") for name in columns)
        with house.archive.database.transaction() as connection:
            connection.execute(
                "WITH RECURSIVE n (i) AS (SELECT (SELECT max(id) FROM item) + 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
                f" INSERT INTO item SELECT {values} FROM n, item WHERE item.id = 1",
                (upto,),
            )

    def peak(records: int) -> int:
        fill(records)
        tracemalloc.start()
        run = Inspection(house.archive, CHIEF).run("GD", Scope("WS"))
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        result = next(one for one in run.results if one.code == "GD2-5")
        assert (result.found, result.checked) == (records - 1, records)
        assert house.archive.database.reader().row("SELECT count(*) FROM inspection_finding WHERE code = 'GD2-5'") is not None
        kept = [one for one in Inspection(house.archive, CHIEF).findings(run.id) if one.fault.code == "GD2-5"]
        assert len(kept) == KEPT_FAULTS
        return most

    house.file(house.receive(b"paper"))
    small, large = peak(1000), peak(2200)
    assert large < 1.2 * small


# -- people


def test_only_a_person_answers_for_a_manual_check(house: House) -> None:
    room = Inspection(house.archive, CHIEF)
    run = room.run("CQ")
    with pytest.raises(NotManual):
        room.attest(run.id, "GD1-1", Verdict.PASSED)
    with pytest.raises(NotManual):
        room.attest(run.id, "GD4-1", Verdict.WARNED)
    with pytest.raises(NoSuchRecord):
        room.attest(99, "GD4-1", Verdict.PASSED)
    room.attest(run.id, "GD4-1", Verdict.FAILED, "  没有\n安装 ")
    room.attest(run.id, "GD4-1", Verdict.PASSED, "已安装")
    answer = room.attestations(run.id)["GD4-1"]
    assert (answer.verdict, answer.note, answer.agent_name) == (Verdict.PASSED, "已安装", CHIEF.name)
    detail = house.archive.queries.events(house.archive.queries.head()[0] - 1)[-1].detail
    assert detail == {"check": "GD4-1", "verdict": "passed"}


def test_the_quick_look_after_filing_names_what_looks_alike(house: House) -> None:
    first = house.file(house.receive(b"a"), title="甲", document_no="样公〔2026〕1号")
    second = house.file(house.receive(b"b"), title="乙", document_no="样公〔2026〕1号")
    third = house.file(house.receive(b"c"), title="丙")
    room = Inspection(house.archive, CHIEF)
    for item in (first, second):
        assert [fault.key for fault in room.of_item(item.id)] == ["alike"]
    assert room.of_item(third.id) == []
    spoil(house, third.id)
    assert [fault.key for fault in room.of_item(third.id)] == ["pages_differ"]
    assert room.history() == [], "nothing is kept"


def test_the_quick_look_at_a_volume(station: Inspected) -> None:
    volume = station.bind([draft(title="甲（未完", doc_date="20260301")], title="样本卷", year=2026)
    (fault,) = Inspection(station.archive, CHIEF).of_volume(volume.id)
    assert (fault.code, fault.key) == ("GD1-6", "pair_open")


def test_titles_are_covered_and_those_of_a_closed_part_are_not_shown(station: Inspected) -> None:
    item = station.file(PDF, title="身份证 990101199001011234 的样本")
    volume = station.bind([draft(title="密卷样本", doc_date="20260301")], title="密卷", year=2026)
    station.run("UPDATE volume SET part = 'secret' WHERE id = ?", volume.id)
    inside = station.archive.queries.volume_items(volume.id)[0]
    subjects = [Subject(Kind.ITEM, item.id), Subject(Kind.ITEM, inside.id), Subject(Kind.VOLUME, volume.id)]
    for role, seen in ((Role.ADMINISTRATOR, ["密卷样本", "密卷"]), (Role.AUDITOR, ["", ""])):
        names = Inspection(station.archive, Agent(1, CHIEF.name, role)).names(subjects)
        assert "199001011234" not in names[subjects[0]][1]
        assert [names[subject][1] for subject in subjects[1:]] == seen


# -- words


def test_a_fault_is_told_in_both_languages() -> None:
    fault = Fault("GD1-5", "problem.too_long", Severity.BLOCKING, None, "", {"field": "title", "limit": 300})
    assert tell(fault, "zh").what == "题名：文字太长，最多 300 字。"
    assert tell(fault, "en").what.startswith("Title: ")
    assert place_words(Fault("GD1-10", "original_unused", Severity.BLOCKING, None, "object:7"), None, "zh") == "原件 7"
    assert place_words(fault, "Z900-WS·2026-D10-0001") == "Z900-WS·2026-D10-0001"
    assert [scope_words(str(scope), "zh") for scope in (Scope(), Scope("WS", 2026), Scope(subject=Subject(Kind.ITEM, 3)))] == [
        "全部档案", "类别 WS 2026 年度", "一件",
    ]  # fmt: skip


# -- paper


def pdf_text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_the_report_says_what_was_found_and_who_answered(house: House, language: str) -> None:
    item = house.file(house.receive(b"paper"), title="不该印出的题名")
    spoil(house, item.id)
    room = Inspection(house.archive, CHIEF)
    run = room.run("CQ")
    room.attest(run.id, "GD4-1", Verdict.PASSED, "样本软件")
    pdf = reports.render("four_nature_report", house.archive.queries, InspectionWishes(0, "样本", "2026-11-22", language))
    text = pdf_text(pdf)
    for wanted in ("电子档案四性检测报告", item.reference_code, "GD2-7", "样本软件", catalogue().scheme,
                   wording.say("report.four.unverified", language)[:12]):  # fmt: skip
        assert wanted in text
    assert "不该印出的题名" not in text
    assert all(result.code in text for result in run.results)


def test_the_form_of_missing_numbers(house: House) -> None:
    items = [house.file(house.receive(b"%d" % number), title=f"样本{number}") for number in range(4)]
    with house.archive.database.transaction() as connection:
        connection.execute("UPDATE arrival SET item_id = NULL, outcome = 'quarantined' WHERE item_id = ?", (items[1].id,))
        connection.execute("DELETE FROM document WHERE item_id = ?", (items[1].id,))
        connection.execute("DELETE FROM item WHERE id = ?", (items[1].id,))
    Inspection(house.archive, CHIEF).run("GD")
    text = pdf_text(reports.render("numbering_gaps", house.archive.queries, InspectionWishes()))
    assert "Z900-WS·2026-D10" in text
    assert "空号、重号、断号检查表" in text


def test_no_run_no_report(house: House) -> None:
    with pytest.raises(NoSuchRecord):
        reports.render("four_nature_report", house.archive.queries, InspectionWishes())


# -- the command


def test_the_command_answers_line_by_line_and_says_whether_anything_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made, _key = stations.station(tmp_path, monkeypatch)
    folder, beside = made.archive.folder, House.around(made.archive)
    item = beside.file(beside.receive(b"paper"))
    made.stop()
    monkeypatch.setenv("ANJUAN_PASSPHRASE", PASSPHRASE)

    def ask(*words: str) -> tuple[int, list[dict[str, object]]]:
        code = run_command(["--archive", str(folder), *words, "--json"], Window())
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    code, lines = ask("inspect")
    assert code == 0
    assert {line["check"] for line in lines} == {check.code for check in catalogue().of("GD")}
    assert all(line.keys() == {"check", "ok", "object", "detail"} and line["ok"] for line in lines)

    archive = Archive.open(folder, ADMINISTRATOR, PASSPHRASE, None)
    with archive.database.transaction() as connection:
        connection.execute("UPDATE item SET page_count = 7 WHERE id = ?", (item.id,))
    archive.close()
    report = tmp_path / "report.pdf"
    code, lines = ask("inspect", "--phase", "CQ", "--category", "WS", "--year", "2026", "--out", str(report))
    assert code == 1
    (wrong,) = [line for line in lines if not line["ok"]]
    assert (wrong["check"], wrong["object"]) == ("GD2-7", item.reference_code)
    assert "7" in str(wrong["detail"])
    assert "电子档案四性检测报告" in pdf_text(report.read_bytes())

    code, lines = ask("inspections")
    assert [(line["phase"], line["scope"], line["found"]) for line in lines] == [
        ("CQ", "category:WS year:2026", 1), ("GD", "all", 0),
    ]  # fmt: skip
    number = str(lines[0]["inspection"])
    assert ask("attest", number, "GD4-1", "passed", "--note", "样本")[0] == 0
    assert ask("attest", number, "GD1-1", "passed")[0] == 3
