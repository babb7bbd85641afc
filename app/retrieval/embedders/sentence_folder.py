"""Folders of the sentence-transformers library in general, where torch is installed.

Whatever its parts do is left to the library: pooling, further layers, words before a text. Opening
reads no weights. Runs in float32, since other models lie closer together than all-MiniLM and
bfloat16 would blur them. Limits: 512 tokens, the rest of a longer text is not seen; needs
safetensors and a tokenizer.json.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.core.errors import BadEmbedder
from app.core.files import sha256
from app.retrieval.embedders import _prompts
from app.retrieval.embedders._base import Embedder
from app.retrieval.embedders._folder import check, parts_of, read_json, weights_of
from app.retrieval.embedders._llama import cores, unit
from app.retrieval.embedders.minilm import EMBEDDER as MINILM

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    from app.retrieval.embedders._base import Vectors

_log = logging.getLogger(__name__)
_MOST = 512
_OTHER_KINDS = {
    "ForCausalLM": "it is a model that writes, not one that compares texts",
    "ForConditionalGeneration": "it is a model that writes, not one that compares texts",
    "ForSequenceClassification": "it is a model that sorts texts, not one that compares them",
}


class SentenceFolder:
    """An open model; thread-safe."""

    def __init__(self, folder: Path) -> None:
        check(folder)
        self._folder = folder
        self._parts = parts_of(folder)
        config = read_json(folder / "config.json")
        for ending, reason in _OTHER_KINDS.items():
            if not self._parts and any(
                str(one).endswith(ending) for one in config.get("architectures") or ()
            ):
                raise BadEmbedder(path=folder, reason=reason)
        more = read_json(folder / "config_sentence_transformers.json")
        self._prompts = _prompts.of_config(more, folder.name, str(config.get("_name_or_path", "")))
        self.dimension = self._length_of_rows(_whole(config, "hidden_size", "d_model", "dim"))
        self._most = min(self._longest(config), _MOST)
        self._loaded: SentenceTransformer | None = None
        self._lock = threading.Lock()
        tokenizer = self.tokenizer()
        before = max(
            len(tokenizer.encode(text).ids)
            for text in (self._prompts.passage, self._prompts.question)
        )
        # What comes before and after a text has been counted with the words before it.
        self.limit = self._most - before

    @functools.cached_property
    def id(self) -> str:
        """The same files give the same name: vectors of other weights must never mix."""
        folders = dict.fromkeys([self._folder, *(folder for _kind, folder in self._parts)])
        files = [file for folder in folders for file in weights_of(folder)]
        files += [folder / "config.json" for folder in folders if (folder / "config.json").exists()]
        digests = [sha256(file) for file in [*files, self._folder / "tokenizer.json"]]
        digests += [self._prompts.question, self._prompts.passage, str(self._most)]
        return f"{self._folder.name}@{hashlib.sha256(''.join(digests).encode()).hexdigest()[:16]}"

    def tokenizer(self) -> Tokenizer:
        """A fresh tokenizer. Errors: BadEmbedder."""
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        except Exception as error:  # the library raises plain ones
            reason = "its tokenizer.json can't be read"
            raise BadEmbedder(repr(error), path=self._folder, reason=reason) from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def encode(self, texts: list[str]) -> Vectors:
        """Unit vectors of passages. Errors: BadEmbedder when the files are not such a model."""
        return self._encoded(texts, self._prompts.passage)

    def encode_questions(self, texts: list[str]) -> Vectors:
        """Unit vectors of what is asked. Errors: BadEmbedder."""
        return self._encoded(texts, self._prompts.question)

    def _encoded(self, texts: list[str], prompt: str) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        # The library's tokenizer keeps state while it pads.
        with self._lock:
            model = self._model()
            try:
                rows = model.encode(
                    texts,
                    batch_size=len(texts),
                    prompt=prompt,
                    convert_to_numpy=True,
                    show_progress_bar=False,
                )
            except Exception as error:
                # Files that contradict each other fail in many ways.
                reason = "computing with it failed"
                raise BadEmbedder(repr(error), path=self._folder, reason=reason) from error
        vectors = np.asarray(rows, dtype=np.float32)
        if vectors.shape != (len(texts), self.dimension) or not np.isfinite(vectors).all():
            reason = f"its vectors are not {self.dimension} numbers long each, as it says"
            raise BadEmbedder(str(vectors.shape), path=self._folder, reason=reason)
        return unit(vectors)

    def _model(self) -> SentenceTransformer:
        if self._loaded is None:
            # Read when the library is imported: nothing is looked for outside this machine.
            os.environ["HF_HUB_OFFLINE"] = "1"
            import torch
            from tqdm import tqdm

            # A bar that nobody sees would take a semaphore, which a killed process leaves behind.
            tqdm.set_lock(threading.RLock())
            from sentence_transformers import SentenceTransformer

            torch.set_num_threads(cores())
            device = "cuda" if torch.cuda.is_available() else "cpu"
            try:
                self._loaded = SentenceTransformer(
                    str(self._folder),
                    device=device,
                    local_files_only=True,
                    trust_remote_code=False,
                    model_kwargs={"dtype": torch.float32, "use_safetensors": True},
                )
            except Exception as error:
                reason = "the library sentence-transformers can't load it"
                raise BadEmbedder(repr(error), path=self._folder, reason=reason) from error
            self._loaded.max_seq_length = self._most
            self._loaded.default_prompt_name = None
            _log.info("Embedder %s on %s", self._folder.name, device)
        return self._loaded

    def _length_of_rows(self, hidden: int) -> int:
        """What the last part that changes it makes of it."""
        for kind, folder in self._parts:
            config = read_json(folder / "config.json")
            if kind == "Dense":
                hidden = _whole(config, "out_features") or hidden
            elif kind == "Pooling":
                own = _whole(config, "word_embedding_dimension", "embedding_dimension")
                hidden = (own or hidden) * _modes(config)
        if not 1 <= hidden <= 65_536:
            raise BadEmbedder(path=self._folder, reason="it does not say how long its vectors are")
        return hidden

    def _longest(self, config: dict[str, object]) -> int:
        own = _whole(read_json(self._folder / "sentence_bert_config.json"), "max_seq_length")
        words = _whole(read_json(self._folder / "tokenizer_config.json"), "model_max_length")
        places = _whole(config, "max_position_embeddings", "n_positions")
        # RoBERTa and its kin begin to count at two.
        roberta = str(config.get("model_type", "")) in (
            "roberta",
            "xlm-roberta",
            "camembert",
            "mpnet",
        )
        known = [own, words, places - 2 if roberta and places else places]
        return min((one for one in known if one), default=_MOST)


def _whole(config: dict[str, object], *names: str) -> int:
    """The first of the numbers that is there and can be one; else 0."""
    for name in names:
        value = config.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 31:
            return value
    return 0


def _modes(pooling: dict[str, object]) -> int:
    """In how many ways tokens are pooled: the results are put side by side."""
    named = pooling.get("pooling_mode")
    if isinstance(named, list):
        return max(len(named), 1)
    return max(sum(on is True for name, on in pooling.items() if "pooling_mode_" in name), 1)


class _SentenceFolders:
    def matches(self, folder: Path) -> bool:
        """Any folder with a model that minilm.py does not take."""
        return (folder / "config.json").is_file() and not MINILM.matches(folder)

    def open(self, folder: Path) -> Embedder:
        """Errors: BadEmbedder."""
        if not all(importlib.util.find_spec(one) for one in ("torch", "sentence_transformers")):
            reason = (
                "such a folder needs torch, which this Loam comes without; choose a GGUF file of "
                "the same model"
            )
            raise BadEmbedder(path=folder, reason=reason)
        return SentenceFolder(folder)


EMBEDDER = _SentenceFolders()
