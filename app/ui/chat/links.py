"""Opening addresses that stand in a text: http(s) only, and only after the person saw it whole."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QTextOption
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.render.plain import is_web
from app.ui.tokens import S8, S16, S24

_WIDTH = 460
_LINES = 5


def ask_and_open(parent: QWidget, address: str) -> LinkDialog | None:
    """Ask, then hand a web address to the browser. Anything else is refused in silence, since
    nothing that Loam writes makes such a link; None then."""
    if not is_web(address):
        return None
    dialog = LinkDialog(parent.window(), address)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


class LinkDialog(QDialog):
    """Shows an address as it will be opened, to the last letter; Enter does not open it."""

    def __init__(self, parent: QWidget, address: str) -> None:
        super().__init__(parent)
        self._address = address
        self.setWindowTitle(self.tr("Open a web page"))
        question = QLabel(self.tr("Open this address in your browser?"))
        # Not a label: that would read markup in it, and be as wide as a long address.
        self.shown = QPlainTextEdit(address)
        self.shown.setReadOnly(True)
        self.shown.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.shown.setAccessibleName(self.tr("Address"))
        self.shown.setTabChangesFocus(True)
        self.shown.setFixedHeight(_LINES * self.shown.fontMetrics().lineSpacing() + S24)
        self.open_button = QPushButton(self.tr("Open"))
        self.open_button.setAccessibleName(self.open_button.text())
        self.open_button.setAutoDefault(False)
        self.open_button.clicked.connect(self._open)
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setAccessibleName(self.cancel_button.text())
        self.cancel_button.setDefault(True)
        self.cancel_button.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.setSpacing(S8)
        row.addStretch(1)
        row.addWidget(self.open_button)
        row.addWidget(self.cancel_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S24, S24, S24, S16)
        layout.setSpacing(S16)
        layout.addWidget(question)
        layout.addWidget(self.shown)
        layout.addLayout(row)
        self.setMinimumWidth(_WIDTH)
        self.cancel_button.setFocus()

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl(self._address))
        self.accept()
