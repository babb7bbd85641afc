"""Vision add-ons (mmproj files): what one says of itself, and which belongs to a model.

Files are read by their header alone. A pair fits when something in the add-on is as wide as the
model's tokens; llama.cpp checks it to the last number when both are loaded.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

from app.core.errors import BadProjector, LoamError
from app.core.types import ModelSpec, VisionAddOn
from app.engine import header
from app.engine.header import Header

NONE = "none"
"""Chosen by a person in place of a file: this model gets no add-on."""
_SIGN = "mmproj"
_MOST_LAYERS = 128  # of more, llama.cpp has no room for the computation and crashes
_MOST_BESIDE = 32  # files looked at in a folder
_WORDS = re.compile(r"[a-z]+|\d+")
_TYPE = re.compile(r"[-_. ](?:i?q\d\w*|bf16|f16|f32|fp16)\b", re.IGNORECASE)
_GENERIC = frozenset(("mmproj", "model", "gguf", "vision", "clip", "instruct", "it", "chat"))
_FINEST = ("f16", "bf16", "q8_0", "f32")


def is_projector(found: Header) -> bool:
    """Whether a file is an add-on and no model."""
    values = found.values
    return values.get("general.type") == _SIGN or values.get("general.architecture") == "clip"


def inspect(path: str) -> VisionAddOn:
    """What an add-on says of itself. Errors: MissingFile, NotAModel, BadProjector."""
    return _described(path, header.read(path))


def for_model(spec: ModelSpec) -> str:
    """The add-on that a model is loaded with: the one that was chosen, or else one beside it that
    fits; '' for none. Errors: MissingFile, NotAModel, BadProjector for one that was chosen."""
    chosen = spec.options.projector
    if chosen == NONE:
        return ""
    if chosen:
        check_pair(inspect(chosen), spec.path)
        return chosen
    return beside(spec.path)


def beside(model: str) -> str:
    """The add-on in a model's folder that fits it, '' for none. It is told from other files by its
    name, and must be called as the model is: one that was not trained with it may be as wide."""
    folder = Path(model).parent
    try:
        names = [each.name for each in folder.iterdir() if _looks_like_one(each.name)]
    except OSError:  # of a server's model there is no folder
        return ""
    good = []
    for name in sorted(names)[:_MOST_BESIDE]:
        path = str(folder / name)
        try:
            add_on = _inspected(path, _stamp(path))
            if not why_not(add_on, model) and _kin(add_on, model):
                good.append(path)
        except LoamError:
            continue
    return max(good, key=lambda path: (_usual(path), path), default="")


def check_pair(add_on: VisionAddOn, model: str) -> None:
    """Errors: BadProjector when an add-on can't belong to a model; MissingFile, NotAModel."""
    if reason := why_not(add_on, model):
        raise BadProjector(name=Path(add_on.path).name, reason=reason)


def why_not(add_on: VisionAddOn, model: str) -> str:
    """Why an add-on can't belong to a model, '' when it may. Errors: MissingFile, NotAModel."""
    if not add_on.sees:
        return "it adds no eyes"
    if add_on.layers > _MOST_LAYERS:
        return "it has an impossible number of layers"
    width = _facts(model, _stamp(model))[0]
    if width and add_on.widths and width not in add_on.widths:
        return f"it does not make the {width:,} numbers of a picture's part that the model takes"
    return ""


def _described(path: str, found: Header) -> VisionAddOn:
    if not is_projector(found):
        raise BadProjector(name=Path(path).name, reason="it is no vision add-on")
    values = found.values
    kind = str(values.get("clip.vision.projector_type") or values.get("clip.projector_type", ""))
    widths = {_int(values, "clip.vision.projection_dim")}
    for tensor in found.weights:
        if tensor.name.startswith(("mm.", "resampler.", "adapter.", "v.deepstack.")):
            widths.update(tensor.dimensions)
    return VisionAddOn(
        path=path,
        name=header.title(Path(path)),
        projector=kind[:40],
        image_size=_int(values, "clip.vision.image_size"),
        size_bytes=found.size_bytes,
        sees=bool(values.get("clip.has_vision_encoder", bool(widths - {0}))),
        widths=tuple(sorted(widths - {0, 1})),
        layers=_int(values, "clip.vision.block_count"),
        inside=_inside(values),
    )


@functools.lru_cache(maxsize=64)
def _inspected(path: str, stamp: object) -> VisionAddOn:
    return inspect(path)


@functools.lru_cache(maxsize=256)
def _facts(model: str, stamp: object) -> tuple[int, str]:
    """(width of its tokens, its name inside) of a model."""
    values = header.read(model).values
    width = _int(values, f"{values.get('general.architecture', '')}.embedding_length")
    return width, _inside(values)


def _inside(values: dict[str, Any]) -> str:
    return " ".join(str(values.get(f"general.{key}", ""))[:200] for key in ("name", "basename"))


def _stamp(path: str) -> tuple[int, int]:
    try:
        found = Path(path).stat()
    except OSError:
        return (0, 0)
    return found.st_mtime_ns, found.st_size


def _looks_like_one(name: str) -> bool:
    low = name.lower()
    return low.endswith(".gguf") and _SIGN in low


def _kin(add_on: VisionAddOn, model: str) -> bool:
    """Whether the words that an add-on is called by are all among the model's; of one that is only
    called mmproj those inside count, and if it has none, it lies beside its model."""
    ours = _words(Path(add_on.path).stem) or _words(add_on.inside)
    return ours <= _words(Path(model).stem) | _words(_facts(model, _stamp(model))[1])


def _words(name: str) -> frozenset[str]:
    return frozenset(_WORDS.findall(_TYPE.sub("", name.lower()))) - _GENERIC


def _usual(path: str) -> int:
    low = Path(path).stem.lower()
    return next((len(_FINEST) - at for at, kind in enumerate(_FINEST) if kind in low), 0)


def _int(values: dict[str, Any], key: str) -> int:
    value = values.get(key, 0)
    return value if type(value) is int and 0 < value < 1 << 31 else 0
