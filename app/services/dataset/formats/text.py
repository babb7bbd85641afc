"""Plain text to go on learning from. A form feed, or a line that is only '<|endoftext|>', ends a
document; its paragraphs are put together to rows of at most about 4,000 characters.

Rows of one document are one group. A paragraph is only cut when it is longer than a row, at the
end of a line; a single line never is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TextIO

from app.services.dataset.formats._base import (
    MAX_CHARACTERS,
    Beginning,
    Unusable,
    checked,
    is_text,
    plain,
)
from app.services.dataset.formats._decode import encoding_of
from app.services.dataset.types import Draft, Rejected

_LONGEST = 4_000
_END = "<|endoftext|>"


class _Text:
    name = "text"
    title = "Plain text"
    suffixes = (".txt", ".text", ".md")
    columns = False

    def fits(self, beginning: Beginning) -> int:
        if beginning.records or "\0" in beginning.text:
            return 0
        return 5 if beginning.suffix in self.suffixes else 1

    def read(self, path: Path, mapping: Mapping[str, str]) -> Iterator[Draft | Rejected]:
        """As Format.read; the mapping is not used."""
        with path.open(encoding=encoding_of(path), errors="replace") as file:
            document, ended, held, begin, size = 0, True, list[str](), 0, 0
            for line, paragraph in _paragraphs(file):
                longer = size + 2 + len(paragraph)
                if held and (not paragraph or longer > _LONGEST):
                    yield _row(held, begin, path, document)
                    held = []
                if paragraph:
                    document += ended
                    begin, size = (begin, longer) if held else (line, len(paragraph))
                    held.append(paragraph)
                ended = not paragraph
            if held:
                yield _row(held, begin, path, document)

    def write(self, drafts: Iterable[Draft], target: TextIO, suffix: str) -> Iterator[str]:
        """As Format.write; a form feed stands between groups."""
        group: str | None = None
        for draft in drafts:
            if not is_text(draft) or draft.label or draft.spans:
                yield "it is not plain text"
                continue
            if group is not None:
                target.write("\n\n" if draft.group == group and group else "\n\f\n")
            target.write(draft.turns[0].content)
            group = draft.group
            yield ""
        if group is not None:
            target.write("\n")


def _paragraphs(file: TextIO) -> Iterator[tuple[int, str]]:
    """(first line, text) of each paragraph; '' where a document ends. One that is longer than a
    row is cut at the end of a line."""
    held, begin, size = list[str](), 0, 0
    for number, said in _lines(file):
        if held and (said is None or not said.strip() or size + 1 + len(said) > _LONGEST):
            yield begin, "\n".join(held)
            held = []
        if said is None:
            yield number, ""
        elif said.strip():
            begin, size = (begin, size + 1 + len(said)) if held else (number, len(said))
            held.append(said)
    if held:
        yield begin, "\n".join(held)


def _lines(file: TextIO) -> Iterator[tuple[int, str | None]]:
    """(number, text) of each line; None where a document ends."""
    for number, line in enumerate(iter(lambda: file.readline(MAX_CHARACTERS), ""), 1):
        for place, piece in enumerate(line.removesuffix("\n").split("\f")):
            if place:
                yield number, None
            yield number, None if piece.strip() == _END else piece


def _row(paragraphs: list[str], line: int, path: Path, document: int) -> Draft | Rejected:
    try:
        group = f"{path.name}, document {document}"
        return checked(Draft(plain("\n\n".join(paragraphs)), group=group, line=line))
    except Unusable as problem:
        return Rejected(line, str(problem))


FORMAT = _Text()
