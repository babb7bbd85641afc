"""Pictures that a person shows to a model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture kept with a chat. id: the SHA-256 of its file in the profile, whose ending is
    `kind` ('png', 'jpg'); name: of the file it came from, said to who can't see it; size in
    pixels."""

    id: str
    kind: str
    name: str
    width: int
    height: int


def small_name(identity: str) -> str:
    """What the file of a picture's small copy is called."""
    return f"{identity}-small.png"


@dataclass(frozen=True, slots=True)
class VisionAddOn:
    """What an mmproj file says of itself: the part that makes tokens of pictures for a model. sees:
    it is for pictures, not for sound alone; widths: of its last tables, one of which is the width
    of the model's tokens; image_size: pixels of a side that it looks at in one go; inside: its
    names in the file."""

    path: str
    name: str
    projector: str
    image_size: int
    size_bytes: int
    sees: bool
    widths: tuple[int, ...] = ()
    layers: int = 0
    inside: str = ""
