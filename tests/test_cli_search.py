"""tests/test_cli_search.py — finding without a window: the command line asks, narrows, lists, saves and adds words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app import wording
from app.cli_search import _Day
from storage.archive import Archive
from tests.stations import House, code, draft
from tests.test_cli import Desk, desk  # noqa: F401 - a fixture


@pytest.fixture
def filled(desk: Desk) -> Desk:  # noqa: F811
    """Three papers, filed by somebody else."""
    archive = Archive.open_with_recovery(desk.folder / "archive", (desk.folder / "recovery.txt").read_text())
    house = House.around(archive)
    for number, (title, day) in enumerate((("门牌通知", "20190305"), ("门牌报告", "20200101"), ("消防检查", "20200601"))):
        arrival = house.receive(f"样本正文{number}，辖区。".encode())
        wanted = draft(title=f"样本{title}", doc_date=day, year=int(day[:4]))
        with archive.write(archive.queries.agents()[0]) as change:
            change.file(arrival, wanted, "Z001", lambda found, wanted=wanted: code(wanted, found))
    archive.close()
    return desk


def codes(answers: list[dict[str, Any]]) -> list[str]:
    return [answer["title"] for answer in answers]


def test_it_asks_narrows_and_sorts(filled: Desk) -> None:
    done, answers, _err = filled.run("search", "样本", "--order", "oldest")
    assert done == 0 and codes(answers) == ["样本门牌通知", "样本门牌报告", "样本消防检查"]
    assert all(set(answer) == {"code", "title", "score", "page", "snippet"} for answer in answers)
    assert codes(filled.run("search", "样本", "-消防", "--order", "newest")[1]) == ["样本门牌报告", "样本门牌通知"]
    assert codes(filled.run("search", "--since", "2020", "--until", "2020-03")[1]) == ["样本门牌报告"]
    assert len(filled.run("search", "样本", "--year", "2019", "--year", "2020", "--limit", "2")[1]) == 2
    done, answers, err = filled.run("search", "样本", "--year", "2019", "--category", "ZY")
    assert (done, answers) == (1, []) and "0" in err


def test_what_it_does_not_understand_is_usage(filled: Desk) -> None:
    for words in (("search",), ("search", "门牌", "--saved", "x"), ("search", "门牌", "--export", "list.docx"),
                  ("search", "门牌", "--since", "去年吧"), ("search", "门牌", "--ordr", "code")):  # fmt: skip
        assert filled.run(*words)[0] == 2, words


def test_a_question_is_kept_asked_again_listed_and_forgotten(filled: Desk) -> None:
    assert filled.run("search", "门牌", "--year", "2020", "--save", "常用")[0] == 0
    assert filled.run("search", "消防", "--save", "常用")[0] == 3
    assert codes(filled.run("search", "--saved", "常用")[1]) == ["样本门牌报告"]
    assert filled.run("search", "--saved", "没有")[0] == 3
    _code, kept, _err = filled.run("searches")
    assert [(one.get("saved"), one.get("found"), one["query"], one["filters"]) for one in kept] == [
        ("常用", None, "门牌", {"year": ["2020"]}), (None, 1, "门牌", {"year": ["2020"]}), (None, 1, "消防", {}),
    ]  # fmt: skip
    assert filled.run("search", "消防", "--save", "常用", "--replace")[0] == 0
    assert filled.run("searches", "--clear")[0] == 0
    _code, kept, _err = filled.run("searches")
    assert [(one.get("saved"), one["query"]) for one in kept] == [("常用", "消防")]
    assert filled.run("searches", "--drop", "常用")[0] == 0 and filled.run("searches")[1] == []


def test_that_something_was_searched_for_is_proved_by_the_words(filled: Desk) -> None:
    filled.run("search", "门牌")
    done, lines, _err = filled.run("journal", "--searched", "门牌")
    assert done == 0 and [line["type"] for line in lines] == ["note_search"] and "门牌" not in str(lines)
    assert filled.run("journal", "--searched", "门")[0] == 1


def test_people_are_searched_for_with_a_purpose(filled: Desk, tmp_path: Path) -> None:
    done, answers, err = filled.run("search", "person:样本某人", "--export", str(tmp_path / "list.pdf"))
    assert done == 3 and answers == [] and wording.say("search.note.purpose_needed") in err and not (tmp_path / "list.pdf").exists()
    assert filled.run("search", "person:样本某人", "--purpose", "case")[0] == 1
    assert filled.run("search", "person:样本某人", "--purpose", "other")[0] == 3


def test_a_list_goes_into_a_file(filled: Desk, tmp_path: Path) -> None:
    for ending, begins in (("pdf", b"%PDF"), ("csv", b"\xef\xbb\xbf"), ("XLSX", b"PK")):
        out = tmp_path / f"list.{ending}"
        done, answers, _err = filled.run("search", "门牌", "--limit", "1", "--places", "--export", str(out))
        assert (done, len(answers)) == (0, 1) and out.read_bytes().startswith(begins)
    rows = (tmp_path / "list.csv").read_text("utf-8-sig").splitlines()
    assert rows[3] == "" and "样本门牌" in rows[1] and "样本门牌" in rows[2]
    archive = Archive.open_with_recovery(filled.folder / "archive", (filled.folder / "recovery.txt").read_text())
    told = [event.object for event in archive.queries.events(limit=10_000) if event.type == "export"]
    archive.close()
    assert told == ["report:result_list"] * 3


def test_words_of_the_station(filled: Desk) -> None:
    assert filled.run("words", "add", "样本镇", "样本村")[0] == 0
    assert filled.run("words", "add", "样本镇")[0] == 3
    _code, words, _err = filled.run("words", "list")
    assert {word["word"] for word in words} == {"样本镇", "样本村"}
    assert filled.run("words", "drop", "样本镇")[0] == 0
    assert [word["word"] for word in filled.run("words", "list")[1]] == ["样本村"]


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [("2019", "20190101", "20191231"), ("2020-02", "20200201", "20200229"), ("2020/2/3", "20200203", "20200203"),
     ("20191105", "20191105", "20191105"), ("201911", "20191101", "20191130")],
)  # fmt: skip
def test_a_time_has_a_first_and_a_last_day(given: str, first: str, last: str) -> None:
    assert (_Day(last=False).convert(given, None, None), _Day(last=True).convert(given, None, None)) == (first, last)


@pytest.mark.parametrize("given", ["2019-13", "2019-02-29", "20190230", "0000", "19", "一九"])
def test_what_is_no_day_is_refused(given: str) -> None:
    with pytest.raises(Exception, match=given):
        _Day(last=False).convert(given, None, None)
