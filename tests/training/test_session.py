"""Forward and backward through llama.cpp: right, not only falling."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.core.types import HyperParameters, Schedule
from app.training import optimizer, selftest
from app.training.batches import MASKED, Batch, Example, build
from app.training.config import TrainingConfig
from app.training.optimizer import AdamW, Floats
from app.training.session import Interrupted, Session
from app.training.watch import Watch


def example(seed: int, length: int = 60, masked: int = 20) -> Example:
    numbers = np.random.default_rng(seed)
    tokens = numbers.integers(3, 259, length + 1).astype(np.int32)
    labels = tokens[1:].copy()
    labels[:masked] = MASKED
    return Example(f"row {seed}", tokens[:-1].copy(), labels)


def gradient_of(session: Session, values: Floats, *batches: Batch) -> tuple[Floats, list[float]]:
    session.zero_gradients()
    losses = []
    for batch in batches:
        session.load(values)
        losses.append(session.learn(batch))
    return session.gradient(), losses


def test_the_gradient_is_the_slope_of_the_loss(session: Session) -> None:
    batch = build([example(1)], 256)
    values = session.values()
    gradient, _ = gradient_of(session, values, batch)
    parts = dict(zip(session.names, session.parts(np.arange(session.size)), strict=True))  # type: ignore[arg-type]
    checked = 0
    for name in session.names:
        places = parts[name].ravel()
        at = int(places[np.argmax(np.abs(gradient[places]))])
        if abs(gradient[at]) < 0.02:
            continue
        ends = []
        for sign in (1, -1):
            moved = values.copy()
            moved[at] += np.float32(sign * 0.05)
            session.load(moved)
            ends.append(session.measure(batch))
        slope = (ends[0] - ends[1]) / 0.1
        assert slope == pytest.approx(gradient[at], rel=0.03), name
        checked += 1
    assert checked >= 10


def test_passes_repeat_bit_for_bit_and_sums_start_at_zero(session: Session) -> None:
    values = session.values()
    first, losses = gradient_of(session, values, build([example(1)], 256))
    gradient_of(session, values, build([example(2)], 256))
    again, same = gradient_of(session, values, build([example(1)], 256))
    assert losses == same
    assert np.array_equal(first, again)


def test_measuring_before_and_between_learning_changes_nothing(
    tiny: Path, adapter: Path, session: Session
) -> None:
    batch, other = build([example(1)], 256), build([example(2)], 256)
    expected, losses = gradient_of(session, session.values(), batch)
    fresh = Session(tiny, adapter, 256, threads=1)
    try:
        fresh.load(fresh.values())
        assert fresh.measure(batch) == pytest.approx(losses[0], rel=1e-6)
        fresh.measure(other)
        fresh.zero_gradients()
        fresh.load(fresh.values())
        fresh.learn(batch)
        fresh.measure(other)
        assert np.array_equal(fresh.gradient(), expected)
    finally:
        fresh.close()


def test_prompt_tokens_are_not_learnt(session: Session) -> None:
    """What stands in the labels of masked tokens, and after the row, has no effect; and the
    gradient of a masked row is the one of its kept tokens alone."""
    values = session.values()
    whole, half = example(4, 60, 0), example(4, 60, 30)
    rest = Example("rest", whole.tokens, np.where(half.labels == MASKED, whole.labels, MASKED))
    together, all_losses = gradient_of(session, values, build([whole], 256))
    kept, kept_losses = gradient_of(session, values, build([half], 256))
    others, other_losses = gradient_of(session, values, build([rest], 256))
    assert all_losses[0] == pytest.approx((kept_losses[0] + other_losses[0]) / 2, rel=1e-5)
    assert np.allclose(together, (kept + others) / 2, atol=2e-6)
    assert not np.allclose(together, kept, atol=1e-3)
    padded = build([half], 256)
    padded.tokens[60:] = 77
    changed, _ = gradient_of(session, values, padded)
    assert np.array_equal(changed, kept)


def test_rows_that_share_a_context_do_not_see_each_other(session: Session) -> None:
    values = session.values()
    one, two = example(6, 50, 10), example(7, 90, 30)
    apart, losses = [], []
    for row in (one, two):
        found, loss = gradient_of(session, values, build([row], 256))
        apart.append(found * np.float32(row.kept))
        losses.append(loss[0] * row.kept)
    packed, loss = gradient_of(session, values, build([one, two], 256))
    kept = one.kept + two.kept
    assert loss[0] == pytest.approx(sum(losses) / kept, rel=1e-5)
    assert np.allclose(packed, (apart[0] + apart[1]) / np.float32(kept), atol=3e-6)


def test_what_is_computed_here_is_what_ggml_computes(session: Session) -> None:
    """Products, attention and loss; with attention that is not plain, it is ggml's again."""
    values = session.values()
    batch = build([example(6, 50, 10), example(7, 150, 30)], 256)
    found, losses = gradient_of(session, values, batch)
    attention = session._watch._attention
    assert attention is not None
    assert attention._shares, "attention must have been taken over for this to prove anything"
    attention._allowed[:] = False  # as if the model's mask were another
    without, same = gradient_of(session, values, batch)
    assert not attention._shares
    theirs = Watch(256, on_processor=False, words=0, plain_attention=False)
    theirs.gradients = session._watch.gradients
    session._watch = theirs
    expected, all_ggml = gradient_of(session, values, batch)
    assert losses == pytest.approx(all_ggml, rel=1e-6)
    assert same == pytest.approx(all_ggml, rel=1e-6)
    scale = float(np.abs(expected).max())
    assert np.allclose(found, expected, atol=1e-5 * scale)
    assert np.allclose(without, expected, atol=1e-5 * scale)


def test_accumulation_equals_the_mean_over_batches(session: Session) -> None:
    values = session.values()
    batches = [build([example(seed)], 256) for seed in (8, 9, 10)]
    summed, _ = gradient_of(session, values, *batches)
    single = [gradient_of(session, values, batch)[0] for batch in batches]
    assert np.allclose(summed / 3, np.mean(single, axis=0), atol=1e-6)


def test_a_stop_ends_a_pass(tiny: Path, adapter: Path) -> None:
    asked = False
    session = Session(tiny, adapter, 256, 1, lambda: asked)
    try:
        session.learn(build([example(1)], 256))
        asked = True
        with pytest.raises(Interrupted):
            session.learn(build([example(1)], 256))
    finally:
        session.close()


def test_clipping_scales_to_the_limit() -> None:
    gradient = np.array([3.0, 4.0], np.float32)
    norm = optimizer.norm_of(gradient)
    assert norm == 5
    optimizer.clip(gradient, norm, 0)
    assert np.array_equal(gradient, np.array([3.0, 4.0], np.float32))
    optimizer.clip(gradient, norm, 10)
    assert optimizer.norm_of(gradient) == 5
    optimizer.clip(gradient, norm, 0.5)
    assert optimizer.norm_of(gradient) == pytest.approx(0.5, rel=1e-5)


def test_adamw_agrees_with_its_definition() -> None:
    """The textbook's update in double precision; PEFT's curves are held elsewhere."""
    numbers = np.random.default_rng(0)
    start = numbers.standard_normal(50)
    ours = AdamW(start.astype(np.float32), weight_decay=0.1)
    theirs, m, v = start.copy(), np.zeros(50), np.zeros(50)
    for step in range(1, 21):
        gradient = numbers.standard_normal(50).astype(np.float32)
        theirs *= 1 - 0.01 * 0.1
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * np.square(gradient, dtype=np.float64)
        theirs -= 0.01 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
        ours.update(gradient, 0.01)
    assert np.allclose(ours.values, theirs, rtol=1e-5, atol=1e-6)


def test_the_learning_rate_follows_its_schedule() -> None:
    constant = HyperParameters(learning_rate=1.0, warmup_steps=4)
    assert [optimizer.learning_rate(constant, u, 10) for u in range(6)] == [
        0.25, 0.5, 0.75, 1.0, 1.0, 1.0,
    ]  # fmt: skip
    cosine = HyperParameters(learning_rate=1.0, schedule=Schedule.COSINE, warmup_steps=2)
    rates = [optimizer.learning_rate(cosine, u, 12) for u in range(12)]
    assert rates[:3] == [0.5, 1.0, 1.0]
    assert rates[7] == pytest.approx(0.5)
    assert rates == sorted(rates[:2]) + sorted(rates[2:], reverse=True)
    assert 0 < rates[-1] < 0.05


def test_the_self_test_passes_once_and_is_remembered(config: TrainingConfig) -> None:
    found = selftest.prove()
    assert found.loss_error < 1e-4
    assert found.gradient_error < 0.01
    selftest.ensure(config)
    stamp = (config.cache / "selftest.json").stat().st_mtime_ns
    selftest.ensure(config)
    assert (config.cache / "selftest.json").stat().st_mtime_ns == stamp
