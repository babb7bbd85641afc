"""BERT models written as GGUF (installer/embedder.py), through llama.cpp: what packages have.

No torch: the first text costs a quarter of a second instead of some six. Cosine to
sentence-transformers: .9999; 0.9 of its speed (docs/DECISIONS.md). Runs on the processor only.
Limits: 256 tokens, the rest of a longer text is not seen.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from app.core.errors import NoEmbedder
from app.core.files import sha256
from app.core.ggml import open_plugins
from app.retrieval.embedders._base import Embedder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from app.retrieval.embedders._base import Vectors

_log = logging.getLogger(__name__)
_LIMIT = 256
_WEIGHTS = "model.gguf"
_SOURCE = "source.json"
_FILES = ("config.json", _SOURCE, _WEIGHTS, "tokenizer.json")
_MOST_LANES = 8
_MOST_TEXTS = 64
"""In one evaluation, which takes 256 tokens: attention over more would be computed in vain."""


class BertGGUF:
    """An open model of the family; thread-safe."""

    limit = _LIMIT

    def __init__(self, folder: Path) -> None:
        if missing := [name for name in _FILES if not (folder / name).is_file()]:
            raise NoEmbedder(f"missing: {missing}", path=folder)
        self._folder = folder
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            self.dimension = int(config["hidden_size"])
            source = json.loads((folder / _SOURCE).read_text(encoding="utf-8"))
            self._source = str(source["sha256"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NoEmbedder(repr(error), path=folder) from error
        self._lanes: list[_Lane] = []
        self._cutting: Tokenizer | None = None
        self._lock = threading.Lock()

    @functools.cached_property
    def id(self) -> str:
        """That of the weights which the file was made from, as minilm.py names them: its vectors
        differ less from theirs than bfloat16 does there, so that neither has to read again what
        the other has read."""
        digests = [self._source, sha256(self._folder / "tokenizer.json")]
        return f"{self._folder.name}@{hashlib.sha256(''.join(digests).encode()).hexdigest()[:16]}"

    def tokenizer(self) -> Tokenizer:
        """A fresh tokenizer: the file's own cuts and pads at 128."""
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def encode(self, texts: list[str]) -> Vectors:
        """Unit vectors. Errors: NoEmbedder when the files are not such a model."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        if not texts:
            return vectors
        with self._lock:
            lanes = self._open()
            assert self._cutting is not None
            tokens = [found.ids for found in self._cutting.encode_batch(texts)]
            _side_by_side(lanes, list(_portions(tokens)), tokens, vectors)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)

    def _open(self) -> list[_Lane]:
        if not self._lanes:
            cutting = self.tokenizer()
            cutting.enable_truncation(_LIMIT)
            model = _Model(self._folder / _WEIGHTS, self.dimension)
            self._lanes = [model.lane() for _ in range(min(_cores(), _MOST_LANES))]
            self._cutting = cutting
            _log.info("Embedder through llama.cpp, %d side by side", len(self._lanes))
        return self._lanes


class _Model:
    """The weights, which stay until the process ends."""

    def __init__(self, file: Path, dimension: int) -> None:
        import llama_cpp.llama_cpp as lib

        self._lib: Any = lib
        self._file = file
        self._dimension = dimension
        # Kept, since llama.cpp calls it for as long as it lives.
        self._on_log = lib.llama_log_callback(_ignore)
        lib.llama_log_set(self._on_log, None)
        open_plugins(lib._lib, Path(lib.__file__).parent / "lib")
        lib.llama_backend_init()
        params = lib.llama_model_default_params()
        params.n_gpu_layers = 0
        self._handle = lib.llama_model_load_from_file(os.fsencode(file), params)
        if not self._handle:
            raise NoEmbedder("llama.cpp can't load it", path=file)
        if lib.llama_model_n_embd(self._handle) != dimension:
            raise NoEmbedder("its vectors have another length than config.json says", path=file)

    def lane(self) -> _Lane:
        """A context of its own with one thread. Errors: NoEmbedder."""
        params = self._lib.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = _LIMIT
        params.n_seq_max = _MOST_TEXTS
        # Several threads in one context would spin while they wait for each other.
        params.n_threads = params.n_threads_batch = 1
        params.embeddings = True
        context = self._lib.llama_init_from_model(self._handle, params)
        if not context:
            raise NoEmbedder("there is no memory for it", path=self._file)
        return _Lane(self._lib, context, self._dimension, self._file)


class _Lane:
    """Evaluates one portion of texts at a time."""

    def __init__(self, lib: Any, context: Any, dimension: int, file: Path) -> None:
        self._lib = lib
        self._context = context
        self._dimension = dimension
        self._file = file
        self._batch = lib.llama_batch_init(_LIMIT, 0, 1)

    def evaluate(self, texts: Sequence[Sequence[int]]) -> Iterator[Vectors]:
        """The mean vector of each text, given as tokens, `_LIMIT` in all. Errors: NoEmbedder."""
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
        if code := self._lib.llama_encode(self._context, batch):
            raise NoEmbedder(f"llama_encode gave {code}", path=self._file)
        for number in range(len(texts)):
            found = self._lib.llama_get_embeddings_seq(self._context, number)
            yield np.ctypeslib.as_array(found, (self._dimension,))


def _portions(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Numbers of texts that fit one evaluation together."""
    portion: list[int] = []
    room = _LIMIT
    for number, text in enumerate(tokens):
        if portion and (len(text) > room or len(portion) == _MOST_TEXTS):
            yield portion
            portion, room = [], _LIMIT
        portion.append(number)
        room -= len(text)
    yield portion


def _side_by_side(
    lanes: Sequence[_Lane],
    portions: list[list[int]],
    tokens: Sequence[Sequence[int]],
    vectors: Vectors,
) -> None:
    """Fill `vectors`, each lane taking the next portion. Errors: NoEmbedder."""
    problems: list[Exception] = []

    def work(lane: _Lane) -> None:
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


def _ignore(*_line: object) -> None:
    """llama.cpp's log of a model that was tried before it was packed."""


def _cores() -> int:
    """Cores that this process may use, which a container may hold below the machine's."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


class _BertGGUFFamily:
    def matches(self, folder: Path) -> bool:
        """A folder that `installer/embedder.py` wrote."""
        return (folder / _WEIGHTS).is_file()

    def open(self, folder: Path) -> Embedder:
        """Errors: NoEmbedder."""
        return BertGGUF(folder)


EMBEDDER = _BertGGUFFamily()
