"""The text of an answer: blocks drawn as segments that are finished for good, and a growing end.

Text blocks are gathered in segments of bounded size, since one long document would be laid out
anew for each word. A stored answer is drawn a few milliseconds at a time when it is long.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QTimer, Signal

from app.ui.chat.flow import Flow
from app.ui.chat.painter import Painter
from app.ui.chat.text_view import TextView
from app.ui.chat.thinking_view import ThinkingView
from app.ui.render.blocks import Block, BlockStream, Kind, split

if TYPE_CHECKING:
    from app.ui.chat.code_block import CodeBlock

_SEGMENT = 1500
_SLICE_SECONDS = 0.005


@dataclass
class _Segment:
    """Blocks that one widget shows. closed: no block will be added; html: of finished blocks;
    stale: not shown yet."""

    kind: Kind
    widget: TextView | CodeBlock | ThinkingView
    blocks: list[Block] = field(default_factory=list)
    html: str = ""
    size: int = 0
    closed: bool = False
    stale: bool = False


class AnswerBody(Flow):
    """passage: tooltip of a citation by number; doubt: that of a sentence that no source says, by
    its number from 0. `grew`: the height may have changed by itself."""

    cited = Signal(int)
    grew = Signal()
    listens = False

    def __init__(
        self,
        painter: Painter,
        passage: Callable[[int], str],
        doubt: Callable[[int], str] | None = None,
    ) -> None:
        super().__init__(0)
        self._painter = painter
        self._passage = passage
        self._doubt = doubt
        self._writer = painter.writer(())
        self._segments: list[_Segment] = []
        self._stream = BlockStream()
        self._taken = 0
        self._text = ""
        self._marked = ""
        self._pending: deque[Block] = deque()
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._slice)
        painter.restyled.connect(self._restyle)
        painter.formulas_ready.connect(self._redraw_formulas)

    @property
    def text(self) -> str:
        """The Markdown shown, or on its way to be."""
        return self._text

    def show_text(
        self, text: str, cites: Collection[int], doubts: Sequence[tuple[int, int]] = ()
    ) -> None:
        """A whole answer, with text[start:end] of each of `doubts` marked. What is shown already
        and stays the same is not drawn again."""
        known = self._writer.cites == frozenset(cites) and self._writer.doubts == bool(doubts)
        before = self._marked
        self._marked = _marked(text, doubts) if doubts else text
        if known and self._marked == before and not self._pending:
            self._stream.finish()
            self._pending = deque(self._stream.frozen[self._taken :])
            self._taken = len(self._stream.frozen)
            self._slice()
            return
        self._text = text
        if not known:
            self._writer = self._painter.writer(cites)
            self._writer.doubts = bool(doubts)
        blocks = split(self._marked)
        kept = self._keep_same(blocks) if known else self._keep_same([])
        self._stream = BlockStream()
        self._taken = 0
        self._pending = deque(blocks[kept:])
        self._slice()

    def append(self, text: str) -> None:
        """More of a streaming answer; `draw` shows it."""
        self._text += text
        self._marked += text
        self._stream.feed(text)

    def begin_stream(self, text: str, cites: Collection[int]) -> None:
        """What comes now is appended to `text`."""
        self._timer.stop()
        self._pending.clear()
        self._keep_same([])
        self._writer = self._painter.writer(cites)
        self._stream = BlockStream()
        self._taken = 0
        self._text = self._marked = ""
        self.append(text)
        self.draw()

    def set_cites(self, cites: Collection[int]) -> None:
        """Numbers that a chip may name; what is shown already gets its chips too."""
        if self._writer.cites != frozenset(cites):
            self._writer.cites = frozenset(cites)
            self._rewrite(lambda block: "[" in block.source)

    def draw(self) -> bool:
        """Show what was appended, as far as a frame allows; whether that was all."""
        last = self._segments[-1].widget if self._segments else None
        frozen = self._stream.frozen
        deadline = time.monotonic() + _SLICE_SECONDS
        while self._taken < len(frozen) and time.monotonic() < deadline:
            self._add(frozen[self._taken])
            self._taken += 1
        whole = self._taken == len(frozen)
        tail = self._stream.tail() if whole else []
        self._show_tail(tail[0] if tail else None)
        self.touch(last)
        return whole

    # --- segments --------------------------------------------------------------------------------

    def _add(self, block: Block) -> None:
        segment = self._open_segment(block.kind)
        segment.blocks.append(block)
        if isinstance(segment.widget, TextView):
            segment.html += self._writer.write(block)
            # Tables cost Qt several times as much as other text.
            segment.size += len(block.source) * (4 if "|" in block.source else 1)
            segment.closed = segment.size >= _SEGMENT
            segment.stale = True
        else:
            segment.closed = True
            segment.widget.show_block(block, final=True)
            self._join_code(segment)

    def _show_tail(self, block: Block | None) -> None:
        if block is None:
            if self._segments:
                self._show_frozen(self._segments[-1])
            return
        segment = self._open_segment(block.kind)
        if isinstance(segment.widget, TextView):
            segment.stale = False
            segment.widget.show_html(segment.html + self._writer.write(block))
            segment.widget.show()
        else:
            segment.widget.show_block(block, final=False)
            self._join_code(segment)

    def _join_code(self, segment: _Segment) -> None:
        """Let the parts of one long code block look like one."""
        if segment.kind is not Kind.CODE or len(self._segments) < 2:
            return
        before = self._segments[-2]
        if before.kind is Kind.CODE and cast("CodeBlock", segment.widget).continued:
            cast("CodeBlock", before.widget).space_below = 0

    def _open_segment(self, kind: Kind) -> _Segment:
        """The last segment when it still takes a block of this kind, else a new one."""
        if self._segments:
            last = self._segments[-1]
            if last.kind is kind and not last.closed:
                return last
            self._show_frozen(last)
            last.closed = True
        segment = _Segment(kind, self._widget(kind))
        self._segments.append(segment)
        self.add(segment.widget)
        return segment

    @staticmethod
    def _show_frozen(segment: _Segment) -> None:
        """Show a text segment without the tail that it may have shown."""
        segment.stale = False
        if isinstance(segment.widget, TextView):
            segment.widget.show_html(segment.html)
            segment.widget.setVisible(bool(segment.html))

    def _widget(self, kind: Kind) -> TextView | CodeBlock | ThinkingView:
        if kind is Kind.CODE:
            # With what colours it; most answers have none.
            from app.ui.chat.code_block import CodeBlock

            code = CodeBlock(self._painter)
            code.copy_wanted.connect(self._copy_code)
            return code
        if kind is Kind.THINKING:
            thinking = ThinkingView(self._painter)
            thinking.toggled.connect(self._changed)
            return thinking
        text = TextView(self._painter, self._passage, self._doubt)
        text.setAccessibleName(self.tr("Answer"))
        text.cited.connect(self.cited)
        return text

    def _copy_code(self) -> None:
        """Copy the whole of a code block, which may stand in several widgets."""
        begin = [each.widget for each in self._segments].index(cast("CodeBlock", self.sender()))
        parts = [cast("CodeBlock", self._segments[begin].widget)]
        for segment in self._segments[begin + 1 :]:
            part = cast("CodeBlock", segment.widget)
            if segment.kind is not Kind.CODE or not part.continued:
                break
            parts.append(part)
        parts[0].copy("\n".join(part.code for part in parts))

    def _keep_same(self, blocks: list[Block]) -> int:
        """Remove all segments from the first that shows anything else than `blocks`; how many
        blocks the remaining ones show."""
        kept, count = 0, 0
        for segment in self._segments:
            end = count + len(segment.blocks)
            if not segment.closed or not segment.blocks or blocks[count:end] != segment.blocks:
                break
            kept, count = kept + 1, end
        for segment in self._segments[kept:]:
            self.take(segment.widget)
        del self._segments[kept:]
        return count

    def _slice(self) -> None:
        deadline = time.monotonic() + _SLICE_SECONDS
        while self._pending and time.monotonic() < deadline:
            self._add(self._pending.popleft())
        if self._segments:
            self._show_frozen(self._segments[-1])
        if self._pending:
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._timer.stop()
        self.touch()
        self.grew.emit()

    def _restyle(self) -> None:
        marked = self._writer.doubts
        self._writer = self._painter.writer(self._writer.cites)
        self._writer.doubts = marked
        for segment in self._segments:
            segment.widget.restyle()
        self._rewrite(lambda _block: True)

    def _redraw_formulas(self) -> None:
        self._rewrite(lambda block: "$" in block.source or "\\" in block.source)

    def _rewrite(self, concerns: Callable[[Block], bool]) -> None:
        changed = False
        for segment in self._segments:
            if isinstance(segment.widget, TextView) and any(map(concerns, segment.blocks)):
                segment.html = "".join(map(self._writer.write, segment.blocks))
                segment.widget.show_html(segment.html)
                changed = True
        if self._stream.tail():
            self.draw()
            changed = True
        if changed:
            self._changed()

    def _changed(self) -> None:
        self.touch()
        self.grew.emit()


def _marked(text: str, places: Sequence[tuple[int, int]]) -> str:
    # Few answers need it, and a window starts without it.
    from app.ui.render import doubts

    return doubts.marked(text, places)
