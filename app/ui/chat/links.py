"""Opening addresses that stand in a text: http(s) only, and only after the person saw it whole."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

from app.ui.render.plain import is_web


def ask_and_open(parent: QWidget, address: str) -> QMessageBox | None:
    """Ask, then hand a web address to the browser. Anything else is refused in silence, since
    nothing that Loam writes makes such a link; None then."""
    if not is_web(address):
        return None
    box = QMessageBox(parent)
    box.setWindowTitle(_tr("Open a web page"))
    box.setText(_tr("Open this address in your browser?"))
    # Plain text: an address must not dress itself up, and is never shortened.
    box.setTextFormat(box.textFormat().PlainText)
    box.setInformativeText(address)
    open_button = box.addButton(_tr("Open"), QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton(_tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    open_button.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(address)))
    box.finished.connect(box.deleteLater)
    box.open()
    return box


def _tr(text: str) -> str:
    return QCoreApplication.translate("links", text)
