"""tests/test_search_silence.py — whoever may not see a paper finds a house without it: answers, counts, suggestions, what is alike.

Three houses hold the same open papers: one nothing else, one sealed papers besides, one papers out of the scope of whoever
asks. Whatever is asked, in the words of the hidden papers too, the three must say the same. (That nothing hidden is named
anywhere is the matter of tests/test_sealing_silence.py and tests/test_scope.py.)
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from random import Random

import pytest

from app import samples
from app.samples.sheet import Sheet
from app.station import Station
from storage.errors import NoSuchRecord
from storage.records import Category, Kind, Retention, Subject
from storage.records.search import Results
from storage.records.users import Scope
from tests import truth
from tests.stations import CHIEF, House, raise_it
from tests.test_scope import limited
from tests.test_search_contract import ALL, WHOLE, check_facets

SECRET = Category("ZY·XZ", "行政案件", "Administrative cases", Retention.D30, seals=True)
OPEN_PAPERS, SECRET_PAPERS = 16, 10


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Station]]:
    """The same open papers three times: alone; beside sealed ones; beside ones out of the scope of whoever asks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANJUAN_CONFIG", str(tmp_path_factory.mktemp("config")))
        stations: dict[str, Station] = {}
        for name in ("alone", "sealed", "outside"):
            house = House(tmp_path_factory.mktemp(name))
            with house.archive.write(CHIEF) as change:
                change.change_category(SECRET, "样本")
            seen = [file_paper(house, draft, "WS") for draft in itertools.islice(samples.drafts(5), OPEN_PAPERS)]
            hidden = []
            if name != "alone":
                # Papers of later days about other people: another beginning of the samples.
                hidden = [file_paper(house, draft, SECRET.code) for draft in itertools.islice(samples.drafts(6), SECRET_PAPERS)]
            house.archive.index.catch_up()
            agent = CHIEF
            if name == "sealed":
                for item_id in hidden:
                    with house.archive.write(CHIEF) as change:
                        change.seal(Subject(Kind.ITEM, item_id), "样本依据")
            else:
                agent = limited(house, "样本·限", Scope(categories=("WS",)))
            stations[name] = Station(house.archive, agent, lambda call: call(), raise_it)
            assert stations[name].counts().items == len(seen)
        yield stations
        for station in stations.values():
            station.archive.close()


def file_paper(house: House, made: tuple[str, samples.Draft, tuple[Sheet, ...], Random], category: str) -> int:
    _carrier, paper, sheets, _rest = made
    arrival = house.receive("\n".join(sheet.text for sheet in sheets).encode())
    filed = house.file(
        arrival, title=paper.title, creator=paper.creator, document_no=paper.document_no, doc_date=paper.doc_date, category=category
    )
    return filed.id


def telling(count: int) -> list[str]:
    """Words of open and of hidden papers, in every form people ask in."""
    open_texts, hidden_texts = (
        ["\n".join(sheet.text for sheet in sheets) for _carrier, _draft, sheets, _rest in itertools.islice(samples.drafts(seed), papers)]
        for seed, papers in ((5, OPEN_PAPERS), (6, SECRET_PAPERS))
    )
    chance = Random(61)
    words: list[str] = []
    for texts in (open_texts, hidden_texts, hidden_texts):
        drawn = truth.draw_words(texts, chance, {"2": count, "3": count, "4": count, "dictionary": count, "run": count, "number": count // 2})
        words += [word for some in drawn.values() for word in some]
    return words


def test_who_may_not_see_a_paper_finds_a_house_without_it(houses: dict[str, Station]) -> None:
    words = telling(40 if ALL else 5)
    chance = Random(62)
    asked = [*words, *(f"{first} -{second}" for first, second in zip(words, chance.sample(words, len(words)), strict=True))]
    asked += [f"{word[:-1]}*" for word in words if len(word) > 2] + [f"{word}~" for word in words if len(word) > 2]
    hidden = 0
    for query in asked:
        answers = {name: answer(station.search(query, limit=WHOLE)) for name, station in houses.items()}
        assert answers["alone"] == answers["sealed"] == answers["outside"], query
        hidden += bool(houses["outside"].archive._whole.index.search(query).total > len(answers["alone"][0]))
    assert hidden > len(asked) // 4, "the questions find nothing that is hidden"


def test_nothing_hidden_leaves_a_trace_in_suggestions(houses: dict[str, Station]) -> None:
    words, offered = telling(20 if ALL else 2), 0
    for word in words:
        asked = [word, *typos(word)]
        for query in asked:
            told = {name: station.did_you_mean(query) for name, station in houses.items()}
            assert told["alone"] == told["sealed"] == told["outside"], (query, told)
            offered += len(told["alone"])
            typed = {name: answer(station.search(query, limit=WHOLE, typing=True)) for name, station in houses.items()}
            assert typed["alone"] == typed["sealed"] == typed["outside"], query
    assert offered > 10, "nothing is ever suggested"


def typos(word: str) -> list[str]:
    middle = len(word) // 2
    return [word[:-1], word[:middle] + word[middle + 1 :], word[0] + word[2:3] + word[1:2] + word[3:]] if len(word) > 1 else []


def test_nothing_hidden_is_like_a_paper_or_shown_of_one(houses: dict[str, Station]) -> None:
    items = {name: [item.id for item in station.items()] for name, station in houses.items()}
    assert len({tuple(ids) for ids in items.values()}) == 1
    for item_id in items["alone"]:
        alike = {name: answer(station.more_like(item_id, limit=WHOLE)) for name, station in houses.items()}
        assert alike["alone"] == alike["sealed"] == alike["outside"], item_id
    for name in ("sealed", "outside"):
        for item_id in range(OPEN_PAPERS + 1, OPEN_PAPERS + SECRET_PAPERS + 1):
            snippet = houses[name].snippet("样本", item_id)
            assert (snippet.text, snippet.spans) == ("", ())
            with pytest.raises(NoSuchRecord):
                houses[name].more_like(item_id)


def answer(results: Results) -> tuple[object, ...]:
    check_facets(results, "")
    assert results.total == len(results.hits)
    return {hit.item_id for hit in results.hits}, results.facets, results.notes
