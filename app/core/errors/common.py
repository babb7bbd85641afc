"""Errors that any part may raise."""

from __future__ import annotations

from app.core.errors.base import LoamError


class BadInput(LoamError):
    """What the person typed can't be used. On the terminal: exit code 2."""

    what = "{problem}"
    do = ""


class MissingFile(BadInput):
    what = "There is no file or folder {path}."
    do = "Check the name, or choose it again."


class NotFound(LoamError):
    what = "{thing} is no longer there."
    do = "The list is brought up to date."


class Cancelled(LoamError):
    what = "Stopped."
    do = ""


class ChildDied(LoamError):
    """A child process ended while it was needed. name: 'the model', 'the document reader' ..."""

    what = "{name} stopped unexpectedly ({reason})."
    do = "It starts again by itself with your next step; nothing that was saved is lost."


class ChildStuck(ChildDied):
    what = "{name} did not answer and was ended."


class SettingRejected(LoamError):
    what = "The setting {key} had a value that can't be used ({value})."
    do = "Its default, {default}, is used instead."


class SettingRefused(SettingRejected):
    """A person chose it just now. can: what it can be."""

    what = "The setting {key} can't be {value}."
    do = "It can be {can}. Nothing was changed."


class UnknownSetting(SettingRejected):
    what = "There is no setting {key}."
    do = "Nothing was changed."
