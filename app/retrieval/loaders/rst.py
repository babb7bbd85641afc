"""reStructuredText: the decoded file is the text; underlined (and overlined) titles are headings.

Limits: directives are not carried out, so included files are not part of the text.
"""

from __future__ import annotations

import re
from pathlib import Path

from app.core.messages import Parsed, ParsedPage
from app.retrieval.loaders import _decode
from app.retrieval.loaders._base import Loader

_RULE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}")
_MARKUP = re.compile(r":[\w+.-]+:(?=`)|[*`]+_*|(?<=\w)_{1,2}(?=\s|$)")


def load(path: Path) -> Parsed:
    """One page; the first title is the document's. Errors: as `_decode.read`."""
    text = _decode.read(path)
    found = headings(text)
    title = found[0][2] if found and found[0][1] == 1 else path.stem
    return Parsed("rst", title[:200], (ParsedPage(None, text, found),))


def headings(text: str) -> tuple[tuple[int, int, str], ...]:
    """(offset of its words, level from 1, words without markup) of each section title. As docutils
    has it, the styles' order of appearance tells their levels."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    styles: list[tuple[str, bool]] = []
    found = []
    for at in range(len(lines) - 1):
        line, words = lines[at], lines[at].strip()
        under = _RULE.fullmatch(lines[at + 1].rstrip())
        if not words or under is None or _RULE.fullmatch(words):
            continue
        above = lines[at - 1].rstrip() if at else ""
        overlined = above == lines[at + 1].rstrip()
        if (above.strip() and not overlined) or (line[0].isspace() and not overlined):
            continue
        if len(lines[at + 1].rstrip()) < min(len(line.rstrip()), 4):
            continue
        style = (under[1], overlined)
        if style not in styles:
            styles.append(style)
        begin = starts[at] + len(line) - len(line.lstrip())
        plain = _MARKUP.sub("", words).strip()
        if plain:
            found.append((begin, styles.index(style) + 1, plain))
    return tuple(found)


LOADER = Loader((".rst", ".rest"), "rst", load)
