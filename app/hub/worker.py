"""The hub child: searches the model hub and fetches files from it, when a person asked for it.

It is a process of its own because the hub's library is set up through the environment, once: this
child is online while everything else stays offline. Ending it is also the way out of a connection
that hangs; what has arrived by then is on the disk.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from app.core.messages import HubFetch, HubList, HubLook, HubSearch
from app.hub.config import HubConfig


class Worker:
    """Handler of the child."""

    parallel = 1

    def __init__(self, config: HubConfig) -> None:
        # A home of its own: a token or a setting that lies about for other programs is not ours.
        self._home = tempfile.TemporaryDirectory(prefix="loam-hub-")
        _set_up(config, self._home.name)
        self._address = config.address

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        """Events of one request, as core/messages promises for its kind."""
        from app.hub import fetching, listing, looking

        match request:
            case HubSearch():
                yield listing.search(request, self._address)
            case HubList():
                yield listing.files(request, self._address)
            case HubLook():
                yield from looking.look(request, self._address, cancelled)
            case HubFetch():
                yield from fetching.fetch(request, self._address, cancelled)
            case _:
                raise TypeError(f"The hub knows no {type(request).__name__}")

    def close(self) -> None:
        """Leave nothing behind."""
        self._home.cleanup()


def _set_up(config: HubConfig, home: str) -> None:
    for name in list(os.environ):
        if name.startswith(("HF_", "HUGGING", "TRANSFORMERS_")):
            del os.environ[name]
    os.environ.update(
        HF_ENDPOINT=config.address,
        HF_HOME=home,
        HF_HUB_DISABLE_IMPLICIT_TOKEN="1",
        HF_HUB_DISABLE_PROGRESS_BARS="1",
        HF_HUB_DISABLE_TELEMETRY="1",
        # Plain HTTP: it goes through proxies and mirrors, and a part of a file can be resumed.
        HF_HUB_DISABLE_XET="1",
    )
    if config.proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            os.environ[name] = os.environ[name.lower()] = config.proxy
