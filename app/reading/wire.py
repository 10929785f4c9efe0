"""app/reading/wire.py — what the parent and the child say to each other, and how it is framed on a pipe.

A frame is two big-endian 32-bit lengths, a MessagePack message, and a body of raw bytes (a file on the way in, the
pixels of a page on the way out). Both lengths are checked before anything is allocated. The child is not trusted:
messages decode into exactly these types, and only raw pixels come out, so no picture format made by the child is ever
decoded on the other side.
"""

from __future__ import annotations

import struct
from typing import IO, TypeVar

import msgspec

from app.reading import limits

LENGTHS = struct.Struct(">II")


class Open(msgspec.Struct, frozen=True, tag="open"):
    """Parser: take this file (the body). `name` is only a hint for text."""

    name: str


class Turn(msgspec.Struct, frozen=True, tag="turn"):
    """Parser: turn to page `number` (from 1) of the open file."""

    number: int
    ocr: bool


class Recognise(msgspec.Struct, frozen=True, tag="recognise"):
    """OCR: read this page (the body: rows of `channels` bytes a pixel, RGB or grey)."""

    width: int
    height: int
    channels: int


class Tabulate(msgspec.Struct, frozen=True, tag="tabulate"):
    """Parser: the rows of this catalogue (the body); `sheet` empty means the first with anything in it."""

    name: str
    sheet: str


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The child is shut in and waits; `kernel` says whether the kernel enforces it too."""

    kernel: bool


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    format: str
    pages: int


class Line(msgspec.Struct, frozen=True, array_like=True):
    """One line of text; the box as fractions of the page."""

    text: str
    x: float
    y: float
    width: float
    height: float


class Sheet(msgspec.Struct, frozen=True, tag="sheet"):
    """Parser: one page, its pixels in the body. `source` "ocr" says that the text is still in the pixels."""

    width: int
    height: int
    channels: int
    lines: list[Line]
    source: str
    confidence: float
    resident: int


class Recognised(msgspec.Struct, frozen=True, tag="recognised"):
    """OCR: the lines, placed on the page after turning it `turn` degrees anticlockwise."""

    lines: list[Line]
    confidence: float
    turn: int
    resident: int


class Tabulated(msgspec.Struct, frozen=True, tag="tabulated"):
    """Rows as (number in the file, cells)."""

    format: str
    sheets: list[str]
    rows: list[tuple[int, list[str]]]


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """It cannot be done. `reason` is a code; `fault` names an exception class and a line of code, for the log."""

    reason: str
    format: str
    fault: str


Request = Open | Turn | Recognise | Tabulate
Answer = Ready | Opened | Sheet | Recognised | Tabulated | Failed
Message = TypeVar("Message")
REQUESTS: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
ANSWERS: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


class BrokenFrame(Exception):
    """The other side does not speak this language, or says too much."""


def send(stream: IO[bytes], message: Request | Answer, body: bytes | memoryview = b"") -> None:
    packed = msgspec.msgpack.encode(message)
    stream.write(LENGTHS.pack(len(packed), len(body)))
    stream.write(packed)
    stream.write(body)
    stream.flush()


def receive(stream: IO[bytes], decoder: msgspec.msgpack.Decoder[Message], most: int) -> tuple[Message, bytes] | None:
    """The next message and its body (at most `most` bytes), or None when the other side has closed the pipe."""
    head = _exactly(stream, LENGTHS.size)
    if head is None:
        return None
    message_bytes, body_bytes = LENGTHS.unpack(head)
    if message_bytes > limits.MESSAGE_BYTES or body_bytes > most:
        raise BrokenFrame(f"{message_bytes}+{body_bytes} bytes")
    packed = _exactly(stream, message_bytes)
    body = _exactly(stream, body_bytes)
    if packed is None or body is None:
        return None
    try:
        return decoder.decode(packed), body
    except msgspec.MsgspecError as error:
        raise BrokenFrame(type(error).__name__) from None


def _exactly(stream: IO[bytes], size: int) -> bytes | None:
    data = stream.read(size)
    return data if len(data) == size else None
