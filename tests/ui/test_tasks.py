"""Work off the GUI thread: order, errors, stopping, and never a frozen window."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from app.core.errors import BadInput, Cancelled, LoamError
from app.core.messages import Progress
from app.core.process import Cancel
from app.ui.tasks import Tasks
from tests import patience


@pytest.fixture
def errors() -> list[LoamError]:
    return []


@pytest.fixture
def tasks(qtbot: QtBot, errors: list[LoamError]) -> Iterator[Tasks]:
    made = Tasks(errors.append)
    yield made
    assert made.stop_all(patience.SECONDS)


def test_events_come_in_order_on_the_gui_thread_and_finished_last(
    qtbot: QtBot, tasks: Tasks
) -> None:
    seen: list[object] = []
    threads: set[threading.Thread] = set()

    def take(event: object) -> None:
        seen.append(event)
        threads.add(threading.current_thread())

    done: list[int] = []
    tasks.run(
        lambda cancel: iter(range(5000)), on_event=take, on_done=lambda: done.append(len(seen))
    )
    qtbot.waitUntil(lambda: bool(done))
    assert seen == list(range(5000))
    assert done == [5000]
    assert threads == {threading.main_thread()}
    assert tasks.running == ()


def test_known_and_unknown_errors_reach_the_person(
    qtbot: QtBot, tasks: Tasks, errors: list[LoamError]
) -> None:
    def known(cancel: Cancel) -> Iterator[object]:
        yield 1
        raise BadInput(problem="No")

    def defect(cancel: Cancel) -> Iterator[object]:
        yield 1
        raise ZeroDivisionError("deep inside")

    done: list[str] = []
    tasks.run(known, on_done=lambda: done.append("known"))
    qtbot.waitUntil(lambda: len(done) == 1)
    tasks.run(defect, on_done=lambda: done.append("defect"))
    qtbot.waitUntil(lambda: len(done) == 2)
    assert isinstance(errors[0], BadInput)
    assert "deep inside" in errors[1].detail


def test_stopping_is_not_an_error(qtbot: QtBot, tasks: Tasks, errors: list[LoamError]) -> None:
    def work(cancel: Cancel) -> Iterator[object]:
        yield "begun"
        while not cancel.is_set():
            time.sleep(0.005)
        raise Cancelled()

    done: list[bool] = []
    task = tasks.run(work, on_done=lambda: done.append(True))
    with qtbot.waitSignal(task.delivered):
        pass
    task.cancel()
    assert task.stopping
    qtbot.waitUntil(lambda: bool(done))
    assert errors == []
    assert not task.running


def test_own_error_handler_replaces_the_notice(
    qtbot: QtBot, tasks: Tasks, errors: list[LoamError]
) -> None:
    mine: list[LoamError] = []

    def fail() -> int:
        raise BadInput(problem="No")

    tasks.call(fail, lambda value: None, on_error=mine.append)
    qtbot.waitUntil(lambda: bool(mine))
    assert errors == []


def test_a_plain_call_hands_over_its_value(qtbot: QtBot, tasks: Tasks) -> None:
    values: list[int] = []
    tasks.call(lambda: 42, values.append)
    qtbot.waitUntil(lambda: values == [42])


def test_shown_tasks_are_listed_with_their_progress(qtbot: QtBot, tasks: Tasks) -> None:
    go = threading.Event()
    changes: list[int] = []
    tasks.changed.connect(lambda: changes.append(len(tasks.shown)))

    def work(cancel: Cancel) -> Iterator[object]:
        yield Progress("Reading", 1, 4, "files")
        go.wait(patience.SECONDS)

    task = tasks.run(work, title="Reading files", shown=True)
    qtbot.waitUntil(lambda: task.progress is not None)
    assert tasks.shown == (task,)
    assert task.progress == Progress("Reading", 1, 4, "files")
    go.set()
    qtbot.waitUntil(lambda: tasks.shown == ())
    assert changes == [1, 0]


def test_a_flood_of_events_leaves_turns_for_the_window(qtbot: QtBot, tasks: Tasks) -> None:
    turns: list[int] = [0]  # events delivered between two turns of the window's own
    timer = QTimer()
    timer.timeout.connect(lambda: turns.append(0))
    timer.start(5)
    done: list[bool] = []

    def slow(event: object) -> None:
        turns[-1] += 1
        until = time.monotonic() + 0.002
        while time.monotonic() < until:
            pass

    tasks.run(lambda cancel: iter(range(300)), on_event=slow, on_done=lambda: done.append(True))
    qtbot.waitUntil(lambda: bool(done))
    timer.stop()
    assert sum(turns) == 300
    assert max(turns) <= 30, "a turn of a few milliseconds took many events"


def test_closing_stops_what_runs_and_delivers_the_rest(qtbot: QtBot) -> None:
    tasks = Tasks(lambda error: None)
    seen: list[object] = []

    def work(cancel: Cancel) -> Iterator[object]:
        yield "first"
        while not cancel.is_set():
            time.sleep(0.005)
        yield "last"

    done: list[bool] = []
    tasks.run(work, on_event=seen.append, on_done=lambda: done.append(True))
    began = time.monotonic()
    assert tasks.stop_all(patience.SECONDS)
    assert time.monotonic() - began < patience.SECONDS / 2, "it waited though all had ended"
    assert seen == ["first", "last"]
    assert done == [True]


def test_work_that_will_not_stop_does_not_hold_the_window(qtbot: QtBot) -> None:
    tasks = Tasks(lambda error: None)
    hold = threading.Event()

    def stubborn(cancel: Cancel) -> Iterator[object]:
        hold.wait(patience.SECONDS)
        yield "late"

    seen: list[object] = []
    tasks.run(stubborn, on_event=seen.append)
    began = time.monotonic()
    assert not tasks.stop_all(0.2)
    assert time.monotonic() - began < patience.SECONDS / 2, "it waited for the work"
    hold.set()
    qtbot.wait(100)
    assert seen == []


def test_after_closing_nothing_begins(qtbot: QtBot) -> None:
    tasks = Tasks(lambda error: None)
    tasks.stop_all(1.0)
    seen: list[object] = []
    task = tasks.run(lambda cancel: iter([1]), on_event=seen.append, shown=True)
    tasks.call(lambda: 2, seen.append)
    qtbot.wait(50)
    assert seen == []
    assert not task.running
    assert tasks.shown == ()
