"""Over the documents when some wait and nothing reads them: reading was stopped, or an error ended
it. It goes on by itself with the next start only, so it can be told to here."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from app.ui import words
from app.ui.context import Context
from app.ui.finetune.labels import text_label
from app.ui.tokens import S8, S12


class UnreadStrip(QFrame):
    """`reading`: whether something reads documents now; `changed`: that is otherwise than before.
    `asked`: the person wants the rest to be read."""

    changed = Signal()
    asked = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._tasks = context.tasks
        self._waiting = 0
        self.reading = False
        self.setProperty("kind", "banner")
        self.text = text_label("")
        self.button = QPushButton(self.tr("Go on"))
        self.button.setAccessibleName(self.tr("Go on reading the documents"))
        self.button.clicked.connect(self.asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(S12, S8, S12, S8)
        row.setSpacing(S8)
        row.addWidget(self.text, 1)
        row.addWidget(self.button)
        self.hide()
        # A task is marked just after it has begun, and one that ends is asked for its list first.
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._look)
        self._tasks.changed.connect(self._soon.start)
        self._look()

    def show_waiting(self, count: int) -> None:
        """How many documents are still to be read."""
        self._waiting = count
        self._draw()

    def _look(self) -> None:
        reading = any(task.reads for task in self._tasks.shown)
        if reading != self.reading:
            self.reading = reading
            self._draw()
            self.changed.emit()

    def _draw(self) -> None:
        text = self.tr("{n} still to be read. Answers don't know them yet.")
        self.text.setText(text.replace("{n}", words.files(self._waiting)))
        self.setVisible(self._waiting > 0 and not self.reading)
