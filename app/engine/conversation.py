"""Fits a conversation into the context: which turns go to the model, as which tokens.

When not all turns fit, the oldest are left out in blocks of a quarter of the context rather than
one by one: the prompt then begins alike for several messages, and what is already evaluated can
be reused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.core.errors import BadTemplate, ChatFull, ContextFull
from app.core.messages import Generate, Turn
from app.core.settings import WhenFull
from app.core.types import ToolSpec
from app.engine.model import Model
from app.engine.template import Layout, Templates, plain_layout
from app.engine.vocabulary import Segment

_TURN_COST = 8  # tokens that a template adds to a turn, about
_BYTES_PER_TOKEN = 3  # low on purpose: an estimate that is too high only costs a second try
_ROOM = 512  # tokens kept free for an answer without a limit


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads. warning: the template failed and a plain layout took its place."""

    tokens: list[int]
    stops: tuple[str, ...] = ()
    dropped_turns: int = 0
    warning: BadTemplate | None = None


def fit(request: Generate, model: Model, templates: Templates, spare: int = 0) -> Prompt:
    """The prompt of a request. spare: tokens to leave free behind it, where there are older turns
    to leave out; 0: enough for an answer. Errors: ContextFull, ChatFull."""
    context = model.decoder.context_length
    if not request.turns:
        vocabulary = model.vocabulary
        tokens = vocabulary.tokens(request.prompt, begin=True)
        tokens += vocabulary.tokens(request.prefill) if request.prefill else []
        if not tokens:
            tokens = vocabulary.tokens("\n")
        if len(tokens) >= context:
            raise ContextFull(tokens=len(tokens), context=context)
        return Prompt(tokens)
    room = spare or min(request.sampling.max_tokens or _ROOM, _ROOM, context // 4)
    composer = _Composer(model, templates, request.prefill, request.tools)
    if request.when_full is WhenFull.STOP:
        prompt = composer.compose(request.turns, 0)
        if len(prompt.tokens) > context - room and len(request.turns) > 1:
            raise ChatFull(tokens=len(prompt.tokens), context=context)
    prompt = Prompt([])
    for turns in _candidates(request.turns, context - room, model.picture_places):
        prompt = composer.compose(turns, len(request.turns) - len(turns))
        if len(prompt.tokens) <= context - room:
            return prompt
    if len(prompt.tokens) >= context:
        raise ContextFull(tokens=len(prompt.tokens), context=context)
    return prompt


class _Composer:
    """Lays out turns, by the template as long as it works."""

    def __init__(
        self, model: Model, templates: Templates, prefill: str, tools: Sequence[ToolSpec] = ()
    ) -> None:
        self._tools = tools
        self._model = model
        self._templates = templates
        self._prefill = prefill
        self._warning: BadTemplate | None = None

    def compose(self, turns: Sequence[Turn], dropped: int) -> Prompt:
        layout = self._layout(turns)
        segments = [*layout.segments, Segment(self._prefill, False)]
        eyes = self._model.decoder.eyes
        tokens = self._model.vocabulary.prompt_tokens(segments, eyes.tokens if eyes else None)
        return Prompt(tokens, layout.stops, dropped, self._warning)

    def _layout(self, turns: Sequence[Turn]) -> Layout:
        model = self._model
        if model.template and self._warning is None:
            try:
                return self._templates.layout(model.template, turns, model.vocabulary, self._tools)
            except BadTemplate as error:
                path, reason = model.loaded.info.path, error.params.get("reason", "")
                self._warning = BadTemplate(error.detail, path=path, reason=reason)
        return plain_layout(turns, model.vocabulary)


def _candidates(
    turns: Sequence[Turn], room: int, places: Callable[[str], int]
) -> Iterator[Sequence[Turn]]:
    """The conversation with more and more of its oldest turns left out, from the first that may
    fit to the last turn alone; the system turn stays. places: what a picture takes."""
    head = list(turns[:1]) if len(turns) > 1 and turns[0].role == "system" else []
    rest = turns[len(head) :]
    sizes = [
        len(turn.content.encode()) + _BYTES_PER_TOKEN * sum(map(places, turn.pictures))
        for turn in rest
    ]
    total = sum(sizes) // _BYTES_PER_TOKEN + _TURN_COST * len(rest)
    block = max(1, room // 4)
    before = tried = 0
    for start, turn in enumerate(rest):
        # An answer whose question is gone would only confuse; templates may refuse it too.
        opens = turn.role not in ("assistant", "tool")
        first_of_block = start == 0 or before // block > tried
        # Up to twice the room by this estimate may really fit.
        if opens and first_of_block and (total - before <= 2 * room or start == len(rest) - 1):
            tried = before // block
            yield [*head, *rest[start:]]
        before += sizes[start] // _BYTES_PER_TOKEN + _TURN_COST
    if len(rest) > 1:
        yield [*head, rest[-1]]
