"""Pictures, and models that see."""

from __future__ import annotations

from app.core.errors.base import LoamError
from app.core.errors.models import ModelError


class CannotSee(ModelError):
    what = "{name} can't see pictures."
    do = "Choose a model that sees (one with a vision add-on), or let the text in it be read."


class BadProjector(ModelError):
    """A vision add-on that can't be used with a model."""

    what = "{name} can't be used as the vision add-on of this model: {reason}."
    do = "Choose the add-on (a file named mmproj) that was published with this very model."


class BadPicture(LoamError):
    what = "{name} can't be used as a picture: {reason}."
    do = "Open it in its own program, save it as PNG or JPEG, and add that."
