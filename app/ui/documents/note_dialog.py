"""Asks for the title of a text that becomes a document, or of one that is one."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui import words
from app.ui.tokens import S8, S12, S16, S24

_WIDTH = 480
_PREVIEW = 4000
_LINES = 8
_LONGEST = 80


class NoteDialog(QDialog):
    """text: what is pasted, shown in part; None where only the title changes."""

    def __init__(self, parent: QWidget, title: str, text: str | None = None) -> None:
        super().__init__(parent)
        new = text is not None
        self.setWindowTitle(self.tr("Add as a document") if new else self.tr("Edit the title"))
        heading = QLabel(self.tr("Add the pasted text as a document"))
        if not new:
            heading.setText(self.tr("Edit the title of the note"))
        heading.setProperty("kind", "heading")
        heading.setWordWrap(True)
        about = QLabel(self.tr("It is kept in Loam's own folder until you remove it."))
        about.setProperty("kind", "quiet")
        about.setWordWrap(True)
        self.field = QLineEdit(title)
        self.field.setMaxLength(_LONGEST)
        self.field.setPlaceholderText(self.tr("Title"))
        self.field.setAccessibleName(self.tr("Title"))
        self.preview = QPlainTextEdit()
        self.preview.setReadOnly(True)
        self.preview.setTabChangesFocus(True)
        self.preview.setAccessibleName(self.tr("The pasted text"))
        self.preview.setFixedHeight(_LINES * self.preview.fontMetrics().lineSpacing() + S16)
        self.size_label = QLabel()
        self.size_label.setProperty("kind", "hint")
        if text is not None:
            self.preview.setPlainText(text[:_PREVIEW])
            count = words.number(len(text))
            self.size_label.setText(self.tr("{n} characters").replace("{n}", count))
        self.preview.setVisible(new)
        self.size_label.setVisible(new)
        self.add_button = QPushButton(self.tr("Add") if new else self.tr("Save"))
        self.add_button.setAccessibleName(self.add_button.text())
        self.add_button.setProperty("kind", "primary")
        self.add_button.setDefault(True)
        self.add_button.clicked.connect(self.accept)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setAccessibleName(cancel.text())
        cancel.clicked.connect(self.reject)
        feet = QHBoxLayout()
        feet.setSpacing(S8)
        feet.addWidget(self.size_label)
        feet.addStretch(1)
        feet.addWidget(cancel)
        feet.addWidget(self.add_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S24, S24, S24, S16)
        layout.setSpacing(S12)
        for part in (heading, about, self.field, self.preview):
            layout.addWidget(part)
        layout.addLayout(feet)
        self.setMinimumWidth(_WIDTH)
        self.field.textChanged.connect(self._check)
        self.finished.connect(self.deleteLater)
        self.field.selectAll()
        self.field.setFocus()
        self._check(title)

    @property
    def title(self) -> str:
        """What is typed."""
        return " ".join(self.field.text().split())

    def _check(self, title: str) -> None:
        self.add_button.setEnabled(any(letter.isalnum() for letter in title))
