"""tests/plays/rotation.py — the master key is changed and the files follow it."""

from __future__ import annotations

from storage.keys import MasterKey
from storage.objects import Seal


def play(house, act):  # type: ignore[no-untyped-def]
    recipient, identity = Seal.generate()
    act("change_master_key", lambda change: change.change_master_key(recipient, identity, MasterKey.generate().secret))
    for residue in house.archive.queries.to_reseal(-1):
        act("reseal", lambda change, residue=residue: change.reseal([(residue, residue.name)]))
    act("finish_rotation", lambda change: change.finish_rotation())
