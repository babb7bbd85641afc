"""List, body and side panel next to each other, with widths that are remembered."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

from app.ui.memory import Memory
from app.ui.tokens import LIST_WIDTH, SIDE_WIDTH

_BODY_LEAST = 360
_LIST_LEAST, _SIDE_LEAST = 180, 312
_LIST_LETTERS, _SIDE_LETTERS = 20, 38


class ThreePane(QSplitter):
    """Three widgets in a row. The side panel stays hidden until it is asked for; when the window
    is too narrow for all three, the list gives way first.

    key: under which the widths are kept. before_tab: puts right where Tab goes, before it goes.
    """

    side_shown = Signal(bool)

    def __init__(
        self,
        memory: Memory,
        key: str,
        list_pane: QWidget,
        body: QWidget,
        side: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._memory = memory
        self._key = key
        self._list = _framed(list_pane, "sunken")
        self._body = body
        self._side = _framed(side or QWidget(), "side")
        self._has_side = side is not None
        self.before_tab: Callable[[], None] = lambda: None
        self._list_wanted = memory.flag(f"{key}.list", True)
        body.setMinimumWidth(_BODY_LEAST)
        for pane in (self._list, body, self._side):
            self.addWidget(pane)
        for index, stretch in enumerate((0, 1, 0)):
            self.setStretchFactor(index, stretch)
            self.setCollapsible(index, False)
        self.setHandleWidth(1)
        self._list.setVisible(self._list_wanted)
        self._side.hide()
        self._restored = False
        self._measure()
        # Dragging sends many; the file is only written when the window closes.
        self.splitterMoved.connect(self._remember)

    @property
    def list_visible(self) -> bool:
        """Whether the list is shown; it is not where the side panel takes its place."""
        return not self._list.isHidden()

    @property
    def side_visible(self) -> bool:
        """Whether the side panel is open."""
        return not self._side.isHidden()

    def show_list(self, visible: bool) -> None:
        """Show or hide the list. Where there is no room for it, the side panel gives way."""
        self._list_wanted = visible
        self._memory.put(f"{self._key}.list", visible)
        if visible and self._crowded():
            self.show_side(False)
        self._fit()

    def show_side(self, visible: bool) -> None:
        """Open or close the side panel."""
        if not self._has_side or visible == self.side_visible:
            return
        self._side.setVisible(visible)
        self._fit()
        if visible:
            self._give_side_its_width()
        self.side_shown.emit(visible)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._restored:
            self._restored = True
            QTimer.singleShot(0, self, self._restore)

    def focusNextPrevChild(self, forward: bool) -> bool:
        self.before_tab()
        return super().focusNextPrevChild(forward)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_restored"):
            self._measure()
            self._fit()

    def _measure(self) -> None:
        """Larger letters need wider panes."""
        letter = self.fontMetrics().averageCharWidth()
        self._list.setMinimumWidth(max(_LIST_LEAST, _LIST_LETTERS * letter))
        self._side.setMinimumWidth(max(_SIDE_LEAST, _SIDE_LETTERS * letter))

    def _crowded(self) -> bool:
        panes = (self._list, self._body, self._side)
        return self.side_visible and self.width() < sum(each.minimumWidth() for each in panes)

    def _fit(self) -> None:
        """The list is there when it is wanted and there is room for it."""
        # Before it is shown, a splitter's width says nothing.
        crowded = self.isVisible() and self._crowded()
        self._list.setVisible(self._list_wanted and not crowded)

    def _restore(self) -> None:
        width = self._memory.number(f"{self._key}.list_width", LIST_WIDTH)
        side = self._side_width() if self.side_visible else 0
        self.setSizes([width, max(1, self.width() - width - side), side])

    def _give_side_its_width(self) -> None:
        listed = self._list.width() if not self._list.isHidden() else 0
        side = self._side_width()
        self.setSizes([listed, max(1, self.width() - listed - side), side])

    def _side_width(self) -> int:
        return self._memory.number(f"{self._key}.side_width", SIDE_WIDTH)

    def _remember(self) -> None:
        if not self._list.isHidden():
            self._memory.put(f"{self._key}.list_width", self._list.width())
        if self.side_visible:
            self._memory.put(f"{self._key}.side_width", self._side.width())


def _framed(widget: QWidget, kind: str) -> QFrame:
    frame = QFrame()
    frame.setProperty("kind", kind)
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(widget)
    return frame
