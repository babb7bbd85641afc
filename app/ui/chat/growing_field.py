"""A text field that grows with its text, from one line to eight."""

from __future__ import annotations

import math

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from app.ui.drop import local_paths
from app.ui.shortcuts import pressed

_MOST_LINES = 8
_MARGIN = 4
LONG_TEXT = 6000
"""Characters from which a pasted text is rather a document: some 1,500 tokens."""


class GrowingField(QPlainTextEdit):
    """send_keys tell `entered`, newline_keys make a line. Files dropped on it are left to the
    window. `pasted`: pictures from the clipboard, as paths or as the content of one."""

    entered = Signal()
    pasted = Signal(object)
    files_pasted = Signal(list)
    """Paths of other files."""
    long_pasted = Signal(str)
    """A text that could be a document; it is in the field."""

    def __init__(self) -> None:
        super().__init__()
        self.send_keys = QKeySequence(Qt.Key.Key_Return)
        self.newline_keys = QKeySequence("Shift+Return")
        self.setProperty("kind", "plain")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.document().setDocumentMargin(_MARGIN)
        self.setTabChangesFocus(True)
        self.setAcceptDrops(False)
        self.viewport().setAutoFillBackground(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.textChanged.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = pressed(event)
        if keys == self.send_keys:
            self.entered.emit()
        elif keys == self.newline_keys:
            self.insertPlainText("\n")
            self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or source.hasUrls() or _has_picture(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        if source.hasUrls() or _has_picture(source):
            from app.ui.chat.pasted import pictures_in

            if pictures := pictures_in(source):
                self.pasted.emit(pictures)
                return
            if paths := local_paths(source):
                self.files_pasted.emit(paths)
                return
        if source.hasText():
            text = source.text()
            self.insertPlainText(text)
            if len(text) >= LONG_TEXT:
                self.long_pasted.emit(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        lines = min(_MOST_LINES, max(1, int(self.document().size().height())))
        height = math.ceil(lines * self.fontMetrics().lineSpacing() + 2 * _MARGIN)
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded
        if lines < _MOST_LINES:
            policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)


def _has_picture(source: QMimeData) -> bool:
    return source.hasImage() or any(each.startswith("image/") for each in source.formats())
