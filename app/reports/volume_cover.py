"""app/reports/volume_cover.py — 案卷封面 (GB/T 9705-2008), 卷脊, and the covers of administrative and criminal case volumes.

A cover is one page without a footer: 297 × 210 mm for a soft cover, 310 × 220 mm for a hard one (`hard`). The outer sizes are
the standard's; places and letters inside are ours, since its figures could not be read. The case covers have the items that
practice knows; the official police form was not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.privacy import cover
from app.reports import fonts, lines
from app.reports import volume_head as head
from app.reports.fonts import BODY, BOLD
from app.reports.sheet import POINT, Paper, Sheet, baseline
from app.reports.words import Words
from storage.records import Category, Fonds
from storage.records.volumes import Volume, VolumePart

SOFT, HARD = Paper(210, 297, 25, 20, 25, 25), Paper(220, 310, 28, 22, 28, 28)
SPINES = (10.0, 15.0, 20.0)
_SPINE_HEIGHT = 310.0


@dataclass(frozen=True, slots=True)
class CoverWishes:
    """One volume. `spine` is the thickness of the spine in millimetres: 10, 15 or 20."""

    volume_id: int = 0
    hard: bool = False
    spine: int = 15
    language: str = "zh"


def build(volume: Volume, fonds: Fonds, category: Category | None, wishes: CoverWishes) -> bytes:
    """案卷封面."""
    words = Words(wishes.language)
    sheet = _sheet(words, "volume_cover", wishes)
    paper = sheet.paper
    middle, width = paper.left + paper.inner_width / 2, paper.inner_width
    y = _large(sheet, paper.top + 8, cover(fonds.name), 24)
    sheet.rule(middle - width * 0.36, y + 1, middle + width * 0.36, y + 1, 1.2)
    sheet.rule(middle - width * 0.36, y + 2.2, middle + width * 0.36, y + 2.2, 0.6)
    y = _large(sheet, y + 10, category.name if category else volume.category, 18)
    y = _framed(sheet, y + 10, volume, words)
    span = " — ".join(head.day(words, part) for part in (volume.date_from, volume.date_to) if part)
    rows = [
        ("volume_cover.span", span),
        ("volume_cover.retention", words.say(f"retention.{volume.retention.value}")),
        ("volume_cover.counts", words.say("volume.counts", items=volume.item_count, pages=volume.page_count)),
        ("volume_cover.filing_no", _filing_no(volume)),
        ("volume_cover.reference_code", head.code(words, volume)),
    ]
    _grid(sheet, max(y + 12, paper.height * 0.58), rows)
    return sheet.finish()


def build_case(volume: Volume, fonds: Fonds, criminal: bool, wishes: CoverWishes) -> bytes:
    """行政案件卷宗 / 刑事诉讼卷 / 侦查工作卷 by category and part. Whom the case is about is left to be written by hand: a cover
    lies open on the shelf."""
    words = Words(wishes.language)
    sheet = _sheet(words, "case_volume_cover", wishes)
    paper = sheet.paper
    y = _large(sheet, paper.top + 4, cover(fonds.station), 20)
    kind = _kind(volume, criminal)
    y = _large(sheet, y + 6, Words("zh").say(f"case_volume_cover.{kind}"), 32, spacing=8)
    if words.language != "zh":
        y = _large(sheet, y, words.say(f"case_volume_cover.{kind}"), 11, hand=BODY)
    rows = [
        ("case_volume_cover.part", Words("zh").say(f"volume_part.{volume.part.value}")),
        ("case_volume_cover.case_name", cover(volume.case_name or volume.title)),
        ("case_volume_cover.case_no", volume.case_no),
        ("case_volume_cover.suspect" if criminal else "case_volume_cover.offender", ""),
        ("case_volume_cover.accepted_criminal" if criminal else "case_volume_cover.accepted", head.day(words, volume.accepted_on)),
        ("case_volume_cover.closed", head.day(words, volume.closed_on)),
        ("case_volume_cover.unit", cover(volume.handling_unit)),
        ("case_volume_cover.maker", cover(volume.maker)),
        ("case_volume_cover.checker", cover(volume.checker)),
        ("case_volume_cover.retention", words.say(f"retention.{volume.retention.value}")),
        ("case_volume_cover.book", words.say("volume.book", number=volume.book_no, total=volume.book_total)),
        ("case_volume_cover.pages", words.say("volume.counts", items=volume.item_count, pages=volume.page_count)),
        ("case_volume_cover.filing_no", _filing_no(volume)),
        ("case_volume_cover.reference_code", head.code(words, volume)),
    ]
    _grid(sheet, y + 10, rows, step=13.0)
    return sheet.finish()


def build_spine(volume: Volume, fonds: Fonds, wishes: CoverWishes) -> bytes:
    """卷脊: one strip of 310 mm, its text from top to bottom."""
    words = Words(wishes.language)
    width = float(wishes.spine) if float(wishes.spine) in SPINES else 15.0
    sheet = Sheet(
        Paper(width, _SPINE_HEIGHT, 0, 0, 0, 0), words, title=Words("zh").say("volume_spine.title"), footer=False
    )
    sheet.new_page()
    sheet.box(0.3, 0.3, width - 0.6, _SPINE_HEIGHT - 0.6, 0.6)
    y = 8.0
    size = {10.0: 11.0, 15.0: 14.0, 20.0: 16.0}[width]
    for key, value in (
        ("fonds", fonds.number), ("catalogue", volume.catalogue_no), ("year", str(volume.year)),
        ("volume_no", str(volume.volume_no or "")), ("filing_no", _filing_no(volume)),
    ):  # fmt: skip
        y = _cell(sheet, y, width, Words("zh").say(f"volume_spine.{key}"), value, size)
    y = max(y + 4, 150.0)
    for char in cover(volume.title)[:24]:
        step = size * POINT * 1.25
        if y + step > _SPINE_HEIGHT - 10:
            break
        sheet.text(width / 2, baseline(y, step, size), char, size=size, hand=BOLD, align="centre")
        y += step
    return sheet.finish()


# -- inside


def _sheet(words: Words, form: str, wishes: CoverWishes) -> Sheet:
    sheet = Sheet(HARD if wishes.hard else SOFT, words, title=Words("zh").say(f"{form}.title"), footer=False)
    sheet.new_page()
    return sheet


def _kind(volume: Volume, criminal: bool) -> str:
    if not criminal:
        return "administrative"
    return "work" if volume.part in (VolumePart.SUB, VolumePart.SECRET) else "criminal"


def _filing_no(volume: Volume) -> str:
    """归档号: year and volume number, as the case files have it (YYYYNNNN)."""
    return f"{volume.year:04d}{volume.volume_no:04d}" if volume.volume_no else ""


def _large(sheet: Sheet, y: float, text: str, size: float, *, spacing: float = 2, hand: fonts.Hand = BOLD) -> float:
    """Lines in the middle of the page; gives the y below them."""
    paper, step = sheet.paper, size * 1.35 * POINT
    room = paper.inner_width / POINT - spacing * len(text)
    for line in lines.break_lines(lines.clean(text), max(room, 100), fonts.widths(hand, size)):
        sheet.text(
            paper.left + paper.inner_width / 2, baseline(y, step, size), line, size=size, hand=hand, align="centre",
            spacing=spacing,
        )  # fmt: skip
        y += step
    return y


def _framed(sheet: Sheet, y: float, volume: Volume, words: Words) -> float:
    """案卷题名 in a box of its own, with the book it is."""
    paper, size = sheet.paper, 22.0
    step = size * 1.5 * POINT
    room = (paper.inner_width - 24) / POINT
    broken = lines.break_lines(lines.clean(cover(volume.title)), room, fonts.widths(BOLD, size))
    height = max(58.0, len(broken) * step + 26)
    at = y + (height - len(broken) * step) / 2
    sheet.text(paper.left + 4, baseline(y + 1, 7, 10.5), "  ".join(head.label(words, "volume_cover.volume_title")))
    for line in broken:
        sheet.text(paper.left + paper.inner_width / 2, baseline(at, step, size), line, size=size, hand=BOLD, align="centre")
        at += step
    which = head.book(words, volume)
    if which:
        sheet.text(
            paper.left + paper.inner_width - 4, baseline(y + height - 9, 7, 12), which, size=12, align="right"
        )
    sheet.box(paper.left, y, paper.inner_width, height, 1.0)
    return y + height


def _grid(sheet: Sheet, y: float, rows: Sequence[tuple[str, str]], step: float = 15.0) -> float:
    """Names and values in a ruled table."""
    paper, size, name_width = sheet.paper, 14.0, 46.0
    top, left, right = y, paper.left, paper.left + paper.inner_width
    for key, value in rows:
        shown = head.label(sheet.words, key)
        room = (right - left - name_width - 8) / POINT
        smaller = size
        while smaller > 9 and len(lines.break_lines(lines.clean(value), room, fonts.widths(BODY, smaller))) > 2:
            smaller -= 0.5
        broken = lines.break_lines(lines.clean(value), room, fonts.widths(BODY, smaller))
        line = smaller * 1.3 * POINT
        height = max(step, len(broken) * line + 4)
        if len(shown) == 1:
            sheet.text(left + name_width / 2, baseline(y, height, 13), shown[0], size=13, hand=BOLD, align="centre")
        else:
            sheet.text(left + name_width / 2, baseline(y + height / 2 - 5.5, 6, 12), shown[0], size=12, hand=BOLD, align="centre")
            sheet.text(left + name_width / 2, baseline(y + height / 2 + 0.7, 4, 7.5), shown[1], size=7.5, align="centre")
        at = y + (height - len(broken) * line) / 2
        for part in broken:
            sheet.text(left + name_width + 4, baseline(at, line, smaller), part, size=smaller)
            at += line
        y += height
        sheet.rule(left, y, right, y)
    sheet.rule(left + name_width, top, left + name_width, y)
    sheet.box(left, top, right - left, y - top, 1.0)
    return y


def _cell(sheet: Sheet, y: float, width: float, name: str, value: str, size: float) -> float:
    """A name, its value under it, a rule under both; numbers stand across, a letter too many makes them smaller."""
    sheet.text(width / 2, baseline(y, 5, 8), name, size=8, align="centre")
    natural = fonts.text_width(value, 1, BOLD) * POINT or 1.0
    fitting = min(size, (width - 2) / natural)
    sheet.text(width / 2, baseline(y + 5, 9, fitting), value, size=fitting, hand=BOLD, align="centre")
    sheet.rule(0.3, y + 16, width - 0.3, y + 16, 0.5)
    return y + 18
