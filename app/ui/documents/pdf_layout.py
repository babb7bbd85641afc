"""Where the pages of a PDF stand in one long column, in pixels. Plain arithmetic, no Qt."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from app.ui.tokens import S12, S16

GAP = S12
MARGIN = S16
_ASSUMED = (595.0, 842.0)


@dataclass(frozen=True, slots=True)
class Spot:
    """A page's place: left, top, width and height in pixels."""

    left: int
    top: int
    width: int
    height: int


class PdfLayout:
    """Pages below one another, centred, at `scale` pixels a point.

    sizes: (width, height) of each page in points; a page without a size counts as A4.
    """

    def __init__(
        self, sizes: Sequence[tuple[float, float]], scale: float, viewport_width: int
    ) -> None:
        self.scale = scale
        self._tops: list[int] = []
        self._sizes: list[tuple[int, int]] = []
        top = MARGIN
        for size in sizes:
            width, height = size if min(size) > 0 else _ASSUMED
            pixels = (max(1, round(width * scale)), max(1, round(height * scale)))
            self._tops.append(top)
            self._sizes.append(pixels)
            top += pixels[1] + GAP
        self.height = top - GAP + MARGIN if sizes else 0
        widest = max((width for width, _height in self._sizes), default=0)
        self.width = widest + 2 * MARGIN
        self._across = max(viewport_width, self.width)

    def __len__(self) -> int:
        return len(self._tops)

    def spot(self, page: int) -> Spot:
        """Place of a page, counted from 0."""
        width, height = self._sizes[page]
        return Spot((self._across - width) // 2, self._tops[page], width, height)

    def page_at(self, y: int) -> int:
        """The page at a height, or the next one below a gap; from 0."""
        if not self._tops:
            return 0
        page = max(0, bisect_right(self._tops, y) - 1)
        if y >= self._tops[page] + self._sizes[page][1] and page + 1 < len(self._tops):
            return page + 1
        return page

    def visible(self, top: int, height: int) -> range:
        """Pages that show between top and top + height."""
        if not self._tops:
            return range(0)
        return range(self.page_at(top), max(0, bisect_right(self._tops, top + height - 1)))


def fit_width(sizes: Sequence[tuple[float, float]], viewport_width: int) -> float:
    """Pixels a point at which the widest page fills the width."""
    widest = max((width for width, _height in sizes), default=0) or _ASSUMED[0]
    return max(0.1, (viewport_width - 2 * MARGIN) / widest)
