"""llama.cpp as a maker of vectors: a model, and lanes that evaluate portions of texts side by side.

Each lane is a context of its own with one thread: several threads in one context would spin while
they wait for each other. Runs on the processor only.
"""

from __future__ import annotations

import functools
import os
import threading
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from app.core.errors import NoEmbedder
from app.core.ggml import open_plugins

if TYPE_CHECKING:
    from app.retrieval.embedders._base import Vectors

MOST_LANES = 8
_MOST_TEXTS = 64


class Model:
    """The weights, given back with the last that uses them. room: tokens that one evaluation
    takes; pooling: as llama.cpp numbers them, None: as the file says. Errors: NoEmbedder."""

    def __init__(
        self, file: Path, dimension: int, room: int, pooling: int | None = None, words: bool = False
    ) -> None:
        self.lib = lib = _library()
        self.file = file
        self.dimension = dimension
        self.room = room
        self._pooling = pooling
        params = lib.llama_model_default_params()
        params.n_gpu_layers = 0
        params.vocab_only = words
        self.handle = lib.llama_model_load_from_file(os.fsencode(file), params)
        if not self.handle:
            raise NoEmbedder("llama.cpp can't load it", path=file)
        _given_back(self, lib.llama_model_free, self.handle)
        if not words and lib.llama_model_n_embd(self.handle) != dimension:
            raise NoEmbedder("its vectors have another length than it says", path=file)

    def lane(self) -> Lane:
        """A context of its own with one thread. Errors: NoEmbedder."""
        return Lane(self, self._pooling)


class Lane:
    """Evaluates one portion of texts at a time. Errors: NoEmbedder."""

    def __init__(self, model: Model, pooling: int | None) -> None:
        self._model = model
        self._lib = lib = model.lib
        params = lib.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = model.room
        params.n_seq_max = _MOST_TEXTS
        # Texts of an evaluation share the room instead of having a part of it each.
        params.kv_unified = True
        params.n_threads = params.n_threads_batch = 1
        params.embeddings = True
        if pooling is not None:
            params.pooling_type = pooling
        self._context = lib.llama_init_from_model(model.handle, params)
        if not self._context:
            raise NoEmbedder("there is no memory for it", path=model.file)
        _given_back(self, lib.llama_free, self._context)
        # Models that write as well keep what they have read.
        self._memory = lib.llama_get_memory(self._context)
        self._batch = lib.llama_batch_init(model.room, 0, 1)
        _given_back(self, lib.llama_batch_free, self._batch)

    def evaluate(self, texts: Sequence[Sequence[int]]) -> Iterator[Vectors]:
        """The vector of each text, given as tokens, that fit the room. Errors: NoEmbedder."""
        batch = self._batch
        place = 0
        for number, tokens in enumerate(texts):
            for position, token in enumerate(tokens):
                batch.token[place] = token
                batch.pos[place] = position
                batch.n_seq_id[place] = 1
                batch.seq_id[place][0] = number
                batch.logits[place] = 1
                place += 1
        batch.n_tokens = place
        if self._memory:
            self._lib.llama_memory_clear(self._memory, True)
            code = self._lib.llama_decode(self._context, batch)
        else:
            code = self._lib.llama_encode(self._context, batch)
        if code:
            raise NoEmbedder(f"llama.cpp gave {code}", path=self._model.file)
        for number in range(len(texts)):
            found = self._lib.llama_get_embeddings_seq(self._context, number)
            if not found:
                raise NoEmbedder("it makes no vectors of texts", path=self._model.file)
            yield np.ctypeslib.as_array(found, (self._model.dimension,))


def lanes(model: Model) -> list[Lane]:
    """One for each core. Errors: NoEmbedder."""
    return [model.lane() for _ in range(min(cores(), MOST_LANES))]


def evaluate_all(
    lanes: Sequence[Lane], tokens: Sequence[Sequence[int]], room: int, vectors: Vectors
) -> None:
    """Fill `vectors`, a row for each text, each lane taking the next portion. Errors:
    NoEmbedder."""
    portions = list(_portions(tokens, room))
    problems: list[Exception] = []

    def work(lane: Lane) -> None:
        try:
            while portions and not problems:
                try:
                    portion = portions.pop()
                except IndexError:  # another lane was faster
                    return
                for number, vector in zip(
                    portion, lane.evaluate([tokens[one] for one in portion]), strict=True
                ):
                    vectors[number] = vector
        except Exception as error:
            problems.append(error)

    others = [
        threading.Thread(target=work, args=(lane,), name="embedding", daemon=True)
        for lane in lanes[1 : len(portions)]
    ]
    for thread in others:
        thread.start()
    work(lanes[0])
    for thread in others:
        thread.join()
    if problems:
        raise problems[0]


def unit(vectors: Vectors) -> Vectors:
    """Rows of length 1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def _portions(tokens: Sequence[Sequence[int]], most: int) -> Iterator[list[int]]:
    """Numbers of texts that fit one evaluation together."""
    portion: list[int] = []
    room = most
    for number, text in enumerate(tokens):
        if portion and (len(text) > room or len(portion) == _MOST_TEXTS):
            yield portion
            portion, room = [], most
        portion.append(number)
        room -= len(text)
    yield portion


@functools.cache
def _library() -> Any:
    import llama_cpp.llama_cpp as lib

    lib.llama_log_set(_on_log(lib), None)
    open_plugins(lib._lib, Path(lib.__file__).parent / "lib")
    lib.llama_backend_init()
    return lib


@functools.cache
def _on_log(lib: Any) -> Any:
    """Kept, since llama.cpp calls it for as long as it lives."""
    return lib.llama_log_callback(_ignore)


def _ignore(*_line: object) -> None:
    """llama.cpp's log of a model that was tried before it was chosen."""


def _given_back(owner: object, free: Any, thing: Any) -> None:
    """Call free(thing) once `owner` is gone, but not while the process ends."""
    weakref.finalize(owner, free, thing).atexit = False


def cores() -> int:
    """Cores that this process may use, which a container may hold below the machine's."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)
