"""In place of the pages of an encrypted PDF: asks for its password."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.documents.passwords import PasswordField
from app.ui.icons import pixmap
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8, S16, S24

_PICTURE = 56
_WIDEST = 380


class LockedView(QWidget):
    """One field and two ways on."""

    entered = Signal(str)
    text_asked = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._picture.setFixedHeight(_PICTURE)
        self._sentence = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._sentence.setProperty("kind", "subtitle")
        self.problem = QLabel(
            self.tr("That password is not right. Type it again."),
            alignment=Qt.AlignmentFlag.AlignCenter,
        )
        self.problem.setProperty("kind", "danger-text")
        about = QLabel(
            self.tr("It is kept in memory until you close Loam."),
            alignment=Qt.AlignmentFlag.AlignCenter,
        )
        about.setProperty("kind", "hint")
        for label in (self._sentence, self.problem, about):
            label.setWordWrap(True)
        self._sentence.setText(self.tr("The pages of this file are locked by a password."))
        self.field = PasswordField()
        self.field.returnPressed.connect(self._enter)
        self.open_button = QPushButton(self.tr("Open"))
        self.open_button.setAccessibleName(self.open_button.text())
        self.open_button.setProperty("kind", "primary")
        self.open_button.clicked.connect(self._enter)
        self.text_button = QPushButton(self.tr("Show the text that was read"))
        self.text_button.setAccessibleName(self.text_button.text())
        self.text_button.setProperty("kind", "link")
        self.text_button.clicked.connect(self.text_asked)
        row = QHBoxLayout()
        row.setSpacing(S8)
        row.addWidget(self.field, 1)
        row.addWidget(self.open_button)
        self._middle = QWidget()
        column = QVBoxLayout(self._middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S16)
        column.addWidget(self._picture)
        column.addWidget(self._sentence)
        column.addWidget(self.problem)
        column.addLayout(row)
        column.addWidget(about)
        column.addWidget(self.text_button, 0, Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S24, S24, S24, S24)
        layout.addStretch(1)
        layout.addWidget(self._middle, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)
        theme.changed.connect(self._tint)
        self._tint()

    def ask(self, wrong: bool) -> None:
        """Begin anew. wrong: the password that was typed did not open it."""
        self.problem.setVisible(wrong)
        self.field.clear()
        self.field.setFocus()

    def _enter(self) -> None:
        if self.field.text():
            self.entered.emit(self.field.text())

    def _tint(self) -> None:
        self._middle.setFixedWidth(round(self._theme.scaled(_WIDEST)))
        self._picture.setPixmap(
            pixmap("lock", self._theme.tokens.accent, _PICTURE, self.devicePixelRatioF())
        )
