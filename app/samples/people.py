"""app/samples/people.py — the invented people, numbers and places of the sample papers.

Nothing here can belong to anybody: identity numbers carry the region 99xxxx, which GB/T 2260 does not issue, telephone
numbers begin with 100, plates use the issuing letter I, which is never given out, and city, district and streets do not
exist. Check digits are right all the same, so that the program's own checks have something to agree with.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

CITY = "云屿市"
BUREAU = "云屿市公安局"
BRANCH = "云屿市公安局柳岸分局"
STATION = "云屿市公安局柳岸分局石桥派出所"
STATION_SHORT = "石桥派出所"
DISTRICT = "云屿市柳岸区"

RARE_NAMES = ("陈㛃", "周㵘", "赵𠅤", "林𬭊", "王䶮")
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚"
_GIVEN = (
    "建国 桂英 志强 秀兰 海燕 文博 晓东 雨桐 子涵 春梅 国庆 丽华 俊杰 思远 玉珍 永胜 佳怡 明辉 淑芬 振宇 立新 翠萍 "
    "浩然 晓雯 德福 红霞 凯 静 磊 敏 伟 芳 鹏 洁 勇 娟 超 婷 宏伟 雪梅 金龙 素云 长河 巧玲 一鸣 若曦 铁军 美凤"
).split()
OFFICERS = ("沈牧野", "顾长风", "乔砚秋", "秦望舒", "纪怀安", "柏青阳")
_STREETS = ("石桥路", "临水街", "杏花巷", "望江东路", "柳堤路", "老渡口街", "青砖里", "桂树弄")
COMMUNITIES = ("临水社区", "杏花社区", "望江社区", "老渡口社区")
_CHECK = "10X98765432"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist. `birth` is YYYYMMDD."""

    name: str
    male: bool
    birth: str
    id_no: str
    phone: str
    address: str
    work: str

    @property
    def sex(self) -> str:
        return "男" if self.male else "女"

    @property
    def birth_text(self) -> str:
        return f"{self.birth[:4]}年{int(self.birth[4:6])}月{int(self.birth[6:])}日"


def check_digit(first17: str) -> str:
    """The last character of an identity number (GB 11643)."""
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def person(rng: Random, *, rare: int | None = None) -> Person:
    """Somebody new; `rare` chooses one of the names with rare characters, by turns."""
    male = rng.random() < 0.5
    name = rng.choice(_SURNAMES) + rng.choice(_GIVEN) if rare is None else RARE_NAMES[rare % len(RARE_NAMES)]
    birth = f"{rng.randint(1955, 2004)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    sequence = rng.randrange(1, 499) * 2 + (1 if male else 0)
    first17 = f"99{rng.randint(1, 12):02d}{rng.randint(1, 20):02d}{birth}{sequence:03d}"
    work = rng.choice(("个体经营", "务农", "退休", "柳岸机械配件厂职工", "快递员", "超市收银员", "装修工", "小学教师", "出租车司机"))
    return Person(name, male, birth, first17 + check_digit(first17), phone(rng), address(rng), work)


def phone(rng: Random) -> str:
    return f"100{rng.randrange(10**8):08d}"


def plate(rng: Random) -> str:
    serial = "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") if place == 1 else str(rng.randrange(10)) for place in range(5))
    return f"苏I{serial}"


def address(rng: Random) -> str:
    return (
        f"{DISTRICT}{rng.choice(_STREETS)}{rng.randint(2, 198)}号"
        f"{rng.randint(1, 18)}幢{rng.randint(1, 6)}0{rng.randint(1, 4)}室"
    )


def case_no(rng: Random, year: int, month: int) -> str:
    """案件编号: A, the 12-digit organ code (impossible region), year and month, a four-digit serial."""
    return f"A990105{520000}{year}{month:02d}{rng.randint(1, 9999):04d}"
