"""The application object. Apart from the window, so that a start can show something before it."""

from __future__ import annotations

import sys

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication


def make_application() -> QApplication:
    """The application object with its name and number format."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("loam")
    application.setApplicationDisplayName("Loam")
    application.setDesktopFileName("loam")
    if QLocale().language() == QLocale.Language.C:
        QLocale.setDefault(QLocale(QLocale.Language.English))
    return application
