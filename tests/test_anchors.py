"""tests/test_anchors.py — an older database shows: put back whole, page by page, or with the end of its log cut off.

Real files, attacked as somebody would who has the disk (and, for pages, knows where they lie) but no key. The cases are
D4 to D8 of the analysis of failures. The keychain is a file outside of the archive, written as a keychain is.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keyring.backend import KeyringBackend

from storage.anchors import FILE_NAME, KEPT, Anchor, disagreement
from storage.archive import Archive
from storage.errors import AwaitingAcknowledgement, DamagedFile
from storage.keychain import Keychain
from storage.keys import FLOOR, KeySlots
from storage.records import PROGRAM, Finding
from tests.cuts import Sweep
from tests.stations import ADMINISTRATOR, CHIEF, PASSPHRASE, House, draft, founding

PAGE = 4096
FRAME = 24 + PAGE
WAL_HEADER = 32


class Drawer(KeyringBackend):
    """A keychain that outlives the process: one file. `silent` makes it answer nothing."""

    priority = 1  # type: ignore[assignment]

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self.silent = False

    def _kept(self) -> dict[str, str]:
        if self.silent:
            raise OSError("no answer")
        return dict(json.loads(self._path.read_text())) if self._path.exists() else {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._kept().get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(self._kept() | {username: password}))
        os.replace(part, self._path)

    def delete_password(self, service: str, username: str) -> None:
        self._path.write_text(json.dumps({name: kept for name, kept in self._kept().items() if name != username}))


class Post(House):
    """A house whose archive is copied about: `state` is what a power cut or a thief would find in its folder just now."""

    def work(self, count: int = 3) -> None:
        for number in range(count):
            head = self.archive.queries.head()[0]
            item = self.file(self.receive(f"样本 {head} {number}".encode()))
            seen = self.archive.queries.items_changed(0, 1000)[-1][0]
            with self.archive.write(CHIEF) as change:
                change.correct(item.id, draft(title=f"样本更正 {head}"), "样本", seen)

    def state(self, to: Path) -> Path:
        shutil.rmtree(to, ignore_errors=True)
        return Path(shutil.copytree(self.folder, to, ignore=shutil.ignore_patterns("archive.lock")))

    def open(self, folder: Path) -> Archive:
        return Archive.open_with_recovery(folder, self.recovery_key)


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    """A house that was worked in, its head kept, closed (`early`), worked in again, its head kept, still open (`late`); and
    the same once more, closed and then open (`latest`).
    """
    base = tmp_path_factory.mktemp("post")
    made = Post(base)
    made.work()
    made.archive.anchor()
    made.archive.close()
    made.early = made.state(base / "early")  # type: ignore[attr-defined]
    made.reopen_from_closed()
    made.work()
    made.archive.anchor()
    made.late = made.state(base / "late")  # type: ignore[attr-defined]
    made.archive.close()
    made.reopen_from_closed()
    made.work()
    made.archive.anchor()
    made.latest = made.state(base / "latest")  # type: ignore[attr-defined]
    yield made
    made.archive.close()


def mixed(folder: Path, base: Path, **sources: Path | None) -> Path:
    """The state `base` in `folder`, with its database and its log taken from other states; None leaves the log out."""
    shutil.copytree(base, folder)
    for name, source in sources.items():
        file = {"db": "archive.db", "log": "archive.db-wal"}[name]
        (folder / file).unlink(missing_ok=True)
        if source is not None and (source / file).exists():
            shutil.copy(source / file, folder / file)
    return folder


def faults(archive: Archive) -> set[str]:
    return {finding.check for finding in archive.verify() if not finding.ok and finding.check != "index"}


def test_a_clean_close_and_a_cut_alarm_nobody(post: Post, tmp_path: Path) -> None:
    for state in (post.early, post.late):  # type: ignore[attr-defined]
        shutil.copytree(state, tmp_path / state.name)
        archive = post.open(tmp_path / state.name)
        assert archive.suspension is None
        assert not archive.anchors.lost
        assert faults(archive) == set()
        assert [f.detail for f in archive.verify() if f.check == "anchor"] == [f"event:{archive.queries.head()[0]}"]
        archive.close()


def test_an_old_database_shows_with_and_without_a_log(post: Post, tmp_path: Path) -> None:
    early, late, latest = post.early, post.late, post.latest  # type: ignore[attr-defined]
    for name, folder in {
        "D5": mixed(tmp_path / "1", late, db=early, log=early),
        "D5, cut": mixed(tmp_path / "2", latest, db=late, log=late),
        "D7, next to the log of a later one": mixed(tmp_path / "3", latest, db=early),
        "D7, next to the log of an earlier one": mixed(tmp_path / "4", latest, log=late),
        "D8": mixed(tmp_path / "5", latest, log=None),
    }.items():
        try:
            archive = post.open(folder)
        except DamagedFile:
            assert name.startswith("D7"), "pages of two generations may fit nowhere"
            continue
        suspension = archive.suspension
        if suspension is None:  # the log holds the newest lines, and not those before them
            assert name.startswith("D7") and faults(archive) & {"database", "journal", "record"}, name
            archive.close()
            continue
        assert suspension.anchor.source == "file"
        assert (suspension.why, suspension.anchor.seq > suspension.head_seq) in {("behind", True), ("other", False)}
        assert "anchor" in faults(archive), name
        with pytest.raises(AwaitingAcknowledgement), archive.write(CHIEF) as change:
            change.print("report:item_register", 1)
        with archive.write(CHIEF) as change:
            change.refuse("print")
        archive.close()


def test_a_log_cut_or_flipped_anywhere_loses_nothing_in_silence(post: Post, tmp_path: Path) -> None:
    """D6. At each cut of the log, and at bits flipped all over it: suspended, damaged, or nothing is gone."""
    log = (post.late / "archive.db-wal").read_bytes()  # type: ignore[attr-defined]
    shutil.copytree(post.late, tmp_path / "whole")  # type: ignore[attr-defined]
    archive = post.open(tmp_path / "whole")
    head = archive.queries.head()[0]
    archive.close()
    frames = (len(log) - WAL_HEADER) // FRAME
    chance = random.Random(6)
    every = os.environ.get("ANJUAN_ALL_CUTS") == "1"
    kept = range(frames) if every else sorted(chance.sample(range(frames), 5))
    flips = [chance.randrange(len(log) * 8) for _ in range(60 if every else 8)]
    attacks = [log[: WAL_HEADER + frame * FRAME] for frame in kept]
    attacks += [log[: bit // 8] + bytes([log[bit // 8] ^ 1 << bit % 8]) + log[bit // 8 + 1 :] for bit in flips]
    lost = 0
    for number, attack in enumerate(attacks):
        folder = tmp_path / str(number)
        shutil.copytree(post.late, folder)  # type: ignore[attr-defined]
        (folder / "archive.db-wal").write_bytes(attack)
        try:
            archive = post.open(folder)
        except DamagedFile:
            continue
        finally:
            shutil.rmtree(folder / "objects")
        whole = archive.queries.head()[0] == head
        lost += not whole
        assert whole or archive.suspension is not None, f"attack {number}"
        archive.close()
        shutil.rmtree(folder)
    print(f"{len(attacks)} logs, {lost} with lines lost")
    assert lost


def test_one_old_page_put_back_is_named_or_changes_no_record(post: Post, tmp_path: Path) -> None:
    """D4. Every page that differs, one at a time, with its old content: SQLCipher takes each for a good one."""
    whole = tmp_path / "whole"
    shutil.copytree(post.late, whole)  # type: ignore[attr-defined]
    archive = post.open(whole)
    honest = _truth(archive)
    archive.close()  # folds the log into the file
    path = whole / "archive.db"
    (early, late) = ((folder / "archive.db").read_bytes() for folder in (post.early, whole))  # type: ignore[attr-defined]
    differ = [page for page in range(1, len(early) // PAGE) if _page(early, page) != _page(late, page)]
    if os.environ.get("ANJUAN_ALL_CUTS") != "1":
        differ = differ[:: max(1, len(differ) // 12)]
    named = 0
    for page in differ:
        path.write_bytes(late[: page * PAGE] + _page(early, page) + late[(page + 1) * PAGE :])
        try:
            archive = post.open(whole)
        except DamagedFile:
            named += 1
            continue
        found = {finding.check for finding in archive.verify() if not finding.ok}
        if archive.suspension or found & {"database", "journal", "record"}:
            named += 1
        else:
            assert _truth(archive) == honest, f"page {page}"
        archive.close()
    print(f"{len(differ)} old pages put back: {named} named, no other changed a record or the journal")
    assert named


def _page(content: bytes, number: int) -> bytes:
    return content[number * PAGE : (number + 1) * PAGE]


def _truth(archive: Archive) -> list[object]:
    reader = archive.database.reader()
    return [
        sorted(reader.rows(f"SELECT * FROM {table} NOT INDEXED WHERE {which}"), key=repr)
        for table, which in (("item", "1"), ("document", "1"), ("event", "type <> 'unlock'"))
    ]


def test_a_row_edited_without_an_event_is_named(post: Post, tmp_path: Path) -> None:
    shutil.copytree(post.late, tmp_path / "late")  # type: ignore[attr-defined]
    archive = post.open(tmp_path / "late")
    for sql in (
        "UPDATE item SET title = '样本改动' WHERE id = 1",
        "UPDATE item SET sealed = 1 WHERE id = 2",
        "UPDATE document SET object_id = 1 WHERE item_id = 3",
        "UPDATE document SET role = 'attachment' WHERE item_id = 4",
    ):
        with archive.database.transaction() as connection:
            connection.execute(sql)
    with archive.database.transaction() as connection:
        connection.execute("PRAGMA defer_foreign_keys = ON")
        connection.execute("INSERT INTO item SELECT 99, 'u', 'c', fonds, category, year, retention, 'x', 9, NULL, 0, 0, 0,"
                           f" {', '.join(_columns(connection)[13:])} FROM item WHERE id = 5")  # fmt: skip
        connection.execute("UPDATE item SET digest = '' WHERE id = 99")
        connection.execute("DELETE FROM document WHERE item_id = 6")
        connection.execute("UPDATE arrival SET item_id = NULL WHERE item_id = 6")
        connection.execute("DELETE FROM version WHERE subject_id = 6")
        connection.execute("DELETE FROM item WHERE id = 6")
    named = {(f.object, f.detail) for f in archive.verify() if f.check == "record"}
    assert named == {*((f"item:{id}", "changed") for id in (1, 2, 3, 4)), ("item:99", "untold"), ("item:6", "missing")}
    archive.close()


def test_a_whole_old_row_put_back_is_named(post: Post, tmp_path: Path) -> None:
    """What one old page does: the row agrees with its own digest, and not with the journal."""
    shutil.copytree(post.late, tmp_path / "late")  # type: ignore[attr-defined]
    archive = post.open(tmp_path / "late")
    columns = ", ".join(_columns(archive.database.reader()))
    old = archive.database.reader().row(f"SELECT {columns} FROM item WHERE id = 2")
    seen = old[_columns(archive.database.reader()).index("changed_seq")]
    with archive.write(CHIEF) as change:
        change.correct(2, draft(title="样本再更正"), "样本", seen)
    assert faults(archive) == set()
    with archive.database.transaction() as connection:
        connection.execute(f"UPDATE item SET ({columns}) = ({', '.join('?' * len(old))}) WHERE id = 2", old)
    assert [(f.object, f.detail) for f in archive.verify() if f.check == "record"] == [("item:2", "changed")]
    archive.close()


def _columns(connection: object) -> list[str]:
    return [row[1] for row in connection.rows("PRAGMA table_info(item)")]  # type: ignore[attr-defined]


def test_a_digest_says_nothing_without_the_key(post: Post) -> None:
    lines = post.archive.queries.journal_lines(0, 1000)
    digests = [str(line["after"]) for line in lines if line["after"]]
    assert len(set(digests)) == len(digests) > 5
    changes = [line for line in lines if line["type"] == "correct"]
    assert all(line["before"] and line["before"] != line["after"] for line in changes)
    assert not any("sha256" in str(line["detail"]) for line in changes), "an unkeyed digest of a title can be guessed"


# -- the keychain


@pytest.fixture
def drawer(tmp_path: Path) -> Drawer:
    return Drawer(tmp_path / "drawer.json")


@pytest.fixture
def guarded(tmp_path: Path, drawer: Drawer) -> Path:
    """An archive whose founder's key needs the keychain; its head is kept in both places."""
    archive, recovery_key = Archive.create(founding(tmp_path / "archive", Keychain(drawer)))
    archive.anchor()
    archive.close()
    (tmp_path / "recovery").write_text(recovery_key)
    return tmp_path / "archive"


def unlocked(folder: Path, drawer: Drawer) -> Archive:
    return Archive.open(folder, ADMINISTRATOR, PASSPHRASE, Keychain(drawer))


def told(archive: Archive, count: int = 3) -> None:
    for _number in range(count):
        with archive.write(CHIEF) as change:
            change.print("report:item_register", 1)


def test_the_whole_folder_put_back_shows_by_the_keychain(guarded: Path, drawer: Drawer, tmp_path: Path) -> None:
    shutil.copytree(guarded, tmp_path / "before")
    archive = unlocked(guarded, drawer)
    told(archive)
    archive.anchor()
    archive.close()
    shutil.rmtree(guarded)
    shutil.copytree(tmp_path / "before", guarded)
    archive = unlocked(guarded, drawer)
    assert archive.suspension is not None
    assert (archive.suspension.anchor.source, archive.suspension.why) == ("keychain", "behind")
    told_fault = archive.suspension.fault
    for _number in range(5):
        with archive.write(PROGRAM) as change:
            change.unlock()
    archive.anchor()
    archive.close()
    archive = unlocked(guarded, drawer)
    assert archive.suspension is not None and archive.suspension.fault == told_fault, "growing past the anchor hides nothing"
    archive.close()


def test_what_cannot_tell_is_a_finding_and_kept_again(guarded: Path, drawer: Drawer) -> None:
    (guarded / FILE_NAME).unlink()
    archive = unlocked(guarded, drawer)
    assert archive.suspension is None
    assert archive.anchors.lost == {"file": "missing"}
    assert Finding("anchor", False, "file", "missing") in list(archive.verify())
    archive.anchor()
    archive.close()
    head = json.loads((guarded / FILE_NAME).read_text())
    (guarded / FILE_NAME).write_text(json.dumps(head | {"seq": head["seq"] + 7}))
    archive = unlocked(guarded, drawer)
    assert archive.anchors.lost == {"file": "damaged"}
    Keychain(drawer).forget(f"head/{archive.station_id}")
    archive.close()
    archive = unlocked(guarded, drawer)
    assert archive.anchors.lost == {"file": "damaged", "keychain": "missing"}
    archive.anchor()
    archive.close()
    archive = unlocked(guarded, drawer)
    assert archive.anchors.lost == {}
    drawer.silent = True
    told(archive)
    archive.anchor()
    assert archive.anchors.places == {"file": KEPT, "keychain": "silent"}
    drawer.silent = False
    archive.anchor()
    assert archive.anchors.places == {"file": KEPT, "keychain": KEPT}, "tried again though the head did not move"
    archive.close()


def test_old_key_slots_put_back_show(guarded: Path, drawer: Drawer, tmp_path: Path) -> None:
    shutil.copy(guarded / "keys.json", tmp_path / "keys.json")
    archive = unlocked(guarded, drawer)
    archive.admit(CHIEF, PASSPHRASE, "样本·内勤", PASSPHRASE, Keychain(drawer), FLOOR)
    archive.anchor()
    archive.close()
    shutil.copy(tmp_path / "keys.json", guarded / "keys.json")
    archive = unlocked(guarded, drawer)
    assert archive.suspension is not None and archive.suspension.why == "keys"
    archive.close()


def test_another_machine_begins_anew_and_is_not_suspended(guarded: Path, drawer: Drawer, tmp_path: Path) -> None:
    other = Drawer(tmp_path / "other.json")
    recovery_key = (tmp_path / "recovery").read_text()
    Archive.recover(guarded, recovery_key, ADMINISTRATOR, PASSPHRASE, Keychain(other), FLOOR).close()
    archive = unlocked(guarded, other)
    assert archive.suspension is None and archive.anchors.lost == {}
    assert archive.anchors.places == {"file": KEPT, "keychain": KEPT}
    archive.close()


def test_recovering_does_not_wash_an_old_database(guarded: Path, drawer: Drawer, tmp_path: Path) -> None:
    shutil.copytree(guarded, tmp_path / "before")
    archive = unlocked(guarded, drawer)
    told(archive)
    archive.anchor()
    archive.close()
    shutil.rmtree(guarded)
    shutil.copytree(tmp_path / "before", guarded)
    recovery_key = (tmp_path / "recovery").read_text()
    archive = Archive.recover(guarded, recovery_key, ADMINISTRATOR, PASSPHRASE, Keychain(drawer), FLOOR)
    assert archive.suspension is not None
    archive.close()
    archive = unlocked(guarded, drawer)
    assert archive.suspension is not None
    archive.close()


#: Runs where a real Secret Service answers; prints what suspends the archive once its whole folder is put back.
ON_THE_BUS = """
import shutil, sys
from pathlib import Path
from storage.archive import Archive
from storage.keychain import Keychain
from tests.stations import ADMINISTRATOR, CHIEF, PASSPHRASE, founding

folder = Path(sys.argv[1])
archive, _ = Archive.create(founding(folder, Keychain.find()))
archive.close()
shutil.copytree(folder, folder.with_name("before"))

def unlocked():
    return Archive.open(folder, ADMINISTRATOR, PASSPHRASE, Keychain.find())

archive = unlocked()
with archive.write(CHIEF) as change:
    change.print("report:item_register", 1)
archive.anchor()
print(archive.anchors.places["keychain"])
archive.close()
shutil.rmtree(folder)
shutil.copytree(folder.with_name("before"), folder)
archive = unlocked()
print(archive.suspension.anchor.source, archive.suspension.why)
archive.close()
"""


def test_a_real_secret_service_remembers(tmp_path: Path) -> None:
    for program in ("dbus-run-session", "gnome-keyring-daemon"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    (tmp_path / "home").mkdir()
    root = Path(__file__).parents[1]
    ended = subprocess.run(
        [root / "installer" / "keychain-session", "--private", sys.executable, "-c", ON_THE_BUS, tmp_path / "archive"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "PYTHONPATH": str(root), "LANG": "C.UTF-8"},
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.stdout.splitlines() == ["kept", "keychain behind"], ended.stderr


# -- no false alarm


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["work", "anchor", "lost", "cut", "close", "slots", "unlock"]), min_size=4, max_size=14))
def test_no_history_of_cuts_and_lost_writes_alarms(post: Post, tmp_path_factory: pytest.TempPathFactory, acts: list[str]) -> None:
    base = tmp_path_factory.mktemp("history")
    drawer = Drawer(base / "drawer.json")
    folder = base / "0"
    shutil.copytree(post.early, folder)  # type: ignore[attr-defined]

    def opened() -> Archive:
        archive = post.open(folder)
        archive._hold_to_anchors(KeySlots.load(folder), Keychain(drawer))
        assert archive.suspension is None, acts
        return archive

    archive = opened()
    for number, act in enumerate(acts, 1):
        if act == "work":
            told(archive, 1)
        elif act == "anchor":
            archive.anchor()
        elif act == "lost":
            drawer.silent = True
            archive.anchor()
            drawer.silent = False
        elif act == "unlock":
            with archive.write(CHIEF) as change:
                change.unlock()
        elif act == "slots":
            slots = KeySlots.load(folder)
            slots.save(slots.unlock_with_recovery(post.recovery_key))
        else:
            if act == "cut":  # what a power cut leaves: the files as they lie there now
                shutil.copytree(folder, base / str(number), ignore=shutil.ignore_patterns("archive.lock"))
            archive.close()
            folder = base / str(number) if act == "cut" else folder
            archive = opened()
    assert faults(archive) == set()
    archive.close()


def scenario(folder: Path) -> None:
    """Unlocked, worked in, heads kept in both places, locked."""
    archive = Archive.open_with_recovery(folder / "archive", (folder / "recovery").read_text())
    archive._hold_to_anchors(KeySlots.load(folder / "archive"), Keychain(Drawer(folder / "drawer.json")))
    told(archive, 2)
    archive.anchor()
    told(archive, 1)
    archive.anchor()
    archive.close()


def finish(folder: Path) -> None:
    archive = Archive.open_with_recovery(folder / "archive", (folder / "recovery").read_text())
    archive._hold_to_anchors(KeySlots.load(folder / "archive"), Keychain(Drawer(folder / "drawer.json")))
    assert archive.suspension is None, archive.suspension
    assert faults(archive) == set()
    archive.anchor()
    archive.close()


def test_a_kill_at_any_commit_or_write_of_an_anchor_alarms_nobody(post: Post, tmp_path: Path) -> None:
    shutil.copytree(post.early, tmp_path / "start" / "archive")  # type: ignore[attr-defined]
    (tmp_path / "start" / "recovery").write_text(post.recovery_key)
    assert Sweep(f"{__name__}:scenario", f"{__name__}:finish", most=3).run(tmp_path / "start") >= 3


def test_an_anchor_of_an_epoch_that_was_left_is_answered(post: Post, tmp_path: Path) -> None:
    shutil.copytree(post.late, tmp_path / "late")  # type: ignore[attr-defined]
    archive = post.open(tmp_path / "late")
    former, unknown = archive.epoch, "0" * 32
    reader = archive.database.reader()
    anchor = Anchor(10_000, "ab" * 32, former, "", "receipt")
    assert disagreement(reader, anchor) is not None
    with archive.write(CHIEF) as change:
        change.accept_head("ab" * 32, "1" * 32, "2" * 32, 1)
    assert disagreement(reader, anchor) is None
    assert disagreement(reader, Anchor(1, "ab" * 32, "1" * 32, "", "receipt")) is None
    suspended = disagreement(reader, Anchor(1, "ab" * 32, unknown, "", "receipt"))
    assert suspended is not None and suspended.why == "epoch"
    archive.close()
