"""app/bench/papers.py — the papers a bench files and the questions it asks; the same in every run.

Papers are law texts from a corpus (JSON lines in zstd, fields `title` and `text`), or sentences made of common words
without one. A text used again is changed: paragraphs are left out, others come in, and every paper has a reference
number, a document number and a few rare invented names of its own.
"""

from __future__ import annotations

import io
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from storage.records.search import Filters
from storage.search import analysis
from storage.search.index import Entry

QUESTIONS_OF_A_KIND = {
    "common words": 40,
    "words": 50,
    "other strings": 30,
    "single characters": 10,
    "names": 30,
    "numbers": 20,
    "phrases": 20,
    "two words": 20,
    "or": 20,
    "not": 20,
    "filtered": 20,
    "date ranges": 20,
    "dates in words": 20,
    "prefixes": 20,
    "while typing": 20,
}
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超霞平刚桂兰鑫鹏宇浩然思雨佳琪梓涵㛃㵘"
_CATEGORIES = ("WS", "ZY·XZ", "ZY·XS", "KY", "JJ")
_RETENTIONS = ("Y", "D30", "D10")
_WORDS = (
    "当事人 派出所 民警 现场 询问 笔录 证据 材料 治安 管理 处罚 决定 "
    "电动车 盗窃 殴打 纠纷 调解 协议 报案 受理 登记 身份 住址 居民 "
    "户口 迁移 暂住 出租 房屋 消防 检查 整改 通知 单位 负责 签名 "
    "日期 情况 说明 如下 依照 规定 给予 警告 罚款 拘留"
).split()


@dataclass(frozen=True, slots=True)
class Question:
    """`words` for every engine. `since` and `until` (YYYYMM) are months; `spoken`: we are told them in the text. When `open`
    the last word may go on: we are told by a `*`, or by `typing`.
    """

    kind: str
    words: str
    category: str = ""
    year: int = 0
    since: str = ""
    until: str = ""
    spoken: bool = False
    open: bool = False
    typing: bool = False

    @property
    def days(self) -> tuple[str, str]:
        """First and last day (YYYYMMDD), empty when any day will do."""
        return (f"{self.since}01", f"{self.until}31") if self.since else ("", "")

    @property
    def text(self) -> str:
        """As a person would type it into our one box."""
        if self.spoken:
            ends = (f"{month[:4]}-{month[4:]}" for month in (self.since, self.until))
            return f"{self.words} date:{'..'.join(ends)}"
        return f"{self.words}*" if self.open and not self.typing else self.words

    @property
    def filters(self) -> Filters:
        since, until = ("", "") if self.spoken else self.days
        category = (self.category,) if self.category else ()
        return Filters(category=category, year=(str(self.year),) if self.year else (), since=since, until=until)


class Papers:
    """The feed: paper n is always the same paper, made when it is asked for."""

    def __init__(self, texts: Sequence[tuple[str, str]], records: int) -> None:
        self._texts = texts
        self.records = records

    def changed(self, after: int, limit: int) -> tuple[int, list[tuple[int, Entry | None]]]:
        numbers = range(after + 1, min(after + limit, self.records) + 1)
        return after + len(numbers), [(number, self.paper(number)) for number in numbers]

    def entries(self, item_ids: Sequence[int]) -> dict[int, Entry]:
        return {number: self.paper(number) for number in item_ids}

    def category_names(self) -> list[tuple[str, str]]:
        return []

    def count(self) -> int:
        return self.records

    def gone(self, after: int) -> list[int]:
        return []

    def paper(self, number: int) -> Entry:
        draw = random.Random(number)
        title, text = self._texts[(number - 1) % len(self._texts)]
        if number > len(self._texts):
            lines = [line for line in text.split("\n") if draw.random() > 0.2]
            lines[:0] = draw.choice(self._texts)[1].split("\n")[:3]
            title, text = f"{title}之{number}", "\n".join(lines)
        year = 2010 + draw.randrange(15)
        note = f"经办人{self.name(number)}，联系人{self.name(number + 1)}，登记号{number * 7919 % 10**8:08d}。"
        retention = draw.choice(_RETENTIONS)
        category = draw.choice(_CATEGORIES)
        return Entry(
            item_id=number,
            reference_code=f"X999-{category}·{year}·{retention}-{number:06d}",
            title=title,
            document_no=f"样公〔{year}〕{number}号",
            creator="样本派出所",
            doc_date=f"{year}{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}",
            category=category,
            year=year,
            retention=retention,
            remarks="",
            pages=(text, note),
        )

    @staticmethod
    def name(number: int) -> str:
        draw = random.Random(number * 31 + 7)
        return draw.choice(_SURNAMES) + "".join(draw.choices(_GIVEN, k=2))


def questions_about(papers: Papers) -> list[Question]:
    draw = random.Random(11)
    numbers = [draw.randint(1, papers.records) for _ in range(300)]
    bodies = [papers.paper(number).pages[0] for number in numbers]
    runs: list[str] = [run for body in bodies for run in re.findall(r"[\u4e00-\u9fff]{8,}", body)]
    counts = Counter(
        word for body in bodies for word in set(analysis.words(body)) if re.fullmatch(r"[\u4e00-\u9fff]{2,4}", word)
    )
    ranked = [word for word, _ in counts.most_common()]
    common = ranked[: min(80, len(ranked) // 2)]
    rest = ranked[len(common) :]

    def piece(least: int, most: int) -> str:
        run = draw.choice(runs)
        length = draw.randint(least, most)
        start = draw.randrange(len(run) - length + 1)
        return run[start : start + length]

    def number() -> str:
        paper = papers.paper(draw.choice(numbers))
        return draw.choice((paper.reference_code, paper.document_no, paper.pages[1][-9:-1]))

    def half_a_number() -> str:
        paper = papers.paper(draw.choice(numbers))
        return draw.choice((paper.reference_code[:-2], paper.pages[1][-9:-4], f"{paper.item_id:06d}"[:4]))

    def days(kind: str, spoken: bool) -> Question:
        word, year, month = draw.choice(common + rest), draw.randint(2010, 2023), draw.randint(1, 12)
        last = min(year * 12 + month - 1 + draw.choice((0, 2, 11, 35)), 2024 * 12 + 11)
        return Question(
            kind, word, since=f"{year}{month:02d}", until=f"{last // 12}{last % 12 + 1:02d}", spoken=spoken
        )

    make: dict[str, Callable[[], Question]] = {
        "common words": lambda: Question("common words", draw.choice(common)),
        "words": lambda: Question("words", draw.choice(rest)),
        "other strings": lambda: Question("other strings", piece(3, 4)),
        "single characters": lambda: Question("single characters", piece(1, 1)),
        "names": lambda: Question("names", papers.name(draw.choice(numbers))),
        "numbers": lambda: Question("numbers", number()),
        "phrases": lambda: Question("phrases", f'"{piece(5, 8)}"'),
        "two words": lambda: Question("two words", f"{draw.choice(common)} {draw.choice(rest)}"),
        "or": lambda: Question("or", f"{draw.choice(common)} OR {draw.choice(rest)}"),
        "not": lambda: Question("not", f"{draw.choice(common)} -{draw.choice(rest)}"),
        "filtered": lambda: Question(
            "filtered", draw.choice(common), draw.choice(_CATEGORIES), draw.choice((0, 2015, 2020))
        ),
        "date ranges": lambda: days("date ranges", spoken=False),
        "dates in words": lambda: days("dates in words", spoken=True),
        "prefixes": lambda: Question("prefixes", half_a_number(), open=True),
        "while typing": lambda: Question("while typing", half_a_number(), open=True, typing=True),
    }
    asked = [make[kind]() for kind, count in QUESTIONS_OF_A_KIND.items() for _ in range(count)]
    draw.shuffle(asked)
    return asked


def papers_of(corpus: Path | None, records: int) -> Papers:
    """As many papers as asked for, from a corpus or made up."""
    return Papers(_corpus(corpus) if corpus else [made(number) for number in range(2000)], records)


def _corpus(path: Path) -> list[tuple[str, str]]:
    import zstandard  # only the corpus needs it

    with path.open("rb") as file:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), encoding="utf-8")
        return [(str(row["title"]), str(row["text"])) for row in map(json.loads, lines)]


@lru_cache(maxsize=4096)
def made(number: int) -> tuple[str, str]:
    """A text of about 900 characters; words are as unevenly common as in real texts."""
    draw = random.Random(number)
    weights = [1 / (place + 1) for place in range(len(_WORDS))]
    sentences = ("".join(draw.choices(_WORDS, weights, k=draw.randint(4, 9))) for _ in range(60))
    return f"样本材料{number}", "。\n".join(sentences)
