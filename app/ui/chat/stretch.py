"""Which messages of a chat are known, and which stretch of them is shown as widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.core.types import Message

PAGE = 40
Fetch = Callable[[int | None], list[Message]]


class Stretch:
    """messages[first:end] are shown. It knows no widgets: whoever asks for the next message makes
    one of it. fetch(before) gives up to PAGE messages before that id (None: the newest)."""

    def __init__(self) -> None:
        self._fetch: Fetch = lambda _before: []
        self._complete = True
        self._messages: list[Message] = []
        self.first = self.end = 0

    @property
    def messages(self) -> Sequence[Message]:
        """Messages fetched so far, up to the end of the chat."""
        return self._messages

    @property
    def at_end(self) -> bool:
        """Whether the newest message is in the stretch."""
        return self.end == len(self._messages)

    def open(self, fetch: Fetch) -> None:
        """Begin with the newest messages; none is in the stretch yet."""
        self._fetch = fetch
        self._messages = fetch(None)
        self._complete = len(self._messages) < PAGE
        self.to_end()

    def to_end(self) -> None:
        """Empty the stretch; it grows from the newest message again."""
        self.first = self.end = len(self._messages)

    def above(self) -> Message | None:
        """Take the message before the stretch into it; None at the beginning of the chat."""
        if self.first == 0 and not self._earlier():
            return None
        self.first -= 1
        return self._messages[self.first]

    def below(self) -> Message | None:
        """Take the message after the stretch into it; None at the end."""
        if self.at_end:
            return None
        self.end += 1
        return self._messages[self.end - 1]

    def append(self, message: Message) -> bool:
        """A new message at the end of the chat; whether it is in the stretch."""
        self._messages.append(message)
        if self.end == len(self._messages) - 1:
            self.end += 1
        return self.at_end

    def replace(self, message: Message) -> None:
        """A message is stored differently now."""
        for index in range(len(self._messages) - 1, -1, -1):
            if self._messages[index].id == message.id:
                self._messages[index] = message
                return

    def knows(self, message_id: int) -> bool:
        """Whether a message was fetched."""
        return any(each.id == message_id for each in self._messages)

    def _earlier(self) -> bool:
        """Fetch what was before the earliest known message; whether there was anything."""
        if self._complete or not self._messages:
            return False
        earlier = self._fetch(self._messages[0].id)
        self._complete = len(earlier) < PAGE
        self._messages[:0] = earlier
        self.first += len(earlier)
        self.end += len(earlier)
        return bool(earlier)
