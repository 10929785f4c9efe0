"""app/bench/__init__.py — measures the promises of speed, beside a peer in the same run.

`run(name, records, corpus, report)` hands one dict a figure to `report`: {bench, engine, records, metric, value, unit}.
Nothing here is a test: figures depend on the machine, ratios in one run much less.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

Report = Callable[[dict[str, object]], None]

#: bench -> (module, records when none are asked for)
BENCHES: dict[str, tuple[str, int]] = {
    "search": ("app.bench.search", 10_000),
    "intake": ("app.bench.intake", 200),
    "sync": ("app.bench.sync", 200),
    "report": ("app.bench.report", 10_000),
    "open": ("app.bench.open", 10_000),
}


def run(name: str, records: int | None, corpus: Path | None, report: Report) -> None:
    """Runs one bench to its end. Raises KeyError for a name that is not in BENCHES."""
    module, usual = BENCHES[name]
    bench = import_module(module)
    if name in ("search", "open"):
        bench.run(records or usual, corpus, report)
    else:
        bench.run(records or usual, report)
