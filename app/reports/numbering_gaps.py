"""app/reports/numbering_gaps.py — 空号、重号、断号检查表: what an inspection found of numbers, on one form (DA/T 70, GD2-6).

A4 portrait, out of a run that is kept: the ranges missing in each series and volume, and codes that stand twice.
"""

from __future__ import annotations

from app.inspection.words import place_words, scope_words
from app.reports.fonts import BOLD
from app.reports.four_nature_report import InspectionSource, InspectionWishes, chosen, columns, findings, moment
from app.reports.sheet import PORTRAIT, Align, Sheet, baseline
from app.reports.table import Table
from app.reports.words import Words

_COLUMNS: tuple[tuple[str, float, Align], ...] = (
    ("seq", 12, "centre"), ("place", 70, "left"), ("missing", 50, "left"), ("double", 38, "left"),
)  # fmt: skip
_MISSING = ("number_gap", "position_gap", "item_gap")
_DOUBLE = ("code_used_again",)


def build(source: InspectionSource, wishes: InspectionWishes) -> bytes:
    """The form as PDF. Raises NoSuchRecord when there is no such run."""
    run, words = chosen(source, wishes), Words(wishes.language)
    title = Words("zh").say("gaps.title")
    sheet = Sheet(PORTRAIT, words, title=title, prepared_by=wishes.prepared_by, prepared_on=wishes.prepared_on)

    def head() -> float:
        y = sheet.paper.top
        middle = sheet.paper.left + sheet.paper.inner_width / 2
        sheet.text(middle, baseline(y, 9, 18), title, size=18, hand=BOLD, align="centre", spacing=2)
        y += 10
        if words.language != "zh":
            sheet.text(middle, baseline(y, 5, 10), words.say("gaps.title"), size=10, align="centre")
            y += 5
        scope = scope_words(run.scope, words.language)
        said = words.say("gaps.run", at=moment(run.finished_at), scope=scope, name=run.agent_name)
        return sheet.paragraph(sheet.paper.left, y + 1, sheet.paper.inner_width, said, size=9.5) + 2

    table = Table(sheet, columns(words, "gaps", _COLUMNS), head)
    count = 0
    for finding, code in findings(source, run):
        fault = finding.fault
        if fault.key not in (*_MISSING, *_DOUBLE):
            continue
        count += 1
        place = str(fault.facts.get("series") or place_words(fault, code, words.language))
        missing = str(fault.facts["numbers"]) if fault.key in _MISSING else ""
        table.row([str(count), place, missing, str(fault.facts["code"]) if fault.key in _DOUBLE else ""])
    if not count:
        table.wide(words.say("gaps.none"))
    table.finish()
    return sheet.finish()
