"""Guesses: what is written is the same with and without them, and they are made where they pay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import BadDraft
from app.core.messages import Generate, Generated, Token, Turn, Warned
from app.core.process import WorkerProcess
from app.core.types import LoadOptions, ModelSpec, Sampling
from app.engine.config import EngineConfig
from app.engine.lookup import Lookup
from app.engine.pace import GUESSES, Pace, Paces, kind_of
from app.training import tinymodel
from tests import patience
from tests.engine.asking import GREEDY

TEXT = "The miller of Arden pays 12 silver coins each spring to the keeper of the old bridge. "
REPEAT = "Repeat this text word by word: " + TEXT * 3


@pytest.fixture(scope="module")
def eager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """An engine that has measured that guesses cost nothing, for whichever model."""
    folder = tmp_path_factory.mktemp("eager")
    worker = WorkerProcess(
        "The model",
        "tests.engine.eager:Worker",
        EngineConfig(folder),
        folder,
        grace=patience.SECONDS,
    )
    yield worker
    worker.close()


def told(
    engine: WorkerProcess,
    spec: ModelSpec,
    text: str = REPEAT,
    sampling: Sampling = GREEDY,
) -> tuple[str, Generated, list[Warned]]:
    # How a prompt is split between what is known and what is read shows in its last digits.
    other = Generate(spec, replace(GREEDY, max_tokens=1), prompt="Zebra")
    warned = [each for each in engine.stream(other) if isinstance(each, Warned)]
    events = list(engine.stream(Generate(spec, sampling, (Turn("user", text),))))
    assert isinstance(events[-1], Generated)
    said = "".join(each.text for each in events if isinstance(each, Token))
    return said, events[-1], warned


def without(spec: ModelSpec) -> ModelSpec:
    return replace(spec, options=LoadOptions(look_up=False))


def test_an_answer_is_the_same_with_guesses_from_the_text(
    eager: WorkerProcess, engine: WorkerProcess, spec: ModelSpec
) -> None:
    for sampling in (replace(GREEDY, max_tokens=40), Sampling(temperature=0, max_tokens=30)):
        plain, end, _ = told(engine, without(spec), sampling=sampling)
        assert end.stats.guessed == 0
        quick, end, _ = told(eager, spec, sampling=sampling)
        assert quick == plain
        assert end.stats.guessed > 5
        # What was guessed wrong is not held; the last token of a cut answer may not be either.
        said = end.stats.prompt_tokens + end.stats.answer_tokens
        assert said - 1 <= end.stats.context_used <= said
    seeded = Sampling(temperature=0.1, seed=3, max_tokens=20)
    assert told(eager, spec, sampling=seeded)[1].stats.guessed == 0


def test_a_draft_model_changes_the_time_and_not_the_text(
    eager: WorkerProcess, engine: WorkerProcess, spec: ModelSpec
) -> None:
    sampling = replace(GREEDY, max_tokens=24)
    question = "Write one sentence about rain."
    plain, _, _ = told(engine, without(spec), question, sampling)
    drafted = replace(spec, options=LoadOptions(draft=spec.path, look_up=False))
    text, end, warned = told(eager, drafted, question, sampling)
    assert text == plain
    assert not warned
    # The same model guesses right, as far as it is sure.
    assert end.stats.guessed > end.stats.answer_tokens / 3


def test_a_draft_of_other_tokens_is_said_and_left_out(
    engine: WorkerProcess, spec: ModelSpec, tmp_path: Path
) -> None:
    tinymodel.write(tmp_path / "tiny.gguf", seed=3)
    for draft, kind in ((tmp_path / "tiny.gguf", BadDraft), (tmp_path / "none.gguf", Exception)):
        drafted = replace(spec, options=LoadOptions(draft=str(draft)))
        text, _, warned = told(engine, drafted, "Hello.", replace(GREEDY, max_tokens=4))
        assert text
        assert len(warned) == 1
        assert isinstance(warned[0].error, kind)


def test_the_text_says_what_followed_last_time() -> None:
    lookup = Lookup([1, 2, 3, 4, 5, 9, 2, 3])
    assert lookup.guess(4) == ([], 0)
    lookup.extend([4])
    assert lookup.guess(2) == ([5, 9], 3)
    lookup.extend([5])
    assert lookup.guess(1) == ([9], 4)
    same = Lookup([7] * 60)
    found, count = same.guess(5)
    assert (set(found), count) == ({7}, 32)


def paced(alone: float, batches: dict[int, float]) -> Pace:
    pace = Pace()
    for _ in range(3):
        pace.took(1, alone)
        for guesses, seconds in batches.items():
            pace.took(guesses + 1, seconds)
    return pace


def test_guesses_are_made_only_where_they_were_measured_to_pay() -> None:
    assert Pace().how_many("same24", 15) == 0  # nothing was measured yet
    slow = paced(0.010, {3: 0.039, 7: 0.078, 15: 0.15})
    assert slow.how_many("same24", 15) == 0
    quick = paced(0.010, {3: 0.011, 7: 0.012, 15: 0.013})
    assert quick.how_many("same24", 15) == 15
    assert quick.how_many("same24", 5) == 3
    for _ in range(30):
        quick.guessed("same24", 0, True)
    assert quick.how_many("same24", 15) == 0
    assert quick.how_many("draft", 15) > 0
    quick.draft_step = 0.01  # as slow as the model itself
    assert quick.how_many("draft", 15) == 0
    # One that did not pay is tried again after a while.
    for _ in range(200):
        slow.took(1, 0.010)
    assert slow.how_many("same24", 15) == GUESSES[0]


def test_what_was_measured_is_kept_and_never_trusted(tmp_path: Path) -> None:
    path = tmp_path / "paces.json"
    Paces(path).put("a", paced(0.010, {3: 0.011, 7: 0.013, 15: 0.02}))
    assert Paces(path).get("a").how_many("same24", 7) == 7
    assert Paces(path).get("b").how_many("same24", 7) == 0
    slow = paced(0.010, {3: 0.011, 7: 0.012, 15: 0.013})
    slow.draft_step = 0.01  # as slow as the model itself
    Paces(path).put("slow draft", slow)
    again = Paces(path).get("slow draft")
    assert (again.how_many("draft", 15), again.how_many("same24", 15)) == (0, 15)
    for odd in ("[]", "{", '{"a": {"times": {"x": 1}, "right": 3}}', '{"a": {"times": {"1": -1}}}'):
        path.write_text(odd)
        assert Paces(path).get("a").how_many("same24", 7) == 0
    path.write_text(json.dumps({str(n): 1 for n in range(300)}))
    many = Paces(path)
    many.put("new", Pace())
    assert len(json.loads(path.read_text())) == 200
    assert [kind_of(n) for n in (3, 6, 12, 40)] == ["same3", "same6", "same12", "same24"]
