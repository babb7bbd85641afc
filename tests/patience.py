"""How long tests wait: for as long as a machine with two slow, busy cores may need.

A wait ends when its condition holds, so patience costs nothing where all is well. It is no
measure of speed: what must be fast is measured in `benchmarks/`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytestqt.qtbot import QtBot

SECONDS = 120.0
MS = int(SECONDS * 1000)


class PatientBot(QtBot):
    """pytest-qt's robot, which gives up after 5 seconds by itself."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = MS) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = MS, **more: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **more)
