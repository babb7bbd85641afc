"""Chats that no longer fit: what is left out, what is kept, and in mid-answer too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.errors import ChatFull
from app.core.messages import Generate, Generated, Load, Token, Turn
from app.core.process import WorkerProcess
from app.core.settings import WhenFull
from app.core.types import AnswerForm, ModelSpec, Sampling, Status
from tests.engine.asking import GREEDY

ENDLESS = AnswerForm(grammar="root ::= [a-z ]{900}")  # the model may not end by itself
PIECE = "The river number {} rises in the hills, turns the old mill and flows past the harbour. "


def chat(messages: int, size: int = 3) -> tuple[Turn, ...]:
    """A system turn, so many messages of about 20 * `size` tokens, and a question."""
    said = [
        Turn("user" if n % 2 == 0 else "assistant", PIECE.format(n) * size) for n in range(messages)
    ]
    return (Turn("system", "You are brief."), *said, Turn("user", "Count from 1 to 900."))


def told(
    engine: WorkerProcess,
    spec: ModelSpec,
    turns: tuple[Turn, ...],
    sampling: Sampling = GREEDY,
    when: WhenFull | None = WhenFull.LEAVE_OUT,
    form: AnswerForm | None = None,
) -> tuple[str, Generated]:
    request = Generate(spec, sampling, turns, when_full=when, form=form)
    events = list(engine.stream(request))
    assert isinstance(events[-1], Generated)
    return "".join(e.text for e in events if isinstance(e, Token)), events[-1]


@pytest.fixture
def small(spec: ModelSpec) -> ModelSpec:
    return replace(spec, context_length=512)


def test_an_answer_goes_on_when_the_context_is_full(
    engine: WorkerProcess, small: ModelSpec
) -> None:
    small = replace(small, context_length=256)
    turns = chat(4, 1)  # some 130 tokens
    long = replace(GREEDY, max_tokens=170)
    text, end = told(engine, small, turns, long, form=ENDLESS)
    assert (end.status, end.stats.answer_tokens) == (Status.LENGTH, 170)
    assert 2 <= end.dropped_turns <= 4
    assert end.stats.context_used <= 256
    cut, stopped = told(engine, small, turns, long, None, ENDLESS)
    assert stopped.stats.answer_tokens < 170
    assert text.startswith(cut)
    # Without a limit, the end of the context is where an answer ends.
    _, full = told(engine, small, turns, replace(GREEDY, max_tokens=0), form=ENDLESS)
    assert full.stats.context_used == 256


def test_what_follows_a_gap_slides_instead_of_being_read_again(
    engine: WorkerProcess, small: ModelSpec
) -> None:
    turns = chat(6)[:-1]
    short = replace(GREEDY, max_tokens=1)
    _, first = told(engine, small, (*turns, Turn("user", "Why?")), short)
    assert first.dropped_turns == 0
    more = (*turns, Turn("assistant", "So."), Turn("user", PIECE.format(99) * 6))
    _, second = told(engine, small, more, short)
    assert second.dropped_turns > 0
    # More than the system turn was kept, though what comes after it had stood further on.
    assert second.stats.prompt_cached > second.stats.prompt_tokens / 3
    # A seed asks for the numbers of a fresh evaluation, which sliding does not give.
    told(engine, small, (*turns, Turn("user", "Why?")), short)
    _, exact = told(engine, small, more, replace(short, temperature=0.5, seed=3))
    assert exact.stats.prompt_cached == 0


def test_a_chat_that_shall_stop_is_refused(engine: WorkerProcess, small: ModelSpec) -> None:
    with pytest.raises(ChatFull) as caught:
        told(engine, small, chat(12), when=WhenFull.STOP)
    assert caught.value.params["context"] == "512"
    assert int(caught.value.params["tokens"]) > 512
    text, end = told(engine, small, chat(2), when=WhenFull.STOP)
    assert text
    assert end.dropped_turns == 0
    assert engine.ask(Load(small)).model.context_length == 512
