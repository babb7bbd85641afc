"""Line icons from resources/icons (Lucide), tinted.

An unknown name is a defect and raises, so that no control ever ships without its picture.
"""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.core import paths


def icon(name: str, color: str, size: int = 18, gap: int = 0) -> QIcon:
    """The icon in one colour ('#RRGGBB'), sharp on every screen there is. gap: empty pixels at its
    right, for buttons that would put their words too near; their icon size must have room."""
    sharpest = max(screen.devicePixelRatio() for screen in QGuiApplication.screens())
    return _icon(name, color, size, math.ceil(sharpest), gap)


def pixmap(name: str, color: str, size: int, scale: float = 1.0, gap: int = 0) -> QPixmap:
    """The icon as a picture of size x size and `gap` more at the right, drawn for `scale` device
    pixels a pixel."""
    renderer = _renderer(name, color)
    pixels = round(size * scale)
    picture = QPixmap(pixels + round(gap * scale), pixels)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    picture.setDevicePixelRatio(scale)
    return picture


def svg(name: str, color: str) -> str:
    """The icon's source in one colour."""
    source = (paths.resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    return source.replace("currentColor", color)


@lru_cache(maxsize=512)
def _icon(name: str, color: str, size: int, sharpest: int, gap: int) -> QIcon:
    made = QIcon()
    for scale in range(1, sharpest + 1):
        made.addPixmap(pixmap(name, color, size, scale, gap))
    return made


@lru_cache(maxsize=512)
def _renderer(name: str, color: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(svg(name, color).encode()))
