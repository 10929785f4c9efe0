"""app/inspection/numbers.py — checks of what must run on: numbers of series and places in volumes, pages; and of doubles.

A number that was given stays taken, whether its record was renumbered, sealed or destroyed: such a number is no gap, and
nothing is said of what bears it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from app import numbering
from app.inspection.look import SERIES, VOLUMES, Bound, Look, over
from app.numbering import Series
from storage.records import ItemDraft, Kind, Retention, Subject
from storage.records.inspection import Fault, Taken

#: So many ranges or ids are named in one fault; the rest is counted.
_NAMED = 12


@over(SERIES, "GD2-6")
def series(look: Look, _none: None) -> Iterator[Fault]:
    """Items filed by item and volumes run from 1 without gaps in their series."""
    queries = look.archive.queries
    with look.archive.database.snapshot():
        given = queries.numbers_given()
        taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for kind in Kind:
            for one in queries.numbers_taken(kind):
                if (scope := _scope(look, kind, one)) is not None:
                    taken[scope].append((one.first, one.last))
        for scope, number in queries.former_numbers():
            taken[scope].append((number, number))
    ours = (f"{look.archive.fonds.number}|", "item|", "volume|")
    for scope in sorted({*taken, *(scope for scope in given if scope.startswith(ours))}):
        missing = _written(_gaps(taken.get(scope, []), given.get(scope, 0)))
        if missing and _chosen(look, scope):
            of, name = _spoken(scope)
            yield look.fault("GD2-6", "number_gap", object=f"series:{name}", of=of, series=name, numbers=missing)


@over(VOLUMES, "GD2-6", "GD2-7")
def places(look: Look, bound: Bound) -> Iterator[Fault]:
    """In a volume, items stand in order without gaps, and so do their numbers and pages once it is filed."""
    volume, subject = bound.volume, Subject(Kind.VOLUME, bound.volume.id)
    placed = look.archive.queries.places_in_volume(volume.id)
    positions = [one.position for one in placed]
    if positions != list(range(1, len(positions) + 1)):
        yield look.fault("GD2-6", "position_gap", subject, numbers=_off(positions))
    if volume.open:
        return
    numbers = look.archive.queries.numbers_in_volume(volume.id)
    if numbers != list(range(1, len(numbers) + 1)):
        yield look.fault("GD2-6", "item_gap", subject, numbers=_off(numbers))
    reached = 0
    for one in placed:
        span = one.page_to - one.page_from + 1
        if one.page_from == 0:
            if one.visible:
                yield look.fault("GD2-7", "pages_unnumbered", subject, position=one.position)
            return
        if one.page_from != reached + 1:
            key = "pages_overlap" if one.page_from <= reached else "page_gap"
            yield look.fault("GD2-7", key, subject, position=one.position, page=one.page_from, expected=reached + 1)
        elif one.visible and span != one.page_count:
            yield look.fault("GD2-7", "span_differs", subject, position=one.position, wanted=one.page_count, found=span)
        reached = one.page_to


@over(SERIES, "GD1-8")
def doubles(look: Look, _none: None) -> Iterator[Fault]:
    """What looks like the same record twice; a code that was another record's before."""
    queries = look.archive.queries
    for subject, code in queries.codes_used_again():
        yield look.fault("GD1-8", "code_used_again", subject, code=code)
    known = ItemDraft.__dataclass_fields__
    sets = [(columns, False) for columns in look.catalogue.by_item]
    sets += [(columns, True) for columns in look.catalogue.in_volume]
    for columns, in_volume in sets:
        fields = [name for name in columns if name in known]
        for ids in queries.alike(fields, look.scope, in_volume=in_volume):
            subject = Subject(Kind.ITEM, ids[0])
            others = ", ".join(map(str, ids[1 : _NAMED + 1]))
            yield look.fault("GD1-8", "alike", subject, fields=" ".join(fields), n=len(ids), items=others)


def doubles_of(look: Look, item_id: int) -> list[Fault]:
    """The groups of look-alikes that one item belongs to."""
    here = Subject(Kind.ITEM, item_id)
    return [
        fault for fault in doubles(look, None)
        if fault.subject == here or str(item_id) in str(fault.facts.get("items", "")).split(", ")
    ]  # fmt: skip


def _scope(look: Look, kind: Kind, one: Taken) -> str | None:
    """The series a number belongs to, as `storage` names it. None for a retention nobody knows: GD1-4 says so."""
    if one.retention not in tuple(Retention):
        return None
    profile = look.profile(one.category)
    if kind is Kind.ITEM:
        draft = ItemDraft(category=one.category, year=one.year, retention=Retention(one.retention), office=one.office)
        return "|".join(numbering.scope(one.fonds, draft, profile))
    series = Series(one.category, one.year, Retention(one.retention), one.office, one.catalogue)
    return "|".join(numbering.volume_scope(one.fonds, series, profile))


def _spoken(scope: str) -> tuple[str, str]:
    """(item or volume, the series as people write it): `volume|dat13|Z900|WS|2026|D10||` is `Z900-WS·2026-D10`."""
    kind, parts = "item", scope.split("|")
    if parts[0] in ("item", "volume"):
        kind, parts = parts[0], parts[2:]
    fonds, category, *others = [*parts, "", ""]
    return kind, "-".join(filter(None, (fonds, "·".join(filter(None, (category, others[0]))), *others[1:])))


def _chosen(look: Look, scope: str) -> bool:
    """Whether a series belongs to the category and year that were chosen."""
    parts = scope.split("|")
    category, year = look.scope.category, look.scope.year
    of_category = category is None or any(part == category or part.startswith(f"{category}·") for part in parts)
    return of_category and (year is None or str(year) in parts)


def _off(numbers: list[int]) -> str:
    """The numbers missing; those that come twice when none is."""
    missing = _gaps([(number, number) for number in numbers], 0)
    return _written(missing or [(one, one) for one in sorted(set(numbers)) if numbers.count(one) > 1])


def _gaps(taken: Iterable[tuple[int, int]], last: int) -> list[tuple[int, int]]:
    """What is missing from 1 to the last number given or taken."""
    missing, reached = [], 0
    for first, end in sorted(taken):
        if first > reached + 1:
            missing.append((reached + 1, first - 1))
        reached = max(reached, end)
    if last > reached:
        missing.append((reached + 1, last))
    return missing


def _written(found: list[tuple[int, int]]) -> str:
    """`3, 7-9`."""
    named = [str(first) if first == last else f"{first}-{last}" for first, last in found[:_NAMED]]
    return ", ".join(named) + (" …" if len(found) > _NAMED else "")
