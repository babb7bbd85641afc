"""After memory ran out: the next smaller way to load the same model, with figures.

The person decides; nothing is loaded smaller by itself.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from app.core.errors import ChildDied, LoamError, MissingFile, NotAModel, OutOfMemory
from app.core.servernames import is_remote
from app.core.types import Chat, ModelSpec
from app.engine import shape
from app.engine.config import CONTEXT_DEFAULT
from app.engine.plan import Machine, Plan, fits_now, next_that_fits, plan
from app.services.models import ModelService

_KILLED = ("SIGKILL", "SIGABRT")
"""How a child ends when the system takes it for want of memory, or when it can't get any in a
place where llama.cpp can't go on without."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Load `spec`'s model as `plan` says."""

    spec: ModelSpec
    plan: Plan
    drops_draft: bool = False
    """The model that guesses ahead is all that is given up."""

    @property
    def on_cards(self) -> bool:
        """Whether fewer layers on cards are what is given up; else it is context."""
        return self.plan.gpu_layers > 0

    @property
    def words(self) -> str:
        """'Load with 4,096 tokens of context (needs 1.1 GB)', in English."""
        size = f"(needs {self.plan.total_bytes / 1e9:.1f} GB)"
        if self.drops_draft:
            return f"Load without the draft model {size}"
        if self.on_cards:
            layers = f"{self.plan.gpu_layers} of {self.plan.layers + 1} layers"
            return f"Load with {layers} on the graphics card {size}"
        return f"Load with {self.plan.context:,} tokens of context {size}"

    @property
    def settings(self) -> dict[str, object]:
        """The load settings that make it so."""
        if self.drops_draft:
            return {"draft": ""}
        found: dict[str, object] = {"context_length": self.plan.context}
        if self.plan.shares or self.spec.gpu_layers != 0:
            found["gpu_layers"] = self.plan.gpu_layers
        return found


def ran_out(error: LoamError, models: ModelService) -> bool:
    """Whether memory may be what was missing."""
    if isinstance(error, ChildDied):
        return error.params.get("name") == models.engine_name and error.detail in _KILLED
    return isinstance(error, OutOfMemory)


def propose(spec: ModelSpec, error: LoamError, machine: Machine) -> Proposal | None:
    """What to load instead of `spec`; None when nothing is left to give up, or when the model
    can't be read any more."""
    if is_remote(spec.path):
        return None
    try:
        found = shape.read(spec.path)
    except (MissingFile, NotAModel):
        return None
    trained = found.context_trained or CONTEXT_DEFAULT
    context = min(spec.context_length or CONTEXT_DEFAULT, trained)
    layers = spec.gpu_layers
    if isinstance(error, OutOfMemory):
        context, layers = error.asked(context)
    before = plan(found, machine, context, layers, spec.options)
    # Guesses are the cheapest to do without: answers stay the same.
    if spec.options.draft and fits_now(before, machine):
        return Proposal(spec, before, drops_draft=True)
    smaller = next_that_fits(found, machine, before, spec.options)
    return Proposal(spec, smaller) if smaller is not None else None


def accept(models: ModelService, proposal: Proposal, chat: Chat | None = None) -> Chat | None:
    """Load the model so from now on. Gives a chat with a context of its own as it must be kept
    then, None when it has none. Errors: StoreError."""
    path = proposal.spec.path
    models.set_loading(path, models.loading(path).changed(**proposal.settings))
    if chat is None or chat.settings.context_length <= proposal.plan.context:
        return None
    settings = dataclasses.replace(chat.settings, context_length=proposal.plan.context)
    return dataclasses.replace(chat, settings=settings)
