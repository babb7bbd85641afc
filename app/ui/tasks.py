"""The only thread hop: runs a service's generator in a thread and hands its events to the window.

Events reach the GUI thread in order, as many per turn of its event loop as fit a few
milliseconds, so that a fast stream can't freeze the window. Nothing else in ui/ starts a thread.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from app.core.errors import Cancelled, LoamError
from app.core.messages import Progress
from app.core.process import Cancel

_log = logging.getLogger(__name__)
_TURN_SECONDS = 0.008

T = TypeVar("T")
OnEvent = Callable[[object], None]
OnError = Callable[[LoamError], None]
OnDone = Callable[[], None]


class Task(QObject):
    """One piece of work under way. `finished` comes exactly once and last.

    Each thing that the work yields is `delivered` (QObject has an `event` already).
    """

    delivered = Signal(object)
    failed = Signal(object)
    finished = Signal()
    _wake = Signal()

    def __init__(self, work: Callable[[Cancel], Iterator[object]], title: str) -> None:
        super().__init__()
        self.title = title
        self.started = time.monotonic()
        self.progress: Progress | None = None
        self.running = True
        self.reads = False
        """Whether it reads documents while the foot of the window lists it."""
        self._work: Callable[[Cancel], Iterator[object]] | None = work
        self._cancel = Cancel()
        self._waiting: deque[object] = deque()
        self._woken = False
        self._heard = True
        self._lock = threading.Lock()
        self._wake.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name=f"task {title}", daemon=True)

    @property
    def stopping(self) -> bool:
        """Whether somebody asked the work to end early."""
        return self._cancel.is_set()

    def cancel(self) -> None:
        """Ask the work to end early; it still says `finished`."""
        self._cancel.set()

    def start(self) -> None:
        """Begin. Called once, by Tasks."""
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Wait for the thread; whether it has ended."""
        self._thread.join(max(0.0, seconds))
        return not self._thread.is_alive()

    def deafen(self) -> None:
        """Deliver what has arrived and take no more: the window is going away."""
        with self._lock:
            self._heard = False
        self._deliver(patience=float("inf"))

    def _run(self) -> None:
        error: LoamError | None = None
        work, self._work = self._work, None
        try:
            assert work is not None
            for item in work(self._cancel):
                self._post(item)
        except LoamError as known:
            error = known
        except Exception:
            _log.exception("A task failed: %s", self.title)
            error = LoamError(traceback.format_exc())
        self._post(_End(error))

    def _post(self, item: object) -> None:
        with self._lock:
            if not self._heard:
                return
            self._waiting.append(item)
            if self._woken:
                return
            self._woken = True
            self._wake.emit()

    def _deliver(self, patience: float = _TURN_SECONDS) -> None:
        deadline = time.monotonic() + patience
        while True:
            with self._lock:
                if not self._waiting:
                    self._woken = False
                    return
                item = self._waiting.popleft()
            self._give(item)
            if time.monotonic() > deadline:
                # The rest comes with the next turn; painting and input go first.
                self._wake.emit()
                return

    def _give(self, item: object) -> None:
        if isinstance(item, _End):
            self.running = False
            if item.error is not None:
                self.failed.emit(item.error)
            self.finished.emit()
            return
        if isinstance(item, Progress):
            self.progress = item
        self.delivered.emit(item)


class _End:
    """Last in a task's queue."""

    def __init__(self, error: LoamError | None) -> None:
        self.error = error


class _Result:
    """Carries a plain call's value through the queue."""

    def __init__(self, value: object) -> None:
        self.value = value


class Tasks(QObject):
    """All work that runs off the GUI thread. Use from the GUI thread only."""

    changed = Signal()

    def __init__(self, show_error: OnError) -> None:
        super().__init__()
        self._show_error = show_error
        self._all: list[Task] = []
        self._shown: list[Task] = []
        self._closed = False

    @property
    def shown(self) -> tuple[Task, ...]:
        """Running tasks that the foot of the window lists."""
        return tuple(self._shown)

    @property
    def running(self) -> tuple[Task, ...]:
        """Every task that has not finished."""
        return tuple(self._all)

    def run(
        self,
        work: Callable[[Cancel], Iterator[object]],
        *,
        title: str = "",
        on_event: OnEvent | None = None,
        on_error: OnError | None = None,
        on_done: OnDone | None = None,
        shown: bool = False,
    ) -> Task:
        """Run `work(cancel)` in a thread. Without `on_error` an error goes to the notices; being
        stopped is no error there. shown: list it, under `title`, at the foot of the window."""
        task = Task(work, title)
        if on_event is not None:
            task.delivered.connect(on_event)
        task.failed.connect(on_error or self._show_unless_stopped)
        if on_done is not None:
            task.finished.connect(on_done)
        task.finished.connect(lambda: self._forget(task))
        self._begin(task)
        if shown:
            self.show(task)
        return task

    def call(
        self,
        function: Callable[[], T],
        on_result: Callable[[T], None],
        *,
        title: str = "",
        on_error: OnError | None = None,
    ) -> Task:
        """Run one blocking function in a thread and hand its value to `on_result`."""

        def work(cancel: Cancel) -> Iterator[object]:
            yield _Result(function())

        task = Task(work, title)
        task.delivered.connect(_Receiver(task, on_result).take)
        task.failed.connect(on_error or self._show_unless_stopped)
        task.finished.connect(lambda: self._forget(task))
        self._begin(task)
        return task

    def show(self, task: Task) -> None:
        """List a task that began quietly, because it turns out to take long."""
        if task.running and task not in self._shown:
            self._shown.append(task)
            self.changed.emit()

    def hide(self, task: Task) -> None:
        """List a task no longer, though it goes on: it only waits now."""
        if task in self._shown:
            self._shown.remove(task)
            self.changed.emit()

    def stop_all(self, wait_s: float) -> bool:
        """At close: cancel everything, wait at most `wait_s` seconds, hear no more. Whether all
        ended in time. What is asked for from now on never begins."""
        self._closed = True
        tasks = list(self._all)
        for task in tasks:
            task.cancel()
        deadline = time.monotonic() + wait_s
        ended = [task.join(deadline - time.monotonic()) for task in tasks]
        for task in tasks:
            task.deafen()
        return all(ended)

    def _begin(self, task: Task) -> None:
        if self._closed:
            # The window is gone; what begins now would answer to nobody.
            task.running = False
            return
        self._all.append(task)
        task.start()

    def _show_unless_stopped(self, error: LoamError) -> None:
        if not isinstance(error, Cancelled):
            self._show_error(error)

    def _forget(self, task: Task) -> None:
        self._all.remove(task)
        if task in self._shown:
            self._shown.remove(task)
            self.changed.emit()
        # Its own `finished` is being delivered right now.
        task.deleteLater()


class _Receiver(QObject):
    """Takes the value of a plain call out of its wrapping, in the GUI thread."""

    def __init__(self, task: Task, on_result: Callable[[T], None]) -> None:
        super().__init__(task)
        self._on_result: Callable[..., None] = on_result

    def take(self, result: _Result) -> None:
        owner = getattr(self._on_result, "__self__", None)
        if isinstance(owner, QObject) and not isValid(owner):
            return  # the view that asked was closed meanwhile
        self._on_result(result.value)
