"""The window: time to start, memory, frames while a long answer streams, appends to a long chat.

    xvfb-run -s '-screen 0 1400x900x24' python benchmarks/window.py [--rounds 7]

Start: from spawning the process to its first frame being painted with nothing left to do, against
a bare Qt window, in turns, medians; both in processes of their own. Stream: 128 KiB of Markdown
through the real chat service, tasks and views; a frame is a turn of the event loop in which the
window painted; processor time is told beside it, for machines that do other things meanwhile.
Append: a message put at the end of a conversation and painted. No model is run,
so that figures are the window's alone. Results go to benchmarks/results/window.json.
To reach: start <= 3 times the bare window, <= 150 MB, p99 frame <= 16.7 ms, append <= 1.2 times.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).resolve().parents[1]
BYTES = 128 * 1024
PARAGRAPH = """## Part {n}

The **quick** brown fox jumps over the lazy dog, and `code` stands between words that go on for
long enough to wrap twice in a column of the usual width, as answers of models do [1].

- first point with some words
- second point with *more* words

```python
def part_{n}(value: int) -> int:
    return value * {n}  # a comment
```

| a | b |
|---|---|
| {n} | some text |

"""
BARE = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
application = QApplication([])
window = QMainWindow()
window.setCentralWidget(QLabel("Hello"))
window.resize(1280, 800)
window.show()
"""
LOAM = """
from pathlib import Path
from app.core import log
from app.core.paths import Profile
from app.services import assemble
from app.ui import app
from app.ui.notices import Notices
from app.ui.single_instance import SingleInstance
from PySide6.QtCore import QTimer
profile = Profile(Path(sys.argv[1]))
application = app.make_application()
instance = SingleInstance(profile.root)
assert not instance.hand_over([])
instance.listen()
log.start(profile.create().logs, "window")
loam = assemble.build(profile)
loam.settings.change(welcomed=True)
context = app.make_context(loam, Notices(), application)
window = app.make_window(context)
window.show()
"""
READY = """
import os, time
def memory():
    for line in open("/proc/self/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
def painted():
    print(time.monotonic(), flush=True)
    QTimer.singleShot(2000, lambda: (print(memory(), flush=True), os._exit(0)))
QTimer.singleShot(0, lambda: QTimer.singleShot(0, painted))
application.exec()
"""


def start(script: str, *arguments: str) -> tuple[float, float]:
    """(seconds to the first frame, MB resident two seconds later) of one start."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{script}\n{READY}", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        # Compiled modules are kept, as on any machine that starts Loam more than once.
        env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
    )
    shown, memory = (float(line) for line in done.stdout.split()[-2:])
    return shown - began, memory


def starts(rounds: int) -> dict[str, float]:
    """Medians of bare and Loam's starts, taken in turns."""
    bare, loam = [], []
    with tempfile.TemporaryDirectory() as folder:
        start(LOAM, folder)  # the profile and the compiled modules exist from the second start on
        for _ in range(rounds):
            bare.append(start(BARE))
            loam.append(start(LOAM, folder))
    bare_s, loam_s = (statistics.median(each[0] for each in runs) for runs in (bare, loam))
    return {
        "bare_start_ms": bare_s * 1000,
        "start_ms": loam_s * 1000,
        "start_ratio": loam_s / bare_s,
        "bare_memory_mb": statistics.median(each[1] for each in bare),
        "memory_mb": statistics.median(each[1] for each in loam),
    }


class Script:
    """In place of the model: says a text in pieces of four letters at a pace."""

    def __init__(self, text: str, per_second: float) -> None:
        self._text = text
        self._pause = 1 / per_second

    def answer(self, question: object, cancel: object) -> Iterator[object]:
        from app.core.messages import AnswerDone, Token
        from app.core.types import Status

        due = time.monotonic()
        for at in range(0, len(self._text), 4):
            yield Token(self._text[at : at + 4])
            due += self._pause
            time.sleep(max(0.0, due - time.monotonic()))
        yield AnswerDone(self._text, False, (), Status.COMPLETE, None)


def in_window(per_second: float) -> dict[str, float]:
    """Frames of a streamed answer and times of appends, in this process."""
    from PySide6.QtCore import QEvent, QObject

    from app.core.paths import Profile
    from app.core.types import Message, Role, Status
    from app.services import assemble
    from app.ui import app
    from app.ui.notices import Notices
    from app.ui.pages.chats import ChatsPage
    from app.ui.window import Window

    class Paints(QObject):
        """Notes whether the window painted in this turn."""

        seen = False

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.UpdateRequest:
                self.seen = True
            return False

    application = app.make_application()
    with tempfile.TemporaryDirectory() as folder:
        loam = assemble.build(Profile(Path(folder)))
        loam.settings.change(welcomed=True)
        text = "".join(PARAGRAPH.format(n=n) for n in range(BYTES // len(PARAGRAPH) + 1))[:BYTES]
        script = Script(text, per_second)
        cast("Any", loam.chats)._make_answering = lambda: script
        context = app.make_context(loam, Notices(), application)
        from PySide6.QtWidgets import QPushButton

        window = Window(context, (ChatsPage,), QPushButton("Model"))
        window.resize(1280, 800)
        window.show()
        page = window.page
        assert isinstance(page, ChatsPage)
        paints = Paints()
        window.installEventFilter(paints)
        window.windowHandle().installEventFilter(paints)
        frames: list[float] = []
        works: list[float] = []
        page.new_chat()
        for _ in range(20):
            application.processEvents()
        page.view.send("Tell me everything")
        begin = time.monotonic()
        while page.view.running or time.monotonic() - begin < 1:
            paints.seen = False
            turn, work = time.perf_counter(), time.thread_time()
            application.processEvents()
            if paints.seen:
                frames.append((time.perf_counter() - turn) * 1000)
                works.append((time.thread_time() - work) * 1000)
            time.sleep(0.001)
        seconds = time.monotonic() - begin
        frames.sort()
        works.sort()

        def message(number: int, role: Role) -> Message:
            words = f"Message {number} with a few words in it."
            return Message(number, 1, number - 1, role, words, Status.COMPLETE, float(number))

        def appends(length: int) -> list[float]:
            talk = page.view.conversation

            def fetch(before: int | None) -> list[Message]:
                last = length if before is None else before - 1
                return [message(n, Role.USER) for n in range(max(1, last - 39), last + 1)]

            talk.open(fetch)
            for _ in range(200):
                application.processEvents()
            times = []
            for number in range(length + 1, length + 21):
                start = time.perf_counter()
                talk.append(message(number, Role.USER))
                application.processEvents()
                times.append((time.perf_counter() - start) * 1000)
            return times

        short, long = [], []
        for _ in range(5):
            short += appends(100)
            long += appends(100_000)
        window.close()
        loam.close()
    short_ms, long_ms = statistics.median(short), statistics.median(long)
    return {
        "stream_bytes": BYTES,
        "stream_seconds": seconds,
        "frames": len(frames),
        "frame_median_ms": statistics.median(frames),
        "frame_p99_ms": frames[int(len(frames) * 0.99)],
        "frame_worst_ms": frames[-1],
        "frame_p99_processor_ms": works[int(len(works) * 0.99)],
        "append_100_ms": short_ms,
        "append_100000_ms": long_ms,
        "append_ratio": long_ms / short_ms,
    }


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--tokens-per-second", type=float, default=2000.0)
    parser.add_argument("--only", choices=("start", "inside"))
    given = parser.parse_args()
    figures: dict[str, float] = {}
    if given.only != "inside":
        figures |= starts(given.rounds)
    if given.only != "start":
        figures |= in_window(given.tokens_per_second)
    for name, value in figures.items():
        print(f"{name:20} {value:10.2f}")
    if given.only is None:
        target = ROOT / "benchmarks" / "results" / "window.json"
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
