"""When a model can't be loaded as wished: a smaller way to load it as a button, and why a graphics
card that is there is not used. Imported when that happens.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.core.errors import LoamError
from app.core.types import Chat, LoadedModel, ModelSpec
from app.core.unused import UnusedDevice
from app.services import smaller
from app.services.smaller import Proposal
from app.ui import words
from app.ui.context import Context

_TOLD = "models/unused-card"


def _tr(text: str) -> str:
    return QCoreApplication.translate("load_trouble", text)


def show(context: Context, error: LoamError, spec: ModelSpec, chat: Chat | None = None) -> None:
    """Tell of an error. After memory ran out, once it is known what would fit, with a button that
    loads the model so from then on. chat: the one that it happened in."""
    loam = context.loam
    if not smaller.ran_out(error, loam.models):
        context.notices.show(error)
        return

    def work() -> Proposal | None:
        return smaller.propose(spec, error, loam.plans.machine(helpers=loam.models.helpers()))

    def take(proposal: Proposal | None) -> None:
        if proposal is None:
            context.notices.show(error)
        else:
            context.notices.offer(error, text(proposal), lambda: _accept(context, proposal, chat))

    # What fits is asked of the engine, which may have to start again first.
    context.tasks.call(work, take, on_error=lambda _other: context.notices.show(error))


def text(proposal: Proposal) -> str:
    """'Load with 4,096 tokens of context (needs 1.1 GB)'."""
    size = words.size(proposal.plan.total_bytes)
    if proposal.drops_draft:
        said = _tr("Load without the draft model (needs {size})")
    elif proposal.on_cards:
        said = _tr("Load with {n} of {m} layers on the graphics card (needs {size})")
        said = said.replace("{n}", words.number(proposal.plan.gpu_layers))
        said = said.replace("{m}", words.number(proposal.plan.layers + 1))
    else:
        said = _tr("Load with {n} tokens of context (needs {size})")
        said = said.replace("{n}", words.number(proposal.plan.context))
    return said.replace("{size}", size)


def tell_unused(context: Context, model: LoadedModel) -> None:
    """Say why a card that is there is not used: once for each reason, not at every start."""
    for reason in model.unused:
        if reason.there and context.memory.text(_TOLD) != _mark(reason):
            context.memory.put(_TOLD, _mark(reason))
            context.notices.show(reason)


def _mark(reason: UnusedDevice) -> str:
    return f"{reason.reason} {reason}"


def _accept(context: Context, proposal: Proposal, chat: Chat | None) -> None:
    try:
        changed = smaller.accept(context.loam.models, proposal, chat)
        if changed is not None:
            context.loam.chats.set_settings(changed.id, changed.settings)
    except LoamError as error:
        context.notices.show(error)
        return
    context.navigator.load_settings_changed.emit(proposal.spec.path)
