"""A picture file as points: read by Pillow in a child, since the file may be hostile.

Limits: 50 MB and 50 million points; PNG, JPEG, WebP, BMP, GIF (its first picture) and HEIC (by
pi-heif). A picture is turned as its camera says and put on white where it can be seen through.
"""

from __future__ import annotations

import io
import warnings
from typing import Any

from app.core.errors import BadPicture

_KINDS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
MOST_BYTES = 50 << 20
_MOST_PIXELS = 50_000_000
_MOST_SIDE = 30_000


def decode(raw: bytes, name: str) -> Any:
    """A Pillow picture in RGB. name: for errors. Errors: BadPicture."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    if len(raw) > MOST_BYTES:
        raise BadPicture(name=name, reason="it has more than 50 MB")
    kinds = (*_KINDS, "HEIF") if _is_heic(raw) else _KINDS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(raw), formats=kinds) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    raise BadPicture(name=name, reason="it has more than 50 million points")
                if max(picture.size) > _MOST_SIDE:
                    raise BadPicture(name=name, reason="it is too long")
                picture.load()
                return _on_white(ImageOps.exif_transpose(picture))
    except BadPicture:
        raise
    except UnidentifiedImageError:
        reason = "it is no PNG, JPEG, WebP, BMP, GIF or HEIC picture"
        raise BadPicture(name=name, reason=reason) from None
    except Exception as error:  # Pillow's decoders raise what they like on damaged files
        raise BadPicture(repr(error)[:500], name=name, reason="it is damaged") from None


def _is_heic(raw: bytes) -> bool:
    if raw[4:8] != b"ftyp":
        return False
    try:
        import pi_heif
    except ImportError:
        return False
    pi_heif.register_heif_opener()
    return True


def _on_white(picture: Any) -> Any:
    from PIL import Image

    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    page = Image.new("RGB", clear.size, "white")
    page.paste(clear, mask=clear.getchannel("A"))
    return page
