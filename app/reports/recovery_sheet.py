"""app/reports/recovery_sheet.py — the sheet with the recovery key, printed once when an archive is created.

One A4 page: what this paper is and how to keep it, the key in large letters and as a QR code, room for two signatures.
The bytes hold the key in clear: they go to the printer or to a file the person chooses, and nowhere else.
"""

from __future__ import annotations

from app.reports import fonts, lines
from app.reports.fonts import BOLD, PLAIN
from app.reports.sheet import POINT, PORTRAIT, Sheet, baseline
from app.reports.words import Words

_ADVICE = ("what", "keep", "use", "renew")
_LINE = 8
"""Characters of the key on one line, at most: short enough to read aloud and type."""


def build(
    station: str, fonds: str, archive_id: str, recovery_key: str, made_on: str, language: str = "zh"
) -> bytes:
    """The sheet as PDF. `recovery_key` as the archive gave it, groups joined by `-`; `made_on` is a day."""
    words = Words(language)
    sheet = Sheet(PORTRAIT, words, title=words.say("recovery.title"), footer=False)
    sheet.new_page()
    paper = sheet.paper
    left, width = paper.left, paper.inner_width
    middle = left + width / 2

    spacing = 4 if language == "zh" else 0
    title = words.say("recovery.title")
    sheet.text(middle, baseline(paper.top, 12, 24), title, size=24, hand=BOLD, align="centre", spacing=spacing)
    sheet.text(middle, baseline(paper.top + 12, 7, 11), words.say("recovery.secret"), size=11, align="centre")
    y = _facts(sheet, paper.top + 22, words, station, fonds, archive_id, made_on)
    y = _key(sheet, y + 6, words, recovery_key)

    y += 6
    for number, name in enumerate(_ADVICE, 1):
        sheet.text(left, baseline(y, 10.5 * 1.5 * POINT, 10.5), f"{number}.", hand=BOLD)
        y = sheet.paragraph(left + 7, y, width - 7, words.say(f"recovery.{name}")) + 1.5
    _signatures(sheet, y + 5, words)
    return sheet.finish()


def _facts(
    sheet: Sheet, y: float, words: Words, station: str, fonds: str, archive_id: str, made_on: str
) -> float:
    """Which archive this key opens: a ruled table of names and values."""
    paper, name_width, row = sheet.paper, 38.0, 9.0
    left, right, top = paper.left, paper.width - paper.right, y
    facts = (("station", station), ("fonds", fonds), ("archive", archive_id), ("made_on", words.day(made_on)))
    for name, value in facts:
        sheet.text(left + 2, baseline(y, row, 10.5), words.say(f"recovery.{name}"), hand=BOLD)
        step = 10.5 * 1.35 * POINT
        room = (right - left - name_width - 4) / POINT
        broken = lines.break_lines(lines.clean(value), room, fonts.widths(fonts.BODY, 10.5))
        height = max(row, len(broken) * step + 3)
        at = y + (height - len(broken) * step) / 2
        for line in broken:
            sheet.text(left + name_width + 2, baseline(at, step, 10.5), line)
            at += step
        y += height
        sheet.rule(left, y, right, y)
    sheet.rule(left + name_width, top, left + name_width, y)
    sheet.box(left, top, right - left, y - top, 1.0)
    return y


def _key(sheet: Sheet, y: float, words: Words, recovery_key: str) -> float:
    """The key: each character in its own place, groups apart, lines numbered; beside it the QR code."""
    paper, side, step, size = sheet.paper, 50.0, 13.0, 24.0
    left, right, top = paper.left, paper.width - paper.right, y
    groups = [group for group in recovery_key.split("-") if group]
    longest = max(len(group) for group in groups)
    per_line = max(1, _LINE // longest)
    rows = [groups[at : at + per_line] for at in range(0, len(groups), per_line)]
    room = right - left - side - 12
    pitch = min(8.4, room / (per_line * longest + per_line - 1))
    height = max(side + 4, len(rows) * step + 14)
    sheet.text(left + 4, baseline(top + 2, 7, 11), words.say("recovery.key"), size=11, hand=BOLD)
    y = top + 10 + (height - 14 - len(rows) * step) / 2
    for number, row in enumerate(rows, 1):
        sheet.text(left + 4, baseline(y, step, 9), str(number), size=9)
        x = left + 9
        for group in row:
            for char in group:
                sheet.text(x + pitch / 2, baseline(y, step, size), char, size=size, hand=PLAIN, align="centre")
                x += pitch
            x += pitch * 0.7
        y += step
    sheet.qr(right - side - 2, top + (height - side) / 2, side, recovery_key)
    sheet.box(left, top, right - left, height, 1.4)
    return top + height


def _signatures(sheet: Sheet, y: float, words: Words) -> None:
    paper, height = sheet.paper, 26.0
    left, right = paper.left, paper.width - paper.right
    half = left + paper.inner_width / 2
    y = max(y, paper.height - paper.bottom - height - 20)
    for x, who in ((left, "keeper"), (half, "witness")):
        sheet.text(x + 3, baseline(y + 1, 8, 10.5), words.say(f"recovery.{who}"), hand=BOLD)
        sheet.text(x + 3, baseline(y + height - 9, 8, 10.5), words.say("recovery.signed_on"))
    sheet.rule(half, y, half, y + height)
    sheet.box(left, y, right - left, height, 1.0)
