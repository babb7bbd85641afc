"""Kinds of files that are known by their first bytes, as file managers know them."""

from __future__ import annotations

from pathlib import Path

_GGUF = b"GGUF"


def is_gguf(path: str) -> bool:
    """Whether a file calls itself a model: by its name, or by how it begins."""
    if path.lower().endswith(".gguf"):
        return True
    try:
        with Path(path).open("rb") as file:
            return file.read(len(_GGUF)) == _GGUF
    except OSError:
        return False
