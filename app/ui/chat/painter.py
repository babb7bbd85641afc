"""What all messages share: the look, the formulas, the citation chips, the person's keys."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.ui.context import Context
from app.ui.render.look import Look, css
from app.ui.render.math import MathShelf

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from app.core.types import Picture
    from app.ui.render.html import HtmlWriter


_MARKS = "chats.marks"


class Painter(QObject):
    """`restyled`: another theme or text size; `formulas_ready`: what stood as source can now be
    drawn."""

    restyled = Signal()
    formulas_ready = Signal()
    marks_changed = Signal()
    """Sentences that no source says are marked from now on, or no longer."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.theme = context.theme
        self.keys = context.keys
        self._loam = context.loam
        tasks = self._tasks = context.tasks
        self.math = MathShelf(lambda function, on_result: tasks.call(function, on_result))
        self._chips: dict[tuple[int, float], QImage] = {}
        self._memory = context.memory
        self.math.ready.connect(self.formulas_ready)
        self.theme.changed.connect(self._renew)
        self._measure()

    @property
    def marks(self) -> bool:
        """Whether sentences that no source says are marked."""
        return self._memory.flag(_MARKS, True)

    def show_marks(self, shown: bool) -> None:
        """Mark such sentences, or no longer, in all answers."""
        if shown != self.marks:
            self._memory.put(_MARKS, shown)
            self.marks_changed.emit()

    def small_picture(self, picture: Picture) -> Path:
        """Where the small copy of a picture in a message is."""
        return self._loam.chats.gallery.small(picture)

    def open_picture(self, parent: QWidget, picture: Picture) -> None:
        """Show one large."""
        from app.ui.chat import large_picture

        large_picture.show(parent, picture, self._loam.chats.picture_path(picture), self._tasks)

    def warm_up(self) -> None:
        """Load what draws messages, the Markdown parser and what colours code ahead of the first
        answer."""
        from app.ui.chat import message_view  # noqa: F401

        def load() -> None:
            from app.ui.render import highlight, html  # noqa: F401

            highlight.warm_up()

        self._tasks.call(load, lambda _nothing: None)

    def writer(self, cites: Collection[int]) -> HtmlWriter:
        """A writer for a message with these sources."""
        # The first message brings the Markdown parser in, so that an empty window starts faster.
        from app.ui.render.html import HtmlWriter

        return HtmlWriter(self.look, self.math, cites)

    def chip(self, number: int, scale: float) -> QImage:
        """The picture of a citation, for `scale` device pixels a pixel."""
        key = (number, scale)
        if key not in self._chips:
            self._chips[key] = self._draw_chip(str(number), scale)
        return self._chips[key]

    def _renew(self) -> None:
        self._measure()
        self._chips.clear()
        self.restyled.emit()

    def _measure(self) -> None:
        font = QApplication.font()
        font.setPointSizeF(self.theme.points)
        metrics = QFontMetricsF(font)
        pixels = font.pointSizeF() * QApplication.primaryScreen().logicalDotsPerInch() / 72
        self.look = Look(
            tokens=self.theme.tokens,
            points=self.theme.points,
            pixels=pixels,
            x_height=metrics.xHeight(),
            mono=self.theme.monospace().family(),
        )
        self.css = css(self.look)

    def _draw_chip(self, text: str, scale: float) -> QImage:
        tokens = self.look.tokens
        font = QApplication.font()
        font.setPointSizeF(self.theme.scaled(8.0))
        font.setWeight(QFont.Weight.DemiBold)
        metrics = QFontMetricsF(font)
        height = round(metrics.height() + 1)
        width = round(max(height, metrics.horizontalAdvance(text) + 9))
        image = QImage(
            round((width + 2) * scale),
            round(height * scale),
            QImage.Format.Format_ARGB32_Premultiplied,
        )
        image.setDevicePixelRatio(scale)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent_ground))
        place = QRectF(1, 0, width, height)
        painter.drawRoundedRect(place, height / 2.6, height / 2.6)
        painter.setPen(QColor(tokens.accent))
        painter.setFont(font)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
        return image
