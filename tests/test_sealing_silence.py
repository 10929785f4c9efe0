"""tests/test_sealing_silence.py — what is sealed is in no answer: every read, every form, every service, found by introspection.

A house lives a little with records that are going to be sealed (everything of theirs has 玄字 in it); then they are. Every
public method of `Queries`, `Station` and its services is called with whatever could lead to them. A new read whose
arguments are not in the tables below fails here until somebody says what to ask it.
"""

from __future__ import annotations

import inspect
import itertools
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, get_type_hints

import pypdfium2
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as tried
from hypothesis import strategies as st
from PIL import UnidentifiedImageError

from app.reports import REPORTS
from app.station import Station
from storage.errors import Known, NoSuchRecord
from storage.queries import Queries
from storage.records import (
    PROGRAM,
    Agent,
    Category,
    Document,
    ItemDraft,
    Kind,
    Line,
    Page,
    Retention,
    Subject,
)
from storage.records.descriptions import Part as Piece
from storage.records.disposal import Opinion
from storage.records.inspection import CheckResult, Fault, Scope, Severity, Verdict
from storage.records.interchange import Selection
from storage.records.journal import JournalFilter
from storage.records.lending import LoanDraft, LoanMode
from storage.records.people import Act, EntityDraft, EntityKind, Part, Purpose
from storage.records.scheme import Place, PlaceKind, RelationType
from storage.records.sealing import Look
from storage.records.volumes import VolumeDraft, VolumeFilter, VolumePart
from tests.plays.sealing import OTHER, volume, wanted
from tests.stations import CHIEF, FONDS, House, code, draft, raise_it

MARK = "玄字"
SEALS = Category("ZY·XZ", "行政案件", "Administrative cases", Retention.D30, seals=True)
LATER = date(2045, 3, 1)
ID_NUMBER, PHONE = "990101196601011237", "10098765432"
#: What goes to headquarters and nowhere else: codes and lasting names are in it, descriptions are not.
FOR_HEADQUARTERS = {
    "items_changed", "items_held_back", "journal_lines", "uuids", "volume_item_uuids", "packed_items", "receipts", "newest_receipts",
    "volumes_changed",
}  # fmt: skip
#: Not reads of records: keys, and the ways in and out of a station.
NOT_ASKED = {
    "fact": "the station's own secrets, not records",
    "create": "founds another station", "open": "unlocks another station", "recover": "unlocks another station", "start": "begins", "stop": "ends",
    "listen": "hears events, which hold no content", "note_full": "a part of acts", "register": "a form, asked for below",
    "report": "a form, asked for below", "suggest": "about a file somebody brings", "remembers": "about a file somebody brings",
    "notice": "is told of an error", "question_digest": "a digest of what somebody gives", "receipt_holds": "about headquarters' own answer", "sources_present": "paths in the scan folder, to remove what is there",
}  # fmt: skip
#: Told by numbers, because numbers are never given twice and the house must stay whole: never by a name or a description.
TOLD_BY_NUMBER = {
    "codes_taken": "an import must not give a code again", "numbers_in_volume": "nor a number", "volume_numbers": "nor a number",
    "places_in_volume": "the order of a volume, for its inspection", "item_ids_of": "for disposal", "lent": "for disposal",
    "uuids": "for headquarters", "events_about": "the journal names ids, and is ink", "page_numbers": "of a file in hand",
    "sealed_copy": "the name of an encrypted file",
}  # fmt: skip


@dataclass
class World:
    """A house with some records in the open and some that are going to be sealed."""

    house: House
    station: Station
    items: list[int] = field(default_factory=list)
    volumes: list[int] = field(default_factory=list)
    objects: list[int] = field(default_factory=list)
    arrivals: list[int] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    open_item: int = 0
    open_volume: int = 0
    open_shared: int = 0

    def to_seal(self) -> list[Subject]:
        """A volume seals the items it holds, the last of them."""
        return [Subject(Kind.VOLUME, id) for id in self.volumes] + [Subject(Kind.ITEM, id) for id in self.items[:4]]

    def subjects(self) -> list[Subject]:
        return [Subject(Kind.ITEM, id) for id in self.items] + [Subject(Kind.VOLUME, id) for id in self.volumes]


def write(house: House, step: Callable[[Any], Any], agent: Agent = CHIEF) -> Any:
    with house.archive.write(agent) as change:
        return step(change)


def build(folder: Path, secrets: bool) -> World:
    house = House(folder)
    write(house, lambda change: change.change_category(SEALS, "样本"))
    station = Station(house.archive, CHIEF, lambda call: call(), raise_it)
    world = World(house, station)
    for number in range(3):
        world.open_item = house.file(house.receive(f"公开正文{number}".encode()), title=f"公开题名{number}").id
    opened, inside = volume(house, [b"open one", b"open two"][: 1 + secrets], title="公开案卷", category="WS")
    world.open_volume = opened.id
    if secrets:
        _secrets(world, inside[1])
    house.archive.index.catch_up()
    return world


def _secrets(world: World, part_of_an_open_volume: Subject) -> None:
    house, queries = world.house, world.house.archive.queries
    paper = house.receive("玄字正文，玄字某人，990101196601011237".encode(), name="玄字文件.txt")
    described = {
        "title": "玄字殴打他人案", "document_no": "玄字〔2019〕1号", "creator": "玄字责任者", "remarks": "玄字备注", "category": "ZY·XZ",
        "year": 2019, "doc_date": "20190101", "retention": Retention.D10, "subjects": "玄字主题", "abstract": "玄字摘要",
    }  # fmt: skip
    item = house.file(paper, **described)
    subject, open_subject = Subject(Kind.ITEM, item.id), Subject(Kind.ITEM, world.open_item)
    raw = queries.item(item.id)
    write(house, lambda change: change.correct(item.id, draft(**(described | {"title": "玄字更正题名"})), "玄字更正理由", raw.changed_seq))
    series, seen = draft(**(described | {"year": 2020})), queries.item(item.id).changed_seq
    write(house, lambda change: change.renumber(
        item.id, series, _scope(raw.draft), _scope(series), lambda n: code(series, n), "玄字改号理由", seen))  # fmt: skip
    seen = queries.item(item.id).changed_seq
    write(house, lambda change: change.bulk_edit([(item.id, seen, {"remarks": "玄字批改"})], {"box": "1"}, "样本批改"))
    person = write(house, lambda change: change.name_entity(
        EntityDraft(name="玄字某人", alias="玄字别名", id_number=ID_NUMBER, phone=PHONE, address="玄字路1号", minor=True)))  # fmt: skip
    write(house, lambda change: change.mention(person, subject, Part.OFFENDER))
    write(house, lambda change: change.disclose(subject, Purpose.CASE, "玄字依据", Act.OPEN))
    write(house, lambda change: change.relate(subject, RelationType.SEE_ALSO, open_subject, "玄字关系"))
    place = write(house, lambda change: change.keep_place(Place(PlaceKind.ROOM, "1")))
    write(house, lambda change: change.put_away([subject, open_subject], place, "1"))
    write(house, lambda change: change.place_hold(subject, "玄字保全"))
    batch = write(house, lambda change: change.open_appraisal("20450301", ["样本甲"], [subject, open_subject], LATER))
    write(house, lambda change: change.appraise(batch, [subject], Opinion.EXTEND, "玄字鉴定理由", "20600101"))
    write(house, lambda change: change.view(item.id))
    write(house, lambda change: change.export(str(subject), "00", 1))
    now = queries.item(item.id)
    write(house, lambda change: change.inspect(
        "GD", str(Scope()), "1", "2026-01-01T00:00:00+00:00", Verdict.FAILED, [CheckResult("GD1-1", Verdict.FAILED, 1, 1)],
        [Fault("GD1-1", "format_not_taken", Severity.WARNING, subject, now.reference_code,
               {"format": now.title})]))  # fmt: skip
    world.told.add(item.reference_code)
    # Several records of one scan, one of them in the open.
    shared = house.receive("玄字第二页".encode(), name="玄字合扫.txt")
    object_id = queries.arrival(shared).object_id
    assert object_id is not None
    pages = [(_page(1, "公开第一页"), house.archive.pictures.put(b"open page").name),
             (_page(2, "玄字第二页"), house.archive.pictures.put(b"sealed page").name)]  # fmt: skip
    write(house, lambda change: change.read(object_id, "text", pages, draft()), PROGRAM)
    parts = [Piece((1,), draft(title="公开合扫")), Piece((2,), draft(title="玄字合扫", category="ZY·XZ"))]
    first, second = write(house, lambda change: change.split_arrival(
        shared, parts, FONDS.number, _scope, code))  # fmt: skip
    world.open_shared = first
    # A file that came twice; a volume; an item of a volume that stays; a record that is out on loan.
    custody = house.custody("玄字正文，玄字某人，990101196601011237".encode(), name="玄字副本.txt", path="/scan/玄字副本.txt")
    kept = queries.arrival(paper).object_id
    assert kept is not None
    copy = write(house, lambda change: change.recognise_duplicate(uuid.uuid4().hex, custody, kept), PROGRAM)
    whole, inside = volume(
        house, ["玄字卷内一".encode(), "玄字卷内二".encode()], title="玄字案卷", case_name="玄字案", case_no="A" + "7" * 22,
        cause="玄字案由", decided_on="20260301", closed_on="20260302", lead_officer="玄字民警", handling_unit="玄字队",
    )  # fmt: skip
    seen = queries.item(part_of_an_open_volume.id).changed_seq
    write(house, lambda change: change.correct(part_of_an_open_volume.id, draft(title="玄字卷内件"), "样本", seen))
    out = house.file(house.receive("玄字在借".encode(), name="玄字在借.txt"), title="玄字在借件")
    for subjects, lent in (((subject, open_subject), False), ((Subject(Kind.ITEM, out.id),), True)):
        wish = LoanDraft("样本借阅人", "样本大队", purpose="case", basis="样本办案需要", mode=LoanMode.LEND)
        loan = write(house, lambda change, wish=wish, subjects=subjects: change.request_loan(wish, list(subjects), 2026))
        if lent:
            write(house, lambda change, loan=loan: change.approve_loan(loan, "同意"), OTHER)
            write(house, lambda change, loan=loan: change.lend(loan, "2026-01-02", {Subject(Kind.ITEM, out.id): "完好"}))
    write(house, lambda change: change.request_consultation(wanted("样本某甲")))
    world.items = [item.id, second, part_of_an_open_volume.id, out.id, *(each.id for each in inside)]
    world.volumes = [whole.id]
    world.arrivals = [paper, copy, shared]
    for item_id in world.items:
        world.documents += queries.documents(item_id, superseded=True)
    world.objects = sorted({document.object_id for document in world.documents})
    found = [queries.item(item_id) for item_id in world.items] + [queries.volume(whole.id)]  # type: ignore[list-item]
    world.codes = {record.reference_code for record in found} | {item.reference_code} | {record.uuid for record in found}
    world.told = {MARK, ID_NUMBER, PHONE, "A" + "7" * 22}


def _scope(described: ItemDraft) -> tuple[str, ...]:
    return (FONDS.number, described.category, str(described.year), described.retention.value, described.office)


def _page(number: int, text: str) -> Page:
    return Page(number, 100, 140, (Line(text, 0.1, 0.1, 0.8, 0.02),), b"", "typeset", 1.0)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("silence")
        patch.setenv("ANJUAN_CONFIG", str(folder / "config"))
        world = build(folder, secrets=True)
        for subject in world.to_seal():
            write(world.house, lambda change, subject=subject: change.seal(subject, "样本依据"))
        yield world
        world.house.archive.close()


# -- what to ask


def arguments(world: World, door: str, name: str, hint: Any) -> list[Any]:
    """What to ask a parameter of this name and type with: whatever could lead to what is sealed."""
    shown = str(hint)
    by_type: list[tuple[str, Callable[[], list[Any]]]] = [
        ("VolumeFilter", lambda: [VolumeFilter(), VolumeFilter(text=MARK), VolumeFilter(case_no="A" + "7" * 22)]),
        ("inspection.Scope", lambda: [Scope(), *(Scope(subject=subject) for subject in world.subjects())]),
        ("interchange.Selection", lambda: [Selection(), *(Selection(volume_id=id) for id in world.volumes),
                                           Selection(codes=tuple(world.codes))]),
        ("ItemDraft", lambda: [draft(category="ZY·XZ", year=2019)]),
        ("VolumeDraft", lambda: [VolumeDraft(title="样本", category="ZY·XZ", year=2026)]),
        ("EntityKind", lambda: list(EntityKind)),
        ("LoanMode", lambda: list(LoanMode)),
        ("Retention", lambda: [Retention.D10, Retention.D30]),
        ("records.Item'", lambda: [world.station.item(world.open_item)]),
        ("volumes.Volume'", lambda: [world.station.volumes.volume(world.open_volume)]),
        ("Results", lambda: [world.station.search(MARK), world.station.search("公开")]),
        ("Residue", lambda: world.house.archive.queries.residues()),
        ("disposal.Appraisal'", lambda: [world.house.archive.queries.appraisal(1)]),
        ("lending.Loan'", lambda: [world.house.archive.queries.loan(1), world.house.archive.queries.loan(2)]),
        ("Document", lambda: world.documents),
        ("JournalFilter", lambda: [JournalFilter(), *(JournalFilter(subject=subject) for subject in world.subjects())]),
    ]  # fmt: skip
    for marker, make in by_type:
        if marker in shown and "Sequence" not in shown:
            return make()
    if hint is date or name in ("today", "cutoff", "first_day", "last_day", "first", "last"):
        days = [date(2026, 1, 1), LATER]
        return days if hint is date else [day.isoformat() if "day" in name else day.strftime("%Y%m%d") for day in days]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)
    every = [*world.items, world.open_item, world.open_shared]
    codes = sorted(world.codes | {"Z900"})
    table: dict[str, list[Any]] = {
        "item_id": every, "item_ids": [every], "volume_id": [*world.volumes, world.open_volume], "subject": world.subjects(),
        "volume_ids": [[*world.volumes, world.open_volume]], "subjects": [world.subjects()], "object_id": world.objects,
        "arrival_id": world.arrivals, "number": [1, 2] if hint is int else codes, "page": [1, 2], "reference_code": codes,
        "code": codes, "codes": [codes], "texts": [codes], "category": ["ZY·XZ"], "year": [2019, 2020], "retention": ["D10"],
        "entity_id": [0, 1, 2], "entity_ids": [[1, 2]], "term": ["玄字某人", "玄字", "xuanzi", ID_NUMBER, ID_NUMBER[:6], PHONE], "id_number": [ID_NUMBER], "plate": [""],
        "query": [MARK, "玄字某人"], "asked": [MARK, *codes], "text": [MARK], "case_no": ["A" + "7" * 22],
        "consultation_id": [1, 999], "loan_id": [1, 2], "appraisal_id": [1], "inspection_id": [1], "bulk_id": [1],
        "package_id": ["none"], "after_seq": [0], "after": [0], "upto": [10**9], "limit": [10_000], "offset": [0],
        "scope": [("Z900", "ZY·XZ", "2019", "D10", "")], "fonds": ["Z900"], "office": [""], "superseded": [True],
        "numbers": [list(range(1, world.house.archive.queries.head()[0] + 1))], "before": [0], "seq": [1], "day": ["2026-01-01"],
        "users_only": [False], "lifted": [True], "since": ["", "19000101"], "until": ["~"], "dated_only": [False], "source_sha256": [""],
        "sha256": ["00"], "path": ["/scan/玄字副本.txt"], "modified_ns": [1], "token": ["none"], "name": ["dat13"],
        "agent_name": ["样本·所长"], "count": [1000], "agent_id": [1, 999], "fingerprint": ["none"], "objects": [[str(subject) for subject in world.subjects()]],
        "columns": [["title"], ["document_no"]], "in_volume": [True, False], "types": [["file", "file_into"]],
        "event": ["view"], "fault": ["ab" * 32], "what": [str(world.subjects()[0])], "place_id": [1], "document_type": [""], "holidays": [""],
        "format": ["csv"], "states": [], "outcomes": [],
        "volumes": [[world.station.volumes.volume(world.open_volume)]], "parts": [list(VolumePart)],
    }  # fmt: skip
    return {"items_outside": ["retention"]}.get(door, table[name]) if name == "name" else table[name]


#: What could never lead to a record, in the place of what leads to a sealed one.
NEVER = {
    "item_id": 10**6, "volume_id": 10**6, "object_id": 10**6, "entity_id": 10**6, "document": Document(10**6, 10**6, 1, 10**6),
    "reference_code": "Z900-NONE", "code": "Z900-NONE", "case_no": "A" + "0" * 22, "term": "无此姓名", "id_number": "无此号码",
    "query": "无此词语", "asked": "无此词语", "text": "无此词语", "item_ids": [10**6], "volume_ids": [10**6], "codes": ["Z900-NONE"],
    "subjects": [Subject(Kind.ITEM, 10**6)], "objects": ["item:1000000"],
}  # fmt: skip


def doors() -> list[tuple[str, str]]:
    """Every public read: of `Queries`, of `Station`, of each service it carries."""
    found = [("queries", name) for name in _public(Queries)]
    found += [("", name) for name in _public(Station)]
    for attribute, kind in sorted(get_services().items()):
        found += [(attribute, name) for name in _public(kind)]
    return found


def get_services() -> dict[str, type]:
    """The services of a station, by the annotated imports of its module: whatever its constructor makes of (archive, agent)."""
    import app.station

    names = ("Description", "Volumes", "Scheme", "Lending", "Disposal", "Sealing", "People", "Inspection", "Interchange", "Drafts", "Searches", "Anchors")
    return {name.lower(): getattr(app.station, name) for name in names}


def _public(kind: type) -> list[str]:
    return [name for name, member in inspect.getmembers(kind, callable) if not name.startswith("_")]


def is_act(method: Any) -> bool:
    """Acts ask for leave and write, themselves or through a part of theirs; reads do neither (a rule of the house)."""
    owner, source = getattr(method, "__self__", None), inspect.getsource(method)
    parts = [getattr(owner, name, None) for name in re.findall(r"self\.(_\w+)\(", source)]
    sources = [source, *(inspect.getsource(part) for part in parts if inspect.ismethod(part))]
    return any("require(" in each or ".write(" in each for each in sources)


def calls(world: World, method: Any) -> Iterator[dict[str, Any]]:
    """The keyword arguments to ask with: what must be given in every combination, what may be given one at a time."""
    hints = get_type_hints(inspect.unwrap(getattr(method, "__func__", method)))
    must, may = {}, {}
    for name, parameter in inspect.signature(method).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.default is parameter.empty:
            must[name] = arguments(world, method.__name__, name, hints.get(name))
        elif name not in ("step", "cancelled", "post", "failed", "confirmed"):
            try:
                may[name] = arguments(world, method.__name__, name, hints.get(name))
            except KeyError:
                continue  # its default is asked with
    for values in itertools.islice(itertools.product(*must.values()), 400):
        given = dict(zip(must, values, strict=True))
        yield given
        for name, others in may.items():
            for value in others:
                yield given | {name: value}


def said(answer: Any) -> str:
    """Everything an answer says."""
    if isinstance(answer, bytes) and answer.startswith(b"%PDF"):
        document = pypdfium2.PdfDocument(answer)
        return "".join(page.get_textpage().get_text_range() for page in document)
    if isinstance(answer, bytes):
        return answer.decode("utf-8", "replace")
    if isinstance(answer, Iterator):
        return " ".join(said(one) for one in answer)
    if is_dataclass(answer) and not isinstance(answer, type):
        return " ".join([type(answer).__name__, *(said(getattr(answer, field.name)) for field in fields(answer))])
    if isinstance(answer, dict):
        return " ".join(said(key) + " " + said(value) for key, value in answer.items())
    if isinstance(answer, list | tuple | set | frozenset):
        return " ".join(said(one) for one in answer)
    return str(answer)


def leaks(world: World, text: str, given: Any, *, codes: bool = True) -> list[str]:
    """What of the sealed records the text has, apart from what was put into the question."""
    known = said(given)
    secret = world.told | (world.codes if codes else set())
    return sorted(word for word in secret if word in text and word not in known)


def ask(world: World, owner: Any, name: str, *, codes: bool = True) -> None:
    method = getattr(owner, name)
    for given in calls(world, method):
        try:
            text = said(method(**given))
        except (Known, UnidentifiedImageError) as error:  # the pages of the open ones are no real pictures here
            text = said(getattr(error, "facts", ""))
        assert not leaks(world, text, given, codes=codes), (name, given, text[:2000])


@pytest.mark.parametrize(("owner", "name"), doors(), ids=lambda part: part or "station")
def test_no_read_has_anything_of_what_is_sealed(world: World, owner: str, name: str) -> None:
    if name in NOT_ASKED:
        return
    target: Any = world.station
    if owner:
        target = world.house.archive.queries if owner == "queries" else getattr(world.station, owner)
    if owner != "queries" and is_act(getattr(target, name)):
        return
    ask(world, target, name, codes=name not in FOR_HEADQUARTERS)


@pytest.mark.parametrize(("owner", "name"), doors(), ids=lambda part: part or "station")
def test_the_sealed_is_answered_as_what_never_was(world: World, owner: str, name: str) -> None:
    """The same answer, or the same refusal, as for an id, a code or a name that nothing ever had."""
    target = world.station if not owner else (
        world.house.archive.queries if owner == "queries" else getattr(world.station, owner)
    )  # fmt: skip
    method = getattr(target, name)
    asked_for = [name for name in inspect.signature(method).parameters if name in NEVER or name == "subject"]
    numbers = {*NOT_ASKED, *(TOLD_BY_NUMBER if owner == "queries" else ())}
    if name in numbers or (owner != "queries" and is_act(method)) or not asked_for:
        return
    for given in calls(world, method):
        for parameter in asked_for:
            if parameter not in given or given[parameter] in (world.open_item, world.open_volume, world.open_shared, 0, "Z900"):
                continue
            value = given[parameter]
            if parameter in ("item_ids", "volume_ids", "subjects", "objects", "codes"):
                value = {"item_ids": world.items, "volume_ids": world.volumes, "codes": sorted(world.codes),
                         "subjects": world.subjects(), "objects": [str(one) for one in world.subjects()]}[parameter]  # fmt: skip
            never = NEVER.get(parameter) or Subject(value.kind, 10**6)
            assert _answer(method, given | {parameter: value}) == _answer(method, given | {parameter: never}), (name, given)


def _answer(method: Any, given: dict[str, Any]) -> tuple[str, str]:
    try:
        return "answer", said(method(**given))
    except (Known, UnidentifiedImageError) as error:
        return "refusal", type(error).__name__


# -- forms, totals, acts


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_no_form_has_anything_of_what_is_sealed(world: World, report: Any) -> None:
    asked: dict[str, list[Any]] = {
        "volume_id": [*world.volumes, world.open_volume], "item_id": [*world.items, world.open_item], "secret": [True],
        "first_day": ["2020-01-01"], "last_day": ["2099-12-31"], "day": ["2099-12-31"], "today": ["2099-12-31"],
        "number": ["JY-2026-0001", "JY-2026-0002"], "entity": [0, 1], "year": [None, 2019], "category": [None, "ZY·XZ"],
        "appraisal_id": [1], "consultation_id": [1], "inspection_id": [1], "since": [""], "until": [""],
    }  # fmt: skip
    names = [name.name for name in fields(report.wishes) if name.name in asked]
    for values in itertools.product(*(asked[name] for name in names)):
        given = dict(zip(names, values, strict=True))
        try:
            text = said(world.station.report(report.name, given))
        except Known as error:
            text = said(error.facts)
        found = leaks(world, "".join(text.split()), given)
        assert not found, (given, text)


def test_the_forms_are_really_read(world: World) -> None:
    assert "公开题名0" in said(world.station.report("item_register", {}))


def test_totals_are_those_of_a_house_where_it_never_was(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    never = build(tmp_path_factory.mktemp("never"), secrets=False)
    shared = never.house.receive("公开第一页".encode())
    never.house.file(shared, title="公开合扫")
    never.house.archive.index.catch_up()
    def totals(world: World) -> dict[str, object]:
        station, queries = world.station, world.house.archive.queries
        wide = VolumeFilter()
        found = {query: station.search(query) for query in ("样本", MARK, "公开", "派出所", "玄字某人", "-公开")}
        return {
            "counts": station.counts(), "years": station.years(), "items": queries.item_count(), "count": queries.count(),
            "volumes": queries.volume_count(wide), "volume_years": queries.volume_years(), "behind": station.unsearchable(),
            "found": {query: (results.total, results.facets) for query, results in found.items()},
            "titles": sorted(item.title for _hit, item in station.found(found["公开"])),
            "arrivals": len(station.arrivals(limit=-1)),
            "volume": [(one.item_count, one.page_count) for one in queries.volumes(wide)],
        }  # fmt: skip

    at_once = totals(world)
    assert at_once == totals(never)
    world.house.archive.index.catch_up()
    assert totals(world) == at_once
    never.house.archive.close()


def test_nothing_is_done_to_what_is_sealed(world: World, tmp_path: Path) -> None:
    """No act of the station or of its services takes what is sealed: no event names it, no row of it moves."""
    queries, station = world.house.archive.queries, world.station
    before, head = _rows(world), queries.head()[0]
    sealed = world.items[0]
    for act in (
        lambda: station.view(sealed),
        lambda: station.printed(f"item:{sealed}", 1),
        lambda: station.printed(f"volume:{world.volumes[0]}", 1),
        lambda: station.export(b"text", tmp_path / "out", f"item:{sealed}"),
        lambda: station.copy(sealed, world.objects[0]),
        lambda: station.description.raw(sealed),
        lambda: station.description.correct(sealed, draft(title="别的"), "样本", 0),
        lambda: station.view_volume(world.volumes[0]),
        lambda: station.volumes.describe(world.volumes[0], VolumeDraft(title="别的", year=2026), "样本"),
        lambda: station.people.disclose(Subject(Kind.ITEM, sealed), Purpose.CASE, "样本"),
        lambda: station.people.name(Subject(Kind.ITEM, sealed), EntityDraft(name="别人"), Part.WITNESS),
        lambda: station.people.confirm(1, Subject(Kind.ITEM, sealed), Part.WITNESS),
        lambda: station.people.merge(1, 1),
        lambda: station.scheme.relate(Subject(Kind.ITEM, sealed), RelationType.SEE_ALSO, Subject(Kind.ITEM, 1)),
        lambda: station.scheme.put_away([Subject(Kind.ITEM, sealed)], 1),
        lambda: station.disposal.place_hold(Subject(Kind.ITEM, sealed), "样本"),
    ):
        with pytest.raises(Known) as refused:
            pytest.fail(f"{inspect.getsource(act)} gave {act()!r}")
        assert not leaks(world, said(refused.value.facts), "")
    assert not (tmp_path / "out").exists()
    assert _rows(world) == before and queries.head()[0] == head


def _rows(world: World) -> list[Any]:
    reader = world.house.archive.database.reader()
    return [
        reader.rows(f"SELECT * FROM {table} ORDER BY 1, 2")
        for table in ("item", "volume", "document", "version", "mention", "entity", "relation", "hold", "disclosure")
    ]


def test_a_copy_that_comes_again_leads_nowhere(world: World) -> None:
    """It is a duplicate: whoever brings it holds the content. Neither the record nor the name it was filed under is told."""
    station, queries = world.station, world.house.archive.queries
    content = "玄字正文，玄字某人，990101196601011237".encode()
    kept = queries.object_of(world.house.custody(content).sha256)
    assert kept is not None and kept.original_name == ""
    before = station.counts()
    custody = world.house.custody(content, name="重新扫描.txt", path="/scan/重新扫描.txt")
    arrival_id = write(world.house, lambda change: change.recognise_duplicate(uuid.uuid4().hex, custody, kept.id), PROGRAM)
    (arrival,) = [arrival for arrival in station.arrivals() if arrival.id == arrival_id]
    assert (arrival.name, arrival.object_id, arrival.item_id) == ("重新扫描.txt", None, None)
    assert station.counts().duplicate == before.duplicate + 1
    assert queries.item_of_object(kept.id) is None and queries.pages(kept.id) == []
    with pytest.raises(NoSuchRecord):
        station.page_picture(kept.id, 1)


def test_of_a_scan_in_common_only_the_open_pages_are_shown(world: World) -> None:
    (document,) = world.house.archive.queries.documents(world.open_shared)
    assert [page.text for page in world.station.page_text(document.object_id)] == ["公开第一页"]
    assert world.station.page_picture(document.object_id, 1)
    for ask in (
        lambda: world.station.page_picture(document.object_id, 2),
        lambda: world.house.archive.queries.object(document.object_id),
    ):
        with pytest.raises(NoSuchRecord):
            ask()


def test_what_waits_in_the_inbox_is_read_as_before(world: World) -> None:
    arrival = world.house.receive("等待归档".encode(), name="等待.txt")
    object_id = world.house.archive.queries.arrival(arrival).object_id
    assert object_id is not None
    assert [page.text for page in world.station.page_text(object_id)] == ["等待归档"]
    assert world.house.archive.queries.object(object_id).original_name == "等待.txt"
    write(world.house, lambda change: change.quarantine(arrival, "set_aside"))


# -- any history

ACTS = ("file", "seal", "unseal", "correct", "copy", "lend", "look", "index")


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@tried(history=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 5)), min_size=4, max_size=25))
def test_after_any_history_the_sealed_are_nowhere_and_the_open_are_found(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, history: list[tuple[str, int]]
) -> None:
    """Every record has a word of its own: it is found when it is open, and nothing has the word while it is sealed."""
    folder = tmp_path_factory.mktemp("history")
    monkeypatch.setenv("ANJUAN_CONFIG", str(folder / "config"))
    house = House(folder)
    station = Station(house.archive, CHIEF, lambda call: call(), raise_it)
    queries, words, sealed = house.archive.queries, {}, set()  # type: ignore[var-annotated]
    for act, number in [("file", 0), *history]:
        known = sorted(words)
        item_id = known[number % len(known)] if known else 0
        subject = Subject(Kind.ITEM, item_id)
        if act == "file":
            word = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁"[len(words)] * 3
            words[house.file(house.receive(f"{word}。".encode(), name=f"{word}.txt"), title=word).id] = word
        elif act == "seal" and item_id not in sealed:
            write(house, lambda change, subject=subject: change.seal(subject, "样本"))
            sealed.add(item_id)
        elif act == "unseal" and item_id in sealed:
            mine = write(house, lambda change: change.request_consultation(wanted(words[item_id])))  # noqa: B023
            write(house, lambda change: change.approve_consultation(mine, "2999-01-01", "", notified=True), OTHER)  # noqa: B023
            write(house, lambda change: change.consult(mine, subject, Look.READ))  # noqa: B023
            asked = write(house, lambda change: change.request_unsealing(mine, subject, "样本", "样本"))  # noqa: B023
            write(house, lambda change: change.unseal(asked, ""), OTHER)  # noqa: B023
            write(house, lambda change: change.close_consultation(mine, "样本"))  # noqa: B023
            sealed.discard(item_id)
        elif act == "correct" and item_id not in sealed:
            seen = queries.item(item_id).changed_seq
            described = draft(title=words[item_id] + str(seen), remarks=words[item_id])
            write(house, lambda change: change.correct(item_id, described, words[item_id], seen))  # noqa: B023
        elif act == "copy":
            kept = queries.object_of(house.custody(f"{words[item_id]}。".encode()).sha256)
            custody = house.custody(f"{words[item_id]}。".encode(), name="再来.txt")
            write(house, lambda change: change.recognise_duplicate(uuid.uuid4().hex, custody, kept.id), PROGRAM)  # noqa: B023
        elif act == "lend" and item_id not in sealed and not queries.lent(subject):
            wish = LoanDraft("样本借阅人", "样本大队", purpose="case", basis="样本", mode=LoanMode.LEND)
            loan = write(house, lambda change: change.request_loan(wish, [subject], 2026))  # noqa: B023
            write(house, lambda change: change.approve_loan(loan, ""), OTHER)  # noqa: B023
            write(house, lambda change: change.lend(loan, "2026-01-02", {subject: ""}))  # noqa: B023
        elif act == "index":
            house.archive.index.catch_up()
        told = said([station.items(), station.arrivals(limit=-1), queries.events(limit=10**6), queries.loans(), station.counts(),
                     [station.description.history(id) for id in words if id not in sealed]])  # fmt: skip
        for id, word in words.items():
            if id in sealed:
                assert word not in told, (history, act)
                assert station.search(word).total == 0 and station.snippet(word, id).text == ""
                assert all(not queries.pages(document) for document in _originals(house, id))
            else:
                assert queries.item(id).title.startswith(word)
        assert station.counts().items == queries.item_count() == len(words) - len(sealed)
    house.archive.index.catch_up()
    assert {id for id, word in words.items() if station.search(word).total} == set(words) - sealed
    assert house.archive.index.expunge(sorted(sealed))
    house.archive.close()


def _originals(house: House, item_id: int) -> list[int]:
    rows = house.archive.database.reader().rows("SELECT object_id FROM document WHERE item_id = ?", (item_id,))
    return [row[0] for row in rows]
