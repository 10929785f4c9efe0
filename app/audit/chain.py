"""app/audit/chain.py — the chain outside of the archive: the file another house checks, and the code of a day sheet.

`journal.jsonl` is one line of the journal per line of JSON, as `storage.journal.lines` gives them; anybody who has this
program, or SHA-256 and the few lines of `storage.journal.follows`, can check it without the archive. A withheld line (it
would name a sealed or destroyed record) has its number and hashes alone: the chain is followed through it, its body is not
checked.

A day sheet carries `anjuan-day/1:<station>:<epoch>:<day>:<number>:<hash>` as QR and, to be typed, the number and the hash in
groups of four. Four groups are enough to compare: 64 bits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from storage import journal
from storage.errors import Known
from storage.records.journal import DaySheet

FORMAT = "anjuan-day/1"
#: Characters of a hash that must be given, at least.
LEAST = 16
_PRINTED = re.compile(rf"{re.escape(FORMAT)}:([0-9a-f]{{32}}):([0-9a-f]{{32}}):(\d{{4}}-\d{{2}}-\d{{2}}):(\d+):([0-9a-f]{{64}})")


class NoHeadCode(Known):
    """What was typed or scanned is no head of a journal: a number and at least four groups of its hash are wanted."""

    number = 550


class NotAChain(Known):
    """The file holds no lines of a journal. Facts: line."""

    number = 551


@dataclass(frozen=True, slots=True)
class HeadCode:
    """What a day sheet says. `station`, `epoch` and `day` are empty when it was typed; `hash` may be only its beginning."""

    seq: int
    hash: str
    station: str = ""
    epoch: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of a chain found. `fault` is the number of the first line that does not follow, 0 when all do; `head` the
    last line that does.
    """

    fault: int
    seq: int
    head: str
    lines: int
    withheld: int = 0

    @property
    def sound(self) -> bool:
        return not self.fault


def written(station: str, sheet: DaySheet) -> str:
    """The content of the QR code of a day sheet."""
    return f"{FORMAT}:{station}:{sheet.epoch}:{sheet.day}:{sheet.head_seq}:{sheet.head_hash}"


def groups(digest: str) -> str:
    """A hash as it is read aloud and typed: groups of four."""
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))


def read(text: str) -> HeadCode:
    """What was scanned, or typed as number and groups. Raises NoHeadCode."""
    printed = _PRINTED.fullmatch(text.strip().lower())
    if printed:
        station, epoch, day, seq, digest = printed.groups()
        return HeadCode(int(seq), digest, station, epoch, day)
    number, *rest = text.replace(":", " ").replace(",", "").lower().split() or [""]
    digest = "".join(rest)
    if not number.isdecimal() or not LEAST <= len(digest) <= 64 or not re.fullmatch(r"[0-9a-f]+", digest):
        raise NoHeadCode()
    return HeadCode(int(number), digest)


def encode(lines: Iterable[dict[str, object]]) -> Iterator[bytes]:
    """Lines of the journal as lines of JSON."""
    for line in lines:
        yield msgspec.json.encode(line) + b"\n"


def check(data: Iterable[bytes]) -> Checked:
    """Follows an exported chain from its first line. Raises NotAChain."""
    expected, previous, lines, withheld = 0, "", 0, 0
    for number, raw in enumerate(data, 1):
        try:
            line = msgspec.json.decode(raw, type=dict[str, object])
            seq, before, digest = int(str(line["seq"])), str(line["previous"]), str(line["hash"])
            if not lines:
                # A chain that begins at its first line begins at the genesis; one cut out of the middle at what it says.
                expected, previous = seq, journal.GENESIS if seq == 1 else before
            follows = seq == expected and before == previous
            if follows and line.get("withheld") is not True:
                follows = journal.follows(previous, line) == digest
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, ValueError, RecursionError) as error:
            raise NotAChain(line=number) from error
        if not follows:
            return Checked(expected, expected - 1, previous, lines, withheld)
        lines += 1
        withheld += line.get("withheld") is True
        expected, previous = expected + 1, digest
    if not lines:
        raise NotAChain(line=1)
    return Checked(0, expected - 1, previous, lines, withheld)
