"""storage/search/dates.py — a stretch of days as people write it: 2019, 2019年3月, 2019-03..2020, >2020, 去年下半年, 最近三个月.

`period` reads what is said to be a date and raises `NoSuchDate` when it looks like one but is none (2019-13, 2月30日);
None is no date at all. `unmistakable` reads a word of ordinary text, and takes only what can hardly mean anything else.
Both count from the day they are told. Full width, traditional characters and Chinese numerals read the same.

以前 and 之前 end before what they follow, 以后 and 以来 begin with it. A stretch written backwards is turned round.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from storage.search import analysis

FIRST, LAST = 0, 99_999_999
#: Longer texts are no dates.
LONGEST = 40


class NoSuchDate(ValueError):
    """It is written like a date, but no calendar has it."""


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included, as YYYYMMDD; FIRST and LAST where it is open."""

    since: int
    until: int


Days = tuple[date, date]

_RANGE = re.compile(r"(.*?)(?:\.\.+|~|至|到|—+|–|−| to )(.*)")
_YEARS = re.compile(r"([12]\d{3})-([12]\d{3})(?:年)?")
_COMPARED = re.compile(r"(>=|<=|>|<|=)(.+)")
_BEFORE_AFTER = re.compile(r"(.+?)(?:(?P<before>以前|之前|前)|(?P<after>以后|之后|以来|起|后))")
_SIGNS = str.maketrans({"≥": ">=", "≤": "<=", "≧": ">=", "≦": "<=", "～": "~", "〜": "~", "∼": "~", "…": "..", "_": " "})
_LIKE_A_DATE = re.compile(r"(?:[12]\d{3}|\d{1,2}月|\d{2}年)[\d年月日号./-]*|\d{6}|\d{8}|0{4}")

_NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_COUNTED = re.compile(r"([一二三四五六七八九十两]{1,3})(?=个|天|周|年|季|月|日|号)")
_UNIT_NAMES = {
    "天": "day", "日": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month", "季": "quarter", "季度": "quarter", "年": "year",
}  # fmt: skip


def period(written: str, today: date) -> Period | None:
    """None when this is no date at all; raises NoSuchDate."""
    text = _plain(written)
    if not text or len(text) > LONGEST:
        return None
    found = _period(text, today)
    if found is None and _LIKE_A_DATE.fullmatch(text):
        raise NoSuchDate(written)
    return found


def unmistakable(written: str, today: date) -> tuple[Period, bool] | None:
    """The days that a word of ordinary text means, and whether it means them alone (2019..2020) or may be words as well (去年)."""
    text = _plain(written)
    if not text or len(text) > LONGEST:
        return None
    try:
        if ".." in text or text[0] in "<>=":
            found = _period(text, today) if text.strip(".<>=~") else None
            return (found, True) if found else None
        both = _RANGE.fullmatch(text)
        if both and all(re.match(r"[12]\d{3}(?!\d)", end) for end in both.groups()):
            found = _period(text, today)
            return (found, "~" in text) if found else None
        days = _relative(text, today) if re.match(r"\D*(?:\d{1,3}\D+)?", text) else None
    except NoSuchDate:
        return None
    return (_between(*days), False) if days else None


def _period(text: str, today: date) -> Period | None:
    if compared := _COMPARED.fullmatch(text):
        days = _days(compared[2], today)
        return days and _compared(compared[1], days)
    if days := _days(text, today):
        return _between(*days)
    if years := _YEARS.fullmatch(text):
        return _ordered(_year(int(years[1])), _year(int(years[2])))
    if (side := _BEFORE_AFTER.fullmatch(text)) and (days := _days(side[1], today)):
        return _compared("<" if side["before"] else ">=", days)
    if both := _RANGE.fullmatch(text):
        first = _days(both[1], today) if both[1] else None
        last = _days(both[2], today, first[0].year if first else 0) if both[2] else None
        if (both[1] and first is None) or (both[2] and last is None) or not (first or last):
            return None
        if first and last:
            return _ordered(first, last)
        return _compared(">=", first) if first else _compared("<=", last)  # type: ignore[arg-type]
    return None


def _compared(sign: str, days: Days) -> Period:
    if sign == ">":
        return Period(_number(_later(days[1])), LAST)
    if sign == ">=":
        return Period(_number(days[0]), LAST)
    if sign == "<":
        return Period(FIRST, _number(_earlier(days[0])))
    return Period(FIRST, _number(days[1])) if sign == "<=" else _between(*days)


def _later(day: date) -> date:
    return day + timedelta(1) if day < date.max else day


def _earlier(day: date) -> date:
    return day - timedelta(1) if day > date.min else day


def _ordered(one: Days, other: Days) -> Period:
    return _between(min(one[0], other[0]), max(one[1], other[1]))


def _between(first: date, last: date) -> Period:
    return Period(_number(first), _number(last))


def _number(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day


def _plain(written: str) -> str:
    """Half width, simplified, small, numerals as digits, blanks only between letters."""
    text = unicodedata.normalize("NFKC", written[: 2 * LONGEST].translate(_SIGNS)).translate(_SIGNS).lower()
    text = "".join(analysis.fold(c) if c > "\u2e7f" and c.isalnum() else c for c in text)
    text = analysis.numeric(text)
    text = _COUNTED.sub(lambda found: str(_counted(found[1])), text)
    return re.sub(r"(?<![a-z0-9]) +| +(?![a-z0-9])", "", " ".join(text.split()))


def _counted(spoken: str) -> int:
    tens, ten, ones = spoken.rpartition("十")
    return (10 * _NUMERALS.get(tens, 1) if ten else 0) + _NUMERALS.get(ones, 0)


# -- one date, of whatever length ------------------------------------------------------------------------------------------


def _year(year: int) -> Days:
    if not 1 <= year <= 9999:
        raise NoSuchDate
    return date(year, 1, 1), date(year, 12, 31)


def _month(year: int, month: int) -> Days:
    _year(year)
    if not 1 <= month <= 12:
        raise NoSuchDate
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _day(year: int, month: int, day: int) -> Days:
    if not 1 <= day <= _month(year, month)[1].day:
        raise NoSuchDate
    return date(year, month, day), date(year, month, day)


def _months(year: int, first: int, last: int) -> Days:
    return _month(year, first)[0], _month(year, last)[1]


def _quarter(year: int, quarter: int) -> Days:
    if not 1 <= quarter <= 4:
        raise NoSuchDate
    return _months(year, 3 * quarter - 2, 3 * quarter)


_Made = Callable[[re.Match[str], date, int], Days]


def _full_year(two: str, today: date) -> int:
    """19年 is 2019, 98年 is 1998."""
    year = 2000 + int(two)
    return year if year <= today.year + 1 else year - 100


def _past(make: Callable[[int], Days], today: date, year: int) -> Days:
    """Without a year: of the year told, else the last time it was."""
    if year:
        return make(year)
    try:
        days = make(today.year)
    except NoSuchDate:
        return make(max(y for y in range(today.year - 8, today.year) if calendar.isleap(y)))
    return days if days[0] <= today else make(today.year - 1)


_ABSOLUTE: list[tuple[re.Pattern[str], _Made]] = [
    (re.compile(r"(\d{4})年?度?"), lambda m, today, _: _year(int(m[1]))),
    (re.compile(r"(\d{4})(?:[-./]|年)(\d{1,2})月?(?:份)?"), lambda m, today, _: _month(int(m[1]), int(m[2]))),
    (re.compile(r"(\d{4})(\d{2})"), lambda m, today, _: _month(int(m[1]), int(m[2]))),
    (
        re.compile(r"(\d{4})(?:[-./]|年)(\d{1,2})(?:[-./]|月)(\d{1,2})[日号]?"),
        lambda m, today, _: _day(int(m[1]), int(m[2]), int(m[3])),
    ),
    (re.compile(r"(\d{4})(\d{2})(\d{2})"), lambda m, today, _: _day(int(m[1]), int(m[2]), int(m[3]))),
    (re.compile(r"(\d{2})年度?"), lambda m, today, _: _year(_full_year(m[1], today))),
    (re.compile(r"(\d{2})年(\d{1,2})月份?"), lambda m, today, _: _month(_full_year(m[1], today), int(m[2]))),
    (
        re.compile(r"(\d{2})年(\d{1,2})月(\d{1,2})[日号]?"),
        lambda m, today, _: _day(_full_year(m[1], today), int(m[2]), int(m[3])),
    ),
    (re.compile(r"(\d{1,2})月份?"), lambda m, today, year: _past(lambda y: _month(y, int(m[1])), today, year)),
    (
        re.compile(r"(\d{1,2})月(\d{1,2})[日号]"),
        lambda m, today, year: _past(lambda y: _day(y, int(m[1]), int(m[2])), today, year),
    ),
    (re.compile(r"(\d{4})年?度?(上|下)半年"), lambda m, today, _: _half(int(m[1]), m[2])),
    (re.compile(r"(\d{4})年?度?第?([1-4])季度?"), lambda m, today, _: _quarter(int(m[1]), int(m[2]))),
    (re.compile(r"(\d{4})[- ]?q([1-4])"), lambda m, today, _: _quarter(int(m[1]), int(m[2]))),
    (re.compile(r"第([1-4])季度?|([1-4])季度"), lambda m, today, year: _quarter(year or today.year, int(m[1] or m[2]))),
    (re.compile(r"(上|下)半年"), lambda m, today, year: _half(year or today.year, m[1])),
]


def _half(year: int, which: str) -> Days:
    return _months(year, 1, 6) if which == "上" else _months(year, 7, 12)


def _days(text: str, today: date, year: int = 0) -> Days | None:
    """One date of any length; `year` is the one to think of when none is written."""
    # Half typed: 2019- is 2019.
    text = re.sub(r"(?<=\d)[-./]$", "", text)
    for pattern, make in _ABSOLUTE:
        if found := pattern.fullmatch(text):
            return make(found, today, year)
    return _relative(text, today)


# -- from today ------------------------------------------------------------------------------------------------------------

_NAMED_YEAR = {"今年": 0, "本年": 0, "当年": 0, "去年": -1, "上年": -1, "前年": -2, "大前年": -3, "明年": 1, "this year": 0, "last year": -1}
_NAMED_DAY = {
    "今天": 0, "今日": 0, "当天": 0, "昨天": -1, "昨日": -1, "前天": -2, "前日": -2, "大前天": -3, "today": 0, "yesterday": -1,
}  # fmt: skip
_THIS_LAST = re.compile(r"(?P<which>这个?|本|上上个?|上一?个?|this |last |previous )(?P<unit>周|星期|礼拜|月|季度?|week|month|quarter)份?")
_RECENT = re.compile(
    r"(?:最近的?|近|过去的?|前)(?:(?P<half>半)|(?P<n>\d{1,3}))个?(?P<unit>天|日|周|星期|礼拜|月|季度?|年)(?:以?来|内)?"
    r"|(?:last|past|recent) (?P<m>\d{1,3} )?(?P<english>day|week|month|quarter|year)s?"
)
_OF_YEAR = re.compile(r"(今年|本年|去年|上年|前年)度?(.+)")


def _relative(text: str, today: date) -> Days | None:
    if text.removesuffix("度") in _NAMED_YEAR:
        return _year(today.year + _NAMED_YEAR[text.removesuffix("度")])
    if text in _NAMED_DAY:
        return (day := today + timedelta(_NAMED_DAY[text])), day
    if found := _THIS_LAST.fullmatch(text):
        which = found["which"]
        back = 2 if which.startswith("上上") else 1 if which[0] in "上lp" else 0
        return _whole(_UNIT_NAMES.get(found["unit"], found["unit"]), back, today)
    if found := _RECENT.fullmatch(text):
        unit = _UNIT_NAMES.get(found["unit"], found["unit"]) or found["english"]
        if found["half"]:
            return (_months_ago(today, 6), today) if unit == "year" else (today - timedelta(15), today) if unit == "month" else None
        return _ago(unit, int(found["n"] or found["m"] or 1), today), today
    if (found := _OF_YEAR.fullmatch(text)) and re.match(r"第?\d|[上下]半年", found[2]):
        year = today.year + _NAMED_YEAR[found[1]]
        return _days(found[2], today, year) if not re.match(r"\d{4}|\d\d年", found[2]) else None
    if text in ("上半年", "下半年"):
        return _half(today.year, text[0])
    if found := re.fullmatch(r"第([1-4])季度", text):
        return _quarter(today.year, int(found[1]))
    return None


def _whole(unit: str, back: int, today: date) -> Days:
    """The week, month or quarter that is so many before this one."""
    if unit == "week":
        first = today - timedelta(today.weekday() + 7 * back)
        return first, first + timedelta(6)
    months = 12 * today.year + today.month - 1
    if unit == "month":
        year, month = divmod(months - back, 12)
        return _month(year, month + 1)
    year, quarter = divmod(months // 3 - back, 4)
    return _quarter(year, quarter + 1)


def _ago(unit: str, many: int, today: date) -> date:
    """The first of the days that these are, today being the last."""
    if unit in ("day", "week"):
        return today - timedelta(many * (7 if unit == "week" else 1) - 1) if many else today
    return _months_ago(today, many * {"month": 1, "quarter": 3, "year": 12}[unit])


def _months_ago(today: date, many: int) -> date:
    year, month = divmod(12 * today.year + today.month - 1 - many, 12)
    first, last = _month(year, month + 1)
    return min(first.replace(day=1) + timedelta(today.day - 1), last)
