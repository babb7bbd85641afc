"""A smaller model that guesses ahead for a larger one. Both must have the same tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.errors import BadDraft
from app.core.messages import Progress
from app.core.types import ModelSpec
from app.engine.native import lib

if TYPE_CHECKING:
    from app.engine.model import Model

_SURE = 0.4  # share of the likeliest token below which nothing more is guessed


class DraftModel:
    """Greedy guesses; its memory follows the text by itself. Not for two threads at once."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def guess(self, tokens: list[int], most: int, cancelled: Callable[[], bool]) -> list[int]:
        """Up to `most` tokens after `tokens`, fewer where it isn't sure. Errors: Aborted,
        ModelError."""
        import numpy as np

        decoder, found = self._model.decoder, list[int]()
        if len(tokens) + most > decoder.context_length:
            return found
        known = decoder.reuse(tokens)
        for _ in decoder.prefill(tokens[known:], cancelled):
            pass
        width = self._model.vocabulary.size
        while True:
            logits = np.ctypeslib.as_array(
                lib.llama_get_logits_ith(decoder.handle, -1), shape=(width,)
            )
            token = int(logits.argmax())
            if 1.0 / float(np.exp(logits - logits[token]).sum()) < _SURE:
                return found
            found.append(token)
            if len(found) == most or self._model.vocabulary.ends_answer(token):
                return found
            decoder.step(token, cancelled)

    def close(self) -> None:
        """Free its memory."""
        self._model.close()


def load_draft(
    spec: ModelSpec, target: Model, cancelled: Callable[[], bool]
) -> Iterator[Progress | DraftModel]:
    """Progress, and at last the draft model that `spec` names. Errors: BadDraft, and those of a
    model that can't be loaded."""
    from app.engine.model import Model, load

    options = replace(spec.options, draft="", split=())
    wanted = ModelSpec(
        spec.options.draft,
        target.loaded.context_length,
        spec.gpu_layers if spec.gpu_layers <= 0 else -1,
        spec.threads,
        options=options,
    )
    for event in load(wanted, cancelled):
        if not isinstance(event, Model):
            yield event
            continue
        reason = difference(event, target)
        if reason:
            event.close()
            raise BadDraft(name=Path(wanted.path).name, reason=reason)
        yield DraftModel(event)


def difference(draft: Model, target: Model) -> str:
    """Why one can't guess for the other; empty when it can."""
    mine, theirs = draft.vocabulary, target.vocabulary
    # Some families pad their vocabularies to round numbers.
    if abs(mine.size - theirs.size) > 128:
        return f"it knows {mine.size:,} tokens, and the model {theirs.size:,}"
    for token in range(min(mine.size, theirs.size)):
        if mine.piece_of_control(token) != theirs.piece_of_control(token):
            return "its tokens stand for other texts"
    return ""
