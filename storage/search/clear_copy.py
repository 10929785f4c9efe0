"""storage/search/clear_copy.py — the same segments in plain files, to measure what encryption costs.

For `bench search` alone, over public texts in a scratch folder: this is the one place that puts index terms down in
clear, and nothing in the program calls it. The files are Whoosh's own `FileStorage`; everything above the storage is
the code that searches the encrypted index.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from whoosh.filedb.filestore import FileStorage

from storage.connection import Database
from storage.records.search import NO_FILTERS, Filters, Results
from storage.search.postings import SegmentArrays, known_segment
from storage.search.query import parse
from storage.search.scoring import Generation, Settle, Wanted
from storage.search.segments import ChunkStorage, unpack_text
from storage.search.suggesting import variants


class ClearCopy:
    """A searchable copy of an index.db none of whose records has been replaced or removed."""

    def __init__(self, database: Database, folder: Path) -> None:
        encrypted = ChunkStorage(database)
        plain = FileStorage(str(folder))
        for name in encrypted.list():
            size = encrypted.file_length(name)
            (folder / name).write_bytes(encrypted.open_file(name).get(0, size))
        rows = database.reader().rows("SELECT id, documents, length FROM segments ORDER BY documents DESC, id")
        segments = [(SegmentArrays(plain, known_segment(*row)), np.ones(row[1], bool)) for row in rows]
        self._generation = Generation(1, 0, segments)
        self._places: dict[int, tuple[int, int]] = {}
        with (folder / "texts").open("wb") as file:
            for item, packed in database.reader().execute("SELECT item, data FROM texts"):
                self._places[item] = file.tell(), len(packed)
                file.write(packed)
        self._texts = (folder / "texts").open("rb")

    def close(self) -> None:
        self._texts.close()

    def search(self, query: str, *, limit: int = 50, filters: Filters = NO_FILTERS, typing: bool = False) -> Results:
        def settler(accepts: Callable[[str], bool]) -> Settle:
            return lambda items: {item for item in items if accepts(self._text(item))}

        asked = parse(query, typing).widened(partial(variants, self._generation))
        return self._generation.search(asked, Wanted(filters, limit=limit), settler)

    def _text(self, item: int) -> str:
        place, length = self._places[item]
        self._texts.seek(place)
        return unpack_text(item, self._texts.read(length))
