"""tests/test_ui_search_question.py — a question as fields and as a line: written, read back, and asking the same both ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from app import wording
from ui.models.question import Parts, read, write

LANGUAGES = ("zh", "en")


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    wording.use("zh")
    yield
    wording.use("zh")


def test_every_field_has_its_sign_in_the_line() -> None:
    parts = Parts(
        words="消防 检查", exact="限期 整改", without="电动车", title="通知", creator="样本派出所", number="样本公发", code="Z900",
        since="20190300", until="20200000", category="WS", year="2019", retention="30年", person="样本某甲",
    )  # fmt: skip
    assert write(parts) == (
        '"限期 整改" 消防 检查 题名:通知 责任者:样本派出所 文号:样本公发 档号:Z900 类别:WS 年度:2019 保管期限:30年 人名:样本某甲'
        " 日期:2019-03..2020 -电动车"
    )
    assert read(write(parts)) == parts


def test_an_empty_form_asks_nothing() -> None:
    assert write(Parts()) == "" and read("") == Parts() and read("  ") == Parts()


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("日期:2019..", Parts(since="20190000")),
        ("日期:..2020-02", Parts(until="20200200")),
        ("日期:2019-03-05", Parts(since="20190305", until="20190305")),
        # What the form has no place for stays as it was typed.
        ("日期:去年", Parts(words="日期:去年")),
        ("请示 OR 报告", Parts(words="请示 OR 报告")),
        ("请示 | 题名:报告 通知", Parts(words="请示 | 题名:报告 通知")),
        ("-题名:报告", Parts(words="-题名:报告")),
        ("2026* 消房~", Parts(words="2026* 消房~")),
        ("备注：电话：样本", Parts(words="备注：电话：样本")),
        ('"一 二" "三 四"', Parts(words='"三 四"', exact="一 二")),
        ("年度:2019 年度:2020", Parts(words="年度:2020", year="2019")),
        ("题名：通知 title:检查", Parts(title="通知 检查")),
        ('“一 二” -“三 四”', Parts(exact="一 二", without='"三 四"')),
        ('题名:"一 二', Parts(title='"一 二"')),
    ],
)  # fmt: skip
def test_a_line_is_taken_apart(line: str, parts: Parts) -> None:
    assert read(line) == parts


_WORD = some.text("消防检查ab12", min_size=1, max_size=4).filter(lambda word: word != "OR")
_WORDS = some.lists(_WORD, max_size=3).map(" ".join)
_DATE = some.sampled_from(["", "20190000", "20190300", "20190305"])
_PARTS = some.builds(
    Parts,
    **{field.name: _WORDS for field in fields(Parts)} | {"since": _DATE, "until": _DATE},
)


@settings(deadline=None)
@given(_PARTS, some.sampled_from(LANGUAGES))
def test_what_was_written_is_read_back(parts: Parts, language: str) -> None:
    wording.use(language)
    assert read(write(parts)) == parts


@settings(deadline=None)
@given(some.text("消防 检查-\"“”:：|OR.*~20190题名title日期date,、", max_size=40), some.sampled_from(LANGUAGES))
def test_any_line_survives_the_form(line: str, language: str) -> None:
    """Taken apart and written again it is the same form, and no word of it is lost."""
    wording.use(language)
    once = read(line)
    assert read(write(once)) == once
    kept = "".join(c for c in write(once) if c.isalnum() and c in "消防检查")
    assert sorted(kept) == sorted(c for c in line if c in "消防检查")
