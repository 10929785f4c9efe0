"""app/jobs.py — named executors, progress, cancel, every(); answers through an injected post().

A job is a plain function that gets its `Job` to report progress and to notice cancelling in one call. Lanes with one
worker are also locks: everything on `write` runs one after another. Answers (`done`, `failed`, `progress`) travel
through `post`, which the window makes run on its own thread; the commands pass one that runs at once.

`noticed` hears of every failure on the lane that it happened on, before anybody else. A job without `failed` reports to the handler given to `Jobs`: silence is impossible. A cancelled job is silent for ever.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Post = Callable[[Callable[[], None]], None]

#: lane -> workers
LANES = {"write": 1, "search": 1, "index": 1, "read": 1, "sync": 1, "keep": 1, "anchor": 1, "view": 2}


class Cancelled(Exception):
    """Raised by `Job.step` inside a job that was cancelled."""


class Job(Generic[T]):
    """One piece of work. `cancel` and `cancelled` from any thread; `step` from the work itself."""

    def __init__(self, post: Post, progress: Callable[[int, int, str], None] | None) -> None:
        self._post = post
        self._progress = progress
        self._cancelled = threading.Event()
        self._finished = threading.Event()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        self._cancelled.set()

    def step(self, done: int = 0, total: int = 0, note: str = "") -> None:
        """Reports progress; raises Cancelled when the job was cancelled."""
        if self.cancelled:
            raise Cancelled
        progress = self._progress
        if progress is not None:
            self._post(lambda: None if self.cancelled else progress(done, total, note))

    def wait(self, timeout_s: float | None = None) -> bool:
        """Waits until the work has ended (its answer may still be on its way). Never from the window's thread."""
        return self._finished.wait(timeout_s)


class Jobs:
    """The lanes of one station."""

    def __init__(
        self, post: Post, failed: Callable[[BaseException], None], noticed: Callable[[Exception], None] = lambda error: None
    ) -> None:
        self._post = post
        self._failed = failed
        self._noticed = noticed
        self._lanes = {
            name: ThreadPoolExecutor(workers, thread_name_prefix=f"anjuan-{name}") for name, workers in LANES.items()
        }
        self._jobs: set[Job[Any]] = set()
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._stopping = threading.Event()
        self._timers: list[threading.Thread] = []

    def run(
        self,
        lane: str,
        work: Callable[[Job[T]], T],
        *,
        done: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        progress: Callable[[int, int, str], None] | None = None,
    ) -> Job[T]:
        """Queues `work(job)` on `lane`. After `stop` nothing runs any more and the job counts as cancelled."""
        job: Job[T] = Job(self._post, progress)
        with self._lock:
            if self._stopping.is_set():
                job.cancel()
                job._finished.set()
                return job
            future: Future[T] = self._lanes[lane].submit(self._work, job, work)
            self._jobs.add(job)
        future.add_done_callback(lambda future: self._finish(job, future, done, failed or self._failed))
        return job

    def every(self, seconds: float, lane: str, work: Callable[[Job[Any]], Any]) -> None:
        """Runs `work` now and then `seconds` after it last ended: never two of the same at once."""

        def tick() -> None:
            while not self._stopping.is_set():
                self.run(lane, work).wait()
                self._stopping.wait(seconds)

        timer = threading.Thread(target=tick, name=f"anjuan-every-{lane}", daemon=True)
        self._timers.append(timer)
        timer.start()

    def wait_until_idle(self, timeout_s: float) -> bool:
        """Waits until no job is queued or running. For the commands and the tests; never from the window's thread."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._jobs, timeout_s)

    def stop(self) -> None:
        """Cancels what runs, lets `write` finish its current job, closes the lanes."""
        with self._lock:
            self._stopping.set()
            for job in self._jobs:
                job.cancel()
        for timer in self._timers:
            timer.join()
        for lane in self._lanes.values():
            lane.shutdown(wait=True, cancel_futures=True)

    def _work(self, job: Job[T], work: Callable[[Job[T]], T]) -> T:
        if job.cancelled:
            raise Cancelled
        try:
            return work(job)
        except Cancelled:
            raise
        except Exception as error:
            self._noticed(error)
            raise

    def _finish(
        self,
        job: Job[T],
        future: Future[T],
        done: Callable[[T], None] | None,
        failed: Callable[[BaseException], None],
    ) -> None:
        try:
            if future.cancelled() or job.cancelled:
                return
            error = future.exception()
            if isinstance(error, Cancelled):
                return
            if error is not None:
                self._post(lambda: None if job.cancelled else failed(error))
            elif done is not None:
                answer = future.result()
                self._post(lambda: None if job.cancelled else done(answer))
        finally:
            with self._idle:
                self._jobs.discard(job)
                self._idle.notify_all()
            job._finished.set()
