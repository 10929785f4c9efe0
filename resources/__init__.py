"""resources/__init__.py — data the program ships: fonts, wording, schemes, forms. Imports nothing."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def path(*parts: str) -> Path:
    """The file or folder `parts` below resources/. Raises FileNotFoundError when it was not shipped."""
    found = FOLDER.joinpath(*parts)
    if not found.exists():
        raise FileNotFoundError(found)
    return found
