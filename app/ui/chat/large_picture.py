"""A picture as large as the window allows."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.core.types import Picture
from app.ui.tasks import Tasks
from app.ui.tokens import S8

_SHARE = 0.9
_LEAST = 240


def show(parent: QWidget, picture: Picture, file: Path, tasks: Tasks) -> QDialog:
    """Open it above `parent`; Esc or a click closes it. It is read in the background, since that
    can take longer than a frame."""
    dialog = QDialog(parent.window())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(picture.name)
    label = _Label(dialog)
    label.setAccessibleName(picture.name)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(S8, S8, S8, S8)
    layout.addWidget(label)
    room = parent.window().size() * _SHARE
    size = QSize(picture.width, picture.height)
    if size.width() > room.width() or size.height() > room.height():
        size = size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
    label.setMinimumSize(size.expandedTo(QSize(_LEAST, _LEAST)).boundedTo(room))
    scale = parent.devicePixelRatioF()

    def take(image: QImage) -> None:
        if not isValid(label):
            return  # closed before it was read
        if image.isNull():
            label.setText(label.tr("The picture is no longer there."))
            return
        image.setDevicePixelRatio(scale)
        label.setPixmap(QPixmap.fromImage(image))

    tasks.call(lambda: _read(file, size * scale), take)
    dialog.open()
    return dialog


def _read(file: Path, size: QSize) -> QImage:
    # Only files that Loam wrote itself come here.
    reader = QImageReader(str(file))
    reader.setScaledSize(size)
    return reader.read()


class _Label(QLabel):
    def __init__(self, dialog: QDialog) -> None:
        super().__init__(dialog)
        self._dialog = dialog

    def mousePressEvent(self, event: object) -> None:
        self._dialog.close()
