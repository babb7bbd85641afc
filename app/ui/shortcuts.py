"""The window's shortcuts in one list; the keys and the dialog that shows them are made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.tokens import S8, S16, S24, S32


@dataclass(frozen=True, slots=True)
class Shortcut:
    """name: who acts on it; keys in Qt's words; text: English source of what it does."""

    name: str
    keys: str
    text: str


WINDOW = (
    Shortcut("new_chat", "Ctrl+N", "New chat"),
    Shortcut("search", "Ctrl+K", "Search in this page's list"),
    Shortcut("sidebar", "Ctrl+B", "Show or hide the list"),
    Shortcut("model", "Ctrl+L", "Choose the model"),
    Shortcut("settings", "Ctrl+,", "Settings"),
    Shortcut("shortcuts", "Ctrl+/", "This list"),
    Shortcut("page_1", "Ctrl+1", "First page"),
    Shortcut("page_2", "Ctrl+2", "Second page"),
    Shortcut("page_3", "Ctrl+3", "Third page"),
    Shortcut("quit", "Ctrl+Q", "Close Loam"),
)
"""What the window itself listens to."""

ELSEWHERE = (
    Shortcut("send", "Return", "Send the message"),
    Shortcut("newline", "Shift+Return", "New line in a message"),
    Shortcut("stop", "Esc", "Stop the answer"),
    Shortcut("rename", "F2", "Rename what is selected"),
    Shortcut("delete", "Del", "Delete what is selected"),
    Shortcut("zoom_in", "Ctrl++", "Larger, in a document"),
    Shortcut("zoom_out", "Ctrl+-", "Smaller, in a document"),
)
"""What the views listen to; listed here so that the dialog is whole."""


def connect(window: QWidget, actions: Mapping[str, Callable[[], object]]) -> None:
    """Make the shortcuts of WINDOW that have an action."""
    for shortcut in WINDOW:
        if shortcut.name in actions:
            made = QShortcut(QKeySequence(shortcut.keys), window)
            made.setContext(Qt.ShortcutContext.WindowShortcut)
            made.activated.connect(partial(actions[shortcut.name]))


class ShortcutsDialog(QDialog):
    """All shortcuts, to read."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(S32)
        grid.setVerticalSpacing(S8)
        for row, shortcut in enumerate((*WINDOW, *ELSEWHERE)):
            keys = QKeySequence(shortcut.keys).toString(QKeySequence.SequenceFormat.NativeText)
            label = QLabel(keys)
            label.setProperty("kind", "chip")
            grid.addWidget(QLabel(QCoreApplication.translate("shortcuts", shortcut.text)), row, 0)
            grid.addWidget(label, row, 1, Qt.AlignmentFlag.AlignRight)
        close = QPushButton(self.tr("Close"))
        close.setAccessibleName(self.tr("Close"))
        close.clicked.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S24, S24, S24, S16)
        layout.setSpacing(S24)
        layout.addLayout(grid)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
