"""The program's icon: the sprout of the window, on a ground, as SVG and PNG."""

from __future__ import annotations

import os
import re
from pathlib import Path

from app.ui.tokens import LIGHT

SIZES = (32, 48, 64, 128, 256, 512)


def drawing(sprout: Path) -> str:
    """The SVG, made of the paths of the window's own icon."""
    paths = re.findall(r"<path [^>]*/>", sprout.read_text("utf-8"))
    text = (Path(__file__).parent / "linux/icon.svg.in").read_text("utf-8")
    for name, value in (
        ("@GROUND@", LIGHT.accent),
        ("@LINE@", LIGHT.on_accent),
        ("@PATHS@", "\n".join(f"    {path}" for path in paths)),
    ):
        text = text.replace(name, value)
    return text


def write(sprout: Path, folder: Path) -> None:
    """Put the icon into a theme's folder (`hicolor`), in all sizes."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QByteArray, Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication([])
    text = drawing(sprout)
    whole = folder / "scalable/apps/loam.svg"
    whole.parent.mkdir(parents=True)
    whole.write_text(text, "utf-8")
    renderer = QSvgRenderer(QByteArray(text.encode()))
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        place = folder / f"{size}x{size}/apps/loam.png"
        place.parent.mkdir(parents=True)
        if not image.save(str(place)):
            raise OSError(f"Could not write {place}")
    del application
