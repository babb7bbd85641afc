"""A source in words: which file, which page, under which heading."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from app.core.types import Source


_TIP = 600
# Rows of a table, paths and names made of one word have no blanks to wrap at.
_NO_BLANK = re.compile(r"([,;|/_](?=\S)(?!\d{3}(?!\d)))")
_LONG_RUN = re.compile(r"([^\s\u200b]{20})(?=[^\s\u200b])")


def place(source: Source) -> str:
    """'handbook.pdf, page 3'."""
    passage = source.hit.passage
    name = passage.path.replace("\\", "/").rpartition("/")[2] or passage.title
    if passage.page is None:
        return name
    page = QCoreApplication.translate("sources", "page {n}").replace("{n}", str(passage.page))
    return f"{name}, {page}"


def heading(source: Source) -> str:
    """The headings that lead to the passage, outermost first; may be empty."""
    return " › ".join(each for each in source.hit.passage.heading if each)


def wrapping(text: str) -> str:
    """A text for a label that wraps at blanks alone: it may wrap within long words as well."""
    return _LONG_RUN.sub("\\1\u200b", _NO_BLANK.sub("\\1\u200b", " ".join(text.split())))


def tooltip(source: Source) -> str:
    """Rich text of the place and the passage; nothing in it is markup of the document."""
    text = " ".join(source.hit.passage.text.split())
    shown = text if len(text) <= _TIP else f"{text[:_TIP]} …"
    return f"<p><b>{html.escape(place(source))}</b></p><p>{html.escape(shown)}</p>"
