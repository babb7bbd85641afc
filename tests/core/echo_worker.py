"""A child for the tests of core/process.py: it does what its request names."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import BadInput, NoModel


@dataclass(frozen=True)
class Do:
    what: str
    number: int = 0


class Worker:
    parallel = 2

    def __init__(self, config: Path) -> None:
        self._folder = config

    def handle(self, request: Do, cancelled: Callable[[], bool]) -> Iterator[object]:
        match request.what:
            case "pid":
                yield os.getpid()
            case "count":
                for number in range(request.number):
                    if cancelled():
                        return
                    yield number
                    time.sleep(0.01)
            case "fail":
                raise BadInput("the detail", problem="No such thing")
            case "defect":
                raise ValueError("a defect")
            case "deaf":
                yield "begun"
                time.sleep(600)
            case "chatty":
                while True:
                    yield "more"
                    time.sleep(0.01)
            case "die":
                os._exit(3)
            case "meet":
                # Both calls must be running at once for either to end.
                (self._folder / f"here{request.number}").touch()
                other = self._folder / f"here{1 - request.number}"
                while not other.exists():
                    time.sleep(0.01)
                yield request.number

    def close(self) -> None:
        if (self._folder / "slow").exists():
            time.sleep(3)
        (self._folder / "closed").touch()


class Unbuildable:
    parallel = 1

    def __init__(self, config: Path) -> None:
        raise NoModel("never")
