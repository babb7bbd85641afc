"""Leaves cores to the rest of the machine while it is busy.

ggml's threads spin while they wait for each other, several hundred times a token. That is fastest
on idle cores; but when another program needs one of them, the thread that runs spins for the one
that can't, and on two cores 140 tokens/s became 2. With that core left alone it is 60 and more.
Linux only: elsewhere the answer is always all threads.
"""

from __future__ import annotations

import os
import time

_WINDOW = 0.25  # seconds; the kernel counts in hundredths
_SMALL = 0.3  # cores; less than this is the window drawing and the usual housekeeping
_WORKED = 0.5  # cores; a time in which we used less is no witness of how it is to work now
_LOOKS, _BETWEEN_LOOKS = 3, 0.002  # seconds


class Contention:
    """Watches how many cores others keep busy. One for a process; `threads` at most."""

    def __init__(self, threads: int) -> None:
        self._threads = self._now = threads
        self._tick = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
        self._last = self._read()

    def threads_now(self) -> int:
        """How many threads to use for the next piece of work: from 1 to all."""
        if self._last is not None and time.monotonic() - self._last[0] >= _WINDOW:
            before, self._last = self._last, self._read()
            if self._last is not None:
                elapsed = self._last[0] - before[0]
                busy = self._last[1] - before[1]
                ours = self._last[2] - before[2]
                others = max(0.0, busy - ours) / elapsed
                if ours < _WORKED * elapsed:
                    others = self._wanting()
                self._now = max(1, self._threads - _taken(others, _free_beyond(self._threads)))
        return self._now

    def _wanting(self) -> float:
        """Cores that others want at this moment: the least of a few looks at what is running,
        since somebody wakes up all the time."""
        least = float("inf")
        for look in range(_LOOKS):
            if look:
                time.sleep(_BETWEEN_LOOKS)
            try:
                with open("/proc/stat", encoding="ascii") as file:  # noqa: PTH123
                    running = next(line for line in file if line.startswith("procs_running"))
                least = min(least, float(running.split()[1]) - 1)  # one is this thread
            except (OSError, ValueError, StopIteration):
                return 0.0
        return max(0.0, least)

    def _read(self) -> tuple[float, float, float] | None:
        """(now, seconds of work of all cores since the start, seconds of this process)."""
        try:
            with open("/proc/stat", encoding="ascii") as file:  # noqa: PTH123
                fields = [int(word) for word in file.readline().split()[1:9]]
        except (OSError, ValueError):
            return None
        user, nice, system, _idle, _wait, irq, softirq, steal = fields
        busy = (user + nice + system + irq + softirq + steal) / self._tick
        return time.monotonic(), busy, time.process_time()


def _free_beyond(threads: int) -> int:
    """Cores that the model does not use anyway."""
    return max(0, (os.cpu_count() or threads) - threads)


def _taken(others: float, free: int) -> int:
    """Whole cores to leave to others, who keep `others` cores busy on average."""
    beyond = others - free
    return 0 if beyond < _SMALL else int(beyond + 1 - _SMALL)
