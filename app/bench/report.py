"""app/bench/report.py — how long a register takes, and whether its memory stays flat.

The rows are made up here, of titles as long as real ones with three thousand different characters, so that the fonts
carry a real load. Memory is the growth of the process's peak from a tenth of the rows to all of them; where the system
does not tell the peak, that row is left out.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator

from app.reports import item_register
from app.reports.item_register import RegisterWishes
from storage.records import Delivery, Fonds, Item, Retention, SecurityClass

_FONDS = Fonds("X999", "样本派出所", "样本派出所")


def run(records: int, report: Callable[[dict[str, object]], None]) -> None:
    """Builds a register of `records` rows and reports {bench, engine, records, metric, value, unit} for each figure."""

    def tell(metric: str, value: float, unit: str) -> None:
        row = {"bench": "report", "engine": "reportlab", "records": records, "metric": metric, "value": value}
        report(row | {"unit": unit})

    _build(max(1, records // 10))
    before = _peak_mb()
    started = time.perf_counter()
    pdf = _build(records)
    seconds = time.perf_counter() - started
    after = _peak_mb()
    tell("register", round(seconds, 3), "s")
    tell("rows", round(records / seconds, 1), "rows/s")
    tell("file", round(len(pdf) / 1e6, 3), "MB")
    if before is not None and after is not None:
        tell("peak_memory", round(after, 1), "MB")
        tell("peak_memory_growth", round(after - before, 1), "MB")


def _build(records: int) -> bytes:
    wishes = RegisterWishes("WS", "文书", 2024, Retention.D10, "样本", "2024-12-31")
    return item_register.build(_items(records), fonds=_FONDS, wishes=wishes)


def _items(records: int) -> Iterator[Item]:
    chance = random.Random(2024)
    letters = [chr(0x4E00 + number * 6) for number in range(3000)]
    for number in range(1, records + 1):
        yield Item(
            id=number,
            uuid=f"{number:032x}",
            reference_code=f"X999-WS·2024-D10-{number:04d}",
            fonds="X999",
            category="WS",
            year=2024,
            retention=Retention.D10,
            office="",
            item_no=number,
            title="关于" + "".join(chance.choices(letters, k=chance.randint(10, 40))) + "的通知（样本）",
            document_no=f"样公〔2024〕{number}号",
            creator="样本市公安局样本分局",
            doc_date=f"2024{number % 12 + 1:02d}{number % 28 + 1:02d}",
            security_class=SecurityClass.INTERNAL,
            page_count=number % 30 + 1,
            remarks="",
            filed_at="2024-12-31T00:00:00Z",
            filed_by="样本",
            delivery=Delivery.LOCAL,
        )


def _peak_mb() -> float | None:
    """The most memory this process ever held, or None where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3
