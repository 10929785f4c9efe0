"""tests/test_search_bench.py — the search bench measures what it says, and leaves nothing behind."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from app.bench import papers as things
from app.bench import peers
from app.bench import search as bench


def _nobody(*_: object) -> None:
    pass


def test_every_engine_is_measured_and_the_scratch_folder_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows: list[dict[str, object]] = []
    bench.run(60, None, rows.append)
    assert list(tmp_path.iterdir()) == []
    for row in rows:
        assert list(row) == ["bench", "engine", "records", "metric", "value", "unit"]
        assert row["bench"] == "search" and row["records"] == 60
        assert isinstance(row["value"], int | float)
        json.dumps(row)
    measured = {(row["engine"], row["metric"]) for row in rows}
    assert len(measured) == len(rows)
    for engine in ("anjuan", "same index in clear files", peers.Fts5.name, peers.Tantivy.name):
        assert {(engine, f"search {figure}") for figure in ("median", "p95", "worst")} <= measured
        assert {(engine, f"search median, {kind}") for kind in things.QUESTIONS_OF_A_KIND} <= measured
    for engine in ("anjuan", peers.Fts5.name, peers.Tantivy.name):
        assert {(engine, "build"), (engine, "size")} <= measured
    for metric in ("open", "first query, cold", "memory taken by opening", "one record searchable, worst", "size, texts"):
        assert ("anjuan", metric) in measured


def test_a_question_never_means_fewer_than_two_hundred() -> None:
    papers = things.Papers([things.made(number) for number in range(30)], 30)
    questions = things.questions_about(papers)
    assert len(questions) == sum(things.QUESTIONS_OF_A_KIND.values()) >= 200
    assert questions == things.questions_about(papers)


def test_papers_are_unlike_and_always_the_same() -> None:
    papers = things.Papers([("样本", "甲\n乙\n丙"), ("样本二", "丁\n戊\n己")], 50)
    every = [papers.paper(number) for number in range(1, 51)]
    assert [papers.paper(number) for number in range(1, 51)] == every
    assert len({entry.reference_code for entry in every}) == len({entry.title for entry in every[2:]}) + 2 == 50


def test_questions_mean_the_same_to_every_engine(tmp_path: Path) -> None:
    """All find as many records, so they are timed on the same work."""
    papers = things.Papers([things.made(number) for number in range(30)], 30)
    questions = things.questions_about(papers)
    with bench.our_index(tmp_path / "index.db", papers, questions, _nobody) as (index, _database):
        ours = [bench._search(index, question).total for question in questions]
    others: list[peers.Fts5 | peers.Tantivy] = [peers.Fts5(tmp_path), peers.Tantivy(tmp_path)]
    peers.build(others, papers, _nobody)
    for peer in others:
        theirs = [peer.ask(question) for question in questions]
        peer.close()
        unlike = [
            (question.kind, question.text, a, b)
            for question, a, b in zip(questions, ours, theirs, strict=True)
            if min(a, peers.TOP) != min(b, peers.TOP)
        ]
        assert len(unlike) < 0.1 * len(questions), (peer.name, len(unlike), unlike[:10])
        assert {kind for kind, *_ in unlike} < set(things.QUESTIONS_OF_A_KIND)


def test_an_answer_that_differs_from_the_clear_one_is_a_bug(tmp_path: Path) -> None:
    papers = things.Papers([things.made(number) for number in range(30)], 30)
    questions = things.questions_about(papers)

    def cut(question: things.Question) -> bench.Results:
        found = bench._search(index, question)
        return bench.Results(found.hits[1:], found.total, found.facets, found.notes)

    with (
        bench.our_index(tmp_path / "index.db", papers, questions, _nobody) as (index, database),
        pytest.raises(RuntimeError, match="other rows"),
    ):
        bench._beside_clear_files(tmp_path / "plain", database, cut, questions, [1.0], _nobody)
