"""The pictures of a message that was sent, at the right as its text is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.core.types import Picture
from app.ui.chat.painter import Painter
from app.ui.chat.thumbnail import HEIGHT, Thumbnail
from app.ui.tokens import S8


class ShownPictures(QWidget):
    """Thumbnails in as many lines as they need; a click opens one."""

    def __init__(self, painter: Painter, pictures: Sequence[Picture], parent: QWidget) -> None:
        super().__init__(parent)
        self._painter = painter
        self.thumbnails: list[Thumbnail] = []
        for picture in pictures:
            made = Thumbnail(picture, painter.small_picture(picture), HEIGHT, painter.theme)
            made.setParent(self)
            made.clicked.connect(lambda _=False, which=picture: painter.open_picture(self, which))
            self.thumbnails.append(made)

    def height_at(self, width: int) -> int:
        """Pixels that the lines take."""
        lines = len(self._lines(width))
        return lines * HEIGHT + max(0, lines - 1) * S8

    def place(self, width: int) -> int:
        """Lay out at the top of the parent; the height that came of it."""
        for number, line in enumerate(self._lines(width)):
            x = width - sum(each.width() for each in line) - S8 * (len(line) - 1)
            for each in line:
                each.move(x, number * (HEIGHT + S8))
                x += each.width() + S8
        height = self.height_at(width)
        self.setGeometry(0, 0, width, height)
        return height

    def _lines(self, width: int) -> list[list[Thumbnail]]:
        lines: list[list[Thumbnail]] = [[]]
        for each in self.thumbnails:
            taken = sum(other.width() + S8 for other in lines[-1])
            if lines[-1] and taken + each.width() > width:
                lines.append([])
            lines[-1].append(each)
        return lines
