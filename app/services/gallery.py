"""Pictures in chats: files in the profile by their content, kept as long as a message has them."""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from app.core.errors import Cancelled
from app.core.messages import KeepPicture, PictureKept, Progress
from app.core.process import Cancel, WorkerProcess
from app.core.types import Picture, small_name

_log = logging.getLogger(__name__)
_UNSENT_S = 7 * 24 * 3600.0
"""A picture that no message has may wait in the field where messages are written."""
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".heic", ".heif")
"""Endings of files that are offered to a model that sees."""
_MIME = {"jpg": "image/jpeg", "png": "image/png"}


class Gallery:
    """folder: of one profile. Starts a child to read pictures and ends it when they are read."""

    def __init__(self, folder: Path, logs: Path) -> None:
        self._folder = folder
        self._reader = WorkerProcess(
            "The picture reader", "app.engine.picture_worker:Worker", None, logs
        )

    def add(self, paths: Sequence[str], cancel: Cancel | None = None) -> Iterator[object]:
        """Keep copies of picture files: Progress, and PictureKept for each. Errors: BadPicture,
        MissingFile, StoreError, ChildDied, Cancelled."""
        yield from self._kept([KeepPicture(str(self._folder), path=each) for each in paths], cancel)

    def paste(self, raw: bytes, name: str, cancel: Cancel | None = None) -> Iterator[object]:
        """Keep a picture that is in no file. Events and errors: as `add`."""
        yield from self._kept([KeepPicture(str(self._folder), raw=raw, name=name)], cancel)

    def path(self, picture: Picture) -> Path:
        """Where a picture's file is."""
        return self._folder / f"{picture.id}.{picture.kind}"

    def small(self, picture: Picture) -> Path:
        """Where its small copy is."""
        return self._folder / small_name(picture.id)

    def forget_all_but(self, used: Iterable[Picture]) -> None:
        """Delete what no message has, unless it is new."""
        kept = {name for each in used for name in (self.path(each).name, small_name(each.id))}
        old = time.time() - _UNSENT_S
        for file in self._folder.glob("*.*"):
            try:
                if file.name not in kept and file.stat().st_mtime < old:
                    file.unlink()
            except OSError as error:
                _log.warning("A picture could not be deleted: %r", error)

    def close(self) -> None:
        """End the child."""
        self._reader.close(patience=0.5)

    def _kept(
        self, requests: Sequence[KeepPicture], cancel: Cancel | None
    ) -> Iterator[Progress | PictureKept]:
        try:
            for number, request in enumerate(requests):
                yield Progress("Reading the picture", number, len(requests), "pictures")
                yield from self._reader.stream(request, cancel)
                if cancel and cancel.is_set():
                    raise Cancelled
        finally:
            self._reader.rest(patience=0.5)


def data_url(path: Path, kind: str) -> str:
    """A picture as text, for files that stand alone. Errors: OSError."""
    encoded = base64.b64encode(path.read_bytes()).decode()
    return f"data:{_MIME.get(kind, 'image/png')};base64,{encoded}"


def is_picture(path: str) -> bool:
    """Whether a file looks like a picture that a model may be shown, by its name."""
    return path.lower().endswith(SUFFIXES)
