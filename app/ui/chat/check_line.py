"""The line below an answer that sums up its check, with a switch for the marks in the text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.core.types import SentenceCheck
from app.ui import words
from app.ui.chat.painter import Painter
from app.ui.tokens import S8


def doubt_words(each: SentenceCheck) -> str:
    """What is to be said of a sentence that no source says."""
    tr = QCoreApplication.translate
    nowhere = tr("check", "“{what}” is not in the passages.")
    parts = [nowhere.replace("{what}", one) for one in each.missing]
    return " ".join([tr("check", "No passage says this."), *parts])


class CheckLine(QWidget):
    """'Check: 4 of 5 sentences stand in the sources. A check, not a proof.'"""

    def __init__(self, painter: Painter) -> None:
        super().__init__()
        self._painter = painter
        self.words = QLabel()
        self.words.setProperty("kind", "hint")
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setToolTip(
            self.tr(
                "Words and meaning of each sentence are compared with the passages; numbers, dates"
                " and names must stand there to the letter. It can't tell who did what to whom."
            )
        )
        self.switch = QPushButton()
        self.switch.setProperty("kind", "link")
        self.switch.clicked.connect(lambda: painter.show_marks(not painter.marks))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S8)
        row.addWidget(self.words, 1000)
        row.addWidget(self.switch)
        row.addStretch(1)

    def show_checks(self, checks: Sequence[SentenceCheck]) -> None:
        """Sum up; the switch is there when something is marked."""
        said = sum(each.supported for each in checks)
        text = self.tr("Check: {n} of {m} sentences stand in the sources. A check, not a proof.")
        if len(checks) == 1:
            text = self.tr("Check: {n} of 1 sentence stands in the sources. A check, not a proof.")
        text = text.replace("{m}", words.number(len(checks)))
        self.words.setText(text.replace("{n}", words.number(said)))
        self.words.setAccessibleName(self.words.text())
        # The button keeps beside the words instead of at the far end of a wide column.
        self.words.ensurePolished()
        whole = self.words.fontMetrics().horizontalAdvance(self.words.text())
        self.words.setMaximumWidth(whole + S8)
        self.switch.setVisible(said < len(checks))
        label = self.tr("Hide marks") if self._painter.marks else self.tr("Show marks")
        self.switch.setText(label)
        self.switch.setAccessibleName(label)
