"""Where a run is computed: on the processor, or whole on an NVIDIA card.

Only CUDA has all of the backward pass, and its products of weights and gradients take F32 weights
alone. A model that is half on a card would move every layer's gradients back and forth, so it is
all or nothing. The way on a card has not been run on one yet: the self-test, which compares loss
and gradient with other ways to them, is made there first, and if it fails the processor trains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.engine.native import NativeDevice

_SHARE = 0.9  # of a card's free memory
_TRAINS = "CUDA"


@dataclass(frozen=True, slots=True)
class Place:
    """gpu: number among the cards, -1 for the processor; name: for a person; reason: why not on a
    card that is there, a sentence or nothing."""

    gpu: int = -1
    name: str = "CPU"
    reason: str = ""


def place(devices: Sequence[NativeDevice], full_precision: bool, needed: int) -> Place:
    """devices: all that llama.cpp has; needed: bytes of a run with its weights."""
    cards = [device for device in devices if device.is_gpu]
    if not cards:
        return Place()
    able = [(number, card) for number, card in enumerate(cards) if card.backend == _TRAINS]
    if not able:
        return on_processor(f"{cards[0].backend} can't compute all that training needs")
    if not full_precision:
        return on_processor("the card needs an F32 copy of the model")
    number, card = max(able, key=lambda pair: pair[1].memory_free)
    if needed > card.memory_free * _SHARE:
        return on_processor(
            f"{needed / 1e9:.1f} GB are needed, and the card has {card.memory_free / 1e9:.1f} GB"
            " free"
        )
    return Place(number, card.description or card.name)


def on_processor(why: str) -> Place:
    """The processor, though there is a card."""
    return Place(reason=f"Training runs on the processor: {why}.")
