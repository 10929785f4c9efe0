"""app/reading/text.py — plain text: which encoding it is in, and the file laid out on sheets.

Tried in order: byte-order mark, UTF-16 without one, UTF-8, GB18030; then, only when the name says that it is text,
whatever charset-normalizer makes of it. A file that is mostly control characters is not text.
"""

from __future__ import annotations

import codecs
import re

from app.reading import limits
from app.reading.errors import Refused
from app.reading.typeset import Paragraph, Typeset

NAMES = (".txt", ".text", ".csv", ".log", ".md", ".eml", ".xml", ".json", ".htm", ".html")
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)
BINARY = (b"{\\rtf", b"\x7fELF", b"MZ", b"GIF8", b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"PK\x05\x06", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b",
          b"%!PS", b"\x00\x00\x00")
SAMPLE = 64 * 1024
ARMOUR = re.compile(rb"[A-Za-z0-9+/=]+\r?")


def looks_like_text(data: bytes, name: str) -> bool:
    """Whether this can be read as plain text; the name only breaks ties."""
    if any(data.startswith(mark) for mark, _ in MARKS):
        return True
    if data.startswith(BINARY):
        return False
    sample = data[:SAMPLE]
    if _wide(sample):
        return True
    odd = sum(sample.count(code) for code in range(32) if code not in (9, 10, 12, 13, 27))
    if odd * (20 if name.lower().endswith(NAMES) else 1000) > len(sample):
        return False
    if _armoured(data):
        return False
    return _strict(data) is not None or name.lower().endswith(NAMES)


def _armoured(data: bytes) -> bool:
    """Mostly base64 (an e-mail with attachments): legal text that nobody reads, hundreds of pages of it."""
    lines = data.split(b"\n")
    long = sum(1 for line in lines if len(line) >= 60 and ARMOUR.fullmatch(line))
    return long > 40 and long * 2 > len(lines)


def read(data: bytes) -> Typeset:
    if len(data) > limits.PART_BYTES:
        raise Refused("too_large")
    text = decode(data)
    if not text.strip():
        raise Refused("empty")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").rstrip().split("\n")
    return Typeset([Paragraph(line.expandtabs(4)) for line in lines])


def decode(data: bytes) -> str:
    """The characters of a text file. What cannot be decoded stays visible as U+FFFD."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    wide = _wide(data[:SAMPLE])
    if wide:
        return data.decode(wide, errors="replace")
    text = _strict(data)
    if text is not None:
        return text
    from charset_normalizer import from_bytes

    best = from_bytes(data[: 4 * SAMPLE]).best()
    return data.decode(best.encoding if best else "gb18030", errors="replace")


def _strict(data: bytes) -> str | None:
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Latin-1 text can be legal GB18030; what it gives is then private-use and unassigned characters.
        if encoding == "utf-8" or not any("\ue000" <= one <= "\uf8ff" for one in text):
            return text
    return None


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a mark: every other byte is nearly always zero (Latin) or in the CJK range."""
    pairs = len(sample) // 2
    if pairs < 2 or len(sample) % 2:
        return None
    for encoding, high, low in (("utf-16-le", sample[1::2], sample[0::2]), ("utf-16-be", sample[0::2], sample[1::2])):
        latin = high.count(0)
        if latin * 10 >= pairs * 3 and low.count(0) * 20 < pairs:
            try:
                sample.decode(encoding)
            except UnicodeDecodeError:
                continue
            return encoding
    return None
