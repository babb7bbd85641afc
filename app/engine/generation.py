"""One answer: evaluate the prompt, then token after token, until something ends it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

from app.core.answer_form import rules_of
from app.core.errors import ModelError
from app.core.messages import Generate, Generated, Progress, Token
from app.core.settings import WhenFull
from app.core.types import GenerationStats, Status
from app.engine.conversation import Prompt
from app.engine.decoder import Aborted
from app.engine.drafting import Drafting
from app.engine.model import Model
from app.engine.pace import Pace
from app.engine.sampler import Sampler
from app.engine.textstream import TextStream

if TYPE_CHECKING:
    from app.engine.constraint import Constraint

_QUIET = 0.3  # seconds of reading the prompt before progress is worth showing
_BETWEEN = 0.1  # seconds between two reports
# Seconds. Tokens that come faster are told together: each telling wakes another process, whose
# core one of the threads that compute then has to wait for.
_TOGETHER = 0.03
_FREED = 4  # part of the context that is freed at least, in mid-answer


def generate(
    request: Generate,
    prompt: Prompt,
    model: Model,
    cancelled: Callable[[], bool],
    shorter: Callable[[int], Prompt] | None = None,
) -> Iterator[Progress | Token | Generated]:
    """Progress of a long prompt, tokens, and at last Generated. shorter: gives the prompt with
    older turns left out, so that as many tokens are free behind it; None where that is not wanted.
    Errors: ModelError, BadInput."""
    return _Answer(request, prompt, model, cancelled, shorter).run()


class _Answer:
    def __init__(
        self,
        request: Generate,
        prompt: Prompt,
        model: Model,
        cancelled: Callable[[], bool],
        shorter: Callable[[int], Prompt] | None,
    ) -> None:
        self._request = request
        self._prompt = prompt
        self._model = model
        self._cancelled = cancelled
        self._shorter = shorter
        self._dropped = prompt.dropped_turns
        self._said: list[int] = []
        self._drafting = Drafting(model.decoder, [], Pace(), False, None)
        self._status = Status.COMPLETE
        self._cached = 0
        self._read_seconds = self._write_seconds = 0.0

    def run(self) -> Iterator[Progress | Token | Generated]:
        sampling, vocabulary = self._request.sampling, self._model.vocabulary
        sampler = Sampler(sampling, vocabulary.size, self._constraint())
        try:
            if self._request.prefill:
                sampler.begin_with(vocabulary.tokens(self._request.prefill))
            yield from self._read()
            yield from self._write(sampler)
        except Aborted:
            self._status = Status.STOPPED
        finally:
            sampler.close()
        yield Generated(self._status, self._stats(), self._dropped)

    def _constraint(self) -> Constraint | None:
        rules = rules_of(self._request.form) if self._request.form else ""
        return self._model.constraint(rules) if rules else None

    def _read(self) -> Iterator[Progress]:
        begin = time.perf_counter()
        self._cached = self._reuse(self._prompt.tokens)
        try:
            yield from self._evaluate(self._prompt.tokens, self._cached)
        finally:
            self._read_seconds = time.perf_counter() - begin

    def _reuse(self, tokens: list[int]) -> int:
        return self._model.decoder.reuse(tokens, exact=self._exact, slide=self._dropped > 0)

    @property
    def _exact(self) -> bool:
        """Who gives a seed wants the same answer again, whatever was asked in between."""
        sampling = self._request.sampling
        return sampling.seed >= 0 and sampling.temperature > 0

    def _evaluate(self, tokens: list[int], known: int) -> Iterator[Progress]:
        """The tokens after the first `known`, which are held."""
        todo = tokens[known:]
        shown = time.perf_counter() + _QUIET - _BETWEEN
        for done in self._model.decoder.prefill(todo, self._cancelled):
            now = time.perf_counter()
            if now - shown >= _BETWEEN and done < len(todo):
                shown = now
                yield Progress("Reading", known + done, len(tokens), "tokens")

    def _make_room(self) -> Generator[Progress, None, bool]:
        """Leave out older turns in mid-answer and evaluate the rest, as far as it isn't held.
        Gives False when that is not wanted or there are none."""
        request, context = self._request, self._model.decoder.context_length
        wanted = request.when_full not in (None, WhenFull.STOP)
        # An answer without a limit would otherwise never end.
        if not (wanted and self._shorter and request.turns and request.sampling.max_tokens):
            return False
        spare = len(self._said) + context // _FREED
        prompt = self._shorter(spare) if spare < context else None
        if prompt is None or len(prompt.tokens) + spare > context:
            return False
        self._dropped = prompt.dropped_turns
        tokens = prompt.tokens + self._said
        yield from self._evaluate(tokens, self._reuse(tokens))
        self._drafting.begin_anew(tokens)
        return True

    def _guesses(self) -> Drafting:
        model, options = self._model, self._request.spec.options
        # Who gives a seed wants the numbers of one token after the other.
        wanted = model.can_forget and not self._exact
        look_up = wanted and options.look_up
        # A draft model has no eyes.
        draft = model.draft if wanted and min(self._prompt.tokens) >= 0 else None
        return Drafting(model.decoder, self._prompt.tokens, model.pace, look_up, draft)

    def _write(self, sampler: Sampler) -> Iterator[Progress | Token]:
        model, decoder, cancelled = self._model, self._model.decoder, self._cancelled
        vocabulary, handle, context = model.vocabulary, decoder.handle, decoder.context_length
        limit = self._request.sampling.max_tokens or context
        drafting = self._drafting = self._guesses()
        stream = TextStream((*self._request.stop, *self._prompt.stops))
        begin = time.perf_counter()
        text, told = "", 0.0
        try:
            while True:
                if cancelled():
                    self._status = Status.STOPPED
                    break
                token = sampler.sample(handle, drafting.index)
                drafting.chosen()
                if token is None or vocabulary.ends_answer(token):
                    break
                self._said.append(token)
                text += stream.feed(vocabulary.piece(token, special=bool(self._request.tools)))
                now = time.perf_counter()
                if text and now + decoder.pace >= told + _TOGETHER:
                    yield Token(text)
                    text, told = "", now
                if stream.stopped:
                    break
                if len(self._said) >= limit:
                    self._status = Status.LENGTH
                    break
                if drafting.has_room(token):
                    drafting.go_on(token, limit - len(self._said), cancelled)
                elif not (yield from self._make_room()):
                    self._status = Status.LENGTH
                    break
        except Aborted:
            self._status = Status.STOPPED
        except ModelError:
            if text:
                yield Token(text)
            raise
        finally:
            drafting.end()
            self._write_seconds = time.perf_counter() - begin
        if text := text + stream.finish():
            yield Token(text)

    def _stats(self) -> GenerationStats:
        read = len(self._prompt.tokens) - self._cached
        return GenerationStats(
            prompt_tokens=len(self._prompt.tokens),
            prompt_cached=self._cached,
            answer_tokens=len(self._said),
            prompt_rate=read / self._read_seconds if self._read_seconds else 0.0,
            answer_rate=len(self._said) / self._write_seconds if self._write_seconds else 0.0,
            context_used=len(self._model.decoder.held),
            context_length=self._model.decoder.context_length,
            guessed=self._drafting.guessed,
            helpers=self._model.helpers,
        )
