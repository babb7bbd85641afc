"""Pictures that a person adds to a chat: what the child that reads them is asked, and says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.types.pictures import Picture


@dataclass(frozen=True, slots=True)
class KeepPicture:
    """Read a picture and keep it as Loam's own file in `folder`. path: of the file; raw: its
    content where there is no file, called `name`. Events: one PictureKept. Errors: BadPicture,
    MissingFile, StoreError."""

    folder: str
    path: str = ""
    raw: bytes = b""
    name: str = ""


@dataclass(frozen=True, slots=True)
class PictureKept:
    picture: Picture
