"""tests/test_inspection_faults.py — every fault that is put into a clean station is found by the one check meant for it."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from app.inspection import PHASES, Inspection, tell
from storage.records import Agent, Kind, Role, Subject
from storage.records.inspection import Severity, Verdict
from tests.inspection_house import CHIEF, PDF, Inspected

Damage = Callable[[Inspected], None]
FAULTS: dict[str, tuple[str, str, Damage]] = {}


@cache
def furnished(base: Path) -> str:
    house = Inspected(base)
    house.furnish(base / "office")
    house.archive.close()
    return house.recovery_key


@pytest.fixture
def house(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inspected]:
    """A copy of the clean station, opened by the recovery key (which needs no Argon2)."""
    base = tmp_path_factory.getbasetemp() / "inspected"
    base.mkdir(exist_ok=True)
    recovery_key = furnished(base)
    shutil.copytree(base / "archive", tmp_path / "archive")
    made = Inspected.copied(tmp_path, recovery_key)
    yield made
    made.archive.close()


def fault(code: str, key: str, phase: str = "GD") -> Callable[[Damage], Damage]:
    def register(damage: Damage) -> Damage:
        FAULTS[damage.__name__] = (code, key, damage) if phase == "GD" else (f"{phase} {code}", key, damage)
        return damage

    return register


def first(house: Inspected) -> int:
    """The first record filed by item: a PDF of two pages."""
    return int(str(house.one("SELECT min(id) FROM visible_item WHERE title LIKE '关于样本检查%'")))


def volume(house: Inspected) -> int:
    return int(str(house.one("SELECT id FROM visible_volume WHERE state = 'filed'")))


def in_volume(house: Inspected, position: int) -> int:
    return int(str(house.one("SELECT id FROM item WHERE volume_id = ? AND position = ?", volume(house), position)))


def original(house: Inspected, item_id: int) -> tuple[int, Path]:
    object_id = int(str(house.one("SELECT object_id FROM document WHERE item_id = ?", item_id)))
    name = str(house.one("SELECT name FROM object WHERE id = ?", object_id))
    return object_id, house.archive.objects.path(name)


def exchange_original(house: Inspected, data: bytes, format: str = "pdf") -> None:
    """Another file in the place of the first record's original, with digests and journal to match."""
    arrival = house.receive(data, format, pages=2)
    new = house.archive.queries.arrival(arrival).object_id
    house.run("UPDATE document SET object_id = ? WHERE item_id = ?", new, first(house))
    house.run("UPDATE arrival SET outcome = 'quarantined' WHERE item_id = ?", first(house))
    house.run("UPDATE arrival SET outcome = 'filed', item_id = ? WHERE id = ?", first(house), arrival)


# -- originals


@fault("GD1-1", "original_damaged")
def a_byte_of_an_original_is_changed(house: Inspected) -> None:
    _id, path = original(house, first(house))
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)


@fault("GD1-1", "digest_differs")
def a_digest_is_swapped(house: Inspected) -> None:
    object_id, _path = original(house, first(house))
    house.run("UPDATE object SET sm3 = (SELECT sm3 FROM object WHERE id <> ? LIMIT 1) WHERE id = ?", object_id, object_id)


@fault("GD1-10", "original_missing")
def the_file_of_an_original_is_gone(house: Inspected) -> None:
    original(house, first(house))[1].unlink()


@fault("GD2-11", "bag_refused", "YJ")
def a_digest_would_be_refused_by_headquarters(house: Inspected) -> None:
    """The package would be refused as a whole: the trial finds it as headquarters would."""
    a_digest_is_swapped(house)


@fault("GD1-10", "no_original")
def a_record_has_lost_its_files(house: Inspected) -> None:
    object_id, _path = original(house, first(house))
    house.run("DELETE FROM document WHERE item_id = ?", first(house))
    house.run("UPDATE arrival SET outcome = 'quarantined', item_id = NULL WHERE object_id = ?", object_id)


@fault("GD1-10", "original_unused")
def an_original_belongs_to_nothing(house: Inspected) -> None:
    house.run("DELETE FROM arrival WHERE outcome = 'waiting'")


@fault("GD1-9", "format_differs")
def the_format_is_not_the_recorded_one(house: Inspected) -> None:
    house.run("UPDATE object SET format = 'tiff' WHERE id = ?", original(house, first(house))[0])


@fault("GD1-9", "size_differs")
def the_size_is_not_the_recorded_one(house: Inspected) -> None:
    object_id, _path = original(house, first(house))
    house.run("UPDATE object SET size_bytes = 5 WHERE id = ?", object_id)
    house.run("UPDATE arrival SET size_bytes = 5 WHERE object_id = ?", object_id)


@fault("GD2-2", "bytes_differ")
def less_is_kept_than_came(house: Inspected) -> None:
    house.run("UPDATE arrival SET size_bytes = size_bytes + 1 WHERE item_id = ?", first(house))


@fault("GD3-3", "format_not_taken")
def the_format_is_not_accepted(house: Inspected) -> None:
    house.run("UPDATE object SET format = 'heic' WHERE id = ?", original(house, first(house))[0])


@fault("GD3-4", "unreadable")
def an_original_was_never_read_and_cannot_be(house: Inspected) -> None:
    exchange_original(house, b"%PDF-1.4 pdfaid:part nothing of a page")
    object_id, _path = original(house, first(house))
    for page in house.archive.queries.pages(object_id):
        house.archive.pictures.remove(page.picture)
    house.run("DELETE FROM page WHERE object_id = ?", object_id)


@fault("GD3-7", "encrypted")
def an_original_is_under_a_password(house: Inspected) -> None:
    exchange_original(house, b"%PDF-1.4\npdfaid:part\ntrailer << /Encrypt 12 0 R >>\n%%EOF")


@fault("GD3-7", "archive_inside")
def an_original_holds_another_archive(house: Inspected) -> None:
    exchange_original(house, zipped("样本.zip"), "docx")


@fault("GD4-2", "runs")
def an_original_holds_a_macro(house: Inspected) -> None:
    exchange_original(house, zipped("word/vbaProject.bin"), "docx")


@fault("GD4-2", "runs")
def an_original_holds_a_script(house: Inspected) -> None:
    exchange_original(house, PDF + b"<< /S /JavaScript /JS (app.alert) >>")


@fault("GD3-5", "not_lasting", "CQ")
def an_original_will_not_last(house: Inspected) -> None:
    exchange_original(house, b"%PDF-1.4\nno mark of PDF/A\n%%EOF")


# -- descriptions


@fault("GD1-2", "problem.too_long")
def a_title_is_too_long(house: Inspected) -> None:
    house.run("UPDATE item SET title = ? WHERE id = ?", "长" * 301, first(house))


@fault("GD1-3", "problem.date_shape")
def a_date_is_no_date(house: Inspected) -> None:
    house.run("UPDATE item SET doc_date = '20261350' WHERE id = ?", first(house))


@fault("GD1-3", "problem.volume_case_no_shape")
def a_case_number_has_another_shape(house: Inspected) -> None:
    house.run("UPDATE volume SET case_no = 'B12' WHERE id = ?", volume(house))


@fault("GD1-4", "value_unknown")
def a_retention_is_on_no_list(house: Inspected) -> None:
    house.run("UPDATE item SET access_status = 'secretish' WHERE id = ?", first(house))


@fault("GD1-4", "problem.category_unknown")
def a_category_is_unknown(house: Inspected) -> None:
    # The last of its series: the number of another would be missed as well.
    house.run("UPDATE volume SET category = 'QQ' WHERE state = 'open'")
    house.run("UPDATE item SET category = 'QQ' WHERE state = 'open'")


@fault("GD1-5", "problem.date_future")
def a_date_lies_in_the_future(house: Inspected) -> None:
    house.run("UPDATE item SET doc_date = '29990101' WHERE id = ?", in_volume_open(house))


@fault("GD1-5", "problem.year_before_date")
def a_year_lies_before_the_date(house: Inspected) -> None:
    house.run("UPDATE item SET doc_date = '20260302', year = 2025 WHERE id = ?", in_volume_open(house))


@fault("GD1-5", "kept_too_short")
def a_record_is_kept_too_short(house: Inspected) -> None:
    house.run("UPDATE item SET document_type = '规章制度' WHERE id = ?", first(house))


@fault("GD1-5", "problem.dates_reversed")
def the_dates_of_a_volume_are_reversed(house: Inspected) -> None:
    house.run("UPDATE volume SET date_from = '20260303', date_to = '20260301' WHERE id = ?", volume(house))


@fault("GD1-5", "problem.volume_thick")
def a_volume_is_too_thick(house: Inspected) -> None:
    last = in_volume(house, 1)
    house.run("UPDATE item SET page_count = 300, page_to = 300 WHERE id = ?", last)
    house.run("UPDATE item SET page_from = page_from + 299, page_to = page_to + 299 WHERE volume_id = ? AND id <> ?",
              volume(house), last)  # fmt: skip
    house.run(
        "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT INTO page"
        " SELECT object_id, i, width_px, height_px, source, confidence, lines, picture FROM page, n WHERE object_id = ?",
        original(house, last)[0],
    )


@fault("GD1-6", "character_bad")
def a_title_holds_a_control_character(house: Inspected) -> None:
    house.run("UPDATE item SET title = title || char(7) WHERE id = ?", first(house))


@fault("GD1-6", "pair_open")
def a_bracket_is_left_open(house: Inspected) -> None:
    house.run("UPDATE item SET title = '关于（样本的通知' WHERE id = ?", first(house))


@fault("GD1-7", "code_differs")
def a_code_is_not_what_its_parts_make(house: Inspected) -> None:
    house.run("UPDATE item SET reference_code = 'Z900-WS·2026-D10-9999' WHERE id = ?", first(house))


@fault("GD1-8", "alike")
def a_document_number_comes_twice(house: Inspected) -> None:
    house.run("UPDATE item SET document_no = '样公〔2026〕2号' WHERE id = ?", first(house))


@fault("GD1-8", "alike")
def two_records_are_called_alike(house: Inspected) -> None:
    house.run("UPDATE item SET title = '样本现场照片' WHERE id = ?", first(house))


@fault("GD1-8", "code_used_again")
def a_code_was_another_records_before(house: Inspected) -> None:
    house.run(
        "INSERT INTO former_code (reference_code, kind, subject_id, scope, number, reason, at, agent_name)"
        " SELECT reference_code, 'item', id + 100, 'Z900|WS|2026|D10|', item_no, '', '', '' FROM item WHERE id = ?",
        first(house),
    )


@fault("GD2-3", "problem.volume_case_no")
def a_case_has_no_number(house: Inspected) -> None:
    house.run("UPDATE volume SET case_no = '' WHERE id = ?", volume(house))


@fault("GD2-4", "problem.creator_missing")
def a_mandatory_field_is_empty(house: Inspected) -> None:
    house.run("UPDATE item SET creator = '', document_no = '' WHERE id = ?", first(house))


@fault("GD2-4", "problem.volume_checker")
def nobody_checked_a_volume(house: Inspected) -> None:
    house.run("UPDATE volume SET checker = '' WHERE id = ?", volume(house))


# -- content and order


@fault("GD2-7", "pages_differ")
def the_number_of_pages_is_wrong(house: Inspected) -> None:
    house.run("UPDATE item SET page_count = 3 WHERE id = ?", first(house))


@fault("GD2-7", "pages_unread")
def a_page_of_a_split_file_is_gone(house: Inspected) -> None:
    house.run("UPDATE document SET pages = '[1, 2, 3]' WHERE item_id = ?", first(house))


@fault("GD2-7", "picture_missing")
def the_picture_of_a_page_is_gone(house: Inspected) -> None:
    object_id, _path = original(house, first(house))
    house.archive.pictures.remove(str(house.one("SELECT picture FROM page WHERE object_id = ? AND number = 2", object_id)))


@fault("GD2-7", "pages_overlap")
def pages_of_a_volume_overlap(house: Inspected) -> None:
    house.run("UPDATE item SET page_from = 1, page_to = 1 WHERE id = ?", in_volume(house, 2))
    house.run("UPDATE item SET page_from = page_from - 1, page_to = page_to - 1 WHERE volume_id = ? AND position > 2",
              volume(house))  # fmt: skip


@fault("GD2-7", "page_gap")
def a_page_number_of_a_volume_is_missing(house: Inspected) -> None:
    house.run("UPDATE item SET page_from = page_from + 1, page_to = page_to + 1 WHERE volume_id = ? AND position > 2",
              volume(house))  # fmt: skip


@fault("GD2-7", "problem.volume_items")
def a_filed_volume_is_empty(house: Inspected) -> None:
    empty = house.bind(
        [], title="空卷样本", year=2026, date_from="20260301", date_to="20260303", maker="样本甲", checker="样本乙",
        made_on="20260310",
    )  # fmt: skip
    house.run(
        "UPDATE volume SET state = 'filed', volume_no = 1, reference_code = 'Z900-WS·2026-D10-001' WHERE id = ?", empty.id
    )


@fault("GD2-8", "attachments_differ")
def an_attachment_is_missing(house: Inspected) -> None:
    house.run("UPDATE item SET attachment_count = 2 WHERE attachment_count = 1")


@fault("GD2-9", "problem.volume_lacks")
def a_volume_lacks_a_paper_it_must_have(house: Inspected) -> None:
    house.run("UPDATE item SET title = '样本材料', document_type = '' WHERE id = ?", in_volume(house, 1))


@fault("GD2-6", "number_gap")
def a_number_of_a_series_is_missing(house: Inspected) -> None:
    """The last record of a series is gone without a trace, and its paper with it."""
    last = int(str(house.one("SELECT id FROM item WHERE volume_id IS NULL AND retention = 'D10' ORDER BY item_no DESC")))
    house.run("UPDATE arrival SET outcome = 'quarantined', item_id = NULL WHERE item_id = ?", last)
    for table in ("document", "packed_item"):
        house.run(f"DELETE FROM {table} WHERE item_id = ?", last)
    house.run("UPDATE package SET records = (SELECT count(*) FROM packed_item WHERE package_id = package.id)")
    house.run("DELETE FROM item WHERE id = ?", last)
    house.archive.index.rebuild()


@fault("GD2-6", "position_gap")
def a_place_in_a_volume_is_empty(house: Inspected) -> None:
    house.run("UPDATE item SET position = position + 1 WHERE volume_id = ? AND position > 3", volume(house))


@fault("GD2-6", "number_gap")
def a_volume_number_was_given_and_is_nowhere(house: Inspected) -> None:
    house.run("UPDATE serial SET last = last + 1 WHERE scope LIKE 'volume|%'")


# -- journal, states, headquarters


@fault("GD2-5", "change_unaccounted")
def a_change_has_no_event(house: Inspected) -> None:
    house.run("UPDATE item SET changed_seq = changed_seq + 1 WHERE id = ?", first(house))


@fault("GD2-5", "event_missing")
def an_original_came_without_an_event(house: Inspected) -> None:
    house.run("UPDATE arrival SET id = id + 1000 WHERE item_id = ?", first(house))


@fault("GD2-1", "arrival_without_record")
def a_filed_paper_leads_nowhere(house: Inspected) -> None:
    house.run("UPDATE arrival SET item_id = 4711 WHERE item_id = ?", first(house))


@fault("GD2-1", "package_miscounted")
def a_package_says_more_than_it_carried(house: Inspected) -> None:
    house.run("UPDATE package SET records = records + 1")


@fault("GD4-7", "journal_broken")
def a_line_of_the_journal_is_changed(house: Inspected) -> None:
    house.run("DROP TRIGGER event_is_ink_update")
    house.run("UPDATE event SET agent_name = '别人' WHERE seq = 2")


@fault("GD4-7", "act_not_allowed")
def somebody_did_what_the_role_does_not_allow(house: Inspected) -> None:
    with house.archive.write(Agent(2, "样本审计", Role.AUDITOR)) as change:
        change.quarantine(int(str(house.one("SELECT id FROM arrival WHERE outcome = 'waiting'"))), "set_aside")


@fault("GD4-7", "item_in_gone_volume")
def a_record_stands_in_a_destroyed_volume(house: Inspected) -> None:
    house.run("UPDATE volume SET state = 'destroyed' WHERE state = 'open'")


@fault("GD4-7", "lent_gone")
def a_destroyed_record_is_still_lent(house: Inspected) -> None:
    gone = house.one("SELECT id FROM item WHERE state = 'destroyed'")
    house.run("INSERT INTO loan_subject (loan_id, kind, subject_id, out) VALUES (1, 'item', ?, 1)", gone)


@fault("GD4-7", "held_gone")
def a_destroyed_record_is_still_held(house: Inspected) -> None:
    gone = house.one("SELECT id FROM item WHERE state = 'destroyed'")
    house.run("INSERT INTO hold (kind, subject_id, reason, placed_at, placed_by) VALUES ('item', ?, '', '', '')", gone)


@fault("GD1-13", "receipt_invalid")
def a_receipt_was_changed(house: Inspected) -> None:
    house.run("UPDATE receipt SET document = replace(document, 'accepted', 'accepteD')")


@fault("GD1-13", "no_receipt")
def a_record_counts_as_delivered_without_a_receipt(house: Inspected) -> None:
    house.run("DELETE FROM packed_item WHERE item_id = ?", first(house))
    house.run("UPDATE package SET records = (SELECT count(*) FROM packed_item WHERE package_id = package.id)")


@fault("GD4-3", "file_unused")
def a_file_belongs_to_nothing(house: Inspected) -> None:
    house.archive.objects.put(b"left by somebody")


@fault("GD4-3", "file_unused")
def a_file_was_put_beside_the_packages(house: Inspected) -> None:
    (house.folder / "packages" / "样本.exe").write_bytes(b"MZ")


@fault("GD3-2", "index_differs")
def the_index_knows_a_record_that_is_gone(house: Inspected) -> None:
    house.run("UPDATE item SET sealed = 1 WHERE id = ?", in_volume_open(house))


def in_volume_open(house: Inspected) -> int:
    return int(str(house.one("SELECT item.id FROM item JOIN volume ON volume.id = volume_id WHERE volume.state = 'open'")))


def zipped(name: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as package:
        package.writestr(name, b"content")
    return held.getvalue()


# -- the proof


def test_a_clean_station_has_no_finding_in_any_phase(house: Inspected) -> None:
    inspection = Inspection(house.archive, CHIEF)
    for phase in PHASES:
        run = inspection.run(phase)
        assert [(one.fault.code, one.fault.key, one.fault.facts) for one in inspection.findings(run.id)] == []
        assert run.result is Verdict.PASSED
        verdicts = {result.code: result.verdict for result in run.results}
        assert set(verdicts.values()) == {Verdict.PASSED, Verdict.MANUAL}
        assert all(result.checked for result in run.results if result.verdict is Verdict.PASSED)


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found_by_the_check_meant_for_it(house: Inspected, name: str) -> None:
    wanted, key, damage = FAULTS[name]
    *phase, code = wanted.split()
    damage(house)
    inspection = Inspection(house.archive, CHIEF)
    run = inspection.run(phase[0] if phase else "GD")
    faults = [finding.fault for finding in inspection.findings(run.id)]
    # A digest that is wrong is wrong in the archive and would be in a package.
    also = {"GD1-1"} if code == "GD2-11" else set()
    assert {fault.code for fault in faults} == {code} | also, [(fault.code, fault.key, fault.facts) for fault in faults]
    assert key in {fault.key for fault in faults}
    assert {result.code for result in run.results if result.found} == {code} | also
    heavy = min((fault.severity for fault in faults), key=list(Severity).index)
    assert run.result is {"blocking": Verdict.FAILED, "warning": Verdict.WARNED, "info": Verdict.PASSED}[heavy.value]
    for one in faults:
        told = tell(one)
        assert told.what and told.why and told.todo
        assert one.subject or one.object


def test_there_are_at_least_thirty_faults_and_every_nature_has_some() -> None:
    assert len(FAULTS) >= 30
    assert {wanted.split()[-1][:3] for wanted, _key, _damage in FAULTS.values()} == {"GD1", "GD2", "GD3", "GD4"}


def test_of_a_sealed_record_only_its_original_is_answered_for(house: Inspected) -> None:
    object_id = house.one("SELECT object_id FROM document JOIN item ON item.id = item_id WHERE sealed = 1 AND volume_id IS NULL")
    name = house.one("SELECT name FROM object WHERE id = ?", object_id)
    house.run("UPDATE item SET title = ?, creator = '', doc_date = '29990101' WHERE sealed = 1", "长" * 400)
    house.run("UPDATE object SET format = 'tiff' WHERE id = ?", object_id)
    inspection = Inspection(house.archive, CHIEF)
    assert inspection.findings(inspection.run("GD").id) == []
    house.archive.objects.path(str(name)).write_bytes(b"changed")
    (finding,) = inspection.findings(inspection.run("GD").id)
    found = finding.fault
    assert (found.code, found.key, found.subject, found.object) == ("GD1-1", "original_damaged", None, f"object:{object_id}")
    assert found.facts == {}


def test_a_finding_forgets_what_was_sealed_since(house: Inspected) -> None:
    house.run("UPDATE item SET page_count = 3 WHERE id = ?", first(house))
    inspection = Inspection(house.archive, CHIEF)
    run = inspection.run("GD")
    subject = Subject(Kind.ITEM, first(house))
    assert [one.fault.subject for one in inspection.findings(run.id)] == [subject]
    assert list(inspection.names([subject])) == [subject]
    house.run("UPDATE item SET sealed = 1 WHERE id = ?", subject.id)
    assert [one.fault.subject for one in inspection.findings(run.id)] == [None]
    assert inspection.names([subject]) == {}
