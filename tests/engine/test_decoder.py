"""The decoder in this process, where a test can say to the call when somebody asks to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.core.messages import Generate, Generated, Token
from app.core.types import ModelSpec, Status
from app.engine import decoder as decoder_module
from app.engine import native
from app.engine.conversation import Prompt
from app.engine.decoder import CHUNK, Aborted
from app.engine.generation import generate
from app.engine.model import Model, load
from tests.engine.asking import GREEDY

TEXT = "The river rises in the hills and flows past the old mill towards the sea. " * 60


@pytest.fixture(scope="module")
def model(chat_model: Path) -> Iterator[Model]:
    native.start()
    loaded = list(load(ModelSpec(str(chat_model), 2048, threads=1), lambda: False))[-1]
    assert isinstance(loaded, Model)
    yield loaded
    loaded.close()


def after(calls: int) -> Callable[[], bool]:
    """Somebody who asks to stop when looked at for the so many-th time."""
    looks = iter(range(calls))
    return lambda: next(looks, None) is None


def test_a_chunk_of_a_prompt_is_broken_off_inside(model: Model) -> None:
    decoder, tokens = model.decoder, model.vocabulary.tokens(TEXT)[: CHUNK + 64]
    decoder.clear()
    asked = 0

    def never() -> bool:
        nonlocal asked
        asked += 1
        return False

    assert list(decoder.prefill(tokens, never)) == [CHUNK, CHUNK + 64]
    assert asked > 200, "looked at between the steps of a chunk, not only between chunks"
    whole = asked
    decoder.clear()
    done: list[int] = []
    with pytest.raises(Aborted):
        done.extend(decoder.prefill(tokens, after(whole * 3 // 4)))
    assert done == [CHUNK]
    assert decoder.held == tokens[: len(decoder.held)]
    assert len(decoder.held) < len(tokens)
    # What is held after that is what the cache has: going on gives what one piece gives.
    decoder.reuse(tokens)
    broken = _go_on(model, tokens[len(decoder.held) :])
    decoder.clear()
    assert _go_on(model, tokens) == broken


def test_an_answer_is_stopped_between_two_tokens(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine a token may be slow enough to be stopped in its middle.
    monkeypatch.setattr(decoder_module, "_SLOW_TOKEN", float("inf"))
    prompt = Prompt(model.vocabulary.tokens("1, 2, 3,"))
    model.decoder.clear()
    # One look before the prompt's only chunk, some inside it, then one before each token.
    looks = 0

    def count() -> bool:
        nonlocal looks
        looks += 1
        return False

    list(model.decoder.prefill(prompt.tokens, count))
    model.decoder.clear()
    request = Generate(ModelSpec(""), GREEDY, prompt="1, 2, 3,")
    *events, end = generate(request, prompt, model, after(looks + 5))
    written = b"".join(map(model.vocabulary.piece, model.decoder.held[len(prompt.tokens) :]))
    assert "".join(e.text for e in events if isinstance(e, Token)) == written.decode()
    assert isinstance(end, Generated)
    assert (end.status, end.stats.answer_tokens) == (Status.STOPPED, 5)
    assert len(model.decoder.held) == len(prompt.tokens) + 5


def _go_on(model: Model, tokens: list[int]) -> list[int]:
    """Evaluate tokens after what is held; the most likely ten that follow."""
    decoder, found = model.decoder, []
    list(decoder.prefill(tokens, bool))
    for _ in range(10):
        logits = native.lib.llama_get_logits_ith(decoder.handle, -1)
        best = int(np.ctypeslib.as_array(logits, shape=(model.vocabulary.size,)).argmax())
        found.append(best)
        decoder.step(best, bool)
    return found
