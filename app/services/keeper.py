"""Keeping an answer while it is written: what was seen is on disk before long, and stays there."""

from __future__ import annotations

import time

from app.core.messages import AnswerDone
from app.core.types import Autopsy, Status
from app.services.store.autopsies import AutopsyStore
from app.services.store.chats import ChatStore

_KEEP_EVERY_S = 0.5


class Keeper:
    """Stores streamed text in pieces, and the message's end exactly once."""

    def __init__(self, store: ChatStore, message_id: int, stored: str) -> None:
        self._store = store
        self._message_id = message_id
        self._said = [stored]
        self._unsaved: list[str] = []
        self._pieces = 0
        self._saved_at = time.monotonic()
        self._ended = False

    def add(self, text: str) -> None:
        self._said.append(text)
        self._unsaved.append(text)
        if time.monotonic() - self._saved_at >= _KEEP_EVERY_S:
            self._store.append(self._message_id, self._pieces, "".join(self._unsaved))
            self._unsaved.clear()
            self._pieces += 1
            self._saved_at = time.monotonic()

    def explain(self, autopsy: Autopsy) -> None:
        """Keep how the answer comes about."""
        AutopsyStore(self._store.database).put(self._message_id, autopsy)

    def finish(self, done: AnswerDone) -> None:
        self._ended = True
        self._store.finish(
            self._message_id,
            done.text,
            done.status,
            done.sources,
            done.stats,
            done.declined,
            done.note,
            done.checks,
            done.over or None,
            done.steps or None,
        )

    def end(self, status: Status, note: str) -> None:
        """The stream broke off: keep what was said, unless it had ended."""
        if not self._ended:
            self._ended = True
            self._store.finish(self._message_id, "".join(self._said), status, note=note)
