"""app/reports/__init__.py — the printed forms of the archive, as PDF. The only room that knows ReportLab.

`render(name, source, wishes)` makes a form by its name; REPORTS lists them. To add one, write a file with a wishes
dataclass and a build function and add a line here (and its name to the wording, `report.name.<name>`). The recovery
sheet is not on the list: the key it prints exists only while an archive is being created (`recovery_sheet.build`).

Raises UnknownReport and BadWish; everything else is a bug. Any thread; the caller holds a snapshot of the archive on
that thread when rows must not move while a long form is being made.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app import wording
from app.reports import (
    access_report,
    appraisal_list,
    audit_report,
    day_sheet,
    destruction_register,
    four_nature_report,
    item_register,
    loan_register,
    loan_slip,
    name_index,
    numbering_gaps,
    overdue_list,
    sealed_query_register,
    use_register,
    volume_forms,
)
from app.reports.access_report import AccessSource, AccessWishes
from app.reports.appraisal_list import BatchWishes, DisposalSource
from app.reports.audit_report import AuditWishes
from app.reports.day_sheet import DayWishes
from app.reports.errors import BadWish, UnknownReport
from app.reports.four_nature_report import InspectionSource, InspectionWishes
from app.reports.item_register import RegisterWishes
from app.reports.loan_page import LoanSource, UseWishes
from app.reports.loan_slip import SlipWishes
from app.reports.name_index import NameSource
from app.reports.overdue_list import OverdueWishes
from app.reports.sealed_query_register import SealedQuerySource
from app.reports.volume_contents import ClassWishes, VolumeWishes
from app.reports.volume_cover import CoverWishes
from app.reports.volume_register import DeadlineWishes
from storage.records import Fonds, Item, Retention

_CHUNK = 500


class ReportSource(LoanSource, AccessSource, DisposalSource, InspectionSource, SealedQuerySource, NameSource, Protocol):
    """The reads a form may make (`storage.queries.Queries` has them all)."""

    def fonds(self) -> Fonds: ...

    def items(
        self,
        *,
        category: str | None = None,
        year: int | None = None,
        retention: Retention | None = None,
        limit: int = -1,
        offset: int = 0,
    ) -> Sequence[Item]: ...


@dataclass(frozen=True, slots=True)
class Report:
    """A form: its name in commands and settings, the dataclass of its wishes, and how it is made.

    `of_journal`: it tells the journal. Its source is an `app.audit.Books`, and whoever has it made looks into the journal.
    """

    name: str
    wishes: type[Any]
    build: Callable[[Any, Any], bytes]
    of_journal: bool = False

    def title(self, language: str | None = None) -> str:
        return wording.say(f"report.name.{self.name}", language)


def _item_register(source: ReportSource, wishes: RegisterWishes) -> bytes:
    return item_register.build(_items(source, wishes), fonds=source.fonds(), wishes=wishes)


def _items(source: ReportSource, wishes: RegisterWishes) -> Iterator[Item]:
    """The items of a register, fetched a few hundred at a time."""
    offset = 0
    while True:
        chunk = source.items(
            category=wishes.category, year=wishes.year, retention=wishes.retention, limit=_CHUNK, offset=offset
        )
        yield from chunk
        if len(chunk) < _CHUNK:
            return
        offset += _CHUNK


REPORTS = [
    Report("item_register", RegisterWishes, _item_register),
    Report("four_nature_report", InspectionWishes, four_nature_report.build),
    Report("numbering_gaps", InspectionWishes, numbering_gaps.build),
    Report("volume_contents", VolumeWishes, volume_forms.contents),
    Report("volume_note", VolumeWishes, volume_forms.note),
    Report("volume_register", ClassWishes, volume_forms.register),
    Report("combined_register", ClassWishes, volume_forms.combined),
    Report("volume_cover", CoverWishes, volume_forms.cover),
    Report("volume_spine", CoverWishes, volume_forms.spine),
    Report("case_volume_cover", CoverWishes, volume_forms.case_cover),
    Report("binding_check", VolumeWishes, volume_forms.binding_check),
    Report("filing_deadline", DeadlineWishes, volume_forms.deadline),
    Report("loan_register", UseWishes, loan_register.build),
    Report("use_register", UseWishes, use_register.build),
    Report("overdue_list", OverdueWishes, overdue_list.build),
    Report("loan_slip", SlipWishes, loan_slip.build),
    Report("sealed_query_register", UseWishes, sealed_query_register.build),
    Report("name_index", ClassWishes, name_index.build),
    Report("volume_name_index", VolumeWishes, name_index.build_volume),
    Report("access_report", AccessWishes, access_report.build),
    Report("appraisal_list", BatchWishes, appraisal_list.build),
    Report("destruction_register", BatchWishes, destruction_register.build),
    Report("audit_report", AuditWishes, audit_report.build, of_journal=True),
    Report("day_sheet", DayWishes, day_sheet.build, of_journal=True),
]


def find(name: str) -> Report:
    for report in REPORTS:
        if report.name == name:
            return report
    raise UnknownReport(name=name, names=", ".join(report.name for report in REPORTS))


def render(name: str, source: ReportSource, wishes: Mapping[str, object] | object) -> bytes:
    """The form as PDF. `wishes` is the report's dataclass, or its fields by name (as a command line gives them)."""
    return find(name).build(source, wishes_of(name, wishes))


def wishes_of(name: str, wishes: Mapping[str, object] | object) -> Any:
    """The wishes as the report's dataclass. Raises BadWish, UnknownReport."""
    report = find(name)
    if isinstance(wishes, Mapping):
        return _wishes(report, wishes)
    if not isinstance(wishes, report.wishes):
        raise TypeError(f"{name} takes {report.wishes.__name__}, not {type(wishes).__name__}")
    return wishes


def _wishes(report: Report, given: Mapping[str, object]) -> object:
    """The dataclass from plain values: text becomes a number or a retention where the field wants one."""
    known = {field.name: str(field.type) for field in dataclasses.fields(report.wishes)}
    taken: dict[str, object] = {}
    for name, value in given.items():
        if name not in known:
            raise BadWish(field=name, value=value)
        if value is None:
            continue
        try:
            if "int" in known[name]:
                value = int(str(value))
            elif known[name] == "bool":
                value = str(value).lower() in ("1", "true", "yes")
            elif "Retention" in known[name]:
                value = Retention(str(value))
        except ValueError:
            raise BadWish(field=name, value=value) from None
        if name == "language" and value not in wording.LANGUAGES:
            raise BadWish(field=name, value=value)
        taken[name] = value
    return report.wishes(**taken)
