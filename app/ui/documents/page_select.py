"""Selecting words on the pages of a document as they look: with the mouse, or with the arrow keys
and Shift. What is selected is text[start:end] of the document, word after word as they are read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from app.core.messages import WordAt
from app.core.types import Rect
from app.ui.documents.pdf_view import PdfView

_KEYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class PageSelection(QObject):
    """Over a PdfView while `begin` holds. `ask`: called with a page whose words are wanted; they
    come by `take`. `changed`: other words are selected."""

    changed = Signal()

    def __init__(self, view: PdfView, ask: Callable[[int], None]) -> None:
        super().__init__(view)
        self._view = view
        self._ask = ask
        self._asked: set[int] = set()
        self._words: list[tuple[int, WordAt]] = []
        self._anchor = self._end = -1
        self._held = False
        self.on = False
        view.page_changed.connect(self._look)

    @property
    def selected(self) -> tuple[int, int]:
        """Offsets of what is selected; 0, 0 for nothing."""
        if not self.on or self._anchor < 0:
            return 0, 0
        first, last = sorted((self._anchor, self._end))
        return self._words[first][1].start, self._words[last][1].end

    def begin(self) -> None:
        """Let words be selected from now on."""
        if self.on:
            return
        self.on = True
        self._view.installEventFilter(self)
        self._view.viewport().installEventFilter(self)
        self._view.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self._look(self._view.page)

    def end(self) -> None:
        """Pages are only read again."""
        if self.on:
            self.on = False
            self._view.removeEventFilter(self)
            self._view.viewport().removeEventFilter(self)
            self._view.viewport().unsetCursor()
        self.clear()

    def clear(self) -> None:
        """Another document: its words are not known."""
        self._asked.clear()
        self._words = []
        self._anchor = self._end = -1
        self._view.choose({})

    def take(self, page: int, words: Sequence[WordAt]) -> None:
        """The words of a page that was asked for; those of other pages stay."""
        if not self.on or page not in self._asked:
            return
        before = self._ends()
        self._words = [each for each in self._words if each[0] != page]
        self._words += [(page, word) for word in words]
        self._words.sort(key=lambda each: each[1].start)
        if before is not None:
            starts = [word.start for _, word in self._words]
            self._anchor, self._end = (bisect_right(starts, at) - 1 for at in before)
        self._draw()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and watched is self._view.viewport():
            return self._mouse(event)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        return False

    def _mouse(self, event: QMouseEvent) -> bool:
        left = Qt.MouseButton.LeftButton
        if event.type() == QEvent.Type.MouseButtonPress and event.button() == left:
            self._view.setFocus()
            word = self._word_at(event.position())
            if word >= 0:
                keep = event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._anchor >= 0
                self._held = True
                self._set(self._anchor if keep else word, word)
            return True
        if event.type() == QEvent.Type.MouseMove and self._held:
            word = self._word_at(event.position())
            if word >= 0:
                self._set(self._anchor, word)
            return True
        if event.type() == QEvent.Type.MouseButtonRelease and event.button() == left:
            self._held = False
            return True
        return False

    def _key(self, event: QKeyEvent) -> bool:
        step = _KEYS.get(Qt.Key(event.key()))
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        # Without Shift, Up and Down scroll until a word is chosen.
        if step is None or not self._words or (self._anchor < 0 and step[1] and not shift):
            return False
        if self._anchor < 0:
            page = self._view.page
            first = (n for n, (number, _) in enumerate(self._words) if number == page)
            at = next(first, 0)
        elif step[0]:
            at = max(0, min(len(self._words) - 1, self._end + step[0]))
        else:
            at = self._line(step[1])
        self._set(self._anchor if shift and self._anchor >= 0 else at, at)
        page, word = self._words[at]
        self._view.show_box(page, _rect(word.boxes[0]))
        return True

    def _line(self, step: int) -> int:
        """The word above or below the one at the end of the selection."""
        page, word = self._words[self._end]
        box = _rect(word.boxes[0])
        best, nearest = self._end, float("inf")
        for number, (other, each) in enumerate(self._words):
            there = _rect(each.boxes[0])
            down = (there.center().y() - box.center().y()) * step
            if other != page or down < 0.5 * box.height():
                continue
            away = 4 * down + abs(there.center().x() - box.center().x())
            if away < nearest:
                best, nearest = number, away
        if best == self._end:
            best = max(0, min(len(self._words) - 1, self._end + step))
        return best

    def _word_at(self, position: QPointF) -> int:
        """The word nearest to a place in the view; -1 where none is known."""
        page, point = self._view.point_at(position)
        best, nearest = -1, float("inf")
        for number, (other, word) in enumerate(self._words):
            if other != page:
                continue
            for box in word.boxes:
                away = _distance(_rect(box), point)
                if away < nearest:
                    best, nearest = number, away
        return best

    def _set(self, anchor: int, end: int) -> None:
        if (anchor, end) != (self._anchor, self._end):
            self._anchor, self._end = anchor, end
            self._draw()
            self.changed.emit()

    def _draw(self) -> None:
        boxes: dict[int, list[QRectF]] = {}
        if self._anchor >= 0:
            first, last = sorted((self._anchor, self._end))
            for page, word in self._words[first : last + 1]:
                boxes.setdefault(page, []).extend(_rect(box) for box in word.boxes)
        self._view.choose(boxes)

    def _ends(self) -> tuple[int, int] | None:
        if self._anchor < 0:
            return None
        return self._words[self._anchor][1].start, self._words[self._end][1].start

    def _look(self, page: int) -> None:
        if self.on and page not in self._asked:
            self._asked.add(page)
            self._ask(page)


def _rect(box: Rect) -> QRectF:
    return QRectF(box.x, box.y, box.width, box.height)


def _distance(box: QRectF, point: QPointF) -> float:
    """Lines count more than what stands beside in a line."""
    across = max(box.left() - point.x(), 0.0, point.x() - box.right())
    down = max(box.top() - point.y(), 0.0, point.y() - box.bottom())
    return across + 4 * down
