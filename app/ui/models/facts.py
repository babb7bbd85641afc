"""What a model's file says of itself, in words."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication

from app.core.types import ModelInfo
from app.ui import words


def _tr(text: str) -> str:
    return QCoreApplication.translate("models", text)


def quantization(name: str) -> str:
    """'4 bits a number (Q4_0)': how coarsely the weights are kept."""
    found = re.match(r"(?:Q|IQ|TQ|BF|F|MXFP)(\d+)", name.upper())
    if not found:
        return name
    return _tr("{n} bits a number ({name})").replace("{n}", found[1]).replace("{name}", name)


def use(info: ModelInfo) -> str:
    """What the model is for."""
    if info.is_embedding:
        return _tr("Finds text, does not chat")
    return _tr("Chat") if info.has_chat_template else _tr("Continues text")


def line(info: ModelInfo) -> str:
    """One line of facts."""
    parts = [info.architecture]
    if info.parameters:
        parts.append(_tr("{n} parameters").replace("{n}", words.parameters(info.parameters)))
    parts.append(quantization(info.quantization))
    if info.context_trained:
        parts.append(_tr("context {n} tokens").replace("{n}", words.number(info.context_trained)))
    parts.append(words.size(info.size_bytes))
    if info.licence:
        parts.append(info.licence)
    return "  ·  ".join(part for part in parts if part)


def explained() -> str:
    """What the words of `line` mean, for a tooltip."""
    return _tr(
        "Parameters: how much the model could learn. Bits: how coarsely its numbers are kept; "
        "fewer are smaller and faster, more are truer. Context: how much it can keep in mind, "
        "in tokens of about three quarters of a word."
    )
