"""Whether a model fits this machine, and where its layers would go, in words.

Files that are here are judged by their header, those that aren't by what the catalogue or the hub
says of them.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence

from app.core import memory
from app.core.errors import MissingFile, NotAModel
from app.core.helpers import is_address
from app.core.messages import DeviceList, Devices
from app.core.process import Cancel, WorkerProcess
from app.core.types import HubFile, HubRepository, ModelSpec
from app.engine import shape, vision_plan
from app.engine.config import CONTEXT_DEFAULT
from app.engine.draft_plan import with_draft
from app.engine.plan import Card, Fit, Machine, Plan, Share, coarse, plan
from app.services.catalog import CatalogFile, CatalogModel

_MAIN = "cpu"


class DevicePlans:
    """What would happen if a model were loaded. Starts the engine's child to see the devices."""

    def __init__(self, engine: WorkerProcess) -> None:
        self._engine = engine

    def machine(self, cancel: Cancel | None = None, helpers: tuple[str, ...] = ()) -> Machine:
        """The memory there is now, here and on other machines that help. Errors: ChildDied."""
        found: DeviceList = self._engine.ask(Devices(helpers), cancel)
        return machine_of(found)

    def plan(self, spec: ModelSpec, machine: Machine) -> Plan:
        """Where the layers of a model that is here would go, and what its draft model and its
        vision add-on take. Errors: MissingFile, NotAModel."""
        found = shape.read(spec.path)
        trained = found.context_trained or CONTEXT_DEFAULT
        context = min(spec.context_length or CONTEXT_DEFAULT, trained)
        eyes, layers = vision_plan.bytes_for(spec), spec.gpu_layers
        left = vision_plan.without(machine, eyes, layers)
        made = plan(found, left, context, layers, spec.options)
        made = vision_plan.with_add_on(made, eyes, machine, layers)
        # A draft that can't be read is left out when the model is loaded, and that is said then.
        with contextlib.suppress(MissingFile, NotAModel):
            if spec.options.draft:
                draft = shape.read(spec.options.draft)
                return with_draft(made, draft, machine, spec.gpu_layers, spec.options)
        return made


def machine_of(found: DeviceList) -> Machine:
    """The memory there is now, of devices that were listed."""
    cards = [
        Card(device.name, device.memory_free, device.memory_total)
        # Other machines come first, as llama.cpp has it.
        for device in sorted(found.devices, key=lambda each: each.kind != "rpc")
        if device.available and device.kind != _MAIN
    ]
    return Machine(memory.available(), memory.total(), tuple(cards))


def fit_of_entry(
    model: CatalogModel, file: CatalogFile, machine: Machine, context: int = CONTEXT_DEFAULT
) -> Fit:
    """Whether a file of the catalogue will run here."""
    kv = 2 * model.kv_heads * model.head_size
    found = coarse(file.size_bytes, model.layers, kv, model.active / model.parameters)
    return plan(found, machine, min(context, model.context)).fit


def fit_of_file(
    file: HubFile, repository: HubRepository, machine: Machine, context: int = CONTEXT_DEFAULT
) -> Fit:
    """Whether a file on the hub will run here. The hub tells no more than its size and that of
    the model: what a context takes is guessed from models of that size."""
    parameters = repository.parameters or file.size_bytes * 1.6
    layers = 32
    kv = round(65_536 * math.sqrt(parameters / 8e9) / layers)
    found = coarse(file.size_bytes, layers, kv)
    return plan(found, machine, min(context, repository.context or context)).fit


def recommended(models: Sequence[CatalogModel], machine: Machine) -> CatalogModel | None:
    """The largest model of the catalogue that runs well here."""
    good = [m for m in models if fit_of_entry(m, m.recommended, machine) is Fit.FITS]
    return max(good, key=lambda m: m.parameters, default=None)


def memory_words(found: Plan, machine: Machine) -> str:
    """'Needs 1.3 GB of 6.2 GB free, 0.2 GB of it for the draft model'."""
    free = machine.free + sum(card.free for card in machine.cards)
    text = f"Needs {found.total_bytes / 1e9:.1f} GB of {free / 1e9:.1f} GB free"
    if found.draft:
        text += f", {found.draft_bytes / 1e9:.1f} GB of it for the draft model"
    return text


def _place(share: Share) -> str:
    """'GPU 0 (its name)', or the address of another machine."""
    return share.card if is_address(share.card) else f"GPU {share.index} ({share.card})"


def in_words(found: Plan) -> str:
    """'22 of 28 layers on GPU 0, 6.1 GB; the rest in main memory, 2.0 GB'."""
    main = f"{found.main_bytes / 1e9:.1f} GB"
    if not found.shares:
        return f"All {found.layers} layers in main memory, {main}"
    cards = ", ".join(
        f"{share.layers} on {_place(share)}, {share.size_bytes / 1e9:.1f} GB"
        for share in found.shares
    )
    placed = sum(share.layers for share in found.shares)
    if len(found.shares) == 1:
        share = found.shares[0]
        size = f"{share.size_bytes / 1e9:.1f} GB"
        count = f"All {placed}" if found.all_on_cards else f"{placed} of {found.layers}"
        cards = f"{count} layers on {_place(share)}, {size}"
    else:
        count = f"All {placed}" if found.all_on_cards else f"{placed} of {found.layers}"
        cards = f"{count} layers: {cards}"
    rest = "and" if found.all_on_cards else "the rest in main memory,"
    return f"{cards}; {rest} {main}" + (" in main memory" if found.all_on_cards else "")
