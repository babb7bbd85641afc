"""Which languages of text in pictures can be read here, and how to get more. Starts a program, so
never on the thread that draws the window."""

from __future__ import annotations

from dataclasses import dataclass

_NO_LANGUAGE = ("osd", "equ", "snum")


@dataclass(frozen=True, slots=True)
class PictureLanguages:
    """installed: as tesseract names them, sorted; more: the line that installs another one."""

    installed: tuple[str, ...]
    more: str


def picture_languages_here() -> PictureLanguages:
    """What tesseract has; nothing where it is not installed."""
    from app.retrieval.loaders import _ocr

    # Asked anew each time: a person may just have installed one.
    _ocr.installed.cache_clear()
    found = tuple(sorted(_ocr.installed().difference(_NO_LANGUAGE)))
    line = "sudo apt-get install tesseract-ocr"
    return PictureLanguages(found, f"{line}-deu" if found else line)
