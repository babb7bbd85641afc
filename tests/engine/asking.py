"""Short ways to ask the engine, for its tests."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.errors import LoamError
from app.core.messages import Generate, Generated, Token, Turn, Warned
from app.core.process import WorkerProcess
from app.core.types import ModelSpec, Sampling

QUESTION = "Is Paris the capital of France? Answer with a full sentence."
GREEDY = Sampling(temperature=0, repeat_penalty=1.0, max_tokens=24)


@dataclass(frozen=True)
class Answer:
    pieces: tuple[str, ...]
    end: Generated
    warnings: tuple[LoamError, ...]

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def ask(
    engine: WorkerProcess,
    spec: ModelSpec,
    *turns: str,
    sampling: Sampling = GREEDY,
    prompt: str = "",
    prefill: str = "",
    stop: tuple[str, ...] = (),
) -> Answer:
    """turns: what the user and the assistant said by turns, the user first."""
    roles = ("user", "assistant")
    conversation = tuple(Turn(roles[i % 2], text) for i, text in enumerate(turns))
    request = Generate(spec, sampling, conversation, prompt, prefill, stop)
    pieces, warnings, end = [], [], None
    for event in engine.stream(request):
        match event:
            case Token():
                pieces.append(event.text)
            case Warned():
                warnings.append(event.error)
            case Generated():
                end = event
    assert end is not None
    return Answer(tuple(pieces), end, tuple(warnings))
