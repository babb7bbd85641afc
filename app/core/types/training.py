"""Training runs: rows, settings, and the losses of rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

LORA_TARGETS = (
    "attn_q",
    "attn_k",
    "attn_v",
    "attn_output",
    "ffn_gate",
    "ffn_up",
    "ffn_down",
)
"""The matrices of a layer that an adapter may change, by their names in GGUF."""


LAST, BEST = "last", "best"
"""Which values of a run its adapter gets."""


class Schedule(StrEnum):
    """How the learning rate goes after the warm-up: stays, or falls to zero along a cosine."""

    CONSTANT = "constant"
    COSINE = "cosine"


@dataclass(frozen=True, slots=True)
class HyperParameters:
    """How an adapter is trained.

    steps 0: `epochs` passes over the rows decide; context 0: the smallest multiple of 256 tokens
    that holds the longest row (at most what the model was trained for); accumulate: micro-batches
    of one context each per update; clip 0: none; pack: several short rows share a context, each
    seeing only itself; shuffle: a new order in every epoch, fixed by the seed.
    """

    rank: int = 8
    alpha: float = 16.0
    targets: tuple[str, ...] = LORA_TARGETS
    learning_rate: float = 5e-4
    schedule: Schedule = Schedule.CONSTANT
    warmup_steps: int = 0
    epochs: int = 1
    steps: int = 0
    context: int = 0
    accumulate: int = 1
    clip: float = 1.0
    weight_decay: float = 0.0
    seed: int = 0
    answers_only: bool = True
    pack: bool = True
    shuffle: bool = True


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One example under a name that a person can find it by ('line 12').

    Given as turns (role, content), or as plain text (cut into windows of the context, all of
    which count), or ready: `tokens` with `labels` of the same length, each the token that should
    follow, -100 where nothing is learnt.
    """

    name: str
    turns: tuple[tuple[str, str], ...] = ()
    text: str = ""
    tokens: tuple[int, ...] = ()
    labels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingSpec:
    """A whole run. adapter: where the finished GGUF goes; folder: where checkpoints are kept.

    initial_adapter: start from these values instead of random ones; its rank, alpha and targets
    then count. resume_from: a checkpoint of the same run; rows and hyper-parameters must be the
    same. changed_rate: all but the learning rate must be. checkpoint_every and validate_every count
    updates, 0: only at the end (and validation at the beginning); validate_every -1: about ten
    times in the run. notes: JSON that goes into the adapter's card (where the data came from ...).
    finish: make no further update, write the adapter as the checkpoint has it. keep: which values
    the adapter gets, those of the last update or the best on the validation rows (the last where
    nothing was measured).
    """

    model: str
    adapter: str
    folder: str
    rows: tuple[TrainingRow, ...]
    validation: tuple[TrainingRow, ...] = ()
    hyper: HyperParameters = field(default_factory=HyperParameters)
    initial_adapter: str = ""
    resume_from: str = ""
    checkpoint_every: int = 25
    validate_every: int = 0
    threads: int = 0
    notes: str = ""
    finish: bool = False
    changed_rate: bool = False
    keep: str = LAST


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that can't be used, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class RowLoss:
    """Mean cross-entropy of one row in nats per token, over `tokens` scored tokens that stand
    for `text_bytes` bytes of text."""

    name: str
    loss: float
    tokens: int
    text_bytes: int
