"""app/reports/loan_slip.py — 档案借阅单: one A4 sheet with two copies and a line to cut along, one for the archive, one for the borrower.

Each copy carries the number of the loan as a Code 128 bar code: scanned into the lending screen it opens the loan to take
it back. What does not fit on half a sheet is listed on pages of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from app import wording
from app.reports import fonts, lines
from app.reports.fonts import BODY, BOLD, PLAIN
from app.reports.loan_page import LoanSource, columns, day, head, named, purpose
from app.reports.sheet import POINT, Align, Paper, Sheet, baseline
from app.reports.table import Table
from app.reports.words import Words
from storage.records.lending import Loan

_PAPER = Paper(210, 297, left=18, right=15, top=12, bottom=10)
_HALF = 148.5
_ROW = 8.0
_SIZE = 9.5
_FEW = 5
"""Records that fit on half a sheet."""
_COLUMNS: tuple[tuple[str, float, Align, float], ...] = (
    ("seq", 10, "centre", 8),
    ("reference_code", 56, "left", 8),
    ("title", 81, "left", 9),
    ("condition", 30, "left", 8),
)


@dataclass(frozen=True, slots=True)
class SlipWishes:
    """Which loan, by its number."""

    number: str = ""
    prepared_by: str = ""
    prepared_on: str = ""
    language: str = "zh"


def build(source: LoanSource, wishes: SlipWishes) -> bytes:
    """The slip as PDF. Raises NoSuchRecord."""
    words, loan = Words(wishes.language), source.loan_by_number(wishes.number)
    station = source.fonds().station
    sheet = Sheet(_PAPER, words, title=f"{Words('zh').say('loan_slip.title')} {loan.number}", footer=False)
    sheet.new_page()
    for top, copy in ((0.0, "archive"), (_HALF, "borrower")):
        _Copy(sheet, words, loan, station).draw(top + _PAPER.top, words.say(f"loan_slip.copy_{copy}"))
    _cut(sheet, words)
    if len(loan.subjects) > _FEW:
        _annex(sheet, words, loan)
    return sheet.finish()


class _Copy:
    """One half of the sheet."""

    def __init__(self, sheet: Sheet, words: Words, loan: Loan, station: str) -> None:
        self._sheet, self._words, self._loan, self._station = sheet, words, loan, station
        self._left = sheet.paper.left
        self._right = sheet.paper.width - sheet.paper.right
        self._middle = (self._left + self._right) / 2

    def draw(self, y: float, copy: str) -> None:
        sheet, words, loan = self._sheet, self._words, self._loan
        sheet.text(self._left, baseline(y, 9, 17), Words("zh").say("loan_slip.title"), size=17, hand=BOLD, spacing=3)
        below = " · ".join(filter(None, (words.say("loan_slip.title") if words.language != "zh" else "", copy)))
        sheet.text(self._left, baseline(y + 9, 5, 9), below, size=9)
        sheet.text(self._left, baseline(y + 14, 5, 9), lines.clean(self._station), size=9)
        width = 62.0
        sheet.code128(self._right - width, y, width, 12, loan.number)
        sheet.text(
            self._right - width / 2, baseline(y + 12.5, 5, 11), loan.number, size=11, hand=PLAIN, align="centre", spacing=1
        )
        y = top = y + 20.5
        draft, say = loan.draft, words.say
        y = self._pair(y, "person", draft.person, "unit", draft.unit)
        y = self._pair(y, "document", draft.document, "contact", draft.contact)
        mode = wording.say(f"loan_mode.{draft.mode.value}", words.language)
        y = self._pair(y, "purpose", purpose(loan, words.language), "mode", mode)
        y = self._one(y, "basis", " ".join(filter(None, (draft.basis, draft.basis_no))))
        y = self._records(y)
        y = self._pair(y, "approved_by", say("list").join(loan.approvers), "handler", loan.handler)
        y = self._pair(y, "lent_on", words.day(day(loan.used_at)), "due_on", words.day(loan.due_on))
        y = self._pair(y, "borrower_sign", "", "returned_sign", "", height=11)
        sheet.box(self._left, top, self._right - self._left, y - top, 1.0)
        sheet.paragraph(self._left, y + 1, self._right - self._left, say("loan_slip.advice"), size=8, leading=1.3)

    def _records(self, y: float) -> float:
        """The first few; a paper of half a sheet has room for no more."""
        loan, words, sheet = self._loan, self._words, self._sheet
        shown = loan.subjects[:_FEW] if len(loan.subjects) <= _FEW else loan.subjects[: _FEW - 1]
        places = (self._left, self._left + 62, self._right - 26, self._right)
        labels = ("reference_code", "title", "condition")
        top = y
        for x, end, name in zip(places, places[1:], labels, strict=False):
            self._fit(x, end, y, 6, words.say(f"loan_slip.column.{name}").replace("\n", " "), bold=True)
        y += 6
        sheet.rule(self._left, y, self._right, y)
        for record in shown:
            code, title = named(record, loan, words.language)
            for x, end, cell in zip(places, places[1:], (code, title, record.condition_out), strict=False):
                self._fit(x, end, y, _ROW, cell)
            y += _ROW
            sheet.rule(self._left, y, self._right, y)
        for x in places[1:-1]:
            sheet.rule(x, top, x, y)
        if len(shown) < len(loan.subjects):
            self._fit(self._left, self._right, y, _ROW, words.say("loan_slip.more", n=len(loan.subjects)))
            y += _ROW
            sheet.rule(self._left, y, self._right, y)
        return y

    def _pair(self, y: float, one: str, first: str, other: str, second: str, height: float = _ROW) -> float:
        self._cell(self._left, self._middle, y, height, one, first)
        self._cell(self._middle, self._right, y, height, other, second)
        self._sheet.rule(self._middle, y, self._middle, y + height)
        return self._under(y + height)

    def _one(self, y: float, name: str, value: str) -> float:
        self._cell(self._left, self._right, y, _ROW, name, value)
        return self._under(y + _ROW)

    def _under(self, y: float) -> float:
        self._sheet.rule(self._left, y, self._right, y)
        return y

    def _cell(self, left: float, right: float, y: float, height: float, name: str, value: str) -> None:
        label = self._words.say(f"loan_slip.{name}")
        self._sheet.text(left + 1.5, baseline(y, height, _SIZE), label, size=_SIZE, hand=BOLD)
        width = fonts.text_width(label, _SIZE, BOLD) * POINT
        self._fit(left + width + 2.5, right, y, height, value)

    def _fit(self, left: float, right: float, y: float, height: float, text: str, bold: bool = False) -> None:
        """Text in a cell: on one line, or on two in smaller letters; what is longer still ends in an ellipsis."""
        text, hand = lines.clean(text), BOLD if bold else BODY
        room = (right - left - 2.5) / POINT
        for size, most in ((_SIZE, 1), (8.5, 1), (8.0, 2)):
            broken = lines.break_lines(text, room, fonts.widths(hand, size))
            if len(broken) <= most:
                break
        else:
            broken = [broken[0], broken[1][:-1] + "…"]
        step = size * 1.15 * POINT
        y += (height - len(broken) * step) / 2
        for line in broken:
            self._sheet.text(left + 1.5, baseline(y, step, size), line, size=size, hand=hand)
            y += step


def _cut(sheet: Sheet, words: Words) -> None:
    said = words.say("loan_slip.cut")
    half = fonts.text_width(said, 7.5, BODY) * POINT / 2 + 3
    middle = sheet.paper.width / 2
    x = 6.0
    while x < sheet.paper.width - 6:
        if not middle - half < x + 1.5 < middle + half:
            sheet.rule(x, _HALF, x + 3, _HALF, 0.4)
        x += 5
    sheet.text(middle, baseline(_HALF - 1.5, 3, 7.5), said, size=7.5, align="centre")


def _annex(sheet: Sheet, words: Words, loan: Loan) -> None:
    table = Table(
        sheet,
        columns(words, "loan_slip", _COLUMNS),
        lambda: head(sheet, words, "loan_slip", [words.say("loan_slip.annex", number=loan.number)]),
    )
    for number, record in enumerate(loan.subjects, 1):
        code, title = named(record, loan, words.language)
        table.row((str(number), code, title, record.condition_out))
    table.finish(words.say("register.blank_below"))
