"""The parent's side of one child process: its pipe, the calls that are open, its end.

Limits: started in the constructor and never again; core/process.py makes the next one.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import multiprocessing
import queue
import threading
from collections.abc import Callable
from multiprocessing.connection import wait
from typing import Any

from app.core.ending import Died
from app.core.messages import Call, Item, Quit

_log = logging.getLogger(__name__)
_REAP = 5.0  # seconds that the system may take to end a killed process


class Child:
    """From its start to its end. main: what the process runs, given its end of the pipe and
    then `arguments`; both picklable."""

    def __init__(self, main: Callable[..., None], *arguments: object) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe(duplex=True)
        self.process = context.Process(target=main, args=(theirs, *arguments))
        # Not a daemon: it may have children of its own. Python joins such a process at exit, and
        # it would wait for a pipe that is still open, hence close() before that.
        atexit.register(self.close, 3.0)
        self._inboxes: dict[int, queue.SimpleQueue[Any]] = {}
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._alive = True
        self.heard = False  # whether it has said anything yet
        self.process.start()
        theirs.close()
        name = f"pipe of {self.process.pid}"
        self._reader = threading.Thread(target=self._read, name=name, daemon=True)
        self._reader.start()

    def is_alive(self) -> bool:
        """False as soon as the process has ended, even if its calls were not told yet."""
        # The sentinel, since two threads that wait for one process take its exit code from each
        # other, and is_alive() then says yes.
        return self._alive and not wait([self.process.sentinel], 0)

    def open(self, call_id: int, request: object) -> queue.SimpleQueue[Any]:
        """Send a call; its events come into the queue, at last End or Died."""
        inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        with self._lock:
            if not self._alive:
                inbox.put(Died(self.process.exitcode))
                return inbox
            self._inboxes[call_id] = inbox
        try:
            self.send(Call(call_id, request))
        except BaseException:
            self.forget(call_id)
            raise
        return inbox

    def forget(self, call_id: int) -> None:
        """Let what still comes for a call fall."""
        with self._lock:
            self._inboxes.pop(call_id, None)

    def send(self, frame: object) -> None:
        """Send one of the frames of core/messages; silent when the child has ended."""
        # A broken pipe means that the child is gone; the reading thread tells every call.
        with self._sending, contextlib.suppress(OSError):
            self._pipe.send(frame)

    def kill(self) -> None:
        """End it at once; the next call then starts another."""
        with self._lock:
            # A busy machine may take its time to end it.
            self._alive = False
        self.process.kill()
        self._reader.join(_REAP)

    def close(self, patience: float) -> None:
        """Ask it to end, and end it after `patience` seconds."""
        atexit.unregister(self.close)
        self.send(Quit(patience))
        self.process.join(patience)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(patience)

    def _read(self) -> None:
        try:
            while True:
                frame = self._pipe.recv()
                self.heard = True
                with self._lock:
                    inbox = self._inboxes.get(frame.id)
                if inbox is not None:
                    inbox.put(frame.event if isinstance(frame, Item) else frame)
        except (EOFError, OSError):
            pass
        except Exception:
            _log.exception("A frame could not be read; the child is ended")
            self.process.kill()
        self.process.join()
        with self._lock:
            self._alive = False
            inboxes = list(self._inboxes.values())
            self._inboxes.clear()
        for inbox in inboxes:
            inbox.put(Died(self.process.exitcode))
        self._pipe.close()
        atexit.unregister(self.close)
