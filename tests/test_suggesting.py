"""tests/test_suggesting.py — how characters sound and look, what to ask instead, and what is like a record.

People and numbers are samples and belong to nobody.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer import lookalikes
from storage.search import analysis, nearby, pinyin


def finds(typed: str, title: str, typing: bool = False) -> bool:
    """As the index answers: by the terms, and where these are no proof by the truth."""
    held = set(pinyin.title_terms(title))

    def has(term: str) -> bool:
        return any(one.startswith(term[:-1]) for one in held) if term.endswith(pinyin.ANY_END) else term in held

    return any(
        all(map(has, way.terms)) and (way.proof or bool(pinyin.sounds_like(typed, title, typing)))
        for way in pinyin.needed(typed, typing)
    )


def first_letters(readings: Iterable[str]) -> str:
    return "".join(reading[0] for reading in readings)


COMMON = st.characters(codec="gb2312", min_codepoint=0x4E00, max_codepoint=0x9FFF).filter(lambda c: bool(pinyin.syllables(c)[0]))


@given(st.data(), st.text(COMMON, min_size=2, max_size=12))
def test_any_two_to_four_characters_of_a_title_are_found_by_their_sound(data: st.DataObject, title: str) -> None:
    size = data.draw(st.integers(2, min(4, len(title))))
    start = data.draw(st.integers(0, len(title) - size))
    sounds = [data.draw(st.sampled_from(one)) for one in pinyin.syllables(title[start : start + size])]
    spelled = "".join(sounds)
    before, after = "样本A的", "2024"
    whole = before + title + after
    assert finds(spelled, whole)
    assert any(a <= start + 4 and start + 4 + size <= b for a, b in pinyin.sounds_like(spelled, whole))
    for end in range(2, len(spelled) + 1):
        assert finds(spelled[:end], whole, typing=True), spelled[:end]
    letters = first_letters(sounds)
    if not set(letters) & set("iuv"):
        assert finds(letters, whole)


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("zhangsan", "关于张三的询问笔录"),
        ("zs", "关于张三的询问笔录"),
        ("zhangs", "关于张三的询问笔录"),
        ("zsan", "关于张三的询问笔录"),
        ("zhsan", "关于张三的询问笔录"),
        ("daoqie", "盗窃案"),
        ("diandongche", "电动车被盗"),
        ("ddc", "电动车被盗"),
        ("ddcdqa", "电动车盗窃案"),
        ("shantianfang", "单田芳样本"),
        ("zengguofan", "曾国藩样本"),
        ("xieshan", "解珊样本"),
        ("qiuying", "仇英样本"),
        ("xian", "西安样本"),
        ("xian", "某县样本"),
        ("lvzheng", "吕征样本"),
        ("luzheng", "吕征样本"),
        ("lyuzheng", "吕征样本"),
        ("jvzheng", "居正样本"),
        ("sha", "故意伤害案"),
        ("ouyang", "欧阳样本"),
        ("moqi", "万俟样本"),
        ("luan", "六安样本"),
        ("xiamen", "厦门样本"),
    ],
)
def test_found_by_sound(typed: str, title: str) -> None:
    assert finds(typed, title)


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("zhangsan", "张某、三人"),
        ("zhangsan", "张和三"),
        ("zhangsa", "张三"),
        ("zs", "张，三"),
        ("zs", "张A三"),
        ("z", "张三"),
        ("lvzheng", "陆征"),
        ("ddc", "电动汽车"),
        ("report", "人民警察"),
        ("", "张三"),
        ("zhang3", "张三"),
        ("x" * 60, "徐" * 60),
    ],
)
def test_not_found_by_another_sound(typed: str, title: str) -> None:
    title = analysis.fold(title)
    assert not finds(typed, title)
    assert not pinyin.sounds_like(typed, title)


def test_readings_are_the_usual_ones_first_and_few() -> None:
    assert pinyin.readings("张三") == ("zhangsan",)
    assert pinyin.initials("张三") == ("zs",)
    assert {"dantianfang", "shantianfang"} <= set(pinyin.readings("单田芳"))
    assert len(pinyin.readings("行" * 30)) == pinyin.MOST_SPELLINGS
    assert pinyin.syllables("a张|") == [(), ("zhang",), ()]
    assert pinyin.readings("") == pinyin.initials("A1") == ()


@given(st.text("abcdefghijklmnopqrstuvwxyz'* 张3", max_size=60), st.booleans())
def test_whatever_is_typed_is_cut_in_few_ways(typed: str, typing: bool) -> None:
    assert len(pinyin.needed(typed, typing)) <= pinyin.MOST_CUTS * pinyin.MOST_CUTS
    pinyin.sounds_like(typed, "张三", typing)


# -- the table of lookalikes ---------------------------------------------------------------------------------------------


def test_lookalikes_are_drawn_as_the_table_says() -> None:
    every = lookalikes.characters()
    assert len(every) == 6763
    table = nearby.lookalikes()
    assert set(table) <= set(every)
    assert len(table) > 6500
    some = random.Random(5).sample(sorted(table), 25)
    # Among these, and others drawn by lot, the ones in the table must be the nearest.
    others = dict.fromkeys([*some, *"".join(table[one] for one in some), *random.Random(6).sample(every, 300)])
    drawn = lookalikes.lookalikes(some, list(others))
    # Another release of the library that draws may exchange two that are nearly equal.
    same = sum(len(set(table[one]) & set(drawn[one])) for one in some)
    assert same >= 0.97 * sum(len(table[one]) for one in some)
    assert lookalikes.RESULT.stat().st_size < 250_000
    assert lookalikes.RESULT.read_text("utf-8").startswith(lookalikes.HEADER)


@pytest.mark.parametrize(
    "pair",
    "未末 己已 已巳 己巳 干千 千于 干于 人入 日曰 土士 侯候 拨拔 陈阵 治冶 戊戌 免兔 鸟乌 没设 折拆 徒徙 盲肓 暧暖 籍藉 住往 句旬 问间 杨扬 帐账 载栽 牛午".split(),
)
def test_what_readers_confuse_looks_alike(pair: str) -> None:
    table = nearby.lookalikes()
    assert pair[1] in table[pair[0]]
    assert pair[0] in table[pair[1]]
