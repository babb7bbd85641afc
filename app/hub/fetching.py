"""One file from the hub: appended to a part, checked as a whole, and only then given its name.

The part lies on the disk at any time as far as it has come, so a kill, a broken line or a pause
costs nothing but the bytes on the way.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from huggingface_hub import hf_hub_url
from huggingface_hub.file_download import http_get

from app.core.errors import (
    DownloadDamaged,
    DownloadRefused,
    HubError,
    HubUnreachable,
    LoamError,
    StoreError,
)
from app.core.files import sync_folder
from app.core.messages import Fetched, HubFetch, Progress
from app.hub.client import headers, in_our_words, is_full

_EVERY = 0.2  # seconds between two reports
_BLOCK = 1 << 20


def fetch(
    request: HubFetch, address: str, cancelled: Callable[[], bool]
) -> Iterator[Progress | Fetched]:
    """Errors: HubError tree, StoreError."""
    part = Path(request.part)
    try:
        with _opened(part) as file:
            yield from _receive(request, address, file, cancelled)
            if cancelled():
                return
            yield from _check(request, file, cancelled)
            if cancelled():
                return
            os.fsync(file.fileno())
        os.replace(part, request.target)
    except OSError as error:
        reason = "the disk is full" if is_full(error) else error.strerror or "the disk refused"
        raise StoreError(repr(error), reason=reason, path=str(part.parent)) from error
    sync_folder(part.parent)
    yield Fetched(request.target)


def _opened(part: Path) -> BinaryIO:
    """The part, unbuffered: what a killed process had received is then on the disk."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    return os.fdopen(os.open(part, flags, 0o600), "r+b", buffering=0)


class _Stopped(Exception):
    """The person asked to stop; raised between two blocks to leave the library."""


class _Sink:
    """The file as the library writes it: never longer than promised, and left when asked."""

    def __init__(self, file: BinaryIO, size: int, cancelled: Callable[[], bool]) -> None:
        self._file = file
        self._size = size
        self._cancelled = cancelled
        self.done = 0
        self.too_long = False
        self.refused: OSError | None = None

    def write(self, data: bytes) -> int:
        if self._cancelled():
            raise _Stopped
        if self.done + len(data) > self._size:
            self.too_long = True
            raise _Stopped
        view = memoryview(data)
        try:
            while view:  # an unbuffered file may take less than it is given
                view = view[self._file.write(view) :]
        except OSError as error:
            self.refused = error
            raise _Stopped from error
        self.done += len(data)
        return len(data)

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        self.done = self._file.seek(offset, whence)
        return self.done

    def truncate(self) -> int:
        return self._file.truncate()


def _receive(
    request: HubFetch, address: str, file: BinaryIO, cancelled: Callable[[], bool]
) -> Iterator[Progress]:
    """Append what is missing."""
    size = request.size_bytes
    held = file.seek(0, os.SEEK_END)
    if held > size:
        file.truncate(0)
        held = file.seek(0)
    sink = _Sink(file, size, cancelled)
    sink.done = held
    url = hf_hub_url(request.repository, request.name, revision=request.revision, endpoint=address)
    over: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            if held < size:
                sent: Any = headers(request.token, address)
                target: Any = sink
                http_get(url, target, resume_size=held, headers=sent, expected_size=size)
            over.put(None)
        except BaseException as error:
            over.put(error)

    thread = threading.Thread(target=run, name="fetch", daemon=True)
    yield Progress("Downloading", held, size, "bytes")
    thread.start()
    while True:
        try:
            outcome = over.get(timeout=_EVERY)
            break
        except queue.Empty:
            yield Progress("Downloading", sink.done, size, "bytes")
    with in_our_words(request.name, address):
        _judge(outcome, sink, request, address)
    yield Progress("Downloading", sink.done, size, "bytes")


def _judge(outcome: BaseException | None, sink: _Sink, request: HubFetch, address: str) -> None:
    """Raise what the outcome means, if anything."""
    if sink.refused is not None:
        raise sink.refused
    if sink.too_long:
        sink.seek(0)
        sink.truncate()
        raise DownloadDamaged(name=request.name, address=address)
    if outcome is None or isinstance(outcome, _Stopped):
        return
    if isinstance(outcome, LoamError):
        raise outcome
    if isinstance(outcome, OSError):
        # The library's word for a file that ended early.
        reason = "the connection broke"
        raise HubUnreachable(repr(outcome), address=address, reason=reason)
    if isinstance(outcome, ValueError) and "too large" in str(outcome):
        reason = "files of more than 50 GB come from the hub in parts only"
        raise DownloadRefused(repr(outcome), name=request.name, reason=reason, address=address)
    response = getattr(outcome, "response", None)
    if getattr(response, "status_code", 0) == 416:
        # The part is longer than what the hub has now: it belongs to something else.
        sink.seek(0)
        sink.truncate()
        raise HubError(repr(outcome), address=address, reason="the file there has changed")
    raise outcome


def _check(request: HubFetch, file: BinaryIO, cancelled: Callable[[], bool]) -> Iterator[Progress]:
    """Read all of it again from the disk. Errors: DownloadDamaged, and the part is emptied."""
    digest, done, size = hashlib.sha256(), 0, request.size_bytes
    file.seek(0)
    shown = time.monotonic()
    while block := file.read(_BLOCK):
        digest.update(block)
        done += len(block)
        if cancelled():
            return
        if time.monotonic() - shown > _EVERY:
            shown = time.monotonic()
            yield Progress("Checking", done, size, "bytes")
    if done != size or digest.hexdigest() != request.sha256:
        file.truncate(0)
        raise DownloadDamaged(
            f"expected {request.sha256}\narrived {digest.hexdigest()}",
            name=request.name,
            address="",
        )
