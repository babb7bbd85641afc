"""The program's icon: the sprout of the window, on a ground, as SVG and PNG.

    python installer/icons.py FILE

writes one of 256 pixels, or a PNG of 1024.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

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


def write_one(sprout: Path, file: Path, size: int = 256) -> None:
    """The icon as one file: .ico for Windows, .png for macOS's iconutil."""
    file.parent.mkdir(parents=True, exist_ok=True)
    _paint(drawing(sprout), {size: file})


def write(sprout: Path, folder: Path) -> None:
    """Put the icon into a theme's folder (`hicolor`), in all sizes."""
    text = drawing(sprout)
    whole = folder / "scalable/apps/loam.svg"
    whole.parent.mkdir(parents=True)
    whole.write_text(text, "utf-8")
    _paint(text, {size: folder / f"{size}x{size}/apps/loam.png" for size in SIZES})


def _paint(text: str, files: dict[int, Path]) -> None:
    """Errors: OSError."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QByteArray, Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication([])
    renderer = QSvgRenderer(QByteArray(text.encode()))
    for size, place in files.items():
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        place.parent.mkdir(parents=True, exist_ok=True)
        if not image.save(str(place)):
            raise OSError(f"Could not write {place}")
    del application


if __name__ == "__main__":
    root = Path(__file__).resolve().parents[1]
    given = Path(sys.argv[1])
    write_one(root / "resources/icons/sprout.svg", given, 1024 if given.suffix == ".png" else 256)
