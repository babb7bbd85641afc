"""A context of llama.cpp and its memory: which tokens it holds, evaluated once each.

`held` mirrors the native cache at all times, after an abort too, so that the next prompt reuses
exactly what is there; pictures stand in it as `picture_tokens` says. Prompts are evaluated in
chunks of a fixed size, for progress and because results then depend on the tokens alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.errors import Cancelled, ModelError, OutOfMemory
from app.core.types import LoadOptions
from app.engine import loading, native, picture_tokens
from app.engine.contention import Contention
from app.engine.native import lib
from app.engine.sliding import can_slide, common_start, cut, gap_after

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from app.engine.vision import Vision

CHUNK = 256
"""Tokens evaluated in one call where a person chose nothing else; a multiple of what the kernels
like."""
_SLOW_TOKEN = 0.1  # seconds; slower than this, one token must be abortable too
_ABORTED, _NO_MEMORY = 2, -2


class Aborted(Exception):
    """The caller asked to stop while tokens were being evaluated."""


class Decoder:
    """gpu_layers: only told when memory runs out. Errors of construction: MemoryError when the
    context can't be had."""

    def __init__(
        self,
        model: object,
        path: str,
        context_length: int,
        threads: int,
        options: LoadOptions | None = None,
        gpu_layers: int = 0,
    ) -> None:
        options = options or LoadOptions(batch=CHUNK)
        self._chunk = options.batch
        self._gpu_layers = gpu_layers
        self._model = model
        self._threads = self._threads_most = threads
        self._open(context_length, options)
        self.context_length = min(context_length, int(lib.llama_n_ctx(self.handle)))
        self.held: list[int] = []
        self._path = path
        self._exact = 0  # how many tokens of `held` were evaluated in whole, aligned chunks
        self._batch = lib.llama_batch_init(self._chunk, 0, 1)
        self._fill_constants()
        self._asked: Callable[[], bool] = bool
        # Python is called back for every node of the graph, a thousand times a token: worth it
        # for a chunk of a prompt, not for a token that takes milliseconds.
        self._on_abort = lib.ggml_abort_callback(lambda _: self._asked())
        self._no_abort = lib.ggml_abort_callback(0)
        self._last = 0.0
        self._contention = Contention(threads)
        self._exact_wanted = False
        self._slid = 0  # tokens of `held` behind which something was cut out, 0: nothing was
        self.eyes: Vision | None = None
        self._saved = 0  # positions fewer than places that pictures in `held` take

    def _open(self, context_length: int, options: LoadOptions) -> None:
        params = lib.llama_context_default_params()
        params.n_ctx = context_length
        loading.apply_to_context(params, options)
        params.n_threads = params.n_threads_batch = self._threads
        self.handle = lib.llama_init_from_model(self._model, params)
        if not self.handle:
            raise MemoryError
        self._memory = lib.llama_get_memory(self.handle)
        self._abortable = False

    def reopen(self, options: LoadOptions) -> None:
        """Another context of the same length and batch, which holds nothing and has no adapters.
        Errors: MemoryError; there is none then, and only this and `close` may be called."""
        self.held.clear()
        self._exact = self._slid = self._saved = 0
        lib.llama_free(self.handle)
        self.handle = None
        self._open(self.context_length, options)

    def close(self) -> None:
        """Free the context."""
        lib.llama_batch_free(self._batch)
        lib.llama_free(self.handle)

    @property
    def pace(self) -> float:
        """Seconds that the last `step` took."""
        return self._last

    def clear(self) -> None:
        """Forget all tokens."""
        lib.llama_memory_clear(self._memory, False)
        self.held.clear()
        self._exact = self._slid = self._saved = 0

    def restored(self, tokens: Sequence[int]) -> None:
        """The native cache, empty before, was filled with `tokens`."""
        self.held[:] = tokens
        self._saved = picture_tokens.saved_positions(self.held, len(self.held))

    @property
    def slid(self) -> bool:
        """Whether a part of what is held was evaluated after tokens that were cut out since."""
        return self._slid > 0

    def reuse(self, tokens: list[int], *, exact: bool = False, slide: bool = False) -> int:
        """Keep the longest common beginning of what is held and `tokens`, at most all but one.
        slide: where `tokens` lack a part that is held, what follows it may slide into its place.
        exact: from here on compute the very same numbers as a fresh evaluation would, which
        keeps less and fixes the number of threads. Returns how many tokens need no evaluation."""
        self._exact_wanted = exact
        common = common_start(self.held, tokens[:-1])
        slide = slide and not exact and common > 0
        if slide and (gap := gap_after(self.held, tokens[:-1], common)):
            self._cut(common, gap)
            common = common_start(self.held, tokens[:-1])
        if exact:
            common = min(common, self._exact) // self._chunk * self._chunk
        self._truncate(picture_tokens.whole(tokens, common))
        return len(self.held)

    def _cut(self, start: int, gap: int) -> None:
        if can_slide(self._memory) and cut(self._memory, start, gap):
            del self.held[start : start + gap]
            self._exact = min(self._exact, start // self._chunk * self._chunk)
            self._slid = min(self._slid or start, start)

    def prefill(self, tokens: list[int], cancelled: Callable[[], bool]) -> Iterator[int]:
        """Evaluate `tokens` after what is held, yielding how many are done after each chunk; the
        last token's logits are ready then. Errors: Aborted, ModelError."""
        done = 0
        aligned = self._exact == len(self.held)
        while done < len(tokens):
            if picture_tokens.starts(tokens[done]):
                length = picture_tokens.length_at(tokens, done)
                for share in self._see(tokens[done : done + length], cancelled):
                    yield done + int(share * length)
                done += length
                yield done
                continue
            end = min(len(tokens), done + self._chunk - len(self.held) % self._chunk)
            chunk = tokens[done : picture_tokens.next_picture(tokens, done, end)]
            last = done + len(chunk) == len(tokens)
            self._evaluate(chunk, cancelled, logits_from=len(chunk) - 1 if last else len(chunk))
            done += len(chunk)
            if aligned and len(self.held) % self._chunk == 0:
                self._exact = len(self.held)
            yield done

    def step(self, token: int, cancelled: Callable[[], bool], guesses: Sequence[int] = ()) -> None:
        """Evaluate one token, and guesses of what follows it; the logits after each are ready then,
        and all are held. Errors: Aborted, ModelError."""
        batch, begins = self._batch, len(self.held)
        batch.n_tokens = 1 + len(guesses)
        for index, each in enumerate((token, *guesses)):
            batch.token[index] = each
            batch.pos[index] = begins - self._saved + index
            batch.logits[index] = 1
        self._asked = cancelled
        self._let_abort(self._last > _SLOW_TOKEN)
        self._share_cores()
        begin = time.perf_counter()
        code = lib.llama_decode(self.handle, batch)
        self._last = time.perf_counter() - begin
        if code:
            self._failed(code, [token, *guesses])
        self.held += (token, *guesses)

    def forget(self, count: int) -> None:
        """Let go of the last `count` tokens."""
        self._truncate(len(self.held) - count)

    def logits_of(
        self, tokens: list[int], cancelled: Callable[[], bool]
    ) -> npt.NDArray[np.float32]:
        """Evaluate at most a chunk of tokens and give the logits after each: (tokens, vocabulary),
        valid until the next evaluation. Errors: Aborted, ModelError."""
        import numpy as np  # takes a tenth of a second, which an answer can do without

        self._evaluate(tokens, cancelled, logits_from=0)
        model = lib.llama_get_model(self.handle)
        width = lib.llama_vocab_n_tokens(lib.llama_model_get_vocab(model))
        first = lib.llama_get_logits(self.handle)
        return np.ctypeslib.as_array(first, shape=(len(tokens), width))

    def _evaluate(self, chunk: list[int], cancelled: Callable[[], bool], logits_from: int) -> None:
        batch, position = self._batch, len(self.held) - self._saved
        batch.n_tokens = len(chunk)
        for index, token in enumerate(chunk):
            batch.token[index] = token
            batch.pos[index] = position + index
            batch.logits[index] = index >= logits_from
        self._asked = cancelled
        self._let_abort(True)
        self._share_cores()
        if cancelled():
            raise Aborted
        code = lib.llama_decode(self.handle, batch)
        if code:
            self._failed(code, chunk)
        # Decoding is asynchronous on some devices; the time and the abort belong to this call.
        lib.llama_synchronize(self.handle)
        self.held += chunk

    def _see(self, part: list[int], cancelled: Callable[[], bool]) -> Iterator[float]:
        """Evaluate a part of a picture; yields the share that is done. Errors: as `prefill`."""
        if self.eyes is None or not self.eyes.knows(part):
            raise ModelError("There are no eyes for this picture", path=self._path)
        position = len(self.held) - self._saved
        self._asked = cancelled
        self._let_abort(True)
        self._share_cores()
        try:
            yield from self.eyes.see(self.handle, part, position, self._chunk, cancelled)
            lib.llama_synchronize(self.handle)
        except BaseException as error:
            # Of a picture that is there in part nothing is kept.
            if not lib.llama_memory_seq_rm(self._memory, 0, position, -1):
                self.clear()
            if isinstance(error, Cancelled):
                raise Aborted from None
            raise
        self.held += part
        self._saved += picture_tokens.saved_positions(part, len(part))

    def _failed(self, code: int, chunk: list[int]) -> None:
        """Bring `held` in line with the cache, which may keep part of the chunk, and raise."""
        kept = int(lib.llama_memory_seq_pos_max(self._memory, 0)) + 1 + self._saved
        self.held += chunk[: max(0, kept - len(self.held))]
        self._truncate(min(kept, len(self.held)))
        if code == _ABORTED:
            raise Aborted
        if code == _NO_MEMORY:
            raise OutOfMemory(
                native.recent_log(),
                path=self._path,
                name=Path(self._path).name,
                context=f"{self.context_length:,}",
                gpu_layers=self._gpu_layers,
            )
        raise ModelError(f"llama_decode gave {code}\n{native.recent_log()}", path=self._path)

    def _truncate(self, length: int) -> None:
        saved = self._saved and picture_tokens.saved_positions(self.held, length)
        if length < len(self.held) and not lib.llama_memory_seq_rm(
            self._memory, 0, length - saved, -1
        ):
            # Models with a running state (Mamba and its kin) can't forget a part.
            self.clear()
            return
        del self.held[length:]
        self._saved = saved
        if length <= self._slid:
            self._slid = 0
        self._exact = min(self._exact, length // self._chunk * self._chunk)

    def _let_abort(self, wanted: bool) -> None:
        if wanted != self._abortable:
            callback = self._on_abort if wanted else self._no_abort
            lib.llama_set_abort_callback(self.handle, callback, None)
            self._abortable = wanted

    def _share_cores(self) -> None:
        # Sums are split by threads, so their number shows in the last digits. One core is left
        # free: fixed, it could not give way.
        threads = self._contention.threads_now()
        if self._exact_wanted:
            threads = max(1, self._threads_most - 1)
        if threads != self._threads:
            self._threads = threads
            lib.llama_set_n_threads(self.handle, threads, threads)

    def _fill_constants(self) -> None:
        for index in range(self._chunk):
            self._batch.n_seq_id[index] = 1
            self._batch.seq_id[index][0] = 0
