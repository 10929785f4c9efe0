"""app/reading/numerals.py — the number formats of Word's lists (ST_NumberFormat) that Chinese papers use."""

from __future__ import annotations

DIGITS = "〇一二三四五六七八九"
FORMAL = "零壹贰叁肆伍陆柒捌玖"
ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"),
         (5, "V"), (4, "IV"), (1, "I"))


def numeral(number: int, format_: str) -> str:
    """`number` as Word would print it; decimal for formats that papers here do not use."""
    if not 0 < number < 10_000:
        return str(number)
    if format_ in ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "ideographDigital", "taiwaneseCountingThousand"):
        return chinese(number)
    if format_ == "chineseLegalSimplified":
        return _counted(number, FORMAL, ("", "拾", "佰", "仟"))
    if format_ == "decimalEnclosedCircle" and number <= 20:
        return chr(0x2460 + number - 1)
    if format_ == "decimalFullWidth":
        return str(number).translate({ord("0") + one: 0xFF10 + one for one in range(10)})
    if format_ in ("upperLetter", "lowerLetter"):
        letter = chr(ord("A") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if format_ == "upperLetter" else letter.lower()
    if format_ in ("upperRoman", "lowerRoman"):
        roman = ""
        for value, sign in ROMAN:
            roman += sign * (number // value)
            number %= value
        return roman if format_ == "upperRoman" else roman.lower()
    return str(number)


def chinese(number: int) -> str:
    """1-9999 in counting words: 十二, 一百〇五 as 一百零五."""
    words = _counted(number, "零" + DIGITS[1:], ("", "十", "百", "千"))
    return words[1:] if 10 <= number < 20 else words


def _counted(number: int, digits: str, units: tuple[str, ...]) -> str:
    words = ""
    text = str(number)
    for place, digit in enumerate(text):
        unit = units[len(text) - 1 - place]
        if digit != "0":
            words += digits[int(digit)] + unit
        elif words and not words.endswith(digits[0]):
            words += digits[0]
    return words.rstrip(digits[0])
