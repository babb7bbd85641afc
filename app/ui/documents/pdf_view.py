"""Shows a PDF as it looks, page below page, with the boxes of a passage marked.

Pages are drawn by QtPdf in a thread of its own, at the screen's resolution, only while they are
seen, and kept within a bound of memory. Page numbers of the public methods count from 1.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtPdf import QPdfDocument, QPdfPageRenderer
from PySide6.QtWidgets import QAbstractScrollArea, QFrame

from app.core.messages import PageBoxes
from app.ui.documents.pdf_layout import PdfLayout, Spot, fit_width
from app.ui.theme import ThemeKeeper

_CACHE_BYTES = 96_000_000
_PAGE_PIXELS = 16_000_000
_ZOOM_LEAST, _ZOOM_MOST = 0.25, 5.0
_STEP = 60


class PdfView(QAbstractScrollArea):
    """zoom 1.0 fits the width; it never draws a page larger than 16 million pixels."""

    page_changed = Signal(int)
    zoom_changed = Signal(float)

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._document = QPdfDocument(self)
        self._renderer = QPdfPageRenderer(self)
        self._renderer.setRenderMode(QPdfPageRenderer.RenderMode.MultiThreaded)
        self._renderer.setDocument(self._document)
        self._renderer.pageRendered.connect(self._take)
        self._sizes: list[tuple[float, float]] = []
        self._layout = PdfLayout((), 1.0, 0)
        self._images: OrderedDict[int, QImage] = OrderedDict()
        self._asked: dict[int, tuple[int, QSize]] = {}
        self._boxes: dict[int, tuple[QRectF, ...]] = {}
        self._chosen: dict[int, list[QRectF]] = {}
        self._zoom = 1.0
        self._page = 0
        self._locked = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Pages of the document"))
        self.verticalScrollBar().setSingleStep(_STEP)
        self.horizontalScrollBar().setSingleStep(_STEP)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.horizontalScrollBar().valueChanged.connect(self.viewport().update)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return len(self._sizes)

    @property
    def page(self) -> int:
        """The page being read, from 1."""
        return self._page + 1

    @property
    def zoom(self) -> float:
        """1.0 fits the width."""
        return self._zoom

    @property
    def marked_pages(self) -> tuple[int, ...]:
        """Pages with marks, from 1."""
        return tuple(page + 1 for page in sorted(self._boxes))

    @property
    def locked(self) -> bool:
        """Whether the last file could not be opened for want of the right password."""
        return self._locked

    def load(self, path: str, password: str = "") -> bool:
        """Open a file; False when it is gone, damaged or `locked`."""
        self.clear()
        self._document.setPassword(password)
        error = self._document.load(path)
        self._document.setPassword("")
        self._locked = error == QPdfDocument.Error.IncorrectPassword
        if error != QPdfDocument.Error.None_:
            return False
        sizes = (self._document.pagePointSize(n) for n in range(self._document.pageCount()))
        self._sizes = [(size.width(), size.height()) for size in sizes]
        self._lay_out()
        self.verticalScrollBar().setValue(0)
        self._scrolled()
        return bool(self._sizes)

    def clear(self) -> None:
        """Close the file."""
        self._document.close()
        self._sizes = []
        self._images.clear()
        self._asked.clear()
        self._boxes.clear()
        self._chosen = {}
        self._page = 0
        self._lay_out()

    def mark(self, pages: Sequence[PageBoxes]) -> None:
        """Mark boxes, in points from the top left of their page, and go to the first."""
        self._boxes = {
            each.page - 1: tuple(QRectF(b.x, b.y, b.width, b.height) for b in each.boxes)
            for each in pages
            if each.boxes and 0 < each.page <= len(self._sizes)
        }
        if self._boxes:
            first = min(self._boxes)
            box = min(self._boxes[first], key=lambda b: b.top())
            self._go_to(first, box)
        self.viewport().update()

    def choose(self, boxes: dict[int, list[QRectF]]) -> None:
        """Show what is selected: boxes by page, from 1."""
        self._chosen = {page - 1: each for page, each in boxes.items()}
        self.viewport().update()

    def point_at(self, position: QPointF) -> tuple[int, QPointF]:
        """The page, from 1, under or nearest to a place in the view, and where on it in points."""
        page = self._layout.page_at(round(position.y()) + self.verticalScrollBar().value())
        if not self._sizes:
            return 1, QPointF()
        corner = self._rect(self._layout.spot(page)).topLeft()
        return page + 1, (position - QPointF(corner)) / self._layout.scale

    def show_box(self, page: int, box: QRectF) -> None:
        """Bring a box of a page, from 1, into view when it is not."""
        spot, scale = self._layout.spot(page - 1), self._layout.scale
        bar, height = self.verticalScrollBar(), self.viewport().height()
        top, bottom = spot.top + box.top() * scale, spot.top + box.bottom() * scale
        if top < bar.value() or bottom > bar.value() + height:
            bar.setValue(round((top + bottom - height) / 2))

    def go_to_page(self, page: int) -> None:
        """Bring the top of a page, from 1, into view."""
        if 0 < page <= len(self._sizes):
            self.verticalScrollBar().setValue(self._layout.spot(page - 1).top - 8)

    def set_zoom(self, zoom: float) -> None:
        """Change the size; the place being read stays in the middle."""
        zoom = max(_ZOOM_LEAST, min(_ZOOM_MOST, zoom))
        if zoom == self._zoom:
            return
        self._zoom = zoom
        self._lay_out()
        self.zoom_changed.emit(zoom)

    def page_rect(self, page: int) -> QRect:
        """Where a page, from 1, stands in the viewport."""
        return self._rect(self._layout.spot(page - 1))

    def rendered(self, page: int) -> bool:
        """Whether a page, from 1, has been drawn at the size it is shown."""
        image = self._images.get(page - 1)
        return image is not None and image.size() == self._wanted(page - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        tokens = self._theme.tokens
        painter.fillRect(event.rect(), QColor(tokens.sunken))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        top, height = self.verticalScrollBar().value(), self.viewport().height()
        for page in self._layout.visible(top, height):
            rect = self._rect(self._layout.spot(page))
            painter.fillRect(rect, QColor(tokens.paper))
            image = self._images.get(page)
            if image is not None:
                painter.drawImage(rect, image)
            for boxes in (self._boxes.get(page), self._chosen.get(page)):
                if boxes:
                    self._paint_boxes(painter, boxes, rect.topLeft())
            painter.setPen(QPen(QColor(tokens.edge), 1))
            painter.drawRect(rect.adjusted(-1, -1, 0, 0))
            self._ask(page)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_zoom(self._zoom * (1.1 if event.angleDelta().y() > 0 else 1 / 1.1))
            event.accept()
        else:
            super().wheelEvent(event)

    def _paint_boxes(self, painter: QPainter, boxes: Sequence[QRectF], corner: QPoint) -> None:
        painter.save()
        # Multiplied like a marker pen, so that what stands there can still be read.
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        scale = self._layout.scale
        for box in boxes:
            painter.fillRect(
                QRectF(
                    corner.x() + box.x() * scale,
                    corner.y() + box.y() * scale,
                    box.width() * scale,
                    box.height() * scale,
                ).adjusted(-2, -1, 2, 1),
                QColor(self._theme.tokens.paper_mark),
            )
        painter.restore()

    def _rect(self, spot: Spot) -> QRect:
        return QRect(
            spot.left - self.horizontalScrollBar().value(),
            spot.top - self.verticalScrollBar().value(),
            spot.width,
            spot.height,
        )

    def _wanted(self, page: int) -> QSize:
        spot, ratio = self._layout.spot(page), self.devicePixelRatioF()
        pixels = spot.width * spot.height * ratio * ratio
        ratio *= min(1.0, (_PAGE_PIXELS / pixels) ** 0.5)
        return QSize(max(1, round(spot.width * ratio)), max(1, round(spot.height * ratio)))

    def _ask(self, page: int) -> None:
        wanted = self._wanted(page)
        if page in self._images:
            self._images.move_to_end(page)
            if self._images[page].size() == wanted:
                return
        if page in self._asked and self._asked[page][1] == wanted:
            return
        number = self._renderer.requestPage(page, wanted)
        if number:
            self._asked[page] = (number, wanted)

    def _take(self, page: int, size: QSize, image: QImage, _options: object, number: int) -> None:
        asked = self._asked.get(page)
        if asked is None or asked[0] != number:
            return  # of a document or a size that is shown no more
        del self._asked[page]
        self._images[page] = image
        self._images.move_to_end(page)
        held = sum(each.sizeInBytes() for each in self._images.values())
        while held > _CACHE_BYTES and len(self._images) > 1:
            held -= self._images.popitem(last=False)[1].sizeInBytes()
        self.viewport().update()

    def _lay_out(self) -> None:
        viewport = self.viewport().size()
        before = self._layout
        bar = self.verticalScrollBar()
        middle = bar.value() + viewport.height() // 2
        page = before.page_at(middle)
        share = 0.0
        if len(before):
            spot = before.spot(page)
            share = (middle - spot.top) / spot.height
        scale = fit_width(self._sizes, viewport.width()) * self._zoom
        self._layout = PdfLayout(self._sizes, scale, viewport.width())
        bar.setPageStep(viewport.height())
        bar.setRange(0, max(0, self._layout.height - viewport.height()))
        across = self.horizontalScrollBar()
        across.setPageStep(viewport.width())
        across.setRange(0, max(0, self._layout.width - viewport.width()))
        across.setValue(across.maximum() // 2)
        if len(before) and len(before) == len(self._layout) and bar.value() > 0:
            spot = self._layout.spot(page)
            bar.setValue(round(spot.top + share * spot.height) - viewport.height() // 2)
        self.viewport().update()

    def _go_to(self, page: int, box: QRectF) -> None:
        spot, scale = self._layout.spot(page), self._layout.scale
        above = self.viewport().height() // 4
        self.verticalScrollBar().setValue(round(spot.top + box.top() * scale) - above)
        self.horizontalScrollBar().setValue(
            round(spot.left + box.center().x() * scale) - self.viewport().width() // 2
        )

    def _scrolled(self) -> None:
        self.viewport().update()
        if self._sizes:
            third = self.verticalScrollBar().value() + self.viewport().height() // 3
            page = self._layout.page_at(third)
            if page != self._page or self._page == 0:
                self._page = page
                self.page_changed.emit(page + 1)
