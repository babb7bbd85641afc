"""Folders of models that somebody made: read with bounds, and refused where they could run code.

Weights must be safetensors, since others can hold programs; parts must be sentence-transformers'
own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.core.errors import BadEmbedder

_MOST_BYTES = 4 << 20
_OWN = "sentence_transformers."
_PARTS = ("Transformer", "Pooling", "Normalize", "Dense", "LayerNorm")
_PICKLED = ("pytorch_model.bin", "model.bin")
_CONFIGS = ("config.json", "tokenizer_config.json", "sentence_bert_config.json")


def read_json(file: Path) -> dict[str, Any]:
    """An object in a small file; empty when there is none to be read."""
    found = _read(file)
    return found if isinstance(found, dict) else {}


def parts_of(folder: Path) -> list[tuple[str, Path]]:
    """(kind, folder) of what a sentence-transformers model is made of, in order; none where it
    does not say. Errors: BadEmbedder for parts that are not the library's own."""
    listed = _read(folder / "modules.json")
    parts = []
    for part in listed if isinstance(listed, list) else []:
        named = part if isinstance(part, dict) else {}
        kind, path = str(named.get("type", "")), str(named.get("path", ""))
        inside = (folder / path).resolve().is_relative_to(folder.resolve())
        if not kind.startswith(_OWN) or kind.rpartition(".")[2] not in _PARTS or not inside:
            raise BadEmbedder(path=folder, reason=f"its part {kind[:80] or '?'} is unknown to Loam")
        parts.append((kind.rpartition(".")[2], folder / path))
    return parts


def check(folder: Path) -> None:
    """Errors: BadEmbedder for a folder that holds no such model, or one that brings a program."""
    if not (folder / "config.json").is_file():
        raise BadEmbedder(path=folder, reason="there is no model in this folder")
    roots = {path for _kind, path in parts_of(folder)} | {folder}
    for name in _CONFIGS:
        found = [read_json(root / name) for root in roots]
        if any("auto_map" in one or "trust_remote_code" in json.dumps(one) for one in found):
            raise BadEmbedder(path=folder, reason="it brings a program of its own")
    if not any(weights_of(root) for root in roots):
        raise BadEmbedder(path=folder, reason="its weights are not in the form safetensors")
    for root in roots:
        others = any((root / name).is_file() for name in _PICKLED)
        # They would be taken where no safetensors lie beside them.
        if others and not weights_of(root):
            raise BadEmbedder(path=folder, reason="its weights are not all safetensors")
    if not (folder / "tokenizer.json").is_file():
        raise BadEmbedder(path=folder, reason="it has no tokenizer.json")


def weights_of(folder: Path) -> list[Path]:
    """Files of weights in a folder."""
    return sorted(folder.glob("*.safetensors"))


def _read(file: Path) -> Any:
    try:
        if file.stat().st_size > _MOST_BYTES:
            return None
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
