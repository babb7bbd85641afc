"""What a chat shows before its first message: one sentence, a button, perhaps example questions."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.empty_state import EmptyState
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8, S16, S24

_WIDEST = 520


class StartView(QWidget):
    """`asked`: an example question was clicked."""

    asked = Signal(str)

    def __init__(
        self,
        theme: ThemeKeeper,
        add_files: Callable[[], object],
        try_samples: Callable[[], object],
    ) -> None:
        super().__init__()
        self._plain = EmptyState(
            theme,
            "messages-square",
            QCoreApplication.translate("StartView", "Ask a question, or drop a document here."),
        )
        self._plain.add_button(self.tr("Add documents"), add_files)
        self._plain.add_button(self.tr("Try the sample documents"), try_samples)
        self._questions = QWidget()
        self._theme = theme
        self._column = QVBoxLayout(self._questions)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(S8)
        self._title = QLabel(self.tr("Ask the documents a question"))
        self._title.setProperty("kind", "title")
        self._title.setWordWrap(True)
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._middle = QWidget()
        middle = QVBoxLayout(self._middle)
        middle.setContentsMargins(S24, S24, S24, S24)
        middle.setSpacing(S16)
        middle.addStretch(1)
        middle.addWidget(self._title)
        middle.addWidget(self._questions, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addStretch(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plain)
        layout.addWidget(self._middle)
        self.show_questions(())

    @property
    def buttons(self) -> list[QPushButton]:
        """The example questions."""
        return self._questions.findChildren(QPushButton)

    def show_questions(self, questions: Sequence[str]) -> None:
        """Offer these; none: the plain beginning."""
        while self._column.count():
            item = self._column.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        for question in questions:
            button = QPushButton(question)
            button.setProperty("kind", "card")
            button.setAccessibleName(question)
            button.clicked.connect(lambda _on, text=question: self.asked.emit(text))
            self._column.addWidget(button)
        self._fit()
        self._plain.setVisible(not questions)
        self._middle.setVisible(bool(questions))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Questions as wide as there is room, in several lines where they are longer."""
        width = max(1, min(round(self._theme.scaled(_WIDEST)), self.width() - 2 * S24))
        self._questions.setFixedWidth(width)
        for button in self.buttons:
            letters = (width - 2 * S16) // button.fontMetrics().averageCharWidth()
            button.setText("\n".join(textwrap.wrap(button.accessibleName(), max(8, letters))))
