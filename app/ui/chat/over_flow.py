"""What of the documents is read for an answer: the choice beside the field, the question before a
long run, and the other way under an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QBoxLayout

from app.core import messages
from app.core.process import Cancel
from app.core.types import Over
from app.ui.context import Context

if TYPE_CHECKING:
    from app.core.types import Chat, Picture
    from app.ui.chat.composer import Composer
    from app.ui.chat.offer_bar import OfferBar
    from app.ui.chat.over_choice import OverChoice
    from app.ui.chat.runs import Run, Work

Begin = Callable[["Work"], None]


class OverFlow:
    """Puts its widgets into the composer and at the front of `layout` when they are needed.
    begin: starts work in the chat in front."""

    def __init__(
        self, context: Context, composer: Composer, layout: QBoxLayout, begin: Begin
    ) -> None:
        self._context = context
        self._composer = composer
        self._layout = layout
        self._begin = begin
        self._chat: Chat | None = None
        self._again: Callable[[Over], None] | None = None
        self.choice: OverChoice | None = None
        self.bar: OfferBar | None = None

    @property
    def height(self) -> int:
        """Pixels that the question takes."""
        bar = self.bar
        return bar.sizeHint().height() if bar is not None and not bar.isHidden() else 0

    def show_chat(self, chat: Chat) -> None:
        """The chat in front, or what it keeps, is another one now."""
        if self._chat is None or self._chat.id != chat.id:
            self.drop()
        self._chat = chat
        if chat.collections and self.choice is None:
            from app.ui.chat.over_choice import OverChoice

            self.choice = OverChoice(self._context.theme)
            self.choice.chosen.connect(self._choose)
            self._composer.add_tool(self.choice)
        if self.choice is not None:
            self.choice.show_choice(chat.settings.over)
            self.choice.setVisible(bool(chat.collections))

    def send(self, chat_id: int, text: str, pictures: Sequence[Picture] = ()) -> None:
        """Say something in a chat."""
        chats = self._context.loam.chats

        def say(over: Over | None) -> None:
            self._begin(lambda cancel: chats.reply(chat_id, text, cancel, over, pictures))

        self.drop()
        self._again = say
        say(None)

    def answer_again(self, message_id: int, over: Over) -> None:
        """Another answer beside one, drawn from the other part of the documents."""
        chats = self._context.loam.chats

        def again(which: Over) -> None:
            self._begin(lambda cancel: chats.regenerate(message_id, cancel, which))

        def work(cancel: Cancel) -> Iterator[object]:
            for offer in chats.offer(message_id, cancel):
                yield offer
                return
            yield from chats.regenerate(message_id, cancel, over)

        self.drop()
        self._again = again
        if over is Over.EVERYTHING:
            self._begin(work)
        else:
            again(over)

    def take(self, run: Run, event: object) -> None:
        """Hear what a run of the chat in front says."""
        if isinstance(event, messages.Offered):
            self._offer(event)
        elif isinstance(event, messages.Progress) and event.unit == "passages" and run.task:
            # It may take long: listed at the foot of the window, with time left and Stop.
            self._context.tasks.show(run.task)

    def drop(self) -> None:
        """Take the question away."""
        self._again = None
        if self.bar is not None:
            self.bar.hide()

    def _offer(self, offer: messages.Offered) -> None:
        if self._again is None:
            return
        if self.bar is None:
            from app.ui.chat.offer_bar import OfferBar

            self.bar = OfferBar()
            self.bar.everything.connect(lambda: self._decide(Over.EVERYTHING))
            self.bar.best.connect(lambda: self._decide(Over.BEST))
            self.bar.given_up.connect(self._give_up)
            self._layout.insertWidget(0, self.bar)
        self.bar.show_offer(offer)

    def _decide(self, over: Over) -> None:
        again = self._again
        self.drop()
        self._composer.field.setFocus()
        if again is not None:
            again(over)

    def _give_up(self) -> None:
        self.drop()
        self._composer.field.setFocus()

    def _choose(self, over: Over) -> None:
        if self._chat is not None:
            self._context.loam.chats.set_over(self._chat.id, over)
