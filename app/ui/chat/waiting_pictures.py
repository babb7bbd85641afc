"""The pictures that will go out with the message that is being written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.core.types import Picture
from app.ui.chat.thumbnail import WAITING, Thumbnail
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8
from app.ui.wrap_layout import WrapLayout


class WaitingPictures(QWidget):
    """A row of thumbnails. `removed` and `opened` carry the Picture. small: where a small copy
    is."""

    removed = Signal(object)
    opened = Signal(object)

    def __init__(self, theme: ThemeKeeper, small: Callable[[Picture], Path]) -> None:
        super().__init__()
        self._theme = theme
        self._small = small
        self.thumbnails: list[Thumbnail] = []
        self._row = WrapLayout(self, S8)
        self.setAccessibleName(self.tr("Pictures to send"))
        self.hide()

    def show_pictures(self, pictures: Sequence[Picture]) -> None:
        """These, and no others."""
        self._row.clear()
        self.thumbnails = []
        for picture in pictures:
            made = Thumbnail(picture, self._small(picture), WAITING, self._theme, removable=True)
            made.clicked.connect(lambda _=False, which=picture: self.opened.emit(which))
            made.removed.connect(lambda which=picture: self.removed.emit(which))
            self._row.addWidget(made)
            self.thumbnails.append(made)
        self.setVisible(bool(pictures))

    def come_after(self, widget: QWidget) -> None:
        """On the way of Tab."""
        for thumbnail in self.thumbnails:
            self.setTabOrder(widget, thumbnail)
            if thumbnail.cross is not None:
                self.setTabOrder(thumbnail, thumbnail.cross)
            widget = thumbnail.cross or thumbnail
