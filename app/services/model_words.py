"""What a model is for and how coarse it is, in words that a person can choose by."""

from __future__ import annotations

import re
from enum import StrEnum

from app.core.types import ModelInfo

_BITS = re.compile(r"(?:I?Q|TQ|MXFP|NVFP|BF|FP?)(\d+)", re.IGNORECASE)


class ModelKind(StrEnum):
    """CHAT answers, BASE continues a text, EMBEDDING compares texts and writes nothing; VISION lets
    another model see pictures."""

    CHAT = "chat"
    BASE = "base"
    EMBEDDING = "embedding"
    VISION = "vision add-on"


class SizeWord(StrEnum):
    """SMALL: three bits a number or fewer, worse answers; BALANCED: four or five, hardly worse;
    LARGE: six or more, as good as the original."""

    SMALL = "Small"
    BALANCED = "Balanced"
    LARGE = "Large"


def kind(info: ModelInfo) -> ModelKind:
    """What a model is for. A model without a chat template was not taught to chat."""
    if info.is_projector:
        return ModelKind.VISION
    if info.is_embedding:
        return ModelKind.EMBEDDING
    return ModelKind.CHAT if info.has_chat_template else ModelKind.BASE


def size_word(quantization: str) -> SizeWord | None:
    """The word for a type such as 'Q4_K_M'; None for one that is not known."""
    match = _BITS.match(quantization)
    if match is None:
        return None
    bits = int(match[1])
    if bits <= 3:
        return SizeWord.SMALL
    return SizeWord.BALANCED if bits <= 5 else SizeWord.LARGE


def quality(quantization: str) -> str:
    """'Balanced (Q4_K_M)', or the type alone."""
    word = size_word(quantization)
    return f"{word} ({quantization})" if word else quantization
