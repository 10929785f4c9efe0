"""app/intake/suggest.py — fields from text: what a paper says of itself, for a person to confirm.

Pure: a Reading in, an ItemDraft out. Written for scans: blanks that OCR puts between characters are dropped, widths are
folded, and the places of the lines help where words alone do not (a title is large and in the upper half of the first
page; the date and the issuing office sign at the end). What is not found stays empty; nothing is invented.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import pairwise

from storage.records import Category, ItemDraft, Line, Reading, Retention

_DIGITS = {**{c: str(i) for i, c in enumerate("〇一二三四五六七八九")}, "零": "0", "○": "0", "Ｏ": "0", "O": "0", "o": "0"}
_CJK = r"[㐀-鿿豈-﫿𠀀-\U0003134f〇]"

# -- dates

_ARABIC = re.compile(r"(?<!\d)((?:19|20)\d{2})年(\d{1,2})月(?:(\d{1,2})日)?")
_DOTTED = re.compile(r"(?<!\d)((?:19|20)\d{2})\s?([./\-])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)")
_PLAIN = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_CHINESE = re.compile(
    r"([一二][〇零○Oo0一二三四五六七八九]{3})年([一二三四五六七八九十]{1,2})月(?:([一二三四五六七八九十]{1,3})日)?"
)
_SIGNED = re.compile(r"(?:签发|填表|填写|登记|决定|送达|成文|制作|报告|填报|立卷|申请)(?:日期|时间)")
#: Dates of something else: when it was printed or received, until when it is valid, when somebody was born.
_FOREIGN = re.compile(r"印发|收文|收到|有效期|出生|生日")

# -- 文号

_NUMBER = re.compile(
    rf"({_CJK}[{_CJK[1:-1]}A-Za-z()]{{0,24}}?)?[〔\[【({{「〖]((?:19|20)\d{{2}})[〕\])】}}」〗]"
    r"(第?)([0-9OolI\-]{1,10})号"
)
_NUMBER_BARE = re.compile(rf"({_CJK}{{2,12}}?(?:字|发|函|办|令|委|通))\s*((?:19|20)\d{{2}})(第?)(\d{{1,6}})号")

# -- words that say what a paper is; the longest that fits wins

_GENRES = (
    "通知", "通报", "通告", "公告", "报告", "请示", "批复", "意见", "决定", "决议", "函", "纪要", "会议纪要", "会议记录", "方案",
    "总结", "工作总结", "计划", "要点", "制度", "规定", "办法", "预案", "情况说明", "说明", "简报", "介绍信", "证明", "汇报", "值班记录",
    "工作记录", "记录", "台账", "统计表", "登记簿", "名册",
)
_FORMS = (
    "受案登记表", "受案回执", "立案决定书", "询问笔录", "讯问笔录", "询问通知书", "辨认笔录", "现场笔录", "勘验笔录", "检查笔录", "检查证",
    "行政处罚决定书", "当场处罚决定书", "不予行政处罚决定书", "行政处罚告知笔录", "处罚告知笔录", "传唤证", "送达回执", "送达回证",
    "物品清单", "扣押清单", "扣押决定书", "证据保全决定书", "证据保全清单", "收缴物品清单", "调解协议书", "治安调解协议书", "调解笔录",
    "接处警登记表", "接警登记表", "接处警工作登记表", "报警登记表", "户口迁移申请", "户口迁移申请书", "户口迁移申请表", "户口登记表",
    "常住人口登记表", "户口迁移证", "居住登记表", "特种行业登记表", "旅馆业登记表", "旅馆业治安检查登记表", "治安检查登记表", "检查登记表",
    "责任书", "安全责任书", "保证书", "承诺书", "申请书", "申请表", "审批表", "呈请审批表", "告知书", "委托书", "鉴定意见通知书",
    "鉴定聘请书", "案件移送通知书", "移送案件通知书", "拘留证", "取保候审决定书", "起诉意见书", "备案登记表", "登记表", "审核表", "清单",
    "笔录", "协议书", "决定书", "通知书", "回执",
)
_ENDINGS = tuple(sorted({*_GENRES, *_FORMS}, key=len, reverse=True))

#: First that occurs in the title, else in the head of the first page, decides. Order matters: the special first.
_CATEGORIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ZY·XS", ("刑事", "立案决定书", "讯问笔录", "拘留证", "取保候审", "起诉意见", "逮捕")),
    ("ZY·AJ", ("接处警", "接警", "报警登记", "110警情", "警情登记")),
    ("ZY·TJ", ("调解",)),
    ("ZY·TH", ("特种行业", "旅馆业", "典当", "印章业", "废旧金属", "开锁业", "机修业")),
    ("ZY·HJ", ("户口", "户籍", "常住人口", "迁移证", "户政", "居民身份证")),
    ("ZY·RK", ("流动人口", "暂住", "居住登记", "居住证", "出租房屋", "实有人口")),
    ("ZY·CR", ("出入境", "护照", "签证", "境外人员住宿")),
    ("ZY·JT", ("交通事故", "交通违法", "机动车驾驶")),
    ("ZY·WP", ("危险物品", "易制爆", "烟花爆竹", "枪支", "剧毒", "民用爆炸")),
    ("ZY·CS", ("内保", "场所检查", "娱乐场所", "治安保卫", "消防检查", "单位内部")),
    (
        "ZY·XZ",
        (
            "受案", "询问", "行政处罚", "处罚决定", "当场处罚", "处罚告知", "传唤", "送达回", "清单", "辨认", "现场笔录", "勘验", "检查证",
            "检查笔录", "证据保全", "扣押", "行政拘留", "移送案件", "治安案件", "鉴定",
        ),
    ),
)
#: A paper of one of these kinds is 文书 whatever it speaks of.
_OFFICIAL = re.compile(
    r"关于.+的?(?:通知|通报|通告|公告|报告|请示|批复|意见|决定|决议|函|方案)|会议(?:纪要|记录)|(?:工作)?(?:总结|计划|要点|简报|汇报)|介绍信|值班记录|工作制度"
)

_ORGANS = (
    "派出所|公安局|公安厅|公安分局|分局|支队|大队|中队|警务室|人民政府|街道办事处|居民委员会|居委会|村民委员会|村委会|委员会|办公室|指挥部"
)
_OFFICE = re.compile(rf"{_CJK}{{2,30}}(?:{_ORGANS})")
_ORGANISATION = re.compile(rf"{_CJK}{{2,30}}(?:{_ORGANS}|有限公司|旅馆|宾馆|酒店)")
#: A private person who signs is the creator of what he signs.
_SIGNER = re.compile(rf"(?:申请|承诺|保证|报告|证明|委托|具结|说明|检讨)人(?:签名|签字)?[:(（)）]{{1,3}}({_CJK}[{_CJK[1:-1]}·]{{1,11}})")
_CREATOR_LABEL = re.compile(
    r"(?:填报|制作|承办|办案|办理|受案|报送|发文|主办|登记|出警|检查|受理|执行|询问|填表)(?:单位|机关|部门)(?:名称)?[:：]?"
)


@dataclass(frozen=True, slots=True)
class _Text:
    """One line of the paper, folded for matching, with its place."""

    text: str
    line: Line
    page: int


def suggest(
    reading: Reading, name: str, *, today: date, station: str, categories: Sequence[Category]
) -> ItemDraft:
    """The draft of an item. `name` is the file's, for when the paper itself has no title."""
    lines = [
        _Text(folded, line, page.number)
        for page in reading.pages
        for line in page.lines
        for cell in line.text.split("\t")
        if (folded := fold(cell))
    ]
    title = find_title(lines) or _from_name(name)
    document_no = find_document_no(lines)
    doc_date = find_date(lines, today)
    category = find_category(title, lines, categories)
    retention = next((c.default_retention for c in categories if c.code == category), Retention.D10)
    return ItemDraft(
        title=title,
        document_no=document_no,
        creator=find_creator(lines, station),
        doc_date=doc_date,
        category=category,
        year=int(doc_date[:4]) if doc_date else today.year,
        retention=retention,
        page_count=len(reading.pages),
    )


def fold(text: str) -> str:
    """NFKC without the blanks that OCR puts between characters; Latin words and numbers keep theirs."""
    text = unicodedata.normalize("NFKC", text)
    return re.sub(r"(?<![A-Za-z0-9])\s+|\s+(?![A-Za-z0-9])", "", text)


# -- dates


def dates(text: str) -> list[str]:
    """Every date in a text as YYYYMMDD, in order; an unnamed day is 00."""
    found: list[tuple[int, str]] = []
    for match in _DOTTED.finditer(text):
        found += _dated(match.start(), match[1], match[3], match[4])
    for match in _PLAIN.finditer(text):
        found += _dated(match.start(), *match.groups())
    tight = _tight(text)
    for match in _ARABIC.finditer(tight):
        found += _dated(match.start(), match[1], match[2], match[3] or "0")
    for match in _CHINESE.finditer(tight):
        year = "".join(_DIGITS.get(c, c) for c in match[1])
        found += _dated(match.start(), year, str(_chinese(match[2])), str(_chinese(match[3]) if match[3] else 0))
    return [day for _place, day in sorted(found)]


def find_date(lines: Sequence[_Text], today: date) -> str:
    """The day the paper was made: the one it is signed with, else a labelled one, else the last; whole days first."""
    limit = today.strftime("%Y%m%d")
    labelled, standing, inside, foreign = [], [], [], []
    for index, line in enumerate(lines):
        for day in dates(line.text):
            if day > limit:
                continue
            if _FOREIGN.search(line.text) or (index and _FOREIGN.search(lines[index - 1].text[-6:])):
                foreign.append(day)
                continue
            inside.append(day)
            if _SIGNED.search(line.text) or (index and _SIGNED.search(lines[index - 1].text)):
                labelled.append(day)
            if _alone(line.text) and index >= len(lines) // 3:
                standing.append(day)
    ranked = [*reversed(standing), *labelled, *reversed(inside), *reversed(foreign)]
    return next((day for day in ranked if not day.endswith("00")), ranked[0] if ranked else "")


def _tight(text: str) -> str:
    return re.sub(r"\s", "", text)


def _dated(place: int, year: str, month: str, day: str) -> list[tuple[int, str]]:
    try:
        date(int(year), int(month), int(day) or 1)
    except ValueError:
        return []
    return [(place, f"{int(year):04d}{int(month):02d}{int(day):02d}")]


def _chinese(text: str) -> int:
    """一 to 三十一."""
    if "十" not in text:
        return int("".join(_DIGITS.get(c, c) for c in text))
    tens, ones = text.split("十", 1)
    return (int(_DIGITS[tens]) if tens else 1) * 10 + (int(_DIGITS[ones]) if ones else 0)


def _alone(text: str) -> bool:
    """Whether a line is hardly more than a date, as a signature's is."""
    tight = _tight(text)
    rest = _CHINESE.sub("", _ARABIC.sub("", _DOTTED.sub("", tight)))
    return rest != tight and len(re.sub(r"[\s()（）印章签名盖:：,，.。]", "", rest)) <= 6


# -- 文号


def find_document_no(lines: Sequence[_Text]) -> str:
    """The first document number, in its usual place first: the head of the first page."""
    head = [line for line in lines if line.page == 1]
    ordered = [*head[: max(6, len(head) // 3)], *head[max(6, len(head) // 3) :], *(x for x in lines if x.page > 1)]
    for line in ordered:
        found = document_no(line.text)
        # A number quoted inside a sentence or a bracket is another paper's.
        if found and len(_tight(line.text)) <= len(found) + 8 and not re.search(r"号[)）》]", line.text):
            return found
    return ""


def document_no(text: str) -> str:
    """A document number in a text, with the signs GB/T 9704 gives it, or an empty string."""
    tight = _tight(unicodedata.normalize("NFKC", text))
    match = _NUMBER.search(tight) or _NUMBER_BARE.search(tight)
    if not match:
        return ""
    prefix = re.sub(r"^.*(?:文号|编号|字号|案号)", "", match[1] or "")
    if prefix.count("(") != prefix.count(")") or (not prefix and match[0] != tight):
        return ""
    serial = re.sub(r"[OolI]", lambda sign: "0" if sign[0] in "Oo" else "1", match[4]).strip("-")
    prefix = prefix.replace("(", "（").replace(")", "）")
    return f"{prefix}〔{match[2]}〕{match[3]}{serial}号" if serial else ""


# -- titles


def find_title(lines: Sequence[_Text]) -> str:
    """The title: among the lines that can be one, the largest and highest; wrapped lines are joined."""
    head = [line for line in lines if line.page == lines[0].page] if lines else []
    head = head[: max(12, len(head) // 2)]
    best, best_score = "", 0.0
    usual = _median([line.line.height for line in head])
    for start, line in enumerate(head):
        for end in range(start + 1, min(start + 4, len(head)) + 1):
            block = head[start:end]
            if end - start > 1 and not _wrapped(block):
                break
            text = "".join(part.text for part in block)
            score = _title_score(text, line, usual, start)
            following = head[end].text if end < len(head) else ""
            if document_no(following) and _ORGANISATION.match(text):
                score -= 12.0  # a letterhead that ends like a title
            if score > best_score:
                best, best_score = text, score
    # A sheet's name or a running head repeats the end of the title.
    longer = [line.text for line in head if line.text != best and line.text.endswith(best) and _title_score(line.text, line, usual, 0)]
    return _trim_title(longer[0] if best and longer else best)


def _title_score(text: str, first: _Text, usual: float, place: int) -> float:
    bare = re.sub(r"[\s(（].{0,12}[)）]$", "", text)
    if not 3 <= len(bare) <= 80 or document_no(text) or re.search(r"[。；;!?？]|[:：].", bare):
        return 0.0
    if bare.endswith(("文件", ":", "：", "，", ",", "、")):
        return 0.0
    ending = next((e for e in _ENDINGS if bare.endswith(e)), "")
    if not ending:
        return 0.0
    score = 10.0 + len(ending)
    if bare.startswith("关于") or re.search(r"关于.+的", bare):
        score += 8.0
    if ending in _FORMS:
        score += 4.0
    if usual:
        score += min(first.line.height / usual, 2.5) * 4.0
    centre = first.line.x + first.line.width / 2
    score += 3.0 if abs(centre - 0.5) < 0.12 else 0.0
    return score - 0.4 * place - 3.0 * first.line.y


def _wrapped(block: Sequence[_Text]) -> bool:
    """Whether lines belong to one title: of one height, close below each other, none ending a sentence."""
    for above, below in pairwise(block):
        tall = max(above.line.height, below.line.height)
        near = -0.2 * tall <= below.line.y - (above.line.y + above.line.height) <= 1.2 * tall
        alike = min(above.line.height, below.line.height) >= 0.72 * tall
        if _ORGANISATION.fullmatch(above.text) and not below.text.startswith("关于"):
            return False
        if not (near and alike) or re.search(r"(?:[。:：]|文件)$", above.text) or document_no(above.text) or _alone(below.text):
            return False
    return True


def _trim_title(text: str) -> str:
    text = text.strip(" -—_·")
    if not re.search(_CJK, text):
        return text
    text = re.sub(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])", "", text)
    return text.replace("(", "（").replace(")", "）")


def _from_name(name: str) -> str:
    """A title out of the file's name, when it was given one by a person and not by a scanner."""
    stem = name.rsplit(".", 1)[0]
    chinese = re.sub(r"^[\d_\-\s.]+|[\d_\-\s.]+$", "", unicodedata.normalize("NFC", stem))
    return chinese if len(re.findall(_CJK, chinese)) >= 4 else ""


# -- creator


def find_creator(lines: Sequence[_Text], station: str) -> str:
    """Who issued it: the letterhead, who signs, a labelled unit, an office at the head, else our own if it is named."""
    text = "".join(_tight(line.text) for line in lines)
    found = _letterhead(lines) or _signing_office(lines) or _labelled_office(lines) or _office_at_head(lines)
    own = re.split(r"分局|公安局|支队|大队", station)[-1]
    if not found:
        return station if len(own) >= 4 and own in text else ""
    # Our own office under its full name, however the paper shortens it or a seal blurs it.
    blurred = own in text and SequenceMatcher(None, found, station).ratio() > 0.85 and not station.startswith(found)
    return station if (len(found) >= 4 and station.endswith(found)) or blurred else found


def _letterhead(lines: Sequence[_Text]) -> str:
    for line in [line for line in lines if line.page == 1][:8]:
        match = re.fullmatch(rf"({_CJK}{{4,30}})文件", line.text)
        if match:
            return match[1]
    return ""


def _labelled_office(lines: Sequence[_Text]) -> str:
    """The office beside a label; in a narrow table cell its name may go on in the line below."""
    for index, line in enumerate(lines):
        label = _CREATOR_LABEL.search(line.text)
        if not label:
            continue
        beside = [line.text[label.end() :]] if line.text[label.end() :] else [part.text for part in lines[index + 1 : index + 3]]
        first = _OFFICE.search(beside[0]) if beside else None
        if first:
            whole = _OFFICE.fullmatch("".join(beside))
            return whole[0] if whole else first[0]
    return ""


def _office_at_head(lines: Sequence[_Text]) -> str:
    for line in [line for line in lines if line.page == 1][:8]:
        match = _OFFICE.fullmatch(re.sub(r"(?:行政处罚决定书|.{2,8}(?:证|书|表|笔录))$", "", line.text))
        if match:
            return match[0]
    return ""


def _signing_office(lines: Sequence[_Text]) -> str:
    """Who stands on the line just before (or on) the date a paper closes with: an organisation, or a person who signs."""
    for index in range(len(lines) - 1, -1, -1):
        if not dates(lines[index].text) or not _alone(lines[index].text):
            continue
        for line in reversed(lines[max(0, index - 3) : index + 1]):
            match = _ORGANISATION.search(re.sub(r"[(（](?:印章|印|章|盖章)[)）]", "", line.text))
            if match and len(line.text) <= len(match[0]) + 8:
                return match[0]
            person = _SIGNER.match(line.text)
            if person:
                return person[1]
        return ""
    return ""


# -- category


def find_category(title: str, lines: Iterable[_Text], categories: Sequence[Category]) -> str:
    """The code of the class the paper belongs to; 文书 when nothing says otherwise."""
    known = {category.code for category in categories}
    if _OFFICIAL.search(title):
        return "WS"
    head = "".join(line.text for line in list(lines)[:10])
    for text in (title, head):
        for code, words in _CATEGORIES:
            if code in known and any(word in text for word in words):
                return code
    return "WS" if "WS" in known or not categories else categories[0].code


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else 0.0
