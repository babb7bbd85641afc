"""A button with a list to tick several of, for a form: 'All folders', 'rules', '3 chosen'."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy

_SHOWN = 2


class _StayingMenu(QMenu):
    """Stays open while things are ticked; Esc or a click beside it closes it."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._toggle(self.actionAt(event.position().toPoint())):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() not in keys or not self._toggle(self.activeAction()):
            super().keyPressEvent(event)

    @staticmethod
    def _toggle(action: QAction | None) -> bool:
        if action is None or not action.isCheckable():
            return False
        action.toggle()
        return True


class TickBox(QPushButton):
    """None ticked: all of them. `changed`: something was ticked or not."""

    changed = Signal()

    def __init__(self, name: str, everything: str) -> None:
        super().__init__()
        self._name, self._everything = name, everything
        self.setProperty("kind", "tick-box")
        self._menu = _StayingMenu(self)
        self._menu.setToolTipsVisible(True)
        self.setMenu(self._menu)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._show()

    @property
    def ticked(self) -> tuple[str, ...]:
        """The values that are ticked, in order."""
        return tuple(each.data() for each in self._menu.actions() if each.isChecked())

    def offer(self, values: Iterable[tuple[str, str]], ticked: Sequence[str]) -> None:
        """values: (value, what it is called); a tooltip says the value."""
        for value, text in values:
            action = self._menu.addAction(text.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(value in ticked)
            action.setData(value)
            action.setToolTip(value)
            action.toggled.connect(self._toggled)
        self.setEnabled(bool(self._menu.actions()))
        self._show()

    def tick(self, value: str, on: bool = True) -> None:
        """Tick a value, or take the tick away."""
        for action in self._menu.actions():
            if action.data() == value:
                action.setChecked(on)

    def _toggled(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        names = [each.text() for each in self._menu.actions() if each.isChecked()]
        if len(names) > _SHOWN:
            text = self.tr("{n} chosen").replace("{n}", str(len(names)))
        else:
            text = ", ".join(names) or self._everything
        self.setText(text)
        self.setAccessibleName(f"{self._name}: {text}")
