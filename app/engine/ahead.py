"""What surely comes after an answer is evaluated while nothing else is asked: the end of its turn
and the beginning of the next one. The next message then waits for its own words only; of a chat
that is opened again that is half of what was left to evaluate.
"""

from __future__ import annotations

from dataclasses import replace

from app.core.errors import LoamError
from app.core.messages import Generate, Turn
from app.engine.conversation import fit
from app.engine.decoder import Aborted
from app.engine.model import Model
from app.engine.sliding import common_start
from app.engine.template import Templates

_MOST = 64  # tokens; templates put some ten between two turns


def evaluate_ahead(request: Generate, answer: str, model: Model, templates: Templates) -> None:
    """After `answer` to `request`, whose tokens are held. Nothing happens where it would not pay:
    when the conversation reads otherwise by now, or when older turns had to go."""
    held = model.decoder.held
    if not request.turns or not answer.strip() or model.decoder.slid:
        return
    said = (*request.turns, Turn("assistant", (request.prefill + answer).strip()))
    try:
        # Two messages that have nothing in common: what both have before them comes in any case.
        either, other = (
            fit(replace(request, turns=(*said, Turn("user", text)), prefill=""), model, templates)
            for text in (".", "Zebra")
        )
    except LoamError:
        return
    if either.dropped_turns or either.warning:
        return
    certain = common_start(either.tokens, other.tokens)
    more = certain - len(held)
    if 0 < more <= _MOST and either.tokens[: len(held)] == held:
        try:
            for _ in model.decoder.prefill(either.tokens[len(held) : certain], bool):
                pass
        except (Aborted, LoamError):
            return
