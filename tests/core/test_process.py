"""Child processes: they may die, hang, fail and be left alone, and the parent always knows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app.core.errors import BadInput, ChildDied, ChildStuck, LoamError, NoModel
from app.core.process import Cancel, WorkerProcess
from tests import patience
from tests.core.echo_worker import Do

ENTRY = "tests.core.echo_worker:Worker"


@pytest.fixture
def child(tmp_path: Path) -> Iterator[WorkerProcess]:
    """A child with all the time it needs to obey."""
    worker = WorkerProcess("The echo", ENTRY, tmp_path, tmp_path / "logs", grace=patience.SECONDS)
    yield worker
    worker.close()


@pytest.fixture
def hurried(tmp_path: Path) -> Iterator[WorkerProcess]:
    """A child that is soon ended when it does not obey."""
    worker = WorkerProcess("The echo", ENTRY, tmp_path, tmp_path / "logs", grace=0.5)
    yield worker
    worker.close()


def _gone(pid: int) -> bool:
    try:
        # A zombie has ended; it waits for somebody to read its exit code.
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _wait(condition: Callable[[], bool], seconds: float = patience.SECONDS) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_streams_events_in_order(child: WorkerProcess) -> None:
    assert list(child.stream(Do("count", 5))) == [0, 1, 2, 3, 4]
    assert child.ask(Do("pid")) == child.pid != os.getpid()


def test_a_child_can_be_waited_for_before_it_is_asked(child: WorkerProcess) -> None:
    child.start()
    first = child.pid
    child.start()
    assert child.ask(Do("pid")) == child.pid == first


def test_an_error_crosses_with_its_words(child: WorkerProcess) -> None:
    with pytest.raises(BadInput) as caught:
        child.ask(Do("fail"))
    assert caught.value.what_text == "No such thing"
    assert caught.value.detail == "the detail"


def test_a_defect_is_told_and_the_child_lives(child: WorkerProcess) -> None:
    before = child.ask(Do("pid"))
    with pytest.raises(LoamError, match="Something went wrong") as caught:
        child.ask(Do("defect"))
    assert "a defect" in caught.value.detail
    assert child.ask(Do("pid")) == before


def test_a_killed_child_is_named_and_the_next_call_works(child: WorkerProcess) -> None:
    events = child.stream(Do("count", 100_000))
    assert next(events) == 0
    first = child.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    with pytest.raises(ChildDied) as caught:
        list(events)
    assert "memory" in caught.value.what_text
    assert child.ask(Do("pid")) not in (None, first)


def test_a_child_killed_between_calls_is_started_again(child: WorkerProcess) -> None:
    first = child.ask(Do("pid"))
    os.kill(first, signal.SIGKILL)
    assert _wait(lambda: child.pid is None)
    assert child.ask(Do("pid")) != first


def test_a_child_that_ends_by_itself_is_told(child: WorkerProcess) -> None:
    with pytest.raises(ChildDied, match="code 3"):
        child.ask(Do("die"))


def test_cancel_ends_a_call_and_keeps_the_child(child: WorkerProcess) -> None:
    cancel = Cancel()
    seen = []
    for number in child.stream(Do("count", 100_000), cancel):
        seen.append(number)
        if number == 3:
            cancel.set()
    assert 3 in seen
    assert len(seen) < 10_000
    pid = child.pid
    assert child.ask(Do("pid")) == pid


def test_cancelled_before_it_begins(child: WorkerProcess) -> None:
    cancel = Cancel()
    cancel.set()
    assert len(list(child.stream(Do("count", 100_000), cancel))) < 10_000


@pytest.mark.parametrize("manner", ["deaf", "chatty"])
def test_a_child_that_ignores_cancel_is_killed_in_time(hurried: WorkerProcess, manner: str) -> None:
    cancel = Cancel()
    events = hurried.stream(Do(manner), cancel)
    next(events)
    first = hurried.pid
    begin = time.monotonic()
    cancel.set()
    with pytest.raises(ChildStuck):
        list(events)
    # Left alone it goes on for ten minutes or for ever.
    assert time.monotonic() - begin < patience.SECONDS
    assert hurried.ask(Do("pid")) != first


def test_leaving_a_stream_ends_its_call(child: WorkerProcess) -> None:
    events = child.stream(Do("count", 100_000))
    next(events)
    pid = child.pid
    events.close()  # type: ignore[attr-defined]
    assert child.ask(Do("pid")) == pid


def test_two_calls_run_at_once(child: WorkerProcess) -> None:
    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(child.ask(Do("meet", n))))
        for n in (0, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience.SECONDS)
    assert sorted(map(str, answers)) == ["0", "1"]


def test_a_request_that_cannot_be_sent_leaves_the_child_usable(child: WorkerProcess) -> None:
    with pytest.raises((AttributeError, TypeError)):
        child.ask(lambda: None)
    assert child.ask(Do("pid")) == child.pid


def test_a_handler_that_cannot_be_built_says_why(tmp_path: Path) -> None:
    entry = "tests.core.echo_worker:Unbuildable"
    worker = WorkerProcess("The echo", entry, tmp_path, tmp_path / "logs")
    with pytest.raises(NoModel):
        worker.start()
    with pytest.raises(NoModel):
        worker.ask(Do("pid"))
    worker.close()


def test_close_is_kind_and_final(child: WorkerProcess, tmp_path: Path) -> None:
    pid = child.ask(Do("pid"))
    child.close(patience.SECONDS)
    assert _gone(pid)
    assert (tmp_path / "closed").exists()
    with pytest.raises(ChildDied, match="closing"):
        child.ask(Do("pid"))


def test_a_child_may_close_for_as_long_as_its_parent_waits(
    child: WorkerProcess, tmp_path: Path
) -> None:
    (tmp_path / "slow").touch()
    child.start()
    child.close(patience.SECONDS)
    assert (tmp_path / "closed").exists()


def test_no_orphan_outlives_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "from pathlib import Path\n"
        "from app.core.process import WorkerProcess\n"
        "from tests.core.echo_worker import Do\n"
        "if __name__ == '__main__':\n"
        f"    here = Path({str(tmp_path)!r})\n"
        f"    worker = WorkerProcess('The echo', {ENTRY!r}, here, here / 'logs')\n"
        "    print(worker.ask(Do('pid')), flush=True)\n"
        "    for number in worker.stream(Do('count', 1_000_000)):\n"
        "        pass\n"
    )
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        orphan = int(parent.stdout.readline())
        assert not _gone(orphan)
        parent.kill()
    assert _wait(lambda: _gone(orphan))
