"""What the training child is asked, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.types.training import LORA_TARGETS

if TYPE_CHECKING:
    from app.core.types.models import AdapterUse
    from app.core.types.training import LeftOut, RowLoss, TrainingRow, TrainingSpec


@dataclass(frozen=True, slots=True)
class CheckTrainable:
    """Whether an adapter can be trained on a model here, before anything starts. context, rank and
    targets are those of the run, for the memory; freed: bytes that will be free by then and are
    not yet. Events: one Trainability. Errors: MissingFile, NotAModel, TrainingUnavailable."""

    path: str
    context: int = 256
    rank: int = 8
    freed: int = 0
    targets: tuple[str, ...] = LORA_TARGETS


@dataclass(frozen=True, slots=True)
class Train:
    """Train an adapter. Events: Progress..., Prepared, then Step, Validation and Checkpoint as
    they happen, at last Trained. Stopped after Prepared: a Checkpoint is the last event, and
    `resume_from` goes on from it with the same losses as an uninterrupted run; stopped before:
    Cancelled. Errors: NotTrainable,
    BadAdapter, BadRows, BadInput, CannotResume, Diverged, StoreError, TrainingUnavailable,
    ModelError tree."""

    spec: TrainingSpec


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Measure a model with adapters on rows, or on one text cut into windows. half_windows: score
    the text as llama.cpp's own perplexity program does, only the second half of each window.
    Events: Progress..., Evaluated. Errors: BadAdapter, BadRows, ModelError tree."""

    model: str
    adapters: tuple[AdapterUse, ...] = ()
    rows: tuple[TrainingRow, ...] = ()
    text: str = ""
    context: int = 512
    answers_only: bool = True
    half_windows: bool = False
    threads: int = 0


@dataclass(frozen=True, slots=True)
class MergeAdapter:
    """Write a model with an adapter worked in, as `type` ('Q8_0', 'F32' ...). Events:
    Progress..., Merged. Errors: BadAdapter, StoreError, ModelError tree."""

    model: str
    adapter: AdapterUse
    target: str
    type: str = "Q8_0"


@dataclass(frozen=True, slots=True)
class Trainability:
    """reason: why not, or what was chosen and why; bytes of memory that a run needs and that are
    free. full_precision: the trainer gets an F32 copy of the weights, the fast way."""

    trainable: bool
    reason: str
    full_precision: bool
    memory_needed: int
    memory_free: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """The run can begin. first_step: updates done before this one (when resumed); rows and tokens
    of one epoch, `kept` of them learnt; batches: contexts in one epoch. earlier: of the updates
    done before this one (step, loss, gradient norm, learning rate, tokens, seconds), and
    earlier_validation: (step, loss); with them a log that a kill cut short is made whole.
    validate_every: updates between measurements, as it was settled."""

    full_precision: bool
    reason: str
    device: str
    memory_needed: int
    context: int
    rows: int
    tokens: int
    kept: int
    batches: int
    steps: int
    first_step: int
    parameters: int
    left_out: tuple[LeftOut, ...] = ()
    validate_every: int = 0
    earlier: tuple[tuple[float, ...], ...] = ()
    earlier_validation: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """Update `step` of `steps` (from 1) was made. loss: mean over its micro-batches, each the
    mean over kept tokens, before the update; gradient_norm: before clipping; tokens: read in this
    update; rate: tokens/s; memory: bytes this process holds now."""

    step: int
    steps: int
    loss: float
    gradient_norm: float
    learning_rate: float
    tokens: int
    seconds: float
    rate: float
    memory: int
    epoch: float


@dataclass(frozen=True, slots=True)
class Validation:
    """Mean loss over all kept tokens of the validation rows after `step` updates."""

    step: int
    loss: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The run can be resumed from `path`, which holds `step` updates."""

    step: int
    path: str


@dataclass(frozen=True, slots=True)
class Trained:
    """The adapter is written. card: the JSON that it carries. kept: which values it has, 'last' or
    'best'; best_step, best_loss: after which update the held-out rows were predicted best, 0 and
    None when nothing was measured after the first. Both are in the run's folder, as last.gguf and
    best.gguf, when they are not the same."""

    path: str
    card: str
    kept: str = "last"
    best_step: int = 0
    best_loss: float | None = None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """loss: nats per token over all scored tokens; bits per byte of the text they stand for."""

    rows: tuple[RowLoss, ...]
    loss: float
    perplexity: float
    bits_per_byte: float
    tokens: int
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    path: str
