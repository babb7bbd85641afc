"""Under a question that was declined: the nearest passages, and a way to an answer all the same."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.core.types import Source
from app.ui.chat.source_words import place, tooltip
from app.ui.elided import ElidedLabel
from app.ui.finetune.labels import text_label
from app.ui.tokens import S4, S8
from app.ui.wrap_layout import WrapLayout

_WORDS = 30


class Nearest(QWidget):
    """`opened`: the number of a passage; `anyway`: answer from the passages (True) or without."""

    opened = Signal(int)
    anyway = Signal(bool)

    def __init__(self, sources: Sequence[Source]) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, S8, 0, 0)
        column.setSpacing(S4)
        if sources:
            title = self.tr("Nearest passages, below what counts as relevant")
            column.addWidget(text_label(title, "quiet"))
        for source in sources:
            column.addWidget(self._link(source))
        doing = QWidget()
        row = WrapLayout(doing, S8)
        if sources:
            row.addWidget(self._button(self.tr("Answer anyway, from these"), True))
        row.addWidget(self._button(self.tr("Answer anyway, without documents"), False))
        column.addWidget(doing)

    def _link(self, source: Source) -> QWidget:
        text = place(source)
        # An & would underline the letter after it.
        link = QPushButton(text.replace("&", "&&"))
        link.setProperty("kind", "link")
        link.setAccessibleName(text)
        link.setToolTip(tooltip(source))
        link.clicked.connect(lambda: self.opened.emit(source.number))
        said = " ".join(source.hit.passage.text.split()[:_WORDS])
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S8)
        row.addWidget(link)
        row.addWidget(ElidedLabel(said, kind="hint"), 1)
        return line

    def _button(self, text: str, from_passages: bool) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(text)
        button.clicked.connect(lambda: self.anyway.emit(from_passages))
        return button
