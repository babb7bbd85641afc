"""Which model is the default one: what was declared, and what was decided when it was prepared.

Apart from what fetches and prepares it, which takes a window that starts too long to load.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from app.core import paths

RECORD = "default_chat.json"


def default_chat_model(models_dir: Path) -> Path | None:
    """The prepared chat model, or the one as shipped, or None when neither is there."""
    kept = record(models_dir)
    if kept is not None:
        return models_dir / str(kept["file"])
    shipped = models_dir / str(declared_models()["chat"]["file"])
    return shipped if shipped.is_file() else None


def shipped_sha256(path: Path) -> tuple[str, ...]:
    """What a file that came with Loam must be, or () for any other."""
    kept = record(path.parent)
    if kept is not None and kept["file"] == path.name and "sha256" in kept:
        return (str(kept["sha256"]),)
    return ()


def declared_models() -> dict[str, Any]:
    """What comes with Loam, as models/defaults.toml has it. Errors: OSError, ValueError."""
    import tomllib

    file = paths.bundled_models() / "defaults.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def record(models_dir: Path) -> dict[str, Any] | None:
    """What was decided before, when the file it speaks of is there in its full size."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        kept: dict[str, Any] = json.loads((models_dir / RECORD).read_text(encoding="utf-8"))
        if (models_dir / kept["file"]).stat().st_size == kept["size"]:
            return kept
    return None
