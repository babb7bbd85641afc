"""`--image FILE`: pictures that a model is shown with a question, or in a chat."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.errors import CannotSee
from app.core.messages import PictureKept
from app.core.paths import Profile, existing_file
from app.core.types import ModelSpec, Picture
from app.services.gallery import Gallery
from app.services.models import ModelService

if TYPE_CHECKING:
    from app.services.chat import ChatService


def add_argument(parser: argparse.ArgumentParser, help: str) -> None:
    """Declare `--image`, which may be given several times."""
    parser.add_argument("--image", action="append", default=[], metavar="FILE", help=help)


def kept(chats: ChatService, chat_id: int, files: Sequence[str]) -> tuple[Picture, ...]:
    """Pictures for the next message of a chat. Errors: CannotSee, MissingFile, BadPicture,
    StoreError."""
    if not files:
        return ()
    chats.check_sees(chat_id)
    events = list(chats.gallery.add([str(existing_file(each)) for each in files]))
    return tuple(each.picture for each in events if isinstance(each, PictureKept))


@contextlib.contextmanager
def shown(
    profile: Profile, files: Sequence[str], models: ModelService, spec: ModelSpec
) -> Iterator[tuple[str, ...]]:
    """Loam's own copies of pictures, for as long as the question lasts. Errors: CannotSee,
    MissingFile, BadPicture."""
    if not files:
        yield ()
        return
    if not models.sees(spec):
        raise CannotSee(name=Path(spec.path).stem)
    with tempfile.TemporaryDirectory(prefix="loam-") as folder:
        gallery = Gallery(Path(folder), profile.logs)
        try:
            paths = [str(existing_file(each)) for each in files]
            events = list(gallery.add(paths))
        finally:
            gallery.close()
        yield tuple(str(gallery.path(e.picture)) for e in events if isinstance(e, PictureKept))
