"""Where a model's layers go, and whether it fits: worked out before anything is loaded.

Pure arithmetic over a shape and the memory there is. Layers go to graphics cards from the last one
backwards, in shares of their free memory, as llama.cpp places them; what doesn't fit stays in main
memory.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.types import LoadOptions
from app.engine import attention
from app.engine.memory import DEFAULT, compute_bytes, context_bytes
from app.engine.shape import Shape

_MARGIN_SHARE = 1 / 16
_MARGIN_LEAST, _MARGIN_MOST = 256 << 20, 1 << 30
RAM_SHARE = 0.92
"""Of all main memory, what a model may take at most; the rest keeps the system alive."""
_READ_RATE = 15e9
"""Bytes of weights that a processor reads in a second; two cores of a plain machine do that."""
_SLOW_BELOW = 3.0
"""Tokens a second; people read at about four."""


class Fit(StrEnum):
    """Whether a model will run on this machine."""

    FITS = "fits"
    SLOW = "may be slow"
    WONT = "won't fit"


@dataclass(frozen=True, slots=True)
class Card:
    """A graphics card and its memory in bytes."""

    name: str
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Machine:
    """Main memory in bytes, and cards in llama.cpp's order."""

    free: int
    total: int
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """What one card gets: layers, and bytes of weights, context and computation. index: the card's
    place among all; two of a kind bear one name."""

    card: str
    layers: int
    size_bytes: int
    index: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """gpu_layers: as llama.cpp counts them, the output being one more than `layers`; shares: of
    the cards that are used; main_bytes: what main memory must hold. draft: of the model that
    guesses ahead, which is not in the other figures."""

    gpu_layers: int
    layers: int
    shares: tuple[Share, ...]
    main_bytes: int
    context: int
    fit: Fit
    draft: Plan | None = None

    @property
    def total_bytes(self) -> int:
        """Of all memories together, with the draft's."""
        own = self.main_bytes + sum(share.size_bytes for share in self.shares)
        return own + self.draft_bytes

    @property
    def draft_bytes(self) -> int:
        """What the model that guesses ahead takes, 0 for none."""
        return self.draft.total_bytes if self.draft else 0

    @property
    def all_on_cards(self) -> bool:
        """Whether main memory only has the words to look up."""
        return self.gpu_layers > self.layers


def plan(
    shape: Shape,
    machine: Machine,
    context: int,
    gpu_layers: int = -1,
    options: LoadOptions = DEFAULT,
) -> Plan:
    """gpu_layers -1: as many as fit; else that many, whether they fit or not."""
    most = len(shape.layers) + 1
    if gpu_layers >= 0:
        chosen = min(gpu_layers, most)
    else:
        chosen = next(
            count
            for count in range(most if machine.cards else 0, -1, -1)
            if _all_fit(shape, machine, context, count, options)
        )
    shares = _shares(shape, machine, context, chosen, options)
    on_main = range(most - chosen) if machine.cards else range(most)
    main = shape.input_bytes + _computing(shape, machine, context, options)
    main += sum(_layer_bytes(shape, layer, context, options, card=False) for layer in on_main)
    used = tuple(share for share in shares if share.size_bytes)
    return Plan(
        gpu_layers=chosen if machine.cards else 0,
        layers=len(shape.layers),
        shares=used,
        main_bytes=main,
        context=context,
        fit=_verdict(shape, machine, used, main, len(on_main) / most),
    )


def smaller(
    shape: Shape, machine: Machine, failed: Plan, options: LoadOptions = DEFAULT
) -> Plan | None:
    """What to try after memory ran out: three quarters of the layers on the cards, then none, then
    half the context; None when nothing is left to give up."""
    if failed.gpu_layers > 0:
        fewer = failed.gpu_layers * 3 // 4 if failed.gpu_layers > 3 else 0
        return plan(shape, machine, failed.context, fewer, options)
    if failed.context >= 1024:
        return plan(shape, machine, failed.context // 2, 0, options)
    return None


def next_that_fits(
    shape: Shape, machine: Machine, failed: Plan, options: LoadOptions = DEFAULT
) -> Plan | None:
    """The first smaller plan for which there is memory now; None when there is none."""

    def chain() -> Iterator[Plan]:
        found = smaller(shape, machine, failed, options)
        while found is not None:
            yield found
            found = smaller(shape, machine, found, options)

    return next((each for each in chain() if fits_now(each, machine)), None)


def fits_now(found: Plan, machine: Machine) -> bool:
    """Whether there is free memory for a plan; its draft is not counted."""
    on_cards = all(
        share.size_bytes <= _room(machine.cards[share.index], machine) for share in found.shares
    )
    return on_cards and found.main_bytes <= machine.free


def coarse(size_bytes: int, layers: int, kv: int, active: float = 1.0) -> Shape:
    """A shape for a file that isn't here yet: of its size, with layers that are all alike. active:
    the part of it that is read for one token."""
    each = size_bytes // max(1, layers)
    return Shape(
        layers=(each,) * layers,
        kv=(kv,) * layers,
        input_bytes=0,
        output_bytes=0,
        width=4096,
        hidden=14336,
        vocabulary=150_000,
        heads=32,
        context_trained=0,
        active_bytes=round(size_bytes * active),
    )


def _verdict(
    shape: Shape, machine: Machine, shares: Sequence[Share], main: int, on_main: float
) -> Fit:
    for share in shares:
        card = machine.cards[share.index]
        if share.size_bytes > (card.total or machine.total):
            return Fit.WONT
    if main > machine.total * RAM_SHARE:
        return Fit.WONT
    if main > machine.free:
        return Fit.SLOW
    seconds = shape.active_bytes * on_main / _READ_RATE
    return Fit.SLOW if seconds > 1 / _SLOW_BELOW else Fit.FITS


def _all_fit(
    shape: Shape, machine: Machine, context: int, count: int, options: LoadOptions
) -> bool:
    shares = _shares(shape, machine, context, count, options)
    return all(
        share.size_bytes <= _room(card, machine) or not share.size_bytes
        for share, card in zip(shares, machine.cards, strict=True)
    )


def _room(card: Card, machine: Machine) -> int:
    free = _free(card, machine)
    margin = min(max(free * _MARGIN_SHARE, _MARGIN_LEAST), _MARGIN_MOST)
    return max(0, round(free - margin))


def _free(card: Card, machine: Machine) -> int:
    """A card that reports no memory at all shares the main one; llama.cpp takes it so too."""
    return card.free if card.total else machine.free


def _shares(
    shape: Shape, machine: Machine, context: int, count: int, options: LoadOptions
) -> list[Share]:
    """What each card gets of the last `count` layers."""
    cards = machine.cards
    weights: list[float] = [_free(card, machine) for card in cards]
    if any(options.split[: len(cards)]):
        weights = [*options.split, *([0.0] * len(cards))][: len(cards)]
    total = sum(weights)
    if not total or not count:
        return [Share(card.name, 0, 0, number) for number, card in enumerate(cards)]
    ends = [sum(weights[: n + 1]) / total for n in range(len(cards))]
    sizes, numbers = [0] * len(cards), [0] * len(cards)
    most = len(shape.layers) + 1
    for place, layer in enumerate(range(most - count, most)):
        # As llama.cpp does it: a layer belongs to the first share that ends after its place.
        index = min(bisect.bisect_right(ends, place / count), len(cards) - 1)
        sizes[index] += _layer_bytes(shape, layer, context, options, card=True)
        numbers[index] += layer < len(shape.layers)
    step = compute_bytes(shape, context, options)
    return [
        Share(card.name, number, size + step if size else 0, place)
        for place, (card, number, size) in enumerate(zip(cards, numbers, sizes, strict=True))
    ]


def _computing(shape: Shape, machine: Machine, context: int, options: LoadOptions) -> int:
    """What main memory must hold of the computation, in the way that takes more."""
    size = compute_bytes(shape, context, options)
    if machine.cards or not attention.is_open(shape.plain_heads, context, options):
        return size
    return max(size, compute_bytes(shape, context, attention.plain(options)))


def _layer_bytes(shape: Shape, layer: int, context: int, options: LoadOptions, card: bool) -> int:
    """Weights and context of a layer; the one after the last is the output."""
    if layer == len(shape.layers):
        # In main memory, a table that is used twice is there once.
        return 0 if shape.tied and not card else shape.output_bytes
    return shape.layers[layer] + context_bytes(shape, layer, context, options)
