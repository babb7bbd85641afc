"""What a draft model takes besides the model that it guesses for.

It is loaded after that one, into what is left, with a context just as long (engine/draft.py).
"""

from __future__ import annotations

from dataclasses import replace

from app.core.types import LoadOptions
from app.engine.memory import DEFAULT
from app.engine.plan import RAM_SHARE, Fit, Machine, Plan, plan
from app.engine.shape import Shape


def with_draft(
    found: Plan,
    draft: Shape,
    machine: Machine,
    gpu_layers: int = -1,
    options: LoadOptions = DEFAULT,
) -> Plan:
    """The plan of a model, with that of its draft in it; the verdict is on both together.
    gpu_layers, options: the model's own, of which the draft takes what is not about its layers."""
    own = replace(options, draft="", split=())
    layers = 0 if gpu_layers == 0 else -1
    other = plan(draft, _left(machine, found), found.context, layers, own)
    return replace(found, draft=other, fit=_verdict(found, other, machine))


def _left(machine: Machine, taken: Plan) -> Machine:
    """The memory there is when a plan has had its own."""
    sizes = {share.index: share.size_bytes for share in taken.shares}
    cards = tuple(
        replace(card, free=max(0, card.free - sizes.get(number, 0)))
        for number, card in enumerate(machine.cards)
    )
    return Machine(max(0, machine.free - taken.main_bytes), machine.total, cards)


def _verdict(found: Plan, other: Plan, machine: Machine) -> Fit:
    main = found.main_bytes + other.main_bytes
    if found.fit is Fit.WONT or other.fit is Fit.WONT or main > machine.total * RAM_SHARE:
        return Fit.WONT
    # A draft that is slow by itself is not asked: engine/pace.py measures whether it pays.
    return Fit.SLOW if main > machine.free else found.fit
