"""tests/plays/disposal.py — a record is held, let go, appraised, refused, approved, extended and at last destroyed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from storage.changes import Changes
from storage.records import Agent, Kind, Role, Subject
from storage.records.disposal import Opinion
from tests.disposals import deliver
from tests.stations import House

TODAY = date(2040, 3, 1)
OTHER = Agent(2, "样本·教导员", Role.ADMINISTRATOR)


def play(house: House, act: Callable[[str, Callable[[Changes], object]], Any]) -> None:
    goes = Subject(Kind.ITEM, house.file(house.receive(b"to be destroyed")).id)
    stays = Subject(Kind.ITEM, house.file(house.receive(b"to be kept longer")).id)
    hold = act("place_hold", lambda change: change.place_hold(goes, "样本诉讼"))
    act("lift_hold", lambda change: change.lift_hold(hold, "样本诉讼终结"))
    batch = act("open_appraisal", lambda change: change.open_appraisal("20400301", ["样本甲"], [goes, stays], TODAY))
    act("appraise", lambda change: change.appraise(batch, [goes], Opinion.DESTROY, "样本"))
    act("appraise", lambda change: change.appraise(batch, [stays], Opinion.EXTEND, "样本", "20500101"))
    act("submit_appraisal", lambda change: change.submit_appraisal(batch, "样本报告"))

    def submitted_by_another() -> None:
        # `act` acts as one person; whoever submitted was another.
        with house.archive.database.transaction() as connection:
            connection.execute("UPDATE appraisal SET submitted_by = ? WHERE id = ?", (OTHER.id, batch))

    submitted_by_another()
    act("refuse_appraisal", lambda change: change.refuse_appraisal(batch, "样本"))
    act("submit_appraisal", lambda change: change.submit_appraisal(batch, "样本报告"))
    submitted_by_another()
    act("approve_appraisal", lambda change: change.approve_appraisal(batch, "样本"))
    act("begin_disposal", lambda change: change.begin_disposal(batch, "样本库房", "粉碎", ["样本乙", "样本丙"]))
    act("extend_retention", lambda change: change.extend_retention(stays, batch))
    deliver(house.archive, goes)
    act("destroy", lambda change: change.destroy(goes, batch, TODAY))
    act("carry_out", lambda change: change.carry_out(batch, {}))
    residues = house.archive.queries.residues()
    for residue in (one for one in residues if one.folder != "index"):
        {"objects": house.archive.objects, "pictures": house.archive.pictures}[residue.folder].remove(residue.name)
    act("erase", lambda change: change.erase(residues, 0))
    act("void_packages", lambda change: change.void_packages(10**9))
