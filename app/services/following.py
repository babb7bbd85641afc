"""Following watched folders for as long as a person wants it, whichever index process does it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from app.core.errors import ChildDied
from app.core.messages import FollowFolders
from app.core.process import Cancel, WorkerProcess

_MOST_DEATHS, _OFTEN_S = 3, 300.0
_AFTER_DEATH_S = 1.0


def followed(worker: WorkerProcess, request: FollowFolders, cancel: Cancel) -> Iterator[object]:
    """The request's events; when the index's process died, it is asked of the next one. Errors: of
    the request; ChildDied when it dies again and again, or at once where it is to end by itself."""
    deaths: list[float] = []
    while not cancel.is_set():
        try:
            yield from worker.stream(request, cancel)
            return
        except ChildDied:
            now = time.monotonic()
            deaths = [*(one for one in deaths if now - one < _OFTEN_S), now]
            # A file that kills it would do so for ever.
            if request.once or len(deaths) > _MOST_DEATHS:
                raise
        until = time.monotonic() + _AFTER_DEATH_S
        while time.monotonic() < until and not cancel.is_set():
            time.sleep(0.1)
