"""The button that floats over a conversation and leads back to its end."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton, QWidget

from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S12


class DownButton(QToolButton):
    """Hidden until the reader is away from the end."""

    def __init__(self, theme: ThemeKeeper, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._over = parent
        self.setAccessibleName(self.tr("Back to the end"))
        self.setToolTip(self.accessibleName())
        self.hide()
        theme.changed.connect(self._tint)
        self._tint()

    def show_if(self, wanted: bool, width: int) -> None:
        """Show or hide it, centred over `width` pixels."""
        if wanted == self.isHidden():
            self.setVisible(wanted)
            self.place(width)

    def place(self, width: int) -> None:
        """Stand above the lower edge of what it floats over, centred over `width` pixels."""
        size = self.sizeHint()
        top = self._over.height() - size.height() - S12
        self.setGeometry((width - size.width()) // 2, top, size.width(), size.height())
        self.raise_()

    def _tint(self) -> None:
        self.setIcon(icon("arrow-down", self._theme.tokens.text, 18))
