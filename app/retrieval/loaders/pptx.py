"""PowerPoint presentations (.pptx): slides are pages, their titles headings, notes kept.

Limits: pictures and charts are left out.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from app.core.errors import NoWords
from app.core.messages import Parsed, ParsedPage
from app.retrieval.loaders import _office
from app.retrieval.loaders._base import PLAIN, Loader, Reading

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_MARKED = re.compile(r"(?<!\w)(\*{1,3})(?=\S)([^*\n]+)\1")
_RULE = re.compile(r"\|?[\s:|-]*-{3,}[\s:|-]*")


def load(path: Path, reading: Reading = PLAIN) -> Parsed:
    """A page for each slide that holds text. Errors: as `_office.extract`, and NoWords."""
    document = _office.extract(path, _MEDIA_TYPE, reading, output="markdown")
    slides = [_slide(slide) for slide in document.pages or ()]
    slides = [slide for slide in slides if any(letter.isalnum() for letter in slide.text)]
    if not slides:
        raise NoWords(path=path.name)
    title = _office.title_of(path, document, [(0, 1, h[2]) for s in slides for h in s.headings[:1]])
    return Parsed("slides", title, tuple(slides))


def _slide(slide: Any) -> ParsedPage:
    lines: list[str] = []
    headings: list[tuple[int, int, str]] = []
    source = _office.plain(slide.content)
    if slide.speaker_notes and slide.speaker_notes not in source:
        source += "\n\n" + _office.plain(slide.speaker_notes)
    for line in source.split("\n"):
        words = _MARKED.sub(r"\2", line).strip()
        if words in ("-", "*") or _RULE.fullmatch(words):
            continue
        if heading := _HEADING.fullmatch(words):
            words = heading[2].strip()
            headings.append((sum(len(kept) + 1 for kept in lines), len(heading[1]), words))
        elif words.startswith("|") and words.endswith("|"):
            words = " | ".join(cell.strip() for cell in words.strip("|").split("|"))
        if words or (lines and lines[-1]):
            lines.append(words)
    return ParsedPage(slide.page_number, "\n".join(lines).rstrip(), tuple(headings))


LOADER = Loader((".pptx",), "slides", load, read=load)
