"""Answers of the real default model through the real child."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import pytest

from app.core.errors import ChildDied, ContextFull
from app.core.messages import Counted, CountTokens, Generate, Generated, Load, Loaded, Token, Turn
from app.core.process import Cancel, WorkerProcess
from app.core.types import ModelSpec, Sampling, Status
from tests.engine.asking import GREEDY, QUESTION, Answer, ask

# What the model writes on for minutes when nothing stops it.
ENDLESS = "1, 2, 3,"
LONG = "The river rises in the hills and flows past the old mill towards the sea. " * 60


def _fresh(engine: WorkerProcess, spec: ModelSpec, *turns: str) -> Answer:
    """The answer with nothing in the model's memory."""
    ask(engine, spec, prompt="Zebra", sampling=replace(GREEDY, max_tokens=1))
    return ask(engine, spec, *turns)


def _endless(spec: ModelSpec) -> Generate:
    """An answer of thousands of tokens, so that it is under way whenever a test gets to act."""
    long = replace(spec, context_length=8192)
    return Generate(long, replace(GREEDY, max_tokens=0), prompt=ENDLESS)


def test_it_answers_and_says_what_it_cost(engine: WorkerProcess, spec: ModelSpec) -> None:
    all_cores = replace(spec, threads=0)
    answer = ask(engine, all_cores, QUESTION, sampling=replace(GREEDY, max_tokens=200))
    stats = answer.end.stats
    assert "Paris" in answer.text
    assert answer.end.status is Status.COMPLETE
    assert stats.context_length == 1024
    assert stats.context_used == stats.prompt_tokens + stats.answer_tokens
    assert stats.answer_rate > 0
    assert not answer.warnings


def test_loading_tells_the_truth(engine: WorkerProcess, spec: ModelSpec) -> None:
    first = engine.ask(Load(spec))
    assert isinstance(first, Loaded)
    assert (first.model.threads, first.model.gpu_layers) == (1, 0)
    assert first.model.total_layers == 31
    again = list(engine.stream(Load(spec)))
    assert again == [first]
    default = engine.ask(Load(ModelSpec(spec.path)))
    assert default.model.context_length == 4096
    assert engine.ask(Load(ModelSpec(spec.path, 100_000))).model.context_length == 8192


def test_the_common_beginning_is_not_evaluated_again(
    engine: WorkerProcess, spec: ModelSpec
) -> None:
    question, answer = "Name three colours.", "Red, green and blue."
    fresh = _fresh(engine, spec, question, answer, "And one more?")
    assert fresh.end.stats.prompt_cached <= 10
    ask(engine, spec, question)
    again = ask(engine, spec, question, answer, "And one more?")
    assert again.end.stats.prompt_cached >= 15
    assert again.text == fresh.text


def test_asking_twice_evaluates_one_token(engine: WorkerProcess, spec: ModelSpec) -> None:
    first = ask(engine, spec, "Name a fruit.")
    second = ask(engine, spec, "Name a fruit.")
    assert second.end.stats.prompt_cached == second.end.stats.prompt_tokens - 1
    assert second.text == first.text


def test_a_seed_gives_the_same_answer_whatever_came_before(
    engine: WorkerProcess, spec: ModelSpec
) -> None:
    sampling = Sampling(2.0, top_p=1.0, min_p=0.0, seed=7, max_tokens=20)
    question = "Tell me a story. " + LONG[:1500]
    all_cores = replace(spec, threads=0)  # a seed fixes how many of them are used
    first = ask(engine, all_cores, question, sampling=sampling)
    second = ask(engine, all_cores, question, sampling=sampling)
    assert second.end.stats.prompt_cached == 256
    ask(engine, all_cores, "Something else.")
    third = ask(engine, all_cores, question, sampling=sampling)
    other = ask(engine, all_cores, question, sampling=replace(sampling, seed=8))
    assert first.text == second.text == third.text
    assert other.text != first.text


def test_without_a_seed_answers_differ(engine: WorkerProcess, spec: ModelSpec) -> None:
    sampling = Sampling(temperature=2.0, top_k=0, top_p=1.0, min_p=0.0, max_tokens=12)
    texts = {ask(engine, spec, "Say something.", sampling=sampling).text for _ in range(3)}
    assert len(texts) > 1


def test_a_penalty_keeps_the_model_from_repeating(engine: WorkerProcess, spec: ModelSpec) -> None:
    def written(penalty: float) -> list[str]:
        sampling = Sampling(temperature=0, repeat_penalty=penalty, max_tokens=60)
        return ask(engine, spec, prompt="one two one two one two", sampling=sampling).text.split()

    assert len(set(written(1.5))) > 2 * len(set(written(1.0)))


def test_emoji_and_chinese_arrive_whole(engine: WorkerProcess, spec: ModelSpec) -> None:
    text = "🦊🦉🐝 你好世界 🦊🦉🐝 你好世界 🦊🦉🐝 你好世界 🦊"
    answer = ask(engine, spec, prompt=text, sampling=replace(GREEDY, max_tokens=40))
    assert "🦉" in answer.text
    assert "世界" in answer.text
    assert not any("\ufffd" in piece for piece in answer.pieces)


def test_a_stop_string_ends_the_answer_unseen(engine: WorkerProcess, spec: ModelSpec) -> None:
    whole = ask(engine, spec, prompt="1, 2, 3, 4, 5,").text
    assert " 9" in whole
    cut = ask(engine, spec, prompt="1, 2, 3, 4, 5,", stop=(" 9",))
    assert cut.text == whole[: whole.index(" 9")]
    assert cut.end.status is Status.COMPLETE


def test_a_prefill_is_continued_and_not_repeated(engine: WorkerProcess, spec: ModelSpec) -> None:
    answer = ask(
        engine, spec, "Which city is the capital of France?", prefill="The capital of France is"
    )
    assert answer.text.startswith(" Paris")


def test_length_limits(engine: WorkerProcess, spec: ModelSpec) -> None:
    short = ask(engine, spec, prompt="1, 2, 3,", sampling=replace(GREEDY, max_tokens=5))
    assert (short.end.status, short.end.stats.answer_tokens) == (Status.LENGTH, 5)
    small = replace(spec, context_length=256)
    full = ask(engine, small, prompt=LONG[:900], sampling=replace(GREEDY, max_tokens=0))
    assert full.end.status is Status.LENGTH
    assert full.end.stats.context_used == 256


def test_the_oldest_turns_are_left_out(engine: WorkerProcess, spec: ModelSpec) -> None:
    turns = [LONG[:600] if i % 2 == 0 else "I see." for i in range(40)]
    answer = ask(engine, spec, *turns, QUESTION)
    assert answer.end.dropped_turns > 0
    assert answer.end.dropped_turns % 2 == 0
    assert "Paris" in answer.text
    # The next message drops the same turns, so that its beginning is known already.
    more = ask(engine, spec, *turns, QUESTION, answer.text, "And of Italy?")
    assert more.end.dropped_turns == answer.end.dropped_turns
    assert more.end.stats.prompt_cached > more.end.stats.prompt_tokens / 2


def test_a_turn_that_is_too_long_is_refused(engine: WorkerProcess, spec: ModelSpec) -> None:
    with pytest.raises(ContextFull) as caught:
        ask(engine, spec, "Earlier.", "Yes.", LONG * 3)
    assert caught.value.params["context"] == "1024"


def test_stopping_between_tokens(engine: WorkerProcess, spec: ModelSpec) -> None:
    cancel, end = Cancel(), None
    for event in engine.stream(_endless(spec), cancel):
        if isinstance(event, Token):
            cancel.set()
        end = event
    assert isinstance(end, Generated)
    assert end.status is Status.STOPPED
    assert 0 < end.stats.answer_tokens < 4000


def test_stopping_while_the_prompt_is_read(engine: WorkerProcess, spec: ModelSpec) -> None:
    big = replace(spec, context_length=8192)
    expected = _fresh(engine, big, QUESTION)
    ask(engine, big, prompt="Zebra", sampling=replace(GREEDY, max_tokens=1))
    cancel = Cancel()
    for event in engine.stream(Generate(big, GREEDY, (Turn("user", LONG * 8),)), cancel):
        cancel.set()
        end = event
    assert isinstance(end, Generated)
    assert end.status is Status.STOPPED
    assert end.stats.answer_tokens == 0
    # What was evaluated before the stop is used, and the answer is as if nothing had happened.
    assert ask(engine, big, QUESTION).text == expected.text
    resumed = Turn("user", LONG[:600])
    assert isinstance(engine.ask(Generate(big, GREEDY, (resumed,))), Generated)


def test_a_child_killed_in_mid_answer(engine: WorkerProcess, spec: ModelSpec) -> None:
    events = engine.stream(_endless(spec))
    assert any(isinstance(event, Token) for event in events)
    assert engine.pid is not None
    os.kill(engine.pid, signal.SIGKILL)
    with pytest.raises(ChildDied):
        list(events)
    assert "Paris" in ask(engine, spec, QUESTION).text


def test_counting_tokens(engine: WorkerProcess, spec: ModelSpec) -> None:
    counted = engine.ask(CountTokens(spec, ("", "Hello", "Hello world. " * 100)))
    assert isinstance(counted, Counted)
    assert counted.tokens[:2] == (0, 1)
    assert counted.tokens[2] == 301
