"""A layout that puts widgets side by side and goes on in the next line when there is no room."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget


class WrapLayout(QLayout):
    """Widgets keep their preferred width, except that one whose horizontal policy is Expanding
    takes what is left of its line. spacing: pixels between widgets and between lines."""

    def __init__(self, parent: QWidget | None = None, spacing: int = 8) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = spacing
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def clear(self) -> None:
        """Remove all widgets for good."""
        while self._items:
            widget = self._items.pop().widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.invalidate()

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), place=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, place=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, place: bool) -> int:
        """Put the items into lines; the height of all lines."""
        lines: list[list[QLayoutItem]] = []
        used = 0
        for item in self._items:
            if item.isEmpty():
                continue
            width = item.sizeHint().width()
            if not lines or used + self._gap + width > rect.width():
                lines.append([])
                used = -self._gap
            lines[-1].append(item)
            used += self._gap + width
        y = rect.y()
        for line in lines:
            height = max(item.sizeHint().height() for item in line)
            if place:
                self._place(line, QPoint(rect.x(), y), rect.width(), height)
            y += height + self._gap
        return max(0, y - self._gap - rect.y())

    def _place(self, line: list[QLayoutItem], at: QPoint, width: int, height: int) -> None:
        widths = [min(item.sizeHint().width(), width) for item in line]
        spare = max(0, width - sum(widths) - self._gap * (len(line) - 1))
        for index, item in enumerate(line):
            widget = item.widget()
            wide = widget.sizePolicy().horizontalPolicy() if widget else None
            if widget and spare and wide is QSizePolicy.Policy.Expanding:
                widths[index] = min(widths[index] + spare, widget.maximumWidth())
                spare = 0
        x = at.x()
        for item, wanted in zip(line, widths, strict=True):
            high = item.sizeHint().height()
            item.setGeometry(QRect(x, at.y() + (height - high) // 2, wanted, high))
            x += wanted + self._gap
