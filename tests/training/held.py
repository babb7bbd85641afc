"""The training child, which waits where a test wants it to.

A tiny model's updates take milliseconds: a test that stops or kills a run "in the middle" would
race with its end. With a file `hold` in the run's folder that names an update, the child stands
still after it until the run is stopped, or the child killed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.core.messages import Step, Train
from app.core.paths import Profile
from app.core.process import WorkerProcess
from app.training import worker
from app.training.config import TrainingConfig
from tests import patience


class Worker(worker.Worker):
    """Handler of the child."""

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        file = Path(request.spec.folder, "hold") if isinstance(request, Train) else None
        held = 0
        if file and file.exists():
            held = int(file.read_text())
            # Before the update is told: whoever hears of it may kill this process at once.
            file.unlink()
        for event in super().handle(request, cancelled):
            yield event
            if held and isinstance(event, Step) and event.step == held:
                while not cancelled():
                    time.sleep(0.01)


def hold_after(step: int, folder: str) -> None:
    """Let the run in `folder` stand still after an update, once."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    Path(folder, "hold").write_text(str(step))


def training_child(profile: Profile) -> WorkerProcess:
    """As services/assemble.py makes it, but for this handler."""
    return child(TrainingConfig(logs=profile.logs, cache=profile.training_cache))


def child(config: TrainingConfig) -> WorkerProcess:
    """A training child of this handler."""
    entry = "tests.training.held:Worker"
    return WorkerProcess("Training", entry, config, config.logs, grace=patience.SECONDS)
