"""A column of widgets that is as high as they are, laid out at once when asked.

Qt's own layouts settle over several turns of the event loop; a reading place that must not jump
and text that streams need the heights now. Widgets say their height by heightForWidth, and keep
it until their content changes, so settling costs little.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget


class Flow(QWidget):
    """spacing: pixels between widgets; widest: their greatest width, they are centred then;
    margin: pixels at both sides; top: pixels above the first. A widget with an attribute
    `space_below` gets so many pixels more under it. `resettled`: its height changed by itself."""

    resettled = Signal()
    listens = True
    """Whether Qt's word that something inside changed is heeded. A column that is always told by
    `touch` saves measuring all its widgets again."""

    def __init__(self, spacing: int, widest: int = 0, margin: int = 0, top: int = 0) -> None:
        super().__init__()
        self._spacing = spacing
        self._widest = widest
        self._margin = margin
        self._top = top
        self._items: list[QWidget] = []
        self._height = 0
        self._dirty = True
        self._known: dict[int, int] = {}
        # Where each widget begins: (y before it, space wanted above it), at a width.
        self._tops: list[tuple[int, int]] = []
        self._tops_width = -1
        # How many widgets, from the top, stand where `_tops` says.
        self._placed = 0
        self._settling = False
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def items(self) -> Sequence[QWidget]:
        """The widgets from top to bottom."""
        return self._items

    def insert(self, index: int, widget: QWidget) -> None:
        """Put a widget at a place; `settle` shows it there."""
        widget.setParent(self)
        self._items.insert(index, widget)
        widget.show()
        self.touch(widget)

    def add(self, widget: QWidget) -> None:
        """Put a widget at the end; `settle` shows it there."""
        self.insert(len(self._items), widget)

    def take(self, widget: QWidget) -> None:
        """Remove a widget for good."""
        self.touch(widget)
        self._items.remove(widget)
        widget.hide()
        widget.deleteLater()

    def clear(self) -> None:
        """Remove all."""
        for widget in list(self._items):
            self.take(widget)

    def touch(self, first: QWidget | None = None) -> None:
        """Something inside changed: heights known of this column and those around it are void.
        first: the topmost widget concerned; those above it keep their places."""
        flow: QWidget | None = self
        while isinstance(flow, Flow):
            flow._dirty = True
            flow._known.clear()
            at = flow._items.index(first) if first in flow._items else 0
            del flow._tops[at + 1 :]
            flow._placed = min(flow._placed, at)
            first, flow = flow, flow.parentWidget()

    def settle(self) -> int:
        """Lay out now, from the inside out; the height that came of it, in pixels."""
        if self._settling or not self._dirty:
            return self._height
        self._settling = True
        try:
            height = self._arrange(self.width(), place=True)
        finally:
            self._settling = False
        self._dirty = False
        self._known[self.width()] = height
        if height != self._height:
            self._height = height
            self.updateGeometry()
        return height

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if width not in self._known:
            self._known[width] = self._arrange(width, place=False)
        return self._known[width]

    def sizeHint(self) -> QSize:
        return QSize(self._widest or 400, self._height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._dirty = True
            self.settle()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and self.listens and not self._settling:
            before = self._height
            self.touch()
            self.settle()
            # Told on, since a change that did not come from settling ends here otherwise.
            if self._height != before:
                self.resettled.emit()
        return super().event(event)

    def _arrange(self, width: int, place: bool) -> int:
        room = max(1, width - 2 * self._margin)
        inner = min(room, self._widest) if self._widest else room
        left = self._margin + (room - inner) // 2
        y, space, start = self._top, 0, 0
        if width != self._tops_width:
            self._tops, self._tops_width, self._placed = [], width, 0
        elif self._tops:
            # Measuring alone moves nothing, so placing goes on from what was placed.
            start = min(len(self._tops) - 1, self._placed if place else len(self._tops))
            y, space = self._tops[start]
        del self._tops[start:]
        for widget in self._items[start:]:
            self._tops.append((y, space))
            if widget.isHidden():
                continue
            y += space
            height = height_of(widget, inner)
            if place:
                widget.setGeometry(left, y, inner, height)
                if isinstance(widget, Flow):
                    widget.settle()
            y += height
            space = self._spacing + getattr(widget, "space_below", 0)
        if place:
            self._placed = len(self._items)
        return y


def height_of(widget: QWidget, width: int) -> int:
    """How high a widget wants to be at a width."""
    if widget.hasHeightForWidth():
        return widget.heightForWidth(width)
    layout = widget.layout()
    if layout is not None and layout.hasHeightForWidth():
        return layout.totalHeightForWidth(width)
    return max(widget.minimumHeight(), min(widget.maximumHeight(), widget.sizeHint().height()))
