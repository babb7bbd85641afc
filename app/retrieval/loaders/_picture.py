"""Pictures as they look, by Pillow: turned as their camera says, HEIC by pi-heif (libheif).

Limits: 100 million points a picture; pictures of several pages are taken as they are.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.core.errors import TooBig

HEIC = (".heic", ".heif")
_MOST_PIXELS = 100_000_000
_LONGEST = 4000  # pixels of a page that is shown
_MOST_PAGES = 200
_AS_IT_IS = 1


def for_reading(path: Path) -> Path | bytes:
    """What tesseract is given: the file, or its picture upright in a form that it knows. Errors:
    TooBig, and what Pillow raises on damaged files."""
    with _opened(path) as picture:
        turned = picture.getexif().get(0x0112, _AS_IT_IS) != _AS_IT_IS
        if not _is_heic(path) and (not turned or _pages(picture) > 1):
            return path
        made = io.BytesIO()
        _upright(picture).convert("RGB").save(made, "PPM")
        return made.getvalue()


def turned(path: Path, degrees: int) -> bytes:
    """What tesseract is given of the only picture of a file, turned clockwise. Errors: as
    `for_reading`."""
    with _opened(path) as picture:
        made = io.BytesIO()
        upright = _upright(picture).convert("RGB")
        upright.rotate(-degrees, expand=True).save(made, "PPM")
        return made.getvalue()


def size(path: Path) -> tuple[int, int]:
    """Points of the first picture as it is read, across and down. Errors: as `for_reading`."""
    with _opened(path) as picture:
        seen = _upright(picture)
        return int(seen.width), int(seen.height)


def scale(path: Path) -> float:
    """Points of a shown page for each pixel that was read. Errors: as `for_reading`."""
    with _opened(path) as picture:
        return 1.0 if _pages(picture) > 1 else min(1.0, _LONGEST / max(*picture.size, 1))


def write_pdf(path: Path, target: Path) -> None:
    """The picture as a page, or several, of a point for a pixel. Errors: as `for_reading`."""
    with _opened(path) as picture:
        pages = _pages(picture)
        if pages > _MOST_PAGES:
            raise TooBig(path=path.name, reason=f"more than {_MOST_PAGES} pictures")
        if pages > 1:
            picture.save(target, "PDF", resolution=72.0, save_all=True)
            return
        page = _upright(picture)
        page.thumbnail((_LONGEST, _LONGEST))
        if page.mode not in ("1", "L", "RGB"):
            page = _on_white(page)
        page.save(target, "PDF", resolution=72.0, quality=88)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    from PIL import Image

    if _is_heic(path):
        import pi_heif

        pi_heif.register_heif_opener()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(path) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise TooBig(path=path.name, reason="more than 100 million points")
            yield picture


def _is_heic(path: Path) -> bool:
    """By its bytes: telephones send such pictures under the name of .jpg."""
    with path.open("rb") as file:
        return file.read(12)[4:8] == b"ftyp"


def _pages(picture: Any) -> int:
    return int(getattr(picture, "n_frames", 1))


def _upright(picture: Any) -> Any:
    from PIL import ImageOps

    return ImageOps.exif_transpose(picture)


def _on_white(picture: Any) -> Any:
    """Without what shines through, as paper has it."""
    from PIL import Image

    clear = picture.convert("RGBA")
    page = Image.new("RGB", clear.size, "white")
    page.paste(clear, mask=clear.getchannel("A"))
    return page
