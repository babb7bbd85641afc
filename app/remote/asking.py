"""One answer of a server: ask, read the stream, say what went wrong in plain words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from app.core import servernames
from app.core.errors import Cancelled, ChatFull, ContextFull, ServerCut, ServerError
from app.core.messages import AskServer, Generated, Progress, Token, Turn
from app.core.settings import WhenFull
from app.core.types import SERVER_CONTEXT, Status
from app.remote.body import body
from app.remote.config import RemoteConfig
from app.remote.exchange import Broken, Head, Order, Silent, exchange
from app.remote.pieces import Pieces
from app.remote.prompt import Measure, fitting, room, without_thoughts
from app.remote.replies import (
    ContextExceeded,
    Refused,
    parsed,
    refuse,
    refuse_event,
    rest,
)
from app.remote.sse import Events, TooLong

_TRIES = 5
_MOST_OF_ERROR = 64 << 10
_MOST = 8 << 20  # bytes of an answer that comes in one piece
_LONGEST = 4_000_000  # characters of an answer
_LONGEST_TOKEN = 64  # characters; an answer of so many a token is no answer any more


def ask(
    asked: AskServer, config: RemoteConfig, measure: Measure, cancelled: Callable[[], bool]
) -> Iterator[Progress | Token | Generated]:
    """Progress, tokens, and at last Generated. Errors: ServerError tree, ContextFull, BadInput."""
    return _Answer(asked, config, measure, cancelled).run()


class _Answer:
    def __init__(
        self,
        asked: AskServer,
        config: RemoteConfig,
        measure: Measure,
        cancelled: Callable[[], bool],
    ) -> None:
        self._asked, self._request = asked, asked.request
        self._config, self._measure, self._cancelled = config, measure, cancelled
        self._address, self._model = servernames.split(self._request.spec.path)
        self._place = servernames.place(self._address)
        self._context = self._request.spec.context_length or SERVER_CONTEXT
        self._all = without_thoughts(self._request.turns)
        self._most = self._request.sampling.max_tokens
        self._pieces = Pieces(self._request.prefill)
        self._letters = self._blocks = 0
        self._ended = False
        self._began = self._first = time.perf_counter()

    def run(self) -> Iterator[Progress | Token | Generated]:
        turns: Sequence[Turn] = ()
        status = Status.STOPPED
        try:
            turns = self._fitted()
            bare = False
            for attempt in range(_TRIES):
                yield Progress("Waiting for the server", 0, 0)
                try:
                    yield from self._stream(turns, bare)
                    break
                except ContextExceeded as found:
                    if self._letters:
                        raise ServerCut(place=self._place, reason="its context is full") from None
                    turns = self._shorter(turns, found, last=attempt == _TRIES - 1)
                except Refused as found:
                    if bare:
                        reason = str(found)[:200] or "it does not take the request"
                        where = self._place
                        raise ServerError(str(found), place=where, reason=reason) from None
                    bare = True
            status = Status.LENGTH if self._pieces.finish == "length" else Status.COMPLETE
        except Cancelled:
            pass
        if text := self._pieces.rest():
            yield Token(text)
        yield self._generated(status, turns)

    # --- what is asked ----------------------------------------------------------------------------

    def _fitted(self) -> Sequence[Turn]:
        """The turns that fit. Errors: ContextFull when even the last one can't."""
        context, measure = self._context, self._measure
        limit = room(context, self._most)
        turns = fitting(self._all, limit - measure.tokens(self._request.prefill), measure)
        least = measure.of(turns) + measure.tokens(self._request.prompt)
        self._check_whole(turns)
        # Twice as much by a reckoning on the safe side may really fit, and the server then says
        # so; Ollama cuts in silence instead, so that it is asked nothing that may be too much.
        if least > (limit if self._asked.kind == "ollama" else 2 * context):
            raise ContextFull(tokens=least, context=context)
        return turns

    def _check_whole(self, turns: Sequence[Turn]) -> None:
        """Errors: ChatFull when turns are left out of a chat of which nothing may be."""
        if self._request.when_full is WhenFull.STOP and len(turns) < len(self._all):
            raise ChatFull(tokens=self._measure.of(self._all), context=self._context)

    def _shorter(self, turns: Sequence[Turn], found: ContextExceeded, last: bool) -> Sequence[Turn]:
        """Fewer turns than were too much. Errors: ContextFull when there are none to leave out."""
        if found.limit:
            self._context = min(self._context, found.limit)
        measured = found.tokens or self._measure.of(turns)
        if found.tokens:
            self._measure.learn(turns, found.tokens)
        most = min(room(self._context, self._most), measured * 3 // 4)
        fewer = fitting(turns, most, self._measure)
        if len(fewer) == len(turns) and len(turns) > 2:
            fewer = fitting(turns, self._measure.of(turns) - 1, self._measure)
        shorter_answer = self._most > self._context // 4
        if shorter_answer:
            self._most = self._context // 4
        self._check_whole(fewer)
        if last or (len(fewer) == len(turns) and not shorter_answer):
            raise ContextFull(tokens=measured, context=self._context)
        return fewer

    # --- what comes -------------------------------------------------------------------------------

    def _stream(self, turns: Sequence[Turn], bare: bool) -> Iterator[Progress | Token]:
        request, config = self._request, self._config
        endpoint = "chat/completions" if request.turns else "completions"
        url = f"{self._address}/{endpoint}"
        raw = body(request, self._model, self._asked.kind, turns, self._most, bare)
        limits = (config.connect, config.first, config.silence)
        order = Order(url, raw, self._asked.key, *limits, self._asked.certificate)
        self._began = self._first = time.perf_counter()
        stream = exchange(order, self._cancelled)
        try:
            head = next(stream)
            assert isinstance(head, Head)
            if head.status != 200:
                refuse(head, order, rest(stream, url, _MOST_OF_ERROR), self._model)
            if head.kind == "text/event-stream":
                yield from self._events(stream, url)
            else:
                # A server that does not stream tells all at once.
                yield from self._taken([self._json(rest(stream, url, _MOST))], url)
                self._ended = True
        finally:
            stream.close()  # type: ignore[attr-defined]

    def _events(self, stream: Iterator[Head | bytes], url: str) -> Iterator[Progress | Token]:
        events = Events()
        try:
            for block in stream:
                assert isinstance(block, bytes)
                yield from self._taken(self._parsed(events.feed(block)), url)
                if self._ended or self._too_long():
                    return
            yield from self._taken(self._parsed(events.finish()), url)
        except TooLong:
            raise ServerError(place=self._place, reason="it sends a line without an end") from None
        except Broken as error:
            self._check_end("the connection broke", repr(error))
        except Silent:
            self._check_end("it fell silent", "")
        if not self._ended:
            self._check_end("the connection ended too early", "")

    def _check_end(self, reason: str, detail: str) -> None:
        """A stream is over; it is whole when the server said why it ended. Errors: ServerCut."""
        if not self._pieces.finish:
            raise ServerCut(detail, place=self._place, reason=reason)

    def _taken(self, events: Sequence[object], url: str) -> Iterator[Progress | Token]:
        """What events say, the text of all of them in one token."""
        said: list[str] = []
        for event in events:
            if event is None:
                self._ended = True
                break
            if not isinstance(event, dict):
                raise ServerError(place=self._place, reason="its answer makes no sense")
            if event.get("error"):
                if text := "".join(said):
                    yield Token(text)
                refuse_event(event, url)
            done, total = self._pieces.progress(event)
            if 0 < done < total:
                yield Progress("Reading", done, total, "tokens")
            said.append(self._pieces.take(event))
        if text := "".join(said):
            if not self._letters:
                self._first = time.perf_counter()
            self._letters += len(text)
            self._blocks += 1
            yield Token(text)

    def _too_long(self) -> bool:
        """A server that writes on and on is left. Whoever set no limit gets a large one."""
        most = min(_LONGEST, self._most * _LONGEST_TOKEN or _LONGEST)
        if self._letters > most:
            self._pieces.finish = "length"
            return True
        return False

    def _parsed(self, found: Iterator[str]) -> list[object]:
        return [self._json(data) for data in found if data.strip()]

    def _json(self, data: str | bytes) -> Any:
        """None for the mark that ends a stream. Errors: ServerError."""
        raw = data.encode() if isinstance(data, str) else data
        if raw.strip() == b"[DONE]":
            return None
        try:
            return parsed(raw)
        except ValueError as error:
            reason = "its answer makes no sense"
            raise ServerError(repr(error), place=self._place, reason=reason) from None

    def _generated(self, status: Status, turns: Sequence[Turn]) -> Generated:
        now = time.perf_counter()
        if self._pieces.prompt_tokens:
            self._measure.learn(turns, self._pieces.prompt_tokens)
        reckoned = self._measure.of(turns) + self._measure.tokens(self._request.prompt)
        # What comes in one piece was written before it came.
        first = self._first if self._blocks > 1 else self._began
        stats = self._pieces.stats(reckoned, self._context, self._first - self._began, now - first)
        return Generated(status, stats, len(self._all) - len(turns) if turns else 0)
