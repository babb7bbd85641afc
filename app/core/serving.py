"""The child's side of the pipe: builds the handler and answers calls until the pipe ends.

Limits: one request is pickled whole; events are whatever the handler yields.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import logging
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from app.core import log
from app.core.crashes import CrashWatch
from app.core.errors import LoamError
from app.core.messages import Call, End, Item, Quit, Stop

_log = logging.getLogger(__name__)
_LEAVING = 2.5  # seconds for putting things away, unless the parent gives more


class Handler(Protocol):
    """What a child does. `parallel` calls run at once, each in a thread of its own."""

    parallel: int

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        """Yield events; look at `cancelled()` at least ten times a second and end early."""
        ...

    def close(self) -> None:
        """Put away what is open; at most a second."""
        ...


def serve(pipe: Connection, entry: str, config: object, logs: str) -> None:
    """Main function of a child: build the handler, answer calls until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    module_name, _, class_name = entry.partition(":")
    label = module_name.rpartition("app.")[2].replace(".", "-")
    _native_output_to(Path(logs) / f"{label}-native.log")
    log.start(Path(logs), label)
    try:
        handler: Handler = getattr(importlib.import_module(module_name), class_name)(config)
    except LoamError as error:
        _answer_all_with(pipe, error)
        return
    _Server(pipe, handler).run()


class _Server:
    """Reads frames, runs calls in at most `handler.parallel` threads, in order of arrival."""

    def __init__(self, pipe: Connection, handler: Handler) -> None:
        self._pipe = pipe
        self._handler = handler
        self._sending = threading.Lock()
        self._waiting: queue.SimpleQueue[Call] = queue.SimpleQueue()
        self._stops: dict[int, threading.Event] = {}
        self._threads = [
            threading.Thread(target=self._work, daemon=True) for _ in range(handler.parallel)
        ]

    def run(self) -> None:
        patience = 0.0
        for thread in self._threads:
            thread.start()
        try:
            while True:
                frame = self._pipe.recv()
                if isinstance(frame, Call) and frame.request is None:
                    # Somebody waits for the handler to be there.
                    self._send(End(frame.id, None))
                elif isinstance(frame, Call):
                    self._stops[frame.id] = threading.Event()
                    self._waiting.put(frame)
                elif isinstance(frame, Stop):
                    if stop := self._stops.get(frame.id):
                        stop.set()
                elif isinstance(frame, Quit):
                    patience = frame.patience
                    break
        except (EOFError, OSError):
            pass
        self._leave(max(_LEAVING, patience - 0.5))

    def _leave(self, seconds: float) -> None:
        # Native work may hold a thread for long; the watchdog ends the process all the same.
        threading.Timer(seconds, os._exit, args=(1,)).start()
        for stop in list(self._stops.values()):
            stop.set()
        deadline = time.monotonic() + 1.5
        while self._stops and time.monotonic() < deadline:
            time.sleep(0.01)
        with contextlib.suppress(Exception):
            self._handler.close()
        os._exit(0)

    def _work(self) -> None:
        while True:
            call = self._waiting.get()
            error: LoamError | None = None
            try:
                stop = self._stops[call.id]
                for event in self._handler.handle(call.request, stop.is_set):
                    self._send(Item(call.id, event))
            except LoamError as known:
                error = known
            except OSError as broken:
                _log.exception("Call failed: %s", type(call.request).__name__)
                error = LoamError(repr(broken))
            except Exception as defect:
                _log.exception("Call failed: %s", type(call.request).__name__)
                error = LoamError(repr(defect))
            self._send(End(call.id, error))
            self._stops.pop(call.id, None)

    def _send(self, frame: object) -> None:
        with self._sending, contextlib.suppress(OSError):
            self._pipe.send(frame)


def _answer_all_with(pipe: Connection, error: LoamError) -> None:
    """The handler could not be built: say so to each call, until the parent goes."""
    with contextlib.suppress(EOFError, OSError):
        while not isinstance(frame := pipe.recv(), Quit):
            if isinstance(frame, Call):
                pipe.send(End(frame.id, error))


def _native_output_to(path: Path) -> None:
    """Send what native code prints (and crash traces) to a file instead of the terminal. What the
    child before wrote of a crash is kept."""
    CrashWatch(path.parent / "crashes").keep_of_child(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        target = os.open(path, flags, 0o600)
    except OSError:
        target = os.open(os.devnull, os.O_WRONLY)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)
    faulthandler.enable(2)
