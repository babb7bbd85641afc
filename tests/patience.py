"""How long tests wait: for as long as a machine with two slow, busy cores may need.

A wait ends when its condition holds, so patience costs nothing where all is well. It is no
measure of speed: what must be fast is measured in `benchmarks/`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import psutil
from pytestqt.qtbot import QtBot

SECONDS = 240.0
MS = int(SECONDS * 1000)


class PatientBot(QtBot):
    """pytest-qt's robot, which gives up after 5 seconds by itself."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = MS) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = MS, **more: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **more)


def spawned_by(pid: int) -> list[psutil.Process]:
    """The worker processes that a process started and that live."""
    found = []
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid)
        own = parent.cmdline()
        for child in parent.children():
            with contextlib.suppress(psutil.Error):
                # Until it has become another program, a child looks like its parent.
                if (line := child.cmdline()) != own and "spawn_main" in " ".join(line):
                    found.append(child)
    return found
