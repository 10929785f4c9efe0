"""app/inspection/descriptions.py — checks of what is written about items and volumes.

What may be filed is decided by `app.filing.check` and `app.volumes.checks`; the same functions are asked here of what is
already filed, so there is one truth. The catalogue's field rules add what they leave open.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from app import filing, guides, numbering
from app.filing import Problem
from app.inspection.look import ITEMS, ONCE, VOLUMES, Batch, Bound, Look, over
from app.numbering import Series
from app.volumes import checks
from storage.queries.inspection import CLOSED
from storage.records import Item, ItemDraft, Kind, Retention, State, Subject
from storage.records.inspection import Fault, Severity
from storage.records.volumes import Volume, VolumeDraft

_DESCRIBED = ("GD1-2", "GD1-3", "GD1-4", "GD1-5", "GD2-3", "GD2-4")
_LONG = ("remarks", "abstract", "notes")
_PAIRS = {"（": "）", "《": "》", "〔": "〕", "【": "】", "“": "”", "(": ")", "[": "]"}
#: How long a record is kept, from the longest.
_LENGTHS = (Retention.PERMANENT, Retention.D30, Retention.D10)


@over(ITEMS, *_DESCRIBED)
def described(look: Look, batch: Batch) -> Iterator[Fault]:
    """What keeps such a description from being filed today."""
    for item in batch.items:
        subject = Subject(Kind.ITEM, item.id)
        for problem in filing.check(item.draft, look.categories, look.today):
            yield of_problem(look, problem, subject)
        yield from _by_rules(look, item, "item", subject)
        yield from _retention(look, item, subject)


@over(VOLUMES, *_DESCRIBED, "GD2-7", "GD2-9", "GD4-7")
def bound(look: Look, bound: Bound) -> Iterator[Fault]:
    """What keeps such a volume from being filed today, and what is worth a second look. An open volume is still being
    made: only what is wrong whatever comes is said of it.
    """
    volume, subject = bound.volume, Subject(Kind.VOLUME, bound.volume.id)
    yield from _by_rules(look, volume, "volume", subject)
    if volume.open:
        for problem in checks.check_draft(volume.draft, look.categories, look.today, volume):
            yield of_problem(look, problem, subject)
        return
    guide = guides.of_volume(volume, look.categories)
    found = checks.check_filing(volume, bound.items, guide, look.categories, look.today)
    for problem in found.problems:
        yield of_problem(look, problem, subject)
    for problem in found.warnings:
        yield of_problem(look, problem, subject, Severity.WARNING)


@over(ITEMS, "GD1-6")
def clean(look: Look, batch: Batch) -> Iterator[Fault]:
    """Characters that no catalogue can hold, or that show a slip of the keyboard or the reader."""
    for item in batch.items:
        yield from _characters(look, item, ItemDraft, Subject(Kind.ITEM, item.id))


@over(VOLUMES, "GD1-6")
def clean_volume(look: Look, bound: Bound) -> Iterator[Fault]:
    yield from _characters(look, bound.volume, VolumeDraft, Subject(Kind.VOLUME, bound.volume.id))


@over(ITEMS, "GD1-7")
def coded(look: Look, batch: Batch) -> Iterator[Fault]:
    """The 档号 is what its parts make."""
    inside = {item.volume_id for item in batch.items if item.volume_id is not None}
    volumes = look.archive.queries.volumes_by_id(sorted(inside))
    for item in batch.items:
        if not item.item_no or not item.reference_code:
            continue
        if item.volume_id is None:
            expected = look.item_code(item)
        elif volume := volumes.get(item.volume_id):
            expected = numbering.code_in_volume(volume.reference_code, item.item_no)
        else:
            continue  # of a sealed volume nothing is said
        if item.reference_code != expected:
            yield look.fault("GD1-7", "code_differs", Subject(Kind.ITEM, item.id), code=item.reference_code, expected=expected)


@over(VOLUMES, "GD1-7")
def coded_volume(look: Look, bound: Bound) -> Iterator[Fault]:
    volume = bound.volume
    if not volume.volume_no:
        return
    series = Series(volume.category, volume.year, volume.retention, volume.office, volume.catalogue_no)
    expected = numbering.volume_code(volume.fonds, series, volume.volume_no, look.profile(volume.category))
    if volume.reference_code != expected:
        subject = Subject(Kind.VOLUME, volume.id)
        yield look.fault("GD1-7", "code_differs", subject, code=volume.reference_code, expected=expected)


@over(ONCE, "GD1-4")
def closed_lists(look: Look, _none: None) -> Iterator[Fault]:
    """Values that cannot even be read as a record; the other checks step over them."""
    for name in CLOSED:
        for item_id in look.archive.queries.items_outside(name, look.scope):
            # No subject: a record with such a value cannot be opened.
            yield look.fault("GD1-4", "value_unknown", object=f"item:{item_id}", field=name)


def of_problem(
    look: Look, problem: Problem, subject: Subject | None, severity: Severity | None = None
) -> Fault:
    """A problem of a description as a fault of the check it belongs to. It keeps numbers, never what was written."""
    code = look.catalogue.code_of(problem.key)
    facts: dict[str, Any] = {
        name: value for name, value in problem.facts.items() if isinstance(value, int) or name == "what"
    }
    return look.fault(code, problem.key, subject, severity=severity, field=problem.field, **facts)


def _by_rules(look: Look, record: Item | Volume, of: str, subject: Subject) -> Iterator[Fault]:
    for rule in look.catalogue.fields:
        if rule.of != of or (rule.filed and record.state is not State.FILED):
            continue
        value = str(getattr(record, rule.name) or "")
        wanted = rule.mandatory and (not rule.when or getattr(record, rule.when[0]) in rule.when[1:])
        if wanted and not value.strip():
            yield look.fault("GD2-3" if rule.when else "GD2-4", "field_empty", subject, field=rule.name)
        if rule.longest and len(value) > rule.longest:
            yield look.fault("GD1-2", "problem.too_long", subject, field=rule.name, limit=rule.longest)
        if rule.pattern and value and not re.fullmatch(rule.pattern, value):
            yield look.fault("GD1-3", "field_shape", subject, field=rule.name)


def _retention(look: Look, item: Item, subject: Subject) -> Iterator[Fault]:
    """Kept shorter than the table asks for such papers."""
    rule = look.retention(item.category, item.document_type)
    if rule is not None and _LENGTHS.index(item.retention) > _LENGTHS.index(rule):
        yield look.fault(
            "GD1-5", "kept_too_short", subject, severity=Severity.WARNING, field="retention",
            retention=item.retention.value, expected=rule.value,
        )  # fmt: skip


def _characters(
    look: Look, record: Item | Volume, draft: type[ItemDraft] | type[VolumeDraft], subject: Subject
) -> Iterator[Fault]:
    for name in (field.name for field in fields(draft)):
        value = getattr(record, name)
        if type(value) is str and value and (key := _odd(value, name in _LONG)):
            yield look.fault("GD1-6", key, subject, field=name)


def _odd(text: str, lines: bool) -> str:
    """The key of the first thing odd about a text, '' when nothing is."""
    for character in text:
        if character == "\n" and lines:
            continue
        kind = unicodedata.category(character)
        if kind in ("Cc", "Cs", "Co", "Cn") or character == "\ufffd":
            return "character_bad"
    if text != text.strip():
        return "blank_at_end"
    for first, last in _PAIRS.items():
        if text.count(first) != text.count(last):
            return "pair_open"
    return ""
