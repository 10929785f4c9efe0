"""tests/at_hand.py — what the processes of the cuts find in memory: importing and parsing takes longer than they play."""

import app.intake
import app.reports.item_register
import storage.archive
import sync.exchange
import sync.headquarters.counter
import tests.stations
from app import wording
from app.reports import fonts

__all__ = ["app", "storage", "sync", "tests"]

wording.catalogue("zh")
for _hand in (fonts.BODY, fonts.BOLD, fonts.PLAIN):
    fonts.font(_hand.name)
