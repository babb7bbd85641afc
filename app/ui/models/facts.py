"""What is known of models and of downloads, in words."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtCore import QCoreApplication

from app.core.helpers import is_address
from app.core.types import LoadedModel, ModelInfo
from app.engine.plan import Fit, Plan
from app.services.model_words import ModelKind, SizeWord, kind, size_word
from app.ui import words


def _tr(text: str) -> str:
    return QCoreApplication.translate("models", text)


def quality(name: str) -> str:
    """'Balanced (Q4_0)': how coarsely the weights are kept."""
    word = size_word(name)
    if word is None:
        return name
    text = {
        SizeWord.SMALL: _tr("Small ({name})"),
        SizeWord.BALANCED: _tr("Balanced ({name})"),
        SizeWord.LARGE: _tr("Large ({name})"),
    }[word]
    return text.replace("{name}", name)


def coarse(name: str) -> str:
    """'Balanced', or the type where there is no word for it."""
    word = size_word(name)
    if word is None:
        return name
    return {
        SizeWord.SMALL: _tr("Small"),
        SizeWord.BALANCED: _tr("Balanced"),
        SizeWord.LARGE: _tr("Large"),
    }[word]


def use(info: ModelInfo) -> str:
    """What the model is for."""
    return {
        ModelKind.CHAT: _tr("Chat"),
        ModelKind.BASE: _tr("Continues text"),
        ModelKind.EMBEDDING: _tr("Finds text, does not chat"),
        ModelKind.VISION: _tr("Vision add-on"),
    }[kind(info)]


def line(info: ModelInfo) -> str:
    """One line of facts."""
    if info.is_projector:
        return joined([quality(info.quantization), words.size(info.size_bytes), _add_on()])
    size = words.size(info.size_bytes)
    if info.files > 1:
        size = in_files(info.size_bytes, info.files)
    parts = [quality(info.quantization), size, info.architecture]
    if info.parameters:
        parts.append(_tr("{n} parameters").replace("{n}", words.parameters(info.parameters)))
    parts += [context(info.context_trained), info.licence]
    if info.projector:
        parts.append(_tr("sees pictures"))
    return joined(parts)


def _add_on() -> str:
    return _tr("lets the model that it was published with see pictures")


def with_add_on(size: str) -> str:
    """'4.2 GB with its vision add-on'."""
    return _tr("{size} with its vision add-on").replace("{size}", size)


def in_files(size: int, count: int) -> str:
    """'48 GB in 3 files'."""
    text = _tr("{size} in {n} files").replace("{n}", words.number(count))
    return text.replace("{size}", words.size(size))


def context(tokens: int) -> str:
    """'context 8,192 tokens', or nothing where it is not known."""
    if not tokens:
        return ""
    return _tr("context {n} tokens").replace("{n}", words.number(tokens))


def joined(parts: list[str]) -> str:
    """Facts in one line."""
    return "  ·  ".join(part for part in parts if part)


def explained() -> str:
    """What the words of `line` mean, for a tooltip."""
    return _tr(
        "Small, Balanced, Large: how coarsely the model's numbers are kept, with the name of the "
        "type; coarser is smaller and faster, finer is truer. Parameters: how much the model "
        "could learn. Context: how much it can keep in mind, in tokens of about three quarters "
        "of a word."
    )


def plan(found: Plan) -> str:
    """'22 of 28 layers on GPU 0 (its name), 6.1 GB; the rest on the CPU, 2.0 GB'."""
    whole = words.number(found.layers)
    main = words.size(found.main_bytes)
    if not found.shares:
        text = _tr("{n} of {m} layers on the CPU, {size}")
        return text.replace("{n}", whole).replace("{m}", whole).replace("{size}", main)
    parts = []
    for number, share in enumerate(found.shares):
        text = _tr("{n} of {m} layers on GPU {number} ({card}), {size}")
        if is_address(share.card):
            text = _tr("{n} of {m} layers on {card}, {size}")
        text = text.replace("{n}", words.number(share.layers)).replace("{m}", whole)
        text = text.replace("{number}", str(number)).replace("{size}", words.size(share.size_bytes))
        parts.append(text.replace("{card}", share.card))
    rest = (
        _tr("{size} in main memory") if found.all_on_cards else _tr("the rest on the CPU, {size}")
    )
    return "; ".join([*parts, rest.replace("{size}", main)])


def loaded(model: LoadedModel) -> str:
    """Where a model that is in memory really runs, and what it took."""
    taken = sum(each.size_bytes for each in model.buffers)
    size = _tr(", {size} of memory").replace("{size}", words.size(taken)) if taken else ""
    if not model.gpu_layers:
        return _tr("In memory now, all of it on the CPU") + size
    text = _tr("In memory now: {n} of {m} layers on {device}")
    text = text.replace("{n}", words.number(model.gpu_layers))
    text = text.replace("{m}", words.number(model.total_layers))
    return text.replace("{device}", model.device) + size


def buffers(model: LoadedModel) -> str:
    """What llama.cpp took for a model, a line for each device, for a tooltip."""
    if not model.buffers:
        return ""
    uses = {
        "weights": _tr("weights {size}"),
        "context": _tr("context {size}"),
        "computing": _tr("computing {size}"),
    }
    lines: dict[str, list[str]] = {}
    for each in model.buffers:
        size = words.size(each.size_bytes)
        lines.setdefault(each.device, []).append(uses[each.use].replace("{size}", size))
    found = [f"{device}: {', '.join(parts)}" for device, parts in lines.items()]
    flash = _tr("Flash attention is used") if model.flash_attention else _tr("No flash attention")
    return "\n".join([*found, flash])


def plan_explained() -> str:
    """What a plan says, for a tooltip."""
    return _tr(
        "What will happen when the model is loaded. A model is a stack of layers; those that fit "
        "go to the graphics card, the others are computed by the processor."
    )


def fit(which: Fit) -> str:
    """Whether a model will run here."""
    return {
        Fit.FITS: _tr("Fits"),
        Fit.SLOW: _tr("May be slow"),
        Fit.WONT: _tr("Won't fit"),
    }[which]


def fit_explained(which: Fit) -> str:
    """`fit` in a sentence, for a tooltip."""
    return {
        Fit.FITS: _tr("This machine has the memory for it, and it will answer at reading speed."),
        Fit.SLOW: _tr("It can be loaded, but it will write more slowly than one reads."),
        Fit.WONT: _tr("It needs more memory than this machine has."),
    }[which]


def cost(before: float, after: float) -> str:
    """What writing a model again did to it."""
    change = (after / before - 1) * 100
    if change < 1:
        verdict = _tr("as good as before")
    elif change < 4:
        verdict = _tr("hardly worse than before")
    elif change < 12:
        verdict = _tr("somewhat worse than before")
    else:
        verdict = _tr("clearly worse than before")
    text = _tr("It is {verdict}: perplexity {before} before, {after} after ({change} %)")
    text = text.replace("{verdict}", verdict).replace("{before}", f"{before:.2f}")
    return text.replace("{after}", f"{after:.2f}").replace("{change}", f"{change:+.1f}")


def cost_explained() -> str:
    """What perplexity is, for a tooltip."""
    return _tr(
        "Perplexity: how much a text surprises the model, here the one that comes with Loam. "
        "Lower is better."
    )


def host(address: str) -> str:
    """'huggingface.co' of 'https://huggingface.co'."""
    return urlsplit(address).netloc or address
