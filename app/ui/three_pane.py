"""List, body and side panel next to each other, with widths that are remembered."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

from app.ui.memory import Memory
from app.ui.tokens import LIST_WIDTH, SIDE_WIDTH

_BODY_LEAST = 360


class ThreePane(QSplitter):
    """Three widgets in a row. The side panel stays hidden until it is asked for; when the window
    is too narrow for all three, the list gives way first.

    key: under which the widths are kept.
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
        self._list = _framed(list_pane, "sunken", 180)
        self._body = body
        self._side = _framed(side or QWidget(), "side", 240)
        self._has_side = side is not None
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
        # Dragging sends many; the file is only written when the window closes.
        self.splitterMoved.connect(self._remember)

    @property
    def list_visible(self) -> bool:
        """Whether the person wants the list."""
        return self._list_wanted

    @property
    def side_visible(self) -> bool:
        """Whether the side panel is open."""
        return not self._side.isHidden()

    def show_list(self, visible: bool) -> None:
        """Show or hide the list."""
        self._list_wanted = visible
        self._memory.put(f"{self._key}.list", visible)
        self._list.setVisible(visible)

    def show_side(self, visible: bool) -> None:
        """Open or close the side panel."""
        if not self._has_side or visible == self.side_visible:
            return
        self._side.setVisible(visible)
        if visible:
            self._give_side_its_width()
        self.side_shown.emit(visible)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._restored:
            self._restored = True
            QTimer.singleShot(0, self, self._restore)

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


def _framed(widget: QWidget, kind: str, least: int) -> QFrame:
    frame = QFrame()
    frame.setProperty("kind", kind)
    frame.setMinimumWidth(least)
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(widget)
    return frame
