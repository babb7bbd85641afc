"""An engine whose model writer stands still after its first tensor: how long writing a model takes
depends on the machine, and a test that stops it would race with its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from app.core.messages import Progress
from app.engine import quantize, quantizer, worker
from app.engine.config import EngineConfig


class Worker(worker.Worker):
    """Handler of the engine's child."""

    def __init__(self, config: EngineConfig) -> None:
        super().__init__(config)
        quantize.ENTRY = "tests.engine.slow_writer:Writer"


class Writer(quantizer.Worker):
    """Handler of the writer's child: like llama.cpp, it does not hear that it should stop."""

    def handle(self, write: quantizer.Write, cancelled: Callable[[], bool]) -> Iterator[Progress]:
        for progress in super().handle(write, cancelled):
            yield progress
            while True:
                time.sleep(0.1)
