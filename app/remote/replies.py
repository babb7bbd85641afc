"""What servers say, read with bounds: whole JSON answers, and refusals in our words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from app.core.errors import (
    ContextFull,
    ServerBusy,
    ServerDenied,
    ServerError,
    ServerModelGone,
    ServerWantsKey,
)
from app.core.servernames import place
from app.remote.exchange import Broken, Head, Order, Silent, exchange

_MOST = 8 << 20
_MOST_OF_ERROR = 64 << 10
_CONTEXT = re.compile(
    r"exceed_context_size|context_length_exceeded|maximum context length|context size"
    r"|context window|context length|n_ctx",
    re.IGNORECASE,
)
_LIMITS = (
    re.compile(r"maximum context length is (\d{2,8})"),
    re.compile(r"context (?:size|length)[^0-9]{0,20}(\d{2,8})"),
    re.compile(r"n_ctx\D{0,5}(\d{2,8})"),
)


class ContextExceeded(Exception):
    """The prompt is too long for the model. limit: tokens it can take, 0 where it is not told."""

    def __init__(self, limit: int, tokens: int) -> None:
        super().__init__(limit, tokens)
        self.limit, self.tokens = limit, tokens

    def told(self) -> ContextFull:
        """As an error for a person."""
        return ContextFull(tokens=self.tokens or "too many", context=self.limit or "fewer")


class Refused(Exception):
    """The server does not like something in the request (400, 422); detail: what it said."""


def get(order: Order, cancelled: Callable[[], bool]) -> Any:
    """The JSON at an address. Errors: ServerError tree, Cancelled; ValueError when it is none."""
    stream = exchange(order, cancelled)
    head = next(stream)
    assert isinstance(head, Head)
    if head.status != 200:
        refuse(head, order, rest(stream, order.url, _MOST_OF_ERROR), "")
    return parsed(rest(stream, order.url, _MOST))


def rest(stream: Iterator[Head | bytes], url: str, most: int) -> bytes:
    """The rest of an answer; what is beyond `most` bytes is an error. Errors: ServerError."""
    found = bytearray()
    try:
        for block in stream:
            assert isinstance(block, bytes)
            found += block
            if len(found) > most:
                raise ServerError(place=place(url), reason="it says far too much")
    except (Broken, Silent) as error:
        raise ServerError(repr(error), place=place(url), reason="its answer broke off") from None
    return bytes(found)


def parsed(raw: bytes) -> Any:
    """JSON. Errors: ValueError."""
    try:
        return json.loads(raw)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def refuse(head: Head, order: Order, body: bytes, model: str) -> NoReturn:
    """Raise what an answer with an error's status means. Errors: ServerError tree,
    ContextExceeded, Refused."""
    status, where = head.status, place(order.url)
    message, fields = _message(body)
    if status in (400, 413, 422, 500) and _CONTEXT.search(message):
        raise _exceeded(message, fields)
    if status in (401, 403):
        kind = ServerDenied if order.key else ServerWantsKey
        raise kind(message, place=where, reason=f"code {status}")
    if status == 404 and model and "model" in message.lower():
        raise ServerModelGone(message, place=where, model=model)
    if status in (429, 503):
        raise ServerBusy(message, place=where, time=_time(head.headers.get("retry-after", "")))
    # llama.cpp's server says with 500 or 501 that it can't take tools.
    if status in (400, 422) or (status in (500, 501) and "tool" in message.lower()):
        raise Refused(message)
    if 300 <= status < 400:
        # Following it would take the text somewhere that the person was not told of.
        raise ServerError(message, place=where, reason="it sends to another address")
    if status == 404:
        raise ServerError(message, place=where, reason="there is nothing at that address")
    raise ServerError(message, place=where, reason=f"it answered with code {status}")


def refuse_event(event: dict[str, Any], url: str) -> NoReturn:
    """Raise what an error in the middle of a stream means. Errors: as `refuse`."""
    message, fields = _message(json.dumps(event).encode())
    if _CONTEXT.search(message):
        raise _exceeded(message, fields)
    raise ServerError(message, place=place(url), reason=clean(message)[:200] or "an error")


def clean(text: object) -> str:
    """Text of a server that may be shown: one line, nothing that can't be printed."""
    joined = " ".join(sound(str(text)).split())
    return "".join(letter for letter in joined if letter.isprintable())


def sound(text: str) -> str:
    """Text that can be stored: JSON can hold halves of characters."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def number(value: object, most: int = 1 << 31) -> int:
    """A whole number from 0 to `most`, or 0 for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0
    return int(value) if 0 <= value <= most else 0


def _exceeded(message: str, fields: dict[str, Any]) -> ContextExceeded:
    limit = number(fields.get("n_ctx"))
    for pattern in _LIMITS:
        if not limit and (found := pattern.search(message)):
            limit = int(found[1])
    return ContextExceeded(limit, number(fields.get("n_prompt_tokens")))


def _message(body: bytes) -> tuple[str, dict[str, Any]]:
    """What an error says, in at most 2,000 characters, and its fields."""
    text = body.decode("utf-8", "replace")
    try:
        value = parsed(body)
    except ValueError:
        return clean(text)[:2000], {}
    error = value.get("error", value) if isinstance(value, dict) else value
    if not isinstance(error, dict):
        return clean(error)[:2000], {}
    words = [error.get(name) for name in ("message", "detail", "type", "code")]
    return clean(" ".join(str(word) for word in words if word))[:2000], error


def _time(retry_after: str) -> str:
    """'about 2 minutes' of a Retry-After header."""
    try:
        seconds = float(retry_after)
    except ValueError:
        return "a moment"
    if not 0 < seconds <= 86_400:
        return "a moment"
    if seconds < 90:
        return f"{max(1, round(seconds))} seconds"
    return f"about {round(seconds / 60)} minutes"
