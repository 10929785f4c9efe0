"""app/privacy/__init__.py — masking: what stands in the place of what only some may see, and only with a purpose.

`cover(text)` is what goes to a screen, a form or an export; it keeps the length, so that the places of found words in
the text still hold. `cover_picture` does the same to the picture of a page. `Veil` covers what `app.station` hands out,
unless an unmasking with a purpose is in force for the record.

How much stays is the agencies' custom (个人信息保护法 art. 51 asks for de-identification and names no figures): of identity,
phone and card numbers the first three and the last four, of an address what stands above the house number, of a minor's
name the first character.
"""

from app.privacy.pictures import as_pdf, cover_picture
from app.privacy.text import MARK, cover, cover_lines, cover_name, cover_number
from app.privacy.veil import Veil

__all__ = ["MARK", "Veil", "as_pdf", "cover", "cover_lines", "cover_name", "cover_number", "cover_picture"]
