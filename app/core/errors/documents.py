"""Documents that can't be read, or not shown as they look."""

from __future__ import annotations

from app.core.errors.base import LoamError


class DocumentError(LoamError):
    what = "{path} could not be read ({reason})."
    do = "Open it in its own program to see if it is damaged, save it again, and add it once more."


class PasswordNeeded(DocumentError):
    what = "{path} is protected by a password."
    do = "Read it again with its password, or save a copy without one and add that."


class WrongPassword(PasswordNeeded):
    what = "The password for {path} is not right."
    do = "Type it again, or save a copy without a password and add that."


class CannotUnlock(PasswordNeeded):
    """Of a format whose passwords Loam does not take."""

    do = "Save a copy without the password and add that."


class NoText(DocumentError):
    what = "{path} holds no text that can be read."
    do = "If there is text in its pictures, choose its language in Settings and read it again."


class EmptyFile(NoText):
    what = "{path} is empty: there is nothing in the file."
    do = "If it should hold something, find a copy that does and add that."


class NoWords(NoText):
    """Of a format whose pictures are not read."""

    what = "{path} holds no words that can be read."
    do = "If its words are in pictures, save it as PDF and add that: in PDF files they are read."


class Scanned(NoText):
    what = "{path} is made of pictures of text, which can't be read yet: {reason}."
    do = "{remedy}, then read it again."


class NoLook(DocumentError):
    """A document whose pages can't be shown as they look; its text can."""

    what = "The pages of {path} can't be shown ({reason})."
    do = "Its text can be read all the same."


class UnknownFormat(DocumentError):
    what = "Loam cannot read files like {path}."
    do = "Save it as PDF, DOCX, HTML or text and add that."


class TooBig(DocumentError):
    what = "{path} is too large to read ({reason})."
    do = "Split it into smaller files and add those."
