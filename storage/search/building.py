"""storage/search/building.py — segments are made in child processes that hold no key and touch no disk.

A child (`python -m storage.search.building`) takes entries from its standard input and answers with the segment they have
become; whoever asked puts it down. It starts with nothing of ours in its environment, shuts itself in like the reading
processes, opens no file once it is ready, has a limit of memory and of time, and ends when its input is closed. So a large
batch slows nobody down, and a text that breaks the analysis breaks a child.

What cannot be made is halved until the documents that break it stand alone. Such a document is made without its text, so
that its title is still found; if that breaks too it stays away. Either way it is listed with a reason: `large` (longer than
DOCUMENT_CHARACTERS), `memory`, `slow`, `crashed` (the child died of it), `broken` (the analysis refused it).

`Makers` may be used by one thread; its work is done on threads of its own, each with one child.
"""

from __future__ import annotations

import os
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import IO, TypeVar

import msgspec

from storage import confinement
from storage.search.analysis import Dictionary
from storage.search.batches import Entry, Made, make, size_of

#: A batch from here on is made by a child; less is made at once, in less time than a child needs to start.
BATCH_FOR_CHILDREN = 400
CHARACTERS_FOR_CHILDREN = 600_000
#: As many as the smallest station's computer has cores.
CHILDREN = 2
#: The text of a longer document is not searchable: a child would not have the memory.
DOCUMENT_CHARACTERS = 3_000_000
#: Address space of a child: twice what the longest document took.
MEMORY = 2 * 2**30
START_SECONDS = 60.0
BATCH_SECONDS = 600.0

_LENGTH = struct.Struct(">Q")
#: More than any batch says, in either direction.
_MOST_BYTES = 2**31
_TICK = 0.1

T = TypeVar("T")
Make = Callable[[Sequence[Entry]], Made]


class Unmakeable(Exception):
    """These entries, or one of them, cannot become a segment. `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Abandon(Exception):
    """Whoever waited for a segment does not want it any more."""


class _Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The child is shut in and waits."""


class _Failed(msgspec.Struct, frozen=True, tag="failed"):
    reason: str


@dataclass(slots=True)
class Outcome:
    """What became of entries: segments, and what is not searchable, or not wholly, with the reason."""

    made: list[Made] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


def make_all(entries: Sequence[Entry], attempt: Make) -> Outcome:
    """Whatever can be made of these entries."""
    outcome = Outcome()
    fitting = []
    for entry in entries:
        if size_of(entry) > DOCUMENT_CHARACTERS:
            outcome.refused[entry.item_id] = "large"
            entry = _bare(entry)
        fitting.append(entry)
    _halve(fitting, attempt, outcome)
    return outcome


def _halve(entries: Sequence[Entry], attempt: Make, outcome: Outcome) -> None:
    if not entries:
        return
    try:
        outcome.made.append(attempt(entries))
    except Unmakeable as fault:
        middle = len(entries) // 2
        if middle:
            _halve(entries[:middle], attempt, outcome)
            _halve(entries[middle:], attempt, outcome)
            return
        outcome.refused.setdefault(entries[0].item_id, fault.reason)
        bare = _bare(entries[0])
        if bare != entries[0]:
            _halve([bare], attempt, outcome)


def _bare(entry: Entry) -> Entry:
    return replace(entry, pages=(), remarks="", title=entry.title[:1000])


def make_here(dictionary: Dictionary) -> Make:
    """`make` in this process, its faults as Unmakeable."""

    def attempt(entries: Sequence[Entry]) -> Made:
        try:
            return make(entries, dictionary)
        except MemoryError:
            raise Unmakeable("memory") from None
        except Exception as error:  # a text may break anything; it must not break the index
            raise Unmakeable("broken") from error

    return attempt


class Makers:
    """Makes segments ahead of whoever puts them down, in the order they were asked for. Get one from `makers`."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = tuple(words)
        self._here = make_here(Dictionary(words))
        self._own = threading.local()
        self._children: list[_Child] = []
        self._lock = threading.Lock()
        self._over = False
        self._pool: ThreadPoolExecutor | None = None

    def make(self, entries: Sequence[Entry]) -> Future[Outcome]:
        """Small batches are made before this returns, large ones by and by."""
        if len(entries) < BATCH_FOR_CHILDREN and sum(map(size_of, entries)) < CHARACTERS_FOR_CHILDREN:
            done: Future[Outcome] = Future()
            done.set_result(make_all(entries, self._here))
            return done
        if self._pool is None:
            self._pool = ThreadPoolExecutor(CHILDREN, thread_name_prefix="index")
        return self._pool.submit(make_all, entries, self._attempt)

    def _attempt(self, entries: Sequence[Entry]) -> Made:
        """On one of the threads: by its child, by a fresh one when that has died."""
        if self._over:
            raise Abandon
        child: _Child | None = getattr(self._own, "child", None)
        if child is None:
            try:
                child = self._own.child = self._begin()
            except OSError:
                return self._here(entries)  # no child can be had: slower, and no worse
        try:
            return child.make(entries)
        except Unmakeable:
            if child.dead:
                self._own.child = None
            raise

    def _begin(self) -> _Child:
        child = _Child(self._words)
        with self._lock:
            self._children.append(child)
            if self._over:
                child.end()
                raise Abandon
        return child

    def end(self) -> None:
        """Ends the children, whatever they are doing."""
        with self._lock:
            self._over = True
            for child in self._children:
                child.end()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


@contextmanager
def makers(words: Sequence[str]) -> Iterator[Makers]:
    some = Makers(words)
    try:
        yield some
    finally:
        some.end()


def wait(for_what: Future[T], give_up: Callable[[], bool]) -> T:
    """The outcome; raises Abandon as soon as `give_up` says so."""
    while True:
        try:
            return for_what.result(_TICK)
        except NotYet:
            if give_up():
                raise Abandon from None


class _Child:
    """One process, asked and answered by the thread that started it. Raises OSError when it does not come up."""

    def __init__(self, words: Sequence[str]) -> None:
        self._process = confinement.start(_command())
        self.dead = False
        try:
            answer = self._ask(tuple(words), START_SECONDS)
        except Unmakeable as fault:
            raise OSError(fault.reason) from fault
        if not isinstance(answer, _Ready):
            self.end()
            raise OSError("no child that makes segments")

    def make(self, entries: Sequence[Entry]) -> Made:
        answer = self._ask(entries, BATCH_SECONDS)
        if isinstance(answer, Made) and answer.documents == len(entries) and answer.texts.keys() == {e.item_id for e in entries}:
            return answer
        raise Unmakeable(answer.reason if isinstance(answer, _Failed) else "broken")

    def _ask(self, question: object, seconds: float) -> Made | _Failed | _Ready:
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        slow = threading.Timer(seconds, process.kill)
        slow.daemon = True
        try:
            asked = msgspec.msgpack.encode(question)
        except (UnicodeEncodeError, OverflowError, ValueError) as error:
            raise Unmakeable("broken") from error
        slow.start()
        try:
            _send(process.stdin, asked)
            answer = _receive(process.stdout)
            if answer is not None:
                return _ANSWERS.decode(answer)
        except (OSError, ValueError, msgspec.MsgspecError):
            pass  # the pipe broke or carried nonsense: the child counts as dead, which is said below
        finally:
            in_time = slow.is_alive()
            slow.cancel()
        self.end()
        raise Unmakeable("crashed" if in_time else "slow")

    def end(self) -> None:
        self.dead = True
        confinement.end(self._process)


_ANSWERS: msgspec.msgpack.Decoder[Made | _Failed | _Ready] = msgspec.msgpack.Decoder(Made | _Failed | _Ready)
_ENTRIES: msgspec.msgpack.Decoder[list[Entry]] = msgspec.msgpack.Decoder(list[Entry])


def _command() -> list[str]:
    return confinement.command("--index-builder", "storage.search.building")


def _send(stream: IO[bytes], message: bytes) -> None:
    stream.write(_LENGTH.pack(len(message)))
    stream.write(message)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes | None:
    """The next message; None when the other side has closed the pipe. Raises ValueError when it says too much."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (size,) = _LENGTH.unpack(head)
    if size > _MOST_BYTES:
        raise ValueError("a message of impossible size")
    message = stream.read(size)
    return message if len(message) == size else None


# -- the child

#: Something of everything that is loaded only when it is first needed.
_SPECIMEN = Entry(
    1, "X001-WS·2024·D30-0001", "样本：關於盗窃电动自行车的报告 Ａｂｃ", "样公〔2024〕1号", "样本派出所", "20240102", "WS", 2024, "D30",
    "二〇二四年三月", ("京A12345 110101199001011234 ﾃｽﾄ é ①",), names=("样本一",),
)  # fmt: skip


def main() -> int:
    """Ends when the input does."""
    inbox, outbox = confinement.pipes()
    confinement.limit(MEMORY)
    confinement.cage()
    if hasattr(os, "nice"):
        os.nice(5)  # whoever searches or types meanwhile goes first
    attempt = make_here(Dictionary(msgspec.msgpack.decode(_receive(inbox) or b"", type=tuple[str, ...])))
    attempt([_SPECIMEN])
    confinement.shut_files()
    _send(outbox, msgspec.msgpack.encode(_Ready()))
    while (message := _receive(inbox)) is not None:
        _send(outbox, _answer(message, attempt))
        del message
    return 0


def _answer(message: bytes, attempt: Make) -> bytes:
    try:
        return msgspec.msgpack.encode(attempt(_ENTRIES.decode(message)))
    except Unmakeable as fault:
        return msgspec.msgpack.encode(_Failed(fault.reason))
    except MemoryError:
        return msgspec.msgpack.encode(_Failed("memory"))


if __name__ == "__main__":
    sys.exit(main())
