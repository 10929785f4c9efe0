"""app/numbering.py — 档号 profiles: compose, validate.

The reference code of an item by DA/T 13-2022, arranged by item: `全宗号-类别号·年度-保管期限[-机构代码]-件号`. Levels are
joined by `-`, parts of one level by `·` (U+00B7). The parts are kept apart in the archive: an all-digit office code makes
the string ambiguous, so it is composed from the parts and never parsed for meaning. Numbers are allocated in
`storage/changes.py`, inside the transaction that files.
"""

from __future__ import annotations

import re
import unicodedata

from storage.records import ItemDraft

FONDS = re.compile(r"[A-Z0-9]{4}")
CATEGORY = re.compile(r"[A-Z]{2}(·[A-Z0-9]{2})*")
OFFICE = re.compile(r"[A-Z]{2,4}")
ITEM_WIDTH = 4

_DOTS = dict.fromkeys(map(ord, "・．•‧∙⋅･。"), "·")
_DASHES = dict.fromkeys(map(ord, "－—–‐‑−﹣"), "-")


def compose(fonds: str, draft: ItemDraft, number: int) -> str:
    """The 档号 of the item numbered `number` in its class."""
    levels = [fonds, f"{draft.category}·{draft.year:04d}", draft.retention.value]
    if draft.office:
        levels.append(draft.office)
    return "-".join([*levels, f"{number:0{ITEM_WIDTH}d}"])


def scope(fonds: str, draft: ItemDraft) -> tuple[str, ...]:
    """The class within which numbers run from 1 without gaps."""
    return (fonds, draft.category, str(draft.year), draft.retention.value, draft.office)


def normalise(code: str) -> str:
    """A reference code as it is kept, out of whatever dots, dashes, widths and case a person typed."""
    # The dots first: NFKC would make a full stop of the full-width one.
    dotted = code.translate(_DOTS).translate(_DASHES)
    text = unicodedata.normalize("NFKC", dotted).translate(_DOTS).translate(_DASHES)
    text = re.sub(r"\s+", "", text)
    return re.sub(r"(?<=[A-Z0-9a-z])\.(?=[A-Z0-9a-z])", "·", text).upper()
