"""tests/test_suggesting.py — how characters sound and look, what to ask instead, and what is like a record.

People and numbers are samples and belong to nobody.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installer import lookalikes
from storage.records.search import Filters
from storage.search import analysis, likeness, nearby, pinyin, suggesting
from storage.search.asking import Abandoned
from storage.search.index import Index
from storage.search.scoring import Generation
from tests.test_search import ListFeed, MakeIndex, entry, law_texts, make

__all__ = ["make"]  # a fixture


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


COMMON = st.characters(codec="gb2312", min_codepoint=0x4E00, max_codepoint=0x9FFF).filter(
    lambda c: bool(pinyin.syllables(c)[0])
)


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
        ("zhangsanfeng", "张三和三丰"),
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


# -- what to ask instead -------------------------------------------------------------------------------------------------

#: The characters of the first level of GB2312.
COMMON_ONES = lookalikes.characters()[:3755]
TEXTS = [
    "二〇二四年三月，样本甲在某小区盗窃电动车一辆，派出所依法处罚。",
    "盗窃案件的询问笔录，当事人样本乙，由样本派出所办理。",
    "关于加强治安管理的通知，各派出所遵照执行，行政处罚须有依据。",
    "交通肇事后逃逸，经公安机关调查，道路交通安全受到影响。",
    "未成年人保护工作总结。候车室的治安由样本民警负责。",
    "样本丙的电动车被盗，车牌号京A12345，登记号20240317，型号TDR128。",
    "曾柏霖（样本）与邻居发生纠纷，民警到场调解。",
    "行政许可申请书，请审查。",
]


@pytest.fixture
def index(make: MakeIndex) -> Index:
    return make(*(entry(n, text) for n, text in enumerate(TEXTS, 1)))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("盗切", "盗窃"),  # the same sound
        ("到窃", "盗窃"),
        ("到切", "盗窃"),
        ("治按管理", "治安管理"),
        ("派出锁", "派出所"),
        ("曾柏林", "曾柏霖"),
        ("民进", "民警"),  # nearly the same
        ("自安管理", "治安管理"),
        ("冶安管理", "治安管理"),  # the same shape
        ("侯车室", "候车室"),
        ("公安机管", "公安机关"),
        ("盗电窃动车", "盗窃电动车"),  # exchanged
        ("交通事肇", "交通肇事"),
        ("行政处处罚", "行政处罚"),  # one too many
        ("道路交安全", "道路交通安全"),  # one missing
        ("电动军", "电动车"),  # one wrong
        ("未成年人呆护", "未成年人保护"),
        ("daoqie", "盗窃"),  # letters that spell it
        ("houcheshi", "候车室"),
        ("TDR12B", "tdr128"),  # letters and digits
        ("tdr18", "tdr128"),
        ("20240371", "20240317"),
        ("样本乙 盗切", "样本乙 盗窃"),  # the others stay
        ('"治按管理" -盗窃', '"治安管理" -盗窃'),
        ("电动军一辆，派出锁", "电动车一辆，派出所"),
        ("ＴＤＲ12Ｂ", "tdr128"),
        ("侯车室 -盗切", "候车室 -盗切"),  # what is excluded too
        ("侯车室 NOT 盗切", "候车室 NOT 盗切"),
        ("盗切 公安几关 OR 派出所", None),
        ("治安盗窃", None),
        ("盗窃派出所", "盗窃 派出所"),  # never written so
        ("盗切 拍出所", "盗窃 派出所"),  # both
    ],
)
def test_what_to_ask_instead(index: Index, typed: str, meant: str | None) -> None:
    offered = index.suggest(typed)
    assert len(offered) <= suggesting.MOST
    for question in offered:
        assert index.search(question).total
    assert meant is None or offered[:1] == (meant,), offered


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "盗窃",
        "治安 管理",
        "-盗切",
        "NOT 盗切",
        "盗切*",
        "2019",
        "%&|",
        "的" * 50,
        "玄之又玄",
        "zzzzzz",
        "OR",
        '"',
        "1390000",
    ],
)
def test_nothing_is_offered(index: Index, typed: str) -> None:
    assert index.suggest(typed) == ()


def test_long_numbers_are_never_completed(make: MakeIndex) -> None:
    index = make(entry(1, "样本身份证11010119900307123X，手机13912345678，卡号6222020200012345678。"))
    for typed in ("11010119900307124X", "13912345679", "6222020200012345679", "1391234576", "a1391234576"):
        assert index.search(typed).total == 0
        assert index.suggest(typed) == ()


def test_a_question_that_finds_a_few_is_questioned_for_one_that_finds_many(make: MakeIndex) -> None:
    index = make(entry(1, "电动军被盗"), *(entry(n, "电动车被盗") for n in range(2, 12)))
    assert index.suggest("电动军") == ("电动车",)
    assert index.suggest("电动车") == ()
    few = make(entry(1, "电动军被盗"), *(entry(n, "电动车被盗") for n in range(2, 8)))
    assert few.suggest("电动军") == ()


def test_filters_hold_for_what_is_offered(make: MakeIndex) -> None:
    index = make(entry(1, "盗窃", year=2023), entry(2, "刀具", year=2024))
    assert index.suggest("盗切", filters=Filters(year=("2023",))) == ("盗窃",)
    assert index.suggest("盗切", filters=Filters(year=("2024",))) == ()


@pytest.mark.parametrize("typed", ["盗切", "到窃案件", "daoqie", "曾柏林", "TDR12B", "盗窃电动车辆一", "盗窃派出所"])
def test_what_may_not_be_seen_leaves_no_trace(make: MakeIndex, typed: str) -> None:
    """With a record hidden, removed or never there, the answer is the same."""
    seen = [entry(n, text) for n, text in enumerate(TEXTS[2:5], 1)]
    secret = [entry(n, text) for n, text in enumerate([TEXTS[0], TEXTS[1], *TEXTS[5:]], 10)]
    never = make(*seen).suggest(typed)
    both = make(*seen, *secret)
    assert both.suggest(typed)
    assert both.suggest(typed) != never
    assert both.suggest(typed, without=[one.item_id for one in secret]) == never
    feed = ListFeed([*seen, *secret])
    removed = make(feed=feed)
    for one in secret:
        feed.remove(one.item_id)
    assert removed.suggest(typed) == never  # before the index knows of it
    removed.catch_up()
    assert removed.suggest(typed) == never


def test_mistyped_words_of_law_texts_are_put_right(make: MakeIndex) -> None:
    """A word of two to four characters with one that sounds or looks like the right one: nearly always the first offer."""
    texts = law_texts(150)
    index = make(*(entry(n, text, title="样本") for n, text in enumerate(texts, 1)))
    folded = [analysis.fold(text) for text in texts]
    draw = random.Random(11)
    asked = right = offered = 0
    while asked < 120:
        word = draw.choice(analysis.words(draw.choice(folded)))
        if not (2 <= len(word) <= 4 and nearby.known(word)):
            continue
        place = draw.randrange(len(word))
        sounds = {c for c in COMMON_ONES if set(pinyin.syllables(c)[0]) & set(pinyin.syllables(word[place])[0])}
        shapes = nearby.lookalikes().get(word[place], "")[:4]
        wrong = word[:place] + draw.choice(sorted({*sounds, *shapes} - {word[place]})) + word[place + 1 :]
        if any(wrong in text for text in folded):
            continue
        asked += 1
        offers = index.suggest(wrong)
        right += offers[:1] == (word,)
        offered += word in offers
    assert offered >= 110, (right, offered)
    assert right >= 105, (right, offered)


def test_nobody_waits_any_more(index: Index) -> None:
    with pytest.raises(Abandoned):
        index.suggest("盗切", cancelled=lambda: True)


def test_hidden_words_take_no_place_of_visible_ones(make: MakeIndex) -> None:
    same = [c for c in COMMON_ONES if "shi" in pinyin.syllables(c)[0]]
    *hidden, last = sorted(one for one in same if not nearby.known("馕" + one) and one != "饰")
    assert len(hidden) > 2 * suggesting.MOST_OF_A_PIECE
    index = make(entry(1, "馕" + last), *(entry(n, f"馕{one}。馕{one}") for n, one in enumerate(hidden, 2)))
    assert index.suggest("馕饰", without=range(2, 2 + len(hidden))) == ("馕" + last,)


def test_near_words_of_a_word(make: MakeIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Generation] = []
    index = make(*(entry(n, text) for n, text in enumerate(TEXTS, 1)))
    monkeypatch.setattr("storage.search.index.suggest", lambda generation, *_: seen.append(generation))
    index.suggest("x")
    index.suggest("x", without=[1, 2])
    assert suggesting.variants(seen[0], "盗切")[:2] == ["盗切", "盗窃"]
    assert suggesting.variants(seen[1], "盗切") == ["盗切"]
    assert suggesting.variants(seen[0], "盗窃")[0] == "盗窃"
    assert "tdr128" in suggesting.variants(seen[0], "TDR12B")
    assert suggesting.variants(seen[0], "，") == ["|"]
    assert len(suggesting.variants(seen[0], "电动军", most=2)) <= 2


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text("盗切窃电动车治冶安 '\"-~*:|()ORNTa1２。", max_size=24))
def test_whatever_is_typed_never_fails_and_is_answered_by_what_finds(index: Index, typed: str) -> None:
    for question in index.suggest(typed):
        assert index.search(question).total


# -- more like this ------------------------------------------------------------------------------------------------------

SUBJECTS = {
    "盗窃电动车": "电动车停放在楼下被盗，经调取监控录像，嫌疑人撬锁后骑走，现场勘查提取痕迹。",
    "调解邻里纠纷": "双方因噪音发生纠纷，民警组织调解，达成协议，当事人互相道歉。",
    "消防检查": "对辖区宾馆进行消防检查，灭火器过期，疏散通道堵塞，责令限期整改。",
}


@pytest.fixture
def subjects(make: MakeIndex) -> Index:
    """Four records of each subject: 1 to 4, 11 to 14, 21 to 24; and one that shares a single word with some of them."""
    return make(
        *(
            entry(
                10 * group + n,
                f"{text}第{n}份材料，编号{group}00{n}，样本人{n}。",
                title=f"{title}案卷之{n}",
                year=2020 + n,
            )
            for group, (title, text) in enumerate(SUBJECTS.items())
            for n in range(1, 5)
        ),
        entry(99, "送锦旗到现场。", title="表扬信"),
    )


def test_alike_is_what_has_the_same_subject(subjects: Index) -> None:
    for item in (1, 12, 24):
        found = subjects.like(item)
        first = item // 10 * 10
        assert {hit.item_id for hit in found.hits} == set(range(first + 1, first + 5)) - {item}
        assert found.total == 3
        assert sum(found.facets["year"].values()) == 3
        words = found.notes[0].facts["words"].split("、")
        assert found.notes[0].key == "alike"
        assert 0 < len(words) <= likeness.MOST_NAMED
        title, text = list(SUBJECTS.items())[item // 10]
        assert all(word in title + text for word in words)


def test_alike_keeps_to_filters_orders_and_what_may_be_seen(subjects: Index) -> None:
    assert {hit.item_id for hit in subjects.like(1, filters=Filters(year=("2022", "2023"))).hits} == {2, 3}
    assert {hit.item_id for hit in subjects.like(1, without=[2]).hits} == {3, 4}
    nothing = subjects.like(1, without=[2, 3, 4])
    assert (nothing.hits, nothing.total, nothing.notes) == ((), 0, ())
    assert subjects.like(999).total == 0
    assert len(subjects.like(1, limit=1).hits) == 1
    assert subjects.like(1, limit=1).total == 3


def test_two_words_of_many_are_not_alike_where_others_share_more(make: MakeIndex) -> None:
    text = SUBJECTS["盗窃电动车"]
    index = make(entry(1, text), entry(2, text), entry(3, "监控现场。"))
    assert [hit.item_id for hit in index.like(1).hits] == [2]
    assert {hit.item_id for hit in index.like(3).hits} == {1, 2}


def test_a_record_of_one_word_is_like_what_has_it(make: MakeIndex) -> None:
    index = make(entry(1, "", title="锦旗"), entry(2, "送来锦旗。", title="二"), entry(3, "噪音。", title="三"))
    assert [hit.item_id for hit in index.like(1).hits] == [2]


def test_what_a_record_is_said_to_share_stands_in_others_that_may_be_seen(make: MakeIndex) -> None:
    mine = entry(1, "电动车在候车室外被盗，撬锁痕迹明显，监控录像已调取。", title="一")
    other = entry(2, "候车室监控录像。", title="二")
    secret = entry(3, "电动车撬锁痕迹。", title="三")
    never, both = make(mine, other), make(mine, other, secret)
    assert both.like(1).notes != never.like(1).notes
    assert both.like(1, without=[3]).notes == never.like(1).notes
    assert [hit.item_id for hit in both.like(1, without=[3]).hits] == [2]


def test_names_and_numbers_are_no_subject(make: MakeIndex) -> None:
    index = make(
        entry(1, "欧阳样本，88776655，来电反映噪音。", title="一", names=("欧阳样本",)),
        entry(2, "欧阳样本，88776655，补办证件。", title="二", names=("欧阳样本",)),
        entry(3, "噪音很大，来电请处理。", title="三"),
    )
    assert {hit.item_id for hit in index.like(1).hits} == {3}


def test_law_texts_are_like_their_kin(make: MakeIndex) -> None:
    """Two parts of one law are more alike than others, and what is alike shares the words it is said to share."""
    texts = law_texts(300)
    halves = [(text[: len(text) // 2], text[len(text) // 2 :]) for text in texts if len(text) > 600][:120]
    index = make(
        *(entry(2 * n + side, half[side], title="样本") for n, half in enumerate(halves, 1) for side in (0, 1))
    )
    right = 0
    for n in range(1, 61):
        found = index.like(2 * n, limit=5)
        right += 2 * n + 1 in {hit.item_id for hit in found.hits}
    assert right >= 48, right
