"""tests/test_search_building.py — segments from child processes, what cannot be indexed, and a successor built beside."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

import resources
from app.station import Station
from storage import confinement
from storage.connection import Database
from storage.errors import DiskFull, NotAllowed
from storage.records import Agent, Finding, Kind, Role, Subject
from storage.records.users import Scope
from storage.search import batches, building, index, indexfile, merging
from storage.search.holder import lock_of
from storage.search.index import Index
from storage.search.segments import read_meta, write_meta
from tests.stations import CHIEF, House, raise_it
from tests.test_cli import Desk, desk  # noqa: F401 - a fixture
from tests.test_cli_search import filled  # noqa: F401 - a fixture
from tests.test_search import KEY, ListFeed, entry, found, open_index
from tests.test_search_keeping import WORDS, sentence, sentences, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The children that were started."""
    processes = []
    start = confinement.start

    def noted(command: list[str]) -> subprocess.Popen[bytes]:
        processes.append(start(command))
        return processes[-1]

    monkeypatch.setattr(confinement, "start", noted)
    monkeypatch.setattr(building, "BATCH_FOR_CHILDREN", 20)
    return processes


def child_that(monkeypatch: pytest.MonkeyPatch, meets: str) -> None:
    """Children whose analysis does this when a text holds the word 毒样本."""
    script = f"""
import os, sys
sys.path.insert(0, {str(resources.FOLDER.parent)!r})
from storage.search import building
make = building.make
def hurt(entries, dictionary):
    if any("毒样本" in page for each in entries for page in each.pages):
        {meets}
    return make(entries, dictionary)
building.make = hurt
building.main()
"""
    monkeypatch.setattr(building, "_command", lambda: [sys.executable, "-c", script])


def bad(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(finding.object, finding.detail) for finding in findings if not finding.ok]


def answers(index: Index) -> dict[str, set[int]]:
    return {word: found(index, word) for word in WORDS}


def test_what_children_make_is_what_is_made_here(folder: Path, started: list[subprocess.Popen[bytes]]) -> None:
    (folder / "here").mkdir()
    here, there = open_index(folder / "here", sentences(15)), open_index(folder, sentences(60))
    here.catch_up()
    assert not started
    assert there.catch_up() == 60
    assert started and all(process.poll() is not None for process in started), "the children have ended"
    assert not bad(there.agreement()) and there.behind() == 0
    for word, right in answers(here).items():
        assert found(there, word) & set(range(1, 16)) == right
    for each in (here, there):
        each.close()


def test_batches_come_in_order_from_two_children(
    folder: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An item that changes from batch to batch is found by its last text alone."""
    monkeypatch.setattr(index, "FEED_CHANGES", 25)
    monkeypatch.setattr(batches, "BATCH_DOCUMENTS", 25)
    feed = ListFeed()
    logs = []
    for turn in range(5):
        for number in range(1, 26):
            feed.put(entry(number, f"第{turn}稿 {sentence(number)}"))
            logs.append(entry(number, f"第{turn}稿"))
    steps: list[tuple[int, int]] = []
    one = open_index(folder, feed)
    one.catch_up(lambda done, total: steps.append((done, total)))
    assert len(started) == building.CHILDREN
    assert found(one, "第4稿") == set(range(1, 26)) and not found(one, "第3稿") and not bad(one.agreement())
    assert all(0 < done <= total == 25 for done, total in steps)
    one.close()


def test_a_child_has_no_rights(folder: Path) -> None:
    """It opens nothing, starts nothing, reaches nobody, and has little memory."""
    script = f"""
import os, socket, subprocess, sys
sys.path.insert(0, {str(resources.FOLDER.parent)!r})
from storage.search import building
make = building.make
def tries(entries, dictionary):
    if entries[0].item_id == building._SPECIMEN.item_id:
        return make(entries, dictionary)
    done = []
    for name, act in dict(
        read=lambda: open(sys.executable, "rb"), write=lambda: open({str(folder / 'leak')!r}, "wb"), mkdir=lambda: os.mkdir({str(folder / 'leak')!r}),
        socket=lambda: socket.socket(), run=lambda: subprocess.run(["true"]), fork=lambda: os.fork(), system=lambda: os.system("true"),
        memory=lambda: bytearray(building.MEMORY),
    ).items():
        try:
            act()
            done.append(name)
        except (OSError, MemoryError):
            pass
    secrets = [name for name in os.environ if "ANJUAN" in name]
    raise building.Unmakeable(" ".join(done + secrets) or "nothing")
building.make_here = lambda dictionary: lambda entries: tries(entries, dictionary)
building.main()
"""
    process = building._Child.__new__(building._Child)
    process._process, process.dead = confinement.start([sys.executable, "-c", script]), False
    assert isinstance(process._ask((), 60.0), building._Ready)
    with pytest.raises(building.Unmakeable) as told:
        process.make([entry(7, "样本")])
    assert told.value.reason == "nothing"
    process._process.stdin.close()  # type: ignore[union-attr]
    assert process._process.wait(60) == 0, "it ends when its input does"
    process.end()


@pytest.mark.parametrize(("meets", "reason"), [("os.abort()", "crashed"), ("raise MemoryError", "memory"), ("1 / 0", "broken")])
def test_a_text_that_breaks_its_child_is_found_and_listed(
    folder: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch, meets: str, reason: str
) -> None:
    child_that(monkeypatch, meets)
    monkeypatch.setattr(building, "BATCH_FOR_CHILDREN", 5)
    feed = sentences(8)
    feed.put(entry(7, "毒样本", title="很特别的题名"))
    one = open_index(folder, feed)
    one.catch_up()
    assert one.unindexed() == {7: reason} and one.behind() == 0
    assert found(one, "很特别的题名") == {7}, "its title is found all the same"
    assert len(found(one, "样本材料")) == 7 and not found(one, "毒样本")
    assert bad(one.agreement()) == [("item:7", f"unindexed {reason}")]
    feed.put(entry(7, "又好了", title="很特别的题名"))
    one.catch_up()
    assert one.unindexed() == {} and found(one, "又好了") == {7} and not bad(one.agreement())
    one.close()


def test_the_installed_program_is_its_own_child(
    folder: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as installed:
        installed.setattr(sys, "frozen", True, raising=False)
        assert building._command() == [sys.executable, "--index-builder"]
    monkeypatch.setattr(building, "_command", lambda: [sys.executable, "-m", "app", "--index-builder"])
    monkeypatch.setattr(building, "make_here", lambda dictionary: None)  # nothing but the child makes anything
    one = open_index(folder, sentences(30))
    assert one.catch_up() == 30 and started and not bad(one.agreement())
    one.close()


def test_without_children_everything_is_made_here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "BATCH_FOR_CHILDREN", 20)
    monkeypatch.setattr(building, "_command", lambda: [sys.executable, "-c", "raise SystemExit(1)"])
    one = open_index(folder, sentences(40))
    assert one.catch_up() == 40 and not bad(one.agreement())
    monkeypatch.setattr(building, "_command", lambda: [str(folder / "no such program")])
    assert one.rebuild() == 40 and not bad(one.agreement())
    one.close()


def test_closing_ends_a_build_and_its_children(
    folder: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    child_that(monkeypatch, "import threading; threading.Event().wait()")
    feed = sentences(40)
    feed.put(entry(17, "毒样本"))
    one = open_index(folder, feed)
    waiting = threading.Event()
    wait = building.wait
    monkeypatch.setattr(index, "wait", lambda *given: (waiting.set(), wait(*given))[1])
    thread = threading.Thread(target=one.catch_up)
    thread.start()
    assert waiting.wait(60)
    one.close()
    thread.join(60)
    assert not thread.is_alive() and all(process.poll() is not None for process in started)


def test_what_cannot_be_indexed_is_listed_and_keeps_nothing_waiting(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "DOCUMENT_CHARACTERS", 5000)
    feed = sentences(20)
    feed.put(entry(5, "长" * 6000, title="一本厚书"))  # too long: found by its title
    feed.put(entry(9, "形式不对", creator="样本\ud800"))  # cannot be put down at all
    one = open_index(folder, feed)
    one.catch_up()
    assert one.unindexed() == {5: "large", 9: "broken"}
    assert found(one, "厚书") == {5} and not found(one, "形式不对") and len(found(one, "样本材料")) == 18
    assert one.behind() == 0 and one.behind([9]) == 0 and one.behind([5]) == 0
    assert bad(one.agreement()) == [("item:5", "unindexed large"), ("item:9", "unindexed broken")]
    state = one.state()
    assert (state.records, state.behind, state.unindexed) == (19, 0, ((5, "large"), (9, "broken")))
    one.close()
    one = open_index(folder, feed)  # it is still the same archive: nothing is thrown away for what is not there
    assert one.catch_up() == 0
    feed.remove(9)
    monkeypatch.setattr(building, "DOCUMENT_CHARACTERS", 10_000)
    one.catch_up()
    assert one.unindexed() == {5: "large"} and len(found(one, "样本材料")) == 18
    one.rebuild()  # tried again
    assert one.unindexed() == {} and not bad(one.agreement()) and found(one, "长长") == {5}
    one.close()


# -- the successor


def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "FEED_CHANGES", 10)
    monkeypatch.setattr(batches, "BATCH_DOCUMENTS", 10)


class Stop(Exception):
    """Somebody pulled the plug."""


def test_questions_and_everyday_news_go_on_while_a_successor_is_built(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch)
    feed = sentences(60)
    one = open_index(folder, feed)
    one.catch_up()
    before = answers(one)
    old = (folder / "index.db").stat().st_ino
    new: Iterator[int] = iter(range(61, 99))

    def progress(done: int, total: int) -> None:
        number = next(new, 0)
        if done < 30 and number:
            assert (folder / "index.new.db").exists() and (folder / "index.db").stat().st_ino == old
            assert {word: items - set(range(61, 99)) for word, items in answers(one).items()} == before
            feed.put(entry(number, "插队的材料"))
            one.catch_up()  # as the index's own lane would
            assert number in found(one, "插队")

    assert one.rebuild(progress) >= 60
    assert (folder / "index.db").stat().st_ino != old and not list(folder.glob("index.new*"))
    assert {word: items - set(range(61, 99)) for word, items in answers(one).items()} == before
    assert len(found(one, "插队")) > 1 and not bad(one.agreement())
    one.close()


def test_a_build_that_was_cut_goes_on_where_it_stood(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch)
    feed = sentences(60)
    one = open_index(folder, feed)
    one.catch_up()

    def progress(done: int, total: int) -> None:
        if done > 40:
            raise Stop

    with pytest.raises(Stop):
        one.rebuild(progress)
    one.close()
    assert (folder / "index.new.db").exists()
    asked: list[int] = []
    changed = feed.changed
    monkeypatch.setattr(feed, "changed", lambda after, limit: asked.append(after) or changed(after, limit), raising=False)  # type: ignore[func-returns-value]
    one = open_index(folder, feed)
    assert 0 < one.catch_up() < 60
    assert 0 not in asked and not (folder / "index.new.db").exists()
    assert len(found(one, "样本")) == 60 and not bad(one.agreement())
    one.close()


def test_a_build_that_does_not_fit_is_discarded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begun for another archive, damaged, or somebody else's file."""
    small_batches(monkeypatch)
    monkeypatch.setattr(index, "REST_S", 0.0)
    (folder / "other").mkdir()
    other = open_index(folder / "other", sentences(30))
    other.catch_up()
    other.close()
    another = (folder / "other" / "index.db").read_bytes()
    feed = sentences(20)
    one = open_index(folder, feed)
    one.catch_up()
    for left in (another, b"", another[:5000], bytes(9000)):
        (folder / "index.new.db").write_bytes(left)
        one.catch_up()
        assert not (folder / "index.new.db").exists()
        assert len(found(one, "样本")) == 20 and not bad(one.agreement())
    one.close()


def test_a_build_that_is_cancelled_leaves_the_old_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch)
    feed = sentences(40)
    one = open_index(folder, feed)
    one.catch_up()
    old = (folder / "index.db").stat().st_ino
    steps: list[int] = []
    assert one.rebuild(lambda done, total: steps.append(done), lambda: len(steps) > 1) == 0
    assert (folder / "index.db").stat().st_ino == old and not list(folder.glob("index.new*"))
    assert len(found(one, "样本")) == 40 and not one.state().rebuilding
    one.close()


def test_other_words_of_the_station_are_a_reason_for_a_successor(folder: Path) -> None:
    feed = sentences(20)
    feed.put(entry(21, "家住样本新村三里屯"))
    one = open_index(folder, feed)
    one.catch_up()
    one.close()
    old = (folder / "index.db").stat().st_ino
    words = ["样本新村", "三里屯东"]
    one = open_index(folder, feed, words)
    assert found(one, "样本新村") == {21} and (folder / "index.db").stat().st_ino == old, "the old one answers"
    assert one.state().rebuilding and one.state().words == 0
    assert one.catch_up() == 21
    assert (folder / "index.db").stat().st_ino != old and one.state().words == 2 and not one.state().rebuilding
    assert found(one, "样本新村") == {21} and not bad(one.agreement())
    assert one.catch_up() == 0
    words.pop()
    assert one.catch_up() == 21 and one.state().words == 1
    one.close()


def test_another_analysis_is_a_reason_for_a_successor(folder: Path) -> None:
    one = open_index(folder, sentences(20))
    one.catch_up()
    one.close()
    write(folder, lambda connection: write_meta(connection, replace(read_meta(connection), made_with="of old")))
    one = open_index(folder, sentences(20))
    assert len(found(one, "样本")) == 20
    assert one.catch_up() == 20 and one.catch_up() == 0 and not bad(one.agreement())
    one.close()


def test_a_full_disk_ends_a_build_and_nothing_else(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = open_index(folder, sentences(20))
    one.catch_up()
    publish = indexfile.IndexFile.publish

    def full(file: indexfile.IndexFile, *given: object) -> object:
        if file.path.name == "index.new.db":
            raise DiskFull(file="index.new.db")
        return publish(file, *given)  # type: ignore[arg-type]

    with monkeypatch.context() as disk:
        disk.setattr(indexfile.IndexFile, "publish", full)
        with pytest.raises(DiskFull):
            one.rebuild()
        assert len(found(one, "样本")) == 20 and not list(folder.glob("index.new*"))
    assert one.rebuild() == 20
    one.close()


# -- merging


def segments(folder: Path) -> int:
    database = Database(folder / "index.db", KEY)
    row = database.reader().row("SELECT count(*) FROM segments")
    database.close()
    assert row is not None
    return int(row[0])


def test_nothing_is_merged_while_questions_are_asked_but_what_must_be(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "QUIET_S", 1e9)
    feed = ListFeed()
    one = open_index(folder, feed)
    most = 0
    for number in range(1, 50):
        feed.put(entry(number, sentence(number)))
        one.catch_up()
        assert found(one, f"编号{number}") == {number}
        most = max(most, segments(folder))
    assert merging.CLASS_LIMIT * 2 < most <= merging.CLASS_LIMIT * merging.PATIENCE * 3, "there is a bound"
    feed.remove(49)
    one.catch_up()
    assert one.expunge([49]), "destroyed words wait for nobody"
    monkeypatch.setattr(index, "QUIET_S", 0.0)
    one.catch_up()
    assert segments(folder) <= 3 * merging.CLASS_LIMIT and not bad(one.agreement())
    one.close()


HAMMER = """
import sys
from pathlib import Path
from tests.test_search import entry, open_index
from tests.test_search_keeping import sentences
feed = sentences(20)
index = open_index(Path(sys.argv[1]), feed)
for number in range(21, 41):
    feed.put(entry(number, f"两家都写 编号{number}"))
    index.catch_up()
    if number == 30 and sys.argv[2] == "rebuild":
        index.rebuild()
index.catch_up()
assert all(finding.ok for finding in index.agreement()), index.agreement()
index.close()
"""


def test_two_processes_on_one_index(folder: Path) -> None:
    """Both follow the same archive into the same file, and one builds it anew: neither breaks what the other does."""
    house = str(resources.FOLDER.parent)
    processes = [
        subprocess.Popen([sys.executable, "-c", HAMMER, str(folder), way], cwd=house, stderr=subprocess.PIPE, text=True)
        for way in ("rebuild", "follow")
    ]
    for process in processes:
        _, told = process.communicate(timeout=150)
        assert process.returncode == 0, told[-3000:]
    feed = sentences(20)
    for number in range(21, 41):
        feed.put(entry(number, f"两家都写 编号{number}"))
    one = open_index(folder, feed)
    one.catch_up()
    assert found(one, "两家") == set(range(21, 41)) and not bad(one.agreement())
    one.close()


def test_while_another_process_builds_a_successor_nobody_else_does(folder: Path) -> None:
    one = open_index(folder, sentences(10))
    one.catch_up()
    one.close()
    one = open_index(folder, sentences(10), ["样本新村"])
    other = FileLock(lock_of(folder / "index.db"))
    with other:
        assert one.catch_up() == 0 and not (folder / "index.new.db").exists()
        assert not one.expunge([99]), "the other one may still hold the words"
        assert len(found(one, "样本")) == 10
    assert one.catch_up() == 10 and one.expunge([99])
    one.close()


# -- the doors


def test_who_looks_after_the_station_sees_how_the_index_stands_and_builds_it_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANJUAN_CONFIG", str(tmp_path / "config"))
    monkeypatch.setattr(building, "DOCUMENT_CHARACTERS", 300)
    house = House(tmp_path)
    short, long = (house.file(house.receive(text.encode()), title=text[:5]) for text in ("短文一篇", "长文" * 200))
    chief = Station(house.archive, CHIEF, lambda call: call(), raise_it)
    house.archive.index.catch_up()
    state = chief.index_state()
    assert (state.records, state.behind, state.unindexed, state.rebuilding) == (2, 0, ((long.id, "large"),), False)
    assert state.size_bytes > 4096 and state.words == 0
    findings = [finding for finding in chief.verify() if not finding.ok]
    assert [(finding.check, finding.object) for finding in findings] == [("index", f"item:{long.id}")]
    with house.archive.write(CHIEF) as change:
        change.add_station_word("样本新村")
    assert chief.index_state().rebuilding
    assert house.archive.index.catch_up() == 2 and chief.index_state().words == 1
    monkeypatch.setattr(building, "DOCUMENT_CHARACTERS", 3000)
    steps: list[tuple[int, int]] = []
    assert chief.rebuild_index(lambda done, total: steps.append((done, total))) == 2 and steps[-1] == (2, 2)
    assert chief.index_state().unindexed == () and chief.search("长文").total == 1
    clerk = Agent(2, "样本·内勤", Role.CLERK)
    with pytest.raises(NotAllowed):
        Station(house.archive, clerk, lambda call: call(), raise_it).index_state()
    with pytest.raises(NotAllowed):
        Station(house.archive, clerk, lambda call: call(), raise_it).rebuild_index()
    nobody = house.archive.confined(Scope(nothing=True))
    assert nobody.index.state().records == 0 and nobody.index.unindexed() == {}
    with house.archive.write(CHIEF) as change:
        change.seal(Subject(Kind.ITEM, short.id), "样本依据")
    assert chief.index_state().records == 1, "what is sealed is not counted, before the index knows of it"
    house.archive.close()


def test_the_command_says_how_the_index_stands(filled: Desk) -> None:  # noqa: F811
    done, answers, err = filled.run("index", "--rebuild")
    assert done == 0 and answers[0]["records"] == 3 and "3" in err
    assert answers[0]["behind"] == 0 and answers[0]["unindexed"] == [] and not answers[0]["rebuilding"]
    done, answers, _err = filled.run("index")
    assert done == 0 and answers[0]["records"] == 3 and answers[0]["size_bytes"] > 4096
