"""app/interchange/columns.py — what the columns of a foreign catalogue mean: suggested from their headings, kept by them.

A column becomes one field of the description, or nothing. Only the remarks take several columns. Headings are known in
Chinese as GB/T 9705 and DA/T 22 print them, in the pinyin abbreviations of police systems, and in English.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import msgspec

from app import wording
from storage.records import Kind

REMARKS = "remarks"

#: field -> headings, in the order of the choice that a person is offered.
_ITEM: dict[str, str] = {
    "reference_code": "档号 档案号 档案编号 文件档号 件档号 dh archival_code unitid",
    "volume_code": "案卷档号 所属案卷 所在案卷 案卷 ajdh volume file_code",
    "item_no": "件号 室编件号 顺序号 序号 卷内顺序号 jh xh number no seq",
    "title": "题名 文件题名 标题 文件名称 文件标题 卷内文件题名 tm wjtm bt",
    "creator": "责任者 发文机关 发文单位 制发单位 制发机关 形成单位 作者 zrz author",
    "document_no": "文号 文件编号 发文字号 文书号 文件号 wh wjbh document_number",
    "doc_date": "日期 成文日期 形成日期 文件日期 文件时间 形成时间 时间 rq wjrq date",
    "category": "类别 类别号 类别代码 门类 门类代码 档案门类 lb lbdm category_code series",
    "year": "年度 归档年度 年份 nd",
    "retention": "保管期限 期限 保管年限 bgqx retention_period",
    "office": "机构 机构问题 机构代码 机构或问题 jg",
    "security_class": "密级 涉密等级 mj security_classification classification",
    "page_count": "页数 总页数 页码数 ys pages",
    "box_no": "盒号 盒 hh box",
    "document_type": "文种 文书类型 文书名称 wz genre",
    "manuscript": "稿本 gb",
    "parallel_title": "并列题名 bltm",
    "sub_title": "副题名 ftm subtitle",
    "subjects": "主题词 关键词 主题词或关键词 ztc gjc keywords",
    "abstract": "摘要 提要 内容提要 范围和提要 zy scope_and_content",
    "secrecy_period": "保密期限 bmqx",
    "access_status": "开放标识 开放状态 开放程度 kfbs",
    "attachment_count": "附件 附件数 附件数量 fj attachments",
    REMARKS: "备注 附注 说明 bz note notes",
}
_VOLUME: dict[str, str] = {
    "reference_code": "档号 案卷档号 档案号 dh ajdh archival_code unitid",
    "volume_no": "案卷号 卷号 案卷顺序号 顺序号 序号 ajh xh file_number number no",
    "title": "案卷题名 题名 案卷标题 标题 ajtm tm",
    "category": "类别 类别号 类别代码 门类 门类代码 档案门类 lb lbdm category_code series",
    "year": "年度 归档年度 年份 nd",
    "retention": "保管期限 期限 保管年限 bgqx retention_period",
    "office": "机构 机构问题 机构代码 机构或问题 jg",
    "catalogue_no": "目录号 案卷目录号 mlh catalogue_number",
    "date_from": "起始日期 开始日期 起始时间 起始年月 起 qsrq from",
    "date_to": "终止日期 结束日期 终止时间 终止年月 止 zzrq to",
    "dates": "起止日期 起止时间 起止年月 时间 日期 qzrq dates",
    "security_class": "密级 涉密等级 mj security_classification classification",
    "case_no": "案件编号 案事件编号 案号 asjbh case_number",
    "case_name": "案件名称 ajmc",
    "case_class": "案件类别 案件类别代码 ajlbdm",
    "cause": "案由 ay",
    "accepted_on": "受案日期 立案日期 受案时间 立案时间 sarq larq",
    "decided_on": "决定日期 处罚决定日期 jdrq",
    "closed_on": "结案日期 办结日期 jarq",
    "handling_unit": "承办单位 办案单位 cbdw",
    "lead_officer": "主办民警 办案民警 承办人 zbr",
    "decision_no": "决定书文号 决定文书号 jdswh",
    "maker": "立卷人 ljr",
    "made_on": "立卷时间 立卷日期 ljrq",
    "checker": "检查人 jcr",
    "checked_on": "检查时间 检查日期",
    "notes": "本卷情况说明 情况说明 卷内情况说明",
    "box_no": "盒号 盒 hh box",
    REMARKS: "备注 附注 说明 bz note",
}
#: What nobody wants to lose and no field holds.
_TO_REMARKS = frozenset("asjbh ajmc ajlbdm 案件编号 案事件编号 案件名称 原档号 旧档号 案卷号 卷号".split())
FIELDS: dict[Kind, tuple[str, ...]] = {Kind.ITEM: tuple(_ITEM), Kind.VOLUME: tuple(_VOLUME)}
#: What can be given once for all rows, and whose words a person may have to decide.
GIVEN = ("category", "year", "retention", "security_class")
DECIDED = ("category", "retention", "security_class")


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a catalogue is read. `columns` names the field of each column, empty for none; `given` holds what counts where a
    row says nothing; `words` what a person decided a word to mean: `{"retention": {"长期": "D30"}}`.
    """

    kind: Kind = Kind.ITEM
    columns: tuple[str, ...] = ()
    given: dict[str, str] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def decode(cls, text: str) -> Mapping:
        return msgspec.json.decode(text, type=cls)


def plain(heading: str) -> str:
    """A heading without its blanks, brackets, marks, widths and case."""
    text = re.sub(r"[(（\[【].*?[)）\]】]", "", unicodedata.normalize("NFKC", heading)).casefold()
    return re.sub(r"[\W_]+", "", text)


def fingerprint(header: Sequence[str]) -> str:
    """What a catalogue of this layout is recognised by."""
    return hashlib.sha256("\n".join(map(plain, header)).encode()).hexdigest()


def header_at(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """Which of the first rows holds the headings: a printed catalogue has its title and its year above them."""
    best, found = 0, 1
    known = set(_known(Kind.ITEM)) | set(_known(Kind.VOLUME))
    for index, (_number, cells) in enumerate(rows[:20]):
        words = sum(plain(cell) in known for cell in cells)
        if words > found:
            best, found = index, words
    return best


def suggest(header: Sequence[str], kind: Kind | None = None) -> Mapping:
    """What the headings say. A catalogue is of volumes when more of its columns are known of volumes than of items."""
    if kind is None:
        volumes, items = suggest(header, Kind.VOLUME), suggest(header, Kind.ITEM)
        return volumes if _told(volumes) > _told(items) else items
    known = _known(kind)
    taken: set[str] = set()
    columns = []
    for heading in map(plain, header):
        name = known.get(heading, "")
        if not name and kind is Kind.ITEM and heading in _TO_REMARKS:
            name = REMARKS
        if name in taken and name != REMARKS:
            name = ""
        taken.add(name)
        columns.append(name)
    return Mapping(kind, tuple(columns))


def is_remarks(heading: str) -> bool:
    """Whether a column is called remarks; others that go there keep their heading with them."""
    return _known(Kind.ITEM).get(plain(heading)) == REMARKS


def _told(mapping: Mapping) -> int:
    return sum(bool(name) and name != REMARKS for name in mapping.columns)


@cache
def _known(kind: Kind) -> dict[str, str]:
    table = _ITEM if kind is Kind.ITEM else _VOLUME
    known: dict[str, str] = {}
    for name, headings in table.items():
        shown = [wording.say(f"column.{name}", language) for language in wording.LANGUAGES]
        for heading in (*shown, name, *headings.split()):
            known.setdefault(plain(heading), name)
    return known
