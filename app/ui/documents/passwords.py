"""Passwords of documents: asked for in a dialog, kept in memory until Loam closes."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.types import DocumentFile
from app.ui import words
from app.ui.chat.source_words import wrapping
from app.ui.tokens import S8, S12, S16, S24

_WIDTH = 420


class Passwords:
    """What the person has typed, by the ids of files. Never written anywhere."""

    def __init__(self) -> None:
        self._kept: dict[int, str] = {}

    def keep(self, ids: Iterable[int], password: str) -> None:
        """Remember a password that opened these files."""
        self._kept.update(dict.fromkeys(ids, password))

    def forget(self) -> None:
        """Know none any more."""
        self._kept.clear()

    def of(self, file_id: int) -> str:
        """The password of a file; empty when none is known."""
        return self._kept.get(file_id, "")


def takes_password(file: DocumentFile) -> bool:
    """Whether Loam can open such a file with a password."""
    return file.kind in ("pdf", "docx", "slides", "sheet", "odt")


class PasswordField(QLineEdit):
    """Shows dots for letters."""

    def __init__(self) -> None:
        super().__init__()
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setPlaceholderText(self.tr("Password"))
        self.setAccessibleName(self.tr("Password"))


class PasswordDialog(QDialog):
    """Asks for the password of some files; wrong: one was tried and is not right. Files that can't
    be opened with one are told instead."""

    def __init__(self, parent: QWidget, files: list[DocumentFile], wrong: bool = False) -> None:
        super().__init__(parent)
        able = all(takes_password(each) for each in files)
        what = wrapping(files[0].name) if len(files) == 1 else words.files(len(files))
        self.setWindowTitle(self.tr("Password needed"))
        heading = QLabel(self.tr("Password for {name}").replace("{name}", what))
        if not able:
            heading.setText(self.tr("{name} can't be opened here").replace("{name}", what))
        heading.setWordWrap(True)
        heading.setTextFormat(Qt.TextFormat.PlainText)
        heading.setProperty("kind", "heading")
        about = QLabel(
            self.tr("It is kept in memory until you close Loam, and is written nowhere.")
            if able
            else self.tr(
                "Loam takes passwords for PDF, Word, Excel and PowerPoint files. Save a copy of"
                " this one without the password in the program that made it, and add that."
            )
        )
        about.setProperty("kind", "quiet")
        self.problem = QLabel(self.tr("That password is not right. Type it again."))
        self.problem.setProperty("kind", "danger-text")
        self.problem.setVisible(wrong and able)
        for label in (heading, about, self.problem):
            label.setWordWrap(True)
        self.field = PasswordField()
        self.field.setVisible(able)
        self.read_button = _button(self.tr("Read"), "primary")
        self.read_button.setDefault(True)
        self.read_button.setVisible(able)
        self.read_button.setEnabled(False)
        self.read_button.clicked.connect(self.accept)
        self.close_button = _button(self.tr("Cancel") if able else self.tr("Close"))
        self.close_button.clicked.connect(self.reject)
        self.field.textChanged.connect(lambda text: self.read_button.setEnabled(bool(text)))
        feet = QHBoxLayout()
        feet.setSpacing(S8)
        feet.addStretch(1)
        feet.addWidget(self.close_button)
        feet.addWidget(self.read_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S24, S24, S24, S16)
        layout.setSpacing(S12)
        for part in (heading, about, self.problem, self.field):
            layout.addWidget(part)
        layout.addLayout(feet)
        self.setMinimumWidth(_WIDTH)
        self.finished.connect(self.deleteLater)
        (self.field if able else self.close_button).setFocus()

    @property
    def password(self) -> str:
        """What is typed."""
        return self.field.text()


def _button(text: str, kind: str = "") -> QPushButton:
    button = QPushButton(text)
    button.setAccessibleName(text)
    button.setProperty("kind", kind)
    return button
