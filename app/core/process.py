"""Child processes: start, talk, cancel, restart.

A child is a `Handler` built in a spawned interpreter and served over a private pipe. It ends when
the pipe ends, so no orphan outlives its parent, even one that was killed. It never restarts by
itself: the next `stream()` starts it again, so a child that dies at start can't loop.

Limits: one request is pickled whole; events are whatever the handler yields.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import importlib
import itertools
import logging
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Protocol

from app.core import log
from app.core.errors import ChildDied, ChildStuck, LoamError
from app.core.messages import Call, End, Item, Quit, Stop

_log = logging.getLogger(__name__)
_CANCEL = object()
_LATE = object()
_REAP = 5.0  # seconds that the system may take to end a killed process


class Handler(Protocol):
    """What a child does. `parallel` calls run at once, each in a thread of its own."""

    parallel: int

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        """Yield events; look at `cancelled()` at least ten times a second and end early."""
        ...

    def close(self) -> None:
        """Put away what is open; at most a second."""
        ...


class Cancel:
    """Asks running work to end early. May be set from any thread, once; never cleared."""

    def __init__(self) -> None:
        self._set = threading.Event()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def set(self) -> None:
        """Ask; safe to repeat."""
        with self._lock:
            if self._set.is_set():
                return
            self._set.set()
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def is_set(self) -> bool:
        """Whether somebody asked."""
        return self._set.is_set()

    @contextlib.contextmanager
    def heard_by(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call `listener` once when (or at once if) set, while the context lasts."""
        with self._lock:
            already = self._set.is_set()
            self._listeners.append(listener)
        try:
            if already:
                listener()
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)


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
        self._child: _Child | None = None
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
                    if deadline is not None and time.monotonic() > deadline and not _is_end(item):
                        item = _LATE
                    if item is _LATE:
                        ended = True
                        child.kill()
                        raise ChildStuck(name=self.name)
                    if item is _CANCEL:
                        child.send(Stop(call_id))
                        deadline = time.monotonic() + self._grace
                    elif isinstance(item, End):
                        ended = True
                        if item.error is not None:
                            raise item.error
                        return
                    elif isinstance(item, _Died):
                        ended = True
                        raise ChildDied(item.detail, name=self.name, reason=item.reason)
                    else:
                        yield item
        finally:
            if not ended:
                self._abandon(child, call_id, inbox)
            child.forget(call_id)

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

    def _running(self) -> _Child:
        with self._lock:
            if self._closed:
                raise ChildDied(name=self.name, reason="Loam is closing")
            if self._child is None or not self._child.is_alive():
                self._child = _Child(self._entry, self._config, self._logs)
            return self._child

    def _abandon(self, child: _Child, call_id: int, inbox: queue.SimpleQueue[Any]) -> None:
        """The caller has gone: end its request, or the child when it won't end."""
        child.send(Stop(call_id))
        deadline = time.monotonic() + self._grace
        while (left := deadline - time.monotonic()) > 0:
            try:
                if isinstance(inbox.get(timeout=left), (End, _Died)):
                    return
            except queue.Empty:
                break
        child.kill()


class _Died:
    """Put into every open call's queue when the child has ended."""

    def __init__(self, exitcode: int | None) -> None:
        self.reason, self.detail = _describe_exit(exitcode)


def _is_end(item: object) -> bool:
    return isinstance(item, (End, _Died))


class _Child:
    """The parent's side of one child's life."""

    def __init__(self, entry: str, config: object, logs: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe(duplex=True)
        self.process = context.Process(target=serve, args=(theirs, entry, config, str(logs)))
        # Not a daemon: it may have children of its own. Python joins such a process at exit, and
        # it would wait for a pipe that is still open, hence close() before that.
        atexit.register(self.close, 3.0)
        self._inboxes: dict[int, queue.SimpleQueue[Any]] = {}
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._alive = True
        self.process.start()
        theirs.close()
        self._reader = threading.Thread(target=self._read, name=f"pipe of {entry}", daemon=True)
        self._reader.start()

    def is_alive(self) -> bool:
        """False as soon as the process has ended, even if its calls were not told yet."""
        # The sentinel, since two threads that wait for one process take its exit code from each
        # other, and is_alive() then says yes.
        return self._alive and not wait([self.process.sentinel], 0)

    def open(self, call_id: int, request: object) -> queue.SimpleQueue[Any]:
        inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        with self._lock:
            if not self._alive:
                inbox.put(_Died(self.process.exitcode))
                return inbox
            self._inboxes[call_id] = inbox
        try:
            self.send(Call(call_id, request))
        except BaseException:
            self.forget(call_id)
            raise
        return inbox

    def forget(self, call_id: int) -> None:
        with self._lock:
            self._inboxes.pop(call_id, None)

    def send(self, frame: object) -> None:
        # A broken pipe means that the child is gone; the reading thread tells every call.
        with self._sending, contextlib.suppress(OSError):
            self._pipe.send(frame)

    def kill(self) -> None:
        """End it at once; the next call then starts another."""
        self.process.kill()
        self._reader.join(_REAP)

    def close(self, patience: float) -> None:
        atexit.unregister(self.close)
        self.send(Quit())
        self.process.join(patience)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(patience)

    def _read(self) -> None:
        try:
            while True:
                frame = self._pipe.recv()
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
            inbox.put(_Died(self.process.exitcode))
        self._pipe.close()
        atexit.unregister(self.close)


def _describe_exit(exitcode: int | None) -> tuple[str, str]:
    """(words for a person, detail) for a process's exit code as multiprocessing gives it."""
    if exitcode is None or exitcode >= 0:
        return f"it ended with code {exitcode}", f"exit code {exitcode}"
    try:
        name = signal.Signals(-exitcode).name
    except ValueError:
        name = f"signal {-exitcode}"
    words = {
        "SIGKILL": "it was ended, perhaps because memory ran out",
        "SIGBUS": "a file it was reading changed",
        "SIGSEGV": "it crashed",
        "SIGABRT": "it crashed",
        "SIGILL": "this processor lacks an instruction it needs",
    }
    return words.get(name, "it was ended"), name


# --- the child's side -------------------------------------------------------------------------


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
        for thread in self._threads:
            thread.start()
        try:
            while True:
                frame = self._pipe.recv()
                if isinstance(frame, Call):
                    self._stops[frame.id] = threading.Event()
                    self._waiting.put(frame)
                elif isinstance(frame, Stop):
                    if stop := self._stops.get(frame.id):
                        stop.set()
                elif isinstance(frame, Quit):
                    break
        except (EOFError, OSError):
            pass
        self._leave()

    def _leave(self) -> None:
        # Native work may hold a thread for long; the watchdog ends the process all the same.
        threading.Timer(2.5, os._exit, args=(1,)).start()
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
    """Send what native code prints (and crash traces) to a file instead of the terminal."""
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
