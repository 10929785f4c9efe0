"""ui/screens/page_preview.py — one page of an original beside a list of pages; an answer to an older wish is dropped."""

from __future__ import annotations

from PySide6.QtGui import QImage

from app.station import Station
from ui.models.pictures import Pictures
from ui.theme import Theme
from ui.widgets.page_view import PageView


class PagePreview(PageView):
    def __init__(self, station: Station, theme: Theme) -> None:
        super().__init__(theme, fit="page")
        self._pictures = Pictures(station)
        self._wish: tuple[int, int] | None = None

    def want(self, object_id: int, number: int, place: int, count: int) -> None:
        """Show page `number` of an original as the `place`-th of `count`."""
        self._wish = wish = (object_id, number)

        def here(image: QImage) -> None:
            if self._wish == wish:
                self.show_page(image, place, count)

        def failed(error: BaseException) -> None:
            if self._wish == wish:
                self.show_trouble(error)

        if not self._pictures.want(object_id, number, here, failed):
            self.show_loading(place, count)

    def forget(self) -> None:
        self._wish = None
        self.show_nothing()
