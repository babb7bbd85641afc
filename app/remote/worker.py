"""The child that asks servers, started when a person chose a model on one.

It is a process of its own so that nothing a server sends reaches the window but what was checked
here, and so that the window is online for nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from app.core.errors import LoamError
from app.core.messages import AskServer, ListServed
from app.remote.asking import ask
from app.remote.config import RemoteConfig
from app.remote.listing import served
from app.remote.prompt import Measure


def _without(error: LoamError, key: str) -> LoamError:
    """An error that a person may show to others: some servers say the key that they refuse."""
    if not key:
        return error
    told = {name: text.replace(key, "…") for name, text in error.params.items()}
    return type(error)(error.detail.replace(key, "…"), **told)


class Worker:
    """Handler of the child."""

    parallel = 4

    def __init__(self, config: RemoteConfig) -> None:
        self._config = config
        self._measures: dict[str, Measure] = {}

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        """Events of one request, as core/messages promises for its kind."""
        try:
            match request:
                case ListServed():
                    yield served(request, self._config, cancelled)
                case AskServer():
                    measure = self._measures.setdefault(request.request.spec.path, Measure())
                    yield from ask(request, self._config, measure, cancelled)
                case _:
                    raise TypeError(f"The connection knows no {type(request).__name__}")
        except LoamError as error:
            raise _without(error, request.key) from None

    def close(self) -> None:
        """Nothing is open: connections end with the process."""
