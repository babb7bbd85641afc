"""The child that reads a picture which a person adds, and writes it again as Loam's own file.

A process of its own, since the file may be hostile, with bounded memory. What is kept has no
metadata (places, cameras), stands upright, and is what the window and servers are shown; so neither
meets a foreign file.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.core.errors import BadPicture, MissingFile, StoreError
from app.core.files import write_atomically
from app.core.messages import KeepPicture, PictureKept
from app.core.types import Picture, small_name
from app.engine import picture_file

LONGEST = 3072
"""Pixels of a side of what is kept; models look at fewer."""
SMALL = 320
"""The same of the copy that stands beside a message."""
_MEMORY = 2 << 30
_LOSSY = (b"\xff\xd8", b"RIFF")  # how JPEG and WebP begin
_LONGEST_NAME = 120


class Worker:
    """Handler of the child."""

    parallel = 1

    def __init__(self, _: object) -> None:
        with contextlib.suppress(ImportError, ValueError, OSError):
            import resource

            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[PictureKept]:
        """Keep one picture."""
        assert isinstance(request, KeepPicture)
        yield PictureKept(_keep(request))

    def close(self) -> None:
        """Nothing is open."""


def _keep(request: KeepPicture) -> Picture:
    name = (request.name or Path(request.path).name)[-_LONGEST_NAME:]
    raw = _content(request, name)
    try:
        picture = picture_file.decode(raw, name)
        picture.thumbnail((LONGEST, LONGEST))
        kind, data = _written(picture, raw)
    except MemoryError:
        raise BadPicture(name=name, reason="it takes too much memory") from None
    identity = hashlib.sha256(data).hexdigest()
    target = Path(request.folder) / f"{identity}.{kind}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        small = target.with_name(small_name(identity))
        if not target.is_file() or target.stat().st_size != len(data) or not small.is_file():
            write_atomically(small, _small(picture))
            write_atomically(target, data)
        else:
            for file in (small, target):
                file.touch()  # so that it counts as new while no message has it
    except OSError as error:
        raise StoreError.of(error, request.folder) from error
    return Picture(identity, kind, name, picture.width, picture.height)


def _small(picture: Any) -> bytes:
    made = io.BytesIO()
    small = picture.copy()
    small.thumbnail((SMALL, SMALL))
    small.save(made, "PNG")
    return made.getvalue()


def _content(request: KeepPicture, name: str) -> bytes:
    if not request.path:
        return request.raw
    try:
        path = Path(request.path)
        if path.stat().st_size > picture_file.MOST_BYTES:
            raise BadPicture(name=name, reason="it has more than 50 MB")
        return path.read_bytes()
    except FileNotFoundError:
        raise MissingFile(path=request.path) from None
    except OSError as error:
        raise BadPicture(repr(error), name=name, reason="it can't be opened") from error


def _written(picture: Any, raw: bytes) -> tuple[str, bytes]:
    """(ending, content): photographs as JPEG, which they were before; drawings without loss."""
    made = io.BytesIO()
    if raw[:4].startswith(_LOSSY) or raw[4:8] == b"ftyp":
        picture.save(made, "JPEG", quality=92, subsampling=0)
        return "jpg", made.getvalue()
    picture.save(made, "PNG")
    return "png", made.getvalue()
