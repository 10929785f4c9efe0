"""app/privacy.py — masking: what stands in the place of a number that only some may see, and only with a purpose.

`cover` keeps the length of a text, so that the places of found words in it still hold.
"""

from __future__ import annotations

import re

MARK = "*"

#: 公民身份号码 (GB 11643, and the 15 digits before it): the first three and the last four stay.
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])([1-9]\d{2})(\d{10}\d|\d{8})(\d{3}[0-9Xx])(?![0-9A-Za-z])")
#: A mobile number: three and four stay.
_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)(\d{4})(\d{4})(?!\d)")


def cover(text: str) -> str:
    """`text` with identity numbers and phones masked; as long as before."""
    for pattern in (_IDENTITY, _MOBILE):
        text = pattern.sub(lambda found: found[1] + MARK * len(found[2]) + found[3], text)
    return text
