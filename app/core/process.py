"""Child processes: start, talk, cancel, restart.

A child is a `Handler` (core/serving.py) built in a spawned interpreter and served over a private
pipe. It ends when the pipe ends, so no orphan outlives its parent, even one that was killed. It
never restarts by itself: the next `stream()` starts it again, so a child that dies at start can't
loop.
"""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.core import messages
from app.core.cancel import Cancel
from app.core.ending import Died
from app.core.errors import ChildDied, ChildStuck

if TYPE_CHECKING:
    from app.core.child import Child

__all__ = ["Cancel", "WorkerProcess"]

_CANCEL = object()
_LATE = object()


class WorkerProcess:
    """One child process, started on the first call and again after a death.

    name: for a person ('The model'); entry: 'package.module:Class'; config: its only argument,
    picklable; logs: folder for the child's log and its native output; grace: seconds that a
    cancelled call has before the child is killed.
    """

    def __init__(
        self, name: str, entry: str, config: object, logs: Path, grace: float = 5.0
    ) -> None:
        self.name = name
        self._entry = entry
        self._config = config
        self._logs = logs
        self._grace = grace
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._child: Child | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Process id while the child runs."""
        child = self._child
        return child.process.pid if child and child.is_alive() else None

    def stream(self, request: object, cancel: Cancel | None = None) -> Iterator[Any]:
        """Events of one request, to its end. Closing the generator cancels the request.

        Errors: the LoamError that the child raised; ChildDied, ChildStuck.
        """
        child = self._running()
        call_id = next(self._ids)
        inbox = child.open(call_id, request)
        ended = False
        try:
            with (cancel or Cancel()).heard_by(lambda: inbox.put(_CANCEL)):
                deadline: float | None = None
                while True:
                    # The deadline holds for all that comes: a child that goes on yielding after
                    # it was asked to stop is as stuck as one that is silent.
                    left = None if deadline is None else max(0.0, deadline - time.monotonic())
                    try:
                        item = inbox.get(timeout=left)
                    except queue.Empty:
                        item = _LATE
                    if (
                        deadline is not None
                        and time.monotonic() > deadline
                        and not isinstance(item, (messages.End, Died))
                    ):
                        item = _LATE
                    if item is _LATE:
                        ended = True
                        child.kill()
                        raise ChildStuck(name=self.name)
                    if item is _CANCEL:
                        child.send(messages.Stop(call_id))
                        deadline = time.monotonic() + self._grace
                    elif isinstance(item, messages.End):
                        ended = True
                        if item.error is not None:
                            raise item.error
                        return
                    elif isinstance(item, Died):
                        ended = True
                        raise ChildDied(item.detail, name=self.name, reason=item.reason)
                    else:
                        yield item
        finally:
            if not ended:
                self._abandon(child, call_id, inbox)
            child.forget(call_id)

    def start(self, cancel: Cancel | None = None) -> None:
        """Wait until the child is there, so that its start is not taken for a call's time.

        Errors: as `stream`.
        """
        if not self._running().heard:
            for _ in self.stream(None, cancel):
                pass

    def ask(self, request: object, cancel: Cancel | None = None) -> Any:
        """The last event of a request, for those that answer with one."""
        answer = None
        for event in self.stream(request, cancel):
            answer = event
        return answer

    def rest(self, patience: float = 3.0) -> None:
        """End the child to free what it holds; the next call starts another. Calls under way get
        ChildDied."""
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            child.close(patience)

    def close(self, patience: float = 3.0) -> None:
        """End the child, kindly for `patience` seconds and then at once. No call may follow."""
        with self._lock:
            self._closed = True
            child = self._child
        if child is not None:
            child.close(patience)

    def _running(self) -> Child:
        with self._lock:
            if self._closed:
                raise ChildDied(name=self.name, reason="Loam is closing")
            if self._child is None or not self._child.is_alive():
                # Their multiprocessing takes as long to import as a page, and the window's first
                # frame needs no child.
                from app.core.child import Child
                from app.core.serving import serve

                self._child = Child(serve, self._entry, self._config, str(self._logs))
            return self._child

    def _abandon(self, child: Child, call_id: int, inbox: queue.SimpleQueue[Any]) -> None:
        """The caller has gone: end its request, or the child when it won't end."""
        child.send(messages.Stop(call_id))
        deadline = time.monotonic() + self._grace
        while (left := deadline - time.monotonic()) > 0:
            try:
                if isinstance(inbox.get(timeout=left), (messages.End, Died)):
                    return
            except queue.Empty:
                break
        child.kill()
