"""Vision add-ons on the hub: which of a repository's files comes along with a model, and what it is
called here, where files of many repositories lie side by side.
"""

from __future__ import annotations

import re

from app.core.hubnames import is_file_name, local_name
from app.core.messages import HubListing
from app.core.types import HubFile

_SIGN = "mmproj"
_PART = re.compile(r"-\d{5}-of-\d{5}$")
_TYPE = re.compile(r"[-_.](I?Q\d\w*|TQ\d_\d|BF16|F16|F32|FP16|MXFP4\w*)$", re.IGNORECASE)
_FINEST = ("f16", "bf16", "q8_0", "f32")
"""Types of add-ons from the usual one on."""


def add_on_of(listing: HubListing, model: str) -> tuple[HubFile, str] | None:
    """The add-on that comes with a model's file, and its name here; None where there is none that
    can be checked."""
    if _is_add_on(model):
        return None
    found = [file for file in listing.files if _is_add_on(file.name) and file.sha256]
    if not found:
        return None
    best = min(found, key=lambda file: (_place(file.name), file.size_bytes, file.name))
    called = eyes_name(model, best.name)
    return (best, called) if is_file_name(called) and "/" not in called else None


def eyes_name(model: str, add_on: str) -> str:
    """'mmproj-gemma-3-4b-it-F16.gguf' for the add-on of 'gemma-3-4b-it-Q4_K_M.gguf', whatever its
    own name: so it is found beside its model, and by no other."""
    stem = _PART.sub("", local_name(model)[: -len(".gguf")])
    kind = _TYPE.search(local_name(add_on)[: -len(".gguf")])
    return f"{_SIGN}-{_TYPE.sub('', stem)}-{kind[1] if kind else 'F16'}.gguf"


def _is_add_on(name: str) -> bool:
    return _SIGN in local_name(name).lower()


def _place(name: str) -> int:
    low = local_name(name).lower()
    # 'bf16' ends as 'f16' does.
    kind = _TYPE.search(low.removesuffix(".gguf"))
    return _FINEST.index(kind[1]) if kind and kind[1] in _FINEST else len(_FINEST)
