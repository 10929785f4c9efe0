"""tests/cuts.py — kills a real process at every point where the disk changes, then lets a fresh one finish.

A *scenario* is a function of a folder, named `module:function`. Its points are the calls that change the disk
(os.replace, os.unlink, os.rename, os.fsync, and every COMMIT), each once before and once after. A run with `cut=N` ends
by SIGKILL at point N. `Sweep` does that for every N, each time in a copy of the starting folder, and then runs the
*finish* (another `module:function`), which must end well: it completes the work and asserts what must be true.

By hand: `python -m tests.cuts module:scenario FOLDER [N]` runs one, with or without a cut, and prints the points it met.
ANJUAN_ALL_CUTS=1 tries every point; otherwise at most `most` of them, evenly spread.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

POINTS = ("replace", "unlink", "rename", "fsync")
#: The processes are forked from one that has these imported already.
_PRELOADED = ["pytest", "tests.at_hand"]


class Counter:
    """Counts the points of this process and ends it at the wanted one."""

    def __init__(self, cut: int | None) -> None:
        self._cut = cut
        self.met: list[str] = []

    def point(self, name: str) -> None:
        self.met.append(name)
        if len(self.met) == self._cut:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Puts the points in place, for the rest of this process's life."""
        from storage.connection import Connection

        for name in POINTS:
            setattr(os, name, self._around(name, getattr(os, name)))
        execute = Connection.execute

        def counted(connection: Connection, sql: str, parameters: Any = ()) -> Any:
            if sql != "COMMIT":
                return execute(connection, sql, parameters)
            return self._around("commit", lambda: execute(connection, sql, parameters))()

        Connection.execute = counted  # type: ignore[method-assign]

    def _around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.point(f"before {name}")
            answer = call(*args, **kwargs)
            self.point(f"after {name}")
            return answer

        return counted


def named(name: str) -> Callable[[Path], None]:
    module, function = name.split(":")
    found: Callable[[Path], None] = getattr(importlib.import_module(module), function)
    return found


def _live(scenario: str, folder: str, cut: int | None, told: Pipe) -> None:
    counter = Counter(cut)
    try:
        function = named(scenario)
        if cut is not None:
            counter.watch()
        function(Path(folder))
        told.send((len(counter.met), ""))
    except BaseException:
        told.send((len(counter.met), traceback.format_exc()))


@dataclass(frozen=True, slots=True)
class Ended:
    killed: bool
    points: int
    trouble: str


def live(scenario: str, folder: Path, cut: int | None) -> Ended:
    """Runs the scenario in a fresh process. `cut` 0 counts points and never ends it; None does not even count."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    told, tells = context.Pipe(duplex=False)
    process: BaseProcess = context.Process(target=_live, args=(scenario, str(folder), cut, tells))
    process.start()
    tells.close()
    try:
        points, trouble = told.recv()
    except EOFError:
        points, trouble = cut or 0, ""
    process.join()
    killed = process.exitcode == -signal.SIGKILL
    if not killed and process.exitcode:
        trouble = trouble or f"exit code {process.exitcode}"
    return Ended(killed, points, trouble)


@dataclass(frozen=True, slots=True)
class Sweep:
    """All cuts of one scenario; see the module. `run` returns how many points were tried."""

    scenario: str
    finish: str
    most: int = 60

    def run(self, start: Path) -> int:
        """`start` holds what the scenario begins with; it is copied beside itself for every cut and left alone."""
        whole = self._copy(start)
        counted = live(self.scenario, whole, 0)
        assert not counted.trouble, counted.trouble
        self._finish(whole, "without a cut")
        tried = 0
        for cut in self._chosen(counted.points):
            folder = self._copy(start)
            ended = live(self.scenario, folder, cut)
            assert ended.killed, f"cut {cut}: not killed; {ended.trouble}"
            self._finish(folder, f"cut {cut} of {counted.points}")
            tried += 1
        print(f"{self.scenario}: {tried} of {counted.points} points")
        return tried

    def _chosen(self, points: int) -> Iterator[int]:
        if points <= self.most or os.environ.get("ANJUAN_ALL_CUTS") == "1":
            yield from range(1, points + 1)
        else:
            yield from sorted({1 + round(n * (points - 1) / (self.most - 1)) for n in range(self.most)})

    def _copy(self, start: Path) -> Path:
        # Always the same path: an arrival remembers where it came from.
        folder = start.with_name(f"{start.name}-cut")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(start, folder, symlinks=True)
        return folder

    def _finish(self, folder: Path, what: str) -> None:
        ended = live(self.finish, folder, None)
        assert not ended.trouble and not ended.killed, f"{self.scenario}, {what}:\n{ended.trouble}"


if __name__ == "__main__":
    cut = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    counter = Counter(cut)
    counter.watch()
    named(sys.argv[1])(Path(sys.argv[2]))
    print("\n".join(f"{number} {name}" for number, name in enumerate(counter.met, 1)))
