"""Splits streamed Markdown into blocks that are finished for good and a tail that still grows.

Decisions fall line by line and never look ahead, so the same text gives the same blocks however
it was cut into pieces, and a finished block is never looked at again. A block is a stretch that
can be rendered by itself: a paragraph, a table, one item of a list, a code block, a thinking
block. Long ones are cut (paragraphs near 2,000 characters, tables after 20 rows, code after 120
lines), so that the tail stays cheap to render.

Limits: reference definitions count only for what follows them. A list item or block quote is cut
only once it is very long. The rest of the grammar is markdown-it's, block by block.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from app.ui.render.lines import FENCE, Fence, TextState

_LONG = 2000
_LONGEST = 8000
_TABLE_ROWS = 20
_CODE_LINES = 120
_CODE_SIZE = 6000

_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:[ \t]*\S")
_THINK_OPEN = "<think>"
_THINK_CLOSE = "</think>"
_UNCUT = ("|", _THINK_OPEN, "```", "~~~")


class Kind(StrEnum):
    """What a block is to be drawn as."""

    TEXT = "text"
    CODE = "code"
    THINKING = "thinking"


@dataclass(frozen=True, slots=True)
class Block:
    """source: Markdown of TEXT, the code of CODE, the text of THINKING. definitions: reference
    definitions seen before a TEXT, as Markdown. continued: goes on with the CODE before it.
    closed: whether its end mark has come."""

    kind: Kind
    source: str
    language: str = ""
    definitions: str = ""
    continued: bool = False
    closed: bool = True


class BlockStream:
    """Takes text as it comes. `frozen` only ever grows; `tail()` is the unfinished rest."""

    def __init__(self) -> None:
        self.frozen: list[Block] = []
        self._part = ""
        self._carriage = False
        self._lines: list[str] = []
        self._size = 0
        self._state = TextState()
        self._fence: Fence | None = None
        self._thinking = False
        self._definitions: list[str] = []

    def feed(self, text: str) -> None:
        """More text."""
        if not text:
            return
        if self._carriage:
            text = "\r" + text
        self._carriage = text.endswith("\r")
        if self._carriage:
            text = text[:-1]
        self._part += text.replace("\r\n", "\n").replace("\r", "\n")
        while (at := self._part.find("\n")) >= 0:
            line, self._part = self._part[:at], self._part[at + 1 :]
            self._take(line)
        if self._fence is None and not self._thinking:
            self._part = self._cut(self._part)

    def finish(self) -> None:
        """The text is over: everything is frozen."""
        if self._carriage:
            self._carriage = False
            self.feed("\n")
        if self._part:
            line, self._part = self._part, ""
            self._take(line)
        self.frozen.extend(self._open_blocks())
        self._lines, self._size, self._fence, self._thinking = [], 0, None, False
        self._state = TextState()

    def tail(self) -> list[Block]:
        """The unfinished rest as it looks now; usually none or one block."""
        part = self._part
        if self._fence is not None:
            return [self._code([*self._lines, self._fence.inside(part)] if part else self._lines)]
        if self._thinking:
            return [self._thought([*self._lines, part] if part else self._lines)]
        # The beginning of a fence or of a tag would flash as text for a moment.
        bare = part.lstrip(" ")
        hidden = bare.startswith(("`" * 3, "~~~")) or (
            bare != "" and (_THINK_OPEN.startswith(bare) or bare.startswith(_THINK_OPEN))
        )
        lines = self._lines if hidden or not part else [*self._lines, part]
        source = "\n".join(lines).strip("\n")
        return [self._text(source)] if source.strip() else []

    # --- one line --------------------------------------------------------------------------------

    def _take(self, line: str) -> None:
        if self._fence is not None:
            if self._fence.closed_by(line):
                self.frozen.append(self._code(self._lines, closed=True))
                self._lines, self._size, self._fence = [], 0, None
            else:
                self._take_code(self._fence, self._fence.inside(line))
            return
        if self._thinking:
            self._take_thought(line)
            return
        line = self._cut(line)
        if line.lstrip().startswith(_THINK_OPEN) and not self._state.math:
            self._freeze()
            self._thinking = True
            self._take_thought(line.lstrip()[len(_THINK_OPEN) :])
            return
        fence = FENCE.match(line)
        if fence and self._fence_is_ours(fence):
            self._freeze()
            self._fence = Fence(fence)
            return
        if self._state.begins_block(line):
            self._freeze()
        self._lines.append(line)
        self._size += len(line) + 1
        self._state.note(line)
        if _DEFINITION.match(line):
            self._definitions.append(line)
        self._bound()

    def _take_code(self, fence: Fence, line: str) -> None:
        if len(self._lines) >= _CODE_LINES or self._size >= _CODE_SIZE:
            self.frozen.append(self._code(self._lines))
            self._lines, self._size, fence.continued = [], 0, True
        self._lines.append(line)
        self._size += len(line) + 1

    def _take_thought(self, line: str) -> None:
        before, close, after = line.partition(_THINK_CLOSE)
        self._lines.append(before)
        if close:
            self.frozen.append(self._thought(self._lines, closed=True))
            self._lines, self._size, self._thinking = [], 0, False
            if after.strip():
                self._take(after)

    def _fence_is_ours(self, fence: re.Match[str]) -> bool:
        """A fence that is indented below a list item belongs to the item."""
        return not self._state.math and not (self._state.item and len(fence[1]) >= 2)

    def _bound(self) -> None:
        state = self._state
        if state.table and len(self._lines) - state.table_at >= _TABLE_ROWS + 2:
            head = self._lines[state.table_at : state.table_at + 2]
            self._freeze()
            self._lines = list(head)
            self._size = sum(map(len, head))
            for line in head:
                self._state.note(line)
        elif self._size > (_LONGEST if state.item or state.quote else _LONG) and not (
            state.table or state.math or state.inner_fence
        ):
            self._freeze()

    def _cut(self, line: str) -> str:
        """Take the front of an overlong line as paragraphs; give the rest."""
        while len(line) > _LONG and not line.lstrip().startswith(_UNCUT):
            at = line.find(" ", _LONG)
            if at < 0:
                break
            self._lines.append(line[:at])
            self._freeze()
            line = line[at + 1 :]
        return line

    # --- blocks ----------------------------------------------------------------------------------

    def _freeze(self) -> None:
        self.frozen.extend(self._open_blocks())
        self._lines, self._size, self._state = [], 0, TextState()

    def _open_blocks(self) -> list[Block]:
        if self._fence is not None:
            return [self._code(self._lines)]
        if self._thinking:
            return [self._thought(self._lines)]
        source = "\n".join(self._lines).strip("\n")
        return [self._text(source)] if source.strip() else []

    def _text(self, source: str) -> Block:
        return Block(Kind.TEXT, source, definitions="\n".join(self._definitions))

    def _code(self, lines: list[str], closed: bool = False) -> Block:
        assert self._fence is not None
        fence = self._fence
        return Block(
            Kind.CODE,
            "\n".join(lines),
            fence.language,
            continued=fence.continued,
            closed=closed,
        )

    def _thought(self, lines: list[str], closed: bool = False) -> Block:
        return Block(Kind.THINKING, "\n".join(lines).strip(), closed=closed)


def split(text: str) -> list[Block]:
    """The blocks of a whole text."""
    stream = BlockStream()
    stream.feed(text)
    stream.finish()
    return stream.frozen
