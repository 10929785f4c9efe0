"""app/privacy/text.py — masks personal numbers, addresses and named people in a text, character for character.

The text is read folded (full width as half width, every dash as one), so a mask falls on the same place in the text as
it stands. Masking is repeated until nothing more is found: a covered text is therefore covered already. Case numbers
(A and 22 digits) and digests are never touched. Pure functions, a few microseconds for a title.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence

from app.privacy.identity import check_digit, is_birth
from storage.records import Line

MARK = "*"
FIRST, LAST = 3, 4


class _Folding(dict[int, str]):
    """What a character counts as; always one for one. Found out once for each: `str.translate` asks for new ones."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        folded = char
        if unicodedata.category(char) == "Nd":
            folded = str(unicodedata.decimal(char))
        elif unicodedata.category(char) in ("Zs", "Cf", "Cc") and char not in "\r\n":
            folded = " "
        elif unicodedata.category(char) == "Pd" or char in "−－":
            folded = "-"
        elif len(wide := unicodedata.normalize("NFKC", char)) == 1 and wide.isascii():
            folded = wide
        self[point] = folded
        return folded


_folding = _Folding()

#: 案(事)件编号 and its sisters; digests and uuids.
_KEPT = re.compile(
    r"(?<![0-9A-Za-z])[AJKR]\d{22}(?!\d)"
    r"|(?<![0-9A-Za-z])(?=[0-9]*[a-f])[0-9a-f]{32,}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9A-Za-z])"
)
#: 案(事)件编号 alone.
_CASE = re.compile(r"(?<![0-9A-Za-z])[AJKR]\d{22}(?![0-9A-Za-z])")
#: What stands behind such a label in a form is the name of an office or a place, and nothing else is sure to be one.
_NAMED_PLACE = re.compile(
    r"(?P<office>单位|企业|机构|公司)名称[:： ]{1,3}(?P<name>[\u3400-\u9fffA-Za-z0-9·（）()]{4,40})(?=[\s，,。；;、]|$)"
    r"|(?:场所|店铺)名称[:： ]{1,3}(?P<place>[\u3400-\u9fffA-Za-z0-9·（）()]{2,40})(?=[\s，,。；;、]|$)"
)
_GAP = r"[ \-\n\r]{0,2}"
_LONG = re.compile(rf"\d(?:{_GAP}\d){{6}}|身份|证件")
_RUN = re.compile(rf"\d(?:{_GAP}\d){{14,}}(?:{_GAP}[Xx])?")
_DIGITS = re.compile(r"\d+[Xx]?")
#: Beside such a word a number counts although it is misread: 0 and O, 1 and l.
_LABELLED_IDENTITY = re.compile(
    rf"(?:身份证|身份号码|证件号码)[^0-9\n]{{0,8}}?([0-9](?:{_GAP}[0-9OoIlBS]){{11,16}}{_GAP}[0-9OoIlXx])(?![0-9A-Za-z])"
)
_LABELLED_ACCOUNT = re.compile(rf"(?:卡号|账号|帐号|账户)[^0-9\n]{{0,6}}?(\d(?:{_GAP}\d){{8,24}})(?!\d)")
_LABELLED_PHONE = re.compile(r"(?:电话|手机|联系方式|传真|[Tt][Ee][Ll])[^0-9\n]{0,4}?(\d{3,4}[ -]?\d{4})(?!\d|-\d|[年月日号])")
#: 100 begins no number: the samples use it.
_MOBILE = re.compile(
    r"(?<!\d)(?<!\d\.)(?:(?:\+|00)?86[ -]?)?(?!\d{4}[ -]\d{1,2}[ -])(1(?:[3-9]\d|00)(?:[ -]?\d){8})(?!\d|\.\d|[ ]?[多余]?[万亿]?[美欧日]?元)"
)
_LANDLINE = re.compile(
    r"(?<![\d.])(?<!\d-)[(]?(0(?:10|2\d|[3-9]\d{2})[)]?[ -]?\d{3,4}[ -]?\d{4})(?!\d)"
)
_CARD = re.compile(r"(?<![0-9A-Za-z])([3-6]\d{3}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?)(?![0-9A-Za-z])")

_HAN = "一二三四五六七八九十百零〇"
_ROAD = (
    r"(?:[路街巷村弄庄屯坊]|胡同|大道|干道|社区|小区|花园|公寓|家园|大厦|(?<![知说报频渠通轨赛])道"
    r"|(?<![公家心屋店手城夜那这哪车房院村校厂市县区乡镇])里(?=[ ]?\d+[ ]?[号幢栋]))"
)
_NUMBER = rf"(?:[A-Za-z]?\d+(?:-\d+)*[A-Za-z]?|[{_HAN}]+(?=号|栋|幢|单元)|[A-Za-z](?=[栋幢座]))"
_UNIT = r"(?:号院|号楼|号(?![文令线桥案公通])|弄|幢|栋|座|单元|楼|层|室|房|户|组|排|院)"
#: What stands below the road: 12号3栋2单元401室, also with the name of an estate between.
_BELOW_ROAD = re.compile(
    rf"{_ROAD}[东西南北中]?段?[ ]?({_NUMBER}[ ]?{_UNIT}(?:[ ]?(?:[\u4e00-\u9fff]{{1,8}}?)?[ ]?{_NUMBER}[ ]?{_UNIT})*"
    rf"(?:[ ]?\d+(?:-\d+)*)?)"
)
#: Without a road: a building and what is in it.
_BUILDING = re.compile(
    rf"({_NUMBER}[ ]?(?:号楼|栋|幢|座)[ ]?(?:{_NUMBER}[ ]?(?:单元|门)[ ]?)?{_NUMBER}(?:[ ]?(?:室|房|户|号|单元))?)"
)
_LABELLED_ADDRESS = re.compile(
    r"(?:住址|居住地|户籍地|户籍所在地|(?<![网IP])地址)[: ]{1,3}([^,，。；;\n]{2,60})"
)
_NUMERALS = re.compile(rf"[A-Za-z]?\d+[A-Za-z]?|[{_HAN}]+(?=[ ]?(?:号|栋|幢|单元))|[A-Za-z](?=[ ]?[栋幢座])")

#: How far before a number its owner's name may stand.
_BEFORE = 60
_LETTER = r"[\u3400-\u9fff\U00020000-\U0003ffff·]"
_WHO = r"(?:姓\s{0,2}名|被询问人|被侵害人|违法行为人|当事人|报案人|申请人|证人|户主)(?:[（(][^）)]{0,6}[）)])?"
_NAME = re.compile(rf"{_WHO}[:： ]{{1,3}}({_LETTER}{{2,6}}|{_LETTER}[ \u3000]{_LETTER})(?=[\s，,。；;、（(]|$)")

_SOMETHING = re.compile(rf"\d|[{_HAN}A-Za-z][ ]?(?:号|栋|幢|座|单元)")


def cover(text: str, names: Iterable[str] = ()) -> str:
    """`text` with identity, phone and card numbers, addresses below the road and these names masked; as long as before."""
    names = [name for name in names if len(name) > 1]
    while True:
        folded = text.translate(_folding)
        if not names and not _SOMETHING.search(folded):
            return text
        places = {place for place in _personal(folded, names) if text[place] != MARK and folded[place] not in " \n\r"}
        if not places:
            return text
        text = "".join(MARK if place in places else char for place, char in enumerate(text))


def cover_lines(lines: Sequence[Line], names: Iterable[str] = ()) -> list[str]:
    """The texts of a page's lines, covered as one: a number may go on in the next line."""
    covered = cover("\n".join(line.text.replace("\n", " ") for line in lines), names)
    return covered.split("\n") if lines else []


def identities_in(text: str) -> Iterator[tuple[str, str]]:
    """The identity numbers in a text whose check digit is right, each with the name that stands before it, if one does."""
    readable = _readable(text.translate(_folding))
    for signs in _valid_identities(readable):
        yield "".join(readable[place] for place in signs).upper(), _name_before(text, signs[0])


def mobiles_in(text: str) -> Iterator[tuple[str, str]]:
    """The mobile phones in a text, each with the name that stands before it, if one does."""
    readable = _readable(text.translate(_folding))
    for found in _MOBILE.finditer(readable):
        signs = _signs(readable, found.start(1), found.end(1))
        yield "".join(readable[place] for place in signs), _name_before(text, signs[0])


def cases_in(text: str) -> list[str]:
    """The national case numbers (案(事)件编号) in a text."""
    return [found[0] for found in _CASE.finditer(text.translate(_folding))]


def named_in_forms(text: str) -> Iterator[tuple[bool, str]]:
    """(whether it is an office, its name) of what a form in this text calls the office or the place it is about."""
    for found in _NAMED_PLACE.finditer(text):
        yield bool(found["office"]), found["name"] or found["place"]


def cover_number(number: str) -> str:
    """A number known to be personal: the first three and the last four signs stay."""
    return number[:FIRST] + MARK * (len(number) - FIRST - LAST) + number[-LAST:] if len(number) > FIRST + LAST else number


def cover_name(name: str) -> str:
    """A person's name: the first character stays."""
    return name[:1] + MARK * (len(name) - 1)


def _personal(folded: str, names: Sequence[str]) -> Iterator[int]:
    """Where what is to be masked stands."""
    readable = _readable(folded)
    long = _LONG.search(readable)
    if long:
        yield from _identities(readable)
    for pattern, fits in _NUMBERS if long else ():
        for found in pattern.finditer(readable):
            signs = _signs(readable, found.start(1), found.end(1))
            if fits("".join(readable[place] for place in signs)):
                # Of a short number the last two stay: three and four would be all of it.
                yield from signs[FIRST:-LAST] if len(signs) > FIRST + 2 * LAST - 1 else signs[:-2]
    for pattern in (_BELOW_ROAD, _BUILDING, _LABELLED_ADDRESS):
        for found in pattern.finditer(readable):
            for numeral in _NUMERALS.finditer(readable, found.start(1), found.end(1)):
                yield from range(*numeral.span())
    for name in names:
        letters = [re.escape(letter) for letter in name.translate(_folding) if letter != " "]
        for found in re.finditer(rf"{_GAP}".join(letters), folded):
            yield from range(found.start() + 1, found.end())


def _identities(readable: str) -> Iterator[int]:
    """Identity numbers of 18 and 15 signs, also with blanks inside and among other numbers."""
    for signs in _valid_identities(readable):
        yield from signs[FIRST:-LAST]
    for found in _RUN.finditer(readable):
        signs = _signs(readable, *found.span())
        # A digit may be misread: what stands alone and has a day of birth in its place is one all the same.
        for group in (*(range(*one.span()) for one in _DIGITS.finditer(readable, *found.span())), signs):
            text = "".join(readable[place] for place in group)
            if _alone(readable, group[0], group[-1] + 1) and _looks_like_identity(text):
                yield from list(group)[FIRST:-LAST]


def _valid_identities(readable: str) -> Iterator[list[int]]:
    """Where the 18 signs of every number with a right check digit stand."""
    for found in _RUN.finditer(readable):
        signs = _signs(readable, *found.span())
        number = "".join(readable[place] for place in signs).upper()
        for start in range(len(number) - 17):
            piece = number[start : start + 18]
            if "X" not in piece[:17] and is_birth(piece[6:14]) and piece[17] == check_digit(piece[:17]):
                yield signs[start : start + 18]


def _looks_like_identity(number: str) -> bool:
    if len(number) == 18:
        return is_birth(number[6:14])
    return len(number) == 15 and number.isdigit() and number[:2] != "00" and is_birth(f"19{number[6:12]}")


def _alone(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and after.isalnum())


def _signs(text: str, start: int, end: int) -> list[int]:
    return [place for place in range(start, end) if text[place].isalnum()]


def _readable(folded: str) -> str:
    """The folded text without what is never a personal number."""
    return _KEPT.sub(lambda found: "#" * len(found[0]), folded)


def _name_before(text: str, place: int) -> str:
    """The nearest 姓名：某某 within what a form prints before the number."""
    names = _NAME.findall(text, max(0, place - _BEFORE), place)
    return names[-1].replace(" ", "").replace("\u3000", "") if names else ""


def _any(_number: str) -> bool:
    return True


def _is_card(number: str) -> bool:
    """The check digit of card numbers (Luhn, ISO/IEC 7812)."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[1::2]]
    return 16 <= len(digits) <= 19 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (_LABELLED_IDENTITY, _any),
    (_LABELLED_ACCOUNT, _any),
    (_LABELLED_PHONE, _any),
    (_MOBILE, _any),
    (_LANDLINE, _any),
    (_CARD, _is_card),
)
