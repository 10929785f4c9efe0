"""tests/founded.py — archives for the tests, founded once and lent as copies: Argon2 and the tables take half a second each.

A copy has the name and the keys of its model, so no two archives that a test has are copies of the same one. What
`Archive.create` itself does is the subject of tests/test_archive.py, which does not borrow.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from storage.archive import Archive, Founding


@dataclass
class Model:
    founding: Founding
    recovery_key: str
    lent: list[Path] = field(default_factory=list)

    @property
    def free(self) -> bool:
        return not any(copy.exists() for copy in self.lent)


#: Where the models lie; None outside of a run of pytest.
_room: Path | None = None
_models: list[Model] = []


def use(room: Path) -> None:
    global _room
    _room = room
    _models.clear()


@contextmanager
def borrowing() -> Iterator[None]:
    """What is lent from here on is back at the end; what was lent before stays lent."""
    before = {id(model): len(model.lent) for model in _models}
    yield
    for model in _models:
        del model.lent[before.get(id(model), 0) :]


def archive(founding: Founding) -> tuple[Archive, str]:
    """As `Archive.create`: an archive just founded, open, with its recovery key."""
    taken = founding.folder.exists() and any(founding.folder.iterdir())
    if _room is None or taken or founding.keychain is not None:
        return Archive.create(founding)
    alike = [model for model in _models if replace(model.founding, folder=founding.folder) == founding]
    model = next((model for model in alike if model.free), None) or _found(founding, _room / str(len(_models)))
    shutil.copytree(model.founding.folder, founding.folder, dirs_exist_ok=True)
    model.lent.append(founding.folder)
    return Archive.open_with_recovery(founding.folder, model.recovery_key), model.recovery_key


def _found(founding: Founding, folder: Path) -> Model:
    model = replace(founding, folder=folder)
    made, recovery_key = Archive.create(model)
    made.close()
    _models.append(Model(model, recovery_key))
    return _models[-1]
