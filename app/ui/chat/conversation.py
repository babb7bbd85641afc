"""The messages of a chat, of which only those near the reader are widgets.

Earlier ones are fetched and drawn, one a turn of the event loop, before the reader gets there;
those far away are dropped. What the reader looks at stays where it is, whatever grows above or
below; new text scrolls only for a reader at the end. Cost of an append does not depend on how
long the chat is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.ui.chat.down_button import DownButton
from app.ui.chat.flow import Flow
from app.ui.chat.painter import Painter
from app.ui.chat.stretch import PAGE, Fetch, Stretch
from app.ui.chat.tab_order import put_in_order
from app.ui.tokens import READING_WIDTH, S16, S24, S32

if TYPE_CHECKING:
    from app.core.types import Message
    from app.ui.chat.focus_reveal import FocusReveal
    from app.ui.chat.message_view import MessageView

_AHEAD = 1.5
_FAR = 5.0
_NEAR_END = 8
_FIRST = 4


class Conversation(QScrollArea):
    """`open` shows a chat; `append`, `replace` and the methods of a view keep it in step."""

    regenerate = Signal(int)
    resume = Signal(int)
    edited = Signal(int, str)
    branch = Signal(int, int)
    over = Signal(int, object)
    why = Signal(int)
    anyway = Signal(int, bool)
    rated = Signal(int, int)
    rewritten = Signal(int, str)
    cited = Signal(int, int)
    chosen = Signal(int)

    def __init__(self, painter: Painter) -> None:
        super().__init__()
        self._painter = painter
        self._stretch = Stretch()
        self._views: dict[int, MessageView] = {}
        self._at_end = True
        self._moving = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there: coming and going it would wrap all text anew.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Messages"))
        self._column = Flow(S16, READING_WIDTH, S24, top=S24)
        self._column.resettled.connect(self.settle)
        self.setWidget(self._column)
        self.viewport().setAutoFillBackground(False)
        self._column.setAutoFillBackground(False)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        bar = self.verticalScrollBar()
        bar.setSingleStep(48)
        # Always there, so that nothing moves sideways; its handle only when there is a way to go.
        bar.rangeChanged.connect(lambda low, high: bar.setEnabled(high > low))
        bar.setEnabled(False)
        self._down = DownButton(painter.theme, self)
        self._down.clicked.connect(self.to_end)
        self._fill_timer = QTimer(self, interval=0, singleShot=True)
        self._fill_timer.timeout.connect(self._fill)
        self._reveal: FocusReveal | None = None

    # --- what is shown ---------------------------------------------------------------------------

    @property
    def messages(self) -> list[Message]:
        """Messages fetched so far, up to the end of the chat."""
        return list(self._stretch.messages)

    @property
    def views(self) -> list[MessageView]:
        """Messages that are widgets now, in order."""
        return [cast("MessageView", view) for view in self._column.items]

    def view(self, message_id: int) -> MessageView | None:
        """The widget of a message, while there is one."""
        return self._views.get(message_id)

    def open(self, fetch: Fetch, keep_place: bool = False) -> None:
        """Show a chat. keep_place: the reader goes on at the message that is on top now, where it
        still exists."""
        anchor = self._anchor() if keep_place and not self._at_end else None
        place = (anchor[0].message.id, anchor[1]) if anchor else None
        self._drop_views()
        self._stretch.open(fetch)
        self._at_end = True
        for _ in range(_FIRST):
            self._add_above()
        self.settle()
        if place is not None:
            self._go_to(*place)
        self._fill_timer.start()

    def append(self, message: Message) -> MessageView:
        """A new message at the end; the reader is taken there."""
        if self._stretch.append(message):
            view = self._make(message, len(self._column.items))
            self._at_end = True
            self._pin_last()
            self.settle()
        else:
            self.to_end()
            view = self._views[message.id]
        return view

    def replace(self, message: Message) -> None:
        """A message is stored differently now."""
        self._stretch.replace(message)
        view = self._views.get(message.id)
        if view is not None:
            view.show_message(message)
            self._pin_last()
            self.settle()

    def settle(self) -> None:
        """Take up changed heights now; what the reader looks at stays."""
        if self._moving:
            return
        self._moving = True
        anchor = None if self._at_end else self._anchor()
        try:
            bar = self.verticalScrollBar()
            width = self.viewport().width()
            if self._column.width() != width:
                self._column.resize(width, self._column.height())
            height = self._column.settle() + S32
            self._column.resize(width, max(height, 1))
            if anchor is not None:
                bar.setValue(anchor[0].y() - anchor[1])
            elif self._at_end:
                bar.setValue(bar.maximum())
        finally:
            self._moving = False
        self._show_down()

    def to_end(self) -> None:
        """Take the reader to the newest message."""
        if not self._stretch.at_end:
            self._drop_views()
            self._stretch.to_end()
            for _ in range(_FIRST):
                self._add_above()
            self._fill_timer.start()
        self._at_end = True
        self.settle()

    def put_in_order(self, before: QWidget) -> None:
        """Let Tab go from `before` through the messages."""
        put_in_order(before, self.views)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.settle()
        self._down.place(self.viewport().width())
        self._fill_timer.start()

    # --- the window of widgets -------------------------------------------------------------------

    def _fill(self) -> None:
        """Draw one more message where the reader may get to, drop what is far, go on later."""
        bar = self.verticalScrollBar()
        screen = max(200, self.viewport().height())
        above = bar.value()
        below = self._column.height() - bar.value() - screen
        ahead = _AHEAD * screen
        if (above < ahead and self._add_above()) or (below < ahead and self._add_below()):
            self.settle()
        elif above > _FAR * screen and len(self._column.items) > PAGE // 2:
            self._remove(0)
        elif below > _FAR * screen and len(self._column.items) > PAGE // 2 and self._may_cut_end():
            self._remove(-1)
        else:
            return
        self._fill_timer.start()

    def _add_above(self) -> bool:
        message = self._stretch.above()
        if message is None:
            return False
        self._make(message, 0)
        self._pin_last()
        return True

    def _add_below(self) -> bool:
        message = self._stretch.below()
        if message is not None:
            self._make(message, len(self._column.items))
        return message is not None

    def _remove(self, index: int) -> None:
        view = cast("MessageView", self._column.items[index])
        if index == 0:
            self._stretch.first += 1
        else:
            self._stretch.end -= 1
            self._at_end = False
        del self._views[view.message.id]
        if index == 0 and not self._at_end:
            # settle() keeps the top message in place; the one that goes must not be it.
            bar = self.verticalScrollBar()
            gone = self._column.items[1].y() - view.y()
            self._moving = True
            self._column.take(view)
            height = self._column.settle() + S32
            value = bar.value() - gone
            self._column.resize(self._column.width(), height)
            bar.setValue(value)
            self._moving = False
        else:
            self._column.take(view)
            self.settle()

    def _may_cut_end(self) -> bool:
        return not any(view.streaming for view in self._views.values())

    def _make(self, message: Message, index: int) -> MessageView:
        # What draws messages takes a tenth of a start, and a new chat has none.
        from app.ui.chat.focus_reveal import FocusReveal
        from app.ui.chat.message_view import MessageView

        self._reveal = self._reveal or FocusReveal(self._views.values, self)
        view = MessageView(self._painter, message)
        view.regenerate.connect(self.regenerate)
        view.resume.connect(self.resume)
        view.edited.connect(self.edited)
        view.branch.connect(self.branch)
        view.over.connect(self.over)
        view.why.connect(self.why)
        view.anyway.connect(self.anyway)
        view.rated.connect(self.rated)
        view.rewritten.connect(self.rewritten)
        view.cited.connect(self.cited)
        view.chosen.connect(self.chosen)
        view.grew.connect(self.settle)
        self._views[message.id] = view
        self._column.insert(index, view)
        return view

    def _drop_views(self) -> None:
        self._fill_timer.stop()
        self._column.clear()
        self._views.clear()

    def _pin_last(self) -> None:
        views = self.views
        for view in views[-3:]:
            view.pin_actions(view is views[-1] and self._stretch.at_end)

    # --- the reader ------------------------------------------------------------------------------

    def _anchor(self) -> tuple[MessageView, int] | None:
        """The topmost message in sight and where its top is, in pixels below the upper edge."""
        top = self.verticalScrollBar().value()
        for view in self.views:
            if view.y() + view.height() > top:
                return view, view.y() - top
        return None

    def _go_to(self, message_id: int, offset: int) -> None:
        while message_id not in self._views:
            if not self._stretch.knows(message_id) or not self._add_above():
                return
        self.settle()
        view = self._views.get(message_id)
        if view is not None:
            self._at_end = False
            self.verticalScrollBar().setValue(view.y() - offset)

    def _scrolled(self, value: int) -> None:
        if self._moving:
            return
        bar = self.verticalScrollBar()
        self._at_end = value >= bar.maximum() - _NEAR_END and self._stretch.at_end
        self._show_down()
        if not self._fill_timer.isActive():
            self._fill_timer.start()

    def _show_down(self) -> None:
        bar = self.verticalScrollBar()
        far = bar.maximum() - bar.value() > self.viewport().height() // 4
        wanted = not self._at_end and (far or not self._stretch.at_end)
        self._down.show_if(wanted, self.viewport().width())
