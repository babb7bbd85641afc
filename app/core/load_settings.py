"""How one model is loaded: one declaration each, as declared.py has it; the dialog, the terminal's
flags and the file in the profile are made from it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from app.core.declared import Section, Shown, checked, declarations, shown_setting
from app.core.errors import SettingRejected
from app.core.types import LoadOptions, ModelSpec

_MOST_CARDS = 16


class CacheType(StrEnum):
    """Types that the context's memory can have, from the finest to the coarsest."""

    F16 = "f16"
    Q8_0 = "q8_0"
    Q4_0 = "q4_0"


class FlashAttention(StrEnum):
    """A way to compute attention that needs less memory."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class NeedsFlashAttention(SettingRejected):
    what = "The values of the KV cache can only be kept as {value} with flash attention."
    do = "Set flash attention to auto or on, or the values to f16."


class MicroBatchTooLarge(SettingRejected):
    what = "A micro-batch can't be larger than the batch."
    do = "Choose at most {most} tokens."


class BadSplit(SettingRejected):
    what = "The split {value} is not a list of shares."
    do = "Write a number for each card, such as 3,1."


def _shown(default: object, label: str, help: str, **more: Any) -> Any:
    return shown_setting(default, Section.MODEL, label, help, **more)


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """What a person chose for one model; the defaults leave it to Loam and to the settings."""

    context_length: int = _shown(
        0,
        "Context length (tokens)",
        "How much the model can keep in mind at once. More needs more memory.",
        maximum=1_048_576,
        step=512,
        zero="As in Settings",
    )
    gpu_layers: int = _shown(
        -1,
        "GPU layers",
        "How many of the model's layers run on graphics cards. Auto: as many as fit, or what "
        "Settings say.",
        minimum=-1,
        maximum=999,
        zero="Auto",
    )
    split: str = _shown(
        "",
        "Split by GPU",
        "How the layers are shared between several cards, such as 3,1. Empty: by the memory that "
        "is free on each.",
    )
    cache_keys: CacheType = _shown(
        CacheType.F16,
        "KV cache: keys",
        "How finely the model keeps what it read. Coarser types take less memory and cost some "
        "quality.",
    )
    cache_values: CacheType = _shown(
        CacheType.F16,
        "KV cache: values",
        "As the keys. A coarser type than F16 needs flash attention.",
    )
    flash_attention: FlashAttention = _shown(
        FlashAttention.AUTO,
        "Flash attention",
        "A way to compute attention that takes less memory. Auto: where it is the faster one; on a "
        "processor that is for short texts.",
    )
    threads: int = _shown(
        0,
        "Processor threads",
        "How many processor cores the model may use.",
        maximum=256,
        zero="As in Settings",
    )
    batch: int = _shown(
        256,
        "Batch size (tokens)",
        "How much of a prompt is read in one go. More can be faster on a graphics card; Stop "
        "waits for the end of it.",
        minimum=32,
        maximum=4096,
        step=32,
    )
    micro_batch: int = _shown(
        0,
        "Micro-batch size (tokens)",
        "How much of a batch is computed at the same time. More is faster and takes more memory.",
        maximum=4096,
        step=32,
        zero="As the batch",
    )
    mmap: bool = _shown(
        True,
        "Read the file as it is needed",
        "The model's file is mapped into memory: it loads faster, and the system can let go of "
        "what is not used.",
    )
    mlock: bool = _shown(
        False,
        "Hold it in memory",
        "The system may not move the model out to the disk. Needs the right to lock so much.",
    )

    look_up: bool = _shown(
        True,
        "Guess ahead from the text",
        "Answers repeat what stands before them: several tokens are then computed at once. Only "
        "where that was measured to be faster; the answer stays the same.",
    )
    draft: str = _shown(
        "",
        "Draft model",
        "The file of a smaller model of the same family that guesses ahead for this one. Used only "
        "where that was measured to be faster. Empty: none.",
    )

    projector: str = _shown(
        "",
        "Vision add-on",
        "The file (mmproj) that lets this model see pictures. Empty: the one that lies beside it; "
        "none: it is not to see.",
    )

    def __post_init__(self) -> None:
        shares(self.split)
        if self.cache_values is not CacheType.F16 and self.flash_attention is FlashAttention.OFF:
            raise NeedsFlashAttention(value=self.cache_values.value)
        if self.micro_batch > self.batch:
            raise MicroBatchTooLarge(most=self.batch)

    def changed(self, **values: object) -> LoadSettings:
        """These with some values replaced. Errors: SettingRejected."""
        good: dict[str, Any] = {k: checked(k, v, LoadSettings) for k, v in values.items()}
        return dataclasses.replace(self, **good)

    def own(self) -> dict[str, object]:
        """What is not as by default, in plain values."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            name: value.value if isinstance(value, StrEnum) else value
            for name, value in found.items()
            if value != DEFAULTS[name]
        }

    def put_on(self, spec: ModelSpec) -> ModelSpec:
        """The spec with these settings; what they leave open stays as it is."""
        return dataclasses.replace(
            spec,
            context_length=self.context_length or spec.context_length,
            gpu_layers=spec.gpu_layers if self.gpu_layers < 0 else self.gpu_layers,
            threads=self.threads or spec.threads,
            options=self.options(),
        )

    def options(self) -> LoadOptions:
        """As the engine takes them."""
        return LoadOptions(
            split=shares(self.split),
            cache_keys=self.cache_keys.value,
            cache_values=self.cache_values.value,
            flash_attention=self.flash_attention.value,
            batch=self.batch,
            micro_batch=self.micro_batch,
            mmap=self.mmap,
            mlock=self.mlock,
            look_up=self.look_up,
            draft=self.draft.strip(),
            projector=self.projector.strip(),
        )


DEFAULTS: dict[str, object] = {each.name: each.default for each in fields(LoadSettings)}


def shown() -> dict[str, Shown]:
    """What dialog and terminal show, by name, in order."""
    return declarations(LoadSettings)


def kept(values: Mapping[str, object]) -> LoadSettings:
    """From a file: what can't be used is as by default."""
    found = LoadSettings()
    for name, value in values.items():
        try:
            found = found.changed(**{name: value})
        except SettingRejected:
            continue
    return found


def shares(text: str) -> tuple[float, ...]:
    """'3,1' as (3.0, 1.0); empty for none. Errors: BadSplit."""
    if not text.strip():
        return ()
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    good = 0 < len(found) <= _MOST_CARDS and all(0 <= each < 1e6 for each in found)
    if not good or not sum(found):
        raise BadSplit(value=text[:80])
    return found
