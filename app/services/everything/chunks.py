"""Which passage of a document holds an offset."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from app.core.types import Passage


class Chunks:
    """Of one document's passages, in order."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self._starts = [passage.start for passage in passages]

    def at(self, offset: int) -> int:
        """The id of the passage there; 0 when there is none."""
        return self._passages[self._place(offset)].chunk_id if self._passages else 0

    def below(self, heading: int) -> int:
        """As `at`, of a heading, which may stand before the passage that it is over."""
        if not self._passages:
            return 0
        place = self._place(heading)
        after = self._passages[place].end <= heading and place + 1 < len(self._passages)
        return self._passages[place + after].chunk_id

    def _place(self, offset: int) -> int:
        return max(0, bisect.bisect_right(self._starts, offset) - 1)
