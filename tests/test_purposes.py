"""tests/test_purposes.py — personal data is seen for a purpose, and the look is on record: every door found by introspection.

A record, a volume and a person carry an identity number. Every public read of the station and of its services is asked about
them: no answer has the number, unless the door stands in `IN_FULL`, where it is said what it asks for and which event it
leaves. A new door that shows the number fails here until somebody decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import UnidentifiedImageError

from app.access import RIGHTS
from app.people import BasisMissing, NotDisclosed
from app.station import Station
from storage.changes.people import MinorProtected
from storage.errors import Known, NotAllowed
from storage.records import Agent, Event, Kind, Role, Subject
from storage.records.people import Act, EntityDraft, EntityKind, Part, Purpose
from storage.records.sealing import ConsultationRequest
from tests.plays.sealing import volume
from tests.stations import CHIEF, House, raise_it
from tests.test_sealing_silence import World, calls, is_act, said, write

#: A number with a right check digit, of a region that does not exist.
NUMBER = "990101196601011237"
PHONE = "10098765432"
#: Doors that show it, and why they may: the event each leaves is insisted on below, or what is there is being described.
IN_FULL = {
    ("people", "entity"): "an entry that is corrected; its form shows it covered",
    ("people", "offered"): "what a text seems to name, to be entered; a screen covers it",
    ("", "inbox"): "what waits to be described is described from it",
    ("", "arrivals"): "the same",
    **{("volumes", name): "covered where it is shown; the form that describes it is another door (`raw`)"
       for name in ("volume", "volumes", "by_id", "by_code", "books", "items", "due", "proposed")},
}  # fmt: skip
SERVICES = (
    "description", "volumes", "scheme", "lending", "disposal", "sealing", "people", "inspection", "interchange", "audit", "users", "drafts",
)  # fmt: skip
#: Not reads of records.
NOT_ASKED = {
    "create", "open", "start", "stop", "listen", "note_full", "report", "register", "notice", "remembers", "suggest", "recover",
    "receipt_holds", "obstacle", "may_decide", "deciders", "needs_reason", "stale",
}  # fmt: skip


def built(folder: Path) -> World:
    house = House(folder)
    station = Station(house.archive, CHIEF, lambda call: call(), raise_it)
    world = World(house, station)
    item = house.file(
        house.receive(f"户口登记，样本某人，身份证号码 {NUMBER}，电话 {PHONE}".encode(), name=f"{NUMBER}.txt"),
        title=f"样本某人（身份证号码 {NUMBER}）户口登记", remarks=f"联系电话 {PHONE}", abstract=f"身份证号码 {NUMBER}",
    )  # fmt: skip
    opened, inside = volume(house, [b"one", b"two"], title=f"样本某人（身份证号码 {NUMBER}）案", category="WS", lead_officer=f"电话 {PHONE}")
    person = write(house, lambda change: change.name_entity(
        EntityDraft(EntityKind.PERSON, "样本某人", id_type="identity", id_number=NUMBER, phone=PHONE)))  # fmt: skip
    for subject in (Subject(Kind.ITEM, item.id), Subject(Kind.VOLUME, opened.id)):
        write(house, lambda change, subject=subject: change.mention(person, subject, Part.CONCERNED))
    world.items, world.volumes = [item.id, *(one.id for one in inside)], [opened.id]
    world.open_item, world.open_volume, world.open_shared = item.id, opened.id, item.id
    world.arrivals = [1]
    for item_id in world.items:
        world.documents += house.archive.queries.documents(item_id)
    world.objects = sorted({one.object_id for one in world.documents})
    world.codes = {house.archive.queries.item(item.id).reference_code}
    house.archive.index.catch_up()
    return world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("purposes")
        patch.setenv("ANJUAN_CONFIG", str(folder / "config"))
        made = built(folder)
        yield made
        made.house.archive.close()


def doors() -> list[tuple[str, str]]:
    def public(kind: type) -> list[str]:
        return [name for name in dir(kind) if not name.startswith("_") and callable(getattr(kind, name, None))]

    import app.station

    kinds = {name: getattr(app.station, name.capitalize()) for name in SERVICES}
    found = [("", name) for name in public(Station)]
    return found + [(service, name) for service, kind in kinds.items() for name in public(kind)]


@pytest.mark.parametrize(("service", "name"), doors(), ids=lambda part: part or "station")
def test_no_door_shows_a_number_to_whom_gave_no_purpose(world: World, service: str, name: str) -> None:
    target = getattr(world.station, service) if service else world.station
    method = getattr(target, name)
    if name in NOT_ASKED or (service, name) in IN_FULL or is_act(method):
        return
    for given in calls(world, method):
        try:
            text = said(method(**given))
        except (Known, UnidentifiedImageError) as error:
            text = said(getattr(error, "facts", ""))
        asked = said(given)
        assert not [secret for secret in (NUMBER, PHONE) if secret in text and secret not in asked], (service, name, given)


# -- every way in full asks, or is the purpose itself, and is an event


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    made = built(tmp_path)
    yield made
    made.house.archive.close()


def left(world: World, step: Callable[[], object]) -> tuple[str, list[Event]]:
    """What an act showed, and the events it left."""
    before = world.house.archive.queries.head()[0]
    text = said(step())
    return text, world.house.archive.queries.events(before)


def test_a_record_and_a_volume_are_shown_in_full_only_after_a_purpose(fresh: World) -> None:
    station, item, volume_id = fresh.station, fresh.open_item, fresh.open_volume
    for subject, look in (
        (Subject(Kind.ITEM, item), lambda: station.view(item)),
        (Subject(Kind.ITEM, item), lambda: station.page_text(fresh.house.archive.queries.item(item).object_ids[0])),
        (Subject(Kind.ITEM, item), lambda: station.people.named(Subject(Kind.ITEM, item))),
        (Subject(Kind.VOLUME, volume_id), lambda: station.people.named(Subject(Kind.VOLUME, volume_id))),
    ):
        assert NUMBER not in left(fresh, look)[0]
        with pytest.raises(BasisMissing):
            station.people.disclose(subject, Purpose.OTHER)
        (asked,) = left(fresh, lambda subject=subject: station.people.disclose(subject, Purpose.CERTIFICATE))[1]
        assert (asked.type, asked.object, asked.reason) == ("disclose", str(subject), "certificate")
        assert NUMBER in left(fresh, look)[0]
        station.people.cover_again(subject)
        assert NUMBER not in left(fresh, look)[0]


def test_printing_and_carrying_out_in_full_are_noted_with_their_purpose(fresh: World, tmp_path: Path) -> None:
    station, item = fresh.station, fresh.open_item
    original = fresh.house.archive.queries.item(item).object_ids[0]
    kept = fresh.house.archive.objects.get(fresh.house.archive.queries.object(original).name)
    with pytest.raises(NotDisclosed):
        station.export(kept, tmp_path / "out", f"item:{item}")
    station.people.disclose(Subject(Kind.ITEM, item), Purpose.CASE)
    name, content = station.copy(item, original)
    assert NUMBER.encode() in content and name
    for step, act in (
        (lambda: station.printed(f"item:{item}", 1), Act.PRINT),
        (lambda: station.export(content, tmp_path / "out", f"item:{item}"), Act.EXPORT),
        (lambda: station.view(item), Act.VIEW),
    ):
        noted = left(fresh, step)[1]
        assert noted[0].type == "disclose"
        assert (noted[0].reason, noted[0].detail["act"]) == ("case", act.value)


@pytest.mark.parametrize("kind", ["item", "volume"])
def test_the_form_that_corrects_a_record_notes_the_look_and_is_for_those_who_may(fresh: World, kind: str) -> None:
    def door(station: Station) -> object:
        return station.description.raw(fresh.open_item) if kind == "item" else station.volumes.raw(fresh.open_volume)

    text, noted = left(fresh, lambda: door(fresh.station))
    (event,) = noted
    assert NUMBER in text and (event.type, event.reason, event.detail["act"]) == ("disclose", "arranging", "edit")
    plain = fresh.house.file(fresh.house.receive(b"plain"), title="样本通知")
    assert left(fresh, lambda: fresh.station.description.raw(plain.id))[1] == [], "where nothing is masked there is no look"
    for role in (Role.AUDITOR, Role.PENDING):
        outsider = Station(fresh.house.archive, Agent(9, "样本·别人", role), lambda call: call(), raise_it)
        with pytest.raises(Known) as refused:
            door(outsider)
        assert NUMBER not in str(refused.value.facts)


def test_a_minor_is_shown_in_full_to_the_trusted_with_a_basis(fresh: World) -> None:
    station, subject = fresh.station, Subject(Kind.ITEM, fresh.open_item)
    station.people.name(subject, EntityDraft(name="样本小明", minor=True), Part.VICTIM)
    with pytest.raises(MinorProtected):
        station.people.disclose(subject, Purpose.CASE)
    station.people.disclose(subject, Purpose.CASE, "样本依据")
    station.people.cover_again(subject)
    (event,) = left(fresh, lambda: station.description.raw(fresh.open_item))[1]
    assert event.detail["minor"] is True and event.detail["act"] == "edit"


def test_looking_somebody_up_asks_and_is_an_event_with_its_purpose(fresh: World) -> None:
    people = fresh.station.people
    with pytest.raises(BasisMissing):
        people.look_up(NUMBER, Purpose.OTHER)
    text, (event,) = left(fresh, lambda: people.look_up(NUMBER, Purpose.IN_PERSON, "样本"))
    assert (event.type, event.reason) == ("look_up_entity", "in_person") and NUMBER not in text.replace(f"{NUMBER}.txt", "")
    assert people.usual is Purpose.IN_PERSON
    again = Station(fresh.house.archive, CHIEF, lambda call: call(), raise_it)
    assert again.people.usual is Purpose.IN_PERSON, "what it was for the last time is offered first, also tomorrow"
    for role, rights in RIGHTS.items():
        if "look_up_entity" not in rights:
            with pytest.raises(NotAllowed):
                Station(fresh.house.archive, Agent(9, "样本·别人", role), lambda call: call(), raise_it).people.look_up(NUMBER, Purpose.CASE)


def test_nobody_consults_what_is_sealed_without_a_purpose_on_paper(fresh: World) -> None:
    sealed = fresh.house.file(fresh.house.receive(NUMBER.encode()), title=f"身份证号码 {NUMBER}", category="ZY·XZ")
    write(fresh.house, lambda change: change.seal(Subject(Kind.ITEM, sealed.id), "样本依据"))
    for missing in ("purpose", "basis", "document_no", "person", "unit"):
        values = {"unit": "样本单位", "person": "样本人", "basis": "case_handling", "document_no": "样函1号", "purpose": "样本办案",
                  "sought": (NUMBER,), "scope": ""} | {missing: ""}  # fmt: skip
        with pytest.raises(Known):
            fresh.station.sealing.request(ConsultationRequest(**values))  # type: ignore[arg-type]
    for consultation in (1, 999):
        with pytest.raises(Known):
            fresh.station.sealing.open_item(consultation, sealed.id)
