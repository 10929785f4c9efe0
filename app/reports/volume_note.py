"""app/reports/volume_note.py — 卷内备考表 (GB/T 9705-2008 annex J) and 案卷装订校对单: what is to be said of a volume, and
whether it is bound as its guide would have it.

A4 portrait. The white borders of annex J could not be read; ours are the house's. The binding check says 未核实 where the
guide's minimum is no law.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.guides import Guide
from app.privacy import cover
from app.reports import fonts, lines
from app.reports import volume_head as head
from app.reports.fonts import BODY, BOLD
from app.reports.sheet import POINT, PORTRAIT, Align, Sheet, baseline
from app.reports.table import Table
from app.reports.volume_contents import VolumeWishes
from app.reports.words import Words
from storage.records import Item
from storage.records.volumes import Volume

_CHECK: tuple[tuple[str, float, Align, float], ...] = (
    ("seq", 12, "centre", 9),
    ("standard", 20, "centre", 9),
    ("title", 74, "left", 10.5),
    ("present", 14, "centre", 9),
    ("page_no", 16, "centre", 8),
    ("problem", 34, "left", 9),
)


def build(volume: Volume, wishes: VolumeWishes) -> bytes:
    """卷内备考表."""
    words = Words(wishes.language)
    sheet = Sheet(PORTRAIT, words, title=Words("zh").say("volume_note.title"), footer=False)
    sheet.new_page()
    paper = sheet.paper
    y = head.title(sheet, "volume_note", paper.top + 4, 22) + 2
    y = head.facts(sheet, y, [words.say("volume.code", value=head.code(words, volume)), head.book(words, volume)]) + 3
    height = paper.height - paper.bottom - y - 52
    sheet.box(paper.left, y, paper.inner_width, height, 1.0)
    sheet.text(paper.left + 4, baseline(y + 2, 8, 12), "  ".join(head.label(words, "volume_note.notes")), size=12, hand=BOLD)
    text = words.say("volume_note.counts", items=volume.item_count, pages=volume.page_count)
    at = y + 14
    step, bottom = 12 * 1.6 * POINT, y + height - 4
    for part in [text, *cover(volume.notes).split("\n")]:
        for line in lines.break_lines(lines.clean(part), (paper.inner_width - 16) / POINT, fonts.widths(BODY, 12)):
            if at + step > bottom:
                sheet.new_page()
                at, bottom = paper.top, paper.height - paper.bottom
            sheet.text(paper.left + 8, baseline(at, step, 12), line, size=12)
            at += step
    if sheet.pages > 1:
        y, height = at, 0.0
    y += height + 6
    rows = (("maker", cover(volume.maker)), ("checker", cover(volume.checker)), ("made_on", head.day(words, volume.made_on)))
    for key, value in rows:
        name = "  ".join(head.label(words, f"volume_note.{key}"))
        x = paper.left + paper.inner_width * 0.45
        sheet.text(x, baseline(y, 11, 12), name, size=12, hand=BOLD)
        begin = x + max(24.0, fonts.text_width(name, 12, BOLD) * POINT + 4)
        sheet.text(begin + 2, baseline(y, 11, 12), value, size=12)
        sheet.rule(begin, y + 9, paper.left + paper.inner_width, y + 9)
        y += 12
    return sheet.finish()


def build_check(volume: Volume, items: Sequence[Item], guide: Guide | None, wishes: VolumeWishes) -> bytes:
    """案卷装订校对单."""
    words = Words(wishes.language)
    sheet = Sheet(
        PORTRAIT, words, title=Words("zh").say("binding_check.title"), prepared_by=wishes.prepared_by,
        prepared_on=wishes.prepared_on,
    )  # fmt: skip

    def top() -> float:
        y = head.title(sheet, "binding_check")
        y = head.facts(sheet, y + 1, [words.say("volume.code", value=head.code(words, volume)),
                                      words.say("binding_check.guide", value=guide.title if guide else words.say("binding_check.no_guide"))])  # fmt: skip
        return head.facts(sheet, y, [words.say("volume.title", value=cover(volume.title))]) + 1.5

    table = Table(sheet, head.columns(words, "binding_check", _CHECK), top)
    wanted = {item.id: place for place, item in enumerate(guide.order(items))} if guide else {}
    wrong = 0
    for place, item in enumerate(items):
        entry = guide.match(item.title, item.document_type) if guide else None
        problem = ""
        if guide and entry is None:
            problem = words.say("binding_check.unknown")
        elif guide and wanted[item.id] != place:
            problem = words.say("binding_check.misplaced", place=wanted[item.id] + 1)
        wrong += bool(problem)
        table.row(
            (str(place + 1), str(entry.number) if entry else "", cover(item.title), words.say("binding_check.yes"), head.extent(item), problem)
        )
    for minimum in guide.lacking(items) if guide else ():
        wrong += 1
        numbers = "、".join(str(number) for number in minimum.any)
        doubt = "" if minimum.verified else words.say("binding_check.unverified")
        table.row(("", numbers, minimum.named(wishes.language), words.say("binding_check.no"), "",
                   words.say("binding_check.lacking") + doubt))  # fmt: skip
    table.wide(words.say("binding_check.total", items=len(items), pages=volume.page_count, wrong=wrong), bold=True)
    table.wide(words.say("binding_check.signed"))
    table.finish()
    return sheet.finish()

