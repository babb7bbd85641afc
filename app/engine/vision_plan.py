"""What a vision add-on takes besides its model: room on the first graphics card, or in main memory.

It is loaded with the first picture; its room is kept free from the start, so that a chat does not
end there.
"""

from __future__ import annotations

from dataclasses import replace

from app.core.errors import LoamError
from app.core.types import ModelSpec, VisionAddOn
from app.engine import projector
from app.engine.plan import RAM_SHARE, Fit, Machine, Plan, Share

_LEAST = 64 << 20
_SHARE = 0.25
"""Of the weights, what is computed with at once, about; more for pictures in full size."""


def bytes_for(spec: ModelSpec) -> int:
    """What the add-on of a model takes, 0 for none and for one that can't be read."""
    try:
        path = projector.for_model(spec)
        return _bytes(projector.inspect(path)) if path else 0
    except LoamError:
        return 0


def without(machine: Machine, size: int, gpu_layers: int = -1) -> Machine:
    """The memory that is left for the model."""
    if not machine.cards or gpu_layers == 0:
        return replace(machine, free=max(0, machine.free - size))
    first, *others = machine.cards
    return replace(machine, cards=(replace(first, free=max(0, first.free - size)), *others))


def with_add_on(found: Plan, size: int, machine: Machine, gpu_layers: int = -1) -> Plan:
    """A model's plan, made for the memory that `without` leaves, with its add-on in it. machine:
    all there is."""
    if not size:
        return found
    if machine.cards and gpu_layers != 0:
        first = next((share for share in found.shares if share.index == 0), None)
        own = first or Share(machine.cards[0].name, 0, 0, 0)
        others = [share for share in found.shares if share.index]
        return replace(found, shares=(replace(own, size_bytes=own.size_bytes + size), *others))
    main = found.main_bytes + size
    fit = Fit.WONT if main > machine.total * RAM_SHARE else found.fit
    return replace(found, main_bytes=main, fit=fit)


def _bytes(add_on: VisionAddOn) -> int:
    return add_on.size_bytes + max(_LEAST, round(add_on.size_bytes * _SHARE))
