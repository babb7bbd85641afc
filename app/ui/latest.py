"""Asking again and again for what is there now, so that the window ends up with the newest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from app.ui.tasks import Tasks

T = TypeVar("T")


class Latest:
    """Calls of which only the last one's value counts: they run at once, so that the value of an
    earlier one may come later, and it knows less. Use from the GUI thread only."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._asked = 0
        self._ended = 0

    @property
    def waiting(self) -> bool:
        """Whether the last call has not ended."""
        return self._ended < self._asked

    def call(self, function: Callable[[], T], on_result: Callable[[T], None]) -> None:
        """As Tasks.call, for a value that replaces the one before."""
        self._asked += 1
        number = self._asked

        def take(value: T) -> None:
            if number == self._asked:
                on_result(value)

        def ended() -> None:
            self._ended = max(self._ended, number)

        self._tasks.call(function, take).finished.connect(ended)
