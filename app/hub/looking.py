"""The beginning of a file on the hub: as much of a GGUF header as it takes to know its memory.

One request for a range, left as soon as the header has been read. What comes is checked while it
comes (core/gguf.py), and no more is kept than MOST bytes.
"""

from __future__ import annotations

import io
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO, cast

from huggingface_hub import hf_hub_url
from huggingface_hub.utils._http import get_session, hf_raise_for_status

from app.core import gguf
from app.core.errors import HubUnreachable
from app.core.gguf import Header
from app.core.messages import HubHeader, HubLook, Progress
from app.hub.client import headers, in_our_words

MOST = 32 << 20
"""Bytes; word lists of 260,000 words with their merges take 16 million."""
_EVERY = 0.2  # seconds between two reports
_LONGEST = 120.0  # seconds in all: the size of the file is a fair guess too
_TEXT = 200  # letters of a value that are passed on; templates are not needed


def look(
    request: HubLook, address: str, cancelled: Callable[[], bool]
) -> Iterator[Progress | HubHeader]:
    """Errors: HubError tree, NotAModel."""
    source = _Coming(cancelled, time.monotonic() + _LONGEST)
    over: queue.SimpleQueue[Header | BaseException] = queue.SimpleQueue()

    def run() -> None:
        try:
            over.put(_read(request, address, source))
        except BaseException as error:
            over.put(error)

    threading.Thread(target=run, name="look", daemon=True).start()
    while True:
        try:
            outcome = over.get(timeout=_EVERY)
            break
        except queue.Empty:
            yield Progress("Looking into the model", source.arrived, 0, "bytes")
    if isinstance(outcome, _Left):
        if cancelled():
            return
        raise HubUnreachable(address=address, reason="it takes too long")
    if isinstance(outcome, BaseException):
        with in_our_words(request.name, address):
            raise outcome
    yield HubHeader(request.name, _slim(outcome))


def _read(request: HubLook, address: str, source: _Coming) -> Header:
    url = hf_hub_url(request.repository, request.name, revision=request.revision, endpoint=address)
    most = min(MOST, request.size_bytes)
    wanted = headers(request.token, address) | {"Range": f"bytes=0-{most - 1}"}
    with get_session().stream("GET", url, headers=wanted) as response:
        hf_raise_for_status(response)
        # A server that knows no ranges sends all of it; it is left after MOST bytes.
        source.begin(response.iter_raw(), most)
        file = cast("BinaryIO", source)  # as far as it is read from
        return gguf.read_from(file, request.size_bytes, request.name)


def _slim(header: Header) -> Header:
    """Without long texts."""
    values = {
        name: value
        for name, value in header.values.items()
        if not isinstance(value, str) or len(value) <= _TEXT
    }
    return replace(header, values=values)


class _Left(Exception):
    """Stopped, or it takes too long."""


class _Coming(io.RawIOBase):
    """What has come so far as a file; reading beyond it waits for more."""

    def __init__(self, cancelled: Callable[[], bool], deadline: float) -> None:
        self._cancelled = cancelled
        self._deadline = deadline
        self._held = bytearray()
        self._place = 0
        self._most = 0
        self._blocks: Iterator[bytes] = iter(())

    def begin(self, blocks: Iterator[bytes], most: int) -> None:
        self._blocks, self._most = blocks, most

    @property
    def arrived(self) -> int:
        """Bytes so far."""
        return len(self._held)

    def read(self, count: int = -1) -> bytes:
        end = min(self._most, self._place + max(0, count))
        while len(self._held) < end:
            if self._cancelled() or time.monotonic() > self._deadline:
                raise _Left
            block = next(self._blocks, b"")
            if not block:
                break
            self._held += block[: self._most - len(self._held)]
        data = bytes(self._held[self._place : end])
        self._place += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        self._place = offset if whence == 0 else self._place + offset
        return self._place

    def tell(self) -> int:
        return self._place
