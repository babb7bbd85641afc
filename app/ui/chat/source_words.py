"""A source in words: which file, which page, under which heading."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from app.core.types import Source


_TIP = 600


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


def tooltip(source: Source) -> str:
    """Rich text of the place and the passage; nothing in it is markup of the document."""
    text = " ".join(source.hit.passage.text.split())
    shown = text if len(text) <= _TIP else f"{text[:_TIP]} …"
    return f"<p><b>{html.escape(place(source))}</b></p><p>{html.escape(shown)}</p>"
