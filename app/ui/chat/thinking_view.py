"""What a model thought before it answered: one line that opens to the text."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton

from app.ui.chat.flow import Flow
from app.ui.chat.painter import Painter
from app.ui.chat.text_view import TextView
from app.ui.icons import icon
from app.ui.render.blocks import Block
from app.ui.render.plain import plain
from app.ui.tokens import S8, S12


class ThinkingView(Flow):
    """Shows one THINKING block; closed until it is clicked. The seconds are those that it was
    watched growing, so an old answer has none."""

    space_below = S12
    toggled = Signal()

    def __init__(self, painter: Painter) -> None:
        super().__init__(S8)
        self._painter = painter
        self._began = time.monotonic()
        self._watched = False
        self._source = ""
        self._button = QToolButton()
        self._button.setProperty("kind", "icon")
        self._button.setCheckable(True)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._button.toggled.connect(self._toggle)
        self._text = TextView(painter)
        self._text.setAccessibleName(self.tr("Thoughts"))
        self._text.hide()
        self.add(_Left(self._button))
        self.add(self._text)
        self._text.hide()
        self.restyle()

    def show_block(self, block: Block, final: bool) -> None:
        """Draw the thoughts; `final` once they will not grow any more."""
        self._source = block.source
        if not final:
            self._watched = True
            self._say(self.tr("Thinking"))
        elif self._watched:
            seconds = max(1, round(time.monotonic() - self._began))
            self._say(self.tr("Thought for {n} s").replace("{n}", str(seconds)))
        else:
            self._say(self.tr("Thoughts"))
        if self._button.isChecked():
            self._text.show_html(plain(self._source, "quote"))
        self.touch()

    def restyle(self) -> None:
        """The look changed."""
        self._button.setIcon(icon("brain", self._painter.theme.tokens.quiet, 16))
        self._text.restyle()
        if self._button.isChecked():
            self._text.show_html(plain(self._source, "quote"))

    def _toggle(self, opened: bool) -> None:
        if opened:
            self._text.show_html(plain(self._source, "quote"))
        self._text.setVisible(opened)
        self.touch()
        self.toggled.emit()

    def _say(self, text: str) -> None:
        self._button.setText(text)
        self._button.setAccessibleName(text)


class _Left(Flow):
    """Keeps a button at its own width."""

    def __init__(self, button: QToolButton) -> None:
        super().__init__(0)
        self._button = button
        button.setParent(self)

    def _arrange(self, width: int, place: bool) -> int:
        hint = self._button.sizeHint()
        if place:
            self._button.setGeometry(0, 0, min(hint.width(), width), hint.height())
        return hint.height()
