"""Whom to trust at an encrypted address: the system's list, or a file of one's own."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from app.ui.tokens import S8


def _tr(text: str) -> str:
    return QCoreApplication.translate("certificate", text)


class CertificateField(QWidget):
    """path: of the file, '' for the system's list."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.edit = QLineEdit(path)
        self.edit.setPlaceholderText(_tr("Those that this system trusts"))
        self.edit.setToolTip(
            _tr("A .pem file with the server's own certificate, or with that of who issued it.")
        )
        self.choose = QPushButton(_tr("Choose"))
        self.choose.setProperty("kind", "quiet")
        self.choose.setAccessibleName(_tr("Choose a certificate file"))
        self.choose.setAutoDefault(False)
        self.choose.clicked.connect(self._choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S8)
        row.addWidget(self.edit, 1)
        row.addWidget(self.choose)
        self.setFocusProxy(self.edit)

    @property
    def path(self) -> str:
        """As it is written there."""
        return self.edit.text().strip()

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.edit.setAccessibleName(name)

    def _choose(self) -> None:
        kinds = _tr("Certificates (*.pem *.crt *.cer);;All files (*)")
        found, _kind = QFileDialog.getOpenFileName(self, _tr("Choose a certificate"), "", kinds)
        if found:
            self.edit.setText(found)
