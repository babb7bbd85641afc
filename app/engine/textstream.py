"""From the bytes of tokens to text that may be shown: whole characters, nothing of a stop string.

Bytes that are no UTF-8 are left out. Text that could still become a stop string is held back.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """One answer. `stopped` turns true when a stop string was met; it and what follows are
    dropped."""

    def __init__(self, stops: Sequence[str] = ()) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.stopped = False

    def feed(self, raw: bytes) -> str:
        """Text that is certain after these bytes."""
        text = self._decoder.decode(raw)
        if not self._stops or not text:
            return text
        text = self._held + text
        met = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if met:
            self.stopped, self._held = True, ""
            return text[: min(met)]
        keep = max(_overlap(text, stop) for stop in self._stops)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def finish(self) -> str:
        """What was held back, when the answer ended otherwise. A character cut in two is left
        out."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that `stop` begins with, less than all of it."""
    for length in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0
