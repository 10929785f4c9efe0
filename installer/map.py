"""installer/map.py — writes the map in the README from the first line of every module's docstring."""

from __future__ import annotations

import ast
from pathlib import Path

ROOMS = ("resources", "storage", "sync", "app", "ui", "installer")
BEGIN, END = "<!-- map -->", "<!-- end of map -->"


def lines(root: Path) -> list[str]:
    """`path — what it is` of every module, room by room. Raises ValueError for one that does not begin with its path."""
    found = []
    for room in ROOMS:
        for file in sorted(root.joinpath(room).rglob("*.py")):
            path = file.relative_to(root).as_posix()
            first = (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").split("\n")[0]
            if not first.startswith(f"{path} — "):
                raise ValueError(f"{path}: its docstring does not begin with its line on the map")
            found.append(first)
    return found


def draw(root: Path) -> str:
    """The README with its map drawn anew."""
    readme = root.joinpath("README.md").read_text("utf-8")
    before, rest = readme.split(BEGIN, 1)
    _old, after = rest.split(END, 1)
    rows = [f"| `{line.split(' — ', 1)[0]}` | {line.split(' — ', 1)[1]} |" for line in lines(root)]
    return f"{before}{BEGIN}\n| module | what it is |\n| --- | --- |\n" + "\n".join(rows) + f"\n{END}{after}"


if __name__ == "__main__":
    root = Path(__file__).resolve().parents[1]
    root.joinpath("README.md").write_text(draw(root), "utf-8")
