"""tests/test_search_lists.py — posting lists, dictionaries and the rows they lie in: what goes in comes out, or BadSegment."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storage.connection import Database
from storage.search import lists, segments
from storage.search.dictionary import BETWEEN, BLOCK, TermDictionary, pack_terms
from storage.search.lists import BadSegment

KEY = bytes(range(32))


@st.composite
def stretches(draw: st.DrawFn) -> tuple[int, list[tuple[list[int], list[int]]]]:
    """A number of documents, and lists of documents with their weights: rare, common, and all of them."""
    size = draw(st.sampled_from([1, 7, 8, 9, 255, 256, 700, 65_536]))
    seed = random.Random(draw(st.integers(0, 10**6)))
    found = []
    for _ in range(draw(st.integers(1, 8))):
        most = draw(st.sampled_from([1, 3, size // 200, size // 9, size // 2, size]))
        documents = sorted(seed.sample(range(size), max(1, min(size, most))))
        found.append((documents, [seed.choice((1, 1, 1, 2, 3, 255)) for _ in documents]))
    return size, found


@settings(max_examples=60, deadline=None)
@given(stretches())
@example((65_536, [([0], [1]), ([65_535], [255]), (list(range(65_536)), [1] * 65_536)]))
def test_lists_come_back_alone_and_together(given_lists: tuple[int, list[tuple[list[int], list[int]]]]) -> None:
    size, every = given_lists
    documents = np.array([d for each, _ in every for d in each], np.int64)
    weights = np.array([w for _, each in every for w in each], np.uint8)
    counts = np.array([len(each) for each, _ in every])
    raw, sizes = lists.pack_all(documents, weights, counts, size)
    assert len(raw) == sizes.sum()
    together = lists.unpack_all(raw, counts, sizes, size)
    assert np.array_equal(together[0], documents) and np.array_equal(together[1], weights)
    place = 0
    for (own, heavy), taken in zip(every, sizes.tolist(), strict=True):
        one = raw[place : place + taken]
        place += taken
        found = lists.unpack(one, len(own), size)
        assert found[0].tolist() == own and found[1].tolist() == heavy
        of_all = np.zeros(size, np.uint8)
        of_all[own] = heavy
        assert np.array_equal(lists.spread(one, len(own), size), of_all)
        # No form is longer than the plainest one.
        assert taken <= 2 * len(own) + -(-len(own) // 8) + sum(weight > 1 for weight in heavy)


def test_packing_in_portions_is_packing_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(3)
    counts = draw.integers(1, 400, 300)
    documents = np.concatenate([np.sort(draw.choice(2000, count, replace=False)) for count in counts])
    weights = draw.integers(1, 4, len(documents)).astype(np.uint8)
    whole = lists.pack_all(documents, weights, counts, 2000)
    monkeypatch.setattr(lists, "_AT_ONCE", 500)
    portions = lists.pack_all(documents, weights, counts, 2000)
    assert whole[0] == portions[0] and np.array_equal(whole[1], portions[1])


@pytest.mark.parametrize("count", [2, 5, 90, 700])
def test_a_list_that_does_not_fit_its_term_is_damage(count: int) -> None:
    size = 1000
    documents = np.arange(count) * size // count
    raw, sizes = lists.pack_all(documents, np.full(count, 2, np.uint8), np.array([count]), size)
    for wrong in (raw[:-1], raw[: len(raw) // 2], b"", raw + b"\xff\x01\x01"):
        for read in (lists.unpack, lists.spread):
            with pytest.raises(BadSegment):
                read(wrong, count, size)
    with pytest.raises(BadSegment):
        lists.unpack(raw, count, int(documents[-1]))
    with pytest.raises(BadSegment):
        lists.unpack_all(raw, np.array([count]), sizes, int(documents[-1]))


@settings(max_examples=40, deadline=None)
@given(st.sets(st.binary(min_size=1, max_size=9).filter(lambda term: BETWEEN not in term), max_size=4 * BLOCK))
@example({b"%03d" % n for n in range(BLOCK)})
@example({b"%03d" % n for n in range(BLOCK + 1)})
def test_a_dictionary_finds_what_it_holds(terms: set[bytes]) -> None:
    ordered = sorted(terms)
    counts = np.arange(len(ordered)) % 65_536 + 1
    dictionary = TermDictionary(pack_terms(BETWEEN.join(ordered), counts, counts + 1))
    assert len(dictionary) == len(ordered) and dictionary.between(0, len(ordered)) == ordered
    for number, term in enumerate(ordered):
        assert dictionary.term(number) == term and dictionary.number(term) == dictionary.find(term) == number
        assert dictionary.count(term) == number + 1
        assert dictionary.starts[number + 1] - dictionary.starts[number] == number + 2
        beyond = term + b"\x01"
        assert dictionary.find(beyond) == number + 1
        assert dictionary.number(beyond) == (number + 1 if beyond in terms else None)
    middle = len(ordered) // 2
    assert dictionary.between(middle, len(ordered)) == ordered[middle:]
    assert [bytes(row) for row in dictionary.of_size(3)] == [term for term in ordered if len(term) == 3]


def test_a_dictionary_that_is_cut_or_changed_is_damage() -> None:
    ordered = [b"%04d" % n for n in range(300)]
    raw = pack_terms(BETWEEN.join(ordered), np.ones(300, np.int64), np.ones(300, np.int64))
    fewer = pack_terms(BETWEEN.join(ordered[:-1]), np.ones(300, np.int64), np.ones(300, np.int64))
    for wrong in (b"", raw[:10], raw[:-1], raw[:40], b"XXXX" + raw[4:], fewer):
        with pytest.raises(BadSegment):
            TermDictionary(wrong)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(tmp_path / "index.db", KEY, synchronous="NORMAL", shrinks=True)
    with database.transaction() as connection:
        for sql in segments.TABLES.values():
            connection.execute(sql)
    return database


def _put_texts(database: Database, texts: dict[int, str]) -> None:
    with database.transaction() as connection:
        rows = [(item, segments.pack_text(item, text)) for item, text in texts.items()]
        connection.executemany("INSERT OR REPLACE INTO texts (item, data) VALUES (?, ?)", rows)


def test_a_text_that_was_replaced_is_not_answered_from_memory(database: Database) -> None:
    storage = segments.ChunkStorage(database)
    _put_texts(database, {1: "样本甲", 2: "样本乙\ud800\U00020000"})
    assert storage.texts([1, 2], 5) == {1: "样本甲", 2: "样本乙\ud800\U00020000"}
    _put_texts(database, {1: "样本丙"})
    assert storage.texts([1], 6) == {1: "样本丙"}
    # Somebody who still asks the older generation leaves nothing behind for the newer one.
    _put_texts(database, {1: "样本丁"})
    storage.texts([2, 1], 5)
    assert storage.texts([1], 7) == {1: "样本丁"}
    with pytest.raises(BadSegment):
        storage.texts([3], 7)
    database.close()


def test_memory_for_chunks_and_texts_is_bounded(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "CACHE_BYTES", 20_000)
    monkeypatch.setattr(segments, "TEXT_CACHE_BYTES", 20_000)
    data = bytes(random.Random(1).randbytes(100_000))
    with database.transaction() as connection:
        segments.put_files(connection, {"MAIN_x.pst": data})
    _put_texts(database, dict.fromkeys(range(100), "样" * 500))
    storage = segments.ChunkStorage(database)
    file = storage.open_file("MAIN_x.pst")
    for _ in range(2):
        assert b"".join(bytes(file.get(place, 1000)) for place in range(0, 100_000, 1000)) == data
        assert len(storage.texts(range(100), 1)) == 100
        assert sum(map(len, storage._cache.values())) == storage._cached <= 20_000
        assert 0 < storage._text_bytes <= 20_000
    database.close()


def test_a_chunk_takes_one_page(database: Database) -> None:
    with database.transaction() as connection:
        before = connection.rows("PRAGMA page_count")[0][0]
        segments.put_files(connection, {"MAIN_x.pst": bytes(100 * segments.CHUNK_BYTES)})
        assert connection.rows("PRAGMA page_count")[0][0] - before <= 103
    database.close()


def test_room_that_is_free_is_given_back(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SPARE_PAGES", 50)
    with database.transaction() as connection:
        segments.put_files(connection, {"MAIN_x.pst": bytes(3_000 * segments.CHUNK_BYTES), "MAIN_x.trm": b"x"})
    _put_texts(database, {1: "样本"})
    assert database.fold() and database.path.stat().st_size > 3_000 * 4096
    segments.sweep(database)
    assert database.fold() and database.path.stat().st_size < 200 * 4096
    assert segments.ChunkStorage(database).texts([1], 0) == {1: "样本"} and not database.check()
    database.close()
