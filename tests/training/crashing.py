"""A child that ends as a failed assertion in llama.cpp would end it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator


class Worker:
    parallel = 1

    def __init__(self, _: object) -> None:
        pass

    def handle(self, request: object, cancelled: Callable[[], bool]) -> Iterator[object]:
        if request is not None:
            os.abort()
        yield request

    def close(self) -> None:
        pass
