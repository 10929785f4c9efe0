"""tests/test_jobs.py — lanes, answers, cancelling, timers: silence only where it was asked for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from app.jobs import LANES, Cancelled, Job, Jobs
from tests.stations import until


class Window:
    """Stands for the window's thread: calls wait in a queue until the test lets them run."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.failures: list[BaseException] = []

    def post(self, call: Callable[[], None]) -> None:
        self._calls.put(call)

    def run(self, calls: int) -> None:
        for _ in range(calls):
            self._calls.get(timeout=30)()

    def run_all(self) -> None:
        while not self._calls.empty():
            self._calls.get()()


@pytest.fixture
def window() -> Window:
    return Window()


@pytest.fixture
def jobs(window: Window) -> Iterator[Jobs]:
    jobs = Jobs(window.post, window.failures.append)
    yield jobs
    jobs.stop()


def test_an_answer_comes_through_post_and_nowhere_else(jobs: Jobs, window: Window) -> None:
    heard: list[tuple[str, int]] = []
    job = jobs.run("view", lambda job: threading.get_ident(), done=lambda answer: heard.append(("done", answer)))
    assert job.wait(30)
    assert heard == []
    window.run(1)
    ((name, worker),) = heard
    assert name == "done" and worker != threading.get_ident()


def test_progress_comes_in_order_before_the_answer(jobs: Jobs, window: Window) -> None:
    heard: list[object] = []

    def work(job: Job[str]) -> str:
        for number in range(3):
            job.step(number, 3, f"第{number}页")
        return "end"

    jobs.run("read", work, done=heard.append, progress=lambda *step: heard.append(step))
    window.run(4)
    assert heard == [(0, 3, "第0页"), (1, 3, "第1页"), (2, 3, "第2页"), "end"]


def test_a_failure_goes_to_its_own_handler_or_to_everybodys(jobs: Jobs, window: Window) -> None:
    heard: list[BaseException] = []
    jobs.run("view", lambda job: 1 / 0, failed=heard.append)
    window.run(1)
    assert isinstance(heard[0], ZeroDivisionError) and window.failures == []
    jobs.run("view", lambda job: 1 / 0, done=lambda answer: heard.clear())
    window.run(1)
    assert isinstance(window.failures[0], ZeroDivisionError) and len(heard) == 1


def test_even_the_end_of_the_program_inside_a_job_is_told(jobs: Jobs, window: Window) -> None:
    def work(job: Job[None]) -> None:
        raise SystemExit(3)

    jobs.run("view", work)
    window.run(1)
    assert isinstance(window.failures[0], SystemExit)


def test_cancelled_before_it_began_it_never_runs(jobs: Jobs, window: Window) -> None:
    gate, ran = threading.Event(), []
    first = jobs.run("write", lambda job: gate.wait())
    second = jobs.run("write", lambda job: ran.append(1), done=ran.append)
    second.cancel()
    gate.set()
    assert first.wait(30) and second.wait(30)
    window.run_all()
    assert ran == [] and window.failures == [] and second.cancelled


def test_cancelled_while_it_runs_it_ends_at_the_next_step_and_is_silent(jobs: Jobs, window: Window) -> None:
    begun, gate, heard = threading.Event(), threading.Event(), []

    def work(job: Job[str]) -> str:
        begun.set()
        gate.wait()
        job.step(1, 2)
        heard.append("went on")
        return "end"

    job = jobs.run("view", work, done=heard.append, failed=heard.append, progress=lambda *step: heard.append(step))
    begun.wait()
    job.cancel()
    gate.set()
    assert job.wait(30)
    window.run_all()
    assert heard == [] and window.failures == []


def test_cancelled_after_it_ended_its_answer_is_not_delivered(jobs: Jobs, window: Window) -> None:
    heard: list[str] = []
    job = jobs.run("view", lambda job: "end", done=heard.append)
    assert job.wait(30)
    job.cancel()
    window.run(1)
    assert heard == []


def test_a_job_may_call_itself_off(jobs: Jobs, window: Window) -> None:
    def work(job: Job[None]) -> None:
        raise Cancelled

    job = jobs.run("view", work, failed=window.failures.append)
    assert job.wait(30)
    window.run_all()
    assert window.failures == []


def test_a_lane_of_one_is_a_lock_and_keeps_the_order(jobs: Jobs) -> None:
    inside, order, together = [0], [], []

    def work(number: int) -> Callable[[Job[None]], None]:
        def run(job: Job[None]) -> None:
            inside[0] += 1
            together.append(inside[0])
            order.append(number)
            inside[0] -= 1

        return run

    for number in range(50):
        jobs.run("write", work(number))
    assert jobs.wait_until_idle(30)
    assert order == list(range(50)) and set(together) == {1}


def test_lanes_do_not_wait_for_each_other(jobs: Jobs) -> None:
    gate = threading.Event()
    blocked = [jobs.run(lane, lambda job: gate.wait()) for lane in LANES if lane != "search"]
    quick = jobs.run("search", lambda job: None)
    assert quick.wait(30)
    assert not jobs.wait_until_idle(0)
    gate.set()
    assert all(job.wait(30) for job in blocked)


def test_a_lane_that_does_not_exist_is_a_bug_and_leaves_nothing_behind(jobs: Jobs) -> None:
    with pytest.raises(KeyError):
        jobs.run("nowhere", lambda job: None)
    assert jobs.wait_until_idle(0)


def test_a_timer_never_overlaps_itself_and_goes_on_after_a_failure(jobs: Jobs, window: Window) -> None:
    inside, together, runs = [0], [], []

    def work(job: Job[None]) -> None:
        inside[0] += 1
        together.append(inside[0])
        runs.append(1)
        # The lane's other worker is free: whatever was queued before this would run now.
        jobs.run("view", lambda job: None).wait(30)
        inside[0] -= 1
        if len(runs) == 3:
            raise ZeroDivisionError

    jobs.every(0.0, "view", work)
    until(lambda: len(runs) >= 40)
    jobs.stop()
    window.run_all()
    assert set(together) == {1}
    assert [type(error) for error in window.failures] == [ZeroDivisionError]


def test_stopping_finishes_what_runs_and_nothing_more(window: Window) -> None:
    jobs = Jobs(window.post, window.failures.append)
    begun, gate, ended, ran = threading.Event(), threading.Event(), [], []

    def long(job: Job[None]) -> None:
        begun.set()
        gate.wait()
        ended.append(1)

    jobs.run("write", long)
    waiting = jobs.run("write", lambda job: ran.append(1))
    jobs.every(3600.0, "index", lambda job: None)
    begun.wait()
    stopping = threading.Thread(target=jobs.stop)
    stopping.start()
    until(lambda: waiting.cancelled)
    gate.set()
    stopping.join(30)
    assert not stopping.is_alive()
    late = jobs.run("write", lambda job: ran.append(1), done=ran.append)
    assert late.cancelled and late.wait(0)
    window.run_all()
    assert ended == [1] and ran == [] and window.failures == []
    jobs.stop()
