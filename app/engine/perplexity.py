"""How well a model predicts a text: the mean negative log-likelihood of its tokens.

The text is cut into windows of `context_length` tokens that do not overlap; each token of a
window but the first is scored from those before it. Figures of different window lengths can't be
compared with each other, nor with tools that score only half of each window.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from app.core.errors import BadInput
from app.core.messages import Measured, Progress
from app.engine.decoder import CHUNK, Aborted
from app.engine.model import Model

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def measure(
    model: Model, text: str, context_length: int, cancelled: Callable[[], bool]
) -> Iterator[Progress | Measured]:
    """Progress in tokens, at last the figures (not when cancelled). Errors: BadInput for a text
    of fewer than two tokens."""
    vocabulary, decoder = model.vocabulary, model.decoder
    tokens = vocabulary.tokens(text)
    if len(tokens) < 2:
        raise BadInput(problem="The text is too short to measure a model on.")
    bos = vocabulary.prompt_tokens(())
    width = min(context_length, decoder.context_length) - len(bos)
    loss, scored = 0.0, 0
    for start in range(0, len(tokens), width):
        window = [*bos, *tokens[start : start + width]]
        decoder.clear()
        for begin in range(0, len(window) - 1, CHUNK):
            chunk = window[begin : min(begin + CHUNK, len(window) - 1)]
            try:
                logits = decoder.logits_of(chunk, cancelled)
            except Aborted:
                return
            loss += _negative_log_likelihood(logits, window[begin + 1 : begin + 1 + len(chunk)])
            scored += len(chunk)
        yield Progress(
            "Measuring the model", min(start + width, len(tokens)), len(tokens), "tokens"
        )
    mean = loss / scored
    yield Measured(mean, math.exp(min(mean, 700.0)), scored)


def _negative_log_likelihood(logits: npt.NDArray[np.float32], targets: list[int]) -> float:
    """Sum over rows of -log softmax(row)[target], in double precision where it adds up."""
    import numpy as np

    highest = logits.max(axis=1, keepdims=True)
    total = np.exp(logits - highest).sum(axis=1, dtype=np.float64)
    chosen = logits[np.arange(len(targets)), targets].astype(np.float64)
    return float((np.log(total) + highest[:, 0] - chosen).sum())
