"""Folders of cross-encoders as sentence-transformers keeps them, where torch is installed.

Opening reads no weights. Runs in float32: a score decides an order, and bfloat16 would make many
passages equal. Only weights in safetensors are read, since the other kind can hold programs, and
nothing that a folder brings is executed. Limits: 512 tokens for question and passage together.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.core.errors import BadReranker
from app.retrieval.rerankers._base import Reranker

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_log = logging.getLogger(__name__)
_MOST_TOKENS = 512
_MOST_CONFIG = 1 << 20
_WEIGHTS = "model.safetensors"


class CrossEncoderFolder:
    """An open model of the family; thread-safe."""

    def __init__(self, folder: Path) -> None:
        config = _config(folder)
        kinds = config.get("architectures") or ()
        if not any(str(kind).endswith("ForSequenceClassification") for kind in kinds):
            raise BadReranker(path=folder, reason="it does not compare a question with a text")
        if _labels(config) != 1:
            raise BadReranker(path=folder, reason="it sorts texts into kinds and gives no score")
        for name in (_WEIGHTS, "tokenizer.json"):
            if not (folder / name).is_file():
                raise BadReranker(path=folder, reason=f"there is no {name} in it")
        if importlib.util.find_spec("torch") is None:
            raise BadReranker(path=folder, reason="PyTorch is not installed, which runs it")
        self._folder = folder
        self._loaded: CrossEncoder | None = None
        self._lock = threading.Lock()

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """As Reranker has it."""
        if not texts:
            return []
        try:
            # The library's tokenizer keeps state while it pads.
            with self._lock:
                found = self._model().predict(
                    [(question, text) for text in texts],
                    batch_size=len(texts),
                    show_progress_bar=False,
                    convert_to_numpy=True,
                )
        except BadReranker:
            raise
        except Exception as error:
            # Files from anywhere may fail in any way.
            raise BadReranker(repr(error), path=self._folder, reason="it can't be run") from error
        return [float(score) for score in found]

    def _model(self) -> CrossEncoder:
        if self._loaded is None:
            # Read when the library is imported: nothing is looked for outside this machine.
            os.environ["HF_HUB_OFFLINE"] = "1"
            from tqdm import tqdm

            # A bar that nobody sees would take a semaphore, which a killed process leaves behind.
            tqdm.set_lock(threading.RLock())
            from sentence_transformers import CrossEncoder

            self._loaded = CrossEncoder(
                str(self._folder),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                max_length=min(_MOST_TOKENS, _positions(_config(self._folder))),
                model_kwargs={"use_safetensors": True},
            )
            _log.info("Reranker loaded")
        return self._loaded


def _config(folder: Path) -> dict[str, Any]:
    """Errors: BadReranker."""
    file = folder / "config.json"
    try:
        with file.open("rb") as opened:
            config = json.loads(opened.read(_MOST_CONFIG))
    except (OSError, ValueError, RecursionError) as error:
        reason = "there is no config.json in it that can be read"
        raise BadReranker(repr(error), path=folder, reason=reason) from error
    if not isinstance(config, dict):
        raise BadReranker(path=folder, reason="its config.json is not one of a model")
    return config


def _labels(config: dict[str, Any]) -> int:
    labels = config.get("id2label", config.get("num_labels"))
    if isinstance(labels, dict):
        return len(labels)
    return labels if isinstance(labels, int) else 2


def _positions(config: dict[str, Any]) -> int:
    longest = config.get("max_position_embeddings")
    # Some models number their positions from 2.
    return longest - 2 if isinstance(longest, int) and longest > 2 else _MOST_TOKENS


class _CrossEncoderFamily:
    def matches(self, path: Path) -> bool:
        """A folder with a model in it."""
        return (path / "config.json").is_file()

    def open(self, path: Path) -> Reranker:
        """Errors: BadReranker."""
        return CrossEncoderFolder(path)


RERANKER = _CrossEncoderFamily()
