"""tests/test_search_bench.py — the search bench measures what it says, and leaves nothing behind."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from app.bench import search as bench


def test_every_engine_is_measured_and_the_scratch_folder_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows: list[dict[str, object]] = []
    bench.run(60, None, rows.append)
    assert list(tmp_path.iterdir()) == []
    for row in rows:
        assert list(row) == ["bench", "engine", "records", "metric", "value", "unit"]
        assert row["bench"] == "search" and row["records"] == 60
        assert isinstance(row["value"], int | float) and row["value"] >= 0
        json.dumps(row)
    measured = {(row["engine"], row["metric"]) for row in rows}
    assert len(measured) == len(rows)
    for engine in ("anjuan", "same index in clear files", "fts5 in sqlcipher"):
        assert {(engine, f"search {figure}") for figure in ("median", "p95", "worst")} <= measured
    assert {("anjuan", "build"), ("anjuan", "open"), ("anjuan", "size"), ("fts5 in sqlcipher", "build")} <= measured


def test_papers_are_unlike_and_always_the_same() -> None:
    papers = bench.Papers([("样本", "甲\n乙\n丙"), ("样本二", "丁\n戊\n己")], 50)
    every = [papers.paper(number) for number in range(1, 51)]
    assert [papers.paper(number) for number in range(1, 51)] == every
    assert len({entry.reference_code for entry in every}) == len({entry.title for entry in every[2:]}) + 2 == 50


def test_questions_mean_the_same_to_fts5() -> None:
    """FTS5 finds as many records as the index does, so the two are timed on the same work."""
    papers = bench.Papers([bench._made(number) for number in range(30)], 30)
    questions = [q for q in bench._questions(papers) if q.category is None and q.year is None]
    said: dict[str, list[int]] = {}
    counts: dict[str, list[int]] = {"ours": [], "fts5": []}

    def tell(*_: object) -> None:
        said.setdefault("rows", []).append(1)

    with tempfile.TemporaryDirectory() as folder:
        with bench._our_index(Path(folder) / "index.db", papers, tell) as (index, _database):
            counts["ours"] = [min(bench._hits(index, question), bench.TOP) for question in questions]
        asked: list[int] = []
        original = bench._ask

        def keep(engine, questions, ask, tell):  # type: ignore[no-untyped-def]
            asked.extend(ask(question) for question in questions)
            return original(engine, questions, ask, tell)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bench, "_ask", keep)
            bench._fts5(Path(folder) / "fts5.db", papers, questions, tell)
    same = sum(a == b for a, b in zip(counts["ours"], asked, strict=True))
    assert same / len(questions) > 0.9, [
        (q.kind, q.query, a, b) for q, a, b in zip(questions, counts["ours"], asked, strict=True) if a != b
    ][:10]
