"""Pictures on the clipboard."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QIODevice, QMimeData
from PySide6.QtGui import QImage

from app.services.gallery import is_picture
from app.ui.drop import local_paths

_KINDS = ("image/png", "image/jpeg", "image/webp", "image/bmp")


def pictures_in(source: QMimeData) -> list[str] | bytes:
    """Paths of picture files, or the content of a picture; nothing where there is text to paste.
    Content is passed on as it is, so that no foreign bytes are decoded here."""
    paths = local_paths(source)
    if paths and all(map(is_picture, paths)):
        return paths
    if source.hasText():
        return b""
    for kind in _KINDS:
        if raw := source.data(kind).data():
            return bytes(raw)
    # Some systems have points instead of a file.
    image = source.imageData()
    if not isinstance(image, QImage):
        return b""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
