"""What the dialogs of the Data step share: a heading, a body, and buttons at the foot."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.finetune.labels import text_label
from app.ui.tokens import S8, S12, S16, S24


class StepDialog(QDialog):
    """Put widgets into `body`; `say` gives it its words."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._heading = QLabel()
        self._heading.setProperty("kind", "heading")
        self.about = text_label("", "quiet")
        self.body = QVBoxLayout()
        self.body.setSpacing(S12)
        self.feet = QHBoxLayout()
        self.feet.setSpacing(S8)
        self.feet.addStretch(1)
        self.cancel_button = QPushButton()
        self.cancel_button.clicked.connect(self.reject)
        self.feet.addWidget(self.cancel_button)
        self.ok_button = QPushButton()
        self.ok_button.setProperty("kind", "primary")
        self.ok_button.setDefault(True)
        self.ok_button.clicked.connect(self.accept)
        self.feet.addWidget(self.ok_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S24, S24, S24, S16)
        layout.setSpacing(S16)
        layout.addWidget(self._heading)
        layout.addWidget(self.about)
        layout.addLayout(self.body, 1)
        layout.addLayout(self.feet)
        self.finished.connect(self.deleteLater)

    def say(self, title: str, about: str, ok: str) -> None:
        """The heading, a line about it, and the button that does it ('': only Close)."""
        self.setWindowTitle(title)
        self._heading.setText(title)
        self.about.setText(about)
        self.about.setVisible(bool(about))
        close = self.tr("Cancel") if ok else self.tr("Close")
        for button, text in ((self.cancel_button, close), (self.ok_button, ok)):
            button.setText(text)
            button.setAccessibleName(text)
            button.setVisible(bool(text))
